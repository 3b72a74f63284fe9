//! Tables: columns as numpy arrays, and all of them as an Arrow C stream, which polars, pyarrow, DuckDB and pandas read.

use crate::methods::made_by;
use crate::show;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch, RecordBatchIterator,
    StringArray,
};
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use numpy::{Element, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList, PyString, PyTuple};
use spikemesh::columns::{CodedText, ColumnValues, Columns, NamedColumn, Sparse};
use std::sync::Arc;

/// A table of figures: columns of one length, by name.
///
/// ``table["energy_pj"]`` is a numpy array. Every library that reads the Arrow C stream takes the whole table without a copy
/// of ours: ``polars.DataFrame(table)``, ``pyarrow.table(table)``, ``duckdb.sql("select * from table")``.
///
/// >>> table = sm.run("digits-mlp", chip="loihi", samples=5).table("layers")
/// >>> table["neurons"]
/// array([128,  64,  10]...)
#[pyclass(frozen, subclass, module = "spikemesh")]
pub struct Table {
    pub(crate) columns: Arc<Columns>,
}

impl Table {
    pub(crate) fn new(columns: Columns) -> Self {
        Self { columns: Arc::new(columns) }
    }

    /// The table as an object of a library that is installed.
    pub(crate) fn into_frame(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        Self::frame(&Bound::new(py, self)?)
    }

    /// The columns as pairs of a name and its parts, as they are pickled.
    pub(crate) fn parts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let columns = self.columns.columns().iter();
        let parts = columns.map(|column| Ok((column.name.as_str(), parts(py, &column.values)?)));
        PyList::new(py, parts.collect::<PyResult<Vec<_>>>()?)
    }

    fn find(&self, name: &str) -> PyResult<&ColumnValues> {
        self.columns.column(name).ok_or_else(|| {
            let known: Vec<&str> = self.columns.columns().iter().map(|column| column.name.as_str()).collect();
            PyKeyError::new_err(spikemesh::text::unknown(name, &known))
        })
    }
}

#[pymethods]
impl Table {
    /// Names of the columns.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.columns.columns().iter().map(|column| column.name.clone()).collect()
    }

    /// Rows and columns.
    #[getter]
    fn shape(&self) -> (usize, usize) {
        (self.columns.rows(), self.columns.columns().len())
    }

    fn __len__(&self) -> usize {
        self.columns.rows()
    }

    fn __contains__(&self, name: &str) -> bool {
        self.columns.column(name).is_some()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        PyList::new(py, self.columns())?.call_method0("__iter__")
    }

    /// A column as a numpy array. Integers of which some are missing are floats, in which those are NaN; a missing text is None.
    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        array(py, self.find(name)?)
    }

    /// The columns as numpy arrays, by name.
    fn arrays<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let arrays = PyDict::new(py);
        for NamedColumn { name, values } in self.columns.columns() {
            arrays.set_item(name, array(py, values)?)?;
        }
        Ok(arrays)
    }

    /// The columns as lists, by name; missing values are None.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let lists = PyDict::new(py);
        for NamedColumn { name, values } in self.columns.columns() {
            lists.set_item(name, list(py, values)?)?;
        }
        Ok(lists)
    }

    /// The table as a pandas.DataFrame where pandas is installed, else as a polars.DataFrame where polars is, else as a dict of
    /// numpy arrays.
    fn frame<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("spikemesh.frames")?.call_method1("frame", (slf,))
    }

    /// The parts of a column, for what makes a table of another kind of it: its kind, its values, and which are missing.
    fn _parts<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyTuple>> {
        parts(py, self.find(name)?)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        made_by(py, "_table_of", (self.parts(py)?,))
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A request is a wish: whoever has it converts what comes.
        let _ = requested_schema;
        let batch = batch(&self.columns).map_err(told)?;
        let schema = batch.schema();
        let reader = RecordBatchIterator::new([Ok(batch)], schema);
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(schema(&self.columns).as_ref()).map_err(told)?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().columns == self.columns)
    }

    fn __repr__(&self) -> String {
        show::table_text(&self.columns)
    }

    fn _repr_html_(&self) -> String {
        show::table_html(&self.columns)
    }
}

/// A column as its kind, its values, and which of these are missing; of words, the words.
fn parts<'py>(py: Python<'py>, values: &ColumnValues) -> PyResult<Bound<'py, PyTuple>> {
    fn numbers<'py, T: Element + Copy>(
        py: Python<'py>,
        kind: &str,
        Sparse { values, known }: &Sparse<T>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let missing = known.as_ref().map(|known| known.iter().map(|known| !known).collect::<Vec<bool>>());
        let missing = missing.map(|missing| PyArray1::from_vec(py, missing));
        (kind, PyArray1::from_slice(py, values), missing).into_pyobject(py)
    }
    match values {
        ColumnValues::Flags(flags) => ("flags", PyArray1::from_slice(py, flags), py.None()).into_pyobject(py),
        ColumnValues::Short(short) => numbers(py, "short", short),
        ColumnValues::Whole(whole) => numbers(py, "whole", whole),
        ColumnValues::Real(real) => numbers(py, "real", real),
        ColumnValues::Text(_) => ("text", list(py, values)?, py.None()).into_pyobject(py),
        ColumnValues::Coded(CodedText { words, numbers }) => {
            let codes: Vec<i32> = (0..numbers.values.len()).map(|row| numbers.get(row).unwrap_or(-1)).collect();
            ("words", PyArray1::from_vec(py, codes), words.clone()).into_pyobject(py)
        }
    }
}

/// The columns of pickled parts.
pub(crate) fn columns_of(table: &Bound<'_, PyList>) -> PyResult<Columns> {
    fn numbers<'py, T>(values: &Bound<'py, PyAny>, missing: &Bound<'py, PyAny>) -> PyResult<Sparse<T>>
    where
        T: Element + Copy,
    {
        let values = values.extract::<PyReadonlyArray1<'_, T>>()?.as_array().to_vec();
        let missing = missing.extract::<Option<PyReadonlyArray1<'_, bool>>>()?;
        let known = missing.map(|missing| missing.as_array().iter().map(|missing| !missing).collect::<Vec<_>>());
        if known.as_ref().is_some_and(|known| known.len() != values.len()) {
            return Err(PyValueError::new_err("a column says of other rows than it has that they are missing"));
        }
        Ok(Sparse { values, known })
    }
    let column = |entry: Bound<'_, PyAny>| -> PyResult<NamedColumn> {
        let (name, (kind, values, more)): (String, (String, Bound<'_, PyAny>, Bound<'_, PyAny>)) = entry.extract()?;
        let values = match kind.as_str() {
            "flags" => ColumnValues::Flags(numbers(&values, &more)?.values),
            "short" => ColumnValues::Short(numbers(&values, &more)?),
            "whole" => ColumnValues::Whole(numbers(&values, &more)?),
            "real" => ColumnValues::Real(numbers(&values, &more)?),
            "text" => ColumnValues::Text(values.extract()?),
            "words" => {
                let codes = values.extract::<PyReadonlyArray1<'_, i32>>()?;
                let numbers = codes.as_array().iter().map(|code| Some(*code).filter(|code| *code >= 0)).collect();
                ColumnValues::Coded(CodedText { words: more.extract()?, numbers })
            }
            other => return Err(PyValueError::new_err(format!("a column of the unknown kind \"{other}\""))),
        };
        Ok(NamedColumn { name, values })
    };
    let columns = table.iter().map(column).collect::<PyResult<Vec<_>>>()?;
    Columns::of(columns).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// A table of its pickled parts.
#[pyfunction]
#[pyo3(signature = (columns, /))]
pub fn _table_of(columns: &Bound<'_, PyList>) -> PyResult<Table> {
    columns_of(columns).map(Table::new)
}

fn told(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Numbers as an array; floats where some are missing.
fn numbers<'py, T: Element + Copy>(
    py: Python<'py>,
    numbers: &Sparse<T>,
    float: impl Fn(T) -> f64,
) -> Bound<'py, PyAny> {
    match &numbers.known {
        None => PyArray1::from_slice(py, &numbers.values).into_any(),
        Some(known) => {
            let value = |(value, known): (&T, &bool)| if *known { float(*value) } else { f64::NAN };
            PyArray1::from_vec(py, numbers.values.iter().zip(known).map(value).collect()).into_any()
        }
    }
}

fn array<'py>(py: Python<'py>, values: &ColumnValues) -> PyResult<Bound<'py, PyAny>> {
    let texts = |texts: Vec<Py<PyAny>>| PyArray1::from_vec(py, texts).into_any();
    Ok(match values {
        ColumnValues::Flags(flags) => PyArray1::from_slice(py, flags).into_any(),
        ColumnValues::Short(short) => numbers(py, short, f64::from),
        ColumnValues::Whole(whole) => numbers(py, whole, |value| value as f64),
        ColumnValues::Real(real) => numbers(py, real, |value| value),
        ColumnValues::Text(all) => texts(all.iter().map(|text| text_object(py, text.as_deref())).collect()),
        ColumnValues::Coded(words) => texts(word_objects(py, words)),
    })
}

fn text_object(py: Python<'_>, text: Option<&str>) -> Py<PyAny> {
    text.map_or_else(|| py.None(), |text| PyString::new(py, text).into_any().unbind())
}

/// A Python string for each row, of which equal ones are one object.
fn word_objects(py: Python<'_>, words: &CodedText) -> Vec<Py<PyAny>> {
    let known: Vec<Py<PyAny>> = words.words.iter().map(|word| text_object(py, Some(word))).collect();
    let of = |row: usize| {
        let number = words.numbers.get(row).and_then(|number| usize::try_from(number).ok());
        number.and_then(|number| known.get(number)).map_or_else(|| py.None(), |word| word.clone_ref(py))
    };
    (0..words.numbers.values.len()).map(of).collect()
}

fn list<'py>(py: Python<'py>, values: &ColumnValues) -> PyResult<Bound<'py, PyList>> {
    fn all<'py, T>(py: Python<'py>, numbers: &Sparse<T>) -> PyResult<Bound<'py, PyList>>
    where
        T: Copy + Default + IntoPyObject<'py>,
    {
        PyList::new(py, (0..numbers.values.len()).map(|row| numbers.get(row)))
    }
    match values {
        ColumnValues::Flags(flags) => PyList::new(py, flags),
        ColumnValues::Short(short) => all(py, short),
        ColumnValues::Whole(whole) => all(py, whole),
        ColumnValues::Real(real) => all(py, real),
        ColumnValues::Text(texts) => PyList::new(py, texts),
        ColumnValues::Coded(words) => PyList::new(py, word_objects(py, words)),
    }
}

fn schema(columns: &Columns) -> SchemaRef {
    let field = |NamedColumn { name, values }: &NamedColumn| {
        let kind = match values {
            ColumnValues::Flags(_) => DataType::Boolean,
            ColumnValues::Short(_) => DataType::Int32,
            ColumnValues::Whole(_) => DataType::Int64,
            ColumnValues::Real(_) => DataType::Float64,
            ColumnValues::Text(_) => DataType::Utf8,
            ColumnValues::Coded(_) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        };
        Field::new(name, kind, true)
    };
    Arc::new(Schema::new(columns.columns().iter().map(field).collect::<Vec<_>>()))
}

fn batch(columns: &Columns) -> Result<RecordBatch, ArrowError> {
    let arrays = columns.columns().iter().map(|column| arrow(&column.values)).collect::<Result<Vec<_>, _>>()?;
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(columns.rows()));
    RecordBatch::try_new_with_options(schema(columns), arrays, &options)
}

fn arrow(values: &ColumnValues) -> Result<ArrayRef, ArrowError> {
    fn sparse<T: Copy + Default, A: From<Vec<T>> + From<Vec<Option<T>>>>(numbers: &Sparse<T>) -> A {
        match numbers.known {
            None => numbers.values.clone().into(),
            Some(_) => (0..numbers.values.len()).map(|row| numbers.get(row)).collect::<Vec<_>>().into(),
        }
    }
    Ok(match values {
        ColumnValues::Flags(flags) => Arc::new(BooleanArray::from(flags.clone())),
        ColumnValues::Short(short) => Arc::new(sparse::<_, Int32Array>(short)),
        ColumnValues::Whole(whole) => Arc::new(sparse::<_, Int64Array>(whole)),
        ColumnValues::Real(real) => Arc::new(sparse::<_, Float64Array>(real)),
        ColumnValues::Text(texts) => Arc::new(texts.iter().map(Option::as_deref).collect::<StringArray>()),
        ColumnValues::Coded(CodedText { words, numbers }) => {
            let words = words.iter().map(|word| Some(word.as_str())).collect::<StringArray>();
            Arc::new(DictionaryArray::<Int32Type>::try_new(sparse(numbers), Arc::new(words))?)
        }
    })
}
