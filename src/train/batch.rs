//! One batch through the tandem network: the forward pass of both branches and the backward pass of one.
//!
//! ```text
//! sums   u = W c            c: the spike counts of the layer below (encoding layer: T x)
//! ANN    z = BN(u), with the statistics of this batch; a = max(z, 0) is never passed on
//! SNN    V += r (W s[t]) + b'/T; spike if V >= θ, then V -= θ         r, b': folded running statistics
//! on     counts of the spikes
//! back   dL/da = dL/dcounts; then through the ANN branch alone
//! ```
//!
//! u is the sum over the steps of W s[t], which the spiking branch needs anyhow: the ANN branch costs no product.

use super::linear::BLOCK;
use super::network::{Hidden, Network};
use super::norm::{Affine, Sums};
use super::parallel::Threads;

/// What a hidden layer passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Branch {
    /// The counts of its spikes: the tandem rule.
    Spikes,
    /// The activations of its ANN branch, in one step: what the backward pass is exact for.
    #[cfg(test)]
    Activations,
}

/// What a hidden layer reads: rows of samples x steps.
#[derive(Clone, Copy, Debug)]
struct Input<'a> {
    values: &'a [f32],
    steps: usize,
    /// Whether the values are 0 or 1 and mostly 0.
    spikes: bool,
}

/// Buffers of a hidden layer for one batch; rows are samples, or samples x steps.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers {
    /// W s[t]; one step for the encoding layer.
    products: Vec<f32>,
    /// u.
    sums: Vec<f32>,
    pub(super) spikes: Vec<f32>,
    pub(super) counts: Vec<f32>,
    /// dL/dcounts, then dL/dz, then dL/du.
    gradient: Vec<f32>,
}

/// All buffers of a batch; reused from batch to batch.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    pub(super) samples: usize,
    /// Inputs x in 0 to 1.
    pub(super) input: Vec<f32>,
    /// T x, what the ANN branch of the encoding layer reads.
    pub(super) aggregate: Vec<f32>,
    pub(super) layers: Vec<Buffers>,
    /// Inputs of the output layer: counts, some dropped.
    pub(super) last: Vec<f32>,
    /// What the inputs of the output layer were multiplied with; empty if nothing is dropped.
    pub(super) keep: Vec<f32>,
    pub(super) logits: Vec<f32>,
    pub(super) logit_gradient: Vec<f32>,
}

impl Batch {
    /// Bytes of the buffers for so many samples, roughly.
    pub(super) fn bytes(network: &Network, samples: u64) -> u64 {
        let outputs: u64 = network.hidden.iter().map(|h| h.linear.op.outputs() as u64).sum();
        let inputs = network.hidden[0].linear.op.inputs() as u64;
        4 * samples * (outputs * (2 * network.steps as u64 + 3) + 2 * inputs)
    }

    /// The forward pass; moves batch norm's running statistics.
    pub(super) fn forward(&mut self, network: &mut Network, threads: Threads, branch: Branch) {
        let steps = network.steps;
        self.layers.resize_with(network.hidden.len(), Buffers::default);
        resize(&mut self.aggregate, self.input.len());
        self.aggregate.iter_mut().zip(&self.input).for_each(|(sum, x)| *sum = *x * steps as f32);
        for (index, layer) in network.hidden.iter_mut().enumerate() {
            let (below, rest) = self.layers.split_at_mut(index);
            let input = match below.last() {
                None => Input { values: &self.input, steps: 1, spikes: false },
                Some(below) => Input { values: &below.spikes, steps, spikes: branch == Branch::Spikes },
            };
            let buffers = &mut rest[0];
            buffers.multiply(layer, threads, input, self.samples, steps);
            buffers.fire(layer, threads, network.threshold, input.steps, steps, branch);
        }
        self.decode(network);
    }

    /// Logits from the counts of the last hidden layer.
    fn decode(&mut self, network: &Network) {
        let output = &network.output;
        let counts = &self.layers[self.layers.len() - 1].counts;
        self.last.clone_from(counts);
        self.last.iter_mut().zip(&self.keep).for_each(|(value, keep)| *value *= keep);
        resize(&mut self.logits, self.samples * output.linear.op.outputs());
        output.linear.forward(&output.weight.value, &self.last, &mut self.logits);
        let positions = output.linear.op.positions();
        for row in self.logits.chunks_mut(output.linear.op.outputs()) {
            for (values, bias) in row.chunks_mut(positions).zip(&output.bias.value) {
                values.iter_mut().for_each(|value| *value += bias);
            }
        }
    }

    /// The backward pass from the gradient of the logits to the gradients of all parameters.
    pub(super) fn backward(&mut self, network: &mut Network, threads: Threads) {
        let output = &mut network.output;
        let linear = &output.linear;
        linear.weight_gradient(threads, &self.logit_gradient, &self.last, &mut output.weight.gradient);
        output.bias.gradient.fill(0.0);
        for row in self.logit_gradient.chunks(linear.op.outputs()) {
            for (values, sum) in row.chunks(linear.op.positions()).zip(&mut output.bias.gradient) {
                *sum += values.iter().sum::<f32>();
            }
        }
        let top = self.layers.len() - 1;
        let gradient = &mut self.layers[top].gradient;
        resize(gradient, self.samples * linear.op.inputs());
        linear.backward(&output.weight.value, &self.logit_gradient, gradient);
        gradient.iter_mut().zip(&self.keep).for_each(|(value, keep)| *value *= keep);
        for (index, layer) in network.hidden.iter_mut().enumerate().rev() {
            let (below, rest) = self.layers.split_at_mut(index);
            let below = below.last_mut();
            rest[0].backward(layer, threads, &self.aggregate, below);
        }
    }

    /// Spikes of all hidden layers in this batch.
    #[cfg(test)]
    pub(super) fn spikes(&self) -> f64 {
        self.layers.iter().flat_map(|l| &l.counts).map(|c| f64::from(*c)).sum()
    }
}

/// Makes a buffer that long; what it holds is overwritten by the caller.
fn resize(buffer: &mut Vec<f32>, len: usize) {
    buffer.resize(len, 0.0);
}

impl Buffers {
    /// Products of all steps, their sums, and the statistics of the sums.
    fn multiply(&mut self, layer: &mut Hidden, threads: Threads, input: Input<'_>, samples: usize, steps: usize) {
        let Hidden { linear, weight, norm } = layer;
        let (inputs, outputs, positions) = (linear.op.inputs(), linear.op.outputs(), linear.op.positions());
        let input_steps = input.steps;
        resize(&mut self.products, samples * input_steps * outputs);
        resize(&mut self.sums, samples * outputs);
        let mut sums: Sums = vec![0.0; samples.div_ceil(BLOCK) * 2 * norm.channels()];
        let tasks = input
            .values
            .chunks(BLOCK * input_steps * inputs)
            .zip(self.products.chunks_mut(BLOCK * input_steps * outputs))
            .zip(self.sums.chunks_mut(BLOCK * outputs))
            .zip(sums.chunks_mut(2 * norm.channels()))
            .collect();
        let operations = samples * input_steps * linear.op.macs() as usize;
        // The encoding layer's input is the same in all steps.
        let repeats = (steps / input_steps) as f32;
        let rows = input.spikes.then(|| linear.rows(&weight.value));
        threads.for_each(operations, tasks, |(((input, products), totals), sums)| {
            match &rows {
                Some(rows) => linear.forward_spikes(rows, input, products),
                None => linear.forward(&weight.value, input, products),
            }
            for (total, products) in totals.chunks_mut(outputs).zip(products.chunks(input_steps * outputs)) {
                let (first, rest) = products.split_at(outputs);
                total.iter_mut().zip(first).for_each(|(total, product)| *total = product * repeats);
                for step in rest.chunks(outputs) {
                    total.iter_mut().zip(step).for_each(|(total, product)| *total += product);
                }
            }
            norm.measure(totals, positions, sums);
        });
        norm.update(&sums, samples * positions);
    }

    /// The spikes of the layer and their counts.
    fn fire(
        &mut self,
        layer: &Hidden,
        threads: Threads,
        threshold: f32,
        input_steps: usize,
        steps: usize,
        branch: Branch,
    ) {
        let (outputs, positions) = (layer.linear.op.outputs(), layer.linear.op.positions());
        resize(&mut self.counts, self.sums.len());
        resize(&mut self.spikes, self.sums.len() * steps);
        match branch {
            Branch::Spikes => {}
            #[cfg(test)]
            Branch::Activations => return self.activate(layer),
        }
        let affine = layer.norm.folded();
        let operations = self.sums.len() * steps * 2;
        let tasks: Vec<_> = self
            .products
            .chunks(BLOCK * input_steps * outputs)
            .zip(self.spikes.chunks_mut(BLOCK * steps * outputs))
            .zip(self.counts.chunks_mut(BLOCK * outputs))
            .collect();
        threads.for_each(operations, tasks, |((products, spikes), counts)| {
            let samples = products.chunks(input_steps * outputs).zip(spikes.chunks_mut(steps * outputs));
            let mut membrane = vec![0.0; outputs];
            for ((products, spikes), counts) in samples.zip(counts.chunks_mut(outputs)) {
                membrane.fill(0.0);
                counts.fill(0.0);
                for (step, spikes) in spikes.chunks_mut(outputs).enumerate() {
                    let products = &products[if input_steps == 1 { 0 } else { step * outputs }..][..outputs];
                    integrate(&affine, threshold, steps, positions, products, &mut membrane, spikes);
                    counts.iter_mut().zip(&*spikes).for_each(|(count, spike)| *count += spike);
                }
            }
        });
    }

    #[cfg(test)]
    fn activate(&mut self, layer: &Hidden) {
        let Affine { ratio, shift } = layer.norm.of_batch();
        let positions = layer.linear.op.positions();
        for (index, (sum, count)) in self.sums.iter().zip(&mut self.counts).enumerate() {
            let channel = index / positions % ratio.len();
            *count = (ratio[channel] * sum + shift[channel]).max(0.0);
        }
        // Only for one step, in which the activation stands for the spike.
        self.spikes.clone_from(&self.counts);
    }

    /// From dL/dcounts of this layer to its parameters' gradients and to dL/dcounts of the layer below.
    fn backward(&mut self, layer: &mut Hidden, threads: Threads, input: &[f32], below: Option<&mut Buffers>) {
        let Hidden { linear, weight, norm } = layer;
        let (inputs, outputs, positions) = (linear.op.inputs(), linear.op.outputs(), linear.op.positions());
        let samples = self.sums.len() / outputs;
        let mut sums: Sums = vec![0.0; samples.div_ceil(BLOCK) * 2 * norm.channels()];
        let blocks = self.sums.chunks(BLOCK * outputs).zip(self.gradient.chunks_mut(BLOCK * outputs));
        let tasks = blocks.zip(sums.chunks_mut(2 * norm.channels())).collect();
        threads.for_each(self.sums.len() * 4, tasks, |((values, gradient), sums)| {
            norm.backward_mask(values, gradient, positions, sums);
        });
        let means = norm.parameter_gradients(&sums, samples * positions);
        let operations = samples * linear.op.macs() as usize;
        let blocks = self.sums.chunks(BLOCK * outputs).zip(self.gradient.chunks_mut(BLOCK * outputs));
        match below {
            None => {
                let tasks = blocks.collect();
                threads.for_each(self.sums.len() * 4, tasks, |(values, gradient)| {
                    norm.backward(&means, values, gradient, positions);
                });
                linear.weight_gradient(threads, &self.gradient, input, &mut weight.gradient);
            }
            Some(below) => {
                resize(&mut below.gradient, samples * inputs);
                let tasks = blocks.zip(below.gradient.chunks_mut(BLOCK * inputs)).collect();
                threads.for_each(operations, tasks, |((values, gradient), below)| {
                    norm.backward(&means, values, gradient, positions);
                    linear.backward(&weight.value, gradient, below);
                });
                linear.weight_gradient(threads, &self.gradient, &below.counts, &mut weight.gradient);
            }
        }
    }
}

/// One time step of one sample: integrate, fire, subtract.
fn integrate(
    affine: &Affine,
    threshold: f32,
    steps: usize,
    positions: usize,
    products: &[f32],
    membrane: &mut [f32],
    spikes: &mut [f32],
) {
    let channels = products.chunks(positions).zip(membrane.chunks_mut(positions)).zip(spikes.chunks_mut(positions));
    for (((products, membrane), spikes), (ratio, shift)) in channels.zip(affine.ratio.iter().zip(&affine.shift)) {
        let bias = shift / steps as f32;
        for ((product, v), spike) in products.iter().zip(membrane).zip(spikes) {
            *v += ratio * product + bias;
            *spike = if *v >= threshold { 1.0 } else { 0.0 };
            *v -= threshold * *spike;
        }
    }
}
