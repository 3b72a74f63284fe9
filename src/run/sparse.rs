//! Sparse networks: one run from rest for a number of steps, compared with the reference.

use super::sparse_result::SparseResult;
use super::step_trace::StepTrace;
use super::traced::with_sink;
use super::{Bounds, Ending, RunError, Runner, Shards, Traced, Watch, check, difference, has_time_for, sparse_steps};
use crate::engine::Pending;
use crate::model::StepTimer;
use crate::model::fabric::Flit;
use crate::net::graph::Graph;
use crate::net::reference::{SparseOutcome, SparseReference};
use crate::system::System;
use crate::trace::{Tap, pipe};
use crate::units::Tick;
use std::sync::Arc;

/// Events between two copies of what is known: some tens of milliseconds, in which a copy takes next to nothing.
const KEEP: u64 = 1 << 18;
/// Updates of neurons between two copies, in steps with few events. The reference stands at the last copy, so that this
/// bounds what it has to do when a run ends.
const KEEP_UPDATES: u64 = 1 << 24;

/// Runs a sparse network from rest. A run that its watch ended early, or that has spent its events, gives the steps that are
/// done. Where cores wait for each other these are all steps that had begun; on other chips, and with a trace, a step is
/// ended within, and they may be as many as were done some tens of milliseconds before it. No steps, no shards and no threads
/// are errors, as is a system of another network.
pub fn run_sparse(
    system: &System,
    graph: &Graph,
    steps: u32,
    split: Shards,
    watch: &dyn Watch,
) -> Result<SparseResult, RunError> {
    check::sparse(system, graph, steps, split)?;
    if StepTimer::fits(&system.tables) {
        let _span = tracing::info_span!("run", steps).entered();
        let ran = sparse_steps::run(system, graph, (steps, split.threads), watch)?;
        tracing::info!("ran");
        return compare(ran, system, graph, (0, 0), steps);
    }
    run(system, graph, steps, Runner::new(system, split), watch)
}

/// Runs a sparse network as [`run_sparse`] does, with the same result, and traces it. The trace of a run that was ended
/// early goes as far as the run came; that of one without a result is not finished.
pub fn trace_sparse(
    system: &System,
    graph: &Graph,
    steps: u32,
    split: Shards,
    watch: &dyn Watch,
    traced: Traced<'_>,
) -> Result<SparseResult, RunError> {
    check::sparse(system, graph, steps, split)?;
    let (inlet, outlet) = pipe();
    let wanted = &Arc::new(traced.wanted);
    if StepTrace::fits(system, wanted) {
        let _span = tracing::info_span!("run", steps).entered();
        return with_sink(vec![outlet], traced.sink, || {
            let ran = sparse_steps::trace(system, graph, steps, watch, (wanted, inlet))?;
            compare(ran, system, graph, (0, 0), steps)
        });
    }
    let mut runner = Runner::traced(system, split, wanted);
    runner.trace_to(inlet);
    with_sink(vec![outlet], traced.sink, || run(system, graph, steps, runner, watch))
}

fn run<P: Tap>(
    system: &System,
    graph: &Graph,
    steps: u32,
    mut runner: Runner<'_, Pending<Flit>, P>,
    watch: &dyn Watch,
) -> Result<SparseResult, RunError> {
    let _span = tracing::info_span!("run", steps).entered();
    has_time_for(steps, system.tables.synchronization.most_steps())?;
    runner.reset(&[]);
    let mut course = SparseRun::new(watch, Snapshot::of(&runner, 0), graph);
    for step in 1..=steps {
        if watch.cancelled() || runner.spent() >= watch.most_events() {
            break;
        }
        if !course.step(&mut runner, step)? {
            runner.end_trace(course.ticks.iter().sum())?;
            return course.result(system, graph, (0, 0), steps);
        }
        watch.done(1);
    }
    let ending = course.finish(&mut runner)?;
    runner.end_trace(ending.ticks)?;
    tracing::info!(events = runner.events(), "ran");
    course.result(system, graph, (ending.dropped, ending.lost), steps)
}

/// The steps of a run so far.
struct SparseRun<'w> {
    watch: &'w dyn Watch,
    /// Spikes on the chip and length of each step.
    spikes: Vec<u64>,
    ticks: Vec<Tick>,
    known: Snapshot,
    /// The reference at the end of the steps that are known: it would be too far ahead at that of a later one, which a run
    /// that ends within a step gives up.
    reference: SparseReference<'w>,
}

impl<'w> SparseRun<'w> {
    fn new(watch: &'w dyn Watch, known: Snapshot, graph: &'w Graph) -> Self {
        let reference = SparseReference::new(graph.whole());
        Self { watch, spikes: Vec::new(), ticks: Vec::new(), known, reference }
    }

    /// Keeps what is known after some steps.
    fn keep<P: Tap>(&mut self, runner: &Runner<'_, Pending<Flit>, P>, steps: u32) {
        self.known = Snapshot::of(runner, steps);
        self.reference.advance_to(steps);
    }

    /// Runs the next step; says whether it came to its end.
    fn step<P: Tap>(&mut self, runner: &mut Runner<'_, Pending<Flit>, P>, step: u32) -> Result<bool, RunError> {
        let (before, budget) = (runner.events(), self.watch.most_events());
        let left = budget.saturating_sub(runner.spent());
        let updates = self.reference.updates_to(step - 1);
        // With a budget every step may be the last one.
        if before - self.known.events >= KEEP || updates >= KEEP_UPDATES || budget < u64::MAX {
            self.keep(runner, step - 1);
        }
        let (fired, spent) = (runner.spikes(), runner.spent());
        let bounds = Bounds { events: u64::MAX, cancelled: &|| self.watch.cancelled() };
        let Some(ticks) = runner.step_within(step, bounds)? else { return Ok(false) };
        if runner.spent() - spent > left && !runner.system.tables.synchronization.is_free_running() {
            return Ok(false);
        }
        self.spikes.push(runner.spikes() - fired);
        self.ticks.push(ticks);
        Ok(true)
    }

    /// Comes to rest after the last step.
    fn finish<P: Tap>(&mut self, runner: &mut Runner<'_, Pending<Flit>, P>) -> Result<Ending, RunError> {
        let fired = runner.spikes();
        let ending = runner.finish()?;
        // Spikes after the last edge of a free-running chip's clock belong to the last step.
        if let (Some(last), Some((ticks, before))) = (self.spikes.last_mut(), self.ticks.split_last_mut()) {
            *last += runner.spikes() - fired;
            *ticks = ending.ticks - before.iter().sum::<Tick>();
        }
        self.keep(runner, self.ticks.len() as u32);
        Ok(ending)
    }

    /// The result of the steps that are known, of those that were asked for.
    fn result(
        self,
        system: &System,
        graph: &Graph,
        (dropped, lost): (u64, u64),
        steps: u32,
    ) -> Result<SparseResult, RunError> {
        let Self { known: Snapshot { steps: done, result: known, .. }, mut spikes, mut ticks, reference, .. } = self;
        spikes.truncate(done as usize);
        ticks.truncate(done as usize);
        let known = SparseResult { spikes_per_step: spikes, step_ticks: ticks, ..known };
        compare((known, reference), system, graph, (dropped, lost), steps)
    }
}

/// Compares what is known of some steps, of those that were asked for, with the reference after as many.
fn compare(
    (mut known, mut reference): (SparseResult, SparseReference<'_>),
    system: &System,
    graph: &Graph,
    (dropped, lost): (u64, u64),
    steps: u32,
) -> Result<SparseResult, RunError> {
    let done = known.step_ticks.len() as u32;
    if done == 0 && steps > 0 {
        return Err(RunError::Cancelled { done: 0, of: steps.into() });
    }
    debug_assert!(reference.steps() <= done, "the reference is ahead of what is known");
    reference.advance_to(done);
    let (right, wide_sums) = reference.outcome();
    // The reference counts the spikes of sources with the others.
    let (mut all_spikes, mut source_spikes) = (known.spikes_per_step.clone(), 0);
    for (step, _) in system.tables.source_spikes.iter().filter(|(step, _)| *step <= done) {
        all_spikes[*step as usize - 1] += 1;
        source_spikes += 1;
    }
    if graph.copy_of.is_some() {
        // The chip's spikes of a step are those of copies too; those of each neuron are compared.
        all_spikes.clone_from(&right.spikes_per_step);
    }
    if graph.whole.is_some() {
        (known.spikes, known.membranes) = (graph.own(known.spikes), graph.own(known.membranes));
    }
    let chip = SparseOutcome { spikes_per_step: all_spikes, counts: known.spikes, membranes: known.membranes };
    Ok(SparseResult {
        source_spikes,
        overrun_steps: system.overruns(&known.step_ticks),
        mismatched: chip != right,
        wide_sums,
        dropped,
        lost,
        spike_difference: difference(&chip.counts, &right.counts),
        spikes: chip.counts,
        membranes: chip.membranes,
        ..known
    })
}

/// Results at the end of a step, as far as they do not depend on the reference.
struct Snapshot {
    steps: u32,
    events: u64,
    result: SparseResult,
}

impl Snapshot {
    fn of<P: Tap>(runner: &Runner<'_, Pending<Flit>, P>, steps: u32) -> Self {
        let ((packet_latency, packet_hops), (spikes, membranes)) = (runner.packets(), runner.neurons(steps));
        let result = SparseResult {
            cores: runner.counts(),
            layers: runner.layer_counts(),
            link_flits: runner.link_flits(),
            packet_latency,
            packet_hops,
            order: runner.order(),
            bounds: runner.bounds().clone(),
            spikes,
            membranes,
            conversions: runner.conversions(),
            too_little: runner.too_little(),
            ..SparseResult::default()
        };
        Self { steps, events: runner.events(), result }
    }
}

#[cfg(test)]
mod tests;
