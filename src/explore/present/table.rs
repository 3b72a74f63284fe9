//! The rows as typed columns, for programs that compute with them.

use crate::columns::{Columns, RowColumns};
use crate::explore::{ComparisonRow, ComparisonTable, FIGURES, RowFigures, SweepAxis};
use crate::report::CostClass;

/// A row, and whether it is on the front.
type Placed<'r> = (&'r ComparisonRow, bool);

/// The comparison as a table, with the columns of its CSV. Values of an axis that are all numbers are numbers.
pub fn compare_columns(comparison: &ComparisonTable) -> Columns {
    let rows: Vec<Placed<'_>> = comparison.rows.iter().zip(comparison.front().iter().copied()).collect();
    columns_of(comparison, &rows)
}

/// The rows on the front alone, with the same columns.
pub fn front_columns(comparison: &ComparisonTable) -> Columns {
    let rows = comparison.rows.iter().zip(comparison.front().iter().copied());
    columns_of(comparison, &rows.filter(|(_, on_front)| *on_front).collect::<Vec<_>>())
}

fn columns_of(comparison: &ComparisonTable, rows: &[Placed<'_>]) -> Columns {
    let plan = &comparison.title.plan;
    let mut table = Columns::of_rows(rows)
        .whole("number", |(row, _)| Some(row.index as u64 + 1))
        .text("chip", |(row, _)| &plan.chips[plan.configuration(row.index).chip]);
    for (at, axis) in plan.axes.iter().enumerate() {
        table = with_axis(table, axis, |(row, _)| plan.configuration(row.index).values[at]);
    }
    table = table
        .text("status", |(row, _)| match &row.result {
            Err(_) => "not_run",
            Ok(found) if found.wrong => "differs_from_reference",
            Ok(_) => "ran",
        })
        .text_if("reason", |(row, _)| row.result.as_ref().err().cloned())
        .text_if("calibration", |row| Some(found(row)?.calibration.0.clone()))
        .text_if("scope", |row| Some(found(row)?.scope.clone()))
        .text_if("energy_coverage", |row| Some(found(row)?.coverage.name().to_owned()));
    for (at, figure) in FIGURES.iter().enumerate() {
        table = table.real(figure.name, |(row, _)| row.figure(at));
    }
    table = table
        .flags("pareto", |(_, on_front)| *on_front)
        .text_if("notes", |row| Some(found(row)?.notes.join("; ")))
        .text_if("unpriced", |row| Some(found(row)?.unpriced.join("; ")))
        .text_if("area_kind", |row| Some(found(row)?.area.as_ref()?.0.clone()))
        .text_if("area_source", |row| Some(found(row)?.area.as_ref()?.1.clone()))
        .text_if("bound", |row| Some(found(row)?.bound?.class.name().to_owned()))
        .real("bound_share", |row| Some(found(row)?.bound?.share))
        .text_if("bound_of", |row| Some(found(row)?.bound?.fields()[2].clone()))
        .whole("bound_core", |row| found(row)?.bound?.core)
        .text_if("covers", |row| Some(found(row)?.covers.names().join("; ")));
    for (at, class) in CostClass::NAMES.iter().enumerate() {
        table = table.real(format!("energy_pj of {class}"), |row| found(row)?.covers.pj[at]);
    }
    table.finish()
}

fn found<'r>((row, _): &Placed<'r>) -> Option<&'r RowFigures> {
    row.result.as_ref().ok()
}

/// Adds an axis: whole or real numbers where all of its values are, else texts.
fn with_axis<'r, 'p>(
    table: RowColumns<'r, Placed<'p>>,
    axis: &SweepAxis,
    value: impl Fn(&Placed<'p>) -> &'p str,
) -> RowColumns<'r, Placed<'p>> {
    let is_whole = axis.values.iter().all(|value| value.parse::<i64>().is_ok_and(|number| number >= 0));
    let is_real = axis.values.iter().all(|value| value.parse::<f64>().is_ok_and(f64::is_finite));
    match (is_whole, is_real) {
        (true, _) => table.whole(axis.name.as_str(), |row| value(row).parse().ok()),
        (false, true) => table.real(axis.name.as_str(), |row| value(row).parse().ok()),
        (false, false) => table.text(axis.name.as_str(), |row| value(row)),
    }
}
