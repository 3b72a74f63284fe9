//! Clocked meshes: all routers of a cycle at once, a byte lane of vector registers for each.
//!
//! Where every tick is a cycle, all links are alike, and many flits move in a cycle, it is cheaper to look at all routers in
//! every cycle, 16 to 64 of them with one instruction, than to handle events. The routers are those of
//! [`fabric`](super::fabric), to the tick: the same stages, credits and round-robin arbiters. The fabric's event engine is
//! the oracle of the tests, and does what does not fit here.
//!
//! Everything is plain loops over arrays of bytes, which the compiler makes vector instructions of. They are compiled once
//! for each kind of processor, and give the same on all of them.
//!
//! An engine ([`ClockedRouters`]) knows routers and links. Whoever drives it has the sources and the sinks, and the cycle:
//!
//! 1. [`begin`](ClockedRouters::begin): what arrives in this cycle arrives: flits, and credits, those of terminals too.
//! 2. Sources with a flit [`inject`](ClockedRouters::inject) it, one each, over a channel that is
//!    [`open`](ClockedRouters::open).
//! 3. [`cycle`](ClockedRouters::cycle): all stages of all routers. It says which packets begin their way to a terminal; their
//!    tails arrive [`ClockedMesh::eject`] cycles later, and a sink takes them out at once.

mod lanes;
mod mesh;
mod multi;
mod single;

pub use mesh::ClockedMesh;
pub use multi::MultiRouters;
pub use single::{SHORT, Single, WHOLE};

/// A packet that a terminal sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentPacket {
    /// Router of the destination, whose only terminal it goes to.
    pub router: u32,
    /// Flits, 1 to [`MOST_FLITS`].
    pub flits: u16,
    /// The driver's number of the packet, below 2^24: unique among packets under way.
    pub id: u32,
}

/// Most flits of a packet: the rest of a packet is counted in a byte.
pub const MOST_FLITS: u16 = 255;

/// What left routers for terminals in a cycle.
#[derive(Clone, Debug, Default)]
pub struct Ejected {
    /// Flits.
    pub flits: u64,
    /// Numbers of the packets whose tails were among them.
    pub tails: Vec<u32>,
}

/// All routers of a clocked mesh, with one terminal each. Terminals are numbered as their routers.
pub trait ClockedRouters {
    /// Begins the next cycle, the first is 0: what arrives in it arrives.
    fn begin(&mut self);

    /// Virtual channels of a terminal's link that have a free place at the router, as bits.
    fn open(&self, terminal: usize) -> u64;

    /// Sends a flit of a terminal over an open virtual channel, in this cycle. Body flits (`None`) follow the head on its
    /// channel.
    fn inject(&mut self, terminal: usize, vc: u8, head: Option<SentPacket>);

    /// All stages of all routers in this cycle, and its end. Adds to what is ejected.
    fn cycle(&mut self, out: &mut Ejected);

    /// Whether no flit is in a router or on its way to one. Credits may be under way.
    fn is_empty(&self) -> bool;

    /// Jumps from the end of a cycle to the end of a later one, where nothing moves between: there is no flit, and every
    /// credit arrives.
    fn skip(&mut self, cycles: u64);

    /// Flits that left each port, by router and port.
    fn link_flits(&self) -> Vec<u64>;

    /// Flits that left routers or entered them from a terminal.
    fn moves(&self) -> u64;
}
