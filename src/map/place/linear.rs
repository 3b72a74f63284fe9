//! Cores in the chip file's order.

use super::Demand;
use crate::hw::Noc;

pub(super) fn place(demand: Demand<'_>, noc: &Noc) -> Vec<u32> {
    demand.seats.first(demand.cores, 0..noc.cores())
}
