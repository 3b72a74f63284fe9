//! Routes in a tree: up until the destination is below, then down.

use super::hops::Hops;
use crate::hw::topology::{Topology, TopologyKind};
use crate::stats::Op;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TreeNode {
    /// Routers of the tree below it, itself included: they have the numbers that follow its own.
    size: u32,
    /// Routers of each tree below it; at least 1, so that one can divide by it.
    branch: u32,
    parent: u32,
    level: u32,
}

/// A tree whose routers are numbered each before those below it. Port 0 leads up, the others down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RouterTree {
    nodes: Vec<TreeNode>,
    op: Op,
}

impl RouterTree {
    pub(super) fn new(topology: &Topology) -> Self {
        let arity = if let TopologyKind::Tree { arity, .. } = topology.kind { arity } else { 1 };
        let root = TreeNode { size: 1, branch: 1, parent: 0, level: 0 };
        let mut nodes = vec![root; topology.routers.len()];
        // Parents precede children, so all is known of a router when it is needed.
        for link in topology.links.iter().filter(|link| link.from < link.to) {
            nodes[link.to as usize].parent = link.from;
        }
        for here in 1..nodes.len() {
            nodes[here].level = nodes[nodes[here].parent as usize].level + 1;
        }
        for here in (1..nodes.len()).rev() {
            let (parent, size) = (nodes[here].parent as usize, nodes[here].size);
            nodes[parent].size += size;
        }
        nodes.iter_mut().for_each(|node| node.branch = ((node.size - 1) / arity).max(1));
        Self { nodes, op: topology.links.first().map_or(Op::HopNs, |link| link.op) }
    }

    #[inline]
    pub(super) fn route(&self, here: u32, to: u32) -> Option<(u8, u8)> {
        if here == to {
            return None;
        }
        let node = &self.nodes[here as usize];
        let below = to.wrapping_sub(here);
        Some((if below < node.size { 1 + ((below - 1) / node.branch) as u8 } else { 0 }, 0))
    }

    pub(super) fn hops(&self, from: u32, to: u32) -> Hops {
        let level = |router: u32| self.nodes[router as usize].level;
        let mut common = from;
        while to.wrapping_sub(common) >= self.nodes[common as usize].size {
            common = self.nodes[common as usize].parent;
        }
        let hops = level(from) + level(to) - 2 * level(common);
        if self.op == Op::HopEw { Hops { ew: hops, ..Hops::default() } } else { Hops { ns: hops, ..Hops::default() } }
    }
}
