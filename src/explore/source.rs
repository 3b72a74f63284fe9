//! The network of a comparison with its samples.

use super::check::wrong_retraining;
use super::demand::{Nets, Own};
use super::identity::identity;
use super::job::CompareJob;
use super::journal::Title;
use super::maker::{CompareError, MadeFrom, MadeNetwork, NetMaker};
use super::objectives::Measurable;
use super::plan::{PlanError, PlanShard};
use crate::data::{Dataset, Wanted};
use crate::map::Limits;
use crate::net::quantised::QuantSpec;
use crate::net::{Architecture, Network, SparseNetwork, Trained};
use crate::report::FileOrigin;
use crate::session::catalog::{self, DataOptions};
use crate::session::{
    self, Cache, Follow, GivenData, OptionField, Training, USUAL_STEPS, layered_steps, matches, samples, shipped,
};
use crate::train::Config;
use std::sync::Arc;

/// Options of a comparison that concern the network and its samples.
#[derive(Clone, Debug)]
pub struct NetworkRequest {
    /// The data set.
    pub data: ComparedData,
    /// Folders with data sets, and the binning of events.
    pub folders: DataOptions,
    /// Test samples to run, from the first; `None` for all.
    pub samples: Option<usize>,
    /// Whether the network is trained for each demand, not quantised.
    pub retrain: bool,
    /// Training samples by whose spikes searches for a mapping count packets.
    pub profile: u32,
    /// Threads of a training.
    pub threads: usize,
    /// Cache of trained networks.
    pub cache: Cache,
}

/// The data set of a comparison.
#[derive(Clone, Debug)]
pub enum ComparedData {
    /// The network's own.
    Own,
    /// A registered one, or a folder.
    Named(String),
    /// Samples in memory to test, and perhaps others to train with.
    Given {
        /// To test.
        test: Arc<GivenData>,
        /// To train with.
        train: Option<Arc<GivenData>>,
    },
}

impl ComparedData {
    /// Its name, where it has been given one.
    fn name(&self) -> Option<&String> {
        match self {
            Self::Named(name) => Some(name),
            Self::Own | Self::Given { .. } => None,
        }
    }
}

/// The network of a comparison with its samples.
pub struct NetworkSource {
    network: GivenNetwork,
    origin: Option<FileOrigin>,
}

enum GivenNetwork {
    Layered { network: LayeredNetwork, dataset: Arc<Dataset>, count: usize },
    Sparse(Box<SparseNetwork>, u32),
}

enum LayeredNetwork {
    Trained(Box<Trained>),
    /// Without weights in its file; with the trained form, where it is known.
    Untrained(Box<Architecture>, Option<Box<Trained>>),
}

impl LayeredNetwork {
    fn architecture(&self) -> &Architecture {
        match self {
            Self::Trained(trained) => &trained.architecture,
            Self::Untrained(architecture, _) => architecture,
        }
    }

    fn time_steps(&self) -> u32 {
        match self {
            Self::Trained(trained) => trained.quantised.spec.time_steps,
            Self::Untrained(architecture, _) => architecture.time_steps,
        }
    }

    /// The wanted parts of its data set.
    fn data(&self, asked: &NetworkRequest, wanted: Wanted) -> Result<Arc<Dataset>, session::Error> {
        let (named, folders, wanted) = (asked.data.name(), &asked.folders, (self.time_steps(), wanted));
        Ok(Arc::new(match self {
            Self::Trained(trained) => catalog::data_for(trained, named, folders, wanted)?,
            Self::Untrained(architecture, _) => catalog::data_named(architecture, named, folders, wanted)?,
        }))
    }

    /// Its data set: the test part alone, unless something is trained or profiled. A trained form that is kept is found
    /// by facts about the data, which are known without the samples of a registered data set.
    fn find_data(
        &mut self,
        asked: &NetworkRequest,
        seed: u64,
        follow: &dyn Follow,
    ) -> Result<Arc<Dataset>, session::Error> {
        let tests = asked.profile == 0 && !asked.retrain;
        if let ComparedData::Given { test, train } = &asked.data {
            return self.given(test, train.as_deref(), (asked, tests)).map(Arc::new);
        }
        if let (Self::Untrained(architecture, _), true) = (&*self, tests) {
            let wanted = catalog::to_identify(asked.data.name().unwrap_or(&architecture.dataset));
            let dataset = self.data(asked, wanted)?;
            if wanted == Wanted::All {
                return Ok(dataset);
            }
            let config = Config::of(architecture, seed, asked.threads);
            let found = asked.training(architecture, &dataset, &config, follow).kept();
            match (found, &mut *self) {
                (Some(found), Self::Untrained(_, kept)) => *kept = Some(Box::new(found)),
                _ => return self.data(asked, Wanted::All),
            }
            // Data that come with the program are loaded already.
            if !dataset.test.is_empty() {
                return Ok(dataset);
            }
        }
        self.data(asked, if tests { Wanted::Test } else { Wanted::All })
    }

    /// Samples in memory.
    fn given(
        &mut self,
        test: &GivenData,
        train: Option<&GivenData>,
        (asked, tests): (&NetworkRequest, bool),
    ) -> Result<Dataset, session::Error> {
        let (steps, bin_us) = (self.time_steps(), asked.folders.bin_us);
        if let Some(train) = train {
            return train.to_train(Some(test), self.architecture(), steps, bin_us);
        }
        if !tests {
            let problem = "samples to train with are needed too: a pair of those and of samples to test";
            return Err(session::Error::Field { field: OptionField::Data, problem: problem.into() });
        }
        // What has no samples to train with is for a network that is trained.
        if let Self::Untrained(architecture, kept) = self {
            *kept = shipped(architecture).map(Box::new);
        }
        match self {
            Self::Trained(trained) | Self::Untrained(_, Some(trained)) => test.for_trained(trained, None, bin_us),
            Self::Untrained(architecture, None) => {
                Err(session::Error::Untrained { network: architecture.name.clone() })
            }
        }
    }

    /// Quantisation of the network where no configuration says otherwise.
    fn own(&self) -> Own {
        let spec = match self {
            Self::Trained(trained) => trained.quantised.spec,
            Self::Untrained(architecture, _) => QuantSpec::new(architecture.time_steps, 8),
        };
        Own::of(spec, self.architecture())
    }
}

impl NetworkRequest {
    /// The training of a network on its data.
    fn training<'a>(
        &'a self,
        architecture: &'a Architecture,
        dataset: &'a Dataset,
        config: &'a Config,
        follow: &'a dyn Follow,
    ) -> Training<'a> {
        Training { architecture, dataset, config, cache: &self.cache, follow }
    }
}

impl NetworkSource {
    /// What the network and its data allow to measure.
    pub fn measurable(&self) -> Measurable {
        let target = match &self.network {
            GivenNetwork::Layered { network, .. } => Some(network.architecture().target),
            GivenNetwork::Sparse(..) => None,
        };
        Measurable { target }
    }

    /// The data set; a sparse network has none.
    pub fn dataset(&self) -> Option<&Dataset> {
        match &self.network {
            GivenNetwork::Layered { dataset, .. } => Some(dataset),
            GivenNetwork::Sparse(..) => None,
        }
    }
}

impl CompareJob {
    /// A network with its samples; it has the origin of its file.
    ///
    /// # Errors
    /// A network or data that cannot be used, and options that a sparse network does not have.
    pub fn source(
        &self,
        (network, origin): (Network, Option<FileOrigin>),
        asked: &NetworkRequest,
        follow: &dyn Follow,
    ) -> Result<NetworkSource, CompareError> {
        let mut network = match network {
            Network::Sparse(network) => return Ok(NetworkSource { network: self.sparse(asked, network)?, origin }),
            Network::Trained(trained) => LayeredNetwork::Trained(trained),
            Network::Untrained(architecture) => LayeredNetwork::Untrained(Box::new(architecture), None),
        };
        let names = self.plan.axes.iter().map(|axis| axis.name.as_str());
        let problems = wrong_retraining(names, asked.retrain, Some(network.architecture()));
        if !problems.is_empty() {
            return Err(PlanError(problems).into());
        }
        layered_steps(self.usual.steps, network.time_steps())?;
        let dataset = network.find_data(asked, self.usual.seed, follow)?;
        let count = samples(asked.samples, &dataset)?;
        Ok(NetworkSource { network: GivenNetwork::Layered { network, dataset, count }, origin })
    }

    fn sparse(&self, asked: &NetworkRequest, network: Box<SparseNetwork>) -> Result<GivenNetwork, CompareError> {
        let given = [
            ("`data`", !matches!(asked.data, ComparedData::Own)),
            ("`samples`", asked.samples.is_some()),
            ("`retrain`", asked.retrain),
            ("`profile`", asked.profile > 0),
            ("`set` weight_bits", self.plan.axes.iter().any(|axis| axis.name == "weight_bits")),
        ];
        if let Some((option, _)) = given.into_iter().find(|(_, given)| *given) {
            return Err(CompareError::Sparse { option });
        }
        let steps = network.time_steps.unwrap_or(USUAL_STEPS);
        Ok(GivenNetwork::Sparse(network, steps))
    }

    /// The network in the forms that some configurations ask for.
    ///
    /// # Errors
    /// A form that cannot be made, and trainings that were ended.
    pub fn nets<'s>(
        &self,
        maker: &NetMaker<'s>,
        wanted: impl Iterator<Item = usize>,
        follow: &dyn Follow,
    ) -> Result<Nets<'s>, CompareError> {
        let mut nets = maker.nets();
        let chip = |index| self.plan.chip(&self.candidates, &self.usual, index).ok();
        let mut demands = nets.lacking(wanted.filter_map(chip));
        demands.sort_unstable();
        maker.make(&mut nets, demands, follow)?;
        Ok(nets)
    }

    /// What makes forms of the network, as they are asked for.
    ///
    /// # Errors
    /// A network and data that do not fit each other.
    pub fn maker<'s>(
        &self,
        source: &'s NetworkSource,
        asked: &NetworkRequest,
        follow: &dyn Follow,
    ) -> Result<NetMaker<'s>, CompareError> {
        let (network, dataset, count) = match &source.network {
            GivenNetwork::Sparse(network, steps) => {
                return Ok(NetMaker(MadeNetwork::Sparse { network, steps: *steps }));
            }
            GivenNetwork::Layered { network, dataset, count } => (network, dataset.as_ref(), *count),
        };
        let own = network.own();
        if let Some(steps) = dataset.steps {
            self.is_cut_into(steps, own, &dataset.name)?;
        }
        let from = match asked.retrain {
            true => {
                let architecture = network.architecture();
                let config = Config::of(architecture, self.usual.seed, asked.threads);
                MadeFrom::Training { architecture, config: Box::new(config), cache: asked.cache.clone() }
            }
            false => {
                let named = self.named(network, dataset, asked, follow)?;
                matches(&named, dataset)?;
                MadeFrom::Trained(Box::new(named))
            }
        };
        Ok(NetMaker(MadeNetwork::Layered { own, from, dataset, count, profile: asked.profile as usize }))
    }

    /// Refuses time steps other than those into which the events of the data are cut.
    fn is_cut_into(&self, steps: u32, own: Own, data: &str) -> Result<(), CompareError> {
        let usual = self.usual.steps.unwrap_or(own.spec.time_steps);
        let of_axis = self.plan.axes.iter().find(|axis| axis.name == "steps");
        let mut asked = of_axis.map_or(vec![usual], |axis| axis.values.iter().filter_map(|v| v.parse().ok()).collect());
        asked.retain(|asked| *asked != steps);
        match asked.iter().min() {
            Some(found) => Err(CompareError::Steps { found: *found, allowed: steps, data: data.to_owned() }),
            None => Ok(()),
        }
    }

    fn named(
        &self,
        network: &LayeredNetwork,
        dataset: &Dataset,
        asked: &NetworkRequest,
        follow: &dyn Follow,
    ) -> Result<Trained, session::Error> {
        match network {
            LayeredNetwork::Trained(trained) | LayeredNetwork::Untrained(_, Some(trained)) => Ok((**trained).clone()),
            LayeredNetwork::Untrained(architecture, None) => {
                let config = Config::of(architecture, self.usual.seed, asked.threads);
                asked.training(architecture, dataset, &config, follow).trained()
            }
        }
    }

    /// Title of the comparison, with a digest of everything that its rows depend on.
    pub fn title(&self, source: &NetworkSource, nets: &Nets<'_>, limits: Limits, shard: PlanShard) -> Title {
        let (network, data, samples) = match &source.network {
            GivenNetwork::Sparse(network, _) => (network.name.clone(), None, 0),
            GivenNetwork::Layered { network, dataset, count } => {
                (network.architecture().name.clone(), Some(dataset.as_ref()), *count)
            }
        };
        let chips = self.candidates.iter().filter_map(|candidate| candidate.origin.clone());
        let origins = chips.chain(source.origin.clone()).chain(data.and_then(catalog::data_origin)).collect();
        let digest = identity(&self.plan, &self.candidates, &self.usual, nets, limits);
        let dataset = data.map(|data| data.name.clone());
        Title { digest, network, dataset, samples, plan: self.plan.clone(), shard, origins }
    }
}
