//! Widths of the integers of an imported network.

use std::ops::RangeInclusive;

/// Widths of the integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// Bits of weights, 2 to 9, sign included.
    pub weight: u32,
    /// Bits of membranes, 8 to 32, sign included.
    pub membrane: u32,
}

impl Bits {
    /// Range of the bits of weights.
    pub const WEIGHT: RangeInclusive<i64> = 2..=9;
    /// Range of the bits of membranes.
    pub const MEMBRANE: RangeInclusive<i64> = 8..=32;
}

impl Default for Bits {
    fn default() -> Self {
        Self { weight: 8, membrane: 24 }
    }
}
