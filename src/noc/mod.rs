//! A network on chip alone, under synthetic or replayed traffic: what architects measure routers with.
//!
//! Every terminal is a source and a sink. A source makes packets at random (a trial every cycle), keeps them in a
//! queue without end and sends a flit a cycle; a sink takes flits out at once. Latency is counted from the birth of
//! a packet, so the queue is in it, to the arrival of its tail. What is born while the measurement lasts is
//! followed to its end, with traffic going on.

pub mod traffic;
mod world;

use crate::engine::{self, Shard, Stopped, Wheel, run_shards};
use crate::hw::{Allocation, Noc};
use crate::model::fabric::{FabricTable, Flit, Part, PortTable, Terminal, Waiting, channel};
use crate::stats::Distribution;
use crate::system::describe_waiting;
use crate::units::{Delay, Tick};
use thiserror::Error;
use traffic::Grid;
use world::{Gaps, Plan, Seen, Traffic, TrafficWorld};

/// Times of a router and its links, in cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycles {
    /// The whole pipeline of a router, from a head's arrival to its leaving.
    ///
    /// 1: all in one. 2: allocation, traversal. 3: virtual channel, switch, traversal. More: routing before that.
    pub router: u32,
    /// A link.
    pub link: u32,
    /// A credit, beyond its way over the link.
    pub credit: u32,
}

impl Cycles {
    /// Of which a head is routed before it asks for a virtual channel.
    pub fn routing(self) -> u32 {
        self.router.saturating_sub(3)
    }

    /// Whether virtual channel and switch are allotted in one cycle.
    pub fn allocation(self) -> Allocation {
        if self.router < 3 { Allocation::Joint } else { Allocation::Staged }
    }

    /// From the grant of the switch until the flit is at the end of a link of so many cycles.
    fn forward(self, link: u32) -> u32 {
        // A cycle to cross the switch, which a router of one cycle does not have, and one to take it in.
        link + if self.router == 1 { 1 } else { 2 }
    }
}

/// A simulation.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Routers, links and buffers; its delays are set by `cycles`.
    pub noc: Noc,
    /// Its times.
    pub cycles: Cycles,
    /// Flits of a packet.
    pub packet_flits: u16,
    /// Cycles before the measurement.
    pub warmup: u64,
    /// Cycles of the measurement.
    pub measured: u64,
    /// Seed of all sources.
    pub seed: u64,
    /// Parts that are simulated side by side.
    pub shards: usize,
    /// Threads for them.
    pub threads: usize,
}

/// Traffic to simulate.
#[derive(Clone, Debug)]
pub enum Load {
    /// A pattern by name, at a rate (flits per node and cycle).
    Pattern {
        /// As [`traffic::pattern`] reads it.
        name: String,
        /// Offered flits per terminal and cycle.
        rate: f64,
    },
    /// Packets by source: (cycle, destination, flits), ascending by cycle.
    Replay(Vec<Vec<(Tick, u32, u16)>>),
}

/// What a simulation found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Latency of the packets measured, from birth to the tail's arrival (cycles).
    pub latency: Distribution,
    /// What their latency would be without any other packet; mean (cycles).
    pub zero_load: f64,
    /// Links between routers that they crossed; mean.
    pub mean_hops: f64,
    /// Flits born in the measurement, per terminal and cycle.
    pub offered: f64,
    /// Flits that arrived in the measurement, per terminal and cycle.
    pub accepted: f64,
    /// Packets born in the measurement.
    pub born: u64,
    /// Flits that crossed a link between routers, in all.
    pub flit_hops: u64,
    /// Cycles simulated.
    pub cycles: u64,
    /// Flits over each port, by router and port, in all.
    pub link_flits: Vec<u64>,
    /// Whether it was asked to stop before the end.
    pub interrupted: bool,
}

impl Outcome {
    /// Whether less came through than was offered.
    pub fn saturated(&self) -> bool {
        self.accepted < 0.98 * self.offered
    }
}

/// Why there is no simulation.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The traffic is wrong.
    #[error("{0}")]
    Traffic(String),
    /// Nothing moves any more.
    #[error("stuck in cycle {cycle}: {waiting}")]
    Stuck {
        /// The cycle.
        cycle: Tick,
        /// Who waits for whom.
        waiting: String,
    },
}

/// The terminals of a network on chip, as a grid.
pub fn grid(noc: &Noc) -> Grid {
    match noc.grid() {
        Some(size) => Grid { width: size.width.into(), height: size.height.into() },
        None => Grid { width: noc.tiles(), height: 1 },
    }
}

/// The fabric of a network on chip with one terminal for each tile.
fn fabric(setup: &Setup) -> FabricTable {
    let (noc, cycles) = (&setup.noc, setup.cycles);
    let local = noc.topology.ports;
    let ports = local + 1;
    let routers = noc.topology.routers.len() as u32;
    let slot = |router: u32, port: u8| router as usize * usize::from(ports) + usize::from(port);
    let first = |port: u8| usize::from(port) * usize::from(noc.virtual_channels);
    let mut links = vec![PortTable::NONE; routers as usize * usize::from(ports)];
    for link in &noc.topology.links {
        let out = &mut links[slot(link.from, link.from_port)];
        (out.to, out.latency) = (channel(link.to, first(link.to_port)), cycles.forward(cycles.link));
        out.places = noc.buffer_flits;
        let back = &mut links[slot(link.to, link.to_port)];
        back.back = channel(link.from, first(link.from_port));
        back.back_delay = cycles.link + 1 + cycles.credit;
    }
    let mut terminals = Vec::new();
    for tile in 0..noc.tiles() {
        let (router, node) = (noc.router_of_tile(tile), channel(routers + tile, 0));
        // Ways in and out take a cycle, and a source knows of a free place as soon as it hears of it.
        links[slot(router, local)] =
            PortTable { to: node, latency: cycles.forward(1), places: noc.buffer_flits, back: node, back_delay: 2 };
        terminals.push(Terminal { router, port: local, latency: 2, credit_delay: 2 + cycles.credit });
    }
    FabricTable {
        routers,
        ports,
        first_local: local,
        vcs: noc.virtual_channels,
        classes: noc.routing.classes(),
        buffer: noc.buffer_flits,
        interval: 1,
        head_delay: cycles.routing(),
        staged: cycles.allocation() == Allocation::Staged,
        links,
        routing: noc.routing.clone(),
        terminals,
        branches: Vec::new(),
    }
}

/// Latency of a packet without any other (cycles).
fn zero_load(cycles: Cycles, hops: f64, flits: f64) -> f64 {
    (hops + 1.0) * f64::from(cycles.router) + hops * f64::from(cycles.link) + 3.0 + flits - 1.0
}

/// Measures a network under a load. `cancelled` is asked now and then whether to stop.
pub fn simulate(setup: &Setup, load: &Load, cancelled: &(dyn Fn() -> bool + Sync)) -> Result<Outcome, SetupError> {
    let table = fabric(setup);
    let traffic = match load {
        Load::Pattern { name, rate } => Traffic::Random {
            pattern: traffic::pattern(name, grid(&setup.noc)).map_err(SetupError::Traffic)?,
            gaps: Gaps::new(rate / f64::from(setup.packet_flits)),
        },
        Load::Replay(packets) => Traffic::Replay(packets.clone()),
    };
    let window = setup.warmup..setup.warmup + setup.measured;
    let plan =
        Plan { noc: &setup.noc, fabric: &table, traffic, packet_flits: setup.packet_flits, window, seed: setup.seed };
    Bench::new(&plan, setup).run(cancelled)
}

/// Shards with their engines.
struct Bench<'t> {
    plan: &'t Plan<'t>,
    setup: &'t Setup,
    shards: Vec<Shard<TrafficWorld<'t>, Wheel<Flit>>>,
}

/// Longest delay that the wheel holds: waits of sources included, most of the time (cycles).
const WHEEL: u64 = 63;

/// Cycles between two looks whether all that is measured has arrived.
const DRAIN: u64 = 256;

impl<'t> Bench<'t> {
    fn new(plan: &'t Plan<'t>, setup: &'t Setup) -> Self {
        let parts = Part::split(plan.fabric, setup.shards);
        let count = parts.len();
        let shard = |part: Part| {
            let mut engine = engine::Engine::new(count, Wheel::new(WHEEL));
            let (world, first) = TrafficWorld::new(plan, part);
            first.into_iter().for_each(|(at, signal)| engine.post(at, signal));
            Shard { engine, world }
        };
        Self { plan, setup, shards: parts.into_iter().map(shard).collect() }
    }

    fn run(mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Result<Outcome, SetupError> {
        let end = self.plan.window.end;
        let mut stopped = self.advance(end, cancelled);
        // Latencies are known when all that was born has arrived; beyond saturation that may be never.
        let saturated = self.outcome(end, false).saturated();
        let (mut until, last) = (end, if saturated { end } else { end + self.setup.measured });
        while stopped == Stopped::Done && until < last && !self.all_arrived() {
            until = (until + DRAIN).min(last);
            stopped = self.advance(until, cancelled);
            if self.is_stuck() {
                break;
            }
        }
        if self.is_stuck() {
            return Err(self.stuck());
        }
        Ok(self.outcome(until, stopped == Stopped::Cancelled))
    }

    fn advance(&mut self, end: Tick, cancelled: &(dyn Fn() -> bool + Sync)) -> Stopped {
        let lookahead = Delay::new(self.plan.fabric.lookahead().into()).unwrap_or(Delay::MIN);
        let limits = engine::Limits { end, budget: u64::MAX, cancelled };
        run_shards(&mut self.shards, self.setup.threads, lookahead, limits)
    }

    fn all_arrived(&self) -> bool {
        let worlds = || self.shards.iter().map(|shard| &shard.world);
        let born: u64 = worlds().map(|world| world.seen.born).sum();
        let arrived: u64 = worlds().map(|world| world.seen.latency.len()).sum();
        arrived == born && !worlds().any(TrafficWorld::behind)
    }

    /// Whether nothing is pending any more though packets are under way.
    fn is_stuck(&mut self) -> bool {
        self.shards.iter_mut().all(|shard| shard.engine.next_tick().is_none())
            && self.shards.iter().any(|shard| !shard.world.fabric.packets().is_empty())
    }

    fn stuck(&self) -> SetupError {
        let cycle = self.shards.iter().map(|shard| shard.engine.now()).max().unwrap_or(0);
        let all: Vec<Waiting> = self.shards.iter().flat_map(|shard| shard.world.fabric.waiting()).collect();
        SetupError::Stuck { cycle, waiting: describe_waiting(&all, &self.setup.noc.topology) }
    }

    fn outcome(&self, cycles: Tick, interrupted: bool) -> Outcome {
        let mut seen = Seen::default();
        let (mut flit_hops, mut link_flits) = (0, Vec::new());
        for shard in &self.shards {
            seen.merge(&shard.world.seen);
            let (packets, flits) = shard.world.backlog();
            (seen.born, seen.offered) = (seen.born + packets, seen.offered + flits);
            flit_hops += shard.world.fabric.flit_hops();
            link_flits.extend(shard.world.fabric.link_flits());
        }
        let per_node_cycle = |flits: u64| flits as f64 / f64::from(self.setup.noc.tiles()) / self.setup.measured as f64;
        let arrived = seen.latency.len().max(1) as f64;
        let mean_hops = seen.hops as f64 / arrived;
        let flits = seen.offered as f64 / seen.born.max(1) as f64;
        Outcome {
            zero_load: zero_load(self.setup.cycles, mean_hops, flits),
            mean_hops,
            offered: per_node_cycle(seen.offered),
            accepted: per_node_cycle(seen.accepted),
            born: seen.born,
            latency: seen.latency,
            flit_hops,
            cycles,
            link_flits,
            interrupted,
        }
    }
}
