//! Arguments that several functions read: arrays, and dictionaries as they would be in a file.

use crate::arrays::kind;
use crate::errors::wrong;
use numpy::PyReadonlyArray1;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use spikemesh::session::GivenArray;

/// A vector of whole numbers, of any type of number.
pub(crate) fn integers(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<i64>> {
    let numpy = value.py().import("numpy")?;
    let array = numpy.call_method1("atleast_1d", (value,))?;
    let kind: String = array.getattr("dtype")?.getattr("kind")?.extract()?;
    if array.getattr("ndim")?.extract::<usize>()? != 1 {
        let shape = array.getattr("shape")?.repr()?;
        return Err(wrong(name, format!("an array of shape {shape}, expected one of one dimension")));
    }
    if !matches!(kind.as_str(), "i" | "u" | "f") {
        let found = array.getattr("dtype")?.str()?;
        return Err(PyTypeError::new_err(format!("{name}: values of type {found}, expected whole numbers")));
    }
    let options = PyDict::new(value.py());
    options.set_item("copy", false)?;
    let ignored = PyDict::new(value.py());
    ignored.set_item("all", "ignore")?;
    let quiet = numpy.getattr("errstate")?.call((), Some(&ignored))?;
    quiet.call_method0("__enter__")?;
    let whole = array.call_method("astype", ("int64",), Some(&options));
    let none = value.py().None();
    quiet.call_method1("__exit__", (&none, &none, &none))?;
    let whole = whole?;
    if !numpy.call_method1("array_equal", (&whole, &array))?.is_truthy()? {
        return Err(wrong(name, "some values are not whole numbers of 64 bits"));
    }
    let found: PyReadonlyArray1<'_, i64> = whole.extract()?;
    Ok(found.as_array().to_vec())
}

/// A value as in a JSON file; arrays of numpy are lists.
pub(crate) fn json_of(name: &str, value: &Bound<'_, PyAny>) -> PyResult<serde_json::Value> {
    let py = value.py();
    let options = PyDict::new(py);
    options.set_item("default", py.import("numpy")?.getattr("ndarray")?.getattr("tolist")?)?;
    let text = py.import("json")?.getattr("dumps")?.call((value,), Some(&options));
    let text: String = text.and_then(|text| text.extract()).map_err(|error| wrong(name, error.value(py)))?;
    serde_json::from_str(&text).map_err(|error| wrong(name, error))
}

/// Whether a value is an array of records with the fields of events.
pub(crate) fn is_events(value: &Bound<'_, PyAny>) -> bool {
    let names = value.getattr("dtype").and_then(|kind| kind.getattr("names"));
    names.is_ok_and(|names| !names.is_none())
}

/// An array with its header as in a file. Arrays that are not stored in one piece are copied.
pub(crate) fn array_of(name: &str, value: &Bound<'_, PyAny>) -> PyResult<GivenArray> {
    let py = value.py();
    let numpy = py.import("numpy")?;
    // What has gradients says itself how it becomes an array.
    let array = numpy.call_method1("asarray", (value,))?;
    let flags = array.getattr("flags")?;
    let in_one = |order: &str| flags.get_item(order).and_then(|flag| flag.is_truthy());
    let array = match in_one("C_CONTIGUOUS")? || in_one("F_CONTIGUOUS")? {
        true => array,
        false => numpy.call_method1("ascontiguousarray", (array,))?,
    };
    if array.getattr("dtype")?.getattr("hasobject")?.is_truthy()? {
        let found = array.getattr("dtype")?.str()?;
        return Err(PyTypeError::new_err(format!("{name}: values of type {found}, expected numbers")));
    }
    let format = py.import("numpy.lib.format")?;
    let header: String = format.call_method1("header_data_from_array_1_0", (&array,))?.str()?.extract()?;
    Ok(GivenArray { header, bytes: bytes_of(&array)? })
}

/// The elements of an array in one piece, in the order in which they are stored.
fn bytes_of(array: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let py = array.py();
    if array.getattr("size")?.extract::<usize>()? == 0 {
        return Ok(Vec::new());
    }
    let stored = match array.getattr("flags")?.get_item("C_CONTIGUOUS")?.is_truthy()? {
        true => array.clone(),
        false => array.getattr("T")?,
    };
    let view = py.import("numpy")?.call_method1("frombuffer", (&stored, "uint8"));
    match view.and_then(|view| Ok(view.extract::<PyReadonlyArray1<'_, u8>>()?.as_slice()?.to_vec())) {
        Ok(bytes) => Ok(bytes),
        // Times of numpy have no buffer.
        Err(_) => Ok(stored.call_method0("tobytes")?.cast::<PyBytes>()?.as_bytes().to_vec()),
    }
}

/// The error of an argument of the wrong type.
pub(crate) fn expected(name: &str, what: &str, found: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{name}: expected {what}, found {}", kind(found)))
}

/// A pair of whole numbers.
pub(crate) fn pair(name: &str, value: &Bound<'_, PyAny>) -> PyResult<[u32; 2]> {
    let (first, second): (u32, u32) = value
        .extract()
        .map_err(|_| PyValueError::new_err(format!("{name}: found {value}, expected two whole numbers")))?;
    Ok([first, second])
}
