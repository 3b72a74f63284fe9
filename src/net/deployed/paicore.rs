//! Layers of PAICORE's own neuron.
//!
//! From folded real weights w', biases b' and threshold θ, with `bits`-bit weights, per output channel or layer:
//!
//! ```text
//! s     = (2^(bits-1) - 1) / max|w'|
//! w_q   = round(s w');  θ_q = round(s θ);  b_q = round(s b'/B)
//! ```
//!
//! The reset is linear and the floor out of reach. Membranes have no fraction bits, so few bits of a weight leave a
//! coarse bias. The leak acts in every step of the chip, and output neurons fire: as in [`super::pairs`].

use super::own::one_reset;
use super::pairs::{PairRoom, within};
use super::{DeployedModel, LayerGoal, LayerIntegers, LayerSoma, RealLayer};
use crate::net::neuron::{After, Below, Model, Paicore, Params, Reset, Traits};
use crate::net::widths::Scale;
use std::ops::RangeInclusive;

/// Layers of PAICORE's own neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaicoreLayers;

/// Bits of a membrane.
const BITS: u32 = 30;
const MOST: i64 = (1 << 29) - 1;
const ROOM: PairRoom =
    PairRoom { usual_threshold: 1.0, most_threshold: MOST as f64, leaks: (-MOST, MOST), floor: -MOST };

one_reset! {
    /// PAICORE's neuron: at V >= threshold it spikes, and its membrane falls by the threshold. Output neurons spike too: the
    /// class is that with the most spikes.
    PaicoreLayers: PaicoreLayerFields, PaicoreReset { Linear = "linear" }
}

impl DeployedModel for PaicoreLayers {
    const WEIGHT_BITS: RangeInclusive<u32> = 2..=8;
    const USUAL_WEIGHT_BITS: u32 = 8;
    const OUTPUTS_SPIKE: bool = true;
    const LEAKS_ALWAYS: bool = true;

    one_reset!(named "paicore", "": PaicoreLayerFields, "linear");

    fn membrane_bits(self, _: u32) -> u32 {
        BITS
    }

    fn integers(self, layer: &RealLayer<'_>, goal: &LayerGoal) -> LayerIntegers {
        let most = f64::from(goal.spec.weight_max());
        let largest = |row: &[f32]| f64::from(row.iter().fold(0f32, |most, w| most.max(w.abs())));
        let of_layer = largest(layer.weight);
        let scale = |row: &[f32]| {
            let largest = if goal.spec.scale == Scale::Layer { of_layer } else { largest(row) };
            let scale = if largest > 0.0 { most / largest } else { 1.0 };
            if layer.adds { scale.min(most / layer.threshold) } else { scale }
        };
        let scales: Vec<f64> = layer.weight.chunks(layer.fan_in).map(scale).collect();
        let threshold: Vec<i32> =
            scales.iter().map(|s| (s * layer.threshold).round().clamp(1.0, MOST as f64) as i32).collect();
        let leak = |((bias, s), threshold): ((&f32, &f64), &i32)| {
            let leak = (f64::from(*bias) * s / f64::from(goal.biases.spread)).round();
            within(leak, (*threshold).into(), goal.waits, ROOM)
        };
        let rows = layer.weight.chunks(layer.fan_in).zip(&scales);
        LayerIntegers {
            weight: rows.flat_map(|(row, s)| row.iter().map(move |w| (f64::from(*w) * s).round() as i16)).collect(),
            bias: layer.bias.iter().zip(&scales).zip(&threshold).map(leak).collect(),
            added: threshold.iter().map(|threshold| (*threshold).min(most as i32) as i16).collect(),
            threshold,
            fraction_bits: 0,
            scales,
            output_unit: 1.0,
        }
    }

    fn params(self, soma: LayerSoma) -> Params {
        let LayerSoma { fraction_bits, fires, .. } = soma;
        let modes = Paicore { below: Below::Saturate, leak_reversal: false, leak_after_comparison: false };
        Params { model: Model::Paicore(modes), reset: Reset::Zero, fraction_bits, membrane_bits: BITS, fires }
    }

    fn traits(self, _: i32) -> Option<Traits> {
        Some(Traits { after: After::Linear, reset_potential: 0, floor: ROOM.floor as i32 })
    }
}
