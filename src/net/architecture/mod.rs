//! The architecture of a layered network: shapes, layers, and the linear operation of each weighted layer.
//!
//! Plain validated data. Weights live in `quantised` and `folded`; nothing here knows how they were trained.

mod firing;
mod operation;
mod stages;
#[cfg(test)]
mod tests;
mod training;

pub use super::input::{MAX_TIME_STEPS, Shape};
pub use firing::{ByLayer, Firing};
pub use operation::{Convolution, Kernel, LinearOp, Pool};
pub use stages::{LayerError, Stage, stages};
pub use training::{Activation, Augment, Loss, Schedule, Target, TrainingProposal};

use super::deployed::Deployed;
use super::input::{AudioFrontEnd, Encoding, Frames};

/// Most neurons of one layer.
pub const MAX_NEURONS_PER_LAYER: u32 = 1 << 22;
/// Most layers of a network, flatten and pool layers among them.
pub const MAX_LAYERS: usize = 64;
/// Most weights of a network.
pub const MAX_WEIGHTS: u64 = 1 << 28;

/// A layer as the network file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerSpec {
    /// Reads the activation as a vector; moves nothing.
    Flatten,
    /// Means over windows that do not overlap, as PyTorch's `AvgPool2d` with its default stride.
    AvgPool2d {
        /// Height and width of a window.
        kernel: [u32; 2],
    },
    /// Every input to every output.
    Dense {
        /// Number of output neurons.
        outputs: u32,
        /// Name of an earlier layer, whose spikes are added.
        add: Option<String>,
    },
    /// Two-dimensional cross-correlation, as PyTorch's `Conv2d`.
    Conv2d {
        /// Output feature maps.
        channels: u32,
        /// Kernel height and width.
        kernel: [u32; 2],
        /// Step in rows and columns.
        stride: [u32; 2],
        /// Zeros added on each side in rows and columns.
        padding: [u32; 2],
        /// Groups of channels that are connected only among themselves; divides the channels on both sides.
        groups: u32,
        /// Name of an earlier layer, whose spikes are added.
        add: Option<String>,
    },
}

impl LayerSpec {
    /// Whether it has weights, and neurons.
    pub fn is_weighted(&self) -> bool {
        matches!(self, Self::Dense { .. } | Self::Conv2d { .. })
    }

    /// A dense layer without an addition.
    pub fn dense(outputs: u32) -> Self {
        Self::Dense { outputs, add: None }
    }

    /// A convolution of all channels with a square kernel and without an addition.
    pub fn conv(channels: u32, kernel: u32, stride: u32, padding: u32) -> Self {
        let [kernel, stride, padding] = [kernel, stride, padding].map(|size| [size; 2]);
        Self::Conv2d { channels, kernel, stride, padding, groups: 1, add: None }
    }
}

/// A layered network without weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// The stem of its file.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// Shape of an input sample.
    pub input: Shape,
    /// Encoding of a sample for the first layer.
    pub encoding: Encoding,
    /// How the host makes samples of recordings of sound, if they are such.
    pub audio: Option<AudioFrontEnd>,
    /// The frames of a sample: one, or a sequence.
    pub frames: Frames,
    /// The data set it is meant for.
    pub dataset: String,
    /// Layers; the last weighted one is the output, which integrates without firing.
    pub layers: Vec<LayerSpec>,
    /// The neuron for which it is trained.
    pub neuron: Deployed,
    /// Firing threshold of the hidden layers, in the units of the real weights.
    pub threshold: f64,
    /// Share of a hidden neuron's membrane that is left after a step, above 0; 1 without a leak.
    pub leak: f64,
    /// Thresholds and leaks of the weighted layers that have their own.
    pub own: ByLayer<Firing>,
    /// Training target of the outputs.
    pub target: Target,
    /// Time steps of an inference; of a sequence, those of a frame.
    pub time_steps: u32,
    /// Training defaults.
    pub training: TrainingProposal,
}

impl Architecture {
    /// The weighted layers with their shapes; for a validated architecture.
    pub fn stages(&self) -> Vec<Stage> {
        stages(self.input, &self.layers).expect("an Architecture is only built from layers that fit together")
    }

    /// Threshold and leak of a weighted layer.
    pub fn firing(&self, layer: usize) -> Firing {
        self.own.of(layer).unwrap_or(Firing { threshold: self.threshold, leak: self.leak })
    }

    /// Sets the leak of all layers.
    pub fn set_leak(&mut self, leak: f64) {
        self.leak = leak;
        self.own = self.own.map(|firing| Firing { leak, ..firing });
    }
}
