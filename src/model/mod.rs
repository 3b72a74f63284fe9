//! The nodes of the component graph: core, router, link, source, sink, barrier.
//!
//! [`Tables`] are what never changes in a run, flattened to arrays; [`State`] is what does; [`Simulator`] is the
//! two together as the engine sees them. No input or output happens here, and nothing can fail.

mod barrier;
mod core;
mod router;
mod sink;
mod source;
mod tables;

pub use self::core::CoreState;
pub use barrier::Barrier;
pub use router::RouterState;
pub use sink::Reading;
pub(crate) use tables::pack;
pub use tables::{
    CoreTable, Destination, EAST, Link, NO_NODE, NORTH, PORTS_OF_MESH, RouterTable, SOUTH, Tables, Timing, WEST,
};

use crate::engine::{Event, EventSet, NodeId, Outbox, World};
use crate::hw::routing::Place;
use crate::stats::{Counts, Distribution};
use crate::units::{Delay, Tick};

/// What nodes send each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A packet reaches a port.
    Arrive {
        /// Port of the receiver.
        port: u8,
        /// Which packet.
        packet: u32,
    },
    /// The receiver at the far end of a port has one place more.
    Credit {
        /// Port of the receiver of this message.
        port: u8,
    },
    /// Something that had to wait for this tick can go on.
    Wake,
    /// The barrier released a time step.
    Step,
}

/// A packet under way: one per spike and destination core.
#[derive(Clone, Copy, Debug)]
pub struct Packet {
    /// Where its core's tile is.
    pub to: Place,
    /// The port of that tile's router that leads to the core.
    pub port: u8,
    /// Position of the core in the tables.
    pub core: u32,
    /// Its axon there, counted over all cores.
    pub axon: u32,
    /// When the sender's axon stage had it ready.
    pub born: Tick,
}

/// What changes during an inference.
#[derive(Debug)]
pub struct State {
    /// The time step being run, from 1.
    pub step: u32,
    /// Packets of the step.
    packets: Vec<Packet>,
    in_flight: u64,
    cores: CoreState,
    routers: RouterState,
    /// Time from ready to taken in, of every packet (ticks).
    pub packet_latency: Distribution,
    /// Hops of every packet.
    pub packet_hops: Distribution,
}

/// Tables and state, as the engine runs them.
#[derive(Debug)]
pub struct Simulator<'t> {
    tables: &'t Tables,
    /// What changes.
    pub state: State,
}

impl<'t> Simulator<'t> {
    /// A simulator at rest.
    pub fn new(tables: &'t Tables) -> Self {
        let state = State {
            step: 0,
            packets: Vec::new(),
            in_flight: 0,
            cores: CoreState::new(tables),
            routers: RouterState::new(tables),
            packet_latency: Distribution::default(),
            packet_hops: Distribution::default(),
        };
        Self { tables, state }
    }

    /// The tables.
    pub fn tables(&self) -> &'t Tables {
        self.tables
    }

    /// Clears all that an inference left behind, and sets the drives that the host writes.
    pub fn reset(&mut self, host_drive: &[i32]) {
        self.state.step = 0;
        self.state.packets.clear();
        self.state.in_flight = 0;
        self.state.cores.reset(self.tables, host_drive);
        self.state.routers.reset(self.tables);
    }

    /// Starts a time step; the barrier then sends [`Message::Step`] to every core and the source.
    pub fn begin_step(&mut self, step: u32) {
        self.state.step = step;
        // All packets of the last step were delivered, so their numbers can be used again.
        debug_assert_eq!(self.state.in_flight, 0);
        self.state.packets.clear();
    }

    /// Packets that are not delivered; 0 when a step is done.
    pub fn in_flight(&self) -> u64 {
        self.state.in_flight
    }

    /// The routers in which flits wait, with how many: for the report of a stuck network.
    pub fn waiting(&self) -> Vec<(Place, u64)> {
        self.state.routers.waiting(self.tables)
    }

    /// When the last core was done.
    pub fn busy_until(&self) -> Tick {
        self.state.cores.busy_until()
    }

    /// Counts of every core and, last, the source.
    pub fn counts(&self) -> &[Counts] {
        self.state.cores.counts()
    }

    /// Flits over every link of the mesh since the simulator was made, by router and port.
    pub fn link_flits(&self) -> &[u64] {
        self.state.routers.link_flits()
    }

    /// Spikes of every neuron within its window.
    pub fn spike_counts(&self) -> &[u32] {
        self.state.cores.spike_counts()
    }

    /// Membranes of all neurons.
    pub fn membranes(&self) -> &[i32] {
        self.state.cores.membranes()
    }
}

impl World for Simulator<'_> {
    type Message = Message;

    #[inline]
    fn apply<S: EventSet<Message>>(&mut self, now: Tick, event: Event<Message>, out: &mut Outbox<'_, Message, S>) {
        let routers = self.tables.router_count();
        if event.node < routers {
            self.apply_router(now, event.node, event.message, out);
        } else if event.node == self.tables.source_node() {
            self.apply_source(now, event.message, out);
        } else {
            self.apply_core(now, event.node - routers, event.message, out);
        }
    }

    #[inline]
    fn decide<S: EventSet<Message>>(&mut self, now: Tick, node: NodeId, out: &mut Outbox<'_, Message, S>) {
        let routers = self.tables.router_count();
        if node < routers {
            self.decide_router(now, node, out);
        } else {
            self.decide_core(now, node - routers, out);
        }
    }
}

/// A delay that is at least one tick by construction of its value.
#[inline]
fn delay(ticks: u32) -> Delay {
    Delay::new(ticks.into()).unwrap_or(Delay::MIN)
}

/// The delay from `now` to a later tick.
#[inline]
fn until(now: Tick, then: Tick) -> Delay {
    debug_assert!(then > now);
    Delay::new(then - now).unwrap_or(Delay::MIN)
}
