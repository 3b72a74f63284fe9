//! The engine of all routers at once against the event engine: all figures are the same, at even times and of whole
//! measurements.

use super::bench::Bench;
use super::choose::clocked;
use super::events::EventNetwork;
use super::network::NocEngine;
use super::source::{Gaps, Traffic, TrafficCounts, TrafficPlan};
use super::{Cycles, Setup, Unwatched, fabric, grid, traffic};
use crate::engine::Stopped;
use crate::hw::Noc;
use crate::hw::routing::{Routing, RoutingRule};
use crate::model::fabric::FabricTable;
use crate::model::vector::ClockedMesh;
use crate::rng::{Domain, Stream, stream};
use crate::units::Tick;
use rand::RngExt;
use std::fmt::Debug;
use std::ops::RangeInclusive;

/// A network and traffic drawn at random.
fn drawn(rng: &mut Stream, channels: RangeInclusive<u8>) -> (Setup, &'static str, f64) {
    let sides = [1u32, 2, 3, 5, 8, 9, 13];
    let side = |rng: &mut Stream| sides[rng.random_range(0..sides.len())];
    let (width, height) = (side(rng), side(rng));
    let mut noc = Noc::synthetic("mesh", width, height, rng.random_range(channels)).unwrap();
    if rng.random_range(0..2) == 0 {
        noc.routing = Routing::of(&noc.topology, RoutingRule::Yx, noc.virtual_channels).unwrap();
    }
    noc.buffer_flits = [1, 2, 3, 4, 7, 16, 64][rng.random_range(0..7)];
    let cycles = Cycles {
        router: rng.random_range(1..=7),
        link: rng.random_range(1..=3),
        credit: [0, 1, 2, 5, 30][rng.random_range(0..5)],
    };
    let setup = Setup {
        noc,
        cycles,
        chip: None,
        packet_flits: [1, 1, 2, 5, 16][rng.random_range(0..5)],
        warmup: 50,
        measured: 300,
        seed: rng.random(),
        shards: 1,
        threads: 1,
    };
    let patterns = ["uniform", "tornado", "neighbor", "hotspot:nodes=0,fraction=0.3"];
    let rate = [0.005, 0.05, 0.2, 0.5, 1.0][rng.random_range(0..5)];
    (setup, patterns[rng.random_range(0..patterns.len())], rate)
}

/// A mesh whose sources always have a packet.
fn saturated(channels: u8, router: u32) -> (Setup, FabricTable) {
    let setup = Setup {
        noc: Noc::synthetic("mesh", 4, 4, channels).unwrap(),
        cycles: Cycles { router, link: 1, credit: 1 },
        chip: None,
        packet_flits: 1,
        warmup: 0,
        measured: 200,
        seed: 1,
        shards: 1,
        threads: 1,
    };
    let table = fabric::fabric(&setup);
    (setup, table)
}

/// Packets of a trace: bursts, gaps, several of one source in a cycle, and different lengths.
fn trace(rng: &mut Stream, terminals: u32) -> Vec<Vec<(Tick, u32, u16)>> {
    let longest = [1, 3, 200][rng.random_range(0..3)];
    let source = |_| {
        let mut at = 0;
        let packet = |_| {
            at += [0, 0, 1, 2, 7, 400][rng.random_range(0..6)];
            (at, rng.random_range(0..terminals), rng.random_range(1..=longest))
        };
        (0..12).map(packet).collect()
    };
    (0..terminals).map(source).collect()
}

/// All that a network shows at a tick.
fn figures(network: &dyn NocEngine, at: Tick) -> impl PartialEq + Debug + use<> {
    let TrafficCounts { latency, hops, ways, accepted, born, offered, last, sent, taken, sent_hops } = network.seen();
    let latency = (latency.len(), latency.sum(), latency.counts(1, 5000));
    let counts = (hops, ways, accepted, born, offered, last, sent, taken, sent_hops);
    let queues = (network.waiting(at), network.behind(), network.backlog(at));
    (latency, counts, queues, network.link_flits(), network.is_empty())
}

/// Runs a plan on both engines, and compares them at even times and at the end.
fn compare(plan: &TrafficPlan<'_>, setup: &Setup, flits: RangeInclusive<u16>, spacing: Tick, what: &str) {
    let mesh = ClockedMesh::of(plan.fabric).expect("a mesh of one virtual channel fits");
    let mut fast = clocked(plan, &mesh, flits).expect("the packets fit");
    let mut slow = EventNetwork::new(plan, setup);
    for round in 1..=8 {
        let end = round * spacing;
        assert_eq!((fast.run(end, &|| false), slow.run(end, &|| false)), (Stopped::Done, Stopped::Done));
        assert_eq!(figures(&*fast, end), figures(&slow, end), "cycle {end} of {what}");
    }
}

/// All figures of a measurement but its events.
fn measured(plan: &TrafficPlan<'_>, setup: &Setup, network: Box<dyn NocEngine + '_>) -> impl PartialEq + Debug + use<> {
    let found = Bench::on(plan, setup, network).run(&Unwatched).expect("nothing is stuck on a mesh");
    let latency =
        (found.latency.len(), found.latency.sum(), found.latency.counts(1, 5000), found.latency.quantile(0.99));
    let rates =
        [Some(found.offered), Some(found.accepted), found.mean_hops, found.zero_load].map(|r| r.map(f64::to_bits));
    let cycles = (found.cycles, found.measured, found.born, found.flit_hops);
    (latency, rates, cycles, found.link_flits, found.verdict, found.interrupted)
}

/// Measures a plan on both engines.
fn compare_whole(plan: &TrafficPlan<'_>, setup: &Setup, flits: RangeInclusive<u16>, what: &str) {
    let mesh = ClockedMesh::of(plan.fabric).expect("a mesh fits");
    let fast = clocked(plan, &mesh, flits).expect("the packets fit");
    let slow = Box::new(EventNetwork::new(plan, setup));
    assert_eq!(measured(plan, setup, fast), measured(plan, setup, slow), "{what}");
}

/// Compares the engines on many networks with so many virtual channels.
fn agree(seed: u64, channels: RangeInclusive<u8>) {
    for case in 0..40 {
        let mut rng = stream(seed, Domain::Traffic, case);
        let (setup, pattern, rate) = drawn(&mut rng, channels.clone());
        let (table, terminals) = (fabric::fabric(&setup), setup.noc.tiles());
        let what = format!("case {case}, {pattern} at {rate}, {setup:?}");
        let Ok(made) = traffic::pattern(pattern, grid(&setup.noc)) else { continue };
        let gaps = Gaps::new((rate / f64::from(setup.packet_flits)).min(1.0));
        let mut plan = TrafficPlan {
            noc: &setup.noc,
            fabric: &table,
            traffic: Traffic::Random { pattern: made, gaps },
            packet_flits: setup.packet_flits,
            chip: None,
            window: 50..350,
            seed: setup.seed,
        };
        compare(&plan, &setup, setup.packet_flits..=setup.packet_flits, 61, &what);
        compare_whole(&plan, &setup, setup.packet_flits..=setup.packet_flits, &what);
        // The same packets, as a trace would have them.
        let packets = trace(&mut rng, terminals);
        let lengths = || packets.iter().flatten().map(|(.., flits)| *flits);
        let flits = lengths().min().unwrap()..=lengths().max().unwrap();
        (plan.traffic, plan.window) = (Traffic::Replay(&packets), 0..Tick::MAX);
        compare(&plan, &setup, flits.clone(), 400, &format!("a trace, {what}"));
        if *flits.end() < 10 {
            compare_whole(&plan, &setup, flits, &format!("a whole trace, {what}"));
        }
    }
}

#[test]
fn routers_with_one_channel_are_those_of_the_event_engine() {
    agree(1, 1..=1);
}

#[test]
fn routers_with_several_channels_are_those_of_the_event_engine() {
    agree(2, 2..=4);
}

#[test]
fn a_port_sends_at_most_a_flit_in_a_cycle() {
    for (channels, router) in (1..=4).flat_map(|channels| (1..=4).map(move |router| (channels, router))) {
        let (setup, table) = saturated(channels, router);
        let pattern = traffic::pattern("uniform", grid(&setup.noc)).unwrap();
        let plan = TrafficPlan {
            noc: &setup.noc,
            fabric: &table,
            traffic: Traffic::Random { pattern, gaps: Gaps::new(1.0) },
            packet_flits: 1,
            chip: None,
            window: 0..200,
            seed: 1,
        };
        let mut network = EventNetwork::new(&plan, &setup);
        let mut before = network.link_flits();
        for cycle in 1..=200 {
            assert_eq!(network.run(cycle, &|| false), Stopped::Done);
            let now = network.link_flits();
            let twice = before.iter().zip(&now).any(|(before, now)| now - before > 1);
            assert!(!twice, "{channels} channels, router of {router} cycles, cycle {cycle}");
            before = now;
        }
    }
}
