//! Mappings, and the check that a network fits a chip.

use crate::arrays::whole;
use crate::chip::{Chip, chip_of};
use crate::errors::{Violation, to_py};
use crate::map_options::AskedOptions;
use crate::mapping::{MappedFrom, Mapping};
use crate::network::{Network, NetworkOf, workload_of};
use crate::watch::{Work, watched, with_partial};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::json::Document;
use spikemesh::map::{Arranged, MapError};
use spikemesh::session::catalog::{DataOptions, NamedNetwork};
use spikemesh::session::{Error, Follow, Workload, WorkloadOptions};
use spikemesh::{MapOptions, Session};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// A mapping that was given: in memory, or as a file.
#[derive(Clone)]
pub(crate) enum MappingOf {
    /// The text of a mapping file.
    Text(String),
    /// Its path.
    File(PathBuf),
}

/// A mapping, or the path of one; None stands for a search.
pub(crate) fn mapping_of(mapping: Option<&Bound<'_, PyAny>>) -> PyResult<Option<MappingOf>> {
    let Some(mapping) = mapping.filter(|mapping| !mapping.is_none()) else { return Ok(None) };
    if let Ok(mapping) = mapping.cast::<Mapping>() {
        return Ok(Some(MappingOf::Text(mapping.get().file())));
    }
    let wrong = |_| PyTypeError::new_err("mapping: expected a mapping, or the path of one that was saved");
    mapping.extract::<PathBuf>().map_err(wrong).map(MappingOf::File).map(Some)
}

/// Maps the network of a session: by a search, or as was given.
pub(crate) fn arranged(session: &Session, options: &MapOptions, given: Option<&MappingOf>) -> Result<Arranged, Error> {
    match given {
        None => session.arrange(options),
        Some(MappingOf::File(path)) => session.arrange(&MapOptions { file: Some(path.clone()), ..options.clone() }),
        Some(MappingOf::Text(text)) => session.arrange_as(Document::parse("the mapping", text)?, options),
    }
}

/// Notes of a mapping for people.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Follow for Notes {
    fn note(&self, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
    }
}

/// Maps a network on a chip: which neuron is on which core, and what its packets cost.
///
/// Options are those of "spikemesh map". ``profile`` is a number of training samples, by whose spikes packets are counted, and
/// ``budget`` the number of moves that a search tries. Ctrl-C ends a search: ``KeyboardInterrupt`` then has the best mapping so far as
/// ``partial``.
///
/// >>> mapping = sm.map("digits-mlp", "loihi")
/// >>> sm.run("digits-mlp", chip="loihi", samples=5, mapping=mapping).mismatched_samples
/// 0
#[pyfunction]
#[pyo3(name = "map", signature = (network, chip, *, partitioner=None, placer=None, objective=None, share_cores=None, cores=None,
                    budget=None, no_splits=false, limits="enforce", profile=None, mapping=None, set=None, seed=None))]
#[expect(clippy::too_many_arguments, reason = "they are the options of a mapping by name")]
pub fn map_network<'py>(
    py: Python<'py>,
    network: &Bound<'py, PyAny>,
    chip: &Bound<'py, PyAny>,
    partitioner: Option<String>,
    placer: Option<String>,
    objective: Option<String>,
    share_cores: Option<String>,
    cores: Option<&Bound<'py, PyAny>>,
    budget: Option<&Bound<'py, PyAny>>,
    no_splits: bool,
    limits: &str,
    profile: Option<&Bound<'py, PyAny>>,
    mapping: Option<&Bound<'py, PyAny>>,
    set: Option<&Bound<'py, PyDict>>,
    seed: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, Mapping>> {
    let options = AskedOptions {
        partitioner,
        placer,
        objective,
        share_cores,
        cores: whole("cores", cores, 1..=u32::MAX.into())?.map(|cores| cores as u32),
        budget: whole("budget", budget, 1..=1_000_000_000_000)?,
        no_splits,
        limits: limits.to_owned(),
        profile: whole("profile", profile, 0..=u32::MAX.into())?.unwrap_or(0) as u32,
        seed: whole("seed", seed, 0..=i64::MAX as u64)?.unwrap_or(1),
    };
    let search = options.read()?;
    let given = mapping_of(mapping)?;
    let chip = chip_of(chip, set)?.unbind();
    let asked = MapRequest { network: workload_of(network)?, searched: given.is_none(), chip, options, search, given };
    let work = Work::default();
    let (mapping, ended) = watched(py, None, &work, |work| asked.mapped(work))?;
    match (mapping, ended) {
        (Err(error), None) => Err(to_py(error)),
        (Ok(mapping), None) => Bound::new(py, mapping),
        (mapping, Some(ended)) => {
            let partial = mapping.ok().map(|mapping| Bound::new(py, mapping)).transpose()?;
            Err(with_partial(py, ended, partial.map(Bound::into_any)))
        }
    }
}

/// The request for a mapping, which needs no interpreter any more.
struct MapRequest {
    network: NetworkOf,
    chip: Py<Chip>,
    options: AskedOptions,
    search: MapOptions,
    given: Option<MappingOf>,
    /// Whether changes that save cores are looked for.
    searched: bool,
}

impl MapRequest {
    fn mapped(self, work: &Work) -> Result<Mapping, Error> {
        let Self { network, chip, options, search, given, searched } = self;
        let (notes, profile) = (Notes::default(), options.profile);
        let (network, workload) = work.prepare(|| {
            let network = network.network(&WorkloadOptions::default())?;
            let found = NamedNetwork::clone(&network.found);
            Ok::<_, Error>((network, Workload::to_map(found, profile, &DataOptions::default(), &notes)?))
        })??;
        let profile = workload.profile.as_ref().map(|_| profile);
        let session = Session::new(chip.get().chip.clone(), workload).found(&chip.get().found);
        work.go_on()?;
        // A search ends early with what it has.
        let arranged = work.heeded(|| arranged(&session, &search, given.as_ref()))?;
        // Changes that save cores are looked for by mapping again.
        let mut mapped = work.heeded(|| session.measured(arranged, &search, !searched || work.is_cancelled()));
        mapped.summary.profile = profile;
        mapped.interrupted = work.is_cancelled();
        let notes = notes.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Mapping { mapped, notes, of: MappedFrom { network, chip, options, searched } })
    }
}

/// A mapping of its pickled parts: nothing is searched again but what changes would save cores.
#[pyfunction]
#[pyo3(signature = (network, chip, options, file, how, notes, /))]
pub fn _mapping_of(
    py: Python<'_>,
    network: &Bound<'_, Network>,
    chip: Bound<'_, Chip>,
    options: AskedOptions,
    file: String,
    how: (bool, bool),
    notes: Vec<String>,
) -> PyResult<Mapping> {
    let ((searched, interrupted), search) = (how, options.read()?);
    let network = NetworkOf::Loaded(network.get().clone());
    let given = Some(MappingOf::Text(file));
    let asked = MapRequest { network, chip: chip.unbind(), options, search, given, searched: searched && !interrupted };
    let (mapping, ended) = watched(py, None, &Work::default(), |work| asked.mapped(work))?;
    if let Some(ended) = ended {
        return Err(with_partial(py, ended, None));
    }
    let mut mapping = mapping.map_err(to_py)?;
    (mapping.mapped.interrupted, mapping.notes, mapping.of.searched) = (interrupted, notes, searched);
    Ok(mapping)
}

/// What keeps a network from running on a chip: each broken limit, with the smallest change that would help. An empty list if
/// it fits.
///
/// >>> sm.fit("digits-mlp", "loihi")
/// []
/// >>> sm.fit("digits-mlp", sm.Chip("loihi", set={"core.max_axons_in": 8}))[0].limit
/// 'core.max_axons_in'
#[pyfunction]
#[pyo3(signature = (network, chip, *, share_cores=None, no_splits=false, set=None))]
pub fn fit<'py>(
    py: Python<'py>,
    network: &Bound<'py, PyAny>,
    chip: &Bound<'py, PyAny>,
    share_cores: Option<String>,
    no_splits: bool,
    set: Option<&Bound<'py, PyDict>>,
) -> PyResult<Vec<Violation>> {
    let usual = AskedOptions { limits: "enforce".into(), seed: 1, ..AskedOptions::default() };
    let options = AskedOptions { share_cores, no_splits, ..usual }.read()?;
    let network = workload_of(network)?;
    let chip = chip_of(chip, set)?;
    let (chip, work) = (chip.get(), Work::default());
    let (fits, ended) = watched(py, None, &work, |work| {
        work.prepare(|| {
            let network = Arc::unwrap_or_clone(network.found(&WorkloadOptions::default())?);
            let workload = Workload::to_map(network, 0, &DataOptions::default(), &Notes::default())?;
            Session::new(chip.chip.clone(), workload).found(&chip.found).fits(&options)
        })?
    })?;
    match (fits, ended) {
        (_, Some(ended)) => Err(with_partial(py, ended, None)),
        (Ok(()), None) => Ok(Vec::new()),
        (Err(Error::Map(MapError::DoesNotFit { violations, .. })), None) => {
            Ok(violations.iter().map(Violation::of).collect())
        }
        (Err(error @ (Error::Map(_) | Error::System(_))), None) => Ok(vec![Violation::other(error.to_string())]),
        (Err(error), None) => Err(to_py(error)),
    }
}
