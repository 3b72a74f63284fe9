//! History and result of a training, for machines.

use super::train_folder::HISTORY_SCHEMA;
use crate::net::architecture::Schedule;
use crate::train::{EpochReport, Evaluation, Rule, TrainJob, TrainOutcome};
use serde_json::{Value, json};

/// History and result of a training: the same bytes whenever and wherever it was stopped. `test` is how the network does on
/// the test part, if the data set has one.
pub fn training_history(job: &TrainJob<'_>, outcome: &TrainOutcome, test: Option<&Evaluation>) -> Value {
    let classes = job.architecture.target.has_classes();
    let (with_classes, without) = (test.filter(|_| classes), test.filter(|_| !classes));
    let mut history = json!({
        "schema": HISTORY_SCHEMA,
        "network": job.architecture.name,
        "dataset": job.dataset.name,
        "rule": outcome.meta.rule,
        "seed": outcome.meta.seed,
        "time_steps": outcome.quantised.spec.time_steps,
        "weight_bits": outcome.quantised.spec.weight_bits,
        "settings": settings(job),
        "chosen_epoch": outcome.meta.epoch,
        "validation_accuracy": outcome.meta.validation_accuracy,
        "validation_mse": outcome.meta.validation_mse,
        "test_accuracy": with_classes.map(Evaluation::accuracy),
        "test_mse": without.map(Evaluation::mean_squared_error),
        "made_by": outcome.meta.made_by,
        "history": outcome.history.iter().map(epoch_json).collect::<Vec<_>>(),
    });
    // Networks of classes keep the histories that they had before there was this figure.
    if !classes {
        let chosen = outcome.history.iter().find(|epoch| epoch.chosen);
        history["validation_mae"] = json!(chosen.and_then(|epoch| epoch.validation_mae));
        history["test_mae"] = json!(without.map(Evaluation::mean_absolute_error));
    }
    history
}

/// An epoch as histories have it.
pub fn epoch_json(r: &EpochReport) -> Value {
    let mut epoch = json!({
        "epoch": r.epoch, "stage": r.stage, "time_steps": r.time_steps, "loss": r.loss, "train_accuracy": r.train_accuracy,
        "validation_accuracy": r.validation_accuracy, "validation_mse": r.validation_mse,
        "validation_in_training": r.in_training,
        "spike_rate": r.spike_rate, "spikes_per_neuron": r.spikes_per_neuron,
        "synaptic_operations": r.synaptic_operations, "learning_rate": r.learning_rate,
    });
    if let Some(error) = r.validation_mae {
        epoch["validation_mae"] = json!(error);
    }
    epoch
}

fn settings(job: &TrainJob<'_>) -> Value {
    let config = job.config;
    let schedule = match config.schedule {
        Schedule::Cosine => json!("cosine"),
        Schedule::Step { every, factor } => json!({"kind": "step", "every": every, "factor": factor}),
    };
    let anneal = config.anneal.map(|a| json!({"from_time_steps": a.from, "epochs": a.epochs}));
    let stages =
        config.rule.has_stages().then(|| json!({"epochs": config.stage_epochs(), "patience": config.patience}));
    let mut settings = json!({
        "fine_tuned": job.start.is_some(),
        "epochs": config.epochs,
        "stages": stages,
        "batch": config.batch,
        "learning_rate": config.learning_rate,
        "schedule": schedule,
        "weight_decay": config.weight_decay,
        "dropout": config.dropout,
        "loss": config.loss.name(),
        "target": job.architecture.target.name(),
        "augment": {"shift": config.augment.shift, "flip": config.augment.flip, "noise": config.augment.noise},
        "activation": config.activation.name(),
        "anneal": anneal,
        "quantisation_aware": config.rounding,
        "weight_noise": config.disturbance,
        "max_fan_in": config.max_fan_in,
        "synops_weight": config.synops_weight,
        "synops_budget": config.synops_budget,
    });
    if config.rule == Rule::SURROGATE {
        let spiking_epochs = config.from_ann.then(|| config.stage_epochs());
        settings["surrogate"] =
            json!({"from_ann": config.from_ann, "spiking_epochs": spiking_epochs, "learned": config.learned.text()});
    }
    settings
}
