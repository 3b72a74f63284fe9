//! A long run of a sparse network on a chip whose cores wait for each other: one thread computes its steps in order, and
//! all of them time steps. The reference goes along with the steps that are computed, so that a run that is ended early
//! need not wait for it.

use super::function::{Function, add_busy};
use super::queue::{StepJob, StepQueue};
use super::sparse_result::SparseResult;
use super::step_trace::StepTrace;
use super::timing::{StepTiming, TimedSteps};
use super::{RunError, Watch};
use crate::model::{Homes, HostInput, StepEngine, StepLoad};
use crate::net::graph::Graph;
use crate::net::reference::SparseReference;
use crate::system::System;
use crate::threads;
use crate::trace::{Inlet, Tap, WantedRecords};
use crate::units::Tick;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Updates of neurons that the reference falls behind: in this it takes part of a millisecond, and what it has in a
/// processor's cache is worth bringing there.
pub(super) const BEHIND: u64 = 1 << 16;

/// Runs up to this many steps from rest. A run that is ended early gives the steps that were computed until then. Its result
/// has all that does not depend on the reference, which is given as far as it has come.
pub(super) fn run<'g>(
    system: &System,
    graph: &'g Graph,
    (steps, threads): (u32, usize),
    watch: &dyn Watch,
) -> Result<(SparseResult, SparseReference<'g>), RunError> {
    let (homes, queue) = (&Homes::new(&system.tables), &StepQueue::new());
    let (computed, taken) = (&Mutex::new(None), &AtomicBool::new(false));
    let parts = threads::side_by_side(threads, || {
        let mut timing = StepTiming::new(system, homes, StepEngine::Fastest);
        if !taken.swap(true, Ordering::Relaxed) {
            let maker = queue.maker();
            let reference = SparseReference::new(graph.whole());
            let all = compute((Function::new(system, homes), reference), steps, watch, (&mut timing, queue));
            drop(maker);
            *computed.lock().unwrap_or_else(PoisonError::into_inner) = Some(all);
        }
        timing.help(queue)
    });
    let timed = TimedSteps::of(parts)?;
    let mut computed = computed.lock().unwrap_or_else(PoisonError::into_inner);
    let none = || (SparseResult::default(), SparseReference::new(graph.whole()));
    let (known, reference) = computed.take().unwrap_or_else(none);
    Ok((join(system, known, timed), reference))
}

/// Computes steps, and has them timed.
fn compute<'s, 'g>(
    (mut function, mut reference): (Function<'s>, SparseReference<'g>),
    steps: u32,
    watch: &dyn Watch,
    (timing, queue): (&mut StepTiming<'s>, &StepQueue),
) -> (SparseResult, SparseReference<'g>) {
    let most = watch.most_events();
    let (mut events, mut done, mut spikes_per_step) = (0u64, 0, Vec::new());
    function.reset(0, HostInput::default());
    for step in 1..=steps {
        if watch.cancelled() || events >= most || queue.has_failed() {
            break;
        }
        let mut load = timing.spare.pop().unwrap_or_else(|| queue.blank());
        let spikes = function.compute(step, &mut load);
        if most < u64::MAX {
            events += load.events(timing.tables());
            if events > most {
                rewind(&mut function, done, &mut load);
                break;
            }
        }
        done = step;
        spikes_per_step.push(spikes);
        if let Some(job) = queue.add(StepJob { sample: 0, load }) {
            timing.time(job, queue);
        }
        follow(&mut reference, done);
        watch.done(1);
    }
    (known(&mut function, done, spikes_per_step), reference)
}

/// Runs steps as [`run`] does on one thread, and traces them.
pub(super) fn trace<'g>(
    system: &System,
    graph: &'g Graph,
    steps: u32,
    watch: &dyn Watch,
    (wanted, inlet): (&Arc<WantedRecords>, Inlet),
) -> Result<(SparseResult, SparseReference<'g>), RunError> {
    let (homes, queue) = (&Homes::new(&system.tables), StepQueue::new());
    let mut timing = StepTiming::new(system, homes, StepEngine::Fastest);
    let (mut trace, mut reference) = (StepTrace::new(system, homes, wanted), SparseReference::new(graph.whole()));
    let most = watch.most_events();
    let (mut events, mut done, mut spikes_per_step) = (0u64, 0, Vec::new());
    trace.reset(0, HostInput::default(), inlet);
    for step in 1..=steps {
        if watch.cancelled() || events >= most || queue.has_failed() {
            break;
        }
        let mut load = timing.spare.pop().unwrap_or_default();
        let spikes = trace.function.compute(step, &mut load);
        if most < u64::MAX {
            events += load.events(timing.tables());
            if events > most {
                rewind(&mut trace.function, done, &mut load);
                break;
            }
        }
        done = step;
        spikes_per_step.push(spikes);
        trace.time(&mut timing, &queue, (0, load))?;
        follow(&mut reference, done);
        watch.done(1);
    }
    trace.end()?;
    let known = known(&mut trace.function, done, spikes_per_step);
    Ok((join(system, known, TimedSteps::of([timing])?), reference))
}

/// Brings the reference to the steps that are done, if it is far enough behind.
fn follow(reference: &mut SparseReference<'_>, done: u32) {
    if reference.updates_to(done) >= BEHIND {
        reference.advance_to(done);
    }
}

/// What is known of some steps without their timing.
fn known<P: Tap>(function: &mut Function<'_, P>, done: u32, spikes_per_step: Vec<u64>) -> SparseResult {
    let (spikes, membranes) = function.neurons(done);
    let (cores, layers) = function.counts();
    SparseResult {
        spikes_per_step,
        cores,
        layers,
        packet_hops: function.packet_hops().clone(),
        spikes,
        membranes,
        conversions: function.conversions(),
        ..SparseResult::default()
    }
}

/// Brings a function to where it was after some steps: it is a small part of a run, and computed again.
fn rewind<P: Tap>(function: &mut Function<'_, P>, steps: u32, load: &mut StepLoad) {
    function.reset(0, HostInput::default());
    for step in 1..=steps {
        function.compute(step, load);
    }
}

/// Puts what was computed and what was timed together.
fn join(system: &System, known: SparseResult, timed: TimedSteps) -> SparseResult {
    let step_ticks: Vec<Tick> = timed.lengths_of(0).collect();
    let mut result = SparseResult {
        link_flits: timed.link_flits,
        packet_latency: timed.packet_latency,
        order: timed.order,
        bounds: timed.bounds,
        ..known
    };
    add_busy(system, &mut result.cores, step_ticks.iter().sum());
    SparseResult { step_ticks, ..result }
}
