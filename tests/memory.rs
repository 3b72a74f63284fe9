//! A trace of a long run takes no more memory than that of a short one, in any format.
//!
//! A test program of its own, with one test, because it counts the bytes that all threads hold.

#[allow(dead_code)]
#[path = "it/common.rs"]
mod common;

use common::{Rig, chip_with};
use spikemesh::map::place::Placer;
use spikemesh::net::RandomSpec;
use spikemesh::run::{Shards, Traced, Unwatched, trace_sparse};
use spikemesh::system::Contention;
use spikemesh::trace::Filter;
use spikemesh::trace::formats::FORMATS;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    let mut sink = format.open(&folder.path().join("trace"), &scene, &wanted).unwrap();
    let traced = Traced { wanted, samples: 1, sink: &mut *sink };
    trace_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched, traced).unwrap();
    MOST.load(Ordering::Relaxed) - before
}

#[test]
fn a_long_trace_takes_no_more_memory_than_a_short_one() {
    let graph = RandomSpec::parse("random:seed=1,neurons=1024,cores=16,targets=uniform").unwrap().generate().graph;
    let rig = Rig::new(graph, chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    for format in FORMATS {
        let [short, long] = [200, 500].map(|steps| most(&rig, format.name, steps));
        // The reference evaluator keeps a number for every step; NIRData keeps all spikes, up to a limit of its own.
        let room = if format.name == "nir" { 4 << 20 } else { 1 << 20 };
        assert!(long < short + short / 4 + room, "{}: {short} bytes, then {long}", format.name);
    }
}
