//! Settings of neurons, of which a core holds a limited number: decays and the like, and thresholds.

use crate::digest;
use crate::hw::Chip;
use crate::net::{Graph, Order};
use std::collections::{BTreeSet, HashMap};

/// The settings of each neuron, by number.
pub(super) struct CoreSettings {
    /// Of the compartment and of the threshold; [`NONE`] where a core has any number.
    of: Vec<[u32; 2]>,
    count: usize,
}

/// No setting that counts.
const NONE: u32 = u32::MAX;

impl CoreSettings {
    /// Those of a network's neurons on a chip. Thresholds of neurons that the chip does not have are idealised, as all else
    /// of them is: none of its settings hold them.
    pub(super) fn new(net: &Graph, chip: &Chip) -> Self {
        let Some(limits) = chip.core.limits.max_neuron_settings else { return Self::none() };
        let mut of = vec![[NONE; 2]; net.neurons()];
        let mut known: HashMap<(bool, u64), u32> = HashMap::new();
        for population in net.populations.iter().filter(|population| population.source.is_none()) {
            for (neurons, params) in population.all_runs() {
                let compartment = digest::of("compartment", &params.setting());
                let counts = limits.thresholds.is_some() && chip.has_neuron(&params);
                for neuron in neurons {
                    let mut number = |key| {
                        let next = known.len() as u32;
                        *known.entry(key).or_insert(next)
                    };
                    if limits.compartments.is_some() {
                        of[neuron as usize][0] = number((false, compartment));
                    }
                    if counts {
                        // One that does not fire has a threshold out of reach.
                        let threshold = if params.fires { net.threshold[neuron as usize] } else { i32::MAX };
                        of[neuron as usize][1] = number((true, u64::from(threshold as u32)));
                    }
                }
            }
        }
        Self { of, count: known.len() }
    }

    /// None, where a core has any number.
    pub(super) fn none() -> Self {
        Self { of: Vec::new(), count: 0 }
    }

    /// Number of settings of both kinds.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// A count of the settings of some neurons.
    pub(super) fn uses(&self) -> SettingUses<'_> {
        SettingUses { settings: self, stamp: vec![0; self.count], core: 0 }
    }

    #[inline]
    pub(super) fn of(&self, neuron: u32) -> [u32; 2] {
        self.of.get(neuron as usize).copied().unwrap_or([NONE; 2])
    }

    /// An order in which neurons of equal settings are neighbours, within their populations; `None` if no population alone
    /// has more settings than the `most` of a core.
    pub(super) fn order(&self, net: &Graph, most: [u64; 2]) -> Option<Order> {
        let mut before: Vec<u32> = (0..net.neurons() as u32).collect();
        let mut is_other = false;
        for population in net.populations.iter().filter(|population| population.source.is_none()) {
            let neurons = &mut before[population.range()];
            let too_many = |kind: usize| {
                let distinct: BTreeSet<u32> = neurons.iter().map(|neuron| self.of(*neuron)[kind]).collect();
                distinct.len() as u64 > most[kind]
            };
            if [0, 1].into_iter().any(too_many) {
                // Settings are numbered in the order of their first neurons.
                neurons.sort_by_key(|neuron| self.of(*neuron));
                is_other = true;
            }
        }
        is_other.then(|| Order::new(before))
    }

    /// Distinct settings of compartments and of thresholds in the whole network.
    pub(super) fn distinct(&self) -> [u64; 2] {
        [0, 1].map(|kind| {
            let mut all: Vec<u32> = self.of.iter().map(|of| of[kind]).filter(|setting| *setting != NONE).collect();
            all.sort_unstable();
            all.dedup();
            all.len() as u64
        })
    }
}

/// Counts the distinct settings of the neurons of cores, one core after the other.
pub(super) struct SettingUses<'a> {
    settings: &'a CoreSettings,
    /// The last core with each setting.
    stamp: Vec<u32>,
    core: u32,
}

impl SettingUses<'_> {
    /// Distinct settings of compartments and of thresholds of some neurons.
    pub(super) fn distinct(&mut self, neurons: impl Iterator<Item = u32>) -> [u32; 2] {
        self.core += 1;
        let mut distinct = [0; 2];
        if self.stamp.is_empty() {
            return distinct;
        }
        for neuron in neurons {
            for (setting, count) in self.settings.of(neuron).into_iter().zip(&mut distinct) {
                let Some(stamp) = self.stamp.get_mut(setting as usize) else { continue };
                *count += u32::from(std::mem::replace(stamp, self.core) != self.core);
            }
        }
        distinct
    }
}
