//! Samples that are traced step by step, on chips whose steps are timed apart from their function: their function is
//! computed, and the step is timed, by one thread, which so knows when the step was released.
//!
//! What happens within the network, hops and the fill of buffers, is only known to the engine of events for whole systems:
//! where that is wanted, the system runs whole.

use super::RunError;
use super::function::{Function, add_busy};
use super::queue::{StepJob, StepQueue};
use super::timing::StepTiming;
use super::traced::closed;
use crate::model::{Homes, HostInput, StepLoad, StepLog, StepTimer};
use crate::stats::{Counts, Op};
use crate::system::System;
use crate::trace::{Inlet, Kind, Record, Recorder, WantedRecords};
use crate::units::Tick;
use std::sync::Arc;

/// Kinds of records that a step gives which is timed apart from its function.
const KINDS: [Kind; 9] = [
    Kind::Step,
    Kind::Barrier,
    Kind::Counted,
    Kind::Delivered,
    Kind::Receive,
    Kind::Soma,
    Kind::Membrane,
    Kind::Spike,
    Kind::Sent,
];

/// A system whose steps are traced.
pub(super) struct StepTrace<'s> {
    system: &'s System,
    pub(super) function: Function<'s, Recorder>,
    /// Of the terminals; `None` while a timer has it.
    log: Option<Box<StepLog>>,
    wanted: Arc<WantedRecords>,
    inlet: Option<Inlet>,
    /// When the next step is released.
    release: Tick,
    /// Counts up to the last step.
    counted: Counts,
}

impl<'s> StepTrace<'s> {
    /// Whether the steps of a system can be traced so: all that is wanted is known then, and something is wanted.
    pub(super) fn fits(system: &System, wanted: &WantedRecords) -> bool {
        let others = |kind: &&Kind| !KINDS.contains(kind);
        let hears = |kind: &Kind| wanted.hears(*kind);
        StepTimer::fits(&system.tables) && KINDS.iter().any(hears) && !Kind::ALL.iter().filter(others).any(hears)
    }

    /// A system at rest.
    pub(super) fn new(system: &'s System, homes: &'s Homes, wanted: &Arc<WantedRecords>) -> Self {
        // The function has ticks from the release of a step: whether they are wanted is seen when that is known.
        let whenever = Arc::new((**wanted).clone().within(0..Tick::MAX));
        Self {
            system,
            function: Function::recording(system, homes, &whenever),
            log: Some(Box::new(StepLog::new(&system.tables, wanted))),
            wanted: Arc::clone(wanted),
            inlet: None,
            release: 0,
            counted: Counts::default(),
        }
    }

    /// Back to rest before a sample, the records of which go to where an inlet leads.
    pub(super) fn reset(&mut self, sample: u64, input: HostInput<'_>, inlet: Inlet) {
        self.function.reset(sample, input);
        if let Some(log) = &mut self.log {
            log.reset();
        }
        (self.inlet, self.release, self.counted) = (Some(inlet), 0, Counts::default());
    }

    /// Has a step timed that was computed just now, and hands its records over.
    pub(super) fn time(
        &mut self,
        timing: &mut StepTiming<'_>,
        queue: &StepQueue,
        (sample, load): (usize, StepLoad),
    ) -> Result<(), RunError> {
        let (step, start) = (load.step, self.release);
        if let Some(log) = &mut self.log {
            log.begin_step(step, start);
        }
        timing.record(&mut self.log);
        let times = timing.time(StepJob { sample, load }, queue);
        timing.record(&mut self.log);
        // The run ends with the reason why there are none.
        let Some(times) = times else { return Ok(()) };
        let synchronization = self.system.tables.synchronization;
        self.release = synchronization.next_release(start, start + times.busy, start + times.last);
        let Self { inlet: Some(inlet), function, log, wanted, release, .. } = self else { return Ok(()) };
        if let Some(records) = log.as_mut().and_then(|log| log.records()) {
            inlet.records().append(records);
        }
        if let Some(records) = function.records() {
            let later = records.drain(..).map(|record| Record { tick: start + record.tick, ..record });
            inlet.records().extend(later.filter(|record| wanted.takes(record)));
        }
        let (release, done) = (*release, start + times.busy.max(times.last));
        self.note_clock(start, Kind::Step, (step, 0), step);
        self.note_clock(done, Kind::Barrier, (step, release.saturating_sub(done)), step);
        self.note_counts(step);
        match &mut self.inlet {
            Some(inlet) => inlet.hand_over(release).map_err(|_| closed()),
            None => Ok(()),
        }
    }

    /// Ends the trace of a sample; gives when its last step ended.
    pub(super) fn end(&mut self) -> Result<Tick, RunError> {
        let ended = self.inlet.take().map_or(Ok(()), |inlet| inlet.end(self.release));
        ended.map(|()| self.release).map_err(|_| closed())
    }

    fn note_clock(&mut self, tick: Tick, kind: Kind, (item, serial): (u32, u64), step: u32) {
        let fabric = &self.system.tables.fabric;
        let node = fabric.routers + fabric.terminals.len() as u32;
        let record = Record { tick, node, port: 0, kind, channel: 0, serial, item, value: 0, step };
        if let Some(inlet) = self.inlet.as_mut().filter(|_| self.wanted.takes(&record)) {
            inlet.records().push(record);
        }
    }

    /// Notes what was counted in a step.
    fn note_counts(&mut self, step: u32) {
        if !self.wanted.hears(Kind::Counted) {
            return;
        }
        let (mut all, _) = self.function.counts();
        add_busy(self.system, &mut all, self.release);
        let mut total = Counts::default();
        all.iter().for_each(|counts| total.merge(counts));
        for op in Op::ALL {
            let more = total.of(*op) - self.counted.of(*op);
            if more > 0 {
                self.note_clock(self.release, Kind::Counted, (*op as u32, more), step);
            }
        }
        self.counted = total;
    }
}
