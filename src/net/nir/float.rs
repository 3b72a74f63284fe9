//! A lowered graph in real numbers, step by step: against it the integer network is measured.

use super::discrete::Somas;
use super::layers::{Layer, Lowered};
use crate::net::neuron::Reset;

/// What a run in real numbers gave.
#[derive(Clone, Debug, PartialEq)]
pub struct RealRun {
    /// Spikes by layer and neuron.
    pub counts: Vec<Vec<u32>>,
    /// Last potentials by layer and neuron, as the file's units have them; none of inputs.
    pub potentials: Vec<Vec<f64>>,
    /// Largest magnitudes by layer and neuron that the current or the potential had, shifted and before a reset.
    pub peaks: Vec<Vec<f64>>,
}

/// A layer in a step.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The step of the chip, from 1.
    pub step: u32,
    /// The layer.
    pub layer: usize,
    /// Potentials after the step, as the file's units have them.
    pub potentials: &'a [f64],
    /// The neurons that spiked, ascending.
    pub fired: &'a [u32],
}

/// Runs so many steps of every layer, the first of them its own first one, and no more; `spikes` as in [`run`].
pub fn run_layers(net: &Lowered, spikes: &[Vec<(u32, u32)>], steps: u32, watch: impl FnMut(Moment<'_>)) -> RealRun {
    let deepest = net.layers.iter().map(|layer| layer.level).max().unwrap_or(0);
    run_within(net, spikes, (steps.saturating_add(deepest), steps), watch)
}

/// Runs so many steps. `spikes` are those of each input, (step from 1, neuron) by step; `watch` sees every layer in every
/// step in which it acts.
pub fn run(net: &Lowered, spikes: &[Vec<(u32, u32)>], steps: u32, watch: impl FnMut(Moment<'_>)) -> RealRun {
    run_within(net, spikes, (steps, steps), watch)
}

/// Runs so many steps, in which every layer takes at most `own` of its own.
fn run_within(
    net: &Lowered,
    spikes: &[Vec<(u32, u32)>],
    (steps, own): (u32, u32),
    mut watch: impl FnMut(Moment<'_>),
) -> RealRun {
    let depth =
        net.projections.iter().flat_map(|p| p.matrix.weights()).map(|w| w.delay).max().unwrap_or(1) as usize + 1;
    let sizes: Vec<usize> = net.layers.iter().map(Layer::neurons).collect();
    let mut pending: Vec<Vec<Vec<f64>>> = (0..depth).map(|_| sizes.iter().map(|n| vec![0.0; *n]).collect()).collect();
    let mut current: Vec<Vec<f64>> = sizes.iter().map(|n| vec![0.0; *n]).collect();
    let mut potentials: Vec<Vec<f64>> = sizes.iter().map(|n| vec![0.0; *n]).collect();
    for (layer, potentials) in net.layers.iter().zip(&mut potentials) {
        let start = layer.somas.iter().flat_map(|somas| &somas.start);
        potentials.iter_mut().zip(start).for_each(|(v, start)| *v = *start);
    }
    let mut peaks: Vec<Vec<f64>> = potentials.clone();
    peaks.iter_mut().flatten().for_each(|peak| *peak = peak.abs());
    let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); sizes.len()];
    net.projections.iter().enumerate().for_each(|(index, p)| leaving[p.from].push(index));
    let mut counts: Vec<Vec<u32>> = sizes.iter().map(|n| vec![0; *n]).collect();
    let mut next_spike = vec![0; spikes.len()];
    let mut shown = Vec::new();
    for step in 1..=steps {
        let input =
            std::mem::replace(&mut pending[step as usize % depth], sizes.iter().map(|n| vec![0.0; *n]).collect());
        for (index, layer) in net.layers.iter().enumerate() {
            let mut fired = Vec::new();
            if let Some(somas) = &layer.somas {
                if step <= layer.level || step - layer.level > own {
                    continue;
                }
                let state = [&mut current[index], &mut potentials[index], &mut peaks[index]];
                fired = step_somas(somas, &input[index], state);
            } else if let Some(spikes) = spikes.get(index).filter(|_| step <= own) {
                let from = next_spike[index];
                let here = spikes[from..].iter().take_while(|(at, _)| *at <= step);
                fired.extend(here.map(|(_, neuron)| *neuron));
                next_spike[index] = from + fired.len();
            }
            fired.iter().for_each(|i| counts[index][*i as usize] += 1);
            for projection in leaving[index].iter().map(|index| &net.projections[*index]) {
                for weight in fired.iter().flat_map(|i| projection.matrix.row(*i as usize)) {
                    let at = (step + weight.delay) as usize % depth;
                    pending[at][projection.to][weight.to as usize] += weight.value;
                }
            }
            shown.clear();
            let shift = layer.somas.iter().flat_map(|somas| &somas.shift);
            shown.extend(potentials[index].iter().zip(shift).map(|(v, shift)| v + shift));
            watch(Moment { step, layer: index, potentials: &shown, fired: &fired });
        }
    }
    let unshifted = |(layer, v): (&Layer, Vec<f64>)| match &layer.somas {
        Some(somas) => v.iter().zip(&somas.shift).map(|(v, shift)| v + shift).collect(),
        None => Vec::new(),
    };
    let peaks = peaks.into_iter().zip(&net.layers);
    let peaks = peaks.map(|(peaks, layer)| if layer.somas.is_some() { peaks } else { Vec::new() }).collect();
    RealRun { counts, peaks, potentials: net.layers.iter().zip(potentials).map(unshifted).collect() }
}

/// A step of a layer: what enters it moves currents and potentials; gives the neurons that spike.
fn step_somas(somas: &Somas, input: &[f64], [current, potentials, peaks]: [&mut Vec<f64>; 3]) -> Vec<u32> {
    let mut fired = Vec::new();
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
        let Some(threshold) = somas.threshold.as_ref().map(|all| all[i]).filter(|t| *v > *t) else {
            continue;
        };
        let reset_by = somas.reset_by.as_ref().map_or(threshold, |all| all[i]);
        *v = if somas.reset == Reset::Zero { somas.reset_to[i] } else { *v - reset_by };
        fired.push(i as u32);
    }
    fired
}
