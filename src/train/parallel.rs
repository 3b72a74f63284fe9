//! Work on several threads with results that do not depend on their number.
//!
//! The caller divides the work into tasks of fixed size, each with its own piece of the output; the assignment of tasks
//! to threads does not matter. The caller adds sums over tasks, in the order of the tasks.

use std::sync::Arc;

/// Number of operations below which a thread costs more than it saves.
const WORTH_A_THREAD: usize = 1 << 15;

#[derive(Clone, Debug)]
pub(super) struct Threads(Option<Arc<rayon::ThreadPool>>);

impl Threads {
    pub(super) fn new(threads: usize) -> Self {
        Self(crate::threads::pool(threads))
    }

    /// Does `work` on one of the threads, so that its tasks start without delay.
    pub(super) fn within<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.0 {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Does all tasks; `operations` is a rough total of theirs.
    pub(super) fn for_each<T: Send>(&self, operations: usize, tasks: Vec<T>, work: impl Fn(T) + Sync) {
        match &self.0 {
            Some(pool) if tasks.len() > 1 && operations >= WORTH_A_THREAD => pool.scope(|scope| {
                let work = &work;
                tasks.into_iter().for_each(|task| scope.spawn(move |_| work(task)));
            }),
            _ => tasks.into_iter().for_each(work),
        }
    }
}
