//! Reading JSON files with all their problems at once, each with its path in the file.
//!
//! A reader asks for every field it knows, collects the values, and gives up only at the end: so one pass over
//! a broken file reports everything that is wrong with it. Unknown and duplicate fields are problems too.
//! This is the only module that looks into `serde_json::Value`s that come from a user.

mod cursor;
mod digest;
mod fields;
mod kinds;
mod layout;
mod overlay;
pub(crate) mod record;
pub mod schema;
mod set;
pub(crate) mod shape;
mod spec;
mod strict;
mod text;
mod values;
mod whole;

pub use crate::text::{allowed, did_you_mean, nearest, unknown};
pub use cursor::{Cursor, Object};
pub use kinds::{FileFormat, format_of};
pub use layout::layout;
pub use overlay::{OverlayChange, REMOVE, REPLACE};
pub(crate) use record::{
    Alternative, alternative, alternative_as, object_schema, read_tagged, read_tagged_each, tagged_each_schema,
    tagged_schema, with_rules,
};
pub(crate) use spec::{FieldSpec, Fields, FileRecord, Property};
pub use text::{decode, read_text};
pub(crate) use values::Words;

use crate::text::in_line;
use serde_json::Value;
use std::cell::RefCell;
use std::fmt;
use std::path::Path;
use strict::Strict;

/// One problem of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The place in the file, as in `core.max_neurons` or `layers[2].kind`; empty for the file as a whole.
    pub path: String,
    /// The value found and the values allowed.
    pub message: String,
}

/// A file that breaks a rule, with all its problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The file as the user named it.
    pub file: String,
    /// The problems, in the order of reading; never empty.
    pub problems: Vec<Problem>,
}

impl FileError {
    /// A file with one problem.
    pub fn single(file: impl Into<String>, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.into(), problems: vec![Problem { path: path.into(), message: message.into() }] }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            // Text from the file must not break the line of its problem.
            let (file, message) = (in_line(&self.file), in_line(&problem.message));
            match problem.path.as_str() {
                "" => write!(f, "{file}: {message}")?,
                path => write!(f, "{file}: {}: {message}", in_line(path))?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}

/// The field that names the schema against which an editor checks a file; no reader uses it.
pub const SCHEMA: &str = "$schema";

/// The field for comments, which any object may have; no reader sees it.
pub const COMMENT: &str = "$comment";

/// Most characters in a name: of a population, a layer, a router, a table of constants.
pub const MAX_NAME: usize = 200;
/// Most characters in any other text: a description, a source, a note.
pub const MAX_TEXT: usize = 10_000;

/// Most problems listed for one file; the last line says if there are more.
const MAX_PROBLEMS: usize = 50;

/// A parsed file and the problems found in it so far.
#[derive(Debug)]
pub struct Document {
    file: String,
    root: Value,
    problems: RefCell<Vec<Problem>>,
    /// Of an overlay that was merged with its base: what it is made of.
    layers: Option<overlay::Layers>,
    /// Of a document of which an object was spread over others: what it was before.
    unspread: Option<overlay::Unspread>,
}

impl Document {
    /// Reads and parses a file of at most `max_bytes`.
    pub fn open(path: &Path, max_bytes: u64) -> Result<Self, FileError> {
        Self::parse(path.display().to_string(), &read_text(path, max_bytes)?)
    }

    /// Parses a text, which may begin with a byte order mark; `file` names it in messages.
    pub fn parse(file: impl Into<String>, text: &str) -> Result<Self, FileError> {
        let file = file.into();
        let text = text.strip_prefix(text::MARK).unwrap_or(text);
        match serde_json::from_str::<Strict>(text) {
            Ok(Strict(root)) => Ok(Self { file, root, problems: RefCell::default(), layers: None, unspread: None }),
            Err(error) => {
                let path = format!("line {} column {}", error.line(), error.column());
                let full = error.to_string();
                let message = full.split(" at line ").next().unwrap_or(&full);
                if text.trim().is_empty() {
                    return Err(FileError::single(file, "", "the file is empty"));
                }
                let message = match message.strip_prefix("EOF while parsing ") {
                    Some("a value") => "the file ends where a value is expected".to_owned(),
                    Some(what) => format!("the file ends within {what}"),
                    None => message.to_owned(),
                };
                Err(FileError::single(file, path, format!("not valid JSON: {message}")))
            }
        }
    }

    /// The name of the file in messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The root of the file.
    pub fn root(&self) -> Cursor<'_> {
        Cursor::top(self, &self.root)
    }

    /// The number of values in which it differs from another; the order of fields and the layout do not matter.
    pub fn differences(&self, other: &Self) -> u64 {
        digest::differences(&self.root, &other.root)
    }

    /// Whether there is a value at a path of whole elements, as in `core.max_neurons` or `neurons[0]`.
    pub fn has(&self, path: &str) -> bool {
        at_path(&self.root, path).is_some()
    }

    /// The number at a path.
    fn number_at(&self, path: &str) -> Option<f64> {
        at_path(&self.root, path)?.as_f64()
    }

    /// Notes a problem found outside a cursor.
    pub fn problem(&self, path: impl Into<String>, message: impl Into<String>) {
        let mut problems = self.problems.borrow_mut();
        let problem = Problem { path: path.into(), message: message.into() };
        // A field that is read for each of several owners has its problem once.
        if problems.contains(&problem) {
            return;
        }
        match problems.len() {
            n if n < MAX_PROBLEMS => problems.push(problem),
            n if n == MAX_PROBLEMS => {
                problems.push(Problem { path: String::new(), message: "more problems follow".into() })
            }
            _ => {}
        }
    }

    /// The value that was read, or all problems.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, FileError> {
        let mut problems = self.problems.into_inner();
        if let Some(unspread) = &self.unspread {
            unspread.explain(&self.root, &mut problems);
        }
        if let Some(layers) = &self.layers {
            let merged = self.unspread.as_ref().map_or(&self.root, overlay::Unspread::root);
            problems.iter_mut().for_each(|problem| layers.explain(merged, problem));
        }
        match read {
            Some(value) if problems.is_empty() => Ok(value),
            _ if problems.is_empty() => unreachable!("a value is missing from {} but no problem was noted", self.file),
            _ => Err(FileError { file: self.file, problems }),
        }
    }
}

/// The value at a path relative to this one, as in `core.max_neurons` or `neurons[0]`; `None` if there is no value.
fn at_path<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |here, element| {
        let (name, indices) = element.split_once('[').map_or((element, None), |(name, rest)| (name, Some(rest)));
        let found = here.as_object()?.get(name)?;
        let Some(indices) = indices else { return Some(found) };
        let indices = indices.strip_suffix(']')?.split("][");
        indices.into_iter().try_fold(found, |list, index| {
            let plain = !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit());
            list.as_array()?.get(index.parse::<usize>().ok().filter(|_| plain)?)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str, read: impl Fn(&Cursor<'_>)) -> String {
        let document = Document::parse("f.json", text).unwrap();
        read(&document.root());
        document.finish::<()>(None).unwrap_err().to_string()
    }

    #[test]
    fn all_problems_are_reported_with_paths() {
        let found = problems(r#"{"a": -1, "c": ["x", 7], "wdith": 3}"#, |root| {
            let object = root.object(&["a", "b", "c", "width"]).unwrap();
            object.need("a").and_then(|c| c.unsigned(1..=8));
            object.need("b").and_then(|c| c.text());
            for item in object.need("c").and_then(|c| c.list(0..=9)).unwrap() {
                item.choice(&["x", "y"]);
            }
        });
        assert_eq!(
            found,
            "f.json: wdith: unknown field; known: a, b, c, width; did you mean \"width\"?\n\
             f.json: a: found -1, expected 1 to 8 as an integer\n\
             f.json: b: missing\n\
             f.json: c[1]: found 7, allowed: x, y"
        );
    }

    #[test]
    fn paths_are_found_by_whole_elements() {
        let document = Document::parse("f.json", r#"{"a": {"b": [1, {"c": [[2]]}]}, "ab": null}"#).unwrap();
        for path in ["a", "ab", "a.b", "a.b[0]", "a.b[1].c[0][0]"] {
            assert!(document.has(path), "{path}");
        }
        for path in ["", "b", "a.", "a.b[2]", "a.b[+1]", "a.b[]", "a.b[0", "a[0]", "a.b[1].c[0][0].d", "a.b.c"] {
            assert!(!document.has(path), "{path}");
        }
    }

    #[test]
    fn comments_are_not_seen() {
        let text = r#"{"$comment": "x", "a": {"$comment": ["y", "z"], "b": [{"$comment": null}]}}"#;
        let document = Document::parse("f.json", text).unwrap();
        assert_eq!(document.value(), &serde_json::json!({"a": {"b": [{}]}}));
        let bare = Document::parse("f.json", r#"{"a": {"b": [{}]}}"#).unwrap();
        assert_eq!((document.differences(&bare), document.root().digest(&[])), (0, bare.root().digest(&[])));
    }

    #[test]
    fn duplicate_fields_and_broken_text_are_errors() {
        let error = Document::parse("f.json", r#"{"a":1,"a":2}"#).unwrap_err();
        assert!(error.to_string().contains("field \"a\" is given twice"), "{error}");
        let error = Document::parse("f.json", "{\"a\":").unwrap_err();
        assert_eq!(error.problems[0].path, "line 1 column 5");
        let error = Document::parse("f.json", r#"{"$comment": 1, "$comment": 2}"#).unwrap_err();
        assert!(error.to_string().contains("field \"$comment\" is given twice"), "{error}");
        let deep = "[".repeat(100_000);
        assert!(Document::parse("f.json", &deep).is_err());
    }
}
