//! Rows in the order of the plan, the best of each figure, and the Pareto front.

use super::classes::{CommonTerms, Ranking, differing};
use super::figures::{ENERGY, FIGURES, Goal, position};
use super::journal::Title;
use super::row::{ComparisonRow, RowFigures};
use crate::json::unknown;
use crate::report::{CostClass, Coverage};
use std::collections::{BTreeMap, BTreeSet};

/// Most axes of a front.
#[doc(hidden)]
pub const MOST_AXES: usize = 4;

/// A comparison as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonTable {
    /// Title.
    pub title: Title,
    /// Rows in the order of the plan, or of a search in the order in which they were found; fewer than the plan has where
    /// it was ended early.
    pub rows: Vec<ComparisonRow>,
    /// Axes of the front, by position in [`FIGURES`].
    pub axes: Vec<usize>,
    /// Which rows are ranked by energy.
    pub ranking: Ranking,
    /// What the energies of rows are of, where that is what all of them cover.
    pub common: Option<CommonTerms>,
    /// Classes in which the energies that would be ranked differ.
    differing: Vec<CostClass>,
    /// Of each figure, whether each row has the best; none where all that are known are the same.
    best: Vec<Vec<bool>>,
    front: Vec<bool>,
    /// Where the row of a configuration stands.
    places: BTreeMap<usize, usize>,
    /// Whether the figures of the front are others than the usual ones.
    pub(super) axes_are_own: bool,
    /// Configurations that are not within the limits of a search, or not run on all samples: they are neither best nor on
    /// the front.
    beyond: BTreeSet<usize>,
}

impl ComparisonTable {
    /// Of rows in the order in which they are shown; with the usual axes of the front, if none are given.
    pub fn new(title: Title, rows: Vec<ComparisonRow>, axes: Option<Vec<usize>>) -> Self {
        Self::ranked(title, rows, axes, Ranking::default())
    }

    /// The same, with another choice of the rows that are ranked by energy.
    pub fn ranked(title: Title, rows: Vec<ComparisonRow>, axes: Option<Vec<usize>>, ranking: Ranking) -> Self {
        Self::within(title, rows, axes, ranking, &|_| true)
    }

    /// The same, of which only rows within some limits are ranked.
    pub(super) fn within(
        title: Title,
        mut rows: Vec<ComparisonRow>,
        axes: Option<Vec<usize>>,
        ranking: Ranking,
        is_within: &dyn Fn(&ComparisonRow) -> bool,
    ) -> Self {
        let common = (ranking == Ranking::CommonTerms).then(|| CommonTerms::of(&rows));
        common.iter().for_each(|common| rows.iter_mut().for_each(|row| common.restate(row)));
        let mut table = Self {
            title,
            rows,
            axes: Vec::new(),
            ranking,
            common,
            differing: Vec::new(),
            best: Vec::new(),
            front: Vec::new(),
            places: BTreeMap::new(),
            axes_are_own: false,
            beyond: BTreeSet::new(),
        };
        table.beyond = table.rows.iter().filter(|row| !is_within(row)).map(|row| row.index).collect();
        table.places = table.rows.iter().enumerate().map(|(place, row)| (row.index, place)).collect();
        let known = |name: &&str| position(name).filter(|at| table.rows.iter().any(|row| table.competes(row, *at)));
        let usual = || {
            let axes = ["accuracy", "mse", "energy_pj", "latency_ns"].iter().filter_map(known);
            axes.chain(area_that_differs(&table.rows)).take(MOST_AXES).collect()
        };
        let usual: Vec<usize> = usual();
        table.axes_are_own = axes.as_ref().is_some_and(|axes| *axes != usual);
        table.axes = axes.unwrap_or(usual);
        if ranking == Ranking::SameClasses {
            let priced = table.rows.iter().filter(|row| table.competes(row, ENERGY));
            table.differing = differing(priced.filter_map(|row| row.result.as_ref().ok()));
        }
        table.best = (0..FIGURES.len()).map(|at| table.find_best(at)).collect();
        table.front = table.find_front();
        table
    }

    /// Whether it was ended before all was known.
    pub fn is_partial(&self) -> bool {
        self.rows.len() < self.title.plan.len()
    }

    /// Whether a figure of a row is known and may be set beside those of other rows. Where it rests on the energy, that is
    /// no lower bound, unless mixed energies are allowed.
    pub fn competes(&self, row: &ComparisonRow, at: usize) -> bool {
        let counts = |found: &RowFigures| found.coverage == Coverage::Complete || self.ranking == Ranking::AllowMixed;
        row.figure(at).is_some() && (!FIGURES[at].priced || row.result.as_ref().is_ok_and(counts))
    }

    /// The place of a row, from 1, in the order in which rows are shown.
    pub(super) fn number(&self, row: &ComparisonRow) -> usize {
        self.places.get(&row.index).map_or(0, |place| place + 1)
    }

    /// Whether a row may be the best, or on the front: in a search, one within the limits that was run on all samples.
    pub(super) fn is_ranked(&self, row: &ComparisonRow) -> bool {
        !self.beyond.contains(&row.index)
    }

    /// Whether a figure is the best of its column: none where all that are known are the same. Where it rests on the
    /// energy, none where complete energies cover different classes.
    pub fn is_best(&self, row: &ComparisonRow, at: usize) -> bool {
        self.places.get(&row.index).is_some_and(|place| self.best[at][*place])
    }

    /// Whether each row is on the front: it has all figures of the axes, and no other is as good in all of them and
    /// better in one. Where an axis rests on the energy, that of the row is complete, and there is no front where complete
    /// energies cover different classes.
    pub fn front(&self) -> &[bool] {
        &self.front
    }

    /// Whether some rows are left out of marks, because their energies are lower bounds or unknown.
    pub fn has_incomplete(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.result).any(|found| found.coverage != Coverage::Complete)
    }

    /// Classes in which complete energies differ, so that they are not ranked.
    pub fn differing(&self) -> &[CostClass] {
        &self.differing
    }

    /// Whether any chip that must compute what the network computes did not.
    pub fn is_wrong(&self) -> bool {
        self.rows.iter().any(|row| row.result.as_ref().is_ok_and(|found| found.wrong))
    }

    /// Rows whose figures may be set beside each other, by their place; none where their energies cover different classes.
    fn ranked_by(&self, at: &[usize]) -> Vec<(usize, &ComparisonRow)> {
        if at.iter().any(|at| FIGURES[*at].priced) && !self.differing.is_empty() {
            return Vec::new();
        }
        let rows = self.rows.iter().enumerate();
        rows.filter(|(_, row)| self.is_ranked(row) && at.iter().all(|at| self.competes(row, *at))).collect()
    }

    fn find_best(&self, at: usize) -> Vec<bool> {
        let (goal, mut marks) = (FIGURES[at].goal, vec![false; self.rows.len()]);
        let rows = self.ranked_by(&[at]);
        let value = |(_, row): &(usize, &ComparisonRow)| row.figure(at).unwrap_or_default();
        let best = rows.iter().map(value).reduce(|best, v| if better(goal, v, best) { v } else { best });
        let Some(best) = best.filter(|_| goal != Goal::None) else { return marks };
        if rows.iter().any(|row| value(row) != best) {
            rows.iter().filter(|row| value(row) == best).for_each(|(place, _)| marks[*place] = true);
        }
        marks
    }

    fn find_front(&self) -> Vec<bool> {
        let goals: Vec<Goal> = self.axes.iter().map(|at| FIGURES[*at].goal).collect();
        let mut front = vec![false; self.rows.len()];
        unbeaten(&self.ranked_by(&self.axes), &self.axes, &goals).iter().for_each(|found| front[found.place] = true);
        front
    }
}

/// The area of the cores in use, where all rows that were run have it and it is not the same in all: a chip without one
/// would be on no front.
fn area_that_differs(rows: &[ComparisonRow]) -> Option<usize> {
    let at = position("area_mm2")?;
    let areas: Option<Vec<f64>> = rows.iter().filter(|row| row.result.is_ok()).map(|row| row.figure(at)).collect();
    areas.is_some_and(|areas| areas.iter().any(|area| *area != areas[0])).then_some(at)
}

struct Contender {
    place: usize,
    figures: Vec<f64>,
}

/// Which rows no other one beats: each is compared with those alone that none has beaten so far.
fn unbeaten(rows: &[(usize, &ComparisonRow)], axes: &[usize], goals: &[Goal]) -> Vec<Contender> {
    let mut unbeaten: Vec<Contender> = Vec::new();
    for (place, row) in rows {
        let Some(figures) = axes.iter().map(|at| row.figure(*at)).collect::<Option<Vec<f64>>>() else { continue };
        if figures.is_empty() || unbeaten.iter().any(|other| dominates(goals, &other.figures, &figures)) {
            continue;
        }
        unbeaten.retain(|other| !dominates(goals, &figures, &other.figures));
        unbeaten.push(Contender { place: *place, figures });
    }
    unbeaten
}

fn better(goal: Goal, one: f64, other: f64) -> bool {
    match goal {
        Goal::Least => one < other,
        Goal::Most => one > other,
        Goal::None => false,
    }
}

/// Whether a place is as good as another in all axes, and better in one.
fn dominates(goals: &[Goal], one: &[f64], other: &[f64]) -> bool {
    let pairs = || goals.iter().zip(one.iter().zip(other));
    pairs().all(|(goal, (one, other))| !better(*goal, *other, *one))
        && pairs().any(|(goal, (one, other))| better(*goal, *one, *other))
}

/// Reads the axes of a front: names of figures that have a better end.
#[doc(hidden)]
pub fn pareto_axes(text: &str) -> Result<Vec<usize>, String> {
    let known: Vec<&str> = FIGURES.iter().filter(|f| f.goal != Goal::None).map(|figure| figure.name).collect();
    let axis = |name: &str| position(name).filter(|_| known.contains(&name)).ok_or_else(|| unknown(name, &known));
    let axes: Vec<usize> = text.split(',').map(|name| axis(name.trim())).collect::<Result<_, _>>()?;
    match axes.len() {
        1..=MOST_AXES => Ok(axes),
        found => Err(format!("found {found} figures, allowed 1 to {MOST_AXES}")),
    }
}
