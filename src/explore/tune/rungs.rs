//! Which configurations go on from some of the samples to more of them.
//!
//! With several fidelities, a search chooses by figures on few samples. Its front has figures on all samples, which are
//! simulated only for rows that may improve the front. A row is left out if a row on more samples dominates it, or if it would
//! improve the front by a negligible amount, even if its own figures change as favourably as those of other rows did.

use crate::explore::figures::{FIGURES, Goal};
use crate::explore::objectives::{JudgedRow, Objectives};

/// Predicts the change of a figure of each row with more samples, from the rows for which it is known.
type PredictChanges<'f> = &'f dyn Fn(&[(usize, f64)]) -> Vec<FigureChange>;

/// Standard deviations of the predicted change that are added to the figures of a row in its favour.
const FAVOUR: f64 = 1.0;

/// Smallest improvement that counts, as a part of the range of an objective, so that of nearly equal rows only one is run.
pub(super) const WORTH: f64 = 0.01;

/// Rows that are run on more samples before the change of figures is known.
const FIRST: usize = 5;

/// Predicted change of a figure from fewer samples to more.
#[derive(Clone, Copy, Debug)]
pub(super) struct FigureChange {
    pub(super) mean: f64,
    pub(super) sd: f64,
}

/// Rows on fewer samples, and some of them on more.
pub(super) struct RungRows {
    /// Of each row, what it costs on fewer samples; `None` where it cannot be ranked.
    below: Vec<Option<RowCosts>>,
    /// On more samples; `None` where it was not run on them. The inner one as below.
    above: Vec<Option<Option<RowCosts>>>,
}

/// Figures of a row, the lower the better.
#[derive(Clone, Debug)]
struct RowCosts {
    /// Objectives: their logarithms, where all of a column are positive costs.
    objectives: Vec<f64>,
    /// By how much limits are exceeded.
    excess: Vec<f64>,
}

impl RowCosts {
    fn is_within(&self) -> bool {
        self.excess.iter().all(|by| *by <= 0.0)
    }

    /// By how much the worst limit is exceeded, if one is.
    fn beyond(&self) -> f64 {
        self.excess.iter().copied().fold(0.0, f64::max)
    }

    fn all(&self) -> impl Iterator<Item = f64> + '_ {
        self.objectives.iter().chain(&self.excess).copied()
    }

    /// The figures minus what is granted to each.
    fn less(&self, granted: &[f64]) -> Self {
        let less = |(value, by): (&f64, &f64)| value - by;
        let (objectives, excess) = granted.split_at(self.objectives.len());
        Self {
            objectives: self.objectives.iter().zip(objectives).map(less).collect(),
            excess: self.excess.iter().zip(excess).map(less).collect(),
        }
    }

    /// Whether the other is better by no more than some slack in any objective.
    fn is_near(&self, other: &Self, slack: &[f64]) -> bool {
        self.objectives.iter().zip(&other.objectives).zip(slack).all(|((own, other), slack)| *own <= other + slack)
    }

    /// Whether it is as good in all objectives and better in one.
    fn beats(&self, other: &Self) -> bool {
        let pairs = || self.objectives.iter().zip(&other.objectives);
        pairs().all(|(own, other)| own <= other) && pairs().any(|(own, other)| own < other)
    }
}

impl RungRows {
    /// Rows as they are judged on fewer samples and, where they were run on them, on more.
    pub(super) fn new(
        objectives: &Objectives,
        below: &[Result<JudgedRow, String>],
        above: &[Option<Result<JudgedRow, String>>],
    ) -> Self {
        let known = || below.iter().chain(above.iter().flatten()).flatten();
        let is_log: Vec<bool> = (0..objectives.figures.len())
            .map(|n| {
                FIGURES[objectives.figures[n]].goal != Goal::Most && known().all(|judged| judged.objectives[n] > 0.0)
            })
            .collect();
        let cost = |(n, value): (usize, &f64)| match (is_log[n], FIGURES[objectives.figures[n]].goal) {
            // libm's is the same on every machine.
            (true, _) => libm::log(*value),
            (false, Goal::Most) => -value,
            (false, _) => *value,
        };
        let costs = |judged: &Result<JudgedRow, String>| {
            let judged = judged.as_ref().ok()?;
            let objectives = judged.objectives.iter().enumerate().map(cost).collect();
            Some(RowCosts { objectives, excess: judged.limits.clone() })
        };
        Self {
            below: below.iter().map(costs).collect(),
            above: above.iter().map(|judged| judged.as_ref().map(costs)).collect(),
        }
    }

    /// The rows that are to be run on more samples next, the given number at most; none where no other can add to the
    /// front. `predict_changes` predicts the change of a figure of each row with more samples, from its change in some of them.
    pub(super) fn rising(&self, most: usize, predict_changes: PredictChanges<'_>) -> Vec<usize> {
        let open = |row: &usize| self.above[*row].is_none() && self.below[*row].is_some();
        let open: Vec<usize> = (0..self.below.len()).filter(open).collect();
        if self.above.iter().all(Option::is_none) {
            return self.first(open, most.max(FIRST));
        }
        let granted = self.granted(predict_changes);
        let slack = self.slack();
        let known: Vec<&RowCosts> = self.above.iter().flatten().flatten().filter(|costs| costs.is_within()).collect();
        let hopeful = |row: usize| {
            let granted: Vec<f64> = granted.iter().map(|figure| figure[row]).collect();
            let costs = self.below[row].as_ref()?.less(&granted);
            (costs.is_within() && !known.iter().any(|known| known.is_near(&costs, &slack))).then_some((row, costs))
        };
        let hopeful: Vec<(usize, RowCosts)> = open.into_iter().filter_map(hopeful).collect();
        apart(&unbeaten(&hopeful), &slack).iter().map(|(row, _)| *row).take(most.max(1)).collect()
    }

    /// Smallest improvement of an objective that is worth a run.
    fn slack(&self) -> Vec<f64> {
        let costs = || self.below.iter().flatten();
        let objectives = costs().map(|costs| costs.objectives.len()).next().unwrap_or(0);
        let range = |n: usize| {
            let column = || costs().map(|costs| costs.objectives[n]);
            column().fold(f64::NEG_INFINITY, f64::max) - column().fold(f64::INFINITY, f64::min)
        };
        (0..objectives).map(|n| WORTH * range(n)).collect()
    }

    /// The best of all rows, and further ones up to the number from which the change of figures can be estimated.
    fn first(&self, open: Vec<usize>, most: usize) -> Vec<usize> {
        let costs = |row: usize| self.below[row].clone().map(|costs| (row, costs));
        let (mut within, mut beyond): (Vec<_>, Vec<_>) =
            open.into_iter().filter_map(costs).partition(|(_, costs)| costs.is_within());
        let (mut first, mut rest, slack) = (Vec::new(), Vec::new(), self.slack());
        while first.len() < FIRST && !within.is_empty() {
            let layer = unbeaten(&within);
            let chosen: Vec<usize> = apart(&layer, &slack).iter().map(|(row, _)| *row).collect();
            within.retain(|(row, _)| layer.iter().all(|(other, _)| other != row));
            rest.extend(layer.iter().map(|(row, _)| *row).filter(|row| !chosen.contains(row)));
            first.extend(chosen);
        }
        let lacking = FIRST.saturating_sub(first.len());
        first.extend(rest.into_iter().take(lacking));
        beyond.sort_by(|(_, one), (_, other)| one.beyond().total_cmp(&other.beyond()));
        first.extend(beyond.iter().map(|(row, _)| *row).take(FIRST.saturating_sub(first.len())));
        first.truncate(most);
        first.sort_unstable();
        first
    }

    /// Largest expected improvement with more samples, by figure and row.
    fn granted(&self, predict_changes: PredictChanges<'_>) -> Vec<Vec<f64>> {
        let figures = self.below.iter().flatten().map(|costs| costs.all().count()).next().unwrap_or(0);
        let change = |row: usize, n: usize| {
            let (below, above) = (self.below[row].as_ref()?, self.above[row].as_ref()?.as_ref()?);
            Some((row, above.all().nth(n)? - below.all().nth(n)?))
        };
        let granted = |n: usize| {
            let changes: Vec<(usize, f64)> = (0..self.below.len()).filter_map(|row| change(row, n)).collect();
            let first = changes.first().map_or(0.0, |(_, change)| *change);
            if changes.iter().all(|(_, change)| *change == first) {
                return vec![-first; self.below.len()];
            }
            predict_changes(&changes).iter().map(|change| FAVOUR * change.sd - change.mean).collect()
        };
        (0..figures).map(granted).collect()
    }
}

/// The rows that no other of them dominates.
fn unbeaten(rows: &[(usize, RowCosts)]) -> Vec<(usize, RowCosts)> {
    let is_unbeaten = |(_, costs): &&(usize, RowCosts)| !rows.iter().any(|(_, other)| other.beats(costs));
    rows.iter().filter(is_unbeaten).cloned().collect()
}

/// The first of nearly equal rows.
fn apart<'r>(rows: &'r [(usize, RowCosts)], slack: &[f64]) -> Vec<&'r (usize, RowCosts)> {
    let mut found: Vec<&(usize, RowCosts)> = Vec::new();
    for row in rows {
        if !found.iter().any(|(_, other)| other.is_near(&row.1, slack)) {
            found.push(row);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    type Figures<'a> = &'a [Option<(f64, f64)>];

    /// Rows of accuracy and energy, on fewer samples and on more.
    fn rows(below: Figures<'_>, above: &[Option<(f64, f64)>], limits: &[String]) -> RungRows {
        let objectives = Objectives::parse(Some("accuracy,energy_pj"), limits).unwrap();
        let judge = |(accuracy, energy): (f64, f64)| JudgedRow {
            objectives: vec![accuracy, energy],
            limits: objectives.limits.iter().map(|limit| limit.excess(accuracy)).collect(),
        };
        let below: Vec<Result<JudgedRow, String>> =
            below.iter().map(|row| row.map(judge).ok_or_else(|| "does not fit".to_owned())).collect();
        let above: Vec<Option<Result<JudgedRow, String>>> =
            above.iter().map(|row| row.map(|row| Ok(judge(row)))).collect();
        RungRows::new(&objectives, &below, &above)
    }

    /// Rows that are run on more samples if the figures of all rows change as those of some did.
    fn rising(rows: &RungRows, most: usize) -> Vec<usize> {
        let alike = |changes: &[(usize, f64)]| {
            let count = changes.len() as f64;
            let mean = changes.iter().map(|(_, change)| change).sum::<f64>() / count;
            let squares: f64 = changes.iter().map(|(_, change)| (change - mean) * (change - mean)).sum();
            vec![FigureChange { mean, sd: (squares / (count - 1.0)).sqrt() }; rows.below.len()]
        };
        rows.rising(most, &alike)
    }

    #[test]
    fn the_front_goes_on_first_with_the_next_best() {
        let below: Vec<Option<(f64, f64)>> =
            [(0.9, 10.0), (0.8, 5.0), (0.7, 20.0), (0.9, 11.0), (0.6, 30.0), (0.85, 12.0), (0.5, 40.0)]
                .map(Some)
                .into();
        // 0 and 1 are the front; behind them are 3, then 5, then 2, each beaten by the one before.
        assert_eq!(rising(&rows(&below, &[None; 7], &[]), 1), [0, 1, 2, 3, 5]);
        let with_unfit = [None, Some((0.9, 10.0)), None];
        assert_eq!(rising(&rows(&with_unfit, &[None; 3], &[]), 1), [1]);
    }

    #[test]
    fn a_row_goes_on_while_it_may_be_on_the_front() {
        // On more samples, figures of the first rows were by 0.02 to 0.04 more accurate, and cost the same.
        let below = [(0.90, 10.0), (0.80, 5.0), (0.70, 4.0), (0.91, 11.0), (0.80, 11.0), (0.80, 5.0)].map(Some);
        let above = [Some((0.94, 10.0)), Some((0.82, 5.0)), Some((0.73, 4.0)), None, None, None];
        assert_eq!(rising(&rows(&below, &above, &[]), 1), [3]);
        // 3 is expected at 0.94, 4 is beaten by 0 whatever happens, 5 is equal to 1 and may be better than it.
        assert_eq!(rising(&rows(&below, &above, &[]), 9), [3, 5]);
        let above =
            [Some((0.94, 10.0)), Some((0.82, 5.0)), Some((0.73, 4.0)), Some((0.93, 11.0)), None, Some((0.84, 5.0))];
        assert_eq!(rising(&rows(&below, &above, &[]), 9), Vec::<usize>::new(), "nothing else can be on the front");
    }

    #[test]
    fn rows_that_are_all_but_equal_are_not_all_run() {
        let below = [(0.90, 10.0), (0.9001, 10.005), (0.80, 5.0), (0.9, 10.0), (0.91, 10.5)].map(Some);
        let above = [Some((0.91, 10.0)), None, Some((0.81, 5.0)), None, None];
        // 1 and 3 would be as 0 is; 4 may be better by more.
        assert_eq!(rising(&rows(&below, &above, &[]), 9), [4]);
    }

    #[test]
    fn rows_that_may_keep_limits_go_on() {
        let below = [(0.95, 10.0), (0.80, 5.0), (0.88, 6.0), (0.5, 1.0)].map(Some);
        let limit = ["accuracy=0.9".to_owned()];
        // Too few are within: those that come nearest go along.
        assert_eq!(rising(&rows(&below, &[None; 4], &limit), 1), [0, 1, 2, 3]);
        let above = [Some((0.95, 10.0)), Some((0.84, 5.0)), None, None];
        // 0.88 may become 0.92, and 0.5 not 0.9.
        assert_eq!(rising(&rows(&below, &above, &limit), 9), [2]);
    }
}
