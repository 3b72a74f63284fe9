//! Arrays of numpy, moved and not copied, and numbers that Python gives.

use crate::errors::wrong;
use numpy::ndarray::Array2;
use numpy::{Element, IntoPyArray, PyArray, PyArray1, PyArray2};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::{IntoPyObjectExt, type_hint_identifier, type_hint_subscript, type_hint_union};
use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

/// An array for Python, whose stub names the type of its values.
pub struct Array<'py, T> {
    array: Bound<'py, PyAny>,
    values: PhantomData<T>,
}

impl<'py, T, D> From<Bound<'py, PyArray<T, D>>> for Array<'py, T> {
    fn from(array: Bound<'py, PyArray<T, D>>) -> Self {
        Self { array: array.into_any(), values: PhantomData }
    }
}

/// Values of arrays, by their names in numpy.
pub trait Named {
    const NAME: &str;
}

macro_rules! named {
    ($($value:ty => $name:literal),*) => { $(impl Named for $value { const NAME: &str = $name; })* };
}

named!(bool => "bool_", u8 => "uint8", i16 => "int16", i32 => "int32", u32 => "uint32", i64 => "int64", u64 => "uint64",
    f32 => "float32", f64 => "float64");

impl<'py, T: Named> IntoPyObject<'py> for Array<'py, T> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = Infallible;
    const OUTPUT_TYPE: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("numpy.typing", "NDArray"), type_hint_identifier!("numpy", T::NAME));

    fn into_pyobject(self, _: Python<'py>) -> Result<Self::Output, Self::Error> {
        Ok(self.array)
    }
}

/// A value or None, whose stub does not ask for a check on None: whether there is one follows from what was called.
pub struct Expected<T>(pub(crate) Option<T>);

impl<'py, T: IntoPyObject<'py>> IntoPyObject<'py> for Expected<T> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_union!(T::OUTPUT_TYPE, type_hint_identifier!("typing", "Any"));

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        self.0.into_bound_py_any(py)
    }
}

/// Values as an array of one axis.
pub(crate) fn vector<T: Element>(py: Python<'_>, values: Vec<T>) -> Bound<'_, PyArray1<T>> {
    values.into_pyarray(py)
}

/// Values in the order of C as an array of that many rows.
pub(crate) fn rows<T: Element>(py: Python<'_>, values: Vec<T>, rows: usize) -> PyResult<Bound<'_, PyArray2<T>>> {
    let columns = values.len() / rows.max(1);
    let array = Array2::from_shape_vec((rows, columns), values);
    array.map(|array| array.into_pyarray(py)).map_err(|error| wrong("array", error))
}

/// A whole number within a range, or nothing.
pub(crate) fn whole(name: &str, value: Option<&Bound<'_, PyAny>>, range: RangeInclusive<u64>) -> PyResult<Option<u64>> {
    let Some(value) = value.filter(|value| !value.is_none()) else { return Ok(None) };
    let found = match value.extract::<i64>() {
        Ok(number) => u64::try_from(number).ok(),
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => None,
        Err(_) => return Err(PyTypeError::new_err(format!("{name}: expected a whole number, found {}", kind(value)))),
    };
    let (least, most) = (range.start(), range.end());
    let allowed = found.filter(|number| range.contains(number));
    allowed.map(Some).ok_or_else(|| wrong(name, format!("found {value}, allowed: {least} to {most}")))
}

/// The type of a value for messages.
pub(crate) fn kind(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "another type".into(), |name| format!("a value of type {name}"))
}
