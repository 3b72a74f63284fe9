//! What a report of a training tells, and how its figures are written.

use super::closing::Closing;
use crate::net::architecture::{Shape, Target};
use crate::train::ablation::{AblationPoint, Picture};

/// A trained network, compared with its twin.
#[derive(Clone, Debug)]
pub struct TrainingReport {
    /// The network's name.
    pub network: String,
    /// The data set's name.
    pub dataset: String,
    /// Citation and licence of the data.
    pub source: String,
    /// How the network was trained, in a line.
    pub made_by: String,
    /// Target of its outputs.
    pub target: Target,
    /// Shape of a sample.
    pub shape: Shape,
    /// Time steps T0 of the training.
    pub time_steps: u32,
    /// Bits of a weight.
    pub weight_bits: u32,
    /// Part of the data set that the points are of.
    pub part: &'static str,
    /// By the number of time steps.
    pub points: Vec<AblationPoint>,
    /// First samples of an autoencoder, with their reconstructions.
    pub pictures: Vec<Picture>,
    /// The final figures.
    pub closing: Closing,
}

impl TrainingReport {
    /// Samples that the points are of.
    pub fn samples(&self) -> u64 {
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
            "The figures by time steps are of the first {} samples of the {part} part; the {} part serves the final figures alone.",
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
