//! Random layered networks with everything that they may have, drawn by proptest.

use crate::common::{Draw, chip_with, keeps_schema, random_folded};
use proptest::prelude::*;
use serde_json::{Value, json};
use spikemesh::data::{GivenTargets, Split};
use spikemesh::json::Document;
use spikemesh::map;
use spikemesh::net::architecture::{Activation, Augment, Firing, Loss, Schedule};
use spikemesh::net::architecture::{Kernel, LayerSpec, LinearOp, Shape, Target, stages};
use spikemesh::net::input::{Encoding, SpikeTrains};
use spikemesh::net::quantised::Scale;
use spikemesh::net::{Graph, Layered, Network, QuantSpec, TrainedMeta, save_trained};
use std::path::Path;

/// A layered network and its samples.
#[derive(Clone, Debug)]
pub struct LayeredCase {
    pub seed: u64,
    pub input: (u32, u32, u32),
    pub convolutions: usize,
    pub dense: Vec<u32>,
    pub steps: u32,
    pub weight_bits: u32,
    pub membrane_bits: u32,
    pub full_scale: u32,
    pub samples: usize,
    pub extras: Extras,
}

/// What a layered network may have beside dense layers and convolutions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras {
    pub pools: bool,
    pub groups: bool,
    pub skips: bool,
    /// Thousandths of a membrane that are left after a step.
    pub leak: Option<u32>,
    pub half_start: bool,
    pub channel_scale: bool,
    pub pruned: bool,
    /// What the outputs stand for; for the input there are as many. Given targets are drawn.
    pub target: Target,
    /// Whether samples are spike trains.
    pub spikes: bool,
}

fn extras() -> impl Strategy<Value = Extras> {
    let leak = prop_oneof![Just(None), (1..=999u32).prop_map(Some)];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (flags, leak, 0..10u32).prop_map(|((pools, groups, skips, half_start, channel_scale, pruned), leak, ends)| {
        let target = [Target::Input, Target::Given, Target::Label][(ends / 2).min(2) as usize];
        let (target, spikes) = (if ends > 8 { Target::Given } else { target }, ends > 6);
        Extras { pools, groups, skips, leak, half_start, channel_scale, pruned, target, spikes }
    })
}

pub fn layered_cases() -> impl Strategy<Value = LayeredCase> {
    let shape = (any::<u64>(), (1..=2u32, 1..=6u32, 1..=6u32), 0..=2usize, prop::collection::vec(1..=24u32, 1..=3));
    let numbers = (1..=9u32, 1..=9u32, 9..=24u32, prop_oneof![Just(1u32), Just(16), Just(255)], 1..=4usize);
    (shape, numbers, extras()).prop_map(|(shape, numbers, extras)| LayeredCase {
        seed: shape.0,
        input: shape.1,
        convolutions: shape.2,
        dense: shape.3,
        steps: numbers.0,
        weight_bits: numbers.1,
        membrane_bits: numbers.2,
        full_scale: numbers.3,
        samples: numbers.4,
        extras,
    })
}

impl LayeredCase {
    /// The integer network and its samples. Where `far` is false no layer adds one that is not just before it.
    pub fn build(&self, far: bool) -> (Layered, Split) {
        let mut draw = Draw::new(self.seed);
        let (channels, height, width) = self.input;
        let input = Shape { channels, height, width };
        let layers = self.layers(input, far, &mut draw);
        let threshold = f64::from(draw.between(1, 20) as i32) / 10.0;
        let mut folded = random_folded(input, &layers, self.full_scale, threshold, &mut draw);
        folded.leak = self.extras.leak.map_or(1.0, |left| f64::from(left) / 1000.0);
        folded.half_start = self.extras.half_start;
        folded.target = self.extras.target;
        if self.extras.pruned {
            for layer in &mut folded.layers {
                layer.weight.iter_mut().filter(|_| draw.below(3) == 0).for_each(|w| *w = 0.0);
                layer.pruned = true;
            }
        }
        if self.extras.spikes {
            (folded.encoding, folded.full_scale) = (Encoding::Spikes, 1);
        }
        // Every second network has layers with thresholds and leaks of their own.
        for layer in 0..folded.layers.len() - 1 {
            if self.seed % 2 == 1 && draw.below(3) > 0 {
                let threshold = f64::from(draw.between(1, 20) as i32) / 10.0;
                let leak = [1.0, f64::from(draw.between(1, 1000) as i32) / 1000.0][draw.below(2) as usize];
                folded.own.set(layer, Firing { threshold, leak });
            }
        }
        let scale = if self.extras.channel_scale { Scale::Channel } else { Scale::Layer };
        let (time_steps, weight_bits, membrane_bits) = (self.steps, self.weight_bits, self.membrane_bits);
        let net = folded.quantise(QuantSpec { time_steps, weight_bits, membrane_bits, scale });
        let sample_len = input.neurons() as usize;
        if self.extras.spikes {
            let sample_len = SpikeTrains::bytes(sample_len, time_steps as usize);
            // Every fourth bit, or every second one.
            let dense = draw.below(2) == 0;
            let byte = |draw: &mut Draw| (draw.below(256) & if dense { 255 } else { draw.below(256) }) as u8;
            let pixels = (0..sample_len * self.samples).map(|_| byte(&mut draw)).collect();
            let targets = self.targets(&net, &mut draw);
            return (net, Split { pixels, labels: vec![0; self.samples], sample_len, sequences: None, targets });
        }
        let pixel = |_| draw.below(u64::from(self.full_scale) + 1) as u8;
        let pixels = (0..sample_len * self.samples).map(pixel).collect();
        let targets = self.targets(&net, &mut draw);
        (net, Split { pixels, labels: vec![0; self.samples], sample_len, sequences: None, targets })
    }

    /// A number for each output of each sample, if the network learns those.
    fn targets(&self, net: &Layered, draw: &mut Draw) -> Option<GivenTargets> {
        let outputs = net.layers.last().unwrap().op.outputs();
        let words = |_| draw.below(65_536) as u16;
        let targets = GivenTargets::of_words((0..self.samples * outputs).map(words).collect(), outputs);
        targets.filter(|_| self.extras.target == Target::Given)
    }

    fn layers(&self, input: Shape, far: bool, draw: &mut Draw) -> Vec<LayerSpec> {
        let mut layers = Vec::new();
        for _ in 0..self.convolutions {
            if self.extras.pools {
                layers.extend(pools(input, &layers, draw));
            }
            // A padding of kernel - 1 always leaves room for the kernel.
            let kernel = [0; 2].map(|_| draw.between(1, 3) as u32);
            let stride = [0; 2].map(|_| draw.between(1, 2) as u32);
            let before = shape_after(input, &layers).channels;
            let groups = if self.extras.groups { [1, before][draw.below(2) as usize] } else { 1 };
            // At most three, so that layers fit the small crossbars.
            let channels = groups * draw.between(1, i64::from(3 / groups)) as u32;
            let padding = kernel.map(|k| k - 1);
            layers.push(LayerSpec::Conv2d { channels, kernel, stride, padding, groups, add: None });
        }
        if self.extras.pools {
            layers.extend(pools(input, &layers, draw));
        }
        layers.push(LayerSpec::Flatten);
        layers.extend(self.dense.iter().map(|outputs| LayerSpec::dense(*outputs)));
        if self.extras.target == Target::Input {
            layers.push(LayerSpec::dense(input.neurons() as u32));
        } else if self.convolutions + self.dense.len() < 2 {
            layers.push(LayerSpec::dense(3));
        }
        if self.extras.skips && self.weight_bits > 1 {
            add_layers(input, &mut layers, far, draw);
        }
        layers
    }
}

/// The shape that a layer after these reads; none of them is dense.
fn shape_after(input: Shape, layers: &[LayerSpec]) -> Shape {
    let probe = LayerSpec::conv(1, 1, 1, 0);
    let stages = stages(input, &[layers, &[probe.clone(), probe]].concat()).unwrap();
    match stages[stages.len() - 2].op {
        LinearOp { kernel: Kernel::Conv(conv), .. } => conv.input,
        LinearOp { .. } => unreachable!(),
    }
}

/// None or two pools with windows that fit.
fn pools(input: Shape, layers: &[LayerSpec], draw: &mut Draw) -> Vec<LayerSpec> {
    let mut shape = shape_after(input, layers);
    let pool = |_| {
        let kernel = [shape.height, shape.width].map(|size| draw.between(1, i64::from(size.min(3))) as u32);
        (shape.height, shape.width) = (shape.height / kernel[0], shape.width / kernel[1]);
        LayerSpec::AvgPool2d { kernel }
    };
    (0..2).map(pool).collect()
}

/// Lets hidden layers add earlier ones of their shape, first repeating a layer so that there are some.
fn add_layers(input: Shape, layers: &mut Vec<LayerSpec>, far: bool, draw: &mut Draw) {
    let weighted = |layer: &LayerSpec| matches!(layer, LayerSpec::Dense { .. } | LayerSpec::Conv2d { .. });
    let first = layers.iter().position(weighted).unwrap();
    let mut same = || match layers[first] {
        LayerSpec::Conv2d { channels, .. } => {
            let half = draw.below(2) as u32;
            LayerSpec::conv(channels, 1 + 2 * half, 1, half)
        }
        LayerSpec::Dense { outputs, .. } => LayerSpec::dense(outputs),
        LayerSpec::Flatten | LayerSpec::AvgPool2d { .. } => unreachable!(),
    };
    let repeated = [same(), same(), same()];
    layers.splice(first + 1..first + 1, repeated);
    let indices: Vec<usize> = (0..layers.len()).filter(|index| weighted(&layers[*index])).collect();
    let stages = stages(input, layers).unwrap();
    for stage in 1..stages.len() - 1 {
        let from = if far { 0 } else { stage - 1 };
        let fitting: Vec<_> = stages[from..stage].iter().filter(|s| s.output == stages[stage].output).collect();
        if fitting.is_empty() || draw.below(4) == 0 {
            continue;
        }
        let name = fitting[draw.below(fitting.len() as u64) as usize].name.clone();
        if let LayerSpec::Dense { add, .. } | LayerSpec::Conv2d { add, .. } = &mut layers[indices[stage]] {
            *add = Some(name);
        }
    }
}

/// A network file with everything that a layered network may say.
fn everything() -> Value {
    json!({
        "format": "spikemesh.network/1",
        "description": "everything",
        "dataset": "digits",
        "input": {"shape": [2, 8, 8]},
        "layers": [
            {"kind": "conv2d", "channels": 4, "kernel": 3, "padding": 1, "groups": 2},
            {"kind": "conv2d", "channels": 4, "kernel": 3, "padding": 1, "groups": 4, "add": "conv1"},
            {"kind": "avg_pool2d", "kernel": [2, 3]},
            {"kind": "flatten"},
            {"kind": "dense", "outputs": 12},
            {"kind": "dense", "outputs": 12, "add": "dense1"},
            {"kind": "dense", "outputs": 128}
        ],
        "neuron": {"model": "lif", "threshold": 0.75, "reset": "subtract", "leak": 0.9},
        "target": "input",
        "time_steps": 5,
        "training": {
            "epochs": 3, "batch": 7, "learning_rate": 0.01, "dropout": 0.25, "loss": "mse",
            "schedule": {"kind": "step", "every": 2, "factor": 0.5}, "augment": {"shift": 2, "flip": true},
            "activation": "qcfs", "weight_decay": 0.001
        }
    })
}

fn read(file: &Value) -> spikemesh::net::Architecture {
    keeps_schema(1, file);
    let document = Document::parse("all.json", &file.to_string()).unwrap();
    match spikemesh::net::read(document, "all", Path::new(".")) {
        Ok(Network::Untrained(architecture)) => architecture,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_say_everything_and_what_is_saved_comes_back() {
    let architecture = read(&everything());
    let training = &architecture.training;
    assert_eq!((architecture.leak, architecture.threshold, architecture.target), (0.9, 0.75, Target::Input));
    assert_eq!(training.schedule, Schedule::Step { every: 2, factor: 0.5 });
    assert_eq!(
        (training.augment, training.loss),
        (Augment { shift: 2, flip: true, ..Augment::default() }, Loss::MeanSquared)
    );
    assert_eq!((training.activation, training.weight_decay), (Activation::Qcfs, 0.001));
    let meta = TrainedMeta { max_fan_in: Some(20), ..crate::common::trained_meta() };
    let mut folded = random_folded(architecture.input, &architecture.layers, 16, 0.75, &mut Draw::new(3));
    (folded.leak, folded.half_start, folded.target) = (0.9, true, Target::Input);
    for (stage, layer) in folded.stages.iter().zip(&mut folded.layers) {
        layer.pruned = stage.op.most_synapses_in() > 20;
        let kept = if layer.pruned { 2 } else { 1 };
        layer.weight.iter_mut().enumerate().filter(|(index, _)| index % kept > 0).for_each(|(_, w)| *w = 0.0);
    }
    // 2 x 9 weights into the first, and 9 and one added; those behind the pool and the last have more, or fewer.
    assert_eq!(folded.layers.iter().map(|layer| layer.pruned).collect::<Vec<_>>(), [false, false, true, false, false]);
    let folder = tempfile::tempdir().unwrap();
    for (weight_bits, scale) in [(2, Scale::Channel), (8, Scale::Layer), (9, Scale::Channel)] {
        let quantised = folded.quantise(QuantSpec { scale, ..QuantSpec::new(5, weight_bits) });
        save_trained(folder.path(), &architecture, &meta, &folded, &quantised).unwrap();
        let Ok(Network::Trained(trained)) = spikemesh::net::load(folder.path()) else {
            panic!("what was saved does not load");
        };
        assert_eq!((&trained.folded, &trained.quantised, &trained.meta), (&folded, &quantised, &meta));
        let name = trained.architecture.name.clone();
        assert_eq!(trained.architecture, spikemesh::net::Architecture { name, ..architecture.clone() });
        let text = std::fs::read_to_string(folder.path().join("network.json")).unwrap();
        keeps_schema(1, &serde_json::from_str(&text).unwrap());
    }
}

/// Layers with neurons of their own: read, kept by what is saved, and refused where they are not the network's.
#[test]
fn layers_have_neurons_of_their_own() {
    let mut file = everything();
    let own =
        |threshold: f64, leak: f64| json!({"model": "lif", "threshold": threshold, "reset": "subtract", "leak": leak});
    file["layers"][0]["neuron"] = own(0.5, 0.75);
    let weighted: Vec<usize> = (0..file["layers"].as_array().unwrap().len())
        .filter(|at| ["conv2d", "dense"].iter().any(|kind| file["layers"][at]["kind"] == *kind))
        .collect();
    file["layers"][weighted[2]]["neuron"] = json!({"model": "if", "threshold": 2, "reset": "subtract"});
    keeps_schema(1, &file);
    let architecture = read(&file);
    assert_eq!(architecture.firing(0), Firing { threshold: 0.5, leak: 0.75 });
    assert_eq!(architecture.firing(1), Firing { threshold: 0.75, leak: 0.9 });
    assert_eq!(architecture.firing(2), Firing { threshold: 2.0, leak: 1.0 });
    let mut folded = random_folded(architecture.input, &architecture.layers, 16, 0.75, &mut Draw::new(3));
    (folded.leak, folded.target, folded.own) = (0.9, Target::Input, architecture.own.clone());
    let quantised = folded.quantise(QuantSpec::new(5, 8));
    let params: Vec<String> = (0..3).map(|layer| quantised.params(layer).describe()).collect();
    let decays = ["lif (decay: 1024/4096", "lif (decay: 410/4096", "if ("];
    assert!(params.iter().zip(decays).all(|(found, start)| found.starts_with(start)), "{params:?}");
    let folder = tempfile::tempdir().unwrap();
    save_trained(folder.path(), &architecture, &crate::common::trained_meta(), &folded, &quantised).unwrap();
    let Ok(Network::Trained(trained)) = spikemesh::net::load(folder.path()) else {
        panic!("what was saved does not load");
    };
    assert_eq!(
        (&trained.folded, &trained.quantised, &trained.architecture.own),
        (&folded, &quantised, &architecture.own)
    );
    let refusal = |at: usize, neuron: Value| {
        let mut file = file.clone();
        file["layers"][at]["neuron"] = neuron;
        let document = Document::parse("all.json", &file.to_string()).unwrap();
        spikemesh::net::read(document, "all", Path::new(".")).unwrap_err().to_string()
    };
    let wrong = refusal(0, json!({"model": "loihi", "threshold": 1}));
    let expected =
        "layers[0].neuron: found loihi (refractory: 1), expected the neuron of the network: integrate and fire";
    assert!(wrong.contains(expected), "{wrong}");
    let wrong = refusal(0, own(0.5, 1.5));
    assert!(wrong.contains("layers[0].neuron.leak"), "{wrong}");
    let wrong = refusal(weighted[weighted.len() - 1], own(0.5, 0.5));
    assert!(wrong.contains("neuron: the output layer integrates without firing"), "{wrong}");
}

/// A threshold of a layer that no membrane reaches is said, with the scale at which one does.
#[test]
fn own_thresholds_must_fit_the_membrane() {
    let layers = [LayerSpec::dense(4), LayerSpec::dense(2)];
    let mut folded = random_folded(Shape::flat(3), &layers, 16, 1.0, &mut Draw::new(2));
    folded.own.set(0, Firing { threshold: 30.0, leak: 1.0 });
    let made = |bits| folded.quantise(QuantSpec { membrane_bits: bits, ..QuantSpec::new(4, 8) });
    assert_eq!(folded.beyond_membranes(&made(24)), Vec::<String>::new());
    let problems = folded.beyond_membranes(&made(12));
    // 2047 / (30 x 2^2)
    let expected =
        "dense1: a threshold of 30 does not fit a membrane of 12 bits; it does where 1 is at most 17.0583 weight units";
    assert!(problems.len() == 1 && problems[0].starts_with(expected), "{problems:?}");
}

/// The spikes of an added layer wait for it in the chip's delay slots, and a chip that has too few says so.
#[test]
fn far_additions_need_delays_of_the_chip() {
    let layers: Vec<_> = (0..3).map(|_| LayerSpec::dense(6)).collect();
    let last = LayerSpec::Dense { outputs: 6, add: Some("dense1".into()) };
    let layers = [&layers[..], &[last, LayerSpec::dense(2)]].concat();
    let folded = random_folded(Shape::flat(6), &layers, 255, 1.0, &mut Draw::new(4));
    let graph = Graph::from_layered(&folded.quantise(QuantSpec::new(4, 8)));
    assert_eq!(graph.max_delay(), 3);
    let refused = |name: &str| {
        let chip = chip_with(name, &[]);
        map::map(&graph, &chip, map::MappingOptions::default()).map(drop).err().map(|error| error.to_string())
    };
    assert_eq!(refused("loihi"), None);
    for name in ["crossbar", "event_mesh"] {
        let error = refused(name).unwrap();
        assert!(error.contains("core.max_delay: the longest delay needs 3, the chip has 1"), "{error}");
    }
}

/// Spike trains in: said by the file, kept by what is saved, and refused where there must be values.
#[test]
fn a_file_says_how_samples_come_in() {
    let mut file = everything();
    (file["input"]["encoding"], file["target"]) = (json!("spikes"), json!("label"));
    let architecture = read(&file);
    assert_eq!(architecture.encoding, Encoding::Spikes);
    let mut folded = random_folded(architecture.input, &architecture.layers, 1, 0.75, &mut Draw::new(3));
    (folded.encoding, folded.leak, folded.half_start) = (Encoding::Spikes, 0.9, true);
    let folder = tempfile::tempdir().unwrap();
    let quantised = folded.quantise(QuantSpec::new(5, 8));
    // The first layer's bias is one of each step, as all are.
    let unit = 32.0 * quantised.layers[0].threshold[0] as f64 / (32.0 * 0.75);
    let wanted = (f64::from(folded.layers[0].bias[0]) * unit / 5.0).round();
    assert!((quantised.layers[0].bias[0] as f64 - wanted).abs() <= 1.0, "{wanted}");
    save_trained(folder.path(), &architecture, &crate::common::trained_meta(), &folded, &quantised).unwrap();
    let text = std::fs::read_to_string(folder.path().join("network.json")).unwrap();
    let saved: Value = serde_json::from_str(&text).unwrap();
    keeps_schema(1, &saved);
    assert_eq!(saved["input"], json!({"shape": [2, 8, 8], "encoding": "spikes"}));
    let Ok(Network::Trained(trained)) = spikemesh::net::load(folder.path()) else {
        panic!("what was saved does not load");
    };
    assert_eq!((&trained.folded, &trained.quantised), (&folded, &quantised));
    let refusal = |edit: &dyn Fn(&mut Value)| {
        let mut file = file.clone();
        edit(&mut file);
        let document = Document::parse("all.json", &file.to_string()).unwrap();
        spikemesh::net::read(document, "all", Path::new(".")).unwrap_err().to_string()
    };
    let wrong = refusal(&|file| file["input"]["encoding"] = json!("spike"));
    assert!(wrong.contains("input.encoding") && wrong.contains("direct, spikes"), "{wrong}");
    let wrong = refusal(&|file| file["target"] = json!("input"));
    assert!(wrong.contains("target") && wrong.contains("an input of values"), "{wrong}");
    let wrong = refusal(&|file| file["input"]["encodin"] = json!("spikes"));
    assert!(wrong.contains("encodin"), "{wrong}");
}

#[test]
fn what_a_file_leaves_out_has_its_default() {
    let mut file = everything();
    file["neuron"] = json!({"model": "if", "threshold": 1, "reset": "subtract"});
    file.as_object_mut().unwrap().remove("training");
    // An autoencoder has one loss.
    assert_eq!(read(&file).training.loss, Loss::MeanSquared);
    file.as_object_mut().unwrap().remove("target");
    let architecture = read(&file);
    assert_eq!((architecture.target, architecture.leak), (Target::Label, 1.0));
    assert_eq!(architecture.training, spikemesh::net::architecture::TrainingProposal::default());
    assert_eq!((architecture.training.loss, architecture.training.activation), (Loss::CrossEntropy, Activation::Relu));
}
