//! Who waits for whom, in words: for the error that ends a stuck network.

use crate::hw::Topology;
use crate::model::fabric::Waiting;

/// Waiting packets that a text names, at most.
const NAMED: usize = 24;

/// Packets that wait, the first of them by name.
pub fn describe_waiting(all: &[Waiting], topology: &Topology) -> String {
    if all.is_empty() {
        return "no router holds a packet".into();
    }
    let mut lines: Vec<String> = all.iter().take(NAMED).map(|waiting| describe(waiting, topology)).collect();
    if all.len() > NAMED {
        lines.push(format!("and {} more", all.len() - NAMED));
    }
    lines.join("; ")
}

fn describe(waiting: &Waiting, topology: &Topology) -> String {
    let router = waiting.router;
    let input = |(port, vc): (u8, u8)| {
        let from = topology.links.iter().find(|link| (link.to, link.to_port) == (router, port));
        let from =
            from.map_or_else(|| "its own tile".to_owned(), |link| topology.routers[link.from as usize].name.clone());
        format!("what came from {from} on channel {vc}")
    };
    let output = match topology.link(router, waiting.output) {
        Some(link) => format!("the link {}", topology.link_name(link)),
        None => "the link to its own tile".to_owned(),
    };
    let why = match waiting.held_by {
        Some(holder) => format!("which {} holds", input(holder)),
        None => "which has no credit".to_owned(),
    };
    let name = &topology.routers[router as usize].name;
    let flits = if waiting.flits == 1 { "1 flit" } else { &format!("{} flits", waiting.flits) };
    format!("at {name} {} ({flits}) waits for {output}, {why}", input(waiting.input))
}
