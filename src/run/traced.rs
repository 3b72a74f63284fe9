//! Runs that are traced: what a runner notes itself, and how records get from its shards to a sink.
//!
//! The records of shards are handed over after a slice of some ticks, so that a long time step needs no more memory than a
//! short one. How a run is cut into such slices changes no result and no trace: records are sorted.

use super::stepping::Bounds;
use super::{RunError, Runner};
use crate::engine::EventSet;
use crate::model::fabric::Flit;
use crate::stats::{Counts, Op};
use crate::threads;
use crate::trace::{CHUNK, Inlet, Kind, Outlet, Record, Sink, Tap, TraceError, WantedRecords, pass_on};
use crate::units::Tick;
use std::sync::Arc;

/// A trace that is asked for.
pub struct Traced<'a> {
    /// Records that are kept.
    pub wanted: WantedRecords,
    /// Samples that are traced, from the first; a sparse network has one.
    pub samples: usize,
    /// Who gets the records.
    pub sink: &'a mut dyn Sink,
}

/// A runner's end of its trace.
#[derive(Debug)]
pub(super) struct Tracing {
    wanted: Arc<WantedRecords>,
    /// Of the sample under way.
    inlet: Option<Inlet>,
    /// Ticks after which records are handed over.
    slice: Tick,
    /// Counts up to the last step.
    counted: Counts,
}

/// Ticks of the first slice. The others are made to fit.
const FIRST_SLICE: Tick = 1 << 14;
/// Longest slice (ticks).
const LONGEST_SLICE: Tick = 1 << 40;

impl Tracing {
    pub(super) fn new(wanted: &Arc<WantedRecords>) -> Self {
        Self { wanted: Arc::clone(wanted), inlet: None, slice: FIRST_SLICE, counted: Counts::default() }
    }

    /// Keeps a record of the clock, if it is wanted.
    fn note(&mut self, record: Record) {
        if let Some(inlet) = &mut self.inlet
            && self.wanted.takes(&record)
        {
            inlet.records().push(record);
        }
    }

    /// Makes slices shorter after one with many records, and longer after one with few.
    fn fit(&mut self, records: usize) {
        if records > 2 * CHUNK {
            self.slice = (self.slice / 2).max(1);
        } else if records < CHUNK {
            self.slice = (self.slice * 2).min(LONGEST_SLICE);
        }
    }
}

impl<S: EventSet<Flit> + Send, P: Tap> Runner<'_, S, P> {
    /// Sends the records of the next sample, from its reset on, to where an inlet leads.
    pub fn trace_to(&mut self, inlet: Inlet) {
        if let Some(tracing) = &mut self.tracing {
            (tracing.inlet, tracing.counted) = (Some(inlet), Counts::default());
        }
    }

    /// Ends the trace of a sample at a tick.
    pub fn end_trace(&mut self, at: Tick) -> Result<(), RunError> {
        self.collect_records();
        match self.tracing.as_mut().and_then(|tracing| tracing.inlet.take()) {
            Some(inlet) => inlet.end(at).map_err(|_| closed()),
            None => Ok(()),
        }
    }

    /// Handles all that is due before a tick, slice by slice.
    pub(super) fn run_in_slices(&mut self, end: Tick, bounds: Bounds<'_>) -> Result<bool, RunError> {
        let before = self.events();
        loop {
            let next = self.shards.iter_mut().filter_map(|shard| shard.engine.next_tick()).min();
            let Some(next) = next.filter(|next| *next < end) else { return Ok(true) };
            // The next records come from events that are not before this.
            self.hand_over(next)?;
            let slice = self.tracing.as_ref().map_or(LONGEST_SLICE, |tracing| tracing.slice);
            let until = next.saturating_add(slice).min(end);
            let left = bounds.events.saturating_sub(self.events() - before);
            if !self.run_at_once(until, Bounds { events: left, ..bounds })? {
                return Ok(false);
            }
            let records = self.collect_records();
            if let Some(tracing) = &mut self.tracing {
                tracing.fit(records);
            }
        }
    }

    /// Hands records over, if they are many; none will come from before a tick.
    pub(super) fn hand_over(&mut self, until: Tick) -> Result<(), RunError> {
        match self.tracing.as_mut().and_then(|tracing| tracing.inlet.as_mut()) {
            Some(inlet) => inlet.hand_over(until).map_err(|_| closed()),
            None => Ok(()),
        }
    }

    /// Takes the records of all shards; gives how many they were.
    fn collect_records(&mut self) -> usize {
        let Some(inlet) = self.tracing.as_mut().and_then(|tracing| tracing.inlet.as_mut()) else { return 0 };
        let mut found = 0;
        for records in self.shards.iter_mut().filter_map(|shard| shard.world.fabric.tap().taken()) {
            found += records.len();
            if inlet.records().is_empty() {
                std::mem::swap(inlet.records(), records);
            } else {
                inlet.records().append(records);
            }
        }
        found
    }

    fn note_clock(&mut self, tick: Tick, kind: Kind, (item, serial): (u32, u64), step: u32) {
        let fabric = &self.system.tables.fabric;
        let node = fabric.routers + fabric.terminals.len() as u32;
        if let Some(tracing) = &mut self.tracing {
            tracing.note(Record { tick, node, port: 0, kind, channel: 0, serial, item, value: 0, step });
        }
    }

    /// Notes that a step begins.
    pub(super) fn note_step(&mut self, at: Tick) {
        self.note_clock(at, Kind::Step, (self.step, 0), self.step);
    }

    /// Notes that all cores are done with a step, and the next one is released later.
    pub(super) fn note_step_end(&mut self, done: Tick, release: Tick) {
        self.note_clock(done, Kind::Barrier, (self.step, release.saturating_sub(done)), self.step);
        self.note_counts(release, self.step);
    }

    /// Notes what was counted since the last time, in a step.
    pub(super) fn note_counts(&mut self, at: Tick, step: u32) {
        if !self.tracing.as_ref().is_some_and(|tracing| tracing.wanted.hears(Kind::Counted)) {
            return;
        }
        let mut total = Counts::default();
        self.counts().iter().for_each(|counts| total.merge(counts));
        for op in Op::ALL {
            let before = self.tracing.as_ref().map_or(0, |tracing| tracing.counted.of(*op));
            if total.of(*op) > before {
                self.note_clock(at, Kind::Counted, (*op as u32, total.of(*op) - before), step);
            }
        }
        if let Some(tracing) = &mut self.tracing {
            tracing.counted = total;
        }
    }
}

/// The error of a run whose sink has ended: the sink's own says why.
pub(super) fn closed() -> RunError {
    RunError::Trace("the trace has ended".into())
}

/// The error of a trace for which the system has no thread.
fn unwritten(error: std::io::Error) -> RunError {
    RunError::Trace(format!("a trace is written by a thread of its own, and the system gives none: {error}"))
}

/// The result of a run and its trace; the trace is finished if the run has a result.
pub(super) fn settle<T>(
    ran: Result<T, RunError>,
    passed: Result<Tick, TraceError>,
    sink: &mut dyn Sink,
) -> Result<T, RunError> {
    let told = |error: TraceError| RunError::Trace(error.to_string());
    match (ran, passed) {
        (Err(error), _) if !matches!(error, RunError::Trace(_)) => Err(error),
        (_, Err(error)) => Err(told(error)),
        (Err(error), Ok(_)) => Err(error),
        (Ok(result), Ok(end)) => sink.finish(end).map_err(told).map(|()| result),
    }
}

/// Runs, with a thread that passes the records of samples on to a sink.
pub(super) fn with_sink<T: Send>(
    outlets: impl IntoIterator<Item = Outlet> + Send,
    sink: &mut dyn Sink,
    run: impl FnOnce() -> Result<T, RunError>,
) -> Result<T, RunError> {
    let both = crossbeam::thread::scope(|scope| {
        // Only the writer cannot do without a thread: the run waits for it where it falls behind.
        let writer = threads::start(scope, || pass_on(outlets, sink)).map_err(unwritten)?;
        let ran = run();
        Ok((ran, writer.join()))
    });
    match both {
        Ok(Ok((ran, Ok(passed)))) => settle(ran, passed, sink),
        Ok(Err(error)) => Err(error),
        Ok(Ok((_, Err(panic)))) | Err(panic) => std::panic::resume_unwind(panic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_without_a_thread_is_an_error() {
        let mut nobody: Vec<Box<dyn Sink>> = Vec::new();
        let ran = threads::scarce::with(0, || with_sink(Vec::new(), &mut nobody, || Ok(7)));
        assert!(matches!(ran, Err(RunError::Trace(why)) if why.contains("the system gives none")));
        assert_eq!(with_sink(Vec::new(), &mut nobody, || Ok(7)).ok(), Some(7));
    }
}
