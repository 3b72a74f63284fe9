//! The fabric of a network on chip with one terminal for each tile.

use super::Setup;
use crate::hw::{Allocation, Noc};
use crate::model::fabric::{FabricTable, PortTable, Terminal, channel};
use crate::stats::Op;

/// Delays of links, in ticks: from the grant of the switch to the arrival of the flit, and to that of the credit.
struct LinkDelays<'s> {
    setup: &'s Setup,
}

impl LinkDelays<'_> {
    /// Between routers.
    fn link(&self, op: Op) -> (u32, u32) {
        let cycles = self.setup.cycles;
        match &self.setup.chip {
            None => (cycles.forward(cycles.link), cycles.back()),
            Some(chip) => (chip.link(op), self.setup.noc.credit_delay),
        }
    }

    /// From a router to its terminal.
    fn out(&self) -> (u32, u32) {
        match &self.setup.chip {
            // Links of terminals take a cycle, and a source can use a credit in the cycle of its arrival.
            None => (self.setup.cycles.forward(1), 2),
            Some(chip) => (chip.eject, self.setup.noc.credit_delay),
        }
    }

    /// From a terminal into its router.
    fn inward(&self) -> (u32, u32) {
        match &self.setup.chip {
            None => (2, 2 + self.setup.cycles.credit),
            Some(chip) => (chip.inject, self.setup.noc.credit_delay),
        }
    }
}

/// The router of a terminal. Where there are rows, terminals are numbered row by row, however a chip numbers its tiles.
fn router_of(noc: &Noc, terminal: u32) -> u32 {
    if noc.topology.size().is_some() { terminal } else { noc.router_of_tile(terminal) }
}

/// Routers, links and terminals.
pub(super) fn fabric(setup: &Setup) -> FabricTable {
    let (noc, delays) = (&setup.noc, LinkDelays { setup });
    let (interval, head_delay, allocation) = match setup.chip {
        None => (1, setup.cycles.routing(), setup.cycles.allocation()),
        Some(_) => (noc.flit_interval, noc.head_delay, noc.allocation),
    };
    let local = noc.topology.ports;
    let ports = local + 1;
    let routers = noc.topology.routers.len() as u32;
    let slot = |router: u32, port: u8| router as usize * usize::from(ports) + usize::from(port);
    let first = |port: u8| usize::from(port) * usize::from(noc.virtual_channels);
    let mut links = vec![PortTable::NONE; routers as usize * usize::from(ports)];
    for link in &noc.topology.links {
        let out = &mut links[slot(link.from, link.from_port)];
        let (latency, back_delay) = delays.link(link.op);
        (out.to, out.latency) = (channel(link.to, first(link.to_port)), latency);
        out.places = noc.buffer_flits;
        let back = &mut links[slot(link.to, link.to_port)];
        back.back = channel(link.from, first(link.from_port));
        back.back_delay = back_delay;
    }
    let mut terminals = Vec::new();
    for terminal in 0..noc.tiles() {
        let (router, node) = (router_of(noc, terminal), channel(routers + terminal, 0));
        let ((latency, back_delay), (into, credit_delay)) = (delays.out(), delays.inward());
        links[slot(router, local)] = PortTable { to: node, latency, places: noc.buffer_flits, back: node, back_delay };
        terminals.push(Terminal { router, port: local, latency: into, credit_delay });
    }
    FabricTable {
        routers,
        ports,
        first_local: local,
        vcs: noc.virtual_channels,
        classes: noc.routing.classes(),
        buffer: noc.buffer_flits,
        interval,
        head_delay,
        staged: allocation == Allocation::Staged,
        links,
        routing: noc.routing.clone(),
        terminals: terminals.into(),
        branches: Vec::new(),
    }
}
