//! Crossbars of real cells: the result of a read, in fixed point.
//!
//! The state of a cell after programming does not change in a run. So it is worked out when the system is built, and kept
//! as pairs: the weight that a pair adds to its column, and the variance of its read noise ([`Cells`]). A step adds the
//! rows that were driven to sums by column, in one pass over flat arrays, whatever the order of the rows; then it draws
//! the noise of each column in use and converts it (`Reading`). `hw::devices` has the equations.
//!
//! A read is drawn from the seed, the sample, the step, the neuron and the slice alone, so no order of rows, threads or
//! shards acts on it.

mod add;
#[cfg(test)]
mod tests;

use super::Tables;
use crate::ids::{AxonId, CoreId, IdVec, NeuronId, Span};
use crate::rng::{Domain, Normal, key, mix};
use add::DrivenRows;
use std::ops::Range;

/// Fractional bits of a slice unit.
pub const FRACTION_BITS: u32 = 16;
const ONE: i64 = 1 << FRACTION_BITS;
/// Bits that the sum of the variances of a column keeps within.
pub const VARIANCE_SUM_BITS: u32 = 48;
/// Variances are shifted left by this many bits before their root is taken, so that small ones keep some digits.
const ROOT_SHIFT: u32 = 14;

/// A converter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Converter {
    /// Lowest code.
    pub least: i64,
    /// Highest code.
    pub most: i64,
    /// Value of a code, with [`FRACTION_BITS`].
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
    /// First pair of each axon. The pairs of slice 0 of all neurons of its core come first, then those of slice 1, and so on.
    pub row: IdVec<AxonId, usize>,
    /// Weight that a pair adds when its row is driven (slice units, with [`FRACTION_BITS`]).
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

    /// The input of a neuron, of the shifted and added codes of its slices.
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
    driven: IdVec<CoreId, bool>,
    /// Of the draws of this sample.
    key: u64,
    converted: u64,
    clipped: u64,
}

impl Reading {
    pub(super) fn new(tables: &Tables, cells: &Cells) -> Self {
        let columns = tables.neurons * cells.slices as usize;
        Self {
            sums: vec![0; columns],
            variances: vec![0; if cells.variance.is_empty() { 0 } else { columns }],
            driven: IdVec::filled(false, tables.cores.len()),
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
    pub(super) fn drive(&mut self, tables: &Tables, cells: &Cells, fired: &[NeuronId]) {
        for source in fired {
            for core in &tables.destinations[tables.axons.row(*source)] {
                self.driven[*core] = true;
            }
        }
        pulp::Arch::new().dispatch(DrivenRows {
            tables,
            cells,
            fired,
            sums: &mut self.sums,
            variances: &mut self.variances,
        });
    }

    /// Reads the arrays that were driven and gives their sums to their neurons.
    pub(super) fn read(&mut self, tables: &Tables, cells: &Cells, step: u32, due: &mut IdVec<NeuronId, i32>) {
        let key = mix(self.key ^ u64::from(step));
        for (core, driven) in tables.cores.iter().zip(self.driven.iter_mut()) {
            if !std::mem::take(driven) {
                continue;
            }
            let columns = columns(cells, core.neurons);
            for (at, neuron) in core.neurons.ids().enumerate() {
                let mut shifted = 0;
                for slice in 0..cells.slices {
                    let column = columns.start + slice as usize * core.neurons.len() + at;
                    let noise = match self.variances.get(column) {
                        Some(variance) if *variance > 0 => {
                            let entity = u64::from(neuron.get()) << u32::BITS | u64::from(slice);
                            cells.noise(*variance, mix(key ^ entity))
                        }
                        _ => 0,
                    };
                    let (code, clipped) = cells.converter.convert(self.sums[column] + noise);
                    shifted += code << (slice * cells.cell_bits);
                    self.clipped += u64::from(clipped);
                }
                due[neuron] = cells.sum_of(shifted);
            }
            self.converted += core.neurons.len() as u64 * u64::from(cells.slices);
            self.sums[columns.clone()].fill(0);
            self.variances.get_mut(columns).unwrap_or_default().fill(0);
        }
    }
}

/// The columns of a core.
#[inline(always)]
fn columns(cells: &Cells, neurons: Span<NeuronId>) -> Range<usize> {
    let (neurons, slices) = (neurons.range(), cells.slices as usize);
    neurons.start * slices..neurons.end * slices
}
