//! The integer reference evaluators: they define the correct result, and are written to be read.
//!
//! Plain loops, layer by layer and step by step, with no cleverness and no code shared with the chip model.
//! For a layered network, in every step t = 1..T and layer by layer:
//!
//! ```text
//! V += 2^F Σ w s + b          b: the encoding current (first layer, of values) or the per-step bias
//! V  = clamp(V, ±(2^(membrane bits - 1) - 1))
//! hidden: if V >= θ: spike, V -= θ          output: never fires; its bias is added in step 1 only
//! ```
//!
//! That is the tandem rule's own neuron. A network that was trained for a chip's neuron is evaluated with the equations
//! of that one ([`ReferenceNeuron`]), and its biases are what the chip's registers hold. Where its output neurons spike,
//! their bias acts in every step, and the class is that with the most spikes.
//!
//! If a sample is spike trains, s of the first layer is that of the same step, and its b is a bias like any other. The
//! class is the output neuron with the largest final V, the first of equals.
//!
//! Of a sequence of F frames, steps go on to F T with V as it is: the encoding current is that of the frame of the step, and
//! the output's bias is added in the first step of each frame.

mod events;
mod graphs;
mod neurons;
mod operations;

#[cfg(test)]
pub use graphs::counted;
pub use graphs::{SUM_BITS, SparseOutcome, SparseReference, sparse, sparse_counted, sparse_seen};
pub use neurons::{Fixed, ReferenceNeuron};
pub use operations::{Meter, Operations, Taps};

use super::architecture::{Kernel, LinearOp};
use super::deployed::Deployed;
use super::neuron::{Params, Traits};
use super::quantised::{Layered, QuantisedLayer};
use crate::progress;
use std::collections::BTreeMap;

/// Result of an inference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayeredOutcome {
    /// Spike count of every hidden neuron within its window, layer after layer; zero for an output layer that only integrates.
    pub counts: Vec<u32>,
    /// Final membrane of every output neuron (weight units), or the number of its spikes if outputs spike.
    pub outputs: Vec<i32>,
    /// The same after each frame of a sequence whose outputs are read so often; otherwise empty.
    pub readouts: Vec<Vec<i32>>,
}

impl LayeredOutcome {
    /// The class: the first of the largest outputs.
    pub fn class(&self) -> usize {
        let mut best = 0;
        for (index, value) in self.outputs.iter().enumerate() {
            if *value > self.outputs[best] {
                best = index;
            }
        }
        best
    }
}

/// Spikes of every neuron of a layered network's [`Graph`](crate::net::graph::Graph) in some samples, added up.
pub fn spikes<'a>(net: &Layered, samples: impl Iterator<Item = &'a [u8]>) -> Vec<u32> {
    let mut sums = Vec::new();
    for sample in samples {
        progress::poll();
        let counts = all_counts(net, sample);
        sums.resize(counts.len(), 0u32);
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum = sum.saturating_add(count));
    }
    sums
}

/// Evaluates a layered network on one sample: 8-bit values, or spike trains as bits.
pub fn layered(net: &Layered, sample: &[u8]) -> LayeredOutcome {
    evaluate(net, sample, None)
}

/// Does the same, and counts its operations.
pub fn layered_metered(net: &Layered, sample: &[u8], meter: &mut Meter) -> LayeredOutcome {
    evaluate(net, sample, Some(meter))
}

fn evaluate(net: &Layered, sample: &[u8], meter: Option<&mut Meter>) -> LayeredOutcome {
    if net.neuron.by_events() {
        return by_events(net, sample, meter);
    }
    let trains = net.trains(sample);
    let counts = net.layers.iter().map(|l| vec![0; l.op.outputs()]).collect();
    let kinds = (0..net.layers.len()).map(|l| (net.params(l), net.traits(l))).collect();
    let mut run = LayeredRun { net, kinds, neurons: first_neurons(net), counts, meter, currents: Vec::new(), step: 0 };
    let mut readouts = Vec::new();
    // State is kept over the frames of a sequence; any other sample is one frame.
    for frame in 0..net.frames_of(sample) {
        let values = net.frame(sample, frame);
        if trains.is_none() {
            run.currents = encoding(net, values);
            run.meter.iter_mut().for_each(|meter| meter.encodes(values));
        }
        for step in 0..net.spec.time_steps {
            run.step += 1;
            let spikes = trains.iter().flat_map(|trains| trains.step(run.step - 1)).collect();
            run.step(spikes, step == 0);
        }
        if net.frames.are_read() {
            readouts.push(run.outputs());
        }
    }
    LayeredOutcome { outputs: run.outputs(), readouts: net.frames.of_each(readouts), counts: run.counts.concat() }
}

/// An evaluation under way.
struct LayeredRun<'a> {
    net: &'a Layered,
    kinds: Vec<(Params, Vec<Traits>)>,
    /// By layer.
    neurons: Vec<Vec<ReferenceNeuron>>,
    counts: Vec<Vec<u32>>,
    meter: Option<&'a mut Meter>,
    /// Currents into the first layer, if it encodes values.
    currents: Vec<i64>,
    /// Steps of the sample so far.
    step: usize,
}

impl LayeredRun<'_> {
    /// A step of all layers with the spikes that come in; `begins` is whether it is the first one of a frame.
    fn step(&mut self, incoming: Vec<usize>, begins: bool) {
        // Neurons that fired in this step, by layer.
        let mut spikes: Vec<Vec<usize>> = Vec::new();
        for l in 0..self.net.layers.len() {
            let below = spikes.last().unwrap_or(&incoming);
            let encodes = l == 0 && !self.currents.is_empty();
            if let Some(meter) = self.meter.as_mut().filter(|_| !encodes) {
                meter.reads(l, below);
            }
            let input = sums(&self.net.layers[l], below, &spikes);
            let fired = self.step_layer(l, &input, begins);
            spikes.push(fired);
        }
    }

    /// A step of a layer with its sums of weights; gives the neurons that fire.
    fn step_layer(&mut self, l: usize, input: &[i64], begins: bool) -> Vec<usize> {
        let Self { net, kinds, neurons, counts, meter, currents, step } = self;
        let (layer, last) = (&net.layers[l], net.layers.len() - 1);
        let mut fired = Vec::new();
        for (neuron, state) in neurons[l].iter_mut().enumerate() {
            let channel = neuron / layer.op.positions();
            let drive = match l {
                0 if !currents.is_empty() => currents[neuron],
                _ if l == last && !net.outputs_spike() && !begins => 0,
                _ => layer.bias[channel],
            };
            let (threshold, before) = (i64::from(layer.threshold[channel]), state.v);
            let fires = if net.neuron.is_tandem() {
                tandem_step(state, (net, l), (input[neuron] << layer.fraction_bits) + drive, threshold)
            } else {
                let traits = kinds[l].1.get(channel).copied().unwrap_or_default();
                state.step(Fixed { params: &kinds[l].0, threshold, bias: drive, traits }, input[neuron])
            };
            if fires {
                counts[l][neuron] += 1;
                fired.push(neuron);
            }
            if let Some(meter) = meter {
                meter.moved(*step == 1, before, state.v);
            }
        }
        fired
    }

    fn outputs(&self) -> Vec<i32> {
        let last = self.net.layers.len() - 1;
        outputs(self.net, &self.counts[last], &self.neurons[last])
    }
}

/// Values of the outputs: counts of spikes where they fire, else membranes.
fn outputs(net: &Layered, counts: &[u32], neurons: &[ReferenceNeuron]) -> Vec<i32> {
    if net.outputs_spike() {
        return counts.iter().map(|count| *count as i32).collect();
    }
    neurons.iter().map(|neuron| neuron.v as i32).collect()
}

/// The sums of a layer's weights for the spikes that come in, and for those of an added layer.
fn sums(layer: &QuantisedLayer, incoming: &[usize], spikes: &[Vec<usize>]) -> Vec<i64> {
    let mut sums = vec![0i64; layer.op.outputs()];
    for source in incoming {
        scatter(&layer.op, *source, |o, w| sums[o] += i64::from(layer.weight[w]));
    }
    if let Some(skip) = &layer.skip {
        let weight = |from: usize| i64::from(skip.weight[from / layer.op.positions()]);
        spikes[skip.layer].iter().for_each(|from| sums[*from] += weight(*from));
    }
    sums
}

/// A step of the tandem rule's own neuron, of layer l, with what is added to its membrane; gives whether it fires.
fn tandem_step(state: &mut ReferenceNeuron, (net, l): (&Layered, usize), added: i64, threshold: i64) -> bool {
    let (limit, is_last) = (i64::from(net.membrane_max()), l + 1 == net.layers.len());
    // The rest of the magnitude is rounded down, whatever the sign.
    let v = state.v;
    let left = if is_last { v } else { v.signum() * ((v.abs() * (4096 - i64::from(net.decay_of(l)))) >> 12) };
    state.v = (left + added).clamp(-limit, limit);
    let fires = !is_last && state.v >= threshold;
    state.v -= if fires { threshold } else { 0 };
    fires
}

/// A network whose neurons take their spikes one by one. A spike acts at once: those of a step go through the first layer
/// in the order of the inputs, and what a layer sends, in that order, through the next. Neurons that a spike reaches are
/// looked at in their order.
fn by_events(net: &Layered, sample: &[u8], mut meter: Option<&mut Meter>) -> LayeredOutcome {
    let trains = net.trains(sample);
    let params: Vec<Params> = (0..net.layers.len()).map(|l| net.params(l)).collect();
    let first = |layer: &QuantisedLayer, neuron: usize| layer.bias[neuron / layer.op.positions()];
    let begins = |layer: &QuantisedLayer| -> Vec<ReferenceNeuron> {
        let neuron = |neuron| ReferenceNeuron { v: first(layer, neuron), ..ReferenceNeuron::default() };
        (0..layer.op.outputs()).map(neuron).collect()
    };
    let mut neurons: Vec<Vec<ReferenceNeuron>> = net.layers.iter().map(begins).collect();
    let mut counts: Vec<Vec<u32>> = net.layers.iter().map(|l| vec![0; l.op.outputs()]).collect();
    let (steps, mut readouts) = (net.spec.time_steps as usize, Vec::new());
    for step in 1..=steps * net.frames_of(sample) {
        let mut events: Vec<usize> = trains.iter().flat_map(|trains| trains.step(step - 1)).collect();
        for (l, layer) in net.layers.iter().enumerate() {
            if let Some(meter) = &mut meter {
                meter.reads(l, &events);
            }
            let before: Vec<i64> = neurons[l].iter().map(|neuron| neuron.v).collect();
            let mut sent = Vec::new();
            for source in events {
                let mut input = BTreeMap::new();
                scatter(&layer.op, source, |o, w| {
                    if !layer.pruned || layer.weight[w] != 0 {
                        *input.entry(o).or_insert(0) += i64::from(layer.weight[w]);
                    }
                });
                for (neuron, input) in input {
                    let threshold = i64::from(layer.threshold[neuron / layer.op.positions()]);
                    let fixed = Fixed { params: &params[l], threshold, bias: 0, traits: Traits::default() };
                    if neurons[l][neuron].step(fixed, input) {
                        counts[l][neuron] += 1;
                        sent.push(neuron);
                    }
                }
            }
            if let Some(meter) = &mut meter {
                before.iter().zip(&neurons[l]).for_each(|(before, neuron)| meter.moved(step == 1, *before, neuron.v));
            }
            events = sent;
        }
        if net.frames.are_read() && step.is_multiple_of(steps) {
            readouts.push(spikes_of(&counts));
        }
    }
    LayeredOutcome { outputs: spikes_of(&counts), readouts: net.frames.of_each(readouts), counts: counts.concat() }
}

/// The numbers of spikes of the last layer.
fn spikes_of(counts: &[Vec<u32>]) -> Vec<i32> {
    counts.iter().last().into_iter().flatten().map(|count| *count as i32).collect()
}

/// A current as the register of the chip's neuron holds it. Loihi's has 13 bits and a shift to the left of up to 7.
fn held(net: &Layered, current: i64) -> i64 {
    if !matches!(net.neuron, Deployed::Loihi(_)) {
        return current;
    }
    // The shift by which the rounded mantissa lies in -4096 .. 4095; rounding may need one more than its length says.
    let shifted = |shift: u32| (current + ((1 << shift) >> 1)) >> shift;
    let shift = (0..7).find(|shift| (-4096..4096).contains(&shifted(*shift))).unwrap_or(7);
    shifted(shift).clamp(-4096, 4095) << shift
}

/// Neurons before the first step, by layer: in hidden layers at half the threshold if the network asks for it.
fn first_neurons(net: &Layered) -> Vec<Vec<ReferenceNeuron>> {
    let mut neurons: Vec<Vec<ReferenceNeuron>> =
        net.layers.iter().map(|l| vec![ReferenceNeuron::default(); l.op.outputs()]).collect();
    if net.half_start {
        for (layer, neurons) in net.layers.iter().zip(&mut neurons).take(net.layers.len() - 1) {
            let threshold = |neuron: usize| i64::from(layer.threshold[neuron / layer.op.positions()]);
            neurons.iter_mut().enumerate().for_each(|(neuron, state)| state.v = threshold(neuron) / 2);
        }
    }
    neurons
}

/// Spike counts of all neurons of the network's [`Graph`](crate::net::graph::Graph): those of the inputs first, if they
/// are spike trains.
pub fn all_counts(net: &Layered, sample: &[u8]) -> Vec<u32> {
    let counts = layered(net, sample).counts;
    match net.trains(sample) {
        None => counts,
        Some(trains) => {
            let steps = net.spec.time_steps as usize * net.frames_of(sample);
            [trains.counts(steps), counts].concat()
        }
    }
}

/// The encoding layer's current into each of its neurons per step: `(2^F Σ w x + b) / R`, rounded once, half up; then as
/// the chip's register holds it, if the network is for a chip's neuron.
fn encoding(net: &Layered, pixels: &[u8]) -> Vec<i64> {
    let (first, scale) = (&net.layers[0], i64::from(net.full_scale));
    let mut sums = vec![0i64; first.op.outputs()];
    for (input, value) in pixels.iter().enumerate() {
        scatter(&first.op, input, |o, w| sums[o] += i64::from(*value) * i64::from(first.weight[w]));
    }
    let limit = i64::from(net.membrane_max());
    for (neuron, sum) in sums.iter_mut().enumerate() {
        let numerator = (*sum << first.fraction_bits) + first.bias[neuron / first.op.positions()];
        let current = (2 * numerator + scale).div_euclid(2 * scale).clamp(-limit, limit);
        *sum = held(net, current);
    }
    sums
}

/// Calls `visit(output, weight)` for every synapse from an input, by the definition:
/// output (y, x) reads input (y s + k - p, x s + k' - p) by kernel element (k, k').
fn scatter(op: &LinearOp, mut input: usize, mut visit: impl FnMut(usize, usize)) {
    if let Some(pool) = op.pool {
        let (height, width) = (pool.input.height as usize, pool.input.width as usize);
        let (channel, y, x) = (input / (height * width), input / width % height, input % width);
        let (y, x) = (y / pool.window[0] as usize, x / pool.window[1] as usize);
        let (height, width) = (pool.output.height as usize, pool.output.width as usize);
        if y >= height || x >= width {
            return;
        }
        input = (channel * height + y) * width + x;
    }
    let conv = match op.kernel {
        Kernel::Dense { inputs, outputs } => {
            return (0..outputs as usize).for_each(|o| visit(o, o * inputs as usize + input));
        }
        Kernel::Conv(conv) => conv,
    };
    let (height, width) = (conv.input.height as usize, conv.input.width as usize);
    let (channel, y, x) = (input / (height * width), input / width % height, input % width);
    let (group_inputs, group_outputs) = (conv.input.channels / conv.groups, conv.output.channels / conv.groups);
    let group = channel / group_inputs as usize;
    let [kernel_height, kernel_width] = conv.kernel.map(|k| k as usize);
    let [stride_y, stride_x] = conv.stride.map(|s| s as usize);
    let [pad_y, pad_x] = conv.padding.map(|p| p as usize);
    let (out_height, out_width) = (conv.output.height as usize, conv.output.width as usize);
    for out_channel in (0..conv.output.channels as usize).filter(|o| o / group_outputs as usize == group) {
        for ky in (0..kernel_height).filter(|ky| y + pad_y >= *ky && (y + pad_y - ky) % stride_y == 0) {
            for kx in (0..kernel_width).filter(|kx| x + pad_x >= *kx && (x + pad_x - kx) % stride_x == 0) {
                let (out_y, out_x) = ((y + pad_y - ky) / stride_y, (x + pad_x - kx) / stride_x);
                if out_y < out_height && out_x < out_width {
                    let output = (out_channel * out_height + out_y) * out_width + out_x;
                    let kernel = out_channel * group_inputs as usize + channel % group_inputs as usize;
                    visit(output, (kernel * kernel_height + ky) * kernel_width + kx);
                }
            }
        }
    }
}
