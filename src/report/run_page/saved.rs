//! The page of a saved run: what its figures can draw. Pictures of cores and of time need a simulation.

use super::{STYLE, bound, cards, head_of, latency, remarks};
use crate::report::page::script::script_of_tables;
use crate::report::page::{colours, page, picture, sheet};
use crate::report::sections::{SECTIONS, To, show};
use crate::report::summary::Summary;
use maud::html;

/// The page of a run of which only the report is there.
pub(crate) fn saved_html(summary: &Summary) -> String {
    let shown = show(SECTIONS, summary, To::Page);
    let title = format!("{} on {}", summary.header.network, summary.chip);
    let body = html! {
        @for warning in &shown.warnings { p { strong.flag { (warning) } } }
        (cards::cards(summary))
        @if let Some(host) = &summary.header.host { p.small { "command: " code { (host.command) } } }
        (head_of(&shown, summary))
        p.note {
            "This page was made from a saved report. Its timeline, its energies by core, its traffic on links and its spikes "
            "over time are not in that report: \"spikemesh run --html\" with the options of the run draws them, too."
        }
        @if summary.tally.inferences.len() > 1 {
            div.plots { figure { h3 { "Latency of inferences" } (picture(latency::picture(summary))) } }
        }
        (bound::section(summary, |core| format!("core {core}")))
        div.tables { @for table in &shown.tables { section.whole[table.columns.len() > 5] { (table.page()) } } }
        (remarks(&shown))
        (script_of_tables())
    };
    page("run", &title, &(sheet() + STYLE + bound::STYLE + &colours()), &body)
}
