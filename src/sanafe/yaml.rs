//! YAML documents as far as SANA-FE's files use them: texts, lists and maps, each with its line.
//!
//! Scalars stay texts, because some look like other numbers than they are: core `2.10` of a mapping is not 2.1.

use crate::json::{FileError, Problem};
use saphyr_parser::{Event, Parser};
use std::cell::RefCell;
use std::fs;
use std::io::Read;
use std::path::Path;

/// Largest file that is read.
const MAX_FILE_BYTES: u64 = 1 << 30;
/// Lists and maps within each other, at most.
const MAX_DEPTH: usize = 64;

/// A value with the line where it begins, from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// A document that is being read, with the problems that were found in it.
#[derive(Debug)]
pub(super) struct Source {
    file: String,
    pub(super) root: Node,
    problems: RefCell<Vec<Problem>>,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, FileError> {
        let file = path.display().to_string();
        let fail = |message: String| FileError::single(file.clone(), "", message);
        let mut text = String::new();
        let opened = fs::File::open(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
        let read = opened.take(MAX_FILE_BYTES + 1).read_to_string(&mut text);
        read.map_err(|error| fail(format!("cannot be read: {error}")))?;
        if text.len() as u64 > MAX_FILE_BYTES {
            return Err(fail(format!("longer than {MAX_FILE_BYTES} bytes")));
        }
        let root = parse(&text).map_err(|(line, message)| FileError::single(file.clone(), at(line), message))?;
        Ok(Self { file, root, problems: RefCell::default() })
    }

    /// Notes a problem at a place.
    pub(super) fn problem(&self, node: &Node, message: impl Into<String>) {
        self.problems.borrow_mut().push(Problem { path: at(node.line), message: message.into() });
    }

    /// The field of a map that has to be there.
    pub(super) fn need<'n>(&self, node: &'n Node, name: &str) -> Option<&'n Node> {
        let found = node.get(name);
        if found.is_none() {
            self.problem(node, format!("has no \"{name}\""));
        }
        found
    }

    /// A number.
    pub(super) fn number(&self, node: &Node) -> Option<f64> {
        let value = node.text().and_then(|text| text.parse::<f64>().ok()).filter(|value| value.is_finite());
        if value.is_none() {
            self.problem(node, format!("found {}, expected a number", node.describe()));
        }
        value
    }

    /// A whole number in a range.
    pub(super) fn whole(&self, node: &Node, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let value = self.number(node)?;
        let whole = value as i64;
        if value.fract() != 0.0 || !range.contains(&whole) {
            let (least, most) = (range.start(), range.end());
            self.problem(node, format!("found {value}, expected a whole number of {least} to {most}"));
            return None;
        }
        Some(whole)
    }

    /// What was read, unless there was a problem.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, FileError> {
        let problems = self.problems.into_inner();
        match read {
            Some(read) if problems.is_empty() => Ok(read),
            _ => Err(FileError { file: self.file, problems }),
        }
    }
}

fn at(line: usize) -> String {
    format!("line {line}")
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    pub(super) fn flag(&self) -> bool {
        matches!(self.text(), Some("true" | "True" | "TRUE" | "1"))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, node)| node)
    }

    /// The fields of a map, or of a list of maps in its order.
    pub(super) fn fields(&self) -> Vec<(&str, &Node)> {
        match &self.kind {
            Kind::Text(_) => Vec::new(),
            Kind::List(items) => items.iter().flat_map(Node::fields).collect(),
            Kind::Map(fields) => fields.iter().map(|(name, node)| (name.as_str(), node)).collect(),
        }
    }

    /// The items of a list; any other value is a list of itself.
    pub(super) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Text(_) | Kind::Map(_) => std::slice::from_ref(self),
        }
    }

    pub(super) fn describe(&self) -> String {
        match &self.kind {
            Kind::Text(text) => format!("\"{text}\""),
            Kind::List(_) => "a list".into(),
            Kind::Map(_) => "a map".into(),
        }
    }
}

/// A list or a map that has begun, with the key of its next value.
struct Open {
    node: Node,
    key: Option<String>,
}

impl Open {
    fn add(&mut self, child: Node) -> Result<(), (usize, String)> {
        let line = child.line;
        match (&mut self.node.kind, child.kind) {
            (Kind::List(items), kind) => items.push(Node { line, kind }),
            (Kind::Map(fields), kind) => match (self.key.take(), kind) {
                (Some(key), kind) => fields.push((key, Node { line, kind })),
                (None, Kind::Text(key)) => self.key = Some(key),
                (None, _) => return Err((line, "a list or a map as a key is not read".into())),
            },
            (Kind::Text(_), _) => {}
        }
        Ok(())
    }
}

fn parse(text: &str) -> Result<Node, (usize, String)> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| (error.marker().line(), error.info().to_owned()))?;
        let line = span.start.line();
        let begun = |kind| Open { node: Node { line, kind }, key: None };
        let done = match event {
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() == MAX_DEPTH => {
                return Err((line, format!("more than {MAX_DEPTH} lists and maps within each other")));
            }
            Event::SequenceStart(..) => {
                open.push(begun(Kind::List(Vec::new())));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(begun(Kind::Map(Vec::new())));
                continue;
            }
            Event::Scalar(text, ..) => Some(Node { line, kind: Kind::Text(text.into_owned()) }),
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|open| open.node),
            Event::Alias(_) => return Err((line, "aliases (*name) are not read; write the value out".into())),
            _ => None,
        };
        let Some(node) = done else { continue };
        match open.last_mut() {
            Some(parent) => parent.add(node)?,
            None if root.is_none() => root = Some(node),
            None => return Err((line, "a second document; one is read".into())),
        }
    }
    root.ok_or((1, "an empty file".into()))
}

/// The base of a name such as `tile[0..31]`, and how many there are.
pub(super) fn counted(name: &str) -> Option<(&str, u32)> {
    let Some((base, range)) = name.split_once('[') else { return Some((name, 1)) };
    let (first, last) = range.strip_suffix(']')?.split_once("..")?;
    let (first, last) = (first.trim().parse::<u32>().ok()?, last.trim().parse::<u32>().ok()?);
    (last >= first).then(|| (base, last - first + 1))
}

/// The ends of a range such as `3` or `0..7`, both included.
pub(super) fn range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lists_and_maps_are_read_with_their_lines() {
        let root = parse("a: [1, {0..2: 2.10}]\nb:\n  - c -> d: 3\n").unwrap();
        assert_eq!(root.get("a").unwrap().items()[1].get("0..2").unwrap().text(), Some("2.10"));
        let edge = &root.get("b").unwrap().items()[0];
        assert_eq!((edge.line, edge.get("c -> d").unwrap().text()), (3, Some("3")));
        for (wrong, line) in [("a: &x 1\nb: *x\n", 2), ("", 1), ("? [1]\n: 2\n", 1), ("a: 1\n---\nb: 2\n", 4)] {
            assert_eq!(parse(wrong).unwrap_err().0, line, "{wrong}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn ranges_count_both_ends() {
        assert_eq!(
            [counted("t[0..31]"), counted("t"), counted("t[3]"), counted("t[2..1]")],
            [Some(("t", 32)), Some(("t", 1)), None, None]
        );
        assert_eq!([range("3"), range("0..7"), range("x"), range("4..2")], [Some((3, 3)), Some((0, 7)), None, None]);
    }
}
