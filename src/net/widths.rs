//! Bits of weights and membranes, the parameters of a quantisation, and its rounding.

use crate::json::record::words;

/// Fewest and most bits of a weight, sign included.
pub const WEIGHT_BITS: std::ops::RangeInclusive<u32> = 1..=9;
/// Default bits of a membrane (Loihi's width).
pub const MEMBRANE_BITS: u32 = 24;

words! {
    /// What shares a scale of weights.
    pub enum Scale {
        /// All weights of a layer.
        Layer = "layer",
        /// The weights of an output channel; those of the output layer share one.
        Channel = "channel",
    }
}

impl Scale {
    /// The default: few bits lose much if the weights of one channel are far smaller than those of another.
    pub fn for_bits(bits: u32) -> Self {
        if bits <= 4 { Self::Channel } else { Self::Layer }
    }
}

/// Parameters of the quantisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantSpec {
    /// Time steps T.
    pub time_steps: u32,
    /// Bits of a weight, sign included.
    pub weight_bits: u32,
    /// Bits of a membrane; sums saturate there.
    pub membrane_bits: u32,
    /// Weights that share a scale.
    pub scale: Scale,
}

impl QuantSpec {
    /// A specification with the default membranes, and the scales for these bits of a weight.
    pub fn new(time_steps: u32, weight_bits: u32) -> Self {
        Self { time_steps, weight_bits, membrane_bits: MEMBRANE_BITS, scale: Scale::for_bits(weight_bits) }
    }

    /// Largest magnitude of a weight.
    pub fn weight_max(&self) -> i16 {
        weight_max(self.weight_bits)
    }
}

/// Largest magnitude of a weight of `bits` bits; for one bit it is 1, as for two, but 0 is not a weight.
pub fn weight_max(bits: u32) -> i16 {
    (((1i32 << (bits - 1)) - 1).max(1)) as i16
}

/// Largest magnitude of a membrane of `bits` bits.
pub fn membrane_max(bits: u32) -> i32 {
    ((1i64 << (bits - 1)) - 1) as i32
}

/// `numerator / denominator`, rounded to the nearest integer, halves up.
pub fn round_half_up(numerator: i64, denominator: i64) -> i64 {
    let (above, below) = (2 * numerator + denominator, 2 * denominator);
    if above.unsigned_abs() >= 1 << 52 {
        return above.div_euclid(below);
    }
    // Several times faster than a division of integers, and exact: what is no integer is at least 1/below away from one,
    // which is more than the rounding of a quotient of numbers below 2^52.
    let quotient = above as f64 / below as f64;
    let whole = quotient as i64;
    whole - i64::from(whole as f64 > quotient)
}
