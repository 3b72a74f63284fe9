//! `check`: reads Spikemesh files and prints all their problems, or prints the schema with which an editor checks them.

use super::args::{CheckOptions, SchemaArg};
use super::{CommandOutcome, Done, Failure, nir, print};
use crate::hw;
use crate::json::{self, Document, FileError};
use crate::net::{self, Network};
use crate::report;
use crate::session::catalog::{self, CHIPS, NETWORKS};
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
        match check(file) {
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
    }
}

/// The result for the name of a chip or a network that comes with the program, as other commands take it.
fn built_in(file: &Path) -> Option<Result<String, Failure>> {
    let name = file.to_str().filter(|_| !file.exists())?;
    let has = |names: Vec<String>| names.iter().any(|known| known == name);
    if has(CHIPS.names()) {
        return Some(catalog::chip(name).map(|chip| of_chip(&chip)).map_err(Failure::from));
    }
    has(NETWORKS.names())
        .then(|| catalog::network(name).map_err(Failure::from).and_then(|network| of_network(network, name)))
}

/// Reads a file as what its `format` says it is; gives a short description.
fn check(file: &Path) -> Result<String, Failure> {
    if let Some(found) = built_in(file) {
        return found;
    }
    if file.extension().is_some_and(|extension| extension == "nir") {
        return Ok(nir::check(file)?);
    }
    let path = if file.is_dir() { file.join("network.json") } else { file.to_owned() };
    let document = Document::open(&path, net::MAX_FILE_BYTES.max(report::MAX_RUN_BYTES))?;
    if !document.root().is_object() {
        // This notes what it found instead.
        let root = document.root().object(&[]).map(|_| String::new());
        return Ok(document.finish(root)?);
    }
    let field = |wanted: &str| document.root().entries().into_iter().flatten().find(|(name, _)| *name == wanted);
    let text = |name: &str| field(name).and_then(|(_, value)| value.as_text()).unwrap_or("").to_owned();
    let (format, schema) = (text("format"), text("schema"));
    if schema.starts_with("spikemesh.run") {
        let run = report::load_run(&path)?;
        return Ok(format!(
            "a valid report of a run of {} on {}, {}",
            run.header.network, run.chip, run.pricing.calibration.0
        ));
    }
    if format.starts_with("spikemesh.chip") {
        return Ok(of_chip(&hw::load(&path)?));
    }
    if !format.starts_with("spikemesh.network") && !format.starts_with("spikemesh.sparse") {
        let known = "spikemesh.chip/1, spikemesh.network/1, spikemesh.sparse/1 (or a schema of spikemesh.run/1)";
        let message = format!("found \"{format}\", allowed: {known}");
        return Err(FileError::single(path.display().to_string(), "format", message).into());
    }
    of_network(net::load(file)?, &path.display().to_string())
}

fn of_chip(chip: &hw::Chip) -> String {
    format!("a valid chip of {} cores, calibrations: {}", chip.noc.cores(), names(chip))
}

fn of_network(network: Network, file: &str) -> Result<String, Failure> {
    Ok(match network {
        Network::Untrained(architecture) => {
            format!("a valid network of {} weighted layers, not trained", architecture.stages().len())
        }
        Network::Trained(network) => {
            let belong = belong_if_known(&network);
            belong.map_err(|why| Failure(format!("{file}: {why}")))?;
            let layers = network.quantised.layers.len();
            let but = if network.digested { String::new() } else { format!("; {}", UNDIGESTED) };
            format!("a valid trained network of {layers} weighted layers{but}")
        }
        Network::Sparse(network) => {
            format!(
                "a valid sparse network of {} neurons and {} synapses",
                network.graph.neurons(),
                network.graph.synapses.len()
            )
        }
    })
}

fn names(chip: &hw::Chip) -> String {
    chip.calibrations.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ")
}
