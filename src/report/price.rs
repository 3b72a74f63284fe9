//! The energy of a run, from its counts and a calibration: the same code for a run and for a saved one.

use super::energy::{Bill, Coverage, EnergyUnit, Unpriced, bill, misses, unpriced};
use super::quantity::Quantity;
use super::saved::record;
use super::tally::Tally;
use super::times::Times;
use crate::hw::{Calibration, ConstantKind, Energy, Scope};
use crate::stats::{Counts, Op};
use crate::units::sum_to_pj;

/// A citation: what it is of, how the figure came to be, and its text.
pub type Citation = (String, String, String);

/// Cost of a run with one calibration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pricing {
    /// Calibration: name and description.
    pub calibration: (String, String),
    /// Scope of its figures.
    pub scope: Scope,
    /// Energy per inference (pJ).
    pub energy_pj: Quantity,
    /// Energy by unit per inference (pJ).
    pub breakdown_pj: Vec<(&'static str, f64)>,
    /// Energy with the lowest and highest published constants (pJ).
    pub range_pj: (f64, f64),
    /// Energy of each layer's cores and of the hops of their packets (pJ).
    pub layers_pj: Vec<f64>,
    /// Energy over latency (mW).
    pub average_power_mw: f64,
    /// How much of what was counted these energies are of; those that are of nothing are 0.
    pub coverage: Coverages,
    /// Prices of the operations that were counted; none in reports that are older than this field.
    pub prices: Vec<OpPrice>,
    /// Terms that the energy leaves out.
    pub unpriced: Vec<Unpriced>,
    /// Citations of constants and of the run's times.
    pub sources: Vec<Citation>,
    /// Notes on these constants, and on repricing.
    pub notes: Vec<String>,
}

record! {
    /// The energy of one operation of a kind.
    #[derive(Copy, Eq)]
    pub struct OpPrice {
        /// The operation.
        pub op: Op as "operation",
        /// Its energy (aJ).
        pub energy_aj: u64,
    }
}

/// Prices of the operations that were counted and have one.
fn prices(counts: &Counts, calibration: &Calibration) -> Vec<OpPrice> {
    let price = |op: &Op| match calibration.cost(*op).energy {
        Energy::Priced { nominal, .. } => Some(OpPrice { op: *op, energy_aj: nominal.0 }),
        _ => None,
    };
    Op::ALL.iter().filter(|op| counts.of(**op) > 0).filter_map(price).collect()
}

/// How much of what was counted the energies of a run are of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverages {
    /// The energy of an inference, and so its range and its power.
    pub total: Coverage,
    /// By unit, in the order of [`EnergyUnit::ALL`].
    pub units: Vec<Coverage>,
    /// By layer.
    pub layers: Vec<Coverage>,
}

impl Coverages {
    pub(super) fn of(tally: &Tally, unpriced: &[Unpriced], total: f64, units: &[f64], layers: &[f64]) -> Self {
        let of_unit = |(unit, pj): (&EnergyUnit, &f64)| {
            let name = EnergyUnit::NAMES[*unit as usize];
            Coverage::of(*pj, unpriced.iter().any(|term| term.unit == name))
        };
        let of_layer = |(counts, pj): (&Counts, &f64)| Coverage::of(*pj, misses(counts, unpriced));
        Self {
            total: Coverage::of(total, misses(&tally.total(), unpriced)),
            units: EnergyUnit::ALL.iter().zip(units).map(of_unit).collect(),
            layers: tally.layers.iter().zip(layers).map(of_layer).collect(),
        }
    }
}

impl Pricing {
    /// Units with their energies (pJ) and what these are of.
    pub fn units(&self) -> impl Iterator<Item = (&'static str, f64, Coverage)> {
        let units = self.breakdown_pj.iter().zip(&self.coverage.units);
        units.map(|((name, pj), coverage)| (*name, *pj, *coverage))
    }

    /// Energies of the layers (pJ) and what these are of.
    pub fn layers(&self) -> impl Iterator<Item = (f64, Coverage)> {
        self.layers_pj.iter().copied().zip(self.coverage.layers.iter().copied())
    }

    pub(super) fn cover(mut self, tally: &Tally) -> Self {
        let units: Vec<f64> = self.breakdown_pj.iter().map(|(_, pj)| *pj).collect();
        self.coverage = Coverages::of(tally, &self.unpriced, self.energy_pj.mean, &units, &self.layers_pj);
        self
    }
}

pub(super) fn price(tally: &Tally, times: &Times, calibration: &Calibration) -> Pricing {
    let (counts, samples) = (tally.total(), tally.samples());
    let total = bill(&counts, tally.fs(tally.ticks()), calibration);
    let energy_pj = energy(tally, &total, calibration);
    let unit = |(name, sum): (&&'static str, &u128)| (*name, sum_to_pj(*sum) / samples);
    // Static power belongs to no layer.
    let layer = |counts| sum_to_pj(bill(counts, 0, calibration).total()) / samples;
    let pricing = Pricing {
        calibration: (calibration.name.clone(), calibration.description.clone()),
        scope: calibration.scope.clone(),
        breakdown_pj: EnergyUnit::NAMES.iter().zip(&total.by_unit).map(unit).collect(),
        range_pj: (sum_to_pj(total.low) / samples, sum_to_pj(total.high) / samples),
        layers_pj: tally.layers.iter().map(layer).collect(),
        average_power_mw: energy_pj.mean / tally.latency_ns(),
        energy_pj,
        prices: prices(&counts, calibration),
        unpriced: unpriced(&counts, calibration),
        sources: sources(tally, times, calibration),
        notes: Vec::new(),
        coverage: Coverages::default(),
    };
    pricing.cover(tally)
}

/// Energy: quantiles in whole picojoules, the mean from the exact sum.
fn energy(tally: &Tally, total: &Bill, calibration: &Calibration) -> Quantity {
    let pj = tally.distribution(|counts, ticks| {
        let bill = bill(counts, tally.fs(ticks), calibration);
        u64::try_from(bill.total() / 1_000_000).unwrap_or(u64::MAX)
    });
    Quantity { mean: sum_to_pj(total.total()) / tally.samples(), ..Quantity::of(&pj, 1.0) }
}

/// Adds a citation, or a further subject to the citation of the same text.
pub(super) fn cite(list: &mut Vec<Citation>, what: &str, kind: &str, text: &str) {
    match list.iter_mut().find(|(_, k, t)| k == kind && t == text) {
        Some((whats, _, _)) => *whats = format!("{whats}, {what}"),
        None => list.push((what.to_owned(), kind.to_owned(), text.to_owned())),
    }
}

/// Citations of energies and times of what was counted.
fn sources(tally: &Tally, times: &Times, calibration: &Calibration) -> Vec<Citation> {
    let (counts, mut list) = (tally.total(), Vec::new());
    for op in Op::ALL.iter().filter(|op| counts.of(**op) > 0) {
        let cost = calibration.cost(*op);
        let priced = matches!(cost.energy, Energy::Priced { .. });
        let energy = cost.kind.zip(cost.source.as_ref()).filter(|_| priced);
        if let Some((kind, text)) = energy {
            cite(&mut list, op.name(), kind.name(), text);
        }
        // An operation's time is cited apart where its kind or source differs from that of its energy.
        let time = times.operations.iter().find(|time| time.op == *op && time.kind != ConstantKind::Assumed);
        if let Some(time) = time.filter(|time| energy != Some((time.kind, &time.source))) {
            cite(&mut list, &format!("time of {}", op.name()), time.kind.name(), &time.source);
        }
    }
    if let Some(barrier) = &times.barrier {
        cite(&mut list, "barrier time", barrier.kind.name(), &barrier.source);
    }
    if let Some(rest) = &calibration.static_power {
        cite(&mut list, "static power", rest.kind.name(), &rest.source);
    }
    list
}
