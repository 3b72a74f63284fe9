//! Moves of vertices: the change of the cost, the check for room, and the move.

use super::super::hypergraph::OUTSIDE;
use super::{Assignment, CoreReach};
use multiversion::multiversion;

/// A change in the number of cores that hear a net, by one vertex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PinChange {
    leaves: bool,
    enters: bool,
}

impl Assignment<'_> {
    /// Computes the cost of a vertex in every core, up to a common constant; requires the tables.
    pub(in super::super) fn costs(&self, vertex: u32, costs: &mut [u64], ways: &mut [u32]) {
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

    /// Change of the cost when a vertex moves.
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
            let PinChange { leaves, enters } = self.change_of(*net, from, to);
            if leaves || enters {
                let ways = self.ways(*net);
                let way = i64::from(enters) * i64::from(ways[new as usize])
                    - i64::from(leaves) * i64::from(ways[old as usize]);
                sum += i64::from(self.graph.weight[*net as usize]) * way;
            }
        }
        sum
    }

    /// Difference between the change of the cost when two vertices swap cores and the sum of the two single changes.
    ///
    /// A net that both hear loses no core and gains none; a net from one to the other stays as long as before, apart
    /// from its other listeners.
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
    fn change_of(&self, net: u32, from: u32, to: u32) -> PinChange {
        PinChange { leaves: self.is_single(net, from), enters: self.is_absent(net, to) }
    }

    /// Whether axons and synapses still fit when a vertex moves. A core that exceeds its limit may only lose.
    pub fn rest_fits(&self, vertex: u32, to: u32) -> bool {
        if !self.capacity.is_more_than_neurons() {
            return true;
        }
        let from = self.core[vertex as usize];
        let (mut fresh, mut bits) = (0, 0);
        let mut sources: Vec<(u32, i64)> = Vec::new();
        for net in self.graph.heard(vertex) {
            let PinChange { leaves, enters } = self.change_of(*net, from, to);
            let axons = self.graph.axons[*net as usize];
            fresh += if enters { u64::from(axons) } else { 0 };
            if self.capacity.memory != u64::MAX {
                let pins = self.pins_in(*net, to);
                let kind = self.kind[to as usize];
                bits += self.capacity.row(kind, pins + 1) - self.capacity.row(kind, pins);
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
            // A list has room for as many cores as there are pins: remove one first, then add one.
            if self.exit(*net, from) {
                self.count_axons(*net, from, -1);
            }
            if self.enter(*net, to) {
                self.count_axons(*net, to, 1);
            }
        }
    }

    pub(super) fn join(&mut self, vertex: u32, core: u32) {
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

    /// Counts that a core starts or stops hearing a net.
    pub(super) fn count_axons(&mut self, net: u32, core: u32, sign: i64) {
        let axons = u64::from(self.graph.axons[net as usize]);
        let add = |sum: &mut u64| *sum = if sign > 0 { *sum + axons } else { *sum - axons };
        add(&mut self.axons_in[core as usize]);
        let source = self.graph.source[net as usize];
        if source != OUTSIDE {
            add(&mut self.axons_out[self.core[source as usize] as usize]);
        }
    }

    /// Adds a pin of a net to a core; gives whether it is the first there.
    pub(super) fn enter(&mut self, net: u32, core: u32) -> bool {
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
            let kind = self.kind[core as usize];
            self.memory[core as usize] += self.capacity.row(kind, pins) - self.capacity.row(kind, pins - 1);
        }
        if pins == 1 {
            self.reached[first + len] = CoreReach { core, pins };
            self.reaches[net as usize] += 1;
        }
        pins == 1
    }

    /// Removes a pin of a net from a core; gives whether it was the last there.
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
            let kind = self.kind[core as usize];
            self.memory[core as usize] -= self.capacity.row(kind, pins + 1) - self.capacity.row(kind, pins);
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

/// Adds the distances of one row to sums.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn add(sums: &mut [u32], ways: &[u16]) {
    sums.iter_mut().zip(ways).for_each(|(sum, way)| *sum += u32::from(*way));
}
