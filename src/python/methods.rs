//! Methods that several classes have, each written once: those of reports, of tables, and of values without more than fields.

/// Methods of a class with `report`, a value of JSON: as text and as a dict.
macro_rules! report_methods {
    ($class:ident) => {
        #[pymethods]
        impl $class {
            /// The report as JSON: the bytes that the command line writes, apart from those on the host.
            fn json(&self) -> String {
                crate::saved::report_text(&self.report())
            }

            /// What ``json()`` holds, as a dict.
            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                crate::saved::object(py, &self.report())
            }
        }
    };
}

/// The same, and as a file of a schema.
macro_rules! saved_report_methods {
    ($class:ident, $schema:expr) => {
        crate::methods::report_methods!($class);

        #[pymethods]
        impl $class {
            /// Writes ``json()`` to a file. A file that is there is replaced if it is an earlier one of its kind, and another
            /// only with ``overwrite=True``.
            #[pyo3(signature = (path, *, overwrite=false))]
            pub(crate) fn save(&self, path: std::path::PathBuf, overwrite: bool) -> PyResult<()> {
                let kind = spikemesh::files::FileKind::Json { schema: $schema };
                crate::saved::write(&path, self.json().as_bytes(), kind, overwrite)
            }
        }
    };
}

/// What a terminal shows of a class with the method `text`: all of it in lines of this width, or its first lines.
macro_rules! text_methods {
    ($class:ident, width: $width:literal, lines: $lines:literal) => {
        #[pymethods]
        impl $class {
            fn __str__(&self) -> String {
                self.in_lines($width)
            }

            fn __repr__(&self) -> String {
                crate::show::first_lines(&self.in_lines($width), $lines)
            }
        }
    };
}

/// A class with several tables, of which `table` gives one by name.
macro_rules! frame_by_name {
    ($class:ident, $usual:tt) => {
        #[pymethods]
        impl $class {
            /// The table of that name as a pandas.DataFrame where pandas is installed, else as a polars.DataFrame where polars
            /// is, else as a dict of numpy arrays.
            #[pyo3(signature = (name=$usual))]
            fn frame<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
                self.table(name)?.into_frame(py)
            }
        }
    };
}

/// A class that is shown, framed and exported as one table, which is its attribute `table`.
macro_rules! frame_of_table {
    ($class:ident) => {
        #[pymethods]
        impl $class {
            /// The rows as a pandas.DataFrame where pandas is installed, else as a polars.DataFrame where polars is, else as a
            /// dict of numpy arrays.
            fn frame<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                self.table().into_frame(py)
            }

            #[pyo3(signature = (requested_schema=None))]
            fn __arrow_c_stream__<'py>(
                &self,
                py: Python<'py>,
                requested_schema: Option<Bound<'py, PyAny>>,
            ) -> PyResult<Bound<'py, PyAny>> {
                Bound::new(py, self.table())?.call_method1("__arrow_c_stream__", (requested_schema,))
            }
        }
    };
}

/// A class that is a value of some fields, which are its arguments and its attributes, and what it is pickled as: exceptions of
/// a process of a pool are pickled with what they carry.
macro_rules! value_class {
    ($(#[$about:meta])* struct $class:ident { $($(#[$of_field:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$about])*
        #[pyclass(frozen, get_all, eq, module = "spikemesh")]
        #[derive(Clone, PartialEq)]
        pub struct $class {
            $($(#[$of_field])* pub $field: $kind,)*
        }

        #[pymethods]
        impl $class {
            #[new]
            #[pyo3(signature = ($($field),*))]
            fn new($($field: $kind),*) -> Self {
                Self { $($field),* }
            }

            fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                let py = slf.py();
                let Self { $($field),* } = slf.get().clone();
                let fields = [$(pyo3::IntoPyObjectExt::into_bound_py_any($field, py)?),*];
                (slf.get_type(), pyo3::types::PyTuple::new(py, fields)?).into_pyobject(py).map(Bound::into_any)
            }
        }
    };
}

pub(crate) use {frame_by_name, frame_of_table, report_methods, saved_report_methods, text_methods, value_class};

use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// What an object is pickled as: the function of the package that makes one, and its arguments.
pub(crate) fn made_by<'py, A>(py: Python<'py>, function: &str, arguments: A) -> PyResult<Bound<'py, PyAny>>
where
    A: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error: Into<PyErr>>,
{
    let make = py.import("spikemesh._spikemesh")?.getattr(function)?;
    let arguments = arguments.into_pyobject(py).map_err(Into::into)?;
    (make, arguments).into_pyobject(py).map(Bound::into_any)
}
