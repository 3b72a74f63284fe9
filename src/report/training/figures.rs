//! What a report of a training tells, and how its figures are written.

use super::closing::Closing;
use crate::net::architecture::{Shape, Target};
use crate::train::ablation::{AblationPoint, Answer, Picture};

/// A trained network, compared with its twin.
#[derive(Clone, Debug)]
pub(crate) struct TrainingReport {
    pub(crate) network: String,
    pub(crate) dataset: String,
    /// Citation and licence of the data.
    pub(crate) source: String,
    /// How the network was trained, in a line.
    pub(crate) made_by: String,
    pub(crate) target: Target,
    pub(crate) shape: Shape,
    /// Time steps T0 of the training.
    pub(crate) time_steps: u32,
    pub(crate) weight_bits: u32,
    /// Part of the data set that the points are of.
    pub(crate) part: &'static str,
    pub(crate) points: Vec<AblationPoint>,
    /// Images that the network should give for the first samples, and those that it gives.
    pub(crate) pictures: Vec<Picture>,
    /// The shape of those.
    pub(crate) picture_shape: Shape,
    /// What each epoch came to; none where the training left no history.
    pub(crate) epochs: Vec<TrainingEpoch>,
    /// The first samples that the integer network gets wrong.
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) closing: Closing,
}

/// An epoch of a training.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct TrainingEpoch {
    pub(crate) loss: f64,
    pub(crate) train_accuracy: Option<f64>,
    /// Of the integer network: accuracy, or mean squared error.
    pub(crate) validation: Option<f64>,
    /// Of the network in training, for a rule with stages.
    pub(crate) in_training: Option<f64>,
    pub(crate) spikes_per_neuron: f64,
}

/// A sample whose class the integer network does not find.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mistake {
    pub(crate) sample: usize,
    pub(crate) answer: Answer,
    /// Values of 0 to 1, where samples are images.
    pub(crate) image: Option<Vec<f64>>,
}

impl TrainingReport {
    pub(crate) fn samples(&self) -> u64 {
        self.points.first().map_or(0, |point| point.spiking.samples)
    }
}

/// Synaptic operations by multiply-accumulates of the twin, encoding apart.
pub(super) fn operations_ratio(point: &AblationPoint) -> Option<f64> {
    (point.macs() > 0).then(|| point.synaptic_operations() / point.macs() as f64)
}

pub(super) fn notes(report: &TrainingReport) -> Vec<String> {
    let (trained, part) = (report.time_steps, report.part);
    vec![
        format!(
            "The figures by time steps are of the first {} samples of the {part} part; the {} part is used for the final figures only.",
            report.samples(),
            report.closing.part
        ),
        format!(
            "Trained for T = {trained}. For another T all is quantised again from the real weights, with biases times T / {trained}, so \
             that all sums grow with T alike, as run --steps T does above {trained}; below it run makes what is called \"biases kept\"."
        ),
        "The twin gets the same weights in real numbers and passes its rectified activations on. Cosine and correlation are between \
         its activations, each from the real spike counts of the layer below, and the spike counts, over all neurons and samples."
            .into(),
        "Operations: spikes times synapses by multiply-accumulates of the twin; the encoding layer, which both compute as products, \
         is left out."
            .into(),
    ]
}
