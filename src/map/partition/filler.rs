//! The core being filled: what its neurons need, neuron by neuron.

use super::counted::Ranges;
use super::incoming::IncomingSynapses;
use super::settings::CoreSettings;
use super::{count_axons_out, counted};
use crate::hw::{Chip, SynapseArray};
use crate::ids::SiteId;
use crate::map::kernels::SharedRows;
use crate::map::{CoreLoad, CorePart};
use crate::net::Graph;
use crate::progress::poll_at;
use std::ops::Range;

/// Loads of the core being filled.
pub(super) struct Filler<'a> {
    pub(super) chip: &'a Chip,
    /// Bits in which the network's weights are stored.
    weight_bits: u64,
    net: &'a Graph,
    incoming: &'a IncomingSynapses<'a>,
    settings: &'a CoreSettings,
    /// By source: the last core with a synapse from it, and the number of these.
    heard: Vec<(u32, u32)>,
    /// Neurons of the core with each setting, in the same way.
    uses: Vec<(u32, u32)>,
    core: u32,
    /// `rows[k]`: sources with k synapses into the core.
    rows: Vec<u32>,
    neurons: u64,
    axons: u64,
    synapses: u64,
    compartments: u64,
    thresholds: u64,
    /// Distinct rows, where kernels may be shared.
    kernels: Option<SharedRows>,
    /// Whether kernels may be shared.
    shares: bool,
}

/// What neurons need of a core.
#[derive(Clone, Copy, Debug)]
pub(super) struct CoreNeed {
    pub(super) neurons: u64,
    pub(super) axons: u64,
    /// Synapse memory (bits).
    pub(super) memory: u64,
    /// Whether that is with shared kernels.
    pub(super) shared_kernels: bool,
    /// Settings of compartments and of thresholds.
    pub(super) compartments: u64,
    pub(super) thresholds: u64,
}

impl CoreNeed {
    /// What a core of a chip has.
    pub(super) fn limits(chip: &Chip) -> Self {
        let limits = &chip.core.limits;
        let memory = match &chip.core.synapses {
            SynapseArray::Sram(memory) => memory.bits,
            SynapseArray::Crossbar { .. } | SynapseArray::DigitalCrossbar | SynapseArray::SharedKernels(_) => u64::MAX,
        };
        let settings = limits.max_neuron_settings.unwrap_or_default();
        let most = |limit: Option<u32>| limit.map_or(u64::MAX, u64::from);
        Self {
            neurons: limits.max_neurons.into(),
            axons: limits.max_axons_in.into(),
            memory,
            shared_kernels: false,
            compartments: most(settings.compartments),
            thresholds: most(settings.thresholds),
        }
    }

    pub(super) fn is_within(self, limits: Self) -> bool {
        self.neurons <= limits.neurons
            && self.axons <= limits.axons
            && self.memory <= limits.memory
            && self.compartments <= limits.compartments
            && self.thresholds <= limits.thresholds
    }
}

impl<'a> Filler<'a> {
    pub(super) fn new(
        net: &'a Graph,
        chip: &'a Chip,
        incoming: &'a IncomingSynapses<'a>,
        settings: &'a CoreSettings,
    ) -> Self {
        let shares = counted::may_share_kernels(net, chip);
        Self {
            chip,
            weight_bits: net.synapses.weight_bits().into(),
            net,
            incoming,
            settings,
            heard: vec![(0, 0); net.neurons()],
            uses: vec![(0, 0); settings.count()],
            core: 0,
            rows: vec![0],
            neurons: 0,
            axons: 0,
            synapses: 0,
            compartments: 0,
            thresholds: 0,
            kernels: if shares { SharedRows::new(net, incoming.rows()) } else { None },
            shares,
        }
    }

    /// Begins another core.
    pub(super) fn start(&mut self) {
        self.core += 1;
        self.rows.clear();
        self.rows.push(0);
        (self.neurons, self.axons, self.synapses, self.compartments, self.thresholds) = (0, 0, 0, 0, 0);
        self.kernels.iter_mut().for_each(SharedRows::start);
    }

    /// The sources of a neuron's synapses, in their order, one for each synapse.
    pub(super) fn sources(&self, neuron: u32) -> impl Iterator<Item = u32> + use<'_> {
        self.incoming.sources(neuron).map(|(_, source)| source as u32)
    }

    pub(super) fn add(&mut self, neuron: u32) {
        poll_at(neuron as usize);
        self.neurons += 1;
        let Self { uses, settings, core, .. } = self;
        let mut is_new = |setting: u32| {
            let Some((stamp, count)) = uses.get_mut(setting as usize) else { return false };
            if *stamp != *core {
                (*stamp, *count) = (*core, 0);
            }
            *count += 1;
            *count == 1
        };
        let [compartment, threshold] = settings.of(neuron);
        self.compartments += u64::from(is_new(compartment));
        self.thresholds += u64::from(is_new(threshold));
        let mut kernels = self.kernels.as_mut().and_then(|kernels| kernels.add_neuron(neuron));
        for (place, source) in self.incoming.sources(neuron) {
            let heard = &mut self.heard[source];
            if heard.0 != self.core {
                *heard = (self.core, 0);
                self.axons += 1;
                self.rows[0] += 1;
            }
            let k = heard.1 as usize;
            heard.1 += 1;
            self.rows[k] -= 1;
            if k + 1 == self.rows.len() {
                self.rows.push(0);
            }
            self.rows[k + 1] += 1;
            self.synapses += 1;
            kernels.iter_mut().for_each(|kernels| kernels.add(source, k, neuron, place));
        }
    }

    pub(super) fn remove(&mut self, neuron: u32) {
        self.neurons -= 1;
        let uses = &mut self.uses;
        let mut is_last = |setting: u32| {
            let Some((_, count)) = uses.get_mut(setting as usize) else { return false };
            *count -= 1;
            *count == 0
        };
        let [compartment, threshold] = self.settings.of(neuron);
        self.compartments -= u64::from(is_last(compartment));
        self.thresholds -= u64::from(is_last(threshold));
        let mut kernels = self.kernels.as_mut().and_then(|kernels| kernels.remove_neuron(neuron));
        for (place, source) in self.incoming.sources(neuron) {
            let heard = &mut self.heard[source];
            let k = heard.1 as usize;
            heard.1 -= 1;
            self.rows[k] -= 1;
            if k == 1 {
                heard.0 = 0;
                self.axons -= 1;
            } else {
                self.rows[k - 1] += 1;
            }
            self.synapses -= 1;
            kernels.iter_mut().for_each(|kernels| kernels.remove(source, k, neuron, place));
        }
    }

    /// Whether the core has room for these neurons as well.
    pub(super) fn has_room_for(&mut self, neurons: Range<u32>, limits: CoreNeed) -> bool {
        let mut added = neurons.start;
        while added < neurons.end && self.need().is_within(limits) {
            self.add(added);
            added += 1;
        }
        let fits = self.need().is_within(limits);
        (neurons.start..added).for_each(|neuron| self.remove(neuron));
        fits
    }

    pub(super) fn need(&self) -> CoreNeed {
        let (memory, shared_kernels) = match &self.chip.core.synapses {
            SynapseArray::Crossbar { .. } | SynapseArray::DigitalCrossbar | SynapseArray::SharedKernels(_) => {
                (0, false)
            }
            SynapseArray::Sram(memory) => {
                let apart = bits(&self.rows, |k| memory.row_bits(k, self.neurons, self.weight_bits));
                let rows = self.kernels.as_ref().and_then(SharedRows::rows);
                let shared = rows.map(|rows| bits(rows, |k| memory.list_bits(k, self.weight_bits)));
                shared.filter(|bits| *bits < apart).map_or((apart, false), |bits| (bits, true))
            }
        };
        let Self { neurons, axons, compartments, thresholds, .. } = *self;
        CoreNeed { neurons, axons, memory, shared_kernels, compartments, thresholds }
    }

    /// The core that holds what was added: these neurons.
    pub(super) fn load(&self, ranges: &Ranges) -> CoreLoad {
        let CoreNeed { axons, memory, shared_kernels, compartments, thresholds, .. } = self.need();
        let part = |(population, neurons): &(u32, Range<u32>)| CorePart {
            population: *population,
            neurons: neurons.clone(),
            synapses: self.incoming.synapses(neurons),
        };
        CoreLoad {
            site: SiteId::default(),
            parts: ranges.iter().map(part).collect(),
            axons_in: axons as u32,
            axons_out: 0,
            synapses: self.synapses,
            memory_bits: memory,
            shared_kernels,
            settings: [compartments as u32, thresholds as u32],
            kind: 0,
        }
    }

    /// The core that holds these neurons, without its outgoing axons.
    pub(super) fn filled(&mut self, ranges: &Ranges) -> CoreLoad {
        self.start();
        ranges.iter().flat_map(|(_, neurons)| neurons.clone()).for_each(|neuron| self.add(neuron));
        self.load(ranges)
    }

    /// The cores that hold these neurons, with their outgoing axons.
    pub(super) fn holding(&mut self, cores: &[Ranges]) -> Vec<CoreLoad> {
        if !self.shares {
            return counted::loads(self.net, self.chip, self.settings, cores);
        }
        let mut loads: Vec<CoreLoad> = cores.iter().map(|ranges| self.filled(ranges)).collect();
        count_axons_out(self.net, &mut loads);
        loads
    }
}

/// Bits of rows, `rows[k]` of k synapses.
fn bits(rows: &[u32], of_row: impl Fn(u64) -> u64) -> u64 {
    let used = (0..).zip(rows).skip(1).filter(|(_, rows)| **rows > 0);
    used.map(|(k, rows)| u64::from(*rows) * of_row(k)).sum()
}
