//! Reading JSON files with all their problems at once, each with its path in the file.
//!
//! A reader asks for every field it knows, collects what it gets, and gives up only at the end: so one pass over
//! a broken file reports everything that is wrong with it. Unknown and duplicate fields are problems too.
//! This is the only module that looks into `serde_json::Value`s that come from a user.

mod digest;
mod fields;
mod hint;
mod layout;
pub(crate) mod record;
pub mod schema;
mod set;
pub(crate) mod shape;
mod strict;
mod text;
mod values;
mod whole;

pub use hint::{did_you_mean, nearest};
pub use layout::layout;
pub(crate) use record::{Alternative, alternative, object_schema, read_tagged, tagged_schema, with_rules};
pub use text::{decode, read_text};
pub(crate) use values::{Fields, Listed, Property, Record, Shape, Words};

use crate::text::in_line;
use crate::units::{self, Attojoules, Femtoseconds, Nanowatts, QuantityError, Span};
use hint::suggest;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::Path;
use strict::Strict;
use whole::{signed, unsigned};

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where in the file, as in `core.max_neurons` or `layers[2].kind`; empty for the file as a whole.
    pub path: String,
    /// What was found and what is allowed.
    pub message: String,
}

/// A file that breaks a rule, with everything that is wrong with it.
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
            // What the file says stays in the line of its problem.
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

/// Most characters of a name: of a population, a layer, a router, a table of constants.
pub const MAX_NAME: usize = 200;
/// Most characters of any other text: a description, a source, a note.
pub const MAX_TEXT: usize = 10_000;

/// Most problems listed for one file; a file with more says so in its last line.
const MAX_PROBLEMS: usize = 50;

/// A parsed file and the problems found in it so far.
#[derive(Debug)]
pub struct Document {
    file: String,
    root: Value,
    problems: RefCell<Vec<Problem>>,
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
            Ok(Strict(root)) => Ok(Self { file, root, problems: RefCell::default() }),
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

    /// The top of the file.
    pub fn root(&self) -> Cursor<'_> {
        Cursor { document: self, value: &self.root, path: String::new() }
    }

    /// In how many values it differs from another; the order of fields and the layout do not matter.
    pub fn differences(&self, other: &Self) -> u64 {
        digest::differences(&self.root, &other.root)
    }

    /// Whether there is a value at a path of whole elements, as in `core.max_neurons` or `neurons[0]`.
    pub fn has(&self, path: &str) -> bool {
        at_path(&self.root, path).is_some()
    }

    /// Notes a problem found outside a cursor.
    pub fn problem(&self, path: impl Into<String>, message: impl Into<String>) {
        let mut problems = self.problems.borrow_mut();
        match problems.len() {
            n if n < MAX_PROBLEMS => problems.push(Problem { path: path.into(), message: message.into() }),
            n if n == MAX_PROBLEMS => {
                problems.push(Problem { path: String::new(), message: "more problems follow".into() })
            }
            _ => {}
        }
    }

    /// The value that was read, or all problems.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, FileError> {
        let problems = self.problems.into_inner();
        match read {
            Some(value) if problems.is_empty() => Ok(value),
            _ if problems.is_empty() => unreachable!("a value is missing from {} but no problem was noted", self.file),
            _ => Err(FileError { file: self.file, problems }),
        }
    }
}

/// A place in a document.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    document: &'a Document,
    value: &'a Value,
    path: String,
}

impl<'a> Cursor<'a> {
    /// The path of this place, as in messages.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the file has a value at a path, as [`Document::has`].
    pub fn file_has(&self, path: &str) -> bool {
        self.document.has(path)
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// The value if it is a text, without noting a problem otherwise.
    pub fn as_text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// The value if it is an integer, without noting a problem otherwise.
    pub fn as_integer(&self) -> Option<i64> {
        signed(self.value)
    }

    /// Whether the value is a list.
    pub fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.value.is_object()
    }

    /// A number that tells this value from others, without the fields of such names at its top; the order of
    /// fields and the layout of the file do not matter.
    pub fn digest(&self, without: &[&str]) -> u64 {
        digest::of(self.value, without)
    }

    /// Notes a problem here.
    pub fn problem(&self, message: impl Into<String>) {
        self.document.problem(self.path.clone(), message);
    }

    /// Notes that something else than what is here was expected.
    pub fn expected_here(&self, what: &str) {
        self.problem(format!("found {}, expected {what}", brief(self.value)));
    }

    fn expected<T>(&self, what: &str) -> Option<T> {
        self.expected_here(what);
        None
    }

    /// An object with these fields and no others.
    pub fn object(&self, fields: &[&str]) -> Option<Object<'a>> {
        let Some(map) = self.value.as_object() else {
            return self.expected("an object");
        };
        for name in map.keys().filter(|name| !fields.contains(&name.as_str())) {
            let path = join(&self.path, name);
            self.document.problem(path, format!("unknown field{}", suggest(name, fields)));
        }
        Some(Object { document: self.document, map, path: self.path.clone() })
    }

    /// An object whose field names are the user's own, of at most [`MAX_NAME`] characters each.
    pub fn entries(&self) -> Option<Vec<(&'a str, Cursor<'a>)>> {
        let Some(map) = self.value.as_object() else {
            return self.expected("an object");
        };
        let entry = |(name, value): (&'a String, &'a Value)| {
            let path = join(&self.path, name);
            let cursor = Cursor { document: self.document, value, path };
            cursor.at_most(name, MAX_NAME);
            (name.as_str(), cursor)
        };
        Some(map.iter().map(entry).collect())
    }

    /// A field of an object; nothing is noted where there is none.
    pub fn field(&self, name: &str) -> Option<Cursor<'a>> {
        let value = self.value.as_object()?.get(name)?;
        Some(Cursor { document: self.document, value, path: join(&self.path, name) })
    }

    /// The names of the fields of an object, without noting a problem of what is none.
    pub fn keys(&self) -> Option<Vec<&'a str>> {
        Some(self.value.as_object()?.keys().map(String::as_str).collect())
    }

    /// A list whose length is in a range.
    pub fn list(&self, len: RangeInclusive<usize>) -> Option<Vec<Cursor<'a>>> {
        let Some(items) = self.value.as_array() else {
            return self.expected("a list");
        };
        if !len.contains(&items.len()) {
            self.problem(format!("a list of {}, expected {}", items.len(), range_text(&len, "items")));
            return None;
        }
        let item = |(i, value)| Cursor { document: self.document, value, path: format!("{}[{i}]", self.path) };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// An integer in a range; 8.0 and 1e1 are integers, as in JSON Schema.
    pub fn integer(&self, range: RangeInclusive<i64>) -> Option<i64> {
        match signed(self.value).filter(|v| range.contains(v)) {
            Some(value) => Some(value),
            None => self.expected(&range_text(&range, "as an integer")),
        }
    }

    /// A non-negative integer in a range.
    pub fn unsigned(&self, range: RangeInclusive<u32>) -> Option<u32> {
        let wide = i64::from(*range.start())..=i64::from(*range.end());
        self.integer(wide).map(|v| v as u32)
    }

    /// An integer without sign, of up to 64 bits, in a range.
    pub fn whole(&self, range: RangeInclusive<u64>) -> Option<u64> {
        match unsigned(self.value).filter(|v| range.contains(v)) {
            Some(value) => Some(value),
            None => self.expected(&range_text(&range, "as an integer")),
        }
    }

    /// A list of so many integers without sign in a range; for long lists, of which every entry would be a cursor.
    pub fn wholes(&self, len: RangeInclusive<usize>, range: RangeInclusive<u64>) -> Option<Vec<u64>> {
        let Some(items) = self.value.as_array() else {
            return self.expected("a list");
        };
        if !len.contains(&items.len()) {
            self.problem(format!("a list of {}, expected {}", items.len(), range_text(&len, "items")));
            return None;
        }
        let fits = |item: &Value| unsigned(item).filter(|v| range.contains(v));
        let found: Option<Vec<u64>> = items.iter().map(fits).collect();
        if found.is_none() {
            let wrong = items.iter().enumerate().find(|(_, item)| fits(item).is_none());
            let (index, item) = wrong.unwrap_or((0, self.value));
            let message = format!("found {}, expected {}", brief(item), range_text(&range, "as an integer"));
            self.document.problem(format!("{}[{index}]", self.path), message);
        }
        found
    }

    /// A finite number in a range.
    pub fn number(&self, range: RangeInclusive<f64>) -> Option<f64> {
        match self.value.as_f64().filter(|v| range.contains(v)) {
            Some(value) => Some(value),
            None => self.expected(&range_text(&range, "as a number")),
        }
    }

    /// A yes or no.
    pub fn flag(&self) -> Option<bool> {
        match self.value.as_bool() {
            Some(value) => Some(value),
            None => self.expected("true or false"),
        }
    }

    /// A text that is not empty, of at most [`MAX_TEXT`] characters.
    pub fn text(&self) -> Option<&'a str> {
        self.long_text().and_then(|text| self.at_most(text, MAX_TEXT))
    }

    /// A name that is not empty, of at most [`MAX_NAME`] characters.
    pub fn name(&self) -> Option<&'a str> {
        self.long_text().and_then(|text| self.at_most(text, MAX_NAME))
    }

    /// A text that is not empty, of any length.
    pub fn long_text(&self) -> Option<&'a str> {
        match self.value.as_str().filter(|text| !text.trim().is_empty()) {
            Some(text) => Some(text),
            None => self.expected("a text that is not empty"),
        }
    }

    /// A text, or a field's name, if it is no longer than that.
    pub fn at_most<'t>(&self, text: &'t str, most: usize) -> Option<&'t str> {
        // Of a text of fewer bytes nothing has to be counted.
        let count = if text.len() <= most { 0 } else { text.chars().count() };
        if count > most {
            self.problem(format!("a text of {count} characters, expected at most {most}"));
            return None;
        }
        Some(text)
    }

    /// A text that may be empty.
    pub fn string(&self) -> Option<String> {
        match self.value.as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.expected("a text"),
        }
    }

    /// One of some words; gives its position.
    pub fn choice(&self, words: &[&str]) -> Option<usize> {
        let found = self.value.as_str().and_then(|text| words.iter().position(|word| *word == text));
        if found.is_none() {
            let hint = self.value.as_str().map_or(String::new(), |text| did_you_mean(text, words));
            self.problem(format!("found {}, allowed: {}{hint}", brief(self.value), words.join(", ")));
        }
        found
    }

    /// An energy such as `"4.2 pJ"`.
    pub fn energy(&self) -> Option<Attojoules> {
        self.quantity(units::parse_energy, "an energy such as \"4.2 pJ\" (aJ, fJ, pJ, nJ, uJ, mJ)")
    }

    /// A duration such as `"6.5 ns"`.
    pub fn time(&self) -> Option<Femtoseconds> {
        self.quantity(units::parse_time, "a time such as \"6.5 ns\" (fs, ps, ns, us, ms, s)")
    }

    /// A duration such as `"6.5 ns"` or `"2 cycles"`.
    pub fn span(&self) -> Option<Span> {
        self.quantity(units::parse_span, "a time such as \"6.5 ns\" (fs, ps, ns, us, ms, s) or \"2 cycles\"")
    }

    /// A power such as `"104.4 mW"`.
    pub fn power(&self) -> Option<Nanowatts> {
        self.quantity(units::parse_power, "a power such as \"104.4 mW\" (nW, uW, mW, W)")
    }

    fn quantity<T>(&self, parse: fn(&str) -> Result<T, QuantityError>, what: &str) -> Option<T> {
        let Some(text) = self.value.as_str() else {
            return self.expected(what);
        };
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => self.expected(&format!("{what}: {error}")),
        }
    }
}

/// A place by its path from here, as in `core.max_neurons` or `neurons[0]`; `None` where there is nothing.
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

/// An object whose field names were checked.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    document: &'a Document,
    map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Object<'a> {
    /// A field that may be absent.
    pub fn get(&self, name: &str) -> Option<Cursor<'a>> {
        let value = self.map.get(name)?;
        Some(Cursor { document: self.document, value, path: join(&self.path, name) })
    }

    /// A field that must be there.
    pub fn need(&self, name: &str) -> Option<Cursor<'a>> {
        let cursor = self.get(name);
        if cursor.is_none() {
            self.document.problem(join(&self.path, name), "missing");
        }
        cursor
    }

    /// A field that may be absent or `null`.
    pub fn maybe(&self, name: &str) -> Option<Cursor<'a>> {
        self.get(name).filter(|cursor| !cursor.is_null())
    }

    /// Checks that the field [`SCHEMA`], where there is one, is a text.
    pub fn check_schema(&self) {
        self.get(SCHEMA).and_then(|c| c.text());
    }

    /// Notes a problem of the object as a whole.
    pub fn problem(&self, message: impl Into<String>) {
        self.document.problem(self.path.clone(), message);
    }
}

fn join(path: &str, name: &str) -> String {
    let name = clip(name, MAX_NAME);
    if path.is_empty() { name.into_owned() } else { format!("{path}.{name}") }
}

/// So many characters of a text, for messages.
fn clip(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A short rendering of a value for messages.
fn brief(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Object(_) => "an object".into(),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::String(text) => Value::from(clip(text, 40)).to_string(),
        other => other.to_string(),
    }
}

fn range_text<T: fmt::Display + PartialEq>(range: &RangeInclusive<T>, what: &str) -> String {
    match (range.start(), range.end()) {
        (only, end) if only == end => format!("{only} {what}"),
        (start, end) => format!("{start} to {end} {what}"),
    }
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
    fn duplicate_fields_and_broken_text_are_errors() {
        let error = Document::parse("f.json", r#"{"a":1,"a":2}"#).unwrap_err();
        assert!(error.to_string().contains("field \"a\" is given twice"), "{error}");
        let error = Document::parse("f.json", "{\"a\":").unwrap_err();
        assert_eq!(error.problems[0].path, "line 1 column 5");
        let deep = "[".repeat(100_000);
        assert!(Document::parse("f.json", &deep).is_err());
    }
}
