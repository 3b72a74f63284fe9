//! The report of a run as text, for people.

use super::sections::{Remark, SECTIONS, Section, To, show};
use super::summary::Summary;

/// The report of a run, for a terminal of that width.
pub fn run_text(summary: &Summary, width: u16) -> String {
    write(SECTIONS, summary, width)
}

pub(super) fn write(sections: &[Section], summary: &Summary, width: u16) -> String {
    let shown = show(sections, summary, To::Text);
    let notes = shown.notes.iter().map(|note| format!("note: {note}"));
    let head: Vec<String> = shown.lines.into_iter().map(|(_, line)| line).chain(notes).collect();
    let fill = |line: &str| textwrap::fill(line, usize::from(width)) + "\n";
    let mut text: String = head.iter().flat_map(|line| line.lines()).map(fill).collect();
    for table in &shown.tables {
        text += &format!("\n{}\n{}\n", table.heading, table.text(width));
    }
    text.push('\n');
    shown.remarks.iter().for_each(|remark| add(&mut text, remark, width));
    for table in &shown.appendix {
        text += &format!("\n\n{}\n\n{}", table.heading, table.with_legend(width));
    }
    text
}

const LABEL: usize = 14;

fn add(text: &mut String, Remark { label, text: remark, .. }: &Remark, width: u16) {
    let (first, later) = (format!("{label:<LABEL$}"), " ".repeat(LABEL));
    let options = textwrap::Options::new(width.into()).initial_indent(&first).subsequent_indent(&later);
    // Addresses and names of files stay whole, so that they can be copied.
    let options = options.break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
    for line in textwrap::wrap(remark, options) {
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
