//! The band of an energy: the same counts priced by every table of constants of the chip that covers the same classes.
//!
//! A table that leaves more without a price is no low bound, and an all-in figure holds more than single operations, so
//! neither makes the band. Power at rest is no matter of the tables' disagreement: each total has that of the table in use.

use super::covers::{ClassCoverage, CostClass, class_coverage};
use super::energy::{bill_by_kind, unpriced};
use super::saved::{LARGEST, LeftOut, named, real, record, word};
use super::tally::{CountsByKind, Tally};
use crate::hw::{Calibration, Scope};
use crate::json::record::words;
use crate::units::sum_to_pj;

words! {
    /// What a band is made of.
    pub enum BandBasis {
        /// The cheapest and the dearest of several tables.
        Tables = "tables",
        /// The error of the fit that the one table comes from.
        FitError = "fit_error",
    }
}

named!(BandBasis);

record! {
    /// Energy by tables that disagree, or by the error of the only one (pJ per inference).
    pub struct Band {
        /// By the cheapest table.
        pub low: f64 = real(0.0..=LARGEST),
        /// By the dearest table.
        pub high: f64 = real(0.0..=LARGEST),
        /// What it is made of.
        pub basis: BandBasis as "of",
        /// The error of the fit, as a share of the energy, where that makes the band.
        pub fit_error: Option<f64> = LeftOut,
        /// The tables that make it.
        pub tables: Vec<String>,
    }
}

record! {
    /// The same counts by one of the chip's tables.
    pub struct TableEnergy {
        /// The table.
        pub calibration: String,
        /// Scope of its figures.
        pub scope: &'static str = word(Scope::NAMES),
        /// Energy (pJ per inference), with the power at rest of the table in use; none where nothing counted has a price.
        pub energy_pj: Option<f64>,
        /// Whether it covers what the table in use covers.
        pub in_band: bool,
        /// Classes that one of the two covers and the other does not.
        pub differs: Vec<CostClass> as "covers_otherwise",
    }
}

/// Classes that a table covers, and in those that it covers in part the terms that it leaves out.
type TableCover = ([ClassCoverage; CostClass::ALL.len()], Vec<(&'static str, Option<String>)>);

fn cover(counted: &CountsByKind, calibration: &Calibration) -> TableCover {
    let open = unpriced(counted, calibration);
    let coverage = class_coverage(counted, &open, &calibration.scope);
    let is_partial = |class: CostClass| coverage[class as usize] == ClassCoverage::Partial;
    let terms = open.into_iter().filter(|term| term.op().is_some_and(|op| is_partial(CostClass::of(op))));
    let terms = terms.map(|term| (term.term, term.core)).collect();
    (coverage, terms)
}

/// Classes in which two tables do not cover the same, power at rest apart.
fn differing(one: &TableCover, other: &TableCover) -> Vec<CostClass> {
    let classes = CostClass::ALL.iter().copied().filter(|class| *class != CostClass::Rest);
    let of_class = |cover: &TableCover, class: CostClass| {
        let terms = cover.1.iter().filter(|(name, _)| {
            crate::stats::Op::ALL.iter().any(|op| op.name() == *name && CostClass::of(*op) == class)
        });
        (cover.0[class as usize], terms.cloned().collect::<Vec<_>>())
    };
    classes.filter(|class| of_class(one, *class) != of_class(other, *class)).collect()
}

/// The energy by the table in use (pJ per inference).
#[derive(Clone, Copy)]
pub(super) struct OwnEnergy {
    pub(super) mean_pj: f64,
    /// What it holds of power at rest.
    pub(super) static_pj: f64,
}

impl OwnEnergy {
    /// The energy with an error of all but its power at rest.
    fn around(self, error: f64) -> (f64, f64) {
        let width = (self.mean_pj - self.static_pj) * error;
        (self.mean_pj - width, self.mean_pj + width)
    }
}

/// The same counts by all tables of a chip, of which one is in use.
pub(super) fn by_tables(
    tally: &Tally,
    (used, all): (&Calibration, &[Calibration]),
    own: OwnEnergy,
) -> Vec<TableEnergy> {
    let (counted, samples) = (tally.counted(), tally.samples());
    let own_cover = cover(&counted, used);
    let total = |table: &Calibration| sum_to_pj(bill_by_kind(&counted, 0, table).total()) / samples + own.static_pj;
    let entry = |table: &Calibration| {
        let found = cover(&counted, table);
        let differs = differing(&own_cover, &found);
        let is_known = CostClass::ALL.iter().any(|class| {
            matches!(found.0[*class as usize], ClassCoverage::Covered | ClassCoverage::Partial)
                && *class != CostClass::Rest
        });
        let is_comparable = table.scope == Scope::PerTerm && used.scope == Scope::PerTerm && differs.is_empty();
        TableEnergy {
            calibration: table.name.clone(),
            scope: table.scope.name(),
            energy_pj: is_known.then(|| if table.name == used.name { own.mean_pj } else { total(table) }),
            in_band: is_known && is_comparable,
            differs: if table.scope == used.scope { differs } else { Vec::new() },
        }
    };
    all.iter().map(entry).collect()
}

/// The band of the tables that cover the same; of the error of the fit where there is one such table only.
pub(super) fn band_of(tables: &[TableEnergy], own: OwnEnergy, fit_error: Option<f64>) -> Option<Band> {
    let inside: Vec<(&str, f64)> = tables.iter().filter(|table| table.in_band).filter_map(named_energy).collect();
    let tables: Vec<String> = inside.iter().map(|(name, _)| (*name).to_owned()).collect();
    match (inside.len(), fit_error) {
        (0, _) | (1, None) => None,
        (1, Some(error)) => {
            let (low, high) = own.around(error);
            Some(Band { low, high, basis: BandBasis::FitError, fit_error: Some(error), tables })
        }
        _ => {
            let (low, high) = ends(&inside);
            Some(Band { low, high, basis: BandBasis::Tables, fit_error: None, tables })
        }
    }
}

impl Band {
    /// What its ends should be by the other figures of a saved report.
    pub(super) fn expected(&self, tables: &[TableEnergy], own: OwnEnergy) -> Option<(f64, f64)> {
        if let (BandBasis::FitError, Some(error)) = (self.basis, self.fit_error) {
            return Some(own.around(error));
        }
        let inside = tables.iter().filter(|table| self.tables.contains(&table.calibration));
        let inside: Vec<(&str, f64)> = inside.filter_map(named_energy).collect();
        (!inside.is_empty()).then(|| ends(&inside))
    }
}

fn named_energy(table: &TableEnergy) -> Option<(&str, f64)> {
    Some((table.calibration.as_str(), table.energy_pj?))
}

/// The least and the most.
fn ends(energies: &[(&str, f64)]) -> (f64, f64) {
    let all = energies.iter().map(|(_, pj)| *pj);
    all.fold((f64::INFINITY, 0.0), |(low, high), pj| (low.min(pj), high.max(pj)))
}
