//! Every time, every flit and every end as on the fabric of the event engine.

mod case_tests;
mod equal_tests;

use super::LinkGrant;
use crate::hw::routing::Routing;
use crate::hw::topology::Topology;
use case_tests::{Case, Draw};
use equal_tests::check;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

prop_compose! {
    fn draws()(
        (topology, width, height, cores) in (0usize..4, 1u32..6, 1u32..5, 1u8..4),
        (buffer, interval, head_delay, staged) in (1u16..6, 1u32..5, 0u32..4, any::<bool>()),
        (multicast, most_flits, longest) in (any::<bool>(), 1u16..6, prop_oneof![Just(1u32), 2u32..5, 5u32..70]),
        (packets, gap) in (1u32..40, prop_oneof![1u64..4, 4u64..400]),
        (wait, hot, late) in (prop_oneof![Just(0u64), 1u64..20, 20u64..2000], 0u64..60, 0u64..4),
        seed in any::<u64>(),
    ) -> Draw {
        let most_flits = if multicast { 1 } else { most_flits };
        Draw {
            topology, width, height, cores, buffer, interval, head_delay, staged, multicast, most_flits, longest,
            packets, gap, wait, hot, late, seed,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn every_time_is_that_of_the_event_engine(draw in draws()) {
        check(draw);
    }
}

/// A plain case that the tests below change.
const PLAIN: Draw = Draw {
    topology: 0,
    width: 3,
    height: 2,
    cores: 2,
    buffer: 3,
    interval: 2,
    head_delay: 1,
    staged: false,
    multicast: false,
    most_flits: 1,
    longest: 9,
    packets: 20,
    gap: 3,
    wait: 4,
    hot: 20,
    late: 0,
    seed: 7,
};

#[test]
fn a_network_that_waits_in_a_circle_has_no_end() {
    // A ring with one virtual channel and one place at each link.
    let draw = Draw { topology: 2, width: 5, height: 1, buffer: 1, packets: 40, gap: 1, hot: 0, ..PLAIN };
    assert!((0..20).any(|seed| check(Draw { seed, ..draw }).1));
}

#[test]
fn packets_that_are_ready_late_wait_in_the_wheel() {
    // Up to two turns of the wheel lie between them.
    let (packets, _) = check(Draw { late: 90, packets: 6, ..PLAIN });
    assert!(packets > 50);
}

#[test]
fn networks_with_too_many_routers_for_a_table_take_routes_by_their_rule() {
    let (packets, _) = check(Draw { width: 30, height: 20, packets: 3, gap: 60, ..PLAIN });
    assert!(packets > 1000);
}

#[test]
fn what_it_cannot_do_is_left_to_others() {
    let case = Case::new(PLAIN);
    assert!(LinkGrant::new(&case.tables, 4).is_some());
    let mut tables = case.tables.clone();
    let topology = Topology::named("mesh", 3, 2).unwrap();
    (tables.vcs, tables.routing) = (2, Routing::of(&topology, topology.kind.rules()[0], 2).unwrap());
    assert!(LinkGrant::new(&tables, 1).is_none());
    // Packets of several flits have no copies.
    let trees = Case::new(Draw { multicast: true, ..PLAIN });
    assert!(LinkGrant::new(&trees.tables, 1).is_some() && LinkGrant::new(&trees.tables, 2).is_none());
    // A link that assumes more room at its end than there is.
    let mut tables = case.tables;
    tables.links.iter_mut().for_each(|link| link.places += 9);
    assert!(LinkGrant::new(&tables, 1).is_none());
}
