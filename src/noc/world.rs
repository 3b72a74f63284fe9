//! A fabric whose terminals are sources and sinks of packets, event by event.

use super::source::{PacketSource, TrafficCounts, TrafficPlan};
use crate::engine::{Arrival, Outbox, World};
use crate::ids::{IdVec, LocalTerminal, TerminalId};
use crate::model::fabric::{Fabric, Flit, FlitOut, Packet, Parcel, Part, Sent, TerminalSignal};
use crate::stats::Op;
use crate::trace::Silent;
use crate::units::{Delay, Tick};

#[derive(Debug)]
pub(super) struct TrafficWorld<'t> {
    plan: &'t TrafficPlan<'t>,
    pub(super) fabric: Fabric<'t>,
    sources: IdVec<LocalTerminal, PacketSource>,
    /// Whether a source waits for a credit.
    blocked: IdVec<LocalTerminal, bool>,
    /// Sources with a flit to send in this tick, and in the next.
    working: Vec<LocalTerminal>,
    working_next: Vec<LocalTerminal>,
    pub(super) seen: TrafficCounts,
}

impl<'t> TrafficWorld<'t> {
    /// A shard at rest, and the signals that start its sources.
    pub(super) fn new(plan: &'t TrafficPlan<'t>, part: Part) -> (Self, Vec<(Tick, u32)>) {
        let sources = part.terminals.iter().map(|terminal| PacketSource::new(plan, *terminal)).collect();
        let fabric = Fabric::new(plan.fabric, part, Silent);
        let world = Self {
            plan,
            blocked: IdVec::filled(false, fabric.part().terminals.len()),
            fabric,
            sources,
            working: Vec::new(),
            working_next: Vec::new(),
            seen: TrafficCounts::default(),
        };
        let mut first = Vec::new();
        for terminal in world.sources.ids() {
            let at = world.sources[terminal].next;
            if at != Tick::MAX {
                first.push((at, world.fabric.wake_terminal(terminal)));
            }
        }
        (world, first)
    }

    fn make(plan: &TrafficPlan<'_>, terminal: TerminalId, source: &mut PacketSource) -> Packet {
        let (to, flits) = source.packet(plan, terminal);
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
                self.seen.note_sent(plan, self.sources[terminal].next, flits, hops);
                self.sources[terminal].left(plan, from);
            }
            sent
        };
        self.blocked[terminal] = sent == Sent::NoCredit;
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

    /// Sources with their terminals in the whole network.
    pub(super) fn sources(&self) -> impl Iterator<Item = (TerminalId, &PacketSource)> {
        self.fabric.part().terminals.iter().copied().zip(self.sources.iter())
    }

    fn arrive(&mut self, terminal: LocalTerminal, vc: u8, flit: &Flit, out: &mut impl FlitOut<Silent>) {
        let now = out.now();
        let packet = self.fabric.take_out(flit, now);
        // A sink takes a flit out at once.
        self.fabric.give_back(terminal, vc, 0, out);
        self.seen.note_taken(self.plan, now, 1);
        if let Some(packet) = packet {
            self.seen.note_arrival(self.plan, now, packet.born, packet.load, packet.synapses);
        }
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
                if std::mem::take(&mut self.blocked[terminal]) {
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
