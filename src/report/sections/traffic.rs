//! What the network on chip did.

use super::{About, Remark, Summary, To};
use crate::report::measure::Run;
use crate::report::quantity::Quantity;
use crate::report::saved::{Record, fields};
use crate::report::table::number;

/// Packets and links of the network on chip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkOnChip {
    /// Time of a packet in the network (ns).
    pub packet_latency_ns: Quantity,
    /// Hops of a packet.
    pub packet_hops: Quantity,
    /// The busiest link.
    pub worst_link: Option<WorstLink>,
}

/// The busiest link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorstLink {
    /// Its name.
    pub link: String,
    /// Flits per inference.
    pub flits: f64,
}

impl Record for NetworkOnChip {
    fields!(NetworkOnChip { packet_latency_ns, packet_hops, worst_link });
}

impl Record for WorstLink {
    fields!(WorstLink { link, flits });
}

pub(super) struct Section;

impl super::Section for Section {
    fields!(Summary { network_on_chip });

    fn measure(run: &Run<'_>, s: &mut Summary) {
        let (latency, hops) = run.packets();
        s.network_on_chip = NetworkOnChip {
            packet_latency_ns: Quantity::of(latency, run.context.chip.tick.ns()),
            packet_hops: Quantity::of(hops, 1.0),
            worst_link: worst_link(run, s.tally.samples()),
        };
    }

    fn remarks(s: &Summary, to: To) -> Vec<Remark> {
        let text = |worst: &WorstLink| format!("{}: {} flits per inference", worst.link, number(worst.flits));
        let worst = s.network_on_chip.worst_link.as_ref().filter(|_| to == To::Text);
        worst.map(|worst| Remark::new(About::Rates, "busiest link", text(worst))).into_iter().collect()
    }
}

fn worst_link(run: &Run<'_>, samples: f64) -> Option<WorstLink> {
    let (system, flits) = (run.context.system, run.link_flits());
    let busiest = (0..flits.len()).filter(|link| flits[*link] > 0 && system.mesh_link(*link).is_some());
    // The first of equals.
    let link = busiest.reduce(|best, link| if flits[link] > flits[best] { link } else { best })?;
    Some(WorstLink { link: system.mesh_link(link)?, flits: flits[link] as f64 / samples })
}
