//! What spikes do to neurons, on chips with barriers: one pass over their synapses at the end of a time step.
//!
//! A spike of step t acts in a later step, when the barrier has released it, and sums of integers do not depend on
//! their order. So the weights of a step are added all at once, row by row of the sources that fired, instead of
//! packet by packet: the same sums, from memory that is read in order. That every packet came to the core and axon
//! it was made for is checked apart ([`Audit`](super::Audit)), and a step in which one did not has no result. How a row
//! is stored, and so how it is added, is chosen at load ([`Rows`](super::Rows)); rows with delays are added one by one.
//! Crossbars whose devices are not ideal are read instead ([`analogue`](super::analogue)).

use super::Tables;
use super::analogue::Reading;
use crate::net::graph::NO_AXON;

/// Sums of weights that wait for their time step.
#[derive(Debug)]
pub struct Delivery<'t> {
    tables: &'t Tables,
    /// By step, as a ring, and neuron.
    sums: Vec<Vec<i32>>,
    /// Of crossbars whose devices are not ideal.
    reading: Option<Reading>,
    /// By step, as a ring, and axon that neurons share: the step for which a spike has reached it, or 0.
    reached: Vec<Vec<u32>>,
}

impl<'t> Delivery<'t> {
    /// Nothing waits.
    pub fn new(tables: &'t Tables) -> Self {
        let slots = if tables.pace.is_some() { 0 } else { tables.max_delay as usize + 1 };
        let shared = tables.axons.iter().filter(|axon| **axon != NO_AXON).max().map_or(0, |axon| *axon as usize + 1);
        Self {
            tables,
            sums: vec![vec![0; tables.neurons as usize]; slots],
            reached: vec![vec![0; shared]; if shared > 0 { slots } else { 0 }],
            reading: tables.cells.as_ref().map(|cells| Reading::new(tables, cells)),
        }
    }

    /// Forgets all, before a sample.
    pub fn reset(&mut self, sample: u64) {
        self.sums.iter_mut().for_each(|sums| sums.fill(0));
        self.reached.iter_mut().for_each(|steps| steps.fill(0));
        if let (Some(reading), Some(cells)) = (&mut self.reading, &self.tables.cells) {
            reading.reset(cells, sample);
        }
    }

    /// Conversions of crossbars whose devices are not ideal, since the reset, and those that were clipped.
    pub fn conversions(&self) -> (u64, u64) {
        self.reading.as_ref().map_or((0, 0), Reading::conversions)
    }

    /// Adds the synapses of neurons that fired in a step.
    pub fn deliver(&mut self, step: u32, fired: &[u32]) {
        if self.reading.is_some() {
            return self.drive(step, fired);
        }
        let slots = self.sums.len();
        if self.tables.max_delay > 1 || !self.reached.is_empty() {
            for source in fired {
                if self.is_reached(step, *source) {
                    continue;
                }
                for (target, weight, delay) in self.tables.synapses.row(*source as usize) {
                    self.sums[(step as usize + delay as usize) % slots][target as usize] += i32::from(weight);
                }
            }
            return;
        }
        let sums = &mut self.sums[(step as usize + 1) % slots][..];
        self.tables.rows.add(fired, sums);
    }

    /// Adds the sums that neurons sent in a step, each times the weights of its synapses.
    pub fn deliver_sums(&mut self, step: u32, sums: &[(u32, i32)]) {
        let slots = self.sums.len();
        for (source, sum) in sums {
            for (target, weight, delay) in self.tables.synapses.row(*source as usize) {
                self.sums[(step as usize + delay as usize) % slots][target as usize] += i32::from(weight) * sum;
            }
        }
    }

    /// Whether another spike has reached the axon of a neuron for the same step; from now on one has.
    fn is_reached(&mut self, step: u32, source: u32) -> bool {
        let axon = self.tables.axons.get(source as usize).copied().unwrap_or(NO_AXON);
        if axon == NO_AXON || self.reached.is_empty() {
            return false;
        }
        // All synapses of an axon have one delay.
        let Some((_, _, delay)) = self.tables.synapses.row(source as usize).next() else { return true };
        let due = step + delay;
        let slots = self.reached.len();
        std::mem::replace(&mut self.reached[due as usize % slots][axon as usize], due) == due
    }

    /// Drives the rows of neurons that fired, on crossbars whose devices are not ideal; a shared one once.
    fn drive(&mut self, step: u32, fired: &[u32]) {
        if !self.reached.is_empty() {
            for source in fired {
                if !self.is_reached(step, *source) {
                    self.drive_all(std::slice::from_ref(source));
                }
            }
            return;
        }
        self.drive_all(fired);
    }

    fn drive_all(&mut self, fired: &[u32]) {
        if let (Some(reading), Some(cells)) = (&mut self.reading, &self.tables.cells) {
            reading.drive(self.tables, cells, fired);
        }
    }

    /// The sums that act in a step, by neuron; whoever takes them leaves zeros.
    pub fn due(&mut self, step: u32) -> &mut [i32] {
        let slots = self.sums.len();
        if slots == 0 {
            return &mut [];
        }
        let sums = &mut self.sums[step as usize % slots][..];
        if let (Some(reading), Some(cells)) = (&mut self.reading, &self.tables.cells) {
            reading.read(self.tables, cells, step, sums);
        }
        sums
    }
}
