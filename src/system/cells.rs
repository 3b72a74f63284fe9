//! Programs the cells of crossbars: from devices, weights and a seed to what the model adds.
//!
//! What a cell draws depends on the seed, its source, its target, its slice and its side alone: not on where it stands,
//! nor on the order in which cells are made. All crosspoints of a row with the neurons of a core have cells, also those
//! without a synapse, where devices are such that these matter: they have errors, faults and noise as all have.

use super::SystemError;
use crate::hw::Devices;
use crate::hw::devices::CellDraws;
use crate::model::Tables;
use crate::model::analogue::{Cells, Converter, FRACTION_BITS, VARIANCE_SUM_BITS};
use crate::net::graph::NO_AXON;
use crate::rng::{Domain, Normal, key, mix};
use std::collections::HashMap;

/// Most pairs of cells of a system: 2 GiB of them.
const MOST_PAIRS: u64 = 1 << 28;

/// Draws of a pair: those of both cells, so many for each slice.
const DRAWS_PER_SLICE: u64 = 8;

/// Programs all cells.
pub(super) fn program(devices: &Devices, tables: &Tables, seed: u64, chip: &str) -> Result<Cells, SystemError> {
    let slices = u64::from(devices.slices);
    let each = |axon: usize| u64::from(tables.cores[tables.destinations[axon] as usize].count) * slices;
    let pairs: u64 = (0..tables.destinations.len()).map(each).sum();
    if pairs > MOST_PAIRS {
        return Err(SystemError::TooManyCells { chip: chip.to_owned(), pairs, most: MOST_PAIRS });
    }
    let mut cells = Cells {
        slices: devices.slices,
        cell_bits: devices.cell_bits,
        converter: converter(devices),
        row: Vec::with_capacity(tables.destinations.len()),
        weight: vec![0; pairs as usize],
        variance: vec![0; if devices.read_sigma > 0.0 { pairs as usize } else { 0 }],
        variance_bits: 0,
        normal: Normal::new(),
        seed,
    };
    let mut driven = vec![0u32; tables.cores.len()];
    tables.destinations.iter().for_each(|core| driven[*core as usize] += 1);
    cells.variance_bits = variance_bits(devices, driven.into_iter().max().unwrap_or(0));
    let mut programmer =
        Programmer { devices, tables, key: key(seed, Domain::Programming, 0), cells, weights: Vec::new() };
    let (mut at, mut rows) = (0, Rows::default());
    for source in 0..tables.neurons {
        for axon in tables.destination_row[source as usize]..tables.destination_row[source as usize + 1] {
            programmer.cells.row.push(at);
            let core = tables.destinations[axon as usize];
            let line = line(tables, source);
            let row = rows.place(core, line);
            programmer.row(Row { line, axon, core, row }, at);
            at += each(axon as usize);
        }
    }
    Ok(programmer.cells)
}

/// Names what drives rows: a neuron, or the axon that it shares with others, whose cells are then the same.
fn line(tables: &Tables, source: u32) -> u32 {
    match tables.axons.get(source as usize) {
        // Neurons are fewer than 2^24.
        Some(axon) if *axon != NO_AXON => 1 << 31 | axon,
        _ => source,
    }
}

/// Rows of cores, in the order of what drives them.
#[derive(Default)]
struct Rows {
    of: HashMap<(u32, u32), u32>,
    count: HashMap<u32, u32>,
}

impl Rows {
    /// The row of a core that something drives.
    fn place(&mut self, core: u32, line: u32) -> u32 {
        let count = self.count.entry(core).or_default();
        *self.of.entry((core, line)).or_insert_with(|| {
            *count += 1;
            *count - 1
        })
    }
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
struct Row {
    line: u32,
    axon: u32,
    core: u32,
    row: u32,
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
    /// Programs the crosspoints of a row.
    fn row(&mut self, row: Row, at: u64) {
        let core = &self.tables.cores[row.core as usize];
        self.weights.clear();
        self.weights.resize(core.count as usize, 0);
        // One crosspoint holds all synapses of a source and a target.
        self.tables
            .row_of(row.axon)
            .for_each(|(target, weight)| self.weights[(target - core.first) as usize] += i64::from(weight));
        for neuron in 0..core.count {
            for slice in 0..self.devices.slices {
                let place = at as usize + (slice * core.count + neuron) as usize;
                self.pair(row, core.first + neuron, neuron, slice, place);
            }
        }
    }

    /// Programs the two cells of a slice of a weight.
    fn pair(&mut self, row: Row, target: u32, neuron: u32, slice: u32, place: usize) {
        let devices = self.devices;
        let levels = devices.levels(self.weights[neuron as usize], slice);
        let word = mix(self.key ^ (u64::from(row.line) << u32::BITS | u64::from(target)));
        let column = neuron * devices.columns_per_neuron() + 2 * slice;
        let mut units = [0.0; 2];
        for (side, level) in (0..2).zip(levels) {
            let draws = self.draws(word, u64::from(slice) * DRAWS_PER_SLICE + u64::from(side) * DRAWS_PER_SLICE / 2);
            let pitches = (row.row + 1).saturating_add(column + side + 1);
            units[side as usize] = devices.conductance_us(level, draws, pitches) / devices.unit_us();
        }
        self.cells.weight[place] = ((units[0] - units[1]) * f64::from(1 << FRACTION_BITS)).round() as i32;
        if let Some(variance) = self.cells.variance.get_mut(place) {
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
