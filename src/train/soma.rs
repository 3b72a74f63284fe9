//! Neurons of a layer as the chip has them: integers, and the very equations of the chip model.

use crate::net::Layered;
use crate::net::neuron::{Fired, Params, Soma, SomaLanes, Traits, step};

/// The fixed values of a layer's neurons, position by position.
#[derive(Clone, Debug)]
pub(super) struct ChipSoma {
    params: Params,
    threshold: Vec<i32>,
    traits: Vec<Traits>,
    start: Vec<i32>,
}

/// The state of a layer's neurons, and what they receive.
#[derive(Clone, Debug)]
pub(super) struct ChipState {
    pub(super) v: Vec<i32>,
    current: Vec<i32>,
    resting: Vec<u8>,
    /// Sums of weights of a step (weight units); zero after it.
    pub(super) input: Vec<i32>,
    fired: Vec<Fired>,
}

impl ChipSoma {
    /// Neurons at a number of positions, with thresholds, traits (or none) and first membranes by channel.
    pub(super) fn new(params: Params, positions: usize, by_channel: (&[i32], &[Traits], &[i32])) -> Self {
        let (threshold, traits, start) = by_channel;
        let [threshold, start] = [threshold, start].map(|values| values.repeat(positions));
        Self { params, threshold, traits: traits.repeat(positions), start }
    }

    /// The neurons of a layer of an exported network.
    pub(super) fn of(net: &Layered, layer: usize) -> Self {
        let (positions, threshold) = (net.layers[layer].op.positions(), &net.layers[layer].threshold);
        Self::new(net.params(layer), positions, (threshold, &net.traits(layer), &net.start(layer)))
    }

    pub(super) fn state(&self) -> ChipState {
        let count = self.threshold.len();
        let (current, resting, input) = (vec![0; count], vec![0; count], vec![0; count]);
        ChipState { v: self.start.clone(), current, resting, input, fired: Vec::new() }
    }

    /// Begins an inference.
    pub(super) fn begin(&self, state: &mut ChipState) {
        state.v.clone_from(&self.start);
        state.current.fill(0);
        state.resting.fill(0);
        state.input.fill(0);
    }

    /// One time step with the inputs in the state; gives the neurons that fire, ascending.
    pub(super) fn step<'s>(&self, state: &'s mut ChipState, bias: &[i32]) -> impl Iterator<Item = usize> + 's {
        let ChipState { v, current, resting, input, fired } = state;
        fired.clear();
        let soma = Soma { v, input, bias, threshold: &self.threshold, fired };
        step(&self.params, SomaLanes { soma, current, resting, traits: &self.traits });
        fired.iter().map(|fired| fired.neuron as usize)
    }
}
