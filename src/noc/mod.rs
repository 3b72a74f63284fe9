//! A network on chip alone, under synthetic or replayed traffic, as architects measure routers.
//!
//! Every terminal is a source and a sink. A source makes packets at random (a Bernoulli trial every cycle) or from a
//! trace, keeps them in an unbounded queue and sends a flit a cycle; a sink takes flits out at once. Latency is counted
//! from the birth of a packet, and so includes the queue, to the arrival of its tail. Packets born in the measurement
//! are followed to their arrival while traffic goes on. A trace is measured whole.

mod backlog;
mod bench;
mod chip;
mod choose;
mod clocked;
#[cfg(test)]
mod differential_tests;
mod events;
mod fabric;
mod network;
#[cfg(test)]
mod parts_tests;
mod source;
mod sweep;
#[doc(hidden)]
pub mod trace;
#[doc(hidden)]
pub mod traffic;
mod world;

pub use backlog::Verdict;
pub use chip::ChipTimes;
pub use sweep::{Point, sweep};
pub use traffic::Pattern;

pub use crate::progress::{Unwatched, Watch};

use crate::hw::{Allocation, Noc};
use crate::stats::Distribution;
use crate::units::Tick;
use bench::Bench;
use serde::{Deserialize, Serialize};
use source::{Gaps, Traffic, TrafficPlan};
use thiserror::Error;
use traffic::Grid;

/// Delays of a router and its links, in cycles.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycles {
    /// The whole pipeline of a router, from the arrival of a head flit to its departure.
    ///
    /// 1: all in one. 2: allocation, traversal. 3: VC allocation, switch allocation, traversal. More: route computation
    /// before that.
    pub router: u32,
    /// Latency of a link.
    pub link: u32,
    /// Delay of a credit, beyond the latency of the link.
    pub credit: u32,
}

impl Cycles {
    /// Cycles of route computation, before VC allocation.
    pub(crate) fn routing(self) -> u32 {
        self.router.saturating_sub(3)
    }

    /// How virtual channel and switch are allocated: in one cycle, or in two.
    pub(crate) fn allocation(self) -> Allocation {
        if self.router < 3 { Allocation::Joint } else { Allocation::Staged }
    }

    /// From the grant of the switch to the arrival of the flit at the end of a link (of `link` cycles).
    fn forward(self, link: u32) -> u32 {
        // A cycle to cross the switch, which a router of one cycle does not have, and one to take it in.
        link + if self.router == 1 { 1 } else { 2 }
    }

    /// From the grant of the switch to the arrival of the credit at the other end of a link.
    fn back(self) -> u32 {
        self.link + 1 + self.credit
    }

    /// Least buffer (flits) with which a link between routers is never idle for want of credits.
    pub(crate) fn round_trip(self) -> u32 {
        self.forward(self.link) + self.back()
    }

    /// Zero-load latency of a packet whose flits wait for no credit (cycles).
    pub(crate) fn zero_load(self, hops: f64, flits: f64) -> f64 {
        (hops + 1.0) * f64::from(self.router) + hops * f64::from(self.link) + 3.0 + flits - 1.0
    }
}

/// A network on chip, and how to measure it.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Routers, links and buffers; delays are in `cycles` or `chip`.
    pub noc: Noc,
    /// Delays, unless they are those of a chip.
    pub cycles: Cycles,
    /// Delays of a chip: then routers are those of its file, and `cycles` is not used.
    pub chip: Option<ChipTimes>,
    /// Flits of a packet; those of a trace have their own.
    pub packet_flits: u16,
    /// Cycles before the measurement; a trace has none.
    pub warmup: u64,
    /// Cycles of the measurement; a trace is measured until all of it has arrived.
    pub measured: u64,
    /// Seed of all sources.
    pub seed: u64,
    /// Parts of the network that are simulated side by side. Changes no result.
    pub shards: usize,
    /// Worker threads. Changes no result.
    pub threads: usize,
}

impl Setup {
    /// Ticks of the simulation in a cycle.
    pub fn ticks_per_cycle(&self) -> f64 {
        self.chip.map_or(1.0, |chip| chip.ticks_per_cycle)
    }

    /// A number of cycles in ticks.
    pub(crate) fn ticks(&self, cycles: u64) -> Tick {
        match self.ticks_per_cycle() {
            1.0 => cycles,
            each => (cycles as f64 * each).round() as Tick,
        }
    }

    /// Least buffer (flits) with which a link between routers is never idle for want of credits, and the round trip of a
    /// credit (cycles).
    pub(crate) fn round_trip(&self) -> (u32, f64) {
        match self.chip {
            None => (self.cycles.round_trip(), self.cycles.round_trip().into()),
            Some(chip) => {
                let ticks = chip.longest_link().saturating_add(self.noc.credit_delay);
                (ticks.div_ceil(self.noc.flit_interval.max(1)), f64::from(ticks) / chip.ticks_per_cycle)
            }
        }
    }
}

/// Traffic to simulate.
#[derive(Clone, Debug)]
pub enum Load {
    /// Synthetic traffic.
    Pattern {
        /// Name of the pattern and its options, such as `uniform` or `hotspot:nodes=27,fraction=0.1`.
        name: String,
        /// Offered flits per terminal and cycle, 0 to 1.
        rate: f64,
    },
    /// Packets by source terminal: (cycle, destination, flits), ascending by cycle.
    Replay(Vec<Vec<(Tick, u32, u16)>>),
}

/// The result of a simulation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measurement {
    /// Latency of the measured packets, from birth to the arrival of the tail (ticks; [`Measurement::latency`] has it in
    /// cycles).
    pub latency: Distribution,
    /// Ticks in a cycle.
    pub ticks_per_cycle: f64,
    /// Their mean zero-load latency (cycles). `None` where none arrived.
    pub zero_load: Option<f64>,
    /// Mean number of links between routers that they crossed. `None` where none arrived.
    pub mean_hops: Option<f64>,
    /// Flits born in the measurement, per terminal and cycle.
    pub offered: f64,
    /// Flits that arrived in the measurement, per terminal and cycle.
    pub accepted: f64,
    /// Packets born in the measurement.
    pub born: u64,
    /// Flits that crossed a link between routers, in the whole simulation.
    pub flit_hops: u64,
    /// Cycles simulated, including those before and after the measurement.
    pub cycles: u64,
    /// Cycles of the measurement.
    pub measured: u64,
    /// Flits over each port, by router x port, in the whole simulation; the last port of a router leads to its terminal.
    pub link_flits: Vec<u64>,
    /// How the network copes with the load.
    pub verdict: Verdict,
    /// Messages and signals that the simulation took; where all routers are simulated at once, two for each flit over a
    /// link, which stand for it and its credit.
    pub events: u64,
    /// Whether it was cancelled, or its budget of events was spent.
    pub interrupted: bool,
    /// Messages and signals between two gates of threads, if they were too few for more than one of the threads asked for.
    /// All other figures are the same for any number of threads.
    pub too_little: Option<u64>,
}

impl Measurement {
    /// Whether the backlog grows as long as the load lasts.
    pub fn saturated(&self) -> bool {
        self.verdict == Verdict::Saturated
    }

    /// Whether the window is too short for a verdict, or so short that its beginning and end distort all figures.
    pub fn too_short(&self) -> bool {
        self.verdict == Verdict::TooShort
    }

    /// Cycles of a window that would be long enough for the measured latency.
    pub fn enough_cycles(&self) -> u64 {
        let latency = self.latency().map(|latency| latency.mean()).or(self.zero_load).unwrap_or(0.0);
        let least = (backlog::LATENCIES * latency).ceil() as u64;
        // A window that is long enough for the latency lacks packets.
        least.max(if self.measured >= least { self.measured.saturating_mul(4) } else { 0 })
    }

    /// Latency of the packets that arrived; `None` where none did.
    pub fn latency(&self) -> Option<Latency<'_>> {
        let latency = Latency { ticks: &self.latency, per_cycle: self.ticks_per_cycle };
        Some(latency).filter(|_| !self.latency.is_empty())
    }

    /// Share of all cycles in which a port (by router x port) sent a flit.
    pub fn utilisation(&self, port: usize) -> f64 {
        self.link_flits[port] as f64 / self.cycles.max(1) as f64
    }
}

/// Latencies of the measured packets, in cycles.
#[derive(Clone, Copy, Debug)]
pub struct Latency<'o> {
    ticks: &'o Distribution,
    per_cycle: f64,
}

impl Latency<'_> {
    /// Mean (cycles).
    pub fn mean(&self) -> f64 {
        self.ticks.mean() / self.per_cycle
    }

    /// Quantile of a share of all packets, 0 to 1 (cycles).
    pub fn quantile(&self, share: f64) -> f64 {
        self.ticks.quantile(share) as f64 / self.per_cycle
    }
}

/// Why a simulation has no result.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The traffic does not fit the network.
    #[error("{0}")]
    Traffic(String),
    /// Packets wait for each other, and nothing moves any more.
    #[error("stuck in cycle {cycle}: {waiting}")]
    Stuck {
        /// Last cycle in which something moved.
        cycle: Tick,
        /// The waiting packets and the ports that they need.
        waiting: String,
    },
}

/// The terminals of a network on chip, as a grid.
pub(crate) fn grid(noc: &Noc) -> Grid {
    match noc.topology.size() {
        Some(size) => Grid { width: size.width.into(), height: size.height.into() },
        None => Grid { width: noc.tiles(), height: 1 },
    }
}

/// Measures a network under a load.
///
/// # Errors
///
/// If the load does not fit the network, or if its packets block each other.
pub fn simulate(setup: &Setup, load: &Load, watch: &dyn Watch) -> Result<Measurement, SetupError> {
    let table = fabric::fabric(setup);
    let scaled;
    let (traffic, window) = match load {
        Load::Pattern { name, rate } => {
            (random(setup, name, *rate)?, setup.ticks(setup.warmup)..setup.ticks(setup.warmup + setup.measured))
        }
        Load::Replay(packets) => {
            fits(packets, setup.noc.tiles())?;
            let packets = if setup.ticks_per_cycle() == 1.0 {
                packets
            } else {
                scaled = in_ticks(setup, packets);
                &scaled
            };
            (Traffic::Replay(packets), 0..Tick::MAX)
        }
    };
    let plan = TrafficPlan {
        noc: &setup.noc,
        fabric: &table,
        traffic,
        packet_flits: setup.packet_flits,
        chip: setup.chip,
        window,
        seed: setup.seed,
    };
    Bench::new(&plan, setup).run(watch)
}

/// The packets of a trace with their times, which are cycles, in ticks.
fn in_ticks(setup: &Setup, packets: &[Vec<(Tick, u32, u16)>]) -> Vec<Vec<(Tick, u32, u16)>> {
    let source = |all: &Vec<_>| all.iter().map(|(born, to, flits)| (setup.ticks(*born), *to, *flits)).collect();
    packets.iter().map(source).collect()
}

/// Random traffic of a pattern.
fn random<'t>(setup: &Setup, name: &str, rate: f64) -> Result<Traffic<'t>, SetupError> {
    let pattern = traffic::pattern(name, grid(&setup.noc)).map_err(SetupError::Traffic)?;
    // A source sends at most a flit a cycle.
    if !(0.0..=1.0).contains(&rate) {
        return Err(SetupError::Traffic(format!("found a rate of {rate}, allowed 0 to 1 flit per node and cycle")));
    }
    Ok(Traffic::Random {
        pattern,
        gaps: Gaps::new((rate / f64::from(setup.packet_flits) / setup.ticks_per_cycle()).min(1.0)),
    })
}

/// Checks that a trace is one for `terminals` terminals.
fn fits(packets: &[Vec<(Tick, u32, u16)>], terminals: u32) -> Result<(), SetupError> {
    let sound = |(_, to, flits): &(Tick, u32, u16)| *to < terminals && *flits > 0;
    let sorted = |source: &Vec<(Tick, u32, u16)>| source.is_sorted_by_key(|(born, ..)| *born);
    if packets.len() != terminals as usize || !packets.iter().all(|source| source.iter().all(sound) && sorted(source)) {
        return Err(SetupError::Traffic(format!("the packets are not those of {terminals} terminals, in order")));
    }
    Ok(())
}
