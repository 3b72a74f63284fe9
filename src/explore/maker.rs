//! What makes the network of a comparison in the forms that its configurations ask for.

use super::demand::{Nets, NetworkDemand, Own, Variant};
use super::plan::PlanError;
use crate::data::Dataset;
use crate::digest::Digest;
use crate::net::architecture::Target;
use crate::net::{Architecture, SparseNetwork, Trained};
use crate::progress;
use crate::session::{self, Cache, Follow, Training, matches};
use crate::train::{Config, TrainError};
use thiserror::Error;

/// Why a network cannot be compared. Messages name fields in backticks.
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "messages name the fields")]
pub enum CompareError {
    /// The network or its data cannot be used.
    #[error(transparent)]
    Session(Box<session::Error>),
    /// Axes that the network does not have.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// An option that a sparse network does not have.
    #[error("{option}: compare runs a sparse network once, without samples or training; run `data` has its accuracy")]
    Sparse { option: &'static str },
    /// The data are spike trains of other time steps.
    #[error("steps: found {found}, allowed: {allowed}, into which the events of {data} are cut")]
    Steps { found: u32, allowed: u32, data: String },
    /// A change of the network that cannot be made.
    #[error("{0}")]
    Change(String),
    /// A training was ended early.
    #[error("{error}; {known} of {of} networks are trained and kept: the same command continues with the next one")]
    Stopped { error: Box<session::Error>, known: usize, of: usize },
}

impl From<session::Error> for CompareError {
    fn from(error: session::Error) -> Self {
        Self::Session(Box::new(error))
    }
}

/// Makes the network of a comparison in the forms that its configurations ask for.
pub struct NetMaker<'s>(pub(super) MadeNetwork<'s>);

pub(super) enum MadeNetwork<'s> {
    Layered { own: Own, from: MadeFrom<'s>, dataset: &'s Dataset, count: usize, profile: usize },
    Sparse { network: &'s SparseNetwork, steps: u32 },
}

/// What forms of a layered network are made from.
pub(super) enum MadeFrom<'s> {
    /// Each is quantised from this one.
    Trained(Box<Trained>),
    /// Each is trained, or was trained before.
    Training { architecture: &'s Architecture, config: Box<Config>, cache: Cache },
}

impl MadeFrom<'_> {
    fn target(&self) -> Target {
        match self {
            Self::Trained(trained) => trained.architecture.target,
            Self::Training { architecture, .. } => architecture.target,
        }
    }
}

impl<'s> NetMaker<'s> {
    /// The network without any form of it.
    pub fn nets(&self) -> Nets<'s> {
        match &self.0 {
            MadeNetwork::Sparse { network, steps } => Nets::Sparse { network, steps: *steps },
            MadeNetwork::Layered { own, from, dataset, count, profile } => {
                let mut origin = Digest::new("spikemesh.network-of-comparison/1");
                match from {
                    MadeFrom::Trained(trained) => origin.add(&(0u8, trained.as_ref())),
                    MadeFrom::Training { architecture, config, cache: _ } => {
                        origin.add(&(1u8, (*architecture, *dataset)));
                        origin.add(config.as_ref());
                    }
                }
                // Targets matter only to a network that learns them.
                if from.target() == Target::Given {
                    origin.add(&dataset.test.targets);
                }
                // Training samples matter only where they are used.
                origin.add(&(*profile > 0).then_some((profile, *dataset)));
                Nets::layered(*own, origin.finish(), dataset, *count)
            }
        }
    }

    /// Makes forms of the network.
    ///
    /// # Errors
    /// A form that cannot be made, and trainings that were ended.
    pub fn make(
        &self,
        nets: &mut Nets<'s>,
        demands: Vec<NetworkDemand>,
        follow: &dyn Follow,
    ) -> Result<(), CompareError> {
        let of = demands.len();
        for (known, demand) in demands.into_iter().enumerate() {
            progress::poll();
            let variant = self.variant(&demand, follow).map_err(|error| match error {
                CompareError::Session(error)
                    if matches!(*error, session::Error::Train(TrainError::Cancelled { .. })) =>
                {
                    CompareError::Stopped { error, known, of }
                }
                error => error,
            })?;
            if let Some(variant) = variant {
                nets.add(demand, variant);
            }
        }
        Ok(())
    }

    /// One form; of a sparse network there is no other.
    fn variant(&self, demand: &NetworkDemand, follow: &dyn Follow) -> Result<Option<Variant>, CompareError> {
        let MadeNetwork::Layered { own, from, dataset, profile, .. } = &self.0 else { return Ok(None) };
        let variant = match from {
            MadeFrom::Trained(trained) => Variant::quantised(*own, trained, demand),
            MadeFrom::Training { architecture, config, cache } => {
                let mut changed = demand.retraining.of(architecture).map_err(CompareError::Change)?;
                changed.time_steps = demand.time_steps;
                let config = for_demand(Config::of(&changed, config.seed, config.threads), demand);
                let config = Config { max_fan_in: demand.fan_in_of(&changed), ..config };
                let NetworkDemand { time_steps, weight_bits, .. } = demand;
                follow.note(&format!("{}: T = {time_steps}, {weight_bits}-bit weights", architecture.name));
                let training = Training { architecture: &changed, dataset, config: &config, cache, follow };
                // A training looks for itself whether it is to end, and keeps what it has.
                let trained = progress::kept(|| training.trained())?;
                matches(&trained, dataset)?;
                Variant::trained(*own, &trained, demand)
            }
        };
        Ok(Some(variant.profiled(&dataset.train, *profile)))
    }
}

fn for_demand(usual: Config, demand: &NetworkDemand) -> Config {
    let NetworkDemand { time_steps, weight_bits, membrane_bits, max_fan_in, .. } = *demand;
    let rounding = weight_bits < 8;
    Config { time_steps, weight_bits, membrane_bits, max_fan_in, rounding, ..usual }
}
