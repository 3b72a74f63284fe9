//! Chips.

use crate::arrays::kind;
use crate::errors::to_py;
use crate::methods::{made_by, value_class};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};
use spikemesh::explore::Candidate;
use spikemesh::hw::{self, Energy};
use spikemesh::session::catalog::{self, Changed};
use spikemesh::stats::Op;
use std::path::PathBuf;
use std::sync::Arc;

/// Picojoules in an attojoule.
const PJ: f64 = 1e-6;

/// A chip: one that comes with the package, by name, or a file, by path.
///
/// >>> chip = sm.Chip("loihi")
/// >>> chip.cores, chip.limits["core.max_neurons"]
/// (128, 1024)
/// >>> chip.set({"core.max_neurons": 512})
/// <Chip loihi: 128 cores, core.max_neurons=512>
#[pyclass(frozen, module = "spikemesh")]
pub struct Chip {
    pub(crate) argument: String,
    pub(crate) changes: Vec<(String, String)>,
    /// Its file, without the changes.
    source: Candidate,
    pub(crate) found: Changed,
    pub(crate) chip: Arc<hw::Chip>,
}

impl Chip {
    fn load(py: Python<'_>, argument: String) -> PyResult<Self> {
        let (source, found) = py.detach(|| {
            let file = catalog::chip_file(&argument).map_err(to_py)?;
            Ok::<_, PyErr>((Candidate::of(&file), file.changed(&[]).map_err(to_py)?))
        })?;
        let chip = Arc::new(found.chip.clone());
        Ok(Self { argument, changes: Vec::new(), source, found, chip })
    }

    /// The chip of a file that was found, with values changed.
    fn of(py: Python<'_>, argument: String, source: Candidate, changes: Vec<(String, String)>) -> PyResult<Self> {
        let pairs: Vec<_> = changes.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
        let read = || source.file()?.changed(&pairs);
        let found = py.detach(read).map_err(to_py)?;
        let chip = Arc::new(found.chip.clone());
        Ok(Self { argument, changes, source, found, chip })
    }

    /// The chip as comparisons vary it.
    pub(crate) fn candidate(&self) -> PyResult<Candidate> {
        let pairs: Vec<_> = self.changes.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
        self.source.clone().changed(&pairs).map_err(to_py)
    }
}

/// The chip of an argument: one that was loaded, a name or a path; with values changed.
pub(crate) fn chip_of<'py>(chip: &Bound<'py, PyAny>, set: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Chip>> {
    let py = chip.py();
    let loaded = match chip.cast::<Chip>() {
        Ok(chip) => chip.clone(),
        Err(_) => Bound::new(py, Chip::load(py, name_or_path("chip", chip)?)?)?,
    };
    match set {
        Some(set) if !set.is_empty() => Bound::new(py, loaded.get().set(set)?),
        _ => Ok(loaded),
    }
}

/// A name, or a path of which nobody can think that it is a name.
pub(crate) fn name_or_path(argument: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(name) = value.extract::<String>() {
        return Ok(name);
    }
    match value.hasattr("__fspath__")?.then(|| value.extract::<PathBuf>()) {
        Some(Ok(path)) => Ok(catalog::as_argument(&path)),
        _ => Err(PyTypeError::new_err(format!("{argument}: expected a name or a path, found {}", kind(value)))),
    }
}

/// Changes of a chip's file, with their values as text.
pub(crate) fn changes_of(set: &Bound<'_, PyDict>) -> PyResult<Vec<(String, String)>> {
    let change = |(path, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let path = path.extract::<String>().map_err(|_| PyTypeError::new_err("set: a path is a text"))?;
        let value = text_of(&path, &value)?;
        Ok((path, value))
    };
    set.iter().map(change).collect()
}

fn text_of(path: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    if value.is_none() {
        return Ok("null".into());
    }
    if value.is_instance_of::<PyBool>() {
        return Ok(if value.extract()? { "true" } else { "false" }.into());
    }
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        return Ok(value.str()?.to_cow()?.into_owned());
    }
    // Numbers of numpy.
    match value.call_method0("item") {
        Ok(item) if item.is_instance_of::<PyInt>() || item.is_instance_of::<PyFloat>() => text_of(path, &item),
        _ => Err(PyTypeError::new_err(format!("set: {path}: expected a number or a text, found {}", kind(value)))),
    }
}

value_class! {
    /// A constant of a chip, with how it came to be.
    ///
    /// >>> constants = sm.Chip("loihi").constants
    /// >>> {one.calibration for one in constants} == set(sm.Chip("loihi").calibrations)
    /// True
    /// >>> constants[0].kind
    /// 'fitted'
    struct Constant {
        /// The table of constants that it is in.
        calibration: String,
        /// The operation that it is of.
        operation: String,
        /// Energy of one operation (pJ), its lowest and its highest published value; None where none is published.
        energy_pj: Option<(f64, f64, f64)>,
        /// Time of one operation (ns).
        latency_ns: Option<f64>,
        /// How the energy came to be, as in ``silicon``.
        kind: Option<String>,
        /// Where it was published.
        source: Option<String>,
        /// What a reader should know.
        note: Option<String>,
    }
}

#[pymethods]
impl Constant {
    fn __repr__(&self) -> String {
        let energy = self.energy_pj.map_or("no energy".into(), |(nominal, ..)| format!("{nominal} pJ"));
        let Self { calibration, operation, kind, .. } = self;
        format!("<Constant {operation} of {calibration}: {energy}, {}>", kind.as_deref().unwrap_or("not published"))
    }
}

#[pymethods]
impl Chip {
    #[new]
    #[pyo3(signature = (name_or_path, /, *, set=None))]
    fn new(name_or_path: &Bound<'_, PyAny>, set: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let py = name_or_path.py();
        let chip = Self::load(py, self::name_or_path("chip", name_or_path)?)?;
        match set {
            Some(set) => chip.set(set),
            None => Ok(chip),
        }
    }

    /// The same chip with values of its file changed: ``chip.set({"core.max_neurons": 512})``.
    fn set(&self, changes: &Bound<'_, PyDict>) -> PyResult<Self> {
        let all = [self.changes.clone(), changes_of(changes)?].concat();
        Self::of(changes.py(), self.argument.clone(), self.source.clone(), all)
    }

    /// Its name in reports.
    #[getter]
    fn name(&self) -> &str {
        self.chip.name()
    }

    /// One sentence.
    #[getter]
    fn description(&self) -> &str {
        self.chip.description()
    }

    /// Number of cores.
    #[getter]
    fn cores(&self) -> u32 {
        self.chip.noc().cores()
    }

    /// Names of its tables of constants, the default one first.
    #[getter]
    fn calibrations(&self) -> Vec<&str> {
        self.chip.calibrations().iter().map(|table| table.name.as_str()).collect()
    }

    /// Limits of a core by their paths in the chip's file; None is no limit.
    #[getter]
    fn limits<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let limits = &self.chip.core().limits;
        let all = [
            ("core.max_neurons", Some(limits.max_neurons)),
            ("core.max_axons_in", Some(limits.max_axons_in)),
            ("core.max_axons_out", limits.max_axons_out),
            ("core.max_fan_in", limits.max_fan_in),
            ("core.max_fan_out", limits.max_fan_out),
            ("core.weight_bits", Some(limits.weight_bits)),
            ("core.max_delay", Some(limits.max_delay)),
            ("core.membrane_bits", Some(limits.membrane_bits)),
            ("core.axon_types", limits.axon_types),
            ("core.max_targets", limits.max_targets),
            ("core.partial_sums", limits.partial_sums),
        ];
        let dict = PyDict::new(py);
        all.into_iter().try_for_each(|(name, value)| dict.set_item(name, value))?;
        Ok(dict)
    }

    /// All constants that the chip's file has, of all its tables, with kind and source.
    #[getter]
    fn constants(&self) -> Vec<Constant> {
        let chip = &self.chip;
        let of_table = |table: &hw::Calibration| {
            let constant = |op: &Op| {
                let cost = table.cost(*op);
                let energy_pj = match cost.energy {
                    Energy::Priced { low, nominal, high } => {
                        Some((nominal.0 as f64 * PJ, low.0 as f64 * PJ, high.0 as f64 * PJ))
                    }
                    _ => None,
                };
                let latency_ns = cost.latency.map(|ticks| chip.ns(ticks.into()));
                let has_one = energy_pj.is_some() || latency_ns.is_some() || cost.source.is_some();
                has_one.then(|| Constant {
                    calibration: table.name.clone(),
                    operation: op.name().to_owned(),
                    energy_pj,
                    latency_ns,
                    kind: cost.kind.or(cost.latency_kind).map(|kind| kind.name().to_owned()),
                    source: cost.source.clone(),
                    note: cost.note.clone(),
                })
            };
            Op::ALL.iter().filter_map(constant).collect::<Vec<_>>()
        };
        chip.calibrations().iter().flat_map(of_table).collect()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let Self { argument, changes, source, .. } = self;
        // A name means the same everywhere, and a path does not.
        let source = source.origin.is_some().then(|| source.json().to_string());
        made_by(py, "_chip_of", (argument, changes.clone(), source))
    }

    /// Equal chips have files that say the same, with the changes.
    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let other = other.cast::<Self>().ok();
        other.is_some_and(|other| (self.name(), self.found.digest) == (other.get().name(), other.get().found.digest))
    }

    fn __hash__(&self) -> u64 {
        self.found.digest
    }

    fn __repr__(&self) -> String {
        let changes: String = self.changes.iter().map(|(path, value)| format!(", {path}={value}")).collect();
        format!("<Chip {}: {} cores{changes}>", self.chip.name(), self.chip.noc().cores())
    }
}

/// A chip of its pickled parts.
#[pyfunction]
#[pyo3(signature = (argument, changes, source, /))]
pub fn _chip_of(
    py: Python<'_>,
    argument: String,
    changes: Vec<(String, String)>,
    source: Option<&str>,
) -> PyResult<Chip> {
    let source = match source {
        Some(text) => Candidate::parse(text).map_err(|error| to_py(error.into()))?,
        None => Chip::load(py, argument.clone())?.source,
    };
    Chip::of(py, argument, source, changes)
}

/// Names of the chips that come with the package.
///
/// >>> "loihi" in sm.chips()
/// True
#[pyfunction]
pub fn chips() -> Vec<String> {
    catalog::CHIPS.names()
}

/// Names of the networks that come with the package. Random ones have names too: "random:seed=1,neurons=1024,cores=16".
///
/// >>> "digits-mlp" in sm.networks()
/// True
#[pyfunction]
pub fn networks() -> Vec<String> {
    catalog::NETWORKS.names()
}
