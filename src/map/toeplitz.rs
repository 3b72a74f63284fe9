//! The plain mapping of a layer on crossbars, for comparison: its whole matrix, cut into pieces of a core's size.
//!
//! A layer is a matrix of inputs x outputs, a Toeplitz matrix for a convolution: most of it is zero, as an output reads
//! few inputs. Its inputs are all neurons of the layers that it hears, its outputs its neurons, both in the network's
//! order. With N axons and M neurons on a core it takes `ceil(inputs / N) x ceil(outputs / M)` pieces, a core each.
//! Pieces without a synapse may be left out: their number is given separately. Cores that add up the sums of the pieces
//! above each other are not counted. A layer without synapses, as the encoding one, takes `ceil(outputs / M)` cores.
//! takes `ceil(outputs / M)` cores by itself.

use crate::hw::Chip;
use crate::net::Graph;

/// Cores of that mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Toeplitz {
    /// Pieces of all matrices.
    pub pieces: u64,
    /// Pieces that hold a synapse.
    pub filled: u64,
}

/// Counts the cores of each population, in the order of the network's own populations; none for sources, which are on
/// no core, and none for partial sums, which are not layers.
pub fn toeplitz(graph: &Graph, chip: &Chip) -> Vec<Toeplitz> {
    if graph.whole.is_some() {
        return toeplitz(graph.whole(), chip);
    }
    let limits = &chip.core.limits;
    let (axons, neurons) = (limits.max_axons_in, limits.max_neurons);
    let mut all: Vec<LayerMatrix> =
        graph.populations.iter().map(|p| LayerMatrix::new(p.count.div_ceil(neurons))).collect();
    // Inputs in the network's order.
    let mut numbers: Vec<u32> = (0..graph.neurons() as u32).collect();
    numbers.sort_unstable_by_key(|neuron| graph.order.before(*neuron));
    let mut reached = vec![false; graph.populations.len()];
    for source in &graph.populations {
        reached.fill(false);
        for number in &numbers[source.range()] {
            for target in graph.synapses.targets(*number as usize) {
                reached[graph.population_of(target as usize)] = true;
            }
        }
        for (place, number) in (0..).zip(&numbers[source.range()]) {
            for target in graph.synapses.targets(*number as usize) {
                let at = graph.population_of(target as usize);
                let column = graph.order.before(target) - graph.populations[at].first;
                all[at].note(place, axons, column / neurons);
            }
        }
        for (layer, _) in all.iter_mut().zip(&reached).filter(|(_, reached)| **reached) {
            layer.inputs += u64::from(source.count);
        }
    }
    let of = |(layer, population): (LayerMatrix, &crate::net::graph::Population)| match (
        population.source.is_some(),
        layer.inputs,
    ) {
        (true, _) => Toeplitz::default(),
        (false, 0) => Toeplitz { pieces: layer.columns(), filled: layer.columns() },
        (false, inputs) => Toeplitz { pieces: inputs.div_ceil(axons.into()) * layer.columns(), filled: layer.filled },
    };
    all.into_iter().zip(&graph.populations).map(of).collect()
}

struct LayerMatrix {
    /// Inputs of the populations before the current one.
    inputs: u64,
    /// By column of pieces, one more than the last row of pieces with a synapse.
    last: Vec<u64>,
    filled: u64,
}

impl LayerMatrix {
    fn new(columns: u32) -> Self {
        Self { inputs: 0, last: vec![0; columns as usize], filled: 0 }
    }

    fn columns(&self) -> u64 {
        self.last.len() as u64
    }

    /// Counts a synapse; inputs come ascending, so a row of pieces is done when the next one begins.
    fn note(&mut self, place: u64, axons: u32, column: u32) {
        let row = (self.inputs + place) / u64::from(axons) + 1;
        self.filled += u64::from(std::mem::replace(&mut self.last[column as usize], row) != row);
    }
}
