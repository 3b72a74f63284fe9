//! What bounds a step: by hand on a chip of two cores, by another way from the records of a trace, and never below the
//! lower bound.

use crate::by_hand::{file, network};
use crate::common::{CONTENTION, Rig, chip_from, chip_with, header, sparse_graph};
use crate::shards::{layered, workload};
use serde_json::{Value, json};
use spikemesh::data;
use spikemesh::hw::Chip;
use spikemesh::json::Document;
use spikemesh::map::place::Placer;
use spikemesh::net::{Graph, Network};
use spikemesh::report::{
    BatchInput, BoundFigures, Context, Detail, SparseInput, Summary, read_run, run_json, run_text, summarise_batch,
    summarise_sparse,
};
use spikemesh::run::{BoundClass, BoundSteps, Job, Shards, SparseResult, StepBounds, Unwatched, run_batch, run_sparse};
use spikemesh::system::Contention;

use BoundClass::{Barrier, Blocked, Receive, Send, Soma, Synapse};

fn hand(edits: &[(&str, Value)]) -> Value {
    let mut file = file();
    for (pointer, value) in edits {
        *file.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value.clone();
    }
    file
}

fn four_steps(file: &Value, contention: Contention) -> (Rig, SparseResult) {
    let rig = Rig::new(network(), chip_from(&file.to_string()), Placer::Linear, contention);
    let result = run_sparse(&rig.system, &rig.graph, 4, Shards::default(), &Unwatched).unwrap();
    (rig, result)
}

fn summary(rig: &Rig, result: &SparseResult) -> Summary {
    let Rig { graph, chip, mapping, system } = rig;
    let context = Context { chip, calibration: chip.calibration(None).unwrap(), graph, mapping, system };
    summarise_sparse(header(), context, SparseInput { steps: result.step_ticks.len() as u32, result })
}

/// Steps by core and class, without those of none.
fn bounded(bounds: &StepBounds) -> Vec<(usize, BoundClass, u64, u64)> {
    let cores = bounds.cores.iter().enumerate();
    let all =
        cores.flat_map(|(core, of)| BoundClass::ALL.into_iter().zip(of).map(move |(class, of)| (core, class, *of)));
    all.filter(|(.., of)| of.steps > 0).map(|(core, class, of)| (core, class, of.steps, of.ticks)).collect()
}

/// The chip and network of `by_hand`, of which the ways to the ends of steps are (ns from the release):
///
/// * Steps 1, 2, 4, in which a fires. Its soma works 2 + 4 + 7 = 13; it makes two packets in 6 each, one to itself, which
///   is ready at 19, and one to b, ready at 25. Core a: soma 13 + send 12 = 25; its own packet: 13 + 6 + way 3 + axon 5 +
///   synapse 3 = 30. Core b: soma 2 or 6; the packet to it: soma 13 + send 12 + way 13 + axon 5 + synapse 3 = 46, the last.
/// * Step 3, in which b fires: core b: 13 + 6 = 19; core a: soma 6; the packet to it: 13 + 6 + 13 + 5 + 3 = 40.
///
/// With a barrier of 100 all is bounded by it: 3 x 146 + 140 = 578. Without a class the longest way is, in steps 1, 2, 4
/// and in step 3:
///
/// | class   | steps 1, 2, 4              | step 3            | with barriers of 100    |
/// |---------|----------------------------|-------------------|-------------------------|
/// | receive | 46 - 5 = 41                | 40 - 5 = 35       | 3 x 141 + 135 = 558     |
/// | synapse | 46 - 3 = 43                | 40 - 3 = 37       | 3 x 143 + 137 = 566     |
/// | soma    | 46 - 13 = 33               | 40 - 13 = 27      | 3 x 133 + 127 = 526     |
/// | send    | 46 - 12 = 34               | 40 - 6 = 34       | 3 x 134 + 134 = 536     |
/// | network | 46 - 13 = 33               | 40 - 13 = 27      | 3 x 133 + 127 = 526     |
/// | blocked | 46                         | 40                | 578                     |
/// | barrier | 46                         | 40                | 3 x 46 + 40 = 178       |
///
/// The most that a core works: 25 of a's soma and axon stage; 19 of b's. With barriers 3 x 125 + 119 = 494.
#[test]
fn two_cores_are_as_worked_out_by_hand() {
    for contention in CONTENTION {
        let (rig, result) = four_steps(&file(), contention);
        let bounds = &result.bounds;
        assert_eq!(bounded(bounds), [(2, Barrier, 4, 578)], "{contention:?}");
        assert_eq!(bounds.time, [4 * 5, 4 * 3, 4 * 13, 3 * 12 + 6, 4 * 13, 0, 400]);
        assert_eq!(bounds.without, [558, 566, 526, 536, 526, 578, 178]);
        assert_eq!((bounds.all, bounds.lower_bound), (BoundSteps { steps: 4, ticks: 578 }, 494));
        let summary = summary(&rig, &result);
        let found = summary.bound.as_ref().unwrap();
        assert_eq!(
            (found.lower_bound_ns, found.gain(Barrier), found.by_core()),
            (494.0, 178.0 / 578.0, vec![(None, 4)])
        );
        let text = run_text(&summary, 200, Detail::Full);
        for words in [
            "the barrier bounds 100 % of steps; without it the run would take 178 ns instead of 578 ns (estimate)",
            "494 ns of 578 ns",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let brief = run_text(&summary, 200, Detail::Brief);
        assert!(brief.contains("the barrier bounds 100 % of steps; at least 494 ns"), "{brief}");
    }
}

/// A synapse of 30 ns instead of 3, a barrier of 10 instead of 100: a's steps end at 73, b's at 67, and both by the synapses
/// of the other core. Without the synapses: 43 + 10 and 37 + 10.
#[test]
fn the_largest_part_of_the_last_way_bounds_a_step() {
    let slow = [
        ("/calibrations/hand/costs/synapse/latency", json!("30 ns")),
        ("/calibrations/hand/barrier/by_tiles", json!([[1, "5 ns"], [2, "10 ns"]])),
    ];
    let (rig, result) = four_steps(&hand(&slow), Contention::Modelled);
    assert_eq!(bounded(&result.bounds), [(0, Synapse, 1, 77), (1, Synapse, 3, 3 * 83)]);
    assert_eq!(result.bounds.without[Synapse as usize], 3 * 53 + 47);
    let summary = summary(&rig, &result);
    let bound = summary.bound.as_ref().unwrap();
    let most = bound.dominant();
    assert_eq!((most.core, most.class, most.share_of_steps, most.share_of_class), (Some(1), Synapse, 0.75, 1.0));
    assert_eq!(most.share_of_time, 249.0 / 326.0);
    let text = run_text(&summary, 200, Detail::Full);
    let words = "core 1 bounds 75 % of steps (76 % of the time) by its synapses, and others do so 25 % more; without that \
                 term the run would take 206 ns instead of 326 ns (estimate)";
    assert!(text.contains(words), "{text}");
    // Without a barrier to speak of, 13 of soma and of way are equal: the soma comes first, and it is the sender's.
    let quick = [("/calibrations/hand/barrier/by_tiles", json!([[1, "1 ns"]]))];
    let (_, result) = four_steps(&hand(&quick), Contention::Modelled);
    assert_eq!(bounded(&result.bounds), [(0, Soma, 3, 3 * 47), (1, Soma, 1, 41)]);
}

/// Three cores of Loihi send to a fourth one, whose queue has one place; figures as in `zero_load`, in ticks of 0.1 ns. The
/// packets are ready at 448 = soma 397 + axon 51, and the first is there at 450. From then on the core is busy until 1044,
/// with 160 + 38 a packet: others wait, but not the core.
#[test]
fn a_core_that_is_busy_is_not_blocked() {
    let tile = |edits: &[(&str, Value)], senders: usize, per_sender: usize| {
        let mut all = vec![("/core/max_neurons", json!(per_sender))];
        all.extend(edits.iter().cloned());
        let neurons = senders * per_sender + 1;
        let bias: Vec<i32> = (1..=neurons).map(|neuron| i32::from(neuron < neurons)).collect();
        let edges: Vec<[usize; 4]> = (1..neurons).map(|neuron| [neuron - 1, neurons - 1, 1, 1]).collect();
        let graph = sparse_graph(&json!({
            "format": "spikemesh.sparse/1", "description": "one tile",
            "populations": [{"name": "n", "size": neurons, "threshold": 1, "bias": bias,
                             "neuron": {"model": "if", "reset": "zero"}}],
            "projections": [{"from": "n", "to": "n", "edges": edges}]
        }));
        let rig = Rig::new(graph, chip_with("loihi", &all), Placer::Linear, Contention::Modelled);
        run_sparse(&rig.system, &rig.graph, 1, Shards::default(), &Unwatched).unwrap()
    };
    let result = tile(&[("/core/receive_queue", json!(1))], 3, 1);
    assert_eq!(result.bounds.time, [480, 114, 397, 51, 2, 0, 6000]);
    // A flit every 20 ns lets the core of the tile wait: the last of three is ready at 448 and is there at 449 + 400 + 1.
    let result = tile(&[("/mesh/flit_interval", json!("20 ns"))], 3, 1);
    assert_eq!(result.step_ticks, [850 + 198 + 6000]);
    assert_eq!(result.bounds.time, [160, 38, 397, 51, 2, 400, 6000]);
    assert_eq!(result.bounds.without[Blocked as usize], 648 + 6000);
}

/// The chip of `by_hand` with fixed ticks, whose steps need 46, 46, 40 and 46 ns. In ticks of 40 ns three are longer, by
/// what is largest beside the wait; in ticks of 46 ns the clock bounds all.
#[test]
fn a_clock_bounds_steps_that_need_no_more_than_a_tick() {
    let fixed = |length: &str| {
        let mut file = file();
        file["fixed_tick"] = json!({"length": length});
        let hand = file["calibrations"]["hand"].as_object_mut().unwrap();
        hand.remove("barrier");
        hand["costs"].as_object_mut().unwrap().remove("barrier");
        four_steps(&file, Contention::Modelled)
    };
    let (rig, result) = fixed("40 ns");
    assert_eq!(bounded(&result.bounds), [(0, Soma, 3, 240), (2, Barrier, 1, 40)]);
    // The work of a core is at most 25: a tick each. Without its soma a step takes 33 and 27, without receiving 41.
    assert_eq!((result.bounds.lower_bound, result.bounds.all.ticks), (160, 280));
    assert_eq!(result.bounds.without, [280, 280, 160, 160, 160, 280, 3 * 46 + 40]);
    let text = run_text(&summary(&rig, &result), 200, Detail::Full);
    assert!(text.contains("core 0 bounds 75 % of steps (86 % of the time) by its neurons"), "{text}");
    let (rig, result) = fixed("46 ns");
    assert_eq!(bounded(&result.bounds), [(2, Barrier, 4, 184)]);
    let text = run_text(&summary(&rig, &result), 200, Detail::Full);
    assert!(text.contains("the tick bounds 100 % of steps"), "{text}");
}

/// One packet with a synapse to itself and one to core 1 from each of a's spikes at steps 1, 2 and 4, and one back at
/// step 3: the stages of a core work that often, whatever time it is.
#[test]
fn a_free_running_chip_has_work_instead_of_steps() {
    let mut file = file();
    file["free_running"] = json!({"time_step": "1 us", "deadline": "1 ms"});
    file["core"]["max_delay"] = json!(1);
    let table = file["calibrations"]["hand"].as_object_mut().unwrap();
    table.remove("barrier");
    table["costs"].as_object_mut().unwrap().remove("barrier");
    let graph = sparse_graph(&json!({
        "format": "spikemesh.sparse/1", "description": "one sends, one gets",
        "populations": [
            {"name": "a", "size": 1, "threshold": 10, "bias": 10, "neuron": {"model": "if", "reset": "subtract"}},
            {"name": "b", "size": 1, "threshold": 70, "neuron": {"model": "if", "reset": "zero"}}
        ],
        "projections": [{"from": "a", "to": "b", "edges": [[0, 0, 4, 1]]}]
    }));
    let rig = Rig::new(graph, chip_from(&file.to_string()), Placer::Linear, Contention::Modelled);
    let result = run_sparse(&rig.system, &rig.graph, 4, Shards::default(), &Unwatched).unwrap();
    // Core a: four times access, update, spike, and a packet of 6. Core b: four packets, each with a synapse, and access and
    // update of the neuron that it reaches. At its silent edges nothing is looked at.
    assert_eq!(result.bounds.work, [[0, 0, 4 * 13, 4 * 6], [4 * 5, 4 * 3, 4 * 6, 0]]);
    assert_eq!((bounded(&result.bounds), result.bounds.all.steps), (vec![], 0));
    let summary = summary(&rig, &result);
    assert!(summary.bound.is_none());
    let busiest = summary.busiest_core.as_ref().unwrap();
    let works: Vec<(BoundClass, f64)> = busiest.stages.iter().map(|one| (one.class, one.time_ns)).collect();
    assert_eq!((busiest.core, works), (0, vec![(Receive, 0.0), (Synapse, 0.0), (Soma, 52.0), (Send, 24.0)]));
    let report = run_json(&summary);
    assert_eq!((run_json(&read(&report)), report.get("bound")), (report.clone(), None));
}

fn read(report: &Value) -> Summary {
    Document::parse("run.json", &report.to_string()).and_then(read_run).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn reports_keep_it_and_are_checked_against_it() {
    let (rig, result) = four_steps(&file(), Contention::Modelled);
    let report = run_json(&summary(&rig, &result));
    assert_eq!(run_json(&read(&report)), report);
    // A report of a program that did not know of it.
    let mut old = report.clone();
    old.as_object_mut().unwrap().remove("bound");
    assert_eq!((read(&old).bound, run_json(&read(&old))), (None, old));
    let refused = |pointer: &str, value: Value| {
        let mut wrong = report.clone();
        *wrong.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
        let read = Document::parse("run.json", &wrong.to_string()).and_then(read_run);
        read.err().unwrap_or_else(|| panic!("{pointer} is not checked")).to_string()
    };
    for (pointer, value, words) in [
        ("/bound/steps", json!(5), "not all steps"),
        ("/bound/time_ns", json!(577.0), "found 577"),
        ("/bound/lower_bound_ns", json!(600.0), "found 600 of 578 ns"),
        ("/bound/classes/2/time_ns", json!(1.0), "bound.classes"),
        ("/bound/classes/2/steps", json!(1), "not all steps"),
        ("/bound/classes/2/class", json!("send"), "expected receive, synapse"),
        ("/bound/classes/2/class", json!("some"), "receive"),
        ("/bound/cores/0/steps", json!(3), "not those of the classes"),
        ("/bound/cores/0/class", json!("soma"), "not those of the classes"),
    ] {
        let said = refused(pointer, value);
        assert!(said.contains(words), "{pointer}: {said}");
    }
}

/// Loihi with a barrier of a few ticks, so that other things bound steps, and some values of its own.
pub fn loihi(edits: &[(&str, Value)]) -> Chip {
    let mut all = vec![("/calibrations/silicon_fit/barrier/by_tiles", json!([[1, "2 ns"], [29, "9 ns"]]))];
    all.extend(edits.iter().cloned());
    chip_with("loihi", &all)
}

pub const STEPS: u32 = 24;

#[test]
fn it_is_the_same_in_any_parts() {
    for chip in [loihi(&[]), loihi(&[("/mesh/buffer_flits", json!(1))])] {
        let rig = Rig::new(workload(), chip, Placer::Linear, Contention::Modelled);
        let run = |split| run_sparse(&rig.system, &rig.graph, STEPS, split, &Unwatched).unwrap().bounds;
        let one = run(Shards::default());
        assert!(one.all.steps == u64::from(STEPS) && bounded(&one).len() > 2, "{:?}", bounded(&one));
        for split in [(2, 1), (7, 2), (16, 4)].map(|(count, threads)| Shards { count, threads }) {
            assert_eq!(run(split), one, "{split:?}");
        }
    }
    let (net, samples) = layered(6);
    let rig = Rig::new(Graph::from_layered(&net), chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    let (system, graph, network) = (&rig.system, &rig.graph, (&net).into());
    let job = |threads| Job { system, graph, network, samples: &samples, count: 6, threads };
    let one = run_batch(job(1), &Unwatched).unwrap();
    let ticks: u64 = one.inferences.iter().map(|inference| inference.ticks).sum();
    assert_eq!((one.bounds.all.ticks, one.bounds.time.iter().sum::<u64>()), (ticks, ticks));
    assert!([2, 4].into_iter().all(|threads| run_batch(job(threads), &Unwatched).unwrap().bounds == one.bounds));
}

/// The time of a network whose packets meet hardly any other is within 5 % of the bound.
#[test]
fn without_congestion_the_lower_bound_is_near() {
    let Ok(Network::Trained(mlp)) = spikemesh::net::load("networks/trained/digits-mlp".as_ref()) else { panic!() };
    let digits = data::load("digits", &[]).unwrap();
    let rig =
        Rig::new(Graph::from_layered(&mlp.quantised), chip_with("loihi", &[]), Placer::Linear, Contention::Modelled);
    let (system, graph, network) = (&rig.system, &rig.graph, (&mlp.quantised).into());
    let result =
        run_batch(Job { system, graph, network, samples: &digits.test, count: 20, threads: 1 }, &Unwatched).unwrap();
    let near = result.bounds.lower_bound as f64 / result.bounds.all.ticks as f64;
    assert!(near > 0.95 && near < 1.0, "{near}");
    let Rig { graph, chip, mapping, system } = &rig;
    let context = Context { chip, calibration: chip.calibration(None).unwrap(), graph, mapping, system };
    let input = BatchInput { network, asked: 20, result: &result, ann_costs: Default::default() };
    let summary = summarise_batch(header(), context, input);
    let bound: &BoundFigures = summary.bound.as_ref().unwrap();
    let all: f64 = bound.time_by_class().map(|(_, ns)| ns).sum();
    assert!((all - bound.time_ns).abs() < 1e-6 && bound.time_ns > bound.lower_bound_ns, "{all}");
    // The second layer's core has all synapses of the first one's spikes.
    assert!(bound.cores.iter().any(|one| one.core == Some(1) && one.class == Synapse));
}
