//! Networks: layered (trained or not) and sparse ones, their neuron models, their integer form and their files.
//!
//! Knows no chip and no training. [`load`] reads any of our network files; [`Graph`] is the form that runs.

pub mod architecture;
mod beside;
mod builder;
pub(crate) mod comparison;
mod file;
pub mod graph;
pub mod input;
mod mantissas;
mod network;
pub mod neuron;
#[cfg(feature = "nir")]
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
pub use builder::{Edge, NetworkBuilder, Neuron, PerNeuron};
pub use file::{MAX_FILE_BYTES, layered_schema, layers_text, load, read, read_with_weights, save_trained};
pub use graph::Graph;
pub use mantissas::MixedSigns;
pub use network::{Network, Origin, SparseNetwork, Trained, TrainedMeta};
pub use order::Order;
pub use quantised::{Folded, Layered, QuantSpec};
pub use random::RandomSpec;
pub use sparse::{is_of_a_network, save as save_sparse, sparse_schema};
