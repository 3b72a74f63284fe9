//! Steps that are timed apart from their function, on any number of threads, are those of the engine of events that runs a
//! chip as a whole: it is what traced runs, and runners, still use.

use crate::budgets::Budget;
use crate::common::{
    CONTENTION, Rig, chip_from, chip_with, digest, memristive, partial_sums, random_graph, sparse_graph, text_of,
};
use crate::shards::{layered, workload};
use crate::spike_order;
use serde_json::json;
use spikemesh::hw::Chip;
use spikemesh::map::{self, Limits, Sharing, place::Placer};
use spikemesh::model::StepTimer;
use spikemesh::net::Graph;
use spikemesh::run::{
    BatchResult, Job, RunError, Shards, SparseResult, StepBounds, Traced, Unwatched, Watch, run_batch, run_sparse,
    trace_batch, trace_sparse,
};
use spikemesh::session::catalog;
use spikemesh::stats::Op;
use spikemesh::system::{self, Contention};
use spikemesh::trace::{Sink, WantedRecords};

const THREADS: [usize; 4] = [1, 2, 3, 8];

/// A network on a chip, whose limits it may break; `None` where the chip cannot run it at all.
fn try_rig(graph: Graph, chip: Chip, contention: Contention) -> Option<Rig> {
    let options = map::MappingOptions { placer: Placer::Linear, limits: Limits::Report, ..Default::default() };
    let mapping = map::map(&graph, &chip, options).ok()?;
    let calibration = chip.calibration(None).unwrap();
    let system = system::build(&graph, &chip, calibration, &mapping, contention).ok()?;
    Some(Rig { graph, chip, mapping, system })
}

/// Traces nothing: so that the engine of events runs the whole chip.
fn nothing(samples: usize, nobody: &mut Vec<Box<dyn Sink>>) -> Traced<'_> {
    Traced { wanted: WantedRecords::kinds(&[]), samples, sink: nobody }
}

fn bounds(found: &StepBounds) -> impl PartialEq + std::fmt::Debug + use<> {
    found.clone()
}

/// All that a run of steps found.
fn of_steps(found: &SparseResult) -> impl PartialEq + std::fmt::Debug + use<'_> {
    let counted = (&found.cores, &found.layers, &found.link_flits, &found.spikes, &found.membranes);
    let distributions = [&found.packet_latency, &found.packet_hops].map(digest);
    let compared = (found.mismatched, found.spike_difference, found.source_spikes, found.overrun_steps);
    let per_step = (&found.spikes_per_step, &found.step_ticks, found.conversions);
    (counted, distributions, compared, per_step, spike_order::seen(&found.order), bounds(&found.bounds))
}

/// Runs a system on any number of threads, and as a whole; gives the result.
fn all_alike(what: &str, rig: &Rig, steps: u32, watch: &dyn Watch) -> SparseResult {
    assert!(StepTimer::fits(&rig.system.tables), "{what}");
    let mut nobody = Vec::new();
    let split = Shards { count: 1, threads: 1 };
    let whole = trace_sparse(&rig.system, &rig.graph, steps, split, watch, nothing(1, &mut nobody)).unwrap();
    for threads in THREADS {
        let found = run_sparse(&rig.system, &rig.graph, steps, Shards { count: 1, threads }, watch).unwrap();
        assert_eq!(of_steps(&found), of_steps(&whole), "{what}, {threads} threads");
    }
    assert!(!whole.mismatched, "{what}");
    whole
}

#[test]
fn every_chip_with_steps_is_timed_as_by_the_engine_of_events() {
    let mut found = Vec::new();
    for name in catalog::CHIPS.names() {
        for contention in CONTENTION {
            let rigs = [random_graph(2, 256, 8), random_graph(5, 60, 3)]
                .map(|graph| try_rig(graph, chip_with(&name, &[]), contention));
            for rig in rigs.iter().flatten().filter(|rig| StepTimer::fits(&rig.system.tables)) {
                let all = all_alike(&format!("{name}, {contention:?}"), rig, 24, &Unwatched);
                found.push((name.clone(), all.packet_latency.len()));
            }
        }
    }
    found.dedup_by_key(|(name, _)| name.clone());
    assert!(found.len() >= 8, "{found:?}");
    assert!(found.iter().filter(|(_, packets)| *packets > 100).count() >= 6, "{found:?}");
}

#[test]
fn every_kind_of_network_on_chip_is_timed_as_by_the_engine_of_events() {
    for name in ["mesh", "torus", "ring", "tree", "links"] {
        let chip = || chip_from(&text_of(&format!("tests/chips/{name}.json")));
        let rig = Rig::new(random_graph(2, 256, 8), chip(), Placer::Linear, Contention::Modelled);
        let all = all_alike(name, &rig, 24, &Unwatched);
        assert!(all.packet_latency.len() > 100, "{name}");
    }
    let loihi = Rig::new(workload(), chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    assert!(all_alike("loihi", &loihi, 26, &Unwatched).packet_latency.len() > 1_000);
}

#[test]
fn partial_sums_and_real_cells_compute_what_they_did() {
    assert!(all_alike("partial sums", &partial_sums(), 40, &Unwatched).packet_latency.len() > 100);
    let (rig, mut nobody) = (memristive(), Vec::new());
    // What noise makes of spikes is no mismatch here.
    let whole =
        trace_sparse(&rig.system, &rig.graph, 30, Shards::default(), &Unwatched, nothing(1, &mut nobody)).unwrap();
    assert!(whole.conversions.0 > 0 && whole.packet_latency.len() > 100);
    for threads in THREADS {
        let found = run_sparse(&rig.system, &rig.graph, 30, Shards { count: 1, threads }, &Unwatched).unwrap();
        assert_eq!(of_steps(&found), of_steps(&whole), "{threads} threads");
    }
}

/// Populations that share cores, with spikes of a source.
fn with_source() -> Graph {
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "populations that share cores, and a source",
        "populations": [
            {"name": "in", "size": 3, "spikes": [[1, 0], [1, 2], [2, 1], [4, 0], [4, 1], [4, 2]]},
            {"name": "a", "size": 5, "threshold": 3, "bias": 1, "neuron": {"model": "if", "reset": "subtract"}},
            {"name": "b", "size": 4, "threshold": 5, "bias": 0, "neuron": {"model": "if", "reset": "zero"}}
        ],
        "projections": [
            {"from": "in", "to": "a", "edges": [[0, 0, 2, 1], [1, 3, 1, 1], [2, 4, 3, 1]]},
            {"from": "a", "to": "b", "edges": [[0, 0, 2, 1], [1, 1, 4, 1], [2, 1, 2, 1], [3, 2, 5, 1], [4, 3, 1, 1]]},
            {"from": "b", "to": "a", "edges": [[0, 1, -1, 1], [2, 0, 1, 1]]}
        ]
    }))
}

#[test]
fn sources_and_shared_cores_are_counted_as_they_were() {
    for sharing in [Sharing::Always, Sharing::Never] {
        let options = map::MappingOptions { sharing, ..map::MappingOptions::default() };
        let rig = Rig::mapped(with_source(), chip_with("loihi", &[]), options, Contention::Modelled);
        let all = all_alike(&format!("{sharing:?}"), &rig, 20, &Unwatched);
        assert!(all.source_spikes == 6 && all.spikes_per_step.iter().sum::<u64>() > 4, "{:?}", all.spikes_per_step);
    }
}

fn of_samples(found: &BatchResult) -> impl PartialEq + std::fmt::Debug + use<'_> {
    let counted = (&found.cores, &found.layers, &found.link_flits);
    let distributions = [&found.packet_latency, &found.packet_hops].map(digest);
    (&found.inferences, counted, distributions, spike_order::seen(&found.order), bounds(&found.bounds))
}

#[test]
fn samples_are_timed_as_by_the_engine_of_events() {
    let (net, samples) = layered(9);
    for (name, edits) in [
        ("loihi", vec![("/core/max_neurons", 8.into())]),
        ("loihi2", Vec::new()),
        ("crossbar", Vec::new()),
        ("tianjic", Vec::new()),
    ] {
        let Some(rig) = try_rig(Graph::from_layered(&net), chip_with(name, &edits), Contention::Modelled) else {
            panic!("{name} cannot run it")
        };
        assert!(StepTimer::fits(&rig.system.tables), "{name}");
        let job = |count, threads| Job {
            system: &rig.system,
            graph: &rig.graph,
            network: (&net).into(),
            samples: &samples,
            count,
            threads,
        };
        for count in [1, 9] {
            let mut nobody = Vec::new();
            let whole = trace_batch(job(count, 1), &Unwatched, nothing(count, &mut nobody)).unwrap();
            for threads in THREADS {
                let found = run_batch(job(count, threads), &Unwatched).unwrap();
                assert_eq!(of_samples(&found), of_samples(&whole), "{name}, {count} samples, {threads} threads");
            }
            let some = trace_batch(job(count, 2), &Unwatched, nothing(count / 2, &mut nobody)).unwrap();
            assert_eq!(of_samples(&some), of_samples(&whole), "{name}: some traced");
            assert!(whole.packet_latency.len() > 20, "{name}");
        }
    }
}

#[test]
fn a_budget_ends_a_run_at_the_same_step_for_any_number_of_threads_and_with_a_trace() {
    let rig = Rig::new(workload(), chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    let whole = run_sparse(&rig.system, &rig.graph, 26, Shards::default(), &Unwatched).unwrap();
    let crossed: u64 = whole.cores.iter().map(|core| core.hops() + core.of(Op::Inject) + core.of(Op::Eject)).sum();
    let all = 2 * crossed + 26 * rig.system.tables.fabric.terminals.len() as u64;
    let mut lengths = Vec::new();
    for part in [1, 2, 3, 5] {
        let part = all_alike("budget", &rig, 26, &Budget(all * part / 6));
        lengths.push(part.step_ticks.len());
    }
    assert!(lengths.is_sorted() && lengths[0] < lengths[3] && lengths[3] < 26, "{lengths:?}");
    assert_eq!(all_alike("budget", &rig, 26, &Budget(all)).step_ticks.len(), 26);
}

#[test]
fn a_run_that_is_cancelled_before_it_begins_has_no_result() {
    struct Never;
    impl Watch for Never {
        fn cancelled(&self) -> bool {
            true
        }
    }
    let rig = Rig::new(workload(), chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    for threads in THREADS {
        let found = run_sparse(&rig.system, &rig.graph, 5, Shards { count: 1, threads }, &Never).map(drop);
        assert_eq!(found, Err(RunError::Cancelled { done: 0, of: 5 }));
    }
}
