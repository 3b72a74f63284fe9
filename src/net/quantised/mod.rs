//! The integer network: exported, run by the chip, and defined by the reference evaluator.
//!
//! From folded real weights w', biases b' and threshold θ, with `bits`-bit weights and T steps, trained for T0, per layer:
//!
//! ```text
//! S_c    = (2^(bits-1) - 1) / max|w'_c|        one scale per output channel c, or the same for all of a layer
//! w_q    = round(w' S_c)                       integer weights
//! F      = ceil(log2 T) for hidden layers, 0 for the output
//! θ_q    = max(1, round(θ S_c 2^F))            membrane units: 1/2^F weight units
//! B      = min(T, T0), of spike trains T       steps over which a bias is spread
//! b_q    = round(b' S_c 2^F / B)               hidden layers, added every step
//! b_q    = round(b' S_c 2^F R / B)             encoding layer, R = full scale of an input value
//! b_q    = round(b' S T / B)                   output layer, added once
//! k_q    = round(θ S_c)                        weight of an added layer's spikes
//! ```
//!
//! The output layer has one scale, because its membranes are compared. With one bit, w_q is the sign of w' (+1 for 0)
//! and S_c = 1 / mean|w'_c|. The scale of a channel is bounded so that θ_q is at most a sixteenth of the largest
//! membrane, and any scale so that k_q fits the bits of a weight.
//!
//! Values come in every step, so with more steps than T0 all sums grow by T/T0, and so do the biases: b_q stays the
//! same. With fewer steps the whole b' is kept: that compensates for some of the charge that is left in membranes at
//! the end. Spike trains are split into the steps, and have no more spikes with more steps.
//!
//! Of a sequence of frames T is the steps of one, over which its biases are spread: the output's is added once a frame.
//!
//! T additions of b_q miss b' T/B by at most T/2^(F+1) <= 1/2 weight unit. The encoding layer's current is
//! `floor((2 (2^F Σ w_q x + b_q) + R) / 2R)`: products rounded once, half up. With spike trains as samples, the first
//! layer is a hidden layer like the others. In each step a hidden membrane first decays to
//! `trunc(V (4096 - d) / 4096)`, d = round((1 - λ) 4096), and then integrates; it begins at 0, or at floor(θ_q / 2).
//!
//! This is the tandem rule's own neuron; [`super::deployed`] has the integers of those of chips.

mod quantise;
#[cfg(test)]
mod tests;

pub use super::widths::{MEMBRANE_BITS, QuantSpec, Scale, WEIGHT_BITS, membrane_max, round_half_up, weight_max};
pub use quantise::{decay_of, skips_need_bits};

use super::architecture::{Activation, Architecture, ByLayer, Firing, Kernel, LinearOp, Shape, Stage, Target};
use super::deployed::{Deployed, LayerSoma};
use super::input::{Encoding, Frames, SpikeTrains, TrainsForm};
use super::neuron::{Params, Traits};

/// A weighted layer with batch norm folded in, in real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldedLayer {
    /// Folded weights w', in the order of [`LinearOp`]; behind a pool, already divided by the size of its window.
    pub weight: Vec<f32>,
    /// Folded biases b', one per output channel.
    pub bias: Vec<f32>,
    /// Whether a limit on fan-in removed weights: zeros are then not synapses.
    pub pruned: bool,
}

/// A trained network in real numbers, batch norm folded in.
#[derive(Clone, Debug, PartialEq)]
pub struct Folded {
    /// The layers with their shapes.
    pub stages: Vec<Stage>,
    /// Weights and biases, one entry per stage.
    pub layers: Vec<FoldedLayer>,
    /// Shape of an input sample.
    pub input: Shape,
    /// Form of samples for the first layer.
    pub encoding: Encoding,
    /// The frames of a sample: one, or a sequence.
    pub frames: Frames,
    /// The value of an 8-bit input that stands for 1.0; 1 for spike trains.
    pub full_scale: u32,
    /// The neuron that the integers are for.
    pub neuron: Deployed,
    /// Firing threshold θ of the hidden layers.
    pub threshold: f64,
    /// Share λ of a hidden membrane that is left after a step; 1 without a leak.
    pub leak: f64,
    /// Thresholds and leaks of the layers that have their own.
    pub own: ByLayer<Firing>,
    /// Whether hidden membranes begin at half their threshold.
    pub half_start: bool,
    /// Meaning of the outputs.
    pub target: Target,
}

impl Folded {
    /// Threshold and leak of a layer.
    pub fn firing(&self, layer: usize) -> Firing {
        self.own.of(layer).unwrap_or(Firing { threshold: self.threshold, leak: self.leak })
    }

    /// A network of this shape with the largest weight everywhere, of both signs: if it fits, any training of it fits.
    pub fn by_shape(architecture: &Architecture) -> Self {
        let stages = architecture.stages();
        let layer = |stage: &Stage| {
            let mut weight = vec![1.0; stage.op.weights()];
            weight[0] = -1.0;
            FoldedLayer { weight, bias: vec![0.0; stage.op.channels()], pruned: false }
        };
        Self {
            layers: stages.iter().map(layer).collect(),
            stages,
            input: architecture.input,
            encoding: architecture.encoding,
            frames: architecture.frames,
            full_scale: 255,
            neuron: architecture.neuron,
            threshold: architecture.threshold,
            leak: architecture.leak,
            own: architecture.own.clone(),
            half_start: architecture.training.activation == Activation::Qcfs,
            target: architecture.target,
        }
    }
}

/// An earlier layer whose spikes are added neuron by neuron.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Index of the layer.
    pub layer: usize,
    /// Weight of one of its spikes (weight units), by output channel.
    pub weight: Vec<i16>,
}

/// A weighted layer in integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantisedLayer {
    /// Name of its stage.
    pub name: String,
    /// Operation of the layer.
    pub op: LinearOp,
    /// Shape of its output.
    pub output: Shape,
    /// Weights w_q.
    pub weight: Vec<i16>,
    /// Biases b_q, one per output channel, in the units of the module's documentation; first membranes of neurons that
    /// have no biases.
    pub bias: Vec<i64>,
    /// Thresholds θ_q, one per output channel (membrane units); unused by the output layer.
    pub threshold: Vec<i32>,
    /// F: the membrane unit is 1/2^F weight units.
    pub fraction_bits: u32,
    /// The earlier layer whose spikes are added, if any.
    pub skip: Option<Skip>,
    /// Whether a weight of 0 is no synapse.
    pub pruned: bool,
}

impl QuantisedLayer {
    /// Calls `visit(output, weight)` for every synapse that leaves `input`, outputs ascending.
    pub fn for_each_synapse(&self, input: usize, mut visit: impl FnMut(usize, i16)) {
        self.op.for_each_target(input, |output, index| {
            let weight = self.weight[index];
            if !self.pruned || weight != 0 {
                visit(output, weight);
            }
        });
    }
}

/// A layered network in integers. The first layer encodes, unless it reads spike trains; the last integrates without
/// firing.
#[derive(Clone, Debug, PartialEq)]
pub struct Layered {
    /// Shape of an input sample.
    pub input: Shape,
    /// Form of samples for the first layer.
    pub encoding: Encoding,
    /// The frames of a sample: one, or a sequence.
    pub frames: Frames,
    /// The value of an 8-bit input that stands for 1.0; 1 for spike trains.
    pub full_scale: u32,
    /// The neuron of all layers.
    pub neuron: Deployed,
    /// Parameters of its quantisation.
    pub spec: QuantSpec,
    /// At least two layers.
    pub layers: Vec<QuantisedLayer>,
    /// d: share of a hidden membrane that is lost per step, in 1/4096.
    pub decay: u32,
    /// d of the layers that have their own.
    pub own_decays: ByLayer<u32>,
    /// Whether hidden membranes begin an inference at half their threshold.
    pub half_start: bool,
    /// Meaning of the outputs.
    pub target: Target,
    /// S T/B of the output layer: its membranes divided by this are in the units of the training.
    pub output_scale: f64,
}

/// How far outputs are from the numbers that they should be, summed over them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OutputErrors {
    /// Sum of the squared differences.
    pub squared: f64,
    /// Sum of the sizes of the differences.
    pub absolute: f64,
}

impl OutputErrors {
    /// Of outputs and what they should be, in the same order and units.
    pub fn between(outputs: impl IntoIterator<Item = f64>, wanted: impl IntoIterator<Item = f64>) -> Self {
        let differences = outputs.into_iter().zip(wanted).map(|(output, wanted)| output - wanted);
        differences.fold(Self::default(), |sum, difference| Self {
            squared: sum.squared + difference.powi(2),
            absolute: sum.absolute + difference.abs(),
        })
    }

    /// Adds those of other outputs.
    pub fn add(&mut self, other: Self) {
        self.squared += other.squared;
        self.absolute += other.absolute;
    }
}

impl Layered {
    /// The spikes of a sample on the chip; `None` if the first layer's sums are computed off it.
    pub fn trains<'s>(&self, sample: &'s [u8]) -> Option<SpikeTrains<'s>> {
        let (inputs, steps) = (self.input.neurons() as usize, self.spec.time_steps as usize);
        self.encoding.trains(sample, TrainsForm { inputs, steps, full_scale: self.full_scale })
    }

    /// Number of frames of a sample; 1 if samples are no sequences.
    pub fn frames_of(&self, sample: &[u8]) -> usize {
        self.frames.of(sample.len(), self.input.neurons() as usize)
    }

    /// The values of a frame of a sample, from 0.
    pub fn frame<'s>(&self, sample: &'s [u8], frame: usize) -> &'s [u8] {
        let inputs = self.input.neurons() as usize;
        if self.frames.are_sequences() { &sample[frame * inputs..(frame + 1) * inputs] } else { sample }
    }

    /// Largest magnitude of a membrane; sums saturate there.
    pub fn membrane_max(&self) -> i32 {
        membrane_max(self.spec.membrane_bits)
    }

    /// Share of a hidden layer's membranes that is lost per step, in 1/4096.
    pub fn decay_of(&self, layer: usize) -> u32 {
        self.own_decays.of(layer).unwrap_or(self.decay)
    }

    /// Model and parameters of a layer's neurons on a chip.
    pub fn params(&self, layer: usize) -> Params {
        let fires = layer + 1 < self.layers.len() || self.outputs_spike();
        self.neuron.params(LayerSoma {
            fraction_bits: self.layers[layer].fraction_bits,
            membrane_bits: self.spec.membrane_bits,
            decay: if fires { self.decay_of(layer) } else { 0 },
            fires,
        })
    }

    /// Whether output neurons spike: what they give is then the number of their spikes, not a membrane.
    pub fn outputs_spike(&self) -> bool {
        self.neuron.outputs_spike()
    }

    /// Resets and floors of a layer's neurons by output channel; empty for neurons that have none.
    pub fn traits(&self, layer: usize) -> Vec<Traits> {
        self.layers[layer].threshold.iter().filter_map(|threshold| self.neuron.traits(*threshold)).collect()
    }

    /// Number of neurons, inputs excluded.
    pub fn neurons(&self) -> usize {
        self.layers.iter().map(|layer| layer.op.outputs()).sum()
    }

    /// Initial value of a hidden layer's membranes, by output channel (membrane units).
    pub fn start(&self, layer: usize) -> Vec<i32> {
        if self.neuron.by_events() {
            return self.layers[layer].bias.iter().map(|first| *first as i32).collect();
        }
        let begins = self.half_start && (layer + 1 < self.layers.len() || self.outputs_spike());
        self.layers[layer].threshold.iter().map(|threshold| if begins { threshold / 2 } else { 0 }).collect()
    }

    /// Distance of the outputs from the numbers that they should be: each is `output / S`.
    pub fn errors(
        &self,
        outputs: impl IntoIterator<Item = i64>,
        wanted: impl IntoIterator<Item = f64>,
    ) -> OutputErrors {
        OutputErrors::between(outputs.into_iter().map(|output| output as f64 / self.output_scale), wanted)
    }

    /// Multiply-accumulates of the encoding layer, which are computed off the chip; 0 for spike trains.
    pub fn encoder_macs(&self) -> u64 {
        self.layers.iter().take(self.encoding.layers_off_chip()).map(|layer| layer.op.macs()).sum()
    }

    /// The encoding current of a sum over all inputs and the bias (membrane units times the full scale).
    pub fn current(&self, numerator: i64) -> i64 {
        encoding_current(self.neuron, self.spec.membrane_bits, self.full_scale, numerator)
    }

    /// The encoding layer's current into each of its neurons per time step (membrane units).
    pub fn encode(&self, pixels: &[u8]) -> Vec<i32> {
        let first = &self.layers[0];
        let sums = products(first, pixels);
        let positions = first.op.positions();
        let current = |(o, sum): (usize, i64)| {
            let numerator = (sum << first.fraction_bits) + first.bias[o / positions];
            self.current(numerator) as i32
        };
        sums.into_iter().enumerate().map(current).collect()
    }
}

/// The encoding current of a sum over all inputs and the bias (membrane units times the full scale).
pub fn encoding_current(neuron: Deployed, membrane_bits: u32, full_scale: u32, numerator: i64) -> i64 {
    let limit = i64::from(membrane_max(membrane_bits));
    neuron.held(round_half_up(numerator, i64::from(full_scale)).clamp(-limit, limit))
}

/// Sums of weight x pixel into every neuron of a layer.
fn products(layer: &QuantisedLayer, pixels: &[u8]) -> Vec<i64> {
    if let LinearOp { pool: None, kernel: Kernel::Dense { inputs, .. } } = layer.op {
        // Row by row: the weights of an output are contiguous. A row's sum fits 64 bits with a wide margin.
        let dot = |row: &[i16]| row.iter().zip(pixels).map(|(w, x)| i64::from(i32::from(*w) * i32::from(*x))).sum();
        return layer.weight.chunks_exact(inputs as usize).map(dot).collect();
    }
    let mut sums = vec![0i64; layer.op.outputs()];
    for (input, &value) in pixels.iter().enumerate().filter(|(_, value)| **value != 0) {
        let value = i64::from(value);
        layer.op.for_each_target(input, |o, w| sums[o] += value * i64::from(layer.weight[w]));
    }
    sums
}
