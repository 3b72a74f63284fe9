//! The network of a comparison, in all the forms that its configurations ask for.

use super::job::Job;
use crate::cli::args::CompareOptions;
use crate::cli::progress::Ui;
use crate::cli::run::matches;
use crate::cli::train::trained;
use crate::cli::{Failure, find};
use crate::data::Dataset;
use crate::explore::{Demand, Nets, Own, Shard, Title};
use crate::net::architecture::MAX_TIME_STEPS;
use crate::net::quantised::QuantSpec;
use crate::net::{Architecture, Network, SparseNetwork, Trained};
use crate::rng::mix;
use crate::train::{Config, REVISION};

/// Steps of a sparse network that names none.
const SPARSE_STEPS: u32 = 100;

/// What the command names.
pub(super) enum Source {
    Layered { network: Layered, dataset: Box<Dataset>, count: usize },
    Sparse(Box<SparseNetwork>, u32),
}

/// A layered network, with or without weights.
pub(super) enum Layered {
    Trained(Box<Trained>),
    Untrained(Box<Architecture>),
}

impl Layered {
    fn architecture(&self) -> &Architecture {
        match self {
            Self::Trained(trained) => &trained.architecture,
            Self::Untrained(architecture) => architecture,
        }
    }

    fn time_steps(&self) -> u32 {
        match self {
            Self::Trained(trained) => trained.quantised.spec.time_steps,
            Self::Untrained(architecture) => architecture.time_steps,
        }
    }
}

impl Source {
    /// A digest of what it is.
    fn digest(&self) -> u64 {
        let text = |text: String| text.bytes().map(u64::from).fold(0, |digest, part| mix(digest ^ part));
        match self {
            Self::Sparse(network, steps) => {
                let (graph, key) = (&network.graph, text(format!("{:?} {steps}", network.graph.populations)));
                let rows = (0..graph.neurons()).flat_map(|source| graph.synapses.row(source));
                rows.fold(key, |key, (target, weight, delay)| {
                    mix(mix(key ^ u64::from(target)) ^ (u64::from(weight as u16) << 32 | u64::from(delay)))
                })
            }
            Self::Layered { network: Layered::Untrained(architecture), dataset, .. } => {
                text(format!("{architecture:?} {REVISION} {:016x}", dataset.digest))
            }
            Self::Layered { network: Layered::Trained(trained), dataset, .. } => {
                let Trained { architecture, folded, quantised, .. } = &**trained;
                let key = text(format!("{architecture:?} {:?} {:016x}", quantised.spec, dataset.digest));
                let numbers = folded.layers.iter().flat_map(|layer| layer.weight.iter().chain(&layer.bias));
                numbers.fold(key, |key, number| mix(key ^ u64::from(number.to_bits())))
            }
        }
    }
}

impl Job {
    /// Finds the network and its data.
    pub(super) fn source(&self, options: &CompareOptions) -> Result<Source, Failure> {
        let network = match find::network(&options.network)? {
            Network::Sparse(network) => return self.sparse(options, network),
            Network::Trained(trained) => Layered::Trained(trained),
            Network::Untrained(architecture) => Layered::Untrained(Box::new(architecture)),
        };
        if let Some(steps) = options.steps.filter(|steps| *steps > MAX_TIME_STEPS) {
            return Err(Failure(format!("--steps: found {steps}, a layered network takes at most {MAX_TIME_STEPS}")));
        }
        let (folders, steps) = (&options.folders, network.time_steps());
        let dataset = match (&network, &options.data) {
            (Layered::Trained(trained), asked) => find::data_for(trained, asked.as_ref(), folders, steps)?,
            (Layered::Untrained(architecture), asked) => {
                find::data(asked.as_ref().unwrap_or(&architecture.dataset), folders, steps)?
            }
        };
        let available = dataset.test.len();
        let count = options.samples.map_or(available, |count| count as usize);
        if count > available {
            let name = &dataset.name;
            return Err(Failure(format!("--samples: found {count}, {name} has {available} test samples")));
        }
        Ok(Source::Layered { network, dataset: Box::new(dataset), count })
    }

    fn sparse(&self, options: &CompareOptions, network: Box<SparseNetwork>) -> Result<Source, Failure> {
        let given = [
            ("--data", options.data.is_some()),
            ("--samples", options.samples.is_some()),
            ("--retrain", options.retrain),
            ("--profile", options.profile > 0),
            ("--set weight_bits", self.plan.axes.iter().any(|axis| axis.name == "weight_bits")),
        ];
        if let Some((name, _)) = given.iter().find(|(_, given)| *given) {
            return Err(Failure(format!("{name}: a sparse network has no samples and is not trained")));
        }
        let steps = network.time_steps.unwrap_or(SPARSE_STEPS);
        Ok(Source::Sparse(network, steps))
    }

    /// Makes the network for all configurations.
    pub(super) fn nets<'s>(&self, source: &'s Source, options: &CompareOptions, ui: &Ui) -> Result<Nets<'s>, Failure> {
        let (network, dataset, count) = match source {
            Source::Sparse(network, steps) => return Ok(Nets::Sparse { network, steps: *steps }),
            Source::Layered { network, dataset, count } => (network, dataset, *count),
        };
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
            return Ok(profiled(nets, dataset, options.profile));
        }
        let architecture = network.architecture();
        let threads = find::threads(options.effort.threads);
        let (mut networks, count_of_all) = (Vec::new(), demands.len());
        for demand in demands {
            let config = for_demand(Config::of(architecture, options.effort.seed, threads), demand);
            ui.note(format!("{}: T = {}, {}-bit weights", architecture.name, demand.time_steps, demand.weight_bits));
            let mut changed = architecture.clone();
            changed.time_steps = demand.time_steps;
            let trained = trained(&changed, dataset, &config, &options.cache, ui).map_err(|Failure(why)| {
                let known = networks.len();
                match ui.is_interrupted() {
                    true => Failure(format!(
                        "{why}; {known} of {count_of_all} networks are trained and kept: the same command goes on with the next"
                    )),
                    false => Failure(why),
                }
            })?;
            matches(&trained, dataset)?;
            networks.push((demand, trained));
        }
        Ok(profiled(Nets::trained(own, networks, dataset, count), dataset, options.profile))
    }

    /// How the network is made integer where no configuration says otherwise.
    fn own(&self, network: &Layered) -> Own {
        let spec = match network {
            Layered::Trained(trained) => trained.quantised.spec,
            Layered::Untrained(architecture) => QuantSpec::new(architecture.time_steps, 8),
        };
        Own::of(spec, network.architecture())
    }

    /// What all configurations ask for, each once.
    fn demands(&self, own: Own) -> Vec<Demand> {
        let of = |index| {
            let (setting, chip) = self.plan.chip(&self.candidates, &self.usual, index).ok()?;
            Some(Demand::of(&setting, &chip, own))
        };
        let mut demands: Vec<Demand> = (0..self.plan.len()).filter_map(of).collect();
        demands.sort_unstable();
        demands.dedup();
        demands
    }

    /// The network with weights, as it is named.
    fn named(
        &self,
        network: &Layered,
        dataset: &Dataset,
        options: &CompareOptions,
        ui: &Ui,
    ) -> Result<Trained, Failure> {
        match network {
            Layered::Trained(trained) => Ok((**trained).clone()),
            Layered::Untrained(architecture) => {
                let config = Config::of(architecture, options.effort.seed, find::threads(options.effort.threads));
                trained(architecture, dataset, &config, &options.cache, ui)
            }
        }
    }

    /// What the comparison is, with a digest of all that its rows depend on.
    pub(super) fn title(&self, source: &Source, options: &CompareOptions, shard: Shard) -> Title {
        let (network, dataset, samples) = match source {
            Source::Sparse(network, _) => (network.name.clone(), None, 0),
            Source::Layered { network, dataset, count } => {
                (network.architecture().name.clone(), Some(dataset.name.clone()), *count)
            }
        };
        let digests: Vec<u64> = self.candidates.iter().map(|candidate| candidate.digest()).collect();
        let version = env!("CARGO_PKG_VERSION");
        let CompareOptions { retrain, limits, profile, .. } = options;
        let text = format!(
            "{version} {:?} {digests:?} {:?} {network} {dataset:?} {samples} {retrain} {limits:?} {profile} {:016x}",
            self.plan,
            self.usual,
            source.digest()
        );
        let digest = text.bytes().fold(0, |digest, byte| mix(digest ^ u64::from(byte)));
        Title { digest, network, dataset, samples, plan: self.plan.clone(), shard }
    }
}

/// With packets counted by the spikes of so many training samples, if that was asked for.
fn profiled<'s>(nets: Nets<'s>, dataset: &Dataset, samples: u32) -> Nets<'s> {
    if samples > 0 { nets.profiled(&dataset.train, samples as usize) } else { nets }
}

/// The settings of a training for a demand.
fn for_demand(usual: Config, demand: Demand) -> Config {
    let Demand { time_steps, weight_bits, membrane_bits, max_fan_in } = demand;
    let rounding = weight_bits < 8;
    Config { time_steps, weight_bits, membrane_bits, max_fan_in, rounding, ..usual }
}
