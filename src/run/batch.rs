//! Inferences of many samples, over threads: of layered networks, and of sparse ones that name classes.

use super::batch_result::BatchResult;
use super::job::Job;
use super::queue::StepQueue;
use super::samples::{Keep, KeptValues, SampleQueue};
use super::timing::TimedSteps;
use super::traced::with_sink;
use super::worker::{Shared, WorkerResult};
use super::{RunError, Traced, Watch, check, has_time_for, merge_layers};
use crate::model::{Homes, StepEngine, StepTimer};
use crate::threads;
use crate::trace::{Opener, WantedRecords, ways};
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex};

/// Runs all samples of a job. A run that its watch ended early, or that has spent its events, gives the inferences that
/// are done: samples are begun in order and what is begun is finished, so they are the first ones. Samples that are not
/// there or not what the network reads are an error, as are no samples and no threads.
pub fn run_batch(job: Job<'_>, watch: &dyn Watch) -> Result<BatchResult, RunError> {
    run_batch_with(job, watch, KeptValues::default(), None)
}

/// Runs all samples of a job as [`run_batch`] does, with the same result, and traces the first of them. The trace of a run
/// without a result is not finished.
pub fn trace_batch(job: Job<'_>, watch: &dyn Watch, traced: Traced<'_>) -> Result<BatchResult, RunError> {
    run_batch_with(job, watch, KeptValues::default(), Some(traced))
}

/// Runs all samples of a job as [`run_batch`] does, and traces the first of them where that is asked for.
pub fn run_batch_with(
    job: Job<'_>,
    watch: &dyn Watch,
    kept: KeptValues,
    traced: Option<Traced<'_>>,
) -> Result<BatchResult, RunError> {
    let Some(traced) = traced else {
        return run(job, watch, (None, 0), Keep { wanted: &Arc::new(WantedRecords::kinds(&[])), kept });
    };
    let (opener, outlets) = ways(workers(job) + AHEAD);
    let wanted = &Arc::new(traced.wanted);
    with_sink(outlets, traced.sink, || run(job, watch, (Some(opener), traced.samples), Keep { wanted, kept }))
}

/// Traced samples that may have begun, beside one for each worker, before the first of them is written.
const AHEAD: usize = 2;

fn workers(job: Job<'_>) -> usize {
    job.threads.clamp(1, job.count.max(1))
}

/// Checks that the samples of a job are there and are what its network reads, and that its parts are of one network.
fn check(job: &Job<'_>) -> Result<(), RunError> {
    let Job { system, graph, network, samples, count, threads } = *job;
    check::some(threads as u64, "threads")?;
    network.check(graph, samples, count)?;
    check::same(system.tables.neurons, graph.neurons())
}

/// Runs all samples, and traces some from the first on.
fn run(
    job: Job<'_>,
    watch: &dyn Watch,
    (opener, traced): (Option<Opener>, usize),
    keep: Keep<'_>,
) -> Result<BatchResult, RunError> {
    let _span = tracing::info_span!("run", samples = job.count, threads = job.threads).entered();
    check(&job)?;
    let most_frames = job.samples.most_frames(job.count) as u32;
    has_time_for(job.network.steps_on(job.system, most_frames), job.system.tables.synchronization.most_steps())?;
    let tables = &job.system.tables;
    let homes = StepTimer::fits(tables).then(|| Homes::new(tables));
    let workers = workers(job);
    let shared = Shared {
        job,
        keep,
        homes: homes.as_ref(),
        engine: StepEngine::Fastest,
        samples: Mutex::new(SampleQueue::new(job.count, (opener, traced))),
        steps: StepQueue::new(),
        events: AtomicU64::new(0),
        watch,
        begun: AtomicUsize::new(0),
        workers,
    };
    // The steps of a sample are shared out, too.
    let threads = if homes.is_some() { job.threads } else { workers };
    let parts = threads::side_by_side(threads, || shared.work());
    tracing::info!("ran");
    collect(job, parts)
}

/// Puts the workers' results together; sums of integers do not depend on who did what.
fn collect(job: Job<'_>, parts: Vec<Result<WorkerResult<'_>, RunError>>) -> Result<BatchResult, RunError> {
    let mut all = BatchResult::empty(&job);
    let mut inferences = Vec::with_capacity(job.count);
    let mut timings = Vec::new();
    for part in parts {
        let WorkerResult { inferences: of_part, counted, timing } = part?;
        inferences.extend(of_part);
        timings.extend(timing);
        let Some(counted) = counted else { continue };
        all.cores.iter_mut().zip(&counted.cores).for_each(|(sum, counts)| sum.merge(counts));
        merge_layers(&mut all.layers, &counted.layers);
        all.add_packets(&counted.link_flits, &(counted.packet_latency, counted.packet_hops));
        all.order.merge(&counted.order);
        all.bounds.merge(&counted.bounds);
    }
    all.add_timed(&job, TimedSteps::of(timings)?, &mut inferences);
    if inferences.is_empty() && job.count > 0 {
        return Err(RunError::Cancelled { done: 0, of: job.count as u64 });
    }
    inferences.sort_unstable_by_key(|(sample, _)| *sample);
    all.inferences = inferences.into_iter().map(|(_, inference)| inference).collect();
    Ok(all)
}
