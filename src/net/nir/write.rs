//! Writes graphs as the Python package reads them: without fields that a node's kind does not have.

use super::graph::{Array, FieldValue, Meta, NirGraph, NirNode};
use super::kinds::{Form, GRAPH};
use hdf5_pure::{DatasetBuilder, Error, FileBuilder, FinishedGroup, GroupBuilder};

/// Metadata of a file: names and texts or numbers.
pub type Metadata<'a> = &'a [(&'a str, Meta)];

/// Arrays of at most this many numbers stay uncompressed.
const PLAIN: usize = 64;
/// The version of NIR's Python package with the format of these files.
const VERSION: &str = "1.0.8";
/// Level of compression.
const DEFLATE: u32 = 4;

/// The bytes of a file. Names of nodes in nested graphs have `.` in place of `/`.
pub fn bytes(graph: &NirGraph, metadata: Metadata<'_>) -> Result<Vec<u8>, Error> {
    let mut file = FileBuilder::new();
    text(file.create_dataset("version"), VERSION);
    let mut node = file.create_group("node");
    text(node.create_dataset("type"), GRAPH);
    let names: Vec<String> = graph.nodes.iter().map(|node| node.name.replace('/', ".")).collect();
    let ends: Vec<&str> =
        graph.edges.iter().flat_map(|(from, to)| [names[*from].as_str(), names[*to].as_str()]).collect();
    node.create_dataset("edges").with_vlen_strings(&ends).with_shape(&[graph.edges.len() as u64, 2]);
    let mut nodes = node.create_group("nodes");
    for (entry, name) in graph.nodes.iter().zip(&names) {
        let group = write_node(nodes.create_group(name), entry);
        nodes.add_group(group);
    }
    node.add_group(nodes.finish());
    if !metadata.is_empty() {
        let mut group = node.create_group("metadata");
        for (name, value) in metadata {
            match value {
                Meta::Text(value) => text(group.create_dataset(name), value),
                Meta::Number(value) => drop(group.create_dataset(name).with_data(&[*value]).with_shape(&[])),
            }
        }
        node.add_group(group.finish());
    }
    file.add_group(node.finish());
    file.finish()
}

fn text(dataset: &mut DatasetBuilder, value: &str) {
    dataset.with_vlen_strings(&[value]).with_shape(&[]);
}

fn write_node(mut group: GroupBuilder, node: &NirNode) -> FinishedGroup {
    text(group.create_dataset("type"), node.kind.name);
    for field in node.kind.fields {
        match node.fields.get(field.name) {
            None => {}
            Some(FieldValue::Word(word)) => text(group.create_dataset(field.name), word),
            Some(FieldValue::Numbers(array)) => numbers(group.create_dataset(field.name), array, field.form),
        }
    }
    group.finish()
}

fn numbers(dataset: &mut DatasetBuilder, array: &Array, form: Form) {
    let shape: Vec<u64> = array.shape.iter().map(|side| *side as u64).collect();
    let dataset = match (form, array.integers()) {
        (Form::Numbers | Form::NumbersOrInfinity, _) | (_, None) => {
            // Most programs compute in 32 bits; numbers that need 64 bits keep them.
            let narrow = array.data.iter().all(|value| f64::from(*value as f32) == *value);
            if narrow {
                dataset.with_data(&array.data.iter().map(|value| *value as f32).collect::<Vec<_>>())
            } else {
                dataset.with_data(&array.data)
            }
        }
        (_, Some(whole)) => dataset.with_data(&whole),
    };
    dataset.with_shape(&shape);
    if array.data.len() > PLAIN {
        dataset.with_chunks(&shape).with_deflate(DEFLATE);
    }
}
