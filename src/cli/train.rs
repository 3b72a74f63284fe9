//! `train`, and the training that `run` does when it needs a network.

use super::args::{CacheOptions, TrainOptions};
use super::progress::Ui;
use super::{Done, Failure, Found, can_be_written, find, print, write_json};
use crate::data::Dataset;
use crate::net::{self, Architecture, Network, Trained};
use crate::rng::mix;
use crate::train::{self, Config, Outcome, Rule};
use serde_json::{Value, json};
use std::path::Path;

/// The `train` command.
pub(super) fn run(options: &TrainOptions, ui: &Ui) -> Done {
    let architecture = architecture(&options.network)?;
    let dataset = find::data(options.data.as_deref().unwrap_or(&architecture.dataset), &options.folders)?;
    let rules: Vec<&str> = Rule::ALL.iter().map(|(name, _)| *name).collect();
    let unknown = || Failure(format!("--rule: found \"{}\", allowed: {}", options.rule, rules.join(", ")));
    let mut config = Config::of(&architecture, options.effort.seed, find::threads(options.effort.threads));
    config.rule = Rule::by_name(&options.rule).ok_or_else(unknown)?;
    config.epochs = options.epochs.unwrap_or(config.epochs);
    config.time_steps = options.steps.unwrap_or(config.time_steps);
    config.weight_bits = options.weight_bits;
    // A folder that cannot be made is said before the training, not after it.
    std::fs::create_dir_all(&options.out)
        .map_err(|error| Failure(format!("{}: cannot be made: {error}", options.out.display())))?;
    options.json.as_deref().map_or(Ok(()), can_be_written)?;
    let outcome = train(&architecture, &dataset, &config, ui)?;
    save(&options.out, &architecture, &outcome)?;
    let test = train::evaluate(&outcome.quantised, &dataset.test, config.threads);
    let report = report(&architecture, &dataset, &outcome, test.accuracy());
    write_json(&options.out.join("history.json"), &report)?;
    if let Some(path) = &options.json {
        write_json(path, &report)?;
    }
    print(format_args!(
        "{} trained on {}: epoch {} chosen at {:.2} % validation, {:.2} % test accuracy of the integer network",
        architecture.name,
        dataset.name,
        outcome.meta.epoch,
        outcome.meta.validation_accuracy * 100.0,
        test.accuracy() * 100.0
    ))?;
    print(format_args!("written to {}; run it with: spikemesh run --network {0}", options.out.display()))?;
    Ok(Found::Nothing)
}

fn architecture(argument: &str) -> Result<Architecture, Failure> {
    match find::network(argument)? {
        Network::Untrained(architecture) => Ok(architecture),
        Network::Trained(trained) => Ok(trained.architecture),
        Network::Sparse(sparse) => {
            Err(Failure(format!("{}: a sparse network is not trained, it is run as it is", sparse.name)))
        }
    }
}

fn train(architecture: &Architecture, dataset: &Dataset, config: &Config, ui: &Ui) -> Result<Outcome, Failure> {
    let _span = tracing::info_span!("train", network = architecture.name).entered();
    let mut bar = ui.train_bar();
    Ok(train::train(architecture, dataset, config, &mut bar)?)
}

fn save(folder: &Path, architecture: &Architecture, outcome: &Outcome) -> Result<(), Failure> {
    net::save_trained(folder, architecture, &outcome.meta, &outcome.folded, &outcome.quantised)
        .map_err(|error| Failure(format!("{}: cannot be written: {error}", folder.display())))
}

fn report(architecture: &Architecture, dataset: &Dataset, outcome: &Outcome, test: f64) -> Value {
    let epoch = |r: &train::EpochReport| {
        json!({
            "epoch": r.epoch, "loss": r.loss, "train_accuracy": r.train_accuracy,
            "validation_accuracy": r.validation_accuracy, "spike_rate": r.spike_rate,
            "learning_rate": r.learning_rate,
        })
    };
    json!({
        "schema": "spikemesh.train/1",
        "network": architecture.name,
        "dataset": dataset.name,
        "rule": outcome.meta.rule,
        "seed": outcome.meta.seed,
        "time_steps": outcome.quantised.spec.time_steps,
        "weight_bits": outcome.quantised.spec.weight_bits,
        "chosen_epoch": outcome.meta.epoch,
        "validation_accuracy": outcome.meta.validation_accuracy,
        "test_accuracy": test,
        "made_by": outcome.meta.made_by,
        "history": outcome.history.iter().map(epoch).collect::<Vec<_>>(),
    })
}

/// The trained form of a network: from the cache, or trained now and kept there.
pub(super) fn trained(
    architecture: &Architecture,
    dataset: &Dataset,
    config: &Config,
    cache: &CacheOptions,
    ui: &Ui,
) -> Result<Trained, Failure> {
    let folder = find::cache(cache).join(format!("{}-{:016x}", architecture.name, key(architecture, dataset, config)));
    if folder.join("network.json").is_file() {
        match net::load(&folder) {
            Ok(Network::Trained(mut trained)) => {
                ui.note(format!("using the trained network in {}", folder.display()));
                // The folder's name is the cache's affair; reports are the same as when it was trained.
                trained.architecture.name.clone_from(&architecture.name);
                return Ok(*trained);
            }
            Ok(_) => {}
            Err(error) => ui.note(format!("training anew, because the kept network is damaged: {error}")),
        }
    }
    let (epochs, threads) = (config.epochs, config.threads);
    ui.note(format!("training {} on {} ({epochs} epochs, {threads} threads)", architecture.name, dataset.name));
    let outcome = train(architecture, dataset, config, ui)?;
    if let Err(Failure(text)) = save(&folder, architecture, &outcome) {
        ui.note(format!("the trained network is not kept: {text}"));
    }
    let Outcome { folded, quantised, meta, .. } = outcome;
    Ok(Trained { architecture: architecture.clone(), meta, folded, quantised })
}

/// Counts changes of the trainer that change what it trains: kept networks of another revision are not used.
const TRAINER_REVISION: u32 = 1;

/// A name for everything that a training depends on; threads change nothing and are left out.
fn key(architecture: &Architecture, dataset: &Dataset, config: &Config) -> u64 {
    let Architecture { input, layers, threshold, .. } = architecture;
    let config = Config { threads: 1, ..config.clone() };
    let version = env!("CARGO_PKG_VERSION");
    let text = format!("{version} {TRAINER_REVISION} {input:?} {layers:?} {threshold} {config:?}");
    text.bytes().fold(dataset.digest, |key, byte| mix(key ^ u64::from(byte)))
}
