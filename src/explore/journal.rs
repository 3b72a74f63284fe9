//! The journal of a comparison: rows as they are found, so that what was stopped goes on where it was.
//!
//! A text file that is only ever appended to. Each line is a checksum (CRC-32 of the rest, 8 hexadecimal digits), a
//! blank and JSON: first what the comparison is, then a row each, in the order in which they were found. A line whose
//! checksum is wrong, as the last one may be after a power cut, counts as not there.

use super::axis::SweepAxis;
use super::plan::{MOST_TO_SEARCH, Plan, PlanShard};
use super::row::ComparisonRow;
use crate::json::record::{names, record};
use crate::json::shape::{constant, elsewhere, flag, list, nullable, of, pair, plain, string, unsaid, whole};
use crate::json::{Cursor, Document, FileError, FileRecord, Object, Problem};
use crate::report::{FileOrigin, origins_json, read_origins};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

const SCHEMA: &str = "spikemesh.compare-journal/3";

/// Earlier formats, whose rows lack something that is needed now.
const EARLIER: [&str; 2] = ["spikemesh.compare-journal/1", "spikemesh.compare-journal/2"];

const MAX_BYTES: u64 = 1 << 30;

/// Why a journal cannot be used.
#[doc(hidden)]
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "messages name the fields")]
pub enum JournalError {
    /// The file system says no.
    #[error("{}: {what}: {error}", path.display())]
    Io { path: PathBuf, what: &'static str, error: io::Error },
    /// Another process writes to it.
    #[error("{}: another process is at work with it; wait for it, or give another `journal`", .0.display())]
    Busy(PathBuf),
    /// It was removed, or replaced, while rows were found.
    #[error("{}: the journal was removed while the comparison went on; what was found since then is lost", .0.display())]
    Gone(PathBuf),
    /// It is no journal.
    #[error("{}: no journal of a comparison", .0.display())]
    NotOne(PathBuf),
    /// It is that of another comparison.
    #[error(
        "{}: the journal of another comparison ({found}), not of this one ({asked}); give another `journal`, or remove it",
        path.display()
    )]
    Another { path: PathBuf, found: String, asked: String },
    /// Its first line is not what this program writes.
    #[error("{0}")]
    Content(FileError),
}

/// Title of a comparison: the first line of its journal.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq)]
pub struct Title {
    /// A digest of all that its rows depend on.
    pub digest: u64,
    /// Network name.
    pub network: String,
    /// Data set name.
    pub dataset: Option<String>,
    /// Samples per configuration; 0 of a sparse network.
    pub samples: usize,
    /// The configurations.
    pub plan: Plan,
    /// The part that this journal is of.
    pub shard: PlanShard,
    /// Files that stood for what the program does not carry.
    pub origins: Vec<FileOrigin>,
}

impl Title {
    /// Whether two are of the same comparison, or parts of one. Paths of files do not matter.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        let Self { digest, network, dataset, samples, plan, shard, origins: _ } = self;
        let own = (digest, network, dataset, samples, plan, shard);
        own == (&other.digest, &other.network, &other.dataset, &other.samples, &other.plan, &other.shard)
    }

    fn describe(&self) -> String {
        let Self { digest, network, plan, shard, .. } = self;
        let part = if shard.of > 1 { format!(", part {}/{}", shard.number, shard.of) } else { String::new() };
        format!("{network}, {} configurations{part}, digest {digest:016x}", plan.len())
    }

    fn json(&self) -> Value {
        let axes = self.plan.axes.iter().map(|axis| json!({"name": axis.name, "values": axis.values}));
        json!({
            "schema": SCHEMA, "digest": format!("{:016x}", self.digest),
            "network": self.network, "dataset": self.dataset, "samples": self.samples,
            "chips": self.plan.chips, "axes": axes.collect::<Value>(), "zip": self.plan.zip,
            "shard": [self.shard.number, self.shard.of], "origins": origins_json(&self.origins),
        })
    }

    fn read(cursor: &Cursor<'_>) -> Option<Self> {
        let object = cursor.object(&names::<TitleOfFile>())?;
        let schema = object.need("schema")?;
        if let Some(found) = schema.as_text().filter(|found| EARLIER.contains(found)) {
            schema.problem(format!(
                "found \"{found}\", the journal of an earlier version, whose rows do not say what their energies cover, \
                 expected \"{SCHEMA}\"; remove it, or give another `journal`, and compare again"
            ));
            return None;
        }
        schema.choice(&[SCHEMA])?;
        TitleOfFile::read_fields(&object, ())
    }
}

record! {
    /// The first line of a journal, which says what comparison its rows are of.
    struct TitleOfFile {
        /// The format of the journal.
        schema: () = elsewhere(constant(SCHEMA));
        /// A digest of all that its rows depend on, in hexadecimal digits.
        digest: u64 = plain::<String, _, _>(|cursor| {
            let digest = u64::from_str_radix(cursor.text()?, 16);
            digest.map_err(|_| cursor.problem("expected 16 hexadecimal digits")).ok()
        });
        /// The name of the network.
        network: String = string();
        /// The name of the data set; null of a sparse network.
        dataset: Option<String> = unsaid(nullable(string()), None);
        /// Samples per configuration; 0 of a sparse network.
        samples: u64 = whole(0..=u64::from(u32::MAX));
        /// The chips that are compared.
        chips: Vec<String> = list(string(), 0..=1 << 16);
        /// Axes of variation.
        axes: Vec<SweepAxis> = list(of::<AxisOfFile, _>(), 0..=1 << 10);
        /// Whether values of the axes go together, one by one.
        zip: bool = flag();
        /// The number of the part that this journal is of, and how many there are.
        shard: (u64, u64) = pair(whole(1..=1 << 16), whole(1..=1 << 16));
        /// Files that stood for what the program does not carry.
        origins: Vec<FileOrigin> = plain::<Vec<String>, _, _>(read_origins);
    }
    check TitleOfFile::check => Title;
}

record! {
    /// Values of one thing that is varied.
    struct AxisOfFile {
        name: String = string();
        /// Its values, as they were written.
        values: Vec<String> = list(string(), 0..=1 << 16);
    }
    check |AxisOfFile { name, values }: Self, _: &Object<'_>, _| Some(SweepAxis { name, values }) => SweepAxis;
}

impl TitleOfFile {
    fn check<G>(self, object: &Object<'_>, _: G) -> Option<Title> {
        let Self { digest, network, dataset, samples, chips, axes, zip, shard: (number, of), origins, .. } = self;
        let plan =
            Plan::within(MOST_TO_SEARCH, chips, axes, zip).map_err(|error| object.problem(error.to_string())).ok()?;
        let shard = PlanShard { number: number as usize, of: of as usize };
        Some(Title { digest, network, dataset, samples: samples as usize, plan, shard, origins })
    }
}

/// A journal that is open.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    title: Title,
    rows: BTreeMap<usize, ComparisonRow>,
    /// Rows on fewer samples than all, by their number and the configuration: a comparison does not know them.
    on_fewer: BTreeMap<(u32, usize), ComparisonRow>,
    damaged: usize,
}

impl Journal {
    /// Opens the journal of a comparison, with the rows that are in it; begins it where it is not there.
    pub fn open(path: &Path, title: Title) -> Result<Self, JournalError> {
        let io = |what| move |error| JournalError::Io { path: path.to_owned(), what, error };
        let options = || OpenOptions::new().read(true).append(true).create(true).open(path);
        let mut file = options().map_err(io("cannot be opened"))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(JournalError::Busy(path.to_owned())),
            // Where there are no locks there are none to wait for.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let bytes = bytes(path, &mut file)?;
        let first = title.json();
        let mut journal =
            Self { path: path.to_owned(), file, title, rows: BTreeMap::new(), on_fewer: BTreeMap::new(), damaged: 0 };
        // A file that holds only the start of the first line, cut off, is overwritten; no other is.
        if line(&first).as_bytes().starts_with(&bytes) {
            journal.file.set_len(0).map_err(io("cannot be written"))?;
            journal.append(&first)?;
            return Ok(journal);
        }
        let lines = Lines::of(&bytes);
        let found = lines.title(path)?;
        if !found.is_of(&journal.title) {
            let (found, asked) = (found.describe(), journal.title.describe());
            return Err(JournalError::Another { path: path.to_owned(), found, asked });
        }
        lines.rows(journal.title.plan.len()).for_each(|row| journal.keep(row));
        journal.damaged = lines.damaged;
        if !bytes.ends_with(b"\n") {
            // A line that was cut off must not run into the next one.
            journal.file.write_all(b"\n").map_err(io("cannot be written"))?;
        }
        Ok(journal)
    }

    /// Whether a configuration's row is known.
    pub fn has(&self, index: usize) -> bool {
        self.rows.contains_key(&index)
    }

    /// The rows that are known, in the order of the plan.
    pub fn rows(&self) -> impl Iterator<Item = &ComparisonRow> {
        self.rows.values()
    }

    /// The row of a configuration, if it is known.
    pub fn row(&self, index: usize) -> Option<&ComparisonRow> {
        self.rows.get(&index)
    }

    /// Whether a configuration's row on some of the samples is known; `None` for all of them.
    pub(super) fn has_on(&self, index: usize, samples: Option<u32>) -> bool {
        self.row_on(index, samples).is_some()
    }

    /// The row of a configuration on some of the samples, if it is known; `None` for all of them.
    pub(super) fn row_on(&self, index: usize, samples: Option<u32>) -> Option<&ComparisonRow> {
        match samples {
            Some(samples) => self.on_fewer.get(&(samples, index)),
            None => self.rows.get(&index),
        }
    }

    fn keep(&mut self, row: ComparisonRow) {
        match row.samples {
            Some(samples) => self.on_fewer.insert((samples, row.index), row),
            None => self.rows.insert(row.index, row),
        };
    }

    /// Title of the comparison.
    pub fn title(&self) -> &Title {
        &self.title
    }

    /// Lines that were damaged, and count as not there.
    pub fn damaged(&self) -> usize {
        self.damaged
    }

    /// Adds a row.
    pub fn add(&mut self, row: &ComparisonRow) -> Result<(), JournalError> {
        self.append(&row.json())?;
        self.keep(row.clone());
        Ok(())
    }

    /// Removes the file.
    pub fn remove(self) {
        // One that stays is only in the way of nobody.
        let _ = std::fs::remove_file(&self.path);
    }

    fn append(&mut self, value: &Value) -> Result<(), JournalError> {
        if !self.is_there() {
            return Err(JournalError::Gone(self.path.clone()));
        }
        // One write: what another process sees of it is all of a line, or a part that its checksum gives away.
        let written = self.file.write_all(line(value).as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|error| JournalError::Io { path: self.path.clone(), what: "cannot be written", error })
    }
}

impl Journal {
    /// Whether the path still leads to the file that is open: what is written to one that was removed is lost.
    fn is_there(&self) -> bool {
        let (Ok(here), Ok(open)) = (std::fs::metadata(&self.path), self.file.metadata()) else { return false };
        same_file(&here, &open)
    }
}

#[cfg(unix)]
fn same_file(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Where files have no numbers, one is as good as another.
#[cfg(not(unix))]
fn same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}

fn line(value: &Value) -> String {
    let text = value.to_string();
    format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes()))
}

fn bytes(path: &Path, file: &mut File) -> Result<Vec<u8>, JournalError> {
    let io = |error| JournalError::Io { path: path.to_owned(), what: "cannot be read", error };
    let meta = file.metadata().map_err(io)?;
    if !meta.is_file() || meta.len() > MAX_BYTES {
        return Err(JournalError::NotOne(path.to_owned()));
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize);
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(io)?;
    Ok(bytes)
}

/// The lines of a journal whose checksums are right.
struct Lines<'b> {
    good: Vec<&'b str>,
    damaged: usize,
}

impl<'b> Lines<'b> {
    fn of(bytes: &'b [u8]) -> Self {
        let all: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        let good: Vec<&str> = all.iter().filter_map(|line| checked(line)).collect();
        Self { damaged: all.len() - good.len(), good }
    }

    fn title(&self, path: &Path) -> Result<Title, JournalError> {
        let first = self.good.first().ok_or_else(|| JournalError::NotOne(path.to_owned()))?;
        let document = Document::parse(path.display().to_string(), first).map_err(JournalError::Content)?;
        let title = Title::read(&document.root());
        let with_damage = |mut error: FileError| {
            if self.damaged > 0 {
                error.problems.push(Problem { path: String::new(), message: damage(self.damaged) });
            }
            JournalError::Content(error)
        };
        document.finish(title).map_err(with_damage)
    }

    /// Rows; those that this version cannot read are not there.
    fn rows(&self, configurations: usize) -> impl Iterator<Item = ComparisonRow> {
        self.good.iter().skip(1).filter_map(move |text| {
            let document = Document::parse("", text).ok()?;
            let row = ComparisonRow::read(&document.root(), configurations);
            document.finish(row).ok()
        })
    }
}

/// How many lines are damaged, in words.
pub(super) fn damage(lines: usize) -> String {
    if lines == 1 { "1 line is damaged".to_owned() } else { format!("{lines} lines are damaged") }
}

fn checked(line: &[u8]) -> Option<&str> {
    let (sum, text) = line.split_at_checked(9)?;
    let sum = std::str::from_utf8(sum.strip_suffix(b" ")?).ok()?;
    let right = u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(text);
    right.then(|| std::str::from_utf8(text).ok()).flatten()
}

/// Reads a journal that nobody works on any more: what it is of, its rows in the order in which they were found, and
/// how many of its lines are damaged or hold no row that this version can read.
pub(super) fn read(path: &Path) -> Result<(Title, Vec<ComparisonRow>, usize), JournalError> {
    let io = |error| JournalError::Io { path: path.to_owned(), what: "cannot be opened", error };
    let bytes = bytes(path, &mut File::open(path).map_err(io)?)?;
    let lines = Lines::of(&bytes);
    let title = lines.title(path)?;
    let rows: Vec<ComparisonRow> = lines.rows(title.plan.len()).collect();
    let damaged = lines.damaged + lines.good.len().saturating_sub(1 + rows.len());
    // What a search found on fewer samples is no row of the comparison.
    Ok((title, rows.into_iter().filter(|row| row.samples.is_none()).collect(), damaged))
}
