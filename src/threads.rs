//! Threads, as many as the system provides.
//!
//! A container or a user may have a limit of processes, and a thread counts as one. No result depends on the number of
//! threads, so a caller that asks for several continues with those it gets, which may be only its own.

use crate::progress::{self, SharedWork};
use crossbeam::thread::{Scope, ScopedJoinHandle};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Most threads of a pool.
const MOST: usize = 256;

/// Starts a thread in a scope, if the system provides one.
pub fn start<'scope, 'env, R: Send + 'env>(
    scope: &'scope Scope<'env>,
    work: impl FnOnce() -> R + Send + 'env,
) -> std::io::Result<ScopedJoinHandle<'scope, R>> {
    #[cfg(test)]
    scarce::take()?;
    let started = scope.builder().spawn(move |_| work());
    if let Err(error) = &started {
        tracing::info!(%error, "no more threads");
    }
    started
}

/// Does the same work on this thread and on others, up to `threads` in all; gives the result of each.
pub fn side_by_side<R: Send>(threads: usize, work: impl Fn() -> R + Sync) -> Vec<R> {
    let sharing = SharedWork::here();
    let (work, shared) = (&work, &|| sharing.apply(&work));
    let scope = crossbeam::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map_while(|_| start(scope, shared).ok()).collect();
        let mut found = vec![work()];
        for other in others {
            found.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        found
    });
    scope.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Whether the system can start one more thread, as far as can be known.
pub fn one_more() -> bool {
    let started = std::thread::Builder::new().spawn(|| {});
    started.is_ok_and(|thread| thread.join().is_ok())
}

/// A pool of up to `threads` threads; `None` with fewer than two.
pub fn pool(threads: usize) -> Option<Arc<rayon::ThreadPool>> {
    let fewer = std::iter::successors(Some(threads.min(MOST)), |count| Some(count / 2));
    let pool = |count| rayon::ThreadPoolBuilder::new().num_threads(count).build().ok();
    fewer.take_while(|count| *count > 1).find_map(pool).map(Arc::new)
}

/// Does tasks in parallel, on up to one thread per processor; gives the results in the order of the tasks.
///
/// Its threads end with it. A process that is forked has none of the threads of its parent, and would wait for those of a
/// pool forever.
pub fn map<T: Send, R: Send>(tasks: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = processors().min(tasks.len());
    if threads < 2 {
        let polled = |task| {
            progress::poll();
            work(task)
        };
        return tasks.into_iter().map(polled).collect();
    }
    let tasks = Mutex::new(tasks.into_iter().enumerate());
    let next = || tasks.lock().unwrap_or_else(PoisonError::into_inner).next();
    let parts = side_by_side(threads, || {
        let mut done = Vec::new();
        while let Some((at, task)) = next() {
            progress::poll();
            done.push((at, work(task)));
        }
        done
    });
    let mut all: Vec<(usize, R)> = parts.into_iter().flatten().collect();
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}

/// Processors available to this program.
pub fn processors() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Tests that make threads run out.
#[cfg(test)]
pub mod scarce {
    use std::cell::Cell;

    thread_local! {
        static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
    }

    /// Limits this thread to `threads` others while `work` runs.
    pub fn with<R>(threads: usize, work: impl FnOnce() -> R) -> R {
        let before = LEFT.replace(threads);
        let result = work();
        LEFT.set(before);
        result
    }

    pub(super) fn take() -> std::io::Result<()> {
        let left = LEFT.get().checked_sub(1).ok_or(std::io::ErrorKind::WouldBlock)?;
        LEFT.set(left);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn work_goes_on_with_the_threads_that_come() {
        for (given, expected) in [(0, 1), (2, 3), (usize::MAX, 5)] {
            let next = AtomicUsize::new(0);
            let work = || {
                let mut taken = Vec::new();
                while let Some(task) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|task| *task < 100) {
                    taken.push(task);
                }
                taken
            };
            let parts = scarce::with(given, || side_by_side(5, work));
            assert_eq!(parts.len(), expected);
            let mut all = parts.concat();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..100));
        }
    }

    #[test]
    fn tasks_keep_their_order() {
        assert_eq!(map((0..1000).collect(), |n: u64| n * n), (0..1000).map(|n| n * n).collect::<Vec<_>>());
        assert!(map(Vec::<u64>::new(), |n| n).is_empty());
        assert!(pool(0).is_none() && pool(1).is_none());
        assert_eq!(pool(3).map(|pool| pool.current_num_threads()), Some(3));
    }
}
