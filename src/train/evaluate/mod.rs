//! A fast evaluator of the integer network, equal to `net::reference::layered` in every count and output.
//!
//! Neurons are stored position by position with adjacent channels, so that a spike adds whole rows of weights.

mod rows;

use super::parallel::Threads;
use super::soma::{ChipSoma, ChipState};
use crate::data::{Mismatch, SampleTarget, Split};
use crate::net::Layered;
use crate::net::architecture::LinearOp;
use crate::net::input::SpikeTrains;
use crate::net::quantised::OutputErrors;
use crate::net::reference;
use rows::WeightRows;

/// Results of a network on a part of a data set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Number of samples.
    pub samples: u64,
    /// Correctly classified samples; 0 if outputs are no classes.
    pub correct: u64,
    /// Spikes of all hidden neurons.
    pub spikes: u64,
    /// If outputs are no classes: how far they are from what they should be, over all samples, in units of numbers of 0 to
    /// 1.
    pub errors: OutputErrors,
    /// Activity by weighted layer.
    pub layers: Vec<LayerActivity>,
}

/// Activity of a layer over all samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerActivity {
    /// Neurons.
    pub neurons: u64,
    /// Spikes of its neurons.
    pub spikes: u64,
    /// Synapses into its neurons that spikes reached, as a chip counts them; 0 for an encoding layer.
    pub synaptic_operations: u64,
}

impl Evaluation {
    /// Share of correct classes, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.samples.max(1) as f64
    }

    /// Synaptic operations of all layers.
    pub fn synaptic_operations(&self) -> u64 {
        self.layers.iter().map(|layer| layer.synaptic_operations).sum()
    }

    /// Mean squared error of an output, if outputs are no classes.
    pub fn mean_squared_error(&self) -> f64 {
        self.errors.squared / self.outputs()
    }

    /// Mean absolute error of an output, if outputs are no classes.
    pub fn mean_absolute_error(&self) -> f64 {
        self.errors.absolute / self.outputs()
    }

    /// Outputs of all samples.
    fn outputs(&self) -> f64 {
        let outputs = self.layers.last().map_or(1, |layer| layer.neurons);
        (self.samples.max(1) * outputs.max(1)) as f64
    }

    fn merge(mut self, other: &Self) -> Self {
        self.samples += other.samples;
        self.correct += other.correct;
        self.spikes += other.spikes;
        self.errors.add(other.errors);
        for (sum, layer) in self.layers.iter_mut().zip(&other.layers) {
            sum.spikes += layer.spikes;
            sum.synaptic_operations += layer.synaptic_operations;
        }
        self
    }
}

/// Samples per task: fixed, so that sums of real numbers do not depend on the number of threads.
const BLOCK: usize = 32;

/// Why a network cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The network cannot read the samples, or there are none.
    #[error(transparent)]
    Samples(#[from] Mismatch),
    /// No thread was asked for.
    #[error("threads: found 0, allowed: 1 and more")]
    Threads,
}

/// Runs the integer network on all samples; samples that it cannot read, no samples and no threads are errors.
pub fn evaluate(net: &Layered, split: &Split, threads: usize) -> Result<Evaluation, EvaluateError> {
    split.check(net, split.len())?;
    if threads == 0 {
        return Err(EvaluateError::Threads);
    }
    Ok(evaluated(net, split, threads))
}

/// Runs the integer network on all of some samples that are known to fit it, perhaps none.
pub(super) fn evaluated(net: &Layered, split: &Split, threads: usize) -> Evaluation {
    let evaluator = Evaluator::new(net);
    let mut parts = vec![evaluator.nothing(); split.len().div_ceil(BLOCK)];
    let operations = split.len() * net.layers.iter().map(|l| l.op.macs() as usize).sum::<usize>();
    let tasks = parts.iter_mut().enumerate().collect();
    Threads::new(threads).for_each(operations, tasks, |(block, part): (usize, &mut Evaluation)| {
        let mut state = InferenceState::new(net);
        for index in block * BLOCK..((block + 1) * BLOCK).min(split.len()) {
            evaluator.run(&mut state, split.sample(index).0);
            evaluator.note(&state, split.target(net.target, index, net.full_scale), part);
        }
    });
    parts.iter().fold(evaluator.nothing(), Evaluation::merge)
}

/// A network laid out for speed.
pub(super) struct Evaluator<'n> {
    net: &'n Layered,
    layers: Vec<WeightRows>,
    /// Initial membranes, by layer and channel.
    start: Vec<Vec<i32>>,
    /// Layers of a chip's neurons; none if the network has the tandem rule's own.
    chip: Vec<ChipNeurons>,
}

/// A layer of a chip's neurons, position by position.
struct ChipNeurons {
    soma: ChipSoma,
    bias: Vec<i32>,
}

pub(super) struct InferenceState {
    membranes: Vec<Vec<i64>>,
    /// Neurons of a chip, by layer.
    chip: Vec<ChipState>,
    counts: Vec<Vec<u32>>,
    sums: Vec<i32>,
    /// Spikes of the inputs in this step, for spike trains.
    incoming: Vec<u32>,
    /// Spikes of this step, by layer.
    spikes: Vec<Vec<u32>>,
    synaptic_operations: Vec<u64>,
}

/// The layers of a network of a chip's neurons.
fn somas(net: &Layered) -> impl Iterator<Item = ChipSoma> + '_ {
    (0..net.layers.len()).map(|layer| ChipSoma::of(net, layer))
}

impl InferenceState {
    pub(super) fn new(net: &Layered) -> Self {
        Self {
            chip: if net.neuron.is_tandem() { Vec::new() } else { somas(net).map(|soma| soma.state()).collect() },
            membranes: net.layers.iter().map(|layer| vec![0; layer.op.outputs()]).collect(),
            counts: net.layers.iter().map(|layer| vec![0; layer.op.outputs()]).collect(),
            sums: Vec::new(),
            incoming: Vec::new(),
            spikes: vec![Vec::new(); net.layers.len()],
            synaptic_operations: vec![0; net.layers.len()],
        }
    }
}

impl<'n> Evaluator<'n> {
    pub(super) fn new(net: &'n Layered) -> Self {
        // Inputs are stored in their own order: as one channel.
        let mut below = 1;
        let layers = net.layers.iter().map(|layer| {
            let rows = WeightRows::new(layer, below);
            below = layer.op.channels();
            rows
        });
        let layers = layers.collect();
        let chip = somas(net).zip(&net.layers).map(|(soma, layer)| {
            let bias: Vec<i32> = layer.bias.iter().map(|bias| *bias as i32).collect();
            ChipNeurons { soma, bias: bias.repeat(layer.op.positions()) }
        });
        let chip = if net.neuron.is_tandem() { Vec::new() } else { chip.collect() };
        Self { net, layers, start: (0..net.layers.len()).map(|l| net.start(l)).collect(), chip }
    }

    /// Results of no samples.
    fn nothing(&self) -> Evaluation {
        let layer = |layer: &crate::net::quantised::QuantisedLayer| LayerActivity {
            neurons: layer.op.outputs() as u64,
            ..LayerActivity::default()
        };
        Evaluation { layers: self.net.layers.iter().map(layer).collect(), ..Evaluation::default() }
    }

    /// Adds the results of the last inference.
    fn note(&self, state: &InferenceState, wanted: SampleTarget<'_>, part: &mut Evaluation) {
        part.samples += 1;
        match wanted {
            SampleTarget::Class(label) => part.correct += u64::from(self.class(state) == usize::from(label)),
            SampleTarget::Numbers(wanted) => part.errors.add(self.net.errors(self.outputs(state), wanted.shares())),
        }
        for ((layer, counts), operations) in part.layers.iter_mut().zip(&state.counts).zip(&state.synaptic_operations) {
            let spikes = counts.iter().map(|count| u64::from(*count)).sum::<u64>();
            layer.spikes += spikes;
            layer.synaptic_operations += operations;
            part.spikes += spikes;
        }
    }

    /// The encoding currents; see `Layered::encode`.
    fn encode(&self, state: &mut InferenceState, pixels: &[u8]) -> Vec<i64> {
        let first = &self.net.layers[0];
        let (channels, positions) = (first.op.channels(), first.op.positions());
        // 255 x 255 x fan-in must fit 31 bits for sums in 32-bit integers.
        if first.op.most_synapses_in() > 33_000 {
            let currents = self.net.encode(pixels);
            return (0..currents.len()).map(|i| i64::from(currents[i % channels * positions + i / channels])).collect();
        }
        state.sums.clear();
        state.sums.resize(first.op.outputs(), 0);
        for (input, value) in pixels.iter().enumerate().filter(|(_, value)| **value != 0) {
            self.layers[0].add(input, i16::from(*value), &mut state.sums);
        }
        let current = |(index, sum): (usize, &i32)| {
            let numerator = (i64::from(*sum) << first.fraction_bits) + first.bias[index % channels];
            self.net.current(numerator)
        };
        state.sums.iter().enumerate().map(current).collect()
    }

    pub(super) fn run(&self, state: &mut InferenceState, sample: &[u8]) {
        if self.net.neuron.by_events() {
            return self.run_by_events(state, sample);
        }
        for (membranes, start) in state.membranes.iter_mut().zip(&self.start) {
            membranes.chunks_mut(start.len()).for_each(|v| v.iter_mut().zip(start).for_each(|(v, s)| *v = (*s).into()));
        }
        self.chip.iter().zip(&mut state.chip).for_each(|(layer, state)| layer.soma.begin(state));
        state.counts.iter_mut().for_each(|c| c.fill(0));
        state.synaptic_operations.fill(0);
        let trains = self.net.trains(sample);
        // A sample that is no sequence is one frame.
        for frame in 0..self.net.frames_of(sample) {
            self.run_frame(state, frame, (trains.as_ref(), self.net.frame(sample, frame)));
        }
    }

    /// The steps of a frame, which begin with the state that there is.
    fn run_frame(&self, state: &mut InferenceState, frame: usize, (trains, values): (Option<&SpikeTrains<'_>>, &[u8])) {
        let encodes = trains.is_none();
        let currents = if encodes { self.encode(state, values) } else { Vec::new() };
        // Currents fit a membrane.
        let on_chip: Vec<i32> = currents.iter().filter(|_| !self.chip.is_empty()).map(|c| *c as i32).collect();
        let before = frame * self.net.spec.time_steps as usize;
        for step in 0..self.net.spec.time_steps {
            match trains {
                None if !self.chip.is_empty() => self.fire_on_chip(state, 0, &on_chip),
                None => self.fire(state, 0, |index| currents[index]),
                Some(trains) => {
                    state.incoming.clear();
                    state.incoming.extend(trains.step(before + step as usize).map(|input| input as u32));
                }
            }
            for index in usize::from(encodes)..self.net.layers.len() {
                self.gather(state, index);
                if let Some(chip) = self.chip.get(index) {
                    state.chip[index].input.clone_from(&state.sums);
                    let silent = index + 1 == self.net.layers.len() && !self.net.outputs_spike() && step > 0;
                    let none = if silent { vec![0; chip.bias.len()] } else { Vec::new() };
                    self.fire_on_chip(state, index, if silent { &none } else { &chip.bias });
                    continue;
                }
                let layer = &self.net.layers[index];
                let width = layer.op.channels();
                let silent = index + 1 == self.net.layers.len() && step > 0;
                let sums = std::mem::take(&mut state.sums);
                self.fire(state, index, |i| {
                    let bias = if silent { 0 } else { layer.bias[i % width] };
                    (i64::from(sums[i]) << layer.fraction_bits) + bias
                });
                state.sums = sums;
            }
        }
    }

    /// A network whose neurons take their spikes one by one: there is no faster way than the reference's.
    fn run_by_events(&self, state: &mut InferenceState, sample: &[u8]) {
        let counts = reference::layered(self.net, sample).counts;
        let trains = self.net.trains(sample);
        let steps = self.net.spec.time_steps as usize * self.net.frames_of(sample);
        let mut below = trains.map_or(Vec::new(), |trains| trains.counts(steps));
        let mut from = 0;
        for (index, layer) in self.net.layers.iter().enumerate() {
            let rows = &self.layers[index];
            let reached = |(input, count): (usize, &u32)| u64::from(*count) * rows.fan_out(input);
            state.synaptic_operations[index] = below.iter().enumerate().map(reached).sum();
            let (channels, positions) = (layer.op.channels(), layer.op.positions());
            let own = &counts[from..from + layer.op.outputs()];
            below = (0..own.len()).map(|i| own[i % channels * positions + i / channels]).collect();
            state.counts[index].clone_from(&below);
            from += own.len();
        }
    }

    /// Sums the weights of the spikes of the layer below, and of an added layer.
    fn gather(&self, state: &mut InferenceState, index: usize) {
        let InferenceState { sums, incoming, spikes, synaptic_operations, .. } = state;
        let (layer, rows) = (&self.net.layers[index], &self.layers[index]);
        sums.clear();
        sums.resize(layer.op.outputs(), 0);
        let below = index.checked_sub(1).map_or(&*incoming, |below| &spikes[below]);
        for spike in below {
            rows.add(*spike as usize, 1, sums);
            synaptic_operations[index] += rows.fan_out(*spike as usize);
        }
        if let Some(skip) = &layer.skip {
            // Both layers have the same shape, and so the same order.
            for spike in &spikes[skip.layer] {
                sums[*spike as usize] += i32::from(skip.weight[*spike as usize % skip.weight.len()]);
            }
            synaptic_operations[index] += spikes[skip.layer].len() as u64;
        }
    }

    /// A step of a chip's neurons.
    fn fire_on_chip(&self, state: &mut InferenceState, index: usize, bias: &[i32]) {
        let InferenceState { membranes, chip, counts, spikes, .. } = state;
        spikes[index].clear();
        for neuron in self.chip[index].soma.step(&mut chip[index], bias) {
            counts[index][neuron] += 1;
            spikes[index].push(neuron as u32);
        }
        if index + 1 == self.net.layers.len() {
            membranes[index].iter_mut().zip(&chip[index].v).for_each(|(membrane, v)| *membrane = (*v).into());
        }
    }

    fn fire(&self, state: &mut InferenceState, index: usize, drive: impl Fn(usize) -> i64) {
        let limit = i64::from(self.net.membrane_max());
        let fires = index + 1 < self.net.layers.len();
        let left = i64::from(4096 - if fires { self.net.decay_of(index) } else { 0 });
        let threshold = &self.net.layers[index].threshold;
        let InferenceState { membranes, counts, spikes, .. } = state;
        spikes[index].clear();
        let width = threshold.len();
        let positions = membranes[index].chunks_mut(width).zip(counts[index].chunks_mut(width));
        for (position, (membranes, counts)) in positions.enumerate() {
            for (channel, ((v, count), threshold)) in membranes.iter_mut().zip(counts).zip(threshold).enumerate() {
                let i = position * width + channel;
                if left != 4096 {
                    *v = *v * left / 4096;
                }
                *v = (*v + drive(i)).clamp(-limit, limit);
                if fires && *v >= i64::from(*threshold) {
                    *v -= i64::from(*threshold);
                    *count += 1;
                    spikes[index].push(i as u32);
                }
            }
        }
    }

    /// The class of the last inference: the first of the largest outputs, in the network's own order.
    pub(super) fn class(&self, state: &InferenceState) -> usize {
        let outputs = self.outputs(state);
        let best = outputs.iter().copied().max().unwrap_or(0);
        outputs.iter().position(|v| *v == best).unwrap_or(0)
    }

    /// Final membranes of the output layer, or its spike counts if it spikes, in the network's own order.
    pub(super) fn outputs(&self, state: &InferenceState) -> Vec<i64> {
        let last = self.net.layers.len() - 1;
        if self.net.outputs_spike() {
            let counts: Vec<i64> = state.counts[last].iter().map(|count| i64::from(*count)).collect();
            return own_order(&self.net.layers[last].op, &counts);
        }
        own_order(&self.net.layers[last].op, &state.membranes[last])
    }

    /// Spike counts of all layers, in the network's own order.
    #[cfg(test)]
    pub(super) fn counts(&self, state: &InferenceState) -> Vec<u32> {
        let layers = self.net.layers.iter().zip(&state.counts);
        layers.flat_map(|(layer, counts)| own_order(&layer.op, counts)).collect()
    }
}

/// From position by position to channel by channel.
fn own_order<T: Copy>(op: &LinearOp, values: &[T]) -> Vec<T> {
    let (channels, positions) = (op.channels(), op.positions());
    (0..values.len()).map(|i| values[i % positions * channels + i / positions]).collect()
}
