//! Widths of the integers of an imported network.

use std::ops::RangeInclusive;

/// Widths of the integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// Of weights, 2 to 9, sign included.
    pub weight: u32,
    /// Of membranes, 8 to 32, sign included.
    pub membrane: u32,
}

impl Bits {
    /// Bits that weights may have.
    pub const WEIGHT: RangeInclusive<i64> = 2..=9;
    /// Bits that membranes may have.
    pub const MEMBRANE: RangeInclusive<i64> = 8..=32;
}

impl Default for Bits {
    fn default() -> Self {
        Self { weight: 8, membrane: 24 }
    }
}
