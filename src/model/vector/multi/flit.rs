//! Flits, and the buffers that they wait in.

/// Bits of a channel within its router.
pub(super) const CHANNEL_BITS: usize = 5;

/// Bits of a port.
const PORT_BITS: usize = 3;

/// The index of a channel of a router among all.
#[inline(always)]
pub(super) fn channel(router: usize, index: usize) -> usize {
    router << CHANNEL_BITS | index
}

/// A flit that arrives: where, and the port by which it leaves the router there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arriving(u32);

impl Arriving {
    #[inline(always)]
    pub(super) fn new(channel: usize, port: usize) -> Self {
        Self((channel << PORT_BITS | port) as u32)
    }

    #[inline(always)]
    pub(super) fn router(self) -> usize {
        self.0 as usize >> (CHANNEL_BITS + PORT_BITS)
    }

    /// Index of the channel at the router.
    #[inline(always)]
    pub(super) fn index(self) -> usize {
        (self.0 >> PORT_BITS & ((1 << CHANNEL_BITS) - 1)) as usize
    }

    #[inline(always)]
    pub(super) fn port(self) -> usize {
        (self.0 & 7) as usize
    }
}

/// A flit in a buffer: the number of its packet, whether it is the tail, and the port by which it leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LaneFlit(u32);

const TAIL: u32 = 1 << PORT_BITS;
const ID_SHIFT: usize = 8;

impl LaneFlit {
    #[inline(always)]
    pub(super) fn new(id: u32, tail: bool, port: usize) -> Self {
        Self(id << ID_SHIFT | if tail { TAIL } else { 0 } | port as u32)
    }

    /// At the next router.
    #[inline(always)]
    pub(super) fn leaving_by(self, port: usize) -> Self {
        Self(self.0 & !7 | port as u32)
    }

    #[inline(always)]
    pub(super) fn id(self) -> u32 {
        self.0 >> ID_SHIFT
    }

    #[inline(always)]
    pub(super) fn tail(self) -> bool {
        self.0 & TAIL != 0
    }

    #[inline(always)]
    pub(super) fn port(self) -> usize {
        (self.0 & 7) as usize
    }
}

/// The buffers of all input VCs, as rings. A flit is written when it is sent: there is a place for it.
#[derive(Clone, Debug)]
pub(super) struct FlitRings {
    flits: Vec<LaneFlit>,
    /// By channel: flits that were taken out, and put in, both modulo 256.
    ends: Vec<[u8; 2]>,
    shift: u32,
    mask: usize,
}

impl FlitRings {
    /// Empty buffers of `places` flits, of some routers.
    pub(super) fn new(nodes: usize, places: u16) -> Self {
        let (channels, room) = (nodes << CHANNEL_BITS, usize::from(places).next_power_of_two());
        Self {
            flits: vec![LaneFlit::default(); channels * room],
            ends: vec![[0; 2]; channels],
            shift: room.trailing_zeros(),
            mask: room - 1,
        }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, channel: usize, flit: LaneFlit) {
        let next = &mut self.ends[channel][1];
        self.flits[channel << self.shift | usize::from(*next) & self.mask] = flit;
        *next = next.wrapping_add(1);
    }

    /// Takes out the flit at the front.
    #[inline(always)]
    pub(super) fn pop(&mut self, channel: usize) -> LaneFlit {
        let first = &mut self.ends[channel][0];
        let flit = self.flits[channel << self.shift | usize::from(*first) & self.mask];
        *first = first.wrapping_add(1);
        flit
    }

    /// The flit at the front, where there is one; else it is of no meaning.
    #[inline(always)]
    pub(super) fn front(&self, channel: usize) -> LaneFlit {
        self.flits[channel << self.shift | usize::from(self.ends[channel][0]) & self.mask]
    }
}
