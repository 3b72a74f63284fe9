//! The constant tables of a network on chip: routers, links and terminals, in arrays by router and port.
//!
//! Nodes are numbered routers first, then terminals (cores, the host, traffic sources). The input VC and the output VC
//! with the same port and virtual channel have one number: node x 64 + port x virtual channels + virtual channel. So a
//! router has at most 64 of each, and a set of them is one word.

use crate::hw::routing::Routing;
use crate::ids::{IdVec, LinkId, TerminalId};
use crate::units::{Delay, Tick};

/// Virtual channels of all ports of a router, at most.
pub(super) const MOST_CHANNELS: usize = 64;

/// A node that does not exist.
pub(super) const NO_NODE: u32 = u32::MAX;

/// The number of an input VC or output VC of a node.
#[inline]
pub(crate) fn channel(node: u32, index: usize) -> u32 {
    node << 6 | index as u32
}

/// The node of a channel's number.
#[inline]
pub(super) fn node_of(channel: u32) -> u32 {
    channel >> 6
}

/// The index within its node of a channel's number.
#[inline]
pub(super) fn index_of(channel: u32) -> usize {
    (channel & 63) as usize
}

/// A delay of the tables in ticks: at least one, by construction of the tables.
#[inline]
pub(super) fn delay(ticks: u32) -> Delay {
    Delay::new(ticks.into()).unwrap_or(Delay::MIN)
}

/// The links at a port of a router: one out, one in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortTable {
    /// First channel (of virtual channel 0) that the link out leads to; `NO_NODE` without a link.
    pub to: u32,
    /// From the grant of the switch to the arrival of the flit at the next node (ticks).
    pub latency: u32,
    /// Flits of one virtual channel that the receiver buffers: the initial credits.
    pub places: u16,
    /// First channel of the sender at the other end of the link in; `NO_NODE` without a link.
    pub back: u32,
    /// From the grant of the switch to the arrival of the credit at that sender (ticks).
    pub back_delay: u32,
}

impl PortTable {
    /// No link.
    pub const NONE: Self = Self { to: NO_NODE, latency: 0, places: 0, back: NO_NODE, back_delay: 0 };
}

/// A terminal: a core, the host, or a source and sink of traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// The router that it is at.
    pub router: u32,
    /// The port there.
    pub port: u8,
    /// From sending a flit to its arrival at the router (ticks).
    pub latency: u32,
    /// From taking a flit out to the arrival of the credit at the router (ticks).
    pub credit_delay: u32,
}

/// A branch of a multicast tree, as a router sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Next position of a copy: the first branch at the next router, or the destination's own (axon) at a terminal.
    pub then: u32,
    /// Port by which the copy leaves.
    pub port: u8,
    /// Class of virtual channels on that link.
    pub class: u8,
    /// Whether it is the last branch here.
    pub last: bool,
}

/// A network on chip.
#[derive(Clone, Debug)]
pub struct FabricTable {
    /// Routers.
    pub routers: u32,
    /// Ports of a router.
    pub ports: u8,
    /// First port that leads to a terminal; those before lead to routers.
    pub first_local: u8,
    /// Virtual channels of a port.
    pub vcs: u8,
    /// Classes that the virtual channels between routers are split into.
    pub classes: u8,
    /// Flits that an input buffer holds, per virtual channel.
    pub buffer: u16,
    /// Least time between two flits of an input port or on a link (ticks).
    pub interval: u32,
    /// Route computation: from the arrival of a head flit at the front of its buffer to its VC allocation (ticks).
    pub head_delay: u32,
    /// Whether the switch is allocated in the tick after the virtual channel; else in the same decision.
    pub staged: bool,
    /// The links at each port, by router x port.
    pub links: IdVec<LinkId, PortTable>,
    /// Routing of unicast packets.
    pub routing: Routing,
    /// Terminals.
    pub terminals: IdVec<TerminalId, Terminal>,
    /// Branches of multicast trees; empty where packets go to one terminal each.
    pub branches: Vec<Branch>,
}

impl FabricTable {
    /// Channels of a router.
    #[inline]
    pub(crate) fn channels(&self) -> usize {
        usize::from(self.ports) * usize::from(self.vcs)
    }

    /// The virtual channels of a class at a port, as bits of the router's channels.
    pub(super) fn channels_of(&self, port: usize, class: u8) -> u64 {
        let vcs = usize::from(self.vcs);
        let (first, count) = if self.classes == 1 || port >= usize::from(self.first_local) {
            (0, vcs)
        } else {
            (usize::from(class) * vcs / 2, vcs / 2)
        };
        let mask = if count == 64 { !0 } else { (1u64 << count) - 1 };
        mask << (port * vcs + first)
    }

    /// Whether packets may go to several terminals.
    #[inline]
    pub(crate) fn multicast(&self) -> bool {
        !self.branches.is_empty()
    }

    /// The router that a port leads to, if it does not lead to a terminal.
    pub(crate) fn next_router(&self, router: u32, port: u8) -> Option<u32> {
        let node = node_of(self.links[self.link(router, port)].to);
        (node < self.routers).then_some(node)
    }

    /// The terminal that a port leads to.
    #[inline]
    pub(crate) fn terminal_at(&self, router: u32, port: u8) -> TerminalId {
        TerminalId::new(node_of(self.links[self.link(router, port)].to) - self.routers)
    }

    /// The link out of a port.
    #[inline]
    pub fn link(&self, router: u32, port: u8) -> LinkId {
        LinkId::new(router * u32::from(self.ports) + u32::from(port))
    }

    /// The first channel of a port at a node.
    pub fn first_channel(&self, node: u32, port: u8) -> u32 {
        channel(node, usize::from(port) * usize::from(self.vcs))
    }

    /// Branches of a multicast tree at one router, from the first: (port, where the copy goes on).
    pub(crate) fn branches_from(&self, first: u32) -> impl Iterator<Item = (u8, u32)> {
        let mut more = true;
        let here = self.branches[first as usize..].iter();
        here.take_while(move |branch| std::mem::replace(&mut more, !branch.last)).map(|b| (b.port, b.then))
    }

    /// Links that the copies of a multicast packet cross from a router on, those to terminals among them.
    pub(crate) fn links_of_tree(&self, router: u32, first: u32) -> u64 {
        let beyond = |(port, then)| self.next_router(router, port).map_or(0, |next| self.links_of_tree(next, then));
        self.branches_from(first).map(|branch| 1 + beyond(branch)).sum()
    }

    /// Zero-load ticks of the stages of `routers` routers, without links, including the flits behind a head.
    pub(crate) fn pipeline(&self, routers: u32, flits: u16) -> Tick {
        let interval = Tick::from(self.interval);
        let stages = Tick::from(self.head_delay) + if self.staged { 1 } else { 0 };
        Tick::from(routers) * stages + (Tick::from(flits) - 1) * interval
    }
}
