//! One batch through the tandem network: its buffers, the forward pass of both branches, the backward pass of one.
//!
//! ```text
//! sums   u = W c            c: the spike counts of the layer below; the encoding layer reads x
//! ANN    z = BN(u) + θ c'   with the statistics of this batch; a = max(z, 0) is never passed on
//! SNN    V = λ V + r (W s[t]) + b'/T + θ s'[t]; spike if V >= θ, then V -= θ
//!                           r, b': folded running statistics; the encoding layer adds (r u + b')/T in each step
//! on     counts of the spikes
//! back   dL/da = dL/dcounts; then through the ANN branch alone
//! ```
//!
//! If samples are spike trains, the first layer is like the others: s is the sample's train, and c its counts. c' and
//! s' are those of the layer that a residual addition names. u is the sum over the steps of W s[t], which the spiking
//! branch needs in any case: the ANN branch costs no product.

use super::events::Events;
use super::fire::{self, LayerDrive};
use super::geometry::by_position;
use super::linear::{BLOCK, LinearInput, LinearLayer};
use super::network::chip::ChipHalf;
use super::network::{Hidden, TrainNetwork};
use super::norm::{Masked, PassBand, Sums};
use super::parallel::Threads;
use crate::net::architecture::Activation;
use multiversion::multiversion;

/// Buffers of a hidden layer for one batch; rows are samples, or samples x steps.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers {
    /// W s[t]; empty if the layer reads values, with one row a sample.
    pub(super) products: Vec<f32>,
    /// u.
    pub(super) sums: Vec<f32>,
    pub(super) spikes: Vec<u8>,
    /// Spikes in their order by sample and step, where that matters.
    events: Vec<Events>,
    /// Values passed on: counts of spikes, or activations.
    pub(super) counts: Vec<f32>,
    /// dL/dcounts, then dL/dz, then dL/du.
    gradient: Vec<f32>,
    /// Whether a residual addition has already contributed to dL/dcounts.
    reached: bool,
}

/// What a layer on the chip reads: counts of spikes, or the inputs, and the spikes themselves.
struct ChipInput<'a> {
    counts: &'a [f32],
    spikes: &'a [u8],
    /// The same spikes in the order in which they come, by sample and step, where that matters.
    events: &'a [Events],
    samples: usize,
}

/// All buffers of a batch; reused from batch to batch.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    pub(super) samples: usize,
    /// Inputs x in 0 to 1, channel by channel; for spike trains their counts.
    pub(super) input: Vec<f32>,
    /// The same inputs, position by position.
    pub(super) first: Vec<f32>,
    /// Frames of each sample, if samples are sequences of them; all of a batch have as many.
    pub(super) frames: usize,
    /// Spikes of the inputs, channel by channel; one row a step. Empty if inputs are values.
    pub(super) trains: Vec<u8>,
    /// The same spikes, position by position.
    pub(super) first_spikes: Vec<u8>,
    /// The same spikes in their order, by sample and step, where that matters.
    pub(super) first_events: Vec<Events>,
    pub(super) layers: Vec<Buffers>,
    /// Inputs of the output layer: counts, some dropped.
    pub(super) last: Vec<f32>,
    /// Dropout factors of the inputs of the output layer; empty without dropout.
    pub(super) keep: Vec<f32>,
    pub(super) logits: Vec<f32>,
    pub(super) logit_gradient: Vec<f32>,
}

impl Batch {
    /// Approximate bytes of the buffers for a number of samples; `outputs` is the number of those of all hidden layers.
    pub(super) fn bytes([inputs, outputs]: [u64; 2], steps: u64, encodes: bool, samples: u64) -> u64 {
        let trains = if encodes { 0 } else { 2 * steps };
        samples * (outputs * (5 * steps + 12) + (8 + trains) * inputs)
    }

    pub(super) fn bytes_of(network: &TrainNetwork, samples: u64) -> u64 {
        let outputs = network.hidden.iter().map(|h| h.linear.outputs() as u64).sum();
        let inputs = network.hidden[0].linear.inputs() as u64;
        Self::bytes([inputs, outputs], network.steps as u64, network.encodes(0), samples)
    }

    /// Frames of each sample: 1 of samples that are no sequences.
    pub(super) fn frames(&self) -> usize {
        self.frames.max(1)
    }

    /// The forward pass; updates batch norm's running statistics.
    pub(super) fn forward(&mut self, network: &mut TrainNetwork, threads: &Threads) {
        let steps = network.steps;
        self.layers.resize_with(network.hidden.len(), Buffers::default);
        self.arrange(network);
        for index in 0..network.hidden.len() {
            let (below, rest) = self.layers.split_at_mut(index);
            let spikes_below = network.spikes_below(index);
            if network.chip.is_some() && network.hidden[index].spiking {
                let (counts, spikes, events) = match below.last() {
                    None => (&self.first, &self.first_spikes, &self.first_events),
                    Some(below) => (&below.counts, &below.spikes, &below.events),
                };
                let given = ChipInput { counts, spikes, events, samples: self.samples };
                rest[0].run_on_chip(network, threads, index, given, below);
                continue;
            }
            let drive = LayerDrive::before(network, index);
            let layer = &mut network.hidden[index];
            let input = match below.last() {
                None if layer.spiking && spikes_below => LinearInput::Spikes(&self.first_spikes),
                None => LinearInput::Values(&self.first),
                Some(below) if layer.spiking && spikes_below => LinearInput::Spikes(&below.spikes),
                Some(below) => LinearInput::Values(&below.counts),
            };
            let buffers = &mut rest[0];
            buffers.multiply(layer, threads, input, self.samples, steps);
            let skip = layer.skip.map(|from| &below[from]);
            match layer.spiking {
                true => buffers.fire(layer, threads, drive, skip),
                false => buffers.activate(layer, threads, drive, skip),
            }
        }
        self.decode(network, threads);
    }

    /// Lays out the inputs position by position.
    pub(super) fn arrange(&mut self, network: &TrainNetwork) {
        self.first.resize(self.input.len(), 0.0);
        let (sample, channels) = (network.input.neurons() as usize, network.input.channels as usize);
        for (planes, rows) in self.input.chunks(sample).zip(self.first.chunks_mut(sample)) {
            by_position(channels, planes, rows);
        }
        self.first_spikes.resize(self.trains.len(), 0);
        for (planes, rows) in self.trains.chunks(sample).zip(self.first_spikes.chunks_mut(sample)) {
            by_position(channels, planes, rows);
        }
        if network.chip.as_ref().is_some_and(ChipHalf::by_events) {
            let of_step =
                |row: &[u8]| (0u32..).zip(row).filter(|(_, spike)| **spike > 0).map(|(input, _)| input).collect();
            self.first_events = self.trains.chunks(sample).map(of_step).collect();
        }
    }

    /// Logits from the counts of the last hidden layer.
    pub(super) fn decode(&mut self, network: &TrainNetwork, threads: &Threads) {
        let output = &network.output;
        let counts = &self.layers[self.layers.len() - 1].counts;
        self.last.clone_from(counts);
        self.last.iter_mut().zip(&self.keep).for_each(|(value, keep)| *value *= keep);
        let (inputs, outputs) = (output.linear.inputs(), output.linear.outputs());
        self.logits.resize(self.samples * outputs, 0.0);
        let weight = output.weights();
        if output.linear.is_dense() {
            output.linear.forward_dense(threads, weight, &self.last, &mut self.logits);
        } else {
            let tasks = self.last.chunks(BLOCK * inputs).zip(self.logits.chunks_mut(BLOCK * outputs)).collect();
            threads.for_each(self.samples * output.linear.geometry.macs(), tasks, |(last, logits)| {
                output.linear.forward(weight, LinearInput::Values(last), logits);
            });
        }
        // A bias of the output acts once a frame.
        let frames = self.frames() as f32;
        for row in self.logits.chunks_mut(output.bias.value.len()) {
            row.iter_mut().zip(&output.bias.value).for_each(|(value, bias)| *value += frames * bias);
        }
    }

    /// Counts of a layer, for passes that compute them elsewhere.
    pub(super) fn counts_of(&mut self, layer: usize) -> &mut Vec<f32> {
        if self.layers.len() <= layer {
            self.layers.resize_with(layer + 1, Buffers::default);
        }
        &mut self.layers[layer].counts
    }

    /// dL/dcounts of a layer.
    pub(super) fn gradient_of(&self, layer: usize) -> &[f32] {
        &self.layers[layer].gradient
    }

    /// The backward pass from the gradient of the logits to the gradients of all trained parameters.
    pub(super) fn backward(&mut self, network: &mut TrainNetwork, threads: &Threads) {
        self.layers.iter_mut().for_each(|buffers| buffers.reached = false);
        let lowest = network.hidden.iter().position(|layer| !layer.frozen).unwrap_or(network.hidden.len());
        self.backward_output(network, threads);
        let last = network.hidden.len() - 1;
        for index in (lowest..network.hidden.len()).rev() {
            let layer = &mut network.hidden[index];
            let threshold = layer.threshold();
            let below = match network.activation {
                Activation::Relu => f32::INFINITY,
                Activation::Qcfs => threshold * network.steps as f32,
            };
            // A count is worth one threshold of z.
            let passing = PassBand { above: 0.0, below, slope: 1.0 / threshold };
            let (below, rest) = self.layers.split_at_mut(index);
            // An output that stays silent has to learn as well.
            let above = if index == last && network.output.counts { f32::NEG_INFINITY } else { passing.above };
            rest[0].backward_norm(
                layer,
                threads,
                PassBand { above, ..passing },
                layer.skip.map(|from| below[from].counts.as_slice()),
                threshold,
            );
            if let Some(from) = layer.skip.filter(|from| *from >= lowest) {
                rest[0].reach(&mut below[from], threshold);
            }
            match below.last_mut() {
                None => rest[0].backward(layer, threads, &self.first, None),
                Some(Buffers { counts, gradient, reached, .. }) => {
                    let below = (index > lowest).then_some((gradient, *reached));
                    rest[0].backward(layer, threads, counts, below);
                }
            }
        }
    }

    /// From the gradient of the logits to those of the output layer's parameters.
    pub(super) fn backward_output(&mut self, network: &mut TrainNetwork, threads: &Threads) {
        let output = &mut network.output;
        let linear = &output.linear;
        let top = self.layers.len() - 1;
        let gradient = &mut self.layers[top].gradient;
        gradient.resize(self.samples * linear.inputs(), 0.0);
        let weight = output.shadow.as_ref().unwrap_or(&output.weight.value);
        back_through(
            linear,
            threads,
            weight,
            &self.logit_gradient,
            &self.last,
            &mut output.weight.gradient,
            Some((gradient, false)),
        );
        gradient.iter_mut().zip(&self.keep).for_each(|(value, keep)| *value *= keep);
        output.bias.gradient.fill(0.0);
        let frames = self.frames.max(1) as f32;
        for row in self.logit_gradient.chunks(output.bias.value.len()) {
            output.bias.gradient.iter_mut().zip(row).for_each(|(sum, value)| *sum += frames * value);
        }
    }

    /// Spikes of all hidden layers in this batch.
    #[cfg(test)]
    pub(super) fn spikes(&self) -> f64 {
        self.layers.iter().flat_map(|l| &l.counts).map(|c| f64::from(*c)).sum()
    }
}

/// From gradients of outputs to those of weights, and to those of inputs if they are needed.
pub(super) fn back_through(
    linear: &LinearLayer,
    threads: &Threads,
    weight: &[f32],
    output: &[f32],
    input: &[f32],
    of_weight: &mut [f32],
    of_input: Option<(&mut Vec<f32>, bool)>,
) {
    let (inputs, outputs) = (linear.inputs(), linear.outputs());
    if linear.is_dense() {
        linear.weight_gradient_dense(threads, output, input, of_weight);
        if let Some((of_input, add)) = of_input {
            linear.backward_dense(threads, weight, output, of_input, add);
        }
        return;
    }
    let operations = input.len() / inputs * linear.geometry.macs();
    let blocks = input.len().div_ceil(BLOCK * inputs);
    let mut partial = vec![0f32; blocks * of_weight.len()];
    let (add, mut none) = (of_input.as_ref().is_some_and(|(_, add)| *add), Vec::new());
    let wanted = of_input.is_some();
    let of_input = of_input.map_or(&mut none, |(gradient, _)| gradient);
    let mut of_inputs = of_input.chunks_mut(BLOCK * inputs);
    let blocks = output.chunks(BLOCK * outputs).zip(input.chunks(BLOCK * inputs));
    let tasks = blocks.zip(partial.chunks_mut(of_weight.len())).map(|task| (task, of_inputs.next())).collect();
    threads.for_each(operations, tasks, |(((output, input), partial), of_input)| {
        linear.weight_gradient(output, input, partial);
        if let Some(of_input) = of_input.filter(|_| wanted) {
            linear.backward(weight, output, of_input, add);
        }
    });
    of_weight.fill(0.0);
    for partial in partial.chunks(of_weight.len()) {
        of_weight.iter_mut().zip(partial).for_each(|(sum, part)| *sum += part);
    }
}

impl Buffers {
    /// Products of all steps, their sums, and the statistics of the sums.
    fn multiply(
        &mut self,
        layer: &mut Hidden,
        threads: &Threads,
        input: LinearInput<'_>,
        samples: usize,
        steps: usize,
    ) {
        let Hidden { linear, weight, norm, shadow, .. } = layer;
        let weight = shadow.as_ref().unwrap_or(&weight.value);
        let (inputs, outputs, channels) = (linear.inputs(), linear.outputs(), norm.channels());
        let mut statistics: Sums = vec![0.0; samples.div_ceil(BLOCK) * 2 * channels];
        self.sums.resize(samples * outputs, 0.0);
        let operations = samples * linear.geometry.macs();
        let blocks = self.sums.chunks_mut(BLOCK * outputs).zip(statistics.chunks_mut(2 * channels));
        match input {
            LinearInput::Values(values) if linear.is_dense() => {
                linear.forward_dense(threads, weight, values, &mut self.sums);
                let blocks = self.sums.chunks(BLOCK * outputs).zip(statistics.chunks_mut(2 * channels)).collect();
                threads.for_each(samples * outputs, blocks, |(sums, statistics)| {
                    norm.measure(sums, outputs, statistics);
                });
                self.products.clear();
            }
            LinearInput::Values(values) => {
                let tasks = values.chunks(BLOCK * inputs).zip(blocks).collect();
                threads.for_each(operations, tasks, |(values, (sums, statistics))| {
                    linear.forward(weight, LinearInput::Values(values), sums);
                    norm.measure(sums, outputs, statistics);
                });
                self.products.clear();
            }
            LinearInput::Spikes(spikes) => {
                self.products.resize(samples * steps * outputs, 0.0);
                let products = self.products.chunks_mut(BLOCK * steps * outputs);
                let tasks = spikes.chunks(BLOCK * steps * inputs).zip(products).zip(blocks).collect();
                threads.for_each(operations * steps, tasks, |((spikes, products), (sums, statistics))| {
                    linear.forward(weight, LinearInput::Spikes(spikes), products);
                    add_steps(products, outputs, steps, sums);
                    norm.measure(sums, outputs, statistics);
                });
            }
        }
        norm.update(&statistics, samples * linear.geometry.places);
    }

    /// The sums for the twin, then the spikes and counts of the chip's integers, with the statistics of these sums.
    fn run_on_chip(
        &mut self,
        network: &mut TrainNetwork,
        threads: &Threads,
        index: usize,
        given: ChipInput<'_>,
        below: &[Self],
    ) {
        let (steps, values) = (network.steps, LinearInput::Values(given.counts));
        self.multiply(&mut network.hidden[index], threads, values, given.samples, steps);
        let Some(half) = &network.chip else { return };
        if half.by_events() {
            self.counts.resize(self.sums.len(), 0.0);
            self.events.resize(given.events.len(), Events::new());
            let layer = half.event_layer(network, index);
            layer.run(threads, (steps, given.events), &mut self.events, &mut self.counts);
            return;
        }
        let layer = half.layer(network, index);
        self.counts.resize(self.sums.len(), 0.0);
        self.spikes.resize(self.sums.len() * steps, 0);
        let skip = network.hidden[index].skip.map(|from| below[from].spikes.as_slice());
        if network.encodes(index) {
            let values = half.values(given.counts);
            layer.run(threads, LinearInput::Values(&values), skip, &mut self.spikes, &mut self.counts);
        } else {
            layer.run(threads, LinearInput::Spikes(given.spikes), skip, &mut self.spikes, &mut self.counts);
        }
    }

    /// The spikes of the layer and their counts.
    fn fire(&mut self, layer: &Hidden, threads: &Threads, drive: LayerDrive, skip: Option<&Buffers>) {
        let (outputs, steps) = (layer.linear.outputs(), drive.steps);
        self.counts.resize(self.sums.len(), 0.0);
        self.spikes.resize(self.sums.len() * steps, 0);
        let affine = drive.per_step(layer.norm.folded(), self.products.is_empty());
        let rows = if self.products.is_empty() { 1 } else { steps };
        let currents = if rows == 1 { &self.sums } else { &self.products };
        let mut skips = skip.map(|from| from.spikes.chunks(BLOCK * steps * outputs));
        let tasks: Vec<_> = currents
            .chunks(BLOCK * rows * outputs)
            .zip(self.spikes.chunks_mut(BLOCK * steps * outputs))
            .zip(self.counts.chunks_mut(BLOCK * outputs))
            .map(|task| (task, skips.as_mut().and_then(Iterator::next)))
            .collect();
        let operations = self.sums.len() * steps;
        threads.for_each(operations, tasks, |(((currents, spikes), counts), skip)| {
            let block = fire::Block { currents, rows, skip, spikes, counts };
            fire::fire(&affine, drive, outputs, block);
        });
    }

    /// The activations of the twin, if those are passed on.
    fn activate(&mut self, layer: &Hidden, threads: &Threads, drive: LayerDrive, skip: Option<&Buffers>) {
        let (outputs, affine) = (layer.linear.outputs(), layer.norm.of_batch());
        self.counts.resize(self.sums.len(), 0.0);
        self.spikes.clear();
        let mut skips = skip.map(|from| from.counts.chunks(BLOCK * outputs));
        let blocks = self.sums.chunks(BLOCK * outputs).zip(self.counts.chunks_mut(BLOCK * outputs));
        let tasks: Vec<_> = blocks.map(|task| (task, skips.as_mut().and_then(Iterator::next))).collect();
        threads.for_each(self.sums.len(), tasks, |((sums, counts), skip)| {
            fire::activate(&affine, drive, sums, skip, counts);
        });
    }

    /// From dL/dcounts of this layer to dL/dz, to batch norm's gradients, and to dL/du unless a residual needs dL/dz.
    fn backward_norm(
        &mut self,
        layer: &mut Hidden,
        threads: &Threads,
        passing: PassBand,
        added: Option<&[f32]>,
        threshold: f32,
    ) {
        let Hidden { linear, norm, spike_price, .. } = layer;
        let (outputs, samples) = (linear.outputs(), self.sums.len() / linear.outputs());
        let mut sums: Sums = vec![0.0; samples.div_ceil(BLOCK) * 2 * norm.channels()];
        let affine = norm.of_batch();
        let price = *spike_price / samples as f32;
        let mut added = added.map(|counts| counts.chunks(BLOCK * outputs));
        let blocks = self.sums.chunks(BLOCK * outputs).zip(self.gradient.chunks_mut(BLOCK * outputs));
        let tasks = blocks.zip(sums.chunks_mut(2 * norm.channels()));
        let tasks: Vec<_> = tasks.map(|task| (task, added.as_mut().and_then(Iterator::next))).collect();
        threads.for_each(self.sums.len() * 4, tasks, |(((values, gradient), sums), added)| {
            if price > 0.0 {
                gradient.iter_mut().for_each(|g| *g += price);
            }
            let task = Masked { sums: values, added: added.map(|counts| (counts, threshold)), gradient };
            norm.backward_mask(&affine, passing, task, outputs, sums);
        });
        layer.norm.set_means(&sums, samples * linear.geometry.places);
    }

    /// Passes dL/dz to the layer that a residual addition names.
    fn reach(&self, from: &mut Buffers, threshold: f32) {
        from.gradient.clear();
        from.gradient.extend(self.gradient.iter().map(|g| g * threshold));
        from.reached = true;
    }

    /// From dL/dz of this layer to the gradients of its weights and to dL/dcounts of the layer below.
    fn backward(&mut self, layer: &mut Hidden, threads: &Threads, input: &[f32], below: Option<(&mut Vec<f32>, bool)>) {
        let Hidden { linear, weight, norm, shadow, .. } = layer;
        let outputs = linear.outputs();
        let blocks = self.sums.chunks(BLOCK * outputs).zip(self.gradient.chunks_mut(BLOCK * outputs)).collect();
        threads.for_each(self.sums.len() * 4, blocks, |(values, gradient)| norm.backward(values, gradient));
        let below = below.map(|(gradient, add)| {
            gradient.resize(input.len(), 0.0);
            (gradient, add)
        });
        let multiplied = shadow.as_ref().unwrap_or(&weight.value);
        back_through(linear, threads, multiplied, &self.gradient, input, &mut weight.gradient, below);
    }
}

/// Sums over the steps of each sample.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn add_steps(products: &[f32], outputs: usize, steps: usize, sums: &mut [f32]) {
    for (sum, products) in sums.chunks_mut(outputs).zip(products.chunks(steps * outputs)) {
        let (first, rest) = products.split_at(outputs);
        sum.copy_from_slice(first);
        for step in rest.chunks(outputs) {
            sum.iter_mut().zip(step).for_each(|(sum, product)| *sum += product);
        }
    }
}
