//! The report of a run as text, for people.

use super::grid::ReportTable;
use super::sections::{About, BriefItem, Head, Remark, SECTIONS, Section, Shown, To, brief, show};
use super::summary::Summary;
use std::fmt::Write;

/// How much of a report a text has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The outcome, the main figures, and what limits trust in them: interruptions, differences, notes, files that are
    /// not built in, and what has no price.
    #[default]
    Brief,
    /// The same, and everything that the constants rest on: assumptions and sources.
    Sources,
    /// All tables and lines.
    Full,
}

/// The report of a run, for a terminal of that width.
pub fn run_text(summary: &Summary, width: u16, detail: Detail) -> String {
    write(SECTIONS, summary, width, detail)
}

pub(super) fn write(sections: &[Section], summary: &Summary, width: u16, detail: Detail) -> String {
    let shown = show(sections, summary, To::Text);
    match detail {
        Detail::Full => full(&shown, width),
        Detail::Brief => short(sections, summary, &shown, width),
        Detail::Sources => {
            let mut text = short(sections, summary, &shown, width) + "\n";
            shown
                .lines
                .iter()
                .filter(|(head, _)| *head == Head::Constants)
                .for_each(|(_, line)| fill(&mut text, line, width));
            shown.remarks.iter().filter(|r| r.about == About::Trust).for_each(|remark| add(&mut text, remark, width));
            text
        }
    }
}

fn full(shown: &Shown, width: u16) -> String {
    let mut text = String::new();
    shown.lines.iter().for_each(|(_, line)| fill(&mut text, line, width));
    notes(&mut text, shown, width);
    for table in &shown.tables {
        let _ = write!(text, "\n{}\n{}\n", table.heading, table.text(width));
    }
    text.push('\n');
    shown.remarks.iter().for_each(|remark| add(&mut text, remark, width));
    for table in &shown.appendix {
        let _ = write!(text, "\n\n{}\n\n{}", table.heading, table.with_legend(width));
    }
    text
}

fn short(sections: &[Section], summary: &Summary, shown: &Shown, width: u16) -> String {
    let mut text = String::new();
    let (head, body): (Vec<_>, Vec<_>) =
        brief(sections, summary).items.into_iter().partition(|(place, _)| place.is_at_the_head());
    // These say what the figures are of, and whether they can be trusted.
    let lines = |text: &mut String, wanted: &[Head]| {
        shown.lines.iter().filter(|(head, _)| wanted.contains(head)).for_each(|(_, line)| fill(text, line, width));
    };
    lines(&mut text, &[Head::Origin]);
    head.iter().for_each(|(_, item)| put(&mut text, item, width));
    lines(&mut text, &[Head::State, Head::Chip]);
    notes(&mut text, shown, width);
    body.iter().for_each(|(_, item)| put(&mut text, item, width));
    text
}

fn put(text: &mut String, item: &BriefItem, width: u16) {
    match item {
        BriefItem::Title(line) => fill(text, line, width),
        BriefItem::Line(label, line) => labelled(text, label, line, width),
        BriefItem::Table(table) => put_table(text, table, width),
    }
}

/// A table with a blank line on each side.
fn put_table(text: &mut String, table: &ReportTable, width: u16) {
    let _ = write!(text, "\n{}\n\n", table.compact(width));
}

fn notes(text: &mut String, shown: &Shown, width: u16) {
    shown.notes.iter().for_each(|note| fill(text, &format!("note: {note}"), width));
}

/// Lines of a text, filled up to the width. Addresses, options and names of files stay whole, so that they can be copied.
fn fill(text: &mut String, lines: &str, width: u16) {
    let options = textwrap::Options::new(width.into()).word_splitter(textwrap::WordSplitter::NoHyphenation);
    for line in lines.lines() {
        text.push_str(&textwrap::fill(line, &options));
        text.push('\n');
    }
}

const LABEL: usize = 14;

fn add(text: &mut String, Remark { label, text: remark, .. }: &Remark, width: u16) {
    labelled(text, label, remark, width);
}

/// A label and a text that stands beside it.
pub(crate) fn labelled(text: &mut String, label: &str, line: &str, width: u16) {
    let (first, later) = (format!("{label:<LABEL$}"), " ".repeat(LABEL));
    let options = textwrap::Options::new(width.into()).initial_indent(&first).subsequent_indent(&later);
    // Addresses and names of files stay whole, so that they can be copied.
    let options = options.break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
    for line in textwrap::wrap(line, options) {
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
