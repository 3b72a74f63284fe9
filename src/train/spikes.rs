//! Linear operations on inputs that are mostly zero: rows of weights are added for non-zero inputs, and the rest costs
//! nothing.
//!
//! Each output position gathers its inputs, so that its sums stay in registers while rows of weights are streamed.

use super::geometry::Geometry;
use multiversion::multiversion;

/// Positions of the non-zero values of one input.
#[derive(Debug, Default)]
pub(super) struct Active {
    /// Indices `position x channels + channel`, ascending.
    index: Vec<u32>,
    /// Start of the indices of each position; one more than there are positions.
    starts: Vec<u32>,
}

impl Active {
    /// Lists for rows of bytes that are 0 or 1.
    pub(super) fn list(rows: &[u8], inputs: usize, channels: usize) -> Vec<Self> {
        rows.chunks(inputs).map(|row| Self::of(row, channels)).collect()
    }

    /// The share of non-zero values.
    pub(super) fn share(list: &[Self], values: usize) -> f64 {
        list.iter().map(|active| active.index.len()).sum::<usize>() as f64 / values.max(1) as f64
    }

    fn of(row: &[u8], channels: usize) -> Self {
        let mut active = Self { index: Vec::with_capacity(row.len() / 8), starts: Vec::new() };
        active.starts.reserve_exact(row.len() / channels + 1);
        active.starts.push(0);
        for (position, spikes) in row.chunks(channels).enumerate() {
            let first = (position * channels) as u32;
            let (words, rest) = spikes.as_chunks::<8>();
            for (word, spikes) in words.iter().enumerate() {
                let mut bits = u64::from_le_bytes(*spikes);
                while bits != 0 {
                    active.index.push(first + word as u32 * 8 + bits.trailing_zeros() / 8);
                    bits &= bits - 1;
                }
            }
            let first = first + words.len() as u32 * 8;
            active.index.extend(rest.iter().zip(first..).filter(|(spike, _)| **spike != 0).map(|(_, index)| index));
            active.starts.push(active.index.len() as u32);
        }
        active
    }

    /// Indices of a range of adjacent positions.
    fn between(&self, from: u32, to: u32) -> &[u32] {
        &self.index[self.starts[from as usize] as usize..self.starts[to as usize] as usize]
    }
}

/// Runs code for the output channels in pieces that fit the registers: widths of 128, 64, ... 1.
macro_rules! in_pieces {
    ($width:expr, $work:ident, $($argument:expr),+) => {{
        let (mut column, width) = (0, $width);
        while column < width {
            column += match width - column {
                128.. => $work::<128>(column, $($argument),+),
                64.. => $work::<64>(column, $($argument),+),
                32.. => $work::<32>(column, $($argument),+),
                16.. => $work::<16>(column, $($argument),+),
                8.. => $work::<8>(column, $($argument),+),
                4.. => $work::<4>(column, $($argument),+),
                _ => $work::<1>(column, $($argument),+),
            };
        }
    }};
}

/// Outputs of several inputs of spikes.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn forward(geometry: &Geometry, weight: &[f32], inputs: &[Active], output: &mut [f32]) {
    in_pieces!(geometry.width, gather, geometry, weight, inputs, output);
}

#[inline(always)]
fn gather<const W: usize>(
    column: usize,
    geometry: &Geometry,
    weight: &[f32],
    inputs: &[Active],
    output: &mut [f32],
) -> usize {
    let (width, channels) = (geometry.width, geometry.channels);
    for (active, output) in inputs.iter().zip(output.chunks_mut(geometry.outputs())) {
        for (place, output) in output.chunks_mut(width).enumerate() {
            let mut sums = [0f32; W];
            for run in geometry.runs(place) {
                // Offset from the index of an input to its row; below zero it wraps, and the sum wraps back.
                let shift = (run.tap as usize).wrapping_sub(run.from as usize).wrapping_mul(channels);
                for index in active.between(run.from, run.to) {
                    let row = (*index as usize).wrapping_add(shift);
                    let weights = &weight[row * width + column..][..W];
                    sums.iter_mut().zip(weights).for_each(|(sum, w)| *sum += w);
                }
            }
            output[column..column + W].copy_from_slice(&sums);
        }
    }
    W
}

/// Adds one sample's part of the gradient of the weights.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn weight_gradient(
    geometry: &Geometry,
    active: &Active,
    input: &[f32],
    output: &[f32],
    gradient: &mut [f32],
) {
    in_pieces!(geometry.width, spread, geometry, active, input, output, gradient);
}

#[inline(always)]
fn spread<const W: usize>(
    column: usize,
    geometry: &Geometry,
    active: &Active,
    input: &[f32],
    output: &[f32],
    gradient: &mut [f32],
) -> usize {
    let (width, channels) = (geometry.width, geometry.channels);
    for (place, output) in output.chunks(width).enumerate() {
        let mut of_output = [0f32; W];
        of_output.copy_from_slice(&output[column..column + W]);
        for run in geometry.runs(place) {
            let shift = (run.tap as usize).wrapping_sub(run.from as usize).wrapping_mul(channels);
            for index in active.between(run.from, run.to) {
                let (row, value) = ((*index as usize).wrapping_add(shift), input[*index as usize]);
                let gradients = &mut gradient[row * width + column..][..W];
                gradients.iter_mut().zip(&of_output).for_each(|(sum, g)| *sum += value * g);
            }
        }
    }
    W
}
