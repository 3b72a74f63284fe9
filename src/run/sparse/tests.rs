//! Runs that are ended early: the reference has gone along with them.

use super::*;
use crate::json::Document;
use crate::map;
use crate::net::RandomSpec;
use crate::net::reference::counted;
use crate::run::Unwatched;
use crate::system::{self, Contention};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread::{self, ThreadId};

/// A network of neurons on cores of a chip.
fn rig(neurons: u64, cores: u32) -> (Graph, System) {
    let text = include_str!("../../../hw_models/loihi.json");
    let chip = crate::hw::read(Document::parse("loihi.json", text).unwrap(), "loihi").unwrap();
    let name = format!("random:seed=1,neurons={neurons},cores={cores},targets=uniform");
    let graph = RandomSpec::parse(&name).unwrap().generate().graph;
    let options = map::MappingOptions { limits: map::Limits::Report, ..map::MappingOptions::default() };
    let mapping = map::map(&graph, &chip, options).unwrap();
    let calibration = chip.calibration(None).unwrap();
    let system = system::build(&graph, &chip, calibration, &mapping, Contention::Modelled).unwrap();
    (graph, system)
}

/// Ends a run when some steps are done and it was asked some times after that. Notes who asked then, and the steps of
/// references on that thread.
struct After {
    steps: u64,
    asked: u64,
    done: AtomicU64,
    times: AtomicU64,
    ended: OnceLock<(ThreadId, u64)>,
}

impl After {
    fn new(steps: u64, asked: u64) -> Self {
        let (done, times) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { steps, asked, done, times, ended: OnceLock::new() }
    }
}

impl Watch for After {
    fn done(&self, count: u64) {
        self.done.fetch_add(count, SeqCst);
    }

    fn cancelled(&self) -> bool {
        let ends = self.done.load(SeqCst) >= self.steps && self.times.fetch_add(1, SeqCst) >= self.asked;
        if ends {
            self.ended.get_or_init(|| (thread::current().id(), counted::steps()));
        }
        ends
    }
}

/// Ends a run by a watch. Gives its result, the steps of the reference before the end, and those after it.
fn ended(watch: &After, run: impl FnOnce() -> Result<SparseResult, RunError>) -> (SparseResult, u64, u64) {
    let begin = counted::steps();
    let result = run().unwrap();
    let (on, steps) = *watch.ended.get().expect("the run came to its end");
    // Another thread may have asked: it had no steps when it began, and is gone.
    let [before, after] = match on == thread::current().id() {
        true => [steps - begin, counted::steps() - steps],
        false => [steps, counted::steps() - begin],
    };
    assert_eq!(before + after, result.step_ticks.len() as u64, "each step is done once");
    (result, before, after)
}

/// All of a result.
fn figures(result: &SparseResult) -> String {
    format!("{result:?}")
}

#[test]
fn the_reference_is_done_when_a_run_of_computed_steps_is_cancelled() {
    let neurons = 512;
    let (graph, system) = rig(neurons, 8);
    let short = run_sparse(&system, &graph, 300, Shards::default(), &Unwatched).unwrap();
    assert!(!short.mismatched && short.spikes_per_step.iter().sum::<u64>() > 1_000);
    for threads in [1, 2, 3] {
        let watch = After::new(300, 0);
        let split = Shards { count: 1, threads };
        let (part, before, after) = ended(&watch, || run_sparse(&system, &graph, 1 << 20, split, &watch));
        assert_eq!(figures(&part), figures(&short), "{threads} threads");
        let most = sparse_steps::BEHIND / neurons;
        assert!(after < most && before > most, "{threads} threads: {before} steps, then {after}");
    }
}

/// Events after each step.
fn events(system: &System, steps: u32) -> Vec<u64> {
    let mut runner = Runner::new(system, Shards::default());
    runner.reset(&[]);
    let after = |step| {
        runner.step(step).unwrap();
        runner.events()
    };
    (1..=steps).map(after).collect()
}

#[test]
fn the_reference_is_done_when_a_run_of_events_is_cancelled() {
    // Its steps have more events than lie between two copies, once it has begun to fire.
    let (graph, system) = rig(16384, 128);
    let runner = || Runner::new(&system, Shards::default());
    let end = |watch: &After| ended(watch, || run(&system, &graph, 1 << 20, runner(), watch));
    let short = |steps| figures(&run(&system, &graph, steps, runner(), &Unwatched).unwrap());
    let events = events(&system, 24);
    assert!(events[22] - events[21] > KEEP && events[23] - events[22] > KEEP, "{events:?}");
    // Before a step: what is left is what lies between two copies.
    let (part, before, after) = end(&After::new(24, 0));
    assert_eq!((before, after), (23, 1));
    assert_eq!(figures(&part), short(24));
    // Within a step: the result is that of the last copy, and so is the reference.
    let (part, before, after) = end(&After::new(23, 1));
    assert_eq!((before, after), (23, 0));
    assert_eq!(figures(&part), short(23));
}
