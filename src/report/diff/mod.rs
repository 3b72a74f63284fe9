//! What differs between two saved runs, and which counts and prices made the energy change.
//!
//! The energy of an operation is count × price, per inference. Its change is split exactly: the count's part is
//! (count B − count A) × price A, and the price's part is (price B − price A) × count B.

mod json;
mod text;

pub use json::{DIFF_SCHEMA, diff_json};
pub use text::diff_text;

use super::energy::{Coverage, EnergyUnit};
use super::price::OpPrice;
use super::summary::Summary;
use crate::stats::Op;
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
    /// Count over the whole run, an integer; the time in femtoseconds of `static`.
    pub totals: [u128; 2],
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
    pub fn of(before: &Summary, after: &Summary, chip: Option<Vec<ChipValue>>) -> Self {
        let both = [before, after];
        let mut diff = Self {
            asked: asked(both),
            only: only(both),
            chip,
            figures: figures(both),
            energy_pj: both.map(|s| (s.pricing.energy_pj.mean, s.pricing.coverage.total)),
            operations: operations(both),
            units: energies(both, units),
            layers: energies(both, layers),
        };
        let all: f64 = diff.operations.iter().map(|op| op.change_pj().abs()).sum();
        diff.operations.iter_mut().for_each(|op| op.share = share(op.change_pj(), all));
        diff.operations.sort_by(|a, b| b.change_pj().abs().total_cmp(&a.change_pj().abs()));
        diff
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

fn operations(both: [&Summary; 2]) -> Vec<OperationChange> {
    let counts = both.map(|s| s.tally.total());
    let samples = both.map(|s| s.tally.samples());
    let price = |s: &Summary, op: Op| {
        let mut found = s.pricing.prices.iter().filter(|price| price.op == op);
        let (first, counted) = (found.next()?, s.tally.counted());
        if first.core.is_none() {
            return Some(first.energy_aj as f64 / 1e6);
        }
        // By kind of core: the mean of what was counted.
        let sum = |(counts, energy): (u128, u128), price: &OpPrice| {
            let count = u128::from(price.count(&counted));
            (counts + count, energy + count * u128::from(price.energy_aj))
        };
        let (counts, energy) = found.fold(sum((0, 0), first), sum);
        (counts == u128::from(counted.all.of(op))).then(|| energy as f64 / counts.max(1) as f64 / 1e6)
    };
    let change = |op: &Op| {
        let totals = [0, 1].map(|run| u128::from(counts[run].of(*op)));
        // Where a run counted none, the price is not in its report.
        let prices = both.map(|s| price(s, *op));
        let known =
            [prices[0].or(prices[1].filter(|_| totals[0] == 0)), prices[1].or(prices[0].filter(|_| totals[1] == 0))];
        split(op.name(), totals, [0, 1].map(|run| totals[run] as f64 / samples[run]), known)
    };
    let mut all: Vec<OperationChange> = Op::ALL.iter().map(change).collect();
    all.push(rest(both));
    let differs = |op: &OperationChange| {
        let same_count = op.totals[0] * both[1].samples as u128 == op.totals[1] * both[0].samples as u128;
        let same_price = op.prices[0] == op.prices[1] || op.totals == [0; 2];
        !(same_count && same_price) && (op.name != "static" || op.change_pj() != 0.0)
    };
    all.retain(differs);
    all
}

/// Static power over the time of an inference.
fn rest(both: [&Summary; 2]) -> OperationChange {
    let totals = both.map(|s| s.tally.fs(s.tally.ticks()));
    let times = both.map(|s| s.tally.latency_ns());
    let energy = both.map(|s| unit(s, EnergyUnit::Static));
    let power = [0, 1].map(|run| Some(energy[run] / times[run]).filter(|power| *power > 0.0));
    split("static", totals, times, power)
}

fn split(name: &'static str, totals: [u128; 2], counts: [f64; 2], prices: [Option<f64>; 2]) -> OperationChange {
    let [before, after] = prices.map(|price| price.unwrap_or(0.0));
    let (by_count_pj, by_price_pj) = ((counts[1] - counts[0]) * before, (after - before) * counts[1]);
    OperationChange { name, totals, counts, prices, by_count_pj, by_price_pj, share: 0.0 }
}

fn unit(s: &Summary, unit: EnergyUnit) -> f64 {
    s.pricing.breakdown_pj.get(unit as usize).map_or(0.0, |(_, pj)| *pj)
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
mod tests {
    use super::*;

    #[test]
    fn a_change_is_split_without_a_rest() {
        let change = split("synapse", [10, 30], [10.0, 15.0], [Some(2.0), Some(3.0)]);
        assert_eq!((change.by_count_pj, change.by_price_pj), (10.0, 15.0));
        assert_eq!(change.change_pj(), 15.0 * 3.0 - 10.0 * 2.0);
        let unpriced = split("synapse", [10, 30], [10.0, 15.0], [None, Some(3.0)]);
        assert_eq!((unpriced.by_count_pj, unpriced.by_price_pj), (0.0, 45.0));
    }

    #[test]
    fn names_of_both_lists_are_paired() {
        let list = |names: &[(&str, f64)]| names.iter().map(|(n, v)| ((*n).to_owned(), Some(*v))).collect::<Vec<_>>();
        let found = paired(&list(&[("a", 1.0), ("b", 2.0)]), &list(&[("b", 3.0), ("c", 4.0)]));
        let expected = [("a", [Some(1.0), None]), ("b", [Some(2.0), Some(3.0)]), ("c", [None, Some(4.0)])];
        assert_eq!(found, expected.map(|(name, values)| (name.to_owned(), values)));
    }
}
