//! Comparison of a spiking network with its non-spiking twin, layer by layer and by the number of time steps.
//!
//! The same real weights w', biases b' and threshold θ, for T steps, T0 being those of the training:
//!
//! ```text
//! k      = T / T0                                       biases are k b': all sums grow with T alike
//! V_free = Σ w' c + θ c_skip + k b'                     c: counts of the layer below; encoding layer: T x; of spike trains their counts
//! a      = max(V_free, 0) / θ                           the twin; with a half start min(max(⌊V_free / θ + 1/2⌋, 0), T)
//! twin   : a is passed on instead of c, from layer to layer
//! ```
//!
//! Only the spiking network has a leak. For T = T0 this is the exported network. The correlations are between a, from
//! the real counts of the layer below, and c: over all neurons and samples of a layer. After the ablations of J. Wu et
//! al., IEEE TNNLS 2021, doi:10.1109/TNNLS.2021.3095724.
//!
//! Plain loops over the integer network's reference and over real numbers, without code of the trainer. The results do
//! not depend on the number of threads.

mod moments;
mod pair;
mod real;
#[cfg(test)]
mod tests;

pub use moments::Moments;

use super::parallel::Threads;
use crate::data::{SampleTarget, Split};
use crate::net::quantised::OutputErrors;
use crate::net::reference;
use crate::net::{Folded, QuantSpec};
use pair::TwinPair;

/// The networks to compare.
#[derive(Clone, Copy, Debug)]
pub struct Ablation<'a> {
    /// The network in real numbers.
    pub folded: &'a Folded,
    /// Quantisation of the integer network.
    pub spec: QuantSpec,
    /// Samples, of which the first are used.
    pub split: &'a Split,
    /// Number of samples.
    pub samples: usize,
    /// Threads to work on; changes no result.
    pub threads: usize,
}

/// Accuracy or error of outputs over all samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Number of samples.
    pub samples: u64,
    /// Correctly classified samples; 0 if outputs are no classes.
    pub correct: u64,
    /// If outputs are no classes: how far they are from what they should be, over all samples, in units of numbers of 0 to
    /// 1.
    pub errors: OutputErrors,
    /// Outputs of a sample.
    pub outputs: u64,
}

impl Score {
    /// Share of correct classes, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.samples.max(1) as f64
    }

    /// Mean squared error of an output.
    pub fn mean_squared_error(&self) -> f64 {
        self.errors.squared / (self.samples * self.outputs).max(1) as f64
    }

    /// Mean absolute error of an output.
    pub fn mean_absolute_error(&self) -> f64 {
        self.errors.absolute / (self.samples * self.outputs).max(1) as f64
    }

    /// Peak signal-to-noise ratio (dB) for inputs of 0 to 1; infinite without an error.
    pub fn psnr_db(&self) -> f64 {
        -10.0 * self.mean_squared_error().log10()
    }

    fn merge(&mut self, other: &Self) {
        self.samples += other.samples;
        self.correct += other.correct;
        self.errors.add(other.errors);
    }
}

/// The classes that the networks give to a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The sample's own class.
    pub label: u8,
    /// That of the integer network.
    pub spiking: u8,
    /// That of the twin.
    pub twin: u8,
}

/// One layer at one number of time steps.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerPoint {
    /// The name.
    pub name: String,
    /// Neurons.
    pub neurons: u64,
    /// Spikes of its neurons over all samples.
    pub spikes: u64,
    /// Spikes that reached its synapses over all samples; 0 for the encoding layer, which computes products instead.
    pub synaptic_operations: u64,
    /// Multiply-accumulates of its twin per sample.
    pub macs: u64,
    /// Whether it is the encoding layer, which reads values.
    pub encodes: bool,
    /// Moments of the twin's activations and the spike counts; none for the output layer.
    pub moments: Option<Moments>,
}

/// The networks at one number of time steps.
#[derive(Clone, Debug, PartialEq)]
pub struct AblationPoint {
    /// Time steps T.
    pub time_steps: u32,
    /// The integer network.
    pub spiking: Score,
    /// The twin, in real numbers.
    pub twin: Score,
    /// The integer network with biases as trained, as `run` makes it for fewer time steps.
    pub plain: Score,
    /// Results by layer.
    pub layers: Vec<LayerPoint>,
    /// Results by sample, in their order; none if outputs are no classes.
    pub answers: Vec<Answer>,
}

impl AblationPoint {
    /// Spikes per hidden neuron and inference.
    pub fn spikes_per_neuron(&self) -> f64 {
        let hidden: u64 = self.layers.iter().filter(|layer| layer.moments.is_some()).map(|layer| layer.neurons).sum();
        let spikes: u64 = self.layers.iter().map(|layer| layer.spikes).sum();
        spikes as f64 / (hidden * self.spiking.samples).max(1) as f64
    }

    /// Synaptic operations per inference, without the encoding.
    pub fn synaptic_operations(&self) -> f64 {
        let all: u64 = self.layers.iter().map(|layer| layer.synaptic_operations).sum();
        all as f64 / self.spiking.samples.max(1) as f64
    }

    /// Multiply-accumulates of the twin per inference, without those of the encoding layer.
    pub fn macs(&self) -> u64 {
        self.layers.iter().filter(|layer| !layer.encodes).map(|layer| layer.macs).sum()
    }
}

/// What a network that knows no classes should give for a sample, and what it gives: values of about 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// What it should give.
    pub original: Vec<f64>,
    /// Reconstruction by the integer network.
    pub spiking: Vec<f64>,
    /// Reconstruction by its twin.
    pub twin: Vec<f64>,
}

/// Samples per task: fixed, so that sums of real numbers do not depend on the number of threads.
const BLOCK: usize = 16;

impl Ablation<'_> {
    /// Compares the networks at `time_steps`.
    pub fn point(&self, time_steps: u32) -> AblationPoint {
        let pair = TwinPair::new(self, time_steps, true);
        let mut point = self.sum(&pair);
        if time_steps != self.spec.time_steps {
            point.plain = self.sum(&TwinPair::new(self, time_steps, false)).spiking;
        } else {
            point.plain = point.spiking;
        }
        point
    }

    /// Outputs for the first samples of a network that knows no classes, at the time steps of the training.
    pub fn pictures(&self, count: usize) -> Vec<Picture> {
        let pair = TwinPair::new(self, self.spec.time_steps, true);
        let picture = |index| {
            let (pixels, _) = self.split.sample(index);
            let outcome = reference::layered(&pair.spiking, pixels);
            let original = match self.split.target(self.folded.target, index, self.folded.full_scale) {
                SampleTarget::Class(_) => Vec::new(),
                SampleTarget::Numbers(wanted) => wanted.shares().collect(),
            };
            Picture { original, spiking: pair.outputs(&outcome), twin: pair.twin(pixels) }
        };
        (0..count.min(self.split.len())).map(picture).collect()
    }

    fn sum(&self, pair: &TwinPair) -> AblationPoint {
        let samples = self.samples.min(self.split.len());
        let mut parts = vec![pair.nothing(); samples.div_ceil(BLOCK)];
        let macs: u64 = pair.real.folded.stages.iter().map(|stage| stage.op.macs()).sum();
        let tasks = parts.iter_mut().enumerate().collect();
        Threads::new(self.threads).for_each(
            samples * macs as usize,
            tasks,
            |(block, part): (usize, &mut AblationPoint)| {
                for index in block * BLOCK..((block + 1) * BLOCK).min(samples) {
                    let wanted = self.split.target(self.folded.target, index, self.folded.full_scale);
                    pair.note(self.split.sample(index).0, wanted, part);
                }
            },
        );
        let mut sum = pair.nothing();
        parts.iter().for_each(|part| merge(&mut sum, part));
        sum
    }
}

fn merge(sum: &mut AblationPoint, part: &AblationPoint) {
    sum.spiking.merge(&part.spiking);
    sum.twin.merge(&part.twin);
    sum.answers.extend_from_slice(&part.answers);
    for (sum, part) in sum.layers.iter_mut().zip(&part.layers) {
        sum.spikes += part.spikes;
        sum.synaptic_operations += part.synaptic_operations;
        if let (Some(sum), Some(part)) = (&mut sum.moments, &part.moments) {
            sum.merge(part);
        }
    }
}
