//! The state of ports and terminals.

use crate::units::Tick;

/// No port: of an output that no packet holds.
pub(super) const FREE: u8 = u8::MAX;
/// Marks the number of a terminal, among positions of inputs or of outputs.
pub(super) const TERMINAL: u32 = 1 << 31;

/// The output of a port, in a line of a cache.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Output {
    /// Input ports of the router whose first packet requests this output, as bits.
    pub(super) requests: u64,
    /// Flits that left by it; each took the next credit of the ring.
    pub(super) flits_sent: u64,
    /// When its link can take the next flit.
    pub(super) idle: Tick,
    /// The tick of its next grant, and its neighbours in the list of that tick (see [`Agenda`](super::agenda::Agenda)).
    pub(super) plan: Tick,
    pub(super) next: u32,
    pub(super) previous: u32,
    /// Position of the input at the end of the link, or the [`TERMINAL`] there.
    pub(super) to: u32,
    /// Ticks of a flit on the link.
    pub(super) latency: u32,
    /// Position of the router's first port.
    pub(super) first: u32,
    /// Credits that are known, and flits that fit in at the end of the link.
    pub(super) credits: u16,
    pub(super) places: u16,
    /// Round-robin pointer.
    pub(super) turn: u8,
    /// Input port whose packet holds the output, from its head to its tail; else [`FREE`].
    pub(super) holder: u8,
    /// Whether there is a request but no credit that is known.
    pub(super) starved: bool,
}

const _: () = assert!(size_of::<Output>() == 64);

/// The input of a port.
#[derive(Clone, Debug)]
#[repr(align(32))]
pub(super) struct Input {
    /// When it can send the next flit.
    pub(super) idle: Tick,
    /// Position of the output at the other end of the link in, or the [`TERMINAL`] there.
    pub(super) back: u32,
    /// Ticks of a credit to it.
    pub(super) back_delay: u32,
    /// Position of the router's first port.
    pub(super) first: u32,
    /// The router.
    pub(super) router: u32,
    /// Flits that left the buffer, as far as it counts in a ring, and flits in it. Of two sizes: a compiler that
    /// changes both in one vector has to wait for what was written to their neighbours.
    pub(super) head: u32,
    pub(super) buffered: u16,
    /// The output port that the packet at the front holds or requests, if it has several flits; else [`FREE`].
    pub(super) holds: u8,
}

const _: () = assert!(size_of::<Input>() == 32);

/// A flit in a buffer, or on the link to it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Buffered {
    /// When it can leave, as far as it is up to the flit: it has arrived, and if it is a head it is routed.
    pub(super) ready: Tick,
    /// When its packet was ready at the source.
    pub(super) born: Tick,
    /// The destination ([`FlitTarget`]), or a branch of a multicast tree.
    pub(super) to: u32,
    pub(super) load: u32,
}

/// The router and port of a destination in a word, with two flags for packets of several flits.
#[derive(Clone, Copy)]
pub(super) struct FlitTarget(pub(super) u32);

impl FlitTarget {
    /// Routers, at most.
    pub(super) const MOST_ROUTERS: u32 = 1 << 24;
    pub(super) const HEAD: u32 = 1 << 31;
    pub(super) const TAIL: u32 = 1 << 30;

    #[inline(always)]
    pub(super) fn new(router: u32, port: u8) -> Self {
        Self(router << 6 | u32::from(port & 63))
    }

    #[inline(always)]
    pub(super) fn router(self) -> u32 {
        (self.0 & (Self::TAIL - 1)) >> 6
    }

    #[inline(always)]
    pub(super) fn port(self) -> u8 {
        self.0 as u8 & 63
    }
}

/// The link of a terminal to its router, and the link from there.
#[derive(Clone, Debug)]
pub(super) struct TerminalLink {
    /// When it can take the next flit.
    pub(super) idle: Tick,
    /// Position of the router's input.
    pub(super) to: u32,
    pub(super) latency: u32,
    /// Flits sent, as far as it counts in a ring, and credits that are known.
    pub(super) sent: u32,
    pub(super) credits: u16,
    /// Flits of the packet under way that are left.
    pub(super) left: u16,
    /// Whether a flit has a plan to leave (see [`Running::send`](super::Running::send)).
    pub(super) is_planned: bool,
    /// That flit.
    pub(super) planned: Buffered,
    /// The packet under way.
    pub(super) packet: Buffered,
    /// Ticks of a credit to the router.
    pub(super) credit_delay: u32,
}

/// Rings of the same length, a power of two, one behind the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rings {
    shift: u32,
    mask: usize,
}

impl Rings {
    /// For at least so many items each.
    pub(super) fn of(items: usize) -> Self {
        let places = items.next_power_of_two();
        Self { shift: places.trailing_zeros(), mask: places - 1 }
    }

    /// Items that a ring holds.
    pub(super) fn places(self) -> usize {
        self.mask + 1
    }

    /// The place of an item by its number in the order of items.
    #[inline(always)]
    pub(super) fn place(self, ring: usize, number: usize) -> usize {
        ring << self.shift | number & self.mask
    }
}
