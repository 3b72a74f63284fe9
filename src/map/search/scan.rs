//! The best core for a vertex: what it would cost in every core, or in those it has to do with.

use super::assignment::Assignment;
use super::hypergraph::OUTSIDE;

/// Most tiles that are all looked at; of more, only those that the vertex has to do with.
const MOST_TILES: usize = 1024;
/// Cores looked at on a larger chip.
const CANDIDATES: usize = 12;

/// Working memory of a search for the best core.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// Cost of the vertex on each tile, if no core heard its nets yet.
    by_tile: Vec<u64>,
    /// What of that is not paid in each core, because another vertex there hears the net.
    by_core: Vec<u64>,
    cores_of: Vec<Vec<u32>>,
    touched: Vec<u32>,
}

/// A move that was found: where to, and by how much the cost falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) to: u32,
    pub(super) gain: i64,
}

impl Scan {
    pub(super) fn new(at: &Assignment<'_>) -> Self {
        let kinds = at.kind().iter().max().map_or(0, |most| *most as usize + 1);
        let mut cores_of = vec![Vec::new(); kinds];
        for (core, kind) in (0..).zip(at.kind()) {
            cores_of[*kind as usize].push(core);
        }
        let (by_tile, by_core) = (vec![0; at.distances().tiles()], vec![0; at.cores()]);
        Self { by_tile, by_core, cores_of, touched: Vec::new() }
    }

    /// Cores for vertices of a kind.
    pub(super) fn cores_of(&self, kind: u32) -> &[u32] {
        &self.cores_of[kind as usize]
    }

    /// The best other core with room for a vertex, whether it is better than its own or not.
    pub(super) fn best(&mut self, at: &Assignment<'_>, vertex: u32) -> Option<Found> {
        if self.cores_of[at.graph().kind[vertex as usize] as usize].len() < 2 {
            return None;
        }
        match at.distances().tiles() <= MOST_TILES {
            true => self.best_of_all(at, vertex),
            false => self.best_of_near(at, vertex),
        }
    }

    fn best_of_all(&mut self, at: &Assignment<'_>, vertex: u32) -> Option<Found> {
        let own = at.core()[vertex as usize];
        self.add_up(at, vertex, own);
        let cost = |core: u32| self.by_tile[at.tile()[core as usize] as usize] - self.by_core[core as usize];
        let (size, kind) = (at.graph().size[vertex as usize], at.graph().kind[vertex as usize]);
        let open = self.cores_of[kind as usize].iter().copied();
        let open = open.filter(|core| *core != own && at.has_room(*core, size));
        let to = open.min_by_key(|core| (cost(*core), at.neurons()[*core as usize], *core))?;
        Some(Found { to, gain: cost(own) as i64 - cost(to) as i64 })
    }

    fn add_up(&mut self, at: &Assignment<'_>, vertex: u32, own: u32) {
        let (graph, tile) = (at.graph(), at.tile());
        self.by_tile.fill(0);
        self.by_core.fill(0);
        for net in graph.driven(vertex) {
            let weight = graph.weight[*net as usize];
            for reach in at.reached(*net) {
                add(&mut self.by_tile, weight, at.distances().to(tile[reach.core as usize]));
            }
        }
        for net in graph.heard(vertex) {
            let (weight, ways) = (graph.weight[*net as usize], at.ways(*net));
            add(&mut self.by_tile, weight, ways);
            for reach in at.reached(*net) {
                self.by_core[reach.core as usize] +=
                    u64::from(weight) * u64::from(ways[tile[reach.core as usize] as usize]);
            }
            if at.pins_in(*net, own) == 1 {
                self.by_core[own as usize] -= u64::from(weight) * u64::from(ways[tile[own as usize] as usize]);
            }
        }
    }

    /// Looks at the cores that hear most of what the vertex hears, and at those of its sources.
    fn best_of_near(&mut self, at: &Assignment<'_>, vertex: u32) -> Option<Found> {
        let (graph, own) = (at.graph(), at.core()[vertex as usize]);
        let (size, kind) = (graph.size[vertex as usize], graph.kind[vertex as usize]);
        self.touched.clear();
        let (by_core, touched) = (&mut self.by_core, &mut self.touched);
        let mut count = |core: u32, weight: u32| {
            if by_core[core as usize] == 0 {
                touched.push(core);
            }
            by_core[core as usize] += u64::from(weight.max(1));
        };
        for net in graph.heard(vertex) {
            at.reached(*net).iter().for_each(|reach| count(reach.core, graph.weight[*net as usize]));
            if graph.source[*net as usize] != OUTSIDE {
                count(at.core()[graph.source[*net as usize] as usize], graph.weight[*net as usize]);
            }
        }
        for net in graph.driven(vertex) {
            at.reached(*net).iter().for_each(|reach| count(reach.core, graph.weight[*net as usize]));
        }
        let mut near = std::mem::take(&mut self.touched);
        let open = |core: &u32| *core != own && at.kind()[*core as usize] == kind && at.has_room(*core, size);
        near.sort_unstable_by_key(|core| (std::cmp::Reverse(self.by_core[*core as usize]), *core));
        near.iter().for_each(|core| self.by_core[*core as usize] = 0);
        let best = near.iter().filter(|core| open(core)).take(CANDIDATES).map(|core| (at.change(vertex, *core), *core));
        let best = best.min().map(|(change, to)| Found { to, gain: -change });
        self.touched = near;
        best
    }
}

/// Adds the cost of the packets of a net from or to all tiles.
#[inline]
fn add(sums: &mut [u64], weight: u32, ways: &[u16]) {
    sums.iter_mut().zip(ways).for_each(|(sum, way)| *sum += u64::from(weight) * u64::from(*way));
}
