//! An HDF5 file as a tree of groups, numbers and texts: the only place that reads the format.
//!
//! A file is not trusted: sizes are checked before memory is taken, and what it may hold in all is bounded.

use super::graph::Array;
use crate::json::{FileError, Problem};
use hdf5_pure::{DType, Dataset, File, Group, VlenStringReadOptions};
use std::collections::BTreeMap;
use std::path::Path;

/// Most bytes of a file.
const MAX_BYTES: u64 = 1 << 30;
/// Most numbers of a file in all: 512 MiB of them.
const MAX_VALUES: u64 = 1 << 26;
/// Most texts of a file in all, and most bytes of a list of them.
const MAX_TEXTS: u64 = 1 << 20;
const MAX_TEXT_BYTES: usize = 1 << 26;
/// Most groups and arrays of a file.
const MAX_ENTRIES: u64 = 1 << 16;
/// Groups within groups.
const MAX_DEPTH: usize = 16;
/// Most dimensions of an array.
const MAX_RANK: usize = 8;

/// What stands under a name.
#[derive(Debug)]
pub(super) enum Entry {
    Group(Tree),
    Numbers(Array),
    Texts(Vec<String>),
    /// An array of another kind, such as a table: its type.
    Other(String),
}

/// A group: what it holds, by name.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) entries: BTreeMap<String, Entry>,
}

impl Tree {
    pub(super) fn group(&self, name: &str) -> Option<&Self> {
        match self.entries.get(name) {
            Some(Entry::Group(tree)) => Some(tree),
            _ => None,
        }
    }

    /// A single text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.entries.get(name) {
            Some(Entry::Texts(texts)) if texts.len() == 1 => Some(&texts[0]),
            _ => None,
        }
    }
}

/// Reads a file.
pub(super) fn open(path: &Path) -> Result<Tree, FileError> {
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

/// Reads the bytes of a file; `file` names it in messages.
pub(super) fn parse(file: &str, bytes: Vec<u8>) -> Result<Tree, FileError> {
    let root =
        File::from_bytes(bytes).map_err(|e| FileError::single(file, "", format!("not a readable HDF5 file: {e}")))?;
    let mut reader = Reader { values: MAX_VALUES, texts: MAX_TEXTS, entries: MAX_ENTRIES, problems: Vec::new() };
    let tree = reader.group(&root.root(), "", 0);
    if reader.problems.is_empty() {
        return Ok(tree);
    }
    Err(FileError { file: file.to_owned(), problems: reader.problems })
}

/// What may still be read, and what was wrong so far.
struct Reader {
    values: u64,
    texts: u64,
    entries: u64,
    problems: Vec<Problem>,
}

impl Reader {
    fn problem(&mut self, path: &str, message: impl Into<String>) {
        self.problems.push(Problem { path: path.to_owned(), message: message.into() });
    }

    fn group(&mut self, group: &Group, path: &str, depth: usize) -> Tree {
        let mut tree = Tree::default();
        if depth > MAX_DEPTH {
            self.problem(path, format!("groups within groups, more than {MAX_DEPTH} deep"));
            return tree;
        }
        let names = (group.groups(), group.datasets());
        let (groups, datasets) = match names {
            (Ok(groups), Ok(datasets)) => (groups, datasets),
            (Err(why), _) | (_, Err(why)) => {
                self.problem(path, format!("cannot be read: {why}"));
                return tree;
            }
        };
        for (name, is_group) in groups.iter().map(|n| (n, true)).chain(datasets.iter().map(|n| (n, false))) {
            let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            if self.entries == 0 {
                self.problem(&path, format!("more than {MAX_ENTRIES} groups and arrays"));
                return tree;
            }
            self.entries -= 1;
            let entry = if is_group { self.inner(group, name, &path, depth) } else { self.array(group, name, &path) };
            if let Some(entry) = entry {
                tree.entries.insert(name.clone(), entry);
            }
        }
        tree
    }

    fn inner(&mut self, group: &Group, name: &str, path: &str, depth: usize) -> Option<Entry> {
        match group.group(name) {
            Ok(inner) => Some(Entry::Group(self.group(&inner, path, depth + 1))),
            Err(why) => {
                self.problem(path, format!("cannot be read: {why}"));
                None
            }
        }
    }

    fn array(&mut self, group: &Group, name: &str, path: &str) -> Option<Entry> {
        let read = group.dataset(name).map_err(|e| e.to_string()).and_then(|dataset| self.read(&dataset));
        match read {
            Ok(entry) => Some(entry),
            Err(why) => {
                self.problem(path, format!("cannot be read: {why}"));
                None
            }
        }
    }

    fn read(&mut self, dataset: &Dataset) -> Result<Entry, String> {
        let text = |e: hdf5_pure::Error| e.to_string();
        let shape = dataset.shape().map_err(text)?;
        if shape.len() > MAX_RANK {
            return Err(format!("{} dimensions, at most {MAX_RANK}", shape.len()));
        }
        let count = shape.iter().try_fold(1u64, |product, side| product.checked_mul(*side)).unwrap_or(u64::MAX);
        check_chunks(dataset)?;
        match dataset.dtype().map_err(text)? {
            DType::F32
            | DType::F64
            | DType::I8
            | DType::I16
            | DType::I32
            | DType::I64
            | DType::U8
            | DType::U16
            | DType::U32
            | DType::U64 => {
                self.values = self.values.checked_sub(count).ok_or_else(|| over(&shape, MAX_VALUES, "numbers"))?;
                let data = dataset.read_f64().map_err(text)?;
                let shape: Vec<usize> = shape.into_iter().map(|side| side as usize).collect();
                Array::new(shape, data).map(Entry::Numbers).ok_or_else(|| "its shape and its length differ".to_owned())
            }
            DType::VariableLengthString => {
                self.texts = self.texts.checked_sub(count).ok_or_else(|| over(&shape, MAX_TEXTS, "texts"))?;
                let limits = VlenStringReadOptions::new()
                    .with_max_elements(MAX_TEXTS as usize)
                    .with_max_payload_bytes(MAX_TEXT_BYTES);
                dataset.read_vlen_strings(limits).map(Entry::Texts).map_err(text)
            }
            DType::String => {
                let bytes = dataset.element_size().map_err(text)?.saturating_mul(count);
                if bytes > MAX_TEXT_BYTES as u64 {
                    return Err(format!("{bytes} bytes of text, at most {MAX_TEXT_BYTES}"));
                }
                self.texts = self.texts.checked_sub(count).ok_or_else(|| over(&shape, MAX_TEXTS, "texts"))?;
                dataset.read_string().map(Entry::Texts).map_err(text)
            }
            other => Ok(Entry::Other(other.to_string())),
        }
    }
}

fn over(shape: &[u64], most: u64, what: &str) -> String {
    format!("of shape {shape:?}; a file has at most {most} {what} in all")
}

/// A chunk is read as a whole, so it may not be larger than what a file may hold.
fn check_chunks(dataset: &Dataset) -> Result<(), String> {
    let chunk = dataset.chunk_shape().map_err(|e| e.to_string())?.unwrap_or_default();
    let bytes = dataset.element_size().map_err(|e| e.to_string())?;
    let bytes = chunk.iter().try_fold(bytes, |product, side| product.checked_mul(*side)).unwrap_or(u64::MAX);
    if bytes > 8 * MAX_VALUES {
        return Err(format!("chunks of shape {chunk:?}; at most {MAX_VALUES} numbers"));
    }
    Ok(())
}
