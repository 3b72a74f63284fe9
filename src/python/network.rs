//! Networks by name or path, from NIR graphs in memory, and from arrays of synapses.

use crate::arguments::{expected, integers, json_of};
use crate::chip::name_or_path;
use crate::errors::{to_py, wrong};
use crate::events::stimulus_of;
use crate::history::TrainHistory;
use crate::saved::object;
use crate::synapses::{Connections, network_of_synapses};
use crate::watch::heard;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::Value;
use spikemesh::net::nir::{self, ImportOptions};
use spikemesh::net::{self, SparseNetwork};
use spikemesh::report::{ImportedNetwork, import_json, import_text};
use spikemesh::session::catalog::{self, NamedNetwork};
use spikemesh::session::{Error, HISTORY, Original, folder_of, imported, shipped};
use spikemesh::{Stimulus, Workload, WorkloadOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A network: by its name, such as ``"digits-mlp"`` or ``"random:seed=1,neurons=1024,cores=16"``, or by the path of its
/// file, of its folder, or of a NIR graph.
///
/// >>> network = sm.Network("digits-mlp")
/// >>> network.name, network.kind, network.time_steps
/// ('digits-mlp', 'untrained', 4)
#[pyclass(frozen, module = "spikemesh")]
#[derive(Clone)]
pub struct Network {
    pub(crate) found: Arc<NamedNetwork>,
    /// The name, if the network comes with the package or follows from its name.
    by_name: Option<String>,
    /// The history of its training, if it was trained here.
    trained: Option<Arc<Value>>,
}

impl From<NamedNetwork> for Network {
    fn from(found: NamedNetwork) -> Self {
        Self { found: Arc::new(found), by_name: None, trained: None }
    }
}

#[pymethods]
impl Network {
    #[new]
    #[pyo3(signature = (name_or_path, /))]
    fn new(py: Python<'_>, name_or_path: &Bound<'_, PyAny>) -> PyResult<Self> {
        let argument = self::name_or_path("network", name_or_path)?;
        heard(py, || NetworkOf::Named(argument).network(&WorkloadOptions::default()))?.map_err(to_py)
    }

    /// A network from a ``nir.NIRGraph`` or the dictionary of one, as the command ``import`` makes it. Options have the names
    /// of that command's; ``framework`` is whose exporter made the graph. ``bits`` are those of weights and of membranes.
    /// ``spikes`` are those on which integers and real numbers are compared, and for which membranes have room. Reports repeat
    /// the sentences of ``notes``.
    ///
    /// >>> import nir
    /// >>> network = sm.Network.from_nir(sm.Network("digits-mlp").to_nir(), name="mine")
    /// >>> network.deviation["layers"][-1]["weights_lost"]
    /// 0.0
    #[staticmethod]
    #[pyo3(signature = (graph, *, dt=None, bits=(8, 24), framework=None, integrator=None, reset=None, fires=None,
        max_spikes=None, if_input=None, lif_input=None, cuba_input=None, steps=None, strict=false, spikes=None, name="nir",
        notes=Vec::new()))]
    #[expect(clippy::too_many_arguments, reason = "each is an option of the import")]
    fn from_nir(
        py: Python<'_>,
        graph: &Bound<'_, PyAny>,
        dt: Option<f64>,
        bits: (u32, u32),
        framework: Option<&str>,
        integrator: Option<&str>,
        reset: Option<&str>,
        fires: Option<&str>,
        max_spikes: Option<u32>,
        if_input: Option<&str>,
        lif_input: Option<&str>,
        cuba_input: Option<&str>,
        steps: Option<u32>,
        strict: bool,
        spikes: Option<&Bound<'_, PyAny>>,
        name: &str,
        notes: Vec<String>,
    ) -> PyResult<Self> {
        let mut options = ImportOptions { steps, strict, ..ImportOptions::default() };
        (options.bits.weight, options.bits.membrane) = bits;
        (options.asked.dt, options.asked.max_spikes) = (dt, max_spikes);
        let words = [
            ("framework", "from", framework),
            ("integrator", "integrator", integrator),
            ("reset", "reset", reset),
            ("fires", "fires", fires),
            ("if_input", "if-input", if_input),
            ("lif_input", "lif-input", lif_input),
            ("cuba_input", "cuba-input", cuba_input),
        ];
        let set = |(argument, option, word): &(&str, &str, Option<&str>)| {
            let set = word.and_then(|word| options.set(option, word).err());
            set.map(|why| format!("{argument}: {why}"))
        };
        let problems: Vec<String> = words.iter().filter_map(set).collect();
        if !problems.is_empty() {
            return Err(PyValueError::new_err(problems.join("\n")));
        }
        let stimulus = match spikes.filter(|spikes| !spikes.is_none()) {
            None => Stimulus::default(),
            Some(spikes) => stimulus_of(spikes)?,
        };
        let bytes = graph_bytes(graph)?.ok_or_else(|| expected("graph", "a nir.NIRGraph", graph))?;
        let imported = heard(py, || imported(name, bytes.into(), options, &stimulus))?.map_err(to_py);
        let mut network = imported?.0;
        network.notes.extend(notes);
        Ok(NamedNetwork::in_memory(network.into()).into())
    }

    /// A network from synapses as arrays: neuron before, neuron after, whole weights, and delays in steps.
    ///
    /// ``neurons`` is a number of neurons: these spike when they have a ``threshold`` or more, and then start again at 0; each
    /// has an input, of which a spike makes it spike. Or it is a list of populations as in a network's file, each a dictionary
    /// with ``size``, ``neuron``, ``threshold`` and others; one with ``"input": True`` is an input. Numbers of neurons then go
    /// on from population to population.
    ///
    /// >>> import numpy as np
    /// >>> ring = np.arange(16)
    /// >>> network = sm.Network.sparse(ring, (ring + 1) % 16, np.full(16, 64), neurons=16)
    /// >>> spikes = np.zeros((20, 16), dtype=bool)
    /// >>> spikes[0, 0] = True
    /// >>> sm.run(network, chip="loihi", spikes=spikes).synaptic_operations.mean
    /// 21.0
    #[staticmethod]
    #[pyo3(signature = (pre, post, weight, *, neurons, delay=None, threshold=64, steps=None, name="sparse"))]
    #[expect(clippy::too_many_arguments, reason = "they are the parts of a network by name")]
    fn sparse(
        py: Python<'_>,
        pre: &Bound<'_, PyAny>,
        post: &Bound<'_, PyAny>,
        weight: &Bound<'_, PyAny>,
        neurons: &Bound<'_, PyAny>,
        delay: Option<&Bound<'_, PyAny>>,
        threshold: u32,
        steps: Option<u32>,
        name: &str,
    ) -> PyResult<Self> {
        let delay = delay.filter(|delay| !delay.is_none());
        let (pre, post, weight) = (integers("pre", pre)?, integers("post", post)?, integers("weight", weight)?);
        let delay = delay.map_or(Ok(vec![1]), |delay| integers("delay", delay))?;
        let populations = match neurons.extract::<u32>() {
            Ok(count) => Connections::plain(count, threshold),
            Err(_) => Connections::described(json_of("neurons", neurons)?),
        };
        let populations = populations.map_err(|why| PyValueError::new_err(format!("neurons: {why}")))?;
        let made = heard(py, || network_of_synapses(name, steps, populations, [&pre, &post, &weight, &delay]))?;
        let network = made.map_err(PyValueError::new_err)?.map_err(|error| to_py(error.into()))?;
        Ok(NamedNetwork::in_memory(network.into()).into())
    }

    /// The network as a ``nir.NIRGraph``: the graph that it was imported from, or a trained network in units of its weights.
    fn to_nir<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let bytes = self.graph()?;
        let file = py.import("io")?.call_method1("BytesIO", (PyBytes::new(py, &bytes),))?;
        py.import("nir")?.call_method1("read", (file,))
    }

    /// Writes it into a folder, as the commands ``import`` and ``train`` do.
    #[pyo3(signature = (folder, /))]
    fn save(&self, py: Python<'_>, folder: PathBuf) -> PyResult<()> {
        py.detach(|| self.found.save(&folder)).map_err(to_py)?;
        match self.history()? {
            Some(history) => history.save(folder.join(HISTORY), false),
            None => Ok(()),
        }
    }

    /// The history of its training: of a network that ``train`` gave, or that is in the folder of a training; None of others.
    #[getter]
    fn history(&self) -> PyResult<Option<TrainHistory>> {
        if let Some(history) = &self.trained {
            return Ok(Some(TrainHistory::new(Arc::clone(history))));
        }
        let (net::Network::Trained(_), Some(origin)) = (&self.found.network, &self.found.origin) else {
            return Ok(None);
        };
        let path = folder_of(Path::new(&origin.file)).join(HISTORY);
        if path.is_file() { TrainHistory::load(&path).map(Some) } else { Ok(None) }
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        self.found.name()
    }

    /// "untrained", "trained" or "sparse".
    #[getter]
    fn kind(&self) -> &'static str {
        match &self.found.network {
            net::Network::Untrained(_) => "untrained",
            net::Network::Trained(_) => "trained",
            net::Network::Sparse(_) => "sparse",
        }
    }

    /// Sentences on how it was imported, which reports repeat.
    #[getter]
    fn notes(&self) -> Vec<String> {
        let of_sparse = self.as_sparse().map_or(&[][..], |sparse| &sparse.notes);
        self.found.remarks.iter().chain(of_sparse).cloned().collect()
    }

    /// Names and sizes of the inputs of a sparse network.
    #[getter]
    fn inputs(&self) -> Vec<(String, u32)> {
        let inputs = self.as_sparse().map_or(Vec::new(), |sparse| sparse.graph.inputs());
        inputs.into_iter().map(|(name, size)| (name.to_owned(), size)).collect()
    }

    /// Time steps of an inference, or of a run; None where the network gives no number.
    #[getter]
    fn time_steps(&self) -> Option<u32> {
        match &self.found.network {
            net::Network::Untrained(architecture) => Some(architecture.time_steps),
            net::Network::Trained(trained) => Some(trained.quantised.spec.time_steps),
            net::Network::Sparse(sparse) => {
                sparse.samples.time_steps.or(sparse.graph.own_steps()).or(sparse.time_steps)
            }
        }
    }

    /// Of an imported network: the deviation of its integers from real numbers by layer, as ``import --json`` writes it; None
    /// of others.
    #[getter]
    fn deviation<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(deviation) = heard(py, || self.compared())?.map_err(to_py)? else { return Ok(None) };
        object(py, &import_json(self.name(), &deviation, &self.notes())).map(Some)
    }

    /// Of an imported network: the table of ``import``.
    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        let compared = heard(py, || self.compared())?.map_err(to_py)?;
        Ok(compared.map_or_else(|| self.__repr__(), |table| import_text(self.name(), &table, &self.notes(), 100)))
    }

    fn __repr__(&self) -> String {
        let of_sparse = self.as_sparse().map(|sparse| {
            let (neurons, synapses) = (sparse.graph.neurons(), sparse.graph.synapses.len());
            format!(", {neurons} neurons, {synapses} synapses")
        });
        format!("<Network {}: {}{}>", self.name(), self.kind(), of_sparse.unwrap_or_default())
    }

    /// From the files of a folder, for pickles.
    #[staticmethod]
    #[pyo3(signature = (name, files, facts=None))]
    fn _of_files(
        py: Python<'_>,
        name: String,
        mut files: Vec<(String, Vec<u8>)>,
        facts: Option<&str>,
    ) -> PyResult<Self> {
        let at = files.iter().position(|(name, _)| name == HISTORY);
        let history = at.map(|at| TrainHistory::parse(&files.remove(at).1)).transpose();
        let trained = history.map_err(|why| wrong(HISTORY, why))?.map(Arc::new);
        let read = |folder: &Path| match facts {
            Some(facts) => NamedNetwork::of_files(&name, &files, folder)?.with_facts(facts),
            None => NamedNetwork::of_files(&name, &files, folder),
        };
        let found = in_a_folder(py, |folder| heard(py, || read(folder))?.map_err(to_py))?;
        Ok(Self { trained, ..found.into() })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let kind = py.get_type::<Self>();
        if let Some(name) = &self.by_name {
            return Ok((kind.into_any(), (name,).into_pyobject(py)?.into_any()));
        }
        let mut files = in_a_folder(py, |folder| self.found.files(folder).map_err(to_py))?;
        files.extend(self.history()?.map(|history| (HISTORY.to_owned(), history.text().into_bytes())));
        let files: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), PyBytes::new(py, bytes))).collect();
        let parts = (self.name(), files, self.found.facts());
        Ok((kind.getattr("_of_files")?, parts.into_pyobject(py)?.into_any()))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyDict>) -> Py<Self> {
        slf
    }
}

impl Network {
    /// A network that was trained here.
    pub(crate) fn trained(found: NamedNetwork, history: Value) -> Self {
        Self { trained: Some(Arc::new(history)), ..found.into() }
    }

    fn as_sparse(&self) -> Option<&SparseNetwork> {
        match &self.found.network {
            net::Network::Sparse(sparse) => Some(sparse),
            _ => None,
        }
    }

    fn compared(&self) -> Result<Option<ImportedNetwork>, Error> {
        let Some(sparse) = self.as_sparse() else { return Ok(None) };
        let Some(origin) = &sparse.imported else { return Ok(None) };
        Original::of(origin)?.compare(sparse, &sparse.graph).map(Some)
    }

    /// The bytes of its NIR graph.
    fn graph(&self) -> PyResult<Vec<u8>> {
        let exported = |trained: &net::Trained| {
            let (graph, metadata) = nir::export(trained, nir::Values::Integer).map_err(PyValueError::new_err)?;
            nir::bytes(&graph, &metadata).map_err(|error| PyValueError::new_err(error.to_string()))
        };
        let name = self.name();
        match &self.found.network {
            net::Network::Trained(trained) => exported(trained),
            net::Network::Untrained(architecture) => match shipped(architecture) {
                Some(trained) => exported(&trained),
                None => Err(to_py(Error::Untrained { network: name.to_owned() })),
            },
            net::Network::Sparse(sparse) => match &sparse.imported {
                Some(origin) => match &origin.contents {
                    Some(bytes) => Ok(bytes.to_vec()),
                    None => std::fs::read(&origin.file).map_err(PyErr::from),
                },
                None => Err(wrong(
                    "network",
                    format!("{name} is a sparse network: layered and imported ones are NIR graphs"),
                )),
            },
        }
    }
}

/// Does something in a folder that is there until it is done.
fn in_a_folder<T>(py: Python<'_>, task: impl FnOnce(&Path) -> PyResult<T>) -> PyResult<T> {
    let folder = py.import("tempfile")?.call_method0("TemporaryDirectory")?;
    let path: PathBuf = folder.getattr("name")?.extract()?;
    let done = task(&path);
    folder.call_method0("cleanup")?;
    done
}

/// The file of a NIR graph, by its name.
fn is_graph(argument: &str) -> bool {
    Path::new(argument).extension().is_some_and(|extension| extension == "nir")
}

/// A network by name or path; a NIR graph is imported with the options that its file gives.
fn named(argument: &str, stimulus: &Stimulus) -> Result<NamedNetwork, Error> {
    match is_graph(argument) {
        true => NamedNetwork::of_graph(Path::new(argument), stimulus),
        false => catalog::named_network(argument),
    }
}

/// The bytes of the file of a `nir.NIRGraph`, or of its dictionary; `None` of anything else.
fn graph_bytes(graph: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    let py = graph.py();
    // A graph can only be there if its package is.
    let package = py.import("sys")?.getattr("modules")?.call_method1("get", ("nir",))?;
    let graph = match graph.cast::<PyDict>() {
        Ok(dict) if dict.contains("nodes")? => {
            let package = py.import("nir")?;
            let copy = py.import("copy")?.call_method1("deepcopy", (dict,))?;
            package.getattr("NIRGraph")?.call_method1("from_dict", (copy,))?
        }
        _ if package.is_none() => return Ok(None),
        _ => graph.clone(),
    };
    let package = py.import("nir")?;
    if !graph.is_instance(&package.getattr("NIRGraph")?)? {
        return Ok(None);
    }
    let file = py.import("io")?.call_method0("BytesIO")?;
    package.call_method1("write", (&file, graph))?;
    file.call_method0("getvalue")?.extract().map(Some)
}

/// What was given as a network.
#[derive(Clone)]
pub(crate) enum NetworkOf {
    /// A name or a path.
    Named(String),
    /// A NIR graph, as the bytes of its file.
    Graph(Arc<[u8]>),
    /// A network.
    Loaded(Network),
}

/// The network of an argument: a name, a path, a network, or a NIR graph.
pub(crate) fn workload_of(network: &Bound<'_, PyAny>) -> PyResult<NetworkOf> {
    if let Ok(network) = network.cast::<Network>() {
        return Ok(NetworkOf::Loaded(network.get().clone()));
    }
    if let Some(bytes) = graph_bytes(network)? {
        return Ok(NetworkOf::Graph(bytes.into()));
    }
    name_or_path("network", network).map(NetworkOf::Named).map_err(|error| {
        match error.is_instance_of::<PyTypeError>(network.py()) {
            true => expected("network", "a name, a path, a Network or a nir.NIRGraph", network),
            false => error,
        }
    })
}

impl NetworkOf {
    /// Loads it. This may take long, and needs no interpreter.
    pub(crate) fn network(&self, options: &WorkloadOptions) -> Result<Network, Error> {
        let stimulus = options.spikes.clone().unwrap_or_default();
        Ok(match self {
            Self::Named(name) => {
                let found = named(name, &stimulus)?;
                let by_name = found.origin.is_none().then(|| name.clone()).filter(|name| !is_graph(name));
                Network { by_name, ..found.into() }
            }
            Self::Graph(bytes) => {
                let network = imported("nir", Arc::clone(bytes), ImportOptions::default(), &stimulus)?.0;
                NamedNetwork::in_memory(network.into()).into()
            }
            Self::Loaded(network) => network.clone(),
        })
    }

    /// The same without what only Python has of it.
    pub(crate) fn found(&self, options: &WorkloadOptions) -> Result<Arc<NamedNetwork>, Error> {
        self.network(options).map(|network| network.found)
    }

    /// Loads it with its data.
    pub(crate) fn load(&self, options: &WorkloadOptions) -> Result<Workload, Error> {
        Workload::found(Arc::unwrap_or_clone(self.found(options)?), options)
    }
}
