//! From a graph to layers of neurons in time steps and the matrices between them.
//!
//! All linear nodes on a path between neurons become one matrix: convolutions, pools, scales, flattening, and parallel
//! paths, which add up. Potentials of `LI` and `I` become currents of the neurons behind them (`filters`). Anything that a
//! chip cannot hold is refused by name.

mod filters;

use super::discrete::{LowerOptions, Somas};
use super::graph::NirGraph;
use super::inputs;
use super::layers::{Lowered, LoweredLayer, Projection};
use super::levels::levels;
use super::linear::{delay_error, linear, most_weights};
use super::matrix::{MAX_ENTRIES, Matrix};
use super::shapes::{MAX_SIZE, Shapes, count, infer};
use crate::json::Problem;
use crate::net::graph::MAX_DELAY;
use filters::Filters;
use std::collections::BTreeMap;

/// Time step (s) if neither the options nor the file give one: that of NIR's own examples.
pub const DEFAULT_DT: f64 = 1e-4;
const MAX_LAYERS: usize = 4096;
/// Most weights computed on the way, of all nodes together: 1 GiB of them.
const MAX_WORK: u64 = 1 << 26;
/// Products of weights that count as one weight.
const PRODUCTS: u64 = 32;
/// Most places for pending inputs: neurons by steps of the longest delay.
const MAX_WAITING: u64 = 1 << 25;

/// Lowers a graph; reports all unsupported features at once.
pub fn lower(graph: &NirGraph, options: LowerOptions) -> Result<Lowered, Vec<Problem>> {
    let dt = options.dt.or(graph.dt).unwrap_or(DEFAULT_DT);
    if !(dt.is_finite() && dt > 0.0) {
        return Err(vec![Problem { path: "dt".into(), message: format!("found {dt}, expected seconds above 0") }]);
    }
    let (shapes, more) = infer(graph)?;
    let mut notes: Vec<String> = graph.notes.iter().cloned().chain(more).collect();
    if options.dt.is_none() {
        notes.push(match graph.dt {
            Some(_) => format!("time step of {dt} s, from the file's metadata"),
            None => format!("time step of {dt} s, because neither `dt` nor the file says one"),
        });
    }
    let sources = graph.sources();
    let mut uses = vec![0; graph.nodes.len()];
    for (from, to) in &graph.edges {
        // The input of an output is computed twice: to be passed on, and to be read out.
        uses[*from] += 1 + usize::from(graph.nodes[*to].is("Output"));
    }
    let mut lowering = Lowering {
        graph,
        sources,
        uses,
        shapes: &shapes,
        dt,
        room: Some(MAX_WORK),
        problems: Vec::new(),
        reach: BTreeMap::new(),
    };
    lowering.spread();
    let mut lowered = lowering.layers(options);
    if lowering.problems.is_empty() {
        notes.append(&mut lowered.notes);
        lowered.notes = notes;
        lowered.notes.extend(delay_note(&lowered));
        lowering.time(&mut lowered);
    }
    if lowering.problems.is_empty() { Ok(lowered) } else { Err(lowering.problems) }
}

/// A note on the difference of delays from whole steps.
fn delay_note(lowered: &Lowered) -> Option<String> {
    let most = lowered.layers.iter().map(|layer| layer.delay_error).fold(0.0, f64::max);
    let text = |most: f64| {
        let seconds = most * lowered.dt;
        format!(
            "delays are rounded to time steps, by at most {most:.3} of a step ({seconds:.3e} s); a shorter `dt` keeps them"
        )
    };
    (most > 0.0).then(|| text(most))
}

/// Input of a place: a matrix from each source, and a constant.
#[derive(Clone, Default)]
struct Inflow {
    from: BTreeMap<usize, Matrix>,
    bias: Option<Vec<f64>>,
    /// Whether only unweighted spikes come this way.
    plain: bool,
    /// Largest difference of the delays on the way from whole steps.
    delay_error: f64,
}

struct Lowering<'g> {
    graph: &'g NirGraph,
    /// Sources of each node.
    sources: Vec<Vec<usize>>,
    /// How often the output of each node is still needed, at most.
    uses: Vec<usize>,
    shapes: &'g [Shapes],
    dt: f64,
    /// Weights that may still be computed; `None` after there were too many.
    room: Option<u64>,
    problems: Vec<Problem>,
    /// Output of each linear node.
    reach: BTreeMap<usize, Inflow>,
}

impl Lowering<'_> {
    fn problem(&mut self, node: usize, message: impl Into<String>) {
        let node = &self.graph.nodes[node];
        self.problems.push(Problem { path: format!("{} ({})", node.name, node.kind.name), message: message.into() });
    }

    /// Whether spikes or values originate there.
    fn is_source(&self, node: usize) -> bool {
        self.graph.nodes[node].kind.is_neuron() || self.is_input(node)
    }

    fn is_input(&self, node: usize) -> bool {
        self.graph.nodes[node].is("Input") && self.sources[node].is_empty()
    }

    /// Computes the output of every linear node, after those of its sources.
    fn spread(&mut self) {
        let mut open: Vec<usize> = (0..self.graph.nodes.len()).filter(|node| !self.is_source(*node)).collect();
        while !open.is_empty() {
            let (ready, blocked): (Vec<usize>, Vec<usize>) = open.iter().partition(|node| {
                self.sources[**node].iter().all(|from| self.is_source(*from) || self.reach.contains_key(from))
            });
            if ready.is_empty() {
                let names: Vec<&str> = blocked.iter().map(|node| self.graph.nodes[*node].name.as_str()).collect();
                self.problem(
                    blocked[0],
                    format!("in a loop without a neuron, with or behind it: {}", names.join(", ")),
                );
                return;
            }
            for node in ready {
                let reach = self.through(node);
                self.reach.insert(node, reach);
            }
            open = blocked;
        }
    }

    /// Reserves `weights` more weights; if there is no room, notes a problem of the node.
    fn takes(&mut self, node: usize, weights: u64) -> bool {
        let Some(room) = self.room else { return false };
        self.room = room.checked_sub(weights);
        if self.room.is_none() {
            self.problem(node, format!("more than {MAX_WORK} synapses are on the way to here, from nodes to nodes"));
        }
        self.room.is_some()
    }

    /// Input of a node: the sum over its sources.
    fn arriving(&mut self, node: usize) -> Inflow {
        let mut sum = Inflow::default();
        let of = |from: usize| match self.reach.get(&from) {
            Some(reach) => reach.from.values().map(|matrix| matrix.len() as u64 + matrix.inputs() as u64).sum(),
            None => 2 * count(&self.shapes[from].output) as u64,
        };
        let weights = self.sources[node].iter().map(|from| of(*from)).sum();
        if !self.takes(node, weights) {
            return sum;
        }
        sum.plain = self.sources[node].iter().all(|from| self.is_plain(*from));
        for from in self.sources[node].clone() {
            self.uses[from] = self.uses[from].saturating_sub(1);
            if self.is_source(from) {
                let identity = Matrix::diagonal((0..count(&self.shapes[from].output)).map(|_| (1.0, 0)));
                add(&mut sum.from, from, identity);
            } else if let Some(reach) = self.reach.get_mut(&from) {
                sum.delay_error = sum.delay_error.max(reach.delay_error);
                // The last user takes it without a copy.
                let leaving = if self.uses[from] == 0 { std::mem::take(&mut reach.from) } else { reach.from.clone() };
                leaving.into_iter().for_each(|(source, matrix)| add(&mut sum.from, source, matrix));
                if let Some(bias) = &reach.bias {
                    let sum = sum.bias.get_or_insert_with(|| vec![0.0; bias.len()]);
                    sum.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias);
                }
            }
        }
        sum
    }

    /// Output of a linear node.
    fn through(&mut self, node: usize) -> Inflow {
        let arriving = self.arriving(node);
        if self.room.is_none() {
            return Inflow::default();
        }
        // Counted when made and in the result: refused before memory is allocated.
        let most = most_weights(&self.graph.nodes[node], &self.shapes[node]).saturating_mul(2);
        if self.room.is_some_and(|room| most > room) {
            self.takes(node, most);
            return Inflow::default();
        }
        let own = match linear(&self.graph.nodes[node], &self.shapes[node], self.dt) {
            Ok(own) => own,
            Err(why) => {
                self.problem(node, why);
                return Inflow::default();
            }
        };
        let outputs = count(&self.shapes[node].output);
        let delay_error = delay_error(&self.graph.nodes[node], self.dt).max(arriving.delay_error);
        let mut leaving = Inflow { bias: own.bias, from: BTreeMap::new(), plain: false, delay_error };
        let Some(mut matrix) = own.matrix else { return arriving };
        let products: u64 = arriving.from.values().map(|first| first.products(&matrix)).sum();
        if !self.takes(node, matrix.len() as u64 + products / PRODUCTS) {
            return leaving;
        }
        if let Some(bias) = arriving.bias {
            let bias = matrix.apply(&bias, outputs);
            let sum = leaving.bias.get_or_insert_with(|| vec![0.0; outputs]);
            sum.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias);
        }
        let single = arriving.from.len() == 1;
        for (source, first) in arriving.from {
            let both = match first.is_identity() {
                true if single => Some(std::mem::take(&mut matrix)),
                true => Some(matrix.clone()),
                false => first.then(&matrix),
            };
            match both {
                Some(both) => drop(leaving.from.insert(source, both)),
                None => self.problem(node, format!("more than {MAX_ENTRIES} synapses, with what comes before it")),
            }
        }
        leaving
    }

    /// The nodes that become layers: inputs, neurons and readouts.
    fn order(&mut self, filters: &Filters) -> Option<Vec<usize>> {
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
    fn layers(&mut self, options: LowerOptions) -> Lowered {
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

    /// Whether it is an output behind a linear node: its values are summed there.
    fn is_readout(&self, node: usize) -> bool {
        let last = !self.graph.edges.iter().any(|(from, _)| *from == node);
        self.graph.nodes[node].is("Output") && last && self.sources[node].iter().any(|from| !self.is_plain(*from))
    }

    /// The node whose spikes or potentials an output gives out, if it is one in the order of the output.
    fn given_out(&self, node: usize) -> Option<usize> {
        let last = !self.graph.edges.iter().any(|(from, _)| *from == node);
        if !self.graph.nodes[node].is("Output") || !last {
            return None;
        }
        if self.is_readout(node) {
            return Some(node);
        }
        let mut at = node;
        // Nodes that only pass spikes on.
        while !self.is_source(at) {
            at = *self.sources[at].first().filter(|_| self.sources[at].len() == 1)?;
        }
        Some(at).filter(|at| !self.is_input(*at))
    }

    /// Whether only unweighted spikes leave a node.
    fn is_plain(&self, node: usize) -> bool {
        self.is_source(node) || self.reach.get(&node).is_some_and(|reach| reach.plain)
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
    fn time(&mut self, lowered: &mut Lowered) {
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

fn add(sum: &mut BTreeMap<usize, Matrix>, source: usize, matrix: Matrix) {
    let both = match sum.get(&source) {
        Some(there) => there.plus(&matrix),
        None => matrix,
    };
    sum.insert(source, both);
}
