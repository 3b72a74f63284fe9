//! Colours and style of pages, for the other reports too.

use super::html::{hex, style};
pub(crate) use super::plot::{ALONE, GRID, INK, MEAN, P99};
use maud::{Markup, PreEscaped, html};
use plotters::style::RGBColor;
use std::error::Error;
use std::fmt::Write;

/// Colours of kinds of things, such as layers or chips, on light and on dark ground; more kinds than colours share them.
pub(crate) const KINDS: [[&str; 2]; 8] = [
    ["#1C6DB5", "#6CB4F5"],
    ["#C25B12", "#F0A35E"],
    ["#2E7D32", "#7CCB80"],
    ["#8E24AA", "#D28BE5"],
    ["#B71C1C", "#F28B82"],
    ["#00796B", "#5ED3C3"],
    ["#6D4C41", "#C8A99C"],
    ["#546E7A", "#A9BCC6"],
];

/// Rules of a style sheet for all kinds, from the number of a kind and its colour.
pub(crate) fn kinds(rules: impl Fn(usize, &str) -> String) -> String {
    let (mut light, mut dark) = (String::new(), String::new());
    for (index, [on_light, on_dark]) in KINDS.iter().enumerate() {
        let _ = writeln!(light, "{}", rules(index, on_light));
        let _ = writeln!(dark, "{}", rules(index, on_dark));
    }
    format!("{light}@media (prefers-color-scheme: dark) {{{dark}}}\n")
}

/// A plot, or why there is none.
pub(crate) fn picture(svg: Result<String, Box<dyn Error>>) -> Markup {
    match svg {
        Ok(svg) => PreEscaped(svg),
        Err(error) => html! { p { "cannot be drawn: " (error) } },
    }
}

/// The style sheet, on light and on dark ground.
pub(crate) fn sheet() -> String {
    style()
}

/// A line of the key of a plot.
pub(crate) fn key(colour: RGBColor, text: &str) -> Markup {
    html! { span.key { i class={ "c" (hex(colour)[1..]) } {} (text) } " " }
}

/// The head of a page that asks nobody for anything. `command` is the one that writes such pages: by it a later run knows what
/// it may replace.
pub(crate) fn head(command: &str, title: &str, style: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="generator" content=(format!("spikemesh {command}, version {}", env!("CARGO_PKG_VERSION")));
            meta name="viewport" content="width=device-width, initial-scale=1";
            // Without one of its own a browser asks for an icon.
            link rel="icon" href="data:,";
            title { (title) }
            style { (PreEscaped(style)) }
        }
    }
}
