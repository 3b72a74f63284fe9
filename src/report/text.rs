//! The report of a run as text, for people.

use super::sections::{Entry, Head, Remark, SECTIONS, Summary, To};

/// The report of a run, for a terminal of that width.
pub fn run_text(summary: &Summary, width: u16) -> String {
    write(SECTIONS, summary, width)
}

pub(super) fn write(sections: &[Entry], s: &Summary, width: u16) -> String {
    let mut lines: Vec<(Head, String)> = sections.iter().flat_map(|section| (section.lines)(s)).collect();
    lines.sort_by_key(|(head, _)| *head);
    let notes = sections.iter().flat_map(|section| (section.notes)(s)).map(|note| format!("note: {note}"));
    let head: Vec<String> = lines.into_iter().map(|(_, line)| line).chain(notes).collect();
    let fill = |line: &str| textwrap::fill(line, usize::from(width)) + "\n";
    let mut text: String = head.iter().flat_map(|line| line.lines()).map(fill).collect();
    for table in sections.iter().filter_map(|section| (section.table)(s, To::Text)) {
        text += &format!("\n{}\n{}\n", table.heading(), table.text(width));
    }
    text.push('\n');
    let mut remarks: Vec<Remark> = sections.iter().flat_map(|section| (section.remarks)(s, To::Text)).collect();
    remarks.sort_by_key(|remark| remark.about);
    remarks.iter().for_each(|remark| add(&mut text, remark, width));
    for appendix in sections.iter().filter_map(|section| (section.appendix)(s, width)) {
        text += &format!("\n\n{appendix}");
    }
    text
}

/// Columns of a label.
const LABEL: usize = 14;

/// A label and a text, which is wrapped beside the label.
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
