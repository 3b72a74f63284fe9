//! From arguments to the options of the library, and the messages where these cannot be met.

use super::advice::in_options;
use super::args::{CacheOptions, ChangeOptions, DataArguments, LimitsArg, TargetOptions};
use super::{Failure, provenance};
use crate::data::Dataset;
use crate::map::place::Effort;
use crate::map::{self, Limits, MapError};
use crate::net::Graph;
use crate::report::SourceKind;
use crate::session::catalog::{self, CHIPS, Changed, FilePlace, NamedNetwork};
use crate::session::{self, Cache, Error, MapOptions, stranger, with_weights};
use std::path::{Path, PathBuf};

/// A chip with the changes that were asked for.
pub(super) fn chip(argument: &str, changes: &ChangeOptions) -> Result<Changed, Failure> {
    let found = catalog::chip_with(argument, &changes.pairs())?;
    provenance::note(SourceKind::Chip, found.chip.name(), found.digest);
    Ok(found)
}

/// A network by name or path.
pub(super) fn network(argument: &str) -> Result<NamedNetwork, Failure> {
    let found = catalog::named_network(argument)?;
    provenance::note(SourceKind::Network, found.name(), found.digest);
    Ok(found)
}

/// Notes a data set that was read.
pub(super) fn noted(dataset: Dataset) -> Dataset {
    provenance::note(SourceKind::Data, &dataset.name, dataset.digest);
    dataset
}

pub(super) fn folders(options: &DataArguments) -> catalog::DataOptions {
    let (folders, bin_us, snr_db) = (options.data_dir.clone(), options.bin_us, options.snr_db);
    catalog::DataOptions { folders, bin_us, snr_db, audio: None }
}

pub(super) fn limits(argument: LimitsArg) -> Limits {
    match argument {
        LimitsArg::Enforce => Limits::Enforce,
        LimitsArg::Report => Limits::Report,
    }
}

pub(super) fn mapping(target: &TargetOptions, seed: u64) -> Result<MapOptions, Failure> {
    let search = map::MappingOptions {
        limits: limits(target.limits),
        partitioner: session::partitioner(&target.search.partitioner)?,
        placer: session::placer(&target.search.placer)?,
        objective: session::objective(&target.search.objective)?,
        cores: target.cores,
        effort: Effort { moves: target.budget, seed },
        whole: target.no_splits,
        sharing: session::sharing(&target.search.share_cores)?,
    };
    Ok(MapOptions { search, file: target.mapping.clone(), seed, ..MapOptions::default() })
}

/// Failure to map or build a network, with the path of the chip's file and a hint on how to get a network that fits.
pub(super) fn of_target(error: &Error, target: &TargetOptions, graph: &Graph) -> Failure {
    match error {
        Error::Map(_) if target.mapping.is_none() => advised(error, target, graph),
        Error::Map(_) | Error::System(_) => of_chip(&target.chip.chip, error),
        _ => Failure(in_options(error)),
    }
}

/// An error about a chip. The chip's name is only a part of the path of a file, so the path is added.
pub(super) fn of_chip<E: std::error::Error + 'static>(argument: &str, error: &E) -> Failure {
    let error = in_options(error);
    match CHIPS.find(argument) {
        Ok(FilePlace::Path(path)) => Failure(format!("{}: {error}", path.display())),
        _ => Failure(error),
    }
}

/// Folder of trained networks and journals, if there is one that only this user can write to; otherwise the reason why
/// there is none.
pub(super) fn cache(options: &CacheOptions) -> Cache {
    // A relative path is a different one in every folder (XDG Base Directory Specification: ignore it).
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = || variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    let folder = options.cache_dir.clone().or_else(|| base().map(|base| base.join("spikemesh")));
    let Some(folder) = folder else {
        let why = "nothing is kept between runs: neither XDG_CACHE_HOME nor HOME is set; give --cache-dir";
        return Cache { folder: Err(why.into()) };
    };
    let folder = stranger(&folder).map_or(Ok(folder), |why| {
        Err(format!("nothing is kept between runs, and nothing that was kept is used: {why}; give another --cache-dir"))
    });
    Cache { folder }
}

pub(super) fn threads(asked: Option<u32>) -> usize {
    asked.map_or_else(crate::threads::processors, |n| n as usize)
}

/// Adds the command that trains a network within the limits that this one breaks.
pub(super) fn advised(error: &Error, target: &TargetOptions, graph: &Graph) -> Failure {
    let plain = of_chip(&target.chip.chip, error);
    let Error::Map(MapError::DoesNotFit { violations, .. }) = error else { return plain };
    let bits = violations.iter().find(|violation| violation.limit == "core.weight_bits").map(|v| v.allowed);
    // The default network is one for large chips.
    let plain = match target.network.is_default() {
        true => Failure(format!("{}\n(a smaller network than the default: --network digits-mlp)", plain.0)),
        false => plain,
    };
    // Sparse networks are not trained.
    let Some(bits) = bits.filter(|_| !graph.operations.is_empty()) else { return plain };
    let has_weights = catalog::network(target.network.name()).ok().and_then(with_weights).is_some();
    let tune = if has_weights { "--fine-tune " } else { "" };
    let stem = Path::new(target.network.name())
        .file_stem()
        .map_or("network".into(), |stem| stem.to_string_lossy().into_owned());
    let [network, out] = [target.network.name().to_owned(), format!("{stem}-{bits}-bits")].map(|text| quoted(&text));
    Failure(format!(
        "{}\n(to train with {bits}-bit weights: spikemesh train {tune}--network {network} --weight-bits {bits} \
         --out {out})",
        plain.0
    ))
}

/// A word of a command, quoted for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
