//! From real numbers to integers: a scale for the synapses into each neuron, decays in 1/4096 or finer, potentials in
//! fractions of a weight unit.
//!
//! ```text
//! weight     round(w S_i)                S_i for neuron i: `scale`
//! membrane   in units of 1/(S_i 2^F)     F as large as fits the membrane over the steps of the run, at most 12
//! threshold  floor(θ S_i 2^F) + 1        v > θ in real numbers is v >= this in integers
//! decay      d / 2^B                     B = 12, more if that misses the leak: `decays`
//! ```
//!
//! A layer is one population, in the order of its neurons; those with different decays have settings of their own.

mod bits;
mod decays;
mod scale;
mod values;

use super::discrete::Somas;
pub use bits::Bits;

use super::layers::{Lowered, LoweredLayer};
use crate::json::Problem;
use crate::net::deviation::LayerFigures;
use crate::net::graph::{Csr, Drive, Graph, Population, Window, size};
use crate::net::neuron::{Cuba, If, Lif, Model, MultiSpike, Params, Reset, Settings};
use crate::progress;
use decays::{Decays, LayerLeaks};
use scale::{Sizes, sizes};
use std::sync::Arc;
use values::PopulationValues;

/// Steps for which membranes have room if the length of runs is unknown.
const UNKNOWN_STEPS: u32 = 1000;

/// Known properties of the coming runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// Steps of every layer, after which it rests; without them layers run as long as the whole network.
    pub steps: Option<u32>,
    /// By layer and neuron: the largest magnitude that potential or current reached in real numbers.
    pub peaks: Option<&'a [Vec<f64>]>,
}

/// A graph as a network of integers.
#[derive(Clone, Debug, PartialEq)]
pub struct IntegerNetwork {
    /// The network; its inputs have no spikes yet.
    pub network: Graph,
    /// Figures by layer, in the order of the lowered graph.
    pub figures: Vec<LayerFigures>,
    /// By layer: number of each of its neurons in the network.
    pub numbers: Vec<Vec<u32>>,
    /// By layer and neuron: membrane units per unit of the file's potential; empty for inputs.
    pub units: Vec<Vec<f64>>,
    /// Notes on the conversion.
    pub notes: Vec<String>,
}

impl IntegerNetwork {
    /// The network with spikes of its inputs, (step from 1, neuron), in input order.
    pub fn with_spikes(&self, spikes: Vec<Vec<(u32, u32)>>) -> Graph {
        let mut graph = self.network.clone();
        graph.set_spikes(spikes);
        graph
    }
}

/// Makes integers of a lowered graph for runs of any length; reports all problems at once.
pub fn quantise(net: &Lowered, bits: Bits) -> Result<IntegerNetwork, Vec<Problem>> {
    quantise_for(net, bits, Expected::default())
}

/// Makes integers of a lowered graph for the expected runs; reports all problems at once.
pub fn quantise_for(net: &Lowered, bits: Bits, expected: Expected<'_>) -> Result<IntegerNetwork, Vec<Problem>> {
    let mut problems = Vec::new();
    let total: u64 = net.layers.iter().map(|layer| layer.neurons() as u64).sum();
    let synapses: u64 = net.projections.iter().map(|p| p.matrix.len() as u64).sum();
    problems.extend(size::too_large(total, synapses).map(|message| Problem { path: String::new(), message }));
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut imported = IntegerNetwork {
        network: Graph::default(),
        figures: Vec::new(),
        numbers: Vec::new(),
        units: Vec::new(),
        notes: Vec::new(),
    };
    let mut plans = Vec::new();
    for (index, layer) in net.layers.iter().enumerate() {
        progress::poll();
        let plan = LayerPlan::of(net, index, bits, expected);
        if let Err(why) = add_layer(layer, &plan, (bits, expected.steps), &mut imported) {
            problems.push(Problem { path: format!("{} ({})", layer.name, layer.kind), message: why });
        }
        plans.push(plan);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    imported.network.synapses = Arc::new(synapses_of(net, &plans, &mut imported));
    Ok(imported)
}

/// The quantisation of a layer; empty for an input.
#[derive(Default)]
struct LayerPlan {
    leaks: LayerLeaks,
    sizes: Sizes,
}

impl LayerPlan {
    fn of(net: &Lowered, layer: usize, bits: Bits, expected: Expected<'_>) -> Self {
        let Some(somas) = &net.layers[layer].somas else { return Self::default() };
        let steps = expected.steps.unwrap_or(UNKNOWN_STEPS);
        let leaks = LayerLeaks::of(somas, steps);
        let peaks = expected.peaks.and_then(|peaks| peaks.get(layer)).filter(|peaks| peaks.len() == somas.len());
        let sizes = sizes(net, layer, (somas, &leaks), (bits, steps), peaks.map(Vec::as_slice));
        Self { leaks, sizes }
    }

    /// A weight into a neuron, in weight units.
    fn weight(&self, to: usize, value: f64) -> f64 {
        (value * self.leaks.of_weights[to]).min(self.sizes.most[to]) * self.sizes.scale[to]
    }
}

fn add_layer(
    layer: &LoweredLayer,
    plan: &LayerPlan,
    (bits, steps): (Bits, Option<u32>),
    imported: &mut IntegerNetwork,
) -> Result<(), String> {
    let n = layer.neurons();
    let mut figures = LayerFigures {
        name: layer.name.clone(),
        kind: layer.kind,
        shape: layer.shape.clone(),
        settings: 1,
        model: String::new(),
        synapses: 0,
        zeroed: 0,
        weight_error: 0.0,
        decay_error: plan.leaks.error,
        leak_error: plan.leaks.relative,
        weight_lost: 0.0,
        units: 1.0,
        decay_bits: 0,
    };
    let graph = &mut imported.network;
    let (mut numbers, mut units) = (vec![0; n], Vec::new());
    match &layer.somas {
        None => add_source(graph, layer, &mut numbers),
        Some(somas) => {
            units.extend((0..n).map(|i| plan.sizes.units(i)));
            figures.units = units.iter().copied().fold(f64::INFINITY, f64::min);
            let window = match steps {
                Some(steps) => Some(Window { first: layer.level + 1, steps, ends: true }),
                None => (layer.level > 0).then(|| Window::from(layer.level + 1)),
            };
            let Some(settings) = settings(somas, plan, bits) else { return Err("it has no neurons".into()) };
            figures.model = settings.describe();
            figures.settings = settings.distinct().len();
            let leaking = |decays: &&Decays| decays.potential > 0 || decays.current.is_some_and(|decay| decay > 0);
            figures.decay_bits = plan.leaks.decays.iter().filter(leaking).map(|decays| decays.bits).max().unwrap_or(0);
            let values = PopulationValues { somas, sizes: &plan.sizes, ratio: &plan.leaks.ratio, bits };
            values.add(graph, settings, layer.name.clone(), window, &mut numbers)?;
        }
    }
    imported.figures.push(figures);
    imported.numbers.push(numbers);
    imported.units.push(units);
    Ok(())
}

fn add_source(graph: &mut Graph, layer: &LoweredLayer, numbers: &mut [u32]) {
    let (first, n) = (graph.neurons() as u32, numbers.len());
    numbers.iter_mut().zip(first..).for_each(|(number, neuron)| *number = neuron);
    let params = Params { model: Model::If(If), reset: Reset::Zero, fraction_bits: 0, membrane_bits: 24, fires: false };
    graph.populations.push(Population {
        name: layer.name.clone(),
        first,
        count: n as u32,
        params: params.into(),
        drive: Drive::EveryStep,
        window: None,
        source: Some(Vec::new()),
    });
    graph.threshold.extend(std::iter::repeat_n(1, n));
    graph.bias.extend(std::iter::repeat_n(0, n));
    if !graph.start.is_empty() {
        graph.start.resize(graph.threshold.len(), 0);
    }
    graph.add_traits(Vec::new());
}

/// The settings of a layer's neurons, which have one model; `None` without neurons.
fn settings(somas: &Somas, plan: &LayerPlan, bits: Bits) -> Option<Settings> {
    let leaks = plan.leaks.decays.iter().any(|decays| decays.potential > 0);
    let all = plan.leaks.decays.iter().zip(&plan.sizes.fraction);
    Settings::of_each(all.map(|(decays, fraction)| params(somas, *decays, (leaks, *fraction), bits)))
}

/// The parameters of a neuron of a layer of which some leak or not.
fn params(somas: &Somas, decays: Decays, (leaks, fraction_bits): (bool, u32), bits: Bits) -> Params {
    let model = match decays {
        // Only this model has a value per neuron for a reset that subtracts something other than the threshold.
        Decays { current: None, potential, bits } if somas.reset_by.is_some() => {
            Model::Cuba(Cuba { current_decay: 1 << bits, voltage_decay: potential, bits })
        }
        Decays { current: Some(current_decay), potential, bits } => {
            Model::Cuba(Cuba { current_decay, voltage_decay: potential, bits })
        }
        Decays { current: None, potential: decay, bits } if somas.max_spikes > 1 => {
            Model::MultiSpike(MultiSpike { max_spikes: somas.max_spikes, decay, bits })
        }
        Decays { current: None, .. } if !leaks => Model::If(If),
        Decays { current: None, potential, bits } => Model::Lif(Lif { decay: potential, bits }),
    };
    // With a current, each neuron has its own reset; of several spikes each subtracts.
    let reset = if matches!(model, Model::Cuba(_) | Model::MultiSpike(_)) { Reset::Zero } else { somas.reset };
    Params { model, reset, fraction_bits, membrane_bits: bits.membrane, fires: somas.threshold.is_some() }
}

/// All synapses; also records how accurate their weights are.
fn synapses_of(net: &Lowered, plans: &[LayerPlan], imported: &mut IntegerNetwork) -> Csr {
    // Layer of each neuron, and its place in that layer.
    let mut whose = vec![(0u32, 0u32); imported.network.neurons()];
    for (layer, numbers) in imported.numbers.iter().enumerate() {
        for (place, number) in numbers.iter().enumerate() {
            whose[*number as usize] = (layer as u32, place as u32);
        }
    }
    let mut by_source: Vec<Vec<usize>> = vec![Vec::new(); net.layers.len()];
    net.projections.iter().enumerate().for_each(|(index, p)| by_source[p.from].push(index));
    let mut sums = vec![(0.0f64, 0.0f64); net.layers.len()];
    // By layer and neuron: sum of the magnitudes of weights that round to zero, and of all weights.
    let mut lost: Vec<Vec<(f64, f64)>> = net.layers.iter().map(|layer| vec![(0.0, 0.0); layer.neurons()]).collect();
    let mut csr = Csr::with_capacity(whose.len(), net.projections.iter().map(|p| p.matrix.len()).sum());
    let mut row = Vec::new();
    for (layer, place) in whose {
        row.clear();
        for projection in by_source[layer as usize].iter().map(|index| &net.projections[*index]) {
            let (to, figures) = (projection.to, &mut imported.figures[projection.to]);
            for weight in projection.matrix.row(place as usize).iter().filter(|weight| weight.value != 0.0) {
                let exact = plans[to].weight(weight.to as usize, weight.value);
                let lost = &mut lost[to][weight.to as usize];
                lost.1 += exact.abs();
                let rounded = exact.round();
                sums[to].0 += (rounded - exact) * (rounded - exact);
                sums[to].1 += exact * exact;
                if rounded == 0.0 {
                    figures.zeroed += 1;
                    lost.0 += exact.abs();
                    continue;
                }
                figures.synapses += 1;
                row.push((imported.numbers[to][weight.to as usize], rounded as i16, weight.delay));
            }
        }
        row.sort_by_key(|(target, ..)| *target);
        row.iter().for_each(|(target, weight, delay)| csr.push(*target, *weight, *delay));
        csr.end_row();
    }
    for ((figures, (error, all)), lost) in imported.figures.iter_mut().zip(sums).zip(lost) {
        figures.weight_error = if all > 0.0 { (error / all).sqrt() } else { 0.0 };
        let shares = lost.into_iter().filter(|(_, all)| *all > 0.0).map(|(zero, all)| zero / all);
        figures.weight_lost = shares.fold(0.0, f64::max);
    }
    csr
}
