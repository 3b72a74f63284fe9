//! ODIN against its own register-transfer level, simulated: spikes in order and at their cycles, membranes, and spikes lost
//! to the full queue are those that were recorded. The recordings are read where they are.

use crate::common::{CONTENTION, Rig, chip_with};
use crate::needs::data;
use crate::npy::npy_rows;
use crate::rtl::table;
use crate::traced::Kept;
use serde_json::json;
use spikemesh::hw::Chip;
use spikemesh::map::place::Placer;
use spikemesh::net::Graph;
use spikemesh::net::graph::{Csr, Drive, HostAct, HostEvent, Population};
use spikemesh::net::neuron::{Model, Odin, Params, Reset, Settings};
use spikemesh::run::{Shards, SparseResult, Traced, Unwatched, trace_sparse};
use spikemesh::stats::{Counts, Op};
use spikemesh::trace::{Kind, WantedRecords};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Neurons of ODIN, and the cycles of a time step where the bench waited for the chip to rest: long enough for that.
const NEURONS: u32 = 256;
const STEP: u64 = 75_000;
/// How long the core stops for each spike.
const STOP: u64 = 6;
/// From the end of an event from outside to the queued event that the next one from outside makes: it comes after 6 cycles,
/// takes 1 to enter the queue, and 4 for the handshake.
const FROM_OUTSIDE: u64 = 11;

/// An event of ODIN's controller.
struct Event {
    kind: String,
    address: u32,
    first: u64,
    last: u64,
    /// (neuron, cycle), in order.
    spikes: Vec<(u32, u64)>,
}

impl Event {
    fn is_reference(&self) -> bool {
        self.kind == "time_reference"
    }

    /// When the core is free again: the stop for a spike of the last neuron comes after the last cycle.
    fn free(&self) -> u64 {
        let stops = self.spikes.last().is_some_and(|(neuron, _)| *neuron == NEURONS - 1);
        self.last + 1 + if stops { STOP } else { 0 }
    }
}

/// A recorded case.
struct Case {
    folder: PathBuf,
    neurons: Vec<BTreeMap<String, i64>>,
    events: Vec<Event>,
    lost: u64,
    /// Whether synapses that are not in the mapping table act, too.
    unmapped_too: bool,
}

impl Case {
    fn read(name: &str) -> Self {
        let folder = data("rtl/odin").join(name);
        let spikes = table(&folder.join("spikes.csv"));
        let mut by_event: BTreeMap<i64, Vec<(u32, u64)>> = BTreeMap::new();
        for spike in &spikes {
            by_event.entry(spike["event"]).or_default().push((spike["neuron"] as u32, spike["cycle"] as u64));
        }
        let text = std::fs::read_to_string(folder.join("events.csv")).unwrap();
        let event = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |at: usize| cells[at].parse::<u64>().unwrap();
            let spikes = by_event.remove(&(number(0) as i64)).unwrap_or_default();
            Event { kind: cells[1].into(), address: number(2) as u32, first: number(3), last: number(4), spikes }
        };
        let events = text.lines().skip(1).collect::<Vec<_>>().into_iter().map(event).collect();
        let lost = spikes.iter().map(|spike| spike["lost_to_queue"] as u64).sum();
        let unmapped_too = name.starts_with("c06");
        Self { neurons: table(&folder.join("neurons.csv")), events, lost, unmapped_too, folder }
    }

    fn column(&self, name: &str) -> Vec<i32> {
        self.neurons.iter().map(|neuron| neuron[name] as i32).collect()
    }

    /// What the controller worked on, without what it only put into the queue.
    fn worked(&self) -> Vec<&Event> {
        self.events.iter().filter(|event| event.kind != "push").collect()
    }

    /// All spikes, each at its cycle.
    fn spikes(&self, at: impl Fn(u64) -> u64) -> Vec<(u32, u64)> {
        let all = self.events.iter().flat_map(|event| &event.spikes);
        all.map(|(neuron, cycle)| (*neuron, at(*cycle))).collect()
    }

    fn inputs(&self) -> Vec<BTreeMap<String, i64>> {
        table(&self.folder.join("inputs.csv"))
    }

    /// A network of sources that come from outside, with their spikes, and all neurons of the core, of which some have
    /// synapses of their own.
    fn network(&self, spikes: Vec<Vec<(u32, u32)>>, recurrent: std::ops::Range<u32>) -> Graph {
        let synapses = npy_rows(&self.folder.join("synapses.npy"));
        let outside = spikes.len() as u32 * NEURONS;
        let params = |leak, disabled| Params {
            model: Model::Odin(Odin { leak, disabled }),
            reset: Reset::Zero,
            fraction_bits: 0,
            membrane_bits: 8,
            fires: true,
        };
        let of_neuron = |neuron: &BTreeMap<String, i64>| {
            let leak = if neuron["leak_enabled"] == 1 { neuron["leak"] as u32 } else { 0 };
            params(leak, neuron["disabled"] == 1)
        };
        let own = Settings::of_each(self.neurons.iter().map(of_neuron)).unwrap();
        let mut rows = Csr::with_capacity((outside + NEURONS) as usize, 1 << 16);
        let mut row = |source: u32, is_there: bool| {
            let sign = if self.neurons[source as usize]["inhibitory_source"] == 1 { -1 } else { 1 };
            for target in (0..NEURONS).filter(|_| is_there) {
                let synapse = synapses[source as usize][target as usize];
                if (synapse & 8 != 0 || self.unmapped_too) && synapse & 7 != 0 {
                    rows.push(outside + target, sign * (synapse & 7) as i16, 1);
                }
            }
            rows.end_row();
        };
        (0..outside).for_each(|source| row(source, !recurrent.contains(&source)));
        (0..NEURONS).for_each(|neuron| row(neuron, recurrent.contains(&neuron)));
        let population = |name: &str, first: u32, source: Option<Vec<(u32, u32)>>| Population {
            name: name.into(),
            first,
            count: NEURONS,
            params: if source.is_some() { params(0, false).into() } else { own.clone() },
            drive: Drive::EveryStep,
            window: None,
            source,
        };
        let mut populations: Vec<_> = spikes.into_iter().map(|spikes| population("in", 0, Some(spikes))).collect();
        populations.push(population("core", outside, None));
        let after = |value: i32, own: Vec<i32>| [vec![value; outside as usize], own].concat();
        Graph {
            populations,
            bias: vec![0; (outside + NEURONS) as usize],
            threshold: after(1, self.column("threshold")),
            start: after(0, self.column("membrane_start")),
            synapses: Arc::new(rows),
            ..Graph::default()
        }
    }
}

/// The chip with other time steps.
fn chip(step: u64, deadline: u64) -> Chip {
    let free = json!({"time_step": format!("{step} cycles"), "deadline": format!("{deadline} cycles")});
    chip_with("odin", &[("/free_running", free)])
}

/// Runs a network whose last 256 neurons are those of the core, and compares it with a case.
fn compare(
    case: &str,
    recorded: &Case,
    (graph, chip, steps): (Graph, Chip, u32),
    wanted: &[(u32, u64)],
) -> (SparseResult, Kept) {
    let rig = Rig::new(graph, chip, Placer::Linear, CONTENTION[0]);
    let mut kept = Kept::default();
    let traced = Traced { wanted: WantedRecords::kinds(Kind::ALL), samples: 1, sink: &mut kept };
    let result = trace_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched, traced).unwrap();
    let outside = rig.graph.neurons() as u32 - NEURONS;
    let on_core = kept.of(Kind::Spike).filter(|record| record.item >= outside);
    let ours: Vec<(u32, u64)> = on_core.map(|record| (record.item - outside, record.tick)).collect();
    let order = |spikes: &[(u32, u64)]| spikes.iter().map(|(neuron, _)| *neuron).collect::<Vec<_>>();
    assert_eq!(order(&ours), order(wanted), "{case}: other spikes");
    assert!(ours == wanted, "{case}: other cycles: {:?}", ours.iter().zip(wanted).find(|(a, b)| a != b));
    assert_eq!(result.lost, recorded.lost, "{case}: lost");
    assert_eq!(result.membranes[outside as usize..], recorded.column("membrane_end"), "{case}: other membranes");
    (result, kept)
}

/// Every event works through all places.
fn sweeps(case: &str, result: &SparseResult, events: &[&Event]) {
    let mut total = Counts::default();
    result.cores.iter().for_each(|core| total.merge(core));
    let spikes = events.iter().filter(|event| event.kind == "spike").count() as u64;
    assert_eq!(total.of(Op::Synapse), spikes * u64::from(NEURONS), "{case}");
    assert_eq!(total.of(Op::SomaUpdate), events.len() as u64 * u64::from(NEURONS), "{case}");
}

/// A case in which the bench waited for the chip to rest before each time reference event, and before what follows it.
fn at_rest(case: &str, outside: u32, recurrent: bool) -> usize {
    let recorded = Case::read(case);
    let events = recorded.worked();
    let mut starts: Vec<usize> = (0..events.len()).filter(|at| events[*at].is_reference()).collect();
    starts.push(events.len());
    let steps: Vec<&[&Event]> = starts.windows(2).map(|pair| &events[pair[0]..pair[1]]).collect();
    // How long it waited after the time reference event.
    let rest = |step: &[&Event]| step.get(1).map_or(0, |event| event.first - step[0].free() - FROM_OUTSIDE);
    let (mut spikes, mut wanted) = (Vec::new(), Vec::new());
    for (number, step) in (0..).zip(&steps) {
        let from_outside = step[1..].iter().filter(|event| event.address < outside);
        spikes.extend(from_outside.map(|event| (number as u32 + 1, event.address)));
        for event in *step {
            let waited = if event.is_reference() { 0 } else { rest(step) };
            let at = |cycle| number * STEP + cycle - step[0].first - waited;
            wanted.extend(event.spikes.iter().map(|(neuron, cycle)| (*neuron, at(*cycle))));
        }
    }
    spikes.sort_unstable();
    let graph = recorded.network(vec![spikes], if recurrent { outside..NEURONS } else { 0..0 });
    let (result, kept) = compare(case, &recorded, (graph, chip(STEP, 1000 * STEP), steps.len() as u32), &wanted);
    sweeps(case, &result, &events);
    // When the core is done with each step.
    for (number, step) in (0..).zip(&steps) {
        let free = step.last().unwrap().free() - step[0].first - rest(step);
        let here = kept.of(Kind::Soma).filter(|record| u64::from(record.step) == number + 1);
        let done = here.map(|record| record.tick + record.serial).max();
        assert_eq!(done, Some(number * STEP + free), "{case}: step {}", number + 1);
    }
    wanted.len()
}

pub fn an_open_loop_is_equalled_spike_and_cycle() {
    assert_eq!(at_rest("c01_open_sparse", NEURONS, false), 2837);
    assert_eq!(at_rest("c02_open_full", NEURONS, false), 1320);
}

pub fn a_closed_loop_is_equalled_spike_and_cycle() {
    assert_eq!(at_rest("c03_loop_quiet", 128, true), 167);
}

/// Without a leak, too, every time reference event compares: 206 neurons begin at their threshold or above.
pub fn neurons_that_start_high_fire_at_once() {
    assert_eq!(at_rest("c11_start_high", NEURONS, false), 888);
}

/// Each neuron has a leak, a threshold (0, 1 and 255 too) and a switch of its own.
pub fn values_by_neuron_are_equalled_spike_and_cycle() {
    assert_eq!(at_rest("c06_per_neuron", NEURONS, false), 2218);
}

/// Inputs by the clock, more than the core can do: the queue is full at times, and time reference events overtake it. The
/// first input is 3 cycles on its way.
pub fn an_overloaded_queue_loses_the_same_spikes() {
    let (case, step) = ("c04_loop_backlog", 6000);
    let recorded = Case::read(case);
    let (mut number, mut spikes) = (0, Vec::new());
    for input in recorded.inputs() {
        if input["address"] == 0x7f {
            assert_eq!(input["wanted_cycle"], number * step, "a step begins with its time reference");
            number += 1;
        } else {
            spikes.push((number as u32, (input["address"] >> 8) as u32));
        }
    }
    let graph = recorded.network(vec![spikes], 128..NEURONS);
    let wanted = recorded.spikes(|cycle| cycle - 3);
    let chip = chip(step as u64, 100 * STEP);
    let (result, _) = compare(case, &recorded, (graph, chip, number as u32), &wanted);
    assert_eq!((wanted.len(), result.lost), (465, 323));
    sweeps(case, &result, &recorded.worked());
    let end = recorded.worked().last().unwrap().free() - 3;
    assert_eq!(result.step_ticks.iter().sum::<u64>(), end, "{case}");
}

/// Inputs on the rows of recurrent neurons, into a queue that is always full: it never comes to rest.
pub fn a_queue_that_overflows_loses_the_same_spikes() {
    let case = "c05_loop_overflow";
    let recorded = Case::read(case);
    let events: Vec<HostEvent> = acts(&recorded, 0).into_iter().map(|act| HostEvent { step: 1, act }).collect();
    let graph = Graph { events, ..recorded.network(Vec::new(), 0..NEURONS) };
    let (first, second) = (&recorded.events[0], &recorded.events[2]);
    let waited = second.first - first.free() - FROM_OUTSIDE;
    let at = |cycle: u64| cycle - first.first - if cycle < second.first { 0 } else { waited };
    let wanted = recorded.spikes(at);
    let end = at(120_000);
    let (result, _) = compare(case, &recorded, (graph, chip(end, end), 1), &wanted);
    assert_eq!((wanted.len(), result.lost), (4775, 4570));
    // The queue is full when it ends.
    assert!((31..=32).contains(&result.dropped), "{}", result.dropped);
}

/// The inputs of a case as acts of the host, with so many neurons before those of the core.
fn acts(recorded: &Case, outside: u32) -> Vec<HostAct> {
    let act = |input: &BTreeMap<String, i64>| {
        let address = input["address"] as u32;
        let (row, code) = (address >> 8 & 0xff, address & 0xff);
        let (target, weight) = (outside + row, (code >> 5) as i16);
        match code {
            _ if address >> 16 == 1 => HostAct::Synapse { source: row, target: outside + code },
            0x7f => HostAct::TimeReference { neuron: None },
            0xff => HostAct::TimeReference { neuron: Some(target) },
            // A virtual event without weight, sign and leak is a spike event.
            0x07 | 0x01 => HostAct::Spike { source: row },
            _ if code & 8 != 0 => HostAct::QueuedReference { neuron: target },
            _ => HostAct::Virtual { target, weight: if code & 16 != 0 { -weight } else { weight } },
        }
    };
    recorded.inputs().iter().map(act).collect()
}

/// One event of the host after the other, each of them in a step of its own.
pub fn single_events_are_equalled_spike_and_cycle() {
    let (case, step) = ("c07_single_events", 3000);
    let recorded = Case::read(case);
    let acts = acts(&recorded, NEURONS);
    let steps = acts.len() as u32;
    let events = (1..).zip(&acts).map(|(step, act)| HostEvent { step, act: *act }).collect();
    let graph = Graph { events, ..recorded.network(vec![Vec::new()], 0..0) };
    // An input is an event at once, or one that is queued and then worked on.
    let (mut wanted, mut number, mut begin) = (Vec::new(), 0, 0);
    let mut queued = false;
    for event in &recorded.events {
        if !queued {
            (begin, number) = (event.first, number + 1);
        }
        queued = event.kind == "push";
        let at = |cycle| (number - 1) * step + cycle - begin;
        wanted.extend(event.spikes.iter().map(|(neuron, cycle)| (*neuron, at(*cycle))));
    }
    assert_eq!(number, u64::from(steps));
    let (result, _) = compare(case, &recorded, (graph, chip(step, 1000 * step), steps), &wanted);
    assert_eq!(wanted.len(), 730);
    assert!(!result.mismatched, "the reference works event by event, too");
}
