//! Finding chips, networks and data by name or path.
//!
//! A name is that of a file that the program carries, whatever lies in the current folder, so that it means the same
//! everywhere. A file of the user's own is given by its path, and reports say so.

use super::advice::in_options;
use super::args::{CacheOptions, Change, DataOptions, LimitsArg, TargetOptions};
use super::owner::stranger;
use super::progress::Ui;
use super::{Failure, folder};
use crate::data::{self, Dataset, Reading};
use crate::digest;
use crate::hw::{self, Chip};
use crate::json::{self, Document, nearest};
use crate::map::place::{self, Effort, Placer};
use crate::map::{self, Limits, MapError, Objective, Partitioner};
use crate::net::{self, Graph, Network, RandomSpec, Trained};
use crate::report::Origin;
use crate::session::{Error, MapOptions};
use include_dir::{Dir, include_dir};
use std::path::{Path, PathBuf};

static CHIPS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/hw_models");
static NETWORKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/networks");

/// A kind of file that goes by name.
#[derive(Clone, Copy)]
pub(super) struct Shelf {
    folder: &'static str,
    what: &'static str,
    carried: &'static Dir<'static>,
}

pub(super) const CHIP_SHELF: Shelf = Shelf { folder: "hw_models", what: "chip", carried: &CHIPS };
pub(super) const NETWORK_SHELF: Shelf = Shelf { folder: "networks", what: "network", carried: &NETWORKS };

/// Where something of a name was found.
pub(super) enum Place {
    Path(PathBuf),
    /// The program's own copy: a name for messages, and the text.
    Carried(String, &'static str),
}

impl Shelf {
    /// All names, sorted.
    pub(super) fn names(self) -> Vec<String> {
        let mut names: Vec<String> = self.carried.files().filter_map(|f| stem(f.path())).collect();
        names.sort();
        names
    }

    /// A file that the program carries, by its path on the shelf.
    pub(super) fn carried(self, path: PathBuf) -> Option<&'static [u8]> {
        self.carried.get_file(path).map(|file| file.contents())
    }

    /// The place of a name or path.
    pub(super) fn find(self, argument: &str) -> Result<Place, Failure> {
        if is_path(argument) {
            return Ok(Place::Path(argument.into()));
        }
        if let Some((file, text)) = self.built_in(argument) {
            return Ok(Place::Carried(file, text));
        }
        // What `train` and `import` wrote is known by what is in it; a built-in name it cannot have.
        if self.folder == NETWORK_SHELF.folder && Path::new(argument).join(NETWORK_FILE).is_file() {
            return Ok(Place::Path(argument.into()));
        }
        let names = self.names();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let hint = self.beside(argument).unwrap_or_else(|| {
            nearest(argument, &known).map_or(String::new(), |near| format!("; did you mean \"{near}\"?"))
        });
        let (what, known) = (self.what, known.join(", "));
        Err(Failure(format!("unknown {what} \"{argument}\"; known: {known}, or the path of a file{hint}")))
    }

    /// The program's own file of a name: what it is called in messages, and its text.
    fn built_in(self, name: &str) -> Option<(String, &'static str)> {
        let file = format!("{name}.json");
        let text = self.carried.get_file(&file)?.contents_utf8()?;
        Some((Path::new(self.folder).join(file).display().to_string(), text))
    }

    /// How to name a file of the current folder that may be meant.
    fn beside(self, argument: &str) -> Option<String> {
        let shelved = Path::new(self.folder).join(format!("{argument}.json"));
        let (path, own) = (shelved.display(), Path::new(argument));
        if shelved.is_file() {
            return Some(format!("; for the file in {}: {path}", self.folder));
        }
        match own.is_dir() {
            true if self.folder == NETWORK_SHELF.folder => Some(format!(
                "; the folder {argument} has no {NETWORK_FILE}: to read it all the same, write ./{argument}"
            )),
            true => Some(format!("; the folder {argument} is no {}", self.what)),
            false if own.exists() => Some(format!("; for the file {argument}: ./{argument}")),
            false => None,
        }
    }

    /// Where a file of the user's own stood for what the program does not carry.
    fn origin(self, path: &Path, name: &str, digest: u64, document: Option<&Document>) -> Origin {
        let built_in = self.built_in(name).and_then(|(file, text)| Document::parse(file, text).ok());
        let differs = document.zip(built_in).map(|(own, built_in)| own.differences(&built_in));
        Origin { what: self.what, name: name.to_owned(), file: path.display().to_string(), digest, differs }
    }
}

/// The file of a network's folder.
const NETWORK_FILE: &str = "network.json";

/// Whether an argument is a path, and no name.
fn is_path(argument: &str) -> bool {
    let separated = argument.contains(['/', std::path::MAIN_SEPARATOR]) || matches!(argument, "." | "..");
    separated || argument.ends_with(".json")
}

/// A folder or file as an argument that is no name: `mine` as `./mine`.
pub(super) fn as_argument(path: &Path) -> String {
    let text = path.display().to_string();
    if is_path(&text) { text } else { format!("./{text}") }
}

fn stem(path: &Path) -> Option<String> {
    let json = path.extension().is_some_and(|extension| extension == "json");
    json.then(|| path.file_stem().map(|stem| stem.to_string_lossy().into_owned())).flatten()
}

/// Loads a chip.
pub(super) fn chip(argument: &str) -> Result<Chip, Failure> {
    named_chip(argument).map(|(chip, _)| chip)
}

/// Loads a chip, and says where it came from if it is not built in.
pub(super) fn named_chip(argument: &str) -> Result<(Chip, Option<Origin>), Failure> {
    let ChipFile { document, name, origin } = chip_file(argument)?;
    Ok((hw::read(document, &name)?, origin))
}

/// The file of a chip, not read yet.
pub(super) struct ChipFile {
    pub(super) document: Document,
    pub(super) name: String,
    pub(super) origin: Option<Origin>,
}

/// Finds the file of a chip.
pub(super) fn chip_file(argument: &str) -> Result<ChipFile, Failure> {
    match CHIP_SHELF.find(argument)? {
        Place::Path(path) => {
            let name = path.file_stem().map_or("chip".into(), |stem| stem.to_string_lossy().into_owned());
            let document = Document::open(&path, hw::MAX_FILE_BYTES)?;
            let origin = CHIP_SHELF.origin(&path, &name, document.root().digest(&[]), Some(&document));
            Ok(ChipFile { document, name, origin: Some(origin) })
        }
        Place::Carried(file, text) => {
            Ok(ChipFile { document: Document::parse(file, text)?, name: argument.to_owned(), origin: None })
        }
    }
}

/// The text of a chip file.
pub(super) fn chip_text(argument: &str) -> Result<String, String> {
    match CHIP_SHELF.find(argument).map_err(|Failure(why)| why)? {
        Place::Path(path) => json::read_text(&path, hw::MAX_FILE_BYTES).map_err(|error| error.to_string()),
        Place::Carried(_, text) => Ok(text.to_owned()),
    }
}

/// A chip with numbers of its file changed.
pub(super) struct Changed {
    pub(super) chip: Chip,
    /// A note on each change.
    pub(super) notes: Vec<String>,
    pub(super) origin: Option<Origin>,
}

/// Loads a chip with numbers of its file changed.
pub(super) fn chip_with(argument: &str, changes: &[Change]) -> Result<Changed, Failure> {
    let ChipFile { mut document, name, origin } = chip_file(argument)?;
    let pairs: Vec<_> = changes.iter().map(|Change { path, value }| (path.as_str(), value.as_str())).collect();
    let all = hw::set_numbers(&mut document, &pairs).map_err(|why| Failure(format!("--set: {why}")))?;
    let note = |(Change { path, value }, was): (&Change, String)| {
        format!("{path} of the chip was set to {value}; its file has {was}")
    };
    let notes = changes.iter().zip(all).map(note).collect();
    Ok(Changed { chip: hw::read(document, &name)?, notes, origin })
}

/// Loads a network.
pub(super) fn network(argument: &str) -> Result<Network, Failure> {
    named_network(argument).map(|(network, _)| network)
}

/// Loads a network, and says where it came from if it is not built in.
pub(super) fn named_network(argument: &str) -> Result<(Network, Option<Origin>), Failure> {
    if RandomSpec::is_name(argument) {
        return Ok((Network::Sparse(Box::new(RandomSpec::parse(argument)?.generate())), None));
    }
    if Path::new(argument).extension().is_some_and(|extension| extension == "nir") {
        return Err(Failure(format!(
            "{argument}: a NIR graph; import it first: spikemesh import {argument} --out DIR"
        )));
    }
    match NETWORK_SHELF.find(argument)? {
        Place::Path(path) => {
            let network =
                net::load(&path).map_err(|error| folder::unfinished(&path).unwrap_or_else(|| error.into()))?;
            let digest = digest::of("spikemesh.network-contents/1", &network);
            // A folder has weights, which no built-in file has.
            let document = path.is_file().then(|| Document::open(&path, net::MAX_FILE_BYTES)).transpose()?;
            let origin = NETWORK_SHELF.origin(&path, name_of(&network), digest, document.as_ref());
            Ok((network, Some(origin)))
        }
        Place::Carried(file, text) => {
            let network = net::read(Document::parse(file, text)?, argument, Path::new(NETWORK_SHELF.folder))?;
            Ok((network, None))
        }
    }
}

fn name_of(network: &Network) -> &str {
    match network {
        Network::Untrained(architecture) => &architecture.name,
        Network::Trained(trained) => &trained.architecture.name,
        Network::Sparse(sparse) => &sparse.name,
    }
}

/// Where data came from, if the data set is not registered.
pub(super) fn data_origin(dataset: &Dataset) -> Option<Origin> {
    let folder = dataset.folder.as_ref()?.display().to_string();
    Some(Origin { what: "data", name: dataset.name.clone(), file: folder, digest: dataset.digest, differs: None })
}

/// Loads a data set for a network of so many time steps, into which events are cut.
pub(super) fn data(name: &str, folders: &DataOptions, steps: u32) -> Result<Dataset, Failure> {
    let _span = tracing::info_span!("load data", name).entered();
    Ok(data::load_with(name, &folders.data_dir, Reading { steps, bin_us: folders.bin_us })?)
}

/// The data set of a trained network, as a name or a path: the one that it was trained on, if that is here.
pub(super) fn data_of(trained: &Trained, folders: &DataOptions) -> Result<String, Failure> {
    let (name, folder) = (&trained.meta.dataset, &trained.meta.data_folder);
    if data::is_registered(name) && folder.is_none() {
        return Ok(name.clone());
    }
    if let Some(folder) = folder.as_ref().filter(|folder| Path::new(folder).is_dir()) {
        return Ok(folder.clone());
    }
    if data::own_folder(name, &folders.data_dir).is_some() {
        return Ok(name.clone());
    }
    let place = folder.as_ref().map_or(format!("a folder named {name}"), |folder| format!("the folder {folder}"));
    let network = &trained.architecture.name;
    Err(Failure(format!("{network} was trained on {place}, which is not here; say where its data is: --data DIR")))
}

/// Loads the data set for a trained network: one that is asked for, or the one that it was trained on.
pub(super) fn data_for(
    trained: &Trained,
    asked: Option<&String>,
    folders: &DataOptions,
    steps: u32,
) -> Result<Dataset, Failure> {
    let name = asked.map_or_else(|| data_of(trained, folders), |name| Ok(name.clone()))?;
    let dataset = data(&name, folders, steps)?;
    if asked.is_none() && folders.bin_us.is_none() {
        super::weights::belong(trained, &dataset)?;
    }
    Ok(dataset)
}

/// The placer of a name.
pub(super) fn placer(name: &str) -> Result<Placer, Failure> {
    let unknown = || Failure(format!("--placer: found \"{name}\", allowed: {}", place::NAMES.join(", ")));
    Placer::from_name(name).ok_or_else(unknown)
}

/// The partitioner of a name.
pub(super) fn partitioner(name: &str) -> Result<Partitioner, Failure> {
    let unknown = || Failure(format!("--partitioner: found \"{name}\", allowed: {}", Partitioner::NAMES.join(", ")));
    Partitioner::from_name(name).ok_or_else(unknown)
}

/// The objective of a name.
pub(super) fn objective(name: &str) -> Result<Objective, Failure> {
    let unknown = || Failure(format!("--objective: found \"{name}\", allowed: {}", Objective::NAMES.join(", ")));
    Objective::from_name(name).ok_or_else(unknown)
}

/// What the argument stands for.
pub(super) fn limits(argument: LimitsArg) -> Limits {
    match argument {
        LimitsArg::Enforce => Limits::Enforce,
        LimitsArg::Report => Limits::Report,
    }
}

/// How to map, of the arguments and a seed.
pub(super) fn mapping(target: &TargetOptions, seed: u64) -> Result<MapOptions, Failure> {
    let search = map::Options {
        limits: limits(target.limits),
        partitioner: partitioner(&target.partitioner)?,
        placer: placer(&target.placer)?,
        objective: objective(&target.objective)?,
        cores: target.cores,
        effort: Effort { moves: target.budget, seed },
        whole: target.no_splits,
    };
    Ok(MapOptions { search, file: target.mapping.clone(), seed, ..MapOptions::default() })
}

/// Why a network is not mapped or built, with the path of the chip's file, and with a way to a network that fits.
pub(super) fn of_target(error: &Error, target: &TargetOptions, graph: &Graph) -> Failure {
    match error {
        Error::Map(_) if target.mapping.is_none() => advised(error, target, graph),
        Error::Map(_) | Error::System(_) => of_chip(&target.chip, error),
        _ => Failure(in_options(error)),
    }
}

/// An error that names a chip by the name it has, which of a file is only a part of its path: the path is said too.
pub(super) fn of_chip<E: std::error::Error + 'static>(argument: &str, error: &E) -> Failure {
    let error = in_options(error);
    match CHIP_SHELF.find(argument) {
        Ok(Place::Path(path)) => Failure(format!("{}: {error}", path.display())),
        _ => Failure(error),
    }
}

/// The folder that keeps trained networks and journals, if there is one that is this user's alone to write to; a note says
/// why there is none.
pub(super) fn cache(options: &CacheOptions, ui: &Ui) -> Option<PathBuf> {
    cache_folder(options).inspect_err(|why| ui.note(why)).ok()
}

/// Likewise; the error says why there is none.
pub(super) fn cache_folder(options: &CacheOptions) -> Result<PathBuf, String> {
    // A relative path is a different one in every folder (XDG Base Directory Specification: ignore it).
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = || variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    let folder = options
        .cache_dir
        .clone()
        .or_else(|| base().map(|base| base.join("spikemesh")))
        .ok_or("nothing is kept between runs: neither XDG_CACHE_HOME nor HOME says where; --cache-dir does")?;
    match stranger(&folder) {
        Some(why) => Err(format!(
            "nothing is kept between runs, and nothing that was kept is used: {why}; give another --cache-dir"
        )),
        None => Ok(folder),
    }
}

/// Worker threads: as asked, or one per CPU.
pub(super) fn threads(asked: Option<u32>) -> usize {
    asked.map_or_else(crate::threads::processors, |n| n as usize)
}

/// Says with limits that a network breaks which command trains one that keeps them.
pub(super) fn advised(error: &Error, target: &TargetOptions, graph: &Graph) -> Failure {
    let plain = of_chip(&target.chip, error);
    let Error::Map(MapError::DoesNotFit { violations, .. }) = error else { return plain };
    let bits = violations.iter().find(|violation| violation.limit == "core.weight_bits").map(|v| v.allowed);
    // Sparse networks are not trained.
    let Some(bits) = bits.filter(|_| !graph.operations.is_empty()) else { return plain };
    let has_weights = match self::network(&target.network) {
        Ok(Network::Trained(_)) => true,
        Ok(Network::Untrained(architecture)) => super::train::shipped(&architecture).is_some(),
        _ => false,
    };
    let tune = if has_weights { "--fine-tune " } else { "" };
    let stem =
        Path::new(&target.network).file_stem().map_or("network".into(), |stem| stem.to_string_lossy().into_owned());
    let [network, out] = [target.network.clone(), format!("{stem}-{bits}-bits")].map(|text| quoted(&text));
    Failure(format!(
        "{}\n(weights of {bits} bits by training: spikemesh train {tune}--network {network} --weight-bits {bits} \
         --out {out})",
        plain.0
    ))
}

/// A word of a command, as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
