//! Layers of RANC's own neuron, on pairs of axons.
//!
//! A membrane has 9 bits, in which sums wrap around, and one below the floor rises by it; training meets both. So
//! integers are small. [`super::pairs`] has them.

use super::own::one_reset;
use super::pairs::{self, GRID_BITS, PairRoom};
use super::{DeployedModel, LayerGoal, LayerIntegers, LayerSoma, RealLayer};
use crate::net::neuron::{After, Model, Params, Ranc, Reset, Traits};
use std::ops::RangeInclusive;

/// Layers of RANC's own neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RancLayers;

/// Bits of a membrane.
const BITS: u32 = 9;
const ROOM: PairRoom = PairRoom { usual_threshold: 24.0, most_threshold: 255.0, leaks: (-255, 255), floor: -100 };

one_reset! {
    /// RANC's neuron: at V >= threshold it spikes, and its membrane falls by the threshold. Weights are ternary, with an
    /// integer for each neuron, and output neurons spike: the class is that with the most spikes.
    RancLayers: RancLayerFields, RancReset { Linear = "linear" }
}

impl DeployedModel for RancLayers {
    const WEIGHT_BITS: RangeInclusive<u32> = pairs::WEIGHT_BITS..=pairs::WEIGHT_BITS;
    const USUAL_WEIGHT_BITS: u32 = pairs::WEIGHT_BITS;
    const GRID_BITS: Option<u32> = Some(GRID_BITS);
    const OUTPUTS_SPIKE: bool = true;
    const LEAKS_ALWAYS: bool = true;

    one_reset!(named "ranc", ", ternary weights": RancLayerFields, "linear");

    fn membrane_bits(self, _: u32) -> u32 {
        BITS
    }

    fn integers(self, layer: &RealLayer<'_>, goal: &LayerGoal) -> LayerIntegers {
        pairs::integers(layer, goal, ROOM)
    }

    fn params(self, soma: LayerSoma) -> Params {
        let LayerSoma { fraction_bits, fires, .. } = soma;
        Params { model: Model::Ranc(Ranc), reset: Reset::Zero, fraction_bits, membrane_bits: BITS, fires }
    }

    fn traits(self, _: i32) -> Option<Traits> {
        Some(Traits { after: After::Linear, reset_potential: 0, floor: ROOM.floor as i32 })
    }
}
