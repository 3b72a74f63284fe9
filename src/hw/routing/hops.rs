//! The links on a route, by cost.

use crate::stats::Op;

/// Links on a route, by the operation that a flit over them counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hops {
    /// [`Op::HopEw`].
    pub ew: u32,
    /// [`Op::HopNs`].
    pub ns: u32,
    /// [`Op::HopChip`].
    pub chip: u32,
}

impl Hops {
    /// Number of all links.
    #[inline]
    pub fn total(self) -> u32 {
        self.ew + self.ns + self.chip
    }

    /// Adds a link that counts as an operation.
    pub fn add(&mut self, op: Op) {
        match op {
            Op::HopChip => self.chip += 1,
            Op::HopEw => self.ew += 1,
            _ => self.ns += 1,
        }
    }
}
