//! What an engine of networks asks of the terminals in a time step, and what it answers.
//!
//! On chips whose cores wait for each other a step begins with an empty network and with fresh arbiters, and its timing does
//! not act back on its function. So a step is timed when all its packets are known: the terminals have them
//! ([`Ends`]), and any engine that is exact gives the same times ([`StepNetwork`]). All times of a step are ticks from its
//! release.

use crate::ids::TerminalId;
use crate::units::Tick;

/// A packet that leaves its terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Router of the destination; in a multicast tree the first branch.
    pub router: u32,
    /// Port by which it leaves that router; of no meaning in a multicast tree.
    pub exit: u8,
    /// Number of flits, at least one.
    pub flits: u16,
    /// Opaque to the network.
    pub load: u32,
    /// When it was ready.
    pub born: Tick,
}

/// A packet that has come to its terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// As in [`Outgoing`].
    pub load: u32,
    /// When it was ready at its source.
    pub born: Tick,
    /// In a multicast tree the number that the last branch has for this terminal (axon); else the router.
    pub branch: u32,
}

/// A flit that leaves a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// When.
    pub at: Tick,
    /// The router.
    pub router: u32,
    /// The port by which it leaves.
    pub port: u8,
    /// Its virtual channel there.
    pub channel: u8,
    /// The load of its packet.
    pub load: u32,
}

/// The terminals of a network in a time step: they have the packets that leave, and take in those that come.
///
/// Calls for one terminal are in the order of their times: those of [`take`](Self::take), and, apart from them, those of
/// [`arrive`](Self::arrive). Nothing else is promised: an engine may let a packet leave at a later tick before it has
/// another come at an earlier one. So what comes in must have no effect on what leaves.
pub trait Ends {
    /// When the next packet of a terminal is ready; `None` if it has no more in this step. Packets of a terminal leave in
    /// order, and one may be ready before the one ahead of it.
    fn next(&self, terminal: TerminalId) -> Option<Tick>;

    /// The next packet of a terminal leaves: its first flit, at a tick at which it is ready.
    fn take(&mut self, terminal: TerminalId, at: Tick) -> Outgoing;

    /// A packet has come to a terminal: its last flit. Gives how long it waits until its place in the receive queue is
    /// free; the credit is sent then. Flits before the last one give their places back at once.
    fn arrive(&mut self, terminal: TerminalId, packet: Incoming, at: Tick) -> Tick;

    /// Whether [`hop`](Self::hop) is to be called. A constant where nothing listens, so that it costs nothing.
    #[inline(always)]
    fn hears_hops(&self) -> bool {
        false
    }

    /// A flit leaves a router, to another one or to a terminal. In no order.
    #[inline(always)]
    fn hop(&mut self, _hop: Hop) {}
}

/// A network that is timed step by step.
pub trait StepNetwork {
    /// Times a step: from an empty network with fresh arbiters until it is empty again. Gives the tick of the last arrival
    /// of a flit or of a credit, 0 where nothing was sent; `None` where packets wait for each other forever.
    fn run(&mut self, ends: &mut impl Ends) -> Option<Tick>;

    /// Flits that left each port, by router and port, since the network was made.
    fn link_flits(&self) -> impl Iterator<Item = u64>;
}
