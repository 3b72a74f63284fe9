//! How figures are written for people.

use crate::explore::{ComparisonRow, FIGURES};
use crate::report::{UNPRICED, energy, number, scaled, time};

/// Units of energy x delay, from pJ ns.
const ENERGY_DELAY: &[&str] = &["pJ ns", "pJ us", "pJ ms", "pJ s", "nJ s", "uJ s", "mJ s"];

/// A figure of a row: a lower bound, and one of which nothing is known, is marked as such.
pub(super) fn written_of(row: &ComparisonRow, at: usize) -> String {
    let text = written(at, row.figure(at));
    match &row.result {
        Ok(found) if FIGURES[at].priced => found.coverage.mark(text),
        _ => text,
    }
}

pub(super) fn written(at: usize, value: Option<f64>) -> String {
    let Some(value) = value else { return UNPRICED.to_owned() };
    match FIGURES[at].name {
        name if name.ends_with("accuracy") => format!("{:.2} %", 100.0 * value),
        name if name.ends_with("utilisation") => format!("{:.1} %", 100.0 * value),
        "energy_delay_pj_ns" => scaled(value, ENERGY_DELAY),
        "cores_used" | "mismatched_samples" => format!("{value:.0}"),
        "mse" => format!("{value:.5}"),
        name if name.ends_with("_pj") => energy(value),
        name if name.ends_with("_ns") => time(value),
        _ => number(value),
    }
}

/// The heading of a figure: beside cores that were asked for, those in use.
pub(super) fn label_of(at: usize, axes: &[&str]) -> &'static str {
    if FIGURES[at].name == "cores_used" && axes.contains(&CORES) { "used" } else { FIGURES[at].label }
}

/// The option of a run that has the name of a figure.
const CORES: &str = "cores";

/// The part of an axis's name that tells it from others, as in `max_neurons`.
pub(super) fn short<'n>(name: &'n str, all: &[&str]) -> &'n str {
    if name == CORES {
        return "cores asked";
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    let others = all.iter().filter(|other| other.rsplit('.').next() == Some(last)).count();
    if others > 1 { name } else { last }
}
