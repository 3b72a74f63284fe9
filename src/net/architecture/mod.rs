//! The architecture of a layered network: shapes, layers, and the linear operation of each weighted layer.
//!
//! Plain validated data. Weights live in `quantised` and `folded`; nothing here knows how they were trained.

mod operation;
mod stages;
#[cfg(test)]
mod tests;
mod training;

pub use operation::{Convolution, Kernel, LinearOp, Pool};
pub use stages::{LayerError, Stage, stages};
pub use training::{Activation, Augment, Loss, Schedule, Target, TrainingProposal};

use super::deployed::Deployed;
use super::input::Encoding;
use std::fmt;

/// Most neurons of one layer.
pub const MAX_NEURONS_PER_LAYER: u32 = 1 << 22;
/// Most layers of a network, flatten and pool layers among them.
pub const MAX_LAYERS: usize = 64;
/// Most weights of a network.
pub const MAX_WEIGHTS: u64 = 1 << 28;
/// Most time steps of an inference.
pub const MAX_TIME_STEPS: u32 = 4096;

/// Shape of an activation: channels x height x width, stored in that order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Feature maps.
    pub channels: u32,
    /// Rows.
    pub height: u32,
    /// Columns.
    pub width: u32,
}

impl Shape {
    /// A flat vector.
    pub fn flat(neurons: u32) -> Self {
        Self { channels: neurons, height: 1, width: 1 }
    }

    /// Number of neurons.
    pub fn neurons(self) -> u64 {
        u64::from(self.channels) * u64::from(self.height) * u64::from(self.width)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.height, self.width) {
            (1, 1) => write!(f, "{}", self.channels),
            _ => write!(f, "{}x{}x{}", self.channels, self.height, self.width),
        }
    }
}

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
    /// Training target of the outputs.
    pub target: Target,
    /// Time steps of an inference.
    pub time_steps: u32,
    /// Training defaults.
    pub training: TrainingProposal,
}

impl Architecture {
    /// The weighted layers with their shapes; for a validated architecture.
    pub fn stages(&self) -> Vec<Stage> {
        stages(self.input, &self.layers).expect("an Architecture is only built from layers that fit together")
    }
}
