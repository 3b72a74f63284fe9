//! From real numbers to integers: a scale for the synapses into each layer, decays in 1/4096, potentials in fractions of a
//! weight unit.
//!
//! ```text
//! weight     round(w S)                S = (2^(weight bits - 1) - 1) / max |w|, of all synapses into the layer
//! membrane   in units of 1/(S 2^F)     F as large as fits the membrane, at most 12
//! threshold  floor(θ S 2^F) + 1        v > θ of real numbers is v >= this of integers
//! ```
//!
//! Neurons of a layer whose decays differ become a population for each pair of decays.

mod values;

use super::discrete::Somas;
use super::lower::{Layer, Lowered};
use crate::json::Problem;
use crate::net::graph::{Csr, Drive, Graph, MAX_NEURONS, MAX_SYNAPSES, Population};
use crate::net::neuron::{Model, Params, Reset};
use std::collections::BTreeMap;
use std::sync::Arc;
use values::{Values, fraction_bits};

/// Widths of the integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// Of weights, 2 to 9, sign included.
    pub weight: u32,
    /// Of membranes, 8 to 32, sign included.
    pub membrane: u32,
}

impl Default for Bits {
    fn default() -> Self {
        Self { weight: 8, membrane: 24 }
    }
}

/// Most populations, as files have them.
const MAX_POPULATIONS: usize = 4096;
const MAX_FRACTION_BITS: u32 = 12;

/// What became of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerFigures {
    /// Its name.
    pub name: String,
    /// The kind of its node.
    pub kind: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Populations that it became.
    pub populations: usize,
    /// Its neurons' model, as reports describe it; empty of an input.
    pub model: String,
    /// Synapses into it.
    pub synapses: u64,
    /// Synapses that are left out because their weight rounds to zero.
    pub zeroed: u64,
    /// Root mean square of the rounding of weights, relative to their own root mean square.
    pub weight_error: f64,
    /// Largest change of a decay (of potential or current), in the share that is kept.
    pub decay_error: f64,
    /// Membrane units of one unit of the file's potential.
    pub units: f64,
}

/// A graph as a network of integers.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The network; its inputs have no spikes yet.
    pub network: Graph,
    /// Layers, in the order of the lowered graph.
    pub figures: Vec<LayerFigures>,
    /// By layer: the number of each of its neurons in the network.
    pub numbers: Vec<Vec<u32>>,
    /// What should be known of the conversion.
    pub notes: Vec<String>,
}

impl Imported {
    /// The network with spikes of its inputs, (step from 1, neuron), in the order of the inputs.
    pub fn with_spikes(&self, spikes: Vec<Vec<(u32, u32)>>) -> Graph {
        let mut graph = self.network.clone();
        let sources = graph.populations.iter_mut().filter(|population| population.source.is_some());
        sources.zip(spikes).for_each(|(population, spikes)| population.source = Some(spikes));
        graph
    }
}

/// Makes integers of a lowered graph; all that does not go is told at once.
pub fn quantise(net: &Lowered, bits: Bits) -> Result<Imported, Vec<Problem>> {
    let mut problems = Vec::new();
    let total: u64 = net.layers.iter().map(|layer| layer.neurons() as u64).sum();
    let synapses: u64 = net.projections.iter().map(|p| p.matrix.len() as u64).sum();
    for (found, most, what) in [(total, MAX_NEURONS, "neurons"), (synapses, MAX_SYNAPSES, "synapses")] {
        if found > most {
            problems.push(Problem { path: String::new(), message: format!("{found} {what}, at most {most}") });
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let scales: Vec<f64> = (0..net.layers.len()).map(|layer| scale(net, layer, bits)).collect();
    let mut imported =
        Imported { network: Graph::default(), figures: Vec::new(), numbers: Vec::new(), notes: Vec::new() };
    for (index, layer) in net.layers.iter().enumerate() {
        if let Err(why) = add_layer(net, index, scales[index], bits, &mut imported) {
            problems.push(Problem { path: format!("{} ({})", layer.name, layer.kind), message: why });
        }
    }
    if imported.network.populations.len() > MAX_POPULATIONS {
        let message = format!(
            "{} populations of neurons with equal decays, at most {MAX_POPULATIONS}",
            imported.network.populations.len()
        );
        problems.push(Problem { path: String::new(), message });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    imported.network.synapses = Arc::new(synapses_of(net, &scales, &mut imported));
    Ok(imported)
}

/// Weight units of one unit of potential.
fn scale(net: &Lowered, layer: usize, bits: Bits) -> f64 {
    let most = f64::from((1 << (bits.weight - 1)) - 1);
    let largest = incoming(net, layer).map(|weight| weight.value.abs()).fold(0.0, f64::max);
    if largest > 0.0 {
        return most / largest;
    }
    // Nothing comes in: the threshold has the scale of a weight.
    let thresholds = net.layers[layer].somas.iter().flat_map(|somas| somas.threshold.iter().flatten());
    let largest = thresholds.copied().fold(0.0, |most: f64, value| most.max(value.abs()));
    if largest > 0.0 { most / largest } else { 1.0 }
}

fn incoming(net: &Lowered, layer: usize) -> impl Iterator<Item = &super::matrix::Weight> {
    net.projections.iter().filter(move |p| p.to == layer).flat_map(|p| p.matrix.weights())
}

/// A share that is kept as a share lost, in 1/4096.
fn decay(keep: f64) -> u32 {
    ((1.0 - keep) * 4096.0).round().clamp(0.0, 4096.0) as u32
}

fn add_layer(net: &Lowered, index: usize, scale: f64, bits: Bits, imported: &mut Imported) -> Result<(), String> {
    let (layer, n) = (&net.layers[index], net.layers[index].neurons());
    let mut figures = LayerFigures {
        name: layer.name.clone(),
        kind: layer.kind,
        shape: layer.shape.clone(),
        populations: 1,
        model: String::new(),
        synapses: 0,
        zeroed: 0,
        weight_error: 0.0,
        decay_error: 0.0,
        units: scale,
    };
    let graph = &mut imported.network;
    let mut numbers = vec![0; n];
    match &layer.somas {
        None => add_source(graph, layer, &mut numbers),
        Some(somas) => {
            let fraction = fraction_bits(net, index, somas, scale, bits);
            if fraction.saturates {
                imported.notes.push(format!("\"{}\": membranes of {} bits may saturate", layer.name, bits.membrane));
            }
            figures.units = scale * f64::from(1 << fraction.bits);
            let groups = groups(somas);
            figures.populations = groups.len();
            for (position, ((current, decay), members)) in groups.into_iter().enumerate() {
                let params = params(somas, (current, decay), fraction.bits, bits);
                let name = if position == 0 { layer.name.clone() } else { format!("{}#{position}", layer.name) };
                figures.model = params.describe();
                let values = Values { somas, members: &members, units: figures.units, bits, fires: params.fires };
                values.add(graph, params, name, layer.level, &mut numbers)?;
                figures.decay_error = figures.decay_error.max(decay_error(somas, (current, decay), &members));
            }
        }
    }
    imported.figures.push(figures);
    imported.numbers.push(numbers);
    Ok(())
}

fn add_source(graph: &mut Graph, layer: &Layer, numbers: &mut [u32]) {
    let (first, n) = (graph.neurons() as u32, numbers.len());
    numbers.iter_mut().zip(first..).for_each(|(number, neuron)| *number = neuron);
    let params = Params { model: Model::If, reset: Reset::Zero, fraction_bits: 0, membrane_bits: 24, fires: false };
    graph.populations.push(Population {
        name: layer.name.clone(),
        first,
        count: n as u32,
        params,
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

/// Decays (1/4096) of the current, where there is one, and of the potential.
type Decays = (Option<u32>, u32);

/// Neurons of equal decays, in the order of the first of each.
fn groups(somas: &Somas) -> Vec<(Decays, Vec<usize>)> {
    let mut place = BTreeMap::new();
    let mut groups: Vec<(Decays, Vec<usize>)> = Vec::new();
    for i in 0..somas.len() {
        let key = (somas.current_keep.as_ref().map(|keep| decay(keep[i])), decay(somas.keep[i]));
        let at = *place.entry(key).or_insert(groups.len());
        if at == groups.len() {
            groups.push((key, Vec::new()));
        }
        groups[at].1.push(i);
    }
    groups
}

fn decay_error(somas: &Somas, (current, decay): (Option<u32>, u32), members: &[usize]) -> f64 {
    let off = |keep: f64, decay: u32| (keep - (1.0 - f64::from(decay) / 4096.0)).abs();
    let currents = members.iter().filter_map(|i| Some(off(somas.current_keep.as_ref()?[*i], current?)));
    members.iter().map(|i| off(somas.keep[*i], decay)).chain(currents).fold(0.0, f64::max)
}

fn params(somas: &Somas, decays: (Option<u32>, u32), fraction_bits: u32, bits: Bits) -> Params {
    let model = match decays {
        // What a spike takes off other than the threshold stands with the neurons, of this model alone.
        (None, voltage_decay) if somas.reset_by.is_some() => Model::Cuba { current_decay: 4096, voltage_decay },
        (Some(current_decay), voltage_decay) => Model::Cuba { current_decay, voltage_decay },
        (None, 0) => Model::If,
        (None, decay) => Model::Lif { decay },
    };
    // With a current, resets stand with the neurons.
    let reset = if matches!(model, Model::Cuba { .. }) { Reset::Zero } else { somas.reset };
    Params { model, reset, fraction_bits, membrane_bits: bits.membrane, fires: somas.threshold.is_some() }
}

/// All synapses, and how well their weights were met.
fn synapses_of(net: &Lowered, scales: &[f64], imported: &mut Imported) -> Csr {
    // The layer and the place in it of each neuron.
    let mut whose = vec![(0u32, 0u32); imported.network.neurons()];
    for (layer, numbers) in imported.numbers.iter().enumerate() {
        for (place, number) in numbers.iter().enumerate() {
            whose[*number as usize] = (layer as u32, place as u32);
        }
    }
    let mut by_source: Vec<Vec<usize>> = vec![Vec::new(); net.layers.len()];
    net.projections.iter().enumerate().for_each(|(index, p)| by_source[p.from].push(index));
    let mut sums = vec![(0.0f64, 0.0f64); net.layers.len()];
    let mut csr = Csr::with_capacity(whose.len(), net.projections.iter().map(|p| p.matrix.len()).sum());
    let mut row = Vec::new();
    for (layer, place) in whose {
        row.clear();
        for projection in by_source[layer as usize].iter().map(|index| &net.projections[*index]) {
            let (to, figures) = (projection.to, &mut imported.figures[projection.to]);
            for weight in projection.matrix.row(place as usize).iter().filter(|weight| weight.value != 0.0) {
                let exact = weight.value * scales[to];
                let rounded = exact.round();
                sums[to].0 += (rounded - exact) * (rounded - exact);
                sums[to].1 += exact * exact;
                if rounded == 0.0 {
                    figures.zeroed += 1;
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
    for (figures, (error, all)) in imported.figures.iter_mut().zip(sums) {
        figures.weight_error = if all > 0.0 { (error / all).sqrt() } else { 0.0 };
    }
    csr
}
