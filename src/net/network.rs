//! Networks as they are loaded.

use super::architecture::Architecture;
use super::graph::Graph;
use super::quantised::{Folded, Layered, QuantSpec};
use std::path::PathBuf;

/// How a network was trained, as its file says.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedMeta {
    /// Data set it was trained on.
    pub dataset: String,
    /// The absolute path of that, where it is a user's own folder.
    pub data_folder: Option<String>,
    /// Training rule.
    pub rule: String,
    /// Seed of the training.
    pub seed: u64,
    /// Chosen epoch, from 1.
    pub epoch: u32,
    /// Accuracy of the integer network on the validation split at that epoch, 0 to 1.
    pub validation_accuracy: Option<f64>,
    /// Where the target is the input, instead: mean squared error of its outputs there, in units of inputs of 0 to 1.
    pub validation_mse: Option<f64>,
    /// Training samples per second and the like are in the log; this is its one-line summary.
    pub made_by: String,
    /// Most synapses into a neuron that were kept, where a limit was set; layers with more were pruned.
    pub max_fan_in: Option<u32>,
}

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
