//! `report`: prints a saved run or rewrites it, optionally with other constants, without simulating.

use super::advice::in_options;
use super::args::{DetailOption, ReportOptions};
use super::outputs::{Outputs, RUN_PAGE};
use super::progress::Ui;
use super::{CommandOutcome, Done, Failure, print, print_report, provenance, width, write_page, write_plain_json};
use crate::files::FileKind;
use crate::report::{Detail, RUN_SCHEMA, Summary, labelled, load_run, run_json, run_text, saved_html};
use crate::session::{self, Error};
use std::path::Path;

pub(super) fn run(options: &ReportOptions, ui: &Ui) -> Done {
    let json = FileKind::Json { schema: RUN_SCHEMA };
    Outputs::new(options.replace.overwrite)
        .with("--json", options.json.as_ref(), json)
        .with("--html", options.html.as_ref(), RUN_PAGE)
        .check()?;
    let saved = load_run(&options.file)?;
    let summary = match (&options.calibration, &options.chip) {
        // As saved: the chip's file need not exist.
        (None, None) if options.changes.set.is_empty() => saved,
        (calibration, chip) => {
            let (set, calibration) = (options.changes.pairs(), calibration.as_deref());
            let wanted = session::Repricing { chip: chip.as_deref(), set: &set, calibration };
            session::repriced(saved, &wanted).map_err(|error| told(&error, options))?
        }
    };
    if let Some(path) = &options.html {
        summary.header.digests.iter().for_each(|known| provenance::note_again(known, ""));
        write_page(path, &saved_html(&summary, None))?;
    }
    let (json, page) = (options.json.as_deref(), options.html.as_deref());
    finish(&summary, options.detail, ReportFiles { json, page, draws: true, ..ReportFiles::default() }, ui)
}

/// The message of an error, with the options that help.
fn told(error: &Error, options: &ReportOptions) -> Failure {
    match error {
        Error::ChipFileOfRun { file } => {
            Failure(format!("the run used a chip that is not built in, {file}: name its file with --chip"))
        }
        Error::ChipOfRun { why } => {
            let text = in_options(why.as_ref());
            Failure(format!("{text}\n(the run used a chip that is not built in: name its file with --chip)"))
        }
        Error::NoTableOfRun { name, chip, tables } => Failure(format!(
            "{} was priced with {name}, which {} does not have; choose one of its own with --calibration: {}",
            options.file.display(),
            options.chip.as_deref().unwrap_or(chip),
            tables.join(", ")
        )),
        error => Failure(in_options(error)),
    }
}

/// What a command writes beside the text of a report.
#[derive(Default)]
pub(super) struct ReportFiles<'a> {
    /// The JSON, which is yet to be written.
    pub(super) json: Option<&'a Path>,
    /// The page, which is written.
    pub(super) page: Option<&'a Path>,
    /// Traces, a line each.
    pub(super) traces: &'a [String],
    /// Whether the command can draw a page.
    pub(super) draws: bool,
    /// Whether the command can try other options.
    pub(super) advises: bool,
}

/// Prints a report and writes it as JSON; the exit code says whether it has something to flag.
pub(super) fn finish(summary: &Summary, option: DetailOption, files: ReportFiles<'_>, ui: &Ui) -> Done {
    let detail = match option.sources {
        _ if ui.is_verbose() => Detail::Full,
        true => Detail::Sources,
        false => Detail::Brief,
    };
    print_report(run_text(summary, width(), detail).trim_end_matches('\n'))?;
    if let Some(path) = files.json {
        write_plain_json(path, &run_json(summary))?;
    }
    let advises = files.advises && summary.advice.is_none() && summary.bound.is_some();
    let hints = hints(&ReportFiles { advises, ..files }, detail);
    if !ui.is_quiet() && !hints.is_empty() {
        print(hints.trim_end_matches('\n'))?;
    }
    // A run exists to find a chip that does not compute what the network computes.
    let flagged = summary.is_wrong() || summary.interrupted.is_some();
    Ok(if flagged { CommandOutcome::Something } else { CommandOutcome::Nothing })
}

/// What was written, and which options write or print more.
fn hints(files: &ReportFiles<'_>, detail: Detail) -> String {
    let (mut text, width) = (String::new(), width());
    for (label, path) in [("page", files.page), ("JSON", files.json)] {
        if let Some(path) = path.filter(|path| *path != Path::new("-")) {
            labelled(&mut text, label, &path.display().to_string(), width);
        }
    }
    files.traces.iter().for_each(|line| labelled(&mut text, "trace", line, width));
    let more = [
        (files.draws && files.page.is_none(), "--html page.html draws it"),
        (detail == Detail::Brief, "--sources: its basis"),
        (files.advises, "--advise"),
        (detail != Detail::Full, "--verbose: all"),
    ];
    let more: Vec<&str> = more.into_iter().filter(|(fits, _)| *fits).map(|(_, what)| what).collect();
    if !more.is_empty() {
        text += &textwrap::fill(&format!("more: {}", more.join("; ")), usize::from(width));
    }
    text
}
