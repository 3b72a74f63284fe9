//! Reads of crossbars in a time step.

use super::add::DrivenRows;
use super::cells::Cells;
use crate::ids::{CoreId, IdVec, NeuronId};
use crate::model::Tables;
use crate::rng::{Domain, key, mix};

/// The columns of all cores, on their way to their next read.
#[derive(Debug)]
pub(in crate::model) struct Reading {
    /// By core, slice and neuron.
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
    pub(in crate::model) fn new(tables: &Tables, cells: &Cells) -> Self {
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
    pub(in crate::model) fn reset(&mut self, cells: &Cells, sample: u64) {
        self.sums.fill(0);
        self.variances.fill(0);
        self.driven.fill(false);
        self.key = key(cells.seed, Domain::ReadNoise, sample);
        (self.converted, self.clipped) = (0, 0);
    }

    /// Conversions since the reset, and those that were clipped.
    pub(in crate::model) fn conversions(&self) -> (u64, u64) {
        (self.converted, self.clipped)
    }

    /// Drives the rows of neurons that fired.
    pub(in crate::model) fn drive(&mut self, tables: &Tables, cells: &Cells, fired: &[NeuronId]) {
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
    pub(in crate::model) fn read(&mut self, tables: &Tables, cells: &Cells, step: u32, due: &mut IdVec<NeuronId, i32>) {
        let key = mix(self.key ^ u64::from(step));
        for (core, driven) in tables.cores.iter().zip(self.driven.iter_mut()) {
            if !std::mem::take(driven) {
                continue;
            }
            let columns = cells.columns(core.places());
            for (at, neuron) in tables.neurons_of(core).enumerate() {
                let mut shifted = 0;
                for slice in 0..cells.slices {
                    let column = columns.start + slice as usize * core.len() + at;
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
            self.converted += u64::from(core.count) * u64::from(cells.slices);
            self.sums[columns.clone()].fill(0);
            self.variances.get_mut(columns).unwrap_or_default().fill(0);
        }
    }
}
