//! ODIN's core as its documentation and its source say it works: one event after the other, each of them through all 256
//! places, its own spikes in a queue of 32. Cycles are worked out by hand from these rules:
//!
//! * an event takes 512 cycles, 2 for each place; one of a single neuron takes 2;
//! * a neuron fires in the second cycle of its place, and the core stops for 6 cycles;
//! * 1 cycle lies between two queued events; after an event from outside the queue goes on 4 cycles later, and the next event
//!   from outside comes 6 cycles later; a spike from outside takes 1 cycle to enter the queue.

use crate::bench::Bench;
use crate::common::{CONTENTION, Rig, chip_with, sparse_graph, total};
use crate::traced::Kept;
use serde_json::{Value, json};
use spikemesh::map::place::Placer;
use spikemesh::net::{Graph, reference};
use spikemesh::run::{Shards, SparseResult, Traced, Unwatched, run_sparse, trace_sparse};
use spikemesh::stats::Op;
use spikemesh::trace::{Kind, WantedRecords};

/// A network with a core of some neurons.
fn network(core: Value, more: Value) -> Value {
    let mut file = json!({
        "format": "spikemesh.sparse/1",
        "description": "events of ODIN",
        "populations": [
            {"name": "in", "size": 4, "spikes": []},
            {"name": "core", "size": 256, "threshold": 10, "neuron": {"model": "odin"}}
        ],
        "projections": []
    });
    let fields = |value: &mut Value, from: &Value| {
        from.as_object().unwrap().iter().for_each(|(name, field)| value[name] = field.clone());
    };
    fields(&mut file["populations"][1], &core);
    fields(&mut file, &more);
    file
}

/// A run with time steps of 100,000 cycles: (neuron of the core, cycle) of all spikes, and the rest.
fn run(file: &Value, steps: u32) -> (Vec<(u32, u64)>, SparseResult) {
    let free = json!({"time_step": "100000 cycles", "deadline": "100000000 cycles"});
    let rig =
        Rig::new(sparse_graph(file), chip_with("odin", &[("/free_running", free)]), Placer::Linear, CONTENTION[0]);
    let mut kept = Kept::default();
    let traced = Traced { wanted: WantedRecords::kinds(Kind::ALL), samples: 1, sink: &mut kept };
    let result = trace_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched, traced).unwrap();
    let spikes = kept.of(Kind::Spike).filter(|record| record.item >= 4).map(|record| (record.item - 4, record.tick));
    (spikes.collect(), result)
}

/// A value for all 256 neurons but some.
fn but(all: i64, some: &[(usize, i64)]) -> Value {
    let mut values = vec![all; 256];
    some.iter().for_each(|(neuron, value)| values[*neuron] = *value);
    json!(values)
}

/// A start, and a way from 5 over 9 to 255.
fn chain() -> Value {
    let edges = json!([[5, 9, 7, 1], [5, 3, 2, 1], [9, 255, 6, 1]]);
    network(
        json!({"start": but(0, &[(5, 10), (9, 3), (255, 4)])}),
        json!({"projections": [{"from": "core", "to": "core", "edges": edges}]}),
    )
}

/// Neuron 5 fires in cycle 11 of the time reference event, which takes 512 and a stop of 6. Its event begins 4 later, in
/// cycle 522: neuron 9 fires 19 later. The event takes 518, too; 1 cycle later, in 1041, neuron 9's event begins, in which
/// neuron 255 fires at its very end, 511 later. Its own event reaches nobody, and takes its time all the same: from 1041 + 518
/// + 1 on, to 2072.
#[test]
fn every_event_works_through_all_places() {
    let (spikes, result) = run(&chain(), 1);
    assert_eq!(spikes, [(5, 11), (9, 522 + 19), (255, 1041 + 511)]);
    assert_eq!(result.step_ticks, [1560 + 512]);
    assert_eq!((result.lost, result.dropped), (0, 0));
    let counts = total(&result.cores);
    assert_eq!((counts.of(Op::AxonIn), counts.of(Op::Synapse)), (3, 3 * 256));
    assert_eq!((counts.of(Op::SomaUpdate), counts.of(Op::SomaSpike)), (4 * 256, 3));
    // The same network in open loop: spikes are only sent off.
    let (spikes, result) = run(&network(json!({"start": but(0, &[(5, 10)])}), json!({})), 1);
    assert_eq!((spikes, result.step_ticks), (vec![(5, 11)], vec![518]));
}

/// An input comes 6 cycles after the time reference event, takes 1 to enter the queue, which goes on 4 later. The next one
/// enters when the event before it is done, and 5 cycles more are between them than between two queued ones.
#[test]
fn inputs_come_one_by_one_over_their_bus() {
    let spikes = json!([[1, 0], [1, 1], [1, 2]]);
    let edges = json!([[0, 0, 7, 1], [1, 0, 7, 1], [2, 1, 7, 1]]);
    let file = network(json!({}), json!({"projections": [{"from": "in", "to": "core", "edges": edges}]}));
    let mut file = file;
    file["populations"][0]["spikes"] = spikes;
    let (spikes, result) = run(&file, 1);
    let first = 512 + 6 + 1 + 4;
    assert_eq!(spikes, [(0, first + 518 + 1)]);
    assert_eq!(result.step_ticks, [first + 518 + 6 + 518 + 512]);
    assert_eq!(total(&result.cores).of(Op::HostWrite), 3);
}

/// All 256 neurons fire in the time reference event, and 32 spikes find a place. With a threshold of 0 every event makes
/// all of them fire: one place becomes free with each, after the event, and the first 32 spikes leave none for those of the
/// second event, but that of the event before.
#[test]
fn a_spike_that_finds_the_queue_full_is_lost() {
    let edges = json!([[0, 1, 1, 1]]);
    let more = json!({"projections": [{"from": "core", "to": "core", "edges": edges}]});
    let (spikes, result) = run(&network(json!({"start": 10}), more.clone()), 1);
    assert_eq!((spikes.len(), result.lost), (256, 256 - 32));
    // 32 events, one after the other, after a time reference with 256 stops and 4 cycles.
    assert_eq!(result.step_ticks, [512 + 256 * 6 + 4 + 32 * 513 - 1]);
    assert_eq!(total(&result.cores).of(Op::AxonIn), 32);
    // It never ends: of every event's spikes one is queued, for that which has left.
    let core = json!({"threshold": 0});
    let free = json!({"time_step": "20000 cycles", "deadline": "20000 cycles"});
    let rig = Rig::new(
        sparse_graph(&network(core, more)),
        chip_with("odin", &[("/free_running", free)]),
        Placer::Linear,
        CONTENTION[0],
    );
    let result = run_sparse(&rig.system, &rig.graph, 1, Shards::default(), &Unwatched).unwrap();
    // From cycle 2052 on an event begins every 2049 cycles; the first finds 32 in the queue, each later one 31 and its own.
    let events = (20_000 - 2052u64).div_ceil(2049);
    assert_eq!(result.spikes_per_step, [256 * (1 + events)]);
    assert_eq!(result.lost, 256 * (1 + events) - 32 - (events - 1));
    assert!(result.mismatched, "the reference has no queue");
}

/// In step 2, a hundred cycles after the first of many queued events began, come a time reference and an input: the time
/// reference is next, then the event that was queued before, and the input gets in between it and the others.
#[test]
fn time_references_overtake_the_queue_and_an_input_gets_in_between() {
    let starts: Vec<(usize, i64)> = (0..10).map(|neuron| (neuron, 10)).collect();
    // Neuron 0 reaches 100, neuron 1 101, ...; the input reaches 200. All begin high enough to fire.
    let own: Vec<Value> = (0..10).map(|neuron| json!([neuron, 100 + neuron, 7, 1])).collect();
    let mut high: Vec<(usize, i64)> = (100..110).map(|neuron| (neuron, 3)).collect();
    high.push((200, 3));
    high.extend(&starts);
    let mut file = network(
        json!({"start": but(0, &high)}),
        json!({"projections": [
            {"from": "core", "to": "core", "edges": own},
            {"from": "in", "to": "core", "edges": [[0, 200, 7, 1]]}
        ]}),
    );
    file["populations"][0]["spikes"] = json!([[2, 0]]);
    // The time reference of step 1 takes 512 and ten stops, and 4 cycles later the first event begins.
    let begin = 512 + 60 + 4;
    let step = begin + 100;
    let free = json!({"time_step": format!("{step} cycles"), "deadline": "100000000 cycles"});
    let rig =
        Rig::new(sparse_graph(&file), chip_with("odin", &[("/free_running", free)]), Placer::Linear, CONTENTION[0]);
    let mut kept = Kept::default();
    let traced = Traced { wanted: WantedRecords::kinds(Kind::ALL), samples: 1, sink: &mut kept };
    trace_sparse(&rig.system, &rig.graph, 2, Shards::default(), &Unwatched, traced).unwrap();
    let spikes: Vec<(u32, u64)> = kept.of(Kind::Spike).filter(|r| r.item >= 4).map(|r| (r.item - 4, r.tick)).collect();
    let later: Vec<u32> = spikes.iter().map(|(neuron, _)| *neuron).skip(10).collect();
    // The queue is worked off in order; the input is behind all ten and the spike of 100, which was queued before it.
    let order = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 200];
    assert_eq!(later, order);
    // Event 1 takes 518 and 1; then the time reference 512; 4 cycles later event 2, whose neuron 101 fires 203 later.
    let second = begin + 518 + 1 + 512 + 4;
    assert_eq!(spikes[10..12], [(100, begin + 201), (101, second + 203)]);
    // Then the input enters, which takes 1 and 4 more, before event 3.
    assert_eq!(spikes[12], (102, second + 518 + 1 + 1 + 4 + 205));
    assert_eq!(kept.of(Kind::Delivered).filter(|r| r.node == 1).count(), 1);
}

/// A list of events: each acts as it says, in order, and no time reference comes of itself.
#[test]
fn the_host_may_list_its_events() {
    let edges = json!([[0, 0, 3, 1], [0, 1, 3, 1], [0, 255, 3, 1]]);
    let event = |step: u32, kind: &str, more: Value| {
        let mut event = json!({"step": step, "event": kind});
        more.as_object().unwrap().iter().for_each(|(name, value)| event[name] = value.clone());
        event
    };
    let (one, two) = (json!({"to": "core", "neuron": 1}), json!({"to": "core", "neuron": 2}));
    let virtual_2 = |weight: i64| json!({"to": "core", "neuron": 2, "weight": weight});
    let synapse = json!({"from": "in", "source": 0, "to": "core", "neuron": 0});
    let events = json!([
        event(1, "spike", json!({"from": "in", "source": 0})), // 3, 3, 0
        event(2, "synapse", synapse.clone()),                  // 6
        event(2, "synapse", synapse.clone()),                  // 9
        event(2, "synapse", synapse),                          // fires
        event(3, "virtual", virtual_2(7)),
        event(3, "virtual", virtual_2(-2)),     // 5
        event(4, "time_reference", one),        // leaks to 1
        event(4, "queued_time_reference", two), // leaks to 3
        event(5, "virtual", virtual_2(7)),      // fires
        event(6, "time_reference", json!({})),
    ]);
    let more = json!({"projections": [{"from": "in", "to": "core", "edges": edges}], "events": events});
    let file = network(json!({"neuron": {"model": "odin", "leak": 2}}), more);
    let (spikes, result) = run(&file, 6);
    // In step 2 the third synapse comes 2 + 6 + 2 + 6 cycles after the first. In step 5 a virtual event enters the queue.
    assert_eq!(spikes, [(0, 100_000 + 16 + 1), (2, 400_000 + 5 + 1)]);
    assert_eq!((result.membranes[4], result.membranes[5], result.membranes[6]), (0, 0, 0));
    assert_eq!(result.membranes[4 + 255], 1);
    assert_eq!(result.step_ticks[5], 512);
    let counts = total(&result.cores);
    assert_eq!((counts.of(Op::Synapse), counts.of(Op::HostWrite)), (256 + 3 + 3, 10));
    assert_eq!(counts.of(Op::SomaUpdate), 256 + 3 + 3 + 2 + 256);
    assert!(!result.mismatched, "without a loop the reference works on the same events in the same order");
    let graph = sparse_graph(&file);
    assert_eq!(reference::sparse(&graph, 6).spikes_per_step, [0, 1, 0, 0, 1, 0]);
    // What is written is read again.
    let bench = Bench::new();
    let written = bench.path("again");
    let network = |graph: Graph| spikemesh::net::SparseNetwork {
        name: "again".into(),
        description: "events of ODIN".into(),
        graph,
        time_steps: None,
        seed: None,
        notes: Vec::new(),
        imported: None,
        samples: Default::default(),
    };
    spikemesh::net::save(&network(graph.clone()), std::path::Path::new(&written), &[]).unwrap();
    let file = std::path::Path::new(&written).join("network.json");
    let spikemesh::net::Network::Sparse(again) = spikemesh::net::load(&file).unwrap() else { panic!() };
    assert_eq!(again.graph.events, graph.events);
}

/// A threshold of 0 fires with every event; a disabled neuron resets without a spike; leaks differ from neuron to neuron.
#[test]
fn neurons_have_thresholds_leaks_and_switches_of_their_own() {
    let mut disabled = vec![false; 256];
    disabled[7] = true;
    let mut leak = vec![0; 256];
    (leak[8], leak[9]) = (4, 127);
    let core = json!({
        "threshold": but(255, &[(6, 0), (7, 10)]),
        "start": but(0, &[(7, 9), (8, 50), (9, 50), (10, 250)]),
        "neuron": {"model": "odin", "leak": leak, "disabled": disabled}
    });
    let edges = json!([[0, 7, 1, 1], [0, 10, 7, 1]]);
    let mut file = network(core, json!({"projections": [{"from": "in", "to": "core", "edges": edges}]}));
    file["populations"][0]["spikes"] = json!([[1, 0]]);
    let (spikes, result) = run(&file, 1);
    let second = 518 + 6 + 5;
    assert_eq!(spikes, [(6, 13), (6, second + 13), (10, second + 21 + 6)]);
    let membranes: Vec<i32> = [7, 8, 9, 10].iter().map(|neuron| result.membranes[4 + neuron]).collect();
    assert_eq!(membranes, [0, 46, 0, 0]);
}

/// 256 neurons in a ring have all 256 axons. Inputs act on the synapses of the first four of them, and need none.
#[test]
fn an_input_on_a_neurons_row_needs_no_axon() {
    let ring: Vec<Value> = (0..256).map(|neuron| json!([neuron, (neuron + 1) % 256, 7, 1])).collect();
    let ring = json!({"from": "core", "to": "core", "edges": ring});
    let start = but(0, &[(3, 3)]);
    let mut with_rows = network(json!({"start": start}), json!({"projections": [ring]}));
    with_rows["populations"][0]["spikes"] = json!([[1, 2], [1, 0]]);
    let mut of_its_own = with_rows.clone();
    with_rows["populations"][0]["rows_of"] = json!("core");
    let (spikes, result) = run(&with_rows, 1);
    // Input 0 comes first and brings neuron 1 to 7. Input 2 brings neuron 3 to its threshold, which brings neuron 4 to 7.
    let second = 512 + 6 + 1 + 4 + 518;
    assert_eq!(spikes, [(3, second + 7)]);
    assert_eq!([1, 3, 4].map(|neuron| result.membranes[4 + neuron]), [7, 0, 7]);
    assert_eq!(total(&result.cores).of(Op::AxonIn), 3);
    // The same as events, which need no source at all.
    let event = |source: u32| json!({"step": 1, "event": "spike", "from": "core", "source": source});
    let mut as_events = with_rows.clone();
    as_events["populations"][0] = json!({"name": "in", "size": 4, "spikes": []});
    as_events["events"] = json!([{"step": 1, "event": "time_reference"}, event(0), event(2)]);
    assert_eq!(run(&as_events, 1).0, spikes);
    // With synapses of its own an input has an axon of its own.
    let edges = json!({"from": "in", "to": "core", "edges": [[0, 1, 7, 1], [2, 3, 7, 1]]});
    of_its_own["projections"].as_array_mut().unwrap().push(edges.clone());
    let bench = Bench::new();
    let fail = |file: &Value, chip: &str| {
        std::fs::write(bench.path("net.json"), file.to_string()).unwrap();
        bench.fail(&["run", "--network", &bench.path("net.json"), "--steps", "1", "--chip", chip, "-q"])
    };
    let text = fail(&of_its_own, "odin");
    assert!(text.contains("the network needs 2, the chip has 1"), "{text}");
    let text = fail(&with_rows, "event_mesh");
    assert!(text.contains("inputs on rows of neurons (rows_of)"), "{text}");
    // Files that say too much.
    with_rows["projections"].as_array_mut().unwrap().push(edges);
    let text = fail(&with_rows, "odin");
    assert!(text.contains("has rows_of, and so no synapses of its own"), "{text}");
    with_rows["populations"][0]["rows_of"] = json!("in");
    let text = fail(&with_rows, "odin");
    assert!(text.contains("populations[0].rows_of: a source; expected a population of neurons"), "{text}");
}

#[test]
fn events_that_make_no_sense_are_refused() {
    let bench = Bench::new();
    let file = |events: Value| {
        let file = network(json!({}), json!({"time_steps": 2, "events": events}));
        let path = bench.path("events.json");
        std::fs::write(&path, file.to_string()).unwrap();
        path
    };
    let run = |events: Value, chip: &str| bench.fail(&["run", "--network", &file(events), "--chip", chip, "-q"]);
    let wrong = json!([
        {"step": 1, "event": "spik", "from": "in", "source": 0},
        {"step": 0, "event": "spike", "from": "in", "source": 3},
        {"step": 1, "event": "spike", "from": "in", "source": 4},
        {"step": 1, "event": "virtual", "to": "core", "neuron": 3, "weight": 8},
        {"step": 1, "event": "time_reference", "to": "in", "neuron": 3},
        {"step": 1, "event": "synapse", "from": "in", "source": 0, "to": "cor", "neuron": 3}
    ]);
    let text = run(wrong, "odin");
    for part in [
        "events[0].event",
        "did you mean \"spike\"",
        "events[1].step",
        "events[2].source",
        "events[3].weight",
        "events[4].to: a source has no neurons on the chip",
        "did you mean \"core\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = run(json!([{"step": 1, "event": "time_reference"}]), "event_mesh");
    assert!(text.contains("do not work event by event"), "{text}");
}
