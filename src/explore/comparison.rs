//! Rows in the order of the plan, the best of each figure, and the Pareto front.

use super::figures::{FIGURES, Goal, position};
use super::journal::Title;
use super::row::Row;
use crate::json::nearest;

/// Most axes of a front.
pub const MOST_AXES: usize = 4;

/// A comparison as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What it is.
    pub title: Title,
    /// Rows in the order of the plan; fewer than it has where it was ended early.
    pub rows: Vec<Row>,
    /// Axes of the front, by position in [`FIGURES`].
    pub axes: Vec<usize>,
    /// The best of each figure; none where all that are known are the same.
    best: Vec<Option<f64>>,
    /// Whether each row is on the front.
    front: Vec<bool>,
}

impl Comparison {
    /// Of rows in the order of the plan; with the usual axes of the front, if none are given.
    pub fn new(title: Title, rows: Vec<Row>, axes: Option<Vec<usize>>) -> Self {
        let known = |name: &&str| position(name).filter(|at| rows.iter().any(|row| row.figure(*at).is_some()));
        let usual = || ["accuracy", "mse", "energy_pj", "latency_ns"].iter().filter_map(known).collect();
        let axes = axes.unwrap_or_else(usual);
        let best = (0..FIGURES.len()).map(|at| best(&rows, at)).collect();
        let front = front(&rows, &axes);
        Self { title, rows, axes, best, front }
    }

    /// Whether it was ended before all was known.
    pub fn is_partial(&self) -> bool {
        self.rows.len() < self.title.plan.len()
    }

    /// Whether a figure is the best of its column: none where all that are known are the same.
    pub fn is_best(&self, row: &Row, at: usize) -> bool {
        row.figure(at).is_some_and(|value| self.best[at] == Some(value))
    }

    /// Whether each row is on the front: it has all figures of the axes, and no other is as good in all of them and
    /// better in one.
    pub fn front(&self) -> &[bool] {
        &self.front
    }

    /// Whether any chip that must compute what the network computes did not.
    pub fn is_wrong(&self) -> bool {
        self.rows.iter().any(|row| row.result.as_ref().is_ok_and(|found| found.wrong))
    }
}

/// The best value of a figure, if there are others.
fn best(rows: &[Row], at: usize) -> Option<f64> {
    let values = || rows.iter().filter_map(|row| row.figure(at));
    let best = values().reduce(|best, value| if better(FIGURES[at].goal, value, best) { value } else { best })?;
    (FIGURES[at].goal != Goal::None && values().any(|value| value != best)).then_some(best)
}

/// Which rows no other one beats: each is compared with those alone that none has beaten so far.
fn front(rows: &[Row], axes: &[usize]) -> Vec<bool> {
    let goals: Vec<Goal> = axes.iter().map(|at| FIGURES[*at].goal).collect();
    let mut unbeaten: Vec<(usize, Vec<f64>)> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let Some(place) = axes.iter().map(|at| row.figure(*at)).collect::<Option<Vec<f64>>>() else { continue };
        if place.is_empty() || unbeaten.iter().any(|(_, other)| dominates(&goals, other, &place)) {
            continue;
        }
        unbeaten.retain(|(_, other)| !dominates(&goals, &place, other));
        unbeaten.push((index, place));
    }
    let mut front = vec![false; rows.len()];
    unbeaten.into_iter().for_each(|(index, _)| front[index] = true);
    front
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
pub fn pareto_axes(text: &str) -> Result<Vec<usize>, String> {
    let known: Vec<&str> = FIGURES.iter().filter(|f| f.goal != Goal::None).map(|figure| figure.name).collect();
    let axis = |name: &str| {
        let near = nearest(name, &known).map_or(String::new(), |near| format!("; did you mean \"{near}\"?"));
        let unknown = || format!("found \"{name}\", allowed: {}{near}", known.join(", "));
        position(name).filter(|_| known.contains(&name)).ok_or_else(unknown)
    };
    let axes: Vec<usize> = text.split(',').map(|name| axis(name.trim())).collect::<Result<_, _>>()?;
    match axes.len() {
        1..=MOST_AXES => Ok(axes),
        found => Err(format!("found {found} figures, allowed 1 to {MOST_AXES}")),
    }
}
