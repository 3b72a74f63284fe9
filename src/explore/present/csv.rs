//! The rows for other programs: a heading and a row for each configuration that is known.

use crate::explore::{ComparisonTable, FIGURES, RowFigures};
use crate::report::CostClass;
use crate::text::cell;

/// Columns before and after those of axes and figures.
const FIRST: [&str; 2] = ["number", "chip"];
const STATUS: [&str; 5] = ["status", "reason", "calibration", "scope", "energy_coverage"];
const LAST: [&str; 10] = [
    "pareto",
    "notes",
    "unpriced",
    "area_kind",
    "area_source",
    "bound",
    "bound_share",
    "bound_of",
    "bound_core",
    "covers",
];

/// Before the name of a class, in the columns of the energy by class.
const OF_CLASS: &str = "energy_pj of ";

const BETWEEN: &str = "; ";

/// The comparison as comma-separated values (RFC 4180, with line ends of one character). A name that a spreadsheet would
/// take for a formula has an apostrophe before it.
pub fn compare_csv(comparison: &ComparisonTable) -> String {
    table_csv(comparison, &[])
}

/// The same with columns before the others: their names, and a field for each row.
pub(in crate::explore) fn table_csv(comparison: &ComparisonTable, first: &[(&str, Vec<String>)]) -> String {
    let plan = &comparison.title.plan;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let axes = plan.axes.iter().map(|axis| axis.name.as_str());
    let figures = FIGURES.iter().map(|figure| figure.name);
    let before = first.iter().map(|(name, _)| *name);
    let heading: Vec<&str> = before.chain(FIRST).chain(axes).chain(STATUS).chain(figures).chain(LAST).collect();
    let classes: Vec<String> = CostClass::NAMES.iter().map(|class| format!("{OF_CLASS}{class}")).collect();
    let heading: Vec<&str> = heading.into_iter().chain(classes.iter().map(String::as_str)).collect();
    // Nothing that is written to memory fails, and all rows have as many fields.
    let _ = writer.write_record(heading.iter().map(|name| cell(name).into_owned()));
    for (place, (row, on_front)) in comparison.rows.iter().zip(comparison.front()).enumerate() {
        let configuration = plan.configuration(row.index);
        let number = (row.index + 1).to_string();
        let mut fields: Vec<String> = first.iter().map(|(_, fields)| fields[place].clone()).collect();
        fields.extend([number, plan.chips[configuration.chip].clone()]);
        fields.extend(configuration.values.iter().map(|value| (*value).to_owned()));
        match &row.result {
            Ok(found) => ran(found, *on_front, &mut fields),
            Err(reason) => {
                fields.extend(["not_run".to_owned(), reason.clone()]);
                fields.resize(heading.len(), String::new());
            }
        }
        let _ = writer.write_record(fields.iter().map(|field| cell(field).into_owned()));
    }
    writer.into_inner().map_or(String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn ran(found: &RowFigures, on_front: bool, fields: &mut Vec<String>) {
    let status = if found.wrong { "differs_from_reference" } else { "ran" };
    fields.extend([status.to_owned(), String::new(), found.calibration.0.clone(), found.scope.clone()]);
    fields.push(found.coverage.name().to_owned());
    fields.extend(found.figures.iter().map(|value| value.map_or(String::new(), |value| value.to_string())));
    fields.extend([on_front.to_string(), found.notes.join(BETWEEN), found.unpriced.join(BETWEEN)]);
    fields.extend(found.area_fields().map(|field| field.unwrap_or_default().to_owned()));
    fields.extend(found.bound.map_or(<[String; 4]>::default(), |bound| bound.fields()));
    fields.push(found.covers.names().join(BETWEEN));
    fields.extend(found.covers.pj.iter().map(|pj| pj.map_or(String::new(), |pj| pj.to_string())));
}
