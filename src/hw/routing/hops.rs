//! The links on a route, by cost.

use crate::stats::Op;

/// Links on a route, by the operation that a flit over them counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hops {
    /// [`Op::HopEw`], in both directions.
    pub ew: u32,
    /// [`Op::HopNs`], in both directions.
    pub ns: u32,
    /// [`Op::HopChip`].
    pub chip: u32,
    /// Those of `ew` that lead west.
    pub west: u32,
    /// Those of `ns` that lead north.
    pub north: u32,
}

impl Hops {
    /// The operations of [`Self::by_direction`].
    pub const DIRECTIONS: [Op; 5] = [Op::HopEast, Op::HopWest, Op::HopNorth, Op::HopSouth, Op::HopChip];

    /// Number of all links.
    #[inline]
    pub fn total(self) -> u32 {
        self.ew + self.ns + self.chip
    }

    /// Links by direction; those without one, of topologies other than a mesh and a torus, count as east and south.
    #[inline]
    pub fn by_direction(self) -> [u32; 5] {
        [self.ew - self.west, self.west, self.north, self.ns - self.north, self.chip]
    }

    /// Adds a link that counts as an operation.
    pub fn add(&mut self, op: Op) {
        match op {
            Op::HopChip => self.chip += 1,
            Op::HopEw | Op::HopEast => self.ew += 1,
            Op::HopWest => (self.ew, self.west) = (self.ew + 1, self.west + 1),
            Op::HopNorth => (self.ns, self.north) = (self.ns + 1, self.north + 1),
            _ => self.ns += 1,
        }
    }
}
