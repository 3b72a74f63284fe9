//! What a vertex would cost in the cores that it has most to do with, exactly, by one look at its nets.
//!
//! In a core that hears a net already a vertex costs nothing for that net. So its cost in a core is that of packets
//! from all its sources, less those that come there anyway, and of its own packets to those that hear it.

use super::assignment::Assignment;
use super::hypergraph::OUTSIDE;
use std::cmp::Reverse;

/// Cores looked at.
const CANDIDATES: usize = 12;

/// Working memory.
#[derive(Clone, Debug)]
pub(super) struct Near {
    ties: Vec<Ties>,
    touched: Vec<u32>,
    /// The cores looked at, the vertex's own first, each with the vertex's cost there.
    pub(super) found: Vec<(u32, i64)>,
}

/// What a vertex has to do with a core.
#[derive(Clone, Copy, Debug, Default)]
struct Ties {
    /// Packets that come from there.
    heard: u64,
    /// Packets that go there.
    sent: u64,
    /// Packets of what the vertex hears that come there anyway.
    shared: u64,
    /// What those cost.
    saved: u64,
    touched: bool,
}

impl Near {
    pub(super) fn new(cores: usize) -> Self {
        Self { ties: vec![Ties::default(); cores], touched: Vec::new(), found: Vec::new() }
    }

    /// Works out what a vertex costs in its own core and in others of its kind.
    pub(super) fn look(&mut self, at: &Assignment<'_>, vertex: u32) {
        let host = self.gather(at, vertex);
        let (own, kind) = (at.core()[vertex as usize], at.graph().kind[vertex as usize]);
        let mut near = std::mem::take(&mut self.touched);
        // The order in which cores were met is that of nets, so ties go to the lower number instead.
        let key = |core: &u32| {
            let ties = &self.ties[*core as usize];
            (Reverse(ties.heard + ties.sent + ties.shared), *core)
        };
        let mut others: Vec<u32> =
            near.iter().copied().filter(|core| *core != own && at.kind()[*core as usize] == kind).collect();
        if others.len() > CANDIDATES {
            others.select_nth_unstable_by_key(CANDIDATES, key);
            others.truncate(CANDIDATES);
        }
        others.sort_unstable();
        self.found.clear();
        for core in std::iter::once(own).chain(others) {
            self.found.push((core, self.cost(at, &near, host, core)));
        }
        near.drain(..).for_each(|core| self.ties[core as usize] = Ties::default());
        self.touched = near;
    }

    /// Gathers what a vertex has to do with all cores; gives the host's packets to it.
    fn gather(&mut self, at: &Assignment<'_>, vertex: u32) -> u64 {
        let (graph, own) = (at.graph(), at.core()[vertex as usize]);
        let mut host = 0;
        for net in graph.heard(vertex) {
            let (weight, ways) = (u64::from(graph.weight[*net as usize]), at.ways(*net));
            match graph.source[*net as usize] {
                OUTSIDE => host += weight,
                source => self.tie(at.core()[source as usize]).heard += weight,
            }
            for reach in at.reached(*net) {
                if reach.core != own || reach.pins > 1 {
                    let tie = self.tie(reach.core);
                    tie.shared += weight;
                    tie.saved += weight * u64::from(ways[at.tile()[reach.core as usize] as usize]);
                }
            }
        }
        for net in graph.driven(vertex) {
            let weight = u64::from(graph.weight[*net as usize]);
            at.reached(*net).iter().for_each(|reach| self.tie(reach.core).sent += weight);
        }
        host
    }

    fn tie(&mut self, core: u32) -> &mut Ties {
        let tie = &mut self.ties[core as usize];
        if !std::mem::replace(&mut tie.touched, true) {
            self.touched.push(core);
        }
        tie
    }

    fn cost(&self, at: &Assignment<'_>, near: &[u32], host: u64, core: u32) -> i64 {
        let tile = at.tile()[core as usize];
        let (from, to) = (at.distances().from(tile), at.distances().to(tile));
        let mut sum = if host > 0 { host * u64::from(at.distances().from_host()[tile as usize]) } else { 0 };
        for other in near {
            let (ties, there) = (&self.ties[*other as usize], at.tile()[*other as usize] as usize);
            sum += ties.heard * u64::from(to[there]) + ties.sent * u64::from(from[there]);
        }
        sum as i64 - self.ties[core as usize].saved as i64
    }
}
