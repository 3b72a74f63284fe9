//! Power at rest beside the energy of a run: power times the time of an inference, for what the run uses of the hardware.

use super::occupancy::Occupancy;
use super::price::Pricing;
use super::saved::{LARGEST, LeftOut, named, real, record, some};
use super::tally::Tally;
use crate::hw::{Calibration, Chip, ConstantKind, RestBound, RestPower, RestScope, Scope};

named!(RestScope, RestBound);

record! {
    /// Power at rest of what a run uses, and what it adds up to in an inference. Measurements are of the same hardware, so they
    /// are never added to each other.
    pub struct AtRest {
        /// The measurement.
        pub name: String,
        /// What it is the power of.
        pub per: RestScope,
        /// Its power (mW).
        pub power_mw: f64 = real(0.0..=LARGEST),
        /// How many of these the run uses.
        pub count: u32 = some(u32::MAX),
        /// Power of all that the run uses (mW).
        pub total_power_mw: f64 = real(0.0..=LARGEST),
        /// Energy in the mean time of an inference (pJ).
        pub energy_pj: f64 = real(0.0..=LARGEST),
        /// That energy over the dynamic energy; none where that is not wholly known.
        pub times_dynamic: Option<f64>,
        /// Whether the energy of the run holds it already.
        pub in_energy: bool,
        /// Whether the power is known to be at most or at least this.
        pub bound: Option<RestBound> = LeftOut,
        /// How it came to be.
        pub kind: ConstantKind,
        /// Its source.
        pub source: String,
        /// What a reader should know.
        pub note: Option<String> = LeftOut,
        /// Its parts, where it is a sum of parts.
        pub parts: Option<Vec<RestPart>> = LeftOut,
    }
}

record! {
    /// A part of a measurement.
    pub struct RestPart {
        /// The part of the chip.
        pub part: String,
        /// Its power (mW).
        pub power_mw: f64 = real(0.0..=LARGEST),
        /// How it came to be.
        pub kind: ConstantKind,
        /// Its source.
        pub source: String,
        /// What a reader should know.
        pub note: Option<String> = LeftOut,
    }
}

/// Basis of powers at rest: the run's time, its mapping and its price.
#[derive(Clone, Copy)]
pub(super) struct RestBasis<'a> {
    pub(super) tally: &'a Tally,
    pub(super) mapping: &'a Occupancy,
    pub(super) pricing: &'a Pricing,
}

/// Power at rest beside the energy, by the measurements of a chip's file, in their order.
pub(super) fn at_rest(chip: &Chip, calibration: &Calibration, basis: RestBasis<'_>) -> Vec<AtRest> {
    let mut all: Vec<AtRest> = Vec::new();
    for entry in &chip.rest {
        let known = all.iter_mut().find(|known| known.name == entry.name);
        match (known, count(entry, basis.mapping)) {
            (Some(sum), _) => add_part(sum, entry),
            (None, Some(count)) => all.push(start(entry, count, is_in_energy(entry, chip, calibration))),
            // An older report of several chips does not say how many of them the run used.
            (None, None) => {}
        }
    }
    all.iter_mut().for_each(|one| one.finish(basis.tally, basis.pricing));
    all
}

/// How many of the things that a power is that of a run uses.
fn count(entry: &RestPower, mapping: &Occupancy) -> Option<u32> {
    let boards = |used: u32, of_a_board: u32| used.div_ceil(of_a_board).max(1);
    match (entry.per, entry.chips_per_board, entry.tiles_per_board) {
        (RestScope::CoreUsed, ..) => Some(mapping.cores_used),
        (RestScope::Chip | RestScope::Part, ..) => mapping.used_chips(),
        (RestScope::Board, Some(chips), _) => mapping.used_chips().map(|used| boards(used, chips)),
        (RestScope::Board, None, Some(tiles)) => Some(boards(mapping.tiles_used, tiles)),
        (RestScope::Board, None, None) => Some(1),
    }
}

/// Whether the energy holds this power: all that a chip draws is in all-in figures (a board draws more), and a calibration's
/// static power may be the same measurement.
fn is_in_energy(entry: &RestPower, chip: &Chip, calibration: &Calibration) -> bool {
    let is_it = calibration.static_power.as_ref().is_some_and(|rest| {
        let of_all = entry.power.0.checked_mul(u64::from(chip.chips()));
        entry.per == RestScope::Chip && of_all == Some(rest.power.0) && rest.source == entry.source
    });
    is_it || calibration.scope != Scope::PerTerm && entry.per != RestScope::Board
}

fn milliwatts(entry: &RestPower) -> f64 {
    entry.power.0 as f64 / 1e6
}

fn start(entry: &RestPower, count: u32, in_energy: bool) -> AtRest {
    let is_part = entry.per == RestScope::Part;
    let mut one = AtRest {
        name: entry.name.clone(),
        per: entry.per,
        power_mw: 0.0,
        count,
        total_power_mw: 0.0,
        energy_pj: 0.0,
        times_dynamic: None,
        in_energy,
        bound: entry.bound,
        kind: entry.kind,
        source: entry.source.clone(),
        note: entry.note.clone().filter(|_| !is_part),
        parts: is_part.then(Vec::new),
    };
    match is_part {
        true => add_part(&mut one, entry),
        false => one.power_mw = milliwatts(entry),
    }
    one
}

/// Adds a part. A sum of figures of different kinds or sources is derived.
fn add_part(sum: &mut AtRest, entry: &RestPower) {
    let part = RestPart {
        part: entry.part.clone().unwrap_or_default(),
        power_mw: milliwatts(entry),
        kind: entry.kind,
        source: entry.source.clone(),
        note: entry.note.clone(),
    };
    if sum.kind != part.kind {
        sum.kind = ConstantKind::Derived;
    }
    if !sum.source.split("; ").any(|known| known == part.source) && sum.source != part.source {
        sum.source = format!("{}; {}", sum.source, part.source);
    }
    sum.bound = match (sum.bound, entry.bound) {
        (None, one) | (one, None) => one,
        (one, other) => one.filter(|_| one == other),
    };
    let parts = sum.parts.get_or_insert_default();
    parts.push(part);
    // From whole nanowatts, so that the sum does not depend on the order of parts.
    sum.power_mw = parts.iter().map(|part| (part.power_mw * 1e6).round()).sum::<f64>() / 1e6;
}

impl AtRest {
    fn finish(&mut self, tally: &Tally, pricing: &Pricing) {
        self.total_power_mw = self.power_mw * f64::from(self.count);
        // mW x ns = pJ.
        self.energy_pj = self.total_power_mw * tally.latency_ns();
        self.times_dynamic = times_dynamic(self.energy_pj, pricing);
    }
}

/// An energy at rest over the dynamic energy, where all of that is known.
pub(super) fn times_dynamic(rest_pj: f64, pricing: &Pricing) -> Option<f64> {
    let dynamic = pricing.energy_pj.mean - pricing.static_pj();
    let is_known = pricing.coverage.total == super::energy::Coverage::Complete && pricing.scope == Scope::PerTerm;
    (is_known && dynamic > 0.0).then(|| rest_pj / dynamic)
}
