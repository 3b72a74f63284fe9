//! Terminals of a fabric: they inject packets, flit by flit, and eject them.

use super::packets::Tag;
use super::shared::FlitOut;
use super::signals::{STEP, TERMINAL_WAKE};
use super::stage::{pointer_after, round_robin};
use super::tables::{channel, delay};
use super::{Fabric, Flit, Packet};
use crate::ids::{LocalTerminal, PacketId, TerminalId};
use crate::trace::Tap;
use crate::units::{Delay, Tick};

/// The injection of a terminal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TerminalState {
    /// The packet being injected and its remaining flits.
    packet: PacketId,
    left: u16,
    vc: u8,
    /// Round-robin pointer over virtual channels.
    pointer: u8,
    /// When the link can take the next flit.
    link_free: Tick,
}

impl TerminalState {
    /// A time step begins: no packet is under way.
    #[inline]
    pub(super) fn begin_step(&mut self) {
        (self.pointer, self.link_free) = (0, 0);
    }
}

/// Result of an attempt to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A flit left, and the packet has more.
    Flit,
    /// The last flit of the packet left.
    Packet,
    /// The link is busy until this tick.
    NotBefore(Tick),
    /// There is no credit; when one arrives, it is signalled to the terminal.
    NoCredit,
}

impl<P: Tap> Fabric<'_, P> {
    /// The signal that wakes a terminal.
    #[inline]
    pub(crate) fn wake_terminal(&self, terminal: LocalTerminal) -> u32 {
        TERMINAL_WAKE | self.terminal_channel(self.shared.part.terminals[terminal])
    }

    /// The signal that begins a time step at a terminal.
    pub(crate) fn step_terminal(&self, terminal: LocalTerminal) -> u32 {
        STEP | self.terminal_channel(self.shared.part.terminals[terminal])
    }

    fn terminal_channel(&self, terminal: TerminalId) -> u32 {
        channel(self.shared.tables.routers + terminal.get(), 0)
    }

    /// Whether a terminal is in the middle of a packet.
    #[inline]
    pub(crate) fn sending(&self, terminal: LocalTerminal) -> bool {
        self.terminals[terminal].left > 0
    }

    /// When the link of a terminal to its router can take the next flit.
    #[inline]
    pub(crate) fn link_free(&self, terminal: LocalTerminal) -> Tick {
        self.terminals[terminal].link_free
    }

    /// Sends a packet as one flit straight to a terminal of the whole fabric, past all routers.
    pub(crate) fn teleport(
        &mut self,
        terminal: TerminalId,
        packet: Packet<P::Label>,
        wait: Delay,
        out: &mut impl FlitOut<P>,
    ) {
        let to = self.terminal_channel(terminal);
        let shard = self.shared.part.shard_of_router(self.shared.tables.terminals[terminal].router);
        let tag = Tag::new(self.shared.packets.add(packet), true, true);
        self.shared.send_flit(shard, wait, Flit { to, tag }, out);
    }

    /// Phase one: a place became free at the router of a terminal.
    #[inline]
    pub(crate) fn take_terminal_credit(&mut self, terminal: LocalTerminal, vc: u8) {
        self.terminal_credits[terminal.index() * self.shared.vcs + usize::from(vc)] += 1;
    }

    /// Sends the next flit of the packet under way, if there is a credit and the link is free.
    #[inline]
    pub(crate) fn send_on(&mut self, terminal: LocalTerminal, out: &mut impl FlitOut<P>) -> Sent {
        let state = self.terminals[terminal];
        debug_assert!(state.left > 0);
        if state.link_free > out.now() {
            return Sent::NotBefore(state.link_free);
        }
        if self.terminal_credits[terminal.index() * self.shared.vcs + usize::from(state.vc)] == 0 {
            return Sent::NoCredit;
        }
        self.put(terminal, Tag::new(state.packet, false, state.left == 1), out)
    }

    /// Begins a packet and sends its first flit, if there is a credit and the link is free; else the packet is not
    /// taken. Virtual channels are selected round-robin.
    #[inline]
    pub(crate) fn begin(
        &mut self,
        terminal: LocalTerminal,
        packet: impl FnOnce(&mut P) -> Packet<P::Label>,
        out: &mut impl FlitOut<P>,
    ) -> Sent {
        let state = self.terminals[terminal];
        debug_assert_eq!(state.left, 0);
        if state.link_free > out.now() {
            return Sent::NotBefore(state.link_free);
        }
        let first = terminal.index() * self.shared.vcs;
        let credits = self.terminal_credits[first..first + self.shared.vcs].iter().enumerate();
        let open = credits.fold(0u64, |set, (vc, credits)| set | u64::from(*credits > 0) << vc);
        if open == 0 {
            return Sent::NoCredit;
        }
        let vc = round_robin(open, state.pointer) as u8;
        let packet = packet(&mut self.shared.tap);
        let left = packet.flits;
        let id = self.shared.packets.add(packet);
        let pointer = pointer_after(vc.into(), self.shared.vcs);
        self.terminals[terminal] = TerminalState { packet: id, left, vc, pointer, ..state };
        self.put(terminal, Tag::new(id, true, left == 1), out)
    }

    #[inline]
    fn put(&mut self, terminal: LocalTerminal, tag: Tag, out: &mut impl FlitOut<P>) -> Sent {
        let table = &self.shared.tables.terminals[self.shared.part.terminals[terminal]];
        let state = &mut self.terminals[terminal];
        state.left -= 1;
        if self.shared.tables.interval > 1 {
            state.link_free = out.now() + Tick::from(self.shared.tables.interval);
        }
        let vc = usize::from(state.vc);
        self.terminal_credits[terminal.index() * self.shared.vcs + vc] -= 1;
        let to = channel(table.router, usize::from(table.port) * self.shared.vcs + vc);
        out.send(delay(table.latency), Flit { to, tag });
        if tag.tail() { Sent::Packet } else { Sent::Flit }
    }

    /// Takes a flit out of the fabric without returning its credit. The tail flit completes the packet.
    #[inline]
    pub(crate) fn take_out(&mut self, flit: &Flit, now: Tick) -> Option<Packet<P::Label>> {
        self.last_arrival = now;
        flit.tag.tail().then(|| self.shared.packets.remove(flit.tag.id()))
    }

    /// Returns a credit to the router after some ticks and the credit's delay.
    #[inline]
    pub(crate) fn give_back(&mut self, terminal: LocalTerminal, vc: u8, after: Tick, out: &mut impl FlitOut<P>) {
        let table = &self.shared.tables.terminals[self.shared.part.terminals[terminal]];
        let credit = channel(table.router, usize::from(table.port) * self.shared.vcs + usize::from(vc));
        let delay = delay(table.credit_delay).saturating_add(after);
        out.signal(delay, credit);
    }
}
