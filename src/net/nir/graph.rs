//! A NIR graph as its file has it: typed nodes with their arrays, and edges. No meaning yet.

use super::kinds::NodeKind;
use std::collections::BTreeMap;

/// Numbers with a shape, the last dimension varying fastest; a shape of no dimensions is a single number.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its sides.
    pub shape: Vec<usize>,
    /// Its values, as many as the product of its sides.
    pub data: Vec<f64>,
}

impl Array {
    /// An array, if its length fits its shape.
    pub fn new(shape: Vec<usize>, data: Vec<f64>) -> Option<Self> {
        let count = shape.iter().try_fold(1usize, |product, side| product.checked_mul(*side))?;
        (count == data.len()).then_some(Self { shape, data })
    }

    /// A vector.
    pub fn vector(data: Vec<f64>) -> Self {
        Self { shape: vec![data.len()], data }
    }

    /// The same value everywhere.
    pub fn filled(shape: &[usize], value: f64) -> Self {
        Self { shape: shape.to_vec(), data: vec![value; shape.iter().product()] }
    }

    /// Its values as whole numbers, if they are.
    pub fn integers(&self) -> Option<Vec<i64>> {
        // Beyond this, not every whole number is a number here.
        let whole = |value: &f64| value.fract() == 0.0 && value.abs() < 9e15;
        self.data.iter().all(whole).then(|| self.data.iter().map(|value| *value as i64).collect())
    }

    /// Its values as sizes, if they are.
    pub fn sizes(&self) -> Option<Vec<usize>> {
        self.integers()?.into_iter().map(|value| usize::try_from(value).ok()).collect()
    }
}

/// A field of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// Numbers.
    Numbers(Array),
    /// A word, such as a padding of `same`.
    Word(String),
}

/// A value of metadata.
#[derive(Clone, Debug, PartialEq)]
pub enum Meta {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct NirNode {
    /// Its name; of a node in a nested graph, with the names of the graphs around it, as in `lif1/rec`.
    pub name: String,
    /// What it is.
    pub kind: &'static NodeKind,
    /// Its fields, by name: all that its kind needs, perhaps some that it may have.
    pub fields: BTreeMap<&'static str, FieldValue>,
}

impl NirNode {
    /// A field of numbers.
    pub fn array(&self, name: &str) -> Option<&Array> {
        match self.fields.get(name) {
            Some(FieldValue::Numbers(array)) => Some(array),
            _ => None,
        }
    }

    /// Whether it is of the kind of that name.
    pub fn is(&self, kind: &str) -> bool {
        self.kind.name == kind
    }
}

/// A graph, nested ones unfolded into it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NirGraph {
    /// Its nodes, by name.
    pub nodes: Vec<NirNode>,
    /// Edges between nodes, by their position: from, to.
    pub edges: Vec<(usize, usize)>,
    /// Version of the program that wrote it, where the file says so.
    pub version: Option<String>,
    /// Time step (s) in its metadata, where there is one.
    pub dt: Option<f64>,
    /// All of its metadata that is a text or a number, by name.
    pub metadata: BTreeMap<String, Meta>,
    /// What was mended or taken for granted in reading, for people.
    pub notes: Vec<String>,
}

impl NirGraph {
    /// The nodes that feed each node.
    pub fn sources(&self) -> Vec<Vec<usize>> {
        let mut sources = vec![Vec::new(); self.nodes.len()];
        self.edges.iter().for_each(|(from, to)| sources[*to].push(*from));
        sources
    }
}
