//! The integer network beside the real one, over the steps of a run: a row for each layer, and what in it is a warning.

use super::float::{self, RealRun};
use super::layers::{Layer, Lowered};
use super::quantise::{Imported, LayerFigures};
use crate::net::reference;

/// Spikes of a layer may differ by this share of the larger number without a warning ...
const SPIKES: f64 = 0.05;
/// ... or by so many.
const FEW_SPIKES: u64 = 2;
/// Potentials of what never fires may differ by this share of the largest of the layer.
const POTENTIAL: f64 = 0.05;
/// Weights that round to zero may be this share of all weights into a neuron, by magnitude ...
const WEIGHT_LOST: f64 = 0.02;
/// ... and less than this share of the synapses of a layer.
const ZEROED: f64 = 0.5;
/// Leaks may be off by this share of themselves.
const LEAK: f64 = 0.05;
/// Delays may be off by this many time steps.
const DELAY: f64 = 0.1;

/// A layer in both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What became of the layer.
    pub figures: LayerFigures,
    /// Spikes in real numbers.
    pub spikes_real: u64,
    /// Spikes in integers.
    pub spikes: u64,
    /// Neurons whose numbers of spikes differ.
    pub neurons_that_differ: u64,
    /// Of a layer that never fires: sums of the final potentials in real numbers and in integers, in units of the file.
    pub potentials: Option<(f64, f64)>,
    /// Of a layer that never fires: the largest difference of final potentials, in units of the file.
    pub potential_difference: Option<f64>,
    /// The largest magnitude of a final potential in real numbers.
    pub potential_largest: f64,
    /// Steps in which a membrane or a current of the layer saturates.
    pub saturated_steps: u64,
    /// Neurons that saturate in some step.
    pub saturated_neurons: u64,
    /// How far delays on the way to it are from whole steps (steps), at most.
    pub delay_error: f64,
    /// Whether spikes reach it, in real numbers.
    pub is_reached: bool,
    /// Whether it has neurons that fire.
    pub fires: bool,
}

/// Both networks over a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Steps that every layer took.
    pub steps: u32,
    /// Layers, in the order of the lowered graph.
    pub rows: Vec<Row>,
}

/// Runs both networks for so many steps of every layer, and compares them.
pub fn compare(net: &Lowered, imported: &Imported, spikes: &[Vec<(u32, u32)>], steps: u32) -> Comparison {
    compare_with(net, imported, spikes, &float::run_layers(net, spikes, steps, |_| {}), steps)
}

/// Compares with a run in real numbers, of so many steps of every layer.
pub fn compare_with(
    net: &Lowered,
    imported: &Imported,
    spikes: &[Vec<(u32, u32)>],
    real: &RealRun,
    steps: u32,
) -> Comparison {
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
    let row = |(index, layer): (usize, &Layer)| {
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
        Row {
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
    Comparison { steps, rows: net.layers.iter().enumerate().map(row).collect() }
}

/// Which membranes saturated.
struct Saturated {
    /// By layer: the last step in which one did, and how many steps.
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

impl Comparison {
    /// What is beyond the thresholds, by layer.
    pub fn warnings(&self) -> Vec<String> {
        self.rows.iter().flat_map(Row::warnings).collect()
    }
}

impl Row {
    fn warnings(&self) -> Vec<String> {
        let figures = &self.figures;
        let mut found = Vec::new();
        if self.saturated_steps > 0 {
            found.push(format!(
                "membranes saturate in {} steps, {} of its neurons; --membrane-bits makes room",
                self.saturated_steps, self.saturated_neurons
            ));
        }
        let differ = self.spikes_real.abs_diff(self.spikes);
        let most = (SPIKES * self.spikes_real.max(self.spikes) as f64).max(FEW_SPIKES as f64);
        if differ as f64 > most {
            found.push(format!("{} spikes in real numbers, {} in integers", self.spikes_real, self.spikes));
        }
        if let Some(difference) = self.potential_difference.filter(|off| *off > POTENTIAL * self.potential_largest) {
            found.push(format!(
                "final potentials differ by up to {difference:.4}, where the largest is {:.4}",
                self.potential_largest
            ));
        }
        let all = figures.synapses + figures.zeroed;
        if figures.weight_lost > WEIGHT_LOST || (figures.zeroed > 0 && figures.zeroed as f64 >= ZEROED * all as f64) {
            found.push(format!(
                "{} of {all} synapses round to zero, up to {:.1} % of the weights into a neuron; --weight-bits keeps more",
                figures.zeroed,
                100.0 * figures.weight_lost
            ));
        }
        if figures.leak_error > LEAK {
            found.push(format!("leaks are off by up to {:.1} % of themselves", 100.0 * figures.leak_error));
        }
        if self.delay_error > DELAY {
            found.push(format!(
                "delays are rounded by up to {:.2} of a time step; a shorter --dt keeps them",
                self.delay_error
            ));
        }
        if self.fires && self.is_reached && self.spikes == 0 {
            let where_ = if self.spikes_real > 0 { " in integers" } else { "" };
            found.push(format!("never fires on these spikes{where_}"));
        } else if self.fires && self.is_reached && self.spikes_real == 0 {
            found.push("never fires on these spikes in real numbers".to_owned());
        }
        found.into_iter().map(|text| format!("layer \"{}\": {text}", figures.name)).collect()
    }
}
