//! Runs the integer network and the real one, and compares them.

use super::float::{self, RealRun};
use super::layers::{Lowered, LoweredLayer};
use super::quantise::IntegerNetwork;
use crate::net::deviation::{Deviation, LayerDeviation};
use crate::net::reference;

/// Runs both networks for `steps` steps of every layer, and compares them.
pub fn compare(net: &Lowered, imported: &IntegerNetwork, spikes: &[Vec<(u32, u32)>], steps: u32) -> Deviation {
    compare_with(net, imported, spikes, &float::run_layers(net, spikes, steps, |_| {}), steps)
}

/// Compares with a run in real numbers of `steps` steps of every layer.
pub fn compare_with(
    net: &Lowered,
    imported: &IntegerNetwork,
    spikes: &[Vec<(u32, u32)>],
    real: &RealRun,
    steps: u32,
) -> Deviation {
    let graph = imported.with_spikes(spikes.to_vec()).with_steps(steps);
    let mut layer_of = vec![0usize; graph.neurons()];
    for (layer, numbers) in imported.numbers.iter().enumerate() {
        numbers.iter().for_each(|neuron| layer_of[*neuron as usize] = layer);
    }
    let mut saturated = Saturated::of(net.layers.len(), graph.neurons());
    let (whole, _) = reference::sparse_seen(&graph, graph.steps_for(steps), |step, neuron, before, fixed, input| {
        if before.saturates(fixed, input) {
            saturated.note(step, layer_of[neuron], neuron);
        }
    });
    let row = |(index, layer): (usize, &LoweredLayer)| {
        let numbers = &imported.numbers[index];
        let counts: Vec<u32> = numbers.iter().map(|neuron| whole.counts[*neuron as usize]).collect();
        let fires = layer.somas.as_ref().is_some_and(|somas| somas.threshold.is_some());
        let potentials = layer.somas.as_ref().filter(|_| !fires).map(|somas| {
            let of = |(i, neuron): (usize, &u32)| {
                f64::from(whole.membranes[*neuron as usize]) / imported.units[index][i] + somas.shift[i]
            };
            let integer: Vec<f64> = numbers.iter().enumerate().map(of).collect();
            let difference = integer.iter().zip(&real.potentials[index]).map(|(a, b)| (a - b).abs());
            (difference.fold(0.0, f64::max), (real.potentials[index].iter().sum(), integer.iter().sum()))
        });
        let reaches = |from: usize| real.counts[from].iter().any(|count| *count > 0);
        LayerDeviation {
            figures: imported.figures[index].clone(),
            spikes_real: real.counts[index].iter().map(|count| u64::from(*count)).sum(),
            spikes: counts.iter().map(|count| u64::from(*count)).sum(),
            neurons_that_differ: counts.iter().zip(&real.counts[index]).filter(|(a, b)| a != b).count() as u64,
            potentials: potentials.map(|(_, sums)| sums),
            potential_difference: potentials.map(|(difference, _)| difference),
            potential_largest: real.potentials[index].iter().fold(0.0, |most: f64, v| most.max(v.abs())),
            saturated_steps: saturated.steps[index].1,
            saturated_neurons: numbers.iter().filter(|neuron| saturated.neurons[**neuron as usize]).count() as u64,
            delay_error: layer.delay_error,
            is_reached: net.projections.iter().any(|p| p.to == index && !p.matrix.is_empty() && reaches(p.from)),
            fires,
        }
    };
    Deviation { steps, rows: net.layers.iter().enumerate().map(row).collect() }
}

/// Record of saturated membranes.
struct Saturated {
    /// By layer: the last step with saturation, and the number of such steps.
    steps: Vec<(u32, u64)>,
    neurons: Vec<bool>,
}

impl Saturated {
    fn of(layers: usize, neurons: usize) -> Self {
        Self { steps: vec![(0, 0); layers], neurons: vec![false; neurons] }
    }

    fn note(&mut self, step: u32, layer: usize, neuron: usize) {
        self.neurons[neuron] = true;
        let (last, steps) = &mut self.steps[layer];
        if *last != step {
            (*last, *steps) = (step, *steps + 1);
        }
    }
}
