//! What sections show in the brief report: labelled lines and tables, each at its place.

use crate::report::grid::ReportTable;

/// The place of an item, from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum BriefPlace {
    Title,
    Data,
    Constants,
    Outcome,
    Figures,
    Units,
    Priced,
    Timed,
    Layers,
    Traffic,
    Rates,
    Cores,
    Networks,
    Warnings,
}

impl BriefPlace {
    /// Whether it stands above the notes.
    pub(in crate::report) fn is_at_the_head(self) -> bool {
        self <= Self::Outcome
    }
}

pub(in crate::report) enum BriefItem {
    /// A line of its own.
    Title(String),
    /// A label and a text.
    Line(&'static str, String),
    Table(ReportTable),
}

#[derive(Default)]
pub(in crate::report) struct Brief {
    pub(in crate::report) items: Vec<(BriefPlace, BriefItem)>,
}

impl Brief {
    pub(super) fn title(&mut self, text: impl Into<String>) {
        self.items.push((BriefPlace::Title, BriefItem::Title(text.into())));
    }

    pub(super) fn line(&mut self, place: BriefPlace, label: &'static str, text: impl Into<String>) {
        self.items.push((place, BriefItem::Line(label, text.into())));
    }

    pub(super) fn table(&mut self, place: BriefPlace, table: ReportTable) {
        self.items.push((place, BriefItem::Table(table)));
    }
}
