//! Training for the hardware: rounded weights, disturbed weights, a limited fan-in, a price of spikes.
//!
//! Both branches multiply with a shadow of the weights: rounded as in the export, or disturbed as by devices. The
//! gradient of the shadow moves the weights themselves (straight through: Y. Bengio et al., arXiv:1308.3432). The
//! rounding is that of the folded weights, so each channel's grid is scaled by its fold.

use super::linear::LinearLayer;
use super::network::{TrainNetwork, summed};
use crate::net::quantised::Scale;
use crate::rng::{self, Domain, Normal};
use std::ops::RangeInclusive;

/// Ranges of thresholds and leaks, a little within those of network files.
const THRESHOLDS: RangeInclusive<f32> = 1.001e-3..=999.0;
const LEAKS: RangeInclusive<f32> = 1.0 / 4096.0..=1.0;
/// Smallest scale of batch norm where signs are given.
const LEAST_GAMMA: f32 = 0.01;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rounding {
    pub(super) bits: u32,
    pub(super) scale: Scale,
}

/// Disturbance of weights: normal draws, in units of the largest weight that shares their scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Disturbance {
    pub(super) sigma: f64,
    pub(super) seed: u64,
    /// Number of the training step: each has different draws.
    pub(super) step: u64,
}

/// Rounding and disturbance of a layer's weights.
struct WeightGrid {
    /// Factor that a fold applies to each output channel's weights.
    ratios: Vec<f32>,
    /// Largest folded weight by output channel, or its substitute.
    largest: Vec<f32>,
    /// Mean magnitude of a folded weight by output channel.
    mean: Vec<f32>,
}

impl TrainNetwork {
    /// Recomputes the shadows of all spiking layers; the output layer's once all layers under it spike.
    pub(super) fn cast_shadows(&mut self, rounding: Option<Rounding>, disturbance: Option<Disturbance>) {
        for index in 0..self.hidden.len() {
            let share = self.per_step(index);
            let layer = &mut self.hidden[index];
            if !layer.spiking {
                layer.shadow = None;
                continue;
            }
            let scale = summed(&layer.linear) * share;
            let ratios = layer.norm.folded().ratio.iter().map(|ratio| ratio * scale).collect();
            // The weight of an added spike is a threshold, and shares the scale.
            let least = if layer.skip.is_some() { layer.threshold() } else { 0.0 };
            let together = rounding.is_none_or(|rounding| rounding.scale == Scale::Layer);
            let grid = WeightGrid::new(&layer.linear, &layer.weight.value, ratios, least, together);
            let disturbance = disturbance.map(|disturbance| (disturbance, index as u64));
            layer.shadow = Some(grid.shadow(&layer.weight.value, layer.kept.as_deref(), rounding, disturbance));
        }
        let output = &mut self.output;
        if self.hidden.iter().any(|layer| !layer.spiking) {
            output.shadow = None;
            return;
        }
        let ratios = vec![summed(&output.linear); output.linear.geometry.width];
        let grid = WeightGrid::new(&output.linear, &output.weight.value, ratios, 0.0, true);
        let disturbance = disturbance.map(|disturbance| (disturbance, self.hidden.len() as u64));
        output.shadow = Some(grid.shadow(&output.weight.value, output.kept.as_deref(), rounding, disturbance));
    }

    /// Leaves each neuron at most `most` inputs, the strongest; except in the encoding layer, which has no synapses.
    pub(super) fn limit_fan_in(&mut self, most: usize) {
        for index in 0..=self.hidden.len() {
            self.limit_fan_in_of(index, most);
        }
    }

    /// Limits the fan-in of one layer; the output layer is the one after all hidden ones.
    pub(super) fn limit_fan_in_of(&mut self, index: usize, most: usize) {
        if self.encodes(index) {
            return;
        }
        if let Some(layer) = self.hidden.get_mut(index) {
            let added = usize::from(layer.skip.is_some());
            layer.kept = strongest(&layer.linear, &mut layer.weight.value, most.saturating_sub(added));
            return;
        }
        let output = &mut self.output;
        output.kept = strongest(&output.linear, &mut output.weight.value, most);
    }

    /// Keeps learned thresholds and leaks in their ranges.
    pub(super) fn keep_ranges(&mut self) {
        if !self.stepwise {
            return;
        }
        for layer in &mut self.hidden {
            for (values, range) in [(&mut layer.threshold.value, &THRESHOLDS), (&mut layer.leak.value, &LEAKS)] {
                values.iter_mut().for_each(|value| *value = value.clamp(*range.start(), *range.end()));
            }
        }
    }

    /// Reverts the step on weights that a limit has removed, or that have left the sign of their source.
    pub(super) fn keep_limits(&mut self) {
        for layer in &mut self.hidden {
            let Some(signs) = &layer.signs else { continue };
            for (weight, sign) in layer.weight.value.iter_mut().zip(signs) {
                *weight = (*weight * sign).max(0.0) * sign;
            }
            // A scale below zero would turn all signs around.
            layer.norm.gamma.value.iter_mut().for_each(|gamma| *gamma = gamma.max(LEAST_GAMMA));
        }
        let hidden = self.hidden.iter_mut().map(|layer| (&mut layer.weight.value, &layer.kept));
        for (weights, kept) in hidden.chain([(&mut self.output.weight.value, &self.output.kept)]) {
            for (weight, kept) in weights.iter_mut().zip(kept.iter().flatten()) {
                *weight *= kept;
            }
        }
    }
}

/// Zeroes all but the strongest weights of each output channel; nothing if all of them may stay.
fn strongest(linear: &LinearLayer, weights: &mut [f32], most: usize) -> Option<Vec<f32>> {
    let geometry = &linear.geometry;
    let (width, rows) = (geometry.width, geometry.rows());
    let each = geometry.pool.map_or(1, |pool| (pool.window[0] * pool.window[1]) as usize);
    let most = most / each;
    if rows <= most {
        return None;
    }
    let mut kept = vec![0.0; weights.len()];
    for channel in 0..width {
        let mut order: Vec<usize> = (0..rows).collect();
        let strength = |row: &usize| weights[row * width + channel].abs();
        // Equals in the order of their rows, to be deterministic.
        order.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
        order.iter().take(most).for_each(|row| kept[row * width + channel] = 1.0);
    }
    weights.iter_mut().zip(&kept).for_each(|(weight, kept)| *weight *= kept);
    Some(kept)
}

impl WeightGrid {
    /// `least` is a lower bound on the largest weight; `together`: all channels share their largest weight.
    fn new(linear: &LinearLayer, weights: &[f32], ratios: Vec<f32>, least: f32, together: bool) -> Self {
        let width = linear.geometry.width;
        let (mut largest, mut mean) = (vec![least; width], vec![0f32; width]);
        for row in weights.chunks(width) {
            for (channel, weight) in row.iter().enumerate() {
                let folded = (weight * ratios[channel]).abs();
                largest[channel] = largest[channel].max(folded);
                mean[channel] += folded;
            }
        }
        let rows = (weights.len() / width).max(1) as f32;
        mean.iter_mut().for_each(|sum| *sum /= rows);
        if together {
            let most = largest.iter().copied().fold(0.0, f32::max);
            let middle = mean.iter().sum::<f32>() / width as f32;
            largest.fill(most);
            mean.fill(middle);
        }
        Self { ratios, largest, mean }
    }

    fn shadow(
        &self,
        weights: &[f32],
        kept: Option<&[f32]>,
        rounding: Option<Rounding>,
        disturbance: Option<(Disturbance, u64)>,
    ) -> Vec<f32> {
        let mut shadow = weights.to_vec();
        if let Some(Rounding { bits, .. }) = rounding {
            self.round(bits, &mut shadow);
        }
        if let Some((disturbance, layer)) = disturbance {
            self.disturb(disturbance, layer, &mut shadow);
        }
        for (value, kept) in shadow.iter_mut().zip(kept.into_iter().flatten()) {
            *value *= kept;
        }
        shadow
    }

    /// The nearest weight with that number of bits; with one bit its sign times the mean magnitude.
    fn round(&self, bits: u32, weights: &mut [f32]) {
        let most = ((1u32 << (bits - 1)) - 1) as f32;
        let width = self.ratios.len();
        let unit = |channel: usize| self.largest[channel] / most / self.ratios[channel];
        let size = |channel: usize| self.mean[channel] / self.ratios[channel];
        for row in weights.chunks_mut(width) {
            for (channel, weight) in row.iter_mut().enumerate().filter(|(channel, _)| self.ratios[*channel] != 0.0) {
                if bits == 1 {
                    // The sign that counts is the folded weight's; the division by the ratio restores it.
                    let positive = *weight * self.ratios[channel] >= 0.0;
                    *weight = if positive { size(channel) } else { -size(channel) };
                } else if unit(channel) != 0.0 {
                    *weight = (*weight / unit(channel)).round() * unit(channel);
                }
            }
        }
    }

    fn disturb(&self, disturbance: Disturbance, layer: u64, weights: &mut [f32]) {
        let Disturbance { sigma, seed, step } = disturbance;
        let (normal, key) = (Normal::new(), rng::key(seed, Domain::Disturbance, rng::mix(step) ^ layer));
        let width = self.ratios.len();
        for (index, weight) in weights.iter_mut().enumerate() {
            let channel = index % width;
            if self.ratios[channel] != 0.0 {
                let draw = normal.draw_real(rng::mix(key ^ index as u64)) * sigma;
                *weight += draw as f32 * self.largest[channel] / self.ratios[channel].abs();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::tests::{digits_mlp, everything};

    /// Folded shadows equal the export of the folded weights.
    #[test]
    fn shadows_are_what_the_export_rounds_to() {
        for architecture in [digits_mlp(), everything()] {
            for bits in [1, 2, 3, 4, 5, 8] {
                let skips = architecture.stages().iter().any(|stage| stage.skip.is_some());
                if bits == 1 && skips {
                    continue;
                }
                let mut network = TrainNetwork::new(&architecture, 4, 3);
                for (index, layer) in network.hidden.iter_mut().enumerate() {
                    for (channel, gamma) in layer.norm.gamma.value.iter_mut().enumerate() {
                        *gamma = [0.5, -1.5, 0.75][(channel + index) % 3];
                    }
                }
                let scale = Scale::for_bits(bits);
                network.cast_shadows(Some(Rounding { bits, scale }), None);
                let spec = crate::net::QuantSpec { time_steps: 4, weight_bits: bits, membrane_bits: 24, scale };
                let stages = architecture.stages();
                let exported = network.fold(&architecture, stages.clone(), 16).quantise(spec);
                for layer in &mut network.hidden {
                    layer.weight.value = layer.shadow.take().expect("cast above");
                }
                network.output.weight.value = network.output.shadow.take().expect("cast above");
                let again = network.fold(&architecture, stages, 16).quantise(spec);
                for (exported, again) in exported.layers.iter().zip(&again.layers) {
                    let differing = exported.weight.iter().zip(&again.weight).filter(|(a, b)| a != b).count();
                    // A weight halfway between two may be rounded to either by a rounding error.
                    assert!(differing * 200 <= exported.weight.len(), "{} at {bits} bits: {differing}", exported.name);
                }
            }
        }
    }

    #[test]
    fn disturbances_have_their_size_and_change_with_the_step() {
        let mut network = TrainNetwork::new(&digits_mlp(), 4, 3);
        let draw = |network: &mut TrainNetwork, step| {
            network.cast_shadows(None, Some(Disturbance { sigma: 0.1, seed: 5, step }));
            network.hidden[0].shadow.clone().expect("cast above")
        };
        let (first, again, other) = (draw(&mut network, 1), draw(&mut network, 1), draw(&mut network, 2));
        assert_eq!(first, again);
        assert_ne!(first, other);
        let weights = &network.hidden[0].weight.value;
        let largest = weights.iter().fold(0f32, |m, w| m.max(w.abs()));
        let variance = first.iter().zip(weights).map(|(a, b)| f64::from((a - b) / largest).powi(2)).sum::<f64>()
            / weights.len() as f64;
        // 4096 draws: the standard deviation of their variance is 0.022 of it.
        assert!((variance / 0.01 - 1.0).abs() < 0.1, "{variance}");
    }

    #[test]
    fn a_limited_fan_in_keeps_the_strongest() {
        let mut network = TrainNetwork::new(&digits_mlp(), 4, 3);
        let before = network.hidden[1].weight.value.clone();
        network.limit_fan_in(20);
        assert!(network.hidden[0].kept.is_none());
        let width = network.hidden[1].linear.geometry.width;
        for channel in 0..width {
            let column = |values: &[f32]| -> Vec<f32> { values.iter().skip(channel).step_by(width).copied().collect() };
            let (old, new) = (column(&before), column(&network.hidden[1].weight.value));
            assert_eq!(new.iter().filter(|w| **w != 0.0).count(), 20);
            let weakest = new.iter().filter(|w| **w != 0.0).fold(f32::MAX, |m, w| m.min(w.abs()));
            assert!(old.iter().zip(&new).all(|(old, new)| *new == *old || (*new == 0.0 && old.abs() <= weakest)));
        }
    }
}
