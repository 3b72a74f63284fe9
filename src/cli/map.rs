//! `map`: does a network fit, on how many cores, with how much traffic.

use super::args::MapOptions;
use super::progress::Ui;
use super::{Done, Found, find, print, width, write_json};
use crate::map::{self, Arranged};
use crate::net::architecture::Activation;
use crate::net::quantised::{Folded, FoldedLayer, QuantSpec};
use crate::net::{Architecture, Graph, Network};
use crate::report::{mapping_json, mapping_text, summarise_mapping};

/// The `map` command.
pub(super) fn run(options: &MapOptions, ui: &Ui) -> Done {
    let chip = find::chip(&options.target.chip)?;
    let (name, graph) = match find::network(&options.target.network)? {
        Network::Sparse(network) => (network.name, network.graph),
        Network::Trained(network) => (network.architecture.name, Graph::from_layered(&network.quantised)),
        Network::Untrained(architecture) => {
            ui.note("not trained yet: mapped by its shape, with 8-bit weights");
            let graph = by_shape(&architecture);
            (architecture.name, graph)
        }
    };
    let asked = find::mapping(&options.target, options.seed)?;
    let Arranged { graph, mapping } = map::arrange(&graph, &chip, asked, None)?;
    let summary = summarise_mapping(&chip, &graph, &mapping);
    if let Some(path) = &options.json {
        write_json(path, &mapping_json(&name, &summary))?;
    }
    print(mapping_text(&name, &summary, width()))?;
    // Broken limits that were only reported are what the command was asked to flag.
    Ok(if summary.occupancy.violations.is_empty() { Found::Nothing } else { Found::Something })
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
