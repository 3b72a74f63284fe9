//! What differs between two runs.

use crate::errors::{to_py, wrong};
use crate::kept::{read_report, run_or_path};
use crate::methods::{frame_by_name, made_by, saved_report_methods, text_methods};
use crate::show::preformatted;
use crate::tables::Table;
use crate::words::in_python;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use serde_json::Value;
use spikemesh::columns::Columns;
use spikemesh::report::{
    ContentDigest, DIFF_SCHEMA, EnergyChange, RunDiff, Summary, diff_json, diff_text, run_json, with_making,
};
use spikemesh::session::{self, Error};

/// Tables of a difference.
const TABLES: [&str; 4] = ["operations", "figures", "units", "layers"];

/// What differs between two runs, and which counts and prices made the energy change.
///
/// >>> run = sm.run("digits-mlp", chip="loihi", samples=5)
/// >>> difference = sm.diff(run, sm.reprice(run, "davies2018"))
/// >>> difference.differs, len(difference.table("operations")) > 1
/// (True, True)
#[pyclass(frozen, module = "spikemesh")]
pub struct Difference {
    both: [Summary; 2],
    names: [String; 2],
    diff: RunDiff,
}

impl Difference {
    fn of(py: Python<'_>, both: [Summary; 2], names: [String; 2]) -> PyResult<Self> {
        let found = py.detach(|| session::diff(&both[0], &both[1]));
        let diff = found.map_err(|error| to_py(Error::from(error)))?;
        Ok(Self { both, names, diff })
    }

    fn report(&self) -> Value {
        let named = |(run, summary): (&'static str, &Summary)| {
            let known = summary.header.digests.clone().into_iter();
            known
                .map(move |known| ContentDigest { name: format!("{run}: {}", known.name), ..known })
                .collect::<Vec<_>>()
        };
        let mut read: Vec<ContentDigest> = ["A", "B"].into_iter().zip(&self.both).flat_map(named).collect();
        read.sort_by(|a, b| (a.what, &a.name).cmp(&(b.what, &b.name)));
        with_making(&diff_json(&self.diff, &self.names), &read, "spikemesh.diff")
    }

    fn in_lines(&self, width: u16) -> String {
        in_python(&diff_text(&self.diff, &self.names, width.max(40)))
    }

    fn operations(&self) -> Columns {
        Columns::of_rows(&self.diff.operations)
            .text("operation", |op| op.name)
            .real("count_before", |op| Some(op.counts[0]))
            .real("count_after", |op| Some(op.counts[1]))
            .real("price_before_pj", |op| op.prices[0])
            .real("price_after_pj", |op| op.prices[1])
            .real("by_count_pj", |op| Some(op.by_count_pj))
            .real("by_price_pj", |op| Some(op.by_price_pj))
            .real("share", |op| Some(op.share))
            .finish()
    }

    fn figures(&self) -> Columns {
        Columns::of_rows(&self.diff.figures)
            .text("figure", |(name, _)| name.as_str())
            .real("before", |(_, [before, _])| *before)
            .real("after", |(_, [_, after])| *after)
            .finish()
    }
}

fn energies(name: &str, all: &[EnergyChange]) -> Columns {
    Columns::of_rows(all)
        .text(name, |one| one.name.as_str())
        .real("energy_before_pj", |one| one.pj[0])
        .real("energy_after_pj", |one| one.pj[1])
        .real("share", |one| Some(one.share))
        .finish()
}

saved_report_methods!(Difference, DIFF_SCHEMA);
text_methods!(Difference, width: 100, lines: 20);
frame_by_name!(Difference, "operations");

#[pymethods]
impl Difference {
    /// Whether anything differs.
    #[getter]
    fn differs(&self) -> bool {
        !self.diff.is_empty()
    }

    /// The mean energy of an inference of both runs (pJ); None where nothing has a price.
    #[getter]
    fn energy_pj(&self) -> (Option<f64>, Option<f64>) {
        let [before, after] = self.diff.energy_pj.map(|(pj, coverage)| coverage.known(pj));
        (before, after)
    }

    /// The table "operations", "figures", "units" or "layers".
    #[pyo3(signature = (name="operations"))]
    fn table(&self, name: &str) -> PyResult<Table> {
        Ok(Table::new(match name {
            "operations" => self.operations(),
            "figures" => self.figures(),
            "units" => energies("unit", &self.diff.units),
            "layers" => energies("layer", &self.diff.layers),
            other => return Err(PyKeyError::new_err(spikemesh::text::unknown(other, &TABLES))),
        }))
    }

    /// The differences as text, in lines of a width.
    #[pyo3(signature = (*, width=100))]
    fn text(&self, width: u16) -> String {
        self.in_lines(width)
    }

    fn __bool__(&self) -> bool {
        self.differs()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let [before, after] = self.both.each_ref().map(|run| spikemesh::json::layout(&run_json(run)));
        made_by(py, "_difference_of", (before, after, self.names.clone()))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().report() == self.report())
    }

    fn _repr_html_(&self) -> String {
        preformatted(&self.in_lines(120))
    }
}

/// A difference of its pickled parts.
#[pyfunction]
#[pyo3(signature = (before, after, names, /))]
pub fn _difference_of(py: Python<'_>, before: &str, after: &str, names: Vec<String>) -> PyResult<Difference> {
    let names = <[String; 2]>::try_from(names).map_err(|_| wrong("names", "expected two"))?;
    Difference::of(py, [read_report(before)?, read_report(after)?], names)
}

/// What differs between two runs, which may be paths of saved ones: figures, counts, prices, and options.
///
/// >>> run = sm.run("digits-mlp", chip="loihi", samples=5)
/// >>> sm.diff(run, run).differs
/// False
#[pyfunction]
#[pyo3(signature = (before, after, /))]
pub fn diff(py: Python<'_>, before: &Bound<'_, PyAny>, after: &Bound<'_, PyAny>) -> PyResult<Difference> {
    let both = [run_or_path("before", before)?, run_or_path("after", after)?];
    let names = both.each_ref().map(|(summary, path)| match path {
        Some(path) => path.display().to_string(),
        None => format!("{} on {}, {}", summary.header.network, summary.chip, summary.pricing.calibration.0),
    });
    Difference::of(py, both.map(|(summary, _)| summary), names)
}
