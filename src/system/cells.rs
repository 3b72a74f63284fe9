//! Programs the cells of crossbars: from devices, weights and a seed to what the model adds.
//!
//! What a cell draws depends on the seed, its source, its target, its slice and its side alone: not on where it stands,
//! nor on the order in which cells are made. All crosspoints of a row with the neurons of a core have cells, also those
//! without a synapse, where devices are such that these matter: they have errors, faults and noise as all have.

use super::SystemError;
use crate::hw::Devices;
use crate::hw::devices::CellDraws;
use crate::ids::{AxonId, CoreId, IdVec, NeuronId};
use crate::model::Tables;
use crate::model::analogue::{Cells, Converter, FRACTION_BITS, VARIANCE_SUM_BITS};
use crate::rng::{Domain, Normal, key, mix};
use std::collections::HashMap;

/// Most pairs of cells of a system: 2 GiB of them.
const MOST_PAIRS: usize = 1 << 28;

/// Draws for both cells of a slice of a weight.
const DRAWS_PER_SLICE: u64 = 8;

/// Programs all cells.
pub(super) fn program(devices: &Devices, tables: &Tables, seed: u64, chip: &str) -> Result<Cells, SystemError> {
    let each = |core: CoreId| tables.cores[core].len() * devices.slices as usize;
    let pairs: usize = tables.destinations.iter().map(|core| each(*core)).sum();
    if pairs > MOST_PAIRS {
        return Err(SystemError::TooManyCells { chip: chip.to_owned(), pairs, most: MOST_PAIRS });
    }
    let mut driven = IdVec::<CoreId, u32>::filled(0, tables.cores.len());
    tables.destinations.iter().for_each(|core| driven[*core] += 1);
    let cells = Cells {
        slices: devices.slices,
        cell_bits: devices.cell_bits,
        converter: converter(devices),
        row: IdVec::default(),
        weight: vec![0; pairs],
        variance: vec![0; if devices.read_sigma > 0.0 { pairs } else { 0 }],
        variance_bits: variance_bits(devices, driven.iter().copied().max().unwrap_or(0)),
        normal: Normal::new(),
        seed,
    };
    let mut programmer =
        Programmer { devices, tables, key: key(seed, Domain::Programming, 0), cells, weights: Vec::new() };
    // The place of each row in its core, in the order of their drivers.
    let mut places = IdVec::<CoreId, HashMap<u32, u32>>::filled(HashMap::new(), tables.cores.len());
    let mut at = 0;
    for source in tables.threshold.ids() {
        let line = line(tables, source);
        for axon in tables.axons.row(source).ids() {
            programmer.cells.row.push(at);
            let core = tables.destinations[axon];
            let places = &mut places[core];
            let next = places.len() as u32;
            let place = *places.entry(line).or_insert(next);
            programmer.row(CrossbarRow { line, axon, core, place }, at);
            at += each(core);
        }
    }
    Ok(programmer.cells)
}

/// Names the driver of a row: a neuron, or the axon that it shares with others, whose cells are then the same.
fn line(tables: &Tables, source: NeuronId) -> u32 {
    // Neurons are fewer than 2^31.
    tables.shared_axon(source).map_or(source.get(), |axon| 1 << 31 | axon.get())
}

fn converter(devices: &Devices) -> Converter {
    let step = (devices.adc.step * f64::from(1 << FRACTION_BITS)).round() as i64;
    let (least, most) = match devices.adc.bits {
        Some(bits) => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        None => (i64::MIN, i64::MAX),
    };
    Converter { least, most, step }
}

/// Fractional bits with which a variance fits 32 bits and the sum over all rows of an array fits too; even, because
/// roots are taken.
fn variance_bits(devices: &Devices, rows: u32) -> u32 {
    // Programming goes less than nine deviations beyond the highest level.
    let highest = devices.g_max_us + 9.0 * devices.programming_sigma * (devices.g_max_us - devices.g_min_us);
    let most = 2.0 * (devices.read_sigma * highest / devices.unit_us()).powi(2);
    let room = (f64::from(u32::BITS - 1)).min(f64::from(VARIANCE_SUM_BITS) - f64::from(rows.max(1)).log2());
    let bits = room - most.max(f64::MIN_POSITIVE).log2();
    (bits.clamp(0.0, 80.0) as u32) & !1
}

/// A row of a core.
#[derive(Clone, Copy)]
struct CrossbarRow {
    line: u32,
    axon: AxonId,
    core: CoreId,
    /// Its place in the core, from the edge at which columns are read.
    place: u32,
}

struct Programmer<'a> {
    devices: &'a Devices,
    tables: &'a Tables,
    key: u64,
    cells: Cells,
    /// Weights of the row in hand, by neuron.
    weights: Vec<i64>,
}

impl Programmer<'_> {
    /// Programs the crosspoints of a row, whose pairs begin at a position.
    fn row(&mut self, row: CrossbarRow, first: usize) {
        let tables = self.tables;
        let core = &tables.cores[row.core];
        self.weights.clear();
        self.weights.resize(core.len(), 0);
        // One crosspoint holds all synapses of a source and a target.
        for (target, weight) in tables.row_of(row.axon) {
            self.weights[tables.place(core, target) as usize] += i64::from(weight);
        }
        for (at, neuron) in tables.neurons_of(core).enumerate() {
            for slice in 0..self.devices.slices {
                self.pair(row, (neuron, at), slice, first + slice as usize * core.len() + at);
            }
        }
    }

    /// Programs the two cells of a slice of a weight: of a neuron, with its place in the core.
    fn pair(&mut self, row: CrossbarRow, (neuron, at): (NeuronId, usize), slice: u32, pair: usize) {
        let devices = self.devices;
        let levels = devices.levels(self.weights[at], slice);
        let word = mix(self.key ^ (u64::from(row.line) << u32::BITS | u64::from(neuron.get())));
        let column = at as u32 * devices.columns_per_neuron() + 2 * slice;
        let mut units = [0.0; 2];
        for ((side, level), units) in (0..2).zip(levels).zip(&mut units) {
            let draws = self.draws(word, u64::from(slice) * DRAWS_PER_SLICE + u64::from(side) * DRAWS_PER_SLICE / 2);
            let pitches = (row.place + 1).saturating_add(column + side + 1);
            *units = devices.conductance_us(level, draws, pitches) / devices.unit_us();
        }
        self.cells.weight[pair] = ((units[0] - units[1]) * f64::from(1 << FRACTION_BITS)).round() as i32;
        if let Some(variance) = self.cells.variance.get_mut(pair) {
            let exact = devices.read_sigma.powi(2) * (units[0].powi(2) + units[1].powi(2));
            *variance = (exact * f64::from(self.cells.variance_bits).exp2()).round() as u32;
        }
    }

    fn draws(&self, word: u64, first: u64) -> CellDraws {
        let devices = self.devices;
        if devices.is_uniform() {
            return CellDraws { fault: 1.0, ..CellDraws::default() };
        }
        let drawn = |n: u64| mix(word ^ (first + n));
        let normal = |n, sigma: f64| if sigma > 0.0 { self.cells.normal.draw_real(drawn(n)) } else { 0.0 };
        CellDraws {
            programming: normal(0, devices.programming_sigma),
            // 53 bits: what a number holds exactly, and below 1.
            fault: (drawn(1) >> 11) as f64 / (1u64 << 53) as f64,
            drift: normal(2, devices.drift.as_ref().map_or(0.0, |drift| drift.nu_sigma)),
        }
    }
}
