//! Chips, networks and data sets by name or path.
//!
//! A name always refers to a file that the library contains, whatever the current folder holds, so that it means the
//! same everywhere. A user's file is given by its path, and reports say so.

use super::error::{Error, OptionField};
use super::unfinished::{remark, unfinished};
use super::weights;
use crate::data::{self, Binning, Dataset, Wanted};
use crate::digest;
use crate::hw::{self, Chip, ChipDocument};
use crate::json::{self, Document, did_you_mean};
use crate::net::input::AudioFrontEnd;
use crate::net::{self, Architecture, Network, RandomSpec, Trained};
use crate::report::FileOrigin;
use include_dir::{Dir, include_dir};
use std::path::{Path, PathBuf};

static NETWORK_FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/networks");

/// A kind of files with names.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Shelf {
    folder: &'static str,
    what: &'static str,
    carried: &'static Dir<'static>,
}

/// Chips.
pub const CHIPS: Shelf = Shelf { folder: "hw_models", what: "chip", carried: &hw::CHIP_FILES };
/// Networks.
pub const NETWORKS: Shelf = Shelf { folder: "networks", what: "network", carried: &NETWORK_FILES };

/// Location of a named file.
#[doc(hidden)]
pub enum FilePlace {
    /// A file or folder of the user.
    Path(PathBuf),
    /// The library's own copy: a name for messages, and the text.
    Carried(String, &'static str),
}

impl Shelf {
    /// All names, sorted.
    pub fn names(self) -> Vec<String> {
        let mut names: Vec<String> = self.carried.files().filter_map(|f| stem(f.path())).collect();
        names.sort();
        names
    }

    /// A built-in file, by its path on the shelf.
    pub fn carried(self, path: PathBuf) -> Option<&'static [u8]> {
        self.carried.get_file(path).map(|file| file.contents())
    }

    /// Finds a name or path.
    pub fn find(self, argument: &str) -> Result<FilePlace, Error> {
        if is_path(argument) {
            return Ok(FilePlace::Path(argument.into()));
        }
        if let Some((file, text)) = self.built_in(argument) {
            return Ok(FilePlace::Carried(file, text));
        }
        // A folder written by `train` or `import` is recognised by its contents; it cannot have a built-in name.
        if self.folder == NETWORKS.folder && Path::new(argument).join(NETWORK_FILE).is_file() {
            return Ok(FilePlace::Path(argument.into()));
        }
        let names = self.names();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let hint = self.beside(argument).unwrap_or_else(|| did_you_mean(argument, &known));
        let name = argument.to_owned();
        Err(Error::Unknown { what: self.what, name, known: known.join(", "), hint })
    }

    /// The built-in file with a name: its name in messages, and its text.
    fn built_in(self, name: &str) -> Option<(String, &'static str)> {
        let file = format!("{name}.json");
        let text = self.carried.get_file(&file)?.contents_utf8()?;
        Some((Path::new(self.folder).join(file).display().to_string(), text))
    }

    /// Suggests how to name a file in the current folder that may be meant.
    fn beside(self, argument: &str) -> Option<String> {
        let shelved = Path::new(self.folder).join(format!("{argument}.json"));
        let (path, own) = (shelved.display(), Path::new(argument));
        if shelved.is_file() {
            return Some(format!("; for the file in {}: {path}", self.folder));
        }
        match own.is_dir() {
            true if self.folder == NETWORKS.folder => Some(format!(
                "; the folder {argument} has no {NETWORK_FILE}: to read it all the same, write ./{argument}"
            )),
            true => Some(format!("; the folder {argument} is no {}", self.what)),
            false if own.exists() => Some(format!("; for the file {argument}: ./{argument}")),
            false => None,
        }
    }

    /// Origin of a user's file that takes the place of a built-in one.
    pub(super) fn origin(self, path: &Path, name: &str, digest: u64, document: Option<&Document>) -> FileOrigin {
        let built_in = self.built_in(name).and_then(|(file, text)| Document::parse(file, text).ok());
        let differs = document.zip(built_in).map(|(own, built_in)| own.differences(&built_in));
        let file = path.display().to_string();
        FileOrigin { what: self.what, name: name.to_owned(), file, digest, differs, extends: None, changes: None }
    }
}

/// The file of a network's folder.
const NETWORK_FILE: &str = "network.json";

/// Whether an argument is a path, not a name.
#[doc(hidden)]
pub fn is_path(argument: &str) -> bool {
    let separated = argument.contains(['/', std::path::MAIN_SEPARATOR]) || matches!(argument, "." | "..");
    separated || argument.ends_with(".json")
}

/// A folder or file as an argument that is not a name: `mine` as `./mine`.
#[doc(hidden)]
pub fn as_argument(path: &Path) -> String {
    let text = path.display().to_string();
    if is_path(&text) { text } else { format!("./{text}") }
}

fn stem(path: &Path) -> Option<String> {
    let json = path.extension().is_some_and(|extension| extension == "json");
    json.then(|| path.file_stem().map(|stem| stem.to_string_lossy().into_owned())).flatten()
}

/// Loads a chip.
pub fn chip(argument: &str) -> Result<Chip, Error> {
    named_chip(argument).map(|(chip, _)| chip)
}

/// Loads a chip, and gives its origin if it is not built in.
#[doc(hidden)]
pub fn named_chip(argument: &str) -> Result<(Chip, Option<FileOrigin>), Error> {
    let NamedChipFile { document, name, origin } = chip_file(argument)?;
    Ok((hw::read(document, &name)?, origin))
}

/// The file of a chip, not yet read.
#[doc(hidden)]
pub struct NamedChipFile {
    /// The contents.
    pub document: Document,
    /// The name of the chip.
    pub name: String,
    /// Origin of the file, if it is not built in.
    pub origin: Option<FileOrigin>,
}

/// Finds the file of a chip.
#[doc(hidden)]
pub fn chip_file(argument: &str) -> Result<NamedChipFile, Error> {
    match CHIPS.find(argument)? {
        FilePlace::Path(path) => {
            let stem = path.file_stem().map_or("chip".into(), |stem| stem.to_string_lossy().into_owned());
            let ChipDocument { document, base } = hw::open(&path)?;
            let own = document.root().field("name").and_then(|name| name.as_text().map(str::to_owned));
            let name = own.unwrap_or(stem);
            let origin = CHIPS.origin(&path, &name, document.root().digest(&[]), Some(&document));
            let (extends, changes) = base.map(|base| (base.name, base.changes)).unzip();
            Ok(NamedChipFile { document, name, origin: Some(FileOrigin { extends, changes, ..origin }) })
        }
        FilePlace::Carried(file, text) => {
            Ok(NamedChipFile { document: Document::parse(file, text)?, name: argument.to_owned(), origin: None })
        }
    }
}

/// The text of a chip file.
#[doc(hidden)]
pub fn chip_text(argument: &str) -> Result<String, Error> {
    match CHIPS.find(argument)? {
        FilePlace::Path(path) => Ok(json::read_text(&path, hw::MAX_FILE_BYTES)?),
        FilePlace::Carried(_, text) => Ok(text.to_owned()),
    }
}

/// The contents of a chip's file, an overlay merged with its base, with values changed.
#[doc(hidden)]
pub fn chip_value(argument: &str, changes: &[(&str, &str)]) -> Result<serde_json::Value, Error> {
    let NamedChipFile { mut document, .. } = chip_file(argument)?;
    hw::set_values(&mut document, changes).map_err(|why| Error::field(OptionField::Set, why))?;
    Ok(document.value().clone())
}

/// The text of a network's file.
#[doc(hidden)]
pub fn network_text(argument: &str) -> Result<String, Error> {
    match NETWORKS.find(argument)? {
        FilePlace::Path(path) => {
            let file = if path.is_dir() { path.join(NETWORK_FILE) } else { path };
            Ok(json::read_text(&file, net::MAX_FILE_BYTES)?)
        }
        FilePlace::Carried(_, text) => Ok(text.to_owned()),
    }
}

/// A chip with values of its file changed.
#[doc(hidden)]
pub struct Changed {
    /// The chip.
    pub chip: Chip,
    /// A note on each change.
    pub notes: Vec<String>,
    /// Origin of the chip's file, if it is not built in.
    pub origin: Option<FileOrigin>,
    /// A digest of what the file says with these changes.
    pub digest: u64,
}

/// Loads a chip with values of its file changed.
#[doc(hidden)]
pub fn chip_with(argument: &str, changes: &[(&str, &str)]) -> Result<Changed, Error> {
    chip_file(argument)?.changed(changes)
}

/// Between the parts of a note on a change: path, value, and the value of the file.
const SET_TO: &str = " of the chip was set to ";
const INSTEAD_OF: &str = "; its file has ";

/// The path and the value of the change of a chip that a note is on.
pub(super) fn change_of_note(note: &str) -> Option<(&str, &str)> {
    let (path, rest) = note.split_once(SET_TO)?;
    rest.rsplit_once(INSTEAD_OF).map(|(value, _)| (path, value))
}

impl NamedChipFile {
    /// The chip of the file, with values changed.
    pub fn changed(self, changes: &[(&str, &str)]) -> Result<Changed, Error> {
        let Self { mut document, name, origin } = self;
        let all = hw::set_values(&mut document, changes).map_err(|why| Error::field(OptionField::Set, why))?;
        let note = |((path, value), was): (&(&str, &str), String)| format!("{path}{SET_TO}{value}{INSTEAD_OF}{was}");
        let notes = changes.iter().zip(all).map(note);
        let digest = document.root().digest(&[]);
        let chip = hw::read(document, &name)?;
        let notes = notes.chain(changes.iter().filter_map(|(path, _)| chip.unmoved(path))).collect();
        Ok(Changed { chip, notes, origin, digest })
    }
}

/// Loads a network.
pub fn network(argument: &str) -> Result<Network, Error> {
    named_network(argument).map(|named| named.network)
}

/// A network by name or path.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct NamedNetwork {
    /// The network.
    pub network: Network,
    /// Origin of the network, if it is not built in.
    pub origin: Option<FileOrigin>,
    /// Notes on its folder for the reader of a report.
    pub remarks: Vec<String>,
    /// A digest of its contents.
    pub digest: u64,
}

impl NamedNetwork {
    /// Its own name.
    pub fn name(&self) -> &str {
        name_of(&self.network)
    }
}

/// Kind of the digests of networks.
pub(super) const CONTENTS: &str = "spikemesh.network-contents/1";

/// A digest of a network with its weights.
#[doc(hidden)]
pub fn trained_digest(trained: &Trained) -> u64 {
    digest::of("spikemesh.trained-contents/1", trained)
}

/// Loads a network, and gives its origin.
#[doc(hidden)]
pub fn named_network(argument: &str) -> Result<NamedNetwork, Error> {
    let built_in = |network, digest| NamedNetwork { network, origin: None, remarks: Vec::new(), digest };
    if RandomSpec::is_name(argument) {
        // Its name says all of it.
        let spec = RandomSpec::parse(argument)?;
        spec.check_memory()?;
        let network = Network::Sparse(Box::new(spec.generate()));
        return Ok(built_in(network, digest::of("spikemesh.network-name/1", argument)));
    }
    if Path::new(argument).extension().is_some_and(|extension| extension == "nir") {
        return Err(Error::Nir { file: argument.to_owned() });
    }
    match NETWORKS.find(argument)? {
        FilePlace::Path(path) => {
            let network = net::load(&path).map_err(|error| unfinished(&path).unwrap_or_else(|| error.into()))?;
            let digest = digest::of(CONTENTS, &network);
            // A folder has weights, which no built-in file has.
            let document = path.is_file().then(|| Document::open(&path, net::MAX_FILE_BYTES)).transpose()?;
            let origin = NETWORKS.origin(&path, name_of(&network), digest, document.as_ref());
            Ok(NamedNetwork { network, origin: Some(origin), remarks: remark(&path).into_iter().collect(), digest })
        }
        FilePlace::Carried(file, text) => {
            let network = net::read(Document::parse(file, text)?, argument, Path::new(NETWORKS.folder))?;
            let digest = digest::of(CONTENTS, &network);
            Ok(built_in(network, digest))
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

/// Origin of the data, if the data set is not registered.
#[doc(hidden)]
pub fn data_origin(dataset: &Dataset) -> Option<FileOrigin> {
    let folder = dataset.folder.as_ref()?.display().to_string();
    let (name, digest) = (dataset.name.clone(), dataset.digest);
    Some(FileOrigin { what: "data", name, file: folder, digest, differs: None, extends: None, changes: None })
}

/// Folders with data sets, and how samples are read.
#[doc(hidden)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataOptions {
    /// Folders that are searched in addition to the usual places.
    pub folders: Vec<PathBuf>,
    /// Time of a step of events (us); `None` cuts a sample's time into equal steps.
    pub bin_us: Option<u64>,
    /// Noise added to recordings of sound, as their ratio of signal to noise (dB).
    pub snr_db: Option<u32>,
    /// What makes values of recordings of sound; of data for a network it is the network's.
    pub audio: Option<AudioFrontEnd>,
}

impl DataOptions {
    fn reading(&self, steps: u32) -> Binning {
        Binning { steps, bin_us: self.bin_us, audio: self.audio, snr_db: self.snr_db }
    }

    /// The same for the samples of a network.
    fn of(&self, architecture: &Architecture) -> Self {
        Self { audio: architecture.audio, ..self.clone() }
    }
}

/// Loads a data set for a network with that number of time steps; events are cut into as many bins, and recordings of sound
/// become values as the usual front end makes them.
pub fn data(name: &str, options: &DataOptions, steps: u32) -> Result<Dataset, Error> {
    let audio = options.audio.or(Some(AudioFrontEnd::default()));
    parts(name, &DataOptions { audio, ..options.clone() }, (steps, Wanted::All))
}

/// Loads the wanted parts of a data set for a network with weights: of one that is not on this machine the part that
/// comes with the program, if there is one, with a note.
#[doc(hidden)]
pub fn data_to_test(name: &str, options: &DataOptions, (steps, wanted): (u32, Wanted)) -> Result<Dataset, Error> {
    let _span = tracing::info_span!("load data", name).entered();
    Ok(data::load_to_test(name, &options.folders, (options.reading(steps), wanted))?)
}

/// Loads the wanted parts of the data set for an architecture: the requested one, or the one that it names.
#[doc(hidden)]
pub fn data_named(
    architecture: &Architecture,
    asked: Option<&String>,
    options: &DataOptions,
    (steps, wanted): (u32, Wanted),
) -> Result<Dataset, Error> {
    let options = &options.of(architecture);
    match asked {
        Some(name) => parts(name, options, (steps, wanted)),
        None => data_to_test(&architecture.dataset, options, (steps, wanted)),
    }
}

/// Parts of a data set by which the trained form of a network is found: none of a registered one, whose contents are known.
#[doc(hidden)]
pub fn to_identify(name: &str) -> Wanted {
    if data::is_registered(name) { Wanted::Nothing } else { Wanted::All }
}

fn parts(name: &str, options: &DataOptions, (steps, wanted): (u32, Wanted)) -> Result<Dataset, Error> {
    let _span = tracing::info_span!("load data", name).entered();
    Ok(data::load_parts(name, &options.folders, (options.reading(steps), wanted))?)
}

/// The data set of a trained network, as a name or a path: the one it was trained on, if that is on this machine.
#[doc(hidden)]
pub fn data_of(trained: &Trained, options: &DataOptions) -> Result<String, Error> {
    let (name, folder) = (&trained.meta.dataset, &trained.meta.data_folder);
    if data::is_registered(name) && folder.is_none() {
        return Ok(name.clone());
    }
    if let Some(folder) = folder.as_ref().filter(|folder| Path::new(folder).exists()) {
        return Ok(folder.clone());
    }
    if data::own_folder(name, &options.folders).is_some() {
        return Ok(name.clone());
    }
    let place = folder.as_ref().map_or(format!("a folder named {name}"), |folder| format!("the folder {folder}"));
    Err(Error::DataAbsent { network: trained.architecture.name.clone(), place })
}

/// Loads the data set of a training: the requested one, or what a trained network was trained on, or what an untrained one
/// names. For a user's folder, its absolute path too.
#[doc(hidden)]
pub fn data_to_train(
    architecture: &Architecture,
    trained: Option<&Trained>,
    asked: Option<&String>,
    options: &DataOptions,
    steps: u32,
) -> Result<(Dataset, Option<String>), Error> {
    let name = match (asked, trained) {
        (Some(asked), _) => asked.clone(),
        (None, Some(trained)) => data_of(trained, options)?,
        (None, None) => architecture.dataset.clone(),
    };
    let folder = data::own_folder(&name, &options.folders).and_then(|folder| folder.canonicalize().ok());
    let folder = folder.and_then(|folder| folder.into_os_string().into_string().ok());
    Ok((parts(&name, &options.of(architecture), (steps, Wanted::All))?, folder))
}

/// Loads the wanted parts of the data set for a trained network: the requested one, or the one it was trained on.
#[doc(hidden)]
pub fn data_for(
    trained: &Trained,
    asked: Option<&String>,
    options: &DataOptions,
    (steps, wanted): (u32, Wanted),
) -> Result<Dataset, Error> {
    // Weights without a digest are measured on the validation part.
    let wanted = if trained.digested { wanted } else { Wanted::All };
    let options = &options.of(&trained.architecture);
    let dataset = match asked {
        Some(name) => parts(name, options, (steps, wanted))?,
        None => data_to_test(&data_of(trained, options)?, options, (steps, wanted))?,
    };
    if asked.is_none() && options.bin_us.is_none() && options.snr_db.is_none() {
        weights::belong(trained, &dataset)?;
    }
    Ok(dataset)
}
