//! Running a system: one inference (encode, run step by step to quiescence, decode), batches of samples over
//! threads, and sparse networks.
//!
//! A sample's result depends on nothing but the sample: every worker starts it from rest. Results are put in
//! their place by sample, and all that is added up are integers, so they are the same for any number of threads.

mod batch;
mod sparse;

pub use batch::{BatchResult, Inference, Job, run_batch};
pub use sparse::{SparseResult, run_sparse};

use crate::engine::{Engine, Wheel};
use crate::hw::routing::Place;
use crate::model::{Message, Simulator};
use crate::system::System;
use crate::units::Tick;
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
    #[error("step {step} is stuck with {in_flight} packets; flits wait in {}", places(.waiting))]
    Stuck {
        /// The time step.
        step: u32,
        /// Packets that are not delivered.
        in_flight: u64,
        /// Where flits wait, and how many.
        waiting: Vec<(u16, u16, u64)>,
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

fn places(waiting: &[(u16, u16, u64)]) -> String {
    let place = |(x, y, flits): &(u16, u16, u64)| format!("router ({x}, {y}): {flits}");
    if waiting.is_empty() { "no router".into() } else { waiting.iter().map(place).collect::<Vec<_>>().join(", ") }
}

/// Events allowed in one time step.
const STEP_BUDGET: u64 = 1 << 36;

/// A simulator with its engine.
struct Bench<'s> {
    system: &'s System,
    simulator: Simulator<'s>,
    engine: Engine<Message, Wheel<Message>>,
    /// When the next step is released.
    release: Tick,
}

impl<'s> Bench<'s> {
    fn new(system: &'s System) -> Self {
        let simulator = Simulator::new(&system.tables);
        let engine = Engine::new(system.tables.nodes(), Wheel::default());
        Self { system, simulator, engine, release: 0 }
    }

    fn reset(&mut self, host_drive: &[i32]) {
        self.simulator.reset(host_drive);
        self.engine.rewind();
        self.release = 0;
    }

    /// Runs one time step to quiescence and gives its length, barrier included (ticks).
    fn step(&mut self, step: u32) -> Result<Tick, RunError> {
        let start = self.release;
        let barrier = self.system.barrier;
        barrier.release(start, step, &mut self.simulator, &mut self.engine);
        let ended = self.engine.run(&mut self.simulator, STEP_BUDGET);
        ended.map_err(|_| RunError::Budget { step, budget: STEP_BUDGET })?;
        if self.simulator.in_flight() > 0 {
            let waiting = self.simulator.waiting().into_iter().map(|(Place { x, y }, flits)| (x, y, flits)).collect();
            return Err(RunError::Stuck { step, in_flight: self.simulator.in_flight(), waiting });
        }
        self.release = barrier.next(start, &mut self.simulator, &self.engine);
        Ok(self.release - start)
    }
}
