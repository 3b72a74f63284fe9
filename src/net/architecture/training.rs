//! Training settings that a network's file proposes.

use crate::json::record::{names, record, words};
use crate::json::schema::{described, tell_apart, words as one_of};
use crate::json::shape::{flag, number, of, or, or_by, unsaid, whole, word};
use crate::json::{Cursor, FieldSpec, FileRecord};
use schemars::{SchemaGenerator, json_schema};

words! {
    /// What a network learns to give.
    pub enum Target derive(Default) {
        /// The class of a sample.
        #[default]
        Label = "label",
        /// The sample itself, each value divided by the full scale: an autoencoder.
        Input = "input",
        /// Numbers of 0 to 1 that come with a sample, one for each output.
        Given = "given",
    }
}

impl Target {
    /// Whether outputs stand for classes, not for numbers.
    pub fn has_classes(self) -> bool {
        self == Self::Label
    }
}

words! {
    /// What a training makes small.
    pub enum Loss derive(Default) {
        /// Cross-entropy of the softmax of the outputs.
        #[default]
        CrossEntropy = "cross_entropy",
        /// Mean squared error.
        MeanSquared = "mse",
    }
}

impl Loss {
    /// The default loss for a target.
    pub fn of(target: Target) -> Self {
        match target {
            Target::Label => Self::CrossEntropy,
            Target::Input | Target::Given => Self::MeanSquared,
        }
    }
}

/// How the learning rate falls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Schedule {
    /// To a hundredth, along half a cosine.
    #[default]
    Cosine,
    /// By a factor after every `every` epochs.
    Step {
        /// Epochs between two changes, at least 1.
        every: u32,
        /// Above 0, at most 1.
        factor: f64,
    },
}

/// Names in files.
const COSINE: &str = "cosine";
const STEP: &str = "step";

record! {
    /// The learning rate falls by a factor every so many epochs.
    struct StepSchedule as "Steps" {
        /// Epochs between two changes, 1 to 10,000.
        every: u32 = whole(1..=10_000);
        /// What it is multiplied by, 1e-6 to 1.
        factor: f64 = number(1e-6..=1.0);
    }
    check |read: Self, _: &_, _| Some(Schedule::Step { every: read.every, factor: read.factor }) => Schedule;
}

/// A word, or an object with numbers.
fn word_or_steps<'s, G>() -> FieldSpec<'s, G, Schedule> {
    let read = |cursor: &Cursor<'_>, _| {
        if !cursor.is_object() {
            return cursor.choice(&[COSINE]).map(|_| Schedule::Cosine);
        }
        let object = cursor.object(&[vec!["kind"], names::<StepSchedule>()].concat())?;
        let kind = object.need("kind").and_then(|c| c.choice(&[STEP]));
        let schedule = StepSchedule::read_fields(&object, ());
        kind.and(schedule)
    };
    let schema = |generator: &mut SchemaGenerator| {
        let mut steps = described::<StepSchedule>(generator);
        tell_apart(&mut steps, ("kind", "How the learning rate falls."), STEP);
        json_schema!({"anyOf": [one_of(&[COSINE]), steps]})
    };
    FieldSpec::value(read, schema)
}

record! {
    /// How training samples are varied.
    pub struct Augment derive(Copy, Default) {
        /// Moved by up to this many rows and columns, zeros following, 0 to 64.
        pub shift: u32 = or(whole(0..=64), 0, 0);
        /// Whether every second one, by chance, is mirrored left to right.
        pub flip: bool = or(flag(), false, false);
        /// Standard deviation of normal noise that is added to each value, as a share of the full scale, 0 to 1. The sum is
        /// rounded to a value that a sample can have.
        pub noise: f64 = or(number(0.0..=1.0), 0.0, 0);
    }
}

words! {
    /// What the non-spiking twin makes of a sum.
    pub enum Activation derive(Default) {
        /// Rectified.
        #[default]
        Relu = "relu",
        /// Rectified, cut and rounded to the counts that are possible; membranes then begin at half the threshold
        /// (quantisation clip-floor-shift: Bu et al., ICLR 2022, openreview.net/forum?id=7B3IJMM1k_M).
        Qcfs = "qcfs",
    }
}

const EPOCHS: u32 = 20;
const BATCH: u32 = 128;
const LEARNING_RATE: f64 = 1e-3;

record! {
    /// How a network is trained where the command line says nothing else.
    pub struct TrainingProposal as "Training" given Target {
        /// Passes through the training samples, 1 to 10,000.
        pub epochs: u32 = or(whole(1..=10_000), EPOCHS, EPOCHS);
        /// Samples of a step of the optimiser, 2 to 65,536.
        pub batch: u32 = or(whole(2..=65_536), BATCH, BATCH);
        /// Learning rate, 1e-7 to 1.
        pub learning_rate: f64 = or(number(1e-7..=1.0), LEARNING_RATE, LEARNING_RATE);
        /// Share of neurons left out at random while training, 0 to 0.9.
        pub dropout: f64 = or(number(0.0..=0.9), 0.0, 0.0);
        /// What is made small: "cross_entropy" or "mse". Where nothing is said, "cross_entropy" for the target "label", else
        /// "mse": the targets "input" and "given" have no other.
        pub loss: Loss = loss_of();
        /// How the learning rate falls: "cosine" (to a hundredth, along half a cosine), or by a factor every so many epochs.
        pub schedule: Schedule = or(word_or_steps(), Schedule::Cosine, COSINE);
        /// How training samples are varied; given targets stay as they are.
        pub augment: Augment = unsaid(of::<Augment, _>(), Augment::default());
        /// What the non-spiking twin makes of a sum: "relu", or "qcfs" (cut and rounded to possible counts; membranes then
        /// begin at half the threshold).
        pub activation: Activation = or(word(), Activation::Relu, Activation::Relu.name());
        /// Share of a weight lost per step and learning rate, 0 to 1.
        pub weight_decay: f64 = or(number(0.0..=1.0), 0.0, 0);
    }
}

/// A loss that suits the target.
fn loss_of<'s>() -> FieldSpec<'s, Target, Loss> {
    let read = |cursor: &Cursor<'_>, target: Target| {
        let loss = cursor.choice(Loss::NAMES).map(|index| Loss::ALL[index])?;
        if !target.has_classes() && loss == Loss::CrossEntropy {
            let name = target.name();
            cursor.problem(format!("\"cross_entropy\" needs classes, and the target \"{name}\" has none; use \"mse\""));
            return None;
        }
        Some(loss)
    };
    or_by(FieldSpec::value(read, |_| one_of(Loss::NAMES)), Loss::of)
}

impl TrainingProposal {
    /// The defaults if a file has no proposals.
    pub fn of(target: Target) -> Self {
        Self {
            epochs: EPOCHS,
            batch: BATCH,
            learning_rate: LEARNING_RATE,
            dropout: 0.0,
            loss: Loss::of(target),
            schedule: Schedule::default(),
            augment: Augment::default(),
            activation: Activation::default(),
            weight_decay: 0.0,
        }
    }
}

impl Default for TrainingProposal {
    fn default() -> Self {
        Self::of(Target::default())
    }
}
