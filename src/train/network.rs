//! The network during training: parameters, their initial values, and their folded form.

pub(super) mod chip;

use super::adam::Parameter;
use super::learned::Learned;
use super::linear::LinearLayer;
use super::norm::Norm;
use crate::net::Architecture;
use crate::net::architecture::{Activation, ByLayer, Firing, LinearOp, Shape, Stage};
use crate::net::deployed::source_sign;
use crate::net::input::Encoding;
use crate::net::quantised::{Folded, FoldedLayer};
use crate::rng::{self, Domain};
use chip::ChipHalf;
use rand::Rng;

/// Initial scale of the normalised sums. Tried on Fashion-MNIST, one seed: 2 and 3 fire two to four times as often for
/// a validation accuracy within the noise, and so does an offset of half a threshold.
const GAMMA: f32 = 1.0;
/// Initial offset of the normalised sums.
const BETA: f32 = 0.0;

/// A hidden layer: a linear operation without bias, batch norm, integrate-and-fire neurons.
#[derive(Clone, Debug)]
pub(super) struct Hidden {
    pub(super) linear: LinearLayer,
    /// `[tap][input channel][output channel]`; see [`super::geometry`].
    pub(super) weight: Parameter,
    pub(super) norm: Norm,
    /// Firing threshold of its neurons, one value.
    pub(super) threshold: Parameter,
    /// Share of a membrane that remains after a step, one value of 0 to 1.
    pub(super) leak: Parameter,
    /// Earlier layer whose spikes are added to the normalised sums, each worth one threshold.
    pub(super) skip: Option<usize>,
    /// Whether it passes on counts of spikes, as in the tandem rule, or else its twin's activations.
    pub(super) spiking: bool,
    /// Whether its parameters are fixed.
    pub(super) frozen: bool,
    /// Price of a spike in the loss, per sample of the batch.
    pub(super) spike_price: f32,
    /// The weights that both branches use instead of the trained ones: rounded, or disturbed.
    pub(super) shadow: Option<Vec<f32>>,
    /// 1 for the weights that a limit on the fan-in has kept, 0 for the others.
    pub(super) kept: Option<Vec<f32>>,
    /// The sign of each weight, where that of its source is given.
    pub(super) signs: Option<Vec<f32>>,
}

/// The output layer: a linear operation with bias, which never fires. Of spiking outputs their counts, which are not
/// trained.
#[derive(Clone, Debug)]
pub(super) struct OutputLayer {
    pub(super) linear: LinearLayer,
    pub(super) weight: Parameter,
    pub(super) bias: Parameter,
    pub(super) shadow: Option<Vec<f32>>,
    pub(super) kept: Option<Vec<f32>>,
    /// Whether it gives the counts of the last hidden layer, and is not trained.
    pub(super) counts: bool,
}

/// All layers. The first hidden one encodes, unless it reads spike trains.
#[derive(Clone, Debug)]
pub(super) struct TrainNetwork {
    pub(super) input: Shape,
    /// Encoding of a sample for the first layer.
    pub(super) encoding: Encoding,
    pub(super) hidden: Vec<Hidden>,
    pub(super) output: OutputLayer,
    pub(super) activation: Activation,
    pub(super) steps: usize,
    /// Whether weights of an encoding layer, and biases of hidden ones, are those of a step, not of all steps.
    pub(super) stepwise: bool,
    /// What is learned, by a rule that learns thresholds and leaks; by the others weights alone.
    pub(super) learned: Option<Learned>,
    /// The integers of the spiking half, if it has a chip's neuron.
    pub(super) chip: Option<ChipHalf>,
}

impl Hidden {
    pub(super) fn threshold(&self) -> f32 {
        self.threshold.value[0]
    }

    pub(super) fn leak(&self) -> f32 {
        self.leak.value[0]
    }
}

impl OutputLayer {
    /// The counts of spiking outputs.
    fn counting(outputs: Shape) -> Self {
        let count = outputs.neurons() as u32;
        let linear = LinearLayer::new(&LinearOp::dense(count, count), Shape::flat(count));
        let mut weight = vec![0.0; (count * count) as usize];
        weight.iter_mut().step_by(count as usize + 1).for_each(|weight| *weight = 1.0);
        let bias = Parameter::new(vec![0.0; count as usize]);
        Self { linear, weight: Parameter::new(weight), bias, shadow: None, kept: None, counts: true }
    }

    /// Weights that both branches use.
    pub(super) fn weights(&self) -> &[f32] {
        self.shadow.as_ref().unwrap_or(&self.weight.value)
    }
}

impl TrainNetwork {
    /// A network with random weights from the seed.
    pub(super) fn new(architecture: &Architecture, steps: u32, seed: u64) -> Self {
        let stages = architecture.stages();
        let mut below = architecture.input;
        let mut layers = stages.iter().enumerate().map(|(index, stage)| {
            let linear = LinearLayer::new(&stage.op, below);
            below = stage.output;
            let weight = by_rows(&linear, &first_weights(&stage.op, seed, index as u64));
            (linear, Parameter::new(weight), stage)
        });
        // Output neurons that spike are a layer like the others, whose counts are the outputs.
        let only_integrates = usize::from(!architecture.neuron.outputs_spike());
        let hidden = layers.by_ref().take(stages.len() - only_integrates).enumerate();
        let hidden = hidden.map(|(index, (linear, mut weight, stage))| Hidden {
            signs: (architecture.neuron.signed_sources() && index > 0)
                .then(|| signed(&linear, stage, &mut weight.value)),
            linear,
            weight,
            norm: Norm::new(stage.op.channels(), GAMMA, BETA),
            threshold: Parameter::new(vec![architecture.firing(index).threshold as f32]),
            leak: Parameter::new(vec![architecture.firing(index).leak as f32]),
            skip: stage.skip,
            spiking: true,
            frozen: false,
            spike_price: 0.0,
            shadow: None,
            kept: None,
        });
        let hidden = hidden.collect();
        let output = match layers.next() {
            Some((linear, weight, stage)) => {
                let bias = Parameter::new(vec![0.0; stage.op.channels()]);
                OutputLayer { linear, weight, bias, shadow: None, kept: None, counts: false }
            }
            None => OutputLayer::counting(below),
        };
        Self {
            input: architecture.input,
            encoding: architecture.encoding,
            hidden,
            output,
            activation: architecture.training.activation,
            steps: steps as usize,
            stepwise: false,
            learned: None,
            chip: None,
        }
    }

    /// All parameters that are trained now, in a fixed order.
    pub(super) fn parameters(&mut self) -> impl Iterator<Item = &mut Parameter> {
        let Learned { weights, threshold, leak } = match self.learned {
            Some(learned) if self.stepwise => learned,
            _ => Learned::WEIGHTS,
        };
        let hidden = self.hidden.iter_mut().filter(|h| !h.frozen);
        // With fixed statistics, a scale would only duplicate the effect of the weights.
        let hidden = hidden.flat_map(move |h| {
            let gamma = (!h.norm.fixed).then_some(&mut h.norm.gamma);
            let of_sums = [Some(&mut h.weight), gamma, Some(&mut h.norm.beta)].into_iter().flatten();
            let of_neurons = [threshold.then_some(&mut h.threshold), leak.then_some(&mut h.leak)].into_iter().flatten();
            of_sums.filter(move |_| weights).chain(of_neurons)
        });
        let OutputLayer { weight, bias, counts, .. } = &mut self.output;
        let is_trained = weights && !*counts;
        hidden.chain([weight, bias].into_iter().filter(move |_| is_trained))
    }

    /// All parameters that can be trained, in a fixed order.
    pub(super) fn all_parameters(&mut self) -> impl Iterator<Item = &mut Parameter> {
        let learns = self.learned.is_some();
        let hidden = self.hidden.iter_mut().flat_map(move |h| {
            let of_neurons = [&mut h.threshold, &mut h.leak].into_iter().filter(move |_| learns);
            [&mut h.weight, &mut h.norm.gamma, &mut h.norm.beta].into_iter().chain(of_neurons)
        });
        hidden.chain([&mut self.output.weight, &mut self.output.bias])
    }

    /// Weights and biases with batch norm's running statistics folded in.
    pub(super) fn fold(&self, architecture: &Architecture, stages: Vec<Stage>, full_scale: u32) -> Folded {
        let mut layers: Vec<FoldedLayer> = self
            .hidden
            .iter()
            .enumerate()
            .map(|(index, layer)| self.fold_layer(index, layer, &layer.weight.value))
            .collect();
        if !self.output.counts {
            layers.push(self.fold_output());
        }
        Folded {
            stages,
            layers,
            input: architecture.input,
            encoding: architecture.encoding,
            frames: architecture.frames,
            full_scale,
            neuron: architecture.neuron,
            threshold: architecture.threshold,
            leak: architecture.leak,
            own: self.own(architecture),
            half_start: self.activation == Activation::Qcfs,
            target: architecture.target,
        }
    }

    /// Thresholds and leaks of the layers: learned ones, or those of the network's file.
    fn own(&self, architecture: &Architecture) -> ByLayer<Firing> {
        let mut own = architecture.own.clone();
        if self.stepwise {
            let firing = |h: &Hidden| Firing { threshold: h.threshold().into(), leak: h.leak().into() };
            self.hidden.iter().enumerate().for_each(|(index, layer)| own.set(index, firing(layer)));
        }
        own
    }

    /// The output layer, which has no batch norm.
    pub(super) fn fold_output(&self) -> FoldedLayer {
        let OutputLayer { linear, weight, bias, kept, .. } = &self.output;
        let weight = in_own_order(linear, &weight.value, |_| summed(linear));
        FoldedLayer { weight, bias: bias.value.clone(), pruned: kept.is_some() }
    }

    /// A hidden layer with these weights, its running statistics folded in.
    pub(super) fn fold_layer(&self, index: usize, layer: &Hidden, weight: &[f32]) -> FoldedLayer {
        let affine = layer.norm.folded();
        let scale = summed(&layer.linear) * self.per_step(index);
        let weight = in_own_order(&layer.linear, weight, |channel| affine.ratio[channel] * scale);
        let steps = if self.stepwise { self.steps as f32 } else { 1.0 };
        let bias = affine.shift.iter().map(|shift| shift * steps).collect();
        FoldedLayer { weight, bias, pruned: layer.kept.is_some() }
    }

    /// Share of a layer's normalised sum per step: the encoding layer's input is spread over all steps.
    pub(super) fn per_step(&self, index: usize) -> f32 {
        if self.encodes(index) && !self.stepwise { 1.0 / self.steps as f32 } else { 1.0 }
    }

    /// Threshold of a layer; of an output layer, which only integrates, 1.
    pub(super) fn threshold_of(&self, index: usize) -> f32 {
        self.hidden.get(index).map_or(1.0, Hidden::threshold)
    }

    /// Whether a layer reads values, which are the same in all steps.
    pub(super) fn encodes(&self, index: usize) -> bool {
        index < self.encoding.layers_off_chip()
    }

    /// Whether a layer can read spikes step by step: those of the layer below, or of the sample.
    pub(super) fn spikes_below(&self, index: usize) -> bool {
        match index.checked_sub(1) {
            None => !self.encoding.is_off_chip(),
            Some(below) => self.hidden[below].spiking,
        }
    }
}

/// Factor for pooling: the trainer averages over a window, the network sums.
pub(super) fn summed(linear: &LinearLayer) -> f32 {
    linear.geometry.pool.map_or(1.0, |pool| 1.0 / (pool.window[0] * pool.window[1]) as f32)
}

/// Weights by rows from weights in the network's own order.
pub(super) fn by_rows(linear: &LinearLayer, weight: &[f32]) -> Vec<f32> {
    rows_of(linear, weight, |weight| weight)
}

/// Numbers by rows from others in the network's own order.
pub(super) fn rows_of<T: Copy>(linear: &LinearLayer, weight: &[T], to: impl Fn(T) -> f32) -> Vec<f32> {
    let mut rows = vec![0.0; weight.len()];
    linear.geometry.pair_up(|row, own, _| rows[row] = to(weight[own]));
    rows
}

/// Weights in the network's own order from weights by rows, multiplied with a factor for each output channel.
pub(super) fn in_own_order(linear: &LinearLayer, weight: &[f32], factor: impl Fn(usize) -> f32) -> Vec<f32> {
    let factors: Vec<f32> = (0..linear.geometry.width).map(factor).collect();
    let mut own_order = vec![0.0; weight.len()];
    linear.geometry.pair_up(|row, own, output| own_order[own] = weight[row] * factors[output]);
    own_order
}

/// The signs of weights by those of their sources; the weights take them.
fn signed(linear: &LinearLayer, stage: &Stage, weights: &mut [f32]) -> Vec<f32> {
    let (fan_in, taps) = (stage.op.fan_in(), stage.op.taps());
    let places: Vec<usize> = (0..weights.len()).collect();
    let signs = rows_of(linear, &places, |place| source_sign(place % fan_in, taps).into());
    weights.iter_mut().zip(&signs).for_each(|(weight, sign)| *weight = weight.abs() * sign);
    signs
}

/// Initial weights, uniform within 1 / sqrt(fan-in).
fn first_weights(op: &LinearOp, seed: u64, layer: u64) -> Vec<f32> {
    let mut stream = rng::stream(seed, Domain::Weights, layer);
    let range = 1.0 / (op.fan_in() as f32).sqrt();
    // A float holds 24 random bits exactly.
    let mut uniform = || (stream.next_u64() >> 40) as f32 / (1u32 << 23) as f32 - 1.0;
    (0..op.weights()).map(|_| range * uniform()).collect()
}
