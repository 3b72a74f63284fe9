//! Tables for notebooks and terminals.

use serde_json::Value;
use spikemesh::columns::Columns;
use std::fmt::Write;

/// Rows at the head and at the end of a long table that are shown.
const ENDS: (usize, usize) = (8, 4);

/// Rows of a table, of a long one those at its ends; `None` stands for what is left out.
fn rows(table: &Columns, (first, last): (usize, usize)) -> Vec<Option<Vec<String>>> {
    let count = table.rows();
    let cells = |row: usize| table.columns().iter().map(|column| cell(&column.values.cell(row))).collect();
    if count <= first + last + 1 {
        return (0..count).map(|row| Some(cells(row))).collect();
    }
    let head = (0..first).map(|row| Some(cells(row)));
    head.chain([None]).chain((count - last..count).map(|row| Some(cells(row)))).collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        Value::String(text) => spikemesh::text::in_line(text).into_owned(),
        Value::Number(number) if number.is_f64() => {
            let value = number.as_f64().unwrap_or_default();
            let digits = (6 - (value.abs().max(1e-300).log10().floor() as i32)).clamp(0, 12) as usize;
            let text = format!("{value:.digits$}");
            let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
            text.to_owned()
        }
        other => other.to_string(),
    }
}

fn is_text(table: &Columns, column: usize) -> bool {
    let values = &table.columns()[column].values;
    (0..values.len()).map(|row| values.cell(row)).find(|cell| !cell.is_null()).is_some_and(|cell| cell.is_string())
}

/// A table in columns of text, and its size.
pub(crate) fn table_text(table: &Columns) -> String {
    let rows = rows(table, ENDS);
    let width = |column: usize| {
        let cells = rows.iter().flatten().map(|row| row[column].chars().count());
        cells.chain([table.columns()[column].name.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<(usize, bool)> = (0..table.columns().len()).map(|at| (width(at), is_text(table, at))).collect();
    let line = |cells: &[&str]| {
        let padded = cells.iter().zip(&widths).map(|(cell, (width, is_text))| match is_text {
            true => format!("{cell:<width$}"),
            false => format!("{cell:>width$}"),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
    let mut text = line(&names);
    for row in &rows {
        let row =
            row.as_ref().map_or("…".to_owned(), |row| line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
        let _ = write!(text, "\n{row}");
    }
    let _ = write!(text, "\n[{} rows x {} columns]", table.rows(), table.columns().len());
    text
}

/// A table for a page.
pub(crate) fn table_html(table: &Columns) -> String {
    let mut html = String::from("<table><thead><tr>");
    for column in table.columns() {
        let _ = write!(html, "<th>{}</th>", escaped(&column.name));
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows(table, (30, 10)) {
        html.push_str("<tr>");
        match row {
            None => html.push_str(&"<td>…</td>".repeat(table.columns().len())),
            Some(cells) => {
                for cell in &cells {
                    let _ = write!(html, "<td>{}</td>", escaped(cell));
                }
            }
        }
        html.push_str("</tr>");
    }
    let _ = write!(html, "</tbody></table><p>{} rows × {} columns</p>", table.rows(), table.columns().len());
    html
}

/// Text on a page.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text on a page in lines as they are.
pub(crate) fn preformatted(text: &str) -> String {
    format!("<pre>{}</pre>", escaped(text))
}

/// The first lines of a report.
pub(crate) fn first_lines(text: &str, most: usize) -> String {
    let mut lines = text.lines();
    let first: Vec<&str> = lines.by_ref().take(most).collect();
    let rest = lines.count();
    let more = if rest > 0 { format!("\n… {rest} more lines: print(x.text())") } else { String::new() };
    first.join("\n") + &more
}
