//! Sources of packets, and what is counted of their packets. Shared by all engines.

use super::chip::ChipTimes;
use super::traffic::Pattern;
use crate::hw::Noc;
use crate::ids::TerminalId;
use crate::model::fabric::FabricTable;
use crate::rng::{Domain, Stream, stream};
use crate::stats::Distribution;
use crate::units::Tick;
use rand::RngExt;
use std::ops::Range;

/// The network and traffic of a simulation, the same for all shards.
#[derive(Debug)]
pub(super) struct TrafficPlan<'t> {
    pub(super) noc: &'t Noc,
    pub(super) fabric: &'t FabricTable,
    pub(super) traffic: Traffic<'t>,
    pub(super) packet_flits: u16,
    /// Delays of a chip, if it is one's.
    pub(super) chip: Option<ChipTimes>,
    /// Packets born in these ticks are measured.
    pub(super) window: Range<Tick>,
    pub(super) seed: u64,
}

/// The origin of packets.
#[derive(Debug)]
pub(super) enum Traffic<'t> {
    /// Every source makes a packet with some probability in every cycle.
    Random { pattern: Box<dyn Pattern>, gaps: Gaps },
    /// Packets of a file, by source: (cycle, destination, flits), ascending.
    Replay(&'t [Vec<(Tick, u32, u16)>]),
}

/// A terminal that makes packets.
#[derive(Debug)]
pub(super) struct PacketSource {
    rng: Stream,
    /// When its next packet is born; in the past while it waits to be sent.
    pub(super) next: Tick,
    /// Packets made so far.
    made: usize,
}

impl PacketSource {
    /// A source before its first packet.
    pub(super) fn new(plan: &TrafficPlan<'_>, terminal: TerminalId) -> Self {
        let rng = stream(plan.seed, Domain::Traffic, u64::from(terminal.get()));
        let mut source = Self { rng, next: 0, made: 0 };
        source.plan_next(plan, terminal, None);
        source
    }

    /// Sets when the next packet is born, after the last one.
    fn plan_next(&mut self, plan: &TrafficPlan<'_>, terminal: TerminalId, last: Option<Tick>) {
        self.next = match &plan.traffic {
            // At most one packet is born in a cycle.
            Traffic::Random { gaps, .. } => match gaps.draw(&mut self.rng) {
                Some(gap) => last.map_or(0, |last| last + 1).saturating_add(gap),
                None => Tick::MAX,
            },
            Traffic::Replay(packets) => packets[terminal.index()].get(self.made).map_or(Tick::MAX, |(at, ..)| *at),
        };
    }

    /// Destination and flits of the packet that leaves the queue now.
    #[inline]
    pub(super) fn packet(&mut self, plan: &TrafficPlan<'_>, terminal: TerminalId) -> (u32, u16) {
        match &plan.traffic {
            Traffic::Random { pattern, .. } => (pattern.destination(terminal.get(), &mut self.rng), plan.packet_flits),
            Traffic::Replay(packets) => {
                let (_, to, flits) = packets[terminal.index()][self.made];
                (to, flits)
            }
        }
    }

    /// The packet left the queue; the next one is planned.
    #[inline]
    pub(super) fn left(&mut self, plan: &TrafficPlan<'_>, terminal: TerminalId) {
        self.made += 1;
        self.plan_next(plan, terminal, Some(self.next));
    }

    /// Measured packets and flits that are still in the queue, up to the end of the window or of its simulated part: they
    /// were offered, too.
    fn backlog(&self, plan: &TrafficPlan<'_>, terminal: TerminalId, simulated: Tick) -> (u64, u64) {
        let end = plan.window.end.min(simulated);
        let (mut packets, mut flits) = (0, 0);
        let mut note = |born: Tick, length: u16| {
            if (plan.window.start..end).contains(&born) {
                (packets, flits) = (packets + 1, flits + u64::from(length));
            }
        };
        match &plan.traffic {
            Traffic::Random { gaps, .. } => {
                // A copy of the stream: destinations drawn in between do not change how many there are on average.
                let (mut rng, mut born) = (self.rng.clone(), self.next);
                while born < end {
                    note(born, plan.packet_flits);
                    let Some(gap) = gaps.draw(&mut rng) else { break };
                    born = (born + 1).saturating_add(gap);
                }
            }
            Traffic::Replay(all) => {
                all[terminal.index()][self.made..].iter().for_each(|(born, _, length)| note(*born, *length));
            }
        }
        (packets, flits)
    }
}

/// Measured packets and flits that are still in the queues of sources.
pub(super) fn backlog<'s>(
    sources: impl Iterator<Item = (TerminalId, &'s PacketSource)>,
    plan: &TrafficPlan<'_>,
    simulated: Tick,
) -> (u64, u64) {
    let each = sources.map(|(terminal, source)| source.backlog(plan, terminal, simulated));
    each.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// Packets at the head of a source's queue after `simulated` cycles, and the sum of their waits (cycles).
pub(super) fn waiting<'s>(sources: impl Iterator<Item = &'s PacketSource>, simulated: Tick) -> (u64, u64) {
    let born = sources.map(|source| source.next).filter(|born| *born < simulated);
    born.fold((0, 0), |(packets, cycles), born| (packets + 1, cycles + (simulated - 1 - born)))
}

/// Counts of packets and flits.
#[derive(Clone, Debug, Default)]
pub(super) struct TrafficCounts {
    /// Of the measured packets, from birth to the arrival of the tail (ticks).
    pub(super) latency: Distribution,
    pub(super) hops: u128,
    /// Sum of their zero-load latencies on a chip, without the stages of routers (ticks).
    pub(super) ways: u128,
    /// Flits taken out within the window.
    pub(super) accepted: u64,
    /// Measured packets that left their source's queue.
    pub(super) born: u64,
    /// Flits of those.
    pub(super) offered: u64,
    /// When the last flit was taken out.
    pub(super) last: Tick,
    /// Flits of all packets that left their source's queue, and of all that were taken out, whenever born.
    pub(super) sent: u64,
    pub(super) taken: u64,
    /// Links between routers on the routes of the packets sent.
    pub(super) sent_hops: u128,
}

impl TrafficCounts {
    /// Counts a packet that leaves its source's queue.
    #[inline]
    pub(super) fn note_sent(&mut self, plan: &TrafficPlan<'_>, born: Tick, flits: u16, hops: u32) {
        self.sent_hops += u128::from(hops);
        self.sent += u64::from(flits);
        if plan.window.contains(&born) {
            self.born += 1;
            self.offered += u64::from(flits);
        }
    }

    /// Counts flits that sinks take out.
    #[inline]
    pub(super) fn note_taken(&mut self, plan: &TrafficPlan<'_>, now: Tick, flits: u64) {
        self.taken += flits;
        self.accepted += if plan.window.contains(&now) { flits } else { 0 };
        self.last = now;
    }

    /// Counts a packet that has arrived.
    #[inline]
    pub(super) fn note_arrival(&mut self, plan: &TrafficPlan<'_>, now: Tick, born: Tick, hops: u32, way: u32) {
        if plan.window.contains(&born) {
            self.latency.record(now - born);
            self.hops += u128::from(hops);
            self.ways += u128::from(way);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.latency.merge(&other.latency);
        self.hops += other.hops;
        self.ways += other.ways;
        self.accepted += other.accepted;
        self.born += other.born;
        self.offered += other.offered;
        self.last = self.last.max(other.last);
        self.sent += other.sent;
        self.taken += other.taken;
        self.sent_hops += other.sent_hops;
    }
}

/// Cycles without a packet before the next one: geometric.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gaps {
    probability: f64,
    /// 1 / ln(1 - probability).
    scale: f64,
}

impl Gaps {
    pub(super) fn new(probability: f64) -> Self {
        Self { probability, scale: 1.0 / (-probability).ln_1p() }
    }

    pub(super) fn probability(&self) -> f64 {
        self.probability
    }

    /// The next gap; `None` where there is never a packet.
    #[inline]
    fn draw(&self, rng: &mut Stream) -> Option<u64> {
        if self.probability <= 0.0 {
            return None;
        }
        if self.probability >= 1.0 {
            return Some(0);
        }
        // 1 - u is in (0, 1], so that its logarithm is finite.
        let u: f64 = rng.random();
        // Not the platform's logarithm, whose last bit may depend on the processor.
        Some((libm::log(1.0 - u) * self.scale) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_geometric() {
        let mut rng = stream(1, Domain::Traffic, 0);
        let n = 200_000;
        let gaps: Vec<u64> = (0..n).map(|_| Gaps::new(0.2).draw(&mut rng).unwrap()).collect();
        // Mean (1 - p) / p = 4, and a fifth of them are 0.
        assert!((gaps.iter().sum::<u64>() as f64 / n as f64 - 4.0).abs() < 0.05);
        assert!((gaps.iter().filter(|g| **g == 0).count() as f64 / n as f64 - 0.2).abs() < 0.005);
        assert_eq!([0.0, 1.0].map(|p| Gaps::new(p).draw(&mut rng)), [None, Some(0)]);
    }
}
