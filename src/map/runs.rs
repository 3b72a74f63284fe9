//! The synapses of a neuron by core, from one pass along its row.
//!
//! Rows are in the order of their targets, and a core holds neighbouring neurons of each of its populations: a row is a
//! list of runs, each into one core. So whatever is counted by source and core takes one look at a neuron's core for each
//! run, instead of one for each synapse.

use super::CoreLoad;
use crate::net::Graph;
use crate::progress::poll_at_row;
use std::ops::Range;

/// Marks neurons that are on none of the cores.
const NONE: u32 = u32::MAX;

/// Cores as ranges of neurons.
pub(super) struct Runs {
    /// By neuron: the position of its range, or [`NONE`].
    range_of: Vec<u32>,
    /// By range: where it ends, and its core.
    ranges: Vec<(u32, u32)>,
    /// By core: synapses of the row in hand, 0 for every core between rows.
    synapses: Vec<u32>,
    /// Cores of the row in hand, in the order of its targets.
    reached: Vec<u32>,
}

impl Runs {
    pub(super) fn of(net: &Graph, cores: &[CoreLoad]) -> Self {
        Self::new(net, cores.iter().map(|core| core.parts.iter().map(|part| part.neurons.clone())))
    }

    /// Cores by their ranges of neurons.
    pub(super) fn new<R>(net: &Graph, cores: impl ExactSizeIterator<Item = R>) -> Self
    where
        R: Iterator<Item = Range<u32>>,
    {
        let count = cores.len();
        let mut range_of = vec![NONE; net.neurons()];
        let mut ranges = Vec::with_capacity(count);
        for (core, own) in (0..).zip(cores) {
            for neurons in own {
                range_of[neurons.start as usize..neurons.end as usize].fill(ranges.len() as u32);
                ranges.push((neurons.end, core));
            }
        }
        Self { range_of, ranges, synapses: vec![0; count], reached: Vec::new() }
    }

    /// The core of a neuron, if it is on one of them.
    pub(super) fn core_of(&self, neuron: usize) -> Option<usize> {
        self.ranges.get(self.range_of[neuron] as usize).map(|(_, core)| *core as usize)
    }

    /// Calls `each` with every core that a neuron reaches, in the order of its targets, and its synapses there.
    pub(super) fn reached(&mut self, net: &Graph, neuron: usize, mut each: impl FnMut(usize, u32)) {
        poll_at_row(neuron, net.synapses.fan_out(neuron));
        let (mut end, mut core, mut count) = (0, NONE, 0);
        for target in net.synapses.targets(neuron) {
            if target >= end {
                self.add(core, count);
                (end, core) = match self.ranges.get(self.range_of[target as usize] as usize) {
                    Some(range) => *range,
                    // The next one may be on a core.
                    None => (target + 1, NONE),
                };
                count = 0;
            }
            count += 1;
        }
        self.add(core, count);
        for core in self.reached.drain(..) {
            each(core as usize, std::mem::take(&mut self.synapses[core as usize]));
        }
    }

    fn add(&mut self, core: u32, count: u32) {
        // A core of several populations is met several times.
        let Some(synapses) = self.synapses.get_mut(core as usize) else { return };
        if *synapses == 0 {
            self.reached.push(core);
        }
        *synapses += count;
    }
}
