//! Layers of Loihi's own neuron.
//!
//! From folded real weights w', biases b' and threshold θ, with `bits`-bit weights and T steps, per layer:
//!
//! ```text
//! s     = (2^(bits-2) - 1) / max|w'|      the scale of half a mantissa; bounded, so that θ_q is at most 2^19
//! w_q   = 2 round(s w')                   even: a synapse format that holds both signs has no lowest bit
//! F     = 6 + e                           e: the weight exponent, 0 to 7; the largest by which θ_q is at most 2^16
//! θ_q   = 64 round(2 s 2^F θ / 64)        17 bits, times 64; a neuron spikes at V > θ_q, and V falls to 0
//! b_q   = held(round(2 s 2^F b' / B))     hidden layers, added every step; B as in the tandem rule's own neuron
//! b_q   = round(2 s 2^F b' R / B)         encoding layer
//! b_q   = held(round(2 s 2^F b' T / B))   output layer, added once; F = 6
//! δv    = round(4096 (1 - λ))             share of the membrane lost in a step, in 1/4096; 0 in the output layer
//! δu    = 4095                            the current is cleared in every step
//! ```
//!
//! `held` is what a bias register holds: a mantissa of 13 bits times 2^k, with the least k of 0 to 7 by which it fits,
//! rounded half up. The encoding layer's current is a bias too: `held(floor((2 (2^F Σ w_q x + b_q) + R) / 2R))`. That
//! layer has no synapses on the chip, and so any F from 0 on. The threshold of output neurons lies above all their
//! membranes.

use super::tandem::{LEAST_LEAK, THRESHOLDS};
use super::{DeployedModel, LayerGoal, LayerIntegers, LayerRole, LayerSoma, LayeredNeuron, NirNeuron, RealLayer};
use crate::digest::all_fields;
use crate::json::record::{alternative, record};
use crate::json::shape::{number, or, whole};
use crate::json::{Alternative, Object};
use crate::net::neuron::{Loihi, Model, Params, Reset};
use multiversion::multiversion;
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// Layers of Loihi's own neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoihiLayers {
    /// Time steps from a spike until the next is possible, at least 1.
    pub refractory: u8,
}

/// Bits of a membrane and of a current.
const BITS: u32 = 24;
/// F at a weight exponent of 0.
const SHIFT: u32 = 6;
/// Largest weight exponent.
const MOST_EXPONENT: u32 = 7;
/// Largest threshold, in 64 membrane units.
const MOST_THRESHOLD: f64 = ((1 << 17) - 1) as f64;
/// Thresholds for which exponents are chosen, and to which scales are bounded (membrane units): biases reach 8 of the
/// first, membranes 16 of the second.
const USUAL_THRESHOLD: f64 = (1 << 16) as f64;
const BOUND_THRESHOLD: f64 = (1 << 19) as f64;
/// Bits of the mantissa of a bias, without its sign, and the largest exponent.
const MANTISSA_BITS: u32 = 12;
const MOST_BIAS_EXPONENT: u32 = 7;

record! {
    /// Loihi's neuron: it spikes at V > threshold, and its membrane then falls to zero.
    struct LoihiLayerFields {
        /// The threshold in the units of the real weights, 0.001 to 1,000.
        threshold: f64 = number(THRESHOLDS);
        /// Share of the membrane of a hidden neuron that is left after a step, 1/4096 to 1.
        leak: f64 = or(number(LEAST_LEAK..=1.0), 1.0, 1.0);
        /// Time steps from a spike until the next is possible, 1 to 64.
        refractory: u8 = or(whole(1..=64), 1, 1);
    }
    check |read: Self, _: &Object<'_>, _| Some(read.made()) => LayeredNeuron;
}

impl LoihiLayerFields {
    fn made(self) -> LayeredNeuron {
        let Self { threshold, leak, refractory } = self;
        LayeredNeuron { neuron: LoihiLayers { refractory }.into(), threshold, leak }
    }
}

all_fields! {
    struct LoihiLayers { refractory }
}

impl DeployedModel for LoihiLayers {
    const WEIGHT_BITS: RangeInclusive<u32> = 3..=9;
    const USUAL_WEIGHT_BITS: u32 = 9;

    fn of_chip(model: &str, _: Option<Reset>) -> Option<Self> {
        (model == "loihi").then_some(Self { refractory: 1 })
    }

    fn records() -> Vec<Alternative<(), LayeredNeuron>> {
        vec![alternative::<LoihiLayerFields, ()>("loihi")]
    }

    fn write(self, threshold: f64, leak: f64) -> Value {
        json!({"model": "loihi", "threshold": threshold, "leak": leak, "refractory": self.refractory})
    }

    fn describe(self) -> String {
        format!("loihi (refractory: {})", self.refractory)
    }

    fn refractory(self) -> Option<u8> {
        Some(self.refractory)
    }

    fn with_refractory(self, steps: u8) -> Self {
        Self { refractory: steps }
    }

    fn membrane_bits(self, _: u32) -> u32 {
        BITS
    }

    fn in_nir(self) -> Option<NirNeuron> {
        (self.refractory == 1).then_some(NirNeuron { reset: Reset::Zero, strict: true })
    }

    fn integers(self, layer: &RealLayer<'_>, goal: &LayerGoal) -> LayerIntegers {
        let LayerGoal { spec, role, biases, .. } = *goal;
        let most = f64::from((spec.weight_max() / 2).max(1));
        let largest = layer.weight.iter().fold(0f32, |most, w| most.max(w.abs()));
        let mut scale = if largest > 0.0 { most / f64::from(largest) } else { 1.0 };
        if layer.adds {
            scale = scale.min(most / layer.threshold);
        }
        let least_bits = if let LayerRole::Encoding { .. } = role { 0 } else { SHIFT };
        scale = scale.min(BOUND_THRESHOLD / (2.0 * layer.threshold * f64::from(1u32 << least_bits)));
        let exponents = match role {
            LayerRole::Output => SHIFT..=SHIFT,
            _ => least_bits..=SHIFT + MOST_EXPONENT,
        };
        let unit = |bits: u32| 2.0 * scale * f64::from(1u32 << bits);
        let fits = |bits: &u32| layer.threshold * unit(*bits) <= USUAL_THRESHOLD;
        let fraction_bits = exponents.rev().find(fits).unwrap_or(least_bits);
        let unit = unit(fraction_bits);
        let threshold = match role {
            LayerRole::Output => MOST_THRESHOLD,
            _ => (layer.threshold * unit / 64.0).round().clamp(1.0, MOST_THRESHOLD),
        };
        let bias = |b: &f32| {
            let b = f64::from(*b) * unit;
            match role {
                LayerRole::Encoding { full_scale } => {
                    whole_within(b * f64::from(full_scale) / f64::from(biases.spread))
                }
                LayerRole::Hidden => held(whole_within(b / f64::from(biases.spread))),
                LayerRole::Output => held(whole_within(b * biases.growth)),
            }
        };
        let channels = layer.bias.len();
        let mut weight = vec![0; layer.weight.len()];
        double(layer.weight, scale, &mut weight);
        LayerIntegers {
            weight,
            bias: layer.bias.iter().map(bias).collect(),
            threshold: vec![64 * threshold as i32; channels],
            fraction_bits,
            added: vec![2 * (layer.threshold * scale).round().min(most) as i16; channels],
            scales: vec![2.0 * scale; channels],
            output_unit: biases.growth * unit,
        }
    }

    fn held(self, value: i64) -> i64 {
        held(value)
    }

    fn params(self, soma: LayerSoma) -> Params {
        let LayerSoma { fraction_bits, decay, fires, .. } = soma;
        let model = Model::Loihi(Loihi {
            current_decay: 4095,
            voltage_decay: decay,
            refractory: self.refractory,
            bias_exponent: 0,
            weight_shift: 0,
            floor_exponent: 23,
        });
        Params { model, reset: Reset::Zero, fraction_bits, membrane_bits: BITS, fires }
    }
}

/// Twice the rounded weights.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn double(weight: &[f32], scale: f64, integers: &mut [i16]) {
    for (weight, integer) in weight.iter().zip(integers) {
        *integer = 2 * (f64::from(*weight) * scale).round() as i16;
    }
}

/// The nearest integer, within bounds that no bias reaches before its register ends.
fn whole_within(value: f64) -> i64 {
    value.round().clamp(-1e15, 1e15) as i64
}

/// The nearest value of a bias register: a mantissa times a power of two.
fn held(value: i64) -> i64 {
    // The exponent by which the length of the value is that of a mantissa. One that is rounded up past the end is the
    // half of it with the next exponent: the same value.
    let length = i64::BITS - if value < 0 { !value } else { value }.leading_zeros();
    let exponent = length.saturating_sub(MANTISSA_BITS).min(MOST_BIAS_EXPONENT);
    let mantissa = (value + ((1 << exponent) >> 1)) >> exponent;
    match exponent {
        MOST_BIAS_EXPONENT => mantissa.clamp(-(1 << MANTISSA_BITS), (1 << MANTISSA_BITS) - 1) << exponent,
        _ => mantissa << exponent,
    }
}
