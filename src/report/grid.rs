//! A table of a report, and how it is written as text and on a page.

use super::energy::Coverage;
use super::table::{BAR, TextTable, compact, table};
use comfy_table::CellAlignment;
use maud::{Markup, html};

/// A table of figures, or a sentence in its place.
#[derive(Default)]
pub(super) struct ReportTable {
    pub(super) heading: &'static str,
    pub(super) id: &'static str,
    /// Headings of columns; the text leaves out that of the first.
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// The page's sentence where there is no table.
    pub(super) instead: Option<&'static str>,
    /// Meaning of its columns.
    pub(super) legend: String,
}

impl ReportTable {
    pub(super) fn text(&self, width: u16) -> TextTable {
        let columns: Vec<&str> = std::iter::once("").chain(self.columns.iter().skip(1).copied()).collect();
        self.filled(table(&columns, width))
    }

    /// The text without a rule and a margin, with the heading of the first column.
    pub(super) fn compact(&self, width: u16) -> TextTable {
        self.filled(compact(&self.columns, width))
    }

    fn filled(&self, mut grid: TextTable) -> TextTable {
        let bar = self.rows.first().and_then(|row| row.iter().position(|cell| matches!(cell, Cell::Bar(_))));
        if let Some(column) = bar.and_then(|index| grid.column_mut(index)) {
            column.set_cell_alignment(CellAlignment::Left);
        }
        for row in &self.rows {
            grid.add_row(row.iter().map(Cell::text));
        }
        grid
    }

    pub(super) fn with_legend(&self, width: u16) -> String {
        format!("{}\n{}", self.text(width), textwrap::fill(&self.legend, usize::from(width)))
    }

    pub(super) fn page(&self) -> Markup {
        html! {
            h2 { (self.heading) }
            @if let Some(text) = self.instead { p.note { (text) } } @else { (self.grid()) }
        }
    }

    pub(super) fn grid(&self) -> Markup {
        html! { div.scroll { table.sortable id=(self.id) { (self.inside()) } } }
    }

    /// The heading and the rows, for a table of any kind.
    pub(super) fn inside(&self) -> Markup {
        let is_word = |column: usize| {
            let cell = self.rows.first().and_then(|row| row.get(column));
            column == 0 || cell.is_some_and(|cell| !matches!(cell, Cell::Figure(..)))
        };
        html! {
            thead {
                tr {
                    @for (column, name) in self.columns.iter().enumerate() {
                        th class=[is_word(column).then_some("word")] { (name) }
                    }
                }
            }
            tbody { @for row in &self.rows { tr { @for cell in row { (cell.page()) } } } }
        }
    }
}

pub(super) enum Cell {
    Word(String),
    /// A figure as people read it, and as machines do.
    Figure(String, Option<String>),
    Bar(f64),
}

impl Cell {
    /// A figure without an exact value.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::Figure(text.into(), None)
    }

    /// A figure whose exact value is on the page.
    pub(super) fn exact(text: String, value: f64) -> Self {
        Self::Figure(text, Some(exact(value)))
    }

    /// A figure that rests on prices.
    pub(super) fn priced(text: String, value: f64, coverage: Coverage) -> Self {
        Self::Figure(coverage.mark(text), coverage.known(exact(value)))
    }

    fn text(&self) -> String {
        match self {
            Self::Word(text) | Self::Figure(text, _) => text.clone(),
            Self::Bar(share) => BAR.to_string().repeat((share * 30.0).round() as usize),
        }
    }

    fn page(&self) -> Markup {
        match self {
            Self::Word(text) => html! { td.word { (text) } },
            Self::Figure(text, exact) => html! { td title=[exact.as_ref()] { (text) } },
            Self::Bar(share) => html! { td.word { span.bar style=(format!("width:{:.1}rem", 9.0 * share)) {} } },
        }
    }
}

/// A number as the JSON has it.
fn exact(value: f64) -> String {
    serde_json::json!(value).to_string()
}
