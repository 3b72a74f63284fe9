//! Networks: layered (trained or not) and sparse ones, their neuron models, their integer form and their files.
//!
//! Knows no chip and no training. [`Network::builder`] describes a network in code, [`load`] reads any Spikemesh
//! network file, and `nir` imports and exports NIR graphs. A [`FileError`] of a file or builder has all problems.

#[doc(hidden)]
pub mod architecture;
mod beside;
mod builder;
#[doc(hidden)]
pub mod deployed;
pub(crate) mod deviation;
mod file;
#[doc(hidden)]
pub mod graph;
#[doc(hidden)]
pub mod input;
mod mantissas;
mod network;
#[doc(hidden)]
pub mod neuron;
#[cfg(feature = "nir")]
pub mod nir;
mod order;
#[doc(hidden)]
pub mod quantised;
mod random;
#[doc(hidden)]
pub mod reference;
pub mod samples;
mod sparse;
pub mod spikes;
mod stable;
mod weights;
mod widths;

#[doc(hidden)]
pub use architecture::Architecture;
pub use builder::{Edge, NetworkBuilder, Neuron, PerNeuron};
pub use file::load;
#[doc(hidden)]
pub use file::{MAX_FILE_BYTES, layered_schema, layers_text, read, read_with_weights, save_trained, untrained_text};
#[doc(hidden)]
pub use graph::Graph;
#[doc(hidden)]
pub use mantissas::MixedSigns;
pub use network::{Network, SparseNetwork, Trained};
#[doc(hidden)]
pub use network::{Origin, TrainedMeta};
#[doc(hidden)]
pub use order::Order;
#[doc(hidden)]
pub use quantised::{Folded, Layered, QuantSpec};
pub use random::RandomSpec;
pub use sparse::save;
#[doc(hidden)]
pub use sparse::{is_of_a_network, sparse_schema};

pub use crate::json::FileError;
