//! The linear operations in real numbers, on rows of activations: forward, back to the inputs, and to the weights.
//!
//! A dense layer is one matrix product over many rows; a convolution is one product per row, over its patches laid
//! out as columns.

use super::matrix::{View, product};
use super::parallel::Threads;
use crate::net::architecture::{Kernel, LinearOp};

/// Samples per task: fixed, so that results do not depend on the number of threads.
pub(super) const BLOCK: usize = 16;
/// Output rows per task of a dense weight gradient.
const ROWS: usize = 64;

/// A linear operation and, for a convolution, where its patches lie.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    pub(super) op: LinearOp,
    patches: Option<Patches>,
}

impl Linear {
    pub(super) fn new(op: LinearOp) -> Self {
        Self { op, patches: Patches::new(&op) }
    }

    /// Rows of outputs from rows of inputs.
    pub(super) fn forward(&self, weight: &[f32], input: &[f32], output: &mut [f32]) {
        let (inputs, outputs) = (self.op.inputs(), self.op.outputs());
        let (channels, fan_in) = (self.op.channels(), self.op.fan_in());
        let weight = View::new(weight, channels, fan_in);
        let Some(patches) = &self.patches else {
            return product(output, View::new(input, input.len() / inputs, inputs), weight.transposed(), false);
        };
        let mut scratch = patches.scratch(fan_in);
        for (input, output) in input.chunks(inputs).zip(output.chunks_mut(outputs)) {
            let columns = patches.gather(input, &mut scratch);
            product(output, weight, View::new(columns, fan_in, patches.positions), false);
        }
    }

    /// The weights laid out for [`Linear::forward_spikes`]: `[input][output]`, or
    /// `[input channel][tap][output channel]`.
    pub(super) fn rows(&self, weight: &[f32]) -> Vec<f32> {
        let (channels, fan_in) = (self.op.channels(), self.op.fan_in());
        let mut rows = vec![0.0; weight.len()];
        for (channel, weights) in weight.chunks(fan_in).enumerate() {
            rows[channel..].iter_mut().step_by(channels).zip(weights).for_each(|(to, from)| *to = *from);
        }
        rows
    }

    /// As [`Linear::forward`], for inputs that are 0 or 1 and mostly 0: adds the weights of those that are 1.
    pub(super) fn forward_spikes(&self, rows: &[f32], input: &[f32], output: &mut [f32]) {
        let (inputs, outputs, channels) = (self.op.inputs(), self.op.outputs(), self.op.channels());
        let mut sums = vec![0.0; outputs];
        for (input, output) in input.chunks(inputs).zip(output.chunks_mut(outputs)) {
            let spikes = input.iter().enumerate().filter(|(_, spike)| **spike != 0.0).map(|(index, _)| index);
            let Some(patches) = &self.patches else {
                output.fill(0.0);
                spikes.for_each(|spike| add(output, &rows[spike * channels..][..channels]));
                continue;
            };
            sums.fill(0.0);
            for spike in spikes {
                let (channel, position) = (spike / patches.plane, spike % patches.plane);
                let first = channel * patches.taps * channels;
                for (at, tap) in patches.targets(position) {
                    let row = &rows[first + *tap as usize * channels..][..channels];
                    add(&mut sums[*at as usize * channels..][..channels], row);
                }
            }
            for (channel, output) in output.chunks_mut(patches.positions).enumerate() {
                let of_channel = sums[channel..].iter().step_by(channels);
                output.iter_mut().zip(of_channel).for_each(|(to, from)| *to = *from);
            }
        }
    }

    /// Rows of gradients of the inputs from rows of gradients of the outputs.
    pub(super) fn backward(&self, weight: &[f32], output: &[f32], input: &mut [f32]) {
        let (inputs, outputs) = (self.op.inputs(), self.op.outputs());
        let (channels, fan_in) = (self.op.channels(), self.op.fan_in());
        let weight = View::new(weight, channels, fan_in);
        let Some(patches) = &self.patches else {
            return product(input, View::new(output, output.len() / outputs, outputs), weight, false);
        };
        let mut scratch = patches.scratch(fan_in);
        for (output, input) in output.chunks(outputs).zip(input.chunks_mut(inputs)) {
            let output = View::new(output, channels, patches.positions);
            product(&mut scratch.columns, weight.transposed(), output, false);
            patches.scatter(&mut scratch, input);
        }
    }

    /// The gradient of the weights over a whole batch.
    pub(super) fn weight_gradient(&self, threads: Threads, output: &[f32], input: &[f32], gradient: &mut [f32]) {
        let (inputs, outputs) = (self.op.inputs(), self.op.outputs());
        let rows = input.len() / inputs;
        let operations = rows * self.op.macs() as usize;
        match &self.patches {
            None => {
                let (output, input) = (View::new(output, rows, outputs), View::new(input, rows, inputs));
                let tasks = gradient.chunks_mut(ROWS * inputs).enumerate().collect();
                threads.for_each(operations, tasks, |(index, gradient)| {
                    let first = index * ROWS;
                    let columns = output.columns(first..first + gradient.len() / inputs);
                    product(gradient, columns.transposed(), input, false);
                });
            }
            Some(patches) => {
                let mut partial = vec![0f32; rows.div_ceil(BLOCK) * gradient.len()];
                let blocks = output.chunks(BLOCK * outputs).zip(input.chunks(BLOCK * inputs));
                let tasks = blocks.zip(partial.chunks_mut(gradient.len())).collect();
                threads.for_each(operations, tasks, |((output, input), partial)| {
                    self.patch_gradient(patches, output, input, partial);
                });
                gradient.fill(0.0);
                for partial in partial.chunks(gradient.len()) {
                    gradient.iter_mut().zip(partial).for_each(|(sum, part)| *sum += part);
                }
            }
        }
    }

    fn patch_gradient(&self, patches: &Patches, output: &[f32], input: &[f32], gradient: &mut [f32]) {
        let fan_in = self.op.fan_in();
        let mut scratch = patches.scratch(fan_in);
        for (output, input) in output.chunks(self.op.outputs()).zip(input.chunks(self.op.inputs())) {
            let output = View::new(output, self.op.channels(), patches.positions);
            let columns = View::new(patches.gather(input, &mut scratch), fan_in, patches.positions);
            product(gradient, output, columns.transposed(), true);
        }
    }
}

/// Where each tap of a convolution's kernel reads, for each output position.
#[derive(Clone, Debug)]
pub(super) struct Patches {
    /// Input position by `[tap][output position]`; `plane` stands for the padding.
    source: Vec<u32>,
    /// Input positions per channel.
    plane: usize,
    /// Output positions per channel.
    positions: usize,
    /// Taps of the kernel.
    pub(super) taps: usize,
    /// (output position, tap) pairs that read an input position, and where each input position's begin.
    reach: Vec<(u32, u32)>,
    starts: Vec<usize>,
}

fn add(sums: &mut [f32], row: &[f32]) {
    sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
}

/// Buffers of one task.
struct Scratch {
    columns: Vec<f32>,
    /// One input channel and a slot for the padding.
    plane: Vec<f32>,
}

impl Patches {
    /// Nothing for a dense operation.
    pub(super) fn new(op: &LinearOp) -> Option<Self> {
        let Kernel::Conv(conv) = &op.kernel else { return None };
        let (plane, positions) = ((conv.input.height * conv.input.width) as usize, op.positions());
        let taps = (conv.kernel[0] * conv.kernel[1]) as usize;
        let mut source = vec![plane as u32; taps * positions];
        let (mut reach, mut starts) = (Vec::new(), vec![0]);
        for input in 0..plane {
            op.for_each_target(input, |output, weight| {
                // In the first channels of input and output, the weight's index is the tap's.
                if output < positions {
                    source[weight * positions + output] = input as u32;
                    reach.push((output as u32, weight as u32));
                }
            });
            starts.push(reach.len());
        }
        Some(Self { source, plane, positions, taps, reach, starts })
    }

    /// (output position, tap) pairs that read an input position.
    pub(super) fn targets(&self, position: usize) -> &[(u32, u32)] {
        &self.reach[self.starts[position]..self.starts[position + 1]]
    }

    fn scratch(&self, fan_in: usize) -> Scratch {
        Scratch { columns: vec![0.0; fan_in * self.positions], plane: vec![0.0; self.plane + 1] }
    }

    /// Lays out the patches of one row as columns: `[input channel][tap][output position]`.
    fn gather<'s>(&self, input: &[f32], scratch: &'s mut Scratch) -> &'s [f32] {
        scratch.plane[self.plane] = 0.0;
        for (channel, columns) in input.chunks(self.plane).zip(scratch.columns.chunks_mut(self.source.len())) {
            scratch.plane[..self.plane].copy_from_slice(channel);
            columns.iter_mut().zip(&self.source).for_each(|(column, s)| *column = scratch.plane[*s as usize]);
        }
        &scratch.columns
    }

    /// Adds the columns back to where they were read from.
    fn scatter(&self, scratch: &mut Scratch, input: &mut [f32]) {
        for (channel, columns) in input.chunks_mut(self.plane).zip(scratch.columns.chunks(self.source.len())) {
            scratch.plane.fill(0.0);
            columns.iter().zip(&self.source).for_each(|(column, s)| scratch.plane[*s as usize] += column);
            channel.copy_from_slice(&scratch.plane[..self.plane]);
        }
    }
}
