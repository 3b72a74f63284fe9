//! A core hands its packets to the router.

use super::record_of;
use super::state::Burst;
use crate::ids::{AxonId, LocalTerminal, TerminalId};
use crate::model::fabric::{FlitOut, Packet, Sent};
use crate::model::{Simulator, Tables};
use crate::stats::Op;
use crate::trace::{Kind, Tap};
use crate::units::{Delay, Tick};

impl<P: Tap> Simulator<'_, P> {
    /// Starts to send the packets that a step made.
    pub(super) fn begin_sending(&mut self, terminal: LocalTerminal, out: &mut impl FlitOut<P>) {
        if self.tables.timing.ideal {
            self.send_without_contention(terminal, out);
        } else {
            self.cores.ask(terminal);
        }
    }

    /// Hands over the next flit, if its packet is ready, the link is free and there is a credit.
    pub(in crate::model) fn send_ready(&mut self, terminal: LocalTerminal, out: &mut impl FlitOut<P>) {
        let now = out.now();
        let (tables, source) = (self.tables, self.terminal(terminal));
        let outgoing = &mut self.cores.stages[terminal].outgoing;
        let under_way = self.fabric.sending(terminal);
        let sent = if under_way {
            self.fabric.send_on(terminal, out)
        } else {
            let Some(burst) = outgoing.first() else { return };
            let take = |tap: &mut P| {
                let packet = packet(tables, (source, burst), tap.label(terminal, source));
                note_sent(tables, tap, now, source, &packet);
                packet
            };
            match burst.ready {
                ready if ready > now => Sent::NotBefore(ready),
                _ => self.fabric.begin(terminal, take, out),
            }
        };
        outgoing.blocked = sent == Sent::NoCredit;
        if sent == Sent::NoCredit {
            // The credit's signal asks for another decision.
            return;
        }
        // A packet leaves the queue with its first flit.
        if !under_way && matches!(sent, Sent::Flit | Sent::Packet) {
            outgoing.leave();
        }
        let next = match sent {
            Sent::NotBefore(tick) => tick,
            Sent::Flit => now + 1,
            _ => match outgoing.first() {
                Some(burst) => burst.ready.max(now + 1),
                None => return,
            },
        };
        let next = next.max(self.fabric.link_free(terminal));
        // One wake-up at a time is enough.
        if let Some(wait) = Delay::new(next - now)
            && (outgoing.wake <= now || next < outgoing.wake)
        {
            outgoing.wake = next;
            out.signal(wait, self.fabric.wake_terminal(terminal));
        }
    }

    /// A place became free at the router of a core.
    #[inline]
    pub(in crate::model) fn take_core_credit(&mut self, terminal: LocalTerminal, vc: u8) {
        self.fabric.take_terminal_credit(terminal, vc);
        if self.cores.stages[terminal].outgoing.blocked {
            self.cores.ask(terminal);
        }
    }

    /// Every packet arrives after its zero-load latency, whatever else is under way.
    fn send_without_contention(&mut self, terminal: LocalTerminal, out: &mut impl FlitOut<P>) {
        let (tables, source) = (self.tables, self.terminal(terminal));
        let from = tables.router_of(source);
        let mut bursts = std::mem::take(&mut self.cores.stages[terminal].outgoing.bursts);
        for mut burst in bursts.drain(..) {
            while burst.next < burst.end {
                let tap = self.fabric.tap();
                let packet = packet(tables, (source, &burst), tap.label(terminal, source));
                note_sent(tables, tap, packet.born.max(out.now()), source, &packet);
                if tables.trees.is_some() {
                    self.teleport_copies(from, packet, out);
                } else {
                    self.teleport(from, tables.fabric.terminal_at(packet.to, packet.exit), packet, out);
                }
                burst.advance();
            }
        }
        self.cores.stages[terminal].outgoing.bursts = bursts;
    }

    /// Sends a packet to all ends of its multicast tree, which is walked here instead of by routers.
    fn teleport_copies(&mut self, from: u32, packet: Packet<P::Label>, out: &mut impl FlitOut<P>) {
        let fabric = &self.tables.fabric;
        let mut open = std::mem::take(&mut self.open_branches);
        open.push((from, packet.to));
        while let Some((router, first)) = open.pop() {
            for (port, then) in fabric.branches_from(first) {
                match fabric.next_router(router, port) {
                    Some(next) => open.push((next, then)),
                    None => {
                        let target = fabric.terminal_at(router, port);
                        self.teleport(from, target, Packet { to: then, ..packet }, out);
                    }
                }
            }
        }
        self.open_branches = open;
    }

    fn teleport(&mut self, from: u32, target: TerminalId, packet: Packet<P::Label>, out: &mut impl FlitOut<P>) {
        let way = self.tables.zero_load_latency((from, self.tables.router_of(target)), packet.flits);
        let at = packet.born.max(out.now()) + way;
        if let Some(wait) = Delay::new(at - out.now()) {
            self.fabric.teleport(target, packet, wait, out);
        }
    }
}

/// The next packet of a spike. It carries the figures that its core would have to look up.
#[inline]
fn packet<L>(tables: &Tables, (source, burst): (TerminalId, &Burst), label: L) -> Packet<L> {
    let Burst { next, ready: born, sending, .. } = *burst;
    if tables.trees.is_some() {
        let (to, applied) = (next, Op::Synapse);
        return Packet { to, exit: 0, flits: 1, load: next, synapses: 0, applied, born, source, sending, label };
    }
    let axon = AxonId::new(next);
    let target = &tables.fabric.terminals[tables.terminal(tables.destinations[axon])];
    let (flits, synapses) = (tables.packet_flits, tables.synapses_of(axon));
    let applied = tables.synapse_op(axon);
    let (to, exit) = (target.router, target.port);
    Packet { to, exit, flits, load: next, synapses, applied, born, source, sending, label }
}

/// Notes that a packet leaves its terminal.
#[inline]
fn note_sent<P: Tap>(tables: &Tables, tap: &mut P, tick: Tick, terminal: TerminalId, packet: &Packet<P::Label>) {
    if tap.hears(Kind::Sent) {
        let waited = tick - packet.born.min(tick);
        let parts = (P::number(packet.label), packet.load, waited);
        tap.note(record_of(tick, tables.fabric.routers + terminal.get(), Kind::Sent, parts));
    }
}
