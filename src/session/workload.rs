//! A network that is ready to be mapped and run, and its notes for reports.

use super::error::{Error, OptionField};
use super::memory::check_layers;
use crate::data::Dataset;
use crate::net::architecture::MAX_TIME_STEPS;
use crate::net::input::{AudioFrontEnd, AudioProgram};
use crate::net::quantised::QuantSpec;
use crate::net::samples::{Classifier, ClassifierOptions, Encode, SampleKind};
use crate::net::spikes::{Fed, NOTE};
use crate::net::{Graph, Layered, SparseNetwork, Trained};
use crate::report::{ContentDigest, FileOrigin};
use crate::train::Rule;
use std::sync::Arc;

/// Steps of a sparse network if neither the caller nor the network gives them.
pub const USUAL_STEPS: u32 = 100;

/// Note on a sparse network for which nothing gives a number of steps.
pub fn usual_steps() -> String {
    format!("{USUAL_STEPS} time steps, because neither the options nor the network give a number")
}

/// Note on a network whose file has no digest of its weights.
pub const UNDIGESTED: &str =
    "its file, of an earlier version, has no digest of its weights, so that nothing says that they belong to it";

/// Task of one run.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub enum RunTask {
    /// Inferences of the test samples of a data set, which the network encodes. Without a data set, the caller of
    /// [`Deployment::run_on`](super::Deployment::run_on) brings the samples.
    Inferences(Arc<Layered>, Option<Arc<Dataset>>),
    /// Inferences of the test samples of a data set by a sparse network that names their class. Without a data set, the
    /// caller brings the samples, as above.
    Samples(Arc<Classifier>, Option<Arc<Dataset>>),
    /// One run of a number of time steps.
    Steps(u32),
}

/// A network that is ready to be mapped and run, and its notes for reports.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Name of the network.
    pub name: String,
    /// Task of one run.
    pub task: RunTask,
    /// The network to map.
    pub graph: Arc<Graph>,
    /// Spikes of every neuron by which searches for a mapping count packets; without, each neuron has one.
    pub profile: Option<Arc<[u32]>>,
    /// Seed with which the network was generated; without, that of the mapping's options.
    pub seed: Option<u64>,
    /// Notes for the reader of a report.
    pub notes: Vec<String>,
    /// Citations: (what, text).
    pub sources: Vec<(String, String)>,
    /// Files and folders that stand for a built-in network or data set.
    pub origins: Vec<FileOrigin>,
    /// Digests of the network and its data, where they were found by name.
    pub digests: Vec<ContentDigest>,
    /// The imported network, if reports are to compare it with the one that it was made from.
    pub imported: Option<Arc<SparseNetwork>>,
}

impl Workload {
    /// A graph that runs once for a number of steps.
    pub fn steps(name: impl Into<String>, graph: Arc<Graph>, steps: u32) -> Self {
        Self::new(name.into(), RunTask::Steps(steps), graph)
    }

    /// An integer network and its graph; `data` provides its samples.
    pub fn layered(
        name: impl Into<String>,
        network: Arc<Layered>,
        graph: Arc<Graph>,
        data: Option<Arc<Dataset>>,
    ) -> Self {
        Self::new(name.into(), RunTask::Inferences(network, data), graph)
    }

    fn new(name: String, task: RunTask, graph: Arc<Graph>) -> Self {
        let (notes, sources, origins, digests) = Default::default();
        Self { name, task, graph, profile: None, seed: None, notes, sources, origins, digests, imported: None }
    }

    /// A trained network on a data set, for the steps of its training or for others, which the first note then states.
    /// Data that the network cannot read are an error. `remarks` are notes on the network's file.
    pub fn trained(
        trained: &Trained,
        data: Arc<Dataset>,
        steps: Option<u32>,
        remarks: Vec<String>,
    ) -> Result<Self, Error> {
        let (network, graph) = for_steps(trained, steps)?;
        Self::trained_as(trained, (network, graph), data, remarks)
    }

    /// The same of a network that [`for_steps`] made for its steps.
    #[doc(hidden)]
    pub fn trained_as(
        trained: &Trained,
        (network, graph): (Arc<Layered>, Arc<Graph>),
        data: Arc<Dataset>,
        remarks: Vec<String>,
    ) -> Result<Self, Error> {
        matches(trained, &data)?;
        let time_steps = network.spec.time_steps;
        let mut notes: Vec<String> = other_steps(trained, time_steps).into_iter().collect();
        notes.extend_from_slice(&data.notes);
        notes.extend((!trained.digested).then(|| UNDIGESTED.to_owned()));
        notes.extend(remarks);
        notes.extend(trained.architecture.audio.map(on_host));
        notes.extend(trained.folded.beyond_membranes(&network));
        let trained_on = &trained.meta.dataset;
        notes.extend(
            (data.trained_as() != trained_on).then(|| format!("trained on {trained_on}, run on {}", data.name)),
        );
        let sources = vec![
            ("training rule".into(), Rule::by_name(&trained.meta.rule).unwrap_or_default().source().into()),
            ("data".into(), data.source.clone()),
        ];
        let name = trained.architecture.name.clone();
        let plain = Self::layered(name, network, graph, Some(data));
        Ok(Self { seed: Some(trained.meta.seed), notes, sources, ..plain })
    }

    /// A sparse network with a number of steps: of every population if populations have a last step, else of the run.
    pub fn sparse(network: &SparseNetwork, steps: Option<u32>) -> Self {
        let (graph, own) = match steps.filter(|_| network.graph.own_steps().is_some()) {
            Some(steps) => {
                let (graph, all) = network.graph.run_of(steps);
                (graph.into_owned(), Some(all))
            }
            None => (network.graph.clone(), network.time_steps),
        };
        Self::of_sparse(network, graph, network.notes.clone(), steps, own)
    }

    /// A sparse network with other spikes of its sources than those of its file. The sentence on them replaces an
    /// earlier one among the network's notes.
    pub fn stimulated(network: &SparseNetwork, steps: Option<u32>, fed: Fed) -> Self {
        let mut notes = network.notes.clone();
        notes.retain(|note| !note.starts_with(NOTE));
        notes.push(fed.note.clone());
        let (graph, all) = network.graph.clone().run_on(fed, steps);
        Self::of_sparse(network, graph, notes, steps, Some(all))
    }

    /// A sparse network that names the class of each test sample of a data set. Samples are spike trains, which enter as
    /// they are, or values, which enter as `options` says.
    pub fn classifying(network: &SparseNetwork, data: Arc<Dataset>, options: SamplesAs) -> Result<Self, Error> {
        let steps = classifier_steps(network, options.steps, data.steps);
        if let Some(own) = data.steps.filter(|own| *own != steps) {
            let problem = format!("found {steps}, {} has spike trains of {own} steps", data.name);
            return Err(Error::field(OptionField::Steps, problem));
        }
        data.check_frames(&network.name, false)?;
        let kind = SampleKind {
            dataset: &data.name,
            shape: data.shape,
            classes: data.classes,
            full_scale: data.full_scale,
            trains: data.steps.is_some(),
        };
        let asked = ClassifierOptions { steps, encode: options.encode, seed: options.seed };
        let classifier = Arc::new(Classifier::new(network, kind, asked)?);
        let mut notes = network.notes.clone();
        notes.retain(|note| !note.starts_with(NOTE));
        notes.extend_from_slice(classifier.notes());
        notes.extend_from_slice(&data.notes);
        let sources = vec![("data".into(), data.source.clone())];
        let graph = Arc::clone(classifier.graph());
        let plain = Self::new(network.name.clone(), RunTask::Samples(classifier, Some(data)), graph);
        Ok(Self { seed: network.seed, notes, sources, ..plain })
    }

    fn of_sparse(
        network: &SparseNetwork,
        graph: Graph,
        notes: Vec<String>,
        asked: Option<u32>,
        own: Option<u32>,
    ) -> Self {
        let steps = match graph.own_steps() {
            Some(_) => own.or(asked),
            None => asked.or(own),
        };
        let plain = Self::steps(network.name.clone(), Arc::new(graph), steps.unwrap_or(USUAL_STEPS));
        Self { seed: network.seed, notes, ..plain }
    }
}

/// A trained network for the steps of its training or for others, and its graph, which can be mapped before any data are
/// loaded.
#[doc(hidden)]
pub fn for_steps(trained: &Trained, steps: Option<u32>) -> Result<(Arc<Layered>, Arc<Graph>), Error> {
    let own = trained.quantised.spec;
    let time_steps = layered_steps(steps, own.time_steps)?;
    check_layers(&trained.folded.stages)?;
    let network = trained.quantised_for(QuantSpec { time_steps, ..own });
    let graph = Graph::from_layered(&network);
    Ok((Arc::new(network), Arc::new(graph)))
}

/// How samples are run on a sparse network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamplesAs {
    /// Time steps of every layer; `None` for those of the data, else of the network.
    pub steps: Option<u32>,
    /// How values enter; `None` for constant currents, unless the network was made for spikes.
    pub encode: Option<Encode>,
    /// Seed of spikes that are drawn.
    pub seed: u64,
}

impl Default for SamplesAs {
    fn default() -> Self {
        Self { steps: None, encode: None, seed: 1 }
    }
}

/// Time steps of samples on a sparse network: those asked for, else those of the data, else the network's own.
#[doc(hidden)]
pub fn classifier_steps(network: &SparseNetwork, asked: Option<u32>, of_data: Option<u32>) -> u32 {
    let own = network.samples.time_steps.or(network.graph.own_steps()).or(network.time_steps);
    asked.or(of_data).or(own).unwrap_or(USUAL_STEPS)
}

/// Refuses data that the network cannot read.
pub fn matches(trained: &Trained, data: &Dataset) -> Result<(), Error> {
    Ok(data.check(&trained.architecture.name, &trained.quantised)?)
}

/// Number of test samples of a data set to run: all, or the requested number.
pub fn samples(asked: Option<usize>, data: &Dataset) -> Result<usize, Error> {
    let available = data.test.len();
    let count = asked.unwrap_or(available);
    if !(1..=available).contains(&count) {
        let problem = format!("found {count}, {} has {available} test samples", data.name);
        return Err(Error::field(OptionField::Samples, problem));
    }
    Ok(count)
}

/// Time steps of a layered network: its own, or the requested number.
pub fn layered_steps(asked: Option<u32>, own: u32) -> Result<u32, Error> {
    let steps = asked.unwrap_or(own);
    if !(1..=MAX_TIME_STEPS).contains(&steps) {
        let problem = match steps {
            0 => "found 0, allowed: 1 and more".into(),
            _ => format!("found {steps}, a layered network takes at most {MAX_TIME_STEPS}"),
        };
        return Err(Error::field(OptionField::Steps, problem));
    }
    Ok(steps)
}

/// Note on the work of a host before a network reads a recording.
fn on_host(audio: AudioFrontEnd) -> String {
    let of = if audio.streams { "frame of a recording" } else { "recording" };
    format!(
        "the host makes values of each {of} with {} multiplications of integers, which no figure of the chip includes",
        AudioProgram::new(audio).multiplications()
    )
}

/// Note on a network that runs for other steps than those of its training.
fn other_steps(trained: &Trained, time_steps: u32) -> Option<String> {
    let trained_for = trained.quantised.spec.time_steps;
    let biases = match (trained.folded.encoding.reads_trains(), time_steps > trained_for) {
        (true, _) => "the spike trains were cut into these steps, and so was each bias",
        (false, true) => "each step has the bias that it had in training",
        (false, false) => "the whole bias is kept, in fewer steps, where accuracy falls",
    };
    (time_steps != trained_for).then(|| {
        format!("trained with T = {trained_for}, quantised again from the real weights for T = {time_steps}: {biases}")
    })
}
