//! The engine's state from the tables of a fabric.

use super::agenda::{Agenda, NEVER};
use super::units::{Buffered, FREE, Input, Output, Source, TERMINAL, Target};
use super::{LinkGrant, Pace, Routes, STAGED, TREES, WORMS};
use crate::hw::routing::Routing;
use crate::ids::TerminalId;
use crate::model::fabric::FabricTable;
use crate::units::Tick;

/// Flits that all buffers hold together, at most: a flit takes more memory here than in a fabric.
const MOST_PLACES: usize = 1 << 24;
/// Bytes of a table of routes, at most: it shall stay in a cache.
const MOST_ROUTES: usize = 1 << 18;

impl Routes {
    /// Stands for the destination's own port.
    const HERE: u8 = u8::MAX;

    fn new(tables: &FabricTable) -> Self {
        let routers = tables.routers as usize;
        if routers * routers > MOST_ROUTES {
            return Self::Rule(Box::new(tables.routing.clone()));
        }
        let port = |here, to| tables.routing.route(here, to).map_or(Self::HERE, |(port, _)| port);
        Self::Table((0..tables.routers).flat_map(|here| (0..tables.routers).map(move |to| port(here, to))).collect())
    }

    /// The port by which a packet leaves a router.
    #[inline(always)]
    pub(super) fn port(&self, router: u32, routers: u32, to: Target) -> u8 {
        let port = match self {
            Self::Table(ports) => ports[(router * routers + to.router()) as usize],
            Self::Rule(routing) => Self::by_rule(routing, router, to.router()),
        };
        if port == Self::HERE { to.port() } else { port }
    }

    #[inline(never)]
    fn by_rule(routing: &Routing, router: u32, to: u32) -> u8 {
        routing.route(router, to).map_or(Self::HERE, |(port, _)| port)
    }
}

impl LinkGrant {
    /// The network of a fabric, at rest, for packets of at most so many flits; `None` if it is not one that this engine
    /// does.
    pub fn new(tables: &FabricTable, most_flits: u16) -> Option<Self> {
        let ports = tables.links.len();
        let credit_places = tables.links.iter().map(|link| link.places).max()?.max(1).into();
        let places = usize::from(tables.buffer);
        let fits = tables.vcs == 1
            && (1..=MOST_PLACES / ports.max(1)).contains(&places)
            && credit_places <= MOST_PLACES / ports.max(1)
            && tables.routers <= Target::MOST_ROUTERS
            && !(tables.multicast() && most_flits > 1);
        if !fits {
            return None;
        }
        let flag = |whether, flag| if whether { flag } else { 0 };
        let (staged, trees, worms) = (tables.staged, tables.multicast(), most_flits > 1);
        let mut network = Self {
            outputs: Vec::new(),
            inputs: Vec::new(),
            ready: vec![NEVER; ports],
            buffers: vec![Buffered::default(); ports * places],
            places,
            credits: vec![0; ports * credit_places],
            credit_places,
            sources: Vec::new(),
            source_credits: vec![0; tables.terminals.len() * places],
            agenda: Agenda::new(ports),
            routes: Routes::new(tables),
            branches: tables.branches.clone(),
            pace: Pace::new(tables),
            kind: flag(staged, STAGED) | flag(trees, TREES) | flag(worms, WORMS),
            moved: Vec::with_capacity(ports),
            routers: tables.routers,
            ports: tables.ports.into(),
            origin: 0,
            now: 0,
            last: 0,
            under_way: 0,
        };
        network.connect(tables)?;
        Some(network)
    }

    /// The ports and terminals with their links; `None` if a terminal's link into its router is not one of the tables.
    fn connect(&mut self, tables: &FabricTable) -> Option<()> {
        let (ports, vcs) = (u32::from(tables.ports), u32::from(tables.vcs));
        // Where a channel is: the position of a port, or a terminal.
        let position = |channel: u32| match channel >> 6 {
            router if router < tables.routers => router * ports + (channel & 63) / vcs,
            node => TERMINAL | node.wrapping_sub(tables.routers) & !TERMINAL,
        };
        for (at, link) in (0..).zip(tables.links.iter()) {
            let (to, back, first) = (position(link.to), position(link.back), at / ports * ports);
            if to & TERMINAL == 0 && link.places > tables.buffer {
                return None;
            }
            let terminal =
                (to & TERMINAL != 0).then(|| tables.terminals.get(TerminalId::new(to & !TERMINAL))).flatten();
            self.outputs.push(Output {
                requests: 0,
                flits_sent: 0,
                idle: 0,
                to,
                latency: link.latency.max(1),
                credit_delay: terminal.map_or(0, |terminal| terminal.credit_delay.max(1)),
                first,
                credit: 0,
                credits: link.places,
                places: link.places,
                turn: 0,
                holder: FREE,
                starved: false,
            });
            self.inputs.push(Input {
                idle: 0,
                back,
                back_delay: link.back_delay.max(1),
                router: at / ports,
                first,
                head: 0,
                buffered: 0,
                holds: FREE,
            });
        }
        for (number, terminal) in (0..).zip(tables.terminals.iter()) {
            let to = terminal.router * ports + u32::from(terminal.port);
            if self.inputs.get(to as usize)?.back != TERMINAL | number {
                return None;
            }
            self.sources.push(Source {
                idle: 0,
                to,
                latency: terminal.latency.max(1),
                credit: 0,
                credits: tables.buffer,
                left: 0,
                packet: Buffered::default(),
            });
        }
        Some(())
    }

    /// Back to rest, as it was made, but for the flits counted by port.
    pub(super) fn clear(&mut self) {
        self.agenda.clear();
        self.moved.clear();
        for times in [&mut self.credits, &mut self.source_credits] {
            times.fill(0);
        }
        for output in &mut self.outputs {
            (output.requests, output.idle, output.credits) = (0, 0, output.places);
            (output.turn, output.holder, output.starved) = (0, FREE, false);
        }
        self.inputs.iter_mut().for_each(|input| (input.idle, input.buffered, input.holds) = (0, 0, FREE));
        let places = self.places as u16;
        self.sources.iter_mut().for_each(|source| (source.idle, source.credits, source.left) = (0, places, 0));
        (self.origin, self.now, self.last, self.under_way) = (0, 0, 0, 0);
    }
}

impl Pace {
    fn new(tables: &FabricTable) -> Self {
        let (head, interval) = (Tick::from(tables.head_delay), Tick::from(tables.interval.max(1)));
        let staged = Tick::from(tables.staged);
        Self {
            head: head + staged,
            behind_tail: interval.max(1 + head) + staged,
            flit: interval,
            packet: interval.max(1 + staged),
            lead: interval.max(2) - 2,
        }
    }
}
