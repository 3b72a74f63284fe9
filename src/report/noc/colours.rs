//! Colours and style of pages, for the other reports too.

use super::html::{hex, style};
pub(in crate::report) use super::plot::{ALONE, GRID, INK, MEAN, P99};
use maud::{Markup, html};
use plotters::style::RGBColor;

/// The style sheet, on light and on dark ground.
pub(in crate::report) fn sheet() -> String {
    style()
}

/// A line of the key of a plot.
pub(in crate::report) fn key(colour: RGBColor, text: &str) -> Markup {
    html! { span.key { i class={ "c" (hex(colour)[1..]) } {} (text) } " " }
}
