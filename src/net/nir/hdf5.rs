//! An HDF5 file as a tree of groups, numbers and texts: the only place that reads the format.
//!
//! A file is not trusted: sizes are checked before memory is allocated, and the total is bounded, also by the file's
//! size, since a few bytes can stand for any number of compressed values.

use super::graph::Array;
use super::numbers;
use crate::json::{FileError, Problem};
use hdf5_pure::{DType, Dataset, File, Group, VlenStringReadOptions};
use std::collections::BTreeMap;
use std::path::Path;

const MAX_BYTES: u64 = 1 << 30;
/// Most numbers in a file: 512 MiB of them.
const MAX_VALUES: u64 = 1 << 26;
/// Most numbers in a small file, at any compression: 64 MiB of them.
const FREE_VALUES: u64 = 1 << 23;
/// Numbers per byte of a file beyond that. Mostly zero weights of 8 bits come to some five.
const VALUES_PER_BYTE: u64 = 16;
/// Most texts in a file, and most bytes in a list of texts.
const MAX_TEXTS: u64 = 1 << 20;
const MAX_TEXT_BYTES: usize = 1 << 26;
/// Most groups and arrays in a file.
const MAX_ENTRIES: usize = 1 << 16;
/// Most groups in a group: the nodes of a graph, plus some room, so that the reader can report that there are too many.
const MAX_GROUPS: usize = (1 << 12) + 64;
/// Most arrays in a group. A node of NIR has at most eight.
const MAX_ARRAYS: usize = 256;
/// Most problems reported for a file.
const MAX_PROBLEMS: usize = 50;
/// Most levels of nested groups.
const MAX_DEPTH: usize = 16;
/// Most dimensions of an array.
const MAX_RANK: usize = 8;

/// An entry of a group.
#[derive(Debug)]
pub(super) enum Hdf5Entry {
    Group(Hdf5Tree),
    Numbers(Array),
    Texts(Vec<String>),
    /// An array of another kind, such as a table, by its type.
    Other(String),
}

/// A group: its entries by name.
#[derive(Debug, Default)]
pub(super) struct Hdf5Tree {
    pub(super) entries: BTreeMap<String, Hdf5Entry>,
}

impl Hdf5Tree {
    pub(super) fn group(&self, name: &str) -> Option<&Self> {
        match self.entries.get(name) {
            Some(Hdf5Entry::Group(tree)) => Some(tree),
            _ => None,
        }
    }

    /// A single text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.entries.get(name) {
            Some(Hdf5Entry::Texts(texts)) if texts.len() == 1 => Some(&texts[0]),
            _ => None,
        }
    }
}

/// Reads a file.
pub(super) fn open(path: &Path) -> Result<Hdf5Tree, FileError> {
    let file = path.display().to_string();
    let fail = |message: String| FileError::single(file.clone(), "", message);
    let meta = std::fs::metadata(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
    if !meta.is_file() {
        return Err(fail("not a regular file".into()));
    }
    if meta.len() > MAX_BYTES {
        return Err(fail(format!("{} bytes; a file of this kind has at most {MAX_BYTES}", meta.len())));
    }
    let bytes = std::fs::read(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
    parse(&file, bytes)
}

/// Reads a file from its bytes; `file` names it in messages.
pub(super) fn parse(file: &str, bytes: Vec<u8>) -> Result<Hdf5Tree, FileError> {
    let values = FREE_VALUES.saturating_add(VALUES_PER_BYTE.saturating_mul(bytes.len() as u64)).min(MAX_VALUES);
    let root =
        File::from_bytes(bytes).map_err(|e| FileError::single(file, "", format!("not a readable HDF5 file: {e}")))?;
    let mut reader = Hdf5Reader { values, most: values, texts: MAX_TEXTS, entries: MAX_ENTRIES, problems: Vec::new() };
    let tree = reader.group(&root.root(), "", 0);
    if reader.problems.is_empty() {
        return Ok(tree);
    }
    Err(FileError { file: file.to_owned(), problems: reader.problems })
}

/// The groups in a group, and the names of its arrays.
type Members = (Vec<(String, Group)>, Vec<String>);

/// The remaining limits, and the problems so far.
struct Hdf5Reader {
    values: u64,
    /// Most numbers of this file.
    most: u64,
    texts: u64,
    entries: usize,
    problems: Vec<Problem>,
}

impl Hdf5Reader {
    fn problem(&mut self, path: &str, message: impl Into<String>) {
        // If a whole file is wrong, the first problems say enough.
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { path: path.to_owned(), message: message.into() });
        }
    }

    fn group(&mut self, group: &Group, path: &str, depth: usize) -> Hdf5Tree {
        let mut tree = Hdf5Tree::default();
        if depth > MAX_DEPTH {
            self.problem(path, format!("groups within groups, more than {MAX_DEPTH} deep"));
            return tree;
        }
        match self.members(group) {
            Err(why) => self.problem(path, why),
            Ok((groups, arrays)) => {
                let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
                for (name, inner) in groups {
                    let inner = self.group(&inner, &below(&name), depth + 1);
                    tree.entries.insert(name, Hdf5Entry::Group(inner));
                }
                for name in arrays {
                    if let Some(entry) = self.array(group, &name, &below(&name)) {
                        tree.entries.insert(name, entry);
                    }
                }
            }
        }
        tree
    }

    /// The groups in a group, opened, and the names of its arrays. Both are counted before any is opened: finding one
    /// by its name visits all.
    fn members(&mut self, group: &Group) -> Result<Members, String> {
        let text = |why: hdf5_pure::Error| format!("cannot be read: {why}");
        let arrays = group.datasets().map_err(text)?;
        let groups: Vec<(String, Group)> = group.iter_groups().map_err(text)?.collect();
        // Named types are of no use, but they take time too.
        let types = group.named_datatypes().map_err(text)?.len();
        for (found, most, what) in [(groups.len(), MAX_GROUPS, "groups"), (arrays.len() + types, MAX_ARRAYS, "arrays")]
        {
            if found > most {
                return Err(format!("{found} {what} in one group, at most {most}"));
            }
        }
        match self.entries.checked_sub(groups.len() + arrays.len() + types) {
            Some(left) => self.entries = left,
            None => {
                self.entries = 0;
                return Err(format!("more than {MAX_ENTRIES} groups and arrays with those here"));
            }
        }
        Ok((groups, arrays))
    }

    fn array(&mut self, group: &Group, name: &str, path: &str) -> Option<Hdf5Entry> {
        let read = group.dataset(name).map_err(|e| e.to_string()).and_then(|dataset| self.read(&dataset));
        match read {
            Ok(entry) => Some(entry),
            Err(why) => {
                self.problem(path, format!("cannot be read: {why}"));
                None
            }
        }
    }

    fn read(&mut self, dataset: &Dataset) -> Result<Hdf5Entry, String> {
        let text = |e: hdf5_pure::Error| e.to_string();
        let shape = dataset.shape().map_err(text)?;
        if shape.len() > MAX_RANK {
            return Err(format!("{} dimensions, at most {MAX_RANK}", shape.len()));
        }
        let count = shape.iter().try_fold(1u64, |product, side| product.checked_mul(*side)).unwrap_or(u64::MAX);
        self.check_chunks(dataset)?;
        let datatype = dataset.datatype().map_err(text)?;
        if let Some(number) = numbers::Number::of(&datatype) {
            let left = self.values.checked_sub(count);
            self.values = left.ok_or_else(|| over(&shape, self.most, "numbers"))?;
            let data = number.read(dataset)?;
            let shape: Vec<usize> = shape.into_iter().map(|side| side as usize).collect();
            let array = Array::new(shape, data).map(Hdf5Entry::Numbers);
            return array.ok_or_else(|| "its shape and its length differ".to_owned());
        }
        match dataset.dtype().map_err(text)? {
            DType::VariableLengthString => {
                self.texts = self.texts.checked_sub(count).ok_or_else(|| over(&shape, MAX_TEXTS, "texts"))?;
                let limits = VlenStringReadOptions::new()
                    .with_max_elements(MAX_TEXTS as usize)
                    .with_max_payload_bytes(MAX_TEXT_BYTES);
                dataset.read_vlen_strings(limits).map(Hdf5Entry::Texts).map_err(text)
            }
            DType::String => {
                let bytes = dataset.element_size().map_err(text)?.saturating_mul(count);
                if bytes > MAX_TEXT_BYTES as u64 {
                    return Err(format!("{bytes} bytes of text, at most {MAX_TEXT_BYTES}"));
                }
                self.texts = self.texts.checked_sub(count).ok_or_else(|| over(&shape, MAX_TEXTS, "texts"))?;
                dataset.read_string().map(Hdf5Entry::Texts).map_err(text)
            }
            other => Ok(Hdf5Entry::Other(other.to_string())),
        }
    }

    /// A chunk is read as a whole, so it may not be larger than the limit of the file.
    fn check_chunks(&self, dataset: &Dataset) -> Result<(), String> {
        let chunk = dataset.chunk_shape().map_err(|e| e.to_string())?.unwrap_or_default();
        let bytes = dataset.element_size().map_err(|e| e.to_string())?;
        let bytes = chunk.iter().try_fold(bytes, |product, side| product.checked_mul(*side)).unwrap_or(u64::MAX);
        if bytes > 8 * self.most {
            return Err(format!("chunks of shape {chunk:?}; at most {} numbers", self.most));
        }
        Ok(())
    }
}

fn over(shape: &[u64], most: u64, what: &str) -> String {
    format!("of shape {shape:?}; a file of this size has at most {most} {what} in all")
}
