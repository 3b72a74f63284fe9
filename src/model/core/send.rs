//! A core hands its packets to the router.

use super::{Burst, of_node};
use crate::engine::{EventSet, Outbox};
use crate::model::fabric::{Flit, Packet, Sent};
use crate::model::{Simulator, Tables};
use crate::stats::Op;
use crate::trace::{Kind, Tap};
use crate::units::{Delay, Tick};

impl<P: Tap> Simulator<'_, P> {
    /// Starts to send the packets that a step made.
    pub(super) fn begin_sending<S: EventSet<Flit>>(&mut self, position: u32, out: &mut Outbox<'_, Self, S>) {
        if self.tables.timing.ideal {
            self.send_without_contention(position, out);
        } else {
            self.cores.ask(position);
        }
    }

    /// Hands over the next flit, if its packet is ready, the link is free and there is a credit.
    pub(in crate::model) fn send_ready<S: EventSet<Flit>>(&mut self, position: u32, out: &mut Outbox<'_, Self, S>) {
        let now = out.now();
        let outgoing = &mut self.cores.outgoing[position as usize];
        let under_way = self.fabric.sending(position);
        let sent = if under_way {
            self.fabric.send_on(position, out)
        } else {
            let Some(burst) = outgoing.first() else { return };
            let (tables, terminal) = (self.tables, self.fabric.part().terminals[position as usize]);
            let take = |tap: &mut P| {
                let packet = packet(tables, burst, tap.label(position, terminal));
                note_sent(tables, tap, now, terminal, &packet);
                packet
            };
            match burst.ready {
                ready if ready > now => Sent::NotBefore(ready),
                _ => self.fabric.begin(position, take, out),
            }
        };
        outgoing.blocked = sent == Sent::NoCredit;
        if sent == Sent::NoCredit {
            // The credit's signal decides anew.
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
        let next = next.max(self.fabric.link_free(position));
        // One wake-up at a time is enough.
        if let Some(wait) = Delay::new(next - now)
            && (outgoing.wake <= now || next < outgoing.wake)
        {
            outgoing.wake = next;
            out.signal(wait, self.fabric.wake_terminal(position));
        }
    }

    /// A place became free at the router of a core.
    #[inline]
    pub(in crate::model) fn take_core_credit(&mut self, position: u32, vc: u8) {
        self.fabric.take_terminal_credit(position, vc);
        if self.cores.outgoing[position as usize].blocked {
            self.cores.ask(position);
        }
    }

    /// Every packet arrives after its zero-load latency, whatever else is under way.
    fn send_without_contention<S: EventSet<Flit>>(&mut self, position: u32, out: &mut Outbox<'_, Self, S>) {
        let (tables, terminal) = (self.tables, self.fabric.part().terminals[position as usize]);
        let from = tables.fabric.terminals[terminal as usize].router;
        let mut queue = std::mem::take(&mut self.cores.outgoing[position as usize].queue);
        for mut burst in queue.drain(..) {
            while burst.next < burst.end {
                let tap = self.fabric.tap();
                let packet = packet(tables, &burst, tap.label(position, terminal));
                note_sent(tables, tap, packet.born.max(out.now()), terminal, &packet);
                if tables.trees.is_some() {
                    self.teleport_copies(from, packet, out);
                } else {
                    self.teleport(from, tables.fabric.terminal_at(packet.to, packet.exit), packet, out);
                }
                (burst.next, burst.ready) = (burst.next + 1, burst.ready + burst.gap);
            }
        }
        self.cores.outgoing[position as usize].queue = queue;
    }

    /// Sends a packet to all ends of its multicast tree, which is walked here instead of by routers.
    fn teleport_copies<S: EventSet<Flit>>(
        &mut self,
        from: u32,
        packet: Packet<P::Label>,
        out: &mut Outbox<'_, Self, S>,
    ) {
        let fabric = &self.tables.fabric;
        let mut open = std::mem::take(&mut self.open_branches);
        open.push((from, packet.to));
        while let Some((router, first)) = open.pop() {
            for (port, then) in fabric.branches_from(first) {
                match fabric.next_router(router, port) {
                    Some(next) => open.push((next, then)),
                    None => self.teleport(from, fabric.terminal_at(router, port), Packet { to: then, ..packet }, out),
                }
            }
        }
        self.open_branches = open;
    }

    fn teleport<S: EventSet<Flit>>(
        &mut self,
        from: u32,
        target: u32,
        packet: Packet<P::Label>,
        out: &mut Outbox<'_, Self, S>,
    ) {
        let (tables, timing) = (self.tables, &self.tables.timing);
        let to = tables.fabric.terminals[target as usize].router;
        let hops = tables.fabric.routing.hops(from, to);
        let way = timing.of(Op::Inject)
            + Tick::from(hops.ew) * timing.of(Op::HopEw)
            + Tick::from(hops.ns) * timing.of(Op::HopNs)
            + Tick::from(hops.chip) * timing.of(Op::HopChip)
            + timing.of(Op::Eject)
            + tables.fabric.pipeline(hops.total() + 1, packet.flits);
        let at = packet.born.max(out.now()) + way;
        if let Some(wait) = Delay::new(at - out.now()) {
            self.fabric.teleport(target, packet, wait, out);
        }
    }
}

/// The next packet of a spike. What is in it need not be looked up where it goes.
#[inline]
fn packet<L>(tables: &Tables, burst: &Burst, label: L) -> Packet<L> {
    let (next, born) = (burst.next, burst.ready);
    if tables.trees.is_some() {
        return Packet { to: next, exit: 0, flits: 1, load: next, synapses: 0, born, label };
    }
    let target = &tables.fabric.terminals[tables.destinations[next as usize] as usize];
    let (flits, synapses) = (tables.packet_flits, tables.synapses_of(next));
    Packet { to: target.router, exit: target.port, flits, load: next, synapses, born, label }
}

/// Notes that a packet leaves its terminal.
#[inline]
fn note_sent<P: Tap>(tables: &Tables, tap: &mut P, tick: Tick, terminal: u32, packet: &Packet<P::Label>) {
    if tap.hears(Kind::Sent) {
        let waited = tick - packet.born.min(tick);
        let parts = (P::number(packet.label), packet.load, waited);
        tap.note(of_node(tick, tables.fabric.routers + terminal, Kind::Sent, parts));
    }
}
