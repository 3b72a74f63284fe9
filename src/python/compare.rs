//! Comparisons: their tables, reports and files.

use crate::errors::{to_py, wrong};
use crate::methods::{frame_of_table, made_by, saved_report_methods, text_methods};
use crate::show::{escaped, table_html};
use crate::tables::Table;
use crate::words::in_python;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::Value;
use spikemesh::columns::Columns;
use spikemesh::explore::{
    self, COMPARE_SCHEMA, ComparisonRow, ComparisonTable, Ranking, SavedComparison, Title, compare_columns,
};
use spikemesh::json::read_text;
use spikemesh::report::{ContentDigest, with_making};
use std::path::Path;

/// Who made a report, where it is made now.
const MADE_BY: &str = concat!("spikemesh ", env!("CARGO_PKG_VERSION"));

/// Largest report that is read.
pub(crate) const MOST_BYTES: u64 = 1 << 30;

/// Columns of a notebook's table that every comparison has, beside the figures of its front.
const SHOWN: [&str; 3] = ["latency_ns", "cores_used", "synaptic_operations"];

/// A comparison: a row of figures for each configuration, the best of each figure, and the Pareto front.
///
/// >>> found = sm.compare("digits-mlp", ["loihi", "sram_mesh"], samples=5)
/// >>> len(found), found.network, found.chips
/// (2, 'digits-mlp', ['loihi', 'sram_mesh'])
#[pyclass(frozen, module = "spikemesh")]
pub struct Comparison {
    table: ComparisonTable,
    digests: Vec<ContentDigest>,
    made_by: String,
}

/// How a comparison is ranked and shown.
pub(crate) struct Shown {
    axes: Option<Vec<usize>>,
    ranking: Ranking,
}

/// The same as arguments: figures of the front, common terms, and energies of different classes.
pub(crate) type ShownAs = (Option<Vec<String>>, bool, bool);

impl Shown {
    pub(crate) fn read((pareto, common_terms, allow_mixed): &ShownAs) -> PyResult<Self> {
        let axes = pareto.as_ref().map(|names| explore::pareto_axes(&names.join(",")));
        let axes = axes.transpose().map_err(|why| wrong("pareto", why))?;
        let ranking = match (*common_terms, *allow_mixed) {
            (true, true) => {
                return Err(PyValueError::new_err("only one of common_terms and allow_mixed can be True"));
            }
            (true, false) => Ranking::CommonTerms,
            (false, true) => Ranking::AllowMixed,
            (false, false) => Ranking::SameClasses,
        };
        Ok(Self { axes, ranking })
    }
}

impl Comparison {
    pub(crate) fn new(
        (title, rows): (Title, Vec<ComparisonRow>),
        Shown { axes, ranking }: Shown,
        digests: Vec<ContentDigest>,
    ) -> Self {
        let table = ComparisonTable::ranked(title, rows, axes, ranking);
        Self { table, digests, made_by: MADE_BY.into() }
    }

    /// A comparison from its report, which came from a file or a pickle.
    pub(crate) fn of_report(file: &str, text: &str) -> PyResult<Self> {
        let SavedComparison { table, digests, made_by } =
            explore::parse_comparison(file, text).map_err(|error| to_py(error.into()))?;
        Ok(Self { table, digests, made_by: made_by.unwrap_or_else(|| MADE_BY.into()) })
    }

    /// A comparison from a file.
    pub(crate) fn load(path: &Path) -> PyResult<Self> {
        let text = read_text(path, MOST_BYTES).map_err(|error| to_py(error.into()))?;
        Self::of_report(&path.display().to_string(), &text)
    }

    fn title(&self) -> &Title {
        &self.table.title
    }

    fn report(&self) -> Value {
        let mut report = explore::compare_json(&self.table);
        report["made_by"] = self.made_by.clone().into();
        with_making(&report, &self.digests, "spikemesh.compare")
    }

    fn in_lines(&self, width: u16) -> String {
        in_python(&explore::compare_text(&self.table, width.max(20), false))
    }

    /// Columns for people: what is varied, whether it ran, and some figures.
    fn brief(&self) -> Columns {
        let all = compare_columns(&self.table);
        let figures = self.table.axes.iter().map(|at| explore::FIGURES[*at].name);
        let mut shown: Vec<&str> = vec!["number", "chip"];
        shown.extend(self.title().plan.axes.iter().map(|axis| axis.name.as_str()));
        shown.push("status");
        shown.extend(figures);
        shown.extend(SHOWN);
        shown.push("pareto");
        let columns = shown.iter().enumerate().filter(|(at, name)| !shown[..*at].contains(name));
        let columns = columns.filter_map(|(_, name)| all.columns().iter().find(|column| column.name == *name).cloned());
        // All are of one table, and have one length.
        Columns::of(columns.collect()).unwrap_or_default()
    }
}

saved_report_methods!(Comparison, COMPARE_SCHEMA);
text_methods!(Comparison, width: 100, lines: 5);
frame_of_table!(Comparison);

#[pymethods]
impl Comparison {
    /// Name of the network.
    #[getter]
    fn network(&self) -> &str {
        &self.title().network
    }

    /// Name of the data set; None of a sparse network.
    #[getter]
    fn dataset(&self) -> Option<&str> {
        self.title().dataset.as_deref()
    }

    /// Test samples of each configuration; 0 of a sparse network.
    #[getter]
    fn samples(&self) -> usize {
        self.title().samples
    }

    /// Names of the chips.
    #[getter]
    fn chips(&self) -> Vec<String> {
        self.title().plan.chips.clone()
    }

    /// What is varied, with its values as they were written.
    #[getter]
    fn axes(&self) -> Vec<(String, Vec<String>)> {
        self.title().plan.axes.iter().map(|axis| (axis.name.clone(), axis.values.clone())).collect()
    }

    /// Figures that span the Pareto front.
    #[getter]
    fn figures_of_front(&self) -> Vec<&'static str> {
        self.table.axes.iter().map(|at| explore::FIGURES[*at].name).collect()
    }

    /// Whether all configurations have a row.
    #[getter]
    fn is_complete(&self) -> bool {
        !self.table.is_partial()
    }

    /// The rows as a table, with the columns of ``csv()``.
    #[getter]
    fn table(&self) -> Table {
        Table::new(compare_columns(&self.table))
    }

    /// The rows that no other one beats, as ``frame()`` has them; by other figures than those of the comparison, if some are
    /// named, as in ``pareto("energy_pj", "latency_ns")``.
    #[pyo3(signature = (*figures))]
    fn pareto<'py>(&self, py: Python<'py>, figures: Vec<String>) -> PyResult<Bound<'py, PyAny>> {
        let columns = match figures.is_empty() {
            true => explore::front_columns(&self.table),
            false => {
                let axes = explore::pareto_axes(&figures.join(",")).map_err(PyValueError::new_err)?;
                let ComparisonTable { title, rows, ranking, .. } = self.table.clone();
                explore::front_columns(&ComparisonTable::ranked(title, rows, Some(axes), ranking))
            }
        };
        Table::new(columns).into_frame(py)
    }

    /// The rows as comma-separated values.
    fn csv(&self) -> String {
        explore::compare_csv(&self.table)
    }

    /// The comparison as a page with plots, which needs no other file.
    fn html(&self) -> String {
        in_python(&explore::compare_html(&self.table))
    }

    /// The comparison as text for a terminal of that many columns.
    #[pyo3(signature = (*, width=100))]
    fn text(&self, width: u16) -> String {
        self.in_lines(width)
    }

    fn __len__(&self) -> usize {
        self.table.rows.len()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let Self { table, digests, made_by } = other.get();
            (table, digests, made_by) == (&self.table, &self.digests, &self.made_by)
        })
    }

    fn _repr_html_(&self) -> String {
        let Title { network, dataset, .. } = self.title();
        let on = dataset.as_ref().map_or(String::new(), |dataset| format!(" on {dataset}"));
        let head = escaped(&format!("{network}{on}: {} configurations", self.table.rows.len()));
        format!("<p>{head}</p>{}", table_html(&self.brief()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        made_by(py, "_comparison_of", (self.json(),))
    }
}

/// A comparison of its report.
#[pyfunction]
#[pyo3(signature = (report, /))]
pub fn _comparison_of(report: &str) -> PyResult<Comparison> {
    Comparison::of_report("a pickled comparison", report)
}
