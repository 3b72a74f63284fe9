//! Two chips against their own register-transfer level, simulated: spikes in order, membranes and cycles are those that
//! were recorded. The recordings are read where they are.

use crate::common::{CONTENTION, Rig, chip_with, text_of};
use crate::needs::data;
use crate::npy::npy_rows;
use crate::traced::Kept;
use spikemesh::hw::Chip;
use spikemesh::map::place::Placer;
use spikemesh::net::graph::{Csr, Drive, Population};
use spikemesh::net::neuron::{If, Model, Odin, Params, Reset};
use spikemesh::net::{Graph, reference};
use spikemesh::noc::{self, ChipTimes, Cycles, Load, Setup};
use spikemesh::run::{Runner, Shards, Traced, Unwatched, trace_sparse};
use spikemesh::stats::Op;
use spikemesh::trace::scene::{Scene, SceneNode};
use spikemesh::trace::{Kind, WantedRecords};
use spikemesh::validate::{ValidationBench, ranc};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Neurons of ODIN, and the cycles of a time step here: long enough to come to rest.
const NEURONS: usize = 256;
const STEP: u64 = 75_000;
/// How long the core stops for each spike.
const SPIKE: u64 = 6;
/// From the end of an event to the next one from outside.
const FROM_OUTSIDE: u64 = 6;

/// The lines of a table, by column.
fn table(path: &Path) -> Vec<BTreeMap<String, i64>> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let heads = lines.next().unwrap();
    let cell = |(head, cell): (&&str, &str)| Some(((*head).to_owned(), cell.parse().ok()?));
    lines.map(|line| heads.iter().zip(line).filter_map(cell).collect()).collect()
}

/// An event of ODIN's controller.
struct Event {
    is_reference: bool,
    source: u32,
    first: u64,
    last: u64,
    /// (neuron, cycle), in order.
    spikes: Vec<(u32, u64)>,
}

fn events(folder: &Path) -> Vec<Event> {
    let text = std::fs::read_to_string(folder.join("events.csv")).unwrap();
    let mut by_event: BTreeMap<i64, Vec<(u32, u64)>> = BTreeMap::new();
    for spike in table(&folder.join("spikes.csv")) {
        by_event.entry(spike["event"]).or_default().push((spike["neuron"] as u32, spike["cycle"] as u64));
    }
    let event = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<u64>().unwrap();
        let kind = cells[1];
        (kind == "spike" || kind == "time_reference").then(|| Event {
            is_reference: kind == "time_reference",
            source: number(2) as u32,
            first: number(3),
            last: number(4),
            spikes: by_event.remove(&(number(0) as i64)).unwrap_or_default(),
        })
    };
    text.lines().skip(1).collect::<Vec<_>>().into_iter().filter_map(event).collect()
}

impl Event {
    /// When the core is free again: the stop for a spike of the last neuron comes after the last cycle.
    fn free(&self) -> u64 {
        let stop =
            if self.spikes.last().is_some_and(|(neuron, _)| *neuron as usize == NEURONS - 1) { SPIKE } else { 0 };
        self.last + 1 + stop
    }
}

/// A step: its time reference event, and what follows it.
fn steps(events: &[Event]) -> Vec<&[Event]> {
    let mut starts: Vec<usize> = (0..events.len()).filter(|at| events[*at].is_reference).collect();
    starts.push(events.len());
    starts.windows(2).map(|pair| &events[pair[0]..pair[1]]).collect()
}

/// How long the bench left the chip at rest after the time reference event of a step, beyond what an input takes that
/// waits for its end.
fn rest(step: &[Event]) -> u64 {
    step.get(1).map_or(0, |event| event.first - step[0].free() - FROM_OUTSIDE)
}

/// A case as a network: sources that come from outside, and all neurons of the core.
fn network(folder: &Path, steps: &[&[Event]], outside: usize, recurrent: bool) -> (Graph, Vec<i32>) {
    let synapses = npy_rows(&folder.join("synapses.npy"));
    let neurons = table(&folder.join("neurons.csv"));
    let leak = neurons[0]["leak"] as u32;
    let params = |fires| Params {
        model: Model::Odin(Odin { leak }),
        reset: Reset::Zero,
        fraction_bits: 0,
        membrane_bits: 8,
        fires,
    };
    let mut spikes = Vec::new();
    for (number, step) in (1..).zip(steps) {
        let from_outside = step[1..].iter().filter(|event| (event.source as usize) < outside);
        spikes.extend(from_outside.map(|event| (number, event.source)));
    }
    let mut rows = Csr::with_capacity(outside + NEURONS, NEURONS * NEURONS);
    let mut row = |source: usize, is_there: bool| {
        let sign = if neurons[source]["inhibitory_source"] == 1 { -1 } else { 1 };
        for target in (0..NEURONS).filter(|_| is_there) {
            let synapse = synapses[source][target];
            if synapse & 8 != 0 && synapse & 7 != 0 {
                rows.push((outside + target) as u32, sign * (synapse & 7) as i16, 1);
            }
        }
        rows.end_row();
    };
    (0..outside).for_each(|source| row(source, true));
    (0..NEURONS).for_each(|neuron| row(neuron, recurrent && neuron >= outside));
    let population = |name: &str, first: usize, count: usize, source: Option<Vec<(u32, u32)>>| Population {
        name: name.into(),
        first: first as u32,
        count: count as u32,
        params: params(source.is_none()).into(),
        drive: Drive::EveryStep,
        window: None,
        source,
    };
    let column = |name: &str| neurons.iter().map(|neuron| neuron[name] as i32).collect::<Vec<_>>();
    let after_sources = |values: Vec<i32>| [vec![if outside > 0 { 0 } else { 1 }; outside], values].concat();
    let mut threshold = after_sources(column("threshold"));
    threshold[..outside].fill(1);
    spikes.sort_unstable();
    let graph = Graph {
        populations: vec![population("in", 0, outside, Some(spikes)), population("core", outside, NEURONS, None)],
        bias: vec![0; outside + NEURONS],
        threshold,
        start: after_sources(column("membrane_start")),
        synapses: Arc::new(rows),
        ..Graph::default()
    };
    (graph, column("membrane_end"))
}

/// Runs a case; gives its spikes, after everything was compared.
fn odin(case: &str, outside: usize, recurrent: bool) -> usize {
    let folder = data("rtl/odin").join(case);
    let events = events(&folder);
    let recorded = steps(&events);
    let (graph, wanted_membranes) = network(&folder, &recorded, outside, recurrent);
    let rig = Rig::new(graph, chip_with("odin", &[]), Placer::Linear, CONTENTION[0]);
    let count = recorded.len() as u32;
    let mut kept = Kept::default();
    let traced = Traced { wanted: WantedRecords::kinds(Kind::ALL), samples: 1, sink: &mut kept };
    let result = trace_sparse(&rig.system, &rig.graph, count, Shards::default(), &Unwatched, traced).unwrap();
    // Spikes in order, each at its cycle.
    let on_core = |item: u32| item as usize >= outside;
    let ours: Vec<(u32, u64)> =
        kept.of(Kind::Spike).filter(|r| on_core(r.item)).map(|r| (r.item - outside as u32, r.tick)).collect();
    let mut wanted = Vec::new();
    for (step, events) in (0..).zip(&recorded) {
        let (begin, rest) = (events[0].first, rest(events));
        for event in *events {
            let rest = if event.is_reference { 0 } else { rest };
            wanted.extend(event.spikes.iter().map(|(neuron, cycle)| (*neuron, step * STEP + cycle - begin - rest)));
        }
    }
    let order = |spikes: &[(u32, u64)]| spikes.iter().map(|(neuron, _)| *neuron).collect::<Vec<_>>();
    assert_eq!(order(&ours), order(&wanted), "{case}: other spikes");
    assert!(ours == wanted, "{case}: other cycles: {:?}", ours.iter().zip(&wanted).find(|(a, b)| a != b));
    // When the core is done with each step.
    for (step, events) in (0..).zip(&recorded) {
        let free = events.last().unwrap().free() - events[0].first - rest(events);
        let here = kept.of(Kind::Soma).filter(|r| u64::from(r.step) == step + 1).map(|r| r.tick + r.serial);
        assert_eq!(here.max(), Some(step * STEP + free), "{case}: step {}", step + 1);
    }
    let mut runner = Runner::new(&rig.system, Shards::default());
    runner.reset(&[]);
    (1..=count).for_each(|step| assert!(runner.step(step).unwrap() > 0));
    runner.finish().unwrap();
    assert_eq!(runner.neurons(count).1[outside..], wanted_membranes, "{case}: other membranes");
    // Every event works through all places.
    let mut total = spikemesh::stats::Counts::default();
    result.cores.iter().for_each(|core| total.merge(core));
    let packets = events.iter().filter(|event| !event.is_reference).count() as u64;
    assert_eq!(total.synapses(), packets * NEURONS as u64, "{case}");
    assert_eq!(total.of(Op::SomaUpdate), events.len() as u64 * NEURONS as u64, "{case}");
    ours.len()
}

pub fn odins_open_loop_is_equalled_spike_and_cycle() {
    for (case, spikes) in [("c01_open_sparse", 2837), ("c02_open_full", 1320)] {
        let found = odin(case, NEURONS, false);
        assert_eq!(found, spikes, "{case}");
    }
}

pub fn odins_closed_loop_is_equalled_spike_and_cycle() {
    let found = odin("c03_loop_quiet", 128, true);
    assert_eq!(found, 167);
}

/// Without a leak, too, every time reference event compares: 206 neurons begin at their threshold or above.
pub fn odins_neurons_that_start_high_fire_at_once() {
    let found = odin("c11_start_high", NEURONS, false);
    assert_eq!(found, 888);
}

/// The same rule without any recording: on every free-running chip and with every model that can run there.
pub fn who_starts_at_its_threshold_fires_in_the_first_step() {
    let model =
        |model, bits| Params { model, reset: Reset::Subtract, fraction_bits: 0, membrane_bits: bits, fires: true };
    for (chip, params) in [
        ("odin", model(Model::Odin(Odin { leak: 0 }), 8)),
        ("odin", model(Model::If(If), 8)),
        ("event_mesh", model(Model::If(If), 8)),
        ("event_mesh", model(Model::Odin(Odin { leak: 0 }), 8)),
        ("speck", model(Model::If(If), 16)),
    ] {
        let population = Population {
            name: "core".into(),
            first: 0,
            count: 3,
            params: params.into(),
            drive: Drive::EveryStep,
            window: None,
            source: None,
        };
        let mut synapses = Csr::with_capacity(3, 0);
        (0..3).for_each(|_| synapses.end_row());
        let graph = Graph {
            populations: vec![population],
            bias: vec![0; 3],
            threshold: vec![5; 3],
            start: vec![4, 5, 9],
            synapses: Arc::new(synapses),
            ..Graph::default()
        };
        let right = reference::sparse(&graph, 3);
        assert_eq!(right.counts, [0, 1, 1]);
        let rig = Rig::new(graph, chip_with(chip, &[]), Placer::Linear, CONTENTION[0]);
        let mut runner = Runner::new(&rig.system, Shards::default());
        runner.reset(&[]);
        (1..=3).for_each(|step| assert!(runner.step(step).unwrap() > 0));
        runner.finish().unwrap();
        assert_eq!(runner.neurons(3), (right.counts, right.membranes), "{chip}: {}", params.name());
    }
}

fn ranc_setup(chip: &Chip) -> Setup {
    let times = ChipTimes::of(chip, chip.calibration(None).unwrap());
    Setup {
        noc: chip.noc().clone(),
        cycles: Cycles { router: 4, link: 1, credit: 1 },
        chip: Some(times),
        packet_flits: chip.noc().packet_flits,
        warmup: 0,
        measured: 1,
        seed: 1,
        shards: 1,
        threads: 1,
    }
}

/// Packets from the first core, sent in cycle 10.
fn sent(chip: &Chip, (dx, dy): (i64, i64), count: usize) -> Load {
    let width = u32::from(chip.noc().topology.size().unwrap().width);
    let to = dy as u32 * width + dx as u32;
    let mut packets = vec![Vec::new(); chip.noc().tiles() as usize];
    packets[0] = vec![(10, to, 1); count];
    Load::Replay(packets)
}

/// Recorded from the input buffer, a cycle after the spike.
const FROM_BUFFER: u64 = 1;

pub fn rancs_packets_take_its_routers_cycles() {
    let folder = data("rtl/ranc");
    let chip = chip_with("ranc", &[]);
    let setup = ranc_setup(&chip);
    let alone = table(&folder.join("single_packets.csv"));
    for line in &alone {
        let load = sent(&chip, (line["dx"], line["dy"]), 1);
        let found = noc::simulate(&setup, &load, &noc::Unwatched).unwrap();
        assert_eq!(found.latency.sum(), u128::from(line["cycles"] as u64 + FROM_BUFFER), "{line:?}");
        assert_eq!(found.zero_load, Some(found.latency().unwrap().mean()));
    }
    assert_eq!(alone.len(), 16);
    let lines = table(&folder.join("streams.csv"));
    for stream in 0..3 {
        let stream: Vec<_> = lines.iter().filter(|line| line["stream"] == stream).collect();
        let load = sent(&chip, (stream[0]["dx"], stream[0]["dy"]), stream.len());
        let found = noc::simulate(&setup, &load, &noc::Unwatched).unwrap();
        let wanted = stream.iter().map(|line| (line["written_cycle"] - line["offered_cycle"]) as u64 + FROM_BUFFER);
        let ours = (0..stream.len()).map(|at| found.latency.quantile((at as f64 + 0.5) / stream.len() as f64));
        assert_eq!(ours.collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
    }
}

/// Whatever a chip's router is, `noc` has that of a run: a packet alone takes as long in both.
pub fn noc_has_the_router_of_a_run_on_every_chip() {
    for path in crate::common::files_of("hw_models", "json") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut file: serde_json::Value = serde_json::from_str(&text_of(&format!("hw_models/{name}.json"))).unwrap();
        file.as_object_mut().unwrap().remove("facts");
        let chip = crate::common::chip_from(&file.to_string());
        let tiles = chip.noc().tiles();
        if tiles < 2 {
            continue;
        }
        let (setup, table) = (ranc_setup(&chip), chip.calibration(None).unwrap());
        // The router of a terminal of `noc`: row by row where there are rows.
        let router =
            |tile: u32| if chip.noc().topology.size().is_some() { tile } else { chip.noc().router_of_tile(tile) };
        for to in [1, tiles / 2, tiles - 1] {
            let mut packets = vec![Vec::new(); tiles as usize];
            packets[0] = vec![(10, to, chip.noc().packet_flits)];
            let found = noc::simulate(&setup, &Load::Replay(packets), &noc::Unwatched).unwrap();
            let hops = chip.noc().hops_between(router(0), router(to));
            let routers = u64::from(hops.total()) + 1;
            let way =
                [(Op::Inject, 1), (Op::Eject, 1), (Op::HopEw, hops.ew), (Op::HopNs, hops.ns), (Op::HopChip, hops.chip)];
            let ticks: u64 = way.iter().map(|(op, n)| u64::from(table.ticks(*op)) * u64::from(*n)).sum();
            let behind = u64::from(chip.noc().packet_flits - 1) * u64::from(chip.noc().flit_interval);
            let wanted = ticks + routers * u64::from(chip.noc().head_delay) + behind;
            assert_eq!(found.latency.sum(), u128::from(wanted), "{name}: to {to}");
            let zero_load = found.zero_load.unwrap() * setup.ticks_per_cycle();
            assert!((zero_load - wanted as f64).abs() < 1e-6, "{name}: {zero_load} for {wanted}");
        }
    }
}

pub fn rancs_ticks_spikes_and_writes_are_at_their_cycles() {
    let (recorded, bench) = (data("rtl/ranc"), ValidationBench::default());
    let folder = ranc::Folder { path: data("ranc").join("vmm"), grid: None };
    let deployment = ranc::deployment(&bench, &folder).unwrap();
    let (graph, scene) = (deployment.graph(), deployment.scene());
    let ticks = 14;
    let mut kept = Kept::default();
    let traced = Traced { wanted: WantedRecords::kinds(Kind::ALL), samples: 1, sink: &mut kept };
    // The first step only brings packets in.
    let split = Shards::default();
    trace_sparse(deployment.system(), graph, ticks + 1, split, &Unwatched, traced).unwrap();
    let starts: Vec<u64> = kept.of(Kind::Step).map(|record| record.tick).collect();
    let core = |node: u32, scene: &Scene| match scene.node(node) {
        SceneNode::Core(core) => scene.layers[scene.cores[core as usize].parts[0].layer as usize]
            .name
            .strip_prefix("core")
            .map(|n| n.parse::<i64>().unwrap()),
        _ => None,
    };
    let at = |step: u32, tick: u64| (i64::from(step) - 2, (tick - starts[step as usize - 1]) as i64);
    let mut ours: Vec<[i64; 4]> = Vec::new();
    for record in kept.of(Kind::Spike) {
        if let Some(core) = core(record.node, &scene) {
            let (tick, cycle) = at(record.step, record.tick);
            ours.push([tick, core, i64::from(scene.layer_of(record.item).1), cycle]);
        }
    }
    let mut wanted: Vec<[i64; 4]> = table(&recorded.join("vmm_spikes.csv"))
        .iter()
        .map(|line| [line["tick"], line["core"], line["neuron"], line["cycle_after_tick"]])
        .collect();
    // The recording ends within the last tick.
    let end = wanted.iter().filter(|[tick, ..]| *tick == i64::from(ticks) - 1).map(|[.., cycle]| *cycle).max().unwrap();
    ours.retain(|[tick, .., cycle]| *tick < i64::from(ticks) - 1 || *cycle <= end);
    ours.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(wanted.len(), 680);
    assert!(ours == wanted, "{:?}", ours.iter().zip(&wanted).find(|(ours, wanted)| ours != wanted));
    // The scheduler of the next core has each 6 cycles and 2 a hop later.
    let mut writes: Vec<[i64; 3]> = Vec::new();
    for record in kept.of(Kind::Delivered) {
        // What the host sends is not recorded.
        let (neuron, _) = scene.axon(record.item);
        let from_core = graph.populations[graph.population_of(neuron as usize)].source.is_none();
        if let Some(core) = core(record.node, &scene).filter(|_| from_core) {
            let (tick, cycle) = at(record.step, record.tick);
            writes.push([tick, core, cycle]);
        }
    }
    let mut wanted: Vec<[i64; 3]> = table(&recorded.join("vmm_writes.csv"))
        .iter()
        .map(|line| [line["tick"], line["core"], line["cycle_after_tick"]])
        .collect();
    let end = wanted.iter().filter(|[tick, ..]| *tick == i64::from(ticks) - 1).map(|[.., cycle]| *cycle).max().unwrap();
    writes.retain(|[tick, .., cycle]| *tick < i64::from(ticks) - 1 || *cycle <= end);
    writes.sort_unstable();
    wanted.sort_unstable();
    assert!(writes == wanted, "{:?}", writes.iter().zip(&wanted).find(|(ours, wanted)| ours != wanted));
    // Every core is busy for as long as the token controller is.
    let idle = table(&recorded.join("vmm_idle.csv"));
    assert!(idle.iter().all(|line| line["cycles_from_tick_to_idle"] == 66_051));
    let soma = kept.of(Kind::Soma).filter(|record| core(record.node, &scene).is_some());
    let mut seen = 0u32;
    for record in soma {
        let (_, begin) = at(record.step, record.tick);
        assert_eq!(begin + record.serial as i64, 66_051);
        seen += 1;
    }
    // Four of its cores have neurons that can fire.
    assert_eq!(seen, 4 * ticks);
}
