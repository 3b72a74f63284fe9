//! The router of a chip file: delays of its routers and links, the same constants as in a run.

use crate::hw::routing::Hops;
use crate::hw::{Calibration, Chip};
use crate::stats::Op;

/// Delays of a chip's routers and links. The other properties of its routers (flit interval, credits, allocation) are in
/// its [`Noc`](crate::hw::Noc).
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChipTimes {
    /// From a terminal into its router (ticks).
    pub inject: u32,
    /// From a router to its terminal (ticks).
    pub eject: u32,
    /// Links by direction, in the order of [`Hops::DIRECTIONS`] (ticks).
    pub hops: [u32; 5],
    /// Ticks of the chip file in a cycle of its clock; figures of a measurement are in cycles.
    pub ticks_per_cycle: f64,
}

impl ChipTimes {
    /// The delays of a chip under a calibration.
    pub fn of(chip: &Chip, calibration: &Calibration) -> Self {
        // A tick that is a cycle is rounded to a femtosecond, and stays a cycle.
        let exact = 1e3 / (chip.clock.mhz * chip.tick.ns());
        let whole = exact.round();
        let is_whole = whole >= 1.0 && (exact / whole - 1.0).abs() < 1e-6;
        Self {
            inject: calibration.ticks(Op::Inject),
            eject: calibration.ticks(Op::Eject),
            hops: Hops::DIRECTIONS.map(|op| calibration.ticks(op)),
            ticks_per_cycle: if is_whole { whole } else { exact },
        }
    }

    /// The latency of a link (ticks), by the operation that a flit over it counts as.
    pub(super) fn link(&self, op: Op) -> u32 {
        let mut link = Hops::default();
        link.add(op);
        link.by_direction().into_iter().zip(self.hops).map(|(count, latency)| count * latency).sum()
    }

    /// Zero-load latency of a packet of one flit from terminal to terminal, without the stages of its routers (ticks).
    pub(super) fn way(&self, hops: Hops) -> u32 {
        let links = hops.by_direction().into_iter().zip(self.hops);
        links.fold(self.inject + self.eject, |sum, (count, latency)| sum.saturating_add(count.saturating_mul(latency)))
    }

    /// The longest link (ticks).
    pub(crate) fn longest_link(&self) -> u32 {
        self.hops.into_iter().max().unwrap_or(0)
    }
}
