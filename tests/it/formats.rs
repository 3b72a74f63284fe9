//! Every file that is shipped loads, and what it holds is what its registries know.

use crate::common::{HOPS, Rig, files_of, sparse_graph, total};
use serde_json::json;
use spikemesh::hw::Chip;
use spikemesh::hw::topology::TopologyKind;
use spikemesh::map::place;
use spikemesh::net::{Graph, Network, reference};
use spikemesh::run::{Shards, Unwatched, run_sparse};
use spikemesh::system::Contention;

#[test]
fn every_chip_file_loads() {
    let files = files_of("hw_models", "json");
    assert!(files.len() >= 2);
    for path in files {
        let chip = spikemesh::hw::load(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Some(chip.name()), path.file_stem().and_then(|stem| stem.to_str()));
        let default = chip.calibration(None).unwrap();
        assert!(chip.calibrations().iter().all(|c| chip.calibration(Some(&c.name)) == Some(c)), "{}", chip.name());
        assert_eq!(Some(default), chip.calibrations().first());
        // Every tile has one place, and every place one tile.
        let noc = chip.noc();
        let mut places: Vec<_> = (0..noc.tiles()).map(|tile| noc.place(tile)).collect();
        places.sort_unstable_by_key(|p| (p.x, p.y));
        places.dedup();
        assert_eq!(places.len(), noc.tiles() as usize, "{}", chip.name());
    }
}

/// A layered network of a few neurons that spike.
fn small_network() -> Graph {
    let edges: Vec<_> = (0..40).flat_map(|i| [[i, (i * 7 + 3) % 40, 5, 1], [i, (i + 11) % 40, 4, 1]]).collect();
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "small",
        "populations": [
            {"name": "cells", "size": 40, "threshold": 9, "bias": 2, "neuron": {"model": "if", "reset": "subtract"}},
            {"name": "host", "size": 2, "spikes": [[1, 0], [2, 1], [3, 0], [3, 1]]}
        ],
        "projections": [
            {"from": "cells", "to": "cells", "edges": edges},
            {"from": "host", "to": "cells", "edges": (0..40).map(|i| [i % 2, i, 6, 1]).collect::<Vec<_>>()}
        ]
    }))
}

/// An example chip whose routers do only what all routers do, with places for 40 neurons.
fn plain(chip: &Chip) -> Chip {
    let mesh = chip.edit().to_value()["mesh"].clone();
    let mut edited = chip.edit().set("core.max_neurons", 40u32.div_ceil(chip.noc().cores()));
    for field in ["virtual_channels", "packet_flits", "head_delay", "allocation", "delivery"] {
        if mesh.get(field).is_some() {
            edited = edited.remove(&format!("mesh.{field}"));
        }
    }
    if chip.noc().routing.classes() > 1 {
        edited = edited.set("mesh.routing", "up_down");
    }
    edited.build().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_topology_has_an_example_that_runs() {
    let graph = small_network();
    let mut kinds = Vec::new();
    for path in files_of("tests/chips", "json") {
        let chip = spikemesh::hw::load(&path).unwrap_or_else(|error| panic!("{error}"));
        // An example of something else than a topology.
        if chip.core().synapses.devices().is_some() || chip.kinds().len() > 1 {
            continue;
        }
        kinds.push(chip.noc().topology.kind.name());
        let small = plain(&chip);
        for placer in place::Placer::ALL {
            let rig = Rig::new(graph.clone(), small.clone(), *placer, Contention::Modelled);
            let result = run_sparse(&rig.system, &rig.graph, 12, Shards::default(), &Unwatched).unwrap();
            assert!(!result.mismatched, "{}", chip.name());
            let (counts, expected) = (total(&result.cores), rig.traffic(&reference::sparse(&graph, 12).counts));
            assert!(expected.hops.iter().sum::<u64>() > 500, "{}: {expected:?}", chip.name());
            assert_eq!(HOPS.map(|op| counts.of(op)), expected.hops);
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    let mut known = TopologyKind::NAMES.to_vec();
    known.sort_unstable();
    assert_eq!(kinds, known);
}

#[test]
fn every_network_file_loads() {
    let files = files_of("networks", "json");
    assert!(!files.is_empty());
    for path in files {
        match spikemesh::net::load(&path).unwrap_or_else(|error| panic!("{error}")) {
            Network::Untrained(architecture) => assert!(architecture.stages().len() >= 2),
            Network::Trained(trained) => {
                assert_eq!(trained.quantised.layers.len(), trained.architecture.stages().len())
            }
            Network::Sparse(network) => assert!(network.graph.neurons() > 0),
        }
    }
}
