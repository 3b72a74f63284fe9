//! `train`: trains a network from its file or its weights into a folder.

mod report;

use super::args::TrainOptions;
use super::outputs::Outputs;
use super::progress::{TrainBar, Ui};
pub(super) use report::kept_epochs;

use super::{CommandOutcome, Done, Failure, find, folder, print, provenance, train_report, write_json};
use crate::files::{FileKind, FolderLock};
use crate::hw::Chip;
use crate::net::{Architecture, Network, Trained};
use crate::report::digests_json;
use crate::session::catalog::{self, as_argument};
use crate::session::{
    CHECKPOINT, Error, HISTORY, HISTORY_SCHEMA, NETWORK_FILES, TRAIN_REPORTS, TrainFolder, check_memory, to_train,
    training_history,
};
use crate::train::{self, Standing, TrainError, TrainJob, TrainOutcome};
use std::path::Path;

pub(super) fn run(options: &TrainOptions, ui: &Ui) -> Done {
    if options.report.report_only {
        return train_report::only(options, ui);
    }
    let (mut architecture, trained) = network(options)?;
    let chip = chip(options)?;
    let effort = (options.effort.seed, find::threads(options.effort.threads));
    let (config, note) = options.settings.settings()?.settle(chip.as_ref(), &mut architecture, effort)?;
    note.into_iter().for_each(|note| ui.note(note));
    let (asked, folders) = (options.data.as_ref(), find::folders(&options.folders));
    let (dataset, data_folder) =
        catalog::data_to_train(&architecture, trained.as_ref(), asked, &folders, config.time_steps)?;
    let dataset = find::noted(dataset);
    ui.notes(&dataset.notes);
    let start = trained.filter(|_| options.fine_tune).map(|trained| trained.folded);
    let TrainOptions { out, resume, replace, .. } = options;
    let kept_in = TrainFolder { path: out, resume: *resume, overwrite: replace.overwrite };
    let (path, started) = (kept_in.checkpoint(), folder::started());
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
    let standing = kept_in.standing(&job)?;
    if is_finished(standing.as_ref(), options, ui)? {
        return Ok(CommandOutcome::Nothing);
    }
    if let Some(folder) = start.as_ref().map(|_| &options.network) {
        ui.note(format!("starting from the weights of {folder}"));
    }
    let bar = ui.train_bar(u32::MAX);
    let done = train(&TrainJob { resume: standing.is_some(), ..job }, &bar);
    let pace = bar.pace();
    let kept = bar.kept();
    drop(bar);
    let mut outcome = done.map_err(|error| explain(&error, kept, out))?;
    outcome.meta.data_folder = data_folder;
    finish((options, ui), kept_in, &job, &outcome, pace)?;
    Ok(CommandOutcome::Nothing)
}

/// Says how a training goes on, and whether nothing is left to do.
fn is_finished(standing: Option<&Standing>, options: &TrainOptions, ui: &Ui) -> Result<bool, Failure> {
    let out = options.out.display();
    match standing {
        Some(Standing { done, epochs, finished: true, .. }) => {
            print(match done == epochs {
                true => format!("the training in {out} is finished, all {epochs} epochs of it; nothing to do"),
                false => format!("the training in {out} is finished after {done} epochs; nothing to do"),
            })?;
            return Ok(true);
        }
        Some(Standing { done, epochs, .. }) => ui.note(format!("continuing after epoch {done} of {epochs}")),
        None if options.resume => ui.note(format!("nothing to resume in {out}: starting with epoch 1")),
        None => {}
    }
    Ok(false)
}

/// Measures the network on the test part, writes it with its history and reports, and prints the result.
fn finish(
    (options, ui): (&TrainOptions, &Ui),
    kept_in: TrainFolder<'_>,
    job: &TrainJob<'_>,
    outcome: &TrainOutcome,
    pace: (f64, f64),
) -> Result<(), Failure> {
    let TrainJob { architecture, dataset, config, .. } = *job;
    let unbroken = ui.unbroken();
    let test = train::evaluate(&outcome.quantised, &dataset.test, config.threads).map_err(|error| Error::Evaluate {
        dataset: dataset.name.clone(),
        part: "test",
        error,
    })?;
    let mut report = training_history(job, outcome, Some(&test));
    report["digests"] = digests_json(&provenance::digests());
    kept_in.keep(job, outcome, &report)?;
    if let Some(path) = &options.json {
        write_json(path, &report::with_pace(report, pace))?;
    }
    drop(unbroken);
    print(report::text(job, outcome, &test))?;
    outcome.folded.beyond_membranes(&outcome.quantised).iter().for_each(|text| ui.note(format!("note: {text}")));
    train_report::finish(options, architecture, outcome, dataset, ui)?;
    print(format_args!(
        "written to {}; run it with: spikemesh run --network {}",
        options.out.display(),
        as_argument(&options.out)
    ))?;
    Ok(())
}

/// The chip to train for.
fn chip(options: &TrainOptions) -> Result<Option<Chip>, Failure> {
    let asked = &options.settings.hardware;
    let chip = asked.for_chip.as_deref().map(|chip| find::chip(chip, &asked.changes)).transpose()?;
    Ok(chip.map(|changed| changed.chip))
}

/// Adds to a training's error what is left of it.
fn explain(error: &TrainError, kept: u32, out: &Path) -> Failure {
    let out = out.display();
    let left = match (error, kept) {
        (TrainError::Cancelled { .. } | TrainError::Diverged { .. }, 0) => "; no epoch is over yet".to_owned(),
        (TrainError::Cancelled { .. }, kept) => {
            format!("; {out} has the state after epoch {kept}: continue with --resume")
        }
        (TrainError::Diverged { .. }, kept) => {
            format!("; the last good state, after epoch {kept}, is kept in {out}/{CHECKPOINT}")
        }
        _ => String::new(),
    };
    Failure(format!("{error}{left}"))
}

/// Files of a training, beside the network.
fn outputs(options: &TrainOptions) -> Outputs {
    let json = FileKind::Json { schema: HISTORY_SCHEMA };
    let outputs = Outputs::new(options.replace.overwrite);
    if !options.out.is_dir() {
        return outputs.with("--json", options.json.as_ref(), json);
    }
    let own = |name: &str| options.out.join(name);
    let network = NETWORK_FILES.into_iter().chain([CHECKPOINT]);
    let outputs = network.fold(outputs, |outputs, name| outputs.beside("--out", Some(own(name))));
    let written = TRAIN_REPORTS.iter().filter(|(name, _)| options.report.report || *name == HISTORY);
    let outputs = written.fold(outputs, |outputs, (name, kind)| outputs.with("--out", Some(&own(name)), *kind));
    outputs.with("--json", options.json.as_ref(), json)
}

/// The network to train, and its trained form if it has been trained.
fn network(options: &TrainOptions) -> Result<(Architecture, Option<Trained>), Failure> {
    let network = find::network(&options.network)?.network;
    if matches!(network, Network::Trained(_)) && options.fine_tune {
        let TrainOptions { out, resume, replace, .. } = options;
        let folder = TrainFolder { path: out, resume: *resume, overwrite: replace.overwrite };
        folder.keeps(Path::new(&options.network))?;
    }
    Ok(to_train(network, options.fine_tune)?)
}

fn train(job: &TrainJob<'_>, bar: &TrainBar<'_>) -> Result<TrainOutcome, TrainError> {
    let _span = tracing::info_span!("train", network = job.architecture.name).entered();
    job.run(bar)
}
