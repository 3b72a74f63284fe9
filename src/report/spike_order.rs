//! The order of spikes: the figures of a run, as they are saved.

use super::quantity::Quantity;
use super::saved::*;

record! {
    /// How far the network on chip changes the order of spikes.
    pub struct SpikeOrderFigures {
        /// Packets that came to cores, over all inferences.
        pub packets: u64,
        /// Those that came to their core after a packet that was ready later.
        pub overtaken: u64,
        /// Of these, how much later the latest packet that overtook it was ready (ns).
        pub overtaken_by_ns: Quantity,
        /// How far the latencies of a step's packets are apart, over steps with at least two packets (ns).
        pub step_spread_ns: Quantity,
        /// How far the latencies of a step's packets to one core are apart, over steps and cores (ns).
        pub core_spread_ns: Quantity,
        /// The cores at which latencies are furthest apart, most first.
        pub cores: Vec<CoreSpread> = list(0..=MOST_SPREAD, CoreSpread::load),
    }
    check |order, object| {
        let cores = order.cores.iter();
        let (packets, overtaken) = cores.fold((0, 0), |sum, core| (sum.0 + core.packets, sum.1 + core.overtaken));
        if order.overtaken > order.packets || packets > order.packets || overtaken > order.overtaken {
            object.problem("fewer packets in all than those that were overtaken, or than came to some cores".to_owned());
        }
    }
}

/// Cores that are listed with how far latencies of their packets are apart.
pub(super) const MOST_SPREAD: usize = 10;

record! {
    /// Packets that came to a core.
    #[derive(Copy)]
    pub struct CoreSpread {
        /// Its number in the mapping.
        pub core: u32,
        /// Packets, over all inferences.
        pub packets: u64,
        /// Those that were overtaken.
        pub overtaken: u64,
        /// How far the latencies of a step's packets are apart, the mean over steps with at least two (ns).
        pub spread_ns: f64,
    }
}
