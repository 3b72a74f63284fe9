//! Places in a document, and the values read there.

use super::whole::{signed, unsigned};
use super::{Document, MAX_NAME, MAX_TEXT, digest};
use crate::text::{did_you_mean, suggest};
use crate::units::{self, Attojoules, Femtoseconds, Nanowatts, QuantityError, TimeSpan};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

/// A place in a document.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    document: &'a Document,
    value: &'a Value,
    path: String,
}

impl<'a> Cursor<'a> {
    pub(super) fn top(document: &'a Document, value: &'a Value) -> Self {
        Self { document, value, path: String::new() }
    }

    /// The path of this place, as in messages.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the file has a value at a path, as [`Document::has`].
    pub fn file_has(&self, path: &str) -> bool {
        self.document.has(path)
    }

    /// The number that the file has at a path.
    pub(crate) fn file_number(&self, path: &str) -> Option<f64> {
        self.document.number_at(path)
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

    /// The value if it is true or false, without noting a problem otherwise.
    pub fn as_flag(&self) -> Option<bool> {
        self.value.as_bool()
    }

    /// The value as a word of a command line would give it, if it is neither an object nor a list.
    pub fn scalar(&self) -> Option<String> {
        match self.value {
            Value::Object(_) | Value::Array(_) => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// Whether the value is a list.
    pub fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.value.is_object()
    }

    /// A digest of this value without its fields named in `without`; it does not depend on the order of
    /// fields or on the layout of the file.
    pub fn digest(&self, without: &[&str]) -> u64 {
        digest::of(self.value, without)
    }

    /// Notes a problem here.
    pub fn problem(&self, message: impl Into<String>) {
        self.document.problem(self.path.clone(), message);
    }

    /// Notes a problem: another kind of value was expected here.
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
        Some(Object { document: self.document, map, path: self.path.clone(), item: None })
    }

    /// An object whose field names are chosen by the user, of at most [`MAX_NAME`] characters each.
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

    /// A field of an object; a missing field is not a problem.
    pub fn field(&self, name: &str) -> Option<Cursor<'a>> {
        let value = self.value.as_object()?.get(name)?;
        Some(Cursor { document: self.document, value, path: join(&self.path, name) })
    }

    /// The names of the fields of an object; a value of another kind is not a problem.
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

    /// An unsigned integer of up to 64 bits in a range.
    pub fn whole(&self, range: RangeInclusive<u64>) -> Option<u64> {
        match unsigned(self.value).filter(|v| range.contains(v)) {
            Some(value) => Some(value),
            None => self.expected(&range_text(&range, "as an integer")),
        }
    }

    /// A list of unsigned integers in a range, without a cursor for each entry; for long lists.
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

    /// A Boolean.
    pub fn flag(&self) -> Option<bool> {
        match self.value.as_bool() {
            Some(value) => Some(value),
            None => self.expected("true or false"),
        }
    }

    /// A non-empty text of at most [`MAX_TEXT`] characters.
    pub fn text(&self) -> Option<&'a str> {
        self.long_text().and_then(|text| self.at_most(text, MAX_TEXT))
    }

    /// A non-empty name of at most [`MAX_NAME`] characters.
    pub fn name(&self) -> Option<&'a str> {
        self.long_text().and_then(|text| self.at_most(text, MAX_NAME))
    }

    /// A non-empty text of any length.
    pub fn long_text(&self) -> Option<&'a str> {
        match self.value.as_str().filter(|text| !text.trim().is_empty()) {
            Some(text) => Some(text),
            None => self.expected("a text that is not empty"),
        }
    }

    /// A text, or a field's name, of at most `most` characters.
    pub fn at_most<'t>(&self, text: &'t str, most: usize) -> Option<&'t str> {
        // Fewer bytes mean fewer characters: nothing to count.
        let count = if text.len() <= most { 0 } else { text.chars().count() };
        if count > most {
            self.problem(format!("a text of {count} characters, expected at most {most}"));
            return None;
        }
        Some(text)
    }

    /// A text, possibly empty.
    pub fn string(&self) -> Option<String> {
        match self.value.as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.expected("a text"),
        }
    }

    /// One of the given words, as its position.
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
    pub fn span(&self) -> Option<TimeSpan> {
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

/// An object whose field names were checked.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    document: &'a Document,
    map: &'a Map<String, Value>,
    path: String,
    /// The item that stands for each field that is a list.
    item: Option<usize>,
}

impl<'a> Object<'a> {
    /// A field that may be absent.
    pub fn get(&self, name: &str) -> Option<Cursor<'a>> {
        let (value, path) = (self.map.get(name)?, join(&self.path, name));
        let item = self.item.and_then(|item| Some((item, value.as_array()?.get(item)?)));
        let (value, path) = item.map_or((value, path.clone()), |(item, value)| (value, format!("{path}[{item}]")));
        Some(Cursor { document: self.document, value, path })
    }

    /// The same object with one item of each list instead of the list.
    pub(super) fn with_item(&self, item: usize) -> Self {
        Self { item: Some(item), ..self.clone() }
    }

    /// The fields that are lists.
    pub(super) fn lists(&self) -> impl Iterator<Item = (&'a str, &'a [Value])> {
        self.map.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_array()?.as_slice())))
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

    /// Notes a problem of the object as a whole.
    pub fn problem(&self, message: impl Into<String>) {
        self.document.problem(self.path.clone(), message);
    }
}

pub(super) fn join(path: &str, name: &str) -> String {
    let name = clip(name, MAX_NAME);
    if path.is_empty() { name.into_owned() } else { format!("{path}.{name}") }
}

/// The first `most` characters of a text, for messages.
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
