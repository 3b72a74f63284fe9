//! From the options of `train` to the settings of a training.

use crate::cli::args::{Steps, TrainOptions};
use crate::cli::{Failure, find};
use crate::net::Architecture;
use crate::net::architecture::Training;
use crate::train::{Anneal, Config, Rule};

/// What the options ask for, and the network's own proposals for the rest; ranges are checked later, all at once.
pub(super) fn config(options: &TrainOptions, architecture: &Architecture) -> Result<Config, Failure> {
    let asked = &options.settings;
    let own = Config::of(architecture, options.effort.seed, find::threads(options.effort.threads));
    let rules: Vec<&str> = Rule::ALL.iter().map(|(name, _)| *name).collect();
    let unknown = || Failure(format!("--rule: found \"{}\", allowed: {}", asked.rule, rules.join(", ")));
    let epochs = asked.epochs.unwrap_or(own.epochs);
    let steps = asked.steps.unwrap_or(Steps { from: None, to: own.time_steps });
    let quarter = (epochs / 4).max(1);
    let anneal = steps.from.map(|from| Anneal { from, epochs: asked.anneal_epochs.unwrap_or(quarter) });
    if anneal.is_none() && asked.anneal_epochs.is_some() {
        return Err(Failure("--anneal-epochs: needs --steps A..B, as in --steps 4..1".into()));
    }
    let mut augment = own.augment;
    augment.shift = asked.shift.unwrap_or(augment.shift);
    augment.flip = asked.flip.unwrap_or(augment.flip);
    Ok(Config {
        rule: Rule::by_name(&asked.rule).ok_or_else(unknown)?,
        epochs,
        batch: asked.batch.unwrap_or(own.batch),
        learning_rate: asked.learning_rate.unwrap_or(own.learning_rate),
        schedule: asked.schedule.unwrap_or(own.schedule),
        weight_decay: asked.weight_decay.unwrap_or(own.weight_decay),
        dropout: asked.dropout.unwrap_or(own.dropout),
        loss: asked.loss.unwrap_or(own.loss),
        augment,
        activation: asked.activation.unwrap_or(own.activation),
        time_steps: steps.to,
        anneal,
        weight_bits: asked.weight_bits,
        ..own
    })
}

/// What a network's file can say of the settings.
pub(super) fn record(config: &Config) -> Training {
    let Config { epochs, batch, learning_rate, dropout, loss, schedule, augment, activation, weight_decay, .. } =
        *config;
    Training { epochs, batch, learning_rate, dropout, loss, schedule, augment, activation, weight_decay }
}
