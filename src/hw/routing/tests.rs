//! Every route of every topology arrives, uses existing links, and is as short as its rule says.

use super::*;
use crate::hw::topology::{RouterSite, TopologyKind};
use crate::hw::{Noc, deadlock};
use crate::stats::Op;
use petgraph::algo::dijkstra;
use petgraph::graph::{DiGraph, NodeIndex};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Hops of the shortest routes from a router, computed by another library.
fn shortest(topology: &Topology, from: u32) -> Vec<usize> {
    let mut graph = DiGraph::<(), ()>::new();
    topology.routers.iter().for_each(|_| {
        graph.add_node(());
    });
    graph.extend_with_edges(topology.links.iter().map(|link| (link.from, link.to)));
    let found = dijkstra(&graph, NodeIndex::new(from as usize), None, |_| 1);
    (0..topology.routers.len()).map(|to| found[&NodeIndex::new(to)]).collect()
}

/// Follows every packet from tile to tile.
fn every_route_arrives(topology: &Topology, routing: &Routing) {
    let tiles: Vec<u32> = (0..topology.tiles()).map(|tile| topology.router_of_tile(tile)).collect();
    for &from in &tiles {
        let least = shortest(topology, from);
        for &to in &tiles {
            let what = format!("{:?} {:?}, {from} to {to}", topology.kind, routing.rule());
            let links: Vec<_> = way(topology, routing, from, to).take(topology.routers.len()).collect();
            assert_eq!(links.last().map_or(from, |(link, _)| link.to), to, "{what}");
            assert_eq!(routing.route(to, to), None, "{what}");
            let count = |op: Op| links.iter().filter(|(link, _)| link.op == op).count() as u32;
            let (west, north) = (count(Op::HopWest), count(Op::HopNorth));
            let hops = Hops {
                ew: count(Op::HopEw) + count(Op::HopEast) + west,
                ns: count(Op::HopNs) + count(Op::HopSouth) + north,
                chip: count(Op::HopChip),
                west,
                north,
            };
            assert_eq!(routing.hops(from, to), hops, "{what}");
            if !matches!(routing.rule(), RoutingRule::UpDown | RoutingRule::Table)
                || matches!(topology.kind, TopologyKind::Tree { .. })
            {
                assert_eq!(links.len(), least[to as usize], "{what}");
            }
            // Within a dimension of a torus the class changes at most once, from 0 to 1.
            for op in [Op::HopEw, Op::HopNs] {
                let along = |link: &LinkSpec| link.op == op || link.op.general() == Some(op);
                let classes: Vec<u8> = links.iter().filter(|(link, _)| along(link)).map(|(_, class)| *class).collect();
                assert!(classes.is_sorted() && classes.iter().all(|class| *class < routing.classes()), "{what}");
            }
        }
    }
}

#[test]
fn every_route_of_every_topology_arrives() {
    for name in TopologyKind::NAMES.iter().filter(|name| **name != "links") {
        for (width, height) in [(1, 1), (2, 1), (2, 2), (3, 2), (4, 3), (5, 4), (7, 1), (2, 5)] {
            let Ok(topology) = Topology::named(name, width, height) else {
                assert!(*name == "tree" && width == 1, "{name} {width} x {height}");
                continue;
            };
            for rule in topology.kind.rules().iter().filter(|rule| **rule != RoutingRule::Table) {
                for virtual_channels in [1, 2, 4] {
                    let routing = Routing::of(&topology, *rule, virtual_channels).unwrap();
                    every_route_arrives(&topology, &routing);
                    if virtual_channels > 1 || *rule == RoutingRule::UpDown {
                        assert_eq!(deadlock::cycle(&topology, &routing), None, "{name} {rule:?} {width} x {height}");
                    }
                }
            }
        }
    }
}

#[test]
fn only_rings_have_classes() {
    let classes = |name, channels| Noc::synthetic(name, 3, 3, channels).unwrap().routing.classes();
    assert_eq!(["mesh", "torus", "ring", "tree"].map(|name| classes(name, 2)), [1, 2, 2, 1]);
    assert_eq!((classes("torus", 4), classes("torus", 1)), (2, 1));
    assert!(matches!(Noc::synthetic("torus", 3, 3, 3), Err(NocError::Classes { .. })));
    assert!(matches!(Noc::synthetic("mesh", 3, 3, 0), Err(NocError::Classes { .. })));
    assert!(matches!(Noc::synthetic("links", 3, 3, 1), Err(NocError::Listed)));
    assert!(matches!(Noc::synthetic("mesh", 1025, 1024, 1), Err(NocError::Routers { .. })));
    assert!(matches!(Noc::synthetic("mesh", u32::MAX, 2, 1), Err(NocError::Routers { .. })));
    assert!(matches!(Noc::synthetic("ring", 4097, 1, 1), Err(NocError::Routers { .. })));
    assert!(matches!(Noc::synthetic("torus", 129, 128, 2), Err(NocError::RoutersOfRule { .. })));
}

#[test]
fn packets_on_a_torus_cross_the_closing_link_in_class_0() {
    let noc = Noc::synthetic("torus", 5, 1, 2).unwrap();
    let classes = |from, to| way(&noc.topology, &noc.routing, from, to).map(|(_, class)| class).collect::<Vec<_>>();
    assert_eq!((classes(3, 0), classes(0, 2), classes(1, 4)), (vec![0, 0], vec![1, 1], vec![0, 0]));
    assert_eq!((classes(4, 1), classes(0, 3)), (vec![0, 1], vec![0, 1]));
}

/// Random connected links: a tree of random parents, and more links in one or both directions.
fn random_links() -> impl Strategy<Value = Topology> {
    let parents = prop::collection::vec(any::<prop::sample::Index>(), 1..24);
    let more =
        prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 0..30);
    (parents, more).prop_map(|(parents, more)| {
        let count = parents.len() + 1;
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (child, parent) in (1..).zip(&parents) {
            let parent = parent.index(child);
            pairs.extend([(parent, child), (child, parent)]);
        }
        for (a, b, both) in more {
            let (a, b) = (a.index(count), b.index(count));
            let ways = if both { vec![(a, b), (b, a)] } else { vec![(a, b)] };
            let new: Vec<_> = ways.into_iter().filter(|way| a != b && !pairs.contains(way)).collect();
            pairs.extend(new);
        }
        let mut port = vec![0u8; count];
        let mut next = |router: usize| {
            port[router] += 1;
            port[router] - 1
        };
        let links: Vec<LinkSpec> = (pairs.iter().enumerate())
            .map(|(index, (from, to))| LinkSpec {
                from: *from as u32,
                from_port: next(*from),
                to: *to as u32,
                to_port: next(*to),
                op: if index % 3 == 0 { Op::HopNs } else { Op::HopEw },
            })
            .collect();
        let site = |index: usize| RouterSite {
            place: Place { x: index as u16, y: 0 },
            name: format!("n{index}"),
            tile: Some(index as u32),
        };
        let ports = port.iter().max().copied().unwrap_or(0);
        Topology::new(TopologyKind::Links, (0..count).map(site).collect(), links, ports)
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn up_and_down_is_free_of_deadlock_on_any_links(topology in random_links()) {
        let routing = Routing::of(&topology, RoutingRule::UpDown, 1).unwrap();
        every_route_arrives(&topology, &routing);
        prop_assert_eq!(deadlock::cycle(&topology, &routing), None);
    }

    #[test]
    fn shortest_ways_are_shortest_on_any_links(topology in random_links()) {
        every_route_arrives(&topology, &Routing::of(&topology, RoutingRule::Shortest, 1).unwrap());
    }
}

#[test]
fn up_and_down_needs_ways_back() {
    // A ring of one direction: the route from the second router to the first goes down, and then up again.
    let noc = Noc::synthetic("ring", 3, 1, 1).unwrap();
    let links = noc.topology.links.into_iter().filter(|link| link.from_port == 0).collect();
    let one_way = Topology::new(TopologyKind::Links, noc.topology.routers, links, 2);
    assert!(Routing::of(&one_way, RoutingRule::Shortest, 1).is_ok());
    let error = Routing::of(&one_way, RoutingRule::UpDown, 1).unwrap_err();
    assert_eq!(error.to_string(), "no way leads on from r1 for packets from r1 to r0");
}

#[test]
fn a_table_with_a_gap_or_a_circle_is_refused() {
    let ring = Topology::named("ring", 4, 1).unwrap();
    let onward = |here: u32, _: u32| Some((here + 1) % 4);
    assert!(Routing::table(&ring, &onward).is_ok());
    let gap = |here: u32, to: u32| if (here, to) == (1, 3) { None } else { onward(here, to) };
    let error = Routing::table(&ring, &gap).unwrap_err();
    assert_eq!(error, [NocError::NoWay { at: "r1".into(), from: "r0".into(), to: "r3".into() }]);
    let circle = |here: u32, to: u32| if to == 2 && here < 2 { Some(1 - here) } else { onward(here, to) };
    let error = Routing::table(&ring, &circle).unwrap_err();
    assert_eq!(error, [NocError::Round { to: "r2".into(), circle: "r0, r1, r0".into() }]);
}
