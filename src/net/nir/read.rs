//! From the tree of a file to a graph: kinds and fields are checked, nested graphs are unfolded, edges are resolved.

use super::graph::{Array, FieldValue, Meta, NirGraph, NirNode};
use super::hdf5::{Hdf5Entry, Hdf5Tree};
use super::kinds::{FieldOf, Form, GRAPH, KINDS, NodeKind};
use super::metadata;
use crate::json::{FileError, Problem, did_you_mean};
use std::collections::{BTreeMap, BTreeSet};

/// Most nodes and edges in a graph.
const MAX_NODES: usize = 1 << 12;
const MAX_EDGES: usize = 1 << 16;
/// Most problems reported for a file.
const MAX_PROBLEMS: usize = 50;
/// Most characters in a node's name, with the names of the graphs around it.
const MAX_NAME: usize = 200;
/// Most integers in a field, such as the sides of a shape.
const MAX_WHOLE: usize = 8;
/// Most metadata entries kept for a graph, and most characters in a text of them.
const MAX_METADATA: usize = 256;
const MAX_META_TEXT: usize = 1000;

pub(super) fn read(file: &str, mut tree: Hdf5Tree) -> Result<NirGraph, FileError> {
    let mut reader = GraphReader::default();
    reader.graph.version = tree.text("version").map(str::to_owned);
    match tree.entries.get_mut("node") {
        Some(Hdf5Entry::Group(node)) if node.text("type") == Some(GRAPH) => {
            reader.graph.metadata = metadata_of(node);
            metadata::time_step(&mut reader.graph);
            reader.graph(node, "node", "");
        }
        Some(Hdf5Entry::Group(_)) => reader.problem("node/type", format!("expected \"{GRAPH}\"")),
        _ => reader.problem("node", "missing: a NIR file has its graph there"),
    }
    reader.order();
    if reader.problems.is_empty() {
        return Ok(reader.graph);
    }
    Err(FileError { file: file.to_owned(), problems: reader.problems })
}

/// The metadata of a graph that are single texts or numbers.
fn metadata_of(node: &Hdf5Tree) -> BTreeMap<String, Meta> {
    let value = |entry: &Hdf5Entry| match entry {
        Hdf5Entry::Numbers(array) if array.data.len() == 1 => array.data.first().map(|value| Meta::Number(*value)),
        Hdf5Entry::Texts(texts) if texts.len() == 1 => {
            texts.first().map(|text| Meta::Text(text.chars().take(MAX_META_TEXT).collect()))
        }
        _ => None,
    };
    let entries = node.group("metadata").into_iter().flat_map(|tree| &tree.entries);
    entries.filter_map(|(name, entry)| Some((name.clone(), value(entry)?))).take(MAX_METADATA).collect()
}

#[derive(Default)]
struct GraphReader {
    graph: NirGraph,
    problems: Vec<Problem>,
}

/// Ends of edges to and from a name in a graph: a node, or the inputs and outputs of a nested graph.
struct EdgeEnds {
    into: Vec<usize>,
    out: Vec<usize>,
}

impl GraphReader {
    fn problem(&mut self, path: &str, message: impl Into<String>) {
        // If a whole file is wrong, the first problems say enough.
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { path: path.to_owned(), message: message.into() });
        }
    }

    /// Adds the nodes and edges of a graph; returns its inputs and outputs.
    fn graph(&mut self, tree: &mut Hdf5Tree, path: &str, prefix: &str) -> EdgeEnds {
        let mut ends = BTreeMap::new();
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        match tree.entries.get_mut("nodes") {
            Some(Hdf5Entry::Group(nodes)) => {
                for (name, entry) in &mut nodes.entries {
                    let path = format!("{path}/nodes/{name}");
                    let Hdf5Entry::Group(inner) = entry else {
                        self.problem(&path, "expected a group: a node");
                        continue;
                    };
                    let Some(found) = self.node(inner, &path, &format!("{prefix}{name}")) else { continue };
                    inputs.extend(found.into.iter().filter(|i| self.graph.nodes[**i].is("Input")));
                    outputs.extend(found.out.iter().filter(|o| self.graph.nodes[**o].is("Output")));
                    ends.insert(name.clone(), found);
                }
            }
            _ => self.problem(&format!("{path}/nodes"), "missing"),
        }
        // Nodes of nested graphs are not ends of this graph.
        let own = |index: &usize| !self.graph.nodes[*index].name[prefix.len()..].contains('/');
        inputs.retain(own);
        outputs.retain(own);
        self.edges(tree, path, &ends);
        EdgeEnds { into: inputs, out: outputs }
    }

    fn node(&mut self, tree: &mut Hdf5Tree, path: &str, name: &str) -> Option<EdgeEnds> {
        let characters = name.chars().count();
        if characters > MAX_NAME {
            let begins: String = path.chars().take(MAX_NAME).collect();
            self.problem(&format!("{begins}…"), format!("a name of {characters} characters, at most {MAX_NAME}"));
            return None;
        }
        let Some(kind) = tree.text("type").map(str::to_owned) else {
            self.problem(&format!("{path}/type"), "missing, or not a text");
            return None;
        };
        let kind = kind.as_str();
        if kind == GRAPH {
            return Some(self.graph(tree, path, &format!("{name}/")));
        }
        let Some(kind) = NodeKind::of(kind) else {
            let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).chain([GRAPH]).collect();
            let hint = did_you_mean(kind, &names);
            self.problem(&format!("{path}/type"), format!("found \"{kind}\", known: {}{hint}", names.join(", ")));
            return None;
        };
        if self.graph.nodes.len() == MAX_NODES {
            self.problem(path, format!("one of more than {MAX_NODES} nodes"));
            return None;
        }
        let fields = self.fields(tree, path, kind);
        self.graph.nodes.push(NirNode { name: name.to_owned(), kind, fields });
        let index = self.graph.nodes.len() - 1;
        Some(EdgeEnds { into: vec![index], out: vec![index] })
    }

    fn fields(
        &mut self,
        tree: &mut Hdf5Tree,
        path: &str,
        kind: &'static NodeKind,
    ) -> BTreeMap<&'static str, FieldValue> {
        for name in tree.entries.keys().filter(|name| !matches!(name.as_str(), "type" | "metadata")) {
            if !kind.fields.iter().any(|field| field.name == name) {
                let known: Vec<&str> = kind.fields.iter().map(|field| field.name).collect();
                self.problem(&format!("{path}/{name}"), format!("unknown; {} has {}", kind.name, known.join(", ")));
            }
        }
        let mut fields = BTreeMap::new();
        for field in kind.fields {
            let path = format!("{path}/{}", field.name);
            match (tree.entries.remove(field.name), field.optional) {
                (None, true) => {}
                (None, false) => self.problem(&path, format!("missing; {} has one", kind.name)),
                (Some(entry), _) => match value(entry, field) {
                    Ok(value) => drop(fields.insert(field.name, value)),
                    Err(why) => self.problem(&path, why),
                },
            }
        }
        fields
    }

    fn edges(&mut self, tree: &Hdf5Tree, path: &str, ends: &BTreeMap<String, EdgeEnds>) {
        let path = format!("{path}/edges");
        let names = match tree.entries.get("edges") {
            Some(Hdf5Entry::Texts(names)) if names.len().is_multiple_of(2) => names.as_slice(),
            // An empty array of any kind.
            None => &[],
            Some(Hdf5Entry::Numbers(array)) if array.data.is_empty() => &[],
            Some(_) => return self.problem(&path, "expected pairs of names"),
        };
        let mended = self.mend(names, ends);
        for (index, pair) in names.chunks_exact(2).enumerate() {
            let end = |name: &String| ends.get(mended.get(name).unwrap_or(name));
            for name in pair.iter().filter(|name| end(name).is_none()) {
                let known: Vec<&str> = ends.keys().map(String::as_str).take(40).collect();
                self.problem(
                    &format!("{path}[{index}]"),
                    format!("\"{name}\" is no node; there are {}", known.join(", ")),
                );
            }
            let (Some(from), Some(to)) = (end(&pair[0]), end(&pair[1])) else { continue };
            if self.graph.edges.len() + from.out.len() * to.into.len() > MAX_EDGES {
                return self.problem(&path, format!("more than {MAX_EDGES} edges"));
            }
            for from in &from.out {
                self.graph.edges.extend(to.into.iter().map(|to| (*from, *to)));
            }
        }
    }

    /// Maps the one unknown name in edges to the one node without edges, which it must mean.
    fn mend(&mut self, names: &[String], ends: &BTreeMap<String, EdgeEnds>) -> BTreeMap<String, String> {
        let mut strange: Vec<&String> = names.iter().filter(|name| !ends.contains_key(*name)).collect();
        strange.sort();
        strange.dedup();
        let named: BTreeSet<&String> = names.iter().collect();
        let alone: Vec<&String> = ends.keys().filter(|name| !named.contains(name)).collect();
        let ([strange], [alone]) = (strange.as_slice(), alone.as_slice()) else { return BTreeMap::new() };
        self.graph.notes.push(format!(
            "edges name \"{strange}\", which is no node; taken for \"{alone}\", the one node without edges"
        ));
        BTreeMap::from([((*strange).clone(), (*alone).clone())])
    }

    /// Sorts edges and drops duplicates.
    fn order(&mut self) {
        self.graph.edges.sort_unstable();
        let before = self.graph.edges.len();
        self.graph.edges.dedup();
        let twice = before - self.graph.edges.len();
        if twice > 0 {
            self.graph.notes.push(format!("{twice} edges are there twice; each counts once"));
        }
    }
}

/// A field's value, if it has the right form.
fn value(entry: Hdf5Entry, field: &FieldOf) -> Result<FieldValue, String> {
    match (entry, field.form) {
        (Hdf5Entry::Numbers(array), form) => check(&array, form).map(|()| FieldValue::Numbers(array)),
        (Hdf5Entry::Texts(words), Form::WholeOrWord(allowed)) if words.len() == 1 => match words[0].as_str() {
            word if allowed.contains(&word) => Ok(FieldValue::Word(word.to_owned())),
            word => Err(format!("found \"{word}\", allowed: whole numbers, {}", allowed.join(", "))),
        },
        (Hdf5Entry::Other(kind), _) => Err(format!("an array of {kind}, expected numbers")),
        _ => Err("expected numbers".into()),
    }
}

fn check(array: &Array, form: Form) -> Result<(), String> {
    match form {
        Form::NumbersOrInfinity => match array.data.iter().find(|value| !value.is_finite() && **value != f64::INFINITY)
        {
            Some(odd) => Err(format!("holds {odd}, allowed: finite numbers and infinity")),
            None => Ok(()),
        },
        Form::Whole | Form::WholeOrWord(_) if array.data.len() > MAX_WHOLE => {
            Err(format!("{} whole numbers, at most {MAX_WHOLE}", array.data.len()))
        }
        Form::Numbers => match array.data.iter().find(|value| !value.is_finite()) {
            Some(odd) => Err(format!("holds {odd}, which is no finite number")),
            None => Ok(()),
        },
        Form::Whole | Form::WholeOrWord(_) => match array.integers() {
            Some(_) => Ok(()),
            None => Err("expected whole numbers".into()),
        },
    }
}
