//! Programmed cells, and the converters behind them.

use crate::ids::{AxonId, IdVec};
use crate::rng::Normal;
use std::ops::Range;

/// Fractional bits of a slice unit.
pub const FRACTION_BITS: u32 = 16;
pub(super) const ONE: i64 = 1 << FRACTION_BITS;
/// Bits that the sum of the variances of a column keeps within.
pub const VARIANCE_SUM_BITS: u32 = 48;
/// Variances are shifted left by this many bits before their root is taken, so that small ones keep some digits.
const ROOT_SHIFT: u32 = 14;

/// A converter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Converter {
    /// Lowest code.
    pub least: i64,
    /// Highest code.
    pub most: i64,
    /// Value of a code, with [`FRACTION_BITS`].
    pub step: i64,
}

impl Converter {
    /// The code of a value with [`FRACTION_BITS`], and whether it was clipped.
    #[inline]
    pub fn convert(&self, value: i64) -> (i64, bool) {
        let magnitude = value.unsigned_abs();
        let step = self.step.unsigned_abs();
        let nearest = ((2 * magnitude + step) / (2 * step)) as i64;
        let code = if value < 0 { -nearest } else { nearest };
        let clipped = code.clamp(self.least, self.most);
        (clipped, clipped != code)
    }
}

/// The programmed cells of all cores.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Slices of a weight.
    pub slices: u32,
    /// Bits of a slice.
    pub cell_bits: u32,
    /// Converters.
    pub converter: Converter,
    /// First pair of each axon. The pairs of slice 0 of all neurons of its core come first, then those of slice 1, and so on.
    pub row: IdVec<AxonId, usize>,
    /// Weight that a pair adds when its row is driven (slice units, with [`FRACTION_BITS`]).
    pub weight: Vec<i32>,
    /// Variance of the read noise of a pair (squares of slice units, with `variance_bits`); empty if there is none.
    pub variance: Vec<u32>,
    /// Fractional bits of variances; even, and at most 80.
    pub variance_bits: u32,
    /// Draws of read noise.
    pub normal: Normal,
    /// The seed of read noise.
    pub seed: u64,
}

impl Cells {
    /// The columns of the neurons of a core, by their places among those of all cores.
    #[inline(always)]
    pub(super) fn columns(&self, neurons: Range<usize>) -> Range<usize> {
        let slices = self.slices as usize;
        neurons.start * slices..neurons.end * slices
    }

    /// The noise of a read (slice units, with [`FRACTION_BITS`]) from the variance of a column and a hashed word.
    #[inline]
    pub(super) fn noise(&self, variance: u64, word: u64) -> i64 {
        let deviation = (variance << ROOT_SHIFT).isqrt();
        let shift = Normal::FRACTION_BITS + (self.variance_bits + ROOT_SHIFT) / 2 - FRACTION_BITS;
        // A draw has less than 28 bits, a deviation at most 31.
        let product = i64::from(self.normal.draw(word)) * deviation as i64;
        (product + (1 << (shift - 1))) >> shift
    }

    /// The input of a neuron, of the shifted and added codes of its slices.
    #[inline]
    pub(super) fn sum_of(&self, shifted: i64) -> i32 {
        let exact = i128::from(shifted) * i128::from(self.converter.step);
        let half = i128::from(ONE / 2);
        // Halves away from 0.
        let rounded = if exact < 0 { -((half - exact) >> FRACTION_BITS) } else { (exact + half) >> FRACTION_BITS };
        rounded.clamp(i32::MIN.into(), i32::MAX.into()) as i32
    }
}
