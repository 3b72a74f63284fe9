//! The network of a comparison, in all forms that its configurations ask for.

use super::job::CompareJob;
use crate::cli::args::CompareOptions;
use crate::cli::progress::Ui;
use crate::cli::{Failure, find};
use crate::data::{Dataset, Wanted};
use crate::explore::{Nets, NetworkDemand, Own, PlanShard, Title, identity};
use crate::net::architecture::MAX_TIME_STEPS;
use crate::net::quantised::QuantSpec;
use crate::net::{Architecture, Network, SparseNetwork, Trained};
use crate::report::FileOrigin;
use crate::session::catalog::{self, NamedNetwork};
use crate::session::{Error, Training, USUAL_STEPS, matches, samples};
use crate::train::Config;

/// The network of the command.
pub(super) struct NetworkSource {
    network: GivenNetwork,
    origin: Option<FileOrigin>,
}

enum GivenNetwork {
    Layered { network: LayeredNetwork, dataset: Box<Dataset>, count: usize },
    Sparse(Box<SparseNetwork>, u32),
}

pub(super) enum LayeredNetwork {
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
    fn data(&self, options: &CompareOptions, wanted: Wanted) -> Result<Dataset, Failure> {
        let (folders, asked) = (find::folders(&options.input.folders), options.input.data.as_ref());
        let wanted = (self.time_steps(), wanted);
        Ok(match self {
            Self::Trained(trained) => catalog::data_for(trained, asked, &folders, wanted)?,
            Self::Untrained(architecture, _) => catalog::data_named(architecture, asked, &folders, wanted)?,
        })
    }

    /// Its data set: the test part alone, unless something is trained or profiled. A trained form that is kept is found
    /// by facts about the data, which are known without the samples of a registered data set.
    fn find_data(&mut self, options: &CompareOptions, ui: &Ui) -> Result<Dataset, Failure> {
        let tests = options.profile.profile == 0 && !options.retrain;
        if let (Self::Untrained(architecture, _), true) = (&*self, tests) {
            let wanted = catalog::to_identify(options.input.data.as_ref().unwrap_or(&architecture.dataset));
            let dataset = self.data(options, wanted)?;
            if wanted == Wanted::All {
                return Ok(dataset);
            }
            let found = training(architecture, &dataset, options, ui, |training| Ok(training.kept()))?;
            match (found, &mut *self) {
                (Some(found), Self::Untrained(_, kept)) => *kept = Some(Box::new(found)),
                _ => return self.data(options, Wanted::All),
            }
            // Data that come with the program are loaded already.
            if !dataset.test.is_empty() {
                return Ok(dataset);
            }
        }
        self.data(options, if tests { Wanted::Test } else { Wanted::All })
    }
}

/// Does something with the training of a network on its data.
fn training<T>(
    architecture: &Architecture,
    dataset: &Dataset,
    options: &CompareOptions,
    ui: &Ui,
    with: impl FnOnce(Training<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let config = Config::of(architecture, options.effort.seed, find::threads(options.effort.threads));
    let cache = find::cache(&options.input.cache);
    with(Training { architecture, dataset, config: &config, cache: &cache, follow: ui })
}

impl CompareJob {
    pub(super) fn source(&self, options: &CompareOptions, ui: &Ui) -> Result<NetworkSource, Failure> {
        let NamedNetwork { network, origin, .. } = find::network(&options.network.network)?;
        let mut network = match network {
            Network::Sparse(network) => return Ok(NetworkSource { network: self.sparse(options, network)?, origin }),
            Network::Trained(trained) => LayeredNetwork::Trained(trained),
            Network::Untrained(architecture) => LayeredNetwork::Untrained(Box::new(architecture), None),
        };
        if let Some(steps) = options.steps.filter(|steps| *steps > MAX_TIME_STEPS) {
            return Err(Failure(format!("--steps: found {steps}, a layered network takes at most {MAX_TIME_STEPS}")));
        }
        let dataset = find::noted(network.find_data(options, ui)?);
        let count = samples(options.input.samples.map(|count| count as usize), &dataset)?;
        let network = GivenNetwork::Layered { network, dataset: Box::new(dataset), count };
        Ok(NetworkSource { network, origin })
    }

    fn sparse(&self, options: &CompareOptions, network: Box<SparseNetwork>) -> Result<GivenNetwork, Failure> {
        let given = [
            ("--data", options.input.data.is_some()),
            ("--samples", options.input.samples.is_some()),
            ("--retrain", options.retrain),
            ("--profile", options.profile.profile > 0),
            ("--set weight_bits", self.plan.axes.iter().any(|axis| axis.name == "weight_bits")),
        ];
        if let Some((name, _)) = given.iter().find(|(_, given)| *given) {
            return Err(Failure(format!(
                "{name}: compare runs a sparse network once, without samples or training; run --data has its accuracy"
            )));
        }
        let steps = network.time_steps.unwrap_or(USUAL_STEPS);
        Ok(GivenNetwork::Sparse(network, steps))
    }

    pub(super) fn nets<'s>(
        &self,
        source: &'s NetworkSource,
        options: &CompareOptions,
        ui: &Ui,
    ) -> Result<Nets<'s>, Failure> {
        let (network, dataset, count) = match &source.network {
            GivenNetwork::Sparse(network, steps) => return Ok(Nets::Sparse { network, steps: *steps }),
            GivenNetwork::Layered { network, dataset, count } => (network, dataset, *count),
        };
        ui.notes(&dataset.notes);
        let own = self.own(network);
        let demands = self.demands(own);
        let other = dataset.steps.and_then(|steps| demands.iter().find(|demand| demand.time_steps != steps));
        if let (Some(demand), Some(steps)) = (other, dataset.steps) {
            let (name, found) = (&dataset.name, demand.time_steps);
            return Err(Failure(format!(
                "steps: found {found}, allowed: {steps}, into which the events of {name} are cut"
            )));
        }
        if !options.retrain {
            let named = self.named(network, dataset, options, ui)?;
            matches(&named, dataset)?;
            let nets = Nets::quantised(own, &named, &demands, dataset, count);
            return Ok(profiled(nets, dataset, options.profile.profile));
        }
        let architecture = network.architecture();
        let (threads, cache) = (find::threads(options.effort.threads), find::cache(&options.input.cache));
        let (mut networks, count_of_all) = (Vec::new(), demands.len());
        for demand in demands {
            let config = for_demand(Config::of(architecture, options.effort.seed, threads), demand);
            ui.note(format!("{}: T = {}, {}-bit weights", architecture.name, demand.time_steps, demand.weight_bits));
            let mut changed = architecture.clone();
            changed.time_steps = demand.time_steps;
            let training = Training { architecture: &changed, dataset, config: &config, cache: &cache, follow: ui };
            let trained = training.trained().map_err(|error| {
                let Failure(why) = error.into();
                let known = networks.len();
                match ui.is_interrupted() {
                    true => Failure(format!(
                        "{why}; {known} of {count_of_all} networks are trained and kept: the same command continues with the next one"
                    )),
                    false => Failure(why),
                }
            })?;
            matches(&trained, dataset)?;
            networks.push((demand, trained));
        }
        Ok(profiled(Nets::trained(own, networks, dataset, count), dataset, options.profile.profile))
    }

    /// Quantisation of the network where no configuration says otherwise.
    fn own(&self, network: &LayeredNetwork) -> Own {
        let spec = match network {
            LayeredNetwork::Trained(trained) => trained.quantised.spec,
            LayeredNetwork::Untrained(architecture, _) => QuantSpec::new(architecture.time_steps, 8),
        };
        Own::of(spec, network.architecture())
    }

    /// Demands of all configurations, without duplicates.
    fn demands(&self, own: Own) -> Vec<NetworkDemand> {
        let of = |index| {
            let (setting, chip) = self.plan.chip(&self.candidates, &self.usual, index).ok()?;
            Some(NetworkDemand::of(&setting, &chip, own))
        };
        let mut demands: Vec<NetworkDemand> = (0..self.plan.len()).filter_map(of).collect();
        demands.sort_unstable();
        demands.dedup();
        demands
    }

    fn named(
        &self,
        network: &LayeredNetwork,
        dataset: &Dataset,
        options: &CompareOptions,
        ui: &Ui,
    ) -> Result<Trained, Failure> {
        match network {
            LayeredNetwork::Trained(trained) | LayeredNetwork::Untrained(_, Some(trained)) => Ok((**trained).clone()),
            LayeredNetwork::Untrained(architecture, None) => {
                Ok(training(architecture, dataset, options, ui, |training| training.trained())?)
            }
        }
    }

    /// Title of the comparison, with a digest of everything that its rows depend on.
    pub(super) fn title(
        &self,
        source: &NetworkSource,
        nets: &Nets<'_>,
        options: &CompareOptions,
        shard: PlanShard,
    ) -> Title {
        let (network, data, samples) = match &source.network {
            GivenNetwork::Sparse(network, _) => (network.name.clone(), None, 0),
            GivenNetwork::Layered { network, dataset, count } => {
                (network.architecture().name.clone(), Some(dataset.as_ref()), *count)
            }
        };
        let chips = self.candidates.iter().filter_map(|candidate| candidate.origin.clone());
        let origins = chips.chain(source.origin.clone()).chain(data.and_then(catalog::data_origin)).collect();
        let digest = identity(&self.plan, &self.candidates, &self.usual, nets, find::limits(options.limits));
        let dataset = data.map(|data| data.name.clone());
        Title { digest, network, dataset, samples, plan: self.plan.clone(), shard, origins }
    }
}

fn profiled<'s>(nets: Nets<'s>, dataset: &Dataset, samples: u32) -> Nets<'s> {
    if samples > 0 { nets.profiled(&dataset.train, samples as usize) } else { nets }
}

fn for_demand(usual: Config, demand: NetworkDemand) -> Config {
    let NetworkDemand { time_steps, weight_bits, membrane_bits, max_fan_in } = demand;
    let rounding = weight_bits < 8;
    Config { time_steps, weight_bits, membrane_bits, max_fan_in, rounding, ..usual }
}
