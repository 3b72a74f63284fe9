//! Loaded networks.

use super::architecture::Architecture;
use super::graph::Graph;
use super::quantised::{Folded, Layered, QuantSpec};
use super::samples::SampleForm;
use std::path::PathBuf;
use std::sync::Arc;

/// Training of a network, from its file.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedMeta {
    /// Data set it was trained on.
    pub dataset: String,
    /// Absolute path of a data set that is a user's folder.
    pub data_folder: Option<String>,
    /// Training rule.
    pub rule: String,
    /// Seed of the training.
    pub seed: u64,
    /// Chosen epoch, from 1.
    pub epoch: u32,
    /// Accuracy of the integer network on the validation split at that epoch, 0 to 1.
    pub validation_accuracy: Option<f64>,
    /// If the target is the input, instead: mean squared error of its outputs there, in units of inputs of 0 to 1.
    pub validation_mse: Option<f64>,
    /// Training samples per second and the like are in the log; this is its one-line summary.
    pub made_by: String,
    /// Most synapses into a neuron that were kept, if a limit was set; layers with more were pruned.
    pub max_fan_in: Option<u32>,
}

/// A loaded network.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "few networks are held at a time")]
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
    /// Shapes and training defaults.
    pub architecture: Architecture,
    /// Training settings and results.
    pub meta: TrainedMeta,
    /// Real weights with batch norm folded in, to requantise for other steps or widths.
    pub folded: Folded,
    /// The integer network that was exported.
    pub quantised: Layered,
    /// Whether its file has a digest of the weights, which proves that they belong to it.
    pub digested: bool,
}

impl Trained {
    /// The integer network for a specification: the exported one, or a requantised one if it differs.
    pub fn quantised_for(&self, spec: QuantSpec) -> Layered {
        let own = self.quantised.spec;
        if spec == own { self.quantised.clone() } else { self.folded.quantise_trained_for(spec, own.time_steps) }
    }
}

/// A sparse network with the run settings of its file.
#[derive(Clone, Debug)]
pub struct SparseNetwork {
    /// The stem of its file, or its generating text.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// Populations and synapses.
    pub graph: Graph,
    /// Default time steps of a run.
    pub time_steps: Option<u32>,
    /// Seed of a generated network.
    pub seed: Option<u64>,
    /// Notes for reports, such as how the network was imported.
    pub notes: Vec<String>,
    /// Origin of an imported network.
    pub imported: Option<Origin>,
    /// How it reads samples and names their class, as far as its file says.
    pub samples: SampleForm,
}

/// The real network of an imported one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The NIR graph.
    pub file: PathBuf,
    /// Its contents, if they are not in the file yet.
    pub contents: Option<Arc<[u8]>>,
    /// Options of `import` that determine how it was read and made integer.
    pub arguments: Vec<String>,
}
