//! Threads and shards change no result, whatever holds the pending events: on chips, in batches, on networks alone.

use crate::bench::Bench;
use crate::common::Draw;
use crate::common::{Rig, Seen, chip_from, chip_with, digest, drive, random_folded, text_of};
use serde_json::Value;
use spikemesh::data::Split;
use spikemesh::engine::{Classes, Heap, Pending, Wheel};
use spikemesh::hw::{Chip, Noc};
use spikemesh::map::place::Placer;
use spikemesh::net::architecture::{LayerSpec, Shape};
use spikemesh::net::{Graph, Layered, QuantSpec, RandomSpec};
use spikemesh::noc::{self, Cycles, Load, Setup, simulate};
use spikemesh::run::{Job, Runner, Shards, Unwatched, run_batch, run_sparse};
use spikemesh::system::{Contention, System};

/// All ways in which a run is split here.
fn splits() -> impl Iterator<Item = Shards> {
    [1, 2, 4].into_iter().flat_map(|threads| [1, 2, 7, 16].map(|count| Shards { count, threads }))
}

/// Workload W: it falls silent for twenty steps, then goes on.
pub fn workload() -> Graph {
    RandomSpec::parse("random:seed=1,neurons=1024,cores=16,targets=uniform").unwrap().generate().graph
}

fn rig(graph: Graph, chip: Chip) -> Rig {
    Rig::new(graph, chip, Placer::Linear, Contention::Modelled)
}

/// Runs a system in all splits, in some of them on other sets of pending events.
fn all_alike(what: &str, system: &System, host: &[i32], steps: u32) -> Seen {
    let delays = system.tables.usual_delays();
    let first = drive(system, Wheel::default, Shards::default(), host, steps);
    for split in splits() {
        let check = |set: &str, seen: Seen| assert!(seen == first, "{what}, {split:?}, {set}");
        match (split.count, split.threads) {
            (1, _) => check("heap", drive(system, Heap::default, split, host, steps)),
            (7, 2) => check("queues", drive(system, || Classes::new(&delays), split, host, steps)),
            (16, 2) => check("short wheel", drive(system, || Wheel::new(1), split, host, steps)),
            _ => check("as usual", drive(system, || Pending::new(&delays), split, host, steps)),
        }
    }
    first
}

#[test]
fn a_sparse_network_is_the_same_in_any_parts() {
    let loihi = rig(workload(), chip_with("loihi", &[]));
    let seen = all_alike("loihi", &loihi.system, &[], 22);
    assert!(seen.counts.iter().sum::<u32>() > 100 && seen.latency.0 > 1_000, "{:?}", seen.latency);
    let small = || RandomSpec::parse("random:seed=2,neurons=256,cores=8,targets=uniform").unwrap().generate().graph;
    for name in ["mesh", "torus", "tree"] {
        let chip = chip_from(&text_of(&format!("tests/chips/{name}.json")));
        all_alike(name, &rig(small(), chip).system, &[], 24);
    }
}

#[test]
fn a_run_takes_the_same_events_in_any_parts() {
    // So that a budget of events ends it at the same step.
    let rig = rig(workload(), chip_with("loihi", &[]));
    let events = |split| {
        let mut runner = Runner::new(&rig.system, split);
        runner.reset(&[]);
        (1..=22).map(|step| runner.step(step).map(|_| runner.events()).unwrap()).collect::<Vec<_>>()
    };
    let first = events(Shards::default());
    assert!([2, 7, 16].into_iter().all(|count| events(Shards { count, threads: 1 }) == first));
}

/// A layered network with random weights, and samples for it.
pub fn layered(samples: usize) -> (Layered, Split) {
    let mut draw = Draw::new(11);
    let layers = [24, 16, 10].map(LayerSpec::dense);
    let folded = random_folded(Shape::flat(40), &layers, 255, 1.0, &mut draw);
    let net = folded.quantise(QuantSpec::new(6, 8));
    let pixels = (0..40 * samples).map(|_| draw.below(256) as u8).collect();
    (net, Split { pixels, labels: vec![0; samples], sample_len: 40, sequences: None, targets: None })
}

#[test]
fn a_layered_network_is_the_same_in_any_parts() {
    let (net, samples) = layered(9);
    let graph = Graph::from_layered(&net);
    // Small cores, so that there are some.
    let chip = chip_with("loihi", &[("/core/max_neurons", 8.into())]);
    let rig = rig(graph, chip);
    let mut drive = net.encode(samples.sample(0).0);
    drive.resize(rig.graph.neurons(), 0);
    let seen = all_alike("layered", &rig.system, &drive, rig.system.steps_of(&net, 1));
    assert!(seen.latency.0 > 50, "{:?}", seen.latency);
    let batch = |threads| {
        let job = Job {
            system: &rig.system,
            graph: &rig.graph,
            network: (&net).into(),
            samples: &samples,
            count: 9,
            threads,
        };
        let all = run_batch(job, &Unwatched).unwrap();
        (all.inferences, all.cores, all.link_flits, digest(&all.packet_latency), digest(&all.packet_hops))
    };
    let one = batch(1);
    assert_eq!(one.0.len(), 9);
    assert!([2, 4].map(batch).iter().all(|more| *more == one));
}

#[test]
fn a_result_is_the_same_in_any_parts() {
    let rig = rig(workload(), chip_with("loihi", &[]));
    let run = |split| {
        let all = run_sparse(&rig.system, &rig.graph, 24, split, &Unwatched).unwrap();
        assert!(!all.mismatched);
        (all.spikes_per_step, all.step_ticks, all.cores, all.link_flits, digest(&all.packet_latency))
    };
    let first = run(Shards::default());
    assert!([(2, 1), (7, 2), (4096, 3)].into_iter().all(|(count, threads)| run(Shards { count, threads }) == first));
}

#[test]
fn a_network_alone_is_the_same_in_any_parts() {
    for (topology, vcs, flits, rate) in [("mesh", 1, 1, 0.1), ("torus", 2, 3, 0.15), ("mesh", 4, 5, 0.9)] {
        let noc = Noc::synthetic(topology, 6, 5, vcs).unwrap();
        let cycles = Cycles { router: 4, link: 1, credit: 1 };
        let measure = |split: Shards| {
            let (noc, Shards { count: shards, threads }) = (noc.clone(), split);
            let setup = Setup {
                noc,
                cycles,
                chip: None,
                packet_flits: flits,
                warmup: 100,
                measured: 900,
                seed: 3,
                shards,
                threads,
            };
            let load = Load::Pattern { name: "uniform".into(), rate };
            let found = simulate(&setup, &load, &noc::Unwatched).unwrap();
            let rates = [found.offered, found.accepted, found.mean_hops.unwrap()].map(f64::to_bits);
            (digest(&found.latency), rates, found.link_flits, (found.cycles, found.events, found.born))
        };
        let first = measure(Shards::default());
        for split in splits() {
            assert_eq!(measure(split), first, "{topology}, {vcs} channels, {split:?}");
        }
    }
}

/// Runs with `--threads` and `--shards` and gives the report without what may differ.
fn report(bench: &Bench, network: &str, more: &[&str], threads: &str, shards: &str) -> Value {
    let json = bench.path("run.json");
    let split = ["--threads", threads, "--shards", shards, "--json", &json];
    bench.succeed(&[&["run", "--quiet", "--network", network], more, &split[..]].concat());
    bench.report("run.json")
}

#[test]
fn shards_are_an_option_that_changes_no_report() {
    let bench = Bench::new();
    let small = bench.path("small.json");
    for (network, more) in
        [("random:seed=1,neurons=1024,cores=16", ["--steps", "24"]), (small.as_str(), ["--samples", "12"])]
    {
        let first = report(&bench, network, &more, "1", "1");
        for (threads, shards) in [("1", "7"), ("2", "1"), ("2", "7"), ("2", "4096")] {
            let other = report(&bench, network, &more, threads, shards);
            assert_eq!(other, first, "{network}: {threads} threads, {shards} shards");
        }
    }
    for wrong in ["0", "4097", "two"] {
        let said = bench.fail(&["run", "--network=digits-mlp", "--shards", wrong]);
        assert!(said.contains("--shards"), "{said}");
    }
}
