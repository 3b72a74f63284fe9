//! Workload W on Loihi: time steps of a recurrent network, with and without contention between cores.
//!
//! One iteration is a whole run from rest; the throughput is in packets delivered, or in synaptic operations.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use spikemesh::hw::Chip;
use spikemesh::json::Document;
use spikemesh::map::{self, Limits};
use spikemesh::net::{Graph, RandomSpec};
use spikemesh::run::{SparseResult, Unwatched, run_sparse};
use spikemesh::stats::Op;
use spikemesh::system::{self, Contention, System};
use std::time::Duration;

struct Workload {
    name: &'static str,
    network: &'static str,
    steps: u32,
}

/// The larger one needs more axons than a core of Loihi has: its limits are only reported.
const WORKLOADS: [Workload; 2] = [
    Workload { name: "1024 uniform", network: "random:seed=1,neurons=1024,cores=16,targets=uniform", steps: 100 },
    Workload { name: "16384 local8", network: "random:seed=1,neurons=16384,cores=128,targets=local8", steps: 20 },
];

fn loihi() -> Chip {
    let text = include_str!("../hw_models/loihi.json");
    let document = Document::parse("loihi.json", text).expect("the chip file is valid JSON");
    spikemesh::hw::read(document, "loihi").expect("the chip file keeps the rules")
}

fn build(graph: &Graph, chip: &Chip, contention: Contention) -> System {
    let options = map::Options { limits: Limits::Report, ..map::Options::default() };
    let mapping = map::map(graph, chip, options).expect("limits are only reported");
    let calibration = chip.calibration(None).expect("a chip has a default");
    system::build(graph, chip, calibration, &mapping, contention).expect("the routing is free of deadlock")
}

fn count(result: &SparseResult, op: Op) -> u64 {
    result.cores.iter().map(|counts| counts.of(op)).sum()
}

fn benches(criterion: &mut Criterion) {
    let chip = loihi();
    for (contention, timing) in [(Contention::Modelled, "event"), (Contention::Ignored, "ideal")] {
        for workload in &WORKLOADS {
            let graph = RandomSpec::parse(workload.network).expect("the name is right").generate().graph;
            let system = build(&graph, &chip, contention);
            let run = || run_sparse(&system, &graph, workload.steps, &Unwatched).expect("the run ends");
            let result = run();
            for (group, op) in [("delivery, packets", Op::AxonIn), ("workload_w, synaptic operations", Op::Synapse)] {
                let mut group = criterion.benchmark_group(group);
                group.throughput(Throughput::Elements(count(&result, op)));
                group.sample_size(10);
                group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_millis(2000));
                group.bench_function(BenchmarkId::new(timing, workload.name), |b| b.iter(run));
                group.finish();
            }
        }
    }
}

criterion_group!(workload_w, benches);
criterion_main!(workload_w);
