//! What sections show: lines, facts, tables and remarks, each at its place in the text or on the page.

use super::{Section, Summary};
use crate::report::energy::Coverage;
use crate::report::table::table;
use comfy_table::CellAlignment;
use maud::{Markup, html};

/// Whom a section speaks to: people at a terminal or on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum To {
    Text,
    Page,
}

/// The place of a line at the head of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum Head {
    Origin,
    Title,
    Constants,
    State,
    Outcome,
    Chip,
}

/// The place of a fact at the head of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum Place {
    Outcome,
    Timing,
    Constants,
    Origin,
    Cores,
}

/// What a remark below the tables is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum About {
    Rates,
    Networks,
    Trust,
}

/// The label of a broken limit, which the page flags.
pub(in crate::report) const DOES_NOT_FIT: &str = "DOES NOT FIT";

/// A labelled text below the tables.
pub(in crate::report) struct Remark {
    about: About,
    pub(in crate::report) label: &'static str,
    pub(in crate::report) text: String,
}

/// All that sections show.
pub(in crate::report) struct Shown {
    pub(in crate::report) to: To,
    pub(in crate::report) lines: Vec<(Head, String)>,
    pub(in crate::report) warnings: Vec<String>,
    pub(in crate::report) facts: Vec<(Place, &'static str, String)>,
    pub(in crate::report) notes: Vec<String>,
    pub(in crate::report) tables: Vec<Table>,
    pub(in crate::report) remarks: Vec<Remark>,
    /// Tables of the text alone, at its end.
    pub(in crate::report) appendix: Vec<Table>,
}

impl Shown {
    /// What sections show of a run, each in its place.
    pub(in crate::report) fn of(sections: &[&dyn Section], summary: &Summary, to: To) -> Self {
        let (lines, warnings, facts, notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (tables, remarks, appendix) = (Vec::new(), Vec::new(), Vec::new());
        let mut shown = Self { to, lines, warnings, facts, notes, tables, remarks, appendix };
        sections.iter().for_each(|section| section.show(summary, &mut shown));
        shown.lines.sort_by_key(|(head, _)| *head);
        shown.facts.sort_by_key(|(place, ..)| *place);
        shown.remarks.sort_by_key(|remark| remark.about);
        shown
    }

    /// Whether it is for the text.
    pub(super) fn is_text(&self) -> bool {
        self.to == To::Text
    }

    /// A line at the head of the text.
    pub(super) fn line(&mut self, head: Head, line: impl Into<String>) {
        self.lines.push((head, line.into()));
    }

    /// A fact at the head of the page.
    pub(super) fn fact(&mut self, place: Place, name: &'static str, text: impl Into<String>) {
        self.facts.push((place, name, text.into()));
    }

    /// A remark in the text and on the page.
    pub(super) fn remark(&mut self, about: About, label: &'static str, text: impl Into<String>) {
        self.remarks.push(Remark { about, label, text: text.into() });
    }

    /// A remark in the text alone.
    pub(super) fn say(&mut self, about: About, label: &'static str, text: impl Into<String>) {
        if self.is_text() {
            self.remark(about, label, text);
        }
    }
}

/// A table of figures, or a sentence in its place.
#[derive(Default)]
pub(in crate::report) struct Table {
    pub(in crate::report) heading: &'static str,
    /// Its name on the page.
    pub(super) id: &'static str,
    /// Headings of columns; the text leaves out that of the first.
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// What the page says where there is no table.
    pub(super) instead: Option<&'static str>,
    /// What its columns mean.
    pub(super) legend: String,
}

impl Table {
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

    /// With what its columns mean.
    pub(in crate::report) fn with_legend(&self, width: u16) -> String {
        format!("{}\n{}", self.text(width), textwrap::fill(&self.legend, usize::from(width)))
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
    /// A figure of which no more is known than its text.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::Figure(text.into(), None)
    }

    /// A figure whose exact value is to be seen on the page.
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

/// A number as the JSON has it.
fn exact(value: f64) -> String {
    serde_json::json!(value).to_string()
}
