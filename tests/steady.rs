//! No memory is taken once a simulation is under way, but for more of something than there ever was.
//!
//! A test program of its own, because it counts what its allocator does; by thread, as its tests run side by side.

#[allow(dead_code)]
#[path = "it/common.rs"]
mod common;

use common::{Rig, chip_from, chip_with, memristive, partial_sums, random_graph, text_of};
use spikemesh::hw::Noc;
use spikemesh::map::place::Placer;
use spikemesh::net::reference::sparse_counted;
use spikemesh::noc::{Cycles, Load, Setup, Unwatched, simulate};
use spikemesh::run::{Runner, Shards, Unwatched as Quiet, run_sparse};
use spikemesh::system::Contention;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts blocks that are taken or made larger, by thread.
struct Counting;

thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // A thread that ends has no counter any more.
    let _ = TAKEN.try_with(|taken| taken.set(taken.get() + 1));
}

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the promises of this very function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: likewise; the block comes from the system's allocator.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: likewise.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Blocks that this thread takes while it does something.
fn taken_by(work: impl FnOnce()) -> u64 {
    let before = TAKEN.with(Cell::get);
    work();
    TAKEN.with(Cell::get) - before
}

/// Rigs of all topologies, with multicast and several virtual channels among them.
fn rigs() -> Vec<(&'static str, Rig)> {
    let loihi = Rig::new(random_graph(1, 1024, 16), chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    let example = |name| {
        let chip = chip_from(&text_of(&format!("tests/chips/{name}.json")));
        (name, Rig::new(random_graph(1, 256, 8), chip, Placer::Linear, Contention::Modelled))
    };
    let plain = std::iter::once(("loihi", loihi)).chain(["mesh", "torus", "ring", "tree", "links"].map(example));
    plain.chain([("memristive", memristive()), ("partial sums", partial_sums())]).collect()
}

const STEPS: u32 = 100;
const WARM: u32 = 60;

#[test]
fn time_steps_take_no_memory() {
    for ((name, rig), shards) in rigs().iter().flat_map(|rig| [1, 2].map(|shards| (rig, shards))) {
        let mut runner = Runner::new(&rig.system, Shards { count: shards, threads: 1 });
        let mut run = |from: u32| {
            runner.reset(&[]);
            let mut steps =
                |range: std::ops::RangeInclusive<u32>| range.map(|step| runner.step(step).unwrap()).sum::<u64>();
            steps(1..=from - 1);
            taken_by(|| assert!(steps(from..=STEPS) > 0))
        };
        // Waits and queues still become a little longer than they ever were, and of each tick of the wheel apart.
        let late = run(WARM + 1);
        assert!(late <= 100, "{name}, {shards} shards: {late} blocks in {} late steps", STEPS - WARM);
        // Buffers change places, so that not all of them are as large after some times as they will be.
        (0..4).for_each(|_| _ = run(1));
        let again = run(1);
        assert!(again <= 4, "{name}, {shards} shards: {again} blocks in a run that was made before");
    }
}

/// Steps that are timed apart from their function, by the engine of link grants, that of events and without any.
#[test]
fn timed_steps_take_no_memory() {
    for (name, rig) in rigs() {
        let blocks = |steps| {
            let split = Shards { count: 1, threads: 1 };
            let all = taken_by(|| drop(run_sparse(&rig.system, &rig.graph, steps, split, &Quiet).unwrap()));
            // The reference beside the run takes a few blocks in every step.
            all - taken_by(|| drop(sparse_counted(rig.graph.whole(), steps)))
        };
        let [short, long] = [STEPS, 2 * STEPS].map(blocks);
        // Where events time steps, queues of ticks that had none before become longer.
        let most = if name == "loihi" { 40 } else { 2 * u64::from(STEPS) };
        assert!(long <= short + most, "{name}: {short} blocks in {STEPS} steps, {long} in twice as many");
    }
}

#[test]
fn cycles_take_no_memory() {
    for (side, vcs, rate, shards) in [(8, 1, 0.06, 1), (8, 2, 0.13, 1), (16, 1, 0.03, 1), (8, 1, 0.06, 2)] {
        let [short, long] = [10_000, 30_000].map(|measured| {
            let setup = Setup {
                noc: Noc::synthetic("mesh", side, side, vcs).unwrap(),
                cycles: Cycles { router: 4, link: 1, credit: 1 },
                chip: None,
                packet_flits: 1,
                warmup: 2_000,
                measured,
                seed: 1,
                shards,
                threads: 1,
            };
            let load = Load::Pattern { name: "uniform".into(), rate };
            taken_by(|| drop(simulate(&setup, &load, &Unwatched).unwrap()))
        });
        // A queue becomes longer than it ever was, now and then.
        assert!(long <= short + 40, "{side} x {side}, {vcs} channels, {shards} shards: {short} blocks, then {long}");
    }
}
