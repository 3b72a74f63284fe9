//! Vertices in cores and cores on tiles, with the exact cost of all packets, kept up move by move.
//!
//! A packet goes from the core of its source to every core that hears it; what it costs is the distance between
//! their tiles. With [`Distances::unit`] this is the connectivity of a partition (km1), with hops it is the traffic
//! of a mapping.

use super::capacity::Capacity;
use super::counts::Counts;
use super::distances::Distances;
use super::hypergraph::{Hypergraph, OUTSIDE};
use multiversion::multiversion;

/// Most places of the table of how many pins of a net are in a core; above, lists are searched instead.
const MOST_COUNTS: usize = 1 << 26;

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Assignment<'a> {
    graph: &'a Hypergraph,
    distances: &'a Distances,
    capacity: Capacity<'a>,
    /// Core of each vertex.
    core: Vec<u32>,
    /// Tile of each core.
    tile: Vec<u32>,
    /// Kind that each core is for.
    kind: Vec<u32>,
    neurons: Vec<u64>,
    axons_in: Vec<u64>,
    axons_out: Vec<u64>,
    memory: Vec<u64>,
    /// Vertices of each core, and the place of each vertex there.
    members: Vec<Vec<u32>>,
    place: Vec<u32>,
    /// Pins of each net in each core, where that table is not too large.
    dense: Option<Counts>,
    /// Then also what packets cost from core to core.
    near: Distances,
    /// Cores that hear each net, with its pins there, from the net's first pin on.
    reached: Vec<Reach>,
    reaches: Vec<u32>,
}

/// A core that hears a net.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) core: u32,
    pins: u32,
}

/// A change of the number of cores that hear a net, by one vertex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Change {
    leaves: bool,
    enters: bool,
}

impl<'a> Assignment<'a> {
    /// Puts every vertex into its core. `tile` and `kind` say where each core is and what it is for.
    pub fn new(
        graph: &'a Hypergraph,
        distances: &'a Distances,
        capacity: Capacity<'a>,
        core: Vec<u32>,
        (tile, kind): (Vec<u32>, Vec<u32>),
    ) -> Self {
        let cores = tile.len();
        let fits = graph.nets().saturating_mul(cores) <= MOST_COUNTS && graph.vertices() <= usize::from(u16::MAX);
        Self::build(graph, distances, capacity, core, (tile, kind), fits)
    }

    /// Likewise with lists instead of a table, whatever the size.
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
            dense: fits.then(|| Counts::new(graph.nets(), cores)),
            near: distances.between_those(if fits { &tile } else { &[] }),
            reached: vec![Reach::default(); graph.all_pins()],
            reaches: vec![0; graph.nets()],
            core: Vec::new(),
            tile,
            kind,
        };
        all.core = core;
        for vertex in 0..graph.vertices() as u32 {
            let at = all.core[vertex as usize];
            all.join(vertex, at);
            graph.heard(vertex).iter().for_each(|net| _ = all.enter(*net, at));
        }
        for net in 0..graph.nets() as u32 {
            for reach in 0..all.reaches[net as usize] as usize {
                let at = all.reached[graph.first_pin(net) + reach].core;
                all.count_axons(net, at, 1);
            }
        }
        all
    }

    /// What it was made of.
    pub fn graph(&self) -> &'a Hypergraph {
        self.graph
    }

    /// Whether there is a table of pins and of ways from core to core.
    pub(super) fn is_dense(&self) -> bool {
        self.dense.is_some()
    }

    /// Works out what a vertex costs in every core, up to what they have in common; only where there are tables.
    pub(super) fn costs(&self, vertex: u32, costs: &mut [u64], ways: &mut [u32]) {
        let Some(counts) = &self.dense else { return };
        let (graph, own) = (self.graph, self.core[vertex as usize]);
        costs.fill(0);
        for net in graph.driven(vertex) {
            ways.fill(0);
            self.reached(*net).iter().for_each(|reach| add(ways, self.near.to(reach.core)));
            let weight = u64::from(graph.weight[*net as usize]);
            costs.iter_mut().zip(&*ways).for_each(|(cost, ways)| *cost += weight * u64::from(*ways));
        }
        for net in graph.heard(vertex) {
            let ways = match graph.source[*net as usize] {
                OUTSIDE => self.near.from_host(),
                source => self.near.from(self.core[source as usize]),
            };
            let weight = graph.weight[*net as usize];
            counts.add_absent(*net, weight, ways, costs);
            if counts.one(*net, own) {
                costs[own as usize] += u64::from(weight) * u64::from(ways[own as usize]);
            }
        }
    }

    /// What packets cost on their ways.
    pub fn distances(&self) -> &'a Distances {
        self.distances
    }

    /// What fits into a core.
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

    /// Kind that each core is for.
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

    /// Limits that cores break.
    pub fn broken(&self) -> usize {
        let over = |all: &[u64], most: u64| all.iter().filter(|one| **one > most).count();
        let Capacity { neurons, axons_in, axons_out, memory, .. } = self.capacity;
        over(&self.neurons, neurons)
            + over(&self.axons_in, axons_in)
            + over(&self.axons_out, axons_out)
            + over(&self.memory, memory)
    }

    /// Vertices of a core.
    pub fn members(&self, core: u32) -> &[u32] {
        &self.members[core as usize]
    }

    /// Cores that hear a net.
    #[inline]
    pub(super) fn reached(&self, net: u32) -> &[Reach] {
        &self.reached[self.graph.first_pin(net)..][..self.reaches[net as usize] as usize]
    }

    /// Pins of a net in a core.
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

    /// What a packet of a net costs on its way to a core on a tile.
    #[inline]
    fn way(&self, net: u32, tile: u32) -> u64 {
        match self.graph.source[net as usize] {
            OUTSIDE => self.distances.from_host()[tile as usize].into(),
            source => self.distances.between(self.tile[self.core[source as usize] as usize], tile).into(),
        }
    }

    /// What the packets of a net cost from every tile or from the host.
    #[inline]
    pub(super) fn ways(&self, net: u32) -> &'a [u16] {
        match self.graph.source[net as usize] {
            OUTSIDE => self.distances.from_host(),
            source => self.distances.from(self.tile[self.core[source as usize] as usize]),
        }
    }

    /// What all packets cost.
    pub fn cost(&self) -> u64 {
        (0..self.graph.nets() as u32).map(|net| self.cost_of(net)).sum()
    }

    /// What the packets of one net cost.
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

    /// By how much the cost changes when a vertex moves.
    pub fn change(&self, vertex: u32, to: u32) -> i64 {
        let from = self.core[vertex as usize];
        let (old, new) = (self.tile[from as usize], self.tile[to as usize]);
        let mut sum = 0i64;
        let (from_old, from_new) = (self.distances.from(old), self.distances.from(new));
        for net in self.graph.driven(vertex) {
            let tiles = self.reached(*net).iter().map(|reach| self.tile[reach.core as usize] as usize);
            let ways: i64 = tiles.map(|tile| i64::from(from_new[tile]) - i64::from(from_old[tile])).sum();
            sum += i64::from(self.graph.weight[*net as usize]) * ways;
        }
        for net in self.graph.heard(vertex) {
            let Change { leaves, enters } = self.change_of(*net, from, to);
            if leaves || enters {
                let ways = self.ways(*net);
                let way = i64::from(enters) * i64::from(ways[new as usize])
                    - i64::from(leaves) * i64::from(ways[old as usize]);
                sum += i64::from(self.graph.weight[*net as usize]) * way;
            }
        }
        sum
    }

    /// By how much more the cost changes when two vertices change cores than the two changes alone add up to.
    ///
    /// A net that both hear loses no core and gains none; a net from one to the other is as long as before, but for
    /// who else hears it.
    pub fn together(&self, one: u32, other: u32) -> i64 {
        let (from, to) = (self.core[one as usize], self.core[other as usize]);
        let (old, new) = (self.tile[from as usize], self.tile[to as usize]);
        let mut sum = 0;
        let (mut left, mut right) = (self.graph.heard(one), self.graph.heard(other));
        // Both lists are ascending.
        while let (Some(a), Some(b)) = (left.first(), right.first()) {
            if a == b {
                let ways = |core: u32, tile: u32| u64::from(self.is_single(*a, core)) * self.way(*a, tile);
                sum += u64::from(self.graph.weight[*a as usize]) * (ways(from, old) + ways(to, new));
            }
            (left, right) = (&left[usize::from(a <= b)..], &right[usize::from(b <= a)..]);
        }
        for (source, pin) in [(one, other), (other, one)] {
            let (here, there) = (self.core[source as usize], self.core[pin as usize]);
            let (here_tile, there_tile) = (self.tile[here as usize], self.tile[there as usize]);
            for net in self.graph.driven(source).iter().filter(|net| self.graph.pins(**net).binary_search(&pin).is_ok())
            {
                let back =
                    u64::from(self.is_absent(*net, here)) * u64::from(self.distances.between(there_tile, here_tile));
                let out =
                    u64::from(self.is_single(*net, there)) * u64::from(self.distances.between(here_tile, there_tile));
                sum += u64::from(self.graph.weight[*net as usize]) * (back + out);
            }
        }
        sum as i64
    }

    #[inline]
    fn change_of(&self, net: u32, from: u32, to: u32) -> Change {
        Change { leaves: self.is_single(net, from), enters: self.is_absent(net, to) }
    }

    /// Whether a core has room for so many neurons more.
    pub fn has_room(&self, core: u32, neurons: u32) -> bool {
        self.neurons[core as usize] + u64::from(neurons) <= self.capacity.neurons
    }

    /// Whether axons and synapses still fit when a vertex moves. A core that is over its limit may only lose.
    pub fn rest_fits(&self, vertex: u32, to: u32) -> bool {
        if !self.capacity.is_more_than_neurons() {
            return true;
        }
        let from = self.core[vertex as usize];
        let (mut fresh, mut bits) = (0, 0);
        let mut sources: Vec<(u32, i64)> = Vec::new();
        for net in self.graph.heard(vertex) {
            let Change { leaves, enters } = self.change_of(*net, from, to);
            let axons = self.graph.axons[*net as usize];
            fresh += if enters { u64::from(axons) } else { 0 };
            if self.capacity.memory != u64::MAX {
                let pins = self.pins_in(*net, to);
                bits += self.capacity.row(pins + 1) - self.capacity.row(pins);
            }
            if leaves != enters && self.capacity.axons_out != u64::MAX {
                sources.push((self.graph.source[*net as usize], if enters { axons.into() } else { -i64::from(axons) }));
            }
        }
        let of_its_own: u64 = self.graph.driven(vertex).iter().map(|net| self.axons_out_of(*net)).sum();
        self.axons_in[to as usize] + fresh <= self.capacity.axons_in
            && self.memory[to as usize] + bits <= self.capacity.memory
            && self.axons_out[to as usize] + of_its_own <= self.capacity.axons_out
            && self.sources_fit(sources)
    }

    /// Whether the cores of some sources have room for these changes of their outgoing axons.
    fn sources_fit(&self, sources: Vec<(u32, i64)>) -> bool {
        let on_chip = sources.into_iter().filter(|(source, _)| *source != OUTSIDE);
        let mut by_core: Vec<(u32, i64)> = on_chip.map(|(source, more)| (self.core[source as usize], more)).collect();
        by_core.sort_unstable();
        by_core.chunk_by(|a, b| a.0 == b.0).all(|group| {
            let more: i64 = group.iter().map(|(_, more)| more).sum();
            more <= 0 || self.axons_out[group[0].0 as usize] + more as u64 <= self.capacity.axons_out
        })
    }

    fn axons_out_of(&self, net: u32) -> u64 {
        u64::from(self.graph.axons[net as usize]) * u64::from(self.reaches[net as usize])
    }

    /// Moves a vertex to another core.
    pub fn shift(&mut self, vertex: u32, to: u32) {
        let from = self.core[vertex as usize];
        self.leave(vertex, from);
        self.join(vertex, to);
        let driven = self.graph.driven(vertex).iter().map(|net| self.axons_out_of(*net)).sum::<u64>();
        self.axons_out[from as usize] -= driven;
        self.axons_out[to as usize] += driven;
        for net in self.graph.heard(vertex) {
            // A list has room for as many cores as there are pins: first one fewer, then one more.
            if self.exit(*net, from) {
                self.count_axons(*net, from, -1);
            }
            if self.enter(*net, to) {
                self.count_axons(*net, to, 1);
            }
        }
    }

    fn join(&mut self, vertex: u32, core: u32) {
        self.core[vertex as usize] = core;
        self.neurons[core as usize] += u64::from(self.graph.size[vertex as usize]);
        self.place[vertex as usize] = self.members[core as usize].len() as u32;
        self.members[core as usize].push(vertex);
    }

    fn leave(&mut self, vertex: u32, core: u32) {
        self.neurons[core as usize] -= u64::from(self.graph.size[vertex as usize]);
        let (members, place) = (&mut self.members[core as usize], self.place[vertex as usize]);
        members.swap_remove(place as usize);
        if let Some(moved) = members.get(place as usize) {
            self.place[*moved as usize] = place;
        }
    }

    /// Counts that a core hears a net, or no longer does.
    fn count_axons(&mut self, net: u32, core: u32, sign: i64) {
        let axons = u64::from(self.graph.axons[net as usize]);
        let add = |sum: &mut u64| *sum = if sign > 0 { *sum + axons } else { *sum - axons };
        add(&mut self.axons_in[core as usize]);
        let source = self.graph.source[net as usize];
        if source != OUTSIDE {
            add(&mut self.axons_out[self.core[source as usize] as usize]);
        }
    }

    /// Adds a pin of a net to a core; says whether it is the first there.
    fn enter(&mut self, net: u32, core: u32) -> bool {
        let first = self.graph.first_pin(net);
        let len = self.reaches[net as usize] as usize;
        let pins = if let Some(counts) = &mut self.dense {
            counts.add(net, core)
        } else if let Some(reach) = self.reached[first..][..len].iter_mut().find(|reach| reach.core == core) {
            reach.pins += 1;
            reach.pins
        } else {
            1
        };
        if self.capacity.memory != u64::MAX {
            self.memory[core as usize] += self.capacity.row(pins) - self.capacity.row(pins - 1);
        }
        if pins == 1 {
            self.reached[first + len] = Reach { core, pins };
            self.reaches[net as usize] += 1;
        }
        pins == 1
    }

    /// Takes a pin of a net from a core; says whether it was the last there.
    fn exit(&mut self, net: u32, core: u32) -> bool {
        let len = self.reaches[net as usize] as usize;
        let list = &mut self.reached[self.graph.first_pin(net)..][..len];
        let pins = if let Some(counts) = &mut self.dense {
            counts.take(net, core)
        } else {
            let reach = list.iter_mut().find(|reach| reach.core == core);
            reach.map_or(0, |reach| {
                reach.pins -= 1;
                reach.pins
            })
        };
        if self.capacity.memory != u64::MAX {
            self.memory[core as usize] -= self.capacity.row(pins + 1) - self.capacity.row(pins);
        }
        if pins == 0
            && let Some(at) = list.iter().position(|reach| reach.core == core)
        {
            list.swap(at, len - 1);
            self.reaches[net as usize] -= 1;
        }
        pins == 0
    }
}

/// Adds the ways of one row to sums.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn add(sums: &mut [u32], ways: &[u16]) {
    sums.iter_mut().zip(ways).for_each(|(sum, way)| *sum += u32::from(*way));
}
