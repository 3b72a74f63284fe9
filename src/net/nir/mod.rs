//! NIR, the neuromorphic intermediate representation: graphs that other programs trained, read and written.
//!
//! ```text
//! file ─ hdf5, read ─► NirGraph ─ lower ─► Lowered (layers in time steps, real numbers) ─ quantise ─► Graph (integers)
//!                         ▲                     └─ float::run, against which the integers are measured (compare)
//! Trained ── export ──────┘
//! ```
//!
//! All kinds of nodes are read (`kinds`). Convolutions, pools, affine maps, scales, delays and flattening become synapses,
//! neurons become neurons of our own models; potentials run out at outputs only, since packets carry spikes. NIR is
//! continuous: what it leaves open, such as the time step, is in [`Options`] (`discrete`). Where NIR's order of layers has no
//! delay, a chip takes a step from layer to layer (`levels`).
//!
//! What a file's metadata says of it is settled first (`metadata`), by options where they say otherwise.
//!
//! Sources: Pedersen et al. 2024, Nature Communications 15:8122, doi:10.1038/s41467-024-52259-9; the files as the Python
//! package nir 1.0.8 writes and reads them.

mod compare;
mod discrete;
mod export;
pub mod float;
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

pub use super::comparison::{Comparison, LayerComparison, LayerFigures};
pub use compare::{compare, compare_with};
pub use discrete::{CubaInput, IfInput, Integrator, Options, Somas};
pub use export::{Values, export};
pub use graph::{Array, Field, Meta, NirGraph, Node};
pub use import::{Draft, Import, ImportError, ImportOptions, import};
pub use kinds::{KINDS, Kind};
pub use layers::{Layer, Lowered, Projection};
pub use lower::{DEFAULT_DT, lower};
pub use matrix::{Matrix, Weight};
pub use metadata::{Asked, ResetRule, Settled, settle};
pub use quantise::{Bits, Expected, Imported, quantise, quantise_for};
pub use write::{Metadata, bytes};

use crate::json::FileError;
use std::path::Path;

/// Reads a file.
pub fn load(path: &Path) -> Result<NirGraph, FileError> {
    read::read(&path.display().to_string(), hdf5::open(path)?)
}

/// Reads the bytes of a file; `file` names it in messages.
pub fn parse(file: &str, bytes: Vec<u8>) -> Result<NirGraph, FileError> {
    read::read(file, hdf5::parse(file, bytes)?)
}
