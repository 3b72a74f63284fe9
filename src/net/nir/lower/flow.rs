//! What flows from neurons to neurons: matrices and constants through the linear nodes between them.

use super::super::graph::NirGraph;
use super::super::linear::{delay_error, linear, most_weights};
use super::super::matrix::{MAX_ENTRIES, Matrix};
use super::super::shapes::{Shapes, count};
use crate::json::Problem;
use crate::progress;
use std::collections::BTreeMap;

/// Most weights computed on the way, of all nodes together: 1 GiB of them.
pub(super) const MAX_WORK: u64 = 1 << 26;
/// Products of weights that count as one weight.
pub(super) const PRODUCTS: u64 = 32;

/// Input of a place: a matrix from each source, and a constant.
#[derive(Clone, Default)]
pub(super) struct Inflow {
    pub(super) from: BTreeMap<usize, Matrix>,
    pub(super) bias: Option<Vec<f64>>,
    /// Whether only unweighted spikes come this way.
    pub(super) plain: bool,
    /// Largest difference of the delays on the way from whole steps.
    pub(super) delay_error: f64,
}

pub(super) struct Lowering<'g> {
    pub(super) graph: &'g NirGraph,
    /// Sources of each node.
    pub(super) sources: Vec<Vec<usize>>,
    /// How often the output of each node is still needed, at most.
    pub(super) uses: Vec<usize>,
    pub(super) shapes: &'g [Shapes],
    pub(super) dt: f64,
    /// Weights that may still be computed; `None` after there were too many.
    pub(super) room: Option<u64>,
    pub(super) problems: Vec<Problem>,
    /// Output of each linear node.
    pub(super) reach: BTreeMap<usize, Inflow>,
}

impl Lowering<'_> {
    pub(super) fn problem(&mut self, node: usize, message: impl Into<String>) {
        let node = &self.graph.nodes[node];
        self.problems.push(Problem { path: format!("{} ({})", node.name, node.kind.name), message: message.into() });
    }

    /// Whether spikes or values originate there.
    pub(super) fn is_source(&self, node: usize) -> bool {
        self.graph.nodes[node].kind.is_neuron() || self.is_input(node)
    }

    pub(super) fn is_input(&self, node: usize) -> bool {
        self.graph.nodes[node].is("Input") && self.sources[node].is_empty()
    }

    /// Computes the output of every linear node, after those of its sources.
    pub(super) fn spread(&mut self) {
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
    pub(super) fn takes(&mut self, node: usize, weights: u64) -> bool {
        let Some(room) = self.room else { return false };
        self.room = room.checked_sub(weights);
        if self.room.is_none() {
            self.problem(node, format!("more than {MAX_WORK} synapses are on the way to here, from nodes to nodes"));
        }
        self.room.is_some()
    }

    /// Input of a node: the sum over its sources.
    pub(super) fn arriving(&mut self, node: usize) -> Inflow {
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
    pub(super) fn through(&mut self, node: usize) -> Inflow {
        progress::poll();
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

    /// Whether it is an output behind a linear node: its values are summed there.
    pub(super) fn is_readout(&self, node: usize) -> bool {
        let last = !self.graph.edges.iter().any(|(from, _)| *from == node);
        self.graph.nodes[node].is("Output") && last && self.sources[node].iter().any(|from| !self.is_plain(*from))
    }

    /// The node whose spikes or potentials an output gives out, if it is one in the order of the output.
    pub(super) fn given_out(&self, node: usize) -> Option<usize> {
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
    pub(super) fn is_plain(&self, node: usize) -> bool {
        self.is_source(node) || self.reach.get(&node).is_some_and(|reach| reach.plain)
    }
}

pub(super) fn add(sum: &mut BTreeMap<usize, Matrix>, source: usize, matrix: Matrix) {
    let both = match sum.get(&source) {
        Some(there) => there.plus(&matrix),
        None => matrix,
    };
    sum.insert(source, both);
}
