//! Sparse network files, `spikemesh.sparse/1`: populations and projections as edge lists, recurrent too.
//!
//! ```json
//! {"format": "spikemesh.sparse/1", "description": "…", "time_steps": 100,
//!  "populations": [
//!    {"name": "in", "size": 2, "spikes": [[1, 0], [3, 1]]},
//!    {"name": "exc", "size": 4, "threshold": 64, "bias": [0, 1, 2, 3],
//!     "neuron": {"model": "lif", "decay": 128, "reset": "zero", "fraction_bits": 0, "membrane_bits": 24}}],
//!  "projections": [
//!    {"from": "in", "to": "exc", "edges": [[0, 1, 30, 1], [1, 2, 40, 2]]},
//!    {"from": "exc", "to": "exc", "edges_file": "edges.bin"}]}
//! ```
//!
//! `spikes` are (step from 1, neuron) and make the population a source outside the chip. An edge is (source,
//! target, weight, delay (steps)); the binary form has 12 bytes an edge, little endian: u32, u32, i16, u16.

use super::SparseNetwork;
use super::file::read_file_name;
use super::graph::{Csr, Drive, Graph, MAX_DELAY, MAX_NEURONS, MAX_SYNAPSES, Population};
use super::neuron::{self, Model, Params, Ranges, Reset, Traits};
use crate::json::{Cursor, Document, Object, SCHEMA};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

const FIELDS: &[&str] = &["format", "description", "time_steps", "populations", "projections", SCHEMA];
pub(super) const MAX_WEIGHT: i64 = 255;
const EDGE_BYTES: u64 = 12;

pub(super) fn read(document: &Document, name: &str, folder: &Path) -> Option<SparseNetwork> {
    let root = document.root().object(FIELDS)?;
    root.check_schema();
    let description = root.need("description").and_then(|c| c.text());
    let time_steps = match root.get("time_steps") {
        Some(cursor) => cursor.unsigned(1..=1 << 24).map(Some),
        None => Some(None),
    };
    let mut graph = Graph::default();
    let populations = root.need("populations").and_then(|c| c.list(1..=4096));
    let populations = populations.and_then(|list| read_populations(document, &list, &mut graph));
    let projections = root.need("projections").and_then(|c| c.list(0..=65_536));
    // Edges can only be checked against populations that were read.
    populations?;
    // All of them first: collecting into an `Option` would stop at the first that is wrong.
    let mut room = MAX_SYNAPSES;
    let edges: Vec<_> = projections?.iter().map(|c| read_projection(c, &graph, folder, &mut room)).collect();
    graph.synapses = Arc::new(collect(graph.neurons(), edges.into_iter().collect::<Option<_>>()?)?);
    Some(SparseNetwork {
        name: name.to_owned(),
        description: description?.to_owned(),
        graph,
        time_steps: time_steps?,
        seed: None,
    })
}

fn read_populations(document: &Document, list: &[Cursor<'_>], graph: &mut Graph) -> Option<()> {
    let mut complete = Some(());
    for cursor in list {
        match read_population(cursor, graph) {
            Some(()) => {}
            None => complete = None,
        }
    }
    if graph.neurons() as u64 > MAX_NEURONS {
        document.problem("populations", format!("{} neurons in all; at most {MAX_NEURONS}", graph.neurons()));
        return None;
    }
    complete
}

const POPULATION_FIELDS: &[&str] =
    &["name", "size", "neuron", "threshold", "bias", "reset_potential", "negative_threshold", "spikes"];

fn read_population(cursor: &Cursor<'_>, graph: &mut Graph) -> Option<()> {
    let object = cursor.object(POPULATION_FIELDS)?;
    let name = object.need("name").and_then(|c| c.text());
    let size = object.need("size").and_then(|c| c.unsigned(1..=MAX_NEURONS as u32));
    let source = object.get("spikes");
    let (values, source) = match source {
        Some(spikes) => (read_no_neurons(&object, size), size.and_then(|size| read_spikes(&spikes, size)).map(Some)),
        None => (read_neurons(&object, size), Some(None)),
    };
    let name = name?;
    if graph.populations.iter().any(|p| p.name == name) {
        object.problem(format!("a second population named \"{name}\""));
        return None;
    }
    let (count, Neurons { params, threshold, bias, traits }, source) = (size?, values?, source?);
    if graph.neurons() as u64 + u64::from(count) > MAX_NEURONS {
        object.problem(format!(
            "{} neurons up to here; at most {MAX_NEURONS}",
            graph.neurons() as u64 + u64::from(count)
        ));
        return None;
    }
    let first = graph.neurons() as u32;
    let name = name.to_owned();
    graph.populations.push(Population { name, first, count, params, drive: Drive::EveryStep, window: None, source });
    graph.threshold.extend(threshold);
    graph.bias.extend(bias);
    graph.add_traits(traits);
    Some(())
}

/// What the neurons of a population are.
struct Neurons {
    params: Params,
    threshold: Vec<i32>,
    bias: Vec<i32>,
    /// Empty where the model has none.
    traits: Vec<Traits>,
}

/// A source has no neurons on the chip.
fn read_no_neurons(object: &Object<'_>, size: Option<u32>) -> Option<Neurons> {
    for field in ["neuron", "threshold", "bias", "reset_potential", "negative_threshold"] {
        if let Some(extra) = object.get(field) {
            extra.problem("a population with \"spikes\" is a source and has no neurons on the chip");
        }
    }
    let params = Params { model: Model::If, reset: Reset::Zero, fraction_bits: 0, membrane_bits: 24, fires: false };
    let n = size? as usize;
    Some(Neurons { params, threshold: vec![1; n], bias: vec![0; n], traits: Vec::new() })
}

fn read_neurons(object: &Object<'_>, size: Option<u32>) -> Option<Neurons> {
    let neuron = object.need("neuron").and_then(|c| neuron::read(&c));
    // Of a neuron that could not be read nothing is held against its values.
    let ranges = neuron.as_ref().map(|(params, _)| Ranges::of(params));
    let anything = -i64::from(i32::MAX)..=i64::from(i32::MAX);
    let bounds =
        |range: fn(&Ranges) -> &RangeInclusive<i64>| ranges.as_ref().map_or(anything.clone(), |r| range(r).clone());
    let threshold = object.need("threshold");
    let threshold = threshold.and_then(|c| read_per_neuron(&c, size?, bounds(|r| &r.threshold)));
    let bias = match object.get("bias") {
        Some(c) => size.and_then(|n| read_per_neuron(&c, n, bounds(|r| &r.bias))),
        None => size.map(|n| vec![0; n as usize]),
    };
    let (params, after) = neuron?;
    let each = |cursor: &Cursor<'_>, range| read_per_neuron(cursor, size?, range);
    let traits = neuron::read_traits(object, (&params, after), size?, &each);
    let (threshold_shift, bias_shift) = ranges.map_or((0, 0), |r| (r.threshold_shift, r.bias_shift));
    let shifted = |all: Vec<i32>, shift: u32| all.into_iter().map(|value| value << shift).collect();
    Some(Neurons {
        params,
        threshold: shifted(threshold?, threshold_shift),
        bias: shifted(bias?, bias_shift),
        traits: traits?,
    })
}

/// One value for all neurons, or one for each.
fn read_per_neuron(cursor: &Cursor<'_>, size: u32, range: std::ops::RangeInclusive<i64>) -> Option<Vec<i32>> {
    if !cursor.is_list() {
        return cursor.integer(range).map(|v| vec![v as i32; size as usize]);
    }
    let items = cursor.list(size as usize..=size as usize)?;
    let values: Vec<_> = items.iter().map(|c| c.integer(range.clone()).map(|v| v as i32)).collect();
    values.into_iter().collect()
}

fn read_spikes(cursor: &Cursor<'_>, size: u32) -> Option<Vec<(u32, u32)>> {
    let items = cursor.list(0..=1 << 22)?;
    let spikes: Vec<_> = items.iter().map(|c| read_spike(c, size)).collect();
    let mut spikes = spikes.into_iter().collect::<Option<Vec<_>>>()?;
    spikes.sort_unstable();
    if let Some(twice) = spikes.windows(2).find(|pair| pair[0] == pair[1]) {
        cursor.problem(format!("neuron {} spikes twice in step {}", twice[0].1, twice[0].0));
        return None;
    }
    Some(spikes)
}

fn read_spike(cursor: &Cursor<'_>, size: u32) -> Option<(u32, u32)> {
    let pair = cursor.list(2..=2)?;
    let (step, neuron) = (pair[0].unsigned(1..=1 << 24), pair[1].unsigned(0..=size - 1));
    Some((step?, neuron?))
}

/// An edge between neurons of the whole network.
type Edge = (u32, u32, i16, u16);

/// Reads a projection of at most `room` edges, and takes them off it.
fn read_projection(cursor: &Cursor<'_>, graph: &Graph, folder: &Path, room: &mut u64) -> Option<Vec<Edge>> {
    let object = cursor.object(&["from", "to", "edges", "edges_file"])?;
    let names: Vec<&str> = graph.populations.iter().map(|p| p.name.as_str()).collect();
    let population = |field: &str| object.need(field).and_then(|c| c.choice(&names)).map(|i| &graph.populations[i]);
    let (from, to) = (population("from"), population("to"));
    if to.is_some_and(|p| p.source.is_some()) {
        object.problem("a source receives no edges");
        return None;
    }
    let (from, to) = (from?, to?);
    let edges = match (object.get("edges"), object.get("edges_file")) {
        (Some(list), None) => read_edges(&list, from, to)?,
        (None, Some(name)) => read_edges_file(&name, folder, from, to, *room)?,
        _ => {
            object.problem("exactly one of edges, edges_file is needed");
            return None;
        }
    };
    *room = room.saturating_sub(edges.len() as u64);
    Some(edges)
}

fn read_edges(list: &Cursor<'_>, from: &Population, to: &Population) -> Option<Vec<Edge>> {
    let items = list.list(0..=1 << 22)?;
    let edges: Vec<_> = items.iter().map(|c| read_edge(c, from, to)).collect();
    edges.into_iter().collect()
}

fn read_edge(cursor: &Cursor<'_>, from: &Population, to: &Population) -> Option<Edge> {
    let parts = cursor.list(4..=4)?;
    let source = parts[0].unsigned(0..=from.count - 1);
    let target = parts[1].unsigned(0..=to.count - 1);
    let weight = parts[2].integer(-MAX_WEIGHT..=MAX_WEIGHT);
    let delay = parts[3].unsigned(1..=MAX_DELAY);
    Some((from.first + source?, to.first + target?, weight? as i16, delay? as u16))
}

fn read_edges_file(
    cursor: &Cursor<'_>,
    folder: &Path,
    from: &Population,
    to: &Population,
    room: u64,
) -> Option<Vec<Edge>> {
    let path = folder.join(read_file_name(cursor)?);
    let fail = |message: String| -> Option<Vec<Edge>> {
        cursor.problem(format!("{}: {message}", path.display()));
        None
    };
    let size = match std::fs::metadata(&path) {
        Ok(meta) if meta.is_file() => meta.len(),
        Ok(_) => return fail("not a regular file".into()),
        Err(error) => return fail(format!("cannot be read: {error}")),
    };
    if size % EDGE_BYTES != 0 || size / EDGE_BYTES > room {
        return fail(format!("{size} bytes, expected a multiple of {EDGE_BYTES} for at most {room} edges"));
    }
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => return fail(format!("cannot be read: {error}")),
    };
    let mut edges = Vec::with_capacity(bytes.len() / EDGE_BYTES as usize);
    for (index, b) in bytes.chunks_exact(EDGE_BYTES as usize).enumerate() {
        let source = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let target = u32::from_le_bytes([b[4], b[5], b[6], b[7]]);
        let (weight, delay) = (i16::from_le_bytes([b[8], b[9]]), u16::from_le_bytes([b[10], b[11]]));
        let sound = source < from.count
            && target < to.count
            && i64::from(weight).abs() <= MAX_WEIGHT
            && (1..=MAX_DELAY).contains(&u32::from(delay));
        if !sound {
            return fail(format!(
                "edge {index} is ({source}, {target}, {weight}, {delay}); allowed: source below {}, target below {}, \
                 weight -{MAX_WEIGHT} to {MAX_WEIGHT}, delay 1 to {MAX_DELAY}",
                from.count, to.count
            ));
        }
        edges.push((from.first + source, to.first + target, weight, delay));
    }
    Some(edges)
}

/// Sorts the edges of all projections into rows; parallel edges are kept.
fn collect(neurons: usize, projections: Vec<Vec<Edge>>) -> Option<Csr> {
    let mut edges = projections.concat();
    edges.sort_by_key(|(source, target, _, _)| (*source, *target));
    let mut csr = Csr::with_capacity(neurons, edges.len());
    let mut next = edges.into_iter().peekable();
    for source in 0..neurons as u32 {
        while let Some((_, target, weight, delay)) = next.next_if(|edge| edge.0 == source) {
            csr.push(target, weight, u32::from(delay));
        }
        csr.end_row();
    }
    Some(csr)
}
