//! The comparison for a terminal.

use super::unchanged::unchanged;
use super::values::{label_of, scale, short, written_of};
use crate::explore::figures::ENERGY;
use crate::explore::{ComparisonRow, ComparisonTable, FIGURES, RowFigures};
use crate::report::{Coverage, UnitScale, count, table};
use crate::text::visible;
use std::fmt::Write;

/// Marks of the best of a column, and of a row of the front.
const BEST: &str = "*";
const FRONT: &str = "●";

/// Longest bar of an energy (columns).
const BAR: f64 = 12.0;

/// Figures that are shown however narrow the terminal is, and those that matter more than bars.
const ALWAYS: usize = 3;
const BEFORE_BARS: usize = 6;

/// Reasons that are told in full.
const REASONS: usize = 12;

/// The comparison for a terminal of that width; with escape codes for colours, if asked for, and no others.
pub fn compare_text(comparison: &ComparisonTable, width: u16, colours: bool) -> String {
    let origins =
        comparison.title.origins.iter().map(|origin| textwrap::fill(&origin.to_string(), usize::from(width)) + "\n");
    let head = origins.collect::<String>() + &textwrap::fill(&head(comparison), usize::from(width));
    let mut text = visible(&head).into_owned() + "\n\n";
    let columns = columns(comparison, width);
    let left_out = shown(comparison).len() - columns.figures.len();
    let body = visible(&columns.render(comparison, width)).into_owned();
    text += &if colours { coloured(&body) } else { body };
    text += "\n\n";
    for note in notes(comparison, left_out) {
        text += &visible(&(textwrap::fill(&note, usize::from(width)) + "\n"));
    }
    text.truncate(text.trim_end().len());
    text
}

fn head(comparison: &ComparisonTable) -> String {
    let title = &comparison.title;
    let of = title.plan.len();
    let configurations = match comparison.rows.len() {
        known if known < of => format!("{known} of {of} configurations"),
        known => count(known as u64, "configuration"),
    };
    let data = title
        .dataset
        .as_ref()
        .map_or(String::new(), |data| format!(" · {} of {data}", count(title.samples as u64, "sample")));
    format!("{} · {configurations}{data}", title.network)
}

/// Figures of which at least one row knows something, by position, most important first.
fn shown(comparison: &ComparisonTable) -> Vec<usize> {
    let known = |at: &usize| comparison.rows.iter().any(|row| row.figure(*at).is_some());
    let wanted = |at: &usize| FIGURES[*at].name != "mismatched_samples" || comparison.is_wrong();
    (0..FIGURES.len()).filter(known).filter(wanted).collect()
}

/// Columns of the table.
struct ShownColumns {
    figures: Vec<usize>,
    /// Whether it has what bounds a row's steps, behind the figures that are always shown.
    bound: bool,
    bar: bool,
}

fn columns(comparison: &ComparisonTable, width: u16) -> ShownColumns {
    let shown = shown(comparison);
    let fits = |columns: &ShownColumns| {
        let text = columns.render(comparison, u16::MAX);
        text.lines().map(console::measure_text_width).max().unwrap_or(0) <= usize::from(width)
    };
    let mut columns = ShownColumns { figures: shown.iter().copied().take(ALWAYS).collect(), bound: false, bar: false };
    if comparison.rows.iter().any(|row| !row.bound().is_empty()) {
        columns.bound = true;
        columns.bound = fits(&columns);
    }
    for (place, at) in shown.into_iter().enumerate().skip(ALWAYS) {
        if place == BEFORE_BARS {
            columns.bar = true;
            columns.bar = fits(&columns);
        }
        columns.figures.push(at);
        if !fits(&columns) {
            columns.figures.pop();
            break;
        }
    }
    columns
}

impl ShownColumns {
    fn render(&self, comparison: &ComparisonTable, width: u16) -> String {
        let plan = &comparison.title.plan;
        let names: Vec<&str> = plan.axes.iter().map(|axis| axis.name.as_str()).collect();
        let axes = names.iter().map(|name| short(name, &names));
        let mut labels: Vec<&str> = self.figures.iter().map(|at| label_of(*at, &names)).collect();
        let behind = labels.len().min(ALWAYS);
        if self.bound {
            labels.insert(behind, "bound by");
        }
        let heads: Vec<&str> = ["chip"].into_iter().chain(axes).chain(labels).chain(["", "energy"]).collect();
        let heads = if self.bar { &heads[..] } else { &heads[..heads.len() - 1] };
        let mut table = table(heads, width);
        if let (true, Some(column)) = (self.bar, table.column_mut(heads.len() - 1)) {
            column.set_cell_alignment(comfy_table::CellAlignment::Left);
        }
        let scales: Vec<Option<UnitScale>> = self
            .figures
            .iter()
            .map(|at| scale(*at, comparison.rows.iter().filter_map(|row| row.figure(*at))))
            .collect();
        let most = comparison.rows.iter().map(energy).fold(0.0, f64::max);
        let rows = comparison.rows.iter().zip(comparison.front());
        for (row, on_front) in rows.filter(|(row, _)| row.result.is_ok()) {
            let configuration = plan.configuration(row.index);
            let mut cells = vec![plan.chips[configuration.chip].clone()];
            cells.extend(configuration.values.iter().map(|value| (*value).to_owned()));
            let figures = self.figures.iter().zip(&scales).map(|(at, scale)| cell(comparison, row, *at, *scale));
            let first = cells.len();
            cells.extend(figures);
            if self.bound {
                // As wide as a figure with its mark.
                cells.insert(first + behind, row.bound() + " ");
            }
            cells.push(if *on_front { FRONT.to_owned() } else { String::new() });
            if self.bar {
                cells.push(bar(energy(row), most));
            }
            table.add_row(cells);
        }
        table.to_string()
    }
}

/// A figure; the mark stands where it moves no digit.
fn cell(comparison: &ComparisonTable, row: &ComparisonRow, at: usize, scale: Option<UnitScale>) -> String {
    let mark = if comparison.is_best(row, at) { BEST } else { " " };
    written_of(row, at, scale) + mark
}

/// The energy of a row, where it is complete: a lower bound has no length.
fn energy(row: &ComparisonRow) -> f64 {
    row.figure(ENERGY).filter(|_| row.competes(ENERGY)).unwrap_or(0.0)
}

fn bar(energy: f64, most: f64) -> String {
    let eighths = if most > 0.0 { (energy / most * BAR * 8.0).round() as usize } else { 0 };
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    "█".repeat(eighths / 8) + rest
}

fn coloured(text: &str) -> String {
    let best = console::Style::new().green().bold().force_styling(true);
    let front = console::Style::new().cyan().force_styling(true);
    let line = |line: &str| {
        // Cells are two blanks apart or more; a figure and its unit are one apart.
        let cells = line.split("  ").map(|cell| match cell.trim() {
            FRONT => cell.replace(FRONT, &front.apply_to(FRONT).to_string()),
            word if word.ends_with(BEST) => cell.replace(word, &best.apply_to(word).to_string()),
            _ => cell.to_owned(),
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn notes(comparison: &ComparisonTable, left_out: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if comparison.rows.iter().any(|row| row.result.is_ok()) {
        let axes: Vec<&str> = comparison.axes.iter().map(|at| FIGURES[*at].label).collect();
        notes.push(format!("{BEST} best of its column   {FRONT} on the Pareto front of {}", axes.join(", ")));
        notes.extend(limits(comparison));
    }
    if left_out > 0 {
        notes.push(format!("{left_out} more figures in --csv, --json and --html, or on a wider terminal"));
    }
    notes.extend(remarks(comparison).into_iter().map(|(who, what)| format!("{who}: {what}")));
    let reasons = grouped(comparison, |row| row.result.as_ref().err().cloned().into_iter().collect());
    let more = reasons.len().saturating_sub(REASONS);
    notes.extend(reasons.into_iter().take(REASONS).map(|(who, why)| format!("not run: {who}: {why}")));
    if more > 0 {
        notes.push(format!("not run: {more} more groups, see --csv"));
    }
    notes
}

pub(super) fn limits(comparison: &ComparisonTable) -> Vec<String> {
    let mut limits = Vec::new();
    if comparison.has_incomplete() {
        limits.push(
            "energies marked ≥ are lower bounds, because something that was counted has no published cost; neither they nor \
             unknown ones (–), nor figures computed from them, are marked as best or as part of a front with the energy"
                .to_owned(),
        );
    }
    if comparison.is_unequal() {
        limits.push(
            "complete energies leave out different things (see below): a row is marked only if its energy leaves out no more \
             than those that it is compared with"
                .to_owned(),
        );
    }
    limits
}

/// Notes on configurations, and what of their energy is not comparable, by who they are of.
pub(super) fn remarks(comparison: &ComparisonTable) -> Vec<(String, String)> {
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
    all.extend(grouped(comparison, |row| {
        let found = found(row).filter(|found| !found.unpriced.is_empty());
        let bound = |found: &RowFigures| match found.coverage {
            Coverage::Complete => "",
            Coverage::Partial => ", which is a lower bound (≥)",
            Coverage::Unpriced => ", of which nothing is known (–)",
        };
        found
            .map(|found| format!("not priced, so not in the energy{}: {}", bound(&found), found.unpriced.join(", ")))
            .into_iter()
            .collect()
    }));
    all.extend(unchanged(comparison));
    all
}

/// Texts of rows, each with who it is of: chips, or chips with values where not all of a chip's rows have it.
pub(super) fn grouped(
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
