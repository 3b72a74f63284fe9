//! PHOLD, the classic benchmark of parallel discrete-event simulators, on the engine alone: what an event costs without a
//! model.
//!
//! 4,096 logical processes, one event each, a quarter of events remote, delays of 1 plus an exponential of mean 1 in
//! ticks of 1/256, lookahead 1. The throughput is in events per second of CPU time: on the wheel, on the heap that is the
//! oracle of tests, and in shards on one and two threads.

mod cpu;
mod processes;

use cpu::CpuTime;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use processes::{Phold, Plan};
use spikemesh::engine::{EventSet, Heap, Wheel};
use std::time::Duration;

/// Simulated time of an iteration (units): some 100,000 events.
const UNITS: u64 = 50;

/// Longest delay of most events (ticks): four units.
const LONGEST: u64 = 4 * processes::UNIT - 1;

fn one<S: EventSet<u32> + Send>(
    criterion: &mut Criterion<CpuTime>,
    name: BenchmarkId,
    (shards, threads): (u32, usize),
    set: impl Fn() -> S,
) {
    let mut group = criterion.benchmark_group("PHOLD, events");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(1500));
    let plan = Plan::usual(shards);
    group.throughput(Throughput::Elements(u64::from(plan.processes) * UNITS / 2));
    let mut run = Phold::new(plan, threads, set);
    run.run(UNITS);
    group.bench_function(name, |b| b.iter(|| run.run(UNITS)));
    group.finish();
    let (events, checksum) = run.seen();
    assert!(events > 0 && checksum != 0);
}

fn benches(criterion: &mut Criterion<CpuTime>) {
    one(criterion, BenchmarkId::new("wheel", "1 shard"), (1, 1), || Wheel::new(LONGEST));
    one(criterion, BenchmarkId::new("binary heap", "1 shard"), (1, 1), Heap::default);
    for (shards, threads) in [(2, 1), (2, 2), (4, 2), (8, 2)] {
        let name = BenchmarkId::new(format!("wheel, {threads} threads"), format!("{shards} shards"));
        one(criterion, name, (shards, threads), || Wheel::new(LONGEST));
    }
}

criterion_group! { name = phold_events; config = cpu::criterion(); targets = benches }
criterion_main!(phold_events);
