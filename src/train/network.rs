//! The network while it is trained: parameters, their first values, and their folded form.

use super::adam::Parameter;
use super::linear::Linear;
use super::norm::Norm;
use crate::net::Architecture;
use crate::net::architecture::{Activation, LinearOp, Stage};
use crate::net::quantised::{Folded, FoldedLayer};
use crate::rng::{self, Domain};
use rand::Rng;

/// First scale of the normalised sums. Tried on Fashion-MNIST, one seed: 2 and 3 fire two to four times as often
/// for a validation accuracy within the noise, and so does an offset of half a threshold.
const GAMMA: f32 = 1.0;
/// First offset of the normalised sums.
const BETA: f32 = 0.0;

/// A hidden layer: a linear operation without bias, batch norm, integrate-and-fire neurons.
#[derive(Clone, Debug)]
pub(super) struct Hidden {
    pub(super) linear: Linear,
    pub(super) weight: Parameter,
    pub(super) norm: Norm,
}

/// The output layer: a linear operation with bias, which never fires.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub(super) linear: Linear,
    pub(super) weight: Parameter,
    pub(super) bias: Parameter,
}

/// All layers. The first hidden one encodes.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) hidden: Vec<Hidden>,
    pub(super) output: Output,
    /// Firing threshold.
    pub(super) threshold: f32,
    /// Time steps of an inference.
    pub(super) steps: usize,
}

impl Network {
    /// A network with weights drawn from the seed.
    pub(super) fn new(architecture: &Architecture, steps: u32, seed: u64) -> Self {
        let stages = architecture.stages();
        let (last, hidden) = stages.split_last().expect("an architecture has at least two stages");
        let weight = |index: usize, op: &LinearOp| Parameter::new(first_weights(op, seed, index as u64));
        let hidden = hidden.iter().enumerate().map(|(index, stage)| Hidden {
            linear: Linear::new(stage.op),
            weight: weight(index, &stage.op),
            norm: Norm::new(stage.op.channels(), GAMMA, BETA),
        });
        Self {
            hidden: hidden.collect(),
            output: Output {
                linear: Linear::new(last.op),
                weight: weight(stages.len() - 1, &last.op),
                bias: Parameter::new(vec![0.0; last.op.channels()]),
            },
            threshold: architecture.threshold as f32,
            steps: steps as usize,
        }
    }

    /// Everything that is trained, in a fixed order.
    pub(super) fn parameters(&mut self) -> impl Iterator<Item = &mut Parameter> {
        let hidden = self.hidden.iter_mut().flat_map(|h| [&mut h.weight, &mut h.norm.gamma, &mut h.norm.beta]);
        hidden.chain([&mut self.output.weight, &mut self.output.bias])
    }

    /// Weights and biases with batch norm's running statistics folded in.
    pub(super) fn fold(&self, architecture: &Architecture, stages: Vec<Stage>, full_scale: u32) -> Folded {
        let mut layers: Vec<FoldedLayer> = self.hidden.iter().map(fold_layer).collect();
        let Output { weight, bias, .. } = &self.output;
        layers.push(FoldedLayer { weight: weight.value.clone(), bias: bias.value.clone(), pruned: false });
        let Architecture { input, threshold, leak, target, .. } = *architecture;
        let half_start = architecture.training.activation == Activation::Qcfs;
        Folded { stages, layers, input, full_scale, threshold, leak, half_start, target }
    }
}

fn fold_layer(layer: &Hidden) -> FoldedLayer {
    let affine = layer.norm.folded();
    let rows = layer.weight.value.chunks(layer.linear.op.fan_in());
    let weight = rows.zip(&affine.ratio).flat_map(|(row, ratio)| row.iter().map(move |w| w * ratio));
    FoldedLayer { weight: weight.collect(), bias: affine.shift, pruned: false }
}

/// Uniform within 1 / sqrt(fan-in).
fn first_weights(op: &LinearOp, seed: u64, layer: u64) -> Vec<f32> {
    let mut stream = rng::stream(seed, Domain::Weights, layer);
    let range = 1.0 / (op.fan_in() as f32).sqrt();
    // 24 random bits are what a float holds exactly.
    let mut uniform = || (stream.next_u64() >> 40) as f32 / (1u32 << 23) as f32 - 1.0;
    (0..op.weights()).map(|_| range * uniform()).collect()
}
