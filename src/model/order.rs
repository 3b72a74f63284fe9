//! The order in which packets come to a core, beside the order in which they were ready at their sources.
//!
//! A packet is *overtaken* if, at its core, a packet that was ready later came in an earlier tick. The latest of those
//! that came before shows it, so that a core needs a few numbers whatever comes. Packets that are ready in one tick, and
//! those that come in one tick, have no order. The time in the network is from ready to arrival, as in the latency of packets.

use crate::ids::{IdVec, LocalTerminal};
use crate::stats::Distribution;
use crate::units::Tick;

/// What came to a core over the network, over all inferences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoreOrder {
    /// Packets.
    pub packets: u64,
    /// Those that were overtaken.
    pub overtaken: u64,
    /// Steps in which at least two packets came, and the sum of how far their latencies were apart (ticks).
    pub steps: u64,
    /// That sum.
    pub spread: u64,
}

impl CoreOrder {
    /// Adds what came in other inferences.
    pub fn merge(&mut self, other: &Self) {
        self.packets += other.packets;
        self.overtaken += other.overtaken;
        self.steps += other.steps;
        self.spread += other.spread;
    }
}

/// Latencies of the packets of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatencySpread {
    packets: u64,
    least: Tick,
    most: Tick,
}

impl Default for LatencySpread {
    fn default() -> Self {
        Self { packets: 0, least: Tick::MAX, most: 0 }
    }
}

impl LatencySpread {
    #[inline]
    fn note(&mut self, latency: Tick) {
        self.packets += 1;
        self.least = self.least.min(latency);
        self.most = self.most.max(latency);
    }

    /// Adds the packets of another shard.
    pub fn merge(&mut self, other: &Self) {
        self.packets += other.packets;
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
    }

    /// How far the latencies are apart (ticks); `None` with fewer than two packets, which cannot differ.
    pub fn ticks(&self) -> Option<Tick> {
        (self.packets > 1).then(|| self.most - self.least)
    }
}

/// What came to a core.
#[derive(Clone, Copy, Debug, Default)]
struct CoreArrivals {
    /// The step of the latencies.
    step: u32,
    latencies: LatencySpread,
    /// The last tick in which a packet came.
    at: Tick,
    /// When the latest of all packets was ready, and of those that came before that tick.
    latest: Tick,
    before: Tick,
    all: CoreOrder,
}

impl CoreArrivals {
    /// Ends the latencies of a step.
    fn end_step(&mut self, spreads: &mut Distribution) {
        let latencies = std::mem::take(&mut self.latencies);
        self.all.packets += latencies.packets;
        if let Some(ticks) = latencies.ticks() {
            spreads.record(ticks);
            self.all.steps += 1;
            self.all.spread += ticks;
        }
    }
}

/// Arrivals at the cores of a shard.
#[derive(Debug)]
pub(super) struct ArrivalOrder {
    cores: IdVec<LocalTerminal, CoreArrivals>,
    /// How far the latencies of a step's packets to one core are apart (ticks).
    core_spread: Distribution,
    /// How much later the latest packet that overtook another was ready (ticks).
    overtaken_by: Distribution,
}

impl ArrivalOrder {
    pub(super) fn new(terminals: usize) -> Self {
        Self {
            cores: IdVec::filled(CoreArrivals::default(), terminals),
            core_spread: Distribution::default(),
            overtaken_by: Distribution::default(),
        }
    }

    /// Notes that a packet comes to a core in a step.
    #[inline]
    pub(super) fn note(&mut self, core: LocalTerminal, step: u32, times: (Tick, Tick)) {
        self.note_all(core, step, std::iter::once(times));
    }

    /// Notes packets that come to a core in a step, in their order: when each was ready, and when it comes.
    #[inline]
    pub(super) fn note_all(&mut self, core: LocalTerminal, step: u32, packets: impl Iterator<Item = (Tick, Tick)>) {
        let here = &mut self.cores[core];
        if here.step != step {
            here.end_step(&mut self.core_spread);
            here.step = step;
        }
        for (born, now) in packets {
            if here.at < now {
                (here.at, here.before) = (now, here.latest);
            }
            here.latest = here.latest.max(born);
            if born < here.before {
                here.all.overtaken += 1;
                self.overtaken_by.record(here.before - born);
            }
            here.latencies.note(now - born);
        }
    }

    /// Ends an inference.
    pub(super) fn reset(&mut self) {
        for here in self.cores.iter_mut() {
            here.end_step(&mut self.core_spread);
            *here = CoreArrivals { all: here.all, ..CoreArrivals::default() };
        }
    }

    /// Ends a step at a core, the times of which began at 0, and gives its latencies.
    pub(super) fn end_step_at(&mut self, core: LocalTerminal) -> LatencySpread {
        let here = &mut self.cores[core];
        let latencies = here.latencies;
        here.end_step(&mut self.core_spread);
        *here = CoreArrivals { all: here.all, ..CoreArrivals::default() };
        latencies
    }

    /// The latencies of a step's packets.
    pub(super) fn of_step(&self, step: u32) -> LatencySpread {
        let mut all = LatencySpread::default();
        self.cores.iter().filter(|here| here.step == step).for_each(|here| all.merge(&here.latencies));
        all
    }

    /// What came to each core, and all spreads at cores, with those of the step under way; and by how much packets were overtaken.
    pub(super) fn so_far(&self) -> (IdVec<LocalTerminal, CoreOrder>, Distribution, &Distribution) {
        let mut spreads = self.core_spread.clone();
        let core = |here: &CoreArrivals| {
            let mut here = *here;
            here.end_step(&mut spreads);
            here.all
        };
        let cores = self.cores.iter().map(core).collect();
        (cores, spreads, &self.overtaken_by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arrivals at one core, as (ready, arrival); gives packets that were overtaken, and by how much in all.
    fn overtaken(packets: &[(Tick, Tick)]) -> (u64, u128) {
        let mut order = ArrivalOrder::new(1);
        packets.iter().for_each(|packet| order.note(LocalTerminal::new(0), 1, *packet));
        let (cores, _, by) = order.so_far();
        assert_eq!(cores[LocalTerminal::new(0)].overtaken, by.len());
        (by.len(), by.sum())
    }

    #[test]
    fn a_packet_is_overtaken_by_those_that_were_ready_later_and_came_earlier() {
        assert_eq!(overtaken(&[(1, 5), (2, 6), (2, 7), (4, 9)]), (0, 0));
        // One packet is late behind three others; the latest of them was ready 6 later.
        assert_eq!(overtaken(&[(2, 5), (7, 8), (4, 8), (1, 9)]), (1, 6));
        // What comes in one tick has no order, and neither has what was ready in one.
        assert_eq!(overtaken(&[(3, 5), (2, 5), (3, 6)]), (0, 0));
        assert_eq!(overtaken(&[(9, 10), (3, 11), (8, 12), (9, 13)]), (2, 6 + 1));
    }

    #[test]
    fn steps_with_one_packet_have_no_spread() {
        let core = LocalTerminal::new(0);
        let mut order = ArrivalOrder::new(2);
        order.note(core, 1, (0, 10));
        assert_eq!(order.of_step(1).ticks(), None);
        order.note(core, 2, (20, 25));
        order.note(LocalTerminal::new(1), 2, (20, 45));
        order.note(core, 2, (20, 32));
        assert_eq!(order.of_step(2).ticks(), Some(20));
        let so_far = |order: &ArrivalOrder| {
            let (cores, spreads, _) = order.so_far();
            (cores[core], spreads.sum(), spreads.len())
        };
        let before = so_far(&order);
        order.reset();
        assert_eq!(so_far(&order), before);
        assert_eq!(before.0, CoreOrder { packets: 3, overtaken: 0, steps: 1, spread: 7 });
    }
}
