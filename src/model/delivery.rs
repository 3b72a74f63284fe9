//! Effect of spikes on neurons, on chips with barriers: one pass over their synapses at the end of a time step.
//!
//! A spike of step t acts in a later step, when the barrier has released it, and sums of integers do not depend on
//! their order. So the weights of a step are added all at once, row by row of the sources that fired, instead of
//! packet by packet: the same sums, from memory that is read in order. That every packet came to the core and axon
//! it was made for is checked apart ([`Audit`](super::Audit)), and a step in which one did not has no result. How a row
//! is stored, and so how it is added, is chosen at load ([`Rows`](super::Rows)); rows with delays are added one by one.
//! Crossbars whose devices are not ideal are read instead ([`analogue`](super::analogue)).

use super::Tables;
use super::analogue::Reading;
use crate::ids::{IdVec, NeuronId, SharedAxonId};

/// Sums of weights that wait for their time step.
#[derive(Debug)]
pub struct Delivery<'t> {
    tables: &'t Tables,
    /// By step, as a ring; none on a free-running chip.
    sums: Vec<IdVec<NeuronId, i32>>,
    /// Of crossbars whose devices are not ideal.
    reading: Option<Reading>,
    /// By step, as a ring: the step for which a spike has reached an axon, or 0. Empty where no neurons share one.
    reached: Vec<IdVec<SharedAxonId, u32>>,
    /// By step, as a ring: the neurons that spikes reach, some more than once. Empty where that makes no difference.
    touched: Vec<Vec<NeuronId>>,
}

/// Stands for a sum of 0 of weights that did reach a neuron; no sum is as low.
pub(super) const TOUCHED: i32 = i32::MIN;

/// The place of a step in a ring.
#[inline]
fn slot<T>(ring: &[T], step: u32) -> usize {
    step as usize % ring.len()
}

impl<'t> Delivery<'t> {
    /// A delivery in which nothing waits.
    pub fn new(tables: &'t Tables) -> Self {
        let slots = if tables.synchronization.is_free_running() { 0 } else { tables.max_delay as usize + 1 };
        let shared = tables.shared_axons.ids().filter_map(|neuron| tables.shared_axon(neuron)).max();
        let reached = shared.map(|last| IdVec::filled(0, last.index() + 1));
        Self {
            tables,
            sums: vec![IdVec::filled(0, tables.neurons); slots],
            reached: reached.map_or_else(Vec::new, |steps| vec![steps; slots]),
            touched: vec![Vec::new(); if tables.updates_on_zero { slots } else { 0 }],
            reading: tables.cells.as_ref().map(|cells| Reading::new(tables, cells)),
        }
    }

    /// Forgets all, before a sample.
    pub fn reset(&mut self, sample: u64) {
        self.sums.iter_mut().for_each(|sums| sums.fill(0));
        self.reached.iter_mut().for_each(|steps| steps.fill(0));
        self.touched.iter_mut().for_each(Vec::clear);
        if let (Some(reading), Some(cells)) = (&mut self.reading, &self.tables.cells) {
            reading.reset(cells, sample);
        }
    }

    /// Conversions of crossbars whose devices are not ideal, since the reset, and those that were clipped.
    pub fn conversions(&self) -> (u64, u64) {
        self.reading.as_ref().map_or((0, 0), Reading::conversions)
    }

    /// Adds the synapses of neurons that fired in a step.
    pub fn deliver(&mut self, step: u32, fired: &[NeuronId]) {
        if self.reading.is_some() {
            return self.drive(step, fired);
        }
        if self.tables.max_delay > 1 || !self.reached.is_empty() || !self.touched.is_empty() {
            for source in fired {
                if !self.is_reached(step, *source) {
                    self.add_row(step, *source, 1);
                }
            }
            return;
        }
        let slot = slot(&self.sums, step + 1);
        self.tables.rows.add(fired, &mut self.sums[slot]);
    }

    /// Adds the sums that neurons sent in a step, each times the weights of its synapses.
    pub fn deliver_sums(&mut self, step: u32, sums: &[(NeuronId, i32)]) {
        sums.iter().for_each(|(source, sum)| self.add_row(step, *source, *sum));
    }

    /// Adds the synapses of a neuron, each weight times a factor.
    #[inline]
    fn add_row(&mut self, step: u32, source: NeuronId, factor: i32) {
        for (target, weight, delay) in self.tables.synapses.row(source.index()) {
            let slot = slot(&self.sums, step + delay);
            self.sums[slot][NeuronId::new(target)] += i32::from(weight) * factor;
            if let Some(touched) = self.touched.get_mut(slot) {
                touched.push(NeuronId::new(target));
            }
        }
    }

    /// Whether another spike has reached the axon of a neuron for the same step; from now on one has.
    fn is_reached(&mut self, step: u32, source: NeuronId) -> bool {
        let Some(axon) = self.tables.shared_axon(source).filter(|_| !self.reached.is_empty()) else { return false };
        // All synapses of an axon have one delay.
        let Some((_, _, delay)) = self.tables.synapses.row(source.index()).next() else { return true };
        let due = step + delay;
        let slot = slot(&self.reached, due);
        std::mem::replace(&mut self.reached[slot][axon], due) == due
    }

    /// Drives the rows of neurons that fired, on crossbars whose devices are not ideal; a shared one once.
    fn drive(&mut self, step: u32, fired: &[NeuronId]) {
        if self.reached.is_empty() {
            return self.drive_all(fired);
        }
        for source in fired {
            if !self.is_reached(step, *source) {
                self.drive_all(std::slice::from_ref(source));
            }
        }
    }

    fn drive_all(&mut self, fired: &[NeuronId]) {
        if let (Some(reading), Some(cells)) = (&mut self.reading, &self.tables.cells) {
            reading.drive(self.tables, cells, fired);
        }
    }

    /// The sums that act in a step, which the caller replaces by zeros; `None` on a free-running chip.
    pub fn due(&mut self, step: u32) -> Option<&mut IdVec<NeuronId, i32>> {
        if self.sums.is_empty() {
            return None;
        }
        let slot = slot(&self.sums, step);
        let sums = &mut self.sums[slot];
        if let (Some(reading), Some(cells)) = (&mut self.reading, &self.tables.cells) {
            reading.read(self.tables, cells, step, sums);
        }
        if let Some(touched) = self.touched.get_mut(slot) {
            for neuron in touched.drain(..) {
                if sums[neuron] == 0 {
                    sums[neuron] = TOUCHED;
                }
            }
        }
        Some(sums)
    }
}
