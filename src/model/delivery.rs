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

/// Sums of weights that wait for their time step.
#[derive(Debug)]
pub struct Delivery<'t> {
    tables: &'t Tables,
    /// By step, as a ring, and neuron.
    sums: Vec<Vec<i32>>,
    /// Of crossbars whose devices are not ideal.
    reading: Option<Reading>,
}

impl<'t> Delivery<'t> {
    /// Nothing waits.
    pub fn new(tables: &'t Tables) -> Self {
        let slots = if tables.pace.is_some() { 0 } else { tables.max_delay as usize + 1 };
        let reading = tables.cells.as_ref().map(|cells| Reading::new(tables, cells));
        Self { tables, sums: vec![vec![0; tables.neurons as usize]; slots], reading }
    }

    /// Forgets all, before a sample.
    pub fn reset(&mut self, sample: u64) {
        self.sums.iter_mut().for_each(|sums| sums.fill(0));
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
        if let (Some(reading), Some(cells)) = (&mut self.reading, &self.tables.cells) {
            return reading.drive(self.tables, cells, fired);
        }
        let slots = self.sums.len();
        if self.tables.max_delay > 1 {
            for source in fired {
                for (target, weight, delay) in self.tables.synapses.row(*source as usize) {
                    self.sums[(step as usize + delay as usize) % slots][target as usize] += i32::from(weight);
                }
            }
            return;
        }
        let sums = &mut self.sums[(step as usize + 1) % slots][..];
        self.tables.rows.add(fired, sums);
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
