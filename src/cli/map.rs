//! `map`: does a network fit, on how many cores, with how much traffic.

use super::args::MapOptions;
use super::progress::Ui;
use super::{Done, Failure, Found, find, print, width, write_json};
use crate::hw::Chip;
use crate::map::place::Placer;
use crate::map::{self, Arranged, Partitioner};
use crate::net::architecture::Activation;
use crate::net::quantised::{Folded, FoldedLayer, QuantSpec};
use crate::net::{Architecture, Graph, Network, Trained, reference};
use crate::report::{Traffic, mapping_json, mapping_text, summarise_mapping};

/// The `map` command.
pub(super) fn run(options: &MapOptions, ui: &Ui) -> Done {
    let chip = find::chip(&options.target.chip)?;
    let (name, graph, spikes) = match find::network(&options.target.network)? {
        Network::Sparse(network) => (network.name, network.graph, None),
        Network::Trained(network) => {
            let graph = Graph::from_layered(&network.quantised);
            let spikes = profile(options, &network, ui)?;
            (network.architecture.name, graph, spikes)
        }
        Network::Untrained(architecture) => {
            ui.note("not trained yet: mapped by its shape, with 8-bit weights");
            let graph = by_shape(&architecture);
            (architecture.name, graph, None)
        }
    };
    let arranged = find::arranged(&options.target, options.seed, (&graph, &chip), spikes.as_deref())?;
    if let Some(path) = &options.save {
        write_json(path, &map::save(&name, &chip, &arranged))?;
    }
    let before = before(options, &graph, &chip, &arranged, spikes.as_deref());
    let mut summary = summarise_mapping(&chip, &arranged.graph, &arranged.mapping);
    let counted = spikes.map(|spikes| map::spikes_of(&arranged.graph, &spikes));
    summary.traffic = Traffic::of(&arranged, &chip, counted.as_deref());
    summary.before = before;
    if let Some(path) = &options.json {
        write_json(path, &mapping_json(&name, &summary))?;
    }
    print(mapping_text(&name, &summary, width()))?;
    // Broken limits that were only reported are what the command was asked to flag.
    Ok(if summary.occupancy.violations.is_empty() { Found::Nothing } else { Found::Something })
}

/// Spikes of all neurons in the first training samples, if that was asked for.
fn profile(options: &MapOptions, network: &Trained, ui: &Ui) -> Result<Option<Vec<u32>>, Failure> {
    if options.profile == 0 {
        return Ok(None);
    }
    let dataset = find::data(&network.meta.dataset, &options.folders)?;
    super::run::matches(network, &dataset)?;
    let count = dataset.train.len().min(options.profile as usize);
    ui.note(format!("packets are counted by the spikes of {count} training samples"));
    let mut spikes = vec![0; network.quantised.neurons()];
    for sample in 0..count {
        let outcome = reference::layered(&network.quantised, dataset.train.sample(sample).0);
        spikes.iter_mut().zip(outcome.counts).for_each(|(sum, count)| *sum += count);
    }
    Ok(Some(spikes))
}

/// What the network's own order on the chip's own order of cores would cost, where something else was asked for.
fn before(
    options: &MapOptions,
    graph: &Graph,
    chip: &Chip,
    arranged: &Arranged,
    spikes: Option<&[u32]>,
) -> Option<Traffic> {
    let mapping = &arranged.mapping;
    if (mapping.partitioner, mapping.placer) == (Partitioner::Sequential, Placer::Linear) {
        return None;
    }
    let (limits, whole) = (find::limits(options.target.limits), options.target.no_splits);
    let plain = map::Options { limits, whole, ..map::Options::default() };
    let start = map::arrange(graph, chip, plain, spikes).ok()?;
    let spikes = spikes.map(|spikes| map::spikes_of(&start.graph, spikes));
    Some(Traffic::of(&start, chip, spikes.as_deref()))
}

/// A network of this shape with the largest weight everywhere: what fits it, fits any training of it.
pub(super) fn by_shape(architecture: &Architecture) -> Graph {
    let stages = architecture.stages();
    let layer = |stage: &crate::net::architecture::Stage| FoldedLayer {
        weight: vec![1.0; stage.op.weights()],
        bias: vec![0.0; stage.op.channels()],
        pruned: false,
    };
    let folded = Folded {
        layers: stages.iter().map(layer).collect(),
        stages,
        input: architecture.input,
        full_scale: 255,
        threshold: architecture.threshold,
        leak: architecture.leak,
        half_start: architecture.training.activation == Activation::Qcfs,
        target: architecture.target,
    };
    let time_steps = architecture.time_steps;
    Graph::from_layered(&folded.quantise(QuantSpec::new(time_steps, 8)))
}
