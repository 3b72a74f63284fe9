//! The network on chip: routers with input buffers, virtual channels (VCs), credits and round-robin allocation, and the
//! terminals at their ports.
//!
//! The stages of a head flit in a router, in ticks:
//!
//! * *Route computation.* The flit reaches the front of its input VC at tick t, and is routed until t + `head_delay`.
//! * *VC allocation.* Then its input VC requests an output VC in every tick. The allocator is separable: every free
//!   output VC grants one of the input VCs that request it, every input VC accepts one of its grants, both round-robin
//!   (the pointer moves with an accepted grant: iSLIP of one iteration, McKeown 1999, doi:10.1109/90.769767).
//! * *Switch allocation.* With an output VC, it requests the switch: in the next tick (`staged`), or in the same
//!   decision. Each output unit grants one input unit that has a flit and a credit for it, each input unit accepts one
//!   output unit, both round-robin. The body flits follow, a flit a tick; the tail frees the output VC for the next tick.
//! * *Switch and link traversal.* The flit arrives at the next node after the link's latency, and its place is known to
//!   be free at the node before after the credit's delay. Only then can the place be filled again.
//!
//! The packet behind a tail in the same buffer begins a tick after it: one input VC does not overlap packets.
//! This is the router of BookSim 2 (Jiang et al. 2013, doi:10.1109/ISPASS.2013.6557149) with private buffers.
//! With flit serialisation (an `interval` of more than one tick) an input unit sends and a link takes one flit per
//! interval.
//!
//! On chips with barriers or a fixed tick, every time step begins in an empty network: no flit and no credit is under way,
//! all links are free, and all round-robin pointers are at their first requester, as after a reset. So the time that a step
//! takes in the network depends on nothing but its packets. On free-running chips pointers move on from step to step.
//!
//! There are two banks of routers: `SingleVc` for one virtual channel, and `MultiVc`. All VCs of a router are bits
//! of one word, and the state of a port is a line or two of a cache.

mod cut;
mod multi_vc;
mod packets;
mod part;
mod shared;
mod signals;
mod single_vc;
mod stage;
mod tables;
mod terminal;

pub use packets::{Flit, Packet, Packets, Parcel};
pub use part::Part;
pub use shared::{FlitOut, Waiting};
pub use signals::TerminalSignal;
pub use tables::{Branch, FabricTable, PortTable, Terminal};
pub use terminal::Sent;

use crate::engine::Arrival;
use crate::ids::{IdVec, LocalTerminal, PacketId, TerminalId};
use crate::trace::{Silent, Tap};
use crate::units::Tick;
use multi_vc::MultiVc;
use shared::{PartState, RouterBank};
use signals::{KIND, MOST_NODES, STEP, TERMINAL_WAKE};
use single_vc::SingleVc;
use tables::{MOST_CHANNELS, index_of, node_of};
use terminal::TerminalState;

/// The routers of a shard, with the packets and terminals there.
#[derive(Debug)]
pub struct Fabric<'t, P: Tap = Silent> {
    shared: PartState<'t, P>,
    routers: Routers,
    /// The packet whose flits arrive at an input VC from another shard.
    arriving: Vec<PacketId>,
    /// Output units whose link leads to another shard, by position.
    border: Vec<u32>,
    terminals: IdVec<LocalTerminal, TerminalState>,
    /// By terminal and virtual channel.
    terminal_credits: Vec<u16>,
    /// When the last flit or credit arrived.
    last_arrival: Tick,
}

/// The bank of routers of a fabric.
#[derive(Debug)]
enum Routers {
    Single(SingleVc),
    Multi(MultiVc),
}

/// Calls a method of whichever bank a fabric has.
macro_rules! bank {
    ($routers:expr, $bank:ident => $call:expr) => {
        match $routers {
            Routers::Single($bank) => $call,
            Routers::Multi($bank) => $call,
        }
    };
}

impl<'t, P: Tap> Fabric<'t, P> {
    /// A part of a fabric at rest.
    pub(crate) fn new(tables: &'t FabricTable, part: Part, tap: P) -> Self {
        debug_assert!(tables.channels() <= MOST_CHANNELS);
        debug_assert!(tables.routers as usize + tables.terminals.len() <= MOST_NODES);
        let (vcs, terminals) = (usize::from(tables.vcs), part.terminals.len());
        let shared = PartState::new(tables, part, tap);
        let leaves = |(_, table): &(usize, &PortTable)| shared.part.shard_of_channel(table.to) != shared.part.shard;
        let border = shared.links.iter().enumerate().filter(leaves).map(|(position, _)| position as u32).collect();
        let mut fabric = Self {
            border,
            routers: if vcs == 1 {
                Routers::Single(SingleVc::new(&shared))
            } else {
                Routers::Multi(MultiVc::new(&shared))
            },
            arriving: vec![PacketId::default(); shared.part.count as usize * shared.channels],
            terminals: IdVec::filled(TerminalState::default(), terminals),
            terminal_credits: vec![0; terminals * vcs],
            last_arrival: 0,
            shared,
        };
        fabric.reset();
        fabric
    }

    /// Clears the state of a run, except the flits counted by port.
    pub(crate) fn reset(&mut self) {
        self.shared.tap.reset();
        self.shared.packets.clear();
        bank!(&mut self.routers, bank => bank.reset(&self.shared));
        self.terminals.fill(TerminalState::default());
        self.terminal_credits.fill(self.shared.tables.buffer);
        self.last_arrival = 0;
    }

    /// A time step begins in an empty network, as after a reset: all round-robin pointers are at their first requester, and
    /// links are free.
    pub(crate) fn begin_step(&mut self) {
        bank!(&mut self.routers, bank => bank.begin_step());
        self.terminals.iter_mut().for_each(TerminalState::begin_step);
    }

    /// When the last flit or credit arrived anywhere here, since the reset.
    pub(crate) fn last_arrival(&self) -> Tick {
        self.last_arrival
    }

    /// The routers and terminals of this part.
    pub(crate) fn part(&self) -> &Part {
        &self.shared.part
    }

    /// The probe that hears what happens here.
    #[inline]
    pub(crate) fn tap(&mut self) -> &mut P {
        &mut self.shared.tap
    }

    /// Packets under way here.
    pub(crate) fn packets(&self) -> &Packets<P::Label> {
        &self.shared.packets
    }

    /// Flits that left each port, by router and port of this part, since it was made.
    pub(crate) fn link_flits(&self) -> impl Iterator<Item = u64> {
        let sent = |position| bank!(&self.routers, bank => bank.flits_sent(position));
        (0..self.shared.links.len()).map(sent)
    }

    /// Puts the flits that left each port since it was made into an array of all ports, by router and port.
    pub(crate) fn gather_link_flits(&self, all: &mut [u64]) {
        let ports = self.shared.ports;
        for (position, flits) in self.link_flits().enumerate() {
            let router = self.shared.part.router((position / ports) as u32);
            all[router as usize * ports + position % ports] = flits;
        }
    }

    /// All packets at the front of a buffer.
    pub(crate) fn waiting(&self) -> Vec<Waiting> {
        bank!(&self.routers, bank => bank.waiting(&self.shared))
    }

    /// The terminal that a flit goes to, and the virtual channel; `None` if the flit
    /// goes to a router.
    #[inline]
    pub(crate) fn terminal_of(&self, flit: &Flit) -> Option<(LocalTerminal, u8)> {
        (node_of(flit.to) >= self.shared.router_count).then(|| self.terminal_and_vc(flit.to))
    }

    #[inline]
    fn terminal_and_vc(&self, channel: u32) -> (LocalTerminal, u8) {
        let terminal = TerminalId::new(node_of(channel) - self.shared.tables.routers);
        (self.shared.part.local(terminal), index_of(channel) as u8)
    }

    /// Phase one: applies a signal to a router; one for a terminal is returned.
    #[inline]
    pub(crate) fn take_signal(&mut self, signal: u32, out: &mut impl FlitOut<P>) -> Option<TerminalSignal> {
        if node_of(signal) < self.shared.router_count {
            // A credit, by far the most frequent signal: without any bits of a kind.
            self.last_arrival = out.now();
            bank!(&mut self.routers, bank => bank.take_credit(signal, &self.shared));
            return None;
        }
        let (kind, number) = (signal & KIND, signal & !KIND);
        match kind {
            0 => {
                self.last_arrival = out.now();
                let (terminal, vc) = self.terminal_and_vc(number);
                Some(TerminalSignal::Credit(terminal, vc))
            }
            STEP => Some(TerminalSignal::Step(self.terminal_and_vc(number).0)),
            TERMINAL_WAKE => Some(TerminalSignal::Wake(self.terminal_and_vc(number).0)),
            _ => {
                bank!(&mut self.routers, bank => bank.wake(kind, number, out.now(), &self.shared));
                None
            }
        }
    }

    /// Phase one: a flit arrives at a router.
    #[inline]
    pub(crate) fn take_flit(&mut self, flit: Flit, out: &mut impl FlitOut<P>) {
        self.last_arrival = out.now();
        bank!(&mut self.routers, bank => bank.take_flit(flit, &mut self.shared, out));
    }

    /// Phase two: all stages of the routers. Returns whether there is work for the next tick.
    #[inline]
    pub(crate) fn decide(&mut self, out: &mut impl FlitOut<P>) -> bool {
        bank!(&mut self.routers, bank => bank.decide(&mut self.shared, out))
    }

    /// For how long (ticks) no router here depends on a credit of another shard: until an output that leads there could
    /// be without one. Its link takes a flit in an interval at most, so it sends its last one that many later at the
    /// earliest.
    pub(crate) fn slack(&self) -> Tick {
        let least = bank!(&self.routers, bank => bank.least_credits(&self.border, self.shared.vcs));
        Tick::from(least.saturating_sub(1)) * self.shared.interval.max(1)
    }

    /// Takes a credit of another shard after the tick in which it was due.
    pub(crate) fn catch_up(&mut self, parcel: Parcel<P::Label>) {
        debug_assert!(matches!(parcel, Parcel::Credit(_)), "a flit is late: {parcel:?}");
        if let Parcel::Credit(credit) = parcel {
            bank!(&mut self.routers, bank => bank.take_credit(credit, &self.shared));
        }
    }

    /// Takes a parcel from another shard: the packet becomes one of this shard.
    pub(crate) fn take_parcel(&mut self, parcel: Parcel<P::Label>) -> Arrival<Flit> {
        let (mut flit, packet) = match parcel {
            Parcel::Credit(credit) => return Arrival::Signal(credit),
            Parcel::Flit(flit, packet) => (flit, packet),
        };
        if node_of(flit.to) >= self.shared.router_count {
            flit.tag = flit.tag.with(self.shared.packets.add(packet));
            return Arrival::Message(flit);
        }
        let (router, index) = self.shared.router_and_index(flit.to);
        let arriving = &mut self.arriving[router * self.shared.channels + index];
        if flit.tag.head() {
            *arriving = self.shared.packets.add(packet);
        }
        // Flits of a channel arrive in order, so a body flit belongs to the head before it.
        flit.tag = flit.tag.with(*arriving);
        Arrival::Message(flit)
    }
}
