//! Choices of a training that a network's file may make.

/// What is minimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// Cross-entropy of the softmax of the outputs.
    #[default]
    CrossEntropy,
    /// Mean squared error of the outputs.
    MeanSquared,
}

/// The step size over a training.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Schedule {
    /// Half a cosine down to a hundredth.
    #[default]
    Cosine,
    /// Times `factor` after every so many epochs.
    Step {
        /// Epochs between two changes.
        every: u32,
        /// What the step size is multiplied with.
        factor: f64,
    },
}

/// How training samples are varied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Augment {
    /// Most pixels by which a sample is moved, each way; what comes in is zero.
    pub shift: u32,
    /// Whether half the samples are mirrored, left to right.
    pub flip: bool,
}

/// The activation of the non-spiking twin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// max(z, 0).
    #[default]
    Relu,
    /// Clipped and in steps (Bu et al., ICLR 2022); membranes start at half a threshold.
    Qcfs,
}

/// What the outputs stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// The class of the sample.
    #[default]
    Label,
    /// The sample itself: an autoencoder.
    Input,
}
