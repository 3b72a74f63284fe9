//! The best core for a vertex: what it would cost in every core, or in those it has to do with.

use super::assignment::Assignment;
use super::hypergraph::OUTSIDE;

/// Cores looked at where not all are.
const CANDIDATES: usize = 12;

/// Working memory of a search for the best core.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// Cost of the vertex in each core.
    costs: Vec<u64>,
    ways: Vec<u32>,
    /// What a vertex has to do with each core.
    common: Vec<u64>,
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
        let (costs, ways, common) = (vec![0; at.cores()], vec![0; at.cores()], vec![0; at.cores()]);
        Self { costs, ways, common, cores_of, touched: Vec::new() }
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
        match at.is_dense() {
            true => self.best_of_all(at, vertex),
            false => self.best_of_near(at, vertex),
        }
    }

    /// What a vertex costs in every core, up to what they have in common.
    pub(super) fn costs(&mut self, at: &Assignment<'_>, vertex: u32) -> &[u64] {
        at.costs(vertex, &mut self.costs, &mut self.ways);
        &self.costs
    }

    fn best_of_all(&mut self, at: &Assignment<'_>, vertex: u32) -> Option<Found> {
        at.costs(vertex, &mut self.costs, &mut self.ways);
        let own = at.core()[vertex as usize];
        let (size, kind) = (at.graph().size[vertex as usize], at.graph().kind[vertex as usize]);
        let open = self.cores_of[kind as usize].iter().copied();
        let open = open.filter(|core| *core != own && at.has_room(*core, size));
        let to = open.min_by_key(|core| (self.costs[*core as usize], at.neurons()[*core as usize], *core))?;
        Some(Found { to, gain: self.costs[own as usize] as i64 - self.costs[to as usize] as i64 })
    }

    /// Looks at the cores that hear most of what the vertex hears, and at those of its sources.
    fn best_of_near(&mut self, at: &Assignment<'_>, vertex: u32) -> Option<Found> {
        let (graph, own) = (at.graph(), at.core()[vertex as usize]);
        let (size, kind) = (graph.size[vertex as usize], graph.kind[vertex as usize]);
        self.touched.clear();
        let (common, touched) = (&mut self.common, &mut self.touched);
        let mut count = |core: u32, weight: u32| {
            if common[core as usize] == 0 {
                touched.push(core);
            }
            common[core as usize] += u64::from(weight.max(1));
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
        near.sort_unstable_by_key(|core| (std::cmp::Reverse(self.common[*core as usize]), *core));
        near.iter().for_each(|core| self.common[*core as usize] = 0);
        let best = near.iter().filter(|core| open(core)).take(CANDIDATES).map(|core| (at.change(vertex, *core), *core));
        let best = best.min().map(|(change, to)| Found { to, gain: -change });
        self.touched = near;
        best
    }
}
