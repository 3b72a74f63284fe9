//! SANA-FE's files: an architecture as a chip file, a network mapped to it as a sparse network and a mapping.
//!
//! Facts carry over, and what has no counterpart is named: in `notes` where a run is possible without it, as a problem
//! where it is not. All problems of a file are found at once.
//!
//! Format: SLAM-Lab/SANA-FE, commit 8951ab07, `arch/README.md`, `snn/README.md` and what its readers accept.

mod architecture;
mod groups;
mod network;
mod synapses;
mod units;
mod yaml;

pub use architecture::{Architecture, architecture};
pub use network::{ImportedNetwork, network};

use crate::json::FileError;
use std::path::Path;
use yaml::Source;

/// What a file describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A chip.
    Architecture,
    /// A network and its mapping.
    Network,
}

/// Whether a file is one of SANA-FE's, by its name.
pub fn is_named_so(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    matches!(extension.as_deref(), Some("yaml" | "yml"))
}

/// What a file describes, by its sections.
pub fn content(path: &Path) -> Result<Content, FileError> {
    let source = Source::open(path)?;
    let found = ["architecture", "network"].map(|section| source.root.get(section).is_some());
    if found == [false, false] {
        source.problem(&source.root, "has no section \"architecture\" and no section \"network\"");
    }
    let content = if found[0] { Content::Architecture } else { Content::Network };
    source.finish(Some(content))
}
