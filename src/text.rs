//! Escaping of text from files for terminals and spreadsheets.

mod hint;

pub(crate) use hint::suggest;
pub use hint::{allowed, did_you_mean, nearest, unknown};

use std::borrow::Cow;
use std::fmt::Write;

/// A text that is safe for a terminal: characters that it would obey instead of show are escaped, as in `\u{1b}`. Line
/// ends and tabs stay, as they lay out the program's own text.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_obeyed(c) && !matches!(c, '\n' | '\t'))
}

/// The same for a text that has to stay on its line: a name, a path, a value.
pub fn in_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_obeyed)
}

/// The same, but colour codes stay (`ESC [ digits ; … m`): for text in which only the program has such codes.
pub fn visible_but_colours(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return visible(text);
    }
    let (mut safe, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("\u{1b}[") {
        safe += &visible(&rest[..at]);
        rest = &rest[at..];
        let code = rest[2..].bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b';')).count() + 2;
        let len = if rest[code..].starts_with('m') { code + 1 } else { 0 };
        safe += &rest[..len];
        // An invalid code begins with a character that is escaped.
        let plain = len.max(1);
        safe += &visible(&rest[len..plain]);
        rest = &rest[plain..];
    }
    safe += &visible(rest);
    safe.into()
}

/// Whether a terminal does something with a character other than show it: control characters (C0, DEL, C1), and those
/// that hide text or change its direction.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn escaped(text: &str, is_bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_bad) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_bad(c) {
            // Writing to a string cannot fail.
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe.into()
}

/// A name as a cell of a table for spreadsheets: one that would be taken for a formula gets an apostrophe before it, as
/// OWASP recommends. Numbers are not formulas, whatever their sign. A name that begins with an apostrophe gets another
/// one, so that removing the first restores the name.
pub fn cell(name: &str) -> Cow<'_, str> {
    let begins = name.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']);
    let is_number = || name.parse::<f64>().is_ok_and(f64::is_finite);
    if begins && !is_number() { format!("'{name}").into() } else { name.into() }
}

/// Some names in a row, as in `a, b and 3 more`.
pub fn some_of(names: &[&str], most: usize) -> String {
    match names.len().saturating_sub(most) {
        // One more takes no more room than to say so.
        0 | 1 => names.join(", "),
        more => format!("{} and {more} more", names[..most].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(visible("a\u{1b}]0;x\u{7}b\r\n\tc"), "a\\u{1b}]0;x\\u{7}b\\u{d}\n\tc");
        assert_eq!(in_line("a\nb\tc\u{7f}\u{9b}2J"), "a\\u{a}b\\u{9}c\\u{7f}\\u{9b}2J");
        assert_eq!(visible("\u{202e}gpj.exe \u{200b}\u{2066}"), "\\u{202e}gpj.exe \\u{200b}\\u{2066}");
        // Ordinary text is unchanged: accents, other scripts, symbols, box drawing.
        let plain = "é 层 ● █ 日本 µ – ≥ 🧠";
        assert!(matches!(visible(plain), Cow::Borrowed(text) if text == plain));
    }

    #[test]
    fn colours_stay_and_nothing_else() {
        let colours = "\u{1b}[32m\u{1b}[1;31mx\u{1b}[0m\u{1b}[m";
        assert_eq!(visible_but_colours(colours), colours);
        assert_eq!(visible_but_colours("\u{1b}[2J\u{1b}[31"), "\\u{1b}[2J\\u{1b}[31");
        assert_eq!(visible_but_colours("\u{1b}\u{1b}[1mé\u{9b}"), "\\u{1b}\u{1b}[1mé\\u{9b}");
        assert_eq!(visible_but_colours("\u{1b}]0;t\u{7}"), "\\u{1b}]0;t\\u{7}");
    }

    #[test]
    fn formulas_are_told_from_numbers() {
        for name in ["=1+1", "+x", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "-", "+", "-1+1", "-inf", "=5", "'=1", "'a"] {
            assert_eq!(cell(name), format!("'{name}"));
        }
        for name in ["-1", "+5", "-1.5e-3", "1", "conv_1", "", " =1", "a=1"] {
            assert_eq!(cell(name), name);
        }
    }
}
