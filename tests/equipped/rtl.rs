//! Two chips against their own register-transfer level, simulated: spikes in order, membranes and cycles are those that
//! were recorded. The recordings are read where they are.

use crate::common::{CONTENTION, Rig, chip_with, text_of};
use crate::needs::data;
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

/// The lines of a table, by column.
pub fn table(path: &Path) -> Vec<BTreeMap<String, i64>> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let heads = lines.next().unwrap();
    let cell = |(head, cell): (&&str, &str)| Some(((*head).to_owned(), cell.parse().ok()?));
    lines.map(|line| heads.iter().zip(line).filter_map(cell).collect()).collect()
}

/// The same rule without any recording: on every free-running chip and with every model that can run there.
pub fn who_starts_at_its_threshold_fires_in_the_first_step() {
    let model =
        |model, bits| Params { model, reset: Reset::Subtract, fraction_bits: 0, membrane_bits: bits, fires: true };
    for (chip, params) in [
        ("odin", model(Model::Odin(Odin { leak: 0, disabled: false }), 8)),
        ("odin", model(Model::If(If), 8)),
        ("event_mesh", model(Model::If(If), 8)),
        ("event_mesh", model(Model::Odin(Odin { leak: 0, disabled: false }), 8)),
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
