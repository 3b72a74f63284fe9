//! The fabric of a network on chip with one terminal for each tile.

use super::Setup;
use crate::hw::{Allocation, Noc};
use crate::model::fabric::{FabricTable, PortTable, Terminal, channel};

/// The router of a terminal. Where there are rows, terminals are numbered row by row, however a chip numbers its tiles.
fn router_of(noc: &Noc, terminal: u32) -> u32 {
    if noc.topology.size().is_some() { terminal } else { noc.router_of_tile(terminal) }
}

/// Routers, links and terminals.
pub(super) fn fabric(setup: &Setup) -> FabricTable {
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
        back.back_delay = cycles.back();
    }
    let mut terminals = Vec::new();
    for terminal in 0..noc.tiles() {
        let (router, node) = (router_of(noc, terminal), channel(routers + terminal, 0));
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
