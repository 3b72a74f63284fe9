//! Numbers and tables as people read them.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table without a heading that fits a width.
pub(super) fn plain(width: u16) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table
}

/// A table that fits a width, first column to the left, the others to the right.
pub(crate) fn table(header: &[&str], width: u16) -> Table {
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
}
