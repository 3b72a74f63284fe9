//! Packets under way, in a pool, and their flits.

use crate::ids::{IdVec, PacketId, TerminalId};
use crate::stats::Op;
use crate::units::Tick;

/// A packet under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<L = ()> {
    /// Router of the destination; in a multicast tree the next branch.
    pub to: u32,
    /// Port by which it leaves that router.
    pub exit: u8,
    /// Number of flits.
    pub flits: u16,
    /// Opaque to the fabric; the sender's and receiver's own (axon).
    pub load: u32,
    /// Opaque to the fabric, too: number of synapses that it reaches.
    pub synapses: u32,
    /// What each of them counts as.
    pub applied: Op,
    /// When it was ready at its source.
    pub born: Tick,
    /// Its source.
    pub source: TerminalId,
    /// Opaque to the fabric, too: time of its source's axon stage until then, in its step (ticks).
    pub sending: u32,
    /// Its identity in a trace; empty without one.
    pub label: L,
}

/// A flit on its way to an input VC: eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flit {
    /// Channel of the input VC.
    pub to: u32,
    /// The packet's number, and whether this is its head or its tail.
    pub(super) tag: Tag,
}

/// The number of a packet, with two flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tag(u32);

const HEAD: u32 = 1 << 31;
const TAIL: u32 = 1 << 30;

impl Tag {
    #[inline]
    pub(super) fn new(id: PacketId, head: bool, tail: bool) -> Self {
        Self(id.get() | if head { HEAD } else { 0 } | if tail { TAIL } else { 0 })
    }

    #[inline]
    pub(super) fn with(self, id: PacketId) -> Self {
        Self(self.0 & (HEAD | TAIL) | id.get())
    }

    #[inline]
    pub(super) fn id(self) -> PacketId {
        PacketId::new(self.0 & (TAIL - 1))
    }

    #[inline]
    pub(super) fn head(self) -> bool {
        self.0 & HEAD != 0
    }

    #[inline]
    pub(super) fn tail(self) -> bool {
        self.0 & TAIL != 0
    }
}

/// A flit or credit for another shard.
#[derive(Clone, Copy, Debug)]
pub enum Parcel<L = ()> {
    /// A flit, with its packet.
    Flit(Flit, Packet<L>),
    /// A credit, as a signal.
    Credit(u32),
}

/// A pool of packets. An id is reused when its packet is gone, and has no effect on results.
#[derive(Debug)]
pub struct Packets<L = ()> {
    all: IdVec<PacketId, Packet<L>>,
    free: Vec<PacketId>,
}

impl<L> Default for Packets<L> {
    fn default() -> Self {
        Self { all: IdVec::default(), free: Vec::new() }
    }
}

impl<L: Copy> Packets<L> {
    #[inline]
    pub(super) fn add(&mut self, packet: Packet<L>) -> PacketId {
        if let Some(id) = self.free.pop() {
            self.all[id] = packet;
            return id;
        }
        debug_assert!(self.all.len() < TAIL as usize);
        let id = self.all.push(packet);
        // So that freeing an id never allocates.
        self.free.reserve(self.all.len());
        id
    }

    #[inline]
    pub(super) fn get(&self, id: PacketId) -> &Packet<L> {
        &self.all[id]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: PacketId) -> &mut Packet<L> {
        &mut self.all[id]
    }

    #[inline]
    pub(super) fn remove(&mut self, id: PacketId) -> Packet<L> {
        self.free.push(id);
        self.all[id]
    }

    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.free.clear();
    }

    /// Number of packets under way.
    pub(crate) fn len(&self) -> usize {
        self.all.len() - self.free.len()
    }

    /// Whether none is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
