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
}

impl Comparison {
    /// Of rows in the order of the plan; with the usual axes of the front, if none are given.
    pub fn new(title: Title, rows: Vec<Row>, axes: Option<Vec<usize>>) -> Self {
        let known = |name: &&str| position(name).filter(|at| rows.iter().any(|row| row.figure(*at).is_some()));
        let usual = || ["accuracy", "mse", "energy_pj", "latency_ns"].iter().filter_map(known).collect();
        let axes = axes.unwrap_or_else(usual);
        Self { title, rows, axes }
    }

    /// Whether it was ended before all was known.
    pub fn is_partial(&self) -> bool {
        self.rows.len() < self.title.plan.len()
    }

    /// Whether a figure is the best of its column: none where all that are known are the same.
    pub fn is_best(&self, row: &Row, at: usize) -> bool {
        let values = || self.rows.iter().filter_map(|row| row.figure(at));
        let Some(own) = row.figure(at) else { return false };
        let all_same = values().all(|value| value == own);
        !all_same && FIGURES[at].goal != Goal::None && values().all(|value| !better(FIGURES[at].goal, value, own))
    }

    /// Whether each row is on the front: it has all figures of the axes, and no other is as good in all of them and
    /// better in one.
    pub fn front(&self) -> Vec<bool> {
        let places: Vec<Option<Vec<f64>>> =
            self.rows.iter().map(|row| self.axes.iter().map(|at| row.figure(*at)).collect()).collect();
        let goals: Vec<Goal> = self.axes.iter().map(|at| FIGURES[*at].goal).collect();
        let beaten = |own: &[f64]| places.iter().flatten().any(|other| dominates(&goals, other, own));
        places.iter().map(|own| own.as_ref().is_some_and(|own| !own.is_empty() && !beaten(own))).collect()
    }

    /// Whether any chip that must compute what the network computes did not.
    pub fn is_wrong(&self) -> bool {
        self.rows.iter().any(|row| row.result.as_ref().is_ok_and(|found| found.wrong))
    }
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
