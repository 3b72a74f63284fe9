//! Published measurements, computed again.

use crate::errors::{RunError, to_py};
use crate::methods::{frame_by_name, made_by, saved_report_methods, text_methods};
use crate::show::{preformatted, table_html};
use crate::tables::Table;
use crate::watch::{Work, watched, with_partial};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use serde_json::Value;
use spikemesh::Watch;
use spikemesh::report::with_making;
use spikemesh::validate::{self, CaseOutcome, Finding, Trouble, VALIDATE_SCHEMA, ValidationBench};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Findings: our figures beside published ones.
///
/// >>> found = sm.validate("odin")
/// >>> found.passed, found.table().shape[0]
/// (True, 4)
#[pyclass(frozen, module = "spikemesh")]
pub struct Validation {
    outcomes: Vec<CaseOutcome>,
}

impl Validation {
    fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.outcomes.iter().flat_map(|outcome| outcome.findings.iter().flatten())
    }

    fn report(&self) -> Value {
        with_making(&validate::to_json(&self.outcomes), &[], "spikemesh.validate")
    }

    fn in_lines(&self, width: u16) -> String {
        validate::to_text(&self.outcomes, width.max(40))
    }

    /// Findings of a report, which came from a file or a pickle.
    pub(crate) fn of_report(file: &str, text: &str) -> PyResult<Self> {
        let outcomes = validate::read(file, text).map_err(|error| to_py(error.into()))?;
        Ok(Self { outcomes })
    }
}

saved_report_methods!(Validation, VALIDATE_SCHEMA);
text_methods!(Validation, width: 100, lines: 20);
frame_by_name!(Validation, "findings");

#[pymethods]
impl Validation {
    /// Whether every finding is as it is stated to be.
    #[getter]
    fn passed(&self) -> bool {
        !self.findings().any(Finding::is_unexpected)
    }

    /// Cases that were not computed, with the reason, such as that their data are not here.
    #[getter]
    fn not_run(&self) -> Vec<(String, String)> {
        let without =
            self.outcomes.iter().filter_map(|outcome| Some((&outcome.case, outcome.findings.as_ref().err()?)));
        without.map(|(case, why)| (case.to_string(), why.to_string())).collect()
    }

    /// A row for each finding.
    #[pyo3(signature = (name="findings"))]
    fn table(&self, name: &str) -> PyResult<Table> {
        match name {
            "findings" => Ok(Table::new(validate::table(&self.outcomes))),
            other => Err(PyKeyError::new_err(spikemesh::text::unknown(other, &["findings"]))),
        }
    }

    /// The findings as text, in lines of a width.
    #[pyo3(signature = (*, width=100))]
    fn text(&self, width: u16) -> String {
        self.in_lines(width)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        made_by(py, "_validation_of", (self.json(),))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().report() == self.report())
    }

    fn _repr_html_(&self) -> String {
        let html = table_html(&validate::table(&self.outcomes));
        let absent: Vec<String> =
            self.not_run().into_iter().map(|(case, why)| format!("not run: {case}: {why}")).collect();
        if absent.is_empty() { html } else { html + &preformatted(&absent.join("\n")) }
    }
}

/// Findings of their report.
#[pyfunction]
#[pyo3(signature = (report, /))]
pub fn _validation_of(report: &str) -> PyResult<Validation> {
    Validation::of_report("pickled findings", report)
}

/// Published measurements, computed again: all cases, one by name, or a list of them. ``data`` is a folder with the
/// third-party data that some cases need.
///
/// >>> sm.validate(["odin", "neurram"]).passed
/// True
#[pyfunction]
#[pyo3(name = "validate", signature = (name=None, *, data=None, progress=None))]
pub fn validate_cases(
    py: Python<'_>,
    name: Option<&Bound<'_, PyAny>>,
    data: Option<PathBuf>,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Validation> {
    let names: Vec<String> = match name {
        None => Vec::new(),
        Some(one) => one.extract::<String>().map(|one| vec![one]).or_else(|_| one.extract())?,
    };
    let cases = validate::chosen(&names).map_err(|error| PyValueError::new_err(error.to_string()))?;
    if let Some(data) = data.as_ref().filter(|data| !data.is_dir()) {
        return Err(PyValueError::new_err(format!("data: {} is not a folder", data.display())));
    }
    let bench = ValidationBench { data, ranc: Vec::new() };
    let work = Work::default();
    work.expect(cases.len() as u64);
    let outcomes = Mutex::new(Vec::new());
    let (_, ended) = watched(py, progress, &work, |work| {
        work.prepare(|| {
            for case in &cases {
                let outcome = case.outcome(&bench);
                outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                Watch::<()>::done(work, 1);
            }
        })
    })?;
    let outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(ended) = ended {
        let partial = Bound::new(py, Validation { outcomes })?;
        return Err(with_partial(py, ended, Some(partial.into_any())));
    }
    let failed = outcomes.iter().filter_map(|outcome| match &outcome.findings {
        Err(Trouble::Failed(why)) => Some(format!("{}: {why}", outcome.case)),
        _ => None,
    });
    let failed: Vec<String> = failed.collect();
    if failed.is_empty() { Ok(Validation { outcomes }) } else { Err(RunError::new_err(failed.join("\n"))) }
}
