//! Every file that is shipped loads, and what it holds is what its registries know.

use crate::common::files_of;
use spikemesh::net::Network;

#[test]
fn every_chip_file_loads() {
    let files = files_of("hw_models", "json");
    assert!(files.len() >= 2);
    for path in files {
        let chip = spikemesh::hw::load(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Some(chip.name.as_str()), path.file_stem().and_then(|stem| stem.to_str()));
        let default = chip.calibration(None).unwrap();
        assert!(chip.calibrations.iter().all(|c| chip.calibration(Some(&c.name)) == Some(c)), "{}", chip.name);
        assert_eq!(Some(default), chip.calibrations.first());
        // Every tile has one place, and every place one tile.
        let mut places: Vec<_> = (0..chip.mesh.tiles()).map(|tile| chip.mesh.place(tile)).collect();
        assert!(places.iter().all(|p| p.x < chip.mesh.width && p.y < chip.mesh.height), "{}", chip.name);
        places.sort_unstable_by_key(|p| (p.x, p.y));
        places.dedup();
        assert_eq!(places.len(), chip.mesh.tiles() as usize, "{}", chip.name);
    }
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
