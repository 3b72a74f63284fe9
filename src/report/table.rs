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
            // No column is narrower than one place.
            words.map(console::measure_text_width).max().unwrap_or(0).max(1).try_into().unwrap_or(u16::MAX)
        };
        let columns = (0..self.table.column_iter().count()).map(|column| self.texts(column).collect::<Vec<_>>());
        columns.map(|texts| (longest(&texts, false), longest(&texts, true))).collect()
    }

    /// The width at which no cell breaks, with so many blanks in each.
    pub(crate) fn needs(&self, gap: usize) -> usize {
        let columns = self.table.column_iter().count();
        let width = |text: String| text.lines().map(console::measure_text_width).max().unwrap_or(0);
        let longest = |column| self.texts(column).map(width).max().unwrap_or(0);
        let cells: usize = (0..columns).map(|column| longest(column) + gap).sum();
        cells + columns.saturating_sub(1)
    }

    /// Whether all cells fit without a break.
    fn is_wide_enough(&self) -> bool {
        self.needs(2) <= usize::from(self.width)
    }

    /// Sets cells closer to each other, where that keeps them from breaking.
    pub(crate) fn closer(&mut self) {
        if !self.is_wide_enough() && self.needs(1) <= usize::from(self.width) {
            self.table.column_iter_mut().for_each(|column| {
                column.set_padding((1, 0));
            });
            self.table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }

    /// The table with columns as wide as their longest words, where they fit.
    fn fitted(&self) -> Table {
        let mut table = self.table.clone();
        if self.is_wide_enough() {
            table.set_content_arrangement(ContentArrangement::Disabled);
            return table;
        }
        let words = self.words();
        let (mut least, mut bars) = (0, 0);
        for (word, bar) in &words {
            least += word;
            bars = bars.max(bar.saturating_sub(*word));
        }
        // A cell has a blank on each side, or one in all if space is short, and there is one more between two cells.
        let columns = words.len() as u16;
        let between = columns.saturating_sub(1);
        let narrow = least + 2 * columns + between > self.width;
        let gap = if narrow { 1 } else { 2 };
        let needed = least + gap * columns + between;
        let room = self.width.saturating_sub(needed);
        if bars > room {
            shorten(&mut table, bars, room);
        }
        let fits = needed <= self.width;
        for (column, (word, _)) in table.column_iter_mut().zip(&words) {
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
    styled(STYLE, width)
}

fn styled(style: TableStyle, width: u16) -> TextTable {
    let mut table = Table::new();
    table.load_style(style).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    TextTable { table, width }
}

/// A table that fits a width, first column to the left, the others to the right.
pub(crate) fn table(header: &[&str], width: u16) -> TextTable {
    with_header(plain(width), header)
}

/// The same without a rule and without a margin.
pub(super) fn compact(header: &[&str], width: u16) -> TextTable {
    let mut table = with_header(styled(TableStyle::new(), width), header);
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    table
}

fn with_header(mut table: TextTable, header: &[&str]) -> TextTable {
    table.set_header(header.iter().copied());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A number with three or four significant digits, and thousands apart.
pub(crate) fn number(value: f64) -> String {
    // Limits are those of the rounded value: 0.9996 is 1.00, and 999.6 is 1,000.
    match value.abs() {
        0.0 => "0".into(),
        v if v >= 999.5 => thousands(value.round() as i64),
        v if v >= 99.95 => format!("{value:.0}"),
        v if v >= 9.995 => format!("{value:.1}"),
        v if v >= 0.9995 => format!("{value:.2}"),
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

/// One and another unit: each is a thousand of the one before.
pub(crate) type Units = &'static [&'static str];

/// Units of energies in picojoules.
pub(crate) const ENERGY_UNITS: Units = &["pJ", "nJ", "µJ", "mJ", "J"];
/// Units of times in nanoseconds.
pub(crate) const TIME_UNITS: Units = &["ns", "µs", "ms", "s"];

/// The unit of all values of a row or a column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitScale {
    unit: &'static str,
    per_unit: f64,
}

impl UnitScale {
    /// Smallest value of a column, in its unit.
    const LEAST: f64 = 0.01;

    /// The unit that suits the largest value, or a smaller one in which the smallest value still has two digits.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>, units: Units) -> Self {
        let sizes = values.into_iter().map(f64::abs).filter(|value| *value > 0.0);
        let (least, most) = sizes.fold((f64::MAX, 0.0), |(least, most): (f64, f64), v| (least.min(v), most.max(v)));
        let mut scale = Self { unit: units.first().copied().unwrap_or(""), per_unit: 1.0 };
        for unit in units.iter().skip(1) {
            let next = scale.per_unit * 1000.0;
            if most / scale.per_unit < 999.5 || least / next < Self::LEAST {
                break;
            }
            scale = Self { unit, per_unit: next };
        }
        scale
    }

    /// A value with its unit.
    pub(crate) fn text(self, value: f64) -> String {
        format!("{} {}", self.plain(value), self.unit)
    }

    /// A value without its unit, beside one that has it.
    pub(crate) fn plain(self, value: f64) -> String {
        number(value / self.per_unit)
    }
}

/// A number in the unit of a thousand that suits it, from the given ones, smallest first.
pub(crate) fn scaled(value: f64, units: Units) -> String {
    UnitScale::of([value], units).text(value)
}

pub(crate) fn energy(pj: f64) -> String {
    scaled(pj, ENERGY_UNITS)
}

pub(crate) fn time(ns: f64) -> String {
    scaled(ns, TIME_UNITS)
}

/// How a figure of a name is written.
pub(super) fn figure(name: &str, value: f64) -> String {
    let [text] = figures(name, [value]);
    text
}

/// How the figures of a name are written, all in one unit.
pub(super) fn figures<const N: usize>(name: &str, values: [f64; N]) -> [String; N] {
    let units = match name {
        "energy_pj" => ENERGY_UNITS,
        "latency_ns" => TIME_UNITS,
        _ => return values.map(number),
    };
    let scale = UnitScale::of(values, units);
    values.map(|value| scale.text(value))
}

/// A number of things: 1 core, 2 cores.
pub(crate) fn count(number: impl Into<u64>, noun: &str) -> String {
    let number = number.into();
    let end = if number == 1 { "" } else { "s" };
    format!("{} {noun}{end}", thousands(number as i64))
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
        assert_eq!(energy(20_622_545.1), "20.6 µJ");
        assert_eq!([0.0, 999.4, 999.6, 1e12].map(energy), ["0 pJ", "999 pJ", "1.00 nJ", "1.00 J"]);
        assert_eq!([1u32, 2, 1000].map(|n| count(n, "core")), ["1 core", "2 cores", "1,000 cores"]);
        assert_eq!(time(999.0), "999 ns");
    }

    #[test]
    fn a_row_has_one_unit_in_which_its_smallest_value_is_not_lost() {
        assert_eq!(figures("energy_pj", [911.0, 1_020.0, 0.0]), ["0.911 nJ", "1.02 nJ", "0 nJ"]);
        assert_eq!(figures("latency_ns", [19_200.0, 900.0, 2e6]), ["19.2 µs", "0.900 µs", "2,000 µs"]);
        assert_eq!(figures("energy_pj", [3.0, 2e6]), ["3.00 pJ", "2,000,000 pJ"]);
        assert_eq!(figures("hops", [3.0, 20_000.0]), ["3.00", "20,000"]);
    }

    #[test]
    fn no_line_of_a_table_ends_in_a_blank() {
        for mut table in [table(&["", "a", "b"], 40), compact(&["", "a", "b"], 40)] {
            table.add_row(["one", "1", ""]).add_row(["two", "", "a long cell that takes more than one line here"]);
            let text = table.to_string();
            assert!(text.lines().count() > 3 && text.lines().all(|line| line == line.trim_end()), "{text}");
        }
    }

    #[test]
    fn no_cell_breaks_where_all_fit() {
        let mut table = table(&["chip", "accuracy", "latency", ""], 42);
        table.add_row(["sram_mesh", "80.00 % ", "0.877 µs*", ""]).add_row(["loihi", "98.00 %*", "8.02 µs ", "●"]);
        let text = table.to_string();
        assert!(text.contains("0.877 µs*") && text.lines().count() == 4, "{text}");
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
