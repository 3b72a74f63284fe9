//! Exact cost of a vertex in the cores that it is most connected with, by one look at its nets.
//!
//! A vertex adds no cost for a net that its core hears already. So its cost in a core is that of packets from all its
//! sources, less those that come there anyway, and of its own packets to those that hear it.

use super::assignment::Assignment;
use super::hypergraph::OUTSIDE;
use std::cmp::Reverse;

/// Number of cores evaluated.
const CANDIDATES: usize = 8;

#[derive(Clone, Debug)]
pub(super) struct Near {
    ties: Vec<Ties>,
    touched: Vec<u32>,
    /// Tiles from which packets come or to which they go, with the packets in both directions.
    ends: Vec<(u32, u64, u64)>,
    others: Vec<u32>,
    /// The cores evaluated, the vertex's own first, each with the vertex's cost there.
    pub(super) found: Vec<(u32, i64)>,
}

/// Traffic between a vertex and a core.
#[derive(Clone, Copy, Debug, Default)]
struct Ties {
    /// Packets that come from there.
    heard: u64,
    /// Packets that go there.
    sent: u64,
    /// Packets heard by the vertex that come there anyway.
    shared: u64,
    /// Cost of those packets.
    saved: u64,
    touched: bool,
}

impl Near {
    pub(super) fn new(cores: usize) -> Self {
        Self {
            ties: vec![Ties::default(); cores],
            touched: Vec::new(),
            ends: Vec::new(),
            others: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Computes the cost of a vertex in its own core and in others of its kind.
    pub(super) fn look(&mut self, at: &Assignment<'_>, vertex: u32) {
        let host = self.gather(at, vertex);
        let (own, kind) = (at.core()[vertex as usize], at.graph().kind[vertex as usize]);
        self.choose(at, own, kind);
        self.ends.clear();
        for core in &self.touched {
            let Ties { heard, sent, .. } = self.ties[*core as usize];
            if heard + sent > 0 {
                self.ends.push((at.tile()[*core as usize], heard, sent));
            }
        }
        self.found.clear();
        self.found.push((own, self.cost(at, host, own)));
        for other in 0..self.others.len() {
            let core = self.others[other];
            self.found.push((core, self.cost(at, host, core)));
        }
        self.touched.drain(..).for_each(|core| self.ties[core as usize] = Ties::default());
    }

    /// Chooses the cores to evaluate.
    fn choose(&mut self, at: &Assignment<'_>, own: u32, kind: u32) {
        let (ties, others) = (&self.ties, &mut self.others);
        others.clear();
        others.extend(self.touched.iter().filter(|core| **core != own && at.kind()[**core as usize] == kind));
        if others.len() > CANDIDATES {
            // Cores were met in the order of nets: ties go to the lower number instead.
            let key = |core: &u32| {
                let ties = &ties[*core as usize];
                (Reverse(ties.heard + ties.sent + ties.shared), *core)
            };
            others.select_nth_unstable_by_key(CANDIDATES, key);
            others.truncate(CANDIDATES);
        }
    }

    /// Gathers the traffic of a vertex with all cores; gives the host's packets to it.
    fn gather(&mut self, at: &Assignment<'_>, vertex: u32) -> u64 {
        let (graph, own) = (at.graph(), at.core()[vertex as usize]);
        let mut host = 0;
        for net in graph.heard(vertex) {
            let weight = u64::from(graph.weight[*net as usize]);
            let ways = match graph.source[*net as usize] {
                OUTSIDE => {
                    host += weight;
                    at.distances().from_host()
                }
                source => {
                    let core = at.core()[source as usize];
                    self.tie(core).heard += weight;
                    at.distances().from(at.tile()[core as usize])
                }
            };
            for reach in at.reached(*net) {
                if reach.core != own || !at.is_lone(*net, *reach) {
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

    fn cost(&self, at: &Assignment<'_>, host: u64, core: u32) -> i64 {
        let tile = at.tile()[core as usize];
        let (from, to) = (at.distances().from(tile), at.distances().to(tile));
        let mut sum = if host > 0 { host * u64::from(at.distances().from_host()[tile as usize]) } else { 0 };
        for (there, heard, sent) in &self.ends {
            sum += heard * u64::from(to[*there as usize]) + sent * u64::from(from[*there as usize]);
        }
        sum as i64 - self.ties[core as usize].saved as i64
    }
}
