//! A spiking network and its twin, run side by side on samples.

use super::real::Real;
use super::{Ablation, AblationPoint, Answer, LayerPoint, Moments, Score};
use crate::data::SampleTarget;
use crate::net::architecture::Stage;
use crate::net::quantised::{OutputErrors, QuantisedLayer};
use crate::net::reference::{self, LayeredOutcome};
use crate::net::{Layered, QuantSpec};

/// The integer network and its twin at one number of time steps.
pub(super) struct TwinPair {
    pub(super) spiking: Layered,
    pub(super) real: Real,
    /// k, the ratio of the outputs to those of the training.
    growth: f64,
    /// Synapses into each layer by the neuron, or the input, that they leave; empty for the encoding layer.
    fan_out: Vec<Vec<u64>>,
    /// The layer whose spikes are added, by layer: one synapse per neuron.
    skips: Vec<Option<usize>>,
}

impl TwinPair {
    /// Biases grow with T if `grows`, else they stay.
    pub(super) fn new(comparison: &Ablation<'_>, time_steps: u32, grows: bool) -> Self {
        let trained = comparison.spec.time_steps;
        let growth = if grows { f64::from(time_steps) / f64::from(trained) } else { 1.0 };
        let mut folded = comparison.folded.clone();
        if time_steps != trained && grows {
            let biases = folded.layers.iter_mut().flat_map(|layer| &mut layer.bias);
            biases.for_each(|bias| *bias = (f64::from(*bias) * growth) as f32);
        }
        let spiking = folded.quantise(QuantSpec { time_steps, ..comparison.spec });
        let off_chip = spiking.encoding.layers_off_chip();
        let fan_out = |(index, layer)| if index < off_chip { Vec::new() } else { fan_out_of(layer) };
        let fan_out = spiking.layers.iter().enumerate().map(fan_out).collect();
        let skips = folded.stages.iter().map(|stage| stage.skip).collect();
        Self { spiking, real: Real { folded, time_steps }, growth, fan_out, skips }
    }

    pub(super) fn nothing(&self) -> AblationPoint {
        let stages = &self.real.folded.stages;
        let last = stages.len() - 1;
        let score = Score { outputs: stages[last].op.outputs() as u64, ..Score::default() };
        let layer = |(index, stage): (usize, &Stage)| LayerPoint {
            name: stage.name.clone(),
            neurons: stage.op.outputs() as u64,
            spikes: 0,
            synaptic_operations: 0,
            macs: stage.op.macs(),
            encodes: index < self.spiking.encoding.layers_off_chip(),
            moments: (index < last).then(Moments::default),
        };
        let layers = stages.iter().enumerate().map(layer).collect();
        AblationPoint {
            time_steps: self.real.time_steps,
            spiking: score,
            twin: score,
            plain: score,
            layers,
            answers: Vec::new(),
        }
    }

    /// Runs both on a sample and adds their results.
    pub(super) fn note(&self, pixels: &[u8], wanted: SampleTarget<'_>, part: &mut AblationPoint) {
        let outcome = reference::layered(&self.spiking, pixels);
        let (outputs, twin) = (self.outputs(&outcome), self.twin(pixels));
        score(&outputs, wanted, &mut part.spiking);
        score(&twin, wanted, &mut part.twin);
        if let SampleTarget::Class(label) = wanted {
            part.answers.push(Answer { label, spiking: class(&outputs) as u8, twin: class(&twin) as u8 });
        }
        let (counts, incoming) = (self.counts(&outcome), self.real.encoded(pixels));
        for (index, layer) in part.layers.iter_mut().enumerate() {
            layer.spikes += counts[index].iter().map(|count| *count as u64).sum::<u64>();
            let below = index.checked_sub(1).map_or(&incoming, |below| &counts[below]);
            layer.synaptic_operations += self.arriving(index, below, &counts);
            if let Some(moments) = &mut layer.moments {
                let activations = self.real.layer(index, below, &counts);
                activations.iter().zip(&counts[index]).for_each(|(a, c)| moments.add(*a, *c));
            }
        }
    }

    /// Synaptic operations into a layer.
    fn arriving(&self, index: usize, below: &[f64], counts: &[Vec<f64>]) -> u64 {
        let through: u64 = below.iter().zip(&self.fan_out[index]).map(|(c, synapses)| *c as u64 * synapses).sum();
        let skipped = self.skips[index].map_or(0, |from| counts[from].iter().map(|c| *c as u64).sum());
        through + skipped
    }

    fn counts(&self, outcome: &LayeredOutcome) -> Vec<Vec<f64>> {
        let mut all = outcome.counts.iter().map(|count| f64::from(*count));
        let layers = self.spiking.layers.iter();
        layers.map(|layer| all.by_ref().take(layer.op.outputs()).collect()).collect()
    }

    /// The integer network's outputs in the units of the training.
    pub(super) fn outputs(&self, outcome: &LayeredOutcome) -> Vec<f64> {
        outcome.outputs.iter().map(|v| f64::from(*v) / self.spiking.output_scale / self.growth).collect()
    }

    /// The twin's outputs in the same units.
    pub(super) fn twin(&self, pixels: &[u8]) -> Vec<f64> {
        self.real.outputs(pixels).iter().map(|v| v / self.growth).collect()
    }
}

fn score(outputs: &[f64], wanted: SampleTarget<'_>, score: &mut Score) {
    score.samples += 1;
    match wanted {
        SampleTarget::Class(label) => score.correct += u64::from(class(outputs) == usize::from(label)),
        SampleTarget::Numbers(wanted) => {
            score.errors.add(OutputErrors::between(outputs.iter().copied(), wanted.shares()));
        }
    }
}

/// The first of the largest outputs.
fn class(outputs: &[f64]) -> usize {
    let largest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    outputs.iter().position(|v| *v == largest).unwrap_or(0)
}

/// Synapses that leave each input.
fn fan_out_of(layer: &QuantisedLayer) -> Vec<u64> {
    let synapses = |input| {
        let mut count = 0;
        layer.for_each_synapse(input, |_, _| count += 1);
        count
    };
    (0..layer.op.inputs()).map(synapses).collect()
}
