//! Requirements of configurations on the network, and the networks quantised or trained for them.

use super::retraining::Retraining;
use super::setting::SweepSetting;
use crate::data::{Dataset, Split};
use crate::hw::Chip;
use crate::net::quantised::{QuantSpec, Scale, WEIGHT_BITS};
use crate::net::{Architecture, Graph, Layered, SparseNetwork, Trained, reference};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Requirements of a configuration on a layered network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkDemand {
    /// Time steps T.
    pub time_steps: u32,
    /// Bits of a weight.
    pub weight_bits: u32,
    /// Bits of a membrane.
    pub membrane_bits: u32,
    /// Most synapses into a neuron, of a training for the chip.
    pub max_fan_in: Option<u32>,
    /// Changes to the network's layers and training settings, against its file.
    pub retraining: Retraining,
}

/// The network that was named, as far as demands depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// How it is made integer.
    pub spec: QuantSpec,
    /// Most synapses into one of its neurons, the encoding layer apart.
    pub widest: u32,
}

impl Own {
    /// Of a network of a shape.
    pub fn of(spec: QuantSpec, architecture: &Architecture) -> Self {
        Self { spec, widest: widest(architecture) }
    }
}

/// Most synapses into a neuron, the encoding layer apart.
fn widest(architecture: &Architecture) -> u32 {
    let stages = architecture.stages();
    let widest = stages.iter().skip(1).map(|stage| stage.op.most_synapses_in()).max().unwrap_or(0);
    u32::try_from(widest).unwrap_or(u32::MAX)
}

impl NetworkDemand {
    /// Requirements of a setting and a chip on a network: never more bits than the chip has.
    pub fn of(setting: &SweepSetting, chip: &Chip, Own { spec: own, widest }: Own) -> Self {
        let limits = &chip.core.limits;
        // A neuron's synapses come from different sources, each of which is an axon of its core.
        let most_in = [limits.max_fan_in, Some(limits.max_axons_in)].into_iter().flatten().min();
        let most = limits.weight_bits.clamp(*WEIGHT_BITS.start(), *WEIGHT_BITS.end());
        Self {
            time_steps: setting.steps.unwrap_or(own.time_steps),
            weight_bits: setting.weight_bits.unwrap_or(own.weight_bits.min(most)),
            membrane_bits: own.membrane_bits.min(limits.membrane_bits.clamp(8, 32)),
            // Another width of a layer is another fan-in of the next, which is known when the network is trained.
            max_fan_in: most_in.filter(|most| *most < widest || setting.retraining.changes_widths()),
            retraining: setting.retraining.clone(),
        }
    }

    /// How the network is made integer for it.
    pub fn spec(&self, own: QuantSpec) -> QuantSpec {
        let Self { time_steps, weight_bits, membrane_bits, .. } = *self;
        let scale = if weight_bits == own.weight_bits { own.scale } else { Scale::for_bits(weight_bits) };
        QuantSpec { time_steps, weight_bits, membrane_bits, scale }
    }

    /// Differences from the network that it was made of.
    fn notes(&self, own: QuantSpec, how: &str) -> Vec<String> {
        let mut notes = Vec::new();
        if self.weight_bits != own.weight_bits {
            notes.push(format!("{how} with {}-bit weights, not {}", self.weight_bits, own.weight_bits));
        }
        if self.time_steps != own.time_steps {
            notes.push(format!("{how} for T = {}, not {}", self.time_steps, own.time_steps));
        }
        if self.membrane_bits != own.membrane_bits {
            notes.push(format!("{how} with membranes of {} bits, not {}", self.membrane_bits, own.membrane_bits));
        }
        notes.extend(self.retraining.notes());
        notes
    }

    /// Most synapses into a neuron of a network, if that is fewer than it has.
    pub fn fan_in_of(&self, architecture: &Architecture) -> Option<u32> {
        self.max_fan_in.filter(|most| *most < widest(architecture))
    }
}

/// An integer network as it is mapped and run.
#[derive(Clone, Debug)]
pub struct Variant {
    /// For encoding and reference.
    pub network: Arc<Layered>,
    /// For the chip.
    pub graph: Arc<Graph>,
    /// Spikes of every neuron by which searches for a mapping count packets; without, each has one.
    pub spikes: Option<Arc<[u32]>>,
    /// Differences from the network that was named.
    pub notes: Vec<String>,
}

impl Variant {
    fn new(network: Layered, notes: Vec<String>) -> Self {
        Self { graph: Arc::new(Graph::from_layered(&network)), network: Arc::new(network), spikes: None, notes }
    }

    /// A network quantised again for a demand.
    pub fn quantised(own: Own, trained: &Trained, demand: &NetworkDemand) -> Self {
        Self::new(trained.quantised_for(demand.spec(own.spec)), demand.notes(own.spec, "quantised again"))
    }

    /// A network that was trained for a demand.
    pub fn trained(own: Own, trained: &Trained, demand: &NetworkDemand) -> Self {
        let network = trained.quantised_for(demand.spec(trained.quantised.spec));
        let mut notes = demand.notes(own.spec, "trained");
        if let Some(most) = demand.fan_in_of(&trained.architecture) {
            notes.push(format!("trained with {most} synapses into a neuron at most"));
        }
        Self::new(network, notes)
    }

    /// Counts packets, for searches, by the spikes of the first samples of a training set; of none, as they are.
    pub fn profiled(mut self, training: &Split, samples: usize) -> Self {
        if samples > 0 {
            let samples = (0..samples.min(training.len())).map(|sample| training.sample(sample).0);
            self.spikes = Some(reference::spikes(&self.network, samples).into());
        }
        self
    }
}

/// The network of a comparison in all the forms that its configurations ask for.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Nets<'a> {
    Layered {
        own: Own,
        /// A digest of all that its forms follow from, however many of them are made.
        origin: u64,
        variants: BTreeMap<NetworkDemand, Variant>,
        samples: &'a Split,
        count: usize,
    },
    Sparse {
        network: &'a SparseNetwork,
        steps: u32,
    },
}

impl<'a> Nets<'a> {
    /// A layered network of which no form is made yet.
    pub fn layered(own: Own, origin: u64, dataset: &'a Dataset, count: usize) -> Self {
        Self::Layered { own, origin, variants: BTreeMap::new(), samples: &dataset.test, count }
    }

    /// Adds a form of the network.
    pub fn add(&mut self, demand: NetworkDemand, variant: Variant) {
        if let Self::Layered { variants, .. } = self {
            variants.insert(demand, variant);
        }
    }

    /// What configurations ask for that is not made yet, each once, in their order. Those that are no chip ask for nothing.
    pub fn lacking(&self, chips: impl Iterator<Item = (SweepSetting, Chip)>) -> Vec<NetworkDemand> {
        let Self::Layered { own, variants, .. } = self else { return Vec::new() };
        let demands = chips.map(|(setting, chip)| NetworkDemand::of(&setting, &chip, *own));
        let mut found = Vec::new();
        for demand in demands.filter(|demand| !variants.contains_key(demand)) {
            if !found.contains(&demand) {
                found.push(demand);
            }
        }
        found
    }

    /// Samples, or steps of a sparse network, of one configuration.
    pub fn units(&self, setting: &SweepSetting) -> u64 {
        match self {
            Self::Layered { count, .. } => *count as u64,
            Self::Sparse { steps, .. } => setting.steps.unwrap_or(*steps).into(),
        }
    }

    /// Whether a sample is to be given back, not classified.
    pub fn gives_back(&self) -> bool {
        let Self::Layered { variants, .. } = self else { return false };
        variants.values().any(|variant| !variant.network.target.has_classes())
    }
}
