//! The engines give the same figures: differential tests of all routers at once against the engine of events.

use super::network::{Network, by_events};
use super::source::TrafficPlan;
use super::{Cycles, Load, Measurement, Setup, Unwatched, clocked, simulate_by};
use crate::hw::Noc;
use crate::units::Tick;
use proptest::prelude::*;

fn at_once<'t>(plan: &'t TrafficPlan<'t>, _: &Setup) -> Box<dyn Network + 't> {
    clocked::all_at_once(plan).expect("it is a clocked mesh")
}

/// All figures but the events, which are those of an engine.
fn figures(found: Measurement) -> String {
    format!("{:?}", Measurement { events: 0, ..found })
}

fn assert_same(setup: &Setup, load: &Load) {
    let events = simulate_by(by_events, setup, load, &Unwatched).expect("nothing is stuck");
    let found = simulate_by(at_once, setup, load, &Unwatched).expect("nothing is stuck");
    assert_eq!(figures(found), figures(events));
}

/// Packets by source, some to the source itself, with bursts and long gaps.
fn packets(tiles: u32, drawn: &[(u64, u32, u32, u16)]) -> Vec<Vec<(Tick, u32, u16)>> {
    let mut sources = vec![Vec::new(); tiles as usize];
    for (born, from, to, flits) in drawn {
        sources[(from % tiles) as usize].push((*born, to % tiles, *flits));
    }
    sources.iter_mut().for_each(|source| source.sort_by_key(|(born, ..)| *born));
    sources
}

const PATTERNS: [&str; 5] = ["uniform", "transpose", "tornado", "hotspot:nodes=0,fraction=0.3", "neighbor"];

prop_compose! {
    /// Meshes of all shapes up to 12 x 12, with buffers from 1 to 64 flits.
    fn setups()(
        size in prop_oneof![(2u32..=6, 2u32..=6), (1u32..=12, 2u32..=12)],
        channels in 2u8..=4,
        buffer in prop_oneof![1u16..=5, 1u16..=64],
        cycles in (1u32..=6, 1u32..=4, 0u32..=4),
        packet_flits in prop_oneof![Just(1u16), 1u16..=16],
        times in (0u64..200, 1u64..400),
        seed in any::<u64>(),
    ) -> Setup {
        let mut noc = Noc::synthetic("mesh", size.0, size.1, channels).expect("a mesh is free of deadlock");
        noc.buffer_flits = buffer;
        let (router, link, credit) = cycles;
        Setup {
            noc,
            cycles: Cycles { router, link, credit },
            chip: None,
            packet_flits,
            warmup: times.0,
            measured: times.1,
            seed,
            shards: 1,
            threads: 1,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_random_traffic(setup in setups(), pattern in 0..PATTERNS.len(), rate in prop_oneof![0.0..0.2, 0.0..=1.0f64]) {
        let size = setup.noc.topology.size().expect("a mesh has one");
        // The corners of some patterns are those of a square.
        let name = if size.width == size.height { PATTERNS[pattern] } else { "uniform" };
        assert_same(&setup, &Load::Pattern { name: name.into(), rate });
    }

    #[test]
    fn of_a_trace(
        setup in setups(),
        drawn in prop::collection::vec((prop_oneof![0u64..60, 0u64..5_000], any::<u32>(), any::<u32>(), 1u16..=16), 1..300),
    ) {
        assert_same(&setup, &Load::Replay(packets(setup.noc.tiles(), &drawn)));
    }
}
