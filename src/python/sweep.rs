//! Rows of comparisons: on this machine, or for a pool of workers.

use crate::arrays::whole;
use crate::chip::{Chip, name_or_path};
use crate::compare::{Comparison, Shown, ShownAs};
use crate::errors::{RunError, SpikemeshError, in_arguments, to_py, wrong};
use crate::network::{NetworkOf, workload_of};
use crate::start::timing_of;
use crate::train::{TrainingData, training_data};
use crate::watch::{Work, watched, with_partial};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use spikemesh::explore::{
    AxisSpec, Candidate, CompareError, CompareJob, ComparedData, ComparisonRow, Journal, JournalError, NetMaker, Nets,
    NetworkRequest, NetworkSource, PlanError, PlanShard, SpaceAxis, SweepAxis, SweepOptions, SweepRequest,
    SweepSetting, Title, rows,
};
use spikemesh::map::Limits;
use spikemesh::report::{ContentDigest, SourceKind};
use spikemesh::session::catalog::{DataOptions, NamedNetwork};
use spikemesh::session::{Cache, Follow, stranger};
use spikemesh::threads::processors;
use spikemesh::train::{TrainEvent, TrainWatch};
use spikemesh::{Watch, WorkloadOptions};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;

/// What is compared, as it travels to a worker.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct SweepTask<'py> {
    network: Bound<'py, PyAny>,
    /// As [`compare_chips`] gives them.
    chips: Vec<String>,
    /// Names with lists of values, or with a range.
    axes: Vec<(String, Bound<'py, PyAny>)>,
    zip: bool,
    /// Options of the mapping by name.
    settings: Vec<(String, String)>,
    steps: Option<Bound<'py, PyAny>>,
    seed: Bound<'py, PyAny>,
    timing: String,
    data: Option<Bound<'py, PyAny>>,
    samples: Option<Bound<'py, PyAny>>,
    profile: Bound<'py, PyAny>,
    limits: String,
    retrain: bool,
    data_dir: Vec<PathBuf>,
    bin_us: Option<Bound<'py, PyAny>>,
    cache: Option<PathBuf>,
}

/// The request for a comparison, which needs no interpreter any more.
struct AskedSweep {
    request: SweepRequest,
    network: NetworkOf,
    of_network: NetworkRequest,
    limits: Limits,
}

/// Why a comparison has no result.
#[derive(Debug, Error)]
enum Failed {
    #[error(transparent)]
    Session(#[from] spikemesh::Error),
    #[error(transparent)]
    Compare(CompareError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Text of something else.
    #[error("{0}")]
    Other(String),
}

impl From<CompareError> for Failed {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::Session(error) | CompareError::Stopped { error, .. } => Self::Session(*error),
            CompareError::Plan(error) => Self::Plan(error),
            error => Self::Compare(error),
        }
    }
}

impl From<Failed> for PyErr {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Session(error) => to_py(error),
            Failed::Compare(_) | Failed::Plan(_) => PyValueError::new_err(in_arguments(&failed.to_string())),
            Failed::Journal(_) => SpikemeshError::new_err(in_arguments(&failed.to_string())),
            Failed::Other(text) => RunError::new_err(text),
        }
    }
}

impl SweepTask<'_> {
    fn asked(&self, threads: usize) -> PyResult<AskedSweep> {
        let candidates = self.chips.iter().map(|text| Candidate::parse(text).map_err(|error| to_py(error.into())));
        let mut usual = SweepSetting {
            steps: whole("steps", self.steps.as_ref(), 1..=16_777_216)?.map(|steps| steps as u32),
            seed: whole("seed", Some(&self.seed), 0..=i64::MAX as u64)?.unwrap_or(1),
            contention: timing_of(&self.timing)?,
            ..SweepSetting::default()
        };
        for (name, text) in &self.settings {
            usual.set(name, text).unwrap_or(Ok(())).map_err(PyValueError::new_err)?;
        }
        let limits = match self.limits.as_str() {
            "enforce" => Limits::Enforce,
            "report" => Limits::Report,
            other => return Err(wrong("limits", spikemesh::text::unknown(other, &["enforce", "report"]))),
        };
        let (data, bin_us) = training_data(self.data.as_ref())?;
        let data = match data {
            TrainingData::Named(None) => ComparedData::Own,
            TrainingData::Named(Some(name)) => ComparedData::Named(name),
            TrainingData::Given { train, test: Some(test) } => ComparedData::Given { test, train: Some(train) },
            TrainingData::Given { train: test, test: None } => ComparedData::Given { test, train: None },
        };
        let of_network = NetworkRequest {
            data,
            folders: DataOptions {
                folders: self.data_dir.clone(),
                bin_us: whole("bin_us", self.bin_us.as_ref(), 1..=u32::MAX.into())?.or(bin_us),
                ..DataOptions::default()
            },
            samples: whole("samples", self.samples.as_ref(), 1..=u32::MAX.into())?.map(|samples| samples as usize),
            retrain: self.retrain,
            profile: whole("profile", Some(&self.profile), 0..=u32::MAX.into())?.unwrap_or(0) as u32,
            threads,
            cache: cache(self.cache.as_ref()),
        };
        let request = SweepRequest {
            candidates: candidates.collect::<PyResult<_>>()?,
            axes: self.axes.iter().map(|(name, values)| axis(name, values, self.zip)).collect::<PyResult<_>>()?,
            zip: self.zip,
            usual,
            retrain: self.retrain,
        };
        Ok(AskedSweep { request, network: workload_of(&self.network)?, of_network, limits })
    }
}

/// An axis: a list of values, or a range as in ``"64..512:log"``. Values that go in step may be there twice.
fn axis(name: &str, values: &Bound<'_, PyAny>, zip: bool) -> PyResult<AxisSpec> {
    let failed = |error: spikemesh::explore::AxisError| wrong("axes", error);
    if let Ok(text) = values.cast::<PyString>() {
        return AxisSpec::of_levels(name, &text.to_cow()?).map_err(failed);
    }
    let values: Vec<String> = values.extract()?;
    if values.is_empty() {
        return Err(wrong("axes", format!("{name}: found no values, expected at least one")));
    }
    match zip && !name.is_empty() && values.iter().all(|value| !value.is_empty()) {
        true => Ok(SweepAxis { name: name.to_owned(), values }.into()),
        false => SweepAxis::of(name, values).map(AxisSpec::from).map_err(failed),
    }
}

/// The cache in a folder, if that is one to which nobody else can write.
fn cache(folder: Option<&PathBuf>) -> Cache {
    let Some(folder) = folder else { return Cache { folder: Err("nothing is kept between runs".into()) } };
    Cache { folder: stranger(folder).map_or_else(|| Ok(folder.clone()), Err) }
}

/// Ends trainings with the comparison that they are for.
struct Trainings<'w>(&'w Work);

impl Follow for Trainings<'_> {
    fn note(&self, _: &str) {}

    fn training(&self) -> Box<TrainWatch<'_>> {
        Box::new(OfTraining(self.0))
    }
}

struct OfTraining<'w>(&'w Work);

impl Watch<TrainEvent> for OfTraining<'_> {
    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// A comparison with its network.
struct Resolved {
    job: CompareJob,
    source: NetworkSource,
    of_network: NetworkRequest,
    limits: Limits,
    digests: Vec<ContentDigest>,
}

impl AskedSweep {
    fn resolve(self, work: &Work) -> Result<Resolved, Failed> {
        let Self { request, network, of_network, limits } = self;
        let mut digests = Vec::new();
        let mut note = |what: SourceKind, name: &str, digest| {
            // What was read before under the same name is replaced.
            digests.retain(|known: &ContentDigest| known.what != what.name() || known.name != name);
            digests.push(ContentDigest { what: what.name(), name: name.to_owned(), digest });
        };
        request.candidates.iter().for_each(|one| note(SourceKind::Chip, &one.name, one.digest()));
        let (job, _) = CompareJob::new(request)?;
        let named = network.found(&WorkloadOptions::default())?;
        note(SourceKind::Network, named.name(), named.digest);
        let NamedNetwork { network, origin, .. } = Arc::unwrap_or_clone(named);
        let source = job.source((network, origin), &of_network, &Trainings(work))?;
        if let Some(data) = source.dataset() {
            note(SourceKind::Data, &data.name, data.digest);
        }
        Ok(Resolved { job, source, of_network, limits, digests })
    }
}

impl Resolved {
    /// What makes forms of the network; where it must be trained for that, this takes a while.
    fn maker(&self, work: &Work) -> Result<NetMaker<'_>, Failed> {
        Ok(self.job.maker(&self.source, &self.of_network, &Trainings(work))?)
    }

    fn title(&self, maker: &NetMaker<'_>) -> Title {
        self.job.title(&self.source, &maker.nets(), self.limits, PlanShard::WHOLE)
    }

    /// Digests of what was read, and of the comparison, in the order of reports.
    fn digests_with(&self, title: &Title) -> Vec<ContentDigest> {
        let Title { network, digest, .. } = title;
        let own = ContentDigest { what: SourceKind::Comparison.name(), name: network.clone(), digest: *digest };
        let mut digests: Vec<ContentDigest> = self.digests.iter().cloned().chain([own]).collect();
        digests.sort_by(|a, b| (a.what, &a.name).cmp(&(b.what, &b.name)));
        digests
    }

    /// Simulates some configurations.
    fn rows<E>(
        &self,
        maker: &NetMaker<'_>,
        open: &[usize],
        (threads, work): (usize, &Work),
        found: &mut dyn FnMut(ComparisonRow) -> Result<(), E>,
    ) -> Result<(), Failed>
    where
        Failed: From<E>,
    {
        let Self { job, limits, .. } = self;
        let nets = job.nets(maker, open.iter().copied(), &Trainings(work))?;
        let options = SweepOptions { nets: &nets, limits: *limits };
        let units = |row: &ComparisonRow| if row.result.is_err() { units(job, &nets, row.index) } else { 0 };
        rows((&job.plan, open, None), (&job.candidates, &job.usual), options, threads, work, &mut |row| {
            Watch::<std::convert::Infallible>::done(work, units(&row));
            found(row)
        })?;
        Ok(())
    }
}

/// Samples, or steps of a sparse network, of a configuration.
fn units(job: &CompareJob, nets: &Nets<'_>, index: usize) -> u64 {
    let setting = job.plan.split(&job.plan.configuration(index), &job.usual);
    setting.map_or(0, |(setting, _)| nets.units(&setting))
}

/// Rows that are known, in memory or in a journal too.
struct Known {
    title: Title,
    digests: Vec<ContentDigest>,
    units: Vec<u64>,
    rows: BTreeMap<usize, ComparisonRow>,
    journal: Option<Journal>,
}

impl Known {
    fn begin(resolved: &Resolved, maker: &NetMaker<'_>, journal: Option<&PathBuf>) -> Result<Self, Failed> {
        let title = resolved.title(maker);
        let (job, nets) = (&resolved.job, maker.nets());
        let units = (0..title.plan.len()).map(|index| units(job, &nets, index)).collect();
        let journal = journal.map(|path| Journal::open(path, title.clone())).transpose()?;
        let rows = journal.iter().flat_map(Journal::rows).map(|row| (row.index, row.clone())).collect();
        Ok(Self { digests: resolved.digests_with(&title), title, units, rows, journal })
    }

    fn open(&self) -> Vec<usize> {
        (0..self.title.plan.len()).filter(|index| !self.rows.contains_key(index)).collect()
    }

    fn add(&mut self, row: ComparisonRow) -> Result<(), JournalError> {
        self.journal.as_mut().map_or(Ok(()), |journal| journal.add(&row))?;
        self.rows.insert(row.index, row);
        Ok(())
    }

    fn comparison(&self, shown: Shown) -> Comparison {
        Comparison::new((self.title.clone(), self.rows.values().cloned().collect()), shown, self.digests.clone())
    }
}

fn threads_of(threads: Option<&Bound<'_, PyAny>>) -> PyResult<usize> {
    Ok(whole("threads", threads, 1..=1024)?.map_or_else(processors, |threads| threads as usize))
}

/// Chips by name or path, or that were loaded, as texts that have all of them.
#[pyfunction]
pub fn compare_chips(chips: Vec<Bound<'_, PyAny>>) -> PyResult<Vec<String>> {
    let candidate = |chip: &Bound<'_, PyAny>| match chip.cast::<Chip>() {
        Ok(chip) => chip.get().candidate(),
        Err(_) => Candidate::named(&name_or_path("chips", chip)?).map_err(to_py),
    };
    chips.iter().map(|chip| Ok(candidate(chip)?.json().to_string())).collect()
}

/// What a search chooses from: each axis with its values, and whether they lie by their values, by the logarithms of these, or
/// have no order.
#[pyfunction]
pub fn search_space(
    chips: Vec<String>,
    axes: Vec<(String, Bound<'_, PyAny>)>,
) -> PyResult<Vec<(String, Vec<String>, &'static str)>> {
    let candidates = chips.iter().map(|text| Candidate::parse(text).map_err(|error| to_py(error.into())));
    let axes = axes.iter().map(|(name, values)| axis(name, values, false)).collect::<PyResult<_>>()?;
    let (candidates, usual) = (candidates.collect::<PyResult<_>>()?, SweepSetting::default());
    let request = SweepRequest { candidates, axes, zip: false, usual, retrain: true };
    let (_, space) = CompareJob::to_search(request).map_err(Failed::from)?;
    let axis = |SpaceAxis { axis, scale }: SpaceAxis| (axis.name, axis.values, scale.name());
    Ok(space.axes.into_iter().map(axis).collect())
}

/// Compares on this machine.
#[pyfunction]
pub fn compare_here(
    py: Python<'_>,
    task: SweepTask<'_>,
    shown: ShownAs,
    journal: Option<PathBuf>,
    threads: Option<&Bound<'_, PyAny>>,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Comparison> {
    let threads = threads_of(threads)?;
    let shown = Shown::read(&shown)?;
    let (asked, work) = (task.asked(threads)?, Work::default());
    // What is known when the work is ended stays here.
    let kept: Mutex<Option<Known>> = Mutex::new(None);
    let (done, ended) = watched(py, progress, &work, |work| {
        work.prepare(|| {
            let resolved = asked.resolve(work)?;
            let maker = resolved.maker(work)?;
            let known = Known::begin(&resolved, &maker, journal.as_ref())?;
            let open = known.open();
            work.expect(open.iter().map(|index| known.units[*index]).sum());
            *lock(&kept) = Some(known);
            let mut add = |row| lock(&kept).as_mut().map_or(Ok(()), |known| known.add(row));
            resolved.rows(&maker, &open, (threads, work), &mut add)
        })?
    })?;
    let known = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(ended) = ended {
        let partial = known.map(|known| Bound::new(py, known.comparison(shown))).transpose()?;
        return Err(with_partial(py, ended, partial.map(Bound::into_any)));
    }
    done?;
    known.map(|known| known.comparison(shown)).ok_or_else(|| Failed::Other("the comparison has no rows".into()).into())
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A comparison whose rows a pool computes.
#[pyclass(frozen, module = "spikemesh")]
pub struct PooledComparison {
    known: Mutex<Known>,
}

/// Begins a comparison whose rows a pool computes.
#[pyfunction]
pub fn compare_begin(
    py: Python<'_>,
    task: SweepTask<'_>,
    journal: Option<PathBuf>,
    threads: Option<&Bound<'_, PyAny>>,
) -> PyResult<PooledComparison> {
    let (asked, work) = (task.asked(threads_of(threads)?)?, Work::default());
    let (known, ended) = watched(py, None, &work, |work| {
        work.prepare(|| {
            let resolved = asked.resolve(work)?;
            Known::begin(&resolved, &resolved.maker(work)?, journal.as_ref())
        })?
    })?;
    match ended {
        Some(ended) => Err(with_partial(py, ended, None)),
        None => Ok(PooledComparison { known: Mutex::new(known?) }),
    }
}

#[pymethods]
impl PooledComparison {
    /// A digest of all that the rows depend on.
    #[getter]
    fn digest(&self) -> u64 {
        lock(&self.known).title.digest
    }

    /// Configurations that have no row yet.
    fn open(&self) -> Vec<usize> {
        lock(&self.known).open()
    }

    /// Samples, or steps, of some configurations.
    fn units(&self, indices: Vec<usize>) -> u64 {
        let known = lock(&self.known);
        indices.iter().filter_map(|index| known.units.get(*index)).sum()
    }

    /// Adds rows that a worker computed.
    fn add(&self, rows: Vec<String>) -> PyResult<()> {
        let mut known = lock(&self.known);
        let count = known.title.plan.len();
        for text in rows {
            let row = ComparisonRow::parse(&text, count).map_err(|error| to_py(error.into()))?;
            known.add(row).map_err(Failed::from)?;
        }
        Ok(())
    }

    /// The comparison of the rows that are known.
    fn result(&self, shown: ShownAs) -> PyResult<Comparison> {
        Ok(lock(&self.known).comparison(Shown::read(&shown)?))
    }
}

/// Refuses what only the end of a comparison would refuse.
#[pyfunction]
pub fn compare_shown(shown: ShownAs) -> PyResult<()> {
    Shown::read(&shown).map(drop)
}

/// Rows of some configurations, as JSON: what a worker of a pool computes.
#[pyfunction]
pub fn compare_rows(
    py: Python<'_>,
    task: SweepTask<'_>,
    digest: u64,
    indices: Vec<usize>,
    threads: Option<&Bound<'_, PyAny>>,
) -> PyResult<Vec<String>> {
    let threads = threads_of(threads)?;
    let (asked, work) = (task.asked(threads)?, Work::default());
    let (done, ended) =
        watched(py, None, &work, |work| work.prepare(|| rows_of(asked, digest, &indices, (threads, work)))?)?;
    match ended {
        Some(ended) => Err(ended),
        None => Ok(done?),
    }
}

fn rows_of(asked: AskedSweep, digest: u64, indices: &[usize], how: (usize, &Work)) -> Result<Vec<String>, Failed> {
    let resolved = asked.resolve(how.1)?;
    let of = resolved.job.plan.len();
    if let Some(beyond) = indices.iter().find(|index| **index >= of) {
        return Err(Failed::Other(format!("there is no configuration {beyond}: the comparison has {of}")));
    }
    let maker = resolved.maker(how.1)?;
    if resolved.title(&maker).digest != digest {
        let text = "this worker finds another network, other data or another version of spikemesh than the process that asks \
                    it for rows";
        return Err(Failed::Other(text.into()));
    }
    let mut texts = Vec::new();
    resolved.rows(&maker, indices, how, &mut |row: ComparisonRow| {
        texts.push(row.json().to_string());
        Ok::<(), JournalError>(())
    })?;
    Ok(texts)
}
