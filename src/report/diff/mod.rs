//! What differs between two saved runs, and which counts and prices made the energy change.
//!
//! The energy of an operation is count × price, per inference. Its change is split exactly: the count's part is
//! (count B − count A) × price A, and the price's part is (price B − price A) × count B. Sums are whole attojoules, so that
//! the parts of all operations are the change to the last digit.

mod exact;
mod json;
mod text;

pub use exact::{DiffError, ExactChange};

pub use json::{DIFF_SCHEMA, diff_json};
pub use text::diff_text;

use super::energy::Coverage;
use super::summary::Summary;
use crate::stats::Op;
use exact::{ExactTerm, TermKind};
use std::collections::BTreeSet;

/// A value of the chip's file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipValue {
    /// Its path in the file.
    pub path: String,
    /// Its text in both files; `None` where a file does not have it.
    pub values: [Option<String>; 2],
}

/// What differs between two runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunDiff {
    /// What was asked for and what the runs rest on: name, and both values.
    pub asked: Vec<(String, [String; 2])>,
    /// Notes and files that only one of the runs has.
    pub only: [Vec<String>; 2],
    /// Values of the chips' files; `None` where the files that the runs used are not known.
    pub chip: Option<Vec<ChipValue>>,
    /// Figures per inference that differ: name, and both means.
    pub figures: Vec<(String, [Option<f64>; 2])>,
    /// Mean energy per inference (pJ), and how much of what was counted it is of.
    pub energy_pj: [(f64, Coverage); 2],
    /// Operations whose count or price differs, those that changed the energy most first.
    pub operations: Vec<OperationChange>,
    /// The sums of all of them, exact; `None` where a report is older than the prices in it.
    pub exact: Option<ExactChange>,
    /// Energy per inference by unit that differs (pJ), the largest change first.
    pub units: Vec<EnergyChange>,
    /// Energy per inference by layer that differs (pJ), the largest change first.
    pub layers: Vec<EnergyChange>,
}

/// A count and a price, and what their changes did to the energy of an inference.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationChange {
    /// The operation, or `static` for power over time.
    pub name: &'static str,
    /// The kind of cores that it was counted on, where both chips have the same kinds and price them apart.
    pub core: Option<String>,
    /// Exact values.
    pub totals: OperationTotals,
    /// Count per inference; nanoseconds of `static`.
    pub counts: [f64; 2],
    /// Price (pJ), `None` where it has none or is not in the report; of `static` the power (mW, so pJ per ns).
    pub prices: [Option<f64>; 2],
    /// The count's part of the change (pJ per inference).
    pub by_count_pj: f64,
    /// The price's part of the change (pJ per inference).
    pub by_price_pj: f64,
    /// Share of all changes, whichever their sign.
    pub share: f64,
    /// Share of the change of the energy, with its sign: all of them are 1. `None` where the energy is the same.
    pub of_change: Option<f64>,
}

/// Exact values of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperationTotals {
    /// Count over the whole run, an integer; the time in femtoseconds of `static`.
    pub counts: [u128; 2],
    /// The count's part of the change (aJ of [`ExactChange::inferences`]).
    pub by_count_aj: i128,
    /// The price's part of the change (aJ of as many).
    pub by_price_aj: i128,
}

impl OperationChange {
    /// The whole change (pJ per inference).
    pub fn change_pj(&self) -> f64 {
        self.by_count_pj + self.by_price_pj
    }

    /// Whether one of the runs has a price of it: else nothing is known of the change.
    pub(super) fn is_priced(&self) -> bool {
        self.prices.iter().any(Option::is_some)
    }
}

/// An energy in both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct EnergyChange {
    /// A unit or a layer.
    pub name: String,
    /// Its energy per inference (pJ); `None` where a run has none.
    pub pj: [Option<f64>; 2],
    /// Share of all changes, whichever their sign.
    pub share: f64,
}

impl RunDiff {
    /// What differs between two runs; `chip` has the values of their chips' files that differ, if the files are known.
    pub fn of(before: &Summary, after: &Summary, chip: Option<Vec<ChipValue>>) -> Result<Self, DiffError> {
        let both = [before, after];
        let (operations, exact) = operations(both)?;
        let mut diff = Self {
            asked: asked(both),
            only: only(both),
            chip,
            figures: figures(both),
            energy_pj: both.map(|s| (s.pricing.energy_pj.mean, s.pricing.coverage.total)),
            operations,
            exact: both.iter().all(|s| has_prices(s)).then_some(exact),
            units: energies(both, units),
            layers: energies(both, layers),
        };
        let all: f64 = diff.operations.iter().map(|op| op.change_pj().abs()).sum();
        let change = diff.exact.filter(|exact| exact.change_aj() != 0).map(|exact| exact.pj(exact.change_aj()));
        for op in &mut diff.operations {
            op.share = share(op.change_pj(), all);
            op.of_change = change.map(|change| op.change_pj() / change);
        }
        diff.operations.sort_by(|a, b| b.change_pj().abs().total_cmp(&a.change_pj().abs()));
        Ok(diff)
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        let lists = [self.asked.is_empty(), self.figures.is_empty(), self.operations.is_empty()];
        let energies = [self.units.is_empty(), self.layers.is_empty(), self.only.iter().all(Vec::is_empty)];
        let chip = self.chip.as_ref().is_none_or(Vec::is_empty) && self.energy_pj[0] == self.energy_pj[1];
        chip && lists.into_iter().chain(energies).all(|is_empty| is_empty)
    }
}

fn share(change: f64, all: f64) -> f64 {
    if all > 0.0 { change.abs() / all } else { 0.0 }
}

/// A value that runs have, by name.
type NamedValue = (&'static str, fn(&Summary) -> String);

fn asked(both: [&Summary; 2]) -> Vec<(String, [String; 2])> {
    let text = |value: Option<&String>| value.map_or_else(|| "none".to_owned(), String::clone);
    let of: [NamedValue; 12] = [
        ("chip", |s| s.chip.clone()),
        ("chip digest", |s| format!("{:016x}", s.structure)),
        ("network", |s| s.header.network.clone()),
        ("samples", |s| s.samples.to_string()),
        ("time steps", |s| s.time_steps.to_string()),
        ("seed", |s| s.header.seed.to_string()),
        ("timing", |s| s.header.timing.to_owned()),
        ("constants", |s| s.pricing.calibration.0.clone()),
        ("times", |s| s.times.calibration.clone()),
        ("placer", |s| s.mapping.placer.to_owned()),
        ("cores used", |s| s.mapping.cores_used.to_string()),
        ("tiles used", |s| s.mapping.tiles_used.to_string()),
    ];
    let mut rows: Vec<(String, [String; 2])> = of.iter().map(|(name, of)| ((*name).to_owned(), both.map(of))).collect();
    rows.push(("data set".to_owned(), both.map(|s| text(s.header.dataset.as_ref()))));
    let times = both[0].times.differing(&both[1].times);
    let ticks = |s: &Summary, name: &str| {
        let time = s.times.operations.iter().find(|time| time.name() == name).map(|time| u64::from(time.ticks));
        let barrier = s.times.barrier.as_ref().filter(|_| name == "barrier").map(|barrier| barrier.ticks);
        time.or(barrier).map_or("none".to_owned(), |ticks| format!("{} ps", ticks * s.tally.tick.0 / 1000))
    };
    rows.extend(times.into_iter().map(|name| (format!("time of {name}"), both.map(|s| ticks(s, &name)))));
    rows.retain(|(_, [before, after])| before != after);
    rows
}

/// Notes, files and citations that one of the runs has and the other has not.
fn only(both: [&Summary; 2]) -> [Vec<String>; 2] {
    let all = both.map(|s| {
        let origins = s.header.origins.iter().map(ToString::to_string);
        origins.chain(s.header.notes.iter().cloned()).collect::<BTreeSet<String>>()
    });
    [all[0].difference(&all[1]).cloned().collect(), all[1].difference(&all[0]).cloned().collect()]
}

fn figures(both: [&Summary; 2]) -> Vec<(String, [Option<f64>; 2])> {
    let of = |s: &Summary| {
        let mut rows: Vec<(String, Option<f64>)> = vec![
            ("accuracy".into(), s.accuracy),
            ("reference_accuracy".into(), s.reference_accuracy),
            ("mismatched_samples".into(), Some(s.mismatched_samples as f64)),
        ];
        for (name, quantity) in &s.per_inference {
            rows.push(((*name).to_owned(), Some(quantity.mean)));
            if *name == "latency_ns" {
                rows.push((format!("{name} p50"), Some(quantity.p50)));
                rows.push((format!("{name} p99"), Some(quantity.p99)));
            }
        }
        rows.push(("encoder_macs".into(), Some(s.encoder_macs as f64)));
        rows
    };
    let [before, after] = both.map(of);
    paired(&before, &after).into_iter().filter(|(_, [a, b])| a != b).collect()
}

/// Values by name in both lists, in the order of the first one.
fn paired(before: &[(String, Option<f64>)], after: &[(String, Option<f64>)]) -> Vec<(String, [Option<f64>; 2])> {
    let value = |list: &[(String, Option<f64>)], name: &str| list.iter().find(|(n, _)| n == name).and_then(|(_, v)| *v);
    let new = after.iter().filter(|(name, _)| before.iter().all(|(other, _)| other != name));
    let names = before.iter().chain(new).map(|(name, _)| name);
    names.map(|name| (name.clone(), [value(before, name), value(after, name)])).collect()
}

/// Whether the report has the prices of what was counted.
fn has_prices(s: &Summary) -> bool {
    !s.pricing.prices.is_empty() || s.pricing.breakdown_pj.iter().all(|(name, pj)| *pj == 0.0 || *name == "static")
}

/// All operations that differ, and the sums of all.
fn operations(both: [&Summary; 2]) -> Result<(Vec<OperationChange>, ExactChange), DiffError> {
    let samples = both.map(|s| s.tally.samples());
    let (scale, inferences) = exact::scales(both.map(|s| s.tally.inferences.len() as u128));
    let kinds = exact::shared_kinds(both);
    let row = |name: (&'static str, Option<&str>), terms: [ExactTerm; 2], kind: TermKind| {
        exact::change(name, terms, kind, (scale, inferences), samples).map(|change| (change, terms))
    };
    let mut all = Vec::new();
    for op in Op::ALL {
        let places: Vec<Option<&str>> = match kinds.is_empty() {
            true => vec![None],
            false => kinds.iter().map(|kind| Some(kind.as_str())).collect(),
        };
        for core in places {
            all.push(row((op.name(), core), both.map(|s| exact::term(s, *op, core)), TermKind::Counted)?);
        }
    }
    let [(before, power), (after, other)] = both.map(exact::rest);
    all.push(row(("static", None), [before, after], TermKind::Rest([power, other]))?);
    let sum = |part: &dyn Fn(&OperationTotals) -> i128| all.iter().map(|(op, _)| part(&op.totals)).sum::<i128>();
    let mut exact = ExactChange {
        inferences,
        energy_aj: [0; 2],
        by_count_aj: sum(&|totals| totals.by_count_aj),
        by_price_aj: sum(&|totals| totals.by_price_aj),
    };
    for run in [0, 1] {
        let energy: u128 = all.iter().map(|(_, terms)| terms[run].energy_aj).sum();
        let scaled = energy.checked_mul(scale[run]).and_then(|energy| i128::try_from(energy).ok());
        exact.energy_aj[run] = scaled.ok_or(DiffError::TooLarge)?;
    }
    let mut rows: Vec<OperationChange> = all.into_iter().map(|(change, _)| change).collect();
    rows.retain(|op| differs(op, scale));
    Ok((rows, exact))
}

fn differs(op: &OperationChange, scale: [u128; 2]) -> bool {
    let OperationTotals { counts, by_count_aj, by_price_aj } = op.totals;
    let same_count = counts[0].checked_mul(scale[0]) == counts[1].checked_mul(scale[1]);
    let same_price = op.prices[0] == op.prices[1] || counts == [0; 2];
    let is_same = match op.name {
        "static" => by_count_aj == 0 && by_price_aj == 0,
        _ => same_count && same_price,
    };
    !is_same
}

fn units(s: &Summary) -> Vec<(String, Option<f64>)> {
    s.pricing.units().map(|(name, pj, coverage)| (name.to_owned(), coverage.known(pj))).collect()
}

fn layers(s: &Summary) -> Vec<(String, Option<f64>)> {
    let energies = s.layers.iter().zip(s.pricing.layers());
    energies.map(|(layer, (pj, coverage))| (layer.layer.clone(), coverage.known(pj))).collect()
}

type NamedEnergies = fn(&Summary) -> Vec<(String, Option<f64>)>;

fn energies(both: [&Summary; 2], of: NamedEnergies) -> Vec<EnergyChange> {
    let [before, after] = both.map(of);
    let change = |(name, pj): (String, [Option<f64>; 2])| EnergyChange { name, pj, share: 0.0 };
    let mut all: Vec<EnergyChange> = paired(&before, &after).into_iter().map(change).collect();
    all.retain(|one| one.pj[0] != one.pj[1]);
    let moved = |one: &EnergyChange| one.pj[1].unwrap_or(0.0) - one.pj[0].unwrap_or(0.0);
    let sum: f64 = all.iter().map(|one| moved(one).abs()).sum();
    all.iter_mut().for_each(|one| one.share = share(moved(one), sum));
    all.sort_by(|a, b| moved(b).abs().total_cmp(&moved(a).abs()));
    all
}

#[cfg(test)]
mod tests;
