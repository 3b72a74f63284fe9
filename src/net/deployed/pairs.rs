//! Ternary weights with an integer for each neuron: what pairs of axons hold, of a type for each sign.
//!
//! From folded real weights w', biases b' and threshold θ, per output channel:
//!
//! ```text
//! r     = max|w'|
//! t     = round(w'/r)              -1, 0 or 1: a synapse on the one axon of a pair, on none, or on the other
//! a     = round(U r/θ)             the integer of the neuron, 1 to 255; U: the usual threshold on the chip
//! w_q   = a t                      the weights of the neuron for both types of axons are a and -a
//! θ_q   = round(a θ/r)
//! b_q   = round(a b'/(B r))        the leak of the neuron, added in every step, which is at most (θ_q - 1)/d down and
//!                                  the floor/d up
//! ```
//!
//! The leak acts in every step of the chip, also in the d steps before the first spikes reach a layer. So neurons begin
//! at -d b_q, and are at 0 when their input comes; the limits keep them from crossing threshold or floor before that.
//! Output neurons fire as well, because such chips let no membrane be read: the class is that with the most spikes.

use super::{LayerGoal, LayerIntegers, RealLayer};
use std::ops::RangeInclusive;

/// Bits of a weight, sign included, on these chips.
pub(super) const WEIGHT_BITS: u32 = 9;
/// Bits of the ternary numbers, for the rounding in training.
pub(super) const GRID_BITS: u32 = 2;

/// What a chip's neuron holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct PairRoom {
    /// The threshold for which integers are chosen (membrane units).
    pub(super) usual_threshold: f64,
    /// Largest threshold and leaks (membrane units).
    pub(super) most_threshold: f64,
    pub(super) leaks: RangeEnds,
    /// Lowest membrane without an effect.
    pub(super) floor: i64,
}

/// Lowest and highest value.
pub(super) type RangeEnds = (i64, i64);

/// Weights of a channel.
const WEIGHTS: RangeInclusive<f64> = 1.0..=255.0;

/// The integers of a layer.
pub(super) fn integers(layer: &RealLayer<'_>, goal: &LayerGoal, room: PairRoom) -> LayerIntegers {
    let channels = layer.bias.len();
    let mut made = LayerIntegers {
        weight: Vec::with_capacity(layer.weight.len()),
        bias: Vec::with_capacity(channels),
        threshold: Vec::with_capacity(channels),
        fraction_bits: 0,
        added: Vec::with_capacity(channels),
        scales: Vec::with_capacity(channels),
        output_unit: 1.0,
    };
    for (row, bias) in layer.weight.chunks(layer.fan_in).zip(layer.bias) {
        let largest = row.iter().fold(0f32, |most, w| most.max(w.abs()));
        let unit = if largest > 0.0 { f64::from(largest) } else { layer.threshold };
        let own = (room.usual_threshold * unit / layer.threshold).round().clamp(*WEIGHTS.start(), *WEIGHTS.end());
        let threshold = (own * layer.threshold / unit).round().clamp(1.0, room.most_threshold);
        made.weight.extend(row.iter().map(|w| ((f64::from(*w) / unit).round() * own) as i16));
        let leak = (own * f64::from(*bias) / unit / f64::from(goal.biases.spread)).round();
        made.bias.push(within(leak, threshold as i64, goal.waits, room));
        made.threshold.push(threshold as i32);
        made.added.push(threshold.min(*WEIGHTS.end()) as i16);
        made.scales.push(own / unit);
    }
    made
}

/// A leak that a chip's neuron can have, and with which it stays between its bounds before its input comes.
pub(super) fn within(leak: f64, threshold: i64, waits: u32, room: PairRoom) -> i64 {
    let waits = i64::from(waits.max(1));
    let (low, high) = room.leaks;
    let lowest = low.max(-((threshold - 1) / waits));
    let highest = high.min(-room.floor / waits);
    // Leaks beyond 32 bits end at the bounds like others.
    (leak.clamp(-1e9, 1e9) as i64).clamp(lowest, highest)
}
