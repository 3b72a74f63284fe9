//! What a reader must know of a comparison beside its table.

use super::unchanged::unchanged;
use super::values::short;
use crate::explore::{ComparisonRow, ComparisonTable, FIGURES, Ranking, RowFigures};
use crate::report::{CostClass, Coverage, count};
use std::fmt::Write;

/// Whether rows cover different classes, so that each says which.
pub(in crate::explore) fn differs(comparison: &ComparisonTable) -> bool {
    let mut found = comparison.rows.iter().filter_map(|row| row.result.as_ref().ok()).map(|found| found.covers.brief());
    let first = found.next();
    found.any(|covers| Some(covers) != first)
}

/// What stands above the table where energies are not ranked as usual.
pub(in crate::explore) fn above(comparison: &ComparisonTable) -> Vec<String> {
    match (comparison.ranking, &comparison.common) {
        (Ranking::AllowMixed, _) => vec![
            "energies are ranked whatever they cover, lower bounds (≥) too (--allow-mixed): a row may be the best because \
             less of its energy is known"
                .to_owned(),
        ],
        (_, Some(common)) if common.classes.is_empty() => {
            vec!["there is no class of cost that rows have in common (--common-terms)".to_owned()]
        }
        (_, Some(common)) => {
            let all = CostClass::ALL.iter().all(|class| common.classes.contains(class));
            let names: Vec<&str> = common.classes.iter().map(|class| class.name()).collect();
            let alone = if all { "" } else { " alone" };
            vec![format!("energies are those of {}{alone}, which all ranked rows cover (--common-terms)", names.join(", "))]
        }
        _ => Vec::new(),
    }
}

pub(in crate::explore) fn limits(comparison: &ComparisonTable) -> Vec<String> {
    let mut limits = Vec::new();
    let is_usual = comparison.ranking == Ranking::SameClasses;
    if comparison.has_incomplete() && is_usual {
        limits.push(
            "energies marked ≥ are lower bounds, because something that was counted has no published cost; neither they nor \
             unknown ones (–), nor figures computed from them, are marked as best or as part of a front with the energy"
                .to_owned(),
        );
    }
    if !comparison.differing().is_empty() {
        let differing: Vec<&str> = comparison.differing().iter().map(|class| class.name()).collect();
        limits.push(format!(
            "complete energies cover different classes ({}), so none is marked as best, nor any figure that rests on it, and \
             there is no front of them; --common-terms compares what all of them cover, --allow-mixed compares them all the same",
            differing.join(", ")
        ));
    }
    limits
}

/// Notes on configurations, and what of their energy is not comparable, by who they are of.
pub(in crate::explore) fn remarks(comparison: &ComparisonTable) -> Vec<(String, String)> {
    let found = |row: &ComparisonRow| row.result.as_ref().ok().cloned();
    let mut all = grouped(comparison, |row| found(row).map_or(Vec::new(), |found| found.notes));
    let of = |name: &str| FIGURES.iter().position(|figure| figure.name == name);
    let operations = of("synaptic_operations").zip(of("network_synaptic_operations"));
    all.extend(grouped(comparison, |row| {
        let both = operations.and_then(|(chip, own)| row.figure(chip).zip(row.figure(own)));
        let text = "its SynOps are not those of the network itself: layers go on firing after their T steps, partial \
                    sums are added, or timing or devices change spikes";
        both.filter(|(chip, own)| chip != own).map(|_| text.to_owned()).into_iter().collect()
    }));
    all.extend(grouped(comparison, |row| {
        let found = found(row).filter(|found| found.scope == "all_in");
        let text = "its energy is that of the whole chip per operation, measured at one operating point; the energy of \
                    the others is the sum of single operations";
        found.map(|_| text.to_owned()).into_iter().collect()
    }));
    all.extend(left_out(comparison));
    all.extend(grouped(comparison, |row| {
        found(row).map(|found| format!("covers {}", found.covers.text())).into_iter().collect()
    }));
    all.extend(unchanged(comparison));
    all
}

/// Terms that are not in the energies of rows. Of energies by common terms, the classes say what they are of.
pub(in crate::explore) fn open_terms(comparison: &ComparisonTable) -> Vec<(String, String)> {
    if comparison.common.is_some() {
        return Vec::new();
    }
    grouped(comparison, |row| {
        let found = row.result.as_ref().ok().filter(|found| !found.unpriced.is_empty());
        let bound = |found: &RowFigures| match found.coverage {
            Coverage::Complete => "",
            Coverage::Partial => ", which is a lower bound (≥)",
            Coverage::Unpriced => ", of which nothing is known (–)",
        };
        found
            .map(|found| format!("not priced, so not in the energy{}: {}", bound(found), found.unpriced.join(", ")))
            .into_iter()
            .collect()
    })
}

/// Rows without an energy of the classes that the others have in common.
fn left_out(comparison: &ComparisonTable) -> Vec<(String, String)> {
    grouped(comparison, |row| {
        let all = comparison.common.iter().flat_map(|common| &common.left_out);
        all.filter(|(index, _)| *index == row.index).map(|(_, why)| format!("not ranked by energy: {why}")).collect()
    })
}

/// Texts of rows, each with who it is of: chips, or chips with values where not all of a chip's rows have it.
pub(in crate::explore) fn grouped(
    comparison: &ComparisonTable,
    texts: impl Fn(&ComparisonRow) -> Vec<String>,
) -> Vec<(String, String)> {
    let mut groups: Vec<(String, Vec<&ComparisonRow>)> = Vec::new();
    for row in &comparison.rows {
        for text in texts(row) {
            match groups.iter_mut().find(|(known, _)| *known == text) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((text, vec![row])),
            }
        }
    }
    groups.into_iter().map(|(text, rows)| (who(comparison, &rows), text)).collect()
}

fn who(comparison: &ComparisonTable, rows: &[&ComparisonRow]) -> String {
    let plan = &comparison.title.plan;
    let chip = |row: &ComparisonRow| plan.configuration(row.index).chip;
    if rows.len() == comparison.rows.len() && rows.len() > 1 {
        return "all".to_owned();
    }
    let mut text = String::new();
    let names: Vec<&str> = plan.axes.iter().map(|axis| axis.name.as_str()).collect();
    for (at, name) in plan.chips.iter().enumerate() {
        let mine: Vec<&&ComparisonRow> = rows.iter().filter(|row| chip(row) == at).collect();
        if mine.is_empty() {
            continue;
        }
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{separator}{name}");
        if mine.len() == comparison.rows.iter().filter(|row| chip(row) == at).count() {
            continue;
        }
        let mut told = Vec::new();
        for (axis, axis_name) in names.iter().enumerate() {
            let mut values: Vec<&str> = mine.iter().map(|row| plan.configuration(row.index).values[axis]).collect();
            values.dedup();
            let mut distinct: Vec<&str> = Vec::new();
            values.into_iter().for_each(|value| {
                if !distinct.contains(&value) {
                    distinct.push(value)
                }
            });
            if distinct.len() < plan.axes[axis].values.len() {
                told.push(format!("{} {}", short(axis_name, &names), distinct.join(", ")));
            }
        }
        let count = if told.is_empty() { count(mine.len() as u64, "configuration") } else { told.join("; ") };
        let _ = write!(text, " ({count})");
    }
    text
}
