//! Crossbars of real cells: what a read of them gives, in fixed point.
//!
//! What cells became when they were programmed does not change in a run, so it is worked out when the system is built,
//! and kept as pairs: what a pair adds to its column, and the variance of its read noise ([`Cells`]). A step adds the
//! rows that were driven to sums by column, in one pass over flat arrays, whatever the order of the rows; then it draws
//! the noise of each column in use and converts it (`Reading`). `hw::devices` has the equations.
//!
//! A read is drawn from the seed, the sample, the step, the neuron and the slice alone, so no order of rows, threads or
//! shards acts on it.

mod add;
#[cfg(test)]
mod tests;

use super::Tables;
use crate::rng::{Domain, Normal, key, mix};
use add::Adding;
use std::ops::Range;

/// Fractional bits of a slice unit.
pub const FRACTION_BITS: u32 = 16;
const ONE: i64 = 1 << FRACTION_BITS;
/// Bits that the sum of the variances of a column keeps within.
pub const VARIANCE_SUM_BITS: u32 = 48;
/// Variances are shifted left by so much before their root is taken, so that small ones keep some digits.
const ROOT_SHIFT: u32 = 14;

/// A converter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Converter {
    /// Lowest code.
    pub least: i64,
    /// Highest code.
    pub most: i64,
    /// What a code stands for, with [`FRACTION_BITS`].
    pub step: i64,
}

impl Converter {
    /// The code of a value with [`FRACTION_BITS`], and whether it was clipped.
    #[inline]
    pub fn convert(&self, value: i64) -> (i64, bool) {
        let magnitude = value.unsigned_abs();
        let step = self.step.unsigned_abs();
        let nearest = ((2 * magnitude + step) / (2 * step)) as i64;
        let code = if value < 0 { -nearest } else { nearest };
        let clipped = code.clamp(self.least, self.most);
        (clipped, clipped != code)
    }
}

/// The programmed cells of all cores.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Slices of a weight.
    pub slices: u32,
    /// Bits of a slice.
    pub cell_bits: u32,
    /// Converters.
    pub converter: Converter,
    /// `row[a]`: where the pairs of axon a begin: those of slice 0 of all neurons of its core, then of slice 1, and so on.
    pub row: Vec<u64>,
    /// What a pair adds when its row is driven (slice units, with [`FRACTION_BITS`]).
    pub weight: Vec<i32>,
    /// Variance of the read noise of a pair (squares of slice units, with `variance_bits`); empty if there is none.
    pub variance: Vec<u32>,
    /// Fractional bits of variances; even, and at most 80.
    pub variance_bits: u32,
    /// Draws of read noise.
    pub normal: Normal,
    /// The seed of read noise.
    pub seed: u64,
}

impl Cells {
    /// The noise of a read (slice units, with [`FRACTION_BITS`]) from the variance of a column and a hashed word.
    #[inline]
    fn noise(&self, variance: u64, word: u64) -> i64 {
        let deviation = (variance << ROOT_SHIFT).isqrt();
        let shift = Normal::FRACTION_BITS + (self.variance_bits + ROOT_SHIFT) / 2 - FRACTION_BITS;
        // A draw has less than 28 bits, a deviation at most 31.
        let product = i64::from(self.normal.draw(word)) * deviation as i64;
        (product + (1 << (shift - 1))) >> shift
    }

    /// What a neuron gets of the codes of its slices, shifted and added.
    #[inline]
    fn sum_of(&self, shifted: i64) -> i32 {
        let exact = i128::from(shifted) * i128::from(self.converter.step);
        let half = i128::from(ONE / 2);
        // Halves away from 0.
        let rounded = if exact < 0 { -((half - exact) >> FRACTION_BITS) } else { (exact + half) >> FRACTION_BITS };
        rounded.clamp(i32::MIN.into(), i32::MAX.into()) as i32
    }
}

/// The columns of all cores, on their way to their next read.
#[derive(Debug)]
pub(super) struct Reading {
    /// By core, slice and neuron, from `first * slices` of a core on.
    sums: Vec<i64>,
    variances: Vec<u64>,
    /// Cores of which a row is driven.
    driven: Vec<bool>,
    /// Of the draws of this sample.
    key: u64,
    converted: u64,
    clipped: u64,
}

impl Reading {
    pub(super) fn new(tables: &Tables, cells: &Cells) -> Self {
        let columns = tables.neurons as usize * cells.slices as usize;
        Self {
            sums: vec![0; columns],
            variances: vec![0; if cells.variance.is_empty() { 0 } else { columns }],
            driven: vec![false; tables.cores.len()],
            key: key(cells.seed, Domain::ReadNoise, 0),
            converted: 0,
            clipped: 0,
        }
    }

    /// At rest, before a sample.
    pub(super) fn reset(&mut self, cells: &Cells, sample: u64) {
        self.sums.fill(0);
        self.variances.fill(0);
        self.driven.fill(false);
        self.key = key(cells.seed, Domain::ReadNoise, sample);
        (self.converted, self.clipped) = (0, 0);
    }

    /// Conversions since the reset, and those that were clipped.
    pub(super) fn conversions(&self) -> (u64, u64) {
        (self.converted, self.clipped)
    }

    /// Drives the rows of neurons that fired.
    pub(super) fn drive(&mut self, tables: &Tables, cells: &Cells, fired: &[u32]) {
        for source in fired {
            let row = tables.destination_row[*source as usize]..tables.destination_row[*source as usize + 1];
            for core in &tables.destinations[row.start as usize..row.end as usize] {
                self.driven[*core as usize] = true;
            }
        }
        pulp::Arch::new().dispatch(Adding {
            tables,
            cells,
            fired,
            sums: &mut self.sums,
            variances: &mut self.variances,
        });
    }

    /// Reads the arrays that were driven and gives their sums to their neurons.
    pub(super) fn read(&mut self, tables: &Tables, cells: &Cells, step: u32, due: &mut [i32]) {
        let key = mix(self.key ^ u64::from(step));
        for (core, driven) in tables.cores.iter().zip(&mut self.driven) {
            if !std::mem::take(driven) {
                continue;
            }
            let columns = columns(cells, core.first, core.count);
            for neuron in 0..core.count {
                let mut shifted = 0;
                for slice in 0..cells.slices {
                    let column = columns.start + (slice * core.count + neuron) as usize;
                    let noise = match self.variances.get(column) {
                        Some(variance) if *variance > 0 => {
                            let entity = u64::from(core.first + neuron) << u32::BITS | u64::from(slice);
                            cells.noise(*variance, mix(key ^ entity))
                        }
                        _ => 0,
                    };
                    let (code, clipped) = cells.converter.convert(self.sums[column] + noise);
                    shifted += code << (slice * cells.cell_bits);
                    self.clipped += u64::from(clipped);
                }
                due[(core.first + neuron) as usize] = cells.sum_of(shifted);
            }
            self.converted += u64::from(core.count) * u64::from(cells.slices);
            self.sums[columns.clone()].fill(0);
            self.variances.get_mut(columns).unwrap_or_default().fill(0);
        }
    }
}

/// The columns of a core.
#[inline(always)]
fn columns(cells: &Cells, first: u32, count: u32) -> Range<usize> {
    let slices = cells.slices as usize;
    first as usize * slices..(first + count) as usize * slices
}
