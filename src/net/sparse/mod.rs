//! Sparse network files, `spikemesh.sparse/1`: populations and projections as edge lists, recurrent too.
//!
//! ```json
//! {"format": "spikemesh.sparse/1", "description": "…", "time_steps": 100,
//!  "populations": [
//!    {"name": "in", "size": 2, "spikes": [[1, 0], [3, 1]]},
//!    {"name": "retina", "size": 1024, "spikes_file": "retina.bin"},
//!    {"name": "exc", "size": 4, "threshold": 64, "bias": [0, 1, 2, 3],
//!     "neuron": {"model": "lif", "decay": 128, "reset": "zero", "fraction_bits": 0, "membrane_bits": 24}}],
//!  "projections": [
//!    {"from": "in", "to": "exc", "edges": [[0, 1, 30, 1], [1, 2, 40, 2]]},
//!    {"from": "exc", "to": "exc", "edges_file": "edges.bin"}]}
//! ```
//!
//! `spikes` are (step from 1, neuron) and make the population a source outside the chip. An edge is (source, target,
//! weight, delay (steps)); the binary form has 12 bytes an edge, little endian: u32, u32, i16, u16. A value of a neuron is
//! one for all of its population or a list of one for each, parameters of its model too. Spikes in a binary file have 8 bytes each: step u32, neuron u32; a source has at most 2^22, all together 2^24. Neurons may begin at a
//! membrane (`start`), rest until a step (`first_step`), act up to a step (`last_step`), and only integrate without
//! firing (`"fires": false`).

mod edges;
mod events;
mod population;
mod records;
mod sources;
mod write;

pub(super) use edges::GivenEdge;
pub(super) use write::FORMAT;
pub use write::{is_of_a_network, save};

use super::beside::{self, check_digest, file_beside};
use super::graph::{Graph, MAX_NEURONS, MAX_SYNAPSES, Population};
use super::network::{Origin, SparseNetwork};
use super::samples::{SampleFields, SampleForm};
use crate::files;
use crate::json::record::{names, record};
use crate::json::schema::{FileName, schema_of};
use crate::json::shape::{by, constant, described, elsewhere, list, listed_last, of, optional, or, text, whole};
use crate::json::{Cursor, Document, FileRecord, Object};
use edges::{EdgeList, GraphEdge, ProjectionFields, check_signs, collect, read_projection};
use events::{EventOfFile, MAX_EVENTS, read_events};
use population::{PopulationFields, read_population};
use serde_json::{Value, json};
use sources::{MAX_STEP, PopulationInput, SpikeSources};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most populations, and most projections between them.
const MAX_POPULATIONS: usize = 4096;
const MAX_PROJECTIONS: usize = 65_536;

/// The JSON Schema of sparse networks.
pub fn sparse_schema() -> Value {
    schema_of::<SparseFile>()
}

record! {
    /// # Sparse network of Spikemesh
    ///
    /// Populations of neurons and of sources, and the synapses between them; recurrent ones too.
    struct SparseFile as "Network" given &Path {
        /// The schema against which an editor checks the file, as in "schema/sparse.json"; no reader uses it.
        schema as "$schema": Option<String> = listed_last(optional(text()));
        /// The format of this file.
        format: () = constant(FORMAT);
        /// One sentence for people.
        description: String = text();
        /// Time steps of a run where the command line gives none, 1 to 2^24.
        time_steps: Option<u32> = optional(whole(1..=MAX_STEP));
        /// Populations, 1 to 4,096.
        populations: () = elsewhere(list(described::<PopulationFields, _>(), 1..=MAX_POPULATIONS));
        /// Projections, at most 65,536; there may be several between two populations.
        projections: () = elsewhere(list(described::<ProjectionFields, _>(), 0..=MAX_PROJECTIONS));
        /// What the host sends to a chip whose cores work event by event, at most 2^20 events; those of a time step in their
        /// order, before the spikes of sources. A network with this list gets no other time references; without it, one comes
        /// in every step.
        events: () = elsewhere(optional(list(described::<EventOfFile, _>(), 0..=MAX_EVENTS)));
        /// What reports say of the network, such as how it was imported; at most 100 sentences.
        notes: Vec<String> = or(list(text(), 0..=100), Vec::new(), json!([]));
        /// What it was imported from, which runs compare it with.
        imported: Option<Origin> = optional(of::<ImportedFields, _>());
        /// How it reads samples, and which neurons name their class.
        samples: Option<SampleForm> = optional(of::<SampleFields, _>());
    }
}

record! {
    /// The real network of an imported one.
    struct ImportedFields as "Imported" given &Path {
        /// The NIR graph beside this file.
        file: PathBuf = by::<FileName, _, _>(file_beside);
        /// Options of "import" that say how it was read and made integer; at most 100. Example: ["--reset=subtract"].
        arguments: Vec<String> = list(text(), 0..=100);
        /// SHA-256 of that graph, which says that it belongs to this file.
        sha256: Option<String> = optional(beside::sha256());
    }
    check |read: Self, object: &Object<'_>, _| read.checked(object) => Origin;
}

impl ImportedFields {
    fn checked(self, object: &Object<'_>) -> Option<Origin> {
        let Self { file, arguments, sha256 } = self;
        // A missing graph is reported where a run is compared with it.
        if sha256.is_some() && file.exists() {
            let found = files::digest_of(&file).map_err(|error| format!("cannot be read: {error}"));
            if let Err(why) = found.and_then(|found| check_digest(&found, sha256.as_deref())) {
                object.need("file")?.problem(format!("{}: {why}", file.display()));
                return None;
            }
        }
        Some(Origin { file, arguments, contents: None })
    }
}

/// Lists in the caller's memory, instead of those of a file.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Spikes of a source, by population.
    pub(super) spikes: Vec<Option<Vec<(u32, u32)>>>,
    /// Edges, by projection.
    pub(super) edges: Vec<Vec<GivenEdge>>,
}

pub(super) fn read(document: &Document, name: &str, folder: &Path) -> Option<SparseNetwork> {
    read_with(document, name, folder, &Lists::default())
}

/// Reads a file whose spikes and edges may be lists of a caller.
pub(super) fn read_with(document: &Document, name: &str, folder: &Path, lists: &Lists) -> Option<SparseNetwork> {
    let root = document.root().object(&names::<SparseFile>())?;
    let fields = SparseFile::read_fields(&root, folder);
    let mut graph = Graph::default();
    let populations = root.need("populations").and_then(|c| c.list(1..=MAX_POPULATIONS));
    let populations = populations.and_then(|list| read_populations(document, &list, (folder, lists), &mut graph));
    if let Some(list) =
        root.get("populations").and_then(|c| c.list(1..=MAX_POPULATIONS)).filter(|_| populations.is_some())
    {
        read_rows(&list, &mut graph)?;
    }
    let projections = root.need("projections").and_then(|c| c.list(0..=MAX_PROJECTIONS));
    // Edges can only be checked against populations that were read.
    populations?;
    // All of them first: collecting into an `Option` would stop at the first error.
    let mut room = MAX_SYNAPSES;
    let projections = projections?;
    let mut given = lists.edges.iter().map(Vec::as_slice);
    let edges: Vec<_> =
        projections.iter().map(|c| read_projection(c, &graph, (folder, given.next()), &mut room)).collect();
    let edges: Vec<_> = edges.into_iter().collect::<Option<_>>()?;
    let signs = check_signs(&projections, &graph, &edges);
    check_first_steps(document, &graph, &edges)?;
    signs?;
    let synapses = collect(&mut graph, edges);
    graph.synapses = Arc::new(synapses);
    graph.events = root.get("events").map_or(Some(Vec::new()), |events| read_events(&events, &graph))?;
    let SparseFile { description, time_steps, notes, imported, samples, .. } = fields?;
    let (name, samples) = (name.to_owned(), samples.unwrap_or_default());
    if let Some(neuron) = samples.stray(&graph) {
        document.problem("samples.outputs", format!("{neuron} is no neuron on the chip"));
        return None;
    }
    Some(SparseNetwork { name, description, graph, time_steps, seed: None, notes, imported, samples })
}

fn read_populations(
    document: &Document,
    list: &[Cursor<'_>],
    (folder, lists): (&Path, &Lists),
    graph: &mut Graph,
) -> Option<()> {
    let (mut complete, sources) = (Some(()), RefCell::new(SpikeSources::new(folder)));
    let mut given = lists.spikes.iter().map(Option::as_deref);
    for cursor in list {
        if read_population(cursor, PopulationInput { sources: &sources, given: given.next().flatten() }, graph)
            .is_none()
        {
            complete = None;
        }
    }
    if graph.neurons() as u64 > MAX_NEURONS {
        document.problem("populations", format!("{} neurons in all; at most {MAX_NEURONS}", graph.neurons()));
        return None;
    }
    complete
}

/// Reads which sources act on the synapses of neurons.
fn read_rows(list: &[Cursor<'_>], graph: &mut Graph) -> Option<()> {
    let names: Vec<&str> = graph.populations.iter().map(|population| population.name.as_str()).collect();
    let (mut rows, mut sound) = (Vec::new(), Some(()));
    for (cursor, source) in list.iter().zip(&graph.populations) {
        let Some(field) = cursor.field("rows_of") else { continue };
        let of = field.choice(&names).map(|at| &graph.populations[at]);
        let problem = match of {
            None => None,
            _ if source.source.is_none() => {
                Some("only a population with \"spikes\" acts on the synapses of others".into())
            }
            Some(of) if of.source.is_some() => Some("a source; expected a population of neurons".into()),
            Some(of) if of.count < source.count => {
                Some(format!("\"{}\" has {} neurons, fewer than the {} here", of.name, of.count, source.count))
            }
            Some(of) => {
                rows.resize(graph.neurons(), u32::MAX);
                source.range().zip(of.first..).for_each(|(neuron, row)| rows[neuron] = row);
                continue;
            }
        };
        problem.into_iter().for_each(|problem: String| field.problem(problem));
        sound = None;
    }
    sound?;
    for (neuron, row) in (0..).zip(&mut rows).filter(|(_, row)| **row == u32::MAX) {
        *row = neuron;
    }
    graph.rows_of = rows;
    Some(())
}

/// Checks that nothing reaches neurons while they rest at first, so that stepping them there makes no difference.
fn check_first_steps(document: &Document, graph: &Graph, projections: &[EdgeList]) -> Option<()> {
    let first = |population: &Population| population.window.map_or(1, |window| window.first);
    if graph.populations.iter().all(|population| first(population) == 1) {
        return Some(());
    }
    let mut sound = Some(());
    for (index, EdgeList { edges, .. }) in projections.iter().enumerate() {
        let reached = |(source, target, _, delay): &GraphEdge| {
            let ends = [*source, *target].map(|neuron| &graph.populations[graph.population_of(neuron as usize)]);
            let at = first(ends[0]) + u32::from(*delay);
            (at < first(ends[1])).then(|| (at, ends[1].name.clone()))
        };
        if let Some((at, name)) = edges.iter().find_map(reached) {
            let message = format!("spikes may reach \"{name}\" in step {at}, before its first_step");
            document.problem(format!("projections[{index}]"), message);
            sound = None;
        }
    }
    sound
}
