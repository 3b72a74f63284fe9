//! Configurations side by side over threads.

use super::candidate::Candidate;
use super::journal::{Journal, JournalError};
use super::one::SweepOptions;
use super::plan::{Plan, PlanShard};
use super::row::ComparisonRow;
use super::setting::SweepSetting;
use crate::run::Watch;
use crate::threads;
use crossbeam::channel;

/// Simulates the configurations of a part that are not known yet. Each row is written to the journal as soon as it is
/// there, and `seen` is told; what was under way when it was asked to stop is dropped, and begun again the next time.
pub fn sweep(
    plan: &Plan,
    (candidates, usual): (&[Candidate], &SweepSetting),
    work: SweepOptions<'_>,
    (shard, threads): (PlanShard, usize),
    journal: &mut Journal,
    watch: &dyn Watch,
    seen: &mut dyn FnMut(&ComparisonRow),
) -> Result<(), JournalError> {
    let open: Vec<usize> = (0..plan.len()).filter(|index| shard.has(*index) && !journal.has(*index)).collect();
    let _span = tracing::info_span!("compare", configurations = open.len(), threads).entered();
    let workers = threads.clamp(1, open.len().max(1));
    // Threads that are left over help with the samples of a configuration.
    let each = (threads / workers).max(1);
    let changed: Vec<&str> = plan.axes.iter().map(|axis| axis.name.as_str()).collect();
    let (queue, todo) = channel::unbounded();
    open.iter().for_each(|index| queue.send(*index).expect("the receiving end lives until the scope ends"));
    drop(queue);
    let (found, rows) = channel::unbounded();
    let next = || {
        let index = if watch.cancelled() { None } else { todo.try_recv().ok() };
        index.and_then(|index| work.row(index, plan.chip(candidates, usual, index), &changed, each, watch))
    };
    // Nobody listens any more only where the journal cannot be written.
    let simulate = |found: channel::Sender<ComparisonRow>| while next().is_some_and(|row| found.send(row).is_ok()) {};
    let simulate = &simulate;
    let scope = crossbeam::thread::scope(|scope| {
        let start = |found| threads::start(scope, move || simulate(found)).is_ok();
        let started = std::iter::repeat_n(found, workers).take_while(|found| start(found.clone())).count();
        // Where no thread came, this one simulates, too.
        let alone = std::iter::from_fn(|| if started == 0 { next() } else { None });
        for row in rows.into_iter().chain(alone) {
            journal.add(&row)?;
            seen(&row);
        }
        Ok(())
    });
    scope.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
