//! `train`: trains a network from its file or its weights into a folder.

mod keep;
mod report;
mod settings;

use super::args::TrainOptions;
use super::outputs::Outputs;
use super::progress::{TrainBar, Ui};
pub(super) use report::kept_epochs;

use super::{
    CommandOutcome, Done, Failure, find, folder, print, provenance, train_report, write_json, write_plain_json,
};
use crate::data::{self, Dataset};
use crate::files::{FileKind, FolderLock};
use crate::net::{self, Architecture, Network, Trained};
use crate::report::digests_json;
use crate::session::catalog::{self, as_argument};
use crate::session::{CHECKPOINT, check_memory, folder_of, shipped};
use crate::train::{self, TrainError, TrainJob, TrainOutcome};
use keep::{HISTORY, HISTORY_SCHEMA, Kept, NETWORK, WEIGHTS};
use std::path::Path;

pub(super) fn run(options: &TrainOptions, ui: &Ui) -> Done {
    if options.report.report_only {
        return train_report::only(options, ui);
    }
    let (mut architecture, trained) = network(options)?;
    let chip = settings::chip(options)?;
    let note = settings::deploy(options, chip.as_ref(), &mut architecture)?;
    note.into_iter().for_each(|note| ui.note(note));
    let config = settings::config(options, chip.as_ref(), &architecture)?;
    let (dataset, data_folder) = dataset(options, &architecture, trained.as_ref(), config.time_steps)?;
    ui.notes(&dataset.notes);
    let start = trained.filter(|_| options.fine_tune).map(|trained| trained.folded);
    // The network's file then holds the settings of its training.
    architecture.training = settings::record(&config);
    let (path, started) = (options.out.join(CHECKPOINT), folder::started());
    let job = TrainJob {
        architecture: &architecture,
        dataset: &dataset,
        config: &config,
        start: start.as_ref(),
        checkpoint: Some(&path),
        started: started.as_ref(),
        resume: false,
    };
    job.check()?;
    check_memory(&job, ui)?;
    train_report::check(options)?;
    outputs(options).check()?;
    // Reports a folder that cannot be made, or that another process writes to, before the training, not after it.
    let _lock = FolderLock::take(&options.out)?;
    let resume = match keep::look(&job, &path, options, ui)? {
        Kept::Finished(text) => {
            print(text)?;
            return Ok(CommandOutcome::Nothing);
        }
        Kept::Unfinished => true,
        Kept::Nothing => false,
    };
    if let Some(folder) = start.as_ref().map(|_| &options.network) {
        ui.note(format!("starting from the weights of {folder}"));
    }
    let bar = ui.train_bar(u32::MAX);
    let done = train(&TrainJob { resume, ..job }, &bar);
    let pace = bar.pace();
    let kept = bar.kept();
    drop(bar);
    let mut outcome = done.map_err(|error| keep::explain(&error, kept, &options.out))?;
    outcome.meta.data_folder = data_folder;
    finish(options, ui, &job, &outcome, pace)?;
    Ok(CommandOutcome::Nothing)
}

/// Measures the network on the test part, writes it with its history and reports, and prints the result.
fn finish(
    options: &TrainOptions,
    ui: &Ui,
    job: &TrainJob<'_>,
    outcome: &TrainOutcome,
    pace: (f64, f64),
) -> Result<(), Failure> {
    let TrainJob { architecture, dataset, config, .. } = *job;
    let unbroken = ui.unbroken();
    let test = train::evaluate(&outcome.quantised, &dataset.test, config.threads)
        .map_err(|error| Failure(format!("{}, test part: {error}", dataset.name)))?;
    let mut report = report::json(job, outcome, &test);
    report["digests"] = digests_json(&provenance::digests());
    keep::forget_reports(&options.out).map_err(|error| unwritable(&options.out, &error))?;
    save(&options.out, architecture, outcome)?;
    write_plain_json(&options.out.join(HISTORY), &report)?;
    job.finish(&options.out.join(CHECKPOINT))?;
    if let Some(path) = &options.json {
        write_json(path, &report::with_pace(report, pace))?;
    }
    drop(unbroken);
    print(report::text(job, outcome, &test))?;
    train_report::finish(options, architecture, outcome, dataset, ui)?;
    print(format_args!(
        "written to {}; run it with: spikemesh run --network {}",
        options.out.display(),
        as_argument(&options.out)
    ))?;
    Ok(())
}

/// Files of a training, without those of [`keep`].
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

/// The training data: as requested, or else what a trained network was trained on, or what an untrained one names. For
/// a user's folder, its absolute path too.
fn dataset(
    options: &TrainOptions,
    architecture: &Architecture,
    trained: Option<&Trained>,
    steps: u32,
) -> Result<(Dataset, Option<String>), Failure> {
    let asked = options.data.clone();
    let name = match (asked, trained) {
        (Some(asked), _) => asked,
        (None, Some(trained)) => catalog::data_of(trained, &find::folders(&options.folders))?,
        (None, None) => architecture.dataset.clone(),
    };
    let folder = data::own_folder(&name, &options.folders.data_dir).and_then(|folder| folder.canonicalize().ok());
    let folder = folder.and_then(|folder| folder.into_os_string().into_string().ok());
    Ok((find::noted(catalog::data(&name, &find::folders(&options.folders), steps)?), folder))
}

/// The network to train, and its trained form if it has been trained.
fn network(options: &TrainOptions) -> Result<(Architecture, Option<Trained>), Failure> {
    match (find::network(&options.network)?.network, options.fine_tune) {
        (Network::Untrained(architecture), false) => Ok((architecture, None)),
        (Network::Trained(trained), fine_tune) => {
            let same =
                |a: &Path, b: &Path| a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b);
            if fine_tune && same(&folder_of(Path::new(&options.network)), &options.out) {
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
            Err(Failure(format!("{}: a sparse network is not trained; run it as it is", sparse.name)))
        }
    }
}

fn train(job: &TrainJob<'_>, bar: &TrainBar<'_>) -> Result<TrainOutcome, TrainError> {
    let _span = tracing::info_span!("train", network = job.architecture.name).entered();
    job.run(bar)
}

fn save(folder: &Path, architecture: &Architecture, outcome: &TrainOutcome) -> Result<(), Failure> {
    net::save_trained(folder, architecture, &outcome.meta, &outcome.folded, &outcome.quantised)
        .map_err(|error| unwritable(folder, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure(format!("{}: cannot be written: {error}", path.display()))
}
