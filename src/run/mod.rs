//! Running a system: one inference (encode, run step by step to quiescence, decode), batches of samples over
//! threads, and sparse networks.
//!
//! A sample's result depends on nothing but the sample: every worker starts it from rest. Results are put in
//! their place by sample, and all that is added up are integers, so they are the same for any number of threads.

mod batch;
mod sparse;

pub use batch::{BatchResult, Inference, Job, run_batch};
pub use sparse::{SparseResult, run_sparse};

use crate::engine::{self, Engine, EventSet, Shard, Stopped, Wheel, run_shards};
use crate::model::fabric::{Flit, Part, Waiting};
use crate::model::{Audit, Delivery, Simulator};
use crate::stats::{Counts, Distribution, Op};
use crate::system::System;
use crate::units::{Delay, Tick};
use thiserror::Error;

/// Who follows a run and may end it.
pub trait Watch: Sync {
    /// So many more samples, or steps of a sparse network, are done.
    fn done(&self, count: u64);
    /// Whether the run should end early.
    fn cancelled(&self) -> bool;
}

/// Follows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn done(&self, _count: u64) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// Why a run has no result.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// Nothing is pending, but packets are not delivered: a fault of the model or the chip file.
    #[error("step {step} is stuck with {in_flight} packets not delivered; {waiting}")]
    Stuck {
        /// The time step.
        step: u32,
        /// Packets that are not delivered.
        in_flight: u64,
        /// Who waits for whom.
        waiting: String,
    },
    /// Packets came to a core that they were not made for: a fault of the model.
    #[error("in step {step} packets came to cores that they were not made for")]
    Misdelivered {
        /// The time step.
        step: u32,
    },
    /// A time step took more events than any sensible one.
    #[error("step {step} took more than {budget} events; the network is larger than this can run")]
    Budget {
        /// The time step.
        step: u32,
        /// Events allowed in a step.
        budget: u64,
    },
    /// The run was ended early.
    #[error("interrupted after {done} of {of}")]
    Cancelled {
        /// Samples or steps that were done.
        done: u64,
        /// Samples or steps asked for.
        of: u64,
    },
}

/// Events that a shard may take in one time step.
const STEP_BUDGET: u64 = 1 << 36;

/// How a system is run: in how many parts, on how many threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shards {
    /// Shards of the chip.
    pub count: usize,
    /// Threads that share them.
    pub threads: usize,
}

impl Default for Shards {
    fn default() -> Self {
        Self { count: 1, threads: 1 }
    }
}

/// A system that runs, split into shards with their engines and pending events.
#[derive(Debug)]
pub struct Runner<'s, S = Wheel<Flit>> {
    system: &'s System,
    shards: Vec<Shard<Simulator<'s>, S>>,
    threads: usize,
    delivery: Delivery<'s>,
    /// When the next step is released.
    release: Tick,
    /// What the host and the barrier are counted for, beyond what nodes count.
    extra: Counts,
}

impl<'s> Runner<'s> {
    /// A system at rest, with wheels that are long enough for its usual delays.
    pub fn new(system: &'s System, shards: Shards) -> Self {
        Self::with(system, shards, || Wheel::new(system.tables.longest_delay()))
    }
}

impl<'s, S: EventSet<Flit> + Send> Runner<'s, S> {
    /// A system at rest, with sets of pending events of one's own.
    pub fn with(system: &'s System, shards: Shards, set: impl Fn() -> S) -> Self {
        let parts = Part::split(&system.tables.fabric, shards.count);
        let count = parts.len();
        let shard =
            |part: Part| Shard { engine: Engine::new(count, set()), world: Simulator::new(&system.tables, part) };
        Self {
            system,
            shards: parts.into_iter().map(shard).collect(),
            threads: shards.threads,
            delivery: Delivery::new(&system.tables),
            release: 0,
            extra: Counts::default(),
        }
    }

    /// Back to rest, with the drives that the host writes before an inference, by neuron.
    pub fn reset(&mut self, host_drive: &[i32]) {
        for shard in &mut self.shards {
            shard.world.reset(host_drive);
            shard.engine.rewind();
        }
        self.delivery.reset();
        self.release = 0;
        self.extra = Counts::default();
    }

    /// Runs one time step to quiescence and gives its length, barrier included (ticks).
    pub fn step(&mut self, step: u32) -> Result<Tick, RunError> {
        let start = self.release;
        let due = self.delivery.due(step);
        for Shard { engine, world } in &mut self.shards {
            world.begin_step(step, due).for_each(|signal| engine.post(start, signal));
        }
        let lookahead = Delay::new(self.system.tables.fabric.lookahead().into()).unwrap_or(Delay::MIN);
        // A step that was begun is finished, so that what is known of a run is known of whole steps.
        let limits = engine::Limits { end: Tick::MAX, budget: STEP_BUDGET, cancelled: &|| false };
        if run_shards(&mut self.shards, self.threads, lookahead, limits) != Stopped::Done {
            return Err(RunError::Budget { step, budget: STEP_BUDGET });
        }
        self.audit(step)?;
        for shard in &self.shards {
            self.delivery.deliver(step, shard.world.fired());
        }
        let busy = self.shards.iter().map(|shard| shard.world.cores.busy_until()).max().unwrap_or(0);
        let last = self.shards.iter().map(|shard| shard.engine.now()).max().unwrap_or(0);
        self.release = self.system.barrier.next(start, busy, last);
        self.extra.add(Op::Barrier, 1);
        Ok(self.release - start)
    }

    /// Checks that all packets came to where they were made for.
    fn audit(&self, step: u32) -> Result<(), RunError> {
        let (mut sent, mut delivered) = (Audit::default(), Audit::default());
        for shard in &self.shards {
            let (made, came) = shard.world.deliveries();
            sent.merge(&made);
            delivered.merge(&came);
        }
        if sent.count > delivered.count {
            let waiting = self.system.describe_waiting(&self.waiting());
            return Err(RunError::Stuck { step, in_flight: sent.count - delivered.count, waiting });
        }
        if sent == delivered { Ok(()) } else { Err(RunError::Misdelivered { step }) }
    }

    /// Packets at the front of a router's buffer.
    pub fn waiting(&self) -> Vec<Waiting> {
        self.shards.iter().flat_map(|shard| shard.world.fabric.waiting()).collect()
    }

    /// Counts of every core and, last, the host.
    pub fn counts(&self) -> Vec<Counts> {
        let mut all = vec![Counts::default(); self.system.tables.cores.len() + 1];
        for shard in &self.shards {
            shard.world.counts().for_each(|(terminal, counts)| all[terminal as usize] = *counts);
        }
        if let Some(host) = all.last_mut() {
            host.merge(&self.extra);
        }
        all
    }

    /// Spikes within their windows, and membranes, of all neurons after so many steps.
    pub fn neurons(&self, steps: u32) -> (Vec<u32>, Vec<i32>) {
        let tables = &self.system.tables;
        let (mut counts, mut membranes) = (vec![0; tables.neurons as usize], vec![0; tables.neurons as usize]);
        self.shards.iter().for_each(|shard| shard.world.gather(&mut counts, &mut membranes));
        for (_, neuron) in tables.source_spikes.iter().take_while(|(at, _)| *at <= steps) {
            counts[*neuron as usize] += 1;
        }
        (counts, membranes)
    }

    /// Flits over each link since the bench was made, by router and port.
    pub fn link_flits(&self) -> Vec<u64> {
        self.shards.iter().flat_map(|shard| shard.world.fabric.link_flits()).collect()
    }

    /// Latencies (ticks) and hops of packets since the bench was made.
    pub fn packets(&self) -> (Distribution, Distribution) {
        let (mut latency, mut hops) = (Distribution::default(), Distribution::default());
        for shard in &self.shards {
            latency.merge(&shard.world.packet_latency);
            hops.merge(&shard.world.packet_hops);
        }
        (latency, hops)
    }

    /// What the host reads of some neurons when an inference is done.
    pub fn read_out(&mut self, membranes: &[i32]) -> Vec<i32> {
        self.extra.add(Op::Readout, membranes.len() as u64);
        membranes.to_vec()
    }
}
