//! Trained networks in the library, so that a run of a default network needs no training.
//!
//! `networks/trained/NAME` holds the output of `train`, with the command in its README. It is used if its architecture,
//! settings and seed are those that a training now would have.

use super::catalog::NETWORKS;
use crate::json::Document;
use crate::net::{self, Architecture, Network, Trained};
use crate::train::Config;
use std::path::Path;

/// The built-in trained form of a network, by the settings and the seed that its file proposes.
pub fn shipped(architecture: &Architecture) -> Option<Trained> {
    find(architecture, &architecture.dataset, &Config::of(architecture, 1, 1))
}

/// A network with weights: trained, or one of those trained in the library.
pub fn with_weights(network: Network) -> Option<Trained> {
    match network {
        Network::Trained(trained) => Some(*trained),
        Network::Untrained(architecture) => shipped(&architecture),
        Network::Sparse(_) => None,
    }
}

/// The built-in trained form of a network, if a training with these settings would give the same.
pub(super) fn find(architecture: &Architecture, dataset: &str, config: &Config) -> Option<Trained> {
    let trained = load(&architecture.name)?;
    let same = Architecture { name: architecture.name.clone(), ..trained.architecture.clone() };
    let settings = Config { threads: config.threads, ..Config::of(&same, trained.meta.seed, config.threads) };
    let fits = same == *architecture && settings == *config && trained.meta.dataset == dataset;
    fits.then(|| Trained { architecture: architecture.clone(), ..trained })
}

fn load(name: &str) -> Option<Trained> {
    let carried = |file: &str| NETWORKS.carried(Path::new("trained").join(name).join(file));
    let (network, weights) = (carried("network.json")?, carried("weights.safetensors")?);
    let document = Document::parse(format!("networks/trained/{name}/network.json"), std::str::from_utf8(network).ok()?);
    match net::read_with_weights(document.ok()?, name, weights) {
        Ok(Network::Trained(trained)) => Some(*trained),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data;

    /// Built-in weights are used for the unchanged network, and for no other.
    #[test]
    fn the_shipped_network_stands_for_its_own_training_alone() {
        let dataset = data::load("digits", &[]).expect("built in");
        for name in ["digits-mlp", "digits-cnn", "digits-mlp-loihi", "digits-cnn-loihi"] {
            let text = NETWORKS.carried(Path::new(&format!("{name}.json")).into()).expect("carried");
            let text = std::str::from_utf8(text).expect("a text");
            let document = crate::json::Document::parse(name, text).expect("JSON");
            let Ok(Network::Untrained(architecture)) = net::read(document, name, Path::new(".")) else {
                panic!("{name} is not an untrained network")
            };
            let config = Config::of(&architecture, 1, 2);
            let trained = find(&architecture, &dataset.name, &config).expect("it comes with the program");
            assert!(trained.meta.validation_accuracy.is_some_and(|accuracy| accuracy > 0.95));
            assert!(find(&architecture, &dataset.name, &Config { seed: 2, ..config.clone() }).is_none());
            assert!(find(&architecture, &dataset.name, &Config { epochs: 3, ..config.clone() }).is_none());
            let mut other = architecture.clone();
            other.threshold = 2.0;
            assert!(find(&other, &dataset.name, &config).is_none());
        }
    }
}
