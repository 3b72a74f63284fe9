//! Runs that were kept, in pickles and in files, and runs with other constants.

use crate::chip::{changes_of, chip_of};
use crate::compare::{Comparison, MOST_BYTES};
use crate::errors::to_py;
use crate::history::TrainHistory;
use crate::outputs::OutputArrays;
use crate::run::Run;
use crate::trace::Trace;
use crate::validate::Validation;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::explore::COMPARE_SCHEMA;
use spikemesh::files::FileKind;
use spikemesh::json::{Document, read_text};
use spikemesh::report::{RunDetails, Summary, load_run, read_run};
use spikemesh::session::{self, HISTORY_SCHEMA, Repricing};
use spikemesh::validate::VALIDATE_SCHEMA;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The figures of a report in memory.
pub(crate) fn read_report(report: &str) -> PyResult<Summary> {
    let document = Document::parse("a pickled run", report).map_err(|error| to_py(error.into()))?;
    read_run(document).map_err(|error| to_py(error.into()))
}

/// A run of its pickled parts.
#[pyfunction]
#[pyo3(signature = (report, details, outputs, trace, /))]
pub fn _run_of(
    report: &str,
    details: Option<&str>,
    outputs: Option<OutputArrays>,
    trace: Option<Py<Trace>>,
) -> PyResult<Run> {
    let summary = read_report(report)?;
    let details = details.map(RunDetails::read).transpose();
    let details = details.map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(Run { summary, outputs, details, trace, recipe: None })
}

/// What was saved: a run, a comparison, findings, or the history of a training, by ``save()`` or by ``--json`` of the command line.
///
/// >>> sm.run("digits-mlp", chip="loihi", samples=5).save("run.json")
/// >>> sm.load("run.json").samples
/// 5
#[pyfunction]
pub fn load(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    let is_one = |schema| path.is_file() && FileKind::Json { schema }.may_replace(&path).unwrap_or(false);
    if is_one(COMPARE_SCHEMA) {
        return Ok(Bound::new(py, Comparison::load(&path)?)?.into_any());
    }
    if is_one(VALIDATE_SCHEMA) {
        let text = read_text(&path, MOST_BYTES).map_err(|error| to_py(error.into()))?;
        let found = Validation::of_report(&path.display().to_string(), &text)?;
        return Ok(Bound::new(py, found)?.into_any());
    }
    if is_one(HISTORY_SCHEMA) {
        return Ok(Bound::new(py, TrainHistory::load(&path)?)?.into_any());
    }
    Ok(Bound::new(py, load_saved_run(&path)?)?.into_any())
}

fn load_saved_run(path: &Path) -> PyResult<Run> {
    let summary = load_run(path).map_err(|error| to_py(error.into()))?;
    Ok(Run { summary, outputs: None, details: None, trace: None, recipe: None })
}

/// A run with the constants of another table of its chip, or with changed constants, without a simulation.
///
/// ``chip`` is needed where a run was loaded or pickled and its chip does not come with the package. ``set`` changes values of the
/// chip's file, beside those that the run changed.
///
/// >>> run = sm.run("digits-mlp", chip="loihi", samples=5)
/// >>> sm.reprice(run, "davies2018").energy_pj.mean > run.energy_pj.mean
/// True
#[pyfunction]
#[pyo3(signature = (run, calibration=None, *, chip=None, set=None))]
pub fn reprice(
    py: Python<'_>,
    run: &Run,
    calibration: Option<&str>,
    chip: Option<&Bound<'_, PyAny>>,
    set: Option<&Bound<'_, PyDict>>,
) -> PyResult<Run> {
    let own = run.recipe.as_ref().map(|recipe| recipe.chip.bind(py).clone().into_any());
    let (changed, of_report);
    let (chip, found) = match chip.filter(|chip| !chip.is_none()).cloned().or(own) {
        Some(chip) => {
            changed = chip_of(&chip, set)?;
            (Arc::clone(&changed.get().chip), &changed.get().found)
        }
        None => {
            let changes = set.map_or(Ok(Vec::new()), changes_of)?;
            let set: Vec<_> = changes.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
            let wanted = Repricing { set: &set, ..Repricing::default() };
            let found = session::chip_of_run(&run.summary, &wanted).map_err(to_py)?;
            of_report = found;
            (Arc::new(of_report.chip.clone()), &of_report)
        }
    };
    let chip = chip.as_ref();
    let facts = (found.notes.clone(), found.origin.clone(), Some(found.digest));
    let summary = session::repriced_on(run.summary.clone(), chip, facts, calibration).map_err(to_py)?;
    let table = session::calibration_of(chip, Some(&summary.pricing.calibration.0)).map_err(to_py)?;
    let details = run.details.clone().map(|details| details.repriced(chip, table));
    Ok(Run {
        summary,
        outputs: run.outputs.as_ref().map(|outputs| outputs.clone_ref(py)),
        details,
        trace: run.trace.as_ref().map(|trace| trace.clone_ref(py)),
        recipe: None,
    })
}

/// A run, or one that was saved at a path.
pub(crate) fn run_or_path(argument: &str, given: &Bound<'_, PyAny>) -> PyResult<(Summary, Option<PathBuf>)> {
    if let Ok(run) = given.cast::<Run>() {
        return Ok((run.get().summary.clone(), None));
    }
    let wrong = |_| PyTypeError::new_err(format!("{argument}: expected a run, or the path of one that was saved"));
    let path: PathBuf = given.extract().map_err(wrong)?;
    let summary = load_run(&path).map_err(|error| to_py(error.into()))?;
    Ok((summary, Some(path)))
}
