//! The options of a mapping.

use crate::errors::{to_py, wrong};
use pyo3::prelude::*;
use spikemesh::MapOptions;
use spikemesh::map::{Limits, MappingOptions};
use spikemesh::session;

fn limits_of(word: &str) -> PyResult<Limits> {
    match word {
        "enforce" => Ok(Limits::Enforce),
        "report" => Ok(Limits::Report),
        other => Err(wrong("limits", spikemesh::text::unknown(other, &["enforce", "report"]))),
    }
}

/// The options of a mapping by name; those that are not given have the defaults of the command line.
#[derive(Clone, Default, FromPyObject, IntoPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct AskedOptions {
    pub(crate) partitioner: Option<String>,
    pub(crate) placer: Option<String>,
    pub(crate) objective: Option<String>,
    pub(crate) share_cores: Option<String>,
    pub(crate) cores: Option<u32>,
    pub(crate) budget: Option<u64>,
    pub(crate) no_splits: bool,
    pub(crate) limits: String,
    pub(crate) profile: u32,
    pub(crate) seed: u64,
}

impl AskedOptions {
    /// The options of the search.
    pub(crate) fn read(&self) -> PyResult<MapOptions> {
        let mut search = MappingOptions { limits: limits_of(&self.limits)?, ..MappingOptions::default() };
        if let Some(name) = &self.partitioner {
            search.partitioner = session::partitioner(name).map_err(to_py)?;
        }
        if let Some(name) = &self.placer {
            search.placer = session::placer(name).map_err(to_py)?;
        }
        if let Some(name) = &self.objective {
            search.objective = session::objective(name).map_err(to_py)?;
        }
        if let Some(name) = &self.share_cores {
            search.sharing = session::sharing(name).map_err(to_py)?;
        }
        if let Some(moves) = self.budget {
            search.effort.moves = moves;
        }
        (search.cores, search.whole, search.effort.seed) = (self.cores, self.no_splits, self.seed);
        Ok(MapOptions { search, seed: self.seed, ..MapOptions::default() })
    }
}
