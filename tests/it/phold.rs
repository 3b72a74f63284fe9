//! PHOLD, the benchmark of the engine, has the same events in any number of shards and on any set of pending events.

#[path = "../../benches/processes/mod.rs"]
mod bench;

use bench::{Phold, Plan};
use spikemesh::engine::{Classes, EventSet, Heap, Wheel};

/// Events and their checksum after some units, run in two goes.
fn seen<S: EventSet<u32> + Send>(plan: Plan, threads: usize, set: impl Fn() -> S) -> (u64, u64) {
    let mut run = Phold::new(plan, threads, set);
    run.run(7);
    run.run(20);
    run.seen()
}

#[test]
fn phold_has_the_same_events_in_any_parts() {
    let oracle = seen(Plan::usual(1), 1, Heap::default);
    // An event of each of 4,096 processes every two units on average.
    assert!((40_000..60_000).contains(&oracle.0), "{oracle:?}");
    let other = seen(Plan { seed: 2, ..Plan::usual(1) }, 1, Heap::default);
    assert!(other != oracle);
    for shards in [1, 2, 4, 8] {
        for threads in [1, 2] {
            let plan = Plan::usual(shards);
            assert_eq!(seen(plan, threads, Wheel::default), oracle, "{shards} shards, {threads} threads");
            assert_eq!(seen(plan, threads, || Wheel::new(1)), oracle, "{shards} shards, short wheel");
        }
    }
    assert_eq!(seen(Plan::usual(4), 2, || Classes::new(&[bench::UNIT])), oracle);
    assert_eq!(seen(Plan::usual(8), 2, Heap::default), oracle);
}

#[test]
fn more_remote_events_and_a_longer_mean_change_the_run_but_not_with_its_parts() {
    let plan = |shards| Plan { remote: 0.9, mean: 10.0, processes: 100, ..Plan::usual(shards) };
    let oracle = seen(plan(1), 1, Heap::default);
    assert!(oracle.0 > 100, "{oracle:?}");
    assert!([2, 4, 7].into_iter().all(|shards| seen(plan(shards), 2, || Wheel::new(1)) == oracle));
}
