//! Requirements of configurations on the network, and the networks quantised or trained for them.

use super::setting::SweepSetting;
use crate::data::{Dataset, Split};
use crate::hw::Chip;
use crate::net::architecture::Target;
use crate::net::quantised::{QuantSpec, Scale, WEIGHT_BITS};
use crate::net::{Architecture, Graph, Layered, SparseNetwork, Trained, reference};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Requirements of a configuration on a layered network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkDemand {
    /// Time steps T.
    pub time_steps: u32,
    /// Bits of a weight.
    pub weight_bits: u32,
    /// Bits of a membrane.
    pub membrane_bits: u32,
    /// Most synapses into a neuron, of a training for the chip.
    pub max_fan_in: Option<u32>,
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
        let stages = architecture.stages();
        let widest = stages.iter().skip(1).map(|stage| stage.op.most_synapses_in()).max().unwrap_or(0);
        Self { spec, widest: u32::try_from(widest).unwrap_or(u32::MAX) }
    }
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
            max_fan_in: most_in.filter(|most| *most < widest),
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
        notes
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
}

/// The network of a comparison in all the forms that its configurations ask for.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Nets<'a> {
    Layered { own: Own, variants: BTreeMap<NetworkDemand, Variant>, samples: &'a Split, count: usize },
    Sparse { network: &'a SparseNetwork, steps: u32 },
}

impl<'a> Nets<'a> {
    /// A layered network, quantised for each demand.
    pub fn quantised(
        own: Own,
        trained: &Trained,
        demands: &[NetworkDemand],
        dataset: &'a Dataset,
        count: usize,
    ) -> Self {
        let spec = own.spec;
        let variant = |demand: &NetworkDemand| {
            let network = trained.quantised_for(demand.spec(spec));
            (*demand, Variant::new(network, demand.notes(spec, "quantised again")))
        };
        let variants = demands.iter().map(variant).collect();
        Self::Layered { own, variants, samples: &dataset.test, count }
    }

    /// A layered network, trained for whatever is asked: one for each demand.
    pub fn trained(own: Own, networks: Vec<(NetworkDemand, Trained)>, dataset: &'a Dataset, count: usize) -> Self {
        let variant = |(demand, trained): (NetworkDemand, Trained)| {
            let network = trained.quantised_for(demand.spec(trained.quantised.spec));
            let mut notes = demand.notes(own.spec, "trained");
            if let Some(most) = demand.max_fan_in {
                notes.push(format!("trained with {most} synapses into a neuron at most"));
            }
            (demand, Variant::new(network, notes))
        };
        let variants = networks.into_iter().map(variant).collect();
        Self::Layered { own, variants, samples: &dataset.test, count }
    }

    /// Counts packets, for searches, by the spikes of the first samples of a training set.
    pub fn profiled(mut self, training: &Split, samples: usize) -> Self {
        if let Self::Layered { variants, .. } = &mut self {
            for variant in variants.values_mut() {
                let samples = (0..samples.min(training.len())).map(|sample| training.sample(sample).0);
                variant.spikes = Some(reference::spikes(&variant.network, samples).into());
            }
        }
        self
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
        variants.values().any(|variant| variant.network.target == Target::Input)
    }
}
