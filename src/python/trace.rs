//! Traces of runs in memory, as tables.

use crate::arrays::kind;
use crate::errors::wrong;
use crate::methods::made_by;
use crate::tables::Table;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple};
use spikemesh::session::{TraceRecords, TraceRequest};
use spikemesh::trace::{Filter, Signal};

/// A trace of a run: a row for each event, with its time, place and meaning, as in a CSV file of the trace.
///
/// >>> trace = sm.run("digits-mlp", chip="loihi", samples=1, trace="spikes").trace
/// >>> trace is not None and len(trace) > 0
/// True
#[pyclass(frozen, extends = Table, module = "spikemesh")]
pub struct Trace {
    /// Length of a tick, in femtoseconds.
    #[pyo3(get)]
    tick_fs: u64,
    /// Cores in use, by which the column ``core`` counts.
    #[pyo3(get)]
    cores: u32,
}

impl Trace {
    pub(crate) fn of(py: Python<'_>, records: TraceRecords) -> PyResult<Py<Self>> {
        let TraceRecords { table, tick_fs, cores } = records;
        Py::new(py, PyClassInitializer::from(Table::new(table)).add_subclass(Self { tick_fs, cores }))
    }
}

#[pymethods]
impl Trace {
    /// Counts by time step and core, as an xarray.Dataset; of several samples also by sample. It needs xarray.
    fn to_xarray<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("spikemesh.frames")?.call_method1("to_xarray", (slf,))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let table = slf.as_super().get().parts(slf.py())?;
        made_by(slf.py(), "_trace_of", (table, slf.get().tick_fs, slf.get().cores))
    }
}

/// A trace of its pickled parts.
#[pyfunction]
#[pyo3(signature = (table, tick_fs, cores, /))]
pub fn _trace_of(py: Python<'_>, table: &Bound<'_, PyList>, tick_fs: u64, cores: u32) -> PyResult<Py<Trace>> {
    Trace::of(py, TraceRecords { table: crate::tables::columns_of(table)?, tick_fs, cores })
}

/// The trace that a caller asks for: True, names of signals such as "spikes", filters such as "layer=dense2", or a dict of
/// them.
pub(crate) fn asked_trace(given: Option<&Bound<'_, PyAny>>) -> PyResult<Option<TraceRequest>> {
    let Some(given) = given.filter(|given| !given.is_none()) else { return Ok(None) };
    let mut request = TraceRequest { filter: Filter::default(), samples: 1 };
    if let Ok(flag) = given.cast::<PyBool>() {
        return Ok(flag.is_true().then_some(request));
    }
    let mut texts = Vec::new();
    if let Ok(wishes) = given.cast::<PyDict>() {
        for (key, value) in wishes {
            let key = key.extract::<String>().map_err(|_| PyTypeError::new_err("trace: a key is a text"))?;
            if key == "samples" {
                let samples = crate::arrays::whole("trace: samples", Some(&value), 1..=u32::MAX.into())?;
                request.samples = samples.unwrap_or(1) as usize;
            } else {
                texts.push(format!("{key}={}", entries(&value)?.join(",")));
            }
        }
    } else {
        let (filters, signals): (Vec<String>, Vec<String>) =
            entries(given)?.into_iter().partition(|text| text.contains('='));
        texts.extend((!signals.is_empty()).then(|| format!("signal={}", signals.join(","))));
        texts.extend(filters);
    }
    let problems: Vec<String> = texts.iter().filter_map(|text| request.filter.add(text).err()).collect();
    if problems.is_empty() { Ok(Some(request)) } else { Err(wrong("trace", problems.join("; "))) }
}

/// One text or number, or a list of them.
fn entries(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let one = |value: &Bound<'_, PyAny>| -> PyResult<String> {
        if value.is_instance_of::<PyString>() {
            return value.extract();
        }
        if value.is_instance_of::<PyInt>() {
            return Ok(value.str()?.to_cow()?.into_owned());
        }
        let (known, found) = (Signal::NAMES.join(", "), kind(value));
        Err(PyTypeError::new_err(format!(
            "trace: expected True, names of signals ({known}), filters such as \"layer=dense2\", or a dict of them, found \
             {found}"
        )))
    };
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        return value.try_iter()?.map(|value| one(&value?)).collect();
    }
    Ok(vec![one(value)?])
}
