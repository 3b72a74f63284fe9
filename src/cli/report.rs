//! `report`: prints a saved run or rewrites it, optionally with other constants, without simulating.

use super::args::ReportOptions;
use super::outputs::Outputs;
use super::{CommandOutcome, Done, Failure, print_report, width, write_json};
use crate::files::FileKind;
use crate::hw::Chip;
use crate::report::{FileOrigin, RUN_SCHEMA, Summary, load_run, reprice, run_json, run_text};
use crate::session::calibration_of;
use crate::session::catalog::named_chip;
use std::path::Path;

pub(super) fn run(options: &ReportOptions) -> Done {
    let json = FileKind::Json { schema: RUN_SCHEMA };
    Outputs::new(options.replace.overwrite).with("--json", options.json.as_ref(), json).check()?;
    let saved = load_run(&options.file)?;
    let summary = match (&options.calibration, &options.chip) {
        // As saved: the chip's file need not exist.
        (None, None) => saved,
        (name, _) => {
            let (chip, origin) = chip(options, &saved)?;
            // A chip without a table: the constants of the report by name, with the current values of its file.
            let own = saved.pricing.calibration.0.clone();
            let table = match name {
                Some(name) => calibration_of(&chip, Some(name))?,
                None => calibration_of(&chip, Some(&own)).map_err(|_| other_constants(options, &own, &chip))?,
            };
            let mut summary = reprice(saved, &chip, table)?;
            // The constants now come from this file.
            summary.header.origins.retain(|known| known.what != "chip");
            summary.header.origins.splice(0..0, origin);
            summary
        }
    };
    finish(&summary, options.json.as_deref())
}

/// The chip has no calibration with the name of the run's.
fn other_constants(options: &ReportOptions, own: &str, chip: &Chip) -> Failure {
    let known: Vec<&str> = chip.calibrations.iter().map(|calibration| calibration.name.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Failure(format!(
        "{} was priced with \"{own}\", which {} does not have; name one of its calibrations with --calibration: {known}",
        options.file.display(),
        chip.name
    ))
}

fn chip(options: &ReportOptions, saved: &Summary) -> Result<(Chip, Option<FileOrigin>), Failure> {
    if let (None, Some(origin)) = (&options.chip, saved.header.origins.iter().find(|origin| origin.what == "chip")) {
        let file = &origin.file;
        return Err(Failure(format!("the run used a chip that is not built in, {file}: name its file with --chip")));
    }
    match &options.chip {
        Some(chip) => Ok(named_chip(chip)?),
        None => named_chip(&saved.chip).map_err(|error| {
            let Failure(text) = error.into();
            Failure(format!("{text}\n(the run used a chip that is not built in: name its file with --chip)"))
        }),
    }
}

/// Prints a report and writes it as JSON; the exit code says whether it has something to flag.
pub(super) fn finish(summary: &Summary, json: Option<&Path>) -> Done {
    print_report(&run_text(summary, width()))?;
    if let Some(path) = json {
        write_json(path, &run_json(summary))?;
    }
    // A run exists to find a chip that does not compute what the network computes.
    let flagged = summary.is_wrong() || summary.interrupted.is_some();
    Ok(if flagged { CommandOutcome::Something } else { CommandOutcome::Nothing })
}
