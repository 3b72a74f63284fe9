//! A network on chip alone, under synthetic or replayed traffic: what architects measure routers with.
//!
//! Every terminal is a source and a sink. A source makes packets at random (a trial every cycle) or as a trace says,
//! keeps them in a queue without end and sends a flit a cycle; a sink takes flits out at once. Latency is counted from
//! the birth of a packet, so the queue is in it, to the arrival of its tail. What is born while the measurement lasts
//! is followed to its end, with traffic going on. A trace is measured whole.

mod backlog;
mod bench;
mod chip;
mod fabric;
mod sweep;
pub mod trace;
pub mod traffic;
mod world;

pub use backlog::Verdict;
pub use chip::ChipTimes;
pub use sweep::{Point, sweep};

pub use crate::progress::{Unwatched, Watch};

use crate::hw::{Allocation, Noc};
use crate::stats::Distribution;
use crate::units::Tick;
use bench::Bench;
use thiserror::Error;
use traffic::Grid;
use world::{Gaps, Plan, Traffic};

/// Times of a router and its links, in cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycles {
    /// The whole pipeline of a router, from a head's arrival to its leaving.
    ///
    /// 1: all in one. 2: allocation, traversal. 3: virtual channel, switch, traversal. More: routing before that.
    pub router: u32,
    /// A link.
    pub link: u32,
    /// A credit, beyond its way over the link.
    pub credit: u32,
}

impl Cycles {
    /// Of which a head is routed before it asks for a virtual channel.
    pub fn routing(self) -> u32 {
        self.router.saturating_sub(3)
    }

    /// Whether virtual channel and switch are allotted in one cycle.
    pub fn allocation(self) -> Allocation {
        if self.router < 3 { Allocation::Joint } else { Allocation::Staged }
    }

    /// From the grant of the switch until the flit is at the end of a link of so many cycles.
    fn forward(self, link: u32) -> u32 {
        // A cycle to cross the switch, which a router of one cycle does not have, and one to take it in.
        link + if self.router == 1 { 1 } else { 2 }
    }

    /// From the grant of the switch until the freed place is known at the other end of a link.
    fn back(self) -> u32 {
        self.link + 1 + self.credit
    }

    /// Least buffer (flits) with which a link between routers is never idle for want of credits.
    pub fn round_trip(self) -> u32 {
        self.forward(self.link) + self.back()
    }

    /// Latency of a packet without any other, where its flits wait for no credit (cycles).
    pub fn zero_load(self, hops: f64, flits: f64) -> f64 {
        (hops + 1.0) * f64::from(self.router) + hops * f64::from(self.link) + 3.0 + flits - 1.0
    }
}

/// A simulation.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Routers, links and buffers; its delays are set by `cycles`.
    pub noc: Noc,
    /// Its times, where it is not a chip's.
    pub cycles: Cycles,
    /// The times of a chip, where it is one's: then routers are those of its file, and `cycles` is not used.
    pub chip: Option<ChipTimes>,
    /// Flits of a packet.
    pub packet_flits: u16,
    /// Cycles before the measurement; a trace has none.
    pub warmup: u64,
    /// Cycles of the measurement; that of a trace lasts until all of it has arrived.
    pub measured: u64,
    /// Seed of all sources.
    pub seed: u64,
    /// Parts that are simulated side by side.
    pub shards: usize,
    /// Threads for them.
    pub threads: usize,
}

impl Setup {
    /// Ticks of a simulation in a cycle of its report.
    pub fn ticks_per_cycle(&self) -> f64 {
        self.chip.map_or(1.0, |chip| chip.ticks_per_cycle)
    }

    /// A number of cycles in ticks.
    pub fn ticks(&self, cycles: u64) -> Tick {
        match self.ticks_per_cycle() {
            1.0 => cycles,
            // A float is cut to the range of integers.
            each => (cycles as f64 * each).round() as Tick,
        }
    }

    /// Least buffer (flits) with which a link between routers is never idle for want of credits, and the round trip of a
    /// credit (cycles).
    pub fn round_trip(&self) -> (u32, f64) {
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
    /// A pattern by name, at a rate (flits per node and cycle).
    Pattern {
        /// As [`traffic::pattern`] reads it.
        name: String,
        /// Offered flits per terminal and cycle.
        rate: f64,
    },
    /// Packets by source: (cycle, destination, flits), ascending by cycle.
    Replay(Vec<Vec<(Tick, u32, u16)>>),
}

/// What a simulation found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Latency of the packets measured, from birth to the tail's arrival (ticks, which are cycles but on a chip whose file
    /// has others: [`Outcome::latency`]).
    pub latency: Distribution,
    /// Ticks in a cycle.
    pub ticks_per_cycle: f64,
    /// What their latency would be without any other packet; mean (cycles). `None` where none arrived.
    pub zero_load: Option<f64>,
    /// Links between routers that they crossed; mean. `None` where none arrived.
    pub mean_hops: Option<f64>,
    /// Flits born in the measurement, per terminal and cycle.
    pub offered: f64,
    /// Flits that arrived in the measurement, per terminal and cycle.
    pub accepted: f64,
    /// Packets born in the measurement.
    pub born: u64,
    /// Flits that crossed a link between routers, in all.
    pub flit_hops: u64,
    /// Cycles simulated, those before and after the measurement included.
    pub cycles: u64,
    /// Cycles of the measurement.
    pub measured: u64,
    /// Flits over each port, by router and port, in all; the port after those to other routers leads to the terminal.
    pub link_flits: Vec<u64>,
    /// Whether it keeps up with the load.
    pub verdict: Verdict,
    /// Messages and signals that it took.
    pub events: u64,
    /// Whether it was asked to stop before the end, or had no more events to spend.
    pub interrupted: bool,
    /// Messages and signals between two meetings of threads, where they were too few for more than one of those that were
    /// asked for. All other figures are the same for any number.
    pub too_little: Option<u64>,
}

impl Outcome {
    /// Whether the backlog grows as long as the load lasts.
    pub fn saturated(&self) -> bool {
        self.verdict == Verdict::Saturated
    }

    /// Whether the window is too short to say, or so short that what it began and ended with distorts all figures.
    pub fn too_short(&self) -> bool {
        self.verdict == Verdict::TooShort
    }

    /// Cycles of a window that would be long enough for a latency such as that of the packets.
    pub fn enough_cycles(&self) -> u64 {
        let latency = self.latency().map(|latency| latency.mean()).or(self.zero_load).unwrap_or(0.0);
        let least = (backlog::LATENCIES * latency).ceil() as u64;
        // Where the latency is not what it lacks, it is the number of packets.
        least.max(if self.measured >= least { self.measured.saturating_mul(4) } else { 0 })
    }

    /// Latency of the packets that arrived; `None` where none did.
    pub fn latency(&self) -> Option<Latency<'_>> {
        let latency = Latency { ticks: &self.latency, per_cycle: self.ticks_per_cycle };
        Some(latency).filter(|_| !self.latency.is_empty())
    }

    /// Share of all cycles in which a port gave a flit.
    pub fn utilisation(&self, port: usize) -> f64 {
        self.link_flits[port] as f64 / self.cycles.max(1) as f64
    }
}

/// Latencies of packets, in cycles.
#[derive(Clone, Copy, Debug)]
pub struct Latency<'o> {
    ticks: &'o Distribution,
    per_cycle: f64,
}

impl Latency<'_> {
    /// The mean (cycles).
    pub fn mean(&self) -> f64 {
        self.ticks.mean() / self.per_cycle
    }

    /// What a share of all is not above (cycles).
    pub fn quantile(&self, share: f64) -> f64 {
        self.ticks.quantile(share) as f64 / self.per_cycle
    }
}

/// Why there is no simulation.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The traffic is wrong.
    #[error("{0}")]
    Traffic(String),
    /// Nothing moves any more.
    #[error("stuck in cycle {cycle}: {waiting}")]
    Stuck {
        /// The cycle.
        cycle: Tick,
        /// Who waits for whom.
        waiting: String,
    },
}

/// The terminals of a network on chip, as a grid.
pub fn grid(noc: &Noc) -> Grid {
    match noc.topology.size() {
        Some(size) => Grid { width: size.width.into(), height: size.height.into() },
        None => Grid { width: noc.tiles(), height: 1 },
    }
}

/// Measures a network under a load.
pub fn simulate(setup: &Setup, load: &Load, watch: &dyn Watch) -> Result<Outcome, SetupError> {
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
    let plan = Plan {
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

/// Packets of a trace, whose times are cycles, by ticks.
fn in_ticks(setup: &Setup, packets: &[Vec<(Tick, u32, u16)>]) -> Vec<Vec<(Tick, u32, u16)>> {
    let source = |all: &Vec<_>| all.iter().map(|(born, to, flits)| (setup.ticks(*born), *to, *flits)).collect();
    packets.iter().map(source).collect()
}

/// Traffic of a pattern.
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

/// Checks that a trace is one for so many terminals.
fn fits(packets: &[Vec<(Tick, u32, u16)>], terminals: u32) -> Result<(), SetupError> {
    let sound = |(_, to, flits): &(Tick, u32, u16)| *to < terminals && *flits > 0;
    let sorted = |source: &Vec<(Tick, u32, u16)>| source.is_sorted_by_key(|(born, ..)| *born);
    if packets.len() != terminals as usize || !packets.iter().all(|source| source.iter().all(sound) && sorted(source)) {
        return Err(SetupError::Traffic(format!("the packets are not those of {terminals} terminals, in order")));
    }
    Ok(())
}
