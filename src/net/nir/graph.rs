//! A NIR graph as in its file: typed nodes with their arrays, and edges, not yet interpreted.

use super::kinds::NodeKind;
use std::collections::BTreeMap;

/// Numbers with a shape, the last dimension varying fastest; a shape without dimensions is a single number.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Sides of the array.
    pub shape: Vec<usize>,
    /// Values, as many as the product of the sides.
    pub data: Vec<f64>,
}

impl Array {
    /// An array, if its length matches its shape.
    pub fn new(shape: Vec<usize>, data: Vec<f64>) -> Option<Self> {
        let count = shape.iter().try_fold(1usize, |product, side| product.checked_mul(*side))?;
        (count == data.len()).then_some(Self { shape, data })
    }

    /// A vector.
    pub fn vector(data: Vec<f64>) -> Self {
        Self { shape: vec![data.len()], data }
    }

    /// An array of one repeated value.
    pub fn filled(shape: &[usize], value: f64) -> Self {
        Self { shape: shape.to_vec(), data: vec![value; shape.iter().product()] }
    }

    /// The values as integers, if all are.
    pub fn integers(&self) -> Option<Vec<i64>> {
        // Beyond this, floats do not hold every integer.
        let whole = |value: &f64| value.fract() == 0.0 && value.abs() < 9e15;
        self.data.iter().all(whole).then(|| self.data.iter().map(|value| *value as i64).collect())
    }

    /// The values as sizes, if all are.
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
#[doc(hidden)]
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
    /// Name of the node; in a nested graph, with the names of the graphs around it, as in `lif1/rec`.
    pub name: String,
    /// Kind of the node.
    pub kind: &'static NodeKind,
    /// Fields by name: all that its kind requires, perhaps some optional ones.
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

    /// Whether its kind has this name.
    pub fn is(&self, kind: &str) -> bool {
        self.kind.name == kind
    }
}

/// A graph with its nested graphs unfolded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NirGraph {
    /// Nodes by name.
    pub nodes: Vec<NirNode>,
    /// Edges between nodes, by their positions: from, to.
    pub edges: Vec<(usize, usize)>,
    /// Version of the program that wrote it, if the file has one.
    pub version: Option<String>,
    /// Time step (s) of the metadata, if it has one.
    pub dt: Option<f64>,
    /// All metadata that are texts or numbers, by name.
    pub metadata: BTreeMap<String, Meta>,
    /// Repairs and assumptions of the reader, for people.
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
