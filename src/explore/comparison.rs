//! Rows in the order of the plan, the best of each figure, and the Pareto front.

use super::figures::{ENERGY, FIGURES, Goal, position};
use super::journal::Title;
use super::row::ComparisonRow;
use crate::json::unknown;
use crate::report::Coverage;

/// Most axes of a front.
#[doc(hidden)]
pub const MOST_AXES: usize = 4;

/// A comparison as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonTable {
    /// Title.
    pub title: Title,
    /// Rows in the order of the plan; fewer than it has where it was ended early.
    pub rows: Vec<ComparisonRow>,
    /// Axes of the front, by position in [`FIGURES`].
    pub axes: Vec<usize>,
    /// Of each figure, whether each row has the best; none where all that are known are the same.
    best: Vec<Vec<bool>>,
    front: Vec<bool>,
}

impl ComparisonTable {
    /// Of rows in the order of the plan; with the usual axes of the front, if none are given.
    pub fn new(title: Title, rows: Vec<ComparisonRow>, axes: Option<Vec<usize>>) -> Self {
        let has = |row: &ComparisonRow, at| row.figure(at).is_some() && row.competes(at);
        let known = |name: &&str| position(name).filter(|at| rows.iter().any(|row| has(row, *at)));
        let usual = || {
            let axes = ["accuracy", "mse", "energy_pj", "latency_ns"].iter().filter_map(known);
            axes.chain(area_that_differs(&rows)).take(MOST_AXES).collect()
        };
        let axes = axes.unwrap_or_else(usual);
        let best = (0..FIGURES.len()).map(|at| best(&rows, at)).collect();
        let front = front(&rows, &axes);
        Self { title, rows, axes, best, front }
    }

    /// Whether it was ended before all was known.
    pub fn is_partial(&self) -> bool {
        self.rows.len() < self.title.plan.len()
    }

    /// Whether a figure is the best of its column: none where all that are known are the same. Where it rests on the
    /// energy, that of the row is complete, and leaves out no more than those of all other complete rows.
    pub fn is_best(&self, row: &ComparisonRow, at: usize) -> bool {
        let place = self.rows.binary_search_by_key(&row.index, |row| row.index);
        place.is_ok_and(|place| self.best[at][place])
    }

    /// Whether each row is on the front: it has all figures of the axes, and no other is as good in all of them and
    /// better in one. Where an axis rests on the energy, that of the row is complete, and no other complete one that
    /// leaves out other things may be better for all that is known.
    pub fn front(&self) -> &[bool] {
        &self.front
    }

    /// Whether some rows are left out of marks, because their energies are lower bounds or unknown.
    pub fn has_incomplete(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.result).any(|found| found.coverage != Coverage::Complete)
    }

    /// Whether complete energies leave out different things.
    pub fn is_unequal(&self) -> bool {
        let complete = || self.rows.iter().filter(|row| row.competes(ENERGY) && row.figure(ENERGY).is_some());
        complete()
            .next()
            .is_some_and(|first| complete().any(|row| !row.leaves_out_no_more(first) || !first.leaves_out_no_more(row)))
    }

    /// Whether any chip that must compute what the network computes did not.
    pub fn is_wrong(&self) -> bool {
        self.rows.iter().any(|row| row.result.as_ref().is_ok_and(|found| found.wrong))
    }
}

/// The area of the cores in use, where all rows that were run have it and it is not the same in all: a chip without one
/// would be on no front.
fn area_that_differs(rows: &[ComparisonRow]) -> Option<usize> {
    let at = position("area_mm2")?;
    let areas: Option<Vec<f64>> = rows.iter().filter(|row| row.result.is_ok()).map(|row| row.figure(at)).collect();
    areas.is_some_and(|areas| areas.iter().any(|area| *area != areas[0])).then_some(at)
}

/// Rows whose figures may be set beside each other, by what their energies leave out.
fn alike<'r>(rows: &'r [ComparisonRow], at: &[usize]) -> Vec<Vec<(usize, &'r ComparisonRow)>> {
    let mut groups: Vec<Vec<(usize, &ComparisonRow)>> = Vec::new();
    let priced = at.iter().any(|at| FIGURES[*at].priced);
    let known = |row: &ComparisonRow| at.iter().all(|at| row.figure(*at).is_some() && row.competes(*at));
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| known(row)) {
        let same = |group: &&mut Vec<(usize, &ComparisonRow)>| {
            let (_, first) = group[0];
            !priced || row.leaves_out_no_more(first) && first.leaves_out_no_more(row)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push((place, row)),
            None => groups.push(vec![(place, row)]),
        }
    }
    groups
}

fn best(rows: &[ComparisonRow], at: usize) -> Vec<bool> {
    let (goal, mut marks) = (FIGURES[at].goal, vec![false; rows.len()]);
    let groups = alike(rows, &[at]);
    let value = |(_, row): &(usize, &ComparisonRow)| row.figure(at).unwrap_or_default();
    let all = || groups.iter().flatten().map(value);
    let Some(first) = all().next().filter(|_| goal != Goal::None) else { return marks };
    if all().all(|value| value == first) {
        return marks;
    }
    for group in &groups {
        let best = group.iter().map(value).reduce(|best, v| if better(goal, v, best) { v } else { best });
        let (_, own) = group[0];
        // Rows that leave out different terms cannot be compared.
        let beats = |other: &Vec<(usize, &ComparisonRow)>| {
            let worse = |entry: &(usize, &ComparisonRow)| best.is_some_and(|best| !better(goal, value(entry), best));
            (!FIGURES[at].priced || own.leaves_out_no_more(other[0].1)) && other.iter().all(worse)
        };
        if groups.iter().all(beats) {
            group.iter().filter(|entry| Some(value(entry)) == best).for_each(|(place, _)| marks[*place] = true);
        }
    }
    marks
}

/// Which rows no other one beats, nor may beat for all that is known.
fn front(rows: &[ComparisonRow], axes: &[usize]) -> Vec<bool> {
    let goals: Vec<Goal> = axes.iter().map(|at| FIGURES[*at].goal).collect();
    let fronts: Vec<Vec<Contender<'_>>> = alike(rows, axes).iter().map(|group| unbeaten(group, axes, &goals)).collect();
    let mut front = vec![false; rows.len()];
    for (number, own) in fronts.iter().enumerate() {
        let others = || fronts.iter().enumerate().filter(|(other, _)| *other != number).flat_map(|(_, front)| front);
        for candidate in own.iter().filter(|own| !others().any(|other| may_dominate(axes, other, own))) {
            front[candidate.place] = true;
        }
    }
    front
}

struct Contender<'r> {
    place: usize,
    row: &'r ComparisonRow,
    figures: Vec<f64>,
}

/// Which rows of a group no other one beats: each is compared with those alone that none has beaten so far.
fn unbeaten<'r>(group: &[(usize, &'r ComparisonRow)], axes: &[usize], goals: &[Goal]) -> Vec<Contender<'r>> {
    let mut unbeaten: Vec<Contender<'_>> = Vec::new();
    for (place, row) in group {
        let Some(figures) = axes.iter().map(|at| row.figure(*at)).collect::<Option<Vec<f64>>>() else { continue };
        if figures.is_empty() || unbeaten.iter().any(|other| dominates(goals, &other.figures, &figures)) {
            continue;
        }
        unbeaten.retain(|other| !dominates(goals, &figures, &other.figures));
        unbeaten.push(Contender { place: *place, row, figures });
    }
    unbeaten
}

/// Whether a row may be as good as another in all axes, where their energies leave out different things.
fn may_dominate(axes: &[usize], one: &Contender<'_>, other: &Contender<'_>) -> bool {
    axes.iter().enumerate().all(|(axis, at)| {
        let worse = better(FIGURES[*at].goal, other.figures[axis], one.figures[axis]);
        // Only an energy that leaves out no more is known to be the better one.
        !worse || FIGURES[*at].priced && !other.row.leaves_out_no_more(one.row)
    })
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
