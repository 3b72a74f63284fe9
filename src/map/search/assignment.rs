//! Vertices in cores and cores on tiles, with the exact cost of all packets, updated move by move.
//!
//! A packet goes from the core of its source to every core that hears it; its cost is the distance between their tiles.
//! With [`Distances::unit`] this is the connectivity of a partition (km1), with hops it is the traffic of a mapping.

mod moves;

use super::capacity::Capacity;
use super::counts::PinCounts;
use super::distances::Distances;
use super::hypergraph::{Hypergraph, OUTSIDE};

/// Most entries of the table of pins by net and core; above, lists are searched instead.
const MOST_COUNTS: usize = 1 << 26;

/// A complete assignment.
#[derive(Clone, Debug)]
pub struct Assignment<'a> {
    graph: &'a Hypergraph,
    distances: &'a Distances,
    capacity: Capacity<'a>,
    core: Vec<u32>,
    tile: Vec<u32>,
    /// Kind of vertices that each core holds.
    kind: Vec<u32>,
    neurons: Vec<u64>,
    axons_in: Vec<u64>,
    axons_out: Vec<u64>,
    memory: Vec<u64>,
    /// Vertices of each core, and the position of each vertex there.
    members: Vec<Vec<u32>>,
    place: Vec<u32>,
    /// Pins of each net in each core, if that table is not too large.
    dense: Option<PinCounts>,
    /// Costs of packets from core to core, with the same condition.
    near: Distances,
    /// Cores that hear each net, with its pins there, from the net's first pin on.
    reached: Vec<CoreReach>,
    reaches: Vec<u32>,
}

/// A core that hears a net.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CoreReach {
    pub(super) core: u32,
    /// Number of pins, if there is no table.
    pins: u32,
}

impl<'a> Assignment<'a> {
    /// Assigns every vertex to its core. `tile` and `kind` are the tile and the kind of vertices of each core.
    pub fn new(
        graph: &'a Hypergraph,
        distances: &'a Distances,
        capacity: Capacity<'a>,
        core: Vec<u32>,
        (tile, kind): (Vec<u32>, Vec<u32>),
    ) -> Self {
        let fits = Self::fits_table(graph, tile.len());
        Self::build(graph, distances, capacity, core, (tile, kind), fits)
    }

    /// Whether a table of the pins of all nets in all cores is small enough.
    pub(super) fn fits_table(graph: &Hypergraph, cores: usize) -> bool {
        graph.nets().saturating_mul(cores) <= MOST_COUNTS && graph.vertices() <= usize::from(u16::MAX)
    }

    /// The same with lists instead of a table, whatever the size.
    #[cfg(test)]
    pub(super) fn with_lists(
        graph: &'a Hypergraph,
        distances: &'a Distances,
        capacity: Capacity<'a>,
        core: Vec<u32>,
        place: (Vec<u32>, Vec<u32>),
    ) -> Self {
        Self::build(graph, distances, capacity, core, place, false)
    }

    fn build(
        graph: &'a Hypergraph,
        distances: &'a Distances,
        capacity: Capacity<'a>,
        core: Vec<u32>,
        (tile, kind): (Vec<u32>, Vec<u32>),
        fits: bool,
    ) -> Self {
        let cores = tile.len();
        let mut all = Self {
            graph,
            distances,
            capacity,
            neurons: vec![0; cores],
            axons_in: vec![0; cores],
            axons_out: vec![0; cores],
            memory: vec![0; cores],
            members: vec![Vec::new(); cores],
            place: vec![0; graph.vertices()],
            dense: fits.then(|| PinCounts::new(graph.nets(), cores)),
            near: distances.between_those(if fits { &tile } else { &[] }),
            reached: vec![CoreReach::default(); graph.all_pins()],
            reaches: vec![0; graph.nets()],
            core: Vec::new(),
            tile,
            kind,
        };
        all.core = core;
        for vertex in 0..graph.vertices() as u32 {
            let at = all.core[vertex as usize];
            all.join(vertex, at);
        }
        for net in 0..graph.nets() as u32 {
            // Net by net: counts of one net are adjacent.
            graph.pins(net).iter().for_each(|pin| _ = all.enter(net, all.core[*pin as usize]));
            for reach in 0..all.reaches[net as usize] as usize {
                let at = all.reached[graph.first_pin(net) + reach].core;
                all.count_axons(net, at, 1);
            }
        }
        all
    }

    /// The hypergraph.
    pub fn graph(&self) -> &'a Hypergraph {
        self.graph
    }

    /// Whether there are tables of pins and of distances from core to core.
    pub(super) fn is_dense(&self) -> bool {
        self.dense.is_some()
    }

    /// Costs of packets by route.
    pub fn distances(&self) -> &'a Distances {
        self.distances
    }

    /// Capacity of a core.
    pub fn capacity(&self) -> Capacity<'a> {
        self.capacity
    }

    /// Number of cores.
    pub fn cores(&self) -> usize {
        self.tile.len()
    }

    /// Core of each vertex.
    pub fn core(&self) -> &[u32] {
        &self.core
    }

    /// Tile of each core.
    pub fn tile(&self) -> &[u32] {
        &self.tile
    }

    /// Kind of vertices that each core holds.
    pub fn kind(&self) -> &[u32] {
        &self.kind
    }

    /// Neurons of each core.
    pub fn neurons(&self) -> &[u64] {
        &self.neurons
    }

    /// Distinct sources that each core hears.
    pub fn axons_in(&self) -> &[u64] {
        &self.axons_in
    }

    /// Pairs of a neuron of each core and a core that hears it.
    pub fn axons_out(&self) -> &[u64] {
        &self.axons_out
    }

    /// Synapse memory of each core, if rows take what the capacity says (bits).
    pub fn memory(&self) -> &[u64] {
        &self.memory
    }

    /// Number of cores that exceed a limit.
    pub fn broken(&self) -> usize {
        self.over().iter().sum()
    }

    /// Number of cores that exceed each limit: neurons, axons in, axons out, synapse memory.
    pub(super) fn over(&self) -> [usize; 4] {
        let over = |all: &[u64], most: u64| all.iter().filter(|one| **one > most).count();
        let Capacity { neurons, axons_in, axons_out, memory, .. } = self.capacity;
        [
            over(&self.neurons, neurons),
            over(&self.axons_in, axons_in),
            over(&self.axons_out, axons_out),
            over(&self.memory, memory),
        ]
    }

    /// Vertices of a core.
    pub fn members(&self, core: u32) -> &[u32] {
        &self.members[core as usize]
    }

    #[inline]
    pub(super) fn reached(&self, net: u32) -> &[CoreReach] {
        &self.reached[self.graph.first_pin(net)..][..self.reaches[net as usize] as usize]
    }

    #[inline]
    pub(super) fn pins_in(&self, net: u32, core: u32) -> u32 {
        match &self.dense {
            Some(counts) => counts.of(net, core),
            None => self.reached(net).iter().find(|reach| reach.core == core).map_or(0, |reach| reach.pins),
        }
    }

    /// Whether a net has no pin in a core.
    #[inline]
    fn is_absent(&self, net: u32, core: u32) -> bool {
        match &self.dense {
            Some(counts) => !counts.any(net, core),
            None => self.pins_in(net, core) == 0,
        }
    }

    /// Whether a net has one pin in a core.
    #[inline]
    pub(super) fn is_single(&self, net: u32, core: u32) -> bool {
        match &self.dense {
            Some(counts) => counts.one(net, core),
            None => self.pins_in(net, core) == 1,
        }
    }

    /// Whether a net has one pin in a core that hears it.
    #[inline]
    pub(super) fn is_lone(&self, net: u32, reach: CoreReach) -> bool {
        match &self.dense {
            Some(counts) => counts.one(net, reach.core),
            None => reach.pins == 1,
        }
    }

    /// Cost of a packet of a net on its route to a core on a tile.
    #[inline]
    fn way(&self, net: u32, tile: u32) -> u64 {
        match self.graph.source[net as usize] {
            OUTSIDE => self.distances.from_host()[tile as usize].into(),
            source => self.distances.between(self.tile[self.core[source as usize] as usize], tile).into(),
        }
    }

    /// Costs of the packets of a net from every tile or from the host.
    #[inline]
    pub(super) fn ways(&self, net: u32) -> &'a [u16] {
        match self.graph.source[net as usize] {
            OUTSIDE => self.distances.from_host(),
            source => self.distances.from(self.tile[self.core[source as usize] as usize]),
        }
    }

    /// Cost of all packets.
    pub fn cost(&self) -> u64 {
        (0..self.graph.nets() as u32).map(|net| self.cost_of(net)).sum()
    }

    /// Cost of the packets of one net.
    pub fn cost_of(&self, net: u32) -> u64 {
        let each = u64::from(self.graph.weight[net as usize]);
        let ways = self.reached(net).iter().map(|reach| self.way(net, self.tile[reach.core as usize]));
        each * ways.sum::<u64>()
    }

    /// Packets between cores: (from, to, packets), for each pair that exchanges any, in order.
    pub fn traffic(&self) -> Vec<(u32, u32, u64)> {
        let mut all = Vec::new();
        let mut packets = vec![0u64; self.cores()];
        for from in 0..self.cores() as u32 {
            let mut seen = Vec::new();
            for net in self.members(from).iter().flat_map(|vertex| self.graph.driven(*vertex)) {
                for reach in self.reached(*net) {
                    let sum = &mut packets[reach.core as usize];
                    if *sum == 0 {
                        seen.push(reach.core);
                    }
                    *sum += u64::from(self.graph.weight[*net as usize]);
                }
            }
            seen.sort_unstable();
            all.extend(seen.into_iter().map(|to| (from, to, std::mem::take(&mut packets[to as usize]))));
        }
        all
    }

    /// Whether a core has room for more neurons.
    pub fn has_room(&self, core: u32, neurons: u32) -> bool {
        self.neurons[core as usize] + u64::from(neurons) <= self.capacity.neurons
    }
}
