//! `train`, and the training that `run` does when it needs a network.

mod keep;
mod report;
mod settings;
mod shipped;

use super::args::{CacheOptions, TrainOptions};
use super::progress::{TrainBar, Ui};
use super::{Done, Failure, Found, can_be_written, find, memory, print, train_report, write_json};
use crate::data::Dataset;
use crate::digest::Digest;
use crate::net::{self, Architecture, Folded, Network, Trained};
use crate::train::{self, Config, Job, Outcome, REVISION, TrainError};
use keep::{CHECKPOINT, Kept};
use std::path::{Path, PathBuf};

/// Lines of progress of the training that `run` does, where there is no terminal.
const LINES: u32 = 20;

/// The `train` command.
pub(super) fn run(options: &TrainOptions, ui: &Ui) -> Done {
    if options.report.report_only {
        return train_report::only(options, ui);
    }
    let (mut architecture, start) = network(options)?;
    let config = settings::config(options, &architecture)?;
    let name = options.data.as_deref().unwrap_or(&architecture.dataset);
    let dataset = find::data(name, &options.folders, config.time_steps)?;
    ui.notes(&dataset.notes);
    // What the network's file then proposes is what it was trained with.
    architecture.training = settings::record(&config);
    let path = options.out.join(CHECKPOINT);
    let job = Job {
        architecture: &architecture,
        dataset: &dataset,
        config: &config,
        start: start.as_ref(),
        checkpoint: Some(&path),
        resume: false,
    };
    job.check()?;
    memory::check(&job, ui)?;
    train_report::check(options)?;
    options.json.as_deref().map_or(Ok(()), can_be_written)?;
    let resume = match keep::look(&job, &path, options, ui)? {
        Kept::Finished(text) => {
            print(text)?;
            return Ok(Found::Nothing);
        }
        Kept::Unfinished => true,
        Kept::Nothing => false,
    };
    // A folder that cannot be made is said before the training, not after it.
    std::fs::create_dir_all(&options.out)
        .map_err(|error| Failure(format!("{}: cannot be made: {error}", options.out.display())))?;
    if let Some(folder) = start.as_ref().map(|_| &options.network) {
        ui.note(format!("starting from the weights of {folder}"));
    }
    let mut bar = ui.train_bar(u32::MAX);
    let done = train(&Job { resume, ..job }, &mut bar);
    let (seconds, rate) = bar.pace();
    let kept = bar.kept();
    drop(bar);
    let outcome = done.map_err(|error| keep::explain(&error, kept, &options.out))?;
    save(&options.out, &architecture, &outcome)?;
    let test = train::evaluate(&outcome.quantised, &dataset.test, config.threads)
        .map_err(|error| Failure(format!("{}, test part: {error}", dataset.name)))?;
    let report = report::json(&job, &outcome, &test);
    write_json(&options.out.join("history.json"), &report)?;
    job.finish(&path)?;
    if let Some(path) = &options.json {
        write_json(path, &report::with_pace(report, seconds, rate))?;
    }
    print(report::text(&job, &outcome, &test))?;
    train_report::finish(options, &architecture, &outcome, &dataset, ui)?;
    print(format_args!(
        "written to {}; run it with: spikemesh run --network {}",
        options.out.display(),
        find::as_argument(&options.out)
    ))?;
    Ok(Found::Nothing)
}

/// The network to train, and the weights to start from if that is asked for.
fn network(options: &TrainOptions) -> Result<(Architecture, Option<Folded>), Failure> {
    match (find::network(&options.network)?, options.fine_tune) {
        (Network::Untrained(architecture), false) => Ok((architecture, None)),
        (Network::Trained(trained), false) => Ok((trained.architecture, None)),
        (Network::Trained(trained), true) => {
            let same =
                |a: &Path, b: &Path| a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b);
            let network = Path::new(&options.network);
            let folder = if network.is_dir() { network } else { network.parent().unwrap_or(network) };
            if same(folder, &options.out) {
                let out = options.out.display();
                return Err(Failure(format!("--out: found {out}, the network itself; its weights are still needed")));
            }
            Ok((trained.architecture, Some(trained.folded)))
        }
        (Network::Untrained(architecture), true) => match shipped(&architecture) {
            Some(trained) => Ok((architecture, Some(trained.folded))),
            None => Err(Failure(format!(
                "--fine-tune: network \"{}\" has no weights; expected the folder of a trained one",
                architecture.name
            ))),
        },
        (Network::Sparse(sparse), _) => {
            Err(Failure(format!("{}: a sparse network is not trained, it is run as it is", sparse.name)))
        }
    }
}

fn train(job: &Job<'_>, bar: &mut TrainBar<'_>) -> Result<Outcome, TrainError> {
    let _span = tracing::info_span!("train", network = job.architecture.name).entered();
    job.run(bar)
}

fn save(folder: &Path, architecture: &Architecture, outcome: &Outcome) -> Result<(), Failure> {
    net::save_trained(folder, architecture, &outcome.meta, &outcome.folded, &outcome.quantised)
        .map_err(|error| Failure(format!("{}: cannot be written: {error}", folder.display())))
}

/// The trained form of a network: kept, or trained now and kept in the cache.
pub(super) fn trained(
    architecture: &Architecture,
    dataset: &Dataset,
    config: &Config,
    cache: &CacheOptions,
    ui: &Ui,
) -> Result<Trained, Failure> {
    if let Some(trained) = kept(architecture, dataset, config, cache, ui) {
        return Ok(trained);
    }
    let (epochs, threads) = (config.epochs, config.threads);
    ui.note(format!("training {} on {} ({epochs} epochs, {threads} threads)", architecture.name, dataset.name));
    let job = Job { architecture, dataset, config, start: None, checkpoint: None, resume: false };
    job.check()?;
    memory::check(&job, ui)?;
    let outcome = train(&job, &mut ui.train_bar(LINES))?;
    if let Err(Failure(text)) = save(&folder(architecture, dataset, config, cache), architecture, &outcome) {
        ui.note(format!("the trained network is not kept: {text}"));
    }
    let Outcome { folded, quantised, meta, .. } = outcome;
    Ok(Trained { architecture: architecture.clone(), meta, folded, quantised })
}

/// The trained form of a network where none is needed: from the cache, or as it comes with the program.
pub(super) fn kept(
    architecture: &Architecture,
    dataset: &Dataset,
    config: &Config,
    cache: &CacheOptions,
    ui: &Ui,
) -> Option<Trained> {
    let folder = folder(architecture, dataset, config, cache);
    if folder.join("network.json").is_file() {
        match net::load(&folder) {
            Ok(Network::Trained(mut trained)) => {
                ui.note(format!("using the trained network in {}", folder.display()));
                // The folder's name is the cache's affair; reports are the same as when it was trained.
                trained.architecture.name.clone_from(&architecture.name);
                return Some(*trained);
            }
            Ok(_) => {}
            Err(error) => ui.note(format!("training anew, because the kept network is damaged: {error}")),
        }
    }
    let trained = shipped::find(architecture, &dataset.name, config)?;
    ui.note(format!("using the trained {} that comes with the program", architecture.name));
    Some(trained)
}

/// Where the cache keeps the trained form of a network.
fn folder(architecture: &Architecture, dataset: &Dataset, config: &Config, cache: &CacheOptions) -> PathBuf {
    find::cache(cache).join(format!("{}-{:016x}", architecture.name, key(architecture, dataset, config)))
}

/// The trained form of a network that comes with the program, by the settings and the seed that its file proposes.
pub(super) fn shipped(architecture: &Architecture) -> Option<Trained> {
    shipped::find(architecture, &architecture.dataset, &Config::of(architecture, 1, 1))
}

/// A name for everything that a training depends on; threads change nothing and are left out.
fn key(architecture: &Architecture, dataset: &Dataset, config: &Config) -> u64 {
    let mut digest = Digest::new("spikemesh.trained-network/2");
    digest.add(&(env!("CARGO_PKG_VERSION"), REVISION));
    digest.add(&(architecture, dataset));
    digest.add(config);
    digest.finish()
}
