//! Trained networks as NIR graphs.
//!
//! A layer becomes its linear node (after a pool and a flattening, if it has them) and its neurons: `IF` with R = 1,
//! or `LIF` with dt R/τ = 1, so that a step adds the weights of its spikes. NIR spikes at v > v_threshold, ours at
//! v >= θ: the threshold is the 32-bit float just below θ, so that any program that computes in steps counts the same
//! spikes (of a chip's neuron that spikes above θ, it is θ). The output layer becomes `I`, which sums its inputs; its bias is spread over the steps. Properties that NIR
//! cannot express are metadata: steps, reset, and the form of inputs.

use super::graph::{Array, FieldValue, Meta, NirGraph, NirNode};
use super::kinds::NodeKind;
use super::metadata;
use crate::json::record::words;
use crate::net::Trained;
use crate::net::architecture::{Kernel, LinearOp, Shape};
use crate::net::quantised::Layered;

/// Time step (s) of exported networks; without leaks it does not matter.
const DT: f64 = 1e-3;

words! {
    /// Which numbers are exported.
    pub enum Values derive(Default) {
        /// The integer network, in weight units: what it computes is what the chip computes.
        #[default]
        Integer = "integer",
        /// The real weights from which it was made.
        Real = "real",
    }
}

/// A layer's numbers in the graph.
struct LayerNumbers {
    weight: Vec<f64>,
    /// Bias per step, by output channel.
    bias: Vec<f64>,
    /// Threshold by output channel.
    threshold: Vec<f64>,
    /// Weight of a spike of an added layer, by output channel.
    skip: Vec<f64>,
}

/// Metadata of a graph, by name.
type MetaList = Vec<(&'static str, Meta)>;

/// A trained network as a graph, and its metadata; an error if NIR has no such neuron or input.
pub fn export(trained: &Trained, values: Values) -> Result<(NirGraph, MetaList), String> {
    let net = &trained.quantised;
    let neuron = net.neuron.in_nir().ok_or_else(|| format!("NIR has no neuron like {}", net.neuron.describe()))?;
    if net.frames.are_sequences() {
        return Err(
            "it reads sequences of frames, which NIR has no field for; expected a network of single samples".into()
        );
    }
    let mut made = Maker::default();
    let mut before = made.add("input", "Input", vec![("shape", shape_of(net.input))]);
    let mut neurons = Vec::new();
    for index in 0..net.layers.len() {
        before = made.layer(net, index, &numbers(trained, index, values), before, &neurons);
        neurons.push(before);
    }
    let outputs = net.layers.last().map_or(Shape::flat(1), |layer| layer.output);
    let output = made.add("output", "Output", vec![("shape", shape_of(outputs))]);
    made.graph.edges.push((before, output));
    made.graph.edges.sort_unstable();
    let text = |text: &str| Meta::Text(text.to_owned());
    let input = if net.encoding.is_off_chip() { metadata::INPUT_VALUES } else { metadata::INPUT_SPIKES };
    let mut list = vec![
        (metadata::DT, Meta::Number(DT)),
        (metadata::TIME_STEPS, Meta::Number(net.spec.time_steps.into())),
        (metadata::RESET, text(neuron.reset.name())),
        (metadata::INPUT, text(input)),
        (metadata::VALUES, text(if values == Values::Integer { "integer" } else { "real" })),
    ];
    if values == Values::Integer && net.encoding.is_off_chip() {
        let step = net.layers.first().map_or(1.0, |layer| 1.0 / f64::from(1u32 << layer.fraction_bits));
        list.push((metadata::CURRENT_STEP, Meta::Number(step)));
    }
    if net.half_start {
        list.push((metadata::START, text(metadata::START_HALF)));
    }
    Ok((made.graph, list))
}

fn numbers(trained: &Trained, index: usize, values: Values) -> LayerNumbers {
    let (net, last) = (&trained.quantised, trained.quantised.layers.len() - 1);
    let (layer, steps) = (&net.layers[index], f64::from(net.spec.time_steps));
    if values == Values::Real {
        let (folded, theta) = (&trained.folded.layers[index], trained.folded.firing(index).threshold);
        return LayerNumbers {
            weight: folded.weight.iter().map(|w| f64::from(*w)).collect(),
            bias: folded.bias.iter().map(|b| f64::from(*b) / steps).collect(),
            threshold: vec![threshold(net, theta); folded.bias.len()],
            skip: vec![theta; folded.bias.len()],
        };
    }
    let unit = f64::from(1u32 << layer.fraction_bits);
    let per_step = match index {
        0 => unit * f64::from(net.full_scale),
        i if i == last => unit * steps,
        _ => unit,
    };
    LayerNumbers {
        weight: layer.weight.iter().map(|w| f64::from(*w)).collect(),
        bias: layer.bias.iter().map(|b| *b as f64 / per_step).collect(),
        threshold: layer.threshold.iter().map(|value| threshold(net, f64::from(*value) / unit)).collect(),
        skip: layer.skip.iter().flat_map(|skip| skip.weight.iter().map(|w| f64::from(*w))).collect(),
    }
}

/// The threshold above which a neuron spikes.
fn threshold(net: &Layered, value: f64) -> f64 {
    match net.neuron.in_nir() {
        Some(neuron) if neuron.strict => value,
        _ => below(value),
    }
}

/// The next 32-bit float below.
fn below(value: f64) -> f64 {
    f64::from((value as f32).next_down())
}

#[derive(Default)]
struct Maker {
    graph: NirGraph,
}

impl Maker {
    /// Adds a node of a known kind, with fields of that kind.
    fn add(&mut self, name: &str, kind: &str, fields: Vec<(&'static str, FieldValue)>) -> usize {
        if let Some(kind) = NodeKind::of(kind) {
            self.graph.nodes.push(NirNode { name: name.to_owned(), kind, fields: fields.into_iter().collect() });
        }
        self.graph.nodes.len() - 1
    }

    /// Adds a layer behind a node; returns its neurons.
    fn layer(
        &mut self,
        net: &Layered,
        index: usize,
        numbers: &LayerNumbers,
        before: usize,
        neurons: &[usize],
    ) -> usize {
        let (layer, last) = (&net.layers[index], net.layers.len() - 1);
        let (name, mut before) = (layer.name.as_str(), before);
        let mut behind = |made: &mut Self, node: usize| {
            made.graph.edges.push((before, node));
            before = node;
        };
        if let Some(pool) = layer.op.pool {
            let window = pair(pool.window);
            let padding = pair([0, 0]);
            let fields = vec![("kernel_size", window.clone()), ("stride", window), ("padding", padding)];
            let node = self.add(&format!("{name}_pool"), "SumPool2d", fields);
            behind(self, node);
        }
        let input = self.input_of(net, index);
        if let (Kernel::Dense { .. }, true) = (layer.op.kernel, input.height * input.width > 1) {
            let whole = |value: f64| FieldValue::Numbers(Array { shape: Vec::new(), data: vec![value] });
            let fields = vec![("start_dim", whole(0.0)), ("end_dim", whole(-1.0)), ("input_type", shape_of(input))];
            let node = self.add(&format!("{name}_flatten"), "Flatten", fields);
            behind(self, node);
        }
        let node = self.linear(name, layer.op, numbers);
        behind(self, node);
        let (kind, fields) =
            soma(net.decay_of(index), layer.output, if index == last { None } else { Some(&numbers.threshold) });
        let soma = self.add(&format!("{name}_{}", kind.to_lowercase()), kind, fields);
        behind(self, soma);
        if let Some(skip) = &layer.skip {
            let scale = FieldValue::Numbers(by_channel(layer.output, &numbers.skip));
            let node = self.add(&format!("{name}_add"), "Scale", vec![("scale", scale)]);
            self.graph.edges.extend([(neurons[skip.layer], node), (node, soma)]);
        }
        soma
    }

    /// The input shape of a layer's weights, after its pool.
    fn input_of(&self, net: &Layered, index: usize) -> Shape {
        let layer = &net.layers[index];
        match (layer.op.pool, index) {
            (Some(pool), _) => pool.output,
            (None, 0) => net.input,
            (None, _) => net.layers[index - 1].output,
        }
    }

    fn linear(&mut self, name: &str, op: LinearOp, numbers: &LayerNumbers) -> usize {
        let bias = FieldValue::Numbers(Array::vector(numbers.bias.clone()));
        let weight = |shape: &[u32]| {
            let shape = shape.iter().map(|side| *side as usize).collect();
            FieldValue::Numbers(Array { shape, data: numbers.weight.clone() })
        };
        match op.kernel {
            Kernel::Dense { inputs, outputs } => {
                self.add(name, "Affine", vec![("weight", weight(&[outputs, inputs])), ("bias", bias)])
            }
            Kernel::Conv(conv) => {
                let each = conv.input.channels / conv.groups;
                let groups = FieldValue::Numbers(Array { shape: Vec::new(), data: vec![conv.groups.into()] });
                let fields = vec![
                    ("input_shape", pair([conv.input.height, conv.input.width])),
                    ("weight", weight(&[conv.output.channels, each, conv.kernel[0], conv.kernel[1]])),
                    ("stride", pair(conv.stride)),
                    ("padding", pair(conv.padding)),
                    ("dilation", pair([1, 1])),
                    ("groups", groups),
                    ("bias", bias),
                ];
                self.add(name, "Conv2d", fields)
            }
        }
    }
}

/// The neurons of a layer; without thresholds they only sum.
fn soma(decay: u32, shape: Shape, threshold: Option<&Vec<f64>>) -> (&'static str, Vec<(&'static str, FieldValue)>) {
    let filled = |value: f64| FieldValue::Numbers(by_channel(shape, &vec![value; shape.channels as usize]));
    let Some(threshold) = threshold else { return ("I", vec![("r", filled(1.0))]) };
    let threshold = ("v_threshold", FieldValue::Numbers(by_channel(shape, threshold)));
    let reset = ("v_reset", filled(0.0));
    if decay == 0 {
        return ("IF", vec![("r", filled(1.0)), threshold, reset]);
    }
    let steps = 4096.0 / f64::from(decay);
    ("LIF", vec![("tau", filled(DT * steps)), ("r", filled(steps)), ("v_leak", filled(0.0)), threshold, reset])
}

/// Values of a layer by neuron, from its values by channel.
fn by_channel(shape: Shape, values: &[f64]) -> Array {
    let positions = (shape.height * shape.width) as usize;
    let data = values.iter().flat_map(|value| std::iter::repeat_n(*value, positions)).collect();
    Array { shape: sides(shape), data }
}

/// The sides of a shape; one for a vector.
fn sides(shape: Shape) -> Vec<usize> {
    match (shape.height, shape.width) {
        (1, 1) => vec![shape.channels as usize],
        (height, width) => vec![shape.channels as usize, height as usize, width as usize],
    }
}

fn shape_of(shape: Shape) -> FieldValue {
    FieldValue::Numbers(Array::vector(sides(shape).into_iter().map(|side| side as f64).collect()))
}

fn pair(sides: [u32; 2]) -> FieldValue {
    FieldValue::Numbers(Array::vector(sides.map(f64::from).to_vec()))
}
