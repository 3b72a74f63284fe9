//! The engine's state from the tables of a fabric.

use super::agenda::{Agenda, NEVER};
use super::units::{Buffered, FREE, FlitTarget, Input, Output, Rings, TERMINAL, TerminalLink};
use super::{GrantDelays, LinkGrant, NextPorts, STAGED, TREES, WORMS};
use crate::model::fabric::{FabricTable, PortTable, Terminal};
use crate::units::Tick;

/// Flits that all buffers hold together, at most: a flit takes more memory here than in a fabric.
const MOST_PLACES: usize = 1 << 24;
/// Bytes of a table of routes, at most: it shall stay in a cache.
const MOST_ROUTES: usize = 1 << 18;

impl NextPorts {
    /// Stands for the destination's own port.
    pub(super) const HERE: u8 = u8::MAX;

    fn new(tables: &FabricTable) -> Self {
        let routers = if (tables.routers as usize).pow(2) > MOST_ROUTES { 0 } else { tables.routers };
        let rule = tables.routing.clone();
        let port = |here, to| rule.route(here, to).map_or(Self::HERE, |(port, _)| port);
        let table = (0..routers).flat_map(|here| (0..routers).map(move |to| (here, to)));
        Self { table: table.map(|(here, to)| port(here, to)).collect(), rule }
    }
}

impl LinkGrant {
    /// The network of a fabric, at rest, for packets of at most so many flits; `None` if it is not one that this engine
    /// does.
    pub fn new(tables: &FabricTable, most_flits: u16) -> Option<Self> {
        let ports = tables.links.len();
        let credit_rings = Rings::of(tables.links.iter().map(|link| link.places).max()?.max(1).into());
        let buffer_rings = Rings::of(tables.buffer.max(1).into());
        let most = MOST_PLACES / ports.max(1);
        let fits = tables.vcs == 1
            && tables.buffer > 0
            && buffer_rings.places() <= most.min(1 << 15)
            && credit_rings.places() <= most
            && tables.routers <= FlitTarget::MOST_ROUTERS
            && !(tables.multicast() && most_flits > 1);
        if !fits {
            return None;
        }
        let flag = |whether, flag| if whether { flag } else { 0 };
        let (staged, trees, worms) = (tables.staged, tables.multicast(), most_flits > 1);
        let outputs = outputs(tables)?;
        Some(Self {
            agenda: Agenda::new(&outputs),
            outputs,
            inputs: inputs(tables),
            ready: vec![NEVER; ports],
            buffers: vec![Buffered::default(); ports * buffer_rings.places()],
            buffer_rings,
            buffer: tables.buffer,
            credits: vec![0; ports * credit_rings.places()],
            credit_rings,
            sources: sources(tables)?,
            source_credits: vec![0; tables.terminals.len() * buffer_rings.places()],
            routers: tables.routers,
            ports: tables.ports.into(),
            routes: NextPorts::new(tables),
            branches: tables.branches.clone(),
            pace: GrantDelays::new(tables),
            kind: flag(staged, STAGED) | flag(trees, TREES) | flag(worms, WORMS),
            moved: Vec::with_capacity(ports),
            origin: 0,
        })
    }
}

/// Where a channel is: the position of a port, or a [`TERMINAL`].
fn position(tables: &FabricTable, channel: u32) -> u32 {
    match channel >> 6 {
        router if router < tables.routers => router * u32::from(tables.ports) + (channel & 63),
        node => TERMINAL | (node - tables.routers),
    }
}

/// The outputs, one for the plan of each terminal, and one that does not exist; `None` where a link's end has less room than
/// the link assumes.
fn outputs(tables: &FabricTable) -> Option<Vec<Output>> {
    let ports = u32::from(tables.ports);
    let others = tables.terminals.len() + 1;
    let mut outputs = Vec::with_capacity(tables.links.len() + others);
    for (at, link) in (0..).zip(tables.links.iter().chain(std::iter::repeat_n(&PortTable::NONE, others))) {
        let to = position(tables, link.to);
        if to & TERMINAL == 0 && link.places > tables.buffer {
            return None;
        }
        outputs.push(Output {
            requests: 0,
            flits_sent: 0,
            idle: 0,
            plan: NEVER,
            next: 0,
            previous: 0,
            to,
            latency: link.latency.max(1),
            first: at / ports * ports,
            credits: link.places,
            places: link.places,
            turn: 0,
            holder: FREE,
            starved: false,
        });
    }
    Some(outputs)
}

fn inputs(tables: &FabricTable) -> Vec<Input> {
    let ports = u32::from(tables.ports);
    let input = |(at, link): (u32, &PortTable)| Input {
        idle: 0,
        back: position(tables, link.back),
        back_delay: link.back_delay.max(1),
        first: at / ports * ports,
        router: at / ports,
        head: 0,
        buffered: 0,
        holds: FREE,
    };
    (0..).zip(tables.links.iter()).map(input).collect()
}

/// The terminals; `None` if the link of one into its router is not among the links.
fn sources(tables: &FabricTable) -> Option<Vec<TerminalLink>> {
    let source = |(number, terminal): (u32, &Terminal)| {
        let link = tables.links.get(tables.link(terminal.router, terminal.port))?;
        (position(tables, link.back) == TERMINAL | number).then_some(TerminalLink {
            idle: 0,
            to: terminal.router * u32::from(tables.ports) + u32::from(terminal.port),
            latency: terminal.latency.max(1),
            sent: 0,
            credits: tables.buffer,
            left: 0,
            is_planned: false,
            planned: Buffered::default(),
            packet: Buffered::default(),
            credit_delay: terminal.credit_delay.max(1),
        })
    };
    (0..).zip(tables.terminals.iter()).map(source).collect()
}

impl GrantDelays {
    fn new(tables: &FabricTable) -> Self {
        let (head, interval) = (Tick::from(tables.head_delay), Tick::from(tables.interval.max(1)));
        let staged = Tick::from(tables.staged);
        Self {
            head: head + staged,
            behind_tail: interval.max(1 + head) + staged,
            flit: interval,
            packet: interval.max(1 + staged),
            lead: interval.max(2) - 2,
            far: 2 * tables.links.iter().map(|link| link.latency).max().map_or(1, Tick::from).max(interval),
        }
    }
}
