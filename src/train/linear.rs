//! The linear operations in real numbers, on rows of activations: forward, back to the inputs, and to the weights.
//!
//! A dense layer is one matrix product over many rows; a convolution is one product per row, over its patches laid
//! out as columns.

use super::matrix::{View, product};
use super::parallel::Threads;
use crate::net::architecture::LinearOp;

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
        let LinearOp::Conv(conv) = op else { return None };
        let (plane, positions) = ((conv.input.height * conv.input.width) as usize, op.positions());
        let mut source = vec![plane as u32; (conv.kernel[0] * conv.kernel[1]) as usize * positions];
        for input in 0..plane {
            op.for_each_target(input, |output, weight| {
                // In the first channels of input and output, the weight's index is the tap's.
                if output < positions {
                    source[weight * positions + output] = input as u32;
                }
            });
        }
        Some(Self { source, plane, positions })
    }

    /// Calls `visit(input position, output position, tap)` for every tap that meets a real input.
    pub(super) fn for_each(&self, mut visit: impl FnMut(usize, usize, usize)) {
        for (index, source) in self.source.iter().enumerate().filter(|(_, s)| (**s as usize) < self.plane) {
            visit(*source as usize, index % self.positions, index / self.positions);
        }
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
