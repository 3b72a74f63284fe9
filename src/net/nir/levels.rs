//! Timing of layers: on a chip a spike takes a step from layer to layer, in NIR it takes none.
//!
//! A layer of level l has its own step t in step t + l of the chip, and rests before; the level is the longest path
//! from the inputs. A projection that skips levels waits for as many steps. One that closes a loop acts in the next of
//! its own steps.

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Control, DfsEvent, depth_first_search};
use std::collections::BTreeSet;

/// Levels of layers, and the least delays of projections.
pub(super) struct Levels {
    /// Level by layer.
    pub(super) level: Vec<u32>,
    /// By projection, in the given order: steps on the chip for a synapse without an additional delay.
    pub(super) delay: Vec<u32>,
    /// Projections that act later than the next step of a loop, with the number of steps.
    pub(super) late: Vec<(usize, u32)>,
}

/// Finds levels and delays; `ends` are the layers that each projection joins.
pub(super) fn levels(layers: usize, ends: &[(usize, usize)]) -> Levels {
    let mut graph = DiGraph::<(), ()>::new();
    let nodes: Vec<NodeIndex> = (0..layers).map(|_| graph.add_node(())).collect();
    for (from, to) in ends {
        graph.update_edge(nodes[*from], nodes[*to], ());
    }
    let mut back = BTreeSet::new();
    depth_first_search(&graph, nodes.iter().copied(), |event| {
        if let DfsEvent::BackEdge(from, to) = event {
            back.insert((from.index(), to.index()));
        }
        Control::<()>::Continue
    });
    let mut level = vec![0u32; layers];
    // Without the edges that close loops, the longest path settles after at most as many rounds as there are layers.
    for _ in 0..layers {
        let mut changed = false;
        for (from, to) in ends.iter().filter(|ends| !back.contains(ends)) {
            if level[*to] <= level[*from] {
                (level[*to], changed) = (level[*from] + 1, true);
            }
        }
        if !changed {
            break;
        }
    }
    let mut found = Levels { level, delay: Vec::new(), late: Vec::new() };
    for (index, (from, to)) in ends.iter().enumerate() {
        let ahead = i64::from(found.level[*to]) - i64::from(found.level[*from]);
        let wanted = ahead + i64::from(back.contains(&(*from, *to)));
        if wanted < 1 {
            found.late.push((index, (1 - wanted) as u32));
        }
        found.delay.push(wanted.max(1) as u32);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_that_skip_levels_wait_and_loops_take_a_step() {
        // 0 → 1 → 2 → 3, 0 → 3, 2 → 2, and 2 → 1 as a loop of two layers.
        let ends = [(0, 1), (1, 2), (2, 3), (0, 3), (2, 2), (2, 1)];
        let found = levels(5, &ends);
        assert_eq!(found.level, [0, 1, 2, 3, 0]);
        assert_eq!(found.delay, [1, 1, 1, 3, 1, 1]);
        // Around the loop there is one step in NIR's order of layers, and two on a chip.
        assert_eq!(found.late, [(5, 1)]);
    }
}
