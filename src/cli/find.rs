//! Finding chips, networks and data by name or path.
//!
//! A name is a file's stem in `hw_models` or `networks` of the current folder, or else in the copies that the
//! program carries, so that it runs from anywhere.

use super::args::{CacheOptions, Change, DataOptions, LimitsArg, TargetOptions};
use super::owner::stranger;
use super::progress::Ui;
use super::{Failure, folder};
use crate::data::{self, Dataset, Reading};
use crate::hw::{self, Chip};
use crate::json::{Document, nearest};
use crate::map::place::{self, Effort, Placer};
use crate::map::{self, Arranged, Limits, Objective, Partitioner};
use crate::net::{self, Graph, Network, RandomSpec, Trained};
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
        let on_disk = std::fs::read_dir(self.folder).into_iter().flatten().flatten().filter_map(|e| stem(&e.path()));
        let carried = self.carried.files().filter_map(|f| stem(f.path()));
        let mut names: Vec<String> = on_disk.chain(carried).collect();
        names.sort();
        names.dedup();
        names
    }

    /// A file that the program carries, by its path on the shelf.
    pub(super) fn carried(self, path: PathBuf) -> Option<&'static [u8]> {
        self.carried.get_file(path).map(|file| file.contents())
    }

    /// The place of a name or path.
    pub(super) fn find(self, argument: &str) -> Result<Place, Failure> {
        let looks_like_path = argument.ends_with(".json") || argument.contains(std::path::MAIN_SEPARATOR);
        if looks_like_path || Path::new(argument).is_dir() {
            return Ok(Place::Path(argument.into()));
        }
        let file = format!("{argument}.json");
        let path = Path::new(self.folder).join(&file);
        if path.is_file() {
            return Ok(Place::Path(path));
        }
        if let Some(text) = self.carried.get_file(&file).and_then(|f| f.contents_utf8()) {
            return Ok(Place::Carried(path.display().to_string(), text));
        }
        let names = self.names();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let hint = nearest(argument, &known).map_or(String::new(), |near| format!("; did you mean \"{near}\"?"));
        let (what, known) = (self.what, known.join(", "));
        Err(Failure(format!("unknown {what} \"{argument}\"; known: {known}, or the path of a file{hint}")))
    }
}

fn stem(path: &Path) -> Option<String> {
    let json = path.extension().is_some_and(|extension| extension == "json");
    json.then(|| path.file_stem().map(|stem| stem.to_string_lossy().into_owned())).flatten()
}

/// Loads a chip.
pub(super) fn chip(argument: &str) -> Result<Chip, Failure> {
    match CHIP_SHELF.find(argument)? {
        Place::Path(path) => Ok(hw::load(&path)?),
        Place::Carried(file, text) => Ok(hw::read(Document::parse(file, text)?, argument)?),
    }
}

/// The text of a chip file.
pub(super) fn chip_text(argument: &str) -> Result<String, String> {
    match CHIP_SHELF.find(argument).map_err(|Failure(why)| why)? {
        Place::Path(path) => std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display())),
        Place::Carried(_, text) => Ok(text.to_owned()),
    }
}

/// Loads a chip with numbers of its file changed; gives a note on each change too.
pub(super) fn chip_with(argument: &str, changes: &[Change]) -> Result<(Chip, Vec<String>), Failure> {
    let (mut document, name) = match CHIP_SHELF.find(argument)? {
        Place::Path(path) => {
            let name = path.file_stem().map_or("chip".into(), |stem| stem.to_string_lossy().into_owned());
            (Document::open(&path, hw::MAX_FILE_BYTES)?, name)
        }
        Place::Carried(file, text) => (Document::parse(file, text)?, argument.to_owned()),
    };
    let mut notes = Vec::new();
    for Change { path, value } in changes {
        let was = document.set_number(path, value).map_err(|why| Failure(format!("--set: {why}")))?;
        notes.push(format!("{path} of the chip was set to {value}; its file has {was}"));
    }
    Ok((hw::read(document, &name)?, notes))
}

/// Loads a network.
pub(super) fn network(argument: &str) -> Result<Network, Failure> {
    if RandomSpec::is_name(argument) {
        return Ok(Network::Sparse(Box::new(RandomSpec::parse(argument)?.generate())));
    }
    if Path::new(argument).extension().is_some_and(|extension| extension == "nir") {
        return Err(Failure(format!(
            "{argument}: a NIR graph; import it first: spikemesh import {argument} --out DIR"
        )));
    }
    match NETWORK_SHELF.find(argument)? {
        Place::Path(path) => {
            net::load(&path).map_err(|error| folder::unfinished(&path).unwrap_or_else(|| error.into()))
        }
        Place::Carried(file, text) => Ok(net::read(Document::parse(file, text)?, argument, Path::new("networks"))?),
    }
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
pub(super) fn mapping(target: &TargetOptions, seed: u64) -> Result<map::Options, Failure> {
    Ok(map::Options {
        limits: limits(target.limits),
        partitioner: partitioner(&target.partitioner)?,
        placer: placer(&target.placer)?,
        objective: objective(&target.objective)?,
        cores: target.cores,
        effort: Effort { moves: target.budget, seed },
        whole: target.no_splits,
    })
}

/// Maps a network as the arguments say, by search or by a file; `spikes` are those for which packets are counted.
pub(super) fn arranged(
    target: &TargetOptions,
    seed: u64,
    (graph, chip): (&Graph, &Chip),
    spikes: Option<&[u32]>,
) -> Result<Arranged, Failure> {
    let options = mapping(target, seed)?;
    match &target.mapping {
        None => Ok(map::arrange(graph, chip, options, spikes)?),
        Some(path) => {
            let document = Document::open(path, map::MAX_FILE_BYTES)?;
            Ok(map::load(document, graph, chip, options, spikes)?)
        }
    }
}

/// The folder that keeps trained networks and journals, if there is one that is this user's alone to write to.
pub(super) fn cache(options: &CacheOptions, ui: &Ui) -> Option<PathBuf> {
    // A relative path is a different one in every folder (XDG Base Directory Specification: ignore it).
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = || variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    let folder = options.cache_dir.clone().or_else(|| base().map(|base| base.join("spikemesh")));
    let Some(folder) = folder else {
        ui.note("nothing is kept between runs: neither XDG_CACHE_HOME nor HOME says where; --cache-dir does");
        return None;
    };
    if let Some(why) = stranger(&folder) {
        ui.note(format!(
            "nothing is kept between runs, and nothing that was kept is used: {why}; give another --cache-dir"
        ));
        return None;
    }
    Some(folder)
}

/// Worker threads: as asked, or one per CPU.
pub(super) fn threads(asked: Option<u32>) -> usize {
    asked.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), |n| n as usize)
}
