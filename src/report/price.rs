//! The energy of a run, from its counts and a calibration: the same code for a run and for a saved one.

use super::band::{Band, TableEnergy};
use super::covers::{ClassCoverage, CostClass, Covers, class_coverage};
use super::energy::{
    Bill, Coverage, EnergyUnit, HOST, Unpriced, bill_by_kind, counted_costs, included, misses, op_on, unpriced,
};
use super::quantity::Quantity;
use super::saved::{LeftOut, record};
use super::tally::{CountsByKind, Tally};
use super::times::Times;
use crate::hw::{Calibration, ConstantKind, Cost, Energy, Scope};
use crate::stats::Op;
use crate::units::{EnergySum, sum_to_pj};

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
    /// Classes of cost that the energy covers.
    pub covers: Covers,
    /// Prices of the operations that were counted; none in reports that are older than this field.
    pub prices: Vec<OpPrice>,
    /// Terms that the energy leaves out.
    pub unpriced: Vec<Unpriced>,
    /// Citations of constants and of the run's times.
    pub sources: Vec<Citation>,
    /// The same counts by all tables of the chip; none in reports that are older than this field.
    pub tables: Vec<TableEnergy>,
    /// What the tables that cover the same make of the energy, or the error of the fit.
    pub band: Option<Band>,
    /// Notes on these constants, and on repricing.
    pub notes: Vec<String>,
}

record! {
    /// The energy of one operation of a kind.
    #[derive(Eq)]
    pub struct OpPrice {
        /// The operation.
        pub op: Op as "operation",
        /// The kind of the cores that it is counted on, where these have prices of their own.
        pub core: Option<String> = LeftOut,
        /// Its energy (aJ).
        pub energy_aj: u64,
    }
}

/// Prices of the operations that were counted and have one.
fn prices(counted: &CountsByKind, calibration: &Calibration) -> Vec<OpPrice> {
    let price = |(core, op, cost): (Option<&str>, Op, &Cost)| match cost.energy {
        Energy::Priced { nominal, .. } => Some(OpPrice { op, core: core.map(str::to_owned), energy_aj: nominal.0 }),
        _ => None,
    };
    counted_costs(counted, calibration).into_iter().filter_map(price).collect()
}

impl OpPrice {
    /// How often it was counted at this price.
    pub(super) fn count(&self, counted: &CountsByKind) -> u64 {
        match &self.core {
            None => counted.all.of(self.op),
            Some(core) if core == HOST => counted.rest().of(self.op),
            Some(core) => {
                let of_kind = counted.kinds.iter().filter(|(name, _)| name == core);
                of_kind.map(|(_, counts)| counts.of(self.op)).sum()
            }
        }
    }
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
        let of_layer = |(counted, pj): (CountsByKind, &f64)| Coverage::of(*pj, misses(&counted, unpriced));
        Self {
            total: Coverage::of(total, misses(&tally.counted(), unpriced)),
            units: EnergyUnit::ALL.iter().zip(units).map(of_unit).collect(),
            layers: tally.by_layer().zip(layers).map(of_layer).collect(),
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
        let counted = tally.counted();
        self.covers.coverage = class_coverage(&counted, &self.unpriced, &self.scope);
        self.covers.pj = self.by_class(&counted, tally.samples());
        self
    }

    /// Energy of the operations of each class that have a price of their own, per inference (pJ).
    fn by_class(&self, counted: &CountsByKind, samples: f64) -> [Option<f64>; CostClass::ALL.len()] {
        let mut sums: [Option<EnergySum>; CostClass::ALL.len()] = [None; CostClass::ALL.len()];
        // What a whole chip draws is not divided by what its operations are.
        let is_split = self.scope == Scope::PerTerm;
        for price in self.prices.iter().filter(|_| is_split) {
            let energy = u128::from(price.count(counted)) * u128::from(price.energy_aj);
            *sums[CostClass::of(price.op) as usize].get_or_insert(0) += energy;
        }
        let mut all = sums.map(|sum| sum.map(|sum| sum_to_pj(sum) / samples));
        let rest = is_split && self.covers.coverage[CostClass::Rest as usize] == ClassCoverage::Covered;
        let at_rest = self.breakdown_pj.get(EnergyUnit::Static as usize).map(|(_, pj)| *pj);
        all[CostClass::Rest as usize] = at_rest.filter(|_| rest);
        all
    }
}

/// Prices a run with one of the tables of a chip; the others say how much tables disagree.
pub(super) fn price(tally: &Tally, times: &Times, (calibration, all): (&Calibration, &[Calibration])) -> Pricing {
    let (counted, samples) = (tally.counted(), tally.samples());
    let total = bill_by_kind(&counted, tally.fs(tally.ticks()), calibration);
    let energy_pj = energy(tally, &total, calibration);
    let unit = |(name, sum): (&&'static str, &u128)| (*name, sum_to_pj(*sum) / samples);
    // Static power belongs to no layer.
    let layer = |counted: CountsByKind| sum_to_pj(bill_by_kind(&counted, 0, calibration).total()) / samples;
    let pricing = Pricing {
        calibration: (calibration.name.clone(), calibration.description.clone()),
        scope: calibration.scope.clone(),
        breakdown_pj: EnergyUnit::NAMES.iter().zip(&total.by_unit).map(unit).collect(),
        range_pj: (sum_to_pj(total.low) / samples, sum_to_pj(total.high) / samples),
        layers_pj: tally.by_layer().map(layer).collect(),
        average_power_mw: energy_pj.mean / tally.latency_ns(),
        energy_pj,
        prices: prices(&counted, calibration),
        unpriced: unpriced(&counted, calibration),
        sources: sources(&counted, times, calibration),
        tables: Vec::new(),
        band: None,
        notes: Vec::new(),
        coverage: Coverages::default(),
        covers: Covers { included: included(&counted, calibration), ..Covers::default() },
    };
    pricing.cover(tally).with_tables(tally, calibration, all)
}

/// Energy: quantiles in whole picojoules, the mean from the exact sum.
fn energy(tally: &Tally, total: &Bill, calibration: &Calibration) -> Quantity {
    let pj = tally.distribution_by_kind(|counted, ticks| {
        let bill = bill_by_kind(counted, tally.fs(ticks), calibration);
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
fn sources(counted: &CountsByKind, times: &Times, calibration: &Calibration) -> Vec<Citation> {
    let mut list = Vec::new();
    for (core, op, cost) in counted_costs(counted, calibration) {
        let name = op_on(op, core);
        let priced = matches!(cost.energy, Energy::Priced { .. });
        let energy = cost.kind.zip(cost.source.as_ref()).filter(|_| priced);
        if let Some((kind, text)) = energy {
            cite(&mut list, &name, kind.name(), text);
        }
        // An operation's time is cited apart where its kind or source differs from that of its energy.
        let time = times.of_op(op, core).filter(|time| time.kind != ConstantKind::Assumed);
        if let Some(time) = time.filter(|time| energy != Some((time.kind, &time.source))) {
            cite(&mut list, &format!("time of {name}"), time.kind.name(), &time.source);
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
