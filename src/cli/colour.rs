//! Colours of results and messages. Whether there are any, `terminal` decides.

use clap::builder::styling::{AnsiColor, Style};
use std::borrow::Cow;

pub(super) const HEADING: Style = Style::new().bold();
pub(super) const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Yellow.on_default();

/// What reports say of a chip that computes what the reference computes, and of one that does not.
const VERDICTS: &[(&str, Style)] = &[
    ("equals the integer reference", GOOD),
    ("equal the integer reference", GOOD),
    ("differs from the integer reference", BAD),
    ("differ from the integer reference", BAD),
    ("DIFFER from the integer reference", BAD),
    ("DIFFERS from the integer reference", BAD),
];

/// A report in colour: bold headings of tables, and verdicts.
pub(super) fn styled(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let line = |at: usize| lines.get(at).copied().unwrap_or_default();
    let all = lines.iter().enumerate().map(|(at, text)| match at > 0 && is_heading(line(at - 1), text, line(at + 1)) {
        true => format!("{HEADING}{text}{HEADING:#}"),
        false => (*text).to_owned(),
    });
    verdicts(&all.collect::<Vec<_>>().join("\n"))
}

/// A heading is a short line between an empty line and a table, whose lines begin with a blank.
fn is_heading(before: &str, line: &str, after: &str) -> bool {
    let is_table = after.starts_with(' ') || after.starts_with('─');
    before.is_empty() && is_table && line.starts_with(char::is_uppercase) && !line.contains("  ") && line.len() < 80
}

fn verdicts(text: &str) -> String {
    // A verdict may be broken over two lines; both texts have the same places.
    let flat = text.replace('\n', " ");
    let places =
        VERDICTS.iter().flat_map(|(words, style)| flat.match_indices(words).map(move |(at, _)| (at, words, style)));
    let mut places: Vec<_> = places.collect();
    places.sort_unstable_by_key(|(at, ..)| *at);
    let (mut styled, mut done) = (String::new(), 0);
    for (at, words, style) in places {
        let end = at + words.len();
        styled += &format!("{}{style}{}{style:#}", &text[done..at], &text[at..end]);
        done = end;
    }
    styled + &text[done..]
}

/// A message with its first word in colour: `error:`, `warning:`, `note:`.
pub(super) fn marked(text: &str) -> Cow<'_, str> {
    let styles = [("error:", ERROR), ("warning:", WARNING), ("note:", HEADING)];
    match styles.iter().find_map(|(word, style)| Some((text.strip_prefix(word)?, word, style))) {
        Some((rest, word, style)) => format!("{style}{word}{style:#}{rest}").into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_verdicts_are_marked_and_nothing_else() {
        let text = "a on b\n\nPer inference\n      mean\n energy 1\n\nmore: every spike equals the\ninteger reference.";
        let marked = styled(text);
        assert_eq!(marked.matches('\u{1b}').count(), 4, "{marked:?}");
        assert!(marked.contains("\u{1b}[1mPer inference\u{1b}[0m"), "{marked:?}");
        assert!(marked.contains("every spike \u{1b}[32mequals the\ninteger reference\u{1b}[0m."), "{marked:?}");
        assert_eq!(super::marked("errors: x"), "errors: x");
        assert_eq!(super::marked("error: x"), "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m x");
    }
}
