//! Overlays: chip files that give what differs from another chip, which they name in `extends`.
//!
//! An overlay is merged into the file of its base (see `json::overlay`) and then read as any chip file, so that it
//! keeps the same rules. The sources of the base are of its own values only: facts on changed values give way to those of
//! the overlay, or to one that says that the value is assumed; a constant is only changed with its kind and source.

use super::built_in;
use super::chip::Chip;
use super::file::{MAX_FILE_BYTES, read_whole};
use super::provenance::{brief, change_facts, constant_of, is_value, is_within, may_have_a_fact};
use crate::json::{Document, FileError, OverlayChange, SCHEMA, did_you_mean};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The field that makes a chip file an overlay: the base's name, or its path from the folder of the file.
pub const EXTENDS: &str = "extends";

/// Most overlays one upon the other.
const MOST: usize = 8;

/// Fields that are no values of the chip.
const NO_VALUES: [&str; 8] =
    ["name", "description", "format", "sources", "structure_sources", "facts", "estimates", SCHEMA];

/// A chip file as it is read: an overlay merged with its base.
#[derive(Debug)]
pub struct ChipDocument {
    /// The contents.
    pub document: Document,
    /// Of an overlay: its base.
    pub base: Option<OverlayBase>,
}

/// The base of an overlay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverlayBase {
    /// `loihi (built-in)`, or the path of a file.
    pub name: String,
    /// Number of values of the chip that the overlay changes.
    pub changes: u64,
}

/// Reads a chip file.
pub fn load(path: &Path) -> Result<Chip, FileError> {
    let name = path.file_stem().map_or("chip".into(), |stem| stem.to_string_lossy().into_owned());
    read_whole(open(path)?.document, &name)
}

/// Reads a parsed chip file; an overlay without a folder can only extend a built-in chip.
pub fn read(document: Document, name: &str) -> Result<Chip, FileError> {
    read_whole(resolve(document, &mut Vec::new())?.document, name)
}

/// Opens a chip file, with what it extends.
pub fn open(path: &Path) -> Result<ChipDocument, FileError> {
    resolve(Document::open(path, MAX_FILE_BYTES)?.only_of(&["spikemesh.chip"])?, &mut vec![path.to_owned()])
}

/// `above` has the paths of the files that lead here, this one last; it is empty for a text.
fn resolve(mut document: Document, above: &mut Vec<PathBuf>) -> Result<ChipDocument, FileError> {
    let Some(extends) = document.take(EXTENDS) else { return Ok(ChipDocument { document, base: None }) };
    let here = |why: String| FileError::single(document.file(), EXTENDS, why);
    let Some(base) = extends.as_str() else {
        return Err(here("expected the name of a built-in chip, or the path of a chip file".into()));
    };
    let written = base;
    let (mut base, name) = match is_path(base) {
        true => of_path(&document, base, above)?,
        false => {
            let (file, text) = built_in::text_of(base).ok_or_else(|| here(unknown(base, above)))?;
            (Document::parse(file, text)?, format!("{base} (built-in)"))
        }
    };
    // These are of the base's file alone.
    ["name", SCHEMA].into_iter().for_each(|field| drop(base.take(field)));
    let changes = document.merge_into(&base, &name);
    let is_value = |change: &&OverlayChange| !NO_VALUES.iter().any(|field| is_within(&change.path, field));
    let count = changes.iter().filter(is_value).count() as u64;
    // A digest of the contents must not depend on the folder from which the file is named.
    settle_facts(&mut document, &changes, written);
    check_constants(&document, &changes, &name);
    Ok(ChipDocument { document, base: Some(OverlayBase { name, changes: count }) })
}

/// The contents of a base in a file, which is a sound chip itself, and its name for people.
fn of_path(overlay: &Document, base: &str, above: &mut Vec<PathBuf>) -> Result<(Document, String), FileError> {
    let here = |why: String| FileError::single(overlay.file(), EXTENDS, why);
    let Some(own) = above.last() else {
        return Err(here("a path starts at the folder of the file, and this text is in none".into()));
    };
    // Without the `.` of "./base.json".
    let path: PathBuf = own.parent().unwrap_or(Path::new("")).join(base).components().collect();
    let same = |one: &PathBuf| one.canonicalize().ok().zip(path.canonicalize().ok()).is_some_and(|(a, b)| a == b);
    if let Some(start) = above.iter().position(same) {
        let all = above[start..].iter().chain([&path]).map(|one| one.display().to_string());
        return Err(here(format!("the files extend each other: {}", all.collect::<Vec<_>>().join(" -> "))));
    }
    if above.len() >= MOST {
        return Err(here(format!("more than {MOST} files extend each other")));
    }
    let in_base =
        |error: FileError| FileError { file: format!("{} (extended by {})", error.file, overlay.file()), ..error };
    let document = Document::open(&path, MAX_FILE_BYTES).and_then(|base| base.only_of(&["spikemesh.chip"]));
    let document = document.map_err(in_base)?;
    above.push(path.clone());
    let found = resolve(document, above)?.document;
    // Its own faults are reported with its own name, not as those of the overlay.
    read_whole(found.again(), "base").map_err(in_base)?;
    Ok((found, path.display().to_string()))
}

fn is_path(base: &str) -> bool {
    base.contains(['/', std::path::MAIN_SEPARATOR]) || base.ends_with(".json")
}

fn unknown(base: &str, above: &[PathBuf]) -> String {
    let names = built_in::names();
    let folder = above.last().and_then(|own| own.parent());
    let beside = [format!("{base}.json"), base.to_owned()];
    let file = beside.into_iter().find(|name| folder.is_some_and(|folder| folder.join(name).is_file()));
    let hint = match file {
        Some(name) => format!("; for the file beside this one: ./{name}"),
        None => did_you_mean(base, &names),
    };
    format!("no built-in chip is called \"{base}\"; there are {}; a file is given by its path{hint}", names.join(", "))
}

/// Notes constants that are changed, while their kind or source is still that of the base.
fn check_constants(document: &Document, changes: &[OverlayChange], base: &str) {
    for OverlayChange { path, after, .. } in changes {
        let Some((record, field)) = constant_of(document.value(), path).filter(|(_, field)| is_value(field)) else {
            continue;
        };
        let of_time = field.starts_with("latency") && document.has(&format!("{record}.latency_kind"));
        let needed = [if of_time { "latency_kind" } else { "kind" }, "source"];
        let missing = needed.into_iter().filter(|of| !document.gives(&format!("{record}.{of}"))).collect::<Vec<_>>();
        if !missing.is_empty() {
            let what = if after.is_some() { "is changed" } else { "is left out" };
            let missing = missing.join(" and ");
            document.problem(
                path,
                format!("{what}, but the {missing} of this constant would still be of {base}: give both here"),
            );
        }
    }
}

/// Facts on changed values: those of the overlay, or that the value is assumed.
fn settle_facts(document: &mut Document, changes: &[OverlayChange], base: &str) {
    let given: Vec<String> = changes
        .iter()
        .filter(|change| change.after.is_some())
        .filter_map(|change| change.path.strip_prefix("facts."))
        .map(|rest| known_fact(document.value(), rest))
        .collect();
    for OverlayChange { path, before, after } in changes.iter().filter(|change| may_have_a_fact(&change.path)) {
        let facts = document.value().get("facts");
        let is_covered = given.iter().any(|fact| is_within(path, fact));
        let note = |after: &str| {
            let before = before.as_ref().map_or("nothing".to_owned(), brief);
            format!("set to {after} in an overlay; {before} in {base}")
        };
        let mut settled = change_facts(facts, path, after.as_ref().filter(|_| !is_covered), note);
        // Those of the overlay itself stay.
        for fact in &given {
            let own = facts.and_then(|facts| facts.get(fact));
            settled.extend(own.map(|own| (fact.clone(), own.clone())));
        }
        if !settled.is_empty() {
            document.put("facts", settled.into());
        }
    }
}

/// The key of the facts that a changed path, without `facts.`, is in: keys have dots themselves.
fn known_fact(file: &Value, path: &str) -> String {
    let facts = file.get("facts").and_then(Value::as_object);
    let keys = facts.into_iter().flatten().map(|(key, _)| key.as_str());
    keys.filter(|key| is_within(path, key)).max_by_key(|key| key.len()).unwrap_or(path).to_owned()
}
