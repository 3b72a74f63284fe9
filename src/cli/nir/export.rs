//! `export`: a trained network as a NIR graph.

use crate::cli::args::ExportOptions;
use crate::cli::outputs::Outputs;
use crate::cli::{CommandOutcome, Done, Failure, print};
use crate::files::{FileKind, write_atomically};
use crate::net::Network;
use crate::net::nir::{Values, bytes, export};
use crate::session::{belong_if_known, catalog, shipped};

pub(in crate::cli) fn run(options: &ExportOptions) -> Done {
    let graph = FileKind::Input { what: "a NIR graph" };
    Outputs::new(options.replace.overwrite).with("--out", Some(&options.out), graph).check()?;
    let trained = match catalog::network(&options.network)? {
        Network::Trained(trained) => {
            belong_if_known(&trained)?;
            trained
        }
        Network::Untrained(architecture) => match shipped(&architecture) {
            Some(trained) => Box::new(trained),
            None => {
                let name = &options.network;
                return Err(Failure(format!(
                    "{name}: not trained yet; train it first: spikemesh train --network {name} --out DIR"
                )));
            }
        },
        Network::Sparse(_) => {
            return Err(Failure(format!("{}: a sparse network; only layered networks are exported", options.network)));
        }
    };
    let exported = export(&trained, options.values);
    let (graph, metadata) = exported.map_err(|why| Failure(format!("{}: {why}", options.network)))?;
    let path = options.out.display();
    let file = bytes(&graph, &metadata).map_err(|error| Failure(format!("{path}: cannot be written: {error}")))?;
    write_atomically(&options.out, &file).map_err(|error| Failure(format!("{path}: cannot be written: {error}")))?;
    let values = if options.values == Values::Integer { "integer" } else { "real" };
    print(format_args!("{path}: {} nodes, {} edges, {values} weights", graph.nodes.len(), graph.edges.len()))?;
    Ok(CommandOutcome::Nothing)
}
