//! Projections of sparse networks: edge lists, inline or in a binary file.

use super::records::read_records;
use crate::json::record::{names, record};
use crate::json::schema::{add_rules, value_type};
use crate::json::shape::{described, elsewhere, list, name, optional, whole};
use crate::json::{Cursor, Object};
use crate::memory;
use crate::net::beside::{file_beside, file_name, read_sha256, sha256};
use crate::net::graph::{Csr, Graph, MAX_DELAY, MAX_NEURONS, Population};
use crate::net::neuron::{Model, Params, Settings};
use crate::progress::poll_at;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;
use std::ops::RangeInclusive;
use std::path::Path;

pub(super) const EDGE_BYTES: u64 = 12;
/// Bytes that an edge of a file takes until it is in its row: of the file, of the list, of the row, and of the matrix.
const MEMORY_PER_EDGE: u64 = 36;
/// Largest magnitude of a weight into neurons of ODIN.
const MOST_OF_ODIN: i64 = 7;

record! {
    /// Synapses from one population to another or itself; exactly one of edges and edges_file.
    pub(super) struct ProjectionFields as "Projection" {
        /// The name of a population.
        from: () = elsewhere(name());
        /// The name of a population of neurons.
        to: () = elsewhere(name());
        /// Lists of source, target, weight (-32,768 to 32,767) and delay (time steps, 1 to 255); neurons are counted from 0 in their
        /// populations. Example: [[0, 1, 30, 1]].
        edges: () = elsewhere(optional(list(described::<EdgeOfFile, _>(), 0..=MAX_EDGES)));
        /// A file beside this one with 12 bytes an edge, little endian: source u32, target u32, weight i16, delay u16.
        edges_file: () = elsewhere(optional(file_name()));
        /// SHA-256 of that file, which says that it belongs to this one.
        edges_sha256: () = elsewhere(optional(sha256()));
        /// The exponent of its weights, -8 to 7, if "to" is a population of the model "loihi": each synapse adds
        /// 64 floor(w 2^weight_exponent) membrane units. Where nothing is said, it is that of the neurons.
        weight_exponent: () = elsewhere(optional(whole(EXPONENTS)));
    }
    rules one_of_edges;
}

fn one_of_edges(schema: &mut Schema) {
    let file = json!({"dependentRequired": {"edges_sha256": ["edges_file"]}});
    add_rules(schema, [json!({"oneOf": [{"required": ["edges"]}, {"required": ["edges_file"]}]}), file]);
}

value_type!(EdgeOfFile, inline: true, {
    let whole = |least: i64, most: i64| json!({"type": "integer", "minimum": least, "maximum": most});
    let neuron = whole(0, MAX_NEURONS as i64 - 1);
    let parts = [neuron.clone(), neuron, whole(MIN_WEIGHT, MAX_WEIGHT), whole(1, MAX_DELAY.into())];
    json_schema!({"type": "array", "prefixItems": parts, "minItems": parts.len(), "maxItems": parts.len()})
});

/// Weights have nine bits, sign included.
const MIN_WEIGHT: i64 = i16::MIN as i64;
const MAX_WEIGHT: i64 = i16::MAX as i64;

/// Exponents of weights.
const EXPONENTS: RangeInclusive<i32> = -8..=7;

/// Most edges in a network file.
const MAX_EDGES: usize = 1 << 22;

/// An edge between neurons of the whole network: source, target, weight and delay.
pub(super) type GraphEdge = (u32, u32, i16, u8);

/// The edges of a projection.
#[derive(Debug, Default)]
pub(super) struct EdgeList {
    pub(super) edges: Vec<GraphEdge>,
    /// The exponent of its weights, if it has one of its own.
    pub(super) exponent: Option<i8>,
    /// The position of the population of its targets.
    pub(super) to: usize,
}

/// An edge between neurons of two populations: (source, target, weight, delay).
pub(in crate::net) type GivenEdge = (u32, u32, i32, u32);

/// Reads a projection of at most `room` edges, and subtracts them from it.
pub(super) fn read_projection(
    cursor: &Cursor<'_>,
    graph: &Graph,
    (folder, given): (&Path, Option<&[GivenEdge]>),
    room: &mut u64,
) -> Option<EdgeList> {
    let object = cursor.object(&names::<ProjectionFields>())?;
    let names: Vec<&str> = graph.populations.iter().map(|p| p.name.as_str()).collect();
    let population = |field: &str| object.need(field).and_then(|c| c.choice(&names));
    let (from, to) = (population("from"), population("to"));
    if to.is_some_and(|to| graph.populations[to].source.is_some()) {
        object.problem("a source receives no edges");
        return None;
    }
    if let Some(from) = from.map(|at| &graph.populations[at]).filter(|from| graph.row_of(from.first) != from.first) {
        object.problem(format!("\"{}\" has rows_of, and so no synapses of its own", from.name));
        return None;
    }
    let exponent = object.get("weight_exponent").map(|c| read_exponent(&c, &graph.populations[to?]));
    let (from, to) = (&graph.populations[from?], to?);
    let edges = edges_of(&object, (folder, given), (from, &graph.populations[to]), room);
    let exponent = exponent.map_or(Some(None), |exponent| exponent.map(Some));
    Some(EdgeList { edges: edges?, exponent: exponent?, to })
}

/// Reads the exponent of the weights into a population.
fn read_exponent(cursor: &Cursor<'_>, to: &Population) -> Option<i8> {
    if to.params.first().weight_exponent().is_none() {
        let (name, model) = (&to.name, to.params.name());
        cursor.problem(format!(
            "\"{name}\" has neurons of the model \"{model}\"; only those of \"loihi\" have exponents"
        ));
        return None;
    }
    cursor.integer((*EXPONENTS.start()).into()..=(*EXPONENTS.end()).into()).map(|exponent| exponent as i8)
}

fn edges_of(
    object: &Object<'_>,
    (folder, given): (&Path, Option<&[GivenEdge]>),
    (from, to): (&Population, &Population),
    room: &mut u64,
) -> Option<Vec<GraphEdge>> {
    if let (Some(digest), None) = (object.get("edges_sha256"), object.get("edges_file")) {
        digest.problem("needs edges_file, of which it is");
        return None;
    }
    let edges = match (object.get("edges"), object.get("edges_file"), given) {
        (None, None, Some(list)) => take_edges(object, list, (from, to), *room)?,
        (Some(list), None, None) => read_edges(&list, from, to)?,
        (None, Some(name), None) => {
            let sha256 = object.get("edges_sha256").map_or(Some(None), |c| read_sha256(&c).map(Some))?;
            read_edges_file((&name, sha256.as_deref()), folder, from, to, *room)?
        }
        _ => {
            object.problem("exactly one of edges, edges_file is needed");
            return None;
        }
    };
    *room = room.saturating_sub(edges.len() as u64);
    Some(edges)
}

fn read_edges(list: &Cursor<'_>, from: &Population, to: &Population) -> Option<Vec<GraphEdge>> {
    let items = list.list(0..=MAX_EDGES)?;
    let edges: Vec<_> = items.iter().map(|c| read_edge(c, from, to)).collect();
    edges.into_iter().collect()
}

fn read_edge(cursor: &Cursor<'_>, from: &Population, to: &Population) -> Option<GraphEdge> {
    let parts = cursor.list(4..=4)?;
    let source = parts[0].unsigned(0..=from.count - 1);
    let target = parts[1].unsigned(0..=to.count - 1);
    let weight = parts[2].integer(weights_into(to));
    let delay = parts[3].unsigned(1..=MAX_DELAY);
    Some((from.first + source?, to.first + target?, weight? as i16, delay? as u8))
}

fn read_edges_file(
    (cursor, sha256): (&Cursor<'_>, Option<&str>),
    folder: &Path,
    from: &Population,
    to: &Population,
    room: u64,
) -> Option<Vec<GraphEdge>> {
    let path = file_beside(cursor, folder)?;
    let fail = |message: String| -> Option<Vec<GraphEdge>> {
        cursor.problem(format!("{}: {message}", path.display()));
        None
    };
    let edges = std::fs::metadata(&path).map_or(0, |meta| meta.len() / EDGE_BYTES);
    let task = || format!("reading {edges} edges");
    if let Some(why) = memory::refusal(&task(), edges.saturating_mul(MEMORY_PER_EDGE)).filter(|_| edges <= room) {
        return fail(why);
    }
    let bytes = match read_records((&path, sha256), EDGE_BYTES, room, "edges") {
        Ok(bytes) => bytes,
        Err(why) => return fail(why),
    };
    let all = bytes.as_chunks::<{ EDGE_BYTES as usize }>().0;
    checked(all.iter().map(edge), from, to).map_or_else(fail, Some)
}

fn edge([a, b, c, d, e, f, g, h, i, j, k, l]: &[u8; EDGE_BYTES as usize]) -> GivenEdge {
    let (source, target) = (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h]));
    (source, target, i16::from_le_bytes([*i, *j]).into(), u16::from_le_bytes([*k, *l]).into())
}

/// Takes the edges of a caller, at most `room`.
fn take_edges(
    object: &Object<'_>,
    list: &[GivenEdge],
    (from, to): (&Population, &Population),
    room: u64,
) -> Option<Vec<GraphEdge>> {
    let fail = |message: String| {
        object.problem(message);
        None
    };
    if list.len() as u64 > room {
        return fail(format!("{} edges, expected at most {room}", list.len()));
    }
    checked(list.iter().copied(), from, to).map_or_else(fail, Some)
}

/// Edges between neurons of two populations as edges of the network, or the first invalid one.
fn checked(
    edges: impl ExactSizeIterator<Item = GivenEdge>,
    from: &Population,
    to: &Population,
) -> Result<Vec<GraphEdge>, String> {
    let weights = weights_into(to);
    let mut sound = Vec::with_capacity(edges.len());
    for (index, (source, target, weight, delay)) in edges.enumerate() {
        poll_at(index);
        let inside = source < from.count && target < to.count && (1..=MAX_DELAY).contains(&delay);
        if !inside || !weights.contains(&weight.into()) {
            return Err(format!(
                "edge {index} is ({source}, {target}, {weight}, {delay}); allowed: source below {}, target below {}, \
                 weight {} to {}, delay 1 to {MAX_DELAY}",
                from.count,
                to.count,
                weights.start(),
                weights.end()
            ));
        }
        sound.push((from.first + source, to.first + target, weight as i16, delay as u8));
    }
    Ok(sound)
}

/// Allowed weights into neurons of a population.
pub(super) fn weights_into(to: &Population) -> RangeInclusive<i64> {
    match to.params.first().model {
        // A magnitude of three bits, and the sign of the source.
        Model::Odin(_) => -MOST_OF_ODIN..=MOST_OF_ODIN,
        _ => MIN_WEIGHT..=MAX_WEIGHT,
    }
}

/// Reports sources whose synapses into ODIN's neurons have both signs: there the sign belongs to the source.
pub(super) fn check_signs(list: &[Cursor<'_>], graph: &Graph, projections: &[EdgeList]) -> Option<()> {
    let is_odin = |p: &Population| matches!(p.params.first().model, Model::Odin(_));
    if !graph.populations.iter().any(is_odin) {
        return Some(());
    }
    // The first non-zero weight of each source; each source is reported at most once.
    let mut first: Vec<Option<(i16, usize, usize)>> = vec![None; graph.neurons()];
    let mut told = vec![false; graph.neurons()];
    let mut sound = Some(());
    for (at, EdgeList { edges, .. }) in projections.iter().enumerate() {
        for (index, (source, target, weight, _)) in edges.iter().enumerate() {
            if *weight == 0 || !is_odin(&graph.populations[graph.population_of(*target as usize)]) {
                continue;
            }
            let source = *source as usize;
            match first[source] {
                None => first[source] = Some((*weight, at, index)),
                Some((other, ..)) if other.signum() == weight.signum() || told[source] => {}
                Some((other, before, edge)) => {
                    (told[source], sound) = (true, None);
                    let population = &graph.populations[graph.population_of(source)];
                    let (name, number) = (&population.name, source - population.first as usize);
                    list[at].problem(format!(
                        "edge {index}: neuron {number} of \"{name}\" has a weight of {weight} here and one of {other} in \
                         projections[{before}], edge {edge}; for neurons of the model \"odin\" the sign belongs to the \
                         source: give all its weights one sign, or use two sources"
                    ));
                }
            }
        }
    }
    sound
}

/// Leaves the exponents of weights to the synapses in populations into which some projection has one of its own: its
/// other synapses have those of their neurons.
fn leave_exponents(graph: &mut Graph, projections: &[EdgeList]) -> Vec<Option<Settings>> {
    let mut left = vec![None; graph.populations.len()];
    for to in projections.iter().filter(|projection| projection.exponent.is_some()).map(|projection| projection.to) {
        if left[to].is_none() {
            let params = &mut graph.populations[to].params;
            let before = std::mem::replace(params, params.changed(Params::leave_exponents));
            left[to] = Some(before);
        }
    }
    left
}

/// An edge in the row of its source: target, weight, delay and exponent.
type RowEdge = (u32, i16, u8, i8);

/// Sorts the edges of all projections into rows; parallel edges are kept, in their order.
pub(super) fn collect(graph: &mut Graph, projections: Vec<EdgeList>) -> Csr {
    let left = leave_exponents(graph, &projections);
    // Two passes: how long each row is, and then each edge to its row.
    let mut next = vec![0usize; graph.neurons() + 1];
    let sources = projections.iter().flat_map(|projection| &projection.edges).map(|edge| edge.0 as usize);
    sources.for_each(|source| next[source + 1] += 1);
    for source in 0..graph.neurons() {
        next[source + 1] += next[source];
    }
    let mut edges: Vec<RowEdge> = vec![(0, 0, 0, 0); next[graph.neurons()]];
    for EdgeList { edges: own, exponent, to } in projections {
        let first = graph.populations[to].first;
        let of_neuron = |target: u32| {
            let params = left[to].as_ref().map(|settings| settings.of((target - first) as usize));
            params.and_then(Params::weight_exponent).map_or(0, |exponent| exponent as i8)
        };
        for (index, (source, target, weight, delay)) in own.into_iter().enumerate() {
            poll_at(index);
            let place = &mut next[source as usize];
            edges[*place] = (target, weight, delay, exponent.unwrap_or_else(|| of_neuron(target)));
            *place += 1;
        }
    }
    let mut csr = Csr::with_capacity(graph.neurons(), edges.len());
    let mut begin = 0;
    for end in &next[..graph.neurons()] {
        for (target, weight, delay, exponent) in &edges[begin..*end] {
            csr.push_scaled(*target, *weight, (*delay).into(), *exponent);
        }
        // Rows are sorted by target.
        csr.end_row();
        begin = *end;
    }
    csr
}
