//! Workloads by name or path.

use super::catalog::{self, DataOptions, NamedNetwork};
use super::error::{Error, OptionField};
use super::given::GivenData;
use super::original::little_room;
use super::shipped::shipped;
use super::workload::{RunTask, SamplesAs, Workload, classifier_steps, layered_steps, usual_steps};
use crate::data::{self, Dataset, Wanted};
use crate::net::samples::Encode;
use crate::net::spikes::Stimulus;
use crate::net::{Network, SparseNetwork, Trained};
use crate::report::{ContentDigest, SourceKind};
use std::sync::Arc;

/// Data and options of a workload, other than its network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkloadOptions {
    /// Time steps; `None` for the network's own.
    pub steps: Option<u32>,
    /// Data set, a name or a folder; `None` for the one that a layered network was trained on, and of a sparse network for
    /// one run without samples.
    pub data: Option<String>,
    /// Folders in which data sets are found.
    pub folders: DataOptions,
    /// Samples in memory, instead of a data set.
    pub given: Option<Arc<GivenData>>,
    /// Spikes of the inputs of a sparse network, instead of samples and of those of its file.
    pub spikes: Option<Stimulus>,
    /// How values enter a sparse network; `None` for constant currents, unless the network was made for spikes.
    pub encode: Option<Encode>,
    /// Seed of spikes that are drawn of samples; `None` for 1.
    pub seed: Option<u64>,
}

impl WorkloadOptions {
    /// Refuses input from more than one place.
    fn check(&self) -> Result<(), Error> {
        let has_data = self.data.is_some() || self.given.is_some();
        match (self.data.is_some() && self.given.is_some(), has_data && self.spikes.is_some()) {
            (true, _) => {
                Err(Error::field(OptionField::Data, "a data set by name, and samples in memory; one is allowed"))
            }
            (_, true) => Err(Error::field(OptionField::Spikes, "with data the input is the samples")),
            _ => Ok(()),
        }
    }
}

/// A workload and the data set that it runs on, if there is one.
type WithData = (Workload, Option<Arc<Dataset>>);

impl Workload {
    /// A network by name or path. A layered network must be trained, or be one of those that the library has weights
    /// for; others are trained with [`Training`](super::Training).
    pub fn named(network: &str, options: &WorkloadOptions) -> Result<Self, Error> {
        Self::found(catalog::named_network(network)?, options)
    }

    /// The same of a network that was found. Reports have its origin and that of its data, and digests of both.
    #[doc(hidden)]
    pub fn found(named: NamedNetwork, options: &WorkloadOptions) -> Result<Self, Error> {
        let NamedNetwork { network, origin, remarks, mut digest } = named;
        let (workload, data) = match network {
            Network::Sparse(network) => Self::of_sparse_network(*network, options)?,
            Network::Trained(trained) => Self::of_trained(&trained, options, remarks)?,
            Network::Untrained(architecture) => match shipped(&architecture) {
                Some(trained) => {
                    digest = catalog::trained_digest(&trained);
                    Self::of_trained(&trained, options, remarks)?
                }
                None => return Err(Error::Untrained { network: architecture.name }),
            },
        };
        let read =
            |what: SourceKind, name: &str, digest| ContentDigest { what: what.name(), name: name.into(), digest };
        let of_data = data.iter().map(|data| read(SourceKind::Data, &data.name, data.digest));
        let digests = of_data.chain([read(SourceKind::Network, &workload.name, digest)]).collect();
        let origins = origin.into_iter().chain(data.as_deref().and_then(catalog::data_origin)).collect();
        Ok(Self { origins, digests, ..workload })
    }

    /// A sparse network, on samples if data are asked for.
    fn of_sparse_network(network: SparseNetwork, options: &WorkloadOptions) -> Result<WithData, Error> {
        let (mut workload, data) = match Self::test_samples(&network, options)? {
            Some(data) => Self::on_samples(&network, data, options)?,
            None => (Self::once(&network, options)?, None),
        };
        let steps = match &workload.task {
            RunTask::Samples(classifier, _) => Some(classifier.time_steps()),
            _ => workload.graph.own_steps(),
        };
        workload.notes.extend(steps.and_then(|steps| little_room(&network, steps)));
        workload.imported = network.imported.is_some().then(|| Arc::new(network));
        Ok((workload, data))
    }

    /// A sparse network that runs once.
    fn once(network: &SparseNetwork, options: &WorkloadOptions) -> Result<Self, Error> {
        if options.encode.is_some() {
            return Err(Error::field(OptionField::Encode, "says how samples enter, and there are none"));
        }
        if let Some(spikes) = &options.spikes {
            return Ok(Self::stimulated(network, options.steps, spikes.feed(&network.graph.inputs())?));
        }
        let mut workload = Self::sparse(network, options.steps);
        if options.steps.is_none() && network.time_steps.is_none() {
            workload.notes.push(usual_steps());
        }
        Ok(workload)
    }

    /// A sparse network that names the class of each sample.
    fn on_samples(network: &SparseNetwork, data: Dataset, options: &WorkloadOptions) -> Result<WithData, Error> {
        let data = Arc::new(data);
        let steps = classifier_steps(network, options.steps, data.steps);
        let samples = SamplesAs { steps: Some(steps), encode: options.encode, seed: options.seed.unwrap_or(1) };
        Ok((Self::classifying(network, Arc::clone(&data), samples)?, Some(data)))
    }

    /// The samples that are asked for.
    fn test_samples(network: &SparseNetwork, options: &WorkloadOptions) -> Result<Option<Dataset>, Error> {
        let folders = &options.folders;
        options.check()?;
        if let Some(given) = &options.given {
            return given.for_sparse(network, options.steps, folders.bin_us).map(Some);
        }
        let Some(data) = &options.data else { return Ok(None) };
        let of_data = data::steps_of(data, &folders.folders).filter(|_| options.steps.is_none());
        let steps = classifier_steps(network, options.steps, of_data);
        catalog::data_to_test(data, folders, (steps, Wanted::Test)).map(Some)
    }

    /// A trained network on its data, or on those asked for.
    fn of_trained(trained: &Trained, options: &WorkloadOptions, remarks: Vec<String>) -> Result<WithData, Error> {
        options.check()?;
        if options.spikes.is_some() {
            return Err(Error::field(OptionField::Spikes, "a layered network takes samples of a data set"));
        }
        if options.encode.is_some() {
            return Err(Error::field(OptionField::Encode, "a layered network defines how samples enter it"));
        }
        let steps = layered_steps(options.steps, trained.quantised.spec.time_steps)?;
        let folders = &options.folders;
        let data = Arc::new(match &options.given {
            Some(given) => given.for_trained(trained, options.steps, folders.bin_us)?,
            None => catalog::data_for(trained, options.data.as_ref(), folders, (steps, Wanted::Test))?,
        });
        Ok((Self::trained(trained, Arc::clone(&data), options.steps, remarks)?, Some(data)))
    }
}
