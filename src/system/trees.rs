//! Multicast trees: for every neuron, the union of the ways to its destinations, cut into branches at routers.
//!
//! A router sends the copies of its branches one after the other, each when it gets the switch, and frees the place
//! of the packet with the last one. As a copy waits only for the next link of a way, dependencies of channels are
//! those of the single ways, and what is free of deadlock for them stays so.

use crate::hw::Noc;
use crate::hw::routing::Hops;
use crate::ids::{AxonId, IdVec};
use crate::model::fabric::Branch;
use crate::model::{MulticastTree, Tables};

/// A way to a destination: the ports and classes from here on, and the axon at its end.
struct Way {
    ports: Vec<(u8, u8)>,
    axon: AxonId,
}

/// Grows the trees of all neurons.
pub(super) fn grow(noc: &Noc, tables: &mut Tables) {
    let mut trees = IdVec::filled(MulticastTree::default(), tables.neurons);
    let mut home = IdVec::filled(noc.host_router(), tables.neurons);
    for (core, table) in tables.cores.with_ids() {
        for segment in tables.segments_of(table) {
            home[segment.neurons].fill(tables.router_of(tables.terminal(core)));
        }
    }
    let mut branches = Vec::new();
    for neuron in trees.ids() {
        let axons = tables.axons.row(neuron);
        if axons.is_empty() {
            continue;
        }
        let ways = axons.ids().map(|axon| way(noc, tables, home[neuron], axon)).collect();
        let mut grown = Growth { noc, branches: &mut branches, hops: Hops::default() };
        trees[neuron] = MulticastTree { root: grown.branch(home[neuron], ways, 0), hops: grown.hops };
    }
    tables.fabric.branches = branches;
    tables.trees = Some(trees);
}

fn way(noc: &Noc, tables: &Tables, from: u32, axon: AxonId) -> Way {
    let target = &tables.fabric.terminals[tables.terminal(tables.destinations[axon])];
    let links = crate::hw::routing::way(&noc.topology, &noc.routing, from, target.router);
    let ports = links.map(|(link, class)| (link.from_port, class)).chain([(target.port, 0)]).collect();
    Way { ports, axon }
}

struct Growth<'a> {
    noc: &'a Noc,
    branches: &'a mut Vec<Branch>,
    hops: Hops,
}

impl Growth<'_> {
    /// Adds the branches at a router, `depth` links from the root, of ways that all pass it; gives the first.
    fn branch(&mut self, router: u32, mut ways: Vec<Way>, depth: usize) -> u32 {
        ways.sort_by_key(|way| way.ports[depth]);
        let first = self.branches.len();
        let mut groups: Vec<Vec<Way>> = Vec::new();
        for way in ways {
            match groups.last_mut() {
                Some(group) if group[0].ports[depth] == way.ports[depth] => group.push(way),
                _ => groups.push(vec![way]),
            }
        }
        // Branches of a router lie side by side; the branches that they lead to follow behind.
        for (position, group) in groups.iter().enumerate() {
            let (port, class) = group[0].ports[depth];
            let last = position + 1 == groups.len();
            self.branches.push(Branch { then: group[0].axon.get(), port, class, last });
        }
        for (position, group) in groups.into_iter().enumerate() {
            let (port, _) = group[0].ports[depth];
            let Some(link) = self.noc.topology.link(router, port).copied() else { continue };
            self.hops.add(link.op);
            self.branches[first + position].then = self.branch(link.to, group, depth + 1);
        }
        first as u32
    }
}
