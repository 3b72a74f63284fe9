//! The spiking half of a network that is trained for a chip's neuron: its integers, batch for batch.
//!
//! In every batch a layer is folded with its running statistics and quantised as the exported network is; spikes meet
//! integer weights, and neurons take the steps of the chip model. So the counts of a batch are those of the network
//! that would be exported with these statistics. The twin is as ever: it reads the counts and carries the gradient.
//!
//! Sums of integers are matrix products in single precision, which are exact, because none reaches 2^24. Where one
//! could, the weights are split into their low bits and the rest.

#[cfg(test)]
mod tests;

use super::{TrainNetwork, rows_of};
use crate::net::Architecture;
use crate::net::architecture::{Activation, Stage};
use crate::net::deployed::{Biases, Deployed, LayerGoal, LayerIntegers, LayerRole, LayerSoma};
use crate::net::quantised::{FoldedLayer, QuantSpec, decay_of, encoding_current};
use crate::train::events::EventLayer;
use crate::train::linear::{BLOCK, LinearInput, LinearLayer};
use crate::train::parallel::Threads;
use crate::train::soma::ChipSoma;

/// What the spiking half is quantised for.
#[derive(Clone, Debug)]
pub(in crate::train) struct ChipHalf {
    neuron: Deployed,
    /// Its steps are those of the network.
    spec: QuantSpec,
    full_scale: u32,
    /// Shares of membranes that are lost per step, by layer.
    decays: Vec<u32>,
    stages: Vec<Stage>,
    /// Whether the integers are those of disturbed weights.
    pub(in crate::train) disturbed: bool,
}

/// Sums below which single precision is exact.
const EXACT: i64 = 1 << 24;
/// Low bits of a weight that is split.
const LOW_BITS: u32 = 4;

/// A layer in integers, in the trainer's order.
pub(in crate::train) struct ChipLayer<'a> {
    half: &'a ChipHalf,
    linear: LinearLayer,
    steps: usize,
    /// Weights by rows; of split ones the low bits, then the rest.
    parts: Vec<Vec<f32>>,
    soma: ChipSoma,
    /// Biases by output channel (membrane units; times the full scale if the layer encodes).
    bias: Vec<i64>,
    /// Weights of an added layer's spikes by output channel (weight units).
    added: Vec<i16>,
    fraction_bits: u32,
    encodes: bool,
}

/// Some samples of a layer: products of all parts, in one row a sample or one a step, and the output.
struct ChipBlock<'a> {
    products: Vec<&'a [f32]>,
    skip: Option<&'a [u8]>,
    spikes: &'a mut [u8],
    counts: &'a mut [f32],
}

impl ChipHalf {
    /// The half of an architecture, or none if that has the tandem rule's own neuron.
    pub(in crate::train) fn new(architecture: &Architecture, spec: QuantSpec, full_scale: u32) -> Option<Self> {
        let (neuron, stages) = (architecture.neuron, architecture.stages());
        (!neuron.is_tandem()).then(|| Self {
            neuron,
            spec: QuantSpec { membrane_bits: neuron.membrane_bits(spec.membrane_bits), ..spec },
            full_scale,
            decays: (0..stages.len()).map(|layer| decay_of(architecture.firing(layer).leak)).collect(),
            stages,
            disturbed: false,
        })
    }

    /// Whether neurons take their spikes one by one.
    pub(in crate::train) fn by_events(&self) -> bool {
        self.neuron.by_events()
    }

    /// A hidden layer whose neurons take their spikes one by one, folded as it is now.
    pub(in crate::train) fn event_layer(&self, network: &TrainNetwork, index: usize) -> EventLayer<'_> {
        let layer = &network.hidden[index];
        let weight = layer.shadow.as_ref().filter(|_| self.disturbed).unwrap_or(&layer.weight.value);
        let folded = network.fold_layer(index, layer, weight);
        let integers = self.integers(network, index, &folded);
        let (fraction_bits, membrane_bits) = (integers.fraction_bits, self.spec.membrane_bits);
        let params = self.neuron.params(LayerSoma { fraction_bits, membrane_bits, decay: 0, fires: true });
        EventLayer::new(&self.stages[index].op, integers, folded.pruned, params)
    }

    /// The integers of a folded layer, which the exported network has too.
    pub(in crate::train) fn integers(
        &self,
        network: &TrainNetwork,
        index: usize,
        folded: &FoldedLayer,
    ) -> LayerIntegers {
        let role = match index {
            _ if network.encodes(index) => LayerRole::Encoding { full_scale: self.full_scale },
            _ if index == network.hidden.len() => LayerRole::Output,
            _ => LayerRole::Hidden,
        };
        let steps = network.steps as u32;
        let (spec, biases) = (QuantSpec { time_steps: steps, ..self.spec }, Biases { spread: steps, growth: 1.0 });
        let real = folded.real(&self.stages[index], f64::from(network.threshold_of(index)));
        self.neuron.integers(&real, &LayerGoal { spec, role, biases, waits: index as u32 + network.encoding.delay() })
    }

    /// Inputs of 0 to 1 as the integers that they stand for.
    pub(in crate::train) fn values(&self, inputs: &[f32]) -> Vec<f32> {
        let scale = self.full_scale as f32;
        inputs.iter().map(|input| (input * scale).round()).collect()
    }

    /// A hidden layer, folded as it is now.
    pub(in crate::train) fn layer(&self, network: &TrainNetwork, index: usize) -> ChipLayer<'_> {
        let layer = &network.hidden[index];
        let weight = layer.shadow.as_ref().filter(|_| self.disturbed).unwrap_or(&layer.weight.value);
        let folded = network.fold_layer(index, layer, weight);
        let LayerIntegers { weight, bias, threshold, fraction_bits, added, .. } =
            self.integers(network, index, &folded);
        let encodes = network.encodes(index);
        let linear = layer.linear.summing();
        let largest = if encodes { i64::from(self.full_scale) } else { 1 };
        let parts = parts(&linear, &weight, largest);
        let half = |threshold: &i32| if network.activation == Activation::Qcfs { threshold / 2 } else { 0 };
        let start: Vec<i32> = threshold.iter().map(half).collect();
        let traits: Vec<_> = threshold.iter().filter_map(|threshold| self.neuron.traits(*threshold)).collect();
        let membrane_bits = self.spec.membrane_bits;
        let params =
            self.neuron.params(LayerSoma { fraction_bits, membrane_bits, decay: self.decays[index], fires: true });
        let soma = ChipSoma::new(params, linear.geometry.places, (&threshold, &traits, &start));
        ChipLayer { half: self, linear, steps: network.steps, parts, soma, bias, added, fraction_bits, encodes }
    }
}

/// Integer weights by rows, in parts whose products with inputs of at most `largest` are exact.
fn parts(linear: &LinearLayer, weight: &[i16], largest: i64) -> Vec<Vec<f32>> {
    let geometry = &linear.geometry;
    let pooled = geometry.pool.map_or(1, |pool| i64::from(pool.window[0] * pool.window[1]));
    let fan_in = geometry.rows();
    let sum = |row: &[i16]| row.iter().map(|w| i64::from(w.unsigned_abs())).sum::<i64>();
    let most = weight.chunks(fan_in).map(sum).max().unwrap_or(0) * largest * pooled;
    if most < EXACT {
        return vec![rows_of(linear, weight, f32::from)];
    }
    let low = |w: i16| f32::from(w & ((1 << LOW_BITS) - 1));
    let rest = |w: i16| f32::from(w >> LOW_BITS);
    vec![rows_of(linear, weight, low), rows_of(linear, weight, rest)]
}

impl ChipLayer<'_> {
    /// The spikes of a batch and their counts, from integers: values of the encoding layer, or spikes.
    pub(in crate::train) fn run(
        &self,
        threads: &Threads,
        input: LinearInput<'_>,
        skip: Option<&[u8]>,
        spikes: &mut [u8],
        counts: &mut [f32],
    ) {
        let (inputs, outputs, steps) = (self.linear.inputs(), self.linear.outputs(), self.steps);
        let rows = if self.encodes { 1 } else { steps };
        let samples = counts.len() / outputs;
        let bias = self.biases();
        let mut skips = skip.map(|skip| skip.chunks(BLOCK * steps * outputs));
        let outs = spikes.chunks_mut(BLOCK * steps * outputs).zip(counts.chunks_mut(BLOCK * outputs)).enumerate();
        let tasks: Vec<_> = outs.map(|task| (task, skips.as_mut().and_then(Iterator::next))).collect();
        let operations = samples * rows * (self.linear.geometry.macs() + 4 * outputs);
        threads.for_each(operations, tasks, |((block, (spikes, counts)), skip)| {
            let input = input.rows(block * BLOCK * rows * inputs, counts.len() / outputs * rows * inputs);
            let multiply = |part: &Vec<f32>| {
                let mut products = vec![0.0; counts.len() * rows];
                self.linear.forward(part, input, &mut products);
                products
            };
            let products: Vec<Vec<f32>> = self.parts.iter().map(multiply).collect();
            let products = products.iter().map(Vec::as_slice).collect();
            self.fire(&bias, ChipBlock { products, skip, spikes, counts });
        });
    }

    /// The bias of each neuron, position by position; of no use to a layer that encodes.
    fn biases(&self) -> Vec<i32> {
        let bias: Vec<i32> = self.bias.iter().map(|bias| *bias as i32).collect();
        bias.repeat(self.linear.geometry.places)
    }

    fn fire(&self, bias: &[i32], block: ChipBlock<'_>) {
        let ChipBlock { products, skip, spikes, counts } = block;
        let (outputs, steps, channels) = (self.linear.outputs(), self.steps, self.bias.len());
        let mut state = self.soma.state();
        let mut currents = bias.to_vec();
        counts.fill(0.0);
        spikes.fill(0);
        let samples = spikes.chunks_mut(steps * outputs).zip(counts.chunks_mut(outputs)).enumerate();
        for (sample, (spikes, counts)) in samples {
            self.soma.begin(&mut state);
            if self.encodes {
                let sums = whole(&products, sample * outputs..(sample + 1) * outputs);
                let biases = self.bias.iter().cycle();
                for ((current, sum), bias) in currents.iter_mut().zip(sums).zip(biases) {
                    *current = self.current((sum << self.fraction_bits) + bias) as i32;
                }
            }
            for (step, spikes) in spikes.chunks_mut(outputs).enumerate() {
                let row = sample * steps + step;
                let here = row * outputs..(row + 1) * outputs;
                match &products[..] {
                    _ if self.encodes => {}
                    [sums] => state.input.iter_mut().zip(&sums[here]).for_each(|(input, sum)| *input = *sum as i32),
                    parts => {
                        state.input.iter_mut().zip(whole(parts, here)).for_each(|(input, sum)| *input = sum as i32)
                    }
                }
                if let Some(skip) = skip {
                    let skip = &skip[row * outputs..][..outputs];
                    for (index, (input, spike)) in state.input.iter_mut().zip(skip).enumerate() {
                        *input += i32::from(self.added[index % channels]) * i32::from(*spike);
                    }
                }
                for neuron in self.soma.step(&mut state, &currents) {
                    spikes[neuron] = 1;
                    counts[neuron] += 1.0;
                }
            }
        }
    }

    fn current(&self, numerator: i64) -> i64 {
        let ChipHalf { neuron, spec, full_scale, .. } = self.half;
        encoding_current(*neuron, spec.membrane_bits, *full_scale, numerator)
    }
}

/// Integers of some products of all parts.
fn whole<'p>(products: &'p [&[f32]], range: std::ops::Range<usize>) -> impl Iterator<Item = i64> + 'p {
    let (low, rest) = (&products[0][range.clone()], products.get(1).map(|rest| &rest[range]));
    low.iter().enumerate().map(move |(index, low)| {
        let rest = rest.map_or(0, |rest| (rest[index] as i64) << LOW_BITS);
        *low as i64 + rest
    })
}
