//! The comparison for a terminal.

use super::remarks::{above, differs, grouped, limits, remarks};
use super::values::{label_of, scale, short, written_of};
use crate::explore::figures::ENERGY;
use crate::explore::{ComparisonRow, ComparisonTable, FIGURES};
use crate::report::{UnitScale, count, table};
use crate::text::visible;

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
    for line in above(comparison) {
        text += &visible(&(textwrap::fill(&line, usize::from(width)) + "\n\n"));
    }
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
    covers: bool,
    bar: bool,
}

fn columns(comparison: &ComparisonTable, width: u16) -> ShownColumns {
    let shown = shown(comparison);
    let fits = |columns: &ShownColumns| {
        let text = columns.render(comparison, u16::MAX);
        text.lines().map(console::measure_text_width).max().unwrap_or(0) <= usize::from(width)
    };
    let figures = shown.iter().copied().take(ALWAYS).collect();
    let mut columns = ShownColumns { figures, covers: differs(comparison), bound: false, bar: false };
    columns.covers &= fits(&columns);
    if comparison.rows.iter().any(|row| !row.bound().is_empty()) {
        columns.bound = true;
        columns.bound = fits(&columns);
    }
    for (place, at) in shown.into_iter().enumerate().skip(ALWAYS) {
        // Energies of different classes have no common scale.
        if place == BEFORE_BARS && comparison.differing().is_empty() {
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
        let covers = self.covers.then_some("covers");
        let heads: Vec<&str> =
            ["chip"].into_iter().chain(axes).chain(labels).chain(covers).chain(["", "energy"]).collect();
        let heads = if self.bar { &heads[..] } else { &heads[..heads.len() - 1] };
        let mut table = table(heads, width);
        let place = heads.iter().position(|head| self.covers && *head == "covers");
        if let Some(column) = place.and_then(|place| table.column_mut(place)) {
            column.set_cell_alignment(comfy_table::CellAlignment::Left);
        }
        if let (true, Some(column)) = (self.bar, table.column_mut(heads.len() - 1)) {
            column.set_cell_alignment(comfy_table::CellAlignment::Left);
        }
        let scales: Vec<Option<UnitScale>> = self
            .figures
            .iter()
            .map(|at| scale(*at, comparison.rows.iter().filter_map(|row| row.figure(*at))))
            .collect();
        let energy = |row: &ComparisonRow| energy(comparison, row);
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
            let covers = row.result.as_ref().map(|found| found.covers.brief());
            cells.extend(covers.ok().filter(|_| self.covers));
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

/// The energy of a row, where it may be set beside those of others: else it has no length.
fn energy(comparison: &ComparisonTable, row: &ComparisonRow) -> f64 {
    row.figure(ENERGY).filter(|_| comparison.competes(row, ENERGY)).unwrap_or(0.0)
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
        let front = if comparison.front().contains(&true) {
            format!("   {FRONT} on the Pareto front of {}", axes.join(", "))
        } else {
            String::new()
        };
        notes.push(format!("{BEST} best of its column{front}"));
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
