//! Runs.

use crate::arrays::{Array, Expected, vector};
use crate::errors::{to_py, wrong};
use crate::methods::{frame_by_name, made_by, saved_report_methods, text_methods, value_class};
use crate::outputs::OutputArrays;
use crate::recipe::Recipe;
use crate::tables::Table;
use crate::trace::Trace;
use crate::watch::heard;
use crate::words::in_python;
use pyo3::exceptions::{PyAttributeError, PyKeyError};
use pyo3::prelude::*;
use serde_json::Value;
use spikemesh::report::{Detail, RUN_SCHEMA, Reason, RunDetails, Summary, run_json, run_part, run_text, saved_html};
use std::sync::Arc;

value_class! {
    /// A figure per inference: its mean, its median and its 99th percentile.
    ///
    /// >>> energy = sm.run("digits-mlp", chip="loihi", samples=20).energy_pj
    /// >>> energy.mean <= energy.p99
    /// True
    struct Quantity {
        /// Mean.
        mean: f64,
        /// Median.
        p50: f64,
        /// 99th percentile.
        p99: f64,
    }
}

#[pymethods]
impl Quantity {
    fn __repr__(&self) -> String {
        let Self { mean, p50, p99 } = self;
        format!("Quantity(mean={mean}, p50={p50}, p99={p99})")
    }
}

impl From<spikemesh::report::Quantity> for Quantity {
    fn from(of: spikemesh::report::Quantity) -> Self {
        Self { mean: of.mean, p50: of.p50, p99: of.p99 }
    }
}

/// The outcome of a run. Each figure of the report is an attribute, such as ``energy_pj`` and ``latency_ns``.
///
/// >>> run = sm.run("digits-mlp", chip="loihi", samples=20)
/// >>> run.samples, run.mismatched_samples, run.predictions.shape
/// (20, 0, (20,))
/// >>> run.figures[:2]
/// ['energy_pj', 'cycles']
#[pyclass(frozen, module = "spikemesh")]
pub struct Run {
    pub(crate) summary: Summary,
    /// Values of the outputs; a saved run has none.
    pub(crate) outputs: Option<OutputArrays>,
    /// Counts of cores and links; a saved run has none.
    pub(crate) details: Option<RunDetails>,
    pub(crate) trace: Option<Py<Trace>>,
    /// How it was made; a run that was saved or pickled, and one with other constants, has none.
    pub(crate) recipe: Option<Arc<Recipe>>,
}

impl Run {
    fn report(&self) -> Value {
        run_json(&self.summary)
    }

    fn in_lines(&self, width: u16) -> String {
        in_python(&run_text(&self.summary, width.max(20), Detail::Brief))
    }

    pub(crate) fn figure(&self, name: &str) -> Option<Quantity> {
        self.summary.figures().find(|(known, _)| *known == name).map(|(_, value)| value.into())
    }
}

saved_report_methods!(Run, RUN_SCHEMA);
text_methods!(Run, width: 80, lines: 5);
frame_by_name!(Run, "layers");

#[pymethods]
impl Run {
    /// Energy per inference (pJ); None where no counted operation has a published cost.
    #[getter]
    fn energy_pj(&self) -> Expected<Quantity> {
        Expected(self.figure("energy_pj"))
    }

    fn __getattr__(&self, name: &str) -> PyResult<Quantity> {
        self.figure(name).ok_or_else(|| {
            let known: Vec<&str> = self.figures();
            PyAttributeError::new_err(format!(
                "a run has no figure of this name: {}",
                spikemesh::text::unknown(name, &known)
            ))
        })
    }

    /// Names of the figures, in the order of the report.
    #[getter]
    fn figures(&self) -> Vec<&'static str> {
        self.summary.figures().map(|(name, _)| name).collect()
    }

    /// Share of samples with the right class on the chip; None without classes.
    #[getter]
    fn accuracy(&self) -> Expected<f64> {
        Expected(self.summary.accuracy)
    }

    /// Share of samples with the right class by the integer reference.
    #[getter]
    fn reference_accuracy(&self) -> Expected<f64> {
        Expected(self.summary.reference_accuracy)
    }

    /// Samples; 1 of a network that runs once for a number of steps.
    #[getter]
    fn samples(&self) -> u64 {
        self.summary.samples
    }

    /// Samples for which the chip does not compute what the network computes.
    #[getter]
    fn mismatched_samples(&self) -> u64 {
        self.summary.mismatched_samples
    }

    /// Terms that the energy leaves out: (term, unit, how often it was counted).
    #[getter]
    fn unpriced(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.summary.pricing.unpriced.iter().map(|term| (term.term, term.unit, term.count)).collect()
    }

    /// Citations of all that the figures rest on: (what, kind, text).
    #[getter]
    fn sources(&self) -> Vec<(String, String, String)> {
        self.summary.pricing.sources.iter().chain(&self.summary.sources).cloned().collect()
    }

    /// Notes for the reader.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.summary.header.notes.clone()
    }

    /// Samples or steps that were done, the number requested, and why the run ended early; None if it did not.
    #[getter]
    fn interrupted(&self) -> Option<(u64, u64, Option<&'static str>)> {
        self.summary.interrupted.map(|mark| (mark.done, mark.of, mark.reason.map(Reason::name)))
    }

    /// The class that the chip gives to each sample.
    #[getter]
    fn predictions<'py>(&self, py: Python<'py>) -> Array<'py, u32> {
        vector(py, self.summary.predictions.clone()).into()
    }

    /// The right class of each sample.
    #[getter]
    fn labels<'py>(&self, py: Python<'py>) -> Array<'py, u32> {
        vector(py, self.summary.labels.clone()).into()
    }

    /// Spikes of each output, by which a classifier decides: a row for each sample. None of a run that was loaded from a file.
    #[getter]
    fn spike_counts<'py>(&self, py: Python<'py>) -> Option<Array<'py, u32>> {
        self.outputs.as_ref().map(|outputs| outputs.0.bind(py).clone().into())
    }

    /// Membranes of the outputs at the end: a row for each sample. None of a run that was loaded from a file.
    #[getter]
    fn membranes<'py>(&self, py: Python<'py>) -> Option<Array<'py, i32>> {
        self.outputs.as_ref().map(|outputs| outputs.1.bind(py).clone().into())
    }

    /// What was traced, with ``trace=``: a table with a row for each event. None where nothing was.
    #[getter]
    fn trace<'py>(&self, py: Python<'py>) -> Option<Bound<'py, Trace>> {
        self.trace.as_ref().map(|trace| trace.bind(py).clone())
    }

    /// The table "layers", "inferences", "units", "cores" or "links".
    ///
    /// A saved report has no counts of cores and links: of a run that was loaded there are only the other three.
    #[pyo3(signature = (name="layers"))]
    fn table(&self, name: &str) -> PyResult<Table> {
        table_of(self, name)
    }

    /// The report as text.
    #[pyo3(signature = (*, width=80, verbose=false))]
    fn text(&self, width: u16, verbose: bool) -> String {
        let detail = if verbose { Detail::Full } else { Detail::Brief };
        in_python(&run_text(&self.summary, width.max(20), detail))
    }

    /// The report as a self-contained page. The timeline and the spikes over time are those of the first sample, or of all
    /// steps of a network that runs once: they are simulated again for them, unless ``timeline`` is False. A run that was
    /// loaded or pickled has none.
    #[pyo3(signature = (*, timeline=true))]
    fn html(&self, py: Python<'_>, timeline: bool) -> PyResult<String> {
        let drawn = match (&self.recipe, &self.details) {
            (Some(recipe), Some(details)) if timeline => {
                heard(py, || recipe.page(&self.summary, details))?.map_err(to_py)?
            }
            _ => None,
        };
        Ok(in_python(&drawn.unwrap_or_else(|| saved_html(&self.summary, self.details.as_ref()))))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        reduced(slf)
    }

    /// Equal runs have equal figures and counts, whatever time and threads they took.
    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.summary.is_same_run(&other.get().summary))
    }

    fn _repr_html_(&self) -> String {
        in_python(&run_part(&self.summary, self.details.as_ref()))
    }
}

/// Tables of a run.
const TABLES: [&str; 5] = ["layers", "inferences", "units", "cores", "links"];

/// A table of a run by name.
fn table_of(run: &Run, name: &str) -> PyResult<Table> {
    let details = || {
        let none = "not in a saved report, which has no counts of cores and links";
        run.details.as_ref().ok_or_else(|| wrong(name, none))
    };
    Ok(Table::new(match name {
        "layers" => run.summary.layer_table(),
        "inferences" => run.summary.inference_table(),
        "units" => run.summary.unit_table(),
        "cores" => details()?.core_table(),
        "links" => details()?.link_table(),
        other => return Err(PyKeyError::new_err(spikemesh::text::unknown(other, &TABLES))),
    }))
}

/// What a run is pickled as: its report, what its report does not have, and the function that makes a run of them.
fn reduced<'py>(run: &Bound<'py, Run>) -> PyResult<Bound<'py, PyAny>> {
    let (py, kept) = (run.py(), run.get());
    let report = spikemesh::json::layout(&run_json(&kept.summary));
    let details = kept.details.as_ref().map(RunDetails::text);
    let outputs = kept.outputs.as_ref().map(|outputs| outputs.clone_ref(py));
    let trace = kept.trace.as_ref().map(|trace| trace.bind(py));
    made_by(py, "_run_of", (report, details, outputs, trace))
}
