//! Layers of a lowered graph: inputs, neurons, readouts, their projections, and the steps at which they act.

use super::super::discrete::{LowerOptions, Somas};
use super::super::inputs;
use super::super::layers::{Lowered, LoweredLayer, Projection};
use super::super::levels::levels;
use super::super::shapes::{MAX_SIZE, count};
use super::filters::PotentialFilters;
use super::flow::{Inflow, Lowering};
use crate::json::Problem;
use crate::net::graph::MAX_DELAY;
use std::collections::BTreeMap;

const MAX_LAYERS: usize = 4096;
/// Most places for pending inputs: neurons by steps of the longest delay.
const MAX_WAITING: u64 = 1 << 25;

impl Lowering<'_> {
    /// The nodes that become layers: inputs, neurons and readouts.
    fn order(&mut self, filters: &PotentialFilters) -> Option<Vec<usize>> {
        let nodes: Vec<usize> = (0..self.graph.nodes.len()).collect();
        let shown: Vec<usize> = nodes.iter().filter_map(|node| self.given_out(*node)).collect();
        // A filter is part of the neurons behind it; it is a layer, too, if its potentials are given out.
        let is_layer = |node: usize| !filters.contains_key(&node) || shown.contains(&node);
        let inputs = nodes.iter().copied().filter(|node| self.is_input(*node));
        let neurons = nodes.iter().copied().filter(|node| self.graph.nodes[*node].kind.is_neuron() && is_layer(*node));
        let readouts = nodes.iter().copied().filter(|node| self.is_readout(*node));
        let order: Vec<usize> = inputs.chain(neurons).chain(readouts).collect();
        if order.len() > MAX_LAYERS {
            self.problem(order[MAX_LAYERS], format!("{} layers, at most {MAX_LAYERS}", order.len()));
            return None;
        }
        let neurons: u64 = order.iter().map(|node| count(&self.shapes[*node].output) as u64).sum();
        if neurons > MAX_SIZE {
            self.problems
                .push(Problem { path: String::new(), message: format!("{neurons} neurons, at most {MAX_SIZE}") });
            return None;
        }
        Some(order)
    }

    /// The neurons of a node, behind filters that leave `filter` of their potentials in a step; `None` for an input.
    fn somas(
        &mut self,
        node: usize,
        options: LowerOptions,
        filter: Option<Vec<f64>>,
        notes: &mut Vec<String>,
    ) -> Option<Somas> {
        let (entry, shape) = (&self.graph.nodes[node], &self.shapes[node].output);
        match entry.kind.name {
            "Input" => None,
            "Output" => {
                let sums = Somas::adding_up(count(shape));
                Some(Somas { keep: filter.unwrap_or_else(|| sums.keep.clone()), ..sums })
            }
            _ => match Somas::of(entry, shape, self.dt, options, filter.as_deref()) {
                Ok(somas) => {
                    notes.extend(inputs::told(entry, &somas, self.dt, options));
                    Some(somas)
                }
                Err(why) => {
                    self.problem(node, why);
                    None
                }
            },
        }
    }

    /// Makes layers of inputs, neurons and readouts, and the projections between them.
    pub(super) fn layers(&mut self, options: LowerOptions) -> Lowered {
        let mut lowered = Lowered::of(self.dt);
        let filters = self.filters(options);
        let Some(order) = self.order(&filters) else { return lowered };
        let place: BTreeMap<usize, usize> = order.iter().enumerate().map(|(place, node)| (*node, place)).collect();
        for (to, node) in order.iter().enumerate() {
            let entry = &self.graph.nodes[*node];
            let arriving = match filters.get(node) {
                Some(filter) => filter.inflow.clone(),
                None if self.is_input(*node) => Inflow::default(),
                None => self.arriving(*node),
            };
            let by = self.filtered_by(&arriving, &filters);
            let (arriving, filter) = self.unfiltered(*node, arriving, &filters);
            if filter.is_some() {
                lowered.notes.push(format!("\"{}\" holds the potentials of {by} as its synaptic currents", entry.name));
            }
            let somas = self.somas(*node, options, filter, &mut lowered.notes);
            let (name, kind, shape) = (entry.name.clone(), entry.kind.name, self.shapes[*node].output.clone());
            lowered.layers.push(LoweredLayer { name, kind, shape, level: 0, somas, delay_error: arriving.delay_error });
            for (source, matrix) in arriving.from {
                self.check_carries(source, *node);
                lowered.projections.push(Projection { from: place[&source], to, matrix });
            }
            let Some(somas) = &mut lowered.layers[to].somas else { continue };
            if let Some(matrix) = somas.late_synapses() {
                lowered.projections.push(Projection { from: to, to, matrix });
            }
            for (i, bias) in arriving.bias.iter().flatten().enumerate() {
                somas.drive[i] += somas.gain[i] * bias;
            }
        }
        let shown = (0..self.graph.nodes.len()).filter_map(|node| self.given_out(node));
        lowered.outputs = shown.map(|node| place[&node]).collect();
        for (layer, why) in inputs::scale(&mut lowered, options) {
            self.problem(order[layer], why);
        }
        lowered
    }

    /// Refuses values on their way to neurons.
    fn check_carries(&mut self, source: usize, to: usize) {
        let (from, name) = (&self.graph.nodes[source], &self.graph.nodes[to].name);
        if from.kind.is_neuron() && !from.kind.spikes() {
            let why =
                format!("its potential goes to \"{name}\", and a packet carries a spike; covered as an output only");
            self.problem(source, why);
        }
    }

    /// Gives layers their levels and synapses their delays, and sorts layers by level.
    pub(super) fn time(&mut self, lowered: &mut Lowered) {
        let ends: Vec<(usize, usize)> = lowered.projections.iter().map(|p| (p.from, p.to)).collect();
        let found = levels(lowered.layers.len(), &ends);
        for (index, steps) in found.late {
            let (from, to) = ends[index];
            let (from, to) = (&lowered.layers[from].name, &lowered.layers[to].name);
            lowered.notes.push(format!("from \"{from}\" to \"{to}\" a spike takes {steps} steps longer than in NIR"));
        }
        for (projection, delay) in lowered.projections.iter_mut().zip(found.delay) {
            projection.matrix.weights_mut().iter_mut().for_each(|weight| weight.delay += delay);
            let longest = projection.matrix.weights().iter().map(|weight| weight.delay).max().unwrap_or(1);
            if longest > MAX_DELAY {
                let name = &lowered.layers[projection.from].name;
                let message = format!("spikes from \"{name}\" act {longest} steps later, at most {MAX_DELAY}");
                self.problems.push(Problem { path: lowered.layers[projection.to].name.clone(), message });
            }
        }
        let weights = lowered.projections.iter().flat_map(|projection| projection.matrix.weights());
        let longest = u64::from(weights.map(|weight| weight.delay).max().unwrap_or(1));
        let neurons: u64 = lowered.layers.iter().map(|layer| layer.neurons() as u64).sum();
        if neurons * longest > MAX_WAITING {
            let message =
                format!("{neurons} neurons with delays of up to {longest} steps, at most {MAX_WAITING} of both");
            self.problems.push(Problem { path: String::new(), message });
        }
        lowered.layers.iter_mut().zip(found.level).for_each(|(layer, level)| layer.level = level);
        let mut order: Vec<usize> = (0..lowered.layers.len()).collect();
        order.sort_by_key(|layer| (lowered.layers[*layer].somas.is_some(), lowered.layers[*layer].level));
        let mut place = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, old)| place[*old] = new);
        lowered.layers = order.iter().map(|old| lowered.layers[*old].clone()).collect();
        for projection in &mut lowered.projections {
            (projection.from, projection.to) = (place[projection.from], place[projection.to]);
        }
        lowered.outputs.iter_mut().for_each(|layer| *layer = place[*layer]);
    }
}
