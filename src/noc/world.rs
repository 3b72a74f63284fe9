//! A fabric whose terminals are sources and sinks of packets.

use super::chip::ChipTimes;
use super::traffic::Pattern;
use crate::engine::{Arrival, Outbox, World};
use crate::hw::Noc;
use crate::ids::{IdVec, LocalTerminal, TerminalId};
use crate::model::fabric::{Fabric, FabricTable, Flit, FlitOut, Packet, Parcel, Part, Sent, TerminalSignal};
use crate::rng::{Domain, Stream, stream};
use crate::stats::{Distribution, Op};
use crate::trace::Silent;
use crate::units::{Delay, Tick};
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
struct PacketSource {
    rng: Stream,
    /// When its next packet is born; in the past while it waits to be sent.
    next: Tick,
    /// Packets made so far.
    made: usize,
    /// Whether it waits for a credit.
    blocked: bool,
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

#[derive(Debug)]
pub(super) struct TrafficWorld<'t> {
    plan: &'t TrafficPlan<'t>,
    pub(super) fabric: Fabric<'t>,
    sources: IdVec<LocalTerminal, PacketSource>,
    /// Sources with a flit to send in this tick, and in the next.
    working: Vec<LocalTerminal>,
    working_next: Vec<LocalTerminal>,
    pub(super) seen: TrafficCounts,
}

impl<'t> TrafficWorld<'t> {
    /// A shard at rest, and the signals that start its sources.
    pub(super) fn new(plan: &'t TrafficPlan<'t>, part: Part) -> (Self, Vec<(Tick, u32)>) {
        let rng = |terminal: &TerminalId| stream(plan.seed, Domain::Traffic, u64::from(terminal.get()));
        let source = |terminal| PacketSource { rng: rng(terminal), next: 0, made: 0, blocked: false };
        let sources: IdVec<LocalTerminal, PacketSource> = part.terminals.iter().map(source).collect();
        let fabric = Fabric::new(plan.fabric, part, Silent);
        let mut world = Self {
            plan,
            fabric,
            sources,
            working: Vec::new(),
            working_next: Vec::new(),
            seen: TrafficCounts::default(),
        };
        let mut first = Vec::new();
        for terminal in world.sources.ids() {
            world.plan_next(terminal, None);
            let at = world.sources[terminal].next;
            if at != Tick::MAX {
                first.push((at, world.fabric.wake_terminal(terminal)));
            }
        }
        (world, first)
    }

    /// Sets when a source's next packet is born, after the last one.
    fn plan_next(&mut self, terminal: LocalTerminal, last: Option<Tick>) {
        let source = &mut self.sources[terminal];
        source.next = match &self.plan.traffic {
            // At most one packet is born in a cycle.
            Traffic::Random { gaps, .. } => match gaps.draw(&mut source.rng) {
                Some(gap) => last.map_or(0, |last| last + 1).saturating_add(gap),
                None => Tick::MAX,
            },
            Traffic::Replay(packets) => {
                let packets = &packets[self.fabric.part().terminals[terminal].index()];
                packets.get(source.made).map_or(Tick::MAX, |(at, ..)| *at)
            }
        };
    }

    fn make(plan: &TrafficPlan<'_>, terminal: TerminalId, source: &mut PacketSource) -> Packet {
        let (to, flits) = match &plan.traffic {
            Traffic::Random { pattern, .. } => {
                (pattern.destination(terminal.get(), &mut source.rng), plan.packet_flits)
            }
            Traffic::Replay(packets) => {
                let (_, to, flits) = packets[terminal.index()][source.made];
                (to, flits)
            }
        };
        let from = plan.fabric.terminals[terminal].router;
        let target = &plan.fabric.terminals[TerminalId::new(to)];
        let hops = plan.noc.hops_between(from, target.router);
        // There are no synapses here: the zero-load latency is kept in their place.
        let (load, synapses) = (hops.total(), plan.chip.map_or(0, |chip| chip.way(hops)));
        Packet {
            to: target.router,
            exit: target.port,
            flits,
            load,
            synapses,
            applied: Op::Synapse,
            born: source.next,
            source: terminal,
            sending: 0,
            label: (),
        }
    }

    /// Sends the flit of a source for this tick, if it has one.
    fn work(&mut self, terminal: LocalTerminal, out: &mut impl FlitOut<Silent>) {
        let now = out.now();
        let sent = if self.fabric.sending(terminal) {
            self.fabric.send_on(terminal, out)
        } else {
            let source = &mut self.sources[terminal];
            if source.next > now {
                return;
            }
            let (plan, from) = (self.plan, self.fabric.part().terminals[terminal]);
            let (mut flits, mut hops) = (0, 0);
            let make = |_: &mut Silent| {
                let packet = Self::make(plan, from, source);
                (flits, hops) = (packet.flits, packet.load);
                packet
            };
            let sent = self.fabric.begin(terminal, make, out);
            if flits > 0 {
                self.seen.sent_hops += u128::from(hops);
                self.note_birth(terminal, flits);
            }
            sent
        };
        self.sources[terminal].blocked = sent == Sent::NoCredit;
        let next = match sent {
            Sent::NoCredit => return,
            Sent::NotBefore(tick) => tick,
            Sent::Flit => now + 1,
            Sent::Packet => self.sources[terminal].next.max(now + 1),
        };
        if next == now + 1 {
            self.working_next.push(terminal);
        } else if let Some(wait) = Delay::new(next.saturating_sub(now))
            && next != Tick::MAX
        {
            out.signal(wait, self.fabric.wake_terminal(terminal));
        }
    }

    /// A packet left its source's queue; the next one is planned.
    fn note_birth(&mut self, terminal: LocalTerminal, flits: u16) {
        let source = &mut self.sources[terminal];
        let born = source.next;
        source.made += 1;
        self.seen.sent += u64::from(flits);
        if self.plan.window.contains(&born) {
            self.seen.born += 1;
            self.seen.offered += u64::from(flits);
        }
        self.plan_next(terminal, Some(born));
    }

    /// Whether some source has a packet of the window in its queue.
    pub(super) fn behind(&self) -> bool {
        self.sources.iter().any(|source| self.plan.window.contains(&source.next))
    }

    /// Measured packets and flits that are still in the queues of sources, up to the end of the window or of its simulated
    /// part: they were offered, too.
    pub(super) fn backlog(&self, simulated: Tick) -> (u64, u64) {
        let end = self.plan.window.end.min(simulated);
        let (mut packets, mut flits) = (0, 0);
        for (source, terminal) in self.sources.iter().zip(self.fabric.part().terminals.iter()) {
            let mut note = |born: Tick, length: u16| {
                if (self.plan.window.start..end).contains(&born) {
                    (packets, flits) = (packets + 1, flits + u64::from(length));
                }
            };
            match &self.plan.traffic {
                Traffic::Random { gaps, .. } => {
                    // A copy of the stream: destinations drawn in between do not change how many there are on average.
                    let (mut rng, mut born) = (source.rng.clone(), source.next);
                    while born < end {
                        note(born, self.plan.packet_flits);
                        let Some(gap) = gaps.draw(&mut rng) else { break };
                        born = (born + 1).saturating_add(gap);
                    }
                }
                Traffic::Replay(all) => {
                    all[terminal.index()][source.made..].iter().for_each(|(born, _, length)| note(*born, *length));
                }
            }
        }
        (packets, flits)
    }

    /// Packets at the head of a source's queue after `simulated` cycles, and the sum of their waits (cycles).
    pub(super) fn waiting(&self, simulated: Tick) -> (u64, u64) {
        let born = self.sources.iter().map(|source| source.next).filter(|born| *born < simulated);
        born.fold((0, 0), |(packets, cycles), born| (packets + 1, cycles + (simulated - 1 - born)))
    }

    fn arrive(&mut self, terminal: LocalTerminal, vc: u8, flit: &Flit, out: &mut impl FlitOut<Silent>) {
        let now = out.now();
        let packet = self.fabric.take_out(flit);
        // A sink takes a flit out at once.
        self.fabric.give_back(terminal, vc, 0, out);
        self.seen.taken += 1;
        self.seen.accepted += u64::from(self.plan.window.contains(&now));
        self.seen.last = now;
        if let Some(packet) = packet
            && self.plan.window.contains(&packet.born)
        {
            self.seen.latency.record(now - packet.born);
            self.seen.hops += u128::from(packet.load);
            self.seen.ways += u128::from(packet.synapses);
        }
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

impl World for TrafficWorld<'_> {
    type Message = Flit;
    type Parcel = Parcel;

    #[inline]
    fn apply(&mut self, flit: Flit, out: &mut impl Outbox<Flit, Self::Parcel>) {
        match self.fabric.terminal_of(&flit) {
            None => self.fabric.take_flit(flit, out),
            Some((terminal, vc)) => self.arrive(terminal, vc, &flit, out),
        }
    }

    #[inline]
    fn signal(&mut self, signal: u32, out: &mut impl Outbox<Flit, Self::Parcel>) {
        match self.fabric.take_signal(signal, out) {
            None => {}
            Some(TerminalSignal::Credit(terminal, vc)) => {
                self.fabric.take_terminal_credit(terminal, vc);
                if self.sources[terminal].blocked {
                    self.sources[terminal].blocked = false;
                    self.working.push(terminal);
                }
            }
            Some(TerminalSignal::Wake(terminal) | TerminalSignal::Step(terminal)) => self.working.push(terminal),
        }
    }

    #[inline]
    fn decide(&mut self, out: &mut impl Outbox<Flit, Self::Parcel>) -> bool {
        for at in 0..self.working.len() {
            self.work(self.working[at], out);
        }
        self.working.clear();
        std::mem::swap(&mut self.working, &mut self.working_next);
        self.fabric.decide(out) | !self.working.is_empty()
    }

    fn unpack(&mut self, parcel: Parcel) -> Arrival<Flit> {
        self.fabric.take_parcel(parcel)
    }

    fn slack(&self) -> Tick {
        self.fabric.slack()
    }

    fn catch_up(&mut self, parcel: Parcel) {
        self.fabric.catch_up(parcel);
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
