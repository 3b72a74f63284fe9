//! Freedom from deadlock: the channel-dependency graph of the routing has no cycle (Dally & Seitz 1987,
//! doi:10.1109/TC.1987.1676939).
//!
//! A channel is a link together with a class of virtual channels. It depends on another if a packet can hold the one
//! while it waits for the other. Ports to cores depend on nothing: a core always takes in what its queue holds. A
//! replicated packet waits for several channels at once, but for none that a packet to one of its destinations would
//! not wait for.

use super::routing::Routing;
use super::topology::Topology;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::VecDeque;

/// A link together with a class of virtual channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Position of the link in the topology.
    pub link: u32,
    /// Class of virtual channels.
    pub class: u8,
}

/// Channels that wait for each other in a circle, in this order, if any.
pub fn cycle(topology: &Topology, routing: &Routing) -> Option<Vec<Channel>> {
    let graph = dependencies(topology, routing);
    // Without recursion: a path of dependencies can be as long as there are channels.
    let circles = kosaraju_scc(&graph).into_iter().filter(|component| component.len() > 1);
    let circle = circles.min_by_key(|component| (component.len(), component.iter().min().copied()))?;
    let classes = u32::from(routing.classes());
    let channel =
        |node: NodeIndex| Channel { link: node.index() as u32 / classes, class: (node.index() as u32 % classes) as u8 };
    Some(round(&graph, &circle).into_iter().map(channel).collect())
}

/// The cycle in words: each channel waits for the next, and the last for the first.
pub fn describe(topology: &Topology, routing: &Routing, cycle: &[Channel]) -> String {
    /// Channels shown at the beginning of a long cycle.
    const SHOWN: usize = 12;
    let name = |channel: &Channel| {
        let link = topology.link_name(&topology.links[channel.link as usize]);
        if routing.classes() > 1 { format!("{link} class {}", channel.class) } else { link }
    };
    let mut names: Vec<String> = cycle.iter().map(name).collect();
    if names.len() > SHOWN + 2 {
        let rest = names.len() - SHOWN - 1;
        names.splice(SHOWN..names.len() - 1, [format!("{rest} more, the last of which")]);
    }
    names.extend(names.first().cloned());
    names.join(" waits for ")
}

/// Notes the route of a packet at a router towards another; gives the next router.
type Note<'a> = dyn FnMut(u32, u32) -> Option<u32> + 'a;

/// Graph of the channels that can wait for each other; channel = link x classes + class.
fn dependencies(topology: &Topology, routing: &Routing) -> DiGraph<(), (), u32> {
    let classes = usize::from(routing.classes());
    let visit = match (routing.is_by_directions(), routing.is_by_coordinates()) {
        (true, _) => by_directions,
        (_, true) => by_coordinates,
        _ => by_walking,
    };
    let onward = onward(topology, routing, visit);
    let mut graph = DiGraph::with_capacity(onward.len(), onward.len());
    for _ in 0..onward.len() {
        graph.add_node(());
    }
    for (channel, mut bits) in onward.into_iter().enumerate() {
        let next = topology.links[channel / classes].to;
        while bits != 0 {
            let (port, class) = (bits.trailing_zeros() as usize / classes, bits.trailing_zeros() as usize % classes);
            bits &= bits - 1;
            if let Some(link) = topology.link_at(next, port as u8) {
                graph.add_edge(NodeIndex::new(channel), NodeIndex::new(link as usize * classes + class), ());
            }
        }
    }
    graph
}

/// For every channel, the ports and classes by which its packets continue, as bits port x classes + class.
fn onward(topology: &Topology, routing: &Routing, visit: fn(&Topology, &mut Note<'_>)) -> Vec<u128> {
    let classes = usize::from(routing.classes());
    let mut onward = vec![0u128; topology.links.len() * classes];
    visit(topology, &mut |here, to| {
        let (port, class) = routing.route(here, to)?;
        let link = topology.link_at(here, port)?;
        let next = topology.links[link as usize].to;
        if let Some((port, then)) = routing.route(next, to) {
            let bit = usize::from(port) * classes + usize::from(then);
            onward[link as usize * classes + usize::from(class)] |= 1 << bit;
        }
        Some(next)
    });
    onward
}

/// Visits enough destinations to see every dependency on a mesh. A route at a router and at the next one depends on
/// whether the destination is before, at or behind them in each dimension, so destinations at most two away show all.
fn by_directions(topology: &Topology, note: &mut Note<'_>) {
    let Some(size) = topology.size() else { return };
    let (width, height) = (u32::from(size.width), u32::from(size.height));
    for here in 0..width * height {
        let (x, y) = (here % width, here / width);
        for row in y.saturating_sub(2)..height.min(y + 3) {
            for column in x.saturating_sub(2)..width.min(x + 3) {
                note(here, row * width + column);
            }
        }
    }
}

/// Visits enough destinations to see every dependency of a rule by coordinates: its route at a router and the next
/// depends on one coordinate at a time, so destinations in the same and the neighbouring columns and rows show all.
/// Visiting all pairs of a torus of 64 x 64 would take ten times as long.
fn by_coordinates(topology: &Topology, note: &mut Note<'_>) {
    let Some(size) = topology.size() else { return };
    let (width, height) = (u32::from(size.width), u32::from(size.height));
    let mut note_all = |here, to| {
        note(here, to);
    };
    for here in 0..width * height {
        let (x, y) = (here % width, here / width);
        for column in near(x, width) {
            (0..height).for_each(|row| note_all(here, row * width + column));
        }
        for row in near(y, height) {
            (0..width).for_each(|column| note_all(here, row * width + column));
        }
    }
}

/// A coordinate and its neighbours, with wrap-around.
fn near(at: u32, count: u32) -> impl Iterator<Item = u32> {
    [count - 1, count, count + 1].into_iter().take(count as usize).map(move |by| (at + by) % count)
}

/// Follows packets from every tile to every other.
fn by_walking(topology: &Topology, note: &mut Note<'_>) {
    // Destination for which a router was last visited.
    let mut visited = vec![u32::MAX; topology.routers.len()];
    for to in (0..topology.tiles()).map(|tile| topology.router_of_tile(tile)) {
        for from in (0..topology.tiles()).map(|tile| topology.router_of_tile(tile)) {
            let mut here = from;
            while std::mem::replace(&mut visited[here as usize], to) != to {
                match note(here, to) {
                    Some(next) => here = next,
                    None => break,
                }
            }
        }
    }
}

/// A shortest path from the first channel of a component back to itself.
fn round(graph: &DiGraph<(), (), u32>, component: &[NodeIndex]) -> Vec<NodeIndex> {
    let Some(&start) = component.iter().min() else { return Vec::new() };
    let mut inside = vec![false; graph.node_count()];
    component.iter().for_each(|node| inside[node.index()] = true);
    // The predecessor of each node.
    let mut before = vec![None; graph.node_count()];
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        // Neighbours come latest first.
        let mut next: Vec<NodeIndex> = graph.neighbors(node).filter(|next| inside[next.index()]).collect();
        next.sort_unstable();
        for next in next {
            if before[next.index()].is_none() {
                before[next.index()] = Some(node);
                queue.push_back(next);
            }
        }
        if before[start.index()].is_some() {
            break;
        }
    }
    let mut way = vec![start];
    let mut node = start;
    while let Some(previous) = before[node.index()].filter(|previous| *previous != start) {
        way.push(previous);
        node = previous;
    }
    way[1..].reverse();
    way
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hw::{Noc, NocError};

    #[test]
    fn the_largest_networks_are_free_of_deadlock() {
        for (name, channels) in [("mesh", 1), ("torus", 2)] {
            let noc = Noc::synthetic(name, 64, 64, channels).unwrap();
            assert_eq!(cycle(&noc.topology, &noc.routing), None, "{name}");
        }
    }

    /// Checks that every channel of a cycle does wait for the next: some packet takes the two links in sequence.
    fn is_one(topology: &Topology, routing: &Routing, cycle: &[Channel]) {
        for (index, channel) in cycle.iter().enumerate() {
            let next = cycle[(index + 1) % cycle.len()];
            let link = topology.links[channel.link as usize];
            let waits = |to: &u32| {
                let first = routing.route(link.from, *to) == Some((link.from_port, channel.class));
                let then = routing.route(link.to, *to);
                first
                    && then.is_some_and(|(port, class)| {
                        topology.link_at(link.to, port) == Some(next.link) && class == next.class
                    })
            };
            assert!((0..topology.routers.len() as u32).any(|to| waits(&to)), "{channel:?} waits for {next:?}");
        }
    }

    #[test]
    fn one_channel_on_a_ring_of_four_is_a_circle() {
        for name in ["torus", "ring"] {
            let topology = Topology::named(name, 4, 1).unwrap();
            let routing = Routing::of(&topology, topology.kind.rules()[0], 1).unwrap();
            let found = cycle(&topology, &routing).unwrap();
            assert_eq!(found.len(), 4);
            is_one(&topology, &routing, &found);
            // Rings of three have no path of two hops.
            assert!(Noc::synthetic(name, 3, 1, 1).is_ok());
        }
        let error = Noc::synthetic("torus", 4, 3, 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "packets can wait for each other in a circle: (0, 0) east waits for (1, 0) east waits for (2, 0) east \
             waits for (3, 0) east waits for (0, 0) east; with virtual_channels of 2 it is free of that"
        );
        let Err(NocError::Deadlock { cycle, .. }) = Noc::synthetic("ring", 64, 64, 1) else { panic!("not refused") };
        assert!(cycle.starts_with("r0 to r1 waits for r1 to r2 waits for"), "{cycle}");
        assert!(cycle.ends_with("waits for r4095 to r0 waits for r0 to r1") && cycle.len() < 600, "{cycle}");
    }

    #[test]
    fn the_search_for_circles_needs_no_deep_stack() {
        let search = || Noc::synthetic("ring", 64, 64, 1).is_err();
        let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(search).unwrap();
        assert!(thread.join().unwrap());
    }

    #[test]
    fn a_rule_that_turns_both_ways_is_caught() {
        // X first in even rows, Y first in odd ones: all eight turns are used.
        let topology = Topology::named("mesh", 4, 4).unwrap();
        let rules = ["xy", "yx"].map(|name| {
            let rule = crate::hw::routing::RoutingRule::from_name(name).unwrap();
            Routing::of(&topology, rule, 1).unwrap()
        });
        let next = |here: u32, to: u32| {
            let (port, _) = rules[(here / 4 % 2) as usize].route(here, to)?;
            topology.link(here, port).map(|link| link.to)
        };
        let mixed = Routing::table(&topology, &next).unwrap();
        let found = cycle(&topology, &mixed).unwrap();
        assert!(found.len() >= 4);
        is_one(&topology, &mixed, &found);
    }

    #[test]
    fn few_destinations_show_what_all_show() {
        for name in ["mesh", "torus", "ring"] {
            for (width, height) in [(1, 1), (2, 1), (3, 3), (4, 2), (5, 4), (6, 7), (1, 5)] {
                let topology = Topology::named(name, width, height).unwrap();
                for (rule, channels) in topology.kind.rules().iter().flat_map(|rule| [(*rule, 1), (*rule, 2)]) {
                    let Ok(routing) = Routing::of(&topology, rule, channels) else { continue };
                    if !routing.is_by_coordinates() {
                        continue;
                    }
                    let visit = if routing.is_by_directions() { by_directions } else { by_coordinates };
                    let few = onward(&topology, &routing, visit);
                    assert_eq!(few, onward(&topology, &routing, by_walking), "{name} {width} x {height} {rule:?}");
                }
            }
        }
    }
}
