//! Values of a network's outputs.

use crate::arrays::rows;
use numpy::PyArray2;
use pyo3::prelude::*;
use spikemesh::report::Summary;
use spikemesh::session::Results;

/// Spike counts and membranes of the outputs, a row for each sample.
#[derive(FromPyObject, IntoPyObject)]
pub(crate) struct OutputArrays(pub(crate) Py<PyArray2<u32>>, pub(crate) Py<PyArray2<i32>>);

impl OutputArrays {
    /// Those in results. Those of a network that runs once are in its report.
    pub(crate) fn of(py: Python<'_>, results: &Results, summary: &Summary) -> PyResult<Self> {
        let (mut spikes, mut membranes) = (Vec::new(), Vec::new());
        let count = match results {
            Results::Inferences(result) => {
                for outputs in result.inferences.iter().filter_map(|inference| inference.outputs.as_ref()) {
                    spikes.extend_from_slice(&outputs.spikes);
                    membranes.extend_from_slice(&outputs.membranes);
                }
                result.inferences.len()
            }
            Results::Steps(_) => {
                for outputs in summary.totals.iter().flat_map(|totals| &totals.outputs) {
                    spikes.extend_from_slice(&outputs.spikes);
                    membranes.extend_from_slice(&outputs.membranes);
                }
                1
            }
        };
        Ok(Self(rows(py, spikes, count)?.unbind(), rows(py, membranes, count)?.unbind()))
    }

    /// The same arrays.
    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        Self(self.0.clone_ref(py), self.1.clone_ref(py))
    }
}
