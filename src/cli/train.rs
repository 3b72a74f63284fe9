//! `train`, and the training that `run` does when it needs a network.

mod keep;
mod report;
mod settings;
mod shipped;

use super::args::{CacheOptions, TrainOptions};
use super::folder::CHECKPOINT;
use super::outputs::Outputs;
use super::owner::{self, stranger};
use super::progress::{TrainBar, Ui};
use super::{Done, Failure, Found, find, folder, memory, print, train_report, write_json};
use crate::data::{self, Dataset};
use crate::digest::Digest;
use crate::files::{FileKind, FolderLock};
use crate::net::{self, Architecture, Network, Trained};
use crate::train::{self, Config, Job, Outcome, REVISION, TrainError};
use keep::{HISTORY, HISTORY_SCHEMA, Kept, NETWORK, WEIGHTS};
use std::path::Path;

/// Lines of progress of the training that `run` does, where there is no terminal.
const LINES: u32 = 20;

/// The `train` command.
pub(super) fn run(options: &TrainOptions, ui: &Ui) -> Done {
    if options.report.report_only {
        return train_report::only(options, ui);
    }
    let (mut architecture, trained) = network(options)?;
    let config = settings::config(options, &architecture)?;
    let (dataset, data_folder) = dataset(options, &architecture, trained.as_ref(), config.time_steps)?;
    ui.notes(&dataset.notes);
    let start = trained.filter(|_| options.fine_tune).map(|trained| trained.folded);
    // What the network's file then proposes is what it was trained with.
    architecture.training = settings::record(&config);
    let (path, started) = (options.out.join(CHECKPOINT), folder::started());
    let job = Job {
        architecture: &architecture,
        dataset: &dataset,
        config: &config,
        start: start.as_ref(),
        checkpoint: Some(&path),
        started: started.as_ref(),
        resume: false,
    };
    job.check()?;
    memory::check(&job, ui)?;
    train_report::check(options)?;
    outputs(options).check()?;
    // A folder that cannot be made, or that another process writes to, is said before the training, not after it.
    let _lock = FolderLock::take(&options.out)?;
    let resume = match keep::look(&job, &path, options, ui)? {
        Kept::Finished(text) => {
            print(text)?;
            return Ok(Found::Nothing);
        }
        Kept::Unfinished => true,
        Kept::Nothing => false,
    };
    if let Some(folder) = start.as_ref().map(|_| &options.network) {
        ui.note(format!("starting from the weights of {folder}"));
    }
    let mut bar = ui.train_bar(u32::MAX);
    let done = train(&Job { resume, ..job }, &mut bar);
    let (seconds, rate) = bar.pace();
    let kept = bar.kept();
    drop(bar);
    let mut outcome = done.map_err(|error| keep::explain(&error, kept, &options.out))?;
    outcome.meta.data_folder = data_folder;
    let unbroken = ui.unbroken();
    let test = train::evaluate(&outcome.quantised, &dataset.test, config.threads)
        .map_err(|error| Failure(format!("{}, test part: {error}", dataset.name)))?;
    let report = report::json(&job, &outcome, &test);
    keep::forget_reports(&options.out).map_err(|error| unwritable(&options.out, &error))?;
    save(&options.out, &architecture, &outcome)?;
    write_json(&options.out.join(HISTORY), &report)?;
    job.finish(&path)?;
    if let Some(path) = &options.json {
        write_json(path, &report::with_pace(report, seconds, rate))?;
    }
    drop(unbroken);
    print(report::text(&job, &outcome, &test))?;
    train_report::finish(options, &architecture, &outcome, &dataset, ui)?;
    print(format_args!(
        "written to {}; run it with: spikemesh run --network {}",
        options.out.display(),
        find::as_argument(&options.out)
    ))?;
    Ok(Found::Nothing)
}

/// What a training writes, beside what [`keep`] looks after.
fn outputs(options: &TrainOptions) -> Outputs {
    let json = FileKind::Json { schema: HISTORY_SCHEMA };
    let outputs = Outputs::new(options.replace.overwrite);
    if !options.out.is_dir() {
        return outputs.with("--json", options.json.as_ref(), json);
    }
    let own = |name: &str| options.out.join(name);
    let network = [NETWORK, WEIGHTS, CHECKPOINT].into_iter();
    let outputs = network.fold(outputs, |outputs, name| outputs.beside("--out", Some(own(name))));
    let written = keep::REPORTS.iter().filter(|(name, _)| options.report.report || *name == HISTORY);
    let outputs = written.fold(outputs, |outputs, (name, kind)| outputs.with("--out", Some(&own(name)), *kind));
    outputs.with("--json", options.json.as_ref(), json)
}

/// The data to train on: what is asked for, or else what a trained network was trained on, or what an untrained one names. Where
/// that is a user's folder, its absolute path too.
fn dataset(
    options: &TrainOptions,
    architecture: &Architecture,
    trained: Option<&Trained>,
    steps: u32,
) -> Result<(Dataset, Option<String>), Failure> {
    let asked = options.data.clone();
    let name = match (asked, trained) {
        (Some(asked), _) => asked,
        (None, Some(trained)) => find::data_of(trained, &options.folders)?,
        (None, None) => architecture.dataset.clone(),
    };
    let folder = data::own_folder(&name, &options.folders.data_dir).and_then(|folder| folder.canonicalize().ok());
    let folder = folder.and_then(|folder| folder.into_os_string().into_string().ok());
    Ok((find::data(&name, &options.folders, steps)?, folder))
}

/// The network to train, and the same with its weights if it has been trained.
fn network(options: &TrainOptions) -> Result<(Architecture, Option<Trained>), Failure> {
    match (find::network(&options.network)?, options.fine_tune) {
        (Network::Untrained(architecture), false) => Ok((architecture, None)),
        (Network::Trained(trained), fine_tune) => {
            let same =
                |a: &Path, b: &Path| a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b);
            if fine_tune && same(&folder::of(Path::new(&options.network)), &options.out) {
                let out = options.out.display();
                return Err(Failure(format!("--out: found {out}, the network itself; its weights are still needed")));
            }
            Ok((trained.architecture.clone(), Some(*trained)))
        }
        (Network::Untrained(architecture), true) => match shipped(&architecture) {
            Some(trained) => Ok((architecture, Some(trained))),
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
        .map_err(|error| unwritable(folder, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure(format!("{}: cannot be written: {error}", path.display()))
}

/// Keeps a network in the cache; whoever else writes the same folder writes the same network.
fn keep_in(cache: &Path, folder: &Path, architecture: &Architecture, outcome: &Outcome) -> Result<(), Failure> {
    owner::make_folder(cache).map_err(|error| unwritable(cache, &error))?;
    let _lock = FolderLock::take(folder)?;
    save(folder, architecture, outcome)
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
    let job = Job { architecture, dataset, config, start: None, checkpoint: None, started: None, resume: false };
    job.check()?;
    memory::check(&job, ui)?;
    let outcome = train(&job, &mut ui.train_bar(LINES))?;
    // Where the cache cannot be used, that was said when it was looked for.
    if let Ok(cache) = find::cache_folder(cache)
        && let Err(Failure(text)) =
            keep_in(&cache, &cache.join(entry(architecture, dataset, config)), architecture, &outcome)
    {
        ui.note(format!("the trained network is not kept: {text}"));
    }
    let Outcome { folded, quantised, meta, .. } = outcome;
    Ok(Trained { architecture: architecture.clone(), meta, folded, quantised, digested: true })
}

/// The trained form of a network where none is needed: from the cache, or as it comes with the program.
pub(super) fn kept(
    architecture: &Architecture,
    dataset: &Dataset,
    config: &Config,
    cache: &CacheOptions,
    ui: &Ui,
) -> Option<Trained> {
    let folder = find::cache(cache, ui).map(|cache| cache.join(entry(architecture, dataset, config)));
    if let Some(trained) = folder.and_then(|folder| cached(&folder, architecture, ui)) {
        return Some(trained);
    }
    let trained = shipped::find(architecture, &dataset.name, config)?;
    ui.note(format!("using the trained {} that comes with the program", architecture.name));
    Some(trained)
}

/// The folder in the cache of the trained form of a network.
fn entry(architecture: &Architecture, dataset: &Dataset, config: &Config) -> String {
    format!("{}-{:016x}", architecture.name, key(architecture, dataset, config))
}

/// The trained network that the cache has in a folder: one of this user's, whose weights are its own.
fn cached(folder: &Path, architecture: &Architecture, ui: &Ui) -> Option<Trained> {
    let network = folder.join(NETWORK);
    if !network.is_file() {
        return None;
    }
    if let Some(why) = [folder, &network].into_iter().find_map(stranger) {
        ui.note(format!("training again, because the kept network may be anybody's: {why}"));
        return None;
    }
    match net::load(folder) {
        Ok(Network::Trained(mut trained)) if trained.digested => {
            ui.note(format!("using the trained network in {}", folder.display()));
            // The folder's name is the cache's affair; reports are the same as when it was trained.
            trained.architecture.name.clone_from(&architecture.name);
            Some(*trained)
        }
        // Kept by an earlier version: its weights may be those of another training.
        Ok(_) => None,
        Err(error) => {
            ui.note(format!("training again, because the kept network is damaged: {error}"));
            None
        }
    }
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
