//! Where the large trained networks are.

use pyo3::pyfunction;
use spikemesh::session::find_large_networks_in;
use std::path::PathBuf;

/// States where the large trained networks are.
#[pyfunction]
#[pyo3(name = "_networks_in")]
pub fn networks_in(folder: PathBuf) {
    find_large_networks_in(folder);
}
