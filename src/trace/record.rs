//! What happens in a system, as fixed-size integers.

use crate::units::Tick;
use std::cmp::Ordering;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal),+ $(,)?) => {
        /// Kind of a record. Records of one tick at one port of a node are in this order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[doc = $doc])* $variant),+ }

        impl Kind {
            /// All kinds, in order.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),+];
            /// Names of all kinds, in order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];
        }
    };
}

kinds! {
    /// A time step begins. Clock; `item` is the step.
    Step = "step",
    /// All cores are done with a step, and the barrier or the next edge is waited for. Clock; `item` is the step,
    /// `serial` the ticks until the next one begins.
    Barrier = "barrier",
    /// Count of an operation in a step, over all cores. Clock, at the step's end; `item` is the operation,
    /// `serial` the count.
    Counted = "counted",
    /// A packet is taken out of the network by a core. `item` is its axon, `serial` its number, `value` the ticks that it
    /// waits for the core's axon stage.
    Delivered = "packet_delivered",
    /// A core works on a packet's synapses. `item` is the axon, `serial` the ticks that it takes.
    Receive = "receive",
    /// A core's soma works through its neurons, and its axon stage on their spikes. `serial` is the ticks that it takes.
    Soma = "soma",
    /// A neuron's membrane has another value than before. `item` is the neuron, `value` the membrane, `serial` the number
    /// of the change at its core.
    Membrane = "membrane",
    /// A neuron fires. `item` is the neuron.
    Spike = "spike",
    /// A packet's first flit leaves its core or the host. `item` is its load, `serial` its number, `value` the ticks since
    /// it was ready.
    Sent = "packet_sent",
    /// A flit enters a router's buffer. `port` and `channel` are the input's, `value` is the flits in that buffer now.
    Filled = "buffer_filled",
    /// A flit leaves a router's buffer; fields as in `Filled`.
    Freed = "buffer_freed",
    /// A flit leaves a router. `port` and `channel` are the output's, `item` is the packet's load, `serial` its number.
    Hop = "hop",
}

impl Kind {
    /// The name in files.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// Something that happened.
///
/// The order of fields is the order of records: two that are equal in all of them are identical, so that a sorted
/// trace is the same for any number of threads and shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// When (ticks from the beginning of the sample).
    pub tick: Tick,
    /// Where: routers first, then cores in the order of the mapping, then the host, then the clock.
    pub node: u32,
    /// Port of a router; else 0.
    pub port: u8,
    /// Kind.
    pub kind: Kind,
    /// Virtual channel of a router's port; else 0.
    pub channel: u8,
    /// As the kind says; else 0.
    pub serial: u64,
    /// As the kind says; else 0.
    pub item: u32,
    /// As the kind says; else 0.
    pub value: i32,
    /// The time step in which it happens, from 1; on a free-running chip the last one that had begun. Whoever keeps a
    /// record sets it.
    pub step: u32,
}

impl Record {
    /// The order of records, as numbers that are compared without looking at field after field: what comes first in it, and
    /// what else.
    #[inline]
    pub(super) fn key(&self) -> (u128, u64) {
        let place = u64::from(self.node) << 24 | u64::from(self.port) << 16 | (self.kind as u64) << 8;
        let first = u128::from(self.tick) << 64 | u128::from(place | u64::from(self.channel));
        (first, self.serial)
    }

    #[inline]
    pub(super) fn order(&self, other: &Self) -> Ordering {
        self.key()
            .cmp(&other.key())
            .then_with(|| (self.item, self.value, self.step).cmp(&(other.item, other.value, other.step)))
    }
}

// A run makes millions of them.
const _: () = assert!(size_of::<Record>() == 40);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_names_agree() {
        assert_eq!(Kind::ALL.len(), Kind::NAMES.len());
        assert!(Kind::ALL.iter().enumerate().all(|(i, kind)| *kind as usize == i));
    }

    #[test]
    fn time_comes_first_and_a_buffer_is_filled_before_it_is_freed() {
        let at = |tick, node, port, kind| Record {
            tick,
            node,
            port,
            kind,
            channel: 0,
            serial: 0,
            item: 0,
            value: 0,
            step: 1,
        };
        let mut all = [
            at(2, 0, 0, Kind::Step),
            at(1, 1, 0, Kind::Step),
            at(1, 0, 3, Kind::Filled),
            at(1, 0, 2, Kind::Freed),
            at(1, 0, 2, Kind::Filled),
        ];
        let sorted = [all[4], all[3], all[2], all[1], all[0]];
        all.sort_unstable();
        assert_eq!(all, sorted);
        // Both orders are one.
        let more = [Record { serial: 1, ..all[0] }, Record { channel: 1, ..all[0] }, Record { value: -1, ..all[0] }];
        let more = [more, [Record { item: 1, ..all[0] }, all[1], Record { value: -1, item: 1, ..all[1] }]].concat();
        let more = [more, vec![Record { step: 2, ..all[0] }]].concat();
        for (a, b) in more.iter().flat_map(|a| more.iter().chain(&all).map(move |b| (a, b))) {
            assert_eq!(a.order(b), a.cmp(b), "{a:?}, {b:?}");
        }
    }
}
