//! Finds the samples of a folder of class folders, and their classes. Skipped files are reported: an accuracy over a
//! part of a test set looks like one over all of it.
//!
//! Hidden files and folders, and leftovers of macOS archives, are neither samples nor classes. A file has the format of
//! its first bytes, or else that of its name. It is an error if there are data files that nothing reads, if samples are
//! outside the class folders, or if a class has files but no sample; other files are noted.

use super::error::DataError;
use super::foreign;
use std::collections::{BTreeMap, BTreeSet, HashSet};
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

/// The parts of a data set, as folders are called.
pub(super) const PARTS: [&str; 2] = ["train", "test"];

/// A format of files with one sample each.
pub(super) trait SampleFormat: 'static {
    /// Extensions of its files.
    fn extensions(&self) -> &'static [&'static str];

    /// First bytes of its files, where they are its own.
    fn begins(&self) -> &'static [&'static [u8]];

    /// Whether classes whose names are all numbers are in the order of these; else all are in that of their names.
    const BY_NUMBER: bool = true;
}

/// The format that the first bytes of a file identify, if any.
pub(super) fn format_of_bytes<F: SampleFormat>(formats: &'static [F], start: &[u8]) -> Option<&'static F> {
    formats.iter().find(|format| format.begins().iter().any(|begin| start.starts_with(begin)))
}

pub(super) struct SampleFile<F: 'static> {
    pub(super) path: PathBuf,
    /// Format by its name or its first bytes.
    pub(super) format: &'static F,
    pub(super) label: u8,
}

pub(super) struct Listing<F: 'static> {
    /// Names of the classes of all parts: by number if all are numbers, else by name.
    pub(super) classes: Vec<String>,
    /// Samples of each part; the classes alternate.
    pub(super) parts: [Vec<SampleFile<F>>; 2],
    /// Notes on files that were skipped.
    pub(super) notes: Vec<String>,
}

/// The folder of a part, whose name may be capitalised as N-MNIST's is; and whether it is unambiguous.
pub(super) fn part_of(folder: &Path, name: &str) -> (Option<PathBuf>, bool) {
    let capital = name[..1].to_ascii_uppercase() + &name[1..];
    let found: Vec<PathBuf> =
        [name, &capital].iter().map(|name| folder.join(name)).filter(|path| path.is_dir()).collect();
    // Some file systems take both names for the same folder.
    let same = found.iter().map(|path| path.canonicalize().ok()).collect::<HashSet<_>>().len() <= 1;
    (found.into_iter().next(), same)
}

/// Lists the samples of the parts of a folder: of train and test, or of one that is not divided.
pub(super) fn list<F: SampleFormat>(
    folder: &Path,
    parts: &[PathBuf],
    formats: &'static [F],
) -> Result<Listing<F>, DataError> {
    let fail = |message: String| DataError::file(folder, message);
    let mut said = Said::default();
    let mut names = BTreeSet::new();
    for part in parts {
        let entries = own_entries(part)?;
        said.loose(&name_of(part), &entries, formats);
        names.extend(entries.iter().filter(|path| path.is_dir()).map(|path| name_of(path)));
    }
    let classes = in_order(names, F::BY_NUMBER);
    if !(2..=256).contains(&classes.len()) {
        let place = if parts.len() == 1 { "" } else { " in train and test" };
        said.problems.push(format!("{} classes; allowed: 2 to 256, a folder each{place}", classes.len()));
        said.problems.append(&mut said.notes);
        return Err(fail(said.problems.join("; ")));
    }
    let mut found = [Vec::new(), Vec::new()];
    for (label, class) in classes.iter().enumerate() {
        let mut counts = [0; 2];
        for (at, part) in parts.iter().enumerate() {
            let (samples, state) = said.class(&part.join(class), (label as u8, formats))?;
            counts[at] = if state == ClassState::Wrong { usize::MAX } else { samples.len() };
            found[at].extend(samples.into_iter().enumerate());
        }
        said.missing(class, &counts[..parts.len()]);
    }
    if !said.problems.is_empty() {
        return Err(fail(said.problems.join("; ")));
    }
    for other in OTHER_PARTS.iter().filter(|other| folder.join(other).is_dir()) {
        said.notes.push(format!("the folder {other} of the data set is not read: the end of train validates"));
    }
    let parts = found.map(|mut samples: Vec<(usize, SampleFile<F>)>| {
        samples.sort_by_key(|(turn, sample)| (*turn, sample.label));
        samples.into_iter().map(|(_, sample)| sample).collect()
    });
    Ok(Listing { classes, parts, notes: said.notes })
}

/// Whether the class folders of a folder, in parts or not, hold samples of some formats: by the first of them that holds
/// files, which has no file of the `others`.
pub(super) fn holds<F: SampleFormat>(folder: &Path, formats: &'static [F], others: &[&str]) -> bool {
    let part = PARTS.iter().find_map(|part| part_of(folder, part).0).unwrap_or_else(|| folder.to_owned());
    let classes = own_entries(&part).unwrap_or_default();
    let files = |class: &PathBuf| {
        let entries = if class.is_dir() { own_entries(class).unwrap_or_default() } else { Vec::new() };
        let endings: BTreeSet<String> =
            entries.iter().filter(|path| path.is_file()).map(|path| foreign::ending(path)).collect();
        (!endings.is_empty()).then_some(endings)
    };
    classes.iter().find_map(files).is_some_and(|endings| {
        let own = |ending: &String| formats.iter().any(|format| format.extensions().contains(&ending.as_str()));
        endings.iter().any(own) && !endings.iter().any(|ending| others.contains(&ending.as_str()))
    })
}

/// Sorts names by number if all are numbers and are to be sorted so, else by name.
fn in_order(names: BTreeSet<String>, by_number: bool) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().collect();
    let numbers: Option<Vec<u64>> = names.iter().map(|name| name.parse().ok()).collect();
    if by_number && numbers.is_some() {
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

enum Is<F: 'static> {
    SampleFile(&'static F),
    /// Data that nothing here reads, and advice on it.
    Foreign(&'static str),
    Other,
}

fn what<F: SampleFormat>(path: &Path, formats: &'static [F]) -> Is<F> {
    let ending = foreign::ending(path);
    if let Some(format) = formats.iter().find(|format| format.extensions().contains(&ending.as_str())) {
        // Its bytes are checked when they are read.
        return Is::SampleFile(format);
    }
    // A file that cannot be read has no first bytes.
    let mut start = Vec::new();
    if let Ok((file, _)) = crate::data::open_regular(path) {
        let _ = file.take(START).read_to_end(&mut start);
    }
    match (format_of_bytes(formats, &start), foreign::of_file(path, &start)) {
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
    fn loose<F: SampleFormat>(&mut self, part: &str, entries: &[PathBuf], formats: &'static [F]) {
        let (mut passed, mut samples) = (Passed::default(), 0);
        for path in entries.iter().filter(|path| !path.is_dir()) {
            match what(path, formats) {
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

    fn class<F: SampleFormat>(
        &mut self,
        folder: &Path,
        (label, formats): (u8, &'static [F]),
    ) -> Result<(Vec<SampleFile<F>>, ClassState), DataError> {
        // A class may be missing in one of the parts.
        let entries = if folder.is_dir() { own_entries(folder)? } else { Vec::new() };
        let (mut samples, mut passed, mut folders) = (Vec::new(), Passed::default(), 0);
        for path in entries {
            if path.is_dir() {
                folders += usize::from(!own_entries(&path)?.is_empty());
                continue;
            }
            match what(&path, formats) {
                Is::SampleFile(format) => samples.push(SampleFile { path, format, label }),
                Is::Foreign(advice) => passed.add(&path, Some(advice)),
                Is::Other => passed.add(&path, None),
            }
        }
        let part = folder.parent().map_or_else(String::new, name_of);
        let (place, before) = (format!("{part}/{}", name_of(folder)), self.problems.len());
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
    fn missing(&mut self, class: &str, counts: &[usize]) {
        match counts {
            [0] | [0, 0] => self.problems.push(format!(
                "the folders of class {class} are empty; remove them, or put its samples there (the labels of all classes after \
                 it depend on it)"
            )),
            _ => {
                let parts = PARTS.iter().zip(counts).filter(|(_, count)| **count == 0);
                let notes = parts.map(|(part, _)| format!("class {class} has no sample in {part}"));
                self.notes.extend(notes);
            }
        }
    }
}
