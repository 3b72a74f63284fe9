//! Placers: which site of the chip each core gets.

mod greedy;
mod linear;

use crate::hw::Noc;

/// A placer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placer {
    /// In the chip file's core order.
    #[default]
    Linear,
    /// Each core next to those it talks to most; never worse than linear.
    Greedy,
}

/// Placers by name, in the order of [`Placer`]'s variants.
pub const NAMES: &[&str] = &["linear", "greedy"];

/// All placers.
pub const ALL: &[Placer] = &[Placer::Linear, Placer::Greedy];

impl Placer {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }

    /// The placer of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().position(|n| *n == name).map(|i| ALL[i])
    }

    /// The site of each core; `traffic` is (from, to, packets).
    pub(super) fn place(self, cores: u32, traffic: &[(u32, u32, u64)], noc: &Noc) -> Vec<u32> {
        match self {
            Self::Linear => linear::place(cores),
            Self::Greedy => greedy::place(cores, traffic, noc),
        }
    }
}

/// Hops of all packets for given sites.
pub(super) fn cost(traffic: &[(u32, u32, u64)], site: &dyn Fn(u32) -> u32, noc: &Noc) -> u64 {
    traffic.iter().map(|(from, to, packets)| packets * u64::from(noc.total_hops(site(*from), site(*to)))).sum()
}
