//! A graph in time steps and in real numbers: layers of neurons and the matrices between them.

use super::discrete::Somas;
use super::matrix::{Matrix, Weight};
use super::shapes::count;

/// Neurons of a node, or an input.
#[derive(Clone, Debug, PartialEq)]
pub struct LoweredLayer {
    /// Name of its node.
    pub name: String,
    /// Kind of its node.
    pub kind: &'static str,
    /// Shape of the layer.
    pub shape: Vec<usize>,
    /// Steps by which it acts later than the inputs.
    pub level: u32,
    /// Neurons; `None` for an input.
    pub somas: Option<Somas>,
    /// Largest difference of the delays on the way to it from whole time steps (steps).
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
    /// Source layer.
    pub from: usize,
    /// Target layer.
    pub to: usize,
    /// Weights in units of the potential, with delays of at least a step.
    pub matrix: Matrix,
}

/// A graph in time steps and in real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Lowered {
    /// Layers: inputs first, then by level.
    pub layers: Vec<LoweredLayer>,
    /// Synapses between the layers.
    pub projections: Vec<Projection>,
    /// The layers whose spikes or potentials the graph gives out.
    pub outputs: Vec<usize>,
    /// Time step (s).
    pub dt: f64,
    /// Assumptions and repairs, for people.
    pub notes: Vec<String>,
}

impl Lowered {
    pub(super) fn of(dt: f64) -> Self {
        Self { layers: Vec::new(), projections: Vec::new(), outputs: Vec::new(), dt, notes: Vec::new() }
    }

    /// Weights of the synapses into a layer.
    pub(super) fn incoming(&self, layer: usize) -> impl Iterator<Item = &Weight> + Clone {
        self.projections.iter().filter(move |p| p.to == layer).flat_map(|p| p.matrix.weights())
    }
}
