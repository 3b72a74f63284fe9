//! How far the network on chip changes the order of spikes: how far the latencies of a step's packets are apart, and packets
//! that were overtaken by packets that were ready later.

use super::section::*;
use crate::report::quantity::Quantity;
use crate::report::spike_order::{CoreSpread, MOST_SPREAD, SpikeOrderFigures};
use crate::run::CoreOrder;

pub(super) const SECTION: Section = Section { measure, show, ..Section::of(&[fields!(spike_order = LeftOut)]) };

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let (order, ns) = (run.order, run.context.chip.tick.ns());
    let spread = |core: &CoreOrder| core.spread as f64 / core.steps.max(1) as f64;
    let mut cores: Vec<(u32, &CoreOrder)> = (0..).zip(&order.cores).filter(|(_, core)| core.spread > 0).collect();
    cores.sort_by(|(a, one), (b, other)| spread(other).total_cmp(&spread(one)).then(a.cmp(b)));
    let of_core = |(core, order): (u32, &CoreOrder)| CoreSpread {
        core,
        packets: order.packets,
        overtaken: order.overtaken,
        spread_ns: spread(order) * ns,
    };
    s.spike_order = Some(SpikeOrderFigures {
        packets: order.cores.iter().map(|core| core.packets).sum(),
        overtaken: order.overtaken_by.len(),
        overtaken_by_ns: Quantity::of(&order.overtaken_by, ns),
        step_spread_ns: Quantity::of(&order.step_spread, ns),
        core_spread_ns: Quantity::of(&order.core_spread, ns),
        cores: cores.into_iter().take(MOST_SPREAD).map(of_core).collect(),
    });
}

fn show(s: &Summary, shown: &mut Shown) {
    let Some(order) = s.spike_order.as_ref().filter(|order| order.packets > 1) else { return };
    shown.say(About::Rates, "spike order", order.text(s.free_running.is_some()));
}

impl SpikeOrderFigures {
    /// In a sentence: what it means depends on whether a chip's function depends on the order of packets.
    fn text(&self, is_free_running: bool) -> String {
        let most = self
            .cores
            .first()
            .map_or(String::new(), |most| format!(", most at core {} ({})", most.core, time(most.spread_ns)));
        let spread = match self.step_spread_ns {
            Quantity { mean: 0.0, .. } => "packets of a step take equally long".to_owned(),
            step => format!(
                "latencies of a step's packets are {} apart (99 %: {}), {} at one core{most}",
                time(step.mean),
                time(step.p99),
                time(self.core_spread_ns.mean)
            ),
        };
        let overtaken = match self.overtaken {
            0 => "no packet was overtaken".to_owned(),
            n => format!(
                "{} % of packets came to their core after one that was ready later, up to {} later (99 %)",
                number(100.0 * n as f64 / self.packets as f64),
                time(self.overtaken_by_ns.p99)
            ),
        };
        let effect = match (is_free_running, self.overtaken) {
            (true, 1..) => ", which can change spikes on this chip",
            (false, 1..) => ", which changes no spike: a step waits for all of them",
            _ => "",
        };
        format!("{spread}; {overtaken}{effect}")
    }
}
