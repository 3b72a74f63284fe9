//! A tree: a root, `arity` routers below each router, and tiles at the leaves.
//!
//! `"topology": "tree", "arity": 4, "levels": 3, "counts_as": "hop_ew" | "hop_ns"`: levels are those of routers, root
//! and leaves included; hops count as `hop_ns` by default. Tiles are numbered from left to right, and the host's tile
//! is such a number. Packets go up as far as they must, then down: one route, free of deadlock.
//!
//! Routers are numbered in preorder from left to right. Port 0 leads up, and the others down.

use super::TopologyKind;
use super::links;
use super::parts::{Family, LinkSpec, MAX_ROUTERS, Place, RouterSite, Topology};
use crate::hw::error::NocError;
use crate::hw::rule::RoutingRule;
use crate::json::record::{names, record};
use crate::json::schema::described;
use crate::json::shape::{elsewhere, whole};
use crate::json::{FileRecord, Object};
use crate::stats::Op;

const UP: u8 = 0;

/// Most routers below one; more would leave a router no port for its cores.
const MAX_ARITY: u32 = 32;

/// Most levels: with two routers below each, more would be too many routers.
const MAX_LEVELS: u32 = 12;

pub(super) const FAMILY: Family = Family {
    name: "tree",
    names: names::<TreeFields>,
    rules: &[RoutingRule::UpDown, RoutingRule::Table],
    read: |object| TreeFields::read_fields(object, ()),
    read_host: links::read_host_tile,
    synthetic: |width, height| {
        let routers = routers_of(width.into(), height);
        // A tree of many levels with one router below each is not a tree, but a line.
        if !(2..=MAX_ARITY).contains(&width) || routers > u64::from(MAX_ROUTERS) || height == 0 {
            return Err(NocError::Tree { arity: width, levels: height, routers });
        }
        Ok(build(width, height, Op::HopNs))
    },
    link_name: links::link_name,
    in_words,
    with_tiles: |topology, tiles| {
        let arity = if let TopologyKind::Tree { arity, .. } = topology.kind { arity } else { 2 };
        let levels = (1..).find(|levels| u64::from(arity).saturating_pow(levels - 1) >= tiles);
        format!("tree of arity {arity} and {} levels", levels.unwrap_or(u32::MAX))
    },
    describe: described::<TreeFields>,
};

fn in_words(topology: &Topology) -> String {
    let TopologyKind::Tree { arity, levels } = topology.kind else { return String::new() };
    format!("tree of {levels} levels, {arity} below each, {} terminals at the leaves", topology.tiles())
}

record! {
    /// A tree: a root, so many routers below each, and tiles at the leaves; at most 4,096 routers. They are called "root", "0",
    /// "0.1", ….
    struct TreeFields {
        /// Routers below each, 2 to 32.
        arity: u32 = whole(2..=MAX_ARITY);
        /// Levels of routers, root and leaves included, 1 to 12.
        levels: u32 = whole(1..=MAX_LEVELS);
        /// Which cost a hop has.
        counts_as: Op = links::kind_of_hop(Op::HopNs);
        /// Where the host's packets enter: the number of a leaf, from left to right, from 0.
        host_tile: () = elsewhere(whole(0..=MAX_ROUTERS - 1));
    }
    check TreeFields::check => Topology;
}

impl TreeFields {
    fn check<G>(self, object: &Object<'_>, _: G) -> Option<Topology> {
        let Self { arity, levels, counts_as, .. } = self;
        let routers = routers_of(arity.into(), levels);
        if routers > u64::from(MAX_ROUTERS) {
            object.problem(NocError::Tree { arity, levels, routers }.to_string());
            return None;
        }
        Some(build(arity, levels, counts_as))
    }
}

/// Routers of a tree: 1 + arity + arity² + ….
fn routers_of(arity: u64, levels: u32) -> u64 {
    (0..levels.min(MAX_ROUTERS)).fold(0, |below: u64, _| below.saturating_mul(arity).saturating_add(1))
}

struct TreeBuilder {
    arity: u32,
    levels: u32,
    op: Op,
    routers: Vec<RouterSite>,
    links: Vec<LinkSpec>,
    tiles: u32,
}

impl TreeBuilder {
    /// Adds a router and its subtree; gives its position.
    fn add(&mut self, name: &str, level: u32) -> u32 {
        let here = self.routers.len() as u32;
        let place = Place { x: self.tiles as u16, y: level as u16 };
        let leaf = level + 1 == self.levels;
        let named = if name.is_empty() { "root".to_owned() } else { name.to_owned() };
        self.routers.push(RouterSite { place, name: named, tile: leaf.then_some(self.tiles) });
        self.tiles += u32::from(leaf);
        for branch in (0..self.arity).filter(|_| !leaf) {
            let name = if name.is_empty() { branch.to_string() } else { format!("{name}.{branch}") };
            let below = self.add(&name, level + 1);
            let down = LinkSpec { from: here, from_port: branch as u8 + 1, to: below, to_port: UP, op: self.op };
            let up = LinkSpec { from: below, from_port: UP, to: here, to_port: branch as u8 + 1, op: self.op };
            self.links.extend([down, up]);
        }
        here
    }
}

fn build(arity: u32, levels: u32, op: Op) -> Topology {
    let mut builder = TreeBuilder { arity, levels, op, routers: Vec::new(), links: Vec::new(), tiles: 0 };
    builder.add("", 0);
    Topology::new(TopologyKind::Tree { arity, levels }, builder.routers, builder.links, arity as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_the_leaves_from_left_to_right() {
        let tree = build(3, 3, Op::HopNs);
        assert_eq!((tree.routers.len(), tree.tiles(), tree.links.len()), (13, 9, 24));
        let leaves: Vec<&str> =
            (0..9).map(|tile| tree.routers[tree.router_of_tile(tile) as usize].name.as_str()).collect();
        assert_eq!(leaves, ["0.0", "0.1", "0.2", "1.0", "1.1", "1.2", "2.0", "2.1", "2.2"]);
        assert_eq!(tree.routers[0].name, "root");
        assert_eq!(tree.link_name(tree.link(0, 2).unwrap()), "root to 1");
        assert_eq!(build(2, 1, Op::HopNs).tiles(), 1);
    }

    #[test]
    fn trees_have_a_largest_size() {
        assert_eq!((routers_of(2, 12), routers_of(4, 6)), (4095, 1365));
        assert!((FAMILY.synthetic)(2, 12).is_ok() && (FAMILY.synthetic)(2, 13).is_err());
        assert!((FAMILY.synthetic)(1, 3).is_err() && (FAMILY.synthetic)(3, 0).is_err());
        assert!((FAMILY.synthetic)(u32::MAX, u32::MAX).is_err());
    }
}
