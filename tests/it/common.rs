//! What several tests share: chips made by editing chip files, a run driven from outside, and what a run must count.

use serde_json::Value;
use spikemesh::engine::{Engine, EventSet};
use spikemesh::hw::Chip;
use spikemesh::json::Document;
use spikemesh::map::{self, Mapping, NO_CORE, place::Placer};
use spikemesh::model::{Message, Simulator};
use spikemesh::net::architecture::{LayerSpec, Shape, stages};
use spikemesh::net::quantised::FoldedLayer;
use spikemesh::net::{Folded, Graph, Network};
use spikemesh::rng::mix;
use spikemesh::stats::{Counts, Distribution, Op};
use spikemesh::system::{self, Contention, System};
use std::path::{Path, PathBuf};

/// Both ways of modelling the network between cores.
pub const CONTENTION: [Contention; 2] = [Contention::Modelled, Contention::Ignored];

/// A path within the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the repository.
pub fn text_of(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files of a folder of the repository with an extension, sorted.
pub fn files_of(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == extension));
    files.sort();
    files
}

/// Reads a chip from a text.
pub fn chip_from(text: &str) -> Chip {
    let chip = Document::parse("chip.json", text).and_then(|document| spikemesh::hw::read(document, "chip"));
    chip.unwrap_or_else(|error| panic!("{error}"))
}

/// A shipped chip with some values replaced, by JSON pointer.
pub fn chip_with(name: &str, edits: &[(&str, Value)]) -> Chip {
    let mut file: Value = serde_json::from_str(&text_of(&format!("hw_models/{name}.json"))).unwrap();
    for (pointer, value) in edits {
        *file.pointer_mut(pointer).unwrap_or_else(|| panic!("{name} has no {pointer}")) = value.clone();
    }
    chip_from(&file.to_string())
}

/// The graph of a sparse network given as JSON.
pub fn sparse_graph(file: &Value) -> Graph {
    let document = Document::parse("net.json", &file.to_string()).unwrap();
    match spikemesh::net::read(document, "net", Path::new(".")) {
        Ok(Network::Sparse(network)) => network.graph,
        Ok(_) => panic!("not a sparse network"),
        Err(error) => panic!("{error}"),
    }
}

/// Draws numbers by hashing a counter, so that a case is the same on every machine.
#[derive(Clone, Debug)]
pub struct Draw(u64, u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(mix(seed), 0)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.1 += 1;
        mix(self.0 ^ self.1) % n
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// A number from -1 to 1 in steps of a thousandth.
    pub fn unit(&mut self) -> f32 {
        self.between(-1000, 1000) as f32 / 1000.0
    }
}

/// A layered network of random weights and biases, in real numbers.
pub fn random_folded(input: Shape, layers: &[LayerSpec], full_scale: u32, threshold: f64, draw: &mut Draw) -> Folded {
    let stages = stages(input, layers).unwrap();
    let layers = stages
        .iter()
        .map(|stage| FoldedLayer {
            weight: (0..stage.op.weights()).map(|_| draw.unit()).collect(),
            bias: (0..stage.op.channels()).map(|_| draw.unit()).collect(),
        })
        .collect();
    Folded { stages, layers, input, full_scale, threshold }
}

/// A mapped network and its system.
pub struct Rig {
    pub graph: Graph,
    pub chip: Chip,
    pub mapping: Mapping,
    pub system: System,
}

impl Rig {
    pub fn new(graph: Graph, chip: Chip, placer: Placer, contention: Contention) -> Self {
        let options = map::Options { placer, ..map::Options::default() };
        let mapping = map::map(&graph, &chip, options).unwrap_or_else(|error| panic!("{error}"));
        let calibration = chip.calibration(None).unwrap();
        let system = system::build(&graph, &chip, calibration, &mapping, contention).unwrap();
        Self { graph, chip, mapping, system }
    }

    /// What the reference's spikes must make the chip count: worked out from the network and the mapping alone.
    pub fn traffic(&self, spikes: &[u32]) -> Traffic {
        let mut traffic = Traffic::default();
        let mesh = &self.chip.mesh;
        for (source, &spikes) in spikes.iter().enumerate() {
            let spikes = u64::from(spikes);
            let core = self.mapping.core_of[source];
            let from = match core {
                NO_CORE => mesh.host,
                core => mesh.place(mesh.tile_of(self.mapping.cores[core as usize].site)),
            };
            let mut reached: Vec<u32> =
                self.graph.synapses.row(source).map(|(target, _, _)| self.mapping.core_of[target as usize]).collect();
            traffic.synapses += spikes * reached.len() as u64;
            reached.sort_unstable();
            reached.dedup();
            for to in &reached {
                let to = mesh.place(mesh.tile_of(self.mapping.cores[*to as usize].site));
                traffic.hops_ew += spikes * u64::from(from.x.abs_diff(to.x));
                traffic.hops_ns += spikes * u64::from(from.y.abs_diff(to.y));
            }
            traffic.packets += spikes * reached.len() as u64;
            if core == NO_CORE {
                traffic.host_packets += spikes * reached.len() as u64;
            }
        }
        traffic
    }
}

/// What spikes cause between and in the cores.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub synapses: u64,
    pub packets: u64,
    pub host_packets: u64,
    pub hops_ew: u64,
    pub hops_ns: u64,
}

/// The sum of the counts of all cores and the source.
pub fn total(cores: &[Counts]) -> Counts {
    let mut sum = Counts::default();
    cores.iter().for_each(|counts| sum.merge(counts));
    sum
}

/// Counts as (name, count), without zeros: for messages and for comparison with what was worked out by hand.
pub fn nonzero(counts: &Counts) -> Vec<(&'static str, u64)> {
    Op::ALL.iter().map(|op| (op.name(), counts.of(*op))).filter(|(_, n)| *n > 0).collect()
}

/// All that can be told of a distribution from outside.
pub fn digest(values: &Distribution) -> (u64, u128, [u64; 5]) {
    (values.len(), values.sum(), [0.0, 0.25, 0.5, 0.99, 1.0].map(|share| values.quantile(share)))
}

/// What a run left behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub counts: Vec<u32>,
    pub membranes: Vec<i32>,
    pub step_ticks: Vec<u64>,
    pub cores: Vec<Counts>,
    pub link_flits: Vec<u64>,
    pub latency: (u64, u128, [u64; 5]),
    pub hops: (u64, u128, [u64; 5]),
}

/// Runs a system step by step without the `run` module, on any event set.
pub fn drive<S: EventSet<Message>>(system: &System, set: S, host_drive: &[i32], steps: u32) -> Seen {
    let mut simulator = Simulator::new(&system.tables);
    let mut engine = Engine::new(system.tables.nodes(), set);
    simulator.reset(host_drive);
    let (mut release, mut step_ticks) = (0, Vec::new());
    for step in 1..=steps {
        system.barrier.release(release, step, &mut simulator, &mut engine);
        engine.run(&mut simulator, 1 << 32).unwrap();
        assert_eq!(simulator.in_flight(), 0, "step {step} left packets behind: {:?}", simulator.waiting());
        assert_eq!(simulator.waiting(), [], "step {step} left flits in routers");
        let next = system.barrier.next(release, &mut simulator, &engine);
        step_ticks.push(next - release);
        release = next;
    }
    simulator.read_out(0..0);
    Seen {
        counts: simulator.spike_counts().to_vec(),
        membranes: simulator.membranes().to_vec(),
        step_ticks,
        cores: simulator.counts().to_vec(),
        link_flits: simulator.link_flits().to_vec(),
        latency: digest(&simulator.state.packet_latency),
        hops: digest(&simulator.state.packet_hops),
    }
}
