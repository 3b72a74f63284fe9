//! Axes of a comparison that changed nothing.

use super::values::short;
use crate::explore::{ComparisonRow, ComparisonTable};
use std::collections::BTreeMap;

/// Axes in which rows differ that are equal in all figures, by the chips of which that is so.
pub(super) fn unchanged(comparison: &ComparisonTable) -> Vec<(String, String)> {
    let plan = &comparison.title.plan;
    // Values that go together say nothing of one axis alone.
    if plan.zip {
        return Vec::new();
    }
    let names: Vec<&str> = plan.axes.iter().map(|axis| axis.name.as_str()).collect();
    let mut found = Vec::new();
    for (axis, name) in names.iter().enumerate() {
        let chips: Vec<&str> = (0..plan.chips.len())
            .filter(|chip| is_idle(comparison, *chip, axis))
            .map(|chip| plan.chips[chip].as_str())
            .collect();
        if !chips.is_empty() {
            let who = if chips.len() == plan.chips.len() && chips.len() > 1 { "all".into() } else { chips.join(", ") };
            found.push((who, format!("{} changes no figure in these rows", short(name, &names))));
        }
    }
    found
}

/// Whether rows of a chip that differ only in an axis are equal, and there are such rows.
fn is_idle(comparison: &ComparisonTable, chip: usize, axis: usize) -> bool {
    let plan = &comparison.title.plan;
    let mut first: BTreeMap<Vec<&str>, &ComparisonRow> = BTreeMap::new();
    let mut compared = 0;
    for row in comparison.rows.iter().filter(|row| row.result.is_ok()) {
        let mut configuration = plan.configuration(row.index);
        if configuration.chip != chip {
            continue;
        }
        configuration.values.remove(axis);
        let known = *first.entry(configuration.values).or_insert(row);
        if known.index != row.index {
            let figures = |row: &ComparisonRow| row.result.as_ref().map(|found| found.figures.clone()).ok();
            if figures(known) != figures(row) {
                return false;
            }
            compared += 1;
        }
    }
    compared > 0
}
