//! A trace of a long run, or of many samples, takes no more memory than that of a short one, in any format.
//!
//! A test program of its own, with one test, because it counts the bytes that all threads hold.

#[allow(dead_code)]
#[path = "it/common.rs"]
mod common;

use common::{Draw, Rig, chip_with, random_folded};
use spikemesh::data::Split;
use spikemesh::map::place::Placer;
use spikemesh::net::architecture::{LayerSpec, Shape};
use spikemesh::net::quantised::QuantSpec;
use spikemesh::net::{Graph, Layered, RandomSpec};
use spikemesh::run::{Job, Shards, Traced, Unwatched, Watch, trace_batch, trace_sparse};
use spikemesh::system::Contention;
use spikemesh::trace::formats::FORMATS;
use spikemesh::trace::{Filter, Kind, Record, Sink, TraceError, TracedSample, WantedRecords};
use spikemesh::units::Tick;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Counts bytes that are held, and the most there ever were.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn take(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    MOST.fetch_max(held, Ordering::Relaxed);
}

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller keeps the promises of this very function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: likewise; the block comes from the system's allocator.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Most bytes that a traced run holds beyond what was held before.
fn most(rig: &Rig, format: &str, steps: u32) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let scene = rig.system.scene(&rig.graph, &rig.chip, rig.chip.calibration(None).unwrap(), &rig.mapping);
    let (wanted, scene) = (Filter::default().wanted(&scene).unwrap(), Arc::new(scene));
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let format = FORMATS.iter().find(|known| known.name == format).unwrap();
    let mut sink = Late { sink: format.open(&folder.path().join("trace"), &scene, &wanted).unwrap(), takes: 0 };
    let traced = Traced { wanted, samples: 1, sink: &mut sink };
    trace_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched, traced).unwrap();
    MOST.load(Ordering::Relaxed) - before
}

/// Waits until nobody allocates any more: the simulation has filled the way to the sink and stands still.
fn at_rest() {
    let held = || HELD.load(Ordering::Relaxed);
    let mut before = usize::MAX;
    while before != held() {
        before = held();
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A sink that lets the way to it fill up now and then. Otherwise the most bytes that are held would depend on which
/// thread was faster.
struct Late {
    sink: Box<dyn Sink>,
    takes: u32,
}

impl Late {
    /// It waits before every so many chunks.
    const EVERY: u32 = 16;
}

impl Sink for Late {
    fn begin(&mut self, sample: &TracedSample) -> Result<(), TraceError> {
        self.sink.begin(sample)
    }

    fn take(&mut self, sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        if self.takes.is_multiple_of(Self::EVERY) {
            at_rest();
        }
        self.takes += 1;
        self.sink.take(sample, records)
    }

    fn end(&mut self, sample: &TracedSample, at: Tick) -> Result<(), TraceError> {
        self.sink.end(sample, at)
    }

    fn finish(&mut self, end: Tick) -> Result<(), TraceError> {
        self.sink.finish(end)
    }
}

/// Counts samples that are done.
#[derive(Default)]
struct Done(AtomicUsize);

impl Watch for Done {
    fn done(&self, count: u64) {
        self.0.fetch_add(count as usize, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        false
    }
}

/// A sink that does not go on before the samples that run ahead of it have come to a stop.
struct Slow<'a> {
    done: &'a Done,
    /// The furthest that samples were ever ahead.
    ahead: usize,
    records: usize,
}

impl Sink for Slow<'_> {
    fn begin(&mut self, sample: &TracedSample) -> Result<(), TraceError> {
        let done = || self.done.0.load(Ordering::Relaxed);
        // The first time until nothing has moved for a while: who is not held back is done by then.
        let mut before = usize::MAX;
        while sample.number == 0 && before != done() {
            before = done();
            std::thread::sleep(Duration::from_millis(150));
        }
        self.ahead = self.ahead.max(done().saturating_sub(sample.number as usize));
        Ok(())
    }

    fn take(&mut self, _sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        self.records += records.len();
        Ok(())
    }
}

/// Most bytes that a traced run of so many samples on some threads holds beyond what was held before, and how far samples
/// were ahead of the sink.
fn ahead(rig: &Rig, net: &Layered, samples: &Split, (count, threads): (usize, usize)) -> (usize, usize) {
    let done = Done::default();
    let mut slow = Slow { done: &done, ahead: 0, records: 0 };
    let job = Job { system: &rig.system, graph: &rig.graph, network: net.into(), samples, count, threads };
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let traced = Traced { wanted: WantedRecords::kinds(Kind::ALL), samples: usize::MAX, sink: &mut slow };
    let result = trace_batch(job, &done, traced).unwrap();
    assert_eq!(result.inferences.len(), count);
    assert!(slow.records > 100 * count, "{} records", slow.records);
    (MOST.load(Ordering::Relaxed) - before, slow.ahead)
}

/// A small network and samples for it.
fn layered(samples: usize) -> (Layered, Split) {
    let mut draw = Draw::new(11);
    let layers = [24, 16, 10].map(LayerSpec::dense);
    let net = random_folded(Shape::flat(40), &layers, 255, 1.0, &mut draw).quantise(QuantSpec::new(6, 8));
    let pixels = (0..40 * samples).map(|_| draw.below(256) as u8).collect();
    (net, Split { pixels, labels: vec![0; samples], sample_len: 40, sequences: None, targets: None })
}

fn many_samples_take_no_more_memory_than_few() {
    let (net, samples) = layered(400);
    let rig = Rig::new(Graph::from_layered(&net), chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    for threads in [1, 3] {
        let [(few, _), (many, ahead)] = [40, 400].map(|count| ahead(&rig, &net, &samples, (count, threads)));
        // One for each thread and two more, as the module says.
        assert!(ahead <= threads + 2, "{threads} threads: {ahead} samples ahead of the sink");
        // An inference is some hundred bytes.
        let results = 400 * 2048;
        assert!(many < few + few / 4 + results, "{threads} threads: {few} bytes for 40 samples, {many} for 400");
    }
}

#[test]
fn a_long_trace_takes_no_more_memory_than_a_short_one() {
    many_samples_take_no_more_memory_than_few();
    let graph = RandomSpec::parse("random:seed=1,neurons=1024,cores=16,targets=uniform").unwrap().generate().graph;
    let rig = Rig::new(graph, chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    for format in FORMATS {
        let [short, long] = [200, 500].map(|steps| most(&rig, format.name, steps));
        // The reference evaluator keeps a number for every step; NIRData keeps all spikes, up to a limit of its own.
        let room = if format.name == "nir" { 4 << 20 } else { 1 << 20 };
        println!("{}: {short} bytes, then {long}", format.name);
        assert!(long < short + short / 4 + room, "{}: {short} bytes, then {long}", format.name);
    }
}
