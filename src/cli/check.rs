//! `check`: reads Spikemesh files and prints all their problems, or prints the schema with which an editor checks them.

use super::args::{ChangeOptions, CheckOptions, SchemaArg};
use super::{CommandOutcome, Done, Failure, compare, find, nir, print};
use crate::explore::sweep_schema;
use crate::hw::{self, EXTENDS};
use crate::json::{self, Document, FileError};
use crate::map;
use crate::net::{self, Network};
use crate::report::{self, count};
use crate::session::catalog::{self, CHIPS, Changed, NETWORKS, as_argument};
use crate::session::{UNDIGESTED, belong_if_known, unfinished};
use serde_json::Value;
use std::path::Path;

pub(super) fn run(options: &CheckOptions) -> Done {
    if let Some(kind) = options.schema {
        print(json::layout(&schema(kind)))?;
        return Ok(CommandOutcome::Nothing);
    }
    let mut problems = Vec::new();
    for file in &options.files {
        match check(file, &options.changes) {
            Ok(what) => print(format_args!("{}: {what}", file.display()))?,
            Err(error) => problems.push(unfinished(file).map_or(error, Failure::from).0),
        }
    }
    if problems.is_empty() { Ok(CommandOutcome::Nothing) } else { Err(Failure(problems.join("\n"))) }
}

fn schema(kind: SchemaArg) -> Value {
    match kind {
        SchemaArg::Chip => hw::schema(),
        SchemaArg::Network => net::layered_schema(),
        SchemaArg::Sparse => net::sparse_schema(),
        SchemaArg::Sweep => sweep_schema(),
        SchemaArg::Mapping => map::schema(),
    }
}

/// Reads a file as what its `format` says it is, or a built-in chip or network by its name; gives a short description.
fn check(file: &Path, changes: &ChangeOptions) -> Result<String, Failure> {
    let name = file.to_str().filter(|_| !file.exists()).unwrap_or_default();
    if CHIPS.names().iter().any(|known| known == name) {
        return chip(name, changes);
    }
    if NETWORKS.names().iter().any(|known| known == name) {
        no_changes(file, changes)?;
        return network_of(name, catalog::network(name)?);
    }
    if file.extension().is_some_and(|extension| extension == "nir") {
        no_changes(file, changes)?;
        return Ok(nir::check(file)?);
    }
    let path = if file.is_dir() { file.join("network.json") } else { file.to_owned() };
    let document = Document::open(&path, net::MAX_FILE_BYTES.max(report::MAX_RUN_BYTES)).map_err(|error| {
        let hint = if is_name(name) { beside(name) } else { String::new() };
        Failure(format!("{error}{hint}"))
    })?;
    if !document.root().is_object() {
        // This notes what it found instead.
        let root = document.root().object(&[]).map(|_| String::new());
        return Ok(document.finish(root)?);
    }
    let field = |wanted: &str| document.root().field(wanted);
    let text = |name: &str| field(name).and_then(|value| value.as_text()).unwrap_or("").to_owned();
    let (format, schema) = (text("format"), text("schema"));
    if format.starts_with("spikemesh.chip") || field(EXTENDS).is_some() {
        return chip(&as_argument(&path), changes);
    }
    no_changes(file, changes)?;
    if schema.starts_with("spikemesh.run") {
        let run = report::load_run(&path)?;
        return Ok(format!(
            "a valid report of a run of {} on {}, {}",
            run.header.network, run.chip, run.pricing.calibration.0
        ));
    }
    if format.starts_with("spikemesh.sweep") {
        return compare::check(&path);
    }
    if !format.starts_with("spikemesh.network") && !format.starts_with("spikemesh.sparse") {
        let known = "spikemesh.chip/1, spikemesh.network/1, spikemesh.sparse/1, spikemesh.sweep/1 (or a schema of spikemesh.run/1)";
        let found = if format.is_empty() { "it is missing".to_owned() } else { format!("found \"{format}\"") };
        let message = format!("{found}, allowed: {known}");
        return Err(FileError::single(path.display().to_string(), "format", message).into());
    }
    network_of(&path.display().to_string(), net::load(file)?)
}

/// Whether a word may be the name of a built-in chip or network.
fn is_name(word: &str) -> bool {
    !word.is_empty() && !word.contains(['/', '.', std::path::MAIN_SEPARATOR])
}

/// A hint at the built-in chip or network of a similar name.
fn beside(name: &str) -> String {
    let names = [CHIPS.names(), NETWORKS.names()].concat();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    json::did_you_mean(name, &known)
}

/// Refuses changes of what is no chip.
fn no_changes(file: &Path, changes: &ChangeOptions) -> Result<(), Failure> {
    match changes.set.is_empty() {
        true => Ok(()),
        false => Err(Failure(format!("--set: changes a chip, and {} is none", file.display()))),
    }
}

fn chip(argument: &str, changes: &ChangeOptions) -> Result<String, Failure> {
    let Changed { chip, notes, origin, .. } = find::chip(argument, changes)?;
    let base = origin.and_then(|origin| Some((origin.extends?, origin.changes?)));
    let base =
        base.map_or(String::new(), |(base, changes)| format!("; extends {base}, changes {}", count(changes, "value")));
    let notes: String = notes.iter().map(|note| format!("; {note}")).collect();
    Ok(format!("a valid chip of {}, calibrations: {}{base}{notes}", count(chip.noc.cores(), "core"), names(&chip)))
}

fn network_of(file: &str, network: Network) -> Result<String, Failure> {
    Ok(match network {
        Network::Untrained(architecture) => {
            format!("a valid network of {}, not trained", count(architecture.stages().len() as u64, "weighted layer"))
        }
        Network::Trained(network) => {
            let belong = belong_if_known(&network);
            belong.map_err(|why| Failure(format!("{file}: {why}")))?;
            let layers = network.quantised.layers.len();
            let but = if network.digested { String::new() } else { format!("; {}", UNDIGESTED) };
            format!("a valid trained network of {}{but}", count(layers as u64, "weighted layer"))
        }
        Network::Sparse(network) => {
            format!(
                "a valid sparse network of {} and {}",
                count(network.graph.neurons() as u64, "neuron"),
                count(network.graph.synapses.len() as u64, "synapse")
            )
        }
    })
}

fn names(chip: &hw::Chip) -> String {
    chip.calibrations.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ")
}
