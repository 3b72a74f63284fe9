//! NIR, the neuromorphic intermediate representation: graphs that other programs trained, read and written.
//!
//! ```text
//! file ─ hdf5, read ─► NirGraph ─ lower ─► Lowered (layers in time steps, real numbers) ─ quantise ─► Graph (integers)
//!                         ▲                     └─ float::run, against which the integers are measured (compare)
//! Trained ── export ──────┘
//! ```
//!
//! All kinds of nodes are read (`kinds`). Convolutions, pools, affine maps, scales, delays and flattening become
//! synapses, neurons become neurons of our own models; potentials leave at outputs only, since packets carry spikes.
//! NIR is continuous: choices that it leaves open, such as the time step, are in [`Asked`]. NIR's order of layers has
//! no delay, but a chip takes a step from layer to layer (`levels`).
//!
//! A file's metadata settle choices first (`metadata`); options override them.
//!
//! Sources: Pedersen et al. 2024, Nature Communications 15:8122, doi:10.1038/s41467-024-52259-9; the files as the Python
//! package nir 1.0.8 writes and reads them.

mod arguments;
mod asked;
mod classify;
mod compare;
mod discrete;
mod export;
#[doc(hidden)]
pub mod float;
mod frameworks;
mod graph;
mod hdf5;
mod import;
mod inputs;
mod kinds;
mod layers;
mod levels;
mod linear;
mod lower;
mod matrix;
mod metadata;
mod numbers;
mod quantise;
mod read;
mod shapes;
#[cfg(test)]
mod tests;
mod write;

pub use super::deviation::{Deviation, LayerDeviation, LayerFigures};
pub use asked::{Asked, Framework, ResetRule};
#[doc(hidden)]
pub use classify::RealClassifier;
#[doc(hidden)]
pub use compare::{compare, compare_with};
pub use discrete::{CubaInput, FiresAt, IfInput, Integrator, LifInput};
#[doc(hidden)]
pub use discrete::{LowerOptions, Somas};
pub use export::{Values, export};
#[doc(hidden)]
pub use graph::{Array, FieldValue, NirNode};
pub use graph::{Meta, NirGraph};
#[doc(hidden)]
pub use import::Draft;
pub use import::{ImportError, ImportOptions, Imported, MAX_SPIKES, import};
#[doc(hidden)]
pub use kinds::{KINDS, NodeKind};
#[doc(hidden)]
pub use layers::{Lowered, LoweredLayer, Projection};
#[doc(hidden)]
pub use lower::{DEFAULT_DT, lower};
#[doc(hidden)]
pub use matrix::{Matrix, Weight};
#[doc(hidden)]
pub use metadata::{Settled, settle};
pub use quantise::Bits;
#[doc(hidden)]
pub use quantise::{Expected, IntegerNetwork, quantise, quantise_for};
pub use write::{Metadata, bytes};

use crate::json::FileError;
use std::path::Path;

/// Reads the graph of a file (HDF5).
///
/// # Errors
/// All problems of the file at once.
pub fn read(path: &Path) -> Result<NirGraph, FileError> {
    read::read(&path.display().to_string(), hdf5::open(path)?)
}

/// Reads the graph of the bytes of a file; `file` names it in messages.
///
/// # Errors
/// All problems of the file at once.
pub fn parse(file: &str, bytes: Vec<u8>) -> Result<NirGraph, FileError> {
    read::read(file, hdf5::parse(file, bytes)?)
}
