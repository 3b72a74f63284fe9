//! The tandem rule's own neuron: integrate and fire at V >= θ, then V -= θ; perhaps with a leak.
//!
//! [`crate::net::quantised`] has its integers. Training computes it in real numbers.

use super::scale::{ScaleRoom, scales};
use super::{DeployedModel, LayerGoal, LayerIntegers, LayerRole, LayerSoma, LayeredNeuron, NirNeuron, RealLayer};
use crate::digest::{Digest, Stable};
use crate::json::record::{alternative, record, words};
use crate::json::shape::{number, word};
use crate::json::{Alternative, Object};
use crate::net::neuron::{DECAY_BITS, If, Lif, Model, Params, Reset};
use crate::net::widths::{QuantSpec, Scale, WEIGHT_BITS, membrane_max};
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// Layers of the tandem rule's own neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TandemLayers;

/// Smallest share of a membrane that a leak leaves: one unit of 12 bits.
pub(super) const LEAST_LEAK: f64 = 1.0 / 4096.0;
/// Thresholds in the units of the real weights.
pub(super) const THRESHOLDS: RangeInclusive<f64> = 1e-3..=1e3;

words! {
    /// Resets of the tandem rule's own neurons.
    enum LayeredReset {
        Subtract = "subtract",
    }
}

record! {
    /// Integrate and fire.
    struct IfLayers {
        /// The threshold in the units of the real weights, 0.001 to 1,000.
        threshold: f64 = number(THRESHOLDS);
        /// What a spike does to the membrane.
        reset: LayeredReset = word();
    }
    check |read: Self, _: &Object<'_>, _| Some(made(read.threshold, 1.0)) => LayeredNeuron;
}

record! {
    /// Leaky integrate and fire.
    struct LifLayers {
        /// The threshold in the units of the real weights, 0.001 to 1,000.
        threshold: f64 = number(THRESHOLDS);
        /// What a spike does to the membrane.
        reset: LayeredReset = word();
        /// Share of the membrane that is left after a step, 1/4096 to 1.
        leak: f64 = number(LEAST_LEAK..=1.0);
    }
    check |read: Self, _: &Object<'_>, _| Some(made(read.threshold, read.leak)) => LayeredNeuron;
}

fn made(threshold: f64, leak: f64) -> LayeredNeuron {
    LayeredNeuron { neuron: TandemLayers.into(), threshold, leak }
}

impl Stable for TandemLayers {
    fn add_to(&self, _: &mut Digest) {}
}

impl DeployedModel for TandemLayers {
    const WEIGHT_BITS: RangeInclusive<u32> = WEIGHT_BITS;
    const USUAL_WEIGHT_BITS: u32 = 8;

    fn of_chip(model: &str, reset: Option<Reset>) -> Option<Self> {
        (matches!(model, "if" | "lif") && reset == Some(Reset::Subtract)).then_some(Self)
    }

    fn records() -> Vec<Alternative<(), LayeredNeuron>> {
        vec![alternative::<IfLayers, ()>("if"), alternative::<LifLayers, ()>("lif")]
    }

    fn write(self, threshold: f64, leak: f64) -> Value {
        let reset = LayeredReset::Subtract.name();
        match leak < 1.0 {
            true => json!({"model": "lif", "threshold": threshold, "reset": reset, "leak": leak}),
            false => json!({"model": "if", "threshold": threshold, "reset": reset}),
        }
    }

    fn describe(self) -> String {
        format!("integrate and fire (reset: {})", LayeredReset::Subtract.name())
    }

    fn in_nir(self) -> Option<NirNeuron> {
        Some(NirNeuron { reset: Reset::Subtract, strict: false })
    }

    fn integers(self, layer: &RealLayer<'_>, goal: &LayerGoal) -> LayerIntegers {
        let LayerGoal { spec, role, biases, .. } = *goal;
        let fraction_bits = match role {
            LayerRole::Output => 0,
            _ => spec.time_steps.next_power_of_two().trailing_zeros(),
        };
        let fraction = f64::from(1u32 << fraction_bits);
        let room = ScaleRoom { threshold: layer.threshold, fraction, skip: layer.adds };
        let scale = if role == LayerRole::Output { Scale::Layer } else { spec.scale };
        let scales = scales(layer, QuantSpec { scale, ..spec }, room);
        let limit = f64::from(membrane_max(spec.membrane_bits));
        let full_scale = if let LayerRole::Encoding { full_scale } = role { f64::from(full_scale) } else { 1.0 };
        let bias_limit = limit * full_scale;
        let per_step = match role {
            LayerRole::Output => biases.growth,
            _ => fraction * full_scale / f64::from(biases.spread),
        };
        let bias = |(b, s): (&f32, &f64)| (f64::from(*b) * s * per_step).round().clamp(-bias_limit, bias_limit) as i64;
        let threshold = |s: &f64| (layer.threshold * s * fraction).round().clamp(1.0, limit) as i32;
        let added = |s: &f64| (layer.threshold * s).round().min(f64::from(spec.weight_max())) as i16;
        let rows = layer.weight.chunks(layer.fan_in).zip(&scales);
        LayerIntegers {
            weight: rows.flat_map(|(row, s)| row.iter().map(move |w| integer(layer.pruned, *w, *s, spec))).collect(),
            bias: layer.bias.iter().zip(&scales).map(bias).collect(),
            threshold: scales.iter().map(threshold).collect(),
            fraction_bits,
            added: scales.iter().map(added).collect(),
            output_unit: biases.growth * scales.first().copied().unwrap_or(1.0),
            scales,
        }
    }

    fn params(self, soma: LayerSoma) -> Params {
        let LayerSoma { fraction_bits, membrane_bits, decay, fires } = soma;
        let model = match decay {
            0 => Model::If(If),
            decay => Model::Lif(Lif { decay, bits: DECAY_BITS }),
        };
        Params { model, reset: Reset::Subtract, fraction_bits, membrane_bits, fires }
    }
}

fn integer(pruned: bool, weight: f32, scale: f64, spec: QuantSpec) -> i16 {
    match spec.weight_bits {
        // A removed weight is not a synapse, whatever its sign.
        1 if pruned && weight == 0.0 => 0,
        1 => 1 - 2 * i16::from(weight < 0.0),
        _ => (f64::from(weight) * scale).round() as i16,
    }
}
