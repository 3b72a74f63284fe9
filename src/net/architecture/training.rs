//! How a network is meant to be trained, as its file proposes it.

/// What a network learns to give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// The class of a sample.
    #[default]
    Label,
    /// The sample itself, each value divided by the full scale: an autoencoder.
    Input,
}

impl Target {
    /// Names in files, in the order of the variants.
    pub const NAMES: &'static [&'static str] = &["label", "input"];
    /// All of them, in the same order.
    pub const ALL: [Self; 2] = [Self::Label, Self::Input];
}

/// What a training makes small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// Cross-entropy of the softmax of the outputs.
    #[default]
    CrossEntropy,
    /// Mean squared error.
    MeanSquared,
}

impl Loss {
    /// Names in files, in the order of the variants.
    pub const NAMES: &'static [&'static str] = &["cross_entropy", "mse"];
    /// All of them, in the same order.
    pub const ALL: [Self; 2] = [Self::CrossEntropy, Self::MeanSquared];

    /// The one that goes with a target where nothing is said.
    pub fn of(target: Target) -> Self {
        match target {
            Target::Label => Self::CrossEntropy,
            Target::Input => Self::MeanSquared,
        }
    }
}

/// How the learning rate falls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Schedule {
    /// To a hundredth, along half a cosine.
    #[default]
    Cosine,
    /// By a factor after every so many epochs.
    Step {
        /// Epochs between two changes, at least 1.
        every: u32,
        /// Above 0, at most 1.
        factor: f64,
    },
}

/// How training samples are varied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Augment {
    /// Moved by up to this many rows and columns, zeros following.
    pub shift: u32,
    /// Mirrored left to right, every second time.
    pub flip: bool,
}

/// What the non-spiking twin makes of a sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// Rectified.
    #[default]
    Relu,
    /// Rectified, cut and rounded to the counts that are possible; membranes then begin at half the threshold
    /// (quantisation clip-floor-shift: Bu et al., ICLR 2022, openreview.net/forum?id=7B3IJMM1k_M).
    Qcfs,
}

impl Activation {
    /// Names in files, in the order of the variants.
    pub const NAMES: &'static [&'static str] = &["relu", "qcfs"];
    /// All of them, in the same order.
    pub const ALL: [Self; 2] = [Self::Relu, Self::Qcfs];
}

/// How a network is trained when the command line says nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// Passes over the training set.
    pub epochs: u32,
    /// Samples per step.
    pub batch: u32,
    /// Adam's step size at the start.
    pub learning_rate: f64,
    /// Chance that an input of the output layer is dropped while training.
    pub dropout: f64,
    /// What is made small.
    pub loss: Loss,
    /// How the learning rate falls.
    pub schedule: Schedule,
    /// How samples are varied.
    pub augment: Augment,
    /// What the twin computes.
    pub activation: Activation,
    /// Share of a weight lost per step and learning rate (decoupled from Adam).
    pub weight_decay: f64,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            epochs: 20,
            batch: 128,
            learning_rate: 1e-3,
            dropout: 0.0,
            loss: Loss::default(),
            schedule: Schedule::default(),
            augment: Augment::default(),
            activation: Activation::default(),
            weight_decay: 0.0,
        }
    }
}
