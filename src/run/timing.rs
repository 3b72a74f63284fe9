//! Steps that are timed by one thread, and what it adds up of them.

use super::queue::{StepJob, StepQueue};
use super::{RunError, SpikeOrder, StepBounds, StepWork, merge_counts};
use crate::model::{Homes, StepEngine, StepFault, StepLoad, StepLog, StepTimer, StepTimes, Tables};
use crate::stats::Distribution;
use crate::system::System;
use crate::units::Tick;

/// A thread's part of the timing of a run.
pub(super) struct StepTiming<'s> {
    system: &'s System,
    timer: StepTimer<'s>,
    bounds: StepBounds,
    step_spread: Distribution,
    work: StepWork,
    /// The length of each step that was timed: (sample, step, ticks).
    lengths: Vec<(usize, u32, Tick)>,
    fault: Option<Fault>,
    /// Loads that are not in use.
    pub(super) spare: Vec<StepLoad>,
}

/// A step that has no times.
#[derive(Debug)]
struct Fault {
    sample: usize,
    step: u32,
    what: StepFault,
}

impl<'s> StepTiming<'s> {
    pub(super) fn new(system: &'s System, homes: &'s Homes, engine: StepEngine) -> Self {
        Self {
            system,
            timer: StepTimer::new(&system.tables, homes, engine),
            bounds: StepBounds::default(),
            step_spread: Distribution::default(),
            work: StepWork::default(),
            lengths: Vec::new(),
            fault: None,
            spare: Vec::new(),
        }
    }

    /// The tables of the system.
    pub(super) fn tables(&self) -> &'s Tables {
        &self.system.tables
    }

    /// Exchanges the log that hears of packets for another one, or for none.
    pub(super) fn record(&mut self, log: &mut Option<Box<StepLog>>) {
        self.timer.exchange_log(log);
    }

    /// Times a step. One that has no times ends the run.
    pub(super) fn time(&mut self, StepJob { sample, load }: StepJob, queue: &StepQueue) -> Option<StepTimes> {
        if self.fault.is_some() {
            return None;
        }
        let step = load.step;
        let (times, load) = match self.timer.time(load) {
            Ok(timed) => timed,
            Err(what) => {
                self.fault = Some(Fault { sample, step, what });
                queue.fail();
                return None;
            }
        };
        self.spare.push(load);
        let tables = &self.system.tables;
        let length = tables.synchronization.next_release(0, times.busy, times.last);
        let worked = self.timer.work().iter().copied();
        self.work.fill(tables, worked.filter(|(_, work)| work.soma_done.max(work.received) > 0));
        self.bounds.add_step(tables, &self.work, (0, length));
        times.latencies.ticks().into_iter().for_each(|ticks| self.step_spread.record(ticks));
        self.lengths.push((sample, step, length));
        Some(times)
    }

    /// Times all steps that wait, and those that will.
    pub(super) fn help(mut self, queue: &StepQueue) -> Self {
        queue.begin_helping();
        while let Some(job) = queue.help(&mut self.spare) {
            self.time(job, queue);
        }
        self
    }
}

/// What all threads together have added up.
#[derive(Debug, Default)]
pub(super) struct TimedSteps {
    /// The length of each step: (sample, step, ticks), ascending.
    pub(super) lengths: Vec<(usize, u32, Tick)>,
    pub(super) link_flits: Vec<u64>,
    pub(super) packet_latency: Distribution,
    pub(super) order: SpikeOrder,
    pub(super) bounds: StepBounds,
}

impl TimedSteps {
    /// Puts the parts of threads together. The first step that failed, by sample, is an error.
    pub(super) fn of<'s>(parts: impl IntoIterator<Item = StepTiming<'s>>) -> Result<Self, RunError> {
        let mut all = Self::default();
        let mut faults = Vec::new();
        for StepTiming { system, mut timer, bounds, step_spread, lengths, fault, .. } in parts {
            faults.extend(fault.map(|fault| (system, fault)));
            all.lengths.extend(lengths);
            merge_counts(&mut all.link_flits, &timer.link_flits());
            all.packet_latency.merge(timer.packet_latency());
            let (cores, core_spread, overtaken_by) = timer.order();
            let order = SpikeOrder { cores, step_spread, core_spread, overtaken_by: overtaken_by.clone() };
            all.order.merge(&order);
            all.bounds.merge(&bounds);
        }
        if let Some((system, Fault { step, what, .. })) =
            faults.into_iter().min_by_key(|(_, fault)| (fault.sample, fault.step))
        {
            return Err(match what {
                StepFault::Misdelivered => RunError::Misdelivered { step },
                StepFault::Stuck { in_flight, waiting } => {
                    RunError::Stuck { step, in_flight, waiting: system.describe_waiting(&waiting) }
                }
            });
        }
        all.lengths.sort_unstable();
        Ok(all)
    }

    /// The lengths of a sample's steps.
    pub(super) fn lengths_of(&self, sample: usize) -> impl Iterator<Item = Tick> {
        let first = self.lengths.partition_point(|(of, ..)| *of < sample);
        self.lengths[first..].iter().take_while(move |(of, ..)| *of == sample).map(|(.., ticks)| *ticks)
    }
}
