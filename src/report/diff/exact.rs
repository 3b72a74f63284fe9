//! The split of an energy change into what counts and what prices did, in whole attojoules.
//!
//! Runs may have different numbers of inferences, so all sums are scaled to their least common multiple: the energy of
//! that many inferences of either run is a whole number of attojoules, and so is every part of the change.

use super::{OperationChange, OperationTotals};
use crate::report::energy::{EnergyUnit, HOST};
use crate::report::price::OpPrice;
use crate::report::summary::Summary;
use crate::stats::Op;
use crate::units::{Nanowatts, sum_to_pj};
use thiserror::Error;

/// Why two runs have no difference.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiffError {
    /// Sums leave 128 bits: no run of any chip counts as much.
    #[error("counts and prices are too large to be compared exactly")]
    TooLarge,
}

/// The energies of both runs and the parts of their difference, exact. All are attojoules of that many inferences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExactChange {
    /// The inferences that energies are of: the least common multiple of those of both runs.
    pub inferences: u128,
    /// Both energies, from all counts and prices.
    pub energy_aj: [i128; 2],
    /// What the counts of all operations, and the time of static power, did.
    pub by_count_aj: i128,
    /// What all prices, and static power, did.
    pub by_price_aj: i128,
}

impl ExactChange {
    /// The whole change.
    pub fn change_aj(&self) -> i128 {
        self.energy_aj[1] - self.energy_aj[0]
    }

    /// Whether the parts are the whole change, to the last attojoule.
    pub fn is_explained(&self) -> bool {
        self.by_count_aj + self.by_price_aj == self.change_aj()
    }

    /// A part in picojoules per inference.
    pub fn pj(&self, aj: i128) -> f64 {
        aj as f64 / 1e6 / self.inferences as f64
    }
}

/// Something that was counted, and its energy, of a whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ExactTerm {
    pub(super) count: u128,
    pub(super) energy_aj: u128,
    /// Whether all that was counted has a price.
    pub(super) is_priced: bool,
}

impl ExactTerm {
    /// The energy of another count at the same price, which is a mean where cores of several kinds have their own; rounded
    /// down.
    fn of(&self, count: u128) -> Option<u128> {
        let (each, rest) = (self.energy_aj.checked_div(self.count)?, self.energy_aj.checked_rem(self.count)?);
        count.checked_mul(each)?.checked_add(count.checked_mul(rest)? / self.count)
    }
}

/// How an energy came about: by count and price, or by time and power.
#[derive(Clone, Copy)]
pub(super) enum TermKind {
    Counted,
    /// Static power (nW) of both runs.
    Rest([u64; 2]),
}

/// The parts of the change of a term: (by count, by price), for `scale` runs of each.
///
/// By count: the price of A for B's count, less A's energy; by price: B's energy, less that price for B's count. So both
/// are the whole change, whichever way the price was rounded. Where A counted none the price is B's.
pub(super) fn parts(terms: [ExactTerm; 2], kind: TermKind, scale: [u128; 2]) -> Option<(i128, i128)> {
    let [before, after] = terms;
    let at_first_price = match kind {
        _ if before.count == 0 => after.energy_aj,
        TermKind::Counted => before.of(after.count)?,
        TermKind::Rest(power) => Nanowatts(power[0]).over(after.count),
    };
    let scaled = |aj: u128, run: usize| i128::try_from(aj.checked_mul(scale[run])?).ok();
    let (first, second, between) =
        (scaled(before.energy_aj, 0)?, scaled(after.energy_aj, 1)?, scaled(at_first_price, 1)?);
    Some((between - first, second - between))
}

/// The multiples of both runs that have the same number of inferences, and that number.
pub(super) fn scales(samples: [u128; 2]) -> ([u128; 2], u128) {
    let [a, b] = samples.map(|samples| samples.max(1));
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    ([b / x, a / x], a / x * b)
}

/// Names of the kinds of cores and of the host, where both runs have the same ones and one of them prices them apart.
pub(super) fn shared_kinds(both: [&Summary; 2]) -> Vec<String> {
    let names = both.map(|s| s.tally.kinds.iter().map(|kind| kind.name.clone()).collect::<Vec<_>>());
    let are_apart = both.iter().any(|s| s.pricing.prices.iter().any(|price| price.core.is_some()));
    let [mut before, after] = names;
    if !are_apart || before != after {
        return Vec::new();
    }
    before.push(HOST.into());
    before
}

/// An operation of a run, over all cores and the host, or on the cores of a kind.
pub(super) fn term(s: &Summary, op: Op, core: Option<&str>) -> ExactTerm {
    let counted = s.tally.counted();
    let prices: Vec<&OpPrice> = s.pricing.prices.iter().filter(|price| price.op == op).collect();
    // One price for all, or one for each kind.
    let priced = |count: u64, core: &str| {
        let price = prices.iter().find(|price| price.core.as_deref().is_none_or(|known| known == core));
        price.map(|price| u128::from(count) * u128::from(price.energy_aj))
    };
    let of_kinds = counted.kinds.iter().map(|(name, counts)| (name.as_str(), counts.of(op)));
    let parts =
        of_kinds.chain([(HOST, counted.rest().of(op))]).filter(|(name, _)| core.is_none_or(|core| core == *name));
    let mut term = ExactTerm { is_priced: true, ..ExactTerm::default() };
    for (name, count) in parts.filter(|(_, count)| *count > 0) {
        let energy = priced(count, name);
        term.count += u128::from(count);
        term.energy_aj += energy.unwrap_or(0);
        term.is_priced &= energy.is_some();
    }
    term
}

/// Static power over the time of a run (fs), and the power (nW).
pub(super) fn rest(s: &Summary) -> (ExactTerm, u64) {
    let time = s.tally.fs(s.tally.ticks());
    let pj = s.pricing.breakdown_pj.get(EnergyUnit::Static as usize).map_or(0.0, |(_, pj)| *pj);
    let samples = s.tally.inferences.len() as f64;
    let power = power_nw(pj, samples, time);
    let energy_aj = match power {
        Some(power) => Nanowatts(power).over(time),
        // Of no whole power: as exact as the report has it.
        None => (pj * samples * 1e6).round() as u128,
    };
    (ExactTerm { count: time, energy_aj, is_priced: energy_aj > 0 }, power.unwrap_or(0))
}

/// The whole power that makes the static energy of a report, which has only that (pJ per inference).
fn power_nw(pj: f64, samples: f64, time_fs: u128) -> Option<u64> {
    let estimate = (pj * samples * 1e12 / time_fs as f64).round();
    let is_it = |power: &u64| sum_to_pj(Nanowatts(*power).over(time_fs)) / samples == pj;
    let estimate = (0.0..1e18).contains(&estimate).then_some(estimate as u64)?;
    (estimate.saturating_sub(2)..=estimate + 2).find(is_it)
}

/// A row of the operations, and what it adds to the sums.
pub(super) fn change(
    (name, core): (&'static str, Option<&str>),
    terms: [ExactTerm; 2],
    kind: TermKind,
    (scale, inferences): ([u128; 2], u128),
    samples: [f64; 2],
) -> Result<OperationChange, DiffError> {
    let (by_count, by_price) = parts(terms, kind, scale).ok_or(DiffError::TooLarge)?;
    let price = |run: usize| {
        let ExactTerm { count, energy_aj, is_priced } = terms[run];
        match kind {
            TermKind::Rest(power) => (power[run] > 0).then(|| power[run] as f64 / 1e6),
            TermKind::Counted => (is_priced && count > 0).then(|| energy_aj as f64 / count as f64 / 1e6),
        }
    };
    // Where a run counted none, the price is not in its report.
    let known = |run: usize, other: usize| price(run).or(price(other).filter(|_| terms[run].count == 0));
    let pj = |aj: i128| aj as f64 / 1e6 / inferences as f64;
    let unit = if matches!(kind, TermKind::Rest(_)) { 1e6 } else { 1.0 };
    Ok(OperationChange {
        name,
        core: core.map(str::to_owned),
        totals: OperationTotals { counts: terms.map(|term| term.count), by_count_aj: by_count, by_price_aj: by_price },
        counts: [0, 1].map(|run| terms[run].count as f64 / unit / samples[run]),
        prices: [known(0, 1), known(1, 0)],
        by_count_pj: pj(by_count),
        by_price_pj: pj(by_price),
        share: 0.0,
        of_change: None,
    })
}
