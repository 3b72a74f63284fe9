//! Workload W on Loihi: time steps of a recurrent network, with and without contention between cores.
//!
//! One iteration is a run of 100 steps from rest on one thread, with the integer reference, as `spikemesh run` makes it; the
//! throughput is in packets delivered, or in synaptic operations. `oracle` is the event engine, which times what the faster
//! engines do not, and without the reference: all figures are the same.

mod cpu;

use cpu::CpuTime;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use spikemesh::hw::Chip;
use spikemesh::json::Document;
use spikemesh::map::{self, Limits};
use spikemesh::net::{Graph, RandomSpec};
use spikemesh::run::{Runner, Shards, Unwatched, run_sparse};
use spikemesh::stats::{Counts, Op};
use spikemesh::system::{self, Contention, System};
use std::time::Duration;

/// By name. The larger ones need more axons than a core of Loihi has: its limits are only reported.
const WORKLOADS: [(&str, &str); 3] = [
    ("1024 uniform", "random:seed=1,neurons=1024,cores=16,targets=uniform"),
    ("16384 uniform", "random:seed=1,neurons=16384,cores=128,targets=uniform"),
    ("16384 local8", "random:seed=1,neurons=16384,cores=128,targets=local8"),
];
const STEPS: u32 = 100;

fn loihi() -> Chip {
    let text = include_str!("../hw_models/loihi.json");
    let document = Document::parse("loihi.json", text).expect("the chip file is valid JSON");
    spikemesh::hw::read(document, "loihi").expect("the chip file keeps the rules")
}

fn build(graph: &Graph, chip: &Chip, contention: Contention) -> System {
    let options = map::MappingOptions { limits: Limits::Report, ..map::MappingOptions::default() };
    let mapping = map::map(graph, chip, options).expect("limits are only reported");
    let calibration = chip.calibration(None).expect("a chip has a default");
    system::build(graph, chip, calibration, &mapping, contention).expect("the routing is free of deadlock")
}

/// Packets taken in and synaptic operations.
fn figures(counts: &[Counts]) -> (u64, u64) {
    let count = |op| counts.iter().map(|counts: &Counts| counts.with_kinds(op)).sum();
    (count(Op::AxonIn), count(Op::Synapse))
}

/// Runs from rest.
fn run(system: &System, graph: &Graph) -> (u64, u64) {
    figures(&run_sparse(system, graph, STEPS, Shards::default(), &Unwatched).expect("the steps end").cores)
}

/// Runs from rest on the event engine.
fn run_events(system: &System) -> (u64, u64) {
    let mut runner = Runner::new(system, Shards::default());
    runner.reset(&[]);
    (1..=STEPS).for_each(|step| {
        runner.step(step).expect("the step ends");
    });
    figures(&runner.counts())
}

fn benches(criterion: &mut Criterion<CpuTime>) {
    let chip = loihi();
    let cases = [
        ("delivery, packets", "event"),
        ("delivery, packets", "ideal"),
        ("delivery, packets", "oracle"),
        ("synaptic operations", "event"),
    ];
    for (name, network) in WORKLOADS {
        let graph = RandomSpec::parse(network).expect("the name is right").generate().graph;
        for (what, timing) in cases {
            let contention = if timing == "ideal" { Contention::Ignored } else { Contention::Modelled };
            let system = build(&graph, &chip, contention);
            let (packets, operations) = run(&system, &graph);
            assert_eq!(run_events(&system), (packets, operations));
            let mut group = criterion.benchmark_group(what);
            group.throughput(Throughput::Elements(if what == "synaptic operations" { operations } else { packets }));
            group.sample_size(10).sampling_mode(SamplingMode::Flat);
            group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(1500));
            let id = BenchmarkId::new(timing, name);
            match timing {
                "oracle" => group.bench_function(id, |b| b.iter(|| run_events(&system))),
                _ => group.bench_function(id, |b| b.iter(|| run(&system, &graph))),
            };
            group.finish();
        }
    }
}

criterion_group! { name = workload_w; config = cpu::criterion(); targets = benches }
criterion_main!(workload_w);
