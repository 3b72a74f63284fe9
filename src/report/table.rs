//! Numbers and tables as people read them.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};
use std::fmt;
use std::ops::{Deref, DerefMut};

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// What bars are made of.
pub(super) const BAR: char = '█';

/// A table for a number of columns of text. If space is short, bars get shorter, then gaps, and cells break at blanks;
/// words break only if nothing else helps.
pub(crate) struct TextTable {
    table: Table,
    width: u16,
}

impl Deref for TextTable {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.table
    }
}

impl DerefMut for TextTable {
    fn deref_mut(&mut self) -> &mut Table {
        &mut self.table
    }
}

impl TextTable {
    /// The texts of a column, its header among them.
    fn texts(&self, column: usize) -> impl Iterator<Item = String> {
        let cells = self.table.column_cells_with_header_iter(column).flatten();
        cells.map(comfy_table::Cell::content).collect::<Vec<_>>().into_iter()
    }

    /// Widths of the longest word of each column, and of its longest bar.
    fn words(&self) -> Vec<(u16, u16)> {
        let longest = |texts: &[String], bars: bool| {
            let words = texts.iter().flat_map(|text| text.split_whitespace());
            let words = words.filter(|word| word.contains(BAR) == bars);
            words.map(console::measure_text_width).max().unwrap_or(0).try_into().unwrap_or(u16::MAX)
        };
        let columns = (0..self.table.column_iter().count()).map(|column| self.texts(column).collect::<Vec<_>>());
        columns.map(|texts| (longest(&texts, false), longest(&texts, true))).collect()
    }

    /// The table with columns as wide as their longest words, where they fit.
    fn fitted(&self) -> Table {
        let mut table = self.table.clone();
        let words = self.words();
        let (mut least, mut bars) = (0, 0);
        for (word, bar) in &words {
            least += word;
            bars = bars.max(bar.saturating_sub(*word));
        }
        // A cell has a blank on each side, and there is one more between two cells.
        let gaps = 2 * words.len() as u16;
        let between = words.len().saturating_sub(1) as u16;
        let room = self.width.saturating_sub(least + gaps + between);
        if bars > room {
            shorten(&mut table, bars, room);
        }
        let narrow = least + gaps + between > self.width;
        let fits = least + gaps / 2 + between <= self.width;
        for (column, (word, _)) in table.column_iter_mut().zip(&words) {
            let gap = if narrow { 1 } else { 2 };
            if narrow {
                column.set_padding((1, 0));
            }
            if fits {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(word + gap)));
            }
        }
        table
    }
}

/// Scales all bars.
fn shorten(table: &mut Table, longest: u16, room: u16) {
    for row in table.row_iter_mut() {
        let cells: Vec<_> = row.cell_iter().map(|cell| (cell.content(), cell.clone())).collect();
        let cells = cells.into_iter().map(|(text, cell)| match text.chars().filter(|c| *c == BAR).count() {
            0 => cell,
            bar => comfy_table::Cell::new(BAR.to_string().repeat(bar * usize::from(room) / usize::from(longest))),
        });
        *row = comfy_table::Row::from(cells.collect::<Vec<_>>());
    }
}

impl fmt::Display for TextTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, line) in self.fitted().to_string().lines().enumerate() {
            let end = if number > 0 { "\n" } else { "" };
            write!(f, "{end}{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A table without a heading that fits a width.
pub(super) fn plain(width: u16) -> TextTable {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    TextTable { table, width }
}

/// A table that fits a width, first column to the left, the others to the right.
pub(crate) fn table(header: &[&str], width: u16) -> TextTable {
    let mut table = plain(width);
    table.set_header(header.iter().copied());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A number with three or four significant digits, and thousands apart.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        v if v >= 1000.0 => thousands(value.round() as i64),
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

pub(super) fn thousands(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number in the unit of a thousand that suits it, from the given ones, smallest first.
pub(crate) fn scaled(value: f64, units: &[&str]) -> String {
    let mut value = value;
    let mut rest = units.iter();
    let mut unit = rest.next().copied().unwrap_or("");
    for next in rest {
        if value.abs() < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{} {unit}", number(value))
}

pub(crate) fn energy(pj: f64) -> String {
    scaled(pj, &["pJ", "nJ", "uJ", "mJ", "J"])
}

pub(crate) fn time(ns: f64) -> String {
    scaled(ns, &["ns", "us", "ms", "s"])
}

/// How a figure of a name is written.
pub(super) fn figure(name: &str, value: f64) -> String {
    match name {
        "energy_pj" => energy(value),
        "latency_ns" => time(value),
        _ => number(value),
    }
}

pub(super) fn label(name: &str) -> String {
    let plain = name.trim_end_matches("_pj").trim_end_matches("_ns");
    plain.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0.0, 0.12345, 1.005, 12.34, 123.4, 1234.5, -1_234_567.0].map(number),
            ["0", "0.123", "1.00", "12.3", "123", "1,235", "-1,234,567"]
        );
        assert_eq!(energy(20_622_545.1), "20.6 uJ");
        assert_eq!(time(999.0), "999 ns");
    }

    #[test]
    fn narrow_tables_keep_words_whole() {
        let mut wide = table(&["", "neurons", "synaptic operations", ""], 80);
        wide.add_row(["dense1", "128", "1,869", &"█".repeat(30)]);
        let lines = |width: u16| {
            let narrow = TextTable { table: wide.table.clone(), width };
            let mut narrow = narrow;
            narrow.table.set_width(width);
            narrow.to_string()
        };
        for width in [80, 60, 50, 40, 34] {
            let text = lines(width);
            let widest = text.lines().map(console::measure_text_width).max().unwrap_or(0);
            assert!(widest <= usize::from(width), "{width}: {widest}\n{text}");
            assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
            let words = ["dense1", "neurons", "synaptic", "operations", "1,869"];
            assert!(words.iter().all(|word| text.contains(word)), "{width}:\n{text}");
            assert_eq!(text.lines().filter(|line| line.contains('█')).count(), 1, "{text}");
        }
    }
}
