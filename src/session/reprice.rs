//! A saved run with other constants, without a simulation: which chip it is of, and which of its tables are asked for.

use super::catalog::{self, Changed, change_of_note};
use super::deployment::calibration_of;
use super::error::Error;
use crate::hw::Chip;
use crate::report::{ContentDigest, FileOrigin, SourceKind, Summary, reprice};

/// Constants that a saved run gets.
#[derive(Clone, Debug, Default)]
pub struct Repricing<'a> {
    /// The chip, a name or a path; `None` for the built-in one that the run names.
    pub chip: Option<&'a str>,
    /// Values of the chip's file that are changed, by path.
    pub set: &'a [(&'a str, &'a str)],
    /// The table of constants; `None` for the one of the run, with its current values.
    pub calibration: Option<&'a str>,
}

/// The chip of a saved run: the given one, or the built-in one that the run names; with the changes of the run.
pub fn chip_of_run(saved: &Summary, wanted: &Repricing<'_>) -> Result<Changed, Error> {
    if let Some(chip) = wanted.chip {
        return changed_as(saved, chip, wanted.set);
    }
    if let Some(origin) = saved.header.origins.iter().find(|origin| origin.what == "chip") {
        return Err(Error::ChipFileOfRun { file: origin.file.clone() });
    }
    if let Err(why) = catalog::named_chip(&saved.chip) {
        return Err(Error::ChipOfRun { why: Box::new(why) });
    }
    changed_as(saved, &saved.chip, wanted.set)
}

/// A chip with the changes of a run, if these make it the one that the run used, and with more changes.
fn changed_as(saved: &Summary, chip: &str, set: &[(&str, &str)]) -> Result<Changed, Error> {
    let used = saved.header.digests.iter().find(|known| known.what == SourceKind::Chip.name());
    let changes: Vec<(&str, &str)> = saved.header.notes.iter().filter_map(|note| change_of_note(note)).collect();
    let is_used = |found: Changed| used.is_some_and(|used| used.digest == found.digest);
    let known = !changes.is_empty() && catalog::chip_with(chip, &changes).is_ok_and(is_used);
    if known { catalog::chip_with(chip, &[&changes, set].concat()) } else { catalog::chip_with(chip, set) }
}

/// A saved run with the constants of a chip's table, from its counts.
pub fn repriced(saved: Summary, wanted: &Repricing<'_>) -> Result<Summary, Error> {
    let Changed { chip, notes, origin, digest } = chip_of_run(&saved, wanted)?;
    repriced_on(saved, &chip, (notes, origin, Some(digest)), wanted.calibration)
}

/// The same on a chip that is loaded; with notes on it, the origin of its file and its digest.
pub fn repriced_on(
    saved: Summary,
    chip: &Chip,
    (notes, origin, digest): (Vec<String>, Option<FileOrigin>, Option<u64>),
    calibration: Option<&str>,
) -> Result<Summary, Error> {
    // The constants of the report by name, with the current values of the chip's file.
    let name = calibration.unwrap_or(&saved.pricing.calibration.0);
    if calibration.is_none() && chip.calibration(Some(name)).is_none() {
        let tables = chip.calibrations().iter().map(|table| table.name.clone()).collect();
        return Err(Error::NoTableOfRun { name: name.to_owned(), chip: chip.name.clone(), tables });
    }
    let table = calibration_of(chip, Some(name))?;
    let mut summary = reprice(saved, chip, table)?;
    // Of changes that the run had, it has notes.
    let more: Vec<String> = notes.into_iter().filter(|note| !summary.header.notes.contains(note)).collect();
    summary.header.notes.extend(more);
    // The constants now come from this file.
    summary.header.origins.retain(|known| known.what != "chip");
    summary.header.origins.splice(0..0, origin);
    if let Some(digest) = digest {
        let what = SourceKind::Chip.name();
        summary.header.digests.retain(|known| known.what != what);
        summary.header.digests.splice(0..0, [ContentDigest { what, name: chip.name.clone(), digest }]);
    }
    Ok(summary)
}
