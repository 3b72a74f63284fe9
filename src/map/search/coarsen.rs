//! Coarsening: vertices that hear the same nets are merged, level by level.

use super::hypergraph::{Hypergraph, OUTSIDE};
use crate::rng::Stream;
use rand::seq::SliceRandom;

/// Nets of more pins say little about which vertices belong together, and would take most of the time.
const MOST_PINS: usize = 400;
/// Rating of a shared net of two ends, whatever its weight.
const SCALE: u64 = 1 << 12;

/// Groups vertices of one kind up to `most` neurons; gives the group of each vertex, and the number of groups, at least
/// `fewest` if possible.
pub(super) fn group(graph: &Hypergraph, most: u32, fewest: usize, stream: &mut Stream) -> (Vec<u32>, usize) {
    let vertices = graph.vertices();
    let mut order: Vec<u32> = (0..vertices as u32).collect();
    order.shuffle(stream);
    let mut state = Groups {
        graph,
        most,
        leader: (0..vertices as u32).collect(),
        size: graph.size.clone(),
        single: vec![true; vertices],
        rating: vec![0; vertices],
        touched: Vec::new(),
    };
    let mut left = vertices;
    for vertex in order {
        if left <= fewest {
            break;
        }
        if !state.single[vertex as usize] {
            continue;
        }
        if let Some(leader) = state.best_for(vertex) {
            state.join(vertex, leader);
            left -= 1;
        }
    }
    number(&state.leader)
}

/// Groups that grow; a leader leads itself.
struct Groups<'a> {
    graph: &'a Hypergraph,
    most: u32,
    leader: Vec<u32>,
    size: Vec<u32>,
    /// Whether a vertex is alone.
    single: Vec<bool>,
    rating: Vec<u64>,
    touched: Vec<u32>,
}

impl Groups<'_> {
    /// The group with the most in common that has room, by its leader.
    fn best_for(&mut self, vertex: u32) -> Option<u32> {
        let (graph, leader) = (self.graph, &self.leader);
        let (rating, touched) = (&mut self.rating, &mut self.touched);
        let mut rate = |other: u32, by: u64| {
            let group = leader[other as usize];
            if rating[group as usize] == 0 {
                touched.push(group);
            }
            rating[group as usize] += by;
        };
        for net in graph.heard(vertex).iter().chain(graph.driven(vertex)) {
            let pins = graph.pins(*net);
            if pins.len() > MOST_PINS {
                continue;
            }
            let by = u64::from(graph.weight[*net as usize]) * SCALE / pins.len() as u64;
            pins.iter().for_each(|pin| rate(*pin, by.max(1)));
            if graph.source[*net as usize] != OUTSIDE {
                rate(graph.source[*net as usize], by.max(1));
            }
        }
        let room = self.most.saturating_sub(graph.size[vertex as usize]);
        let kind = graph.kind[vertex as usize];
        let mut best: Option<(u64, u32, u32)> = None;
        for group in self.touched.drain(..) {
            let rating = std::mem::take(&mut self.rating[group as usize]);
            if group == vertex || self.size[group as usize] > room || graph.kind[group as usize] != kind {
                continue;
            }
            // Of equals the smaller group, then the lower number.
            let key = (rating, u32::MAX - self.size[group as usize], u32::MAX - group);
            if best.is_none_or(|best| key > best) {
                best = Some(key);
            }
        }
        best.map(|(_, _, group)| u32::MAX - group)
    }

    fn join(&mut self, vertex: u32, leader: u32) {
        self.leader[vertex as usize] = leader;
        self.size[leader as usize] += self.graph.size[vertex as usize];
        (self.single[vertex as usize], self.single[leader as usize]) = (false, false);
    }
}

/// Numbers groups in the order of their first vertices.
fn number(leader: &[u32]) -> (Vec<u32>, usize) {
    let mut numbers = vec![u32::MAX; leader.len()];
    let mut next = 0;
    let of = |leader: &u32| {
        let number = &mut numbers[*leader as usize];
        if *number == u32::MAX {
            *number = next;
            next += 1;
        }
        *number
    };
    let group = leader.iter().map(of).collect();
    (group, next as usize)
}

#[cfg(test)]
mod tests {
    use super::super::hypergraph::Net;
    use super::*;
    use crate::rng::{Domain, stream};

    #[test]
    fn what_talks_to_each_other_comes_together() {
        // Two cliques of four with one net between.
        let clique = |first: u32| (first..first + 4).map(move |v| (v, (first..first + 4).collect::<Vec<_>>()));
        let nets = clique(0).chain(clique(4)).chain([(0, vec![5])]);
        let nets = nets.map(|(source, pins)| Net { source, pins, weight: 1, axons: 1 });
        let graph = Hypergraph::new(vec![1; 8], vec![0; 8], nets);
        let (group, groups) = group(&graph, 4, 2, &mut stream(3, Domain::Placement, 0));
        assert!(groups < 8);
        assert!((0..8).all(|a| (0..8).all(|b| group[a] != group[b] || a / 4 == b / 4)), "{group:?}");
    }
}
