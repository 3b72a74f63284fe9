//! A table of a report, and how it is written as text and on a page.

use crate::report::table::table;
use comfy_table::CellAlignment;
use maud::{Markup, html};

/// A table of figures, or a sentence in its place.
pub(in crate::report) struct Table {
    pub(super) heading: &'static str,
    /// Its name on the page.
    pub(super) id: &'static str,
    /// Headings of columns; the text leaves out that of the first.
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// What the page says where there is no table.
    pub(super) instead: Option<&'static str>,
}

impl Table {
    pub(in crate::report) fn heading(&self) -> &'static str {
        self.heading
    }

    /// For a terminal of that width.
    pub(in crate::report) fn text(&self, width: u16) -> comfy_table::Table {
        let columns: Vec<&str> = std::iter::once("").chain(self.columns.iter().skip(1).copied()).collect();
        let mut grid = table(&columns, width);
        let bar = self.rows.first().and_then(|row| row.iter().position(|cell| matches!(cell, Cell::Bar(_))));
        if let Some(column) = bar.and_then(|index| grid.column_mut(index)) {
            column.set_cell_alignment(CellAlignment::Left);
        }
        for row in &self.rows {
            grid.add_row(row.iter().map(Cell::text));
        }
        grid
    }

    /// On a page, with its heading.
    pub(in crate::report) fn page(&self) -> Markup {
        let last_is_bar = self.columns.last().is_some_and(|name| name.is_empty());
        html! {
            h2 { (self.heading) }
            @if let Some(text) = self.instead { p.note { (text) } } @else {
                div.scroll {
                    table id=(self.id) {
                        tr {
                            @for (index, name) in self.columns.iter().enumerate() {
                                @let word = index == 0 || last_is_bar && index + 1 == self.columns.len();
                                th class=[word.then_some("word")] { (name) }
                            }
                        }
                        @for row in &self.rows { tr { @for cell in row { (cell.page()) } } }
                    }
                }
            }
        }
    }
}

/// A cell of a table.
pub(in crate::report) enum Cell {
    /// A name.
    Word(String),
    /// A figure as people read it, and as machines do.
    Figure(String, Option<String>),
    /// A share as a bar.
    Bar(f64),
}

impl Cell {
    /// A figure whose exact value is to be seen on the page.
    pub(super) fn exact(text: String, value: f64) -> Self {
        Self::Figure(text, Some(exact(value)))
    }

    fn text(&self) -> String {
        match self {
            Self::Word(text) | Self::Figure(text, _) => text.clone(),
            Self::Bar(share) => "█".repeat((share * 30.0).round() as usize),
        }
    }

    fn page(&self) -> Markup {
        match self {
            Self::Word(text) => html! { td.word { (text) } },
            Self::Figure(text, exact) => html! { td title=[exact.as_ref()] { (text) } },
            Self::Bar(share) => html! { td.word { span.bar style=(format!("width:{:.1}rem", 16.0 * share)) {} } },
        }
    }
}

/// A number as the JSON has it, for the title of a cell.
pub(super) fn exact(value: f64) -> String {
    serde_json::json!(value).to_string()
}
