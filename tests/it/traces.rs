//! Records of a run: they are as many as what is counted, fit each other, and are the same for any threads and shards.

use crate::common::{Rig, chip_from, chip_with, digest, text_of, total};
use crate::shards::{layered, workload};
use crate::traced::Kept;
use spikemesh::hw::Chip;
use spikemesh::map::place::Placer;
use spikemesh::net::{Graph, RandomSpec};
use spikemesh::run::{
    Job, RunError, Shards, SparseResult, Traced, Unwatched, run_batch, run_sparse, trace_batch, trace_sparse,
};
use spikemesh::stats::Op;
use spikemesh::system::Contention;
use spikemesh::trace::scene::{Scene, SceneNode};
use spikemesh::trace::{Kind, Record, Sink, TraceError, TracedSample, WantedRecords};
use std::collections::HashMap;
use std::io;

fn everything(samples: usize, sink: &mut dyn Sink) -> Traced<'_> {
    Traced { wanted: WantedRecords::kinds(Kind::ALL), samples, sink }
}

fn small(seed: u32) -> Graph {
    let name = format!("random:seed={seed},neurons=256,cores=8,targets=uniform");
    RandomSpec::parse(&name).unwrap().generate().graph
}

fn rig(graph: Graph, chip: Chip, contention: Contention) -> Rig {
    Rig::new(graph, chip, Placer::Linear, contention)
}

pub fn traced(rig: &Rig, steps: u32, split: Shards) -> (SparseResult, Kept) {
    let mut kept = Kept::default();
    let traced = everything(1, &mut kept);
    let result = trace_sparse(&rig.system, &rig.graph, steps, split, &Unwatched, traced);
    (result.unwrap_or_else(|error| panic!("{error}")), kept)
}

fn scene(rig: &Rig) -> Scene {
    rig.system.scene(&rig.graph, &rig.chip, rig.chip.calibration(None).unwrap(), &rig.mapping)
}

/// Rigs of all topologies, with multicast, several virtual channels, long packets and crossbars among them.
pub fn rigs() -> Vec<(&'static str, Rig)> {
    let example =
        |name| (name, rig(small(2), chip_from(&text_of(&format!("tests/chips/{name}.json"))), Contention::Modelled));
    let free = chip_with("event_mesh", &[]);
    let others = [
        ("loihi", rig(small(3), chip_with("loihi", &[]), Contention::Modelled)),
        ("ideal", rig(small(3), chip_with("loihi", &[]), Contention::Ignored)),
        ("free", rig(small(4), free, Contention::Modelled)),
    ];
    ["mesh", "torus", "ring", "tree", "links"].map(example).into_iter().chain(others).collect()
}

const STEPS: u32 = 24;

#[test]
fn records_are_as_many_as_what_is_counted() {
    for (name, rig) in rigs() {
        let (result, kept) = traced(&rig, STEPS, Shards::default());
        let (counts, scene) = (total(&result.cores), scene(&rig));
        assert_eq!(kept.count(Kind::Spike), result.source_spikes + counts.of(Op::SomaSpike), "{name}");
        assert!(kept.count(Kind::Spike) > 20, "{name}: {}", kept.count(Kind::Spike));
        assert_eq!(kept.count(Kind::Sent), counts.of(Op::Inject), "{name}");
        assert_eq!(kept.count(Kind::Delivered), counts.of(Op::AxonIn), "{name}");
        let hops = kept.of(Kind::Hop).filter(|hop| scene.is_hop(hop.node, hop.port)).count() as u64;
        let expected = if name == "ideal" { 0 } else { counts.hops() };
        assert_eq!(hops, expected, "{name}");
        assert_eq!(kept.count(Kind::Filled), kept.count(Kind::Freed), "{name}");
        assert_eq!(kept.count(Kind::Step), u64::from(STEPS), "{name}");
        for op in Op::ALL {
            let counted: u64 = kept.of(Kind::Counted).filter(|r| r.item == *op as u32).map(|r| r.serial).sum();
            assert_eq!(counted, counts.of(*op), "{name}: {}", op.name());
        }
        let waits: u128 = kept.of(Kind::Delivered).map(|record| record.value as u128).sum();
        let sent: u128 = kept.of(Kind::Sent).map(|record| record.value as u128).sum();
        assert!(waits + sent > 0 || name == "free", "{name}");
        assert!(kept.records.is_sorted_by_key(|(_, record)| record.tick), "{name}");
        let end = result.step_ticks.iter().sum();
        assert_eq!((kept.end, &kept.ends[..]), (Some(end), &[end][..]), "{name}");
        assert!(kept.records.iter().all(|(_, record)| record.tick <= end), "{name}");
    }
}

/// A record is of the step in which it was made, where its tick is that of the next step's beginning, too; on a
/// free-running chip of the last step that had begun.
#[test]
fn records_know_their_time_step() {
    for (name, rig) in rigs() {
        let (result, kept) = traced(&rig, STEPS, Shards { count: 3, threads: 2 });
        let starts: Vec<u64> = kept.of(Kind::Step).map(|record| record.tick).collect();
        assert!(
            kept.of(Kind::Step).zip(1..).all(|(record, step)| (record.item, record.step) == (step, step)),
            "{name}"
        );
        let end = |step: u32| starts.get(step as usize).copied().unwrap_or(u64::MAX);
        for (_, record) in &kept.records {
            let within = starts[record.step as usize - 1] <= record.tick && record.tick <= end(record.step);
            // Work that is charged to a later time belongs to the step that gave it.
            let is_late = name == "free" && starts[record.step as usize - 1] <= record.tick;
            assert!(within || is_late, "{name}: {record:?}");
        }
        if name == "free" {
            continue;
        }
        let routers = scene(&rig);
        for (step, spikes) in (1..).zip(&result.spikes_per_step) {
            let of_cores = |record: &&Record| matches!(routers.node(record.node), SceneNode::Core(_));
            let found = kept.of(Kind::Spike).filter(|record| record.step == step).filter(of_cores).count() as u64;
            assert_eq!(found, *spikes, "{name}: step {step}");
            let counted = kept.of(Kind::Counted).filter(|r| r.step == step && r.item == Op::SomaSpike as u32);
            assert_eq!(counted.map(|record| record.serial).sum::<u64>(), *spikes, "{name}: step {step}");
        }
    }
}

#[test]
fn a_trace_changes_no_result() {
    for (name, rig) in rigs() {
        let plain = run_sparse(&rig.system, &rig.graph, STEPS, Shards::default(), &Unwatched).unwrap();
        let (result, _) = traced(&rig, STEPS, Shards { count: 3, threads: 2 });
        let seen = |r: &SparseResult| {
            let (spikes, ticks, cores, links) =
                (r.spikes_per_step.clone(), r.step_ticks.clone(), r.cores.clone(), r.link_flits.clone());
            (spikes, ticks, cores, links, digest(&r.packet_latency), digest(&r.packet_hops), r.mismatched)
        };
        assert_eq!(seen(&plain), seen(&result), "{name}");
    }
}

#[test]
fn a_trace_is_the_same_in_any_parts() {
    for (name, rig) in rigs() {
        let (_, first) = traced(&rig, STEPS, Shards::default());
        for (count, threads) in [(2, 1), (2, 2), (7, 2), (16, 3)] {
            let (_, other) = traced(&rig, STEPS, Shards { count, threads });
            assert!(first == other, "{name}, {count} shards, {threads} threads");
        }
    }
    // Enough for several chunks.
    let rig = rig(workload(), chip_with("loihi", &[]), Contention::Modelled);
    let (_, first) = traced(&rig, 40, Shards::default());
    assert!(first.records.len() > 3 * spikemesh::trace::CHUNK, "{}", first.records.len());
    let (_, other) = traced(&rig, 40, Shards { count: 5, threads: 2 });
    assert!(first == other);
}

/// Follows every packet by its number: sent once, over links that lead on, to the core of its axon.
#[test]
fn packets_go_their_way() {
    for (name, rig) in rigs() {
        let (result, kept) = traced(&rig, STEPS, Shards { count: 2, threads: 1 });
        let scene = scene(&rig);
        let mut under_way: HashMap<u64, (u64, Vec<u32>)> = HashMap::new();
        let (mut latency, mut ended) = (0, 0);
        for (_, record) in &kept.records {
            match record.kind {
                Kind::Sent => {
                    let router = match scene.node(record.node) {
                        SceneNode::Core(core) => scene.cores[core as usize].router,
                        _ => scene.host_router,
                    };
                    let born = record.tick - record.value as u64;
                    assert!(under_way.insert(record.serial, (born, vec![router])).is_none(), "{name}: sent twice");
                }
                Kind::Hop => {
                    let (_, at) = under_way.get_mut(&record.serial).unwrap();
                    assert!(at.contains(&record.node), "{name}: not there");
                    at.push(scene.link(record.node, record.port).unwrap().to);
                }
                Kind::Delivered => {
                    let (born, at) = &under_way[&record.serial];
                    assert!(name == "ideal" || at.contains(&record.node), "{name}: not there");
                    let (_, core) = scene.axon(record.item);
                    assert_eq!(record.node, scene.node_of_core(core), "{name}");
                    latency += u128::from(record.tick - born);
                    ended += 1;
                }
                _ => {}
            }
        }
        assert_eq!((latency, ended), (result.packet_latency.sum(), result.packet_latency.len()), "{name}");
    }
}

#[test]
fn membranes_and_buffers_are_what_they_change_to() {
    for (name, rig) in rigs() {
        let (_, kept) = traced(&rig, STEPS, Shards::default());
        let mut runner = spikemesh::run::Runner::new(&rig.system, Shards::default());
        runner.reset(&[]);
        (1..=STEPS).for_each(|step| assert!(runner.step(step).unwrap() > 0));
        runner.finish().unwrap();
        let (_, membranes) = runner.neurons(STEPS);
        let mut last = vec![0; membranes.len()];
        for record in kept.of(Kind::Membrane) {
            assert_ne!(last[record.item as usize], record.value, "{name}: no change");
            last[record.item as usize] = record.value;
        }
        assert_eq!(last, membranes, "{name}");
        let mut held: HashMap<(u32, u8, u8), i32> = HashMap::new();
        for (_, record) in kept.records.iter().filter(|(_, r)| matches!(r.kind, Kind::Filled | Kind::Freed)) {
            let place = held.entry((record.node, record.port, record.channel)).or_default();
            *place += if record.kind == Kind::Filled { 1 } else { -1 };
            assert_eq!(*place, record.value, "{name}");
        }
        assert!(held.values().all(|flits| *flits == 0), "{name}");
    }
}

#[test]
fn samples_follow_each_other() {
    let (net, samples) = layered(9);
    let chip = chip_with("loihi", &[("/core/max_neurons", 8.into())]);
    let rig = rig(Graph::from_layered(&net), chip, Contention::Modelled);
    let job = |threads| Job {
        system: &rig.system,
        graph: &rig.graph,
        network: (&net).into(),
        samples: &samples,
        count: 9,
        threads,
    };
    let plain = run_batch(job(2), &Unwatched).unwrap();
    let run = |threads, count| {
        let mut kept = Kept::default();
        let result = trace_batch(job(threads), &Unwatched, everything(count, &mut kept)).unwrap();
        assert_eq!((&result.inferences, &result.cores), (&plain.inferences, &plain.cores));
        assert_eq!((&result.link_flits, digest(&result.packet_hops)), (&plain.link_flits, digest(&plain.packet_hops)));
        kept
    };
    let one = run(1, usize::MAX);
    assert!([2, 4].into_iter().all(|threads| run(threads, usize::MAX) == one));
    let ticks: Vec<u64> = plain.inferences.iter().map(|inference| inference.ticks).collect();
    assert_eq!((&one.ends, one.end), (&ticks, Some(ticks.iter().sum())));
    for (number, inference) in (0..).zip(&plain.inferences) {
        let here = || one.records.iter().filter(|(sample, _)| sample.number == number);
        let count = |kind| here().filter(|(_, record)| record.kind == kind).count() as u64;
        assert_eq!(count(Kind::Delivered), inference.counts.of(Op::AxonIn), "{number}");
        assert_eq!(count(Kind::Spike), inference.counts.of(Op::SomaSpike), "{number}");
        let offset = ticks[..number as usize].iter().sum::<u64>();
        assert!(here().all(|(sample, record)| sample.offset == offset && record.tick <= inference.ticks));
    }
    let first = run(2, 2);
    assert_eq!((first.ends.len(), first.end), (2, Some(ticks[0] + ticks[1])));
    assert!(first.records.iter().eq(one.records.iter().filter(|(sample, _)| sample.number < 2)));
}

/// Fails after some records, as a full disk does.
struct Full(usize);

impl Sink for Full {
    fn take(&mut self, _sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        self.0 = self.0.saturating_sub(records.len());
        if self.0 > 0 {
            return Ok(());
        }
        let error = io::Error::from(io::ErrorKind::StorageFull);
        Err(TraceError::Io { path: "there".into(), error })
    }

    fn finish(&mut self, _end: u64) -> Result<(), TraceError> {
        panic!("a trace that failed is not finished");
    }
}

#[test]
fn a_sink_that_fails_ends_the_run_with_its_error() {
    let rig = rig(workload(), chip_with("loihi", &[]), Contention::Modelled);
    for left in [1, 100_000] {
        let mut full = Full(left);
        let ran = trace_sparse(&rig.system, &rig.graph, 60, Shards::default(), &Unwatched, everything(1, &mut full));
        let Err(RunError::Trace(said)) = ran else { panic!("{left}: it did not fail") };
        assert!(said.starts_with("there: cannot be written: "), "{said}");
    }
    let (net, samples) = layered(6);
    let rig = self::rig(Graph::from_layered(&net), chip_with("loihi", &[]), Contention::Modelled);
    let job =
        Job { system: &rig.system, graph: &rig.graph, network: (&net).into(), samples: &samples, count: 6, threads: 2 };
    let ran = trace_batch(job, &Unwatched, everything(6, &mut Full(2_000)));
    assert!(matches!(ran, Err(RunError::Trace(said)) if said.starts_with("there: ")));
}
