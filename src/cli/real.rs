//! An imported network beside the real one that it was made of: for the steps and spikes of a run.
//!
//! The network's folder has a copy of its graph and the options with which it was imported. Both make the same integers again,
//! or the file was changed and there is nothing to compare.

use super::args::{Arguments, Command, ImportOptions};
use super::terminal::tell;
use super::{Failure, import};
use crate::net::graph::Graph;
use crate::net::nir::{self, Comparison, float};
use crate::net::{Origin, SparseNetwork};
use clap::Parser;
use std::ffi::OsString;

/// Compares a run of a network with the real one; `fed` is the network with the spikes and the steps of the run. None of a
/// network that was not imported.
pub(super) fn beside(network: &SparseNetwork, fed: &Graph) -> Option<Result<Comparison, Failure>> {
    Some(compare(network.imported.as_ref()?, network, fed))
}

fn compare(origin: &Origin, network: &SparseNetwork, fed: &Graph) -> Result<Comparison, Failure> {
    let options = options(origin)?;
    let lowered = import::read(&options)?.lowered;
    let (own, steps) = (network.graph.own_steps(), fed.own_steps());
    let (Some(own), Some(steps)) = (own, steps) else {
        return Err(Failure(format!("{}: the network was changed since it was imported", origin.file.display())));
    };
    let before = import::spikes_of(&network.graph);
    let numbers = float::run_layers(&lowered, &before, own, |_| {});
    let imported = import::integers(&options, &lowered, own, &numbers.peaks)?;
    if imported.with_spikes(before.clone()) != network.graph {
        return Err(Failure(format!("{}: the network was changed since it was imported", origin.file.display())));
    }
    let spikes = import::spikes_of(fed);
    if (steps, &spikes) == (own, &before) {
        return Ok(nir::compare_with(&lowered, &imported, &spikes, &numbers, steps));
    }
    Ok(nir::compare(&lowered, &imported, &spikes, steps))
}

/// The options of the import.
fn options(origin: &Origin) -> Result<ImportOptions, Failure> {
    let fixed = ["spikemesh", "import", "--out", "."].map(OsString::from);
    let arguments = origin.arguments.iter().map(OsString::from);
    let file = [OsString::from("--"), origin.file.clone().into_os_string()];
    let parsed = Arguments::try_parse_from(fixed.into_iter().chain(arguments).chain(file));
    match parsed.map(|arguments| arguments.command) {
        Ok(Command::Import(options)) => Ok(options),
        _ => Err(Failure("the options of the import in the network's file are none of import".into())),
    }
}

/// Says what is beyond the thresholds on standard error; where one is strict, that is why nothing goes on.
pub(super) fn warn(comparison: &Comparison, strict: bool) -> Result<(), Failure> {
    let warnings = comparison.warnings();
    if strict && !warnings.is_empty() {
        return Err(Failure(format!("--strict: integers do not follow the real network\n{}", warnings.join("\n"))));
    }
    warnings.iter().for_each(|warning| tell(format_args!("warning: {warning}")));
    Ok(())
}
