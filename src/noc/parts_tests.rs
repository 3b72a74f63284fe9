//! A network in any parts against the whole: the same packets at the same ticks, wherever it is cut.

use super::bench::Bench;
use super::events::EventNetwork;
use super::*;
use crate::model::fabric::{FabricTable, Part};
use crate::rng::mix;

/// Numbers drawn one after the other.
struct CaseDraw(u64);

impl CaseDraw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 += 1;
        mix(self.0) % n
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

/// A network whose links take longer than its credits, or not, and a load between light and far beyond saturation.
fn drawn(seed: u64) -> (Setup, Load) {
    let mut draw = CaseDraw(mix(seed));
    let (topology, vcs) =
        draw.of(&[("mesh", 1), ("mesh", 1), ("mesh", 2), ("torus", 2), ("torus", 4), ("ring", 2), ("tree", 1)]);
    let (width, height) = (2 + draw.below(5) as u32, 1 + draw.below(4) as u32);
    let made = Noc::synthetic(topology, width, height, vcs).or_else(|_| Noc::synthetic("mesh", 5, 4, vcs));
    let mut noc = made.expect("a mesh of any size is free of deadlock");
    noc.buffer_flits = draw.of(&[1, 1, 2, 3, 4, 8]);
    noc.flit_interval = draw.of(&[1, 1, 2, 5, 14]);
    noc.credit_delay = draw.of(&[1, 1, 2, 9, 40]);
    noc.head_delay = draw.of(&[0, 1, 6]);
    noc.allocation = draw.of(&[Allocation::Joint, Allocation::Staged]);
    let times = ChipTimes {
        inject: 1 + draw.below(9) as u32,
        eject: 1 + draw.below(9) as u32,
        hops: [0; 5].map(|_| 1 + draw.below(30) as u32),
        ticks_per_cycle: 1.0,
    };
    let setup = Setup {
        noc,
        cycles: Cycles { router: 2, link: 1, credit: 1 },
        chip: Some(times),
        packet_flits: draw.of(&[1, 1, 2, 5]),
        warmup: 50,
        measured: 700,
        seed,
        shards: 1,
        threads: 1,
    };
    let rate = draw.of(&[0.003, 0.02, 0.1, 0.4, 1.0]);
    (setup, Load::Pattern { name: "uniform".into(), rate })
}

/// Everything that a measurement gives, in parts that are given by the shard of every router, or as they are split.
fn measured(setup: &Setup, load: &Load, parts: impl FnOnce(&FabricTable) -> Vec<Part>) -> String {
    let Load::Pattern { name, rate } = load else { unreachable!() };
    let table = fabric::fabric(setup);
    let plan = TrafficPlan {
        noc: &setup.noc,
        fabric: &table,
        traffic: random(setup, name, *rate).unwrap(),
        packet_flits: setup.packet_flits,
        chip: setup.chip,
        window: setup.warmup..setup.warmup + setup.measured,
        seed: setup.seed,
    };
    let network = Box::new(EventNetwork::of(&plan, parts(&table), 1));
    let found = Bench::on(&plan, setup, network).run(&Unwatched);
    format!("{:?}", found.map(|found| Measurement { too_little: None, ..found }))
}

#[test]
fn a_network_is_the_same_wherever_it_is_cut() {
    let mut saturated = 0;
    for seed in 0..120 {
        let (setup, load) = drawn(seed);
        let whole = measured(&setup, &load, |table| Part::split(table, 1));
        saturated += u32::from(whole.contains("Saturated"));
        let routers = setup.noc.topology.routers.len();
        for shards in [2, 3, 7] {
            let split = measured(&setup, &load, |table| Part::split(table, shards));
            assert_eq!(split, whole, "case {seed} in {shards} shards: {setup:?}, {load:?}");
        }
        // Any router in any shard: neighbours are nearly all apart.
        let mut draw = CaseDraw(seed << 32);
        let shards = 1 + draw.below(6.min(routers as u64)) as usize;
        let of = (0..routers).map(|router| if router < shards { router } else { draw.below(shards as u64) as usize });
        let of: Vec<u16> = of.map(|shard| shard as u16).collect();
        let scattered = measured(&setup, &load, |table| Part::of(table, of.clone()));
        assert_eq!(scattered, whole, "case {seed} in {of:?}: {setup:?}, {load:?}");
    }
    assert!((20..100).contains(&saturated), "{saturated} of the networks are saturated");
}
