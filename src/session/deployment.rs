//! From a chip and a workload to a runnable system, and to its outcome.

use super::catalog::Changed;
use super::error::{Error, OptionField};
use super::memory::check_mapping;
use super::options::{MapOptions, RunOptions};
use super::original;
use super::outcome::{Outcome, Results};
use super::workload::{self, RunTask, Workload};
use crate::data::{Mismatch, Split};
use crate::hw::{Calibration, Chip};
use crate::json::{Document, unknown};
use crate::map::{self, Arranged, Mapping};
use crate::net::Graph;
use crate::report::{
    BatchInput, ContentDigest, Context, FileOrigin, RunDetails, RunHeader, SourceKind, SparseInput, summarise_batch,
    summarise_sparse,
};
use crate::run::{Job, KeptValues, Runner, Shards, Subject, Traced, Watch, run_batch_with, run_sparse, trace_sparse};
use crate::system::{self, Contention, System};
use crate::trace::scene::Scene;
use std::sync::Arc;

/// A chip, one of its tables of constants, and a network to run on it.
#[derive(Clone, Debug)]
pub struct Session {
    chip: Arc<Chip>,
    calibration: usize,
    workload: Workload,
    facts: ChipFacts,
}

/// Facts about the file of a chip, for the reports of its runs.
#[derive(Clone, Debug, Default)]
struct ChipFacts {
    notes: Vec<String>,
    origin: Option<FileOrigin>,
    digest: Option<u64>,
}

impl Session {
    /// A chip with its default constants, and a workload.
    pub fn new(chip: impl Into<Arc<Chip>>, workload: Workload) -> Self {
        Self { chip: chip.into(), calibration: 0, workload, facts: ChipFacts::default() }
    }

    /// The same session with the facts about a chip that was found by name: reports of its runs have them.
    #[doc(hidden)]
    pub fn found(mut self, chip: &Changed) -> Self {
        let Changed { notes, origin, digest, .. } = chip;
        self.facts = ChipFacts { notes: notes.clone(), origin: origin.clone(), digest: Some(*digest) };
        self
    }

    /// The same session with the constants of that name; `None` for the default ones.
    pub fn calibrated(mut self, name: Option<&str>) -> Result<Self, Error> {
        self.calibration = calibration(&self.chip, name)?;
        Ok(self)
    }

    pub(super) fn shared_chip(&self) -> Arc<Chip> {
        Arc::clone(&self.chip)
    }

    /// Notes on the chip's file.
    pub(super) fn chip_notes(&self) -> &[String] {
        &self.facts.notes
    }

    /// Files that are not built in.
    pub(super) fn origins(&self) -> Vec<FileOrigin> {
        origins(&self.facts, &self.workload)
    }

    /// Digests of what was read.
    pub(super) fn digests(&self) -> Vec<ContentDigest> {
        digests(&self.chip, &self.facts, &self.workload)
    }

    /// The same session on a chip of other limits.
    pub(super) fn on(self, chip: Chip) -> Self {
        Self { chip: Arc::new(chip), ..self }
    }

    /// The chip.
    pub fn chip(&self) -> &Chip {
        &self.chip
    }

    /// The workload.
    pub fn workload(&self) -> &Workload {
        &self.workload
    }

    /// Maps the network: by a search, or by a mapping file.
    pub fn arrange(&self, options: &MapOptions) -> Result<Arranged, Error> {
        if let Some(path) = &options.file {
            return self.arrange_as(Document::open(path, map::MAX_FILE_BYTES)?, options);
        }
        let Workload { graph, profile, .. } = &self.workload;
        check_mapping(graph)?;
        Ok(map::arrange(graph, &self.chip, options.search, profile.as_deref())?)
    }

    /// Maps the network as a mapping file says whose contents are in memory.
    #[doc(hidden)]
    pub fn arrange_as(&self, mapping: Document, options: &MapOptions) -> Result<Arranged, Error> {
        let Workload { graph, profile, .. } = &self.workload;
        check_mapping(graph)?;
        let document = mapping.only_of(&["spikemesh.mapping"])?;
        Ok(map::load(document, graph, &self.chip, options.search, profile.as_deref())?)
    }

    /// Maps the network and builds the system that runs it.
    pub fn map(self, options: &MapOptions) -> Result<Deployment, Error> {
        let arranged = self.arrange(options)?;
        self.deploy(arranged, options)
    }

    /// Builds the system for a mapping from [`Session::arrange`], which may have been changed since.
    pub fn deploy(self, arranged: Arranged, options: &MapOptions) -> Result<Deployment, Error> {
        let Arranged { graph, mapping } = arranged;
        let Self { chip, calibration, workload, facts } = self;
        let table = &chip.calibrations[calibration];
        let system = system::build_seeded(&graph, &chip, table, &mapping, options.timing, options.seed)?;
        let (timing, seed) = (options.timing, options.seed);
        Ok(Deployment { chip, calibration, workload, facts, graph, mapping, system, timing, seed })
    }
}

fn origins(facts: &ChipFacts, workload: &Workload) -> Vec<FileOrigin> {
    facts.origin.iter().chain(&workload.origins).cloned().collect()
}

fn digests(chip: &Chip, facts: &ChipFacts, workload: &Workload) -> Vec<ContentDigest> {
    let mut digests = workload.digests.clone();
    let of_chip = |digest| ContentDigest { what: SourceKind::Chip.name(), name: chip.name.clone(), digest };
    digests.extend(facts.digest.map(of_chip));
    digests.sort_by(|a, b| (a.what, &a.name).cmp(&(b.what, &b.name)));
    digests
}

fn calibration(chip: &Chip, name: Option<&str>) -> Result<usize, Error> {
    let Some(name) = name else { return Ok(0) };
    let known: Vec<&str> = chip.calibrations.iter().map(|c| c.name.as_str()).collect();
    let unknown = || {
        let problem = match known[..] {
            [] => format!("found \"{name}\", but chip {} has no calibration", chip.name),
            _ => format!("{} (of chip {})", unknown(name, &known), chip.name),
        };
        Error::field(OptionField::Calibration, problem)
    };
    known.iter().position(|calibration| *calibration == name).ok_or_else(unknown)
}

/// The calibration with a name, or the default one, of a chip outside a session.
pub fn calibration_of<'c>(chip: &'c Chip, name: Option<&str>) -> Result<&'c Calibration, Error> {
    calibration(chip, name).map(|position| &chip.calibrations[position])
}

/// A network on a chip: mapped, built, and ready to run any number of times. It owns all its parts.
#[derive(Clone, Debug)]
pub struct Deployment {
    chip: Arc<Chip>,
    calibration: usize,
    workload: Workload,
    facts: ChipFacts,
    graph: Graph,
    mapping: Mapping,
    system: System,
    timing: Contention,
    seed: u64,
}

impl Deployment {
    /// The chip.
    pub fn chip(&self) -> &Chip {
        &self.chip
    }

    /// The constants in use.
    pub fn calibration(&self) -> &Calibration {
        &self.chip.calibrations[self.calibration]
    }

    /// The workload.
    pub fn workload(&self) -> &Workload {
        &self.workload
    }

    /// The mapped network.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The mapping of neurons to cores and sites.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The system.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// Names for traces: routers, links, cores and populations.
    pub fn scene(&self) -> Scene {
        self.system.scene(&self.graph, &self.chip, self.calibration(), &self.mapping)
    }

    /// The system at rest, to be run step by step.
    pub fn runner(&self) -> Runner<'_> {
        Runner::new(&self.system, Shards::default())
    }

    /// Samples or time steps of a run with these options. No samples, and more than there are, are errors.
    pub fn length(&self, options: &RunOptions) -> Result<u64, Error> {
        match &self.workload.task {
            RunTask::Inferences(_, Some(data)) | RunTask::Samples(_, Some(data)) => {
                Ok(workload::samples(options.samples, data)? as u64)
            }
            RunTask::Inferences(_, None) | RunTask::Samples(_, None) => {
                Err(Error::NoData { network: self.workload.name.clone() })
            }
            RunTask::Steps(steps) => Ok(options.steps.unwrap_or(*steps).into()),
        }
    }

    /// Runs the workload: the test samples of its data set, or its time steps.
    pub fn run(&self, options: &RunOptions, watch: &dyn Watch) -> Result<Outcome, Error> {
        self.run_traced(options, watch, None)
    }

    /// Runs the workload like [`Deployment::run`], with the same outcome, and traces the run.
    pub fn run_traced(
        &self,
        options: &RunOptions,
        watch: &dyn Watch,
        traced: Option<Traced<'_>>,
    ) -> Result<Outcome, Error> {
        let length = self.length(options)?;
        match &self.workload.task {
            RunTask::Inferences(_, Some(data)) | RunTask::Samples(_, Some(data)) => {
                self.infer(&data.test, options, watch, traced)
            }
            _ => self.step(length as u32, options, watch, traced),
        }
    }

    /// Runs a network on samples other than those of its data set. The network must be able to read them.
    pub fn run_on(&self, samples: &Split, options: &RunOptions, watch: &dyn Watch) -> Result<Outcome, Error> {
        self.infer(samples, options, watch, None)
    }

    fn infer(
        &self,
        samples: &Split,
        options: &RunOptions,
        watch: &dyn Watch,
        traced: Option<Traced<'_>>,
    ) -> Result<Outcome, Error> {
        let network = match &self.workload.task {
            RunTask::Inferences(network, _) => Subject::Layered(network),
            RunTask::Samples(network, _) => Subject::Sparse(network),
            RunTask::Steps(_) => return Err(Mismatch::Count { asked: samples.len(), available: 0 }.into()),
        };
        let count = options.samples.unwrap_or(samples.len());
        let (system, graph, threads) = (&self.system, &self.graph, options.threads);
        let job = Job { system, graph, network, samples, count, threads };
        let result =
            run_batch_with(job, watch, KeptValues { neurons: options.neurons, outputs: options.outputs }, traced)?;
        let input = BatchInput { network, asked: count, result: &result, ann_costs: options.ann_costs };
        let mut summary = summarise_batch(self.header(options), self.context(), input);
        original::add(&mut summary, &self.workload, Some(samples), (threads, watch));
        Ok(Outcome::new(summary, Results::Inferences(result)))
    }

    fn step(
        &self,
        steps: u32,
        options: &RunOptions,
        watch: &dyn Watch,
        traced: Option<Traced<'_>>,
    ) -> Result<Outcome, Error> {
        let split = Shards { count: options.shards, threads: options.threads };
        let result = match traced {
            None => run_sparse(&self.system, &self.graph, steps, split, watch)?,
            Some(traced) => trace_sparse(&self.system, &self.graph, steps, split, watch, traced)?,
        };
        let input = SparseInput { steps, result: &result };
        let mut summary = summarise_sparse(self.header(options), self.context(), input);
        original::add(&mut summary, &self.workload, None, (options.threads, watch));
        Ok(Outcome::new(summary, Results::Steps(result)))
    }

    /// What a run of this deployment counted by core and by link, which its report does not have.
    pub fn details(&self, outcome: &Outcome) -> RunDetails {
        let link_flits = match outcome.results() {
            Results::Inferences(result) => &result.link_flits,
            Results::Steps(result) => &result.link_flits,
        };
        RunDetails::of(self.context(), outcome.summary().samples, outcome.cores(), link_flits)
    }

    fn context(&self) -> Context<'_> {
        let Self { chip, graph, mapping, system, .. } = self;
        Context { chip, calibration: self.calibration(), graph, mapping, system }
    }

    /// Note on a network that was trained for the neuron of another chip.
    fn other_neuron(&self) -> Option<String> {
        let RunTask::Inferences(network, _) = &self.workload.task else { return None };
        let params = network.params(0);
        if network.neuron.is_tandem() || self.chip.has_neuron(&params) {
            return None;
        }
        let (name, neuron) = (&self.chip.name, params.name());
        Some(format!(
            "trained for the neuron \"{neuron}\", which {name} does not have: that its chip does what was trained, to the \
             spike, no longer holds here"
        ))
    }

    fn header(&self, options: &RunOptions) -> RunHeader {
        let Workload { name, task, seed, notes, sources, .. } = &self.workload;
        let (dataset, part) = match task {
            RunTask::Inferences(_, data) => {
                (data.as_ref().map(|data| &data.name), data.as_ref().and_then(|data| data.part_of))
            }
            RunTask::Samples(_, data) => (data.as_ref().map(|data| &data.name), None),
            RunTask::Steps(_) => (None, None),
        };
        let mut notes = notes.clone();
        notes.extend(self.other_neuron());
        notes.extend_from_slice(&self.facts.notes);
        let origins = origins(&self.facts, &self.workload);
        let digests = digests(&self.chip, &self.facts, &self.workload);
        RunHeader {
            network: name.clone(),
            dataset: dataset.cloned(),
            dataset_part: part.map(|part| part.what.to_owned()),
            seed: seed.unwrap_or(self.seed),
            timing: match self.timing {
                Contention::Modelled => "event",
                Contention::Ignored => "ideal",
            },
            threads: options.threads,
            wall_seconds: 0.0,
            made_by: Some(concat!("spikemesh ", env!("CARGO_PKG_VERSION")).to_owned()),
            host: None,
            notes,
            origins,
            digests,
            sources: sources.clone(),
        }
    }
}
