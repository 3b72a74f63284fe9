//! Layers of Speck's own neuron, which takes its spikes one by one.
//!
//! From folded real weights w', biases b' and threshold θ, per layer:
//!
//! ```text
//! s     = (2^(bits-1) - 1) / max|w'|
//! w_q   = round(s w');  θ_q = round(s θ), 1 to 2^15 - 1
//! V(0)  = round(s b'), -θ_q to θ_q - 1   there is no bias: what it would add in all steps is there to begin with
//! ```

use super::own::one_reset;
use super::{DeployedModel, LayerGoal, LayerIntegers, LayerSoma, RealLayer};
use crate::net::neuron::{Model, Params, Reset, Speck};
use std::ops::RangeInclusive;

/// Layers of Speck's own neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeckLayers;

/// Bits of a membrane.
const BITS: u32 = 16;
const MOST_THRESHOLD: f64 = ((1 << 15) - 1) as f64;

one_reset! {
    /// Speck's neuron: at V >= threshold it spikes, and its membrane falls by it, never below its negative. Neurons take their spikes
    /// one by one, and output neurons spike: the class is that with the most spikes.
    SpeckLayers: SpeckLayerFields, SpeckReset { Subtract = "subtract" }
}

impl DeployedModel for SpeckLayers {
    const WEIGHT_BITS: RangeInclusive<u32> = 2..=8;
    const USUAL_WEIGHT_BITS: u32 = 8;
    const GRID_BITS: Option<u32> = None;
    const OUTPUTS_SPIKE: bool = true;
    const BY_EVENTS: bool = true;
    const SIGNED_SOURCES: bool = false;

    one_reset!(named "speck", ", event by event": SpeckLayerFields, "subtract");

    fn membrane_bits(self, _: u32) -> u32 {
        BITS
    }

    fn integers(self, layer: &RealLayer<'_>, goal: &LayerGoal) -> LayerIntegers {
        let most = f64::from(goal.spec.weight_max());
        let largest = layer.weight.iter().fold(0f32, |most, w| most.max(w.abs()));
        let scale = if largest > 0.0 { most / f64::from(largest) } else { 1.0 };
        let threshold = (scale * layer.threshold).round().clamp(1.0, MOST_THRESHOLD);
        let first = |bias: &f32| (f64::from(*bias) * scale).round().clamp(-threshold, threshold - 1.0) as i64;
        let channels = layer.bias.len();
        LayerIntegers {
            weight: layer.weight.iter().map(|w| (f64::from(*w) * scale).round() as i16).collect(),
            bias: layer.bias.iter().map(first).collect(),
            threshold: vec![threshold as i32; channels],
            fraction_bits: 0,
            added: vec![0; channels],
            scales: vec![scale; channels],
            output_unit: 1.0,
        }
    }

    fn params(self, soma: LayerSoma) -> Params {
        let LayerSoma { fraction_bits, fires, .. } = soma;
        Params { model: Model::Speck(Speck), reset: Reset::Zero, fraction_bits, membrane_bits: BITS, fires }
    }
}
