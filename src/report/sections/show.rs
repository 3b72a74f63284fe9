//! What sections show: lines, facts, tables and remarks, each at its place in the text or on the page.

use crate::report::grid::ReportTable;

/// Medium that sections write for.
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
pub(in crate::report) enum FactPlace {
    Outcome,
    Timing,
    Constants,
    Origin,
    Cores,
}

/// Subject of a remark below the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum About {
    Rates,
    Networks,
    Trust,
}

/// The label of a broken limit, which the page flags.
pub(in crate::report) const DOES_NOT_FIT: &str = "DOES NOT FIT";

pub(in crate::report) struct Remark {
    pub(in crate::report) about: About,
    pub(in crate::report) label: &'static str,
    pub(in crate::report) text: String,
}

pub(in crate::report) struct Shown {
    pub(in crate::report) to: To,
    pub(in crate::report) lines: Vec<(Head, String)>,
    pub(in crate::report) warnings: Vec<String>,
    pub(in crate::report) facts: Vec<(FactPlace, &'static str, String)>,
    pub(in crate::report) notes: Vec<String>,
    pub(in crate::report) tables: Vec<ReportTable>,
    pub(in crate::report) remarks: Vec<Remark>,
    /// Tables of the text alone, at its end.
    pub(in crate::report) appendix: Vec<ReportTable>,
}

impl Shown {
    pub(super) fn new(to: To) -> Self {
        let (lines, warnings, facts, notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (tables, remarks, appendix) = (Vec::new(), Vec::new(), Vec::new());
        Self { to, lines, warnings, facts, notes, tables, remarks, appendix }
    }

    pub(super) fn is_text(&self) -> bool {
        self.to == To::Text
    }

    /// A line at the head of the text.
    pub(super) fn line(&mut self, head: Head, line: impl Into<String>) {
        self.lines.push((head, line.into()));
    }

    /// A fact at the head of the page.
    pub(super) fn fact(&mut self, place: FactPlace, name: &'static str, text: impl Into<String>) {
        self.facts.push((place, name, text.into()));
    }

    /// A remark in the text and on the page.
    pub(super) fn remark(&mut self, about: About, label: &'static str, text: impl Into<String>) {
        self.remarks.push(Remark { about, label, text: text.into() });
    }

    /// A rate or a comparison, beside the tables.
    pub(super) fn say(&mut self, about: About, label: &'static str, text: impl Into<String>) {
        self.remark(about, label, text);
    }
}
