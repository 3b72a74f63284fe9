//! What a trace costs: workload W on Loihi, untraced, recorded for nobody, and to files.
//!
//! One iteration is a run of 100 steps from rest with the integer reference, as `spikemesh run` makes it. Times are CPU
//! times of all threads: the sink has a thread of its own, so that the run takes less longer than this says.

mod cpu;

use cpu::CpuTime;
use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use spikemesh::hw::Chip;
use spikemesh::json::Document;
use spikemesh::map::{self, Limits, Mapping};
use spikemesh::net::{Graph, RandomSpec};
use spikemesh::run::{Shards, Traced, Unwatched, run_sparse, trace_sparse};
use spikemesh::system::{self, Contention, System};
use spikemesh::trace::formats::TraceFormat;
use spikemesh::trace::scene::Scene;
use spikemesh::trace::{Filter, Record, Sink, TraceError, TracedSample, WantedRecords};
use std::sync::Arc;
use std::time::Duration;

const STEPS: u32 = 100;

/// What is traced, as a filter says it.
const SIGNALS: [&str; 2] = ["spikes,packets", "spikes,packets,hops,buffers,steps,cores,energy"];

/// Drops what it gets.
struct Nobody;

impl Sink for Nobody {
    fn take(&mut self, _sample: &TracedSample, _records: &[Record]) -> Result<(), TraceError> {
        Ok(())
    }
}

fn loihi() -> Chip {
    let text = include_str!("../hw_models/loihi.json");
    let document = Document::parse("loihi.json", text).expect("the chip file is valid JSON");
    spikemesh::hw::read(document, "loihi").expect("the chip file keeps the rules")
}

fn build(graph: &Graph, chip: &Chip) -> (Mapping, System) {
    let options = map::MappingOptions { limits: Limits::Report, ..map::MappingOptions::default() };
    let mapping = map::map(graph, chip, options).expect("limits are only reported");
    let calibration = chip.calibration(None).expect("a chip has a default");
    let system = system::build(graph, chip, calibration, &mapping, Contention::Modelled);
    (mapping, system.expect("the routing is free of deadlock"))
}

fn trace(system: &System, graph: &Graph, wanted: &WantedRecords, sink: &mut dyn Sink) {
    let traced = Traced { wanted: wanted.clone(), samples: 1, sink };
    trace_sparse(system, graph, STEPS, Shards::default(), &Unwatched, traced).expect("the run ends");
}

fn benches(criterion: &mut Criterion<CpuTime>) {
    let chip = loihi();
    let name = "random:seed=1,neurons=16384,cores=128,targets=local8";
    let graph = RandomSpec::parse(name).expect("the name is right").generate().graph;
    let (mapping, system) = build(&graph, &chip);
    let calibration = chip.calibration(None).expect("a chip has a default");
    let scene: Arc<Scene> = Arc::new(system.scene(&graph, &chip, calibration, &mapping));
    let folder = std::env::temp_dir().join("spikemesh-bench-trace");
    std::fs::create_dir_all(&folder).expect("there is a folder for temporary files");
    let mut group = criterion.benchmark_group("trace");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(1500));
    group.bench_function("untraced", |b| {
        b.iter(|| run_sparse(&system, &graph, STEPS, Shards::default(), &Unwatched).expect("the run ends"));
    });
    for signals in SIGNALS {
        let mut filter = Filter::default();
        filter.add(&format!("signal={signals}")).expect("the signals are known");
        let wanted = filter.wanted(&scene).expect("there is nothing else to choose");
        group.bench_function(BenchmarkId::new("recorded", signals), |b| {
            b.iter(|| trace(&system, &graph, &wanted, &mut Nobody));
        });
        for name in ["perfetto", "parquet", "fst"] {
            // Parquet may be left out of the build.
            let Ok(format) = TraceFormat::named(name) else { continue };
            let path = folder.join(name);
            group.bench_function(BenchmarkId::new(name, signals), |b| {
                b.iter(|| {
                    let mut sink = format.open(&path, &scene, &wanted).expect("the file can be written");
                    trace(&system, &graph, &wanted, &mut *sink);
                });
            });
        }
    }
    group.finish();
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

criterion_group! { name = traces; config = cpu::criterion(); targets = benches }
criterion_main!(traces);
