//! The engines of a measurement: event by event, in shards, or all routers of a cycle at once. All figures are the same.

use super::Setup;
use super::clocked;
use super::source::{self, PacketSource, TrafficCounts, TrafficPlan};
use super::world::TrafficWorld;
use crate::engine::{self, Engine, Exchange, Lookahead, Shard, Stopped, Wheel, run_shards};
use crate::ids::TerminalId;
use crate::model::fabric::{Flit, Parcel, Part, Waiting};
use crate::units::Tick;

/// Longest delay that the wheel holds (cycles); the waits of most sources fit, too.
const WHEEL: u64 = 63;

/// Packets and flits so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Flits of all packets that left their source's queue, and flits that were taken out.
    pub(super) sent: u64,
    pub(super) taken: u64,
    /// Measured packets that left their source's queue, and those that arrived.
    pub(super) born: u64,
    pub(super) arrived: u64,
}

impl Progress {
    pub(super) fn of<'c>(all: impl Iterator<Item = &'c TrafficCounts>) -> Self {
        all.fold(Self::default(), |sum, seen| Self {
            sent: sum.sent + seen.sent,
            taken: sum.taken + seen.taken,
            born: sum.born + seen.born,
            arrived: sum.arrived + seen.latency.len(),
        })
    }
}

/// Routers, links, sources and sinks under way.
pub(super) trait Network {
    /// Simulates the ticks before an end, unless it is cancelled.
    fn run(&mut self, end: Tick, cancelled: &(dyn Fn() -> bool + Sync)) -> Stopped;

    /// The next tick in which something happens.
    fn next_tick(&mut self) -> Option<Tick>;

    /// The last tick in which something happened.
    fn now(&self) -> Tick;

    /// Messages and signals so far: what budgets count.
    fn events(&self) -> u64;

    /// All that was counted.
    fn seen(&self) -> TrafficCounts;

    /// The part of it that is asked for often.
    fn progress(&self) -> Progress;

    /// Packets at the head of a source's queue after some ticks, and the sum of their waits.
    fn waiting(&self, simulated: Tick) -> (u64, u64);

    /// Whether some source has a packet of the window in its queue.
    fn behind(&self) -> bool;

    /// Measured packets and flits that are still in the queues of sources after some ticks.
    fn backlog(&self, simulated: Tick) -> (u64, u64);

    /// Flits that left each port, by router and port.
    fn link_flits(&self) -> Vec<u64>;

    /// Whether no packet is under way.
    fn is_empty(&self) -> bool;

    /// All packets at the front of a buffer, where nothing moves any more.
    fn blocked(&self) -> Vec<Waiting>;

    /// Events between two gates, if they were too few for more than one thread.
    fn too_little(&self) -> Option<u64>;
}

/// The engine that is faster for a plan, at rest.
pub(super) fn network<'t>(plan: &'t TrafficPlan<'t>, setup: &Setup) -> Box<dyn Network + 't> {
    clocked::network(plan).unwrap_or_else(|| Box::new(EventNetwork::new(plan, setup)))
}

/// Shards with their engines.
pub(super) struct EventNetwork<'t> {
    plan: &'t TrafficPlan<'t>,
    shards: Vec<Shard<TrafficWorld<'t>, Wheel<Flit>>>,
    exchange: Exchange<Parcel>,
}

impl<'t> EventNetwork<'t> {
    pub(super) fn new(plan: &'t TrafficPlan<'t>, setup: &Setup) -> Self {
        Self::of(plan, Part::split(plan.fabric, setup.shards), setup.threads)
    }

    /// A network in given parts.
    pub(super) fn of(plan: &'t TrafficPlan<'t>, parts: Vec<Part>, threads: usize) -> Self {
        let exchange = Exchange::new(parts.len(), threads);
        let lookaheads = Part::lookaheads(plan.fabric, &parts);
        let shard = |(part, lookahead): (Part, Lookahead)| {
            let mut engine = Engine::new(Wheel::new(WHEEL));
            let (world, first) = TrafficWorld::new(plan, part);
            first.into_iter().for_each(|(at, signal)| engine.post(at, signal));
            Shard { engine, world, lookahead }
        };
        Self { plan, shards: parts.into_iter().zip(lookaheads).map(shard).collect(), exchange }
    }

    fn worlds(&self) -> impl Iterator<Item = &TrafficWorld<'t>> {
        self.shards.iter().map(|shard| &shard.world)
    }

    fn sources(&self) -> impl Iterator<Item = (TerminalId, &PacketSource)> {
        self.worlds().flat_map(TrafficWorld::sources)
    }
}

impl Network for EventNetwork<'_> {
    fn run(&mut self, end: Tick, cancelled: &(dyn Fn() -> bool + Sync)) -> Stopped {
        let limits = engine::RunLimits { end, budget: u64::MAX, cancelled };
        run_shards(&mut self.shards, &mut self.exchange, limits)
    }

    fn next_tick(&mut self) -> Option<Tick> {
        self.shards.iter_mut().filter_map(|shard| shard.engine.next_tick()).min()
    }

    fn now(&self) -> Tick {
        self.shards.iter().map(|shard| shard.engine.now()).max().unwrap_or(0)
    }

    fn events(&self) -> u64 {
        self.shards.iter().map(|shard| shard.engine.events()).sum()
    }

    fn seen(&self) -> TrafficCounts {
        let mut seen = TrafficCounts::default();
        self.worlds().for_each(|world| seen.merge(&world.seen));
        seen
    }

    fn progress(&self) -> Progress {
        Progress::of(self.worlds().map(|world| &world.seen))
    }

    fn waiting(&self, simulated: Tick) -> (u64, u64) {
        source::waiting(self.sources().map(|(_, source)| source), simulated)
    }

    fn behind(&self) -> bool {
        self.sources().any(|(_, source)| self.plan.window.contains(&source.next))
    }

    fn backlog(&self, simulated: Tick) -> (u64, u64) {
        source::backlog(self.sources(), self.plan, simulated)
    }

    fn link_flits(&self) -> Vec<u64> {
        let mut flits = vec![0; self.plan.fabric.links.len()];
        self.worlds().for_each(|world| world.fabric.gather_link_flits(&mut flits));
        flits
    }

    fn is_empty(&self) -> bool {
        self.worlds().all(|world| world.fabric.packets().is_empty())
    }

    fn blocked(&self) -> Vec<Waiting> {
        let mut all: Vec<Waiting> = self.worlds().flat_map(|world| world.fabric.waiting()).collect();
        all.sort_by_key(|waiting| waiting.router);
        all
    }

    fn too_little(&self) -> Option<u64> {
        self.exchange.too_little()
    }
}
