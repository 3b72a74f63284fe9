//! Finds the samples of a folder and their classes. Skipped files are reported: an accuracy over a part of a test set
//! looks like one over all of it.
//!
//! Hidden files and folders, and leftovers of macOS archives, are neither samples nor classes. A file has the format of
//! its first bytes, or else that of its name. It is an error if there are data files that nothing reads, if samples are
//! outside the class folders, or if a class has files but no sample; other files are noted.

use super::{EventFormat, FORMATS};
use crate::data::error::DataError;
use crate::data::events::PARTS;
use crate::data::foreign;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Extra folders in archives made by macOS.
const NOT_DATA: &[&str] = &["__MACOSX"];
/// Folders next to train and test that other programs read.
const OTHER_PARTS: &[&str] = &["val", "valid", "validation", "dev", "eval"];
/// Number of first bytes that identify a file.
const START: u64 = 256;
/// Most kinds of files that a message names.
const NAMED: usize = 6;

pub(super) struct SampleFile {
    pub(super) path: PathBuf,
    /// Format by its first bytes or its name.
    pub(super) format: &'static EventFormat,
    pub(super) label: u8,
}

pub(super) struct Listing {
    /// Names of the classes of all parts: by number if all are numbers, else by name.
    pub(super) classes: Vec<String>,
    /// Samples of each part; the classes alternate.
    pub(super) parts: [Vec<SampleFile>; 2],
    /// Notes on files that were skipped.
    pub(super) notes: Vec<String>,
}

/// Lists the samples of the two parts of a folder.
pub(super) fn list(folder: &Path, parts: [PathBuf; 2]) -> Result<Listing, DataError> {
    let fail = |message: String| DataError::file(folder, message);
    let mut said = Said::default();
    let [train, test] = [own_entries(&parts[0])?, own_entries(&parts[1])?];
    for (part, entries) in parts.iter().zip([&train, &test]) {
        said.loose(&name_of(part), entries);
    }
    let names: BTreeSet<String> = train.iter().chain(&test).filter(|p| p.is_dir()).map(|p| name_of(p)).collect();
    let classes = in_order(names);
    if !(2..=256).contains(&classes.len()) {
        said.problems.push(format!("{} classes; allowed: 2 to 256, a folder each in train and test", classes.len()));
        said.problems.append(&mut said.notes);
        return Err(fail(said.problems.join("; ")));
    }
    let mut found = [Vec::new(), Vec::new()];
    for (label, class) in classes.iter().enumerate() {
        let mut counts = [0; 2];
        for (at, part) in parts.iter().enumerate() {
            let (samples, state) = said.class(part, class, label as u8)?;
            counts[at] = if state == ClassState::Wrong { usize::MAX } else { samples.len() };
            found[at].extend(samples.into_iter().enumerate());
        }
        said.missing(class, counts);
    }
    if !said.problems.is_empty() {
        return Err(fail(said.problems.join("; ")));
    }
    for other in OTHER_PARTS.iter().filter(|other| folder.join(other).is_dir()) {
        said.notes.push(format!("the folder {other} of the data set is not read: the end of train validates"));
    }
    let parts = found.map(|mut samples: Vec<(usize, SampleFile)>| {
        samples.sort_by_key(|(turn, sample)| (*turn, sample.label));
        samples.into_iter().map(|(_, sample)| sample).collect()
    });
    Ok(Listing { classes, parts, notes: said.notes })
}

/// Sorts names by number if all are numbers, else by name.
fn in_order(names: BTreeSet<String>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().collect();
    let numbers: Option<Vec<u64>> = names.iter().map(|name| name.parse().ok()).collect();
    if numbers.is_some() {
        names.sort_by_key(|name| (name.parse::<u64>().unwrap_or(0), name.clone()));
    }
    names
}

/// Entries of a folder by name, without hidden ones.
fn own_entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |error: std::io::Error| DataError::file(folder, format!("cannot be read: {error}"));
    let entries: Result<Vec<_>, _> = std::fs::read_dir(folder).map_err(unreadable)?.collect();
    let mut paths: Vec<_> = entries.map_err(unreadable)?.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        let name = name_of(path);
        !name.starts_with('.') && !NOT_DATA.contains(&name.as_str())
    });
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

enum Is {
    SampleFile(&'static EventFormat),
    /// Data that nothing here reads, and advice on it.
    Foreign(&'static str),
    Other,
}

fn what(path: &Path) -> Is {
    if let Some(format) = FORMATS.iter().find(|format| format.extension == foreign::ending(path)) {
        // Its bytes are checked when they are read.
        return Is::SampleFile(format);
    }
    // A file that cannot be read has no first bytes.
    let mut start = Vec::new();
    if let Ok((file, _)) = crate::data::open_regular(path) {
        let _ = file.take(START).read_to_end(&mut start);
    }
    match (super::format_of_bytes(&start), foreign::of_file(path, &start)) {
        (Some(format), _) => Is::SampleFile(format),
        (None, Some(kind)) => Is::Foreign(kind.advice),
        (None, None) => Is::Other,
    }
}

/// Files by extension and by advice.
#[derive(Default)]
struct Passed(BTreeMap<(String, Option<&'static str>), usize>);

impl Passed {
    fn add(&mut self, path: &Path, advice: Option<&'static str>) {
        let ending = foreign::ending(path);
        *self.0.entry((ending, advice)).or_default() += 1;
    }

    fn count(&self) -> usize {
        self.0.values().sum()
    }

    /// Whether it contains data files.
    fn has_data(&self) -> bool {
        self.0.keys().any(|(_, advice)| advice.is_some())
    }
}

impl std::fmt::Display for Passed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Data first: they are what is missing.
        let mut kinds: Vec<_> = self.0.iter().collect();
        kinds.sort_by_key(|((ending, advice), _)| (advice.is_none(), ending.clone()));
        let text = |((ending, advice), count): &(&(String, Option<&str>), &usize)| {
            let ending =
                if ending.is_empty() { "without an ending".to_owned() } else { format!("ending in .{ending}") };
            let advice = advice.map_or(String::new(), |advice| format!(" ({advice})"));
            format!("{count} {ending}{advice}")
        };
        let mut texts: Vec<String> = kinds.iter().take(NAMED).map(text).collect();
        if kinds.len() > NAMED {
            texts.push(format!("{} of other endings", kinds[NAMED..].iter().map(|(_, count)| **count).sum::<usize>()));
        }
        f.write_str(&texts.join(", "))
    }
}

/// State of a class in a part.
#[derive(PartialEq, Eq)]
enum ClassState {
    Sound,
    /// A problem was reported.
    Wrong,
}

/// Notes and problems to report.
#[derive(Default)]
struct Said {
    problems: Vec<String>,
    notes: Vec<String>,
}

impl Said {
    /// Reports files of a part that are in no class.
    fn loose(&mut self, part: &str, entries: &[PathBuf]) {
        let (mut passed, mut samples) = (Passed::default(), 0);
        for path in entries.iter().filter(|path| !path.is_dir()) {
            match what(path) {
                Is::SampleFile(_) => samples += 1,
                Is::Foreign(advice) => passed.add(path, Some(advice)),
                Is::Other => passed.add(path, None),
            }
        }
        if samples > 0 {
            self.problems.push(format!("{part} holds samples ({samples}) outside of the folders of its classes"));
        }
        if passed.count() > 0 {
            let text = format!("{} files in {part} itself were passed over: {passed}", passed.count());
            // A table of labels beside the classes is no sample.
            self.notes.push(text);
        }
    }

    fn class(&mut self, part: &Path, class: &str, label: u8) -> Result<(Vec<SampleFile>, ClassState), DataError> {
        let folder = part.join(class);
        // A class may be missing in one of the parts.
        let entries = if folder.is_dir() { own_entries(&folder)? } else { Vec::new() };
        let (mut samples, mut passed, mut folders) = (Vec::new(), Passed::default(), 0);
        for path in entries {
            if path.is_dir() {
                folders += usize::from(!own_entries(&path)?.is_empty());
                continue;
            }
            match what(&path) {
                Is::SampleFile(format) => samples.push(SampleFile { path, format, label }),
                Is::Foreign(advice) => passed.add(&path, Some(advice)),
                Is::Other => passed.add(&path, None),
            }
        }
        let (place, before) = (format!("{}/{class}", name_of(part)), self.problems.len());
        if folders > 0 {
            self.problems.push(format!(
                "{place} holds folders ({folders}); samples must be in the folder of their class itself"
            ));
        }
        if passed.has_data() || passed.count() > 0 && samples.is_empty() {
            let (count, read) = (passed.count(), samples.len());
            self.problems.push(format!("{place}: {count} files are not read, {read} are: {passed}"));
        } else if passed.count() > 0 {
            self.notes.push(format!("{} files in {place} were passed over: {passed}", passed.count()));
        }
        let state = if self.problems.len() > before { ClassState::Wrong } else { ClassState::Sound };
        Ok((samples, state))
    }

    /// Reports a class that has no sample in a part, or in none.
    fn missing(&mut self, class: &str, counts: [usize; 2]) {
        match counts {
            [0, 0] => self.problems.push(format!(
                "the folders of class {class} are empty; remove them, or put its samples there (the labels of all classes after \
                 it depend on it)"
            )),
            _ => {
                let parts = PARTS.iter().zip(counts).filter(|(_, count)| *count == 0);
                let notes = parts.map(|(part, _)| format!("class {class} has no sample in {part}"));
                self.notes.extend(notes);
            }
        }
    }
}
