//! `init`: writes a commented file to start from, and says which command comes next.

use super::args::{InitChip, InitKind, InitNetwork, InitOptions, InitSweep};
use super::outputs::Outputs;
use super::{CommandOutcome, Done, Failure, find, print, write};
use crate::files::FileKind;
use crate::hw::{Chip, ConstantKind};
use crate::json::{COMMENT, REMOVE, REPLACE, layout};
use crate::session::catalog::{self, Changed, as_argument, is_path};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const NETWORK: &str = include_str!("network.json");
const SPARSE: &str = include_str!("sparse.json");
const SWEEP: &str = include_str!("sweep.json");
/// Stands for the path of the file in these.
const FILE: &str = "FILE";

pub(super) fn run(options: &InitOptions) -> Done {
    match &options.kind {
        InitKind::Chip(options) => chip(options),
        InitKind::Network(options) => network(options),
        InitKind::Sweep(options) => sweep(options),
    }
}

fn chip(options: &InitChip) -> Done {
    let Changed { chip, .. } = find::chip(&options.from, &Default::default())?;
    let text = match options.whole {
        true => whole(options)?,
        false => layout(&overlay(options, &chip)?) + "\n",
    };
    let file = as_argument(&options.path);
    let what = match options.whole {
        true => format!("a copy of {}", options.from),
        false => format!("a chip that extends {}; change its values", options.from),
    };
    let next = [format!("spikemesh check {file}"), format!("spikemesh compare --chips {},{file}", options.from)];
    finish(&options.path, &text, "a chip", options.replace.overwrite, &what, &next)
}

/// Name of the chip in a file.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| stem != "-").unwrap_or_else(|| "my_chip".into())
}

/// The base as a file in that folder names it.
fn base_of(options: &InitChip) -> Result<String, Failure> {
    if !is_path(&options.from) {
        return Ok(options.from.clone());
    }
    let folder = options.path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_none() || Path::new(&options.from).is_absolute() {
        return Ok(options.from.clone());
    }
    // Relative to another folder: the whole path is the same from everywhere.
    let whole = Path::new(&options.from).canonicalize();
    Ok(whole.map_err(|error| Failure(format!("{}: {error}", options.from)))?.display().to_string())
}

/// What differs from a chip: to begin with nothing, but the values that are changed most often are there.
fn overlay(options: &InitChip, chip: &Chip) -> Result<Value, Failure> {
    let (from, file) = (&options.from, as_argument(&options.path));
    let base = catalog::chip_value(from, &[])?;
    let calibration = chip.calibrations().first().map_or("", |table| table.name.as_str());
    let kinds: Vec<&str> =
        ConstantKind::NAMES.iter().copied().filter(|kind| !matches!(*kind, "documented" | "assumed")).collect();
    let mut value = json!({
        COMMENT: [
            format!("A chip of your own: what differs from {from}. Everything else is as there: spikemesh chips {from}"),
            format!("Fields named {COMMENT} are for readers only. Objects are merged field by field with those of {from};"),
            format!("lists and all other values take the place of its values. \"{REMOVE}\": [\"field\"] leaves fields out,"),
            format!("\"{REPLACE}\": true takes an object as it is. Values that you change count as assumed,"),
            "unless \"facts\" says where they are from.",
            format!("Next:  spikemesh check {file}"),
            format!("       spikemesh compare --chips {from},{file}"),
        ],
        "extends": base_of(options)?,
        "name": name_of(&options.path),
        "description": format!("{from} with changes of my own"),
        "mesh": part(&base["mesh"], &["width", "height"], "Tiles of the network on chip."),
        "core": part(
            &base["core"],
            &["max_neurons", "max_axons_in", "weight_bits"],
            "Limits of a core; null, where a chip has it, is no limit.",
        ),
        "sources": {"mine": "where my numbers come from: a paper, a data sheet, a simulation"},
        "calibrations": {},
    });
    value["calibrations"][calibration] = json!({
        COMMENT: [
            "Energies and times. A constant changes together with its kind and source, for instance",
            "  \"costs\": {\"synapse\": {\"energy\": \"20 pJ\", \"kind\": \"model\", \"source\": \"mine\"}}",
            format!("Kinds of energies: {}. Times may be assumed, too.", kinds.join(", ")),
            "An energy that is not known is null: it is listed as unpriced, not taken as 0.",
        ],
        "costs": {},
    });
    Ok(value)
}

/// Some fields of an object of the base, with a comment.
fn part(base: &Value, fields: &[&str], comment: &str) -> Value {
    let mut part = json!({COMMENT: comment});
    for field in fields {
        if let Some(value) = base.get(*field).filter(|value| !value.is_object()) {
            part[*field] = value.clone();
        }
    }
    part
}

/// A whole copy of a chip, with a comment before all other fields.
fn whole(options: &InitChip) -> Result<String, Failure> {
    let (from, file) = (&options.from, as_argument(&options.path));
    let mut base = catalog::chip_value(from, &[])?;
    let name = name_of(&options.path);
    let mut value = json!({
        COMMENT: [
            format!("A copy of {from}. Fields named {COMMENT} are for readers only; every object may have one."),
            "Sources and facts are of the values of that chip: change them together with the values.",
            format!("Next:  spikemesh check {file}"),
            format!("       spikemesh compare --chips {from},{file}"),
        ],
    });
    if let (Some(fields), Some(all)) = (base.as_object_mut(), value.as_object_mut()) {
        fields.retain(|field, _| !matches!(field.as_str(), "$schema" | "name"));
        let rest = std::mem::take(fields);
        all.extend(rest.into_iter().flat_map(|(field, value)| {
            let named = (field == "format").then(|| ("name".to_owned(), json!(name)));
            [Some((field, value)), named].into_iter().flatten()
        }));
    }
    Ok(layout(&value) + "\n")
}

fn network(options: &InitNetwork) -> Done {
    let file = as_argument(&options.path);
    let (text, what, next) = match options.sparse {
        true => (SPARSE, "a network of populations", vec![format!("spikemesh run --network {file}")]),
        false => (
            NETWORK,
            "a layered network, not trained yet",
            vec![
                format!("spikemesh train --network {file} --out trained/my_network"),
                "spikemesh run --network trained/my_network".to_owned(),
            ],
        ),
    };
    finish(&options.path, &filled(text, &file), "a network", options.replace.overwrite, what, &next)
}

fn sweep(options: &InitSweep) -> Done {
    let file = as_argument(&options.path);
    let next = [format!("spikemesh compare --file {file} --html sweep.html")];
    finish(&options.path, &filled(SWEEP, &file), "a sweep", options.replace.overwrite, "a sweep", &next)
}

/// A text with the path of its file.
fn filled(text: &str, file: &str) -> String {
    let quoted = Value::from(file).to_string();
    text.replace(FILE, &quoted[1..quoted.len() - 1])
}

fn finish(path: &PathBuf, text: &str, kind: &'static str, overwrite: bool, what: &str, next: &[String]) -> Done {
    Outputs::new(overwrite).with("PATH", Some(path), FileKind::Input { what: kind }).check()?;
    write(path, text)?;
    if path != Path::new("-") {
        print(format_args!("{}: {what}. Next:", path.display()))?;
        next.iter().try_for_each(|command| print(format_args!("  {command}")))?;
    }
    Ok(CommandOutcome::Nothing)
}
