//! Time steps of a run: to quiescence and over a barrier, to the next edge of a fixed clock, or from edge to edge of a clock
//! that waits for nothing.
//!
//! On a free-running chip packets are under way across steps, and cores may be behind. The engine is run up to each
//! edge before its signals are posted: so all shards have the same step at every tick, and results are the same for
//! any number of shards and threads.

use super::{RunError, Runner};
use crate::engine::{self, EventSet, Shard, Stopped, run_shards};
use crate::model::fabric::Flit;
use crate::model::{Audit, LatencySpread, Synchronization};
use crate::progress;
use crate::stats::Op;
use crate::trace::Tap;
use crate::units::Tick;

/// Events that a shard may take in one time step.
const STEP_BUDGET: u64 = 1 << 36;

/// Refuses more steps than end before a deadline, if there is one.
pub fn has_time_for(steps: u32, most: Option<u64>) -> Result<(), RunError> {
    match most {
        Some(most) if u64::from(steps) > most => Err(RunError::TooManySteps { steps, most }),
        _ => Ok(()),
    }
}

/// Bounds that end a step before it is done.
#[derive(Clone, Copy)]
pub struct Bounds<'a> {
    /// Most messages and signals of a shard.
    pub events: u64,
    /// Asked now and then whether to stop.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl Bounds<'_> {
    const NONE: Bounds<'static> = Bounds { events: u64::MAX, cancelled: &|| false };
}

/// How an inference ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When, from its beginning, barriers included (ticks).
    pub ticks: Tick,
    /// Packets that were under way at the deadline of a free-running chip; 0 where all came to rest before it.
    pub dropped: u64,
    /// Spikes that found the queue of their core full, and were lost.
    pub lost: u64,
}

impl<S: EventSet<Flit> + Send, P: Tap> Runner<'_, S, P> {
    /// Runs the next time step and gives its length (ticks): to quiescence, barrier included; or, on a free-running
    /// chip, up to the edge of the step after it.
    pub fn step(&mut self, step: u32) -> Result<Tick, RunError> {
        let length = self.step_within(step, Bounds::NONE)?;
        length.ok_or(RunError::Cancelled { done: u64::from(step) - 1, of: step.into() })
    }

    /// Runs the next time step as [`Runner::step`] does, or gives `None` where a bound ended it: then only a reset brings
    /// the runner back. A step of a free-running chip is always finished: packets are under way across its steps, so
    /// that nothing would be known of those before it.
    pub fn step_within(&mut self, step: u32, bounds: Bounds<'_>) -> Result<Option<Tick>, RunError> {
        progress::poll();
        self.step = step;
        let start = self.release;
        let came_to_end = match self.system.tables.synchronization {
            Synchronization::Barrier { .. } => {
                self.extra.add(Op::Barrier, 1);
                self.step_to_rest(start, bounds)?
            }
            Synchronization::FixedTick { .. } => self.step_to_rest(start, bounds)?,
            Synchronization::FreeRunning { .. } => self.step_to_edge(start)?,
        };
        Ok(came_to_end.then(|| self.release - start))
    }

    /// Ends an inference of which all steps were run: a free-running chip comes to rest, or to its deadline.
    pub fn finish(&mut self) -> Result<Ending, RunError> {
        match self.system.tables.synchronization {
            Synchronization::Barrier { .. } | Synchronization::FixedTick { .. } => {
                Ok(Ending { ticks: self.release, dropped: 0, lost: 0 })
            }
            Synchronization::FreeRunning { deadline, .. } => self.run_to_deadline(deadline),
        }
    }

    /// Runs a step until nothing is pending, delivers its spikes, and releases the next one. Says whether no bound ended it.
    fn step_to_rest(&mut self, start: Tick, bounds: Bounds<'_>) -> Result<bool, RunError> {
        self.begin(start);
        if !self.run_until(Tick::MAX, bounds)? {
            return Ok(false);
        }
        self.audit()?;
        for shard in &self.shards {
            self.delivery.deliver(self.step, shard.world.fired());
            self.delivery.deliver_sums(self.step, shard.world.sums());
        }
        let busy = self.busy_until();
        let last = self.shards.iter().map(|shard| shard.world.fabric.last_arrival()).max().unwrap_or(0);
        self.release = self.system.tables.synchronization.next_release(start, busy, last);
        self.note_bounds(start);
        self.elapsed = self.release;
        self.note_step_end(busy.max(last).max(start), self.release);
        self.note_spread();
        self.hand_over(self.release)?;
        Ok(true)
    }

    /// Notes what bounded the step that was released at a tick.
    fn note_bounds(&mut self, start: Tick) {
        let Self { shards, work, bounds, system, release, .. } = self;
        let all = shards.iter_mut().flat_map(|shard| shard.world.take_work());
        work.fill(&system.tables, all.filter(|(_, work)| work.soma_done.max(work.received) > start));
        bounds.add_step(&system.tables, work, (start, *release));
    }

    /// Runs a step up to the next edge of a clock that waits for nothing.
    fn step_to_edge(&mut self, start: Tick) -> Result<bool, RunError> {
        // The counts of the last step are known at its end.
        self.note_counts(start, self.step.saturating_sub(1).max(1));
        self.note_spread();
        self.begin(start);
        self.release = self.system.tables.synchronization.next_release(start, 0, 0);
        let done = self.run_until(self.release, Bounds::NONE);
        self.elapsed = self.release;
        done
    }

    /// Runs a free-running chip until it is at rest, or its deadline has come.
    fn run_to_deadline(&mut self, deadline: Tick) -> Result<Ending, RunError> {
        self.run_until(deadline, Bounds::NONE)?;
        let at_rest = self.shards.iter_mut().all(|shard| shard.engine.next_tick().is_none());
        let (sent, delivered) = self.deliveries();
        let dropped = sent.count - delivered.count;
        if at_rest {
            self.audit()?;
        }
        let busy = self.busy_until();
        let last = self.shards.iter().map(|shard| shard.engine.now()).max().unwrap_or(0);
        // On a chip without a single published time all may be done in the tick in which it began.
        let end = if dropped > 0 { deadline } else { last.max(1) };
        let ticks = busy.max(end);
        self.elapsed = ticks;
        self.note_counts(ticks, self.step);
        self.note_spread();
        let work = self.shards.iter_mut().flat_map(|shard| shard.world.take_work());
        self.bounds.add_work(self.system.tables.cores.len(), work, ticks);
        let lost = self.shards.iter().map(|shard| shard.world.lost()).sum();
        Ok(Ending { ticks, dropped, lost })
    }

    /// Notes how far the latencies of the last step's packets are apart.
    fn note_spread(&mut self) {
        let mut latencies = LatencySpread::default();
        self.shards.iter().for_each(|shard| latencies.merge(&shard.world.step_latencies()));
        latencies.ticks().into_iter().for_each(|ticks| self.step_spread.record(ticks));
    }

    /// Posts the signals with which a step begins.
    fn begin(&mut self, at: Tick) {
        self.note_step(at);
        let mut due = self.delivery.due(self.step);
        for Shard { engine, world, .. } in &mut self.shards {
            world.begin_step(self.step, due.as_deref_mut()).for_each(|signal| engine.post(at, signal));
        }
    }

    /// Handles all that is due before a tick; says whether no bound ended it.
    fn run_until(&mut self, end: Tick, bounds: Bounds<'_>) -> Result<bool, RunError> {
        if self.tracing.is_some() { self.run_in_slices(end, bounds) } else { self.run_at_once(end, bounds) }
    }

    /// Handles all that is due before a tick, as [`Runner::run_until`] does, without handing over records.
    pub(super) fn run_at_once(&mut self, end: Tick, bounds: Bounds<'_>) -> Result<bool, RunError> {
        let budget = bounds.events.min(STEP_BUDGET);
        let limits = engine::RunLimits { end, budget, cancelled: bounds.cancelled };
        match run_shards(&mut self.shards, &mut self.exchange, limits) {
            Stopped::Budget if budget == STEP_BUDGET => Err(RunError::Budget { step: self.step, budget }),
            stopped => Ok(stopped == Stopped::Done),
        }
    }

    /// Deliveries that packets were made for, a copy for each destination, and those that came.
    fn deliveries(&self) -> (Audit, Audit) {
        let (mut sent, mut delivered) = (Audit::default(), Audit::default());
        for shard in &self.shards {
            let (made, came) = shard.world.deliveries();
            sent.merge(&made);
            delivered.merge(&came);
        }
        (sent, delivered)
    }

    /// Checks of a network at rest that all packets came to where they were made for.
    fn audit(&self) -> Result<(), RunError> {
        let (step, (sent, delivered)) = (self.step, self.deliveries());
        if sent.count > delivered.count {
            let waiting = self.system.describe_waiting(&self.waiting());
            return Err(RunError::Stuck { step, in_flight: sent.count - delivered.count, waiting });
        }
        if sent == delivered { Ok(()) } else { Err(RunError::Misdelivered { step }) }
    }

    /// When the last core is done.
    fn busy_until(&self) -> Tick {
        self.shards.iter().map(|shard| shard.world.cores.busy_until()).max().unwrap_or(0)
    }
}
