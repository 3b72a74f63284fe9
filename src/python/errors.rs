//! Exceptions of the package, and errors of the library as exceptions.

use crate::methods::value_class;
use pyo3::exceptions::{PyFileExistsError, PyValueError};
use pyo3::import_exception;
use pyo3::prelude::*;
use spikemesh::Error;
use spikemesh::map::MapError;
use spikemesh::session::NocProblem;

// Classes of Python, so that their attributes have types.
import_exception!(spikemesh.errors, SpikemeshError);
import_exception!(spikemesh.errors, FileError);
import_exception!(spikemesh.errors, FitError);
import_exception!(spikemesh.errors, RunError);
import_exception!(spikemesh.errors, TrainError);

value_class! {
    /// A limit of a chip that a network breaks, at its worst place.
    ///
    /// >>> try:
    /// ...     sm.run("digits-mlp", chip="loihi", set={"core.max_axons_in": 8})
    /// ... except sm.FitError as error:
    /// ...     broken = error.violations[0]
    /// >>> broken.limit, broken.allowed
    /// ('core.max_axons_in', 8)
    struct Violation {
        /// Path of the limit in the chip's file, as in ``core.max_neurons``; empty where the violation is not of a numeric limit.
        limit: String,
        /// Where it is broken worst.
        place: String,
        /// Amount that is needed there.
        needed: u64,
        /// Amount that the chip has.
        allowed: u64,
        /// The smallest change that would make it fit.
        remedy: String,
        /// All of it as a sentence.
        text: String,
    }
}

impl Violation {
    /// What keeps a network from a chip and is no limit with a number: its text alone.
    pub(crate) fn other(text: String) -> Self {
        let (limit, place, remedy) = Default::default();
        Self { limit, place, needed: 0, allowed: 0, remedy, text }
    }

    pub(crate) fn of(violation: &spikemesh::map::Violation) -> Self {
        let spikemesh::map::Violation { limit, place, needed, allowed, remedy } = violation.clone();
        Self { limit, place, needed, allowed, remedy, text: violation.to_string() }
    }
}

#[pymethods]
impl Violation {
    fn __repr__(&self) -> String {
        format!("<Violation {}>", self.text)
    }

    fn __str__(&self) -> &str {
        &self.text
    }
}

/// An error of the library as the exception for it.
pub(crate) fn to_py(error: Error) -> PyErr {
    let text = error.to_string();
    match error {
        Error::File(error) => of_file(&error.file, of_problems(&error), text),
        Error::Data(_) | Error::DataAbsent { .. } => of_file("", vec![(String::new(), text.clone())], text),
        Error::Spikes(_) => PyValueError::new_err(format!("spikes: {text}")),
        Error::Import { file, .. } | Error::NotImported { file } => {
            of_file(&file.display().to_string(), vec![(String::new(), text.clone())], text)
        }
        Error::Nir { file } => of_file(&file, vec![(String::new(), text.clone())], text),
        Error::NoNetwork { folder } | Error::Unfinished { folder, .. } => {
            of_file(&folder.display().to_string(), vec![(String::new(), text.clone())], text)
        }
        Error::Map(MapError::DoesNotFit { violations, .. }) => {
            misfit(text, violations.iter().map(Violation::of).collect())
        }
        Error::Map(_) | Error::System(_) => misfit(text, Vec::new()),
        Error::Noc { problems } => of_arguments(problems, text),
        Error::Run(_) | Error::Evaluate { .. } | Error::NocInterrupted { .. } => RunError::new_err(text),
        Error::Train(error) => of_training(&error, text),
        Error::Untrained { network } if network.starts_with("fashion-") => PyValueError::new_err(format!(
            "{text}; its weights are in the package spikemesh-networks: pip install ./src/python/large_networks"
        )),
        Error::Untrained { network } => {
            PyValueError::new_err(format!("{text}; train it first: spikemesh.train(\"{network}\")"))
        }
        Error::ChipFileOfRun { file } => {
            PyValueError::new_err(format!("chip: the run used a chip that is not built in: pass its file, {file}"))
        }
        Error::ChipOfRun { why } => PyValueError::new_err(format!(
            "chip: {why}\n(the run used a chip that is not built in: pass its file, or the Chip)"
        )),
        Error::Field { .. } => PyValueError::new_err(in_arguments(&text)),
        Error::Occupied(why) => PyFileExistsError::new_err(in_arguments(&why)),
        Error::NotTrained { .. }
        | Error::Unknown { .. }
        | Error::NoData { .. }
        | Error::NoTableOfRun { .. }
        | Error::Reprice(_)
        | Error::Diff(_)
        | Error::NocSetup(_)
        | Error::Classifier(_)
        | Error::Samples(_) => PyValueError::new_err(text),
        _ => SpikemeshError::new_err(in_arguments(&text)),
    }
}

/// A message of the library, in which names of options are in backticks, with names of arguments.
pub(crate) fn in_arguments(text: &str) -> String {
    text.replace("`set` ", "axes: ").replace('`', "")
}

/// A wrong argument, by its name.
pub(crate) fn wrong(argument: &str, problem: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(format!("{argument}: {problem}"))
}

/// Wrong arguments, with a pair of name and message for each problem.
fn of_arguments(problems: Vec<NocProblem>, text: String) -> PyErr {
    let problems: Vec<_> = problems.into_iter().map(|NocProblem { field, problem }| (field, problem)).collect();
    Python::attach(|py| {
        let error = PyValueError::new_err(text);
        error.value(py).setattr("problems", problems).err().unwrap_or(error)
    })
}

fn of_problems(error: &spikemesh::json::FileError) -> Vec<(String, String)> {
    error.problems.iter().map(|problem| (problem.path.clone(), problem.message.clone())).collect()
}

fn of_file(file: &str, problems: Vec<(String, String)>, text: String) -> PyErr {
    Python::attach(|py| {
        let error = FileError::new_err(text);
        let value = error.value(py);
        let set = value.setattr("file", file).and_then(|()| value.setattr("problems", problems));
        set.err().unwrap_or(error)
    })
}

/// A training that has no result, with a pair of setting and message for each problem.
fn of_training(error: &spikemesh::train::TrainError, text: String) -> PyErr {
    let problems = match error {
        spikemesh::train::TrainError::Settings(all) => {
            all.iter().map(|one| (one.setting.to_string(), one.to_string())).collect()
        }
        _ => vec![(String::new(), text.clone())],
    };
    Python::attach(|py| {
        let error = TrainError::new_err(text);
        error.value(py).setattr("problems", problems).err().unwrap_or(error)
    })
}

fn misfit(text: String, violations: Vec<Violation>) -> PyErr {
    Python::attach(|py| {
        let error = FitError::new_err(text);
        error.value(py).setattr("violations", violations).err().unwrap_or(error)
    })
}
