//! Sizes of networks: what numbers hold, and what memory holds, checked before any is taken.

use crate::memory;

/// Most synapses of a network: the position of each, and that after the last one, has 32 bits.
pub const MAX_SYNAPSES: u64 = u32::MAX as u64;
/// Most neurons of a network.
pub const MAX_NEURONS: u64 = 1 << 26;

/// Neurons up to which targets are packed with weights of 8 bits.
const PACKED: u64 = 1 << 24;

/// Why a network of this size is not made, if it is too large for the numbers or for the machine.
pub fn too_large(neurons: u64, synapses: u64) -> Option<String> {
    beyond(neurons, synapses).or_else(|| memory::refusal(&in_words(neurons, synapses), bytes(neurons, synapses)))
}

/// Why there is no network of this size on any machine.
pub(in crate::net) fn beyond(neurons: u64, synapses: u64) -> Option<String> {
    let limits = [(neurons, MAX_NEURONS, "neurons"), (synapses, MAX_SYNAPSES, "synapses")];
    let broken: Vec<String> = limits
        .into_iter()
        .filter(|(found, most, _)| found > most)
        .map(|(found, most, what)| format!("{found} {what}, expected at most {most}"))
        .collect();
    (!broken.is_empty()).then(|| broken.join("; "))
}

fn in_words(neurons: u64, synapses: u64) -> String {
    format!("a network of {neurons} neurons and {synapses} synapses")
}

/// Bytes that a network takes at least: its synapses, and the parameters of its neurons.
fn bytes(neurons: u64, synapses: u64) -> u64 {
    let synapse = if neurons <= PACKED { 4 } else { 6 };
    synapses.saturating_mul(synapse).saturating_add(neurons.saturating_mul(32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_allowed_up_to_the_ceilings() {
        for (neurons, synapses) in [(0, 0), (MAX_NEURONS, MAX_SYNAPSES), (1, MAX_SYNAPSES), (MAX_NEURONS, 0)] {
            assert_eq!(beyond(neurons, synapses), None, "{neurons} {synapses}");
        }
        let said = |neurons, synapses| beyond(neurons, synapses).expect("it is too large");
        assert_eq!(said(MAX_NEURONS + 1, 0), "67108865 neurons, expected at most 67108864");
        assert_eq!(said(1, MAX_SYNAPSES + 1), "4294967296 synapses, expected at most 4294967295");
        assert_eq!(said(u64::MAX, u64::MAX).split("; ").count(), 2, "all problems at once");
    }

    #[test]
    fn memory_is_that_of_packed_synapses_up_to_24_bits_of_a_target() {
        assert_eq!(bytes(1 << 20, 100_000_000), 400_000_000 + (32 << 20));
        assert_eq!(bytes(PACKED, 1) - bytes(PACKED, 0), 4);
        assert_eq!(bytes(PACKED + 1, 1) - bytes(PACKED + 1, 0), 6);
        assert_eq!(bytes(u64::MAX, u64::MAX), u64::MAX, "no overflow");
        // The largest network of all: 26 GB.
        let largest = bytes(MAX_NEURONS, MAX_SYNAPSES);
        let said = memory::refusal_of(&in_words(MAX_NEURONS, MAX_SYNAPSES), largest, Some(24_000_000_000));
        let wanted = "a network of 67108864 neurons and 4294967295 synapses needs about 27.9 GB of memory, 24.0 GB are \
                      available";
        assert_eq!(said.as_deref(), Some(wanted));
    }
}
