//! The page of a saved run: what its figures can draw. Pictures of cores and of time need a simulation.

use super::{STYLE, bound, cards, head_of, latency, remarks};
use crate::report::notebook::run_map;
use crate::report::page::script::script_of_tables;
use crate::report::page::{colours, page, picture, sheet};
use crate::report::sections::{SECTIONS, To, show};
use crate::report::summary::Summary;
use crate::report::tables::RunDetails;
use maud::html;

/// The page of a run of which only the report is there; and, where its details are known, with a map of its cores and links.
pub fn saved_html(summary: &Summary, details: Option<&RunDetails>) -> String {
    let shown = show(SECTIONS, summary, To::Page);
    let title = format!("{} on {}", summary.header.network, summary.chip);
    let map = details.and_then(|details| run_map(details, summary));
    let absent = match map {
        None => {
            "Its timeline, its energies by core, its traffic on links and its spikes over time are not in that report"
        }
        Some(_) => "Its timeline and its spikes over time are not kept with it",
    };
    let body = html! {
        @for warning in &shown.warnings { p { strong.flag { (warning) } } }
        (cards::cards(summary))
        @if let Some(host) = &summary.header.host { p.small { "command: " code { (host.command) } } }
        (head_of(&shown, summary))
        p.note {
            "This page was made from a saved report. " (absent)
            ": \"spikemesh run --html\" with the options of the run draws them, too."
        }
        @if let Some(map) = map { div.plots { (map) } }
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
