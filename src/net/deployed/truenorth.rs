//! Layers of TrueNorth's own neuron, on pairs of axons.
//!
//! The reset is linear and the floor out of reach, so a neuron does what the tandem rule's own neuron does, in 20 bits.
//! [`super::pairs`] has the integers.

use super::own::one_reset;
use super::pairs::{self, GRID_BITS, PairRoom};
use super::{DeployedModel, LayerGoal, LayerIntegers, LayerSoma, RealLayer};
use crate::net::neuron::{After, Below, Model, Params, Reset, Traits, TrueNorth};
use std::ops::RangeInclusive;

/// Layers of TrueNorth's own neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrueNorthLayers;

/// Bits of a membrane.
const BITS: u32 = 20;
const ROOM: PairRoom = PairRoom {
    usual_threshold: 512.0,
    most_threshold: ((1 << 18) - 1) as f64,
    leaks: (-255, 255),
    floor: -((1 << 18) - 1),
};

one_reset! {
    /// TrueNorth's neuron: at V >= threshold it spikes, and its membrane falls by the threshold. Weights are ternary, with an
    /// integer for each neuron, and output neurons spike: the class is that with the most spikes.
    TrueNorthLayers: TrueNorthLayerFields, TrueNorthReset { Linear = "linear" }
}

impl DeployedModel for TrueNorthLayers {
    const WEIGHT_BITS: RangeInclusive<u32> = pairs::WEIGHT_BITS..=pairs::WEIGHT_BITS;
    const USUAL_WEIGHT_BITS: u32 = pairs::WEIGHT_BITS;
    const GRID_BITS: Option<u32> = Some(GRID_BITS);
    const OUTPUTS_SPIKE: bool = true;
    const LEAKS_ALWAYS: bool = true;

    one_reset!(named "truenorth", ", ternary weights": TrueNorthLayerFields, "linear");

    fn membrane_bits(self, _: u32) -> u32 {
        BITS
    }

    fn integers(self, layer: &RealLayer<'_>, goal: &LayerGoal) -> LayerIntegers {
        pairs::integers(layer, goal, ROOM)
    }

    fn params(self, soma: LayerSoma) -> Params {
        let LayerSoma { fraction_bits, fires, .. } = soma;
        Params {
            model: Model::TrueNorth(TrueNorth { below: Below::Saturate, leak_reversal: false }),
            reset: Reset::Zero,
            fraction_bits,
            membrane_bits: BITS,
            fires,
        }
    }

    fn traits(self, _: i32) -> Option<Traits> {
        Some(Traits { after: After::Linear, reset_potential: 0, floor: ROOM.floor as i32 })
    }
}
