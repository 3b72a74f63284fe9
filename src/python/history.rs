//! Histories of trainings.

use crate::errors::to_py;
use crate::methods::{frame_of_table, made_by, saved_report_methods};
use crate::saved::report_text;
use crate::show::{escaped, table_html};
use crate::tables::Table;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::Value;
use spikemesh::columns::Columns;
use spikemesh::json::FileError;
use spikemesh::session::HISTORY_SCHEMA;
use std::path::Path;
use std::sync::Arc;

/// Columns of integers.
const WHOLE: [&str; 3] = ["epoch", "stage", "time_steps"];
/// Columns of numbers.
const REAL: [&str; 9] = [
    "loss",
    "train_accuracy",
    "validation_accuracy",
    "validation_mse",
    "validation_in_training",
    "spike_rate",
    "spikes_per_neuron",
    "synaptic_operations",
    "learning_rate",
];

/// History of a training: a row for each epoch, and the result.
///
/// >>> history = sm.train("digits-mlp", epochs=1).history
/// >>> len(history), history.chosen_epoch, history.table.columns[:3]
/// (1, 1, ['epoch', 'stage', 'time_steps'])
#[pyclass(frozen, module = "spikemesh")]
pub struct TrainHistory {
    report: Arc<Value>,
}

impl TrainHistory {
    pub(crate) fn new(report: Arc<Value>) -> Self {
        Self { report }
    }

    /// A history as a file has it.
    pub(crate) fn parse(text: &[u8]) -> Result<Value, String> {
        let report: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        match report["schema"].as_str() {
            Some(HISTORY_SCHEMA) if report["history"].is_array() => Ok(report),
            _ => Err(format!("expected a history of a training, \"schema\": \"{HISTORY_SCHEMA}\"")),
        }
    }

    /// The history in a file.
    pub(crate) fn load(path: &Path) -> PyResult<Self> {
        let read = std::fs::read(path).map_err(|error| error.to_string()).and_then(|text| Self::parse(&text));
        let report = read.map_err(|why| to_py(FileError::single(path.display().to_string(), "", why).into()))?;
        Ok(Self { report: Arc::new(report) })
    }

    pub(crate) fn text(&self) -> String {
        report_text(&self.report)
    }

    fn report(&self) -> &Value {
        &self.report
    }

    fn epochs(&self) -> &[Value] {
        self.report["history"].as_array().map_or(&[], Vec::as_slice)
    }

    fn columns(&self) -> Columns {
        let table = Columns::of_rows(self.epochs());
        let table = WHOLE.iter().fold(table, |table, name| table.whole(*name, |epoch| epoch[*name].as_u64()));
        REAL.iter().fold(table, |table, name| table.real(*name, |epoch| epoch[*name].as_f64())).finish()
    }

    fn real(&self, name: &str) -> Option<f64> {
        self.report[name].as_f64()
    }
}

saved_report_methods!(TrainHistory, HISTORY_SCHEMA);
frame_of_table!(TrainHistory);

#[pymethods]
impl TrainHistory {
    /// Name of the network.
    #[getter]
    fn network(&self) -> Option<&str> {
        self.report["network"].as_str()
    }

    /// Name of the data set.
    #[getter]
    fn dataset(&self) -> Option<&str> {
        self.report["dataset"].as_str()
    }

    /// Training rule.
    #[getter]
    fn rule(&self) -> Option<&str> {
        self.report["rule"].as_str()
    }

    /// The epoch whose network was chosen, from 1; None where the training was stopped.
    #[getter]
    fn chosen_epoch(&self) -> Option<u64> {
        self.report["chosen_epoch"].as_u64()
    }

    /// Accuracy of the integer network on the validation part, from 0 to 1.
    #[getter]
    fn validation_accuracy(&self) -> Option<f64> {
        self.real("validation_accuracy")
    }

    /// Mean squared error on the validation part, of a network whose outputs are no classes.
    #[getter]
    fn validation_mse(&self) -> Option<f64> {
        self.real("validation_mse")
    }

    /// Accuracy of the integer network on the test part, from 0 to 1; None without one.
    #[getter]
    fn test_accuracy(&self) -> Option<f64> {
        self.real("test_accuracy")
    }

    /// Mean squared error on the test part, of a network whose outputs are no classes.
    #[getter]
    fn test_mse(&self) -> Option<f64> {
        self.real("test_mse")
    }

    /// The epochs as a table.
    #[getter]
    fn table(&self) -> Table {
        Table::new(self.columns())
    }

    fn __len__(&self) -> usize {
        self.epochs().len()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().report == self.report)
    }

    fn __repr__(&self) -> String {
        let (network, dataset) = (self.network().unwrap_or("network"), self.dataset().unwrap_or("data"));
        let percent = |name: &str| self.real(name).map(|share| format!("{:.2} %", 100.0 * share));
        let error = |name: &str| self.real(name).map(|error| format!("a mean squared error of {error:.5}"));
        let result = |part: &str| percent(&format!("{part}_accuracy")).or_else(|| error(&format!("{part}_mse")));
        let head = format!("{network} trained on {dataset}, {} epochs", self.epochs().len());
        let Some(chosen) = self.chosen_epoch() else { return format!("{head}, not finished") };
        let results: Vec<String> = [("validation", "on validation"), ("test", "on test samples")]
            .into_iter()
            .filter_map(|(part, on)| Some(format!("{} {on}", result(part)?)))
            .collect();
        format!("{head}: epoch {chosen} chosen, {}", results.join(", "))
    }

    fn _repr_html_(&self) -> String {
        format!("<p>{}</p>{}", escaped(&self.__repr__()), table_html(&self.columns()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        made_by(py, "_history_of", (self.json(),))
    }
}

/// A history of its text.
#[pyfunction]
#[pyo3(signature = (text, /))]
pub fn _history_of(text: &str) -> PyResult<TrainHistory> {
    let report = TrainHistory::parse(text.as_bytes()).map_err(PyValueError::new_err)?;
    Ok(TrainHistory::new(Arc::new(report)))
}
