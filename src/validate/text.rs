//! Findings as a table for a terminal, with what was assumed.

use super::{CaseOutcome, Finding, FindingKind, Trouble};
use crate::report::table;
use comfy_table::{CellAlignment, ColumnConstraint};
use std::fmt::Write;

/// A table, and below it what was assumed and from where the figures are.
pub fn to_text(outcomes: &[CaseOutcome], width: u16) -> String {
    let mut table = table(&["case", "ours", "published", "unit", "error", "shows"], width);
    let findings = || outcomes.iter().flat_map(|outcome| outcome.findings.iter().flatten());
    for finding in findings() {
        table.add_row(row(finding));
    }
    for column in [3, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Left);
        }
    }
    // Names of cases are long: the figures beside them keep their width, and the names wrap.
    for column in 1..=5 {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let wrapped = |text: &str| textwrap::indent(&textwrap::fill(text, usize::from(width) - 2), "  ");
    let mut text = if findings().next().is_some() { format!("{table}\n") } else { String::new() };
    for finding in findings().filter(|finding| !finding.notes.is_empty()) {
        let _ = write!(text, "\n{}\n", finding.case);
        for note in &finding.notes {
            let _ = writeln!(text, "{}", wrapped(note));
        }
    }
    let mut sources: Vec<&str> = findings().map(|finding| finding.source.as_ref()).collect();
    sources.dedup();
    if !sources.is_empty() {
        let _ = writeln!(text, "\nsources");
    }
    for source in sources {
        let _ = writeln!(text, "{}", wrapped(source));
    }
    for outcome in outcomes {
        if let Err(Trouble::Absent(why)) = &outcome.findings {
            let _ = writeln!(text, "\nnot run: {}: {why}", outcome.case);
        }
    }
    text.trim_end().to_owned()
}

fn row(finding: &Finding) -> [String; 6] {
    let kind = finding.kind.name().replace('_', " ");
    let shows = match (finding.kind, finding.tolerance) {
        (FindingKind::KnownLimit, _) => verdict(finding).into(),
        (FindingKind::Bound, _) => join(&[&kind, verdict(finding)]),
        (_, None) => format!("{kind}, any"),
        (_, Some(allowed)) => join(&[&format!("{kind}, ±{:.0} %", 100.0 * allowed), verdict(finding)]),
    };
    [
        finding.case.clone(),
        figure(finding.ours),
        figure(finding.published),
        finding.unit.as_ref().into(),
        format!("{:+.1} %", 100.0 * finding.error()),
        shows,
    ]
}

fn join(words: &[&str]) -> String {
    words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

fn verdict(finding: &Finding) -> &'static str {
    match (finding.kind == FindingKind::KnownLimit, finding.passes()) {
        (true, false) => "FAILS (known)",
        (true, true) => "NO LONGER FAILS",
        (false, false) => "MISSED",
        (false, true) => "",
    }
}

/// Four significant digits, or all of a whole number.
fn figure(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 1000.0 {
        return format!("{value:.0}");
    }
    let digits = match value.abs() {
        100.0.. => 1,
        10.0.. => 2,
        0.1.. => 3,
        _ => 4,
    };
    format!("{value:.digits$}")
}
