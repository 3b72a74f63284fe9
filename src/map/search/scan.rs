//! The best core for a vertex: by its cost in every core, or in those it is connected with.

use super::assignment::Assignment;
use super::near::Near;

/// Working memory of a search for the best core.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// Cost of the vertex in each core.
    costs: Vec<u64>,
    ways: Vec<u32>,
    cores_of: Vec<Vec<u32>>,
    near: Near,
}

/// A move that was found: its target, and the decrease of the cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FoundMove {
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
        let (costs, ways) = (vec![0; at.cores()], vec![0; at.cores()]);
        Self { costs, ways, cores_of, near: Near::new(at.cores()) }
    }

    pub(super) fn cores_of(&self, kind: u32) -> &[u32] {
        &self.cores_of[kind as usize]
    }

    /// The best other core with room for a vertex, whether or not it is better than its own.
    pub(super) fn best(&mut self, at: &Assignment<'_>, vertex: u32) -> Option<FoundMove> {
        if self.cores_of[at.graph().kind[vertex as usize] as usize].len() < 2 {
            return None;
        }
        match at.is_dense() {
            true => self.best_of_all(at, vertex),
            false => self.best_of_near(at, vertex),
        }
    }

    /// Cost of a vertex in every core, up to a common constant.
    pub(super) fn costs(&mut self, at: &Assignment<'_>, vertex: u32) -> &[u64] {
        at.costs(vertex, &mut self.costs, &mut self.ways);
        &self.costs
    }

    fn best_of_all(&mut self, at: &Assignment<'_>, vertex: u32) -> Option<FoundMove> {
        at.costs(vertex, &mut self.costs, &mut self.ways);
        let own = at.core()[vertex as usize];
        let (size, kind) = (at.graph().size[vertex as usize], at.graph().kind[vertex as usize]);
        let open = self.cores_of[kind as usize].iter().copied();
        let open = open.filter(|core| *core != own && at.has_room(*core, size));
        let to = open.min_by_key(|core| (self.costs[*core as usize], at.neurons()[*core as usize], *core))?;
        Some(FoundMove { to, gain: self.costs[own as usize] as i64 - self.costs[to as usize] as i64 })
    }

    /// Evaluates the cores that it is most connected with; if none of these has room, the nearest that has.
    fn best_of_near(&mut self, at: &Assignment<'_>, vertex: u32) -> Option<FoundMove> {
        let own = at.core()[vertex as usize];
        let (size, kind) = (at.graph().size[vertex as usize], at.graph().kind[vertex as usize]);
        self.near.look(at, vertex);
        let cost = self.near.found[0].1;
        let open = self.near.found[1..].iter().filter(|(core, _)| at.has_room(*core, size));
        if let Some((least, to)) = open.map(|(core, cost)| (*cost, *core)).min() {
            return Some(FoundMove { to, gain: cost - least });
        }
        let ways = at.distances().from(at.tile()[own as usize]);
        let open = self.cores_of[kind as usize].iter().filter(|core| **core != own && at.has_room(**core, size));
        let to = *open.min_by_key(|core| (ways[at.tile()[**core as usize] as usize], **core))?;
        Some(FoundMove { to, gain: -at.change(vertex, to) })
    }
}
