//! The linear operations in real numbers, on rows of activations: forward, back to the inputs, and to the weights.
//!
//! Dense inputs go through matrix products: a dense layer's unchanged, a convolution's with the patches of its output
//! positions as rows. Spikes, and counts of spikes, go through [`super::spikes`] if few of them are not zero. The
//! choice for a block of samples depends on its values alone.

use super::geometry::Geometry;
use super::matrix::sparse::{is_sparse, sparse_product};
use super::matrix::{ColumnBlock, View, product};
use super::parallel::Threads;
use super::spikes::{self, Active};
use super::{grouped, pool};
use crate::net::architecture::{LinearOp, Shape};
use multiversion::multiversion;
use std::borrow::Cow;

/// Samples per task: fixed, so that results do not depend on the number of threads.
pub(super) const BLOCK: usize = 16;
/// Columns per task of a dense product.
const TILE: usize = 256;
/// Rows of patches that are laid out at once.
const PATCHES: usize = 256;
/// Share of non-zero inputs below which adding rows is faster than a matrix product (measured).
const SPARSE_SPIKES: f64 = 0.35;
const SPARSE_COUNTS: f64 = 0.5;

/// Input of an operation: rows of values, or of spikes as bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum LinearInput<'a> {
    Values(&'a [f32]),
    Spikes(&'a [u8]),
}

impl<'a> LinearInput<'a> {
    /// Some of the values.
    pub(super) fn rows(self, from: usize, count: usize) -> Self {
        match self {
            Self::Values(values) => Self::Values(&values[from..from + count]),
            Self::Spikes(spikes) => Self::Spikes(&spikes[from..from + count]),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct LinearLayer {
    pub(super) geometry: Geometry,
    /// Whether it adds up the windows of a pool instead of averaging them.
    sums: bool,
}

impl LinearLayer {
    /// `below` is the shape of the activation that it reads.
    pub(super) fn new(op: &LinearOp, below: Shape) -> Self {
        Self { geometry: Geometry::new(op, below), sums: false }
    }

    /// The same operation on sums over the windows of its pool, not on means; for integers, and forward only.
    pub(super) fn summing(&self) -> Self {
        Self { sums: true, ..self.clone() }
    }

    pub(super) fn inputs(&self) -> usize {
        self.geometry.inputs()
    }

    pub(super) fn outputs(&self) -> usize {
        self.geometry.outputs()
    }

    /// Whether whole batches of values go through one matrix product.
    pub(super) fn is_dense(&self) -> bool {
        self.geometry.is_dense() && self.geometry.groups == 1 && self.geometry.pool.is_none()
    }

    /// Outputs of a whole batch of a dense layer.
    pub(super) fn forward_dense(&self, threads: &Threads, weight: &[f32], input: &[f32], output: &mut [f32]) {
        let Geometry { width, .. } = self.geometry;
        let rows = input.len() / self.inputs();
        let (input, weight) = (View::new(input, rows, self.inputs()), View::new(weight, self.inputs(), width));
        let tasks = ColumnBlock::tiles(output, rows, TILE).into_iter().enumerate().collect();
        threads.for_each(rows * self.geometry.macs(), tasks, |(index, target)| {
            let columns = index * TILE..((index + 1) * TILE).min(width);
            product(target, input, weight.columns(columns), false);
        });
    }

    /// Outputs of a block of inputs.
    pub(super) fn forward(&self, weight: &[f32], input: LinearInput<'_>, output: &mut [f32]) {
        let LinearInput::Spikes(spikes) = input else {
            let LinearInput::Values(values) = input else { return };
            return self.forward_values(weight, values, output);
        };
        if self.geometry.groups == 1 && self.geometry.pool.is_none() {
            let active = Active::list(spikes, self.inputs(), self.geometry.channels);
            if Active::share(&active, spikes.len()) < SPARSE_SPIKES {
                return spikes::forward(&self.geometry, weight, &active, output);
            }
        }
        let values: Vec<f32> = spikes.iter().map(|spike| f32::from(*spike)).collect();
        self.forward_values(weight, &values, output);
    }

    fn forward_values(&self, weight: &[f32], input: &[f32], output: &mut [f32]) {
        let geometry = &self.geometry;
        let input = self.pooled(input);
        let (inputs, outputs, rows) = (geometry.channels * geometry.positions, geometry.outputs(), geometry.rows());
        if geometry.groups > 1 {
            for (input, output) in input.chunks(inputs).zip(output.chunks_mut(outputs)) {
                grouped::forward(geometry, weight, input, output);
            }
            return;
        }
        let weight = View::new(weight, rows, geometry.width);
        let samples = self.at_once();
        let mut patches = Vec::new();
        for (input, output) in input.chunks(samples * inputs).zip(output.chunks_mut(samples * outputs)) {
            let count = output.len() / geometry.width;
            let patches = self.patches(input, &mut patches);
            product(ColumnBlock::new(output, count), View::new(patches, count, rows), weight, false);
        }
    }

    /// Gradients of a whole batch of inputs of a dense layer.
    pub(super) fn backward_dense(
        &self,
        threads: &Threads,
        weight: &[f32],
        output: &[f32],
        input: &mut [f32],
        add: bool,
    ) {
        let (inputs, width) = (self.inputs(), self.geometry.width);
        let rows = output.len() / width;
        let (output, weight) = (View::new(output, rows, width), View::new(weight, inputs, width).transposed());
        let tasks = ColumnBlock::tiles(input, rows, TILE).into_iter().enumerate().collect();
        threads.for_each(rows * self.geometry.macs(), tasks, |(index, target)| {
            let columns = index * TILE..((index + 1) * TILE).min(inputs);
            product(target, output, weight.columns(columns), add);
        });
    }

    /// Gradients of a block of inputs from gradients of the outputs; added to the old values if `add`.
    pub(super) fn backward(&self, weight: &[f32], output: &[f32], input: &mut [f32], add: bool) {
        if !add {
            input.fill(0.0);
        }
        let geometry = &self.geometry;
        let inputs = geometry.channels * geometry.positions;
        match &geometry.pool {
            None => self.backward_unpooled(weight, output, input),
            Some(pool) => {
                let mut pooled = vec![0.0; output.len() / geometry.outputs() * inputs];
                self.backward_unpooled(weight, output, &mut pooled);
                pool::backward(pool, &pooled, input);
            }
        }
    }

    fn backward_unpooled(&self, weight: &[f32], output: &[f32], input: &mut [f32]) {
        let geometry = &self.geometry;
        let (inputs, outputs, rows) = (geometry.channels * geometry.positions, geometry.outputs(), geometry.rows());
        if geometry.groups > 1 {
            for (output, input) in output.chunks(outputs).zip(input.chunks_mut(inputs)) {
                grouped::backward(geometry, weight, output, input);
            }
            return;
        }
        let weight = View::new(weight, rows, geometry.width).transposed();
        let samples = self.at_once();
        let mut patches = vec![0.0; samples * geometry.places * rows];
        for (output, input) in output.chunks(samples * outputs).zip(input.chunks_mut(samples * inputs)) {
            let count = output.len() / geometry.width;
            let patches = &mut patches[..count * rows];
            product(ColumnBlock::new(patches, count), View::new(output, count, geometry.width), weight, false);
            scatter(geometry, patches, input);
        }
    }

    /// The gradient of a dense layer's weights over a whole batch; what inputs of zero would add is left out if that is
    /// faster, which changes no sum.
    pub(super) fn weight_gradient_dense(&self, threads: &Threads, output: &[f32], input: &[f32], gradient: &mut [f32]) {
        let (inputs, width) = (self.inputs(), self.geometry.width);
        let (rows, sparse) = (input.len() / inputs, is_sparse(input));
        let (output, input) = (View::new(output, rows, width), View::new(input, rows, inputs));
        let tasks = gradient.chunks_mut(TILE * width).enumerate().collect();
        threads.for_each(rows * self.geometry.macs(), tasks, |(index, gradient): (usize, &mut [f32])| {
            let count = gradient.len() / width;
            let columns = input.columns(index * TILE..index * TILE + count);
            match sparse {
                true => sparse_product(ColumnBlock::new(gradient, count), columns, output),
                false => product(ColumnBlock::new(gradient, count), columns.transposed(), output, false),
            }
        });
    }

    /// Adds a block's part of the gradient of the weights.
    pub(super) fn weight_gradient(&self, output: &[f32], input: &[f32], gradient: &mut [f32]) {
        let geometry = &self.geometry;
        let input = self.pooled(input);
        let (inputs, outputs, rows) = (geometry.channels * geometry.positions, geometry.outputs(), geometry.rows());
        let samples = output.chunks(outputs).zip(input.chunks(inputs));
        if geometry.groups > 1 {
            for (output, input) in samples {
                grouped::weight_gradient(geometry, input, output, gradient);
            }
            return;
        }
        if !geometry.is_dense() {
            let set: Vec<u8> = input.iter().map(|value| u8::from(*value != 0.0)).collect();
            let active = Active::list(&set, inputs, geometry.channels);
            if Active::share(&active, set.len()) < SPARSE_COUNTS {
                for ((output, input), active) in samples.zip(&active) {
                    spikes::weight_gradient(geometry, active, input, output, gradient);
                }
                return;
            }
        }
        let at_once = self.at_once();
        let mut patches = Vec::new();
        for (output, input) in output.chunks(at_once * outputs).zip(input.chunks(at_once * inputs)) {
            let count = output.len() / geometry.width;
            let patches = View::new(self.patches(input, &mut patches), count, rows);
            let output = View::new(output, count, geometry.width);
            product(ColumnBlock::new(gradient, rows), patches.transposed(), output, true);
        }
    }

    fn pooled<'a>(&self, input: &'a [f32]) -> Cow<'a, [f32]> {
        let Some(pool) = &self.geometry.pool else { return Cow::Borrowed(input) };
        let mut pooled = pool::sums(pool, input);
        if !self.sums {
            pool::to_means(pool, &mut pooled);
        }
        Cow::Owned(pooled)
    }

    /// Samples whose patches are laid out at once.
    fn at_once(&self) -> usize {
        PATCHES.div_ceil(self.geometry.places)
    }

    /// The patches of some samples, one row for each output position: `[tap][input channel]`.
    fn patches<'s>(&self, input: &'s [f32], scratch: &'s mut Vec<f32>) -> &'s [f32] {
        let geometry = &self.geometry;
        if geometry.is_dense() {
            return input;
        }
        let (channels, rows) = (geometry.channels, geometry.rows());
        let inputs = channels * geometry.positions;
        // Padding stays zero.
        scratch.clear();
        scratch.resize(input.len() / inputs * geometry.places * rows, 0.0);
        for (input, patches) in input.chunks(inputs).zip(scratch.chunks_mut(geometry.places * rows)) {
            for (place, patch) in patches.chunks_mut(rows).enumerate() {
                for run in geometry.runs(place) {
                    let from = &input[run.from as usize * channels..run.to as usize * channels];
                    patch[run.tap as usize * channels..][..from.len()].copy_from_slice(from);
                }
            }
        }
        scratch
    }
}

/// Adds patches back to their positions in the input.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn scatter(geometry: &Geometry, patches: &[f32], input: &mut [f32]) {
    let (channels, rows) = (geometry.channels, geometry.rows());
    let samples = input.chunks_mut(channels * geometry.positions).zip(patches.chunks(geometry.places * rows));
    for (input, patches) in samples {
        for (place, patch) in patches.chunks(rows).enumerate() {
            for run in geometry.runs(place) {
                let into = &mut input[run.from as usize * channels..run.to as usize * channels];
                let from = &patch[run.tap as usize * channels..][..into.len()];
                into.iter_mut().zip(from).for_each(|(sum, part)| *sum += part);
            }
        }
    }
}
