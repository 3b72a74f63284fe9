//! What several tests share: chips made by editing chip files, a run driven from outside, and what a run must count.

use jsonschema::Validator;
use serde_json::Value;
use spikemesh::engine::EventSet;
use spikemesh::hw::routing::way;
use spikemesh::hw::{self, Chip};
use spikemesh::ids::CoreId;
use spikemesh::json::Document;
use spikemesh::map::{self, Mapping, NO_CORE, place::Placer};
use spikemesh::model::HostInput;
use spikemesh::model::fabric::Flit;
use spikemesh::net::architecture::{ByLayer, LayerSpec, Shape, Target, stages};
use spikemesh::net::deployed::Deployed;
use spikemesh::net::input::{Encoding, Frames};
use spikemesh::net::quantised::FoldedLayer;
use spikemesh::net::{self, Folded, Graph, Network};
use spikemesh::report::RunHeader;
use spikemesh::rng::mix;
use spikemesh::run::{Runner, Shards};
use spikemesh::stats::{Counts, Distribution, Op};
use spikemesh::system::{self, Contention, System};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Both ways of modelling the network between cores.
pub const CONTENTION: [Contention; 2] = [Contention::Modelled, Contention::Ignored];

/// Operations of hops.
pub const HOPS: [Op; 3] = [Op::HopEw, Op::HopNs, Op::HopChip];

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

/// Validators of chips, layered and sparse networks.
pub static VALIDATORS: LazyLock<[Validator; 3]> = LazyLock::new(|| {
    let schemas = [hw::schema(), net::layered_schema(), net::sparse_schema()];
    schemas.map(|schema| jsonschema::draft202012::new(&schema).unwrap())
});

/// Checks that a sound file keeps the schema of its kind, by position in [`VALIDATORS`].
pub fn keeps_schema(kind: usize, file: &Value) {
    let errors = VALIDATORS[kind].iter_errors(file).map(|e| format!("{}: {e:.200}", e.instance_path()));
    let errors: Vec<String> = errors.collect();
    assert!(errors.is_empty(), "the schema refuses a sound file: {}", errors.join("\n"));
}

/// Reads a chip from a text.
pub fn chip_from(text: &str) -> Chip {
    let chip = Document::parse("chip.json", text).and_then(|document| spikemesh::hw::read(document, "chip"));
    let chip = chip.unwrap_or_else(|error| panic!("{error}"));
    keeps_schema(0, &serde_json::from_str(text).unwrap());
    chip
}

/// A shipped chip file without its facts: where its numbers come from is no longer true of a file that is edited, and
/// may be of fields that it then lacks.
pub fn plain_file(name: &str) -> Value {
    let mut file: Value = serde_json::from_str(&text_of(&format!("hw_models/{name}.json"))).unwrap();
    file.as_object_mut().unwrap().remove("facts");
    file
}

/// A shipped chip with some values replaced, by JSON pointer.
pub fn chip_with(name: &str, edits: &[(&str, Value)]) -> Chip {
    let mut file = plain_file(name);
    for (pointer, value) in edits {
        *file.pointer_mut(pointer).unwrap_or_else(|| panic!("{name} has no {pointer}")) = value.clone();
    }
    chip_from(&file.to_string())
}

/// The graph of a sparse network given as JSON.
pub fn sparse_graph(file: &Value) -> Graph {
    let document = Document::parse("net.json", &file.to_string()).unwrap();
    match spikemesh::net::read(document, "net", Path::new(".")) {
        Ok(Network::Sparse(network)) => {
            keeps_schema(2, file);
            network.graph
        }
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
            pruned: false,
        })
        .collect();
    let (encoding, leak, half_start, target) = (Encoding::Direct, 1.0, false, Target::Label);
    let neuron = Deployed::default();
    let (own, frames) = (ByLayer::default(), Frames::One);
    Folded { stages, layers, input, encoding, frames, full_scale, neuron, threshold, leak, own, half_start, target }
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
        Self::mapped(graph, chip, map::MappingOptions { placer, ..map::MappingOptions::default() }, contention)
    }

    pub fn mapped(graph: Graph, chip: Chip, options: map::MappingOptions, contention: Contention) -> Self {
        let mapping = map::map(&graph, &chip, options).unwrap_or_else(|error| panic!("{error}"));
        let calibration = chip.calibration(None).unwrap();
        let system = system::build(&graph, &chip, calibration, &mapping, contention).unwrap();
        Self { graph, chip, mapping, system }
    }

    /// What the reference's spikes must make the chip count: worked out from the network and the mapping alone.
    pub fn traffic(&self, spikes: &[u32]) -> MappingTraffic {
        let mut traffic = MappingTraffic::default();
        let noc = self.chip.noc();
        for (source, &spikes) in spikes.iter().enumerate() {
            let spikes = u64::from(spikes);
            let core = self.mapping.core_of[source];
            let from = match core {
                NO_CORE => noc.host_router(),
                core => noc.router_of(self.mapping.cores[core].site),
            };
            let mut reached: Vec<CoreId> =
                self.graph.synapses.row(source).map(|(target, _, _)| self.mapping.core_of[target as usize]).collect();
            traffic.synapses += spikes * reached.len() as u64;
            reached.sort_unstable();
            reached.dedup();
            for to in &reached {
                let to = noc.router_of(self.mapping.cores[*to].site);
                let links: Vec<_> = way(&noc.topology, &noc.routing, from, to).map(|(link, _)| link.op).collect();
                for (sum, op) in traffic.hops.iter_mut().zip(HOPS) {
                    *sum +=
                        spikes * links.iter().filter(|found| found.general().unwrap_or(**found) == op).count() as u64;
                }
            }
            traffic.packets += spikes * reached.len() as u64;
            if core == NO_CORE {
                traffic.host_packets += spikes * reached.len() as u64;
            }
        }
        traffic
    }
}

/// The header of a report of a sparse network.
pub fn header() -> RunHeader {
    RunHeader {
        dataset_part: None,
        network: "made".into(),
        dataset: None,
        seed: 1,
        timing: "event",
        threads: 1,
        wall_seconds: 0.1,
        made_by: None,
        host: None,
        origins: Vec::new(),
        digests: Vec::new(),
        notes: Vec::new(),
        sources: Vec::new(),
    }
}

/// What spikes cause between and in the cores.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct MappingTraffic {
    pub synapses: u64,
    pub packets: u64,
    pub host_packets: u64,
    /// By kind, in the order of [`HOPS`].
    pub hops: [u64; 3],
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

/// Runs a system step by step on any set of pending events, in any number of parts.
pub fn drive<S>(system: &System, set: impl Fn() -> S, shards: Shards, host_drive: &[i32], steps: u32) -> Seen
where
    S: EventSet<Flit> + Send,
{
    drive_given(system, set, shards, HostInput { drive: host_drive, ..HostInput::default() }, steps)
}

/// The same with all that a host may give for a sample.
pub fn drive_given<S>(system: &System, set: impl Fn() -> S, shards: Shards, given: HostInput<'_>, steps: u32) -> Seen
where
    S: EventSet<Flit> + Send,
{
    let mut runner = Runner::with(system, shards, set).on_all_threads(shards.threads);
    runner.reset_for(0, given);
    let step_ticks = (1..=steps).map(|step| runner.step(step).unwrap_or_else(|error| panic!("{error}"))).collect();
    assert_eq!(runner.waiting(), [], "flits are left in routers");
    let (counts, membranes) = runner.neurons(steps);
    let (latency, hops) = runner.packets();
    Seen {
        counts,
        membranes,
        step_ticks,
        cores: runner.counts(),
        link_flits: runner.link_flits(),
        latency: digest(&latency),
        hops: digest(&hops),
    }
}

/// How a network of a test was trained, as its file says.
pub fn trained_meta() -> spikemesh::net::TrainedMeta {
    spikemesh::net::TrainedMeta {
        dataset: "digits".into(),
        data_folder: None,
        rule: "tandem".into(),
        seed: 1,
        epoch: 3,
        validation_accuracy: Some(0.5),
        validation_mse: None,
        made_by: "a test".into(),
        max_fan_in: None,
    }
}

/// A random network of a seed, with uniform targets, on cores of equal size.
pub fn random_graph(seed: u32, neurons: u32, cores: u32) -> Graph {
    let name = format!("random:seed={seed},neurons={neurons},cores={cores},targets=uniform");
    net::RandomSpec::parse(&name).unwrap().generate().graph
}

/// A network whose neurons have more inputs than a core takes, split into partial sums.
pub fn partial_sums() -> Rig {
    let graph = random_graph(1, 128, 4);
    let mut synapses = net::graph::Csr::with_capacity(graph.neurons(), graph.synapses.len());
    for source in 0..graph.neurons() {
        graph.synapses.row(source).for_each(|(target, weight, delay)| synapses.push(target, weight, delay + 1));
        synapses.end_row();
    }
    let graph = Graph { synapses: synapses.into(), neurons_per_core: None, ..graph };
    let edits = [("/core/max_neurons", 32.into()), ("/core/max_axons_in", 40.into()), ("/core/weight_bits", 9.into())];
    let chip = chip_with("sram_mesh", &edits);
    let split = map::arrange(&graph, &chip, map::MappingOptions::default(), None).unwrap().graph;
    assert!(split.neurons() > graph.neurons());
    Rig::new(split, chip, Placer::Linear, Contention::Modelled)
}

/// Crossbars of real cells, with noise in every read, of the size of the network.
pub fn memristive() -> Rig {
    let mut file: Value = serde_json::from_str(&text_of("tests/chips/memristive.json")).unwrap();
    for (field, value) in [("max_neurons", 32), ("max_axons_in", 256), ("max_fan_in", 256), ("weight_bits", 9)] {
        file["core"][field] = value.into();
    }
    (file["core"]["synapses"]["rows"], file["core"]["synapses"]["columns"]) = (256.into(), 256.into());
    Rig::new(random_graph(1, 256, 8), chip_from(&file.to_string()), Placer::Linear, Contention::Modelled)
}
