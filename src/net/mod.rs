//! Networks: layered (trained or not) and sparse ones, their neuron models, their integer form and their files.
//!
//! Knows no chip and no training. [`load`] reads any of our network files; [`Graph`] is the form that runs.

pub mod architecture;
mod beside;
mod encoding;
mod file;
pub mod graph;
pub mod input;
mod mantissas;
pub mod neuron;
pub mod nir;
mod order;
pub mod quantised;
mod random;
pub mod reference;
mod sparse;
pub mod spikes;
mod stable;
mod weights;

pub use architecture::Architecture;
pub use file::{MAX_FILE_BYTES, TrainedMeta, layered_schema, layers_text, read, read_with_weights, save_trained};
pub use graph::Graph;
pub use mantissas::MixedSigns;
pub use order::Order;
pub use quantised::{Folded, Layered, QuantSpec};
pub use random::RandomSpec;
pub use sparse::{is_of_a_network, save as save_sparse, sparse_schema};

use crate::json::FileError;
use std::path::{Path, PathBuf};

/// A network as loaded.
#[derive(Clone, Debug)]
pub enum Network {
    /// A layered architecture that has no weights yet.
    Untrained(Architecture),
    /// A trained layered network.
    Trained(Box<Trained>),
    /// A sparse network.
    Sparse(Box<SparseNetwork>),
}

/// A trained layered network.
#[derive(Clone, Debug)]
pub struct Trained {
    /// Its shapes and training defaults.
    pub architecture: Architecture,
    /// How it was trained and how well it did.
    pub meta: TrainedMeta,
    /// Real weights with batch norm folded in, to quantise anew for other steps or widths.
    pub folded: Folded,
    /// The integer network that was exported.
    pub quantised: Layered,
    /// Whether its file has a digest of the weights, which says that they belong to it.
    pub digested: bool,
}

impl Trained {
    /// The integer network for a specification: the exported one, or one quantised again if it differs.
    pub fn quantised_for(&self, spec: QuantSpec) -> Layered {
        let own = self.quantised.spec;
        if spec == own { self.quantised.clone() } else { self.folded.quantise_trained_for(spec, own.time_steps) }
    }
}

/// A sparse network with what its file says of its run.
#[derive(Clone, Debug)]
pub struct SparseNetwork {
    /// The stem of its file, or its generating text.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// Its populations and synapses.
    pub graph: Graph,
    /// Time steps where the command line gives none.
    pub time_steps: Option<u32>,
    /// Seed of a generated network.
    pub seed: Option<u64>,
    /// What reports say of it, such as how it was imported.
    pub notes: Vec<String>,
    /// What it was imported from.
    pub imported: Option<Origin>,
}

/// The real network of an imported one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The NIR graph.
    pub file: PathBuf,
    /// Options of `import` that say how it was read and made integer.
    pub arguments: Vec<String>,
}

/// Reads a network: a trained folder, any network file, or (by the caller's choice) an embedded text.
pub fn load(path: &Path) -> Result<Network, FileError> {
    let file = if path.is_dir() { path.join("network.json") } else { path.to_owned() };
    let document = crate::json::Document::open(&file, MAX_FILE_BYTES)?;
    let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
    let stem = if path.is_dir() { path.file_name() } else { file.file_stem() };
    let name = stem.map_or("network".into(), |stem| stem.to_string_lossy().into_owned());
    read(document, &name, &folder)
}
