//! Networks that were not found by name: in memory, of NIR graphs, and as the files of a folder.

use super::catalog::{CONTENTS, NamedNetwork};
use super::error::Error;
use crate::digest;
use crate::json::{Cursor, Document, FileError};
use crate::net::{self, Network};
use crate::report::{origins_json, read_origins};
use serde_json::json;
use std::io;
use std::path::Path;
#[cfg(feature = "nir")]
use {super::catalog::NETWORKS, crate::net::nir::ImportOptions, crate::net::spikes::Stimulus};

/// The file of a network's folder.
const NETWORK_FILE: &str = "network.json";

impl NamedNetwork {
    /// A network in memory.
    pub fn in_memory(network: Network) -> Self {
        let digest = digest::of(CONTENTS, &network);
        Self { network, origin: None, remarks: Vec::new(), digest }
    }

    /// The network of the file of a NIR graph, imported with the options that the file gives.
    #[cfg(feature = "nir")]
    pub fn of_graph(path: &Path, stimulus: &Stimulus) -> Result<Self, Error> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| unreadable(&file, &error))?;
        let (network, _) = super::imported(&file, bytes.into(), ImportOptions::default(), stimulus)?;
        let made = Self::in_memory(network.into());
        let origin = NETWORKS.origin(path, made.name(), made.digest, None);
        Ok(Self { origin: Some(origin), ..made })
    }

    /// Writes the network into a folder, as `import` and `train` do.
    ///
    /// # Errors
    /// A network that is not trained, and a folder that cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), Error> {
        let file = folder.display().to_string();
        let saved = match &self.network {
            Network::Untrained(architecture) => {
                return Err(Error::Untrained { network: architecture.name.clone() });
            }
            Network::Trained(trained) => {
                net::save_trained(folder, &trained.architecture, &trained.meta, &trained.folded, &trained.quantised)
            }
            Network::Sparse(sparse) => {
                let graph = sparse.imported.as_ref().and_then(|origin| {
                    let name = origin.file.file_name()?.to_string_lossy().into_owned();
                    let bytes = match &origin.contents {
                        Some(bytes) => bytes.to_vec(),
                        // A missing graph is reported where a run is compared with it.
                        None => std::fs::read(&origin.file).ok()?,
                    };
                    Some((name, bytes))
                });
                net::save(sparse, folder, graph.as_slice())
            }
        };
        saved.map_err(|error| Error::File(FileError::single(file, "", format!("cannot be written: {error}"))))
    }

    /// The files of its folder, by name; they are written into an empty one. A network that is not trained has only one.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn files(&self, folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Error> {
        if let Network::Untrained(architecture) = &self.network {
            return Ok(vec![(NETWORK_FILE.to_owned(), net::untrained_text(architecture).into_bytes())]);
        }
        self.save(folder)?;
        let read = || -> io::Result<Vec<(String, Vec<u8>)>> {
            let mut files = Vec::new();
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                files.push((entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path())?));
            }
            files.sort();
            Ok(files)
        };
        read().map_err(|error| unreadable(&folder.display().to_string(), &error))
    }

    /// What is known of it beside its files, as text.
    pub fn facts(&self) -> String {
        json!({"origins": origins_json(self.origin.as_slice()), "remarks": self.remarks}).to_string()
    }

    /// The same network with what [`NamedNetwork::facts`] wrote.
    ///
    /// # Errors
    /// All problems of the text.
    pub fn with_facts(self, facts: &str) -> Result<Self, Error> {
        let document = Document::parse("facts of a network", facts)?;
        let read = || {
            let root = document.root();
            let object = root.object(&["origins", "remarks"])?;
            let (origins, remarks) = (read_origins(&object.need("origins")?), object.need("remarks")?);
            let remarks: Vec<Option<String>> = remarks.list(0..=usize::MAX)?.iter().map(Cursor::string).collect();
            Some((origins?, remarks.into_iter().collect::<Option<Vec<String>>>()?))
        };
        let read = read();
        let (origins, remarks) = document.finish(read)?;
        Ok(Self { origin: origins.into_iter().next(), remarks, ..self })
    }

    /// The network of such files; they are written into an empty folder, which is not needed afterwards.
    ///
    /// # Errors
    /// Files that are not those of a network.
    pub fn of_files(name: &str, files: &[(String, Vec<u8>)], folder: &Path) -> Result<Self, Error> {
        for (file, bytes) in files {
            let is_plain =
                Path::new(file).components().count() == 1 && !file.contains(['/', '\\', ':']) && file != "..";
            if !is_plain {
                return Err(FileError::single(file.as_str(), "", "is not the name of a file in a folder").into());
            }
            std::fs::write(folder.join(file), bytes)
                .map_err(|error| FileError::single(file.as_str(), "", format!("cannot be written: {error}")))?;
        }
        let document = Document::open(&folder.join(NETWORK_FILE), net::MAX_FILE_BYTES)?;
        let mut network = net::read(document, name, folder)?;
        if let Network::Sparse(sparse) = &mut network
            && let Some(origin) = &mut sparse.imported
        {
            origin.contents = std::fs::read(&origin.file).ok().map(Into::into);
            origin.file = origin.file.file_name().map_or_else(Default::default, Into::into);
        }
        Ok(Self::in_memory(network))
    }
}

fn unreadable(file: &str, error: &io::Error) -> Error {
    FileError::single(file, "", format!("cannot be read: {error}")).into()
}
