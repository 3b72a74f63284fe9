//! The comparison for a terminal.

use super::remarks::{above, differs, grouped, limits, remarks};
use super::values::{label_of, scale, short, written_of};
use crate::explore::figures::ENERGY;
use crate::explore::{ComparisonRow, ComparisonTable, FIGURES};
use crate::report::{TextTable, UnitScale, count, table};
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

/// What the table of a search has beside that of a comparison: the number of each row, and the hypervolume after it.
#[derive(Clone, Debug, Default)]
pub(in crate::explore) struct SearchColumns {
    pub(in crate::explore) numbers: Vec<String>,
    /// Nothing where it is not known.
    pub(in crate::explore) volumes: Vec<String>,
    /// Samples of each row; nothing where all rows have as many.
    pub(in crate::explore) samples: Vec<String>,
    /// Figures that have limits.
    pub(in crate::explore) limited: Vec<usize>,
}

/// The heading of a hypervolume.
pub(in crate::explore) const VOLUME: &str = "volume";

/// The comparison for a terminal of a given width, with escape codes for colours if `colours` is set and no others.
pub fn compare_text(comparison: &ComparisonTable, width: u16, colours: bool) -> String {
    let origins =
        comparison.title.origins.iter().map(|origin| textwrap::fill(&origin.to_string(), usize::from(width)) + "\n");
    let head = origins.collect::<String>() + &textwrap::fill(&head(comparison), usize::from(width));
    let mut text = visible(&head).into_owned() + "\n\n";
    for line in above(comparison) {
        text += &visible(&(textwrap::fill(&line, usize::from(width)) + "\n\n"));
    }
    let (body, left_out) = table_of(comparison, None, width, colours);
    text += &body;
    text += "\n\n";
    for note in notes(comparison, left_out) {
        text += &visible(&(textwrap::fill(&note, usize::from(width)) + "\n"));
    }
    text.truncate(text.trim_end().len());
    text
}

/// The rows as a table, and how many figures did not fit.
pub(in crate::explore) fn table_of(
    comparison: &ComparisonTable,
    search: Option<&SearchColumns>,
    width: u16,
    colours: bool,
) -> (String, usize) {
    let columns = columns(comparison, search, width);
    let left_out = shown(comparison).len() - columns.figures.len();
    let body = visible(&columns.render(comparison, width)).into_owned();
    (if colours { coloured(&body) } else { body }, left_out)
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
struct ShownColumns<'s> {
    figures: Vec<usize>,
    search: Option<&'s SearchColumns>,
    volume: bool,
    /// Whether it has what bounds a row's steps, behind the figures that are always shown.
    bound: bool,
    covers: bool,
    bar: bool,
    /// Whether headings of axes are on two lines.
    folded: bool,
    /// Figures that are always shown.
    always: usize,
}

fn columns<'s>(comparison: &ComparisonTable, search: Option<&'s SearchColumns>, width: u16) -> ShownColumns<'s> {
    let (mut shown, mut always) = (shown(comparison), ALWAYS);
    // The requested figures come first, and are shown on terminals of any width.
    if comparison.axes_are_own {
        let limited = search.map_or(&[][..], |search| &search.limited);
        let first: Vec<usize> = comparison.axes.iter().chain(limited).copied().collect();
        shown.sort_by_key(|at| first.iter().position(|one| one == at).unwrap_or(first.len()));
        always = shown.iter().filter(|at| first.contains(at)).count();
    }
    let fits = |columns: &ShownColumns<'_>| {
        let text = columns.render(comparison, u16::MAX);
        text.lines().map(console::measure_text_width).max().unwrap_or(0) <= usize::from(width)
    };
    let figures = shown.iter().copied().take(always).collect();
    let covers = differs(comparison);
    let mut columns =
        ShownColumns { figures, search, volume: false, covers, bound: false, bar: false, folded: false, always };
    columns.folded = search.is_some() && columns.table(comparison, width).needs(1) > usize::from(width);
    if search.is_some_and(|search| !search.volumes.is_empty()) {
        columns.volume = true;
        columns.volume = fits(&columns);
    }
    columns.covers &= fits(&columns);
    if comparison.rows.iter().any(|row| !row.bound().is_empty()) {
        columns.bound = true;
        columns.bound = fits(&columns);
    }
    for (place, at) in shown.into_iter().enumerate().skip(always) {
        // Energies of different classes have no common scale.
        if place == BEFORE_BARS && search.is_none() && comparison.differing().is_empty() {
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

impl ShownColumns<'_> {
    fn render(&self, comparison: &ComparisonTable, width: u16) -> String {
        let mut table = self.table(comparison, width);
        if self.search.is_some() {
            table.closer();
        }
        table.to_string()
    }

    fn table(&self, comparison: &ComparisonTable, width: u16) -> TextTable {
        let plan = &comparison.title.plan;
        let names: Vec<&str> = plan.axes.iter().map(|axis| axis.name.as_str()).collect();
        let heading = |name| if self.folded { folded(short(name, &names)) } else { short(name, &names).to_owned() };
        let axes: Vec<String> = names.iter().map(|name| heading(name)).collect();
        let mut labels: Vec<&str> = self.figures.iter().map(|at| label_of(*at, &names)).collect();
        let behind = labels.len().min(self.always);
        if self.bound {
            labels.insert(behind, "bound by");
        }
        let covers = self.covers.then_some("covers");
        // Of a search among settings of one chip, all rows are of that chip.
        let chip = (self.search.is_none() || plan.chips.len() > 1).then_some("chip");
        let first = self.search.map(|_| "#").into_iter().chain(chip);
        let volume = self.volume.then_some(VOLUME);
        let samples = self.search.filter(|search| !search.samples.is_empty()).map(|search| &search.samples);
        let axes = axes.iter().map(String::as_str).chain(samples.map(|_| "samples"));
        let heads = first.chain(axes).chain(labels).chain(volume).chain(covers).chain(["", "energy"]);
        let heads: Vec<&str> = heads.collect();
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
        let rows = comparison.rows.iter().zip(comparison.front()).enumerate();
        for (place, (row, on_front)) in rows.filter(|(_, (row, _))| row.result.is_ok()) {
            let configuration = plan.configuration(row.index);
            let mut cells: Vec<String> = self.search.map(|search| search.numbers[place].clone()).into_iter().collect();
            cells.extend(chip.map(|_| plan.chips[configuration.chip].clone()));
            cells.extend(configuration.values.iter().map(|value| (*value).to_owned()));
            cells.extend(samples.map(|samples| samples[place].clone()));
            let figures = self.figures.iter().zip(&scales).map(|(at, scale)| cell(comparison, row, *at, *scale));
            let first = cells.len();
            cells.extend(figures);
            if self.bound {
                // As wide as a figure with its mark.
                cells.insert(first + behind, row.bound() + " ");
            }
            cells.extend(self.search.filter(|_| self.volume).map(|search| search.volumes[place].clone()));
            let covers = row.result.as_ref().map(|found| found.covers.brief());
            cells.extend(covers.ok().filter(|_| self.covers));
            cells.push(if *on_front { FRONT.to_owned() } else { String::new() });
            if self.bar {
                cells.push(bar(energy(row), most));
            }
            table.add_row(cells);
        }
        table
    }
}

/// A heading on two lines, divided at the underscore that is nearest to its middle.
fn folded(name: &str) -> String {
    let places = name.match_indices('_').map(|(at, _)| at + 1).filter(|at| *at < name.len());
    let place = places.min_by_key(|at| at.abs_diff(name.len() - at));
    place.map_or_else(|| name.to_owned(), |at| format!("{}\n{}", &name[..at], &name[at..]))
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

/// What a reader must know beside the table.
pub(in crate::explore) fn notes(comparison: &ComparisonTable, left_out: usize) -> Vec<String> {
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
