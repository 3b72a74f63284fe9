//! A fast evaluator of the integer network, equal to `net::reference::layered` in every count and output.
//!
//! Neurons stand position by position with their channels side by side, so that a spike adds whole rows of weights.

use super::parallel::Threads;
use super::patches::Patches;
use crate::data::Split;
use crate::net::Layered;
use crate::net::architecture::LinearOp;
use crate::net::quantised::{QuantisedLayer, round_half_up};

/// How a network does on a part of a data set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Samples.
    pub samples: u64,
    /// Samples whose class is right.
    pub correct: u64,
    /// Spikes of all hidden neurons.
    pub spikes: u64,
}

impl Evaluation {
    /// Share of right classes, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.samples.max(1) as f64
    }
}

/// Samples per task.
const BLOCK: usize = 32;

/// Runs the integer network on all samples.
pub fn evaluate(net: &Layered, split: &Split, threads: usize) -> Evaluation {
    let evaluator = Evaluator::new(net);
    let mut parts = vec![Evaluation::default(); split.len().div_ceil(BLOCK)];
    let operations = split.len() * net.layers.iter().map(|l| l.op.macs() as usize).sum::<usize>();
    let tasks = parts.iter_mut().enumerate().collect();
    Threads::new(threads).for_each(operations, tasks, |(block, part): (usize, &mut Evaluation)| {
        let mut state = State::new(net);
        for index in block * BLOCK..((block + 1) * BLOCK).min(split.len()) {
            let (pixels, label) = split.sample(index);
            evaluator.run(&mut state, pixels);
            part.samples += 1;
            part.correct += u64::from(evaluator.class(&state) == usize::from(label));
            part.spikes += state.counts.iter().flatten().map(|count| u64::from(*count)).sum::<u64>();
        }
    });
    parts.into_iter().fold(Evaluation::default(), |sum, part| Evaluation {
        samples: sum.samples + part.samples,
        correct: sum.correct + part.correct,
        spikes: sum.spikes + part.spikes,
    })
}

/// A network laid out for speed.
pub(super) struct Evaluator<'n> {
    net: &'n Layered,
    layers: Vec<Rows>,
}

/// What one input of a layer adds where.
struct Rows {
    /// Weights by `[input channel][tap][output channel]`, or by `[input][output]`.
    weight: Vec<i16>,
    /// Output channels: the length of a row.
    width: usize,
    /// For a convolution, where its kernel reaches.
    patches: Option<Patches>,
}

/// The state of one inference.
pub(super) struct State {
    membranes: Vec<Vec<i64>>,
    counts: Vec<Vec<u32>>,
    sums: Vec<i32>,
    spikes: Vec<u32>,
}

impl State {
    pub(super) fn new(net: &Layered) -> Self {
        Self {
            membranes: net.layers.iter().map(|layer| vec![0; layer.op.outputs()]).collect(),
            counts: net.layers.iter().map(|layer| vec![0; layer.op.outputs()]).collect(),
            sums: Vec::new(),
            spikes: Vec::new(),
        }
    }
}

impl Rows {
    /// `below`: channels and positions of the layer below, or one channel of all inputs for the encoding layer.
    fn new(layer: &QuantisedLayer, below: (usize, usize)) -> Self {
        let (op, width) = (&layer.op, layer.op.channels());
        let (channels, positions) = below;
        let mut weight = vec![0; layer.weight.len()];
        let Some(patches) = Patches::new(op) else {
            let inputs = op.inputs();
            for (index, row) in weight.chunks_mut(width).enumerate() {
                let input = index % channels * positions + index / channels;
                row.iter_mut().enumerate().for_each(|(output, w)| *w = layer.weight[output * inputs + input]);
            }
            return Self { weight, width, patches: None };
        };
        let fan_in = op.fan_in();
        for (index, row) in weight.chunks_mut(width).enumerate() {
            row.iter_mut().enumerate().for_each(|(output, w)| *w = layer.weight[output * fan_in + index]);
        }
        Self { weight, width, patches: Some(patches) }
    }

    /// Adds what `value` in one channel of one position gives.
    fn add(&self, channel: usize, channels: usize, position: usize, value: i16, sums: &mut [i32]) {
        let mut row = |index: usize, output: usize| {
            let weights = &self.weight[index * self.width..][..self.width];
            let sums = &mut sums[output * self.width..][..self.width];
            if value == 1 {
                sums.iter_mut().zip(weights).for_each(|(sum, w)| *sum += i32::from(*w));
            } else {
                sums.iter_mut().zip(weights).for_each(|(sum, w)| *sum += i32::from(*w) * i32::from(value));
            }
        };
        match &self.patches {
            None => row(position * channels + channel, 0),
            Some(patches) => {
                for (output, tap) in patches.targets(position) {
                    row(channel * patches.taps + *tap as usize, *output as usize);
                }
            }
        }
    }
}

impl<'n> Evaluator<'n> {
    pub(super) fn new(net: &'n Layered) -> Self {
        let mut below = (net.input.channels as usize, (net.input.height * net.input.width) as usize);
        let layers = net.layers.iter().map(|layer| {
            let rows = Rows::new(layer, below);
            below = (layer.op.channels(), layer.op.positions());
            rows
        });
        Self { net, layers: layers.collect() }
    }

    /// Channels and positions of the layer below layer `index`.
    fn below(&self, index: usize) -> (usize, usize) {
        match index.checked_sub(1) {
            None => (self.net.input.channels as usize, (self.net.input.height * self.net.input.width) as usize),
            Some(below) => (self.net.layers[below].op.channels(), self.net.layers[below].op.positions()),
        }
    }

    /// The encoding currents; see `Layered::encode`.
    fn encode(&self, state: &mut State, pixels: &[u8]) -> Vec<i64> {
        let first = &self.net.layers[0];
        let (channels, positions) = (first.op.channels(), first.op.positions());
        let limit = i64::from(self.net.membrane_max());
        // 255 x 255 x fan-in must fit 31 bits to be summed as 32-bit integers.
        if first.op.fan_in() > 33_000 {
            let currents = self.net.encode(pixels);
            return (0..currents.len()).map(|i| i64::from(currents[i % channels * positions + i / channels])).collect();
        }
        let (input_channels, input_positions) = self.below(0);
        state.sums.clear();
        state.sums.resize(first.op.outputs(), 0);
        for (input, value) in pixels.iter().enumerate().filter(|(_, value)| **value != 0) {
            let (channel, position) = (input / input_positions, input % input_positions);
            self.layers[0].add(channel, input_channels, position, i16::from(*value), &mut state.sums);
        }
        let current = |(index, sum): (usize, &i32)| {
            let numerator = (i64::from(*sum) << first.fraction_bits) + first.bias[index % channels];
            round_half_up(numerator, i64::from(self.net.full_scale)).clamp(-limit, limit)
        };
        state.sums.iter().enumerate().map(current).collect()
    }

    /// Runs one inference.
    pub(super) fn run(&self, state: &mut State, pixels: &[u8]) {
        let currents = self.encode(state, pixels);
        state.membranes.iter_mut().for_each(|v| v.fill(0));
        state.counts.iter_mut().for_each(|c| c.fill(0));
        for step in 0..self.net.spec.time_steps {
            state.spikes.clear();
            self.fire(state, 0, |index| currents[index]);
            for index in 1..self.net.layers.len() {
                self.gather(state, index);
                let layer = &self.net.layers[index];
                let width = layer.op.channels();
                let silent = index + 1 == self.net.layers.len() && step > 0;
                let sums = std::mem::take(&mut state.sums);
                state.spikes.clear();
                self.fire(state, index, |i| {
                    let bias = if silent { 0 } else { layer.bias[i % width] };
                    (i64::from(sums[i]) << layer.fraction_bits) + bias
                });
                state.sums = sums;
            }
        }
    }

    /// Sums what the spikes of the layer below bring.
    fn gather(&self, state: &mut State, index: usize) {
        let (channels, _) = self.below(index);
        state.sums.clear();
        state.sums.resize(self.net.layers[index].op.outputs(), 0);
        for spike in &state.spikes {
            let (position, channel) = (*spike as usize / channels, *spike as usize % channels);
            self.layers[index].add(channel, channels, position, 1, &mut state.sums);
        }
    }

    fn fire(&self, state: &mut State, index: usize, drive: impl Fn(usize) -> i64) {
        let limit = i64::from(self.net.membrane_max());
        let fires = index + 1 < self.net.layers.len();
        let threshold = i64::from(self.net.layers[index].threshold);
        for (i, (v, count)) in state.membranes[index].iter_mut().zip(&mut state.counts[index]).enumerate() {
            *v = (*v + drive(i)).clamp(-limit, limit);
            if fires && *v >= threshold {
                *v -= threshold;
                *count += 1;
                state.spikes.push(i as u32);
            }
        }
    }

    /// The class of the last inference: the first of the largest outputs, in the network's own order.
    pub(super) fn class(&self, state: &State) -> usize {
        let outputs = self.outputs(state);
        let best = outputs.iter().copied().max().unwrap_or(0);
        outputs.iter().position(|v| *v == best).unwrap_or(0)
    }

    /// Final membranes of the output layer, in the network's own order.
    pub(super) fn outputs(&self, state: &State) -> Vec<i64> {
        let last = self.net.layers.len() - 1;
        own_order(&self.net.layers[last].op, &state.membranes[last])
    }

    /// Spike counts of all layers, in the network's own order.
    #[cfg(test)]
    pub(super) fn counts(&self, state: &State) -> Vec<u32> {
        let layers = self.net.layers.iter().zip(&state.counts);
        layers.flat_map(|(layer, counts)| own_order(&layer.op, counts)).collect()
    }
}

/// From position by position to channel by channel.
fn own_order<T: Copy>(op: &LinearOp, values: &[T]) -> Vec<T> {
    let (channels, positions) = (op.channels(), op.positions());
    (0..values.len()).map(|i| values[i % positions * channels + i / positions]).collect()
}
