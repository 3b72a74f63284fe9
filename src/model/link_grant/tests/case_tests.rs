//! Random networks and steps.

use crate::hw::routing::Routing;
use crate::hw::topology::Topology;
use crate::ids::{IdVec, TerminalId};
use crate::model::ends::{Ends, Hop, Incoming, Outgoing};
use crate::model::fabric::{Branch, FabricTable, PortTable, Terminal};
use crate::units::Tick;

/// What a case is drawn from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    /// Of topologies: [`TOPOLOGIES`].
    pub(crate) topology: usize,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Terminals at a router.
    pub(crate) cores: u8,
    pub(crate) buffer: u16,
    pub(crate) interval: u32,
    pub(crate) head_delay: u32,
    pub(crate) staged: bool,
    pub(crate) multicast: bool,
    pub(crate) most_flits: u16,
    /// Ticks of a flit or credit on a link, at most.
    pub(crate) longest: u32,
    /// Packets of a terminal in a step, at most, and the ticks between them, at most.
    pub(crate) packets: u32,
    pub(crate) gap: u64,
    /// Ticks that a packet waits in a receive queue, at most.
    pub(crate) wait: u64,
    /// Of a hundred packets, those that go to one terminal, and those before which a long time passes.
    pub(crate) hot: u64,
    pub(crate) late: u64,
    pub(crate) seed: u64,
}

pub(crate) const TOPOLOGIES: [&str; 4] = ["mesh", "torus", "ring", "tree"];

/// A stream of numbers.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % bound.max(1)
    }
}

/// A network, and the packets of its terminals in some steps.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) tables: FabricTable,
    pub(crate) draw: Draw,
    /// By step and terminal.
    steps: Vec<Vec<Vec<Outgoing>>>,
}

impl Case {
    pub(crate) fn new(draw: Draw) -> Self {
        let mut numbers = Numbers(draw.seed);
        let (width, height) =
            if TOPOLOGIES[draw.topology] == "tree" { (2, draw.height.max(2)) } else { (draw.width, draw.height) };
        let topology = Topology::named(TOPOLOGIES[draw.topology], width, height).unwrap();
        let mut tables = network(&draw, &topology, &mut numbers);
        let steps = (0..3).map(|_| step(&draw, &mut tables, &mut numbers)).collect();
        Self { tables, draw, steps }
    }

    pub(crate) fn steps(&self) -> usize {
        self.steps.len()
    }
}

fn network(draw: &Draw, topology: &Topology, numbers: &mut Numbers) -> FabricTable {
    let routing = Routing::of(topology, topology.kind.rules()[0], 1).unwrap();
    let routers = topology.routers.len();
    let ports = topology.ports + draw.cores;
    let mut delay = || 1 + numbers.below(draw.longest.into()) as u32;
    let mut tables = FabricTable {
        routers: routers as u32,
        ports,
        first_local: topology.ports,
        vcs: 1,
        classes: 1,
        buffer: draw.buffer,
        interval: draw.interval,
        head_delay: draw.head_delay,
        staged: draw.staged,
        links: IdVec::filled(PortTable::NONE, routers * usize::from(ports)),
        routing,
        terminals: IdVec::default(),
        branches: Vec::new(),
    };
    for link in &topology.links {
        let (to, back) = (tables.first_channel(link.to, link.to_port), tables.first_channel(link.from, link.from_port));
        let [out, input] = [tables.link(link.from, link.from_port), tables.link(link.to, link.to_port)];
        tables.links[out] = PortTable { to, latency: delay(), places: draw.buffer, ..tables.links[out] };
        tables.links[input] = PortTable { back, back_delay: delay(), ..tables.links[input] };
    }
    for tile in 0..topology.tiles() {
        let router = topology.router_of_tile(tile);
        for core in 0..draw.cores {
            let port = topology.ports + core;
            let node = tables.first_channel(tables.routers + tables.terminals.len() as u32, 0);
            let link = tables.link(router, port);
            let (latency, back_delay) = (delay(), delay());
            let places = 1 + (delay() as u16 % (draw.buffer + 2));
            tables.links[link] = PortTable { to: node, latency, places, back: node, back_delay };
            tables.terminals.push(Terminal { router, port, latency: delay(), credit_delay: delay() });
        }
    }
    tables
}

/// The packets of a step.
fn step(draw: &Draw, tables: &mut FabricTable, numbers: &mut Numbers) -> Vec<Vec<Outgoing>> {
    let terminals = tables.terminals.len() as u64;
    let hot = numbers.below(terminals);
    let mut load = 0;
    let mut all = Vec::new();
    for source in 0..terminals {
        let mut ready = numbers.below(draw.gap * 2);
        let mut packets = Vec::new();
        for _ in 0..numbers.below(u64::from(draw.packets) + 1) {
            ready += numbers.below(draw.gap);
            if numbers.below(100) < draw.late {
                ready += numbers.below(600_000);
            }
            let mut target = || {
                let to = if numbers.below(100) < draw.hot { hot } else { numbers.below(terminals) };
                TerminalId::new(to as u32)
            };
            let to = tables.terminals[target()];
            let (mut router, exit) = (to.router, to.port);
            if draw.multicast {
                let ends = [target(), target(), target(), target()];
                let from = tables.terminals[TerminalId::new(source as u32)].router;
                router = grow(tables, from, ends.to_vec());
            }
            let flits = 1 + numbers.below(draw.most_flits.into()) as u16;
            // Some are ready before the one ahead.
            let born = ready - numbers.below(3).min(ready);
            packets.push(Outgoing { router, exit, flits, load, born });
            load += 1;
        }
        all.push(packets);
    }
    all
}

/// Adds the branches of a multicast tree at a router and beyond; gives the first.
fn grow(tables: &mut FabricTable, router: u32, mut ends: Vec<TerminalId>) -> u32 {
    let port = |tables: &FabricTable, end: &TerminalId| {
        let target = &tables.terminals[*end];
        tables.routing.route(router, target.router).map_or(target.port, |(port, _)| port)
    };
    ends.sort_by_key(|end| port(tables, end));
    ends.dedup();
    let groups: Vec<Vec<TerminalId>> =
        ends.chunk_by(|a, b| port(tables, a) == port(tables, b)).map(<[TerminalId]>::to_vec).collect();
    let first = tables.branches.len();
    for (position, group) in groups.iter().enumerate() {
        let (port, last) = (port(tables, &group[0]), position + 1 == groups.len());
        tables.branches.push(Branch { then: 1000 + group[0].get(), port, class: 0, last });
    }
    for (position, group) in groups.into_iter().enumerate() {
        if let Some(next) = tables.next_router(router, tables.branches[first + position].port) {
            let then = grow(tables, next, group);
            tables.branches[first + position].then = then;
        }
    }
    first as u32
}

/// The terminals of a step, which keep what they see.
#[derive(Debug, Default)]
pub(crate) struct Seen<'c> {
    packets: &'c [Vec<Outgoing>],
    next: Vec<usize>,
    /// Ticks that a packet waits, at most.
    wait: u64,
    /// (source, load, tick) of what left.
    pub(crate) sent: Vec<(u32, u32, Tick)>,
    /// (terminal, tick, packet) of what came.
    pub(crate) came: Vec<(u32, Tick, (u32, Tick, u32))>,
    /// (router, port, tick) of flits that left a router, of an engine that says so.
    pub(crate) hops: Vec<(u32, u8, Tick)>,
}

impl<'c> Seen<'c> {
    pub(crate) fn new(case: &'c Case, step: usize) -> Self {
        let packets = &case.steps[step];
        let wait = case.draw.wait;
        Self { packets, next: vec![0; packets.len()], wait, ..Self::default() }
    }
}

impl Ends for Seen<'_> {
    fn next(&self, terminal: TerminalId) -> Option<Tick> {
        self.packets[terminal.index()].get(self.next[terminal.index()]).map(|packet| packet.born)
    }

    fn take(&mut self, terminal: TerminalId, at: Tick) -> Outgoing {
        let next = &mut self.next[terminal.index()];
        let packet = self.packets[terminal.index()][*next];
        *next += 1;
        assert!(packet.born <= at);
        self.sent.push((terminal.get(), packet.load, at));
        packet
    }

    fn arrive(&mut self, terminal: TerminalId, packet: Incoming, at: Tick) -> Tick {
        self.came.push((terminal.get(), at, (packet.load, packet.born, packet.branch)));
        // What it waits must not depend on the order of calls.
        Numbers(u64::from(packet.load) << 32 | u64::from(terminal.get())).below(self.wait + 1)
    }

    fn hears_hops(&self) -> bool {
        true
    }

    fn hop(&mut self, hop: Hop) {
        self.hops.push((hop.router, hop.port, hop.at));
    }
}
