//! One batch through a spiking network whose layers and steps are all unrolled, and back: backpropagation through time.
//!
//! ```text
//! u[t] = λ V[t-1] + i[t] + b + θ s'[t]      i: sums of weights; s': spikes of a residual addition
//! s[t] = 1 where u[t] >= θ;  V[t] = u[t] - θ s[t];  o = sums of the output layer over all steps
//! z    = u / θ - 1;  ds/dz := 0.3 max(0, 1 - |z|)
//! back, g = dL/ds[t] from the layers above, G[t] = dL/dV[t], 0 after the last step:
//! dL/du[t] = G[t] + ds/dz g / θ             the reset's spike passes no gradient
//! dL/dθ   += dL/du[t] s'[t] - G[t] s[t] - ds/dz g u / θ²
//! dL/dλ   += dL/du[t] V[t-1];  G[t-1] = λ dL/du[t]
//! ```
//!
//! N. Rathi and K. Roy, IEEE TNNLS 2021, arXiv:2008.03658. The input of a layer is a sequence of rows, each for as many
//! steps as the others: one for values that are the same in all steps, or one for each frame of a sequence, whose steps follow
//! each other; one a step for spikes. Unlike the tandem rule's,
//! the buffers hold membranes and gradients of every step.

use super::batch::{Batch, back_through};
use super::fire::LayerDrive;
use super::linear::{BLOCK, LinearInput, LinearLayer};
use super::network::TrainNetwork;
use super::parallel::Threads;
use multiversion::multiversion;

#[cfg(test)]
mod tests;

/// Height of the surrogate.
pub(super) const HEIGHT: f32 = 0.3;

/// A hidden layer over the steps of a batch; rows are samples x steps.
#[derive(Clone, Debug, Default)]
struct LayerTrace {
    /// u: membranes before they fire.
    charged: Vec<f32>,
    spikes: Vec<u8>,
    /// dL/ds, then dL/du.
    gradient: Vec<f32>,
    /// Whether a residual addition has already contributed to dL/ds.
    reached: bool,
}

/// The buffers of a batch.
#[derive(Clone, Debug, Default)]
pub(super) struct Unrolled {
    layers: Vec<LayerTrace>,
    /// Sums of weights of a layer by row of its input; on the way back, gradients by such a row.
    sums: Vec<f32>,
    /// Spikes that a layer reads, as values.
    values: Vec<f32>,
}

/// The neurons of a layer, which are the same in all samples.
#[derive(Clone, Copy)]
struct UnrolledNeurons<'a> {
    drive: LayerDrive,
    /// By output channel.
    bias: &'a [f32],
    outputs: usize,
    /// Rows of input of a sample.
    rows: usize,
}

/// Some samples of a layer on the way forward.
struct Charging<'a> {
    sums: &'a [f32],
    skip: Option<&'a [u8]>,
    charged: &'a mut [f32],
    spikes: &'a mut [u8],
    counts: &'a mut [f32],
}

/// Some samples of a layer on the way back.
struct Discharging<'a> {
    charged: &'a [f32],
    spikes: &'a [u8],
    skip: Option<&'a [u8]>,
    gradient: &'a mut [f32],
    /// Receives the gradients of the biases by channel, of the threshold and of the leak.
    sums: &'a mut [f64],
}

impl Unrolled {
    /// Approximate bytes of all buffers for a number of samples; `outputs` is the number of those of all hidden layers,
    /// `largest` that of the largest layer.
    pub(super) fn bytes([inputs, outputs, largest]: [u64; 3], steps: u64, encodes: bool, samples: u64) -> u64 {
        let trains = if encodes { 0 } else { 6 * steps };
        samples * (outputs * (9 * steps + 12) + largest * 8 * steps + (8 + trains) * inputs)
    }

    /// The forward pass, to the logits of the batch.
    pub(super) fn forward(&mut self, network: &TrainNetwork, batch: &mut Batch, threads: &Threads) {
        batch.arrange(network);
        self.layers.resize_with(network.hidden.len(), LayerTrace::default);
        let (frames, steps) = (batch.frames(), batch.frames() * network.steps);
        for (index, layer) in network.hidden.iter().enumerate() {
            let (below, rest) = self.layers.split_at_mut(index);
            let (input, rows) = match below.last() {
                Some(below) => (LinearInput::Spikes(&below.spikes), steps),
                None if network.encodes(0) => (LinearInput::Values(&batch.first), frames),
                None => (LinearInput::Spikes(&batch.first_spikes), steps),
            };
            let outputs = layer.linear.outputs();
            self.sums.resize(batch.samples * rows * outputs, 0.0);
            let weight = layer.shadow.as_ref().unwrap_or(&layer.weight.value);
            multiply(&layer.linear, threads, (weight, rows), input, &mut self.sums);
            let drive = LayerDrive::before(network, index).over(frames);
            let neurons = UnrolledNeurons { drive, bias: &layer.norm.beta.value, outputs, rows };
            let skip = layer.skip.map(|from| below[from].spikes.as_slice());
            rest[0].charge(neurons, threads, (&self.sums, skip), batch.counts_of(index));
        }
        batch.decode(network, threads);
    }

    /// The backward pass from the gradient of the logits to the gradients of all parameters.
    pub(super) fn backward(&mut self, network: &mut TrainNetwork, batch: &mut Batch, threads: &Threads) {
        batch.backward_output(network, threads);
        self.layers.iter_mut().for_each(|trace| trace.reached = false);
        let (last, frames) = (network.hidden.len() - 1, batch.frames());
        let steps = frames * network.steps;
        self.layers[last].spread(batch.gradient_of(last), network.hidden[last].linear.outputs(), steps);
        for index in (0..=last).rev() {
            let encodes = network.encodes(index);
            let rows = if encodes { frames } else { steps };
            self.discharge(network, threads, (index, rows), (batch.samples, frames));
            let (below, rest) = self.layers.split_at_mut(index);
            let layer = &mut network.hidden[index];
            let gradient = match rows == steps {
                true => &rest[0].gradient,
                false => {
                    gather(&rest[0].gradient, layer.linear.outputs(), steps / rows, &mut self.sums);
                    &self.sums
                }
            };
            let spikes = below.last().map_or(&batch.first_spikes, |below| &below.spikes);
            let input = match encodes {
                true => &batch.first,
                false => {
                    self.values.clear();
                    self.values.extend(spikes.iter().map(|spike| f32::from(*spike)));
                    &self.values
                }
            };
            let into = below.last_mut().map(|below| {
                below.gradient.resize(below.spikes.len(), 0.0);
                (&mut below.gradient, below.reached)
            });
            let weight = layer.shadow.as_ref().unwrap_or(&layer.weight.value);
            back_through(&layer.linear, threads, weight, gradient, input, &mut layer.weight.gradient, into);
        }
    }

    /// From dL/ds of a layer to dL/du, to the gradients of its biases, threshold and leak, and to dL/ds of a layer whose
    /// spikes it adds.
    fn discharge(
        &mut self,
        network: &mut TrainNetwork,
        threads: &Threads,
        (index, rows): (usize, usize),
        (samples, frames): (usize, usize),
    ) {
        let drive = LayerDrive::before(network, index).over(frames);
        let (below, rest) = self.layers.split_at_mut(index);
        let (trace, layer) = (&mut rest[0], &mut network.hidden[index]);
        let (outputs, channels, each) = (layer.linear.outputs(), layer.norm.channels(), BLOCK * drive.steps);
        let price = layer.spike_price / samples as f32;
        if price > 0.0 {
            trace.gradient.iter_mut().for_each(|gradient| *gradient += price);
        }
        let mut sums = vec![0f64; samples.div_ceil(BLOCK) * (channels + 2)];
        let mut skips = layer.skip.map(|from| below[from].spikes.chunks(each * outputs));
        let tasks = trace.charged.chunks(each * outputs).zip(trace.spikes.chunks(each * outputs));
        let tasks = tasks.zip(trace.gradient.chunks_mut(each * outputs)).zip(sums.chunks_mut(channels + 2));
        let tasks: Vec<_> = tasks.map(|task| (task, skips.as_mut().and_then(Iterator::next))).collect();
        let neurons = UnrolledNeurons { drive, bias: &layer.norm.beta.value, outputs, rows };
        let operations = samples * drive.steps * outputs * 8;
        threads.for_each(operations, tasks, |((((charged, spikes), gradient), sums), skip)| {
            discharge(neurons, Discharging { charged, spikes, skip, gradient, sums });
        });
        let mut totals = vec![0f64; channels + 2];
        for task in sums.chunks(channels + 2) {
            totals.iter_mut().zip(task).for_each(|(total, sum)| *total += sum);
        }
        layer.norm.beta.gradient.iter_mut().zip(&totals).for_each(|(gradient, total)| *gradient = *total as f32);
        layer.threshold.gradient[0] = totals[channels] as f32;
        layer.leak.gradient[0] = totals[channels + 1] as f32;
        if let Some(from) = layer.skip {
            below[from].reach(&trace.gradient, drive.threshold);
        }
    }
}

impl LayerTrace {
    /// The steps of a layer from the sums of its weights: membranes, spikes and counts.
    fn charge(
        &mut self,
        neurons: UnrolledNeurons<'_>,
        threads: &Threads,
        (sums, skip): (&[f32], Option<&[u8]>),
        counts: &mut Vec<f32>,
    ) {
        let UnrolledNeurons { drive, outputs, rows, .. } = neurons;
        let samples = sums.len() / (rows * outputs);
        let each = BLOCK * drive.steps * outputs;
        counts.resize(samples * outputs, 0.0);
        self.charged.resize(samples * drive.steps * outputs, 0.0);
        self.spikes.resize(self.charged.len(), 0);
        let mut skips = skip.map(|skip| skip.chunks(each));
        let tasks = sums.chunks(BLOCK * rows * outputs).zip(self.charged.chunks_mut(each));
        let tasks = tasks.zip(self.spikes.chunks_mut(each)).zip(counts.chunks_mut(BLOCK * outputs));
        let tasks: Vec<_> = tasks.map(|task| (task, skips.as_mut().and_then(Iterator::next))).collect();
        let operations = samples * drive.steps * outputs * 4;
        threads.for_each(operations, tasks, |((((sums, charged), spikes), counts), skip)| {
            charge(neurons, Charging { sums, skip, charged, spikes, counts });
        });
    }

    /// dL/ds of each step from dL/d(counts), which are sums over the steps.
    fn spread(&mut self, of_counts: &[f32], outputs: usize, steps: usize) {
        self.gradient.clear();
        for sample in of_counts.chunks(outputs) {
            (0..steps).for_each(|_| self.gradient.extend_from_slice(sample));
        }
    }

    /// Adds what a residual addition passes down: each of its spikes is worth a threshold of the layer above.
    fn reach(&mut self, of_charge: &[f32], threshold: f32) {
        if !self.reached {
            self.gradient.clear();
            self.gradient.resize(of_charge.len(), 0.0);
        }
        self.gradient.iter_mut().zip(of_charge).for_each(|(gradient, of_charge)| *gradient += threshold * of_charge);
        self.reached = true;
    }
}

/// Sums of weights for all rows of an input.
fn multiply(
    linear: &LinearLayer,
    threads: &Threads,
    (weight, rows): (&[f32], usize),
    input: LinearInput<'_>,
    sums: &mut [f32],
) {
    if let (LinearInput::Values(values), true) = (input, linear.is_dense()) {
        return linear.forward_dense(threads, weight, values, sums);
    }
    let (inputs, outputs, each) = (linear.inputs(), linear.outputs(), BLOCK * rows);
    let operations = sums.len() / outputs * linear.geometry.macs();
    let tasks: Vec<_> = sums.chunks_mut(each * outputs).enumerate().collect();
    threads.for_each(operations, tasks, |(block, sums): (usize, &mut [f32])| {
        let input = input.rows(block * each * inputs, sums.len() / outputs * inputs);
        linear.forward(weight, input, sums);
    });
}

/// Sums of the gradients of the steps that share a row of input.
fn gather(gradient: &[f32], outputs: usize, steps: usize, sums: &mut Vec<f32>) {
    sums.clear();
    for rows in gradient.chunks(steps * outputs) {
        let from = sums.len();
        sums.extend_from_slice(&rows[..outputs]);
        for row in rows[outputs..].chunks(outputs) {
            sums[from..].iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn charge(neurons: UnrolledNeurons<'_>, block: Charging<'_>) {
    let UnrolledNeurons { drive, bias, outputs, rows } = neurons;
    let LayerDrive { steps, threshold, leak, .. } = drive;
    let Charging { sums, skip, charged, spikes, counts } = block;
    let samples = charged.chunks_mut(steps * outputs).zip(spikes.chunks_mut(steps * outputs));
    let mut membrane = vec![0f32; outputs];
    for (sample, ((charged, spikes), counts)) in samples.zip(counts.chunks_mut(outputs)).enumerate() {
        membrane.fill(drive.start());
        counts.fill(0.0);
        for (step, (charged, spikes)) in charged.chunks_mut(outputs).zip(spikes.chunks_mut(outputs)).enumerate() {
            charged.copy_from_slice(&sums[(sample * rows + step * rows / steps) * outputs..][..outputs]);
            if let Some(skip) = skip {
                let skip = &skip[(sample * steps + step) * outputs..][..outputs];
                charged.iter_mut().zip(skip).for_each(|(u, spike)| *u += threshold * f32::from(*spike));
            }
            let places = charged.chunks_exact_mut(bias.len()).zip(membrane.chunks_exact_mut(bias.len()));
            let outs = spikes.chunks_exact_mut(bias.len()).zip(counts.chunks_exact_mut(bias.len()));
            for ((charged, membrane), (spikes, counts)) in places.zip(outs) {
                let neurons = charged.iter_mut().zip(membrane).zip(spikes.iter_mut().zip(counts)).zip(bias);
                for (((u, v), (spike, count)), bias) in neurons {
                    *u += leak * *v + bias;
                    let fires = *u >= threshold;
                    *spike = u8::from(fires);
                    *count += if fires { 1.0 } else { 0.0 };
                    *v = if fires { *u - threshold } else { *u };
                }
            }
        }
    }
}

/// Sums of a sample by output channel, in single precision.
struct GradientSums {
    bias: Vec<f32>,
    threshold: Vec<f32>,
    leak: Vec<f32>,
}

impl GradientSums {
    fn begin(&mut self) {
        [&mut self.bias, &mut self.threshold, &mut self.leak].into_iter().for_each(|part| part.fill(0.0));
    }

    fn add_to(&self, sums: &mut [f64]) {
        let channels = self.bias.len();
        sums.iter_mut().zip(&self.bias).for_each(|(sum, part)| *sum += f64::from(*part));
        sums[channels] += self.threshold.iter().map(|part| f64::from(*part)).sum::<f64>();
        sums[channels + 1] += self.leak.iter().map(|part| f64::from(*part)).sum::<f64>();
    }
}

fn discharge(neurons: UnrolledNeurons<'_>, block: Discharging<'_>) {
    let UnrolledNeurons { drive, bias, outputs, .. } = neurons;
    let LayerDrive { steps, threshold, .. } = drive;
    let Discharging { charged, spikes, skip, gradient, sums } = block;
    let zeros = vec![0f32; bias.len()];
    let mut parts = GradientSums { bias: zeros.clone(), threshold: zeros.clone(), leak: zeros };
    let (mut of_membrane, mut before) = (vec![0f32; outputs], vec![0f32; outputs]);
    for (sample, gradient) in gradient.chunks_mut(steps * outputs).enumerate() {
        parts.begin();
        of_membrane.fill(0.0);
        let row = |step: usize| (sample * steps + step) * outputs..(sample * steps + step + 1) * outputs;
        for step in (0..steps).rev() {
            match step.checked_sub(1).map(row) {
                None => before.fill(drive.start()),
                Some(row) => left(&charged[row.clone()], &spikes[row], threshold, &mut before),
            }
            let gradient = &mut gradient[step * outputs..][..outputs];
            let now = StepState { charged: &charged[row(step)], spikes: &spikes[row(step)], before: &before };
            back_a_step(drive, now, gradient, &mut of_membrane, &mut parts);
            if let Some(skip) = skip {
                let skip = skip[row(step)].chunks_exact(bias.len()).zip(gradient.chunks_exact(bias.len()));
                for (skip, of_charge) in skip {
                    let both = parts.threshold.iter_mut().zip(skip).zip(of_charge);
                    both.for_each(|((sum, spike), of_charge)| *sum += of_charge * f32::from(*spike));
                }
            }
        }
        // Membranes that begin at half the threshold move with it.
        let share = drive.start() / threshold;
        if share > 0.0 {
            for of_start in of_membrane.chunks_exact(bias.len()) {
                parts.threshold.iter_mut().zip(of_start).for_each(|(sum, of_start)| *sum += share * of_start);
            }
        }
        parts.add_to(sums);
    }
}

/// Membranes after a step.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn left(charged: &[f32], spikes: &[u8], threshold: f32, membrane: &mut [f32]) {
    for ((v, u), spike) in membrane.iter_mut().zip(charged).zip(spikes) {
        *v = u - threshold * f32::from(*spike);
    }
}

/// A step of a sample: membranes before the leak, and before and after they fired.
#[derive(Clone, Copy)]
struct StepState<'a> {
    charged: &'a [f32],
    spikes: &'a [u8],
    before: &'a [f32],
}

/// One step back: `gradient` holds dL/ds on entry and dL/du on return, `of_membrane` dL/dV of this step, then of the one before.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn back_a_step(
    drive: LayerDrive,
    now: StepState<'_>,
    gradient: &mut [f32],
    of_membrane: &mut [f32],
    parts: &mut GradientSums,
) {
    let LayerDrive { threshold, leak, .. } = drive;
    let (channels, unit) = (parts.bias.len(), 1.0 / threshold);
    let places = now.charged.chunks_exact(channels).zip(now.spikes.chunks_exact(channels));
    let places = places.zip(now.before.chunks_exact(channels)).zip(gradient.chunks_exact_mut(channels));
    for ((((charged, spikes), before), gradient), of_membrane) in places.zip(of_membrane.chunks_exact_mut(channels)) {
        let sums = parts.bias.iter_mut().zip(&mut parts.threshold).zip(&mut parts.leak);
        let values = charged.iter().zip(spikes).zip(before).zip(gradient.iter_mut().zip(of_membrane));
        for ((((u, spike), v), (gradient, of_membrane)), ((of_bias, of_threshold), of_leak)) in values.zip(sums) {
            let slope = HEIGHT * (1.0 - (u * unit - 1.0).abs()).max(0.0) * unit;
            let through = slope * *gradient;
            let of_charge = *of_membrane + through;
            *of_threshold -= *of_membrane * f32::from(*spike) + through * u * unit;
            *of_leak += of_charge * v;
            *of_bias += of_charge;
            *of_membrane = leak * of_charge;
            *gradient = of_charge;
        }
    }
}
