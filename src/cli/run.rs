//! `run`: the main command.

use super::args::{RunArguments, TimingArg};
use super::outputs::{OUTPUT_ARRAYS, Outputs, RUN_PAGE};
use super::progress::Ui;
use super::report::{ReportFiles, finish};
use super::trace::Traces;
use super::{Done, Failure, classify, find, nir, posteriors, provenance, real, spikes, trace, write_page};
use crate::data::{Dataset, Wanted};
use crate::files::{FileKind, write_atomically};
use crate::hw::Chip;
use crate::map::Arranged;
use crate::model::StepTimer;
use crate::net::{Architecture, Graph, Layered, Network, SparseNetwork, Trained};
use crate::report::{ImportedNetwork, RUN_SCHEMA, RunHost, SourceKind, Summary};
use crate::run::{Unwatched, has_time_for};
use crate::session::catalog::{self, Changed, DataOptions, NamedNetwork, data_origin};
use crate::session::{self, Outcome, RunPage, RunTask, Session, Training, Workload, layered_steps};
use crate::system::Contention;
use crate::train::Config;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

pub(super) fn run(options: &RunArguments, ui: &Ui) -> Done {
    let started = Instant::now();
    let Changed { chip, notes: changes, origin, .. } =
        find::chip(&options.target.chip.chip, &options.target.chip.changes)?;
    session::calibration_of(&chip, options.calibration.as_deref())?;
    let chip = Arc::new(chip);
    // Reports errors in the arguments before minutes are spent on a training.
    find::mapping(&options.target, options.effort.seed)?;
    let outputs = Outputs::new(options.replace.overwrite)
        .with("--json", options.json.as_ref(), FileKind::Json { schema: RUN_SCHEMA })
        .with("--html", options.html.as_ref(), RUN_PAGE)
        .with("--outputs", options.outputs.as_ref(), OUTPUT_ARRAYS);
    let outputs = posteriors::outputs(options.posteriors.as_deref(), outputs)?;
    trace::check(&options.traces, outputs)?;
    let mut comparison = None;
    let NamedNetwork { network, origin: network_origin, remarks, .. } = find::network(options.target.network.name())?;
    let folders = find::folders(&options.input.folders);
    let Ran { mut summary, parts, traced } = match network {
        Network::Sparse(_) if options.posteriors.is_some() => return Err(posteriors::of_sparse()),
        Network::Sparse(network) => match &options.input.data {
            Some(data) => classify(options, &chip, (&network, data), ui)?,
            None => sparse(options, &chip, &network, ui, &mut comparison)?,
        },
        Network::Trained(network) => {
            let mapped = LayeredMapping::of(options, &chip, *network)?;
            let wanted = (mapped.network.spec.time_steps, wanted(options));
            let dataset = catalog::data_for(&mapped.trained, options.input.data.as_ref(), &folders, wanted)?;
            layered(options, &chip, mapped, (find::noted(dataset), remarks), ui)?
        }
        Network::Untrained(architecture) => {
            let (network, dataset) = trained_or_cached(options, &chip, &architecture, &folders, ui)?;
            let mapped = LayeredMapping::of(options, &chip, network)?;
            let wanted = (mapped.network.spec.time_steps, wanted(options));
            let load = || catalog::data_named(&architecture, options.input.data.as_ref(), &folders, wanted);
            let dataset = find::noted(dataset.map_or_else(load, Ok)?);
            provenance::note(SourceKind::Network, &architecture.name, catalog::trained_digest(&mapped.trained));
            layered(options, &chip, mapped, (dataset, remarks), ui)?
        }
    };
    summary.header.notes.extend(changes);
    // Before the data, whose origin is there already.
    summary.header.origins.splice(0..0, origin.into_iter().chain(network_origin));
    summary.imported = comparison;
    summary.header.wall_seconds = started.elapsed().as_secs_f64();
    summary.header.digests = provenance::digests();
    summary.header.host = Some(RunHost {
        command: provenance::this_command(),
        threads: u32::try_from(summary.header.threads).ok(),
        wall_seconds: Some(summary.header.wall_seconds),
    });
    if let Some((path, parts)) = options.html.as_ref().zip(parts) {
        write_page(path, &parts.html(&summary, &provenance::this_command()))?;
    }
    let (json, page) = (options.json.as_deref(), options.html.as_deref());
    finish(&summary, options.detail, ReportFiles { json, page, traces: &traced, draws: true, advises: true }, ui)
}

/// Parts of the data that a run takes: training samples only for a profile.
fn wanted(options: &RunArguments) -> Wanted {
    if options.target.profile.profile > 0 { Wanted::All } else { Wanted::Test }
}

/// The trained form of a network; and its data cut into the steps of the run, if they were loaded to train it.
fn trained_or_cached(
    options: &RunArguments,
    chip: &Arc<Chip>,
    architecture: &Architecture,
    folders: &DataOptions,
    ui: &Ui,
) -> Result<(Trained, Option<Dataset>), Failure> {
    let asked = layered_steps(options.steps, architecture.time_steps)?;
    let time = has_time_for(asked, chip.stepping.most_steps());
    time.map_err(|error| find::of_chip(&options.target.chip.chip, &error))?;
    let data = options.input.data.as_ref();
    let load = |wanted| catalog::data_named(architecture, data, folders, (architecture.time_steps, wanted));
    let config = Config::of(architecture, options.effort.seed, find::threads(options.effort.threads));
    let cache = find::cache(&options.input.cache);
    let training = |dataset| Training {
        architecture,
        dataset,
        config: &config,
        cache: &cache,
        follow: ui as &dyn session::Follow,
    };
    // A kept network of a registered data set is found without a sample of it.
    let known = catalog::to_identify(data.unwrap_or(&architecture.dataset));
    let facts = if known == Wanted::Nothing { Some(load(known)?) } else { None };
    let other = |dataset: &Dataset| dataset.steps.is_some_and(|steps| steps != asked);
    if let Some(network) = facts.as_ref().and_then(|facts| training(facts).kept()) {
        // Data that come with the program are loaded already.
        return Ok((network, facts.filter(|facts| !facts.test.is_empty() && !other(facts))));
    }
    // Reports a network that does not fit the chip before its data are unpacked and minutes are spent on its training.
    session::check_layers(&architecture.stages())?;
    fits(options, chip, Arc::new(Graph::by_shape(architecture)))?;
    let dataset = load(Wanted::All)?;
    session::samples(options.input.samples.map(|samples| samples as usize), &dataset)?;
    let network = training(&dataset).trained()?;
    // Spike trains are cut into the steps of the run.
    let other = other(&dataset);
    Ok((network, (!other).then_some(dataset)))
}

/// Checks that a network fits the chip, whatever its weights. A quick mapping is enough for that.
fn fits(options: &RunArguments, chip: &Arc<Chip>, graph: Arc<Graph>) -> Result<(), Failure> {
    let quick = find::mapping(&options.target, options.effort.seed)?.quick();
    let session = Session::new(Arc::clone(chip), Workload::steps("", Arc::clone(&graph), 0));
    let found = session.arrange(&quick);
    found.map(drop).map_err(|error| find::advised(&error, &options.target, &graph))
}

/// A trained network for the steps of a run, and its mapping, which needs no data.
struct LayeredMapping {
    trained: Trained,
    network: Arc<Layered>,
    graph: Arc<Graph>,
    /// The mapping; none yet where packets are counted by a profile.
    arranged: Option<Arranged>,
}

impl LayeredMapping {
    /// Maps a network, so that one that does not fit is reported before its data are unpacked.
    fn of(options: &RunArguments, chip: &Arc<Chip>, trained: Trained) -> Result<Self, Failure> {
        if !options.spikes.is_empty() {
            return Err(Failure("--spikes: a layered network takes samples of a data set".into()));
        }
        if options.encode.is_some() {
            return Err(Failure("--encode: a layered network defines how samples enter it".into()));
        }
        let (network, graph) = session::for_steps(&trained, options.steps)?;
        posteriors::check(options.posteriors.as_deref(), &network)?;
        let how = find::mapping(&options.target, options.effort.seed)?;
        let arranged = if options.target.profile.profile == 0 {
            let session = Session::new(Arc::clone(chip), Workload::steps("", Arc::clone(&graph), 0));
            let arranged = session.arrange(&how);
            Some(arranged.map_err(|error| find::of_target(&error, &options.target, &graph))?)
        } else {
            if how.file.is_none() {
                fits(options, chip, Arc::clone(&graph))?;
            }
            None
        };
        Ok(Self { trained, network, graph, arranged })
    }
}

/// What a run gives.
struct Ran {
    summary: Summary,
    parts: Option<RunPage>,
    /// What was traced, a line for each file.
    traced: Vec<String>,
}

fn layered(
    options: &RunArguments,
    chip: &Arc<Chip>,
    mapped: LayeredMapping,
    (dataset, remarks): (Dataset, Vec<String>),
    ui: &Ui,
) -> Result<Ran, Failure> {
    let LayeredMapping { trained, network, graph, arranged } = mapped;
    let dataset = Arc::new(dataset);
    let mut workload = Workload::trained_as(&trained, (network, graph), Arc::clone(&dataset), remarks)?;
    let own = trained.quantised.spec.time_steps;
    if let (Some(steps), Some(note)) = (options.steps.filter(|steps| *steps != own), workload.notes.first_mut()) {
        *note += &format!("; train with --steps {steps} for a network of that T");
    }
    if let RunTask::Inferences(network, _) = &workload.task {
        if options.target.profile.profile > 0 {
            dataset.check_training().map_err(|why| Failure(format!("--profile: {why}")))?;
        }
        workload.profile = session::profile(options.target.profile.profile, network, &dataset, ui).map(Arc::from);
    }
    let mut ran = simulate(options, chip, (workload, arranged), ui)?;
    ran.summary.header.origins.extend(data_origin(&dataset));
    Ok(ran)
}

/// Maps a workload that is not mapped yet, runs it, and reports why the run ended early, if it did.
fn simulate(
    options: &RunArguments,
    chip: &Arc<Chip>,
    (workload, arranged): (Workload, Option<Arranged>),
    ui: &Ui,
) -> Result<Ran, Failure> {
    let mut how = find::mapping(&options.target, options.effort.seed)?;
    if options.timing == TimingArg::Ideal {
        how.timing = Contention::Ignored;
    }
    let graph = Arc::clone(&workload.graph);
    let session = Session::new(Arc::clone(chip), workload).calibrated(options.calibration.as_deref())?;
    let again = options.advise.then(|| session.clone());
    let failed = |error| find::of_target(&error, &options.target, &graph);
    let arranged = arranged.map_or_else(|| session.arrange(&how), Ok).map_err(failed)?;
    let deployment = session.deploy(arranged, &how).map_err(failed)?;
    let run = session::RunOptions {
        samples: options.input.samples.map(|samples| samples as usize),
        threads: find::threads(options.effort.threads),
        shards: options.shards as usize,
        ann_costs: options.ann_costs.unwrap_or_default(),
        outputs: options.outputs.is_some() || options.posteriors.is_some(),
        ..session::RunOptions::default()
    };
    let length = deployment.length(&run)?;
    let mut traces = trace::open(&options.traces, options.replace.overwrite, || deployment.scene())?;
    if let (Some(traces), false) = (&traces, matches!(deployment.workload().task, RunTask::Steps(_))) {
        traces.tell(length as usize, ui);
    }
    let spread = StepTimer::fits(&deployment.system().tables);
    let unit = if matches!(deployment.workload().task, RunTask::Inferences(..)) { "samples" } else { "steps" };
    let bar = ui.run_bar(length, options.max_seconds, options.max_events).counting(unit);
    let outcome = deployment.run_traced(&run, &bar, traces.as_mut().map(Traces::traced));
    let reason = bar.reason();
    drop(bar);
    let outcome = outcome?;
    if run.shards > 1 && spread {
        ui.shards_are_not_needed(run.shards);
    }
    if let Some(events) = outcome.steps().and_then(|steps| steps.too_little) {
        ui.shards_do_not_pay(run.shards, events);
    }
    if let Some(path) = &options.outputs {
        write_outputs(path, &outcome)?;
    }
    if let Some(path) = &options.posteriors {
        posteriors::write(path, &outcome, &deployment.workload().task)?;
    }
    let parts = options.html.as_ref().map(|_| RunPage::of(deployment, &outcome, &Unwatched)).transpose()?;
    let mut summary = outcome.into_summary();
    if let Some(mark) = &mut summary.interrupted {
        mark.reason = Some(reason);
    }
    if let Some(session) = again {
        let bar = ui.run_bar(length, None, None).counting("trials");
        summary.advice = session.advise(&how, &run, &summary, &bar)?;
    }
    let traced = traces.as_ref().map(Traces::written).unwrap_or_default();
    Ok(Ran { summary, parts, traced })
}

fn write_outputs(path: &Path, outcome: &Outcome) -> Result<(), Failure> {
    let unwritable = |error| Failure(format!("{}: cannot be written: {error}", path.display()));
    outcome.npz().and_then(|bytes| write_atomically(path, &bytes)).map_err(unwritable)
}

/// Runs the samples of a data set on a sparse network.
fn classify(
    options: &RunArguments,
    chip: &Arc<Chip>,
    (network, data): (&SparseNetwork, &str),
    ui: &Ui,
) -> Result<Ran, Failure> {
    let (workload, dataset) = classify::workload(options, network, data, ui)?;
    let task = workload.task.clone();
    let mut ran = simulate(options, chip, (workload, None), ui)?;
    classify::add_original(&mut ran.summary, network, (&task, &dataset), find::threads(options.effort.threads));
    ran.summary.header.origins.extend(data_origin(&dataset));
    Ok(ran)
}

fn fed(options: &RunArguments, network: &SparseNetwork) -> Result<Workload, Failure> {
    if options.spikes.is_empty() {
        return Ok(Workload::sparse(network, options.steps));
    }
    Ok(Workload::stimulated(network, options.steps, spikes::given(&options.spikes, &network.graph)?))
}

/// Compares an imported network with the real one, and adds notes.
fn beside(
    options: &RunArguments,
    network: &SparseNetwork,
    fed: &Graph,
    notes: &mut Vec<String>,
) -> Result<Option<ImportedNetwork>, Failure> {
    let compared = network.imported.as_ref().map(|origin| nir::compare(origin, network, fed));
    let comparison = match compared {
        None if options.strict => return Err(Failure("--strict: applies only to networks written by import".into())),
        None => return Ok(None),
        Some(Err(why)) if options.strict => return Err(why),
        Some(Err(Failure(why))) => {
            notes.push(format!("not compared with real numbers: {why}"));
            return Ok(None);
        }
        Some(Ok(comparison)) => comparison,
    };
    notes.extend(session::little_room(network, comparison.steps).map(|note| nir::in_options(&note)));
    if options.strict && !comparison.warnings.is_empty() {
        return Err(real::does_not_follow(&comparison.warnings));
    }
    real::warn(&comparison);
    Ok(Some(comparison))
}

fn sparse(
    options: &RunArguments,
    chip: &Arc<Chip>,
    network: &SparseNetwork,
    ui: &Ui,
    comparison: &mut Option<ImportedNetwork>,
) -> Result<Ran, Failure> {
    classify::needs_data(options)?;
    let mut workload = fed(options, network)?;
    *comparison = beside(options, network, &workload.graph, &mut workload.notes)?;
    if options.steps.is_none() && options.spikes.is_empty() && network.time_steps.is_none() {
        workload.notes.push(session::usual_steps());
    }
    simulate(options, chip, (workload, None), ui)
}
