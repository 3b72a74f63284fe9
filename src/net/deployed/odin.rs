//! Layers of ODIN's own neuron, which takes its spikes one by one.
//!
//! From folded real weights w', biases b' and threshold θ, per output channel:
//!
//! ```text
//! s     = 7 / max|w'|                 3 bits and a sign
//! w_q   = round(s w');  θ_q = round(s θ), 1 to 255
//! V(0)  = round(s b'), 0 to θ_q - 1   there is no bias: what it would add in all steps is there to begin with
//! ```
//!
//! All weights of a neuron as a source have one sign ([`source_sign`]): the others are 0. Inputs of the host may have
//! both, as a source of events for each sign.

use super::own::one_reset;
use super::{DeployedModel, LayerGoal, LayerIntegers, LayerSoma, RealLayer};
use crate::net::neuron::{Model, Odin, Params, Reset};
use std::ops::RangeInclusive;

/// Layers of ODIN's own neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OdinLayers;

/// Bits of a membrane; without a sign.
const BITS: u32 = 8;
/// Largest magnitude of a weight.
const MOST_WEIGHT: f64 = 7.0;

/// The sign of all weights of a source, by the position of one of them among those of an output channel: sources that
/// excite and sources that inhibit take turns. `taps` are the positions of a kernel.
pub fn source_sign(at: usize, taps: usize) -> i8 {
    if (at / taps).is_multiple_of(2) { 1 } else { -1 }
}

one_reset! {
    /// ODIN's neuron: 8 bits without sign, 3 bits of a weight and a sign for each source. Neurons take their spikes
    /// one by one, and output neurons spike: the class is that with the most spikes.
    OdinLayers: OdinLayerFields, OdinReset { Zero = "zero" }
}

impl DeployedModel for OdinLayers {
    const WEIGHT_BITS: RangeInclusive<u32> = 4..=4;
    const USUAL_WEIGHT_BITS: u32 = 4;
    const GRID_BITS: Option<u32> = Some(4);
    const OUTPUTS_SPIKE: bool = true;
    const BY_EVENTS: bool = true;
    const SIGNED_SOURCES: bool = true;

    one_reset!(named "odin", ", event by event": OdinLayerFields, "zero");

    fn membrane_bits(self, _: u32) -> u32 {
        BITS
    }

    fn integers(self, layer: &RealLayer<'_>, goal: &LayerGoal) -> LayerIntegers {
        // The first layer hears the host alone.
        let allowed = |at: usize, weight: f32| goal.waits <= 1 || weight * f32::from(source_sign(at, layer.taps)) > 0.0;
        let channels = layer.bias.len();
        let mut made = LayerIntegers {
            weight: Vec::with_capacity(layer.weight.len()),
            bias: Vec::with_capacity(channels),
            threshold: Vec::with_capacity(channels),
            fraction_bits: 0,
            added: vec![0; channels],
            scales: Vec::with_capacity(channels),
            output_unit: 1.0,
        };
        for (row, bias) in layer.weight.chunks(layer.fan_in).zip(layer.bias) {
            let kept = || row.iter().enumerate().map(|(at, w)| if allowed(at, *w) { *w } else { 0.0 });
            let largest = kept().fold(0f32, |most, w| most.max(w.abs()));
            let scale = if largest > 0.0 { MOST_WEIGHT / f64::from(largest) } else { 1.0 };
            let threshold = (scale * layer.threshold).round().clamp(1.0, 255.0);
            made.weight.extend(kept().map(|w| (f64::from(w) * scale).round() as i16));
            made.bias.push((f64::from(*bias) * scale).round().clamp(0.0, threshold - 1.0) as i64);
            made.threshold.push(threshold as i32);
            made.scales.push(scale);
        }
        made
    }

    fn params(self, soma: LayerSoma) -> Params {
        let LayerSoma { fraction_bits, fires, .. } = soma;
        Params {
            model: Model::Odin(Odin { leak: 0, disabled: false }),
            reset: Reset::Zero,
            fraction_bits,
            membrane_bits: BITS,
            fires,
        }
    }
}
