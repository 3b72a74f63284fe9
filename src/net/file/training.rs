//! The neuron of a layered network, and how it is meant to be trained.

use crate::json::Cursor;
use crate::net::architecture::{Activation, Augment, Loss, Schedule, Target, Training};

/// Models that can be trained, and their resets.
pub(in crate::net) const TRAINED_MODELS: &[&str] = &["if", "lif"];
pub(in crate::net) const TRAINED_RESETS: &[&str] = &["subtract"];
/// Schedules, in the order in which they are read.
pub(in crate::net) const SCHEDULES: &[&str] = &["cosine", "step"];
/// Smallest share of a membrane that a leak leaves: what 12 bits can tell from none.
pub(in crate::net) const LEAST_LEAK: f64 = 1.0 / 4096.0;

/// The trained neuron, with subtraction.
pub(super) struct Neuron {
    pub(super) threshold: f64,
    /// Share of the membrane that is left after a step.
    pub(super) leak: f64,
}

pub(super) fn read_neuron(cursor: &Cursor<'_>) -> Option<Neuron> {
    let object = cursor.object(&["model", "threshold", "reset", "leak"])?;
    let model = object.need("model").and_then(|c| c.choice(TRAINED_MODELS));
    let reset = object.need("reset").and_then(|c| c.choice(TRAINED_RESETS));
    let threshold = object.need("threshold").and_then(|c| c.number(1e-3..=1e3));
    let leak = match model? {
        0 => {
            if let Some(leak) = object.get("leak") {
                leak.problem("the model \"if\" has no leak; use \"lif\"");
                return None;
            }
            Some(1.0)
        }
        _ => object.need("leak").and_then(|c| c.number(LEAST_LEAK..=1.0)),
    };
    reset.and(Some(Neuron { threshold: threshold?, leak: leak? }))
}

pub(super) fn read_target(cursor: &Cursor<'_>) -> Option<Target> {
    cursor.choice(Target::NAMES).map(|index| Target::ALL[index])
}

const FIELDS: &[&str] =
    &["epochs", "batch", "learning_rate", "dropout", "loss", "schedule", "augment", "activation", "weight_decay"];

pub(super) fn read_training(cursor: &Cursor<'_>, target: Target) -> Option<Training> {
    let object = cursor.object(FIELDS)?;
    let default = Training { loss: Loss::of(target), ..Training::default() };
    let epochs = object.get("epochs").map_or(Some(default.epochs), |c| c.unsigned(1..=10_000));
    let batch = object.get("batch").map_or(Some(default.batch), |c| c.unsigned(2..=65_536));
    let learning_rate = object.get("learning_rate").map_or(Some(default.learning_rate), |c| c.number(1e-7..=1.0));
    let dropout = object.get("dropout").map_or(Some(default.dropout), |c| c.number(0.0..=0.9));
    let loss = object.get("loss").map_or(Some(default.loss), |c| read_loss(&c, target));
    let schedule = object.get("schedule").map_or(Some(default.schedule), |c| read_schedule(&c));
    let augment = object.get("augment").map_or(Some(default.augment), |c| read_augment(&c));
    let activation = object.get("activation");
    let activation = activation
        .map_or(Some(default.activation), |c| c.choice(Activation::NAMES).map(|index| Activation::ALL[index]));
    let weight_decay = object.get("weight_decay").map_or(Some(default.weight_decay), |c| c.number(0.0..=1.0));
    Some(Training {
        epochs: epochs?,
        batch: batch?,
        learning_rate: learning_rate?,
        dropout: dropout?,
        loss: loss?,
        schedule: schedule?,
        augment: augment?,
        activation: activation?,
        weight_decay: weight_decay?,
    })
}

fn read_loss(cursor: &Cursor<'_>, target: Target) -> Option<Loss> {
    let loss = cursor.choice(Loss::NAMES).map(|index| Loss::ALL[index])?;
    if (target, loss) == (Target::Input, Loss::CrossEntropy) {
        cursor.problem("\"cross_entropy\" needs classes, and the target \"input\" has none; use \"mse\"");
        return None;
    }
    Some(loss)
}

/// `"cosine"`, or an object with parameters.
fn read_schedule(cursor: &Cursor<'_>) -> Option<Schedule> {
    if !cursor.is_object() {
        return cursor.choice(&SCHEDULES[..1]).map(|_| Schedule::Cosine);
    }
    let object = cursor.object(&["kind", "every", "factor"])?;
    let kind = object.need("kind").and_then(|c| c.choice(&SCHEDULES[1..]));
    let every = object.need("every").and_then(|c| c.unsigned(1..=10_000));
    let factor = object.need("factor").and_then(|c| c.number(1e-6..=1.0));
    kind.and(Some(Schedule::Step { every: every?, factor: factor? }))
}

fn read_augment(cursor: &Cursor<'_>) -> Option<Augment> {
    let object = cursor.object(&["shift", "flip"])?;
    let shift = object.get("shift").map_or(Some(0), |c| c.unsigned(0..=64));
    let flip = object.get("flip").map_or(Some(false), |c| c.flag());
    Some(Augment { shift: shift?, flip: flip? })
}
