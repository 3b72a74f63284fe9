//! Sums over the packets that were sent and over those that came: they are equal where each packet reached its destination.

use crate::ids::{AxonId, TerminalId};
use crate::rng::mix;

/// A set of deliveries, as their number and a sum of their hashes. Sets of the same deliveries are equal, in whatever
/// order they were noted; others are not, but for one chance in 2^64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Deliveries.
    pub count: u64,
    sum: u64,
}

impl Audit {
    /// Notes the delivery of a packet to an axon of a core.
    #[inline]
    pub(super) fn note(&mut self, core: TerminalId, axon: AxonId) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(mix(u64::from(core.get()) << 32 | u64::from(axon.get())));
    }

    /// Adds all deliveries of another set.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum = self.sum.wrapping_add(other.sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(deliveries: &[(u32, u32)]) -> Audit {
        let mut audit = Audit::default();
        deliveries.iter().for_each(|(core, axon)| audit.note(TerminalId::new(*core), AxonId::new(*axon)));
        audit
    }

    #[test]
    fn the_order_is_not_seen_but_who_got_what_is() {
        let sent = of(&[(1, 5), (2, 7), (1, 6)]);
        assert_eq!(sent, of(&[(1, 6), (1, 5), (2, 7)]));
        for other in [&[(1, 5), (2, 7)][..], &[(2, 5), (1, 7), (1, 6)], &[(1, 5), (2, 7), (2, 7)]] {
            assert_ne!(sent, of(other));
        }
    }
}
