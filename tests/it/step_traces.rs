//! Traces of steps that are timed apart from their function: they have the records of a system that runs whole.

use crate::common::{Rig, chip_with, digest};
use crate::spike_order;
use crate::traced::Kept;
use crate::traces::{rigs, traced};
use spikemesh::map::{self, Limits};
use spikemesh::model::StepTimer;
use spikemesh::net::RandomSpec;
use spikemesh::run::{Shards, SparseResult, Traced, Unwatched, trace_sparse};
use spikemesh::system::Contention;
use spikemesh::trace::{Kind, Record, WantedRecords};

const STEPS: u32 = 24;

/// What only a system that runs whole can tell.
const WITHIN: [Kind; 3] = [Kind::Hop, Kind::Filled, Kind::Freed];

fn trace(rig: &Rig, wanted: &WantedRecords) -> (SparseResult, Kept) {
    let mut kept = Kept::default();
    let traced = Traced { wanted: wanted.clone(), samples: 1, sink: &mut kept };
    let split = Shards { count: 1, threads: 2 };
    let result = trace_sparse(&rig.system, &rig.graph, STEPS, split, &Unwatched, traced);
    (result.unwrap_or_else(|error| panic!("{error}")), kept)
}

fn of_result(found: &SparseResult) -> impl PartialEq + std::fmt::Debug + use<'_> {
    let counted = (&found.cores, &found.layers, &found.spikes, &found.membranes, &found.spikes_per_step);
    let timed = (&found.step_ticks, &found.link_flits, found.mismatched, found.overrun_steps, &found.bounds);
    let distributions = [&found.packet_latency, &found.packet_hops].map(digest);
    (counted, timed, distributions, spike_order::seen(&found.order))
}

/// Chips of all kinds, with multicast and ideal timing among them.
fn all_rigs() -> Vec<(&'static str, Rig)> {
    let shipped = ["loihi2", "spinnaker1", "truenorth", "crossbar"].map(|name| {
        let graph = RandomSpec::parse("random:seed=9,neurons=256,cores=8,targets=uniform").unwrap().generate().graph;
        let options = map::MappingOptions { limits: Limits::Report, ..map::MappingOptions::default() };
        (name, Rig::mapped(graph, chip_with(name, &[]), options, Contention::Modelled))
    });
    let steps = |(_, rig): &(&str, Rig)| StepTimer::fits(&rig.system.tables);
    rigs().into_iter().chain(shipped).filter(steps).collect()
}

#[test]
fn steps_have_the_records_of_a_whole_run() {
    let (mut chips, mut all) = (0, 0);
    for (name, rig) in all_rigs() {
        let (whole, everything) = traced(&rig, STEPS, Shards::default());
        let end = everything.end;
        let usual: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| !WITHIN.contains(kind)).collect();
        let choices = [&usual[..], &[Kind::Spike, Kind::Sent, Kind::Delivered], &[Kind::Step], &[Kind::Counted]];
        let last = everything.records.last().unwrap().1.tick;
        for (number, kinds) in choices.into_iter().enumerate() {
            let mut wanted = WantedRecords::kinds(kinds);
            if number == 1 {
                // Some of the nodes, some of the time.
                let nodes = everything.records.iter().map(|(_, record)| record.node as usize).max().unwrap() + 1;
                wanted = wanted.of_nodes((0..nodes).map(|node| node % 3 > 0).collect()).within(last / 5..last / 2);
            }
            let (result, kept) = trace(&rig, &wanted);
            let expected: Vec<&Record> =
                everything.records.iter().map(|(_, record)| record).filter(|record| wanted.takes(record)).collect();
            let found: Vec<&Record> = kept.records.iter().map(|(_, record)| record).collect();
            assert!(found == expected, "{name}, {kinds:?}: {} records for {}", found.len(), expected.len());
            assert_eq!(kept.end, end, "{name}");
            assert_eq!(of_result(&result), of_result(&whole), "{name}, {kinds:?}");
            all += found.len();
        }
        chips += 1;
    }
    assert!(chips >= 9 && all > 50_000, "{all} records of {chips} chips prove little");
}
