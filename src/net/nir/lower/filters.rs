//! `LI` and `I` inside a network: packets carry no potentials, but the neuron behind can hold the filter as its own
//! synaptic current.
//!
//! ```text
//! LI, I     f[n] = k f[n-1] + g U s[n] + d        k, g, d: what is left in a step, the gain, the constant input
//! behind    v[n] = … + G W f[n]                   = … + u[n],   u[n] = k u[n-1] + G (W g U s[n] + W d)
//! ```
//!
//! That holds if all potentials into a neuron have the same k, nothing else enters it, and it has no current of its own.
//! A sum of potentials at an output is such a filter itself.

use super::super::discrete::{LowerOptions, Somas};
use super::super::graph::NirNode;
use super::super::matrix::{MAX_ENTRIES, Matrix};
use super::super::shapes::count;
use super::flow::{Inflow, Lowering, PRODUCTS, add};
use std::collections::{BTreeMap, BTreeSet};

/// Relative tolerance for equal shares of two potentials.
const EQUAL: f64 = 1e-9;

/// A node that gives potentials to neurons, or to sums at outputs.
pub(super) struct PotentialFilter {
    somas: Somas,
    /// Its input.
    pub(super) inflow: Inflow,
}

/// The filters of a graph by node.
pub(super) type PotentialFilters = BTreeMap<usize, PotentialFilter>;

impl Lowering<'_> {
    /// The nodes `LI` and `I` inside the network.
    pub(super) fn filters(&mut self, options: LowerOptions) -> PotentialFilters {
        let mut filters = PotentialFilters::new();
        let gives = |node: &NirNode| matches!(node.kind.name, "LI" | "I");
        let inside: Vec<usize> = (0..self.graph.nodes.len())
            .filter(|node| gives(&self.graph.nodes[*node]) && self.feeds_inside(*node))
            .collect();
        for node in inside {
            let shape = self.shapes[node].output.clone();
            match Somas::of(&self.graph.nodes[node], &shape, self.dt, options, None) {
                Ok(somas) => {
                    let inflow = self.arriving(node);
                    filters.insert(node, PotentialFilter { somas, inflow });
                }
                Err(why) => self.problem(node, why),
            }
        }
        filters
    }

    /// Whether its output reaches a neuron, or a sum at an output.
    fn feeds_inside(&self, node: usize) -> bool {
        let (mut open, mut seen) = (vec![node], BTreeSet::from([node]));
        while let Some(at) = open.pop() {
            for (_, to) in self.graph.edges.iter().filter(|(from, _)| *from == at) {
                if self.graph.nodes[*to].kind.is_neuron() || self.is_readout(*to) {
                    return true;
                }
                if seen.insert(*to) {
                    open.push(*to);
                }
            }
        }
        false
    }

    /// The input of a node in spikes alone, with what a step leaves of the current that the filters before it become.
    pub(super) fn unfiltered(
        &mut self,
        node: usize,
        arriving: Inflow,
        filters: &PotentialFilters,
    ) -> (Inflow, Option<Vec<f64>>) {
        if !arriving.from.keys().any(|from| filters.contains_key(from)) {
            return (arriving, None);
        }
        let joined = self.check_filtered(node, &arriving, filters).and_then(|()| self.joined(node, &arriving, filters));
        match joined {
            Ok((inflow, keep)) => (inflow, Some(keep)),
            Err(why) => {
                self.problem(node, why);
                (Inflow::default(), None)
            }
        }
    }

    /// Names of the filters before a node, for people.
    pub(super) fn filtered_by(&self, arriving: &Inflow, filters: &PotentialFilters) -> String {
        let names = arriving.from.keys().filter(|from| filters.contains_key(from));
        names.map(|from| format!("\"{}\"", self.graph.nodes[*from].name)).collect::<Vec<_>>().join(", ")
    }

    /// Refuses what is no current of the neuron behind.
    fn check_filtered(&self, node: usize, arriving: &Inflow, filters: &PotentialFilters) -> Result<(), String> {
        let by = self.filtered_by(arriving, filters);
        if self.graph.nodes[node].kind.name.starts_with("Cuba") || filters.contains_key(&node) {
            return Err(format!(
                "takes the potential of {by} and filters it again: two filters in a row are more than the one current of a \
                 neuron can hold"
            ));
        }
        if let Some(other) = arriving.from.keys().find(|from| !filters.contains_key(from)) {
            let other = &self.graph.nodes[*other].name;
            return Err(format!(
                "takes spikes of \"{other}\" beside the potential of {by}; covered where all of its input is filtered"
            ));
        }
        if arriving.bias.iter().flatten().any(|bias| *bias != 0.0) {
            return Err(format!("there is a bias between {by} and it; covered before the filter"));
        }
        Ok(())
    }

    fn joined(
        &mut self,
        node: usize,
        arriving: &Inflow,
        filters: &PotentialFilters,
    ) -> Result<(Inflow, Vec<f64>), String> {
        let neurons = count(&self.shapes[node].output);
        let mut keep: Vec<Option<f64>> = vec![None; neurons];
        let mut bias = vec![0.0; neurons];
        let mut inflow = Inflow { delay_error: arriving.delay_error, ..Inflow::default() };
        for (from, matrix) in &arriving.from {
            let PotentialFilter { somas, inflow: own } = &filters[from];
            inflow.delay_error = inflow.delay_error.max(own.delay_error);
            for source in 0..matrix.inputs() {
                let entered = own.bias.as_ref().map_or(0.0, |bias| somas.gain[source] * bias[source]);
                for weight in matrix.row(source) {
                    let to = weight.to as usize;
                    bias[to] += weight.value * (somas.drive[source] + entered);
                    let (left, known) = (somas.keep[source], keep[to].get_or_insert(somas.keep[source]));
                    if (left - *known).abs() > EQUAL {
                        return Err(format!(
                            "neuron {to} sums potentials that decay to {known} and to {left} of themselves in a step; \
                             covered where all into a neuron have one time constant"
                        ));
                    }
                }
            }
            let gain = Matrix::diagonal(somas.gain.iter().map(|gain| (*gain, 0)));
            let too_many = || format!("more than {MAX_ENTRIES} synapses, with what comes before it");
            let behind = gain.then(matrix).ok_or_else(too_many)?;
            for (source, first) in &own.from {
                if filters.contains_key(source) {
                    continue;
                }
                if !self.takes(node, behind.len() as u64 + first.products(&behind) / PRODUCTS) {
                    return Ok((Inflow::default(), vec![0.0; neurons]));
                }
                add(&mut inflow.from, *source, first.then(&behind).ok_or_else(too_many)?);
            }
        }
        inflow.bias = Some(bias);
        // Neurons without a synapse are like the others.
        let some = keep.iter().copied().flatten().next().unwrap_or(0.0);
        Ok((inflow, keep.into_iter().map(|keep| keep.unwrap_or(some)).collect()))
    }
}
