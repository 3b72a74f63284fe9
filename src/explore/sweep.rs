//! Configurations side by side over threads.

use super::candidate::Candidate;
use super::journal::{Journal, JournalError};
use super::one::SweepOptions;
use super::plan::{Plan, PlanShard};
use super::row::ComparisonRow;
use super::setting::SweepSetting;
use crate::progress::abandonable;
use crate::run::Watch;
use crate::threads;
use crossbeam::channel::{self, RecvTimeoutError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often whoever waits for rows looks whether those under way should end.
const LOOK: Duration = Duration::from_millis(20);

/// Simulates the configurations of a part that are not known yet, as `simulate` does.
pub fn sweep(
    plan: &Plan,
    made_of: (&[Candidate], &SweepSetting),
    work: SweepOptions<'_>,
    (shard, threads): (PlanShard, usize),
    journal: &mut Journal,
    watch: &dyn Watch,
    seen: &mut dyn FnMut(&ComparisonRow),
) -> Result<(), JournalError> {
    let wanted: Vec<usize> = (0..plan.len()).filter(|index| shard.has(*index)).collect();
    simulate((plan, &wanted, None), made_of, work, threads, journal, watch, seen)
}

/// Simulates those of some configurations that are not known yet, on all samples or on some of them. Each row is written to the journal as soon as it is
/// there, and `seen` is told; what was under way when it was asked to stop is dropped, and begun again the next time.
pub(super) fn simulate(
    (plan, wanted, samples): (&Plan, &[usize], Option<u32>),
    (candidates, usual): (&[Candidate], &SweepSetting),
    work: SweepOptions<'_>,
    threads: usize,
    journal: &mut Journal,
    watch: &dyn Watch,
    seen: &mut dyn FnMut(&ComparisonRow),
) -> Result<(), JournalError> {
    let open: Vec<usize> = wanted.iter().copied().filter(|index| !journal.has_on(*index, samples)).collect();
    rows((plan, &open, samples), (candidates, usual), work, threads, watch, &mut |row| {
        journal.add(&row)?;
        seen(&row);
        Ok(())
    })
}

/// Simulates some configurations side by side, on all samples or on some of them. Each row is handed over as soon as it is there; the first error of that ends
/// the work. What was under way when it was asked to stop is dropped.
///
/// # Errors
/// Those of `found`.
pub fn rows<E>(
    (plan, open, samples): (&Plan, &[usize], Option<u32>),
    (candidates, usual): (&[Candidate], &SweepSetting),
    work: SweepOptions<'_>,
    threads: usize,
    watch: &dyn Watch,
    found: &mut dyn FnMut(ComparisonRow) -> Result<(), E>,
) -> Result<(), E> {
    let _span = tracing::info_span!("compare", configurations = open.len(), threads).entered();
    let workers = threads.clamp(1, open.len().max(1));
    // Threads that are left over help with the samples of a configuration.
    let each = (threads / workers).max(1);
    let changed: Vec<&str> = plan.axes.iter().map(|axis| axis.name.as_str()).collect();
    let (queue, todo) = channel::unbounded();
    open.iter().for_each(|index| queue.send(*index).expect("the receiving end lives until the scope ends"));
    drop(queue);
    let (sender, rows) = channel::unbounded();
    let ends = Arc::new(AtomicBool::new(false));
    let next = || {
        let index = if watch.cancelled() { None } else { todo.try_recv().ok() };
        let row = index
            .and_then(|index| work.row(index, plan.chip(candidates, usual, index), &changed, (samples, each), watch));
        row.filter(|_| !watch.cancelled())
    };
    // Nobody listens any more only after an error.
    let work_on = |sender: channel::Sender<ComparisonRow>| {
        let ends = Arc::clone(&ends);
        let asked = move || ends.load(Ordering::Relaxed);
        let _ = abandonable(asked, || while next().is_some_and(|row| sender.send(row).is_ok()) {});
    };
    let work_on = &work_on;
    let scope = crossbeam::thread::scope(|scope| {
        let start = |sender| threads::start(scope, move || work_on(sender)).is_ok();
        let started = std::iter::repeat_n(sender, workers).take_while(|sender| start(sender.clone())).count();
        // Where no thread came, this one simulates, too.
        let alone = std::iter::from_fn(|| if started == 0 { next() } else { None });
        let come = std::iter::from_fn(|| {
            loop {
                match rows.recv_timeout(LOOK) {
                    Ok(row) => return Some(row),
                    Err(RecvTimeoutError::Disconnected) => return None,
                    Err(RecvTimeoutError::Timeout) => ends.fetch_or(watch.cancelled(), Ordering::Relaxed),
                };
            }
        });
        come.chain(alone).try_for_each(&mut *found)
    });
    scope.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
