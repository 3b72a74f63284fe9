//! Colours and style of pages, for the other reports too.

use super::html::{hex, style};
pub(crate) use super::plot::{ALONE, GRID, INK, MEAN, P99};
use maud::{Markup, PreEscaped, html};
use plotters::style::RGBColor;

/// The style sheet, on light and on dark ground.
pub(crate) fn sheet() -> String {
    style()
}

/// A line of the key of a plot.
pub(crate) fn key(colour: RGBColor, text: &str) -> Markup {
    html! { span.key { i class={ "c" (hex(colour)[1..]) } {} (text) } " " }
}

/// The head of a page that asks nobody for anything.
pub(crate) fn head(title: &str, style: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            // Without one of its own a browser asks for an icon.
            link rel="icon" href="data:,";
            title { (title) }
            style { (PreEscaped(style)) }
        }
    }
}
