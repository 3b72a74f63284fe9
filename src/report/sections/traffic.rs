//! What the network on chip did.

use super::section::*;
use crate::report::quantity::Quantity;

pub(super) const SECTION: Section = Section { measure, show, brief, ..Section::of(&[fields!(network_on_chip)]) };

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let (latency, hops) = run.packets;
    s.network_on_chip = NetworkOnChip {
        packet_latency_ns: Quantity::of(latency, run.context.chip.tick.ns()),
        packet_hops: Quantity::of(hops, 1.0),
        worst_link: worst_link(run, s.tally.samples()),
    };
}

fn show(s: &Summary, shown: &mut Shown) {
    if let Some(WorstLink { link, flits }) = &s.network_on_chip.worst_link {
        let of = if shown.is_text() || s.header.dataset.is_some() { "per inference" } else { "in the run" };
        shown.say(About::Rates, "busiest link", format!("{link}: {} flits {of}", number(*flits)));
    }
}

fn brief(s: &Summary, brief: &mut Brief) {
    let NetworkOnChip { packet_latency_ns: latency, packet_hops: hops, worst_link } = &s.network_on_chip;
    if hops.mean == 0.0 {
        return brief.line(BriefPlace::Traffic, "packets", "no packet takes a hop");
    }
    let busiest = worst_link
        .as_ref()
        .map_or(String::new(), |WorstLink { link, flits }| format!("; busiest link {link}: {} flits", number(*flits)));
    let (hops, time) = (number(hops.mean), time(latency.mean));
    brief.line(BriefPlace::Traffic, "packets", format!("{hops} hops, {time} each{busiest}"));
}

fn worst_link(run: &MeasuredRun<'_>, samples: f64) -> Option<WorstLink> {
    let (system, flits) = (run.context.system, run.link_flits);
    let busiest = (0..flits.len()).filter(|link| flits[*link] > 0 && system.mesh_link(*link).is_some());
    // The first of equals.
    let link = busiest.reduce(|best, link| if flits[link] > flits[best] { link } else { best })?;
    Some(WorstLink { link: system.mesh_link(link)?, flits: flits[link] as f64 / samples })
}
