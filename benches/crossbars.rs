//! Cores that a CNN of seven layers takes on crossbars of the sizes of the HFNet study, by tiles and by the plain mapping.
//!
//! The network is `networks/train-cnn.json`, five convolutions of up to 128 planes on 28 x 28 pixels and two dense layers,
//! or with `cargo bench --bench crossbars -- wide` (two minutes) `networks/wide-cnn.json`, up to 256 planes on 32 x 32 pixels
//! in colours; with a weight everywhere, on meshes that have room. The study
//! (Gopalakrishnan et al. 2020, Front. Neurosci. 14:907) tells of 4.9 to 13.8 times fewer cores than by Toeplitz for a
//! seven-layered CNN of its own on crossbars of 128 x 256 to 1,024 x 1,024; neither its network nor how it counts cores
//! by Toeplitz is in its abstract. So both counts are given: all pieces of the matrices, and those with a synapse. Cores
//! that add up partial sums are part of `tiled`, and of neither count by Toeplitz: so the last column leaves them out.

use spikemesh::hw::{self, Chip};
use spikemesh::json::Document;
use spikemesh::map::{self, MappingOptions, Partitioner, toeplitz};
use spikemesh::net::{self, Graph, Network};
use std::path::Path;

/// A shipped chip, on a mesh that has room for anything here.
fn chip(root: &Path, name: &str) -> Chip {
    let path = root.join(format!("hw_models/hfnet_{name}.json"));
    let mut document = Document::open(&path, hw::MAX_FILE_BYTES).expect("a shipped chip is there");
    for (path, value) in [("mesh.width", "64"), ("mesh.height", "64"), ("mesh.cores_per_tile", "16")] {
        hw::set_values(&mut document, &[(path, value)]).expect("a mesh has these");
    }
    hw::read(document, name).expect("a shipped chip is sound")
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let name = if std::env::args().any(|argument| argument == "wide") { "wide-cnn" } else { "train-cnn" };
    let Ok(Network::Untrained(architecture)) = net::load(&root.join(format!("benches/networks/{name}.json"))) else {
        panic!("the network is not there");
    };
    let graph = Graph::by_shape(&architecture);
    println!("    crossbar  Toeplitz    filled  tiled  adders  times fewer  likewise, without adders");
    for name in ["128x256", "256x256", "512x512", "1024x1024"] {
        let chip = chip(root, name);
        let options = MappingOptions { partitioner: Partitioner::Tiled, ..MappingOptions::default() };
        let arranged = map::arrange(&graph, &chip, options, None).expect("it fits");
        let plain = toeplitz(&graph, &chip);
        let (pieces, filled) = plain.iter().fold((0, 0), |(all, some), t| (all + t.pieces, some + t.filled));
        let tiled = arranged.mapping.cores.len() as u64;
        // Layers that were split add up what their partial sums send.
        let own = &arranged.graph.whole().populations;
        let is_split = |at: usize| {
            let begins = format!("{} partial ", own[at].name);
            arranged.graph.populations.iter().any(|population| population.name.starts_with(&begins))
        };
        let parts = arranged.mapping.cores.iter().filter_map(|core| core.parts.first());
        let populations = parts.map(|part| part.population as usize);
        let adders = populations.filter(|at| *at < own.len() && is_split(*at)).count();
        let times = |cores: u64| filled as f64 / cores as f64;
        let (all, parts) = (times(tiled), times(tiled - adders as u64));
        println!("{name:>12} {pieces:>9} {filled:>9} {tiled:>6} {adders:>7} {all:>12.1} {parts:>25.1}");
    }
}
