//! Cost of a mapping on the network on chip: packets, hops, and the load of every link.

use super::search::{Distances, MOST_TILES, Sites};
use super::{Mapping, NO_CORE};
use crate::hw::routing::{Hops, way};
use crate::hw::{Chip, Noc};
use crate::ids::CoreId;
use crate::net::Graph;

/// Figures of the packets of a mapping, as the chip routes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Packets to cores, those to a neuron's own core and of the host included.
    pub packets: u64,
    /// Hops of all packets, by direction ([`Hops::DIRECTIONS`]).
    pub hops: [u64; 5],
    /// Packets over each link of the topology.
    pub links: Vec<u64>,
}

impl Figures {
    /// Computes the figures. `spikes` are those of every neuron, in the graph's order; without, each has one.
    pub fn of(graph: &Graph, chip: &Chip, mapping: &Mapping, spikes: Option<&[u32]>) -> Self {
        let mut walk = Walk {
            noc: &chip.noc,
            links: vec![0; chip.noc.topology.links.len()],
            seen: vec![u32::MAX; chip.noc.topology.links.len()],
        };
        let mut packets = 0;
        if chip.noc.multicast {
            packets = walk.trees(graph, mapping, spikes);
        } else {
            let site = |core: u32| chip.noc.router_of(mapping.cores[CoreId::new(core)].site);
            for (from, to, each) in &mapping.traffic {
                packets += each;
                walk.way(site(*from), site(*to), *each);
            }
            for (to, each) in (0..).zip(&mapping.outside) {
                packets += each;
                walk.way(chip.noc.host_router(), site(to), *each);
            }
        }
        let mut hops = [0; 5];
        for (link, each) in chip.noc.topology.links.iter().zip(&walk.links) {
            let mut kind = Hops::default();
            kind.add(link.op);
            for (sum, one) in hops.iter_mut().zip(kind.by_direction()) {
                *sum += each * u64::from(one);
            }
        }
        Self { packets, hops, links: walk.links }
    }

    /// Hops in all directions.
    pub fn all_hops(&self) -> u64 {
        self.hops.iter().sum()
    }

    /// The link with the highest load, the first of equals, with its packets.
    pub fn busiest(&self) -> Option<(usize, u64)> {
        let busiest = self.links.iter().copied().enumerate();
        busiest.reduce(|best, next| if next.1 > best.1 { next } else { best }).filter(|(_, packets)| *packets > 0)
    }
}

/// Lower bound on the hops of all placements of the same cores, with one packet for every destination; `None` where packets
/// are replicated, and on chips of more tiles than have a table of their distances.
pub fn least_hops(chip: &Chip, mapping: &Mapping) -> Option<u64> {
    if chip.noc.multicast || chip.noc.tiles() > MOST_TILES {
        return None;
    }
    let tile = chip.noc.tiles_of_sites();
    let distances = Distances::hops(&chip.noc);
    Some(Sites::new(&distances, &tile, &mapping.traffic, &mapping.outside, mapping.sites()).bound())
}

/// Packets along their routes.
struct Walk<'a> {
    noc: &'a Noc,
    links: Vec<u64>,
    /// The last neuron whose tree uses each link.
    seen: Vec<u32>,
}

impl Walk<'_> {
    fn way(&mut self, from: u32, to: u32, packets: u64) {
        for (link, _) in way(&self.noc.topology, &self.noc.routing, from, to) {
            if let Some(at) = self.noc.topology.link_at(link.from, link.from_port) {
                self.links[at as usize] += packets;
            }
        }
    }

    /// Sends every neuron's packet along the union of the routes to its destinations; gives the packets that arrive.
    fn trees(&mut self, graph: &Graph, mapping: &Mapping, spikes: Option<&[u32]>) -> u64 {
        let noc = self.noc;
        let mut arrive = 0;
        let mut last_seen = vec![u32::MAX; mapping.cores.len()];
        for neuron in 0..graph.neurons() as u32 {
            let from = match mapping.core_of[neuron as usize] {
                NO_CORE => noc.host_router(),
                core => noc.router_of(mapping.cores[core].site),
            };
            let each = spikes.map_or(1, |spikes| u64::from(spikes[neuron as usize]));
            for target in graph.synapses.targets(neuron as usize) {
                let core = mapping.core_of[target as usize];
                if std::mem::replace(&mut last_seen[core.index()], neuron) == neuron {
                    continue;
                }
                arrive += each;
                for (link, _) in way(&noc.topology, &noc.routing, from, noc.router_of(mapping.cores[core].site)) {
                    if let Some(at) = noc.topology.link_at(link.from, link.from_port)
                        && std::mem::replace(&mut self.seen[at as usize], neuron) != neuron
                    {
                        self.links[at as usize] += each;
                    }
                }
            }
        }
        arrive
    }
}
