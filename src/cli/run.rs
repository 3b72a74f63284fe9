//! `run`: the main job.

use super::args::{RunOptions, TimingArg};
use super::find::Changed;
use super::map::profile;
use super::outputs::{Outputs, RUN_PAGE};
use super::page::{Parts, Subject};
use super::progress::Ui;
use super::report::finish;
use super::train::{kept, trained};
use super::{Done, Failure, find, folder, real, spikes, trace, weights};
use crate::data::Dataset;
use crate::files::FileKind;
use crate::hw::{Calibration, Chip};
use crate::map::place::Placer;
use crate::map::{self, Arranged, Partitioner};
use crate::net::architecture::MAX_TIME_STEPS;
use crate::net::input::Encoding;
use crate::net::nir::Comparison;
use crate::net::quantised::QuantSpec;
use crate::net::{Architecture, Graph, Layered, Network, SparseNetwork, Trained};
use crate::report::{
    BatchInput, Context, Header, ImportedNetwork, RUN_SCHEMA, Reason, SparseInput, Summary, summarise_batch,
    summarise_sparse,
};
use crate::run::{Job, Shards, has_time_for, run_batch, run_sparse, trace_batch, trace_sparse};
use crate::system::{self, Contention, System};
use crate::train::Config;
use std::path::Path;
use std::time::Instant;

/// Sources of the training rules, by name.
const RULES: &[(&str, &str)] = &[
    ("tandem", TANDEM),
    (
        "progressive",
        "Wu et al. 2021, Progressive Tandem Learning for Pattern Recognition with Deep Spiking Neural Networks, IEEE TPAMI, arXiv:2007.01204",
    ),
    (
        "local",
        "Yang et al. 2022, Training Spiking Neural Networks with Local Tandem Learning, NeurIPS, arXiv:2210.04532",
    ),
];
const TANDEM: &str = "Wu et al. 2021, A Tandem Learning Rule for Effective Training and Rapid Inference of Deep Spiking Neural Networks, IEEE TNNLS, doi:10.1109/TNNLS.2021.3095724";

/// Steps of a sparse network that names none.
const SPARSE_STEPS: u32 = 100;

/// The `run` command.
pub(super) fn run(options: &RunOptions, ui: &Ui) -> Done {
    let started = Instant::now();
    let Changed { chip, notes: changes, origin } = find::chip_with(&options.target.chip, &options.set)?;
    let calibration = calibration(&chip, options.calibration.as_deref())?;
    // What is wrong with the arguments is said before minutes are spent on a training.
    find::mapping(&options.target, options.effort.seed)?;
    let outputs = Outputs::new(options.replace.overwrite)
        .with("--json", options.json.as_ref(), FileKind::Json { schema: RUN_SCHEMA })
        .with("--html", options.html.as_ref(), RUN_PAGE);
    trace::check(&options.traces, outputs)?;
    let mut comparison = None;
    let (network, network_origin) = find::named_network(&options.target.network)?;
    let (mut summary, parts) = match network {
        Network::Sparse(network) => sparse(options, &chip, calibration, &network, ui, &mut comparison)?,
        Network::Trained(network) => {
            let steps = steps(options, network.quantised.spec.time_steps)?;
            let dataset = find::data_for(&network, options.data.as_ref(), &options.folders, steps)?;
            layered(options, &chip, calibration, &network, &dataset, ui)?
        }
        Network::Untrained(architecture) => {
            let name = options.data.as_deref().unwrap_or(&architecture.dataset);
            let dataset = find::data(name, &options.folders, architecture.time_steps)?;
            let config = Config::of(&architecture, options.effort.seed, find::threads(options.effort.threads));
            samples(options, &dataset)?;
            let time = has_time_for(steps(options, architecture.time_steps)?, chip.stepping.most_steps());
            time.map_err(|error| find::of_chip(&options.target.chip, error))?;
            let network = match kept(&architecture, &dataset, &config, &options.cache, ui) {
                Some(network) => network,
                None => {
                    // What does not fit is said before a training.
                    fits(options, &chip, &architecture)?;
                    trained(&architecture, &dataset, &config, &options.cache, ui)?
                }
            };
            let asked = steps(options, architecture.time_steps)?;
            // Spike trains are cut into the steps of the run.
            let dataset = match dataset.steps.is_some_and(|steps| steps != asked) {
                true => find::data(name, &options.folders, asked)?,
                false => dataset,
            };
            layered(options, &chip, calibration, &network, &dataset, ui)?
        }
    };
    summary.header.notes.extend(changes);
    // Before the data, whose origin is there already.
    summary.header.origins.splice(0..0, origin.into_iter().chain(network_origin));
    summary.imported = comparison.as_ref().map(ImportedNetwork::of);
    summary.header.wall_seconds = started.elapsed().as_secs_f64();
    if let Some((path, parts)) = options.html.as_ref().zip(parts) {
        parts.write(path, &summary, &chip)?;
    }
    finish(&summary, options.json.as_deref())
}

/// Whether any training of a network fits, for which no search is needed.
fn fits(options: &RunOptions, chip: &Chip, architecture: &Architecture) -> Result<(), Failure> {
    let asked = find::mapping(&options.target, options.effort.seed)?;
    let partitioner = match asked.partitioner {
        Partitioner::Multilevel => Partitioner::Shared,
        other => other,
    };
    let quick = map::Options { partitioner, placer: Placer::default(), ..asked };
    let graph = Graph::by_shape(architecture);
    let found = map::arrange(&graph, chip, quick, None);
    found.map(drop).map_err(|error| find::advised(&error, &options.target, &graph))
}

/// The calibration of a name, or the default one.
pub(super) fn calibration<'c>(chip: &'c Chip, name: Option<&str>) -> Result<&'c Calibration, Failure> {
    let names = || chip.calibrations.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
    let unknown = || {
        let name = name.unwrap_or_default();
        Failure(format!("--calibration: found \"{name}\", {} has: {}", chip.name, names()))
    };
    chip.calibration(name).ok_or_else(unknown)
}

/// Maps a network and builds its system.
fn build(
    options: &RunOptions,
    chip: &Chip,
    calibration: &Calibration,
    (graph, spikes): (&Graph, Option<&[u32]>),
) -> Result<(Arranged, System), Failure> {
    let arranged = find::arranged(&options.target, options.effort.seed, (graph, chip), spikes)?;
    let Arranged { graph, mapping } = &arranged;
    let contention = match options.timing {
        TimingArg::Event => Contention::Modelled,
        TimingArg::Ideal => Contention::Ignored,
    };
    let system = system::build_seeded(graph, chip, calibration, mapping, contention, options.effort.seed);
    let system = system.map_err(|error| find::of_chip(&options.target.chip, error))?;
    Ok((arranged, system))
}

fn header(options: &RunOptions, network: String, dataset: Option<String>) -> Header {
    Header {
        network,
        dataset,
        seed: options.effort.seed,
        timing: if options.timing == TimingArg::Event { "event" } else { "ideal" },
        threads: find::threads(options.effort.threads),
        wall_seconds: 0.0,
        origins: Vec::new(),
        notes: Vec::new(),
        sources: Vec::new(),
    }
}

fn layered(
    options: &RunOptions,
    chip: &Chip,
    calibration: &Calibration,
    trained: &Trained,
    dataset: &Dataset,
    ui: &Ui,
) -> Result<(Summary, Option<Parts>), Failure> {
    if !options.spikes.is_empty() {
        return Err(Failure("--spikes: a layered network takes samples of a data set".into()));
    }
    matches(trained, dataset)?;
    let (network, notes) = quantised(options, trained)?;
    let graph = Graph::from_layered(&network);
    let spikes = profile(options.target.profile, &network, dataset, ui);
    let (Arranged { graph, mapping }, system) = build(options, chip, calibration, (&graph, spikes.as_deref()))?;
    let count = samples(options, dataset)?;
    let mut header = header(options, trained.architecture.name.clone(), Some(dataset.name.clone()));
    header.seed = trained.meta.seed;
    header.notes = notes;
    header.notes.extend_from_slice(&dataset.notes);
    header.origins.extend(find::data_origin(dataset));
    if !trained.digested {
        header.notes.push(weights::UNDIGESTED.to_owned());
    }
    header.notes.extend(folder::remark(Path::new(&options.target.network)));
    if dataset.name != trained.meta.dataset {
        header.notes.push(format!("trained on {}, run on {}", trained.meta.dataset, dataset.name));
    }
    let rule = RULES.iter().find(|(name, _)| *name == trained.meta.rule).map_or(TANDEM, |(_, source)| source);
    header.sources.push(("training rule".into(), rule.into()));
    header.sources.push(("data".into(), dataset.source.clone()));
    let mut traces = trace::open(&options.traces, || system.scene(&graph, chip, calibration, &mapping))?;
    if let Some(traces) = &traces {
        traces.tell(count, ui);
    }
    let bar = ui.run_bar(count as u64, options.max_seconds, options.max_events);
    let threads = header.threads;
    let job = Job { system: &system, graph: &graph, network: &network, samples: &dataset.test, count, threads };
    let result = match &mut traces {
        None => run_batch(job, &bar),
        Some(traces) => trace_batch(job, &bar, traces.traced()),
    };
    let reason = bar.reason();
    drop(bar);
    let context = Context { chip, calibration, graph: &graph, mapping: &mapping, system: &system };
    let ann_costs = options.ann_costs.unwrap_or_default();
    let result = result?;
    let parts = options.html.as_ref().map(|_| {
        let counted = (result.cores.as_slice(), result.inferences.len() as u64);
        Parts::of(Subject::Sample(job), (chip, calibration, &mapping), counted)
    });
    let input = BatchInput { network: &network, asked: count, result: &result, ann_costs };
    Ok((told_why(summarise_batch(header, context, input), reason), parts.transpose()?))
}

/// Says what ended a run, where something did.
fn told_why(mut summary: Summary, reason: Reason) -> Summary {
    if let Some(mark) = &mut summary.interrupted {
        mark.reason = Some(reason);
    }
    summary
}

/// Refuses data that the network cannot read.
pub(super) fn matches(trained: &Trained, dataset: &Dataset) -> Result<(), Failure> {
    dataset.check(&trained.architecture.name, &trained.quantised).map_err(|error| Failure(error.to_string()))
}

/// Samples to run.
fn samples(options: &RunOptions, dataset: &Dataset) -> Result<usize, Failure> {
    let available = dataset.test.len();
    let count = options.samples.map_or(available, |n| n as usize);
    if count > available || count == 0 {
        return Err(Failure(format!("--samples: found {count}, {} has {available} test samples", dataset.name)));
    }
    Ok(count)
}

/// Time steps of a layered network.
fn steps(options: &RunOptions, own: u32) -> Result<u32, Failure> {
    let (steps, most) = (options.steps.unwrap_or(own), MAX_TIME_STEPS);
    if steps > most {
        return Err(Failure(format!("--steps: found {steps}, a layered network takes at most {most}")));
    }
    Ok(steps)
}

/// The integer network for the steps that were asked for, and what is to be said about it.
fn quantised(options: &RunOptions, trained: &Trained) -> Result<(Layered, Vec<String>), Failure> {
    let own = trained.quantised.spec;
    let time_steps = steps(options, own.time_steps)?;
    let network = trained.quantised_for(QuantSpec { time_steps, ..own });
    let trained_for = own.time_steps;
    let biases = match (trained.folded.encoding, time_steps > trained_for) {
        (Encoding::Spikes, _) => "the spike trains were cut into these steps, and so was each bias",
        (Encoding::Direct, true) => "each step has the bias that it had in training",
        (Encoding::Direct, false) => "the whole bias is kept, in fewer steps, where accuracy falls",
    };
    let note = format!(
        "trained with T = {trained_for}, quantised anew from the real weights for T = {time_steps}: {biases}; \
         train with --steps {time_steps} for a network of that T"
    );
    Ok((network, if time_steps == own.time_steps { Vec::new() } else { vec![note] }))
}

/// A sparse network with the spikes and steps that were asked for, and how many steps a run of it takes. `--steps` are those
/// of every population, where populations have a last step.
fn fed(
    options: &RunOptions,
    network: &SparseNetwork,
    notes: &mut Vec<String>,
) -> Result<(Graph, Option<u32>), Failure> {
    let mut graph = network.graph.clone();
    let own = graph.own_steps();
    if options.spikes.is_empty() {
        return Ok(match options.steps.filter(|_| own.is_some()) {
            Some(steps) => {
                let (graph, all) = graph.run_of(steps);
                (graph.into_owned(), Some(all))
            }
            None => (graph, network.time_steps),
        });
    }
    let given = spikes::given(&options.spikes, &graph)?;
    spikes::replace(&mut graph, given.spikes);
    notes.retain(|note| !note.starts_with(spikes::NOTE));
    notes.push(given.note);
    if own.is_some() {
        let steps = options.steps.unwrap_or(given.steps);
        let mut graph = graph.with_steps(steps);
        let sources = graph.populations.iter_mut().filter_map(|population| population.source.as_mut());
        sources.for_each(|source| *source = spikes::until(std::mem::take(source), steps));
        let all = graph.steps_for(steps);
        return Ok((graph, Some(all)));
    }
    // What the last spikes set off takes a step more for each layer.
    let later = graph.populations.iter().filter_map(|p| p.window).map(|window| window.first - 1).max().unwrap_or(0);
    Ok((graph, Some(given.steps + later.max(1))))
}

/// An imported network beside the real one, and what is to be said about it.
fn beside(
    options: &RunOptions,
    network: &SparseNetwork,
    fed: &Graph,
    notes: &mut Vec<String>,
) -> Result<Option<Comparison>, Failure> {
    let comparison = match real::beside(network, fed) {
        None if options.strict => return Err(Failure("--strict: goes with networks that import made".into())),
        None => return Ok(None),
        Some(Err(why)) if options.strict => return Err(why),
        Some(Err(Failure(why))) => {
            notes.push(format!("not compared with real numbers: {why}"));
            return Ok(None);
        }
        Some(Ok(comparison)) => comparison,
    };
    if let Some(own) = network.graph.own_steps().filter(|own| *own < comparison.steps) {
        notes.push(format!(
            "imported for {own} steps of every layer and run for {}: membranes have room for {own}; import it with --steps {} \
             for room",
            comparison.steps, comparison.steps
        ));
    }
    real::warn(&comparison, options.strict)?;
    Ok(Some(comparison))
}

fn sparse(
    options: &RunOptions,
    chip: &Chip,
    calibration: &Calibration,
    network: &SparseNetwork,
    ui: &Ui,
    comparison: &mut Option<Comparison>,
) -> Result<(Summary, Option<Parts>), Failure> {
    let given = [
        ("--data", options.data.is_some()),
        ("--samples", options.samples.is_some()),
        ("--profile", options.target.profile > 0),
    ];
    for (name, given) in given {
        if given {
            return Err(Failure(format!("{name}: a sparse network has no samples; it runs once for --steps")));
        }
    }
    let mut header = header(options, network.name.clone(), None);
    header.notes.clone_from(&network.notes);
    let (graph, most) = fed(options, network, &mut header.notes)?;
    let steps = match graph.own_steps() {
        Some(_) => most.or(options.steps),
        None => options.steps.or(most),
    };
    let steps = steps.unwrap_or(SPARSE_STEPS);
    *comparison = beside(options, network, &graph, &mut header.notes)?;
    let (Arranged { graph, mapping }, system) = build(options, chip, calibration, (&graph, None))?;
    header.seed = network.seed.unwrap_or(header.seed);
    let mut traces = trace::open(&options.traces, || system.scene(&graph, chip, calibration, &mapping))?;
    let bar = ui.run_bar(steps.into(), options.max_seconds, options.max_events);
    let split = Shards { count: options.shards as usize, threads: header.threads };
    let result = match &mut traces {
        None => run_sparse(&system, &graph, steps, split, &bar),
        Some(traces) => trace_sparse(&system, &graph, steps, split, &bar, traces.traced()),
    };
    let reason = bar.reason();
    drop(bar);
    let context = Context { chip, calibration, graph: &graph, mapping: &mapping, system: &system };
    if options.steps.is_none() && most.is_none() {
        header.notes.push(format!("{SPARSE_STEPS} steps, because neither --steps nor the network says how many"));
    }
    let result = result?;
    if let Some(events) = result.too_little {
        ui.shards_do_not_pay(split.count, events);
    }
    let parts = options.html.as_ref().map(|_| {
        let done = result.step_ticks.len() as u32;
        let subject = Subject::Sparse(&system, &graph, done);
        Parts::of(subject, (chip, calibration, &mapping), (result.cores.as_slice(), 1))
    });
    let summary = summarise_sparse(header, context, SparseInput { steps, result: &result });
    Ok((told_why(summary, reason), parts.transpose()?))
}
