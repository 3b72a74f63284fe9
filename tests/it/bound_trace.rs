//! What bounds a step, found another way: the records of a trace are walked back from the end of each core's work.

use crate::bound::{STEPS, loihi};
use crate::common::{CONTENTION, Rig, chip_from, chip_with, plain_file, text_of};
use crate::kinds;
use crate::shards::workload;
use crate::traced::Kept;
use serde_json::{Value, json};
use spikemesh::hw::Chip;
use spikemesh::ids::{AxonId, TerminalId};
use spikemesh::map::place::Placer;
use spikemesh::model::Synchronization;
use spikemesh::net::{Graph, RandomSpec};
use spikemesh::run::{BoundClass, Shards, SparseResult, StepBounds, Traced, Unwatched, trace_sparse};
use spikemesh::stats::Op;
use spikemesh::system::Contention;
use spikemesh::trace::{Kind, Record, WantedRecords};
use std::cmp::Reverse;
use std::collections::HashMap;

use BoundClass::{Barrier, Send, Soma, Synapse};

type ByClass = [u64; BoundClass::COUNT];

/// A way to the end of a core's work, as the trace has it.
#[derive(Clone, Copy, Debug)]
struct FoundWay {
    end: u64,
    time: ByClass,
    core: usize,
    source: usize,
    synapses_at: usize,
}

/// A packet at a core.
#[derive(Clone, Copy)]
struct Taken {
    came: u64,
    axon: AxonId,
    serial: u64,
}

/// What the records of a trace and the latencies of the chip make of a step, the slow way.
struct ByTrace<'a> {
    rig: &'a Rig,
    /// Latency of each axon's packets in an empty network.
    zero_load: &'a HashMap<u32, u64>,
    /// By number: source, when it was ready, and packets that its source made in the step up to it.
    packets: HashMap<u64, (usize, u64, u64)>,
    starts: Vec<u64>,
}

impl<'a> ByTrace<'a> {
    fn new(rig: &'a Rig, zero_load: &'a HashMap<u32, u64>, kept: &Kept, result: &SparseResult) -> Self {
        let routers = rig.system.tables.fabric.routers;
        let mut by_source: HashMap<(u32, u32), Vec<&Record>> = HashMap::new();
        kept.of(Kind::Sent).for_each(|sent| by_source.entry((sent.step, sent.node)).or_default().push(sent));
        let born = |sent: &Record| sent.tick - sent.value as u64;
        let mut packets = HashMap::new();
        for ((_, node), sent) in by_source {
            for one in &sent {
                let before = sent.iter().filter(|other| born(other) <= born(one)).count() as u64;
                packets.insert(one.serial, ((node - routers) as usize, born(one), before));
            }
        }
        let mut starts = vec![0];
        result.step_ticks.iter().for_each(|ticks| starts.push(starts.last().unwrap() + ticks));
        Self { rig, zero_load, packets, starts }
    }

    fn latency(&self, core: usize, op: Op) -> u64 {
        self.rig.system.tables.timing_at(TerminalId::from_index(core)).of(op)
    }

    /// The way through a core's soma, by its record; what the array of a crossbar takes stands before it.
    fn soma(&self, soma: &Record, made: u64) -> FoundWay {
        let core = (soma.node - self.rig.system.tables.fabric.routers) as usize;
        let array = soma.tick - self.starts[soma.step as usize - 1];
        let send = if made > 0 { made * self.latency(core, Op::AxonOut) } else { 0 };
        let time = [0, array, soma.serial - send, send, 0, 0, 0];
        FoundWay { end: array + soma.serial, time, core, source: core, synapses_at: core }
    }

    /// Walks from the end of a core's receiving stages back to what they had to wait for.
    fn received(
        &self,
        (core, step): (usize, u32),
        taken: &[Taken],
        arrays: &HashMap<(u32, usize), u64>,
    ) -> (FoundWay, u64) {
        let tables = &self.rig.system.tables;
        let timing = tables.timing_at(TerminalId::from_index(core));
        let axon_in = timing.of(Op::AxonIn);
        let work = |packet: &Taken| match timing.converters {
            Some(_) => 0,
            None => {
                let each = timing.of(tables.synapse_op(packet.axon));
                (u64::from(tables.synapses_of(packet.axon)) * each).div_ceil(timing.synapse_lanes.into())
            }
        };
        // Forwards: (begun by the axon stage, handed over, done).
        let mut times: Vec<(u64, u64, u64)> = Vec::new();
        for packet in taken {
            let (_, handed, done) = times.last().copied().unwrap_or_default();
            let begun = packet.came.max(if timing.pipelined_receive { handed } else { done });
            let handed = (begun + axon_in).max(done);
            times.push((begun, handed, handed + work(packet)));
        }
        // Backwards.
        let (mut at, mut receive, mut synapse) = (taken.len() - 1, 0, work(&taken[taken.len() - 1]));
        loop {
            let done = if at > 0 { times[at - 1].2 } else { 0 };
            if done > times[at].0 + axon_in || !timing.pipelined_receive && done > taken[at].came {
                receive += times[at].1 - done;
                at -= 1;
                synapse += work(&taken[at]);
            } else {
                receive += axon_in;
                if times[at].0 == taken[at].came {
                    break;
                }
                at -= 1;
            }
        }
        let (start, first) = (self.starts[step as usize - 1], taken[at]);
        let (source, born, before) = self.packets[&first.serial];
        let array = arrays.get(&(step, source)).copied().unwrap_or(0);
        let send = if source == tables.cores.len() { 0 } else { before * self.latency(source, Op::AxonOut) };
        let network = self.zero_load[&first.axon.get()];
        let soma = born - start - array - send;
        let blocked = first.came - born - network;
        let end = times.last().unwrap().2 - start;
        let synapses_at = if array > synapse { source } else { core };
        let time = [receive, synapse + array, soma, send, network, blocked, 0];
        let found = FoundWay { end, time, core, source, synapses_at };
        assert_eq!(found.time.iter().sum::<u64>(), end, "core {core} in step {step}");
        let (axons, works): (u64, u64) = (axon_in * taken.len() as u64, taken.iter().map(work).sum());
        let least = if timing.pipelined_receive { axons.max(axon_in + works) } else { axons + works };
        (found, least)
    }
}

/// All ways of a step, and the most that a core works in it.
fn ways(by: &ByTrace<'_>, kept: &Kept, step: u32) -> (Vec<FoundWay>, u64) {
    let routers = by.rig.system.tables.fabric.routers;
    let here = |kind| kept.of(kind).filter(move |record| record.step == step);
    let mut all = Vec::new();
    let mut arrays = HashMap::new();
    for soma in here(Kind::Soma).filter(|soma| soma.tick + soma.serial > by.starts[step as usize - 1]) {
        let way = by.soma(soma, here(Kind::Sent).filter(|sent| sent.node == soma.node).count() as u64);
        arrays.insert((step, way.core), way.time[Synapse as usize]);
        all.push(way);
    }
    let mut least = all.iter().map(|way| way.end).max().unwrap_or(0);
    let mut taken: HashMap<u32, Vec<Taken>> = HashMap::new();
    for one in here(Kind::Delivered) {
        let packet = Taken { came: one.tick, axon: AxonId::new(one.item), serial: one.serial };
        taken.entry(one.node - routers).or_default().push(packet);
    }
    for (core, mut packets) in taken {
        packets.sort_by_key(|packet| (packet.came, packet.axon));
        let (way, work) = by.received((core as usize, step), &packets, &arrays);
        all.push(way);
        least = least.max(work);
    }
    (all, least)
}

/// What bounds the steps of a run, from its trace.
fn by_trace(by: &ByTrace<'_>, kept: &Kept, result: &SparseResult) -> StepBounds {
    let tables = &by.rig.system.tables;
    let mut found = StepBounds { cores: vec![Default::default(); tables.cores.len() + 1], ..StepBounds::default() };
    for (step, length) in (1..).zip(&result.step_ticks) {
        let (ways, least) = ways(by, kept, step);
        // The soma's way stands first; of ways that end together the first of the lowest core is the last one.
        let last = ways
            .iter()
            .rev()
            .max_by_key(|way| (way.end, Reverse(way.core), way.source == way.core && way.time[0] == 0));
        let with_barrier = |end: u64| match tables.synchronization {
            Synchronization::Barrier { latency } => (end + latency).min(*length),
            Synchronization::FixedTick { length: tick } => end.div_ceil(tick).max(1) * tick,
            Synchronization::FreeRunning { .. } => unreachable!(),
        };
        let mut time = last.map_or([0; BoundClass::COUNT], |last| last.time);
        time[Barrier as usize] = length - last.map_or(0, |last| last.end);
        let class = match tables.synchronization {
            Synchronization::FixedTick { length: tick } if *length <= tick => Barrier,
            Synchronization::FixedTick { .. } => {
                BoundClass::ALL[(0..6).rev().max_by_key(|class| time[*class]).unwrap()]
            }
            _ => BoundClass::ALL[(0..7).rev().max_by_key(|class| time[*class]).unwrap()],
        };
        let core = match (class, last) {
            (Barrier, _) | (_, None) => tables.cores.len(),
            (Soma | Send, Some(last)) => last.source,
            (Synapse, Some(last)) => last.synapses_at,
            (_, Some(last)) => last.core,
        };
        let own = &mut found.cores[core][class as usize];
        (own.steps, own.ticks) = (own.steps + 1, own.ticks + length);
        (found.all.steps, found.all.ticks) = (found.all.steps + 1, found.all.ticks + length);
        found.lower_bound += with_barrier(least);
        for one in BoundClass::ALL {
            let without = ways.iter().map(|way| way.end - way.time[one as usize]).max().unwrap_or(0);
            found.time[one as usize] += time[one as usize];
            found.without[one as usize] += if one == Barrier { without } else { with_barrier(without) };
        }
    }
    found
}

fn traced(rig: &Rig, steps: u32) -> (SparseResult, Kept) {
    let mut kept = Kept::default();
    let traced = Traced { wanted: WantedRecords::kinds(Kind::ALL), samples: 1, sink: &mut kept };
    let result = trace_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched, traced);
    (result.unwrap_or_else(|error| panic!("{error}")), kept)
}

fn small(seed: u32) -> Graph {
    RandomSpec::parse(&format!("random:seed={seed},neurons=256,cores=8,targets=uniform")).unwrap().generate().graph
}

/// Chips of all kinds that wait for their cores, with the networks that run on them.
fn systems() -> Vec<(String, Graph, Chip)> {
    let mut all = Vec::new();
    for name in ["mesh", "torus", "ring", "tree", "links"] {
        all.push((name.to_owned(), small(2), chip_from(&text_of(&format!("tests/chips/{name}.json")))));
    }
    for seed in 3..9 {
        let flits = [1, 2, 4][seed as usize % 3];
        let (queue, interval) = (1 + seed % 2, ["2.4 ns", "40 ns"][seed as usize % 2]);
        let receive = ["serial", "pipelined"][seed as usize / 2 % 2];
        let edits = [
            ("/mesh/buffer_flits", json!(flits)),
            ("/core/receive_queue", json!(queue)),
            ("/mesh/flit_interval", json!(interval)),
            ("/core/receive", json!(receive)),
            ("/core/synapse_lanes", json!(1 + seed % 3)),
        ];
        all.push((format!("loihi {seed}"), small(seed), loihi(&edits)));
    }
    // What bounds no step of Loihi does here: somas take no time, something else takes long.
    let slow =
        [vec![("axon_in", "60 ns")], vec![("axon_out", "90 ns")], vec![("hop_ew", "900 ns"), ("hop_ns", "700 ns")]];
    for (seed, slow) in (9..).zip(slow) {
        let quick = ["soma_access", "soma_update", "soma_spike"].map(|op| (op, "0 ns"));
        let costs = quick
            .into_iter()
            .chain(slow)
            .map(|(op, time)| (format!("/calibrations/silicon_fit/costs/{op}/latency"), time));
        let costs: Vec<(String, &str)> = costs.collect();
        let edits: Vec<(&str, Value)> = costs.iter().map(|(pointer, time)| (pointer.as_str(), json!(time))).collect();
        all.push((format!("loihi {seed}"), small(seed), loihi(&edits)));
    }
    all.push(("loihi, its barrier".into(), workload(), chip_with("loihi", &[])));
    let mut clock = plain_file("loihi");
    clock["fixed_tick"] = json!({"length": "700 ns"});
    for (_, table) in clock["calibrations"].as_object_mut().unwrap() {
        table.as_object_mut().unwrap().remove("barrier");
        table["costs"].as_object_mut().unwrap().remove("barrier");
    }
    all.push(("clock".into(), small(5), chip_from(&clock.to_string())));
    for receive in ["serial", "pipelined"] {
        let mut file = kinds::hybrid_file();
        file["core"]["receive"] = json!(receive);
        all.push((format!("hybrid, {receive}"), kinds::network(), chip_from(&file.to_string())));
    }
    all
}

/// The engine keeps a few numbers by core; here all records of the run are walked.
#[test]
fn it_is_what_the_trace_of_a_run_makes_it() {
    let mut seen = [0; BoundClass::COUNT];
    for (name, graph, chip) in systems() {
        let ideal = Rig::new(graph.clone(), chip.clone(), Placer::Linear, Contention::Ignored);
        let (_, kept) = traced(&ideal, STEPS);
        let born: HashMap<u64, u64> =
            kept.of(Kind::Sent).map(|sent| (sent.serial, sent.tick - sent.value as u64)).collect();
        let way = |one: &Record| (one.item, one.tick - born[&one.serial]);
        let zero_load: HashMap<u32, u64> = kept.of(Kind::Delivered).map(way).collect();
        for contention in CONTENTION {
            let rig = Rig::new(graph.clone(), chip.clone(), Placer::Linear, contention);
            let (result, kept) = traced(&rig, STEPS);
            let found = by_trace(&ByTrace::new(&rig, &zero_load, &kept, &result), &kept, &result);
            assert_eq!(result.bounds, found, "{name}, {contention:?}");
            assert_eq!(found.time.iter().sum::<u64>(), result.step_ticks.iter().sum::<u64>(), "{name}");
            assert!(
                found.lower_bound <= found.all.ticks && found.without.iter().all(|ticks| *ticks <= found.all.ticks)
            );
            BoundClass::ALL.iter().for_each(|class| seen[*class as usize] += found.of_class(*class).steps);
        }
    }
    assert!(seen.iter().all(|steps| *steps > 0), "{seen:?}");
}
