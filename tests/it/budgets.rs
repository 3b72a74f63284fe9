//! Runs that are ended early: by a budget of events, and within a step.

use crate::bench::{Bench, text};
use crate::common::{Rig, chip_with, digest};
use crate::shards::{layered, workload};
use serde_json::json;
use spikemesh::hw::Noc;
use spikemesh::map::{self, Limits, place::Placer};
use spikemesh::net::{Graph, RandomSpec};
use spikemesh::noc::{Cycles, Load, Measurement, Setup, simulate, sweep};
use spikemesh::run::{Job, RunError, Runner, Shards, SparseResult, Unwatched, Watch, run_batch, run_sparse};
use spikemesh::stats::{Counts, Op};
use spikemesh::system::{self, Contention, System};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// So many events may be spent.
pub struct Budget(pub u64);

impl Watch for Budget {
    fn done(&self, _: u64) {}

    fn cancelled(&self) -> bool {
        false
    }

    fn most_events(&self) -> u64 {
        self.0
    }
}

/// All that a run counted.
fn figures(result: &SparseResult) -> impl PartialEq + std::fmt::Debug + use<'_> {
    let distributions = [&result.packet_latency, &result.packet_hops].map(digest);
    let neurons = (result.mismatched, result.spike_difference, result.source_spikes);
    (&result.spikes_per_step, &result.step_ticks, &result.cores, &result.link_flits, distributions, neurons)
}

/// Events of a budget that are spent after each step: one for each terminal, and a flit and a credit for each link that a
/// flit crosses.
fn spent(system: &System, steps: u32) -> Vec<u64> {
    let mut runner = Runner::new(system, Shards::default());
    runner.reset(&[]);
    let crossed = |core: &Counts| core.hops() + core.of(Op::Inject) + core.of(Op::Eject);
    let after = |step| {
        runner.step(step).unwrap();
        let begun = u64::from(step) * system.tables.fabric.terminals.len() as u64;
        begun + 2 * runner.counts().iter().map(crossed).sum::<u64>()
    };
    (1..=steps).map(after).collect()
}

#[test]
fn a_budget_of_events_buys_whole_steps() {
    let rig = Rig::new(workload(), chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    let spent = spent(&rig.system, 24);
    let run = |steps, split, most| run_sparse(&rig.system, &rig.graph, steps, split, &Budget(most));
    for (budget, steps) in [(spent[0], 1), (spent[21], 22), (spent[21] - 1, 21), (spent[22] + 1, 23)] {
        let short = run(steps, Shards::default(), u64::MAX).unwrap();
        for split in [(1, 1), (7, 2)].map(|(count, threads)| Shards { count, threads }) {
            let part = run(24, split, budget).unwrap();
            assert_eq!(figures(&part), figures(&short), "{budget} events, {split:?}");
        }
    }
    assert_eq!(run(24, Shards::default(), *spent.last().unwrap()).unwrap().step_ticks.len(), 24);
    assert_eq!(run(24, Shards::default(), 1).map(drop), Err(RunError::Cancelled { done: 0, of: 24 }));
}

#[test]
fn a_free_running_chip_comes_to_rest_when_its_events_are_spent() {
    let graph = RandomSpec::parse("random:seed=1,neurons=512,cores=8,targets=uniform").unwrap().generate().graph;
    let rig = Rig::new(graph, chip_with("event_mesh", &[]), Placer::Linear, Contention::Modelled);
    let part = run_sparse(&rig.system, &rig.graph, 40, Shards::default(), &Budget(20_000)).unwrap();
    let steps = part.step_ticks.len() as u32;
    assert!((1..40).contains(&steps), "{steps}");
    let short = run_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched).unwrap();
    assert_eq!(figures(&part), figures(&short));
}

#[test]
fn a_budget_of_events_buys_whole_samples() {
    let (net, samples) = layered(12);
    let rig = Rig::new(Graph::from_layered(&net), chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    let job = |count, threads| Job {
        system: &rig.system,
        graph: &rig.graph,
        network: (&net).into(),
        samples: &samples,
        count,
        threads,
    };
    let all = run_batch(job(12, 1), &Unwatched).unwrap().inferences;
    let mut found = Vec::new();
    for budget in [1, 1_000, 3_000] {
        let part = run_batch(job(12, 1), &Budget(budget)).unwrap();
        let done = part.inferences.len();
        let short = run_batch(job(done, 1), &Unwatched).unwrap();
        assert_eq!((&part.inferences[..], &part.cores), (&all[..done], &short.cores));
        // A sample that is under way on another thread is finished too.
        let more = run_batch(job(12, 2), &Budget(budget)).unwrap().inferences;
        assert!((done..=done + 1).contains(&more.len()) && more == all[..more.len()], "{done}, {}", more.len());
        found.push(done);
    }
    assert!(found[0] == 1 && found[0] < found[1] && found[1] < found[2] && found[2] < 12, "{found:?}");
}

/// Ends a run when some steps are done.
struct After {
    steps: u64,
    done: AtomicU64,
}

impl Watch for After {
    fn done(&self, count: u64) {
        self.done.fetch_add(count, SeqCst);
    }

    fn cancelled(&self) -> bool {
        self.done.load(SeqCst) >= self.steps
    }
}

/// A network whose steps take hundreds of thousands of events once it has begun to fire, in step 21.
fn large() -> (Graph, System) {
    let name = "random:seed=1,neurons=16384,cores=128,targets=uniform";
    let graph = RandomSpec::parse(name).unwrap().generate().graph;
    let chip = chip_with("loihi", &[]);
    let options = map::MappingOptions { limits: Limits::Report, ..map::MappingOptions::default() };
    let mapping = map::map(&graph, &chip, options).unwrap();
    let calibration = chip.calibration(None).unwrap();
    let system = system::build(&graph, &chip, calibration, &mapping, Contention::Modelled).unwrap();
    (graph, system)
}

#[test]
fn a_budget_that_is_spent_within_a_long_step_leaves_the_steps_before_it() {
    let (graph, system) = large();
    let run = |steps, threads, watch: &dyn Watch| {
        run_sparse(&system, &graph, steps, Shards { count: 1, threads }, watch).unwrap()
    };
    let spent = spent(&system, 22);
    assert!(spent[21] - spent[20] > 1 << 17, "the step is too short: {spent:?}");
    let short = run(21, 1, &Unwatched);
    for threads in [1, 2] {
        let budget = Budget((spent[20] + spent[21]) / 2);
        assert_eq!(figures(&run(100, threads, &budget)), figures(&short), "{threads} threads");
    }
}

#[test]
fn what_is_begun_is_finished_when_a_run_is_cancelled() {
    let rig = Rig::new(workload(), chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    for threads in [1, 2, 5] {
        let watch = After { steps: 23, done: AtomicU64::new(0) };
        let split = Shards { count: 1, threads };
        let part = run_sparse(&rig.system, &rig.graph, 100, split, &watch).unwrap();
        assert_eq!(part.step_ticks.len(), 23, "{threads} threads");
        let short = run_sparse(&rig.system, &rig.graph, 23, split, &Unwatched).unwrap();
        assert_eq!(figures(&part), figures(&short), "{threads} threads");
    }
}

fn setup(shards: usize, threads: usize) -> Setup {
    let noc = Noc::synthetic("mesh", 8, 8, 1).unwrap();
    let cycles = Cycles { router: 4, link: 1, credit: 1 };
    Setup { noc, cycles, chip: None, packet_flits: 1, warmup: 1_000, measured: 9_000, seed: 1, shards, threads }
}

#[test]
fn a_budget_of_events_buys_cycles() {
    let measure = |shards, threads, most| -> Measurement {
        let load = Load::Pattern { name: "uniform".into(), rate: 0.05 };
        simulate(&setup(shards, threads), &load, &Budget(most)).unwrap()
    };
    let whole = measure(1, 1, u64::MAX);
    let most = whole.events / 2;
    let told = |found: &Measurement| {
        (
            found.cycles,
            found.measured,
            found.events,
            found.interrupted,
            digest(&found.latency),
            found.link_flits.clone(),
        )
    };
    let part = measure(1, 1, most);
    assert!(part.interrupted && part.events >= most && part.cycles.is_multiple_of(1024), "{part:?}");
    assert!((4_000..=6_144).contains(&part.cycles) && part.measured == part.cycles - 1_000, "{}", part.cycles);
    for (shards, threads) in [(2, 1), (7, 2), (16, 1)] {
        assert_eq!(told(&measure(shards, threads, most)), told(&part), "{shards} shards, {threads} threads");
    }
    assert_eq!(told(&measure(1, 1, whole.events + 1)), told(&whole));
}

#[test]
fn a_budget_of_events_buys_the_first_rates() {
    let rates = [0.02, 0.04, 0.06, 0.08, 0.1];
    let points = |threads, most| sweep(&setup(1, threads), "uniform", &rates, &Budget(most)).unwrap();
    let all = points(2, u64::MAX);
    let spent: u64 = all[..3].iter().map(|point| point.outcome.events).sum();
    for threads in [1, 2, 4] {
        for (budget, known) in [(spent, 3), (spent - 1, 2), (spent + 1, 3), (1, 0)] {
            let part = points(threads, budget);
            let same = part.iter().zip(&all).all(|(a, b)| a.rate == b.rate && a.outcome.events == b.outcome.events);
            assert!(part.len() == known && same, "{threads} threads, {budget} events: {}", part.len());
        }
    }
}

#[test]
fn budgets_are_options_and_reports_say_what_ended_a_run() {
    let bench = Bench::new();
    let (json, again) = (bench.path("cut.json"), bench.path("again.json"));
    let run = ["run", "--quiet", "--network", "random:seed=1,neurons=1024,cores=16", "--json", &json];
    let output = bench.run(&[&run[..], &["--max-events", "60000", "--shards", "3"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report = bench.json("cut.json");
    let done = report["interrupted"]["done"].as_u64().unwrap();
    assert_eq!(report["interrupted"], json!({"done": done, "of": 100, "reason": "max_events"}));
    let said = text(&output.stdout);
    assert!(said.contains(&format!("INTERRUPTED after {done} of 100 steps (--max-events): all figures")), "{said}");
    // It is read back as it was written.
    let output = bench.run(&["report", "--quiet", &json, "--json", &again]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), said));
    assert_eq!(bench.json("again.json"), report);
    assert!(bench.fail(&[&run[..], &["--max-events", "3"]].concat()).contains("interrupted after 0 of 100"));
    assert!(bench.fail(&[&run[..], &["--max-events", "0"]].concat()).contains("--max-events"));
    let small = bench.path("small.json");
    let output = bench.run(&["run", "--network", &small, "--max-events", "1", "--threads", "1", "--json", &json]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(bench.json("cut.json")["interrupted"], json!({"done": 1, "of": 400, "reason": "max_events"}));
    let json = bench.path("noc.json");
    let noc = ["noc", "--cycles", "1000000000000", "--json", &json];
    let output = bench.run(&[&noc[..], &["--max-events", "200000"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report = bench.json("noc.json");
    assert_eq!(
        (&report["interrupted"]["reason"], &report["simulated_cycles"].as_u64().unwrap() % 1024),
        (&json!("max_events"), 0)
    );
    assert!(text(&output.stdout).contains("measured cycles (--max-events)"), "{}", text(&output.stdout));
    let output = bench.run(&["noc", "--rate", "0.01,0.02,0.1", "--max-events", "1000000", "--json", &json]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report = bench.json("noc.json");
    assert_eq!(report["interrupted"], json!({"done": 2, "of": 3, "reason": "max_events"}));
    assert!(bench.fail(&["noc", "--max-events", "10"]).contains("before the measurement"));
}
