//! Inferences of a 784-400-400-10 network on Loihi, with contention between cores, on one thread.
//!
//! Weights, biases and images are random: what is timed is a network of that size whose neurons are about as busy
//! as trained ones, not a task. The throughput is in inferences.

mod cpu;

use cpu::CpuTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use spikemesh::data::Split;
use spikemesh::json::Document;
use spikemesh::map;
use spikemesh::net::architecture::{LayerSpec, Shape, Target, stages};
use spikemesh::net::input::Encoding;
use spikemesh::net::quantised::FoldedLayer;
use spikemesh::net::{Folded, Graph, Layered, QuantSpec};
use spikemesh::rng::mix;
use spikemesh::run::{Job, Unwatched, run_batch};
use spikemesh::system::{self, Contention};
use std::time::Duration;

const SAMPLES: usize = 8;

fn network() -> Layered {
    let input = Shape::flat(784);
    let layers = [400, 400, 10].map(LayerSpec::dense);
    let stages = stages(input, &layers).expect("the layers fit together");
    let mut draws = (0u64..).map(|i| (mix(i) % 2001) as f32 / 1000.0 - 1.0);
    let layers = stages.iter().map(|stage| {
        // Sums then have a standard deviation of about the threshold, whatever the fan-in.
        let scale = 1.7 / (stage.op.fan_in() as f32).sqrt();
        let weight = draws.by_ref().take(stage.op.weights()).map(|w| w * scale).collect();
        FoldedLayer { weight, bias: vec![0.0; stage.op.channels()], pruned: false }
    });
    let layers = layers.collect();
    let folded = Folded {
        stages,
        layers,
        input,
        encoding: Encoding::Direct,
        frames: spikemesh::net::input::Frames::One,
        own: spikemesh::net::architecture::ByLayer::default(),
        full_scale: 255,
        neuron: Default::default(),
        threshold: 1.0,
        leak: 1.0,
        half_start: false,
        target: Target::Label,
    };
    folded.quantise(QuantSpec::new(8, 8))
}

fn benches(criterion: &mut Criterion<CpuTime>) {
    let net = network();
    let graph = Graph::from_layered(&net);
    let document = Document::parse("loihi.json", include_str!("../hw_models/loihi.json"));
    let chip = spikemesh::hw::read(document.expect("valid JSON"), "loihi").expect("the chip file keeps the rules");
    let mapping = map::map(&graph, &chip, map::MappingOptions::default()).expect("the network fits");
    let pixels = (0..784 * SAMPLES as u64).map(|i| (mix(!i) % 256) as u8).collect();
    let samples = Split { pixels, labels: vec![0; SAMPLES], sample_len: 784, sequences: None, targets: None };
    let mut group = criterion.benchmark_group("inference, 784-400-400-10, T = 8");
    group.throughput(Throughput::Elements(SAMPLES as u64));
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_millis(2500));
    for (contention, timing) in [(Contention::Modelled, "event"), (Contention::Ignored, "ideal")] {
        let calibration = chip.calibration(None).expect("a chip has a default");
        let system = system::build(&graph, &chip, calibration, &mapping, contention).expect("free of deadlock");
        let job = Job {
            system: &system,
            graph: &graph,
            network: (&net).into(),
            samples: &samples,
            count: SAMPLES,
            threads: 1,
        };
        let counts = run_batch(job, &Unwatched).expect("the run ends").inferences;
        let operations: u64 = counts.iter().map(|inference| inference.counts.synapses()).sum();
        assert!(operations > 100_000 * SAMPLES as u64, "{operations} synaptic operations are too few to time");
        group.bench_function(timing, |b| b.iter(|| run_batch(job, &Unwatched).expect("the run ends")));
    }
    group.finish();
}

criterion_group! { name = inference; config = cpu::criterion(); targets = benches }
criterion_main!(inference);
