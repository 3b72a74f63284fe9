//! Capacity of a core, as far as a search tracks it move by move.

/// Limits of every core; `u64::MAX` for what a search need not track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity<'a> {
    /// Neurons.
    pub neurons: u64,
    /// Distinct sources heard.
    pub axons_in: u64,
    /// Pairs of a neuron and a core that hears it.
    pub axons_out: u64,
    /// Synapse memory (bits).
    pub memory: u64,
    /// Bits of a source's row in that memory, by the kind of the core and by its synapses there; beyond the last, the
    /// same step for each more.
    pub row_bits: &'a [Vec<u64>],
}

impl Capacity<'_> {
    /// A limit on neurons only.
    pub fn of_neurons(neurons: u64) -> Self {
        Self { neurons, axons_in: u64::MAX, axons_out: u64::MAX, memory: u64::MAX, row_bits: &[] }
    }

    /// Whether anything but the number of neurons is limited.
    pub(super) fn is_more_than_neurons(&self) -> bool {
        self.axons_in != u64::MAX || self.axons_out != u64::MAX || self.memory != u64::MAX
    }

    /// Bits of a row by its synapses, in a core of a kind.
    pub(super) fn row(&self, kind: u32, synapses: u32) -> u64 {
        let Some(bits) = self.row_bits.get(kind as usize) else { return 0 };
        let Some(last) = bits.len().checked_sub(1) else { return 0 };
        let beyond = (synapses as usize).saturating_sub(last) as u64;
        let step = bits[last].saturating_sub(bits[last.saturating_sub(1)]);
        bits[(synapses as usize).min(last)] + beyond * step
    }
}
