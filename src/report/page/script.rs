//! Scripts of pages: the charting library, what all pages share, and a page's own. All of it is inline: a page is one file
//! that asks nobody for anything.

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

const CHARTS: &str = include_str!("charts/charts.min.js");
const COMMON: &str = include_str!("common.js");

/// Data for scripts, which read it by `spikemesh.data(id)`.
pub(crate) fn data(id: &str, value: &impl Serialize) -> Markup {
    // No text in it may end the element.
    let text = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()).replace('<', "\\u003c");
    html! { script type="application/json" id=(id) { (PreEscaped(text)) } }
}

/// The script of a page without charts: its tables sort, and say that they scroll.
pub(crate) fn script_of_tables() -> Markup {
    html! { script { (PreEscaped(COMMON)) } }
}

/// The scripts of a page, for the end of its body.
pub(crate) fn scripts(own: &[&str]) -> Markup {
    html! {
        script { (PreEscaped(CHARTS)) }
        script { (PreEscaped(COMMON)) }
        @for script in own { script { (PreEscaped(script)) } }
    }
}
