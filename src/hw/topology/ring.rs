//! A ring: every router joined to the one before and the one after it.
//!
//! `"topology": "ring", "routers": 8, "counts_as": "hop_ew" | "hop_ns"`; hops count as `hop_ew` by default. The host's
//! tile is a number. Packets travel as in a ring of a torus.

use super::TopologyKind;
use super::links;
use super::parts::{Family, LinkSpec, MAX_ROUTERS, Place, RouterSite, Size, Topology};
use crate::hw::error::NocError;
use crate::hw::rule::RoutingRule;
use crate::json::record::{names, record};
use crate::json::schema::described;
use crate::json::shape::{elsewhere, whole};
use crate::json::{FileRecord, Object};
use crate::stats::Op;

/// Port to the router after this one.
const NEXT: u8 = 0;
/// Port to the router before this one.
const BEFORE: u8 = 1;

pub(super) const FAMILY: Family = Family {
    name: "ring",
    names: names::<RingFields>,
    rules: &[RoutingRule::Shortest, RoutingRule::UpDown, RoutingRule::Table],
    read: |object| RingFields::read_fields(object, ()),
    read_host: links::read_host_tile,
    synthetic: |width, height| {
        let routers = u64::from(width) * u64::from(height);
        if !(1..=u64::from(MAX_ROUTERS)).contains(&routers) {
            return Err(NocError::Routers { routers, most: MAX_ROUTERS });
        }
        Ok(build(routers as u32, Op::HopEw))
    },
    link_name: links::link_name,
    in_words: |topology| format!("ring of {} routers", topology.routers.len()),
    with_tiles: |_, tiles| format!("ring of {tiles} routers"),
    describe: described::<RingFields>,
};

record! {
    /// A ring: every router joined to the one before and the one after it. Routers are called "r0", "r1", ….
    struct RingFields {
        /// Routers, each with a tile, 1 to 4,096.
        routers: u32 = whole(1..=MAX_ROUTERS);
        /// Which cost a hop has.
        counts_as: Op = links::kind_of_hop(Op::HopEw);
        /// Where the host's packets enter: the number of a tile, from 0.
        host_tile: () = elsewhere(whole(0..=MAX_ROUTERS - 1));
    }
    check |ring: Self, _: &Object<'_>, _| Some(build(ring.routers, ring.counts_as)) => Topology;
}

fn build(count: u32, op: Op) -> Topology {
    let site = |index: u32| RouterSite {
        place: Place { x: index as u16, y: 0 },
        name: format!("r{index}"),
        tile: Some(index),
    };
    let both = |from: u32| {
        let next = LinkSpec { from, from_port: NEXT, to: (from + 1) % count, to_port: BEFORE, op };
        [next, LinkSpec { from_port: BEFORE, to: (from + count - 1) % count, to_port: NEXT, ..next }]
    };
    // A ring of one router has no links.
    let links = (0..count).filter(|_| count > 1).flat_map(both).collect();
    Topology::new(TopologyKind::Ring(Size { width: count as u16, height: 1 }), (0..count).map(site).collect(), links, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_closes() {
        let ring = build(5, Op::HopNs);
        assert_eq!(ring.links.len(), 10);
        assert!(ring.links.iter().all(|link| link.op == Op::HopNs));
        assert_eq!(ring.link(4, NEXT).map(|link| (link.to, link.to_port)), Some((0, BEFORE)));
        assert_eq!(ring.link(0, BEFORE).map(|link| (link.to, link.to_port)), Some((4, NEXT)));
        assert_eq!((build(1, Op::HopEw).links.len(), build(2, Op::HopEw).links.len()), (0, 4));
    }
}
