//! `map`: whether a network fits, on how many cores, and with how much traffic.

use super::args::MapArguments;
use super::outputs::{MAP_PAGE, Outputs};
use super::progress::Ui;
use super::{
    CommandOutcome, Done, Failure, find, print, print_report, width, write_json, write_page, write_plain_json,
};
use crate::data::{Dataset, Wanted};
use crate::files::FileKind;
use crate::hw::Chip;
use crate::map::place::Placer;
use crate::map::{self, Arranged, Partitioner, search};
use crate::net::samples::Classifier;
use crate::net::{Graph, Layered, Network, Trained, reference};
use crate::report::{
    MAP_SCHEMA, MappingSummary, MappingTraffic, Stand, map_html, mapping_json, mapping_text, summarise_mapping,
};
use crate::session::catalog::{self, Changed, NamedNetwork};
use crate::session::{self, Session, Workload, check_layers, matches, shipped};
use std::sync::Arc;

/// Name, graph, and the spikes by which packets are counted.
type MappedNetwork = (String, Graph, Option<Vec<u32>>);

pub(super) fn run(options: &MapArguments, ui: &Ui) -> Done {
    let Changed { chip, notes, origin: chip_origin, .. } =
        find::chip(&options.target.chip.chip, &options.target.chip.changes)?;
    Outputs::new(options.replace.overwrite)
        .with("--save", options.save.as_ref(), FileKind::Input { what: "a mapping" })
        .with("--json", options.json.as_ref(), FileKind::Json { schema: MAP_SCHEMA })
        .with("--html", options.html.as_ref(), MAP_PAGE)
        .check()?;
    // Reports wrong names before the network is read.
    find::mapping(&options.target, options.seed)?;
    let NamedNetwork { network, origin: network_origin, .. } = find::network(options.target.network.name())?;
    let (name, graph, spikes) = subject(options, network, ui)?;
    // On interruption, a search ends with the best mapping so far, which is then written.
    search::heed(ui.interrupted());
    let _unbroken = ui.unbroken();
    let (chip, graph) = (Arc::new(chip), Arc::new(graph));
    let workload = Workload { profile: spikes.clone().map(Arc::from), ..Workload::steps("", Arc::clone(&graph), 0) };
    let session = Session::new(Arc::clone(&chip), workload);
    let arranged = session.arrange(&find::mapping(&options.target, options.seed)?);
    let arranged = arranged.map_err(|error| find::of_target(&error, &options.target, &graph))?;
    if let Some(path) = &options.save {
        write_plain_json(path, &map::save(&name, &chip, &arranged))?;
    }
    let (mut summary, start) = measured(options, (&graph, &chip), &arranged, spikes, ui)?;
    summary.notes.extend(notes);
    summary.origins = chip_origin.into_iter().chain(network_origin).collect();
    let interrupted = ui.is_interrupted();
    if let Some(path) = &options.json {
        let mut report = mapping_json(&name, &summary);
        if interrupted {
            report["interrupted"] = true.into();
        }
        write_json(path, &report)?;
    }
    if let Some(path) = &options.html {
        let before = start.as_ref().zip(summary.before.as_ref());
        let before = before.map(|(arranged, traffic)| Stand { arranged, traffic });
        let after = Stand { arranged: &arranged, traffic: &summary.traffic };
        write_page(path, &map_html(&name, &chip, &summary, before, after))?;
    }
    print_report(&mapping_text(&name, &summary, width()))?;
    // The command was asked to flag broken limits that were only reported.
    if interrupted {
        print("interrupted: the search did not finish; this is the best mapping so far")?;
    }
    Ok(if summary.occupancy.violations.is_empty() && !interrupted {
        CommandOutcome::Nothing
    } else {
        CommandOutcome::Something
    })
}

/// The figures of a mapping, and the network in its own order where the mapping is another.
fn measured(
    options: &MapArguments,
    (graph, chip): (&Graph, &Chip),
    arranged: &Arranged,
    spikes: Option<Vec<u32>>,
    ui: &Ui,
) -> Result<(MappingSummary, Option<Arranged>), Failure> {
    let mut summary = summarise_mapping(chip, &arranged.graph, &arranged.mapping);
    summary.objective = session::objective(&options.target.search.objective)?.name();
    summary.profile = spikes.as_ref().map(|_| options.target.profile.profile);
    if options.target.mapping.is_none() && !ui.is_interrupted() {
        let search = find::mapping(&options.target, options.seed)?.search;
        summary.savings = map::savings(graph, chip, search, spikes.as_deref(), &arranged.mapping);
    }
    let start = before(options, graph, chip, arranged, spikes.as_deref());
    summary.before = start.as_ref().map(|start| {
        let counted = spikes.as_deref().map(|spikes| map::spikes_of(&start.graph, spikes));
        MappingTraffic::of(start, chip, counted.as_deref())
    });
    let counted = spikes.map(|spikes| map::spikes_of(&arranged.graph, &spikes));
    summary.traffic = MappingTraffic::of(arranged, chip, counted.as_deref());
    Ok((summary, start))
}

/// Name, graph and spikes of the network: as trained, or from its shape.
fn subject(options: &MapArguments, network: Network, ui: &Ui) -> Result<MappedNetwork, Failure> {
    match network {
        Network::Sparse(network) => {
            refuse_profile(options, "a sparse network has no training samples")?;
            Ok((network.name, network.graph, None))
        }
        Network::Trained(network) => trained(options, *network, ui),
        Network::Untrained(architecture) => match shipped(&architecture) {
            Some(network) => {
                ui.note(format!("using the trained {} that comes with the program", architecture.name));
                trained(options, network, ui)
            }
            None => {
                refuse_profile(options, "the network is not trained; expected the folder of a trained one")?;
                ui.note("not trained yet: mapped by its shape, with 8-bit weights");
                check_layers(&architecture.stages())?;
                let graph = Graph::by_shape(&architecture);
                Ok((architecture.name, graph, None))
            }
        },
    }
}

fn trained(options: &MapArguments, network: Trained, ui: &Ui) -> Result<MappedNetwork, Failure> {
    check_layers(&network.folded.stages)?;
    let graph = Graph::from_layered(&network.quantised);
    let mut spikes = None;
    if options.target.profile.profile > 0 {
        let steps = network.quantised.spec.time_steps;
        let dataset = catalog::data_for(&network, None, &find::folders(&options.folders), (steps, Wanted::All))?;
        matches(&network, &dataset)?;
        dataset.check_training().map_err(|why| Failure(format!("--profile: {why}")))?;
        ui.notes(&dataset.notes);
        spikes = profile(options.target.profile.profile, &network.quantised, &dataset, ui);
    }
    Ok((network.architecture.name, graph, spikes))
}

fn refuse_profile(options: &MapArguments, why: &str) -> Result<(), Failure> {
    if options.target.profile.profile > 0 { Err(Failure(format!("--profile: {why}"))) } else { Ok(()) }
}

/// Spikes of all neurons in the first training samples, if requested.
pub(super) fn profile(samples: u32, network: &Layered, dataset: &Dataset, ui: &Ui) -> Option<Vec<u32>> {
    if samples == 0 {
        return None;
    }
    let count = dataset.train.len().min(samples as usize);
    ui.note(format!("traffic is weighted by the spikes of {count} training samples"));
    Some(reference::spikes(network, (0..count).map(|sample| dataset.train.sample(sample).0)))
}

/// Does the same for a sparse network that names classes.
pub(super) fn profile_of(
    samples: u32,
    network: &Classifier,
    dataset: &Dataset,
    ui: &Ui,
) -> Result<Option<Vec<u32>>, Failure> {
    if samples == 0 {
        return Ok(None);
    }
    if dataset.train.is_empty() {
        return Err(Failure(format!("--profile: {} has no training samples", dataset.name)));
    }
    let count = dataset.train.len().min(samples as usize);
    ui.note(format!("traffic is weighted by the spikes of {count} training samples"));
    let mut sums = vec![0u32; network.graph().neurons()];
    for number in 0..count {
        let (outcome, _) = network.evaluate(number as u64, dataset.train.sample(number).0);
        sums.iter_mut().zip(outcome.counts).for_each(|(sum, count)| *sum = sum.saturating_add(count));
    }
    Ok(Some(sums))
}

/// Mapping in the network's own order on the chip's own order of cores, if another one was requested.
fn before(
    options: &MapArguments,
    graph: &Graph,
    chip: &Chip,
    arranged: &Arranged,
    spikes: Option<&[u32]>,
) -> Option<Arranged> {
    let mapping = &arranged.mapping;
    let plain = (mapping.partitioner, mapping.placer) == (Partitioner::Sequential, Placer::Linear);
    if plain && options.target.cores.is_none() {
        return None;
    }
    let (limits, whole) = (find::limits(options.target.limits), options.target.no_splits);
    let sharing = session::sharing(&options.target.search.share_cores).ok()?;
    let partitioner = Partitioner::Sequential;
    let plain = map::MappingOptions { limits, whole, sharing, partitioner, ..map::MappingOptions::default() };
    map::arrange(graph, chip, plain, spikes).ok()
}
