//! Reports as text and as Python objects, and files that hold them.

use pyo3::exceptions::{PyFileExistsError, PyOSError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};
use serde_json::Value;
use spikemesh::files::{FileKind, write_atomically};
use std::path::Path;

/// A report as the command line writes it.
pub(crate) fn report_text(report: &Value) -> String {
    spikemesh::json::layout(report) + "\n"
}

/// A value of JSON as a Python object.
pub(crate) fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => PyInt::new(py, whole).into_any(),
            (None, Some(whole)) => PyInt::new(py, whole).into_any(),
            (None, None) => PyFloat::new(py, number.as_f64().unwrap_or(f64::NAN)).into_any(),
        },
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let items = items.iter().map(|item| object(py, item)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, items)?.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (name, value) in fields {
                dict.set_item(name, object(py, value)?)?;
            }
            dict.into_any()
        }
    })
}

/// Writes a file whole or not at all. It replaces an earlier one of its kind, and any other only with `overwrite`.
pub(crate) fn write(path: &Path, bytes: &[u8], kind: FileKind, overwrite: bool) -> PyResult<()> {
    let name = path.display();
    let unwritable = |error: std::io::Error| {
        let text = format!("{name}: cannot be written: {error}");
        match error.raw_os_error() {
            Some(code) => PyOSError::new_err((code, text)),
            None => PyOSError::new_err(text),
        }
    };
    if !overwrite && !kind.may_replace(path).map_err(unwritable)? {
        let what = kind.what();
        return Err(PyFileExistsError::new_err(format!(
            "{name} is there already, and is not {what}; it is not replaced without overwrite=True"
        )));
    }
    write_atomically(path, bytes).map_err(unwritable)
}
