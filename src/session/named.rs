//! Workloads by name or path.

use super::catalog::{self, DataOptions, NamedNetwork};
use super::error::Error;
use super::shipped::shipped;
use super::workload::{SamplesAs, Workload, classifier_steps, layered_steps};
use crate::data::{self, Wanted};
use crate::net::Network;
use std::sync::Arc;

/// Data and options of a workload, other than its network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadOptions {
    /// Time steps; `None` for the network's own.
    pub steps: Option<u32>,
    /// Data set, a name or a folder; `None` for the one that a layered network was trained on, and of a sparse network for
    /// one run without samples.
    pub data: Option<String>,
    /// Folders in which data sets are found.
    pub folders: DataOptions,
}

impl Workload {
    /// A network by name or path. A layered network must be trained, or be one of those that the library has weights
    /// for; others are trained with [`Training`](super::Training).
    pub fn named(network: &str, options: &WorkloadOptions) -> Result<Self, Error> {
        let NamedNetwork { network, remarks, .. } = catalog::named_network(network)?;
        let trained = match network {
            Network::Sparse(network) => {
                let Some(data) = &options.data else { return Ok(Self::sparse(&network, options.steps)) };
                let of_data = data::steps_of(data, &options.folders.folders);
                let steps = classifier_steps(&network, options.steps, of_data);
                let data = Arc::new(catalog::data_to_test(data, &options.folders, (steps, Wanted::Test))?);
                return Self::classifying(&network, data, SamplesAs { steps: Some(steps), ..SamplesAs::default() });
            }
            Network::Trained(trained) => trained,
            Network::Untrained(architecture) => match shipped(&architecture) {
                Some(trained) => Box::new(trained),
                None => return Err(Error::Untrained { network: architecture.name }),
            },
        };
        let steps = layered_steps(options.steps, trained.quantised.spec.time_steps)?;
        let data = catalog::data_for(&trained, options.data.as_ref(), &options.folders, (steps, Wanted::Test))?;
        Self::trained(&trained, Arc::new(data), options.steps, remarks)
    }
}
