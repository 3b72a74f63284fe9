//! A network on chip alone.

use crate::arrays::whole;
use crate::chip::{Chip, chip_of};
use crate::errors::{to_py, wrong};
use crate::methods::{made_by, saved_report_methods, text_methods};
use crate::tables::Table;
use crate::watch::{Work, watched, with_partial};
use crate::words::in_python;
use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use serde_json::Value;
use spikemesh::noc::Point;
use spikemesh::report::{
    ContentDigest, NOC_SCHEMA, NocReport, Reason, SourceKind, noc_csv, noc_html, noc_json, noc_part, noc_text,
    with_making,
};
use spikemesh::session::{NocChip, NocJob, NocRates, NocRequest};
use std::time::Instant;

/// Tables of a measurement.
const TABLES: [&str; 2] = ["points", "links"];

/// A measurement of a network on chip: one rate, or a load-latency curve.
///
/// >>> sm.noc(topology="mesh", width=4, height=4, rate=0.05).zero_load_latency > 4
/// True
#[pyclass(frozen, module = "spikemesh")]
pub struct NocRun {
    chip: Option<Py<Chip>>,
    request: NocRequest,
    measured: NocReport,
    read: Vec<ContentDigest>,
}

impl NocRun {
    fn report(&self) -> Value {
        with_making(&noc_json(&self.measured), &self.read, "spikemesh.noc")
    }

    fn in_lines(&self, width: u16) -> String {
        in_python(&noc_text(&self.measured, width.max(40)))
    }

    fn point(&self, rate: Option<f64>) -> PyResult<&Point> {
        let found = match rate {
            None => self.measured.shown(),
            Some(rate) => self.measured.points.iter().find(|point| point.rate == Some(rate)),
        };
        found.ok_or_else(|| {
            let known = self.measured.points.iter().filter_map(|point| point.rate).map(|rate| rate.to_string());
            let known = known.collect::<Vec<_>>().join(", ");
            wrong("rate", format!("found {}, allowed: {known}", rate.unwrap_or(f64::NAN)))
        })
    }
}

saved_report_methods!(NocRun, NOC_SCHEMA);
text_methods!(NocRun, width: 100, lines: 16);

#[pymethods]
impl NocRun {
    /// The table "points", a row for each rate, or "links", a row for each link that carried a flit at a rate: the given one, or
    /// the highest that the network keeps up with.
    #[pyo3(signature = (name="points", *, rate=None))]
    fn table(&self, name: &str, rate: Option<f64>) -> PyResult<Table> {
        match name {
            "points" => Ok(Table::new(self.measured.point_table())),
            "links" => Ok(Table::new(self.measured.link_table(self.point(rate)?))),
            other => Err(PyKeyError::new_err(spikemesh::text::unknown(other, &TABLES))),
        }
    }

    /// The same as a pandas.DataFrame where pandas is installed, else as a polars.DataFrame where polars is, else as a dict
    /// of numpy arrays.
    #[pyo3(signature = (name="points", *, rate=None))]
    fn frame<'py>(&self, py: Python<'py>, name: &str, rate: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        self.table(name, rate)?.into_frame(py)
    }

    /// The rate at which the network saturates (flits per node and cycle); None where it does at no rate.
    #[getter]
    fn saturation(&self) -> Option<f64> {
        self.measured.saturation().map(|found| found.estimate)
    }

    /// Latency without other traffic (cycles).
    #[getter]
    fn zero_load_latency(&self) -> Option<f64> {
        self.measured.shown().and_then(|point| point.outcome.zero_load)
    }

    /// Whether it was ended before all was known.
    #[getter]
    fn interrupted(&self) -> bool {
        self.measured.interrupted()
    }

    /// Notes for the reader.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.measured.notes()
    }

    /// The points as comma-separated values.
    fn csv(&self) -> String {
        noc_csv(&self.measured)
    }

    /// The report as a self-contained page.
    fn html(&self) -> String {
        in_python(&noc_html(&self.measured))
    }

    /// The report as text, in lines of a width.
    #[pyo3(signature = (*, width=100))]
    fn text(&self, width: u16) -> String {
        self.in_lines(width)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let request = serde_json::to_string(&self.request).map_err(|error| wrong("request", error))?;
        let chip = self.chip.as_ref().map(|chip| chip.bind(py));
        made_by(py, "_noc_of", (chip, request, NocJob::measured(&self.measured)))
    }

    fn __len__(&self) -> usize {
        self.measured.points.len()
    }

    fn _repr_html_(&self) -> String {
        in_python(&noc_part(&self.measured))
    }
}

/// A measurement of its pickled parts.
#[pyfunction]
#[pyo3(signature = (chip, request, measured, /))]
pub fn _noc_of(chip: Option<Bound<'_, Chip>>, request: &str, measured: &str) -> PyResult<NocRun> {
    let request: NocRequest = serde_json::from_str(request).map_err(|error| wrong("request", error))?;
    let request = NocRequest { chip: chip.as_ref().map(|chip| found(chip.get())), ..request };
    let job = request.job().map_err(to_py)?;
    let read = read_by(&job);
    let measured = job.report_of(measured).map_err(|error| wrong("measured", error))?;
    Ok(NocRun { chip: chip.map(Bound::unbind), request, measured, read })
}

/// What a job has read.
fn read_by(job: &NocJob) -> Vec<ContentDigest> {
    let what = SourceKind::Chip.name();
    let read = job.chip_read().map(|(name, digest)| ContentDigest { what, name: name.to_owned(), digest });
    read.into_iter().collect()
}

/// A rate, several, or a text such as "0.02..0.4:10".
fn rates(given: &Bound<'_, PyAny>) -> PyResult<NocRates> {
    if given.is_instance_of::<PyString>() {
        return Ok(NocRates::Text(given.extract()?));
    }
    if let Ok(one) = given.extract::<f64>() {
        return Ok(NocRates::All(vec![one]));
    }
    let wrong = |_| PyTypeError::new_err("rate: expected a number, numbers, or a text such as \"0.02..0.4:10\"");
    let all = given.try_iter().map_err(wrong)?.map(|one| one?.extract::<f64>());
    all.collect::<PyResult<Vec<f64>>>().map(NocRates::All).map_err(wrong)
}

fn found(chip: &Chip) -> NocChip {
    let changes: Vec<_> = chip.changes.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
    NocChip::found(&chip.argument, &changes, &chip.found)
}

/// A network on chip alone, under synthetic traffic or a trace of packets: of a chip, or a mesh, torus, ring or tree. With several
/// rates, a load-latency curve.
///
/// >>> len(sm.noc(topology="mesh", width=4, height=4, rate=[0.02, 0.05]))
/// 2
#[pyfunction]
#[pyo3(signature = (chip=None, *, topology=None, width=None, height=None, set=None, routing=None, vcs=None, buffer=None,
    router_cycles=None, link_cycles=None, credit_cycles=None, traffic="uniform", rate=None, packet_flits=None,
    cycles=None, warmup=None, seed=None, threads=None, shards=None, progress=None, max_seconds=None, max_events=None))]
#[expect(clippy::too_many_arguments, reason = "they are the options of a measurement by name")]
pub fn noc<'py>(
    py: Python<'py>,
    chip: Option<&Bound<'py, PyAny>>,
    topology: Option<String>,
    width: Option<&Bound<'py, PyAny>>,
    height: Option<&Bound<'py, PyAny>>,
    set: Option<&Bound<'py, PyDict>>,
    routing: Option<String>,
    vcs: Option<&Bound<'py, PyAny>>,
    buffer: Option<&Bound<'py, PyAny>>,
    router_cycles: Option<&Bound<'py, PyAny>>,
    link_cycles: Option<&Bound<'py, PyAny>>,
    credit_cycles: Option<&Bound<'py, PyAny>>,
    traffic: &str,
    rate: Option<&Bound<'py, PyAny>>,
    packet_flits: Option<&Bound<'py, PyAny>>,
    cycles: Option<&Bound<'py, PyAny>>,
    warmup: Option<&Bound<'py, PyAny>>,
    seed: Option<&Bound<'py, PyAny>>,
    threads: Option<&Bound<'py, PyAny>>,
    shards: Option<&Bound<'py, PyAny>>,
    progress: Option<&Bound<'py, PyAny>>,
    max_seconds: Option<f64>,
    max_events: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, NocRun>> {
    let started = Instant::now();
    // What is outside of the narrower range of an option is told of with all other problems.
    let count = |name, value| whole(name, value, 0..=u64::MAX);
    let usual = NocRequest::default();
    let chip = chip.filter(|chip| !chip.is_none()).map(|chip| chip_of(chip, set)).transpose()?;
    if chip.is_none() && set.is_some_and(|set| !set.is_empty()) {
        return Err(wrong("set", "changes a chip: name it with chip"));
    }
    let request = NocRequest {
        topology,
        width: count("width", width)?,
        height: count("height", height)?,
        chip: chip.as_ref().map(|chip| found(chip.get())),
        set: Vec::new(),
        routing,
        vcs: count("vcs", vcs)?,
        buffer: count("buffer", buffer)?,
        router_cycles: count("router_cycles", router_cycles)?,
        link_cycles: count("link_cycles", link_cycles)?,
        credit_cycles: count("credit_cycles", credit_cycles)?,
        traffic: traffic.to_owned(),
        rate: rate.filter(|rate| !rate.is_none()).map(rates).transpose()?,
        packet_flits: count("packet_flits", packet_flits)?,
        cycles: count("cycles", cycles)?.unwrap_or(usual.cycles),
        warmup: count("warmup", warmup)?.unwrap_or(usual.warmup),
        seed: count("seed", seed)?.unwrap_or(usual.seed),
        threads: count("threads", threads)?,
        shards: count("shards", shards)?,
        max_events: count("max_events", max_events)?,
    };
    measured(py, (chip, request), (progress, max_seconds), started)
}

/// Takes a measurement.
fn measured<'py>(
    py: Python<'py>,
    (chip, request): (Option<Bound<'py, Chip>>, NocRequest),
    (progress, max_seconds): (Option<&Bound<'py, PyAny>>, Option<f64>),
    started: Instant,
) -> PyResult<Bound<'py, NocRun>> {
    let job = request.job().map_err(to_py)?;
    let read = read_by(&job);
    let work = Work::within(crate::watch::seconds_of(max_seconds)?);
    work.expect(job.cycles());
    let (points, ended) = watched(py, progress, &work, |work| job.measure(work))?;
    let (points, ended) = match (points, ended) {
        (Ok(points), ended) => (points, ended),
        (Err(error), None) => return Err(to_py(error)),
        (Err(_), Some(ended)) => return Err(with_partial(py, ended, None)),
    };
    let reason = if work.is_cancelled() {
        Reason::Asked
    } else if work.is_late() {
        Reason::Seconds
    } else {
        Reason::Events
    };
    let measured = job.report(points, Vec::new(), (Some(reason), started.elapsed().as_secs_f64()));
    let run = Bound::new(py, NocRun { chip: chip.map(Bound::unbind), request, measured, read })?;
    match ended {
        Some(ended) => Err(with_partial(py, ended, Some(run.into_any()))),
        None => Ok(run),
    }
}
