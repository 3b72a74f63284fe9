//! A graph in time steps, in real numbers: layers of neurons and the matrices between them.

use super::discrete::Somas;
use super::matrix::{Matrix, Weight};
use super::shapes::count;

/// Neurons that were a node, or an input.
#[derive(Clone, Debug, PartialEq)]
pub struct LoweredLayer {
    /// The name of its node.
    pub name: String,
    /// The kind of its node.
    pub kind: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Steps by which it acts later than the inputs.
    pub level: u32,
    /// Its neurons; none of an input.
    pub somas: Option<Somas>,
    /// How far delays on the way to it were from whole time steps (steps), at most.
    pub delay_error: f64,
}

impl LoweredLayer {
    /// Number of neurons.
    pub fn neurons(&self) -> usize {
        count(&self.shape)
    }
}

/// Synapses from a layer to a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// The layer that it comes from.
    pub from: usize,
    /// The layer that it goes to.
    pub to: usize,
    /// Its weights, in units of the potential, with delays of at least a step.
    pub matrix: Matrix,
}

/// A graph in time steps, in real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Lowered {
    /// Its layers: inputs first, then by level.
    pub layers: Vec<LoweredLayer>,
    /// What joins them.
    pub projections: Vec<Projection>,
    /// Time step (s).
    pub dt: f64,
    /// What was assumed or mended, for people.
    pub notes: Vec<String>,
}

impl Lowered {
    pub(super) fn of(dt: f64) -> Self {
        Self { layers: Vec::new(), projections: Vec::new(), dt, notes: Vec::new() }
    }

    /// Weights of the synapses into a layer.
    pub(super) fn incoming(&self, layer: usize) -> impl Iterator<Item = &Weight> + Clone {
        self.projections.iter().filter(move |p| p.to == layer).flat_map(|p| p.matrix.weights())
    }
}
