//! Layered networks as graphs: a population for each weighted layer, joined by its expanded synapses.

use super::{Csr, Drive, Graph, Population, Window};
use crate::net::architecture::Architecture;
use crate::net::neuron::{If, Model, Params, Reset};
use crate::net::quantised::{Folded, Layered, QuantSpec};
use std::sync::Arc;

impl Graph {
    /// An untrained network of this shape, with the largest weight of the usual bits everywhere.
    pub fn by_shape(architecture: &Architecture) -> Self {
        let spec = QuantSpec::new(architecture.time_steps, architecture.neuron.usual_weight_bits());
        Self::from_layered(&Folded::by_shape(architecture).quantise(spec))
    }

    /// Expands a layered network; layer l has the window l .. l + T - 1, l from 1. For spike trains, a source precedes
    /// the layers, spikes in steps 1 .. T, and all windows are a step later. Of a sequence of F frames, T is the steps of
    /// one: its inferences have (F - 1) T steps more, and so have the windows.
    pub fn from_layered(net: &Layered) -> Self {
        let last = net.layers.len() - 1;
        let mut graph = Self::default();
        let mut synapses = Csr::with_capacity(net.neurons(), 0);
        let delay = net.encoding.delay();
        if !net.encoding.is_off_chip() {
            add_source(net, &mut graph, &mut synapses);
        }
        for (l, layer) in net.layers.iter().enumerate() {
            let first = graph.threshold.len() as u32;
            let count = layer.op.outputs();
            // Where biases always act, neurons begin so much lower that they are at 0 when their input comes.
            let waits = l as u32 + delay;
            let early = if net.neuron.leaks_always() && (l > 0 || delay > 0) { waits } else { 0 };
            if l > 0 || !net.encoding.is_off_chip() {
                graph.operations.push((first, layer.op));
            }
            graph.populations.push(Population {
                name: layer.name.clone(),
                first,
                count: count as u32,
                params: net.params(l).into(),
                drive: match l {
                    0 if net.encoding.is_off_chip() => Drive::Host,
                    _ if l == last && !net.outputs_spike() => match net.frames.are_sequences() {
                        true => Drive::OncePerFrame { steps: net.spec.time_steps },
                        false => Drive::Once,
                    },
                    _ => Drive::EveryStep,
                },
                window: Some(Window { first: 1 + waits - early, steps: net.spec.time_steps + early, ends: false }),
                source: None,
            });
            // The host writes the encoding layer's drive, which already includes its bias.
            let encodes = l < net.encoding.layers_off_chip();
            let no_bias = encodes || net.neuron.by_events();
            let bias = |neuron: usize| if no_bias { 0 } else { layer.bias[neuron / layer.op.positions()] as i32 };
            graph.bias.extend((0..count).map(bias));
            let positions = layer.op.positions();
            graph.threshold.extend((0..count).map(|neuron| layer.threshold[neuron / positions]));
            let traits = net.traits(l);
            graph.add_traits((0..if traits.is_empty() { 0 } else { count }).map(|n| traits[n / positions]).collect());
            if has_start(net) {
                let start = net.start(l);
                let before = |channel: usize| (i64::from(early) * layer.bias[channel]) as i32;
                graph.start.extend((0..count).map(|n| n / positions).map(|channel| start[channel] - before(channel)));
            }
            add_synapses(net, l, first, &mut synapses);
        }
        graph.synapses = Arc::new(synapses);
        graph
    }
}

/// Whether membranes begin at values of their own.
fn has_start(net: &Layered) -> bool {
    net.half_start || net.neuron.leaks_always() || net.neuron.by_events()
}

/// Adds a population for the inputs, and their rows into the first layer.
fn add_source(net: &Layered, graph: &mut Graph, synapses: &mut Csr) {
    let inputs = net.input.neurons() as u32;
    graph.populations.push(Population {
        name: "input".into(),
        first: 0,
        count: inputs,
        params: Params {
            model: Model::If(If),
            reset: Reset::Zero,
            fraction_bits: 0,
            membrane_bits: net.spec.membrane_bits,
            fires: false,
        }
        .into(),
        drive: Drive::EveryStep,
        window: Some(Window { first: 1, steps: net.spec.time_steps, ends: false }),
        source: Some(Vec::new()),
    });
    graph.bias.resize(inputs as usize, 0);
    graph.threshold.resize(inputs as usize, 1);
    if has_start(net) {
        graph.start.resize(inputs as usize, 0);
    }
    for input in 0..inputs as usize {
        net.layers[0].for_each_synapse(input, |o, weight| synapses.push(inputs + o as u32, weight, 1));
        synapses.end_row();
    }
}

/// Adds the rows of a layer's neurons, the first of which is `first`: to the next layer, and to those that add this one.
fn add_synapses(net: &Layered, l: usize, first: u32, synapses: &mut Csr) {
    let count = net.layers[l].op.outputs();
    // The first neuron of each later layer, with the layer and the number of steps that it acts later.
    let mut end = first;
    let mut later = Vec::new();
    for (layer, delay) in net.layers[l..].iter().zip(0u32..) {
        later.push(((end, layer), delay));
        end += layer.op.outputs() as u32;
    }
    let later = &later[1..];
    for neuron in 0..count {
        if let Some(((next_first, next), _)) = later.first() {
            next.for_each_synapse(neuron, |o, weight| synapses.push(next_first + o as u32, weight, 1));
        }
        for ((first, layer), delay) in later {
            if let Some(skip) = layer.skip.as_ref().filter(|skip| skip.layer == l) {
                let weight = skip.weight[neuron / layer.op.positions()];
                synapses.push(first + neuron as u32, weight, *delay);
            }
        }
        synapses.end_row();
    }
}
