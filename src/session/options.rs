//! Options of mapping and of running, with their defaults.

use super::error::{Error, OptionField};
use crate::json::{Words, unknown};
use crate::map::place::Placer;
use crate::map::{self, Objective, Partitioner, Sharing};
use crate::net::samples::Encode;
use crate::report::UnitCosts;
use crate::system::Contention;
use crate::threads;
use std::path::PathBuf;

/// Options of mapping a network and of building its system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapOptions {
    /// The search for a mapping, and the treatment of broken limits.
    pub search: map::MappingOptions,
    /// A mapping file, which replaces the search.
    pub file: Option<PathBuf>,
    /// Model of time between cores.
    pub timing: Contention,
    /// Seed of the errors of crossbar devices, if the chip has any.
    pub seed: u64,
}

impl Default for MapOptions {
    fn default() -> Self {
        Self { search: map::MappingOptions::default(), file: None, timing: Contention::default(), seed: 1 }
    }
}

impl MapOptions {
    /// A quick mapping with these options, which tells whether a network fits.
    #[doc(hidden)]
    pub fn quick(&self) -> Self {
        let mut quick = Self { file: None, ..self.clone() };
        quick.search.placer = Placer::default();
        if quick.search.partitioner == Partitioner::Multilevel {
            quick.search.partitioner = Partitioner::Shared;
        }
        quick
    }
}

/// Options of running a deployed network.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Test samples of a layered network, from the first; `None` for all.
    pub samples: Option<usize>,
    /// Time steps of a sparse network; `None` for those of its workload.
    pub steps: Option<u32>,
    /// Worker threads, at least one; they change no result.
    pub threads: usize,
    /// Parts of the chip that are simulated in parallel, for a sparse network; they change no result.
    pub shards: usize,
    /// Unit costs of the comparison with an ANN on the same silicon.
    pub ann_costs: UnitCosts,
    /// Whether the outcome keeps spike counts and output membranes of every inference.
    pub neurons: bool,
    /// Whether the outcome keeps spike counts and membranes of the outputs of every inference.
    pub outputs: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            samples: None,
            steps: None,
            threads: threads::processors(),
            shards: 1,
            ann_costs: UnitCosts::default(),
            neurons: false,
            outputs: false,
        }
    }
}

/// The placer with a name.
pub fn placer(name: &str) -> Result<Placer, Error> {
    named(OptionField::Placer, name)
}

/// The partitioner with a name.
pub fn partitioner(name: &str) -> Result<Partitioner, Error> {
    named(OptionField::Partitioner, name)
}

/// When populations share cores, by name.
pub fn sharing(name: &str) -> Result<Sharing, Error> {
    named(OptionField::ShareCores, name)
}

/// How values enter a sparse network, by name.
pub fn encoding(name: &str) -> Result<Encode, Error> {
    named(OptionField::Encode, name)
}

/// The objective with a name.
pub fn objective(name: &str) -> Result<Objective, Error> {
    named(OptionField::Objective, name)
}

fn named<T: Words>(field: OptionField, name: &str) -> Result<T, Error> {
    T::ALL.iter().copied().find(|one| one.word() == name).ok_or_else(|| {
        let known: Vec<_> = T::ALL.iter().map(|one| one.word()).collect();
        Error::field(field, unknown(name, &known))
    })
}
