//! Trained networks in the library, so that a run of a default network needs no training.
//!
//! `networks/trained/NAME` holds the output of `train`, with the command in its README; of large networks it is
//! `src/python/large_networks/spikemesh_networks/NAME`. It is used if its architecture, settings and seed are those that a training now
//! would have.

use super::catalog::NETWORKS;
use crate::json::Document;
use crate::net::{self, Architecture, Network, Trained};
use crate::train::Config;
use include_dir::{Dir, include_dir};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where the large trained networks are.
enum LargeNetworks {
    /// In what is linked with the library.
    Carried(&'static Dir<'static>),
    /// In a folder.
    Folder(PathBuf),
}

static LARGE: OnceLock<LargeNetworks> = OnceLock::new();

/// A linker leaves them out where nothing calls [`carry_large_networks`].
static CARRIED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/python/large_networks/spikemesh_networks");

/// Has this process know the trained networks for Fashion-MNIST, too: 12 MB, which are linked only where this is called. The
/// command line does so before all else. Without it their weights come from the cache or from a training. The first call of
/// this and [`find_large_networks_in`] counts.
pub fn carry_large_networks() {
    let _ = LARGE.set(LargeNetworks::Carried(&CARRIED));
}

/// Does the same with the networks in a folder.
#[doc(hidden)]
pub fn find_large_networks_in(folder: PathBuf) {
    let _ = LARGE.set(LargeNetworks::Folder(folder));
}

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

/// A file of a trained network.
fn file_of(name: &str, file: &str) -> Option<Cow<'static, [u8]>> {
    let path = Path::new(name).join(file);
    if let Some(bytes) = NETWORKS.carried(Path::new("trained").join(&path)) {
        return Some(Cow::Borrowed(bytes));
    }
    match LARGE.get()? {
        LargeNetworks::Carried(carried) => carried.get_file(path).map(|file| Cow::Borrowed(file.contents())),
        LargeNetworks::Folder(folder) => std::fs::read(folder.join(path)).ok().map(Cow::Owned),
    }
}

fn load(name: &str) -> Option<Trained> {
    let (network, weights) = (file_of(name, "network.json")?, file_of(name, "weights.safetensors")?);
    let document =
        Document::parse(format!("networks/trained/{name}/network.json"), std::str::from_utf8(&network).ok()?);
    match net::read_with_weights(document.ok()?, name, &weights) {
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
