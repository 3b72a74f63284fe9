//! A lowered graph in real numbers, step by step: the reference for the integer network.

use super::discrete::{FiresAt, Somas};
use super::layers::Lowered;
use crate::net::neuron::Reset;
use crate::progress;

/// Result of a run in real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct RealRun {
    /// Spikes by layer and neuron.
    pub counts: Vec<Vec<u32>>,
    /// Last potentials by layer and neuron, in the file's units; empty for inputs.
    pub potentials: Vec<Vec<f64>>,
    /// By layer: how often a neuron could have spiked again after the last spike that it has in a step.
    pub again: Vec<u64>,
    /// Largest magnitudes of current or potential by layer and neuron, shifted and before a reset.
    pub peaks: Vec<Vec<f64>>,
}

/// A layer after a step.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The step of the chip, from 1.
    pub step: u32,
    /// The layer.
    pub layer: usize,
    /// Potentials after the step, in the file's units.
    pub potentials: &'a [f64],
    /// The neurons that spiked, ascending, each once for each of its spikes.
    pub fired: &'a [u32],
}

/// Runs exactly `steps` steps of every layer, from its own first step; `spikes` as in [`run`].
pub fn run_layers(net: &Lowered, spikes: &[Vec<(u32, u32)>], steps: u32, watch: impl FnMut(Moment<'_>)) -> RealRun {
    let deepest = net.layers.iter().map(|layer| layer.level).max().unwrap_or(0);
    run_within(net, spikes, (steps.saturating_add(deepest), steps), watch)
}

/// Runs `steps` steps. `spikes` are those of each input, (step from 1, neuron) by step; `watch` sees every layer in
/// every step in which it acts.
pub fn run(net: &Lowered, spikes: &[Vec<(u32, u32)>], steps: u32, watch: impl FnMut(Moment<'_>)) -> RealRun {
    run_within(net, spikes, (steps, steps), watch)
}

/// Runs `steps` steps, of which every layer takes at most `own`.
fn run_within(
    net: &Lowered,
    spikes: &[Vec<(u32, u32)>],
    (steps, own): (u32, u32),
    mut watch: impl FnMut(Moment<'_>),
) -> RealRun {
    let mut state = RealState::new(net);
    let mut next_spike = vec![0; spikes.len()];
    let mut shown = Vec::new();
    for step in 1..=steps {
        let arriving = state.take_arriving(step);
        for (index, layer) in net.layers.iter().enumerate() {
            progress::poll();
            let mut fired = Vec::new();
            if let Some(somas) = &layer.somas {
                if step <= layer.level || step - layer.level > own {
                    continue;
                }
                fired = state.step(index, somas, &arriving[index]);
            } else if let Some(spikes) = spikes.get(index).filter(|_| step <= own) {
                let from = next_spike[index];
                let here = spikes[from..].iter().take_while(|(at, _)| *at <= step);
                fired.extend(here.map(|(_, neuron)| *neuron));
                next_spike[index] = from + fired.len();
            }
            state.send(index, step, &fired);
            shown.clear();
            shown.extend(state.unshifted(index));
            watch(Moment { step, layer: index, potentials: &shown, fired: &fired });
        }
    }
    state.end()
}

/// A value for each neuron of each layer.
type ByNeuron<T> = Vec<Vec<T>>;

/// State of a run.
struct RealState<'n> {
    net: &'n Lowered,
    /// Outgoing projections by layer.
    leaving: Vec<Vec<usize>>,
    /// Inputs of the coming steps, as a ring buffer.
    pending: Vec<ByNeuron<f64>>,
    current: ByNeuron<f64>,
    /// Shifted.
    potentials: ByNeuron<f64>,
    peaks: ByNeuron<f64>,
    counts: ByNeuron<u32>,
    again: Vec<u64>,
}

impl<'n> RealState<'n> {
    fn new(net: &'n Lowered) -> Self {
        let delays = net.projections.iter().flat_map(|p| p.matrix.weights()).map(|w| w.delay);
        let depth = delays.max().unwrap_or(1) as usize + 1;
        let mut potentials = zeros(net);
        for (layer, potentials) in net.layers.iter().zip(&mut potentials) {
            let start = layer.somas.iter().flat_map(|somas| &somas.start);
            potentials.iter_mut().zip(start).for_each(|(v, start)| *v = *start);
        }
        let mut peaks = potentials.clone();
        peaks.iter_mut().flatten().for_each(|peak| *peak = peak.abs());
        let mut leaving = vec![Vec::new(); net.layers.len()];
        net.projections.iter().enumerate().for_each(|(index, p)| leaving[p.from].push(index));
        let (pending, current, counts) = ((0..depth).map(|_| zeros(net)).collect(), zeros(net), zeros(net));
        let again = vec![0; net.layers.len()];
        Self { net, leaving, pending, current, potentials, peaks, counts, again }
    }

    fn take_arriving(&mut self, step: u32) -> ByNeuron<f64> {
        let at = step as usize % self.pending.len();
        std::mem::replace(&mut self.pending[at], zeros(self.net))
    }

    fn step(&mut self, layer: usize, somas: &Somas, input: &[f64]) -> Vec<u32> {
        let state = [&mut self.current[layer], &mut self.potentials[layer], &mut self.peaks[layer]];
        let (fired, again) = step_somas(somas, input, state);
        self.again[layer] += again;
        fired
    }

    /// Counts spikes and sends them on.
    fn send(&mut self, layer: usize, step: u32, fired: &[u32]) {
        fired.iter().for_each(|i| self.counts[layer][*i as usize] += 1);
        let depth = self.pending.len();
        for projection in self.leaving[layer].iter().map(|index| &self.net.projections[*index]) {
            for weight in fired.iter().flat_map(|i| projection.matrix.row(*i as usize)) {
                let at = (step + weight.delay) as usize % depth;
                self.pending[at][projection.to][weight.to as usize] += weight.value;
            }
        }
    }

    /// Potentials of a layer in the file's units; empty for an input.
    fn unshifted(&self, layer: usize) -> impl Iterator<Item = f64> {
        let shift = self.net.layers[layer].somas.iter().flat_map(|somas| &somas.shift);
        self.potentials[layer].iter().zip(shift).map(|(v, shift)| v + shift)
    }

    fn end(mut self) -> RealRun {
        let layers = 0..self.net.layers.len();
        let potentials = layers.map(|layer| self.unshifted(layer).collect()).collect();
        let inputs = self.peaks.iter_mut().zip(&self.net.layers).filter(|(_, layer)| layer.somas.is_none());
        inputs.for_each(|(peaks, _)| peaks.clear());
        RealRun { counts: self.counts, potentials, again: self.again, peaks: self.peaks }
    }
}

fn zeros<T: Clone + Default>(net: &Lowered) -> ByNeuron<T> {
    net.layers.iter().map(|layer| vec![T::default(); layer.neurons()]).collect()
}

/// A step of a layer: updates currents and potentials with its input; returns the neurons that spike, and how many could
/// spike once more.
fn step_somas(somas: &Somas, input: &[f64], [current, potentials, peaks]: [&mut Vec<f64>; 3]) -> (Vec<u32>, u64) {
    let (mut fired, mut again) = (Vec::new(), 0);
    for (i, input) in input.iter().enumerate() {
        let entered = input + somas.drive[i];
        let arrived = match &somas.current_keep {
            None => entered,
            Some(keep) => {
                current[i] = keep[i] * current[i] + entered;
                current[i]
            }
        };
        let v = &mut potentials[i];
        *v = somas.keep[i] * *v + arrived;
        peaks[i] = peaks[i].max(v.abs()).max(arrived.abs());
        let Some(threshold) = somas.threshold.as_ref().map(|all| all[i]) else { continue };
        let fires = |v: f64| v > threshold || (v == threshold && somas.fires == FiresAt::Reached);
        let reset_by = somas.reset_by.as_ref().map_or(threshold, |all| all[i]);
        let mut spikes = 0;
        while spikes < somas.max_spikes && fires(*v) {
            *v = if somas.reset == Reset::Zero { somas.reset_to[i] } else { *v - reset_by };
            fired.push(i as u32);
            spikes += 1;
        }
        again += u64::from(spikes > 0 && fires(*v));
    }
    (fired, again)
}
