//! Keys by which results that were kept are found again: whatever a result depends on changes them.

use crate::bench::{Bench, text};
use crate::common::{Draw, files_of, random_folded, repository, text_of, trained_meta};
use serde_json::{Value, json};
use spikemesh::digest::{self, Stable};
use spikemesh::explore::{Candidate, Nets, Own, Plan, SweepAxis, SweepSetting, identity};
use spikemesh::map::place::Placer;
use spikemesh::map::{Limits, Objective, Partitioner};
use spikemesh::net::architecture::{Firing, LayerSpec, Shape, Target};
use spikemesh::net::graph::{Csr, Drive, HostAct, HostEvent, Population, Window};
use spikemesh::net::neuron::{
    After, Below, Cuba, If, Lif, Loihi, Model, MultiSpike, Odin, Paicore, Params, PartialSum, Ranc, Reset, Settings,
    Traits, TrueNorth,
};
use spikemesh::net::quantised::{QuantSpec, Scale};
use spikemesh::net::samples::{InputForm, SampleForm};
use spikemesh::net::{Graph, Layered, Network, Order, Origin, SparseNetwork, Trained};
use spikemesh::system::Contention;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A change of one thing, by name.
type Change<T> = (&'static str, fn(&mut T));

/// Makes each change alone, and expects a digest that no other change gives.
fn each_changes<T: Clone>(base: &T, changes: &[Change<T>], digest: impl Fn(&T) -> u64) {
    let mut seen = HashMap::from([(digest(base), "nothing")]);
    assert_eq!(digest(base), digest(&base.clone()), "equal values have equal digests");
    for (name, change) in changes {
        let mut changed = base.clone();
        change(&mut changed);
        if let Some(other) = seen.insert(digest(&changed), name) {
            panic!("{name} gives the digest of {other}");
        }
    }
}

fn of(value: &impl Stable) -> u64 {
    digest::of("test", value)
}

fn population(name: &str, first: u32, count: u32) -> Population {
    let params = Params { model: Model::If(If), reset: Reset::Zero, fraction_bits: 2, membrane_bits: 24, fires: true };
    Population {
        name: name.into(),
        first,
        count,
        params: params.into(),
        drive: Drive::EveryStep,
        window: None,
        source: None,
    }
}

/// Decays of neurons.
fn settings(decays: &[u32]) -> Settings {
    let lif = |decay: &u32| Model::Lif(Lif { decay: *decay, bits: 12 });
    let params =
        |decay| Params { model: lif(decay), reset: Reset::Zero, fraction_bits: 2, membrane_bits: 24, fires: true };
    Settings::of_each(decays.iter().map(params)).unwrap()
}

/// Changes the parameters of all neurons of the first population.
fn change(network: &mut SparseNetwork, change: impl FnMut(&mut Params)) {
    let params = &mut network.graph.populations[0].params;
    *params = params.changed(change);
}

fn synapses(rows: &[&[(u32, i16, u32)]]) -> Arc<Csr> {
    let mut csr = Csr::with_capacity(rows.len(), 0);
    for row in rows {
        row.iter().for_each(|(target, weight, delay)| csr.push(*target, *weight, *delay));
        csr.end_row();
    }
    Arc::new(csr)
}

const ROWS: [&[(u32, i16, u32)]; 4] = [&[(1, 3, 1), (2, -4, 1)], &[], &[(0, 5, 1), (3, 5, 1)], &[(2, 1, 1)]];

fn graph() -> Graph {
    Graph {
        populations: vec![population("a", 0, 2), population("b", 2, 2)],
        bias: vec![0, 1, 2, 3],
        threshold: vec![4, 5, 6, 7],
        start: vec![0, 0, 1, 0],
        traits: vec![Traits::default(); 4],
        axons: vec![0, 0, 1, 1],
        synapses: synapses(&ROWS),
        neurons_per_core: Some(2),
        ..Graph::default()
    }
}

fn sparse() -> SparseNetwork {
    SparseNetwork {
        name: "net".into(),
        description: "a network".into(),
        graph: graph(),
        time_steps: Some(9),
        seed: Some(1),
        notes: vec!["note".into()],
        imported: None,
        samples: SampleForm::default(),
    }
}

fn origin(file: &str, argument: &str) -> Origin {
    Origin { file: file.into(), arguments: vec![argument.into()], contents: None }
}

fn multi_spike(max_spikes: u32, decay: u32, bits: u32) -> Model {
    Model::MultiSpike(MultiSpike { max_spikes, decay, bits })
}

fn cuba(current_decay: u32, voltage_decay: u32, bits: u32) -> Model {
    Model::Cuba(Cuba { current_decay, voltage_decay, bits })
}

/// Every field of a sparse network, and of everything in it.
const SPARSE: &[Change<SparseNetwork>] = &[
    ("name", |n| n.name.push('x')),
    ("description", |n| n.description.push('x')),
    ("time_steps", |n| n.time_steps = None),
    ("seed", |n| n.seed = Some(2)),
    ("notes", |n| n.notes.push("more".into())),
    ("input of samples", |n| n.samples.input = Some(InputForm::Values)),
    ("other input of samples", |n| n.samples.input = Some(InputForm::Spikes)),
    ("steps of samples", |n| n.samples.time_steps = Some(4)),
    ("step of currents", |n| n.samples.current_step = Some(2)),
    ("outputs", |n| n.samples.outputs = vec![1]),
    ("offsets of outputs", |n| n.samples.offsets = vec![1]),
    ("population's name", |n| n.graph.populations[1].name.push('x')),
    ("population's first", |n| n.graph.populations[1].first = 1),
    ("population's count", |n| n.graph.populations[1].count = 3),
    ("population's drive", |n| n.graph.populations[0].drive = Drive::Once),
    ("population's window", |n| n.graph.populations[0].window = Some(Window { first: 1, steps: 2, ends: false })),
    ("window's first", |n| n.graph.populations[0].window = Some(Window { first: 2, steps: 2, ends: false })),
    ("window's steps", |n| n.graph.populations[0].window = Some(Window { first: 1, steps: 3, ends: false })),
    ("population's source", |n| n.graph.populations[0].source = Some(vec![])),
    ("a spike", |n| n.graph.populations[0].source = Some(vec![(1, 0)])),
    ("a spike's step", |n| n.graph.populations[0].source = Some(vec![(2, 0)])),
    ("a spike's neuron", |n| n.graph.populations[0].source = Some(vec![(1, 1)])),
    ("reset", |n| change(n, |p| p.reset = Reset::Subtract)),
    ("fraction_bits", |n| change(n, |p| p.fraction_bits = 3)),
    ("membrane_bits", |n| change(n, |p| p.membrane_bits = 23)),
    ("fires", |n| change(n, |p| p.fires = false)),
    ("model lif", |n| change(n, |p| p.model = Model::Lif(Lif { decay: 1, bits: 12 }))),
    ("lif decay", |n| change(n, |p| p.model = Model::Lif(Lif { decay: 2, bits: 12 }))),
    ("model ranc", |n| change(n, |p| p.model = Model::Ranc(Ranc))),
    ("model partial sum", |n| change(n, |p| p.model = Model::PartialSum(PartialSum { weight_shift: 0 }))),
    ("partial sum's shift", |n| change(n, |p| p.model = Model::PartialSum(PartialSum { weight_shift: 1 }))),
    ("weight shift", |n| {
        change(n, |p| {
            p.model = Model::Loihi(Loihi {
                current_decay: 1,
                voltage_decay: 2,
                refractory: 3,
                bias_exponent: 4,
                weight_shift: 1,
                floor_exponent: 23,
            })
        })
    }),
    ("model odin", |n| change(n, |p| p.model = Model::Odin(Odin { leak: 1, disabled: false }))),
    ("odin leak", |n| change(n, |p| p.model = Model::Odin(Odin { leak: 2, disabled: false }))),
    ("odin disabled", |n| change(n, |p| p.model = Model::Odin(Odin { leak: 2, disabled: true }))),
    ("model loihi", |n| change(n, |p| p.model = loihi(1, 2, 3, 4))),
    ("current decay", |n| change(n, |p| p.model = loihi(2, 2, 3, 4))),
    ("voltage decay", |n| change(n, |p| p.model = loihi(1, 3, 3, 4))),
    ("refractory", |n| change(n, |p| p.model = loihi(1, 2, 4, 4))),
    ("bias exponent", |n| change(n, |p| p.model = loihi(1, 2, 3, 5))),
    ("model cuba", |n| change(n, |p| p.model = cuba(1, 2, 12))),
    ("cuba current", |n| change(n, |p| p.model = cuba(2, 2, 12))),
    ("cuba voltage", |n| change(n, |p| p.model = cuba(1, 3, 12))),
    ("cuba bits", |n| change(n, |p| p.model = cuba(1, 2, 13))),
    ("model multi_spike", |n| change(n, |p| p.model = multi_spike(2, 1, 12))),
    ("multi_spike spikes", |n| change(n, |p| p.model = multi_spike(3, 1, 12))),
    ("multi_spike decay", |n| change(n, |p| p.model = multi_spike(2, 2, 12))),
    ("multi_spike bits", |n| change(n, |p| p.model = multi_spike(2, 1, 13))),
    ("settings", |n| n.graph.populations[0].params = settings(&[1, 2])),
    ("settings of neurons", |n| n.graph.populations[0].params = settings(&[2, 1])),
    ("lif bits", |n| change(n, |p| p.model = Model::Lif(Lif { decay: 1, bits: 13 }))),
    ("window's end", |n| n.graph.populations[0].window = Some(Window { first: 1, steps: 2, ends: true })),
    ("imported", |n| n.imported = Some(origin("a.nir", "--dt"))),
    ("imported file", |n| n.imported = Some(origin("b.nir", "--dt"))),
    ("import arguments", |n| n.imported = Some(origin("a.nir", "--reset"))),
    ("model truenorth", |n| change(n, |p| p.model = truenorth(false, Below::Saturate))),
    ("leak reversal", |n| change(n, |p| p.model = truenorth(true, Below::Saturate))),
    ("below", |n| change(n, |p| p.model = truenorth(false, Below::Reset))),
    ("model paicore", |n| change(n, |p| p.model = paicore(false, false, Below::Saturate))),
    ("paicore reversal", |n| change(n, |p| p.model = paicore(true, false, Below::Saturate))),
    ("paicore leak after", |n| change(n, |p| p.model = paicore(false, true, Below::Saturate))),
    ("paicore below", |n| change(n, |p| p.model = paicore(false, false, Below::Reset))),
    ("bias", |n| n.graph.bias[2] = 9),
    ("threshold", |n| n.graph.threshold[2] = 9),
    ("start", |n| n.graph.start[0] = 1),
    ("no starts", |n| n.graph.start.clear()),
    ("after", |n| n.graph.traits[1].after = After::Keep),
    ("reset potential", |n| n.graph.traits[1].reset_potential = 1),
    ("floor", |n| n.graph.traits[1].floor = -1),
    ("no traits", |n| n.graph.traits.clear()),
    ("axons", |n| n.graph.axons[0] = 1),
    ("no axons", |n| n.graph.axons.clear()),
    ("rows", |n| n.graph.rows_of = vec![1]),
    ("event", |n| n.graph.events = vec![HostEvent { step: 1, act: HostAct::Spike { source: 1 } }]),
    ("step of event", |n| n.graph.events = vec![HostEvent { step: 2, act: HostAct::Spike { source: 1 } }]),
    ("other event", |n| {
        n.graph.events = vec![HostEvent { step: 1, act: HostAct::TimeReference { neuron: Some(1) } }];
    }),
    ("event of all", |n| n.graph.events = vec![HostEvent { step: 1, act: HostAct::TimeReference { neuron: None } }]),
    ("weight of event", |n| {
        n.graph.events = vec![HostEvent { step: 1, act: HostAct::Virtual { target: 1, weight: 2 } }];
    }),
    ("neurons_per_core", |n| n.graph.neurons_per_core = None),
    ("order", |n| n.graph.order = Order::new(vec![1, 0, 2, 3])),
    ("operations", |n| n.graph.operations = vec![(2, spikemesh::net::architecture::LinearOp::dense(2, 2))]),
    ("whole", |n| n.graph.whole = Some(Arc::new(graph()))),
    ("a synapse's target", |n| n.graph.synapses = synapses(&[&[(1, 3, 1), (3, -4, 1)], ROWS[1], ROWS[2], ROWS[3]])),
    ("a synapse's weight", |n| n.graph.synapses = synapses(&[&[(1, 3, 1), (2, 4, 1)], ROWS[1], ROWS[2], ROWS[3]])),
    ("a synapse's delay", |n| n.graph.synapses = synapses(&[&[(1, 3, 1), (2, -4, 2)], ROWS[1], ROWS[2], ROWS[3]])),
    ("a synapse's source", |n| n.graph.synapses = synapses(&[&[(1, 3, 1)], &[(2, -4, 1)], ROWS[2], ROWS[3]])),
    ("a synapse less", |n| n.graph.synapses = synapses(&[&[(1, 3, 1)], ROWS[1], ROWS[2], ROWS[3]])),
    ("a synapse of no weight", |n| {
        n.graph.synapses = synapses(&[&[(1, 3, 1), (2, -4, 1), (3, 0, 1)], ROWS[1], ROWS[2], ROWS[3]]);
    }),
];

fn loihi(current_decay: u32, voltage_decay: u32, refractory: u8, bias_exponent: u32) -> Model {
    Model::Loihi(Loihi { current_decay, voltage_decay, refractory, bias_exponent, weight_shift: 0, floor_exponent: 23 })
}

fn truenorth(leak_reversal: bool, below: Below) -> Model {
    Model::TrueNorth(TrueNorth { leak_reversal, below })
}

fn paicore(leak_reversal: bool, leak_after_comparison: bool, below: Below) -> Model {
    Model::Paicore(Paicore { leak_reversal, leak_after_comparison, below })
}

#[test]
fn every_field_of_a_sparse_network_changes_its_digest() {
    each_changes(&sparse(), SPARSE, of);
    // The same synapses, packed in four bytes or with their weights apart.
    let mut wide = sparse();
    let mut csr = Csr::with_capacity(4, 0);
    csr.push(3, 300, 1);
    csr.push(1, 3, 1);
    csr.push(2, -4, 1);
    csr.end_row();
    let mut narrow = Csr::with_capacity(4, 0);
    [(1, 3, 1), (2, -4, 1), (3, 300, 1)].into_iter().for_each(|(t, w, d)| narrow.push(t, w, d));
    narrow.end_row();
    wide.graph.synapses = Arc::new(csr);
    let other = SparseNetwork { graph: Graph { synapses: Arc::new(narrow), ..wide.graph.clone() }, ..wide.clone() };
    assert_eq!(of(&wide), of(&other), "the order in which a row was made is nothing");
}

fn trained() -> Trained {
    let input = Shape { channels: 1, height: 2, width: 2 };
    let layers = [LayerSpec::conv(2, 1, 1, 0), LayerSpec::dense(3), LayerSpec::dense(2)];
    let layers = [&layers[..1], &[LayerSpec::Flatten], &layers[1..]].concat();
    let folded = random_folded(input, &layers, 16, 1.0, &mut Draw::new(5));
    let file = json!({
        "format": "spikemesh.network/1", "description": "d", "dataset": "digits", "input": {"shape": [1, 2, 2]},
        "layers": [
            {"kind": "conv2d", "channels": 2, "kernel": 1}, {"kind": "flatten"},
            {"kind": "dense", "outputs": 3}, {"kind": "dense", "outputs": 2},
        ],
        "neuron": {"model": "if", "threshold": 1.0, "reset": "subtract"}, "time_steps": 4,
    });
    let document = spikemesh::json::Document::parse("net.json", &file.to_string()).unwrap();
    let Ok(Network::Untrained(architecture)) = spikemesh::net::read(document, "net", &repository("networks")) else {
        panic!("an architecture")
    };
    let quantised = folded.quantise(QuantSpec::new(4, 8));
    Trained { architecture, meta: trained_meta(), folded, quantised, digested: true }
}

/// The integer network of a trained one is where a run begins; its real weights are where another is made from.
const TRAINED: &[Change<Trained>] = &[
    ("name", |t| t.architecture.name.push('x')),
    ("description", |t| t.architecture.description.push('x')),
    ("input", |t| t.architecture.input.height = 3),
    ("encoding", |t| t.architecture.encoding = spikemesh::net::input::Encoding::Spikes),
    ("dataset", |t| t.architecture.dataset.push('x')),
    ("layers", |t| t.architecture.layers[2] = LayerSpec::dense(4)),
    ("an added layer", |t| t.architecture.layers[2] = LayerSpec::Dense { outputs: 3, add: Some("conv1".into()) }),
    ("kernel", |t| t.architecture.layers[0] = LayerSpec::conv(2, 2, 1, 0)),
    ("stride", |t| t.architecture.layers[0] = LayerSpec::conv(2, 1, 2, 0)),
    ("padding", |t| t.architecture.layers[0] = LayerSpec::conv(2, 1, 1, 1)),
    ("pool", |t| t.architecture.layers[1] = LayerSpec::AvgPool2d { kernel: [1, 1] }),
    ("threshold", |t| t.architecture.threshold = 2.0),
    ("leak", |t| t.architecture.leak = 0.5),
    ("a layer's threshold", |t| t.architecture.own.set(1, Firing { threshold: 2.0, leak: 1.0 })),
    ("a layer's leak", |t| t.architecture.own.set(1, Firing { threshold: 1.0, leak: 0.5 })),
    ("target", |t| t.architecture.target = Target::Input),
    ("time_steps", |t| t.architecture.time_steps = 5),
    ("epochs", |t| t.architecture.training.epochs += 1),
    ("batch", |t| t.architecture.training.batch += 1),
    ("learning_rate", |t| t.architecture.training.learning_rate *= 2.0),
    ("dropout", |t| t.architecture.training.dropout = 0.5),
    ("weight_decay", |t| t.architecture.training.weight_decay = 0.5),
    ("shift", |t| t.architecture.training.augment.shift = 1),
    ("flip", |t| t.architecture.training.augment.flip = true),
    ("noise", |t| t.architecture.training.augment.noise = 0.5),
    ("meta dataset", |t| t.meta.dataset.push('x')),
    ("meta rule", |t| t.meta.rule.push('x')),
    ("meta seed", |t| t.meta.seed = 9),
    ("meta epoch", |t| t.meta.epoch = 9),
    ("meta accuracy", |t| t.meta.validation_accuracy = None),
    ("meta mse", |t| t.meta.validation_mse = Some(0.5)),
    ("meta made_by", |t| t.meta.made_by.push('x')),
    ("meta max_fan_in", |t| t.meta.max_fan_in = Some(3)),
    ("real weight", |t| t.folded.layers[1].weight[0] += 1.0),
    ("real bias", |t| t.folded.layers[1].bias[0] += 1.0),
    ("real pruned", |t| t.folded.layers[1].pruned = true),
    ("real full_scale", |t| t.folded.full_scale = 17),
    ("real threshold", |t| t.folded.threshold = 2.0),
    ("real leak", |t| t.folded.leak = 0.5),
    ("a real layer's leak", |t| t.folded.own.set(0, Firing { threshold: 1.0, leak: 0.5 })),
    ("real half_start", |t| t.folded.half_start = true),
    ("stage's name", |t| t.folded.stages[0].name.push('x')),
    ("stage's skip", |t| t.folded.stages[1].skip = Some(0)),
    ("spec's steps", |t| t.quantised.spec.time_steps = 5),
    ("spec's weight bits", |t| t.quantised.spec.weight_bits = 7),
    ("spec's membrane bits", |t| t.quantised.spec.membrane_bits = 23),
    ("spec's scale", |t| t.quantised.spec.scale = Scale::Channel),
    ("weight", |t| t.quantised.layers[1].weight[0] += 1),
    ("bias", |t| t.quantised.layers[1].bias[0] += 1),
    ("quantised threshold", |t| t.quantised.layers[1].threshold[0] += 1),
    ("fraction_bits", |t| t.quantised.layers[1].fraction_bits += 1),
    ("pruned", |t| t.quantised.layers[1].pruned = true),
    ("decay", |t| t.quantised.decay = 1),
    ("a layer's decay", |t| t.quantised.own_decays.set(1, 1)),
    ("half_start", |t| t.quantised.half_start = true),
    ("output_scale", |t| t.quantised.output_scale *= 2.0),
    ("quantised full_scale", |t| t.quantised.full_scale = 17),
];

#[test]
fn every_field_of_a_trained_network_changes_its_digest() {
    each_changes(&trained(), TRAINED, of);
}

/// What a comparison is made of.
#[derive(Clone)]
struct Compared {
    plan: Plan,
    candidates: Vec<Candidate>,
    usual: SweepSetting,
    limits: Limits,
    network: Layered,
    spikes: Option<Vec<u32>>,
    count: usize,
    samples: spikemesh::data::Split,
    sparse: Option<SparseNetwork>,
    steps: u32,
}

impl Compared {
    fn new() -> Self {
        let axes = vec![SweepAxis::parse("steps=1,2").unwrap(), SweepAxis::parse("core.max_neurons=64,128").unwrap()];
        let text = text_of("hw_models/loihi.json");
        Self {
            plan: Plan::new(vec!["loihi".into()], axes, false).unwrap(),
            candidates: vec![Candidate { name: "loihi".into(), file: "loihi.json".into(), text, origin: None }],
            usual: SweepSetting::default(),
            limits: Limits::Enforce,
            network: trained().quantised,
            spikes: None,
            count: 2,
            samples: spikemesh::data::Split {
                pixels: vec![1, 2, 3, 4, 5, 6, 7, 8],
                labels: vec![0, 1],
                sample_len: 4,
                sequences: None,
                targets: None,
            },
            sparse: None,
            steps: 10,
        }
    }

    fn digest(&self) -> u64 {
        let own = Own { spec: self.network.spec, widest: 8 };
        let origin = digest::of("origin", &(&self.network, &self.spikes));
        let nets = match &self.sparse {
            Some(network) => Nets::Sparse { network, steps: self.steps },
            None => Nets::Layered { own, origin, variants: BTreeMap::new(), samples: &self.samples, count: self.count },
        };
        identity(&self.plan, &self.candidates, &self.usual, &nets, self.limits)
    }

    /// Changes a value of the chip's file.
    fn set(&mut self, pointer: &str, value: Value) {
        let mut file: Value = serde_json::from_str(&self.candidates[0].text).unwrap();
        *file.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
        self.candidates[0].text = file.to_string();
    }
}

/// Chips, plan, options, network and samples of a comparison.
const COMPARED: &[Change<Compared>] = &[
    ("plan's chips", |c| c.plan.chips[0].push('x')),
    ("plan's axis", |c| c.plan.axes[0].name = "seed".into()),
    ("plan's values", |c| c.plan.axes[0].values[1] = "3".into()),
    ("plan's zip", |c| c.plan.zip = true),
    ("chip's name", |c| c.candidates[0].name.push('x')),
    ("chip's limit", |c| c.set("/core/max_neurons", json!(512))),
    ("chip's energy", |c| c.set("/calibrations/silicon_fit/costs/synapse/energy", json!("99 pJ"))),
    ("chip's time", |c| c.set("/calibrations/silicon_fit/costs/synapse/latency", json!("3.9 ns"))),
    ("chip's default", |c| c.set("/default_calibration", json!("davies2018"))),
    ("chip's clock", |c| c.set("/clock/mhz", json!(500))),
    ("chip's mesh", |c| c.set("/mesh/width", json!(4))),
    ("chip's text", |c| c.set("/description", json!("another"))),
    ("steps", |c| c.usual.steps = Some(4)),
    ("weight_bits", |c| c.usual.weight_bits = Some(4)),
    ("retraining", |c| drop(c.usual.retraining.changes.insert("width.dense1".into(), "9".into()))),
    ("seed", |c| c.usual.seed = 2),
    ("timing", |c| c.usual.contention = Contention::Ignored),
    ("partitioner", |c| c.usual.partitioner = Partitioner::Shared),
    ("placer", |c| c.usual.placer = Placer::Greedy),
    ("objective", |c| c.usual.objective = Objective::Energy),
    ("cores", |c| c.usual.cores = Some(4)),
    ("calibration", |c| c.usual.calibration = Some("davies2018".into())),
    ("limits", |c| c.limits = Limits::Report),
    ("a weight", |c| c.network.layers[2].weight[0] += 1),
    ("a bias", |c| c.network.layers[2].bias[0] += 1),
    ("a threshold", |c| c.network.layers[1].threshold[0] += 1),
    ("a profile", |c| c.spikes = Some(vec![1; 8])),
    ("another profile", |c| c.spikes = Some(vec![2; 8])),
    ("samples", |c| c.count = 1),
    ("a sample", |c| c.samples.pixels[7] = 9),
    ("a label", |c| c.samples.labels[1] = 0),
    ("a sparse network", |c| c.sparse = Some(sparse())),
    ("its threshold", |c| {
        let mut network = sparse();
        network.graph.threshold[0] = 9;
        c.sparse = Some(network);
    }),
    ("its steps", |c| (c.sparse, c.steps) = (Some(sparse()), 11)),
];

#[test]
fn everything_that_a_comparison_depends_on_changes_its_digest() {
    each_changes(&Compared::new(), COMPARED, Compared::digest);
    // Neither the order of fields in a chip's file nor its place is anything.
    let (base, mut other) = (Compared::new(), Compared::new());
    let file: BTreeMap<String, Value> = serde_json::from_str(&base.candidates[0].text).unwrap();
    other.candidates[0].text = serde_json::to_string_pretty(&file).unwrap();
    other.candidates[0].file = "elsewhere/loihi.json".into();
    assert_eq!(base.digest(), other.digest());
}

/// A ring of eight neurons that drives itself.
fn ring(edit: impl Fn(&mut Value)) -> String {
    let edges: Vec<_> = (0..8).map(|i| json!([i, (i + 1) % 8, 3, 1])).collect();
    let mut file = json!({
        "format": "spikemesh.sparse/1", "description": "a ring",
        "populations": [{
            "name": "ring", "size": 8, "neuron": {"model": "if", "reset": "subtract"},
            "threshold": 4, "bias": [1, 0, 2, 0, 1, 0, 2, 0], "start": 0,
        }],
        "projections": [{"from": "ring", "to": "ring", "edges": edges}], "time_steps": 20,
    });
    edit(&mut file);
    file.to_string()
}

/// A journal is never taken for that of a network that was changed meanwhile.
#[test]
fn a_journal_knows_every_number_of_a_sparse_network() {
    let bench = Bench::new();
    let (network, journal, json) = (bench.path("ring.json"), bench.path("j"), bench.path("out.json"));
    let compare = ["compare", "--quiet", "--network", &network, "--json", &json];
    std::fs::write(&network, ring(|_| {})).unwrap();
    bench.succeed(&[&compare[..], &["--journal", &journal]].concat());
    let figures = |file: &str| bench.json(file)["rows"][0]["figures"].clone();
    let before = figures("out.json");
    let edits: [(&str, Value); 4] = [
        ("threshold", json!(9)),
        ("bias", json!(0)),
        ("start", json!(3)),
        ("threshold", json!([4, 4, 4, 4, 4, 4, 4, 5])),
    ];
    for (field, value) in edits {
        std::fs::write(&network, ring(|file| file["populations"][0][field] = value.clone())).unwrap();
        let refused = bench.fail(&[&compare[..], &["--journal", &journal]].concat());
        assert!(refused.contains("the journal of another comparison"), "{field}: {refused}");
        bench.succeed(&compare);
        assert_ne!(figures("out.json"), before, "{field} {value} changes what is counted");
    }
    // As it was before, it goes on.
    std::fs::write(&network, ring(|_| {})).unwrap();
    let output = bench.run(&[&compare[..1], &compare[2..], &["--journal", &journal]].concat());
    assert!(text(&output.stderr).contains("1 configurations are known"), "{}", text(&output.stderr));
}

/// Journals of the time before the digest was of everything are refused by name.
#[test]
fn an_old_journal_is_refused_by_its_schema() {
    let bench = Bench::new();
    let (journal, options) = (bench.path("j"), ["compare", "--quiet", "--samples", "2", "--chips", "loihi"]);
    bench.succeed(&[&options[..], &["--journal", &bench.path("new")]].concat());
    let first = std::fs::read_to_string(bench.path("new")).unwrap();
    let title = first.lines().next().unwrap()[9..].replace("compare-journal/3", "compare-journal/1");
    std::fs::write(&journal, format!("{:08x} {title}\n", crc32fast::hash(title.as_bytes()))).unwrap();
    let refused = bench.fail(&[&options[..], &["--journal", &journal]].concat());
    assert!(refused.contains("spikemesh.compare-journal/1") && refused.contains("compare-journal/3"), "{refused}");
    let merged = bench.fail(&["compare", "--merge", &journal]);
    assert!(merged.contains("spikemesh.compare-journal/1"), "{merged}");
}

/// The wording of `derive(Debug)` is no part of a key.
#[test]
fn no_key_is_made_of_debug_texts() {
    let keys = [
        "src/digest.rs",
        "src/session/train_settings.rs",
        "src/session/training.rs",
        "src/json/digest.rs",
        "src/net/stable.rs",
    ];
    let explore = files_of("src/explore", "rs");
    let keys = keys.map(repository).into_iter().chain(explore);
    for path in keys.filter(|path| !path.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        assert!(!code.contains(":?}"), "{}", path.display());
    }
    let checkpoint = text_of("src/train/checkpoint.rs");
    let settings = checkpoint.split("fn settings").nth(1).unwrap().split("\nimpl ").next().unwrap();
    assert!(!settings.contains(":?}"));
}
