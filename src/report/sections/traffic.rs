//! What the network on chip did.

use super::kit::*;
use crate::report::quantity::Quantity;

record! {
    /// Packets and links of the network on chip.
    pub struct NetworkOnChip {
        /// Time of a packet in the network (ns).
        pub packet_latency_ns: Quantity,
        /// Hops of a packet.
        pub packet_hops: Quantity,
        /// The busiest link.
        pub worst_link: Option<WorstLink>,
    }
}

record! {
    /// The busiest link.
    pub struct WorstLink {
        /// Its name.
        pub link: String,
        /// Flits per inference.
        pub flits: f64,
    }
}

pub(super) struct Of;

impl Section for Of {
    fields!(Summary { network_on_chip });

    fn measure(&self, run: &Run<'_>, s: &mut Summary) {
        let (latency, hops) = run.packets;
        s.network_on_chip = NetworkOnChip {
            packet_latency_ns: Quantity::of(latency, run.context.chip.tick.ns()),
            packet_hops: Quantity::of(hops, 1.0),
            worst_link: worst_link(run, s.tally.samples()),
        };
    }

    fn show(&self, s: &Summary, shown: &mut Shown) {
        if let Some(WorstLink { link, flits }) = &s.network_on_chip.worst_link {
            shown.say(About::Rates, "busiest link", format!("{link}: {} flits per inference", number(*flits)));
        }
    }
}

fn worst_link(run: &Run<'_>, samples: f64) -> Option<WorstLink> {
    let (system, flits) = (run.context.system, run.link_flits);
    let busiest = (0..flits.len()).filter(|link| flits[*link] > 0 && system.mesh_link(*link).is_some());
    // The first of equals.
    let link = busiest.reduce(|best, link| if flits[link] > flits[best] { link } else { best })?;
    Some(WorstLink { link: system.mesh_link(link)?, flits: flits[link] as f64 / samples })
}
