//! The function of steps, on chips whose cores wait for each other: it is computed ahead of their timing.

use super::{gather, of_cores};
use crate::model::fabric::Part;
use crate::model::{Delivery, Homes, HostInput, Simulator, StepLoad, Synchronization};
use crate::stats::{Counts, Distribution, Op};
use crate::system::System;
use crate::trace::{Record, Recorder, Silent, Tap, WantedRecords};
use crate::units::Tick;
use std::sync::Arc;

/// A system that computes steps.
pub(super) struct Function<'s, P: Tap = Silent> {
    system: &'s System,
    homes: &'s Homes,
    world: Simulator<'s, P>,
    delivery: Delivery<'s>,
    /// Counts of the host and the barrier, beyond those of nodes.
    extra: Counts,
}

impl<'s> Function<'s> {
    /// A system at rest.
    pub(super) fn new(system: &'s System, homes: &'s Homes) -> Self {
        Self::with(system, homes, Silent)
    }
}

impl<'s> Function<'s, Recorder> {
    /// A system at rest that records what is wanted.
    pub(super) fn recording(system: &'s System, homes: &'s Homes, wanted: &Arc<WantedRecords>) -> Self {
        let tables = &system.tables;
        let (terminals, neurons) = (tables.fabric.terminals.len(), tables.cores.iter().map(|core| core.len()).sum());
        Self::with(system, homes, Recorder::new(wanted, terminals, terminals, neurons))
    }
}

impl<'s, P: Tap> Function<'s, P> {
    fn with(system: &'s System, homes: &'s Homes, tap: P) -> Self {
        let tables = &system.tables;
        let part = Part::split(&tables.fabric, 1).pop().unwrap_or_default();
        let world = Simulator::new(tables, part, tap).computing();
        Self { system, homes, world, delivery: Delivery::new(tables), extra: Counts::default() }
    }

    /// Back to rest before a sample.
    pub(super) fn reset(&mut self, sample: u64, input: HostInput<'_>) {
        self.world.reset(&input);
        self.delivery.reset(sample);
        self.extra = Counts::default();
    }

    /// Exchanges the drives of the host, by neuron, before the next step.
    pub(super) fn write(&mut self, before: &[i32], now: &[i32]) {
        self.world.write(before, now);
    }

    /// Computes the next step; gives the spikes of neurons on the chip.
    pub(super) fn compute(&mut self, step: u32, load: &mut StepLoad) -> u64 {
        if matches!(self.system.tables.synchronization, Synchronization::Barrier { .. }) {
            self.extra.add(Op::Barrier, 1);
        }
        let spikes = self.world.compute_step(step, self.delivery.due(step), load);
        self.delivery.deliver(step, self.world.fired());
        self.delivery.deliver_sums(step, self.world.sums());
        spikes
    }

    /// Records so far, with ticks from the releases of their steps. The caller empties the list.
    pub(super) fn records(&mut self) -> Option<&mut Vec<Record>> {
        self.world.fabric.tap().taken()
    }

    /// The host's read-out of some neurons.
    pub(super) fn read_out(&mut self, neurons: usize) {
        self.extra.add(Op::Readout, neurons as u64);
    }

    /// Counts of every core and, last, the host, without the time of cores in use; and those of shared cores by population.
    pub(super) fn counts(&mut self) -> (Vec<Counts>, Vec<Counts>) {
        self.world.settle_counts(self.homes);
        let mut all = of_cores(&self.system.tables, std::iter::once(&self.world));
        if let Some(host) = all.last_mut() {
            host.merge(&self.extra);
        }
        (all, self.world.layer_counts().to_vec())
    }

    /// Spikes within their windows, and membranes, of all neurons after some steps.
    pub(super) fn neurons(&self, steps: u32) -> (Vec<u32>, Vec<i32>) {
        gather(&self.system.tables, std::iter::once(&self.world), steps)
    }

    /// Conversions since the reset of crossbars whose devices are not ideal, and those that were clipped.
    pub(super) fn conversions(&self) -> (u64, u64) {
        self.delivery.conversions()
    }

    /// Hops of the packets that were counted since it was made.
    pub(super) fn packet_hops(&self) -> &Distribution {
        &self.world.packet_hops
    }
}

/// Adds the time that cores were in use, of a chip on which that is counted.
pub(super) fn add_busy(system: &System, cores: &mut [Counts], elapsed: Tick) {
    if system.tables.counts_busy_cores
        && let Some((_, cores)) = cores.split_last_mut()
    {
        cores.iter_mut().for_each(|core| core.add(Op::CoreBusy, elapsed));
    }
}
