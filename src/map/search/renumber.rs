//! Renumbering of vertices so that connected ones are near: breadth first along nets, as by Cuthill and McKee. It only
//! changes memory locality, which dominates the run time of large networks.

use super::hypergraph::{Hypergraph, OUTSIDE};

/// All vertices, each soon after those it is connected with.
pub(super) fn order(graph: &Hypergraph) -> Vec<u32> {
    let vertices = graph.vertices();
    let mut seen = vec![false; vertices];
    let mut order: Vec<u32> = Vec::with_capacity(vertices);
    for first in 0..vertices as u32 {
        if std::mem::replace(&mut seen[first as usize], true) {
            continue;
        }
        let mut next = order.len();
        order.push(first);
        while let Some(vertex) = order.get(next).copied() {
            next += 1;
            let pins = graph.driven(vertex).iter().flat_map(|net| graph.pins(*net)).copied();
            let sources = graph.heard(vertex).iter().map(|net| graph.source[*net as usize]);
            for other in pins.chain(sources.filter(|source| *source != OUTSIDE)) {
                if !std::mem::replace(&mut seen[other as usize], true) {
                    order.push(other);
                }
            }
        }
    }
    order
}

/// The hypergraph with its vertices in an order, and its nets in that of their sources.
pub(super) fn renumbered(graph: &Hypergraph, order: &[u32]) -> Hypergraph {
    let mut number = vec![0; order.len()];
    (0..).zip(order).for_each(|(at, vertex)| number[*vertex as usize] = at);
    let of = |all: &[u32]| order.iter().map(|vertex| all[*vertex as usize]).collect();
    let mut new = Hypergraph::begin(of(&graph.size), of(&graph.kind));
    new.reserve(graph.nets(), graph.all_pins());
    let mut pins = Vec::new();
    let driven = order.iter().flat_map(|vertex| graph.driven(*vertex)).copied();
    let outside = (0..graph.nets() as u32).filter(|net| graph.source[*net as usize] == OUTSIDE);
    for net in driven.chain(outside) {
        pins.clear();
        pins.extend(graph.pins(net).iter().map(|pin| number[*pin as usize]));
        pins.sort_unstable();
        let source = match graph.source[net as usize] {
            OUTSIDE => OUTSIDE,
            source => number[source as usize],
        };
        new.push(source, graph.weight[net as usize], graph.axons[net as usize], &pins);
    }
    new.finish();
    new
}
