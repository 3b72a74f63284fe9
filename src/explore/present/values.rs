//! How figures are written for people.

use crate::explore::{ComparisonRow, FIGURES};
use crate::report::{ENERGY_UNITS, TIME_UNITS, UNPRICED, UnitScale, Units, number};

/// Units of energy x delay, from pJ ns.
const ENERGY_DELAY: Units = &["pJ·ns", "pJ·µs", "pJ·ms", "pJ·s", "nJ·s", "µJ·s", "mJ·s"];

/// A figure of a row: a lower bound, and one of which nothing is known, is marked as such.
pub(in crate::explore) fn written_of(row: &ComparisonRow, at: usize, scale: Option<UnitScale>) -> String {
    let text = written(at, row.figure(at), scale);
    match &row.result {
        Ok(found) if FIGURES[at].priced => found.coverage.mark(text),
        _ => text,
    }
}

/// The unit of a column with these values, if its figures have units of a thousand each.
pub(in crate::explore) fn scale(at: usize, values: impl IntoIterator<Item = f64>) -> Option<UnitScale> {
    let units = match FIGURES[at].name {
        "energy_delay_pj_ns" => ENERGY_DELAY,
        name if name.ends_with("_pj") => ENERGY_UNITS,
        name if name.ends_with("_ns") => TIME_UNITS,
        _ => return None,
    };
    Some(UnitScale::of(values, units))
}

/// A figure, in the unit of its column or in its own.
pub(in crate::explore) fn written(at: usize, value: Option<f64>, column: Option<UnitScale>) -> String {
    let Some(value) = value else { return UNPRICED.to_owned() };
    if let Some(scale) = column.or_else(|| scale(at, [value])) {
        return scale.text(value);
    }
    match FIGURES[at].name {
        name if name.ends_with("accuracy") => format!("{:.2} %", 100.0 * value),
        name if name.ends_with("utilisation") => format!("{:.1} %", 100.0 * value),
        "cores_used" | "mismatched_samples" => format!("{value:.0}"),
        "mse" => format!("{value:.5}"),
        _ => number(value),
    }
}

/// The heading of a figure. Where a number of cores was requested, the figure is the cores in use.
pub(in crate::explore) fn label_of(at: usize, axes: &[&str]) -> &'static str {
    if FIGURES[at].name == "cores_used" && axes.contains(&CORES) { "used" } else { FIGURES[at].label }
}

/// The option of a run that has the name of a figure.
const CORES: &str = "cores";

/// The part of an axis's name that tells it from others, as in `max_neurons`.
pub(in crate::explore) fn short<'n>(name: &'n str, all: &[&str]) -> &'n str {
    if name == CORES {
        return "cores asked";
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    let others = all.iter().filter(|other| other.rsplit('.').next() == Some(last)).count();
    if others > 1 { name } else { last }
}
