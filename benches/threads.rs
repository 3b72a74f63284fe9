//! What threads and shards gain: a large mesh, a large sparse network, free-running chips of many sizes, a batch of
//! inferences. Wall time, unlike the other benches: on a machine with another load it says little.
//!
//! The throughput is in flit-hops, in time steps and in inferences.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use spikemesh::data::Split;
use spikemesh::hw::{Chip, Noc};
use spikemesh::json::Document;
use spikemesh::map::{self, Limits};
use spikemesh::net::architecture::{LayerSpec, Shape, Target, stages};
use spikemesh::net::input::Encoding;
use spikemesh::net::quantised::FoldedLayer;
use spikemesh::net::{Folded, Graph, Layered, QuantSpec, RandomSpec};
use spikemesh::noc::{self, Cycles, Load, Setup, simulate};
use spikemesh::rng::mix;
use spikemesh::run::{Job, Runner, Shards, Unwatched, run_batch, run_sparse};
use spikemesh::system::{self, Contention, System};
use std::time::Duration;

/// (threads, shards)
const SPLITS: [(usize, usize); 5] = [(1, 1), (1, 2), (2, 2), (2, 4), (2, 8)];

fn group<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(1500));
    group
}

fn name((threads, shards): (usize, usize)) -> BenchmarkId {
    BenchmarkId::new(format!("{threads} threads"), format!("{shards} shards"))
}

/// Half of what a mesh of 32 x 32 routers of 2 cycles takes.
fn mesh(criterion: &mut Criterion) {
    let mut group = group(criterion, "threads: 32x32 mesh at half load, flit-hops");
    let setup = Setup {
        noc: Noc::synthetic("mesh", 32, 32, 1).expect("a mesh is free of deadlock"),
        cycles: Cycles { router: 2, link: 1, credit: 1 },
        chip: None,
        packet_flits: 1,
        warmup: 0,
        measured: 1_000,
        seed: 1,
        shards: 1,
        threads: 1,
    };
    let run = |setup: &Setup, rate| {
        let load = Load::Pattern { name: "uniform".into(), rate };
        simulate(setup, &load, &noc::Unwatched).expect("nothing is stuck")
    };
    let rate = run(&setup, 1.0).accepted / 2.0;
    group.throughput(Throughput::Elements(run(&setup, rate).flit_hops));
    for (threads, shards) in SPLITS {
        let setup = Setup { threads, shards, ..setup.clone() };
        group.bench_function(name((threads, shards)), |b| b.iter(|| run(&setup, rate)));
    }
    group.finish();
}

fn loihi() -> Chip {
    let document = Document::parse("loihi.json", include_str!("../hw_models/loihi.json"));
    spikemesh::hw::read(document.expect("valid JSON"), "loihi").expect("the chip file keeps the rules")
}

fn build(graph: &Graph, chip: &Chip) -> System {
    let options = map::MappingOptions { limits: Limits::Report, ..map::MappingOptions::default() };
    let mapping = map::map(graph, chip, options).expect("limits are only reported");
    let calibration = chip.calibration(None).expect("a chip has a default");
    system::build(graph, chip, calibration, &mapping, Contention::Modelled).expect("the routing is free of deadlock")
}

/// Steps from rest in which no neuron fires yet, and some more.
const SILENT: u32 = 25;

/// Time steps of a run; neurons begin to fire in step 21.
const STEPS: u32 = 40;

/// The steps of a chip with a barrier are spread over threads, without shards.
fn workload(criterion: &mut Criterion) {
    let spec = RandomSpec::parse("random:seed=1,neurons=16384,cores=128,targets=uniform");
    let graph = spec.expect("the name is right").generate().graph;
    let system = build(&graph, &loihi());
    let mut group = group(criterion, "threads: W, 16384 neurons, uniform, on Loihi, steps");
    group.throughput(Throughput::Elements(STEPS.into()));
    for threads in [1, 2, 4] {
        let split = Shards { count: 1, threads };
        let run = || run_sparse(&system, &graph, STEPS, split, &Unwatched).expect("the steps end");
        group.bench_function(name((threads, 1)), |b| b.iter(run));
    }
    group.finish();
}

/// Free-running chips of a growing number of cores, 64 neurons on each: they keep windows of shards side by side. Threads
/// work where they pay.
fn free_running(criterion: &mut Criterion) {
    let document = Document::parse("event_mesh.json", include_str!("../hw_models/event_mesh.json"));
    let small =
        spikemesh::hw::read(document.expect("valid JSON"), "event_mesh").expect("the chip file keeps the rules");
    let mut group = group(criterion, "threads: free-running cores, 64 neurons on each, steps");
    group.throughput(Throughput::Elements(1));
    for side in [4u32, 8, 16, 32, 64] {
        let cores = side * side;
        let spec = RandomSpec::parse(&format!("random:seed=1,neurons={},cores={cores},targets=local8", 64 * cores));
        let chip =
            small.edit().set("mesh.width", side).set("mesh.height", side).build().expect("a larger mesh is a chip");
        let system = build(&spec.expect("the name is right").generate().graph, &chip);
        for (threads, shards) in [(1, 1), (1, 2), (2, 2), (2, 4)] {
            let mut runner = Runner::new(&system, Shards { count: shards, threads });
            runner.reset(&[]);
            let mut step = 0;
            let mut next = || {
                step += 1;
                runner.step(step).expect("the step ends")
            };
            (0..SILENT).for_each(|_| assert!(next() > 0));
            let name = BenchmarkId::new(format!("{cores} cores, {threads} threads"), format!("{shards} shards"));
            group.bench_function(name, |b| b.iter(&mut next));
        }
    }
    group.finish();
}

/// A network of the size of the one for handwritten digits, with random weights.
fn digits() -> Layered {
    let input = Shape::flat(64);
    let layers = [128, 64, 10].map(LayerSpec::dense);
    let stages = stages(input, &layers).expect("the layers fit together");
    let mut draws = (0u64..).map(|i| (mix(i) % 2001) as f32 / 1000.0 - 1.0);
    let layer = |stage: &spikemesh::net::architecture::Stage| {
        // Sums then have a standard deviation of about the threshold, whatever the fan-in.
        let scale = 1.7 / (stage.op.fan_in() as f32).sqrt();
        let weight = draws.by_ref().take(stage.op.weights()).map(|w| w * scale).collect();
        FoldedLayer { weight, bias: vec![0.0; stage.op.channels()], pruned: false }
    };
    let layers = stages.iter().map(layer).collect();
    let folded = Folded {
        stages,
        layers,
        input,
        encoding: Encoding::Direct,
        frames: spikemesh::net::input::Frames::One,
        own: spikemesh::net::architecture::ByLayer::default(),
        full_scale: 16,
        neuron: Default::default(),
        threshold: 1.0,
        leak: 1.0,
        half_start: false,
        target: Target::Label,
    };
    folded.quantise(QuantSpec::new(4, 8))
}

const SAMPLES: usize = 400;

fn batch(criterion: &mut Criterion) {
    let net = digits();
    let graph = Graph::from_layered(&net);
    let system = build(&graph, &loihi());
    let pixels = (0..64 * SAMPLES as u64).map(|i| (mix(!i) % 17) as u8).collect();
    let samples = Split { pixels, labels: vec![0; SAMPLES], sample_len: 64, sequences: None, targets: None };
    let mut group = group(criterion, "threads: 64-128-64-10, T = 4, on Loihi, inferences");
    group.throughput(Throughput::Elements(SAMPLES as u64));
    for threads in [1, 2] {
        let (system, graph, network, samples) = (&system, &graph, &net, &samples);
        let job = Job { system, graph, network: network.into(), samples, count: SAMPLES, threads };
        group.bench_function(name((threads, 1)), |b| b.iter(|| run_batch(job, &Unwatched).expect("the run ends")));
    }
    group.finish();
}

criterion_group!(threads, mesh, workload, free_running, batch);
criterion_main!(threads);
