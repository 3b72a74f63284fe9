//! Work on several threads with results that do not depend on their number.
//!
//! The caller cuts the work into tasks of fixed size, each with its own piece of the output; which thread takes
//! which task changes nothing. Sums over tasks are the caller's, in the order of the tasks.

use std::sync::{Mutex, PoisonError};

/// Below this many operations a thread costs more than it saves.
const WORTH_A_THREAD: usize = 1 << 18;

/// How many threads may work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Threads(usize);

impl Threads {
    pub(super) fn new(threads: usize) -> Self {
        Self(threads.clamp(1, 256))
    }

    /// Does all tasks; `operations` is a rough size of all of them together.
    pub(super) fn for_each<T: Send>(self, operations: usize, tasks: Vec<T>, work: impl Fn(T) + Sync) {
        let workers = self.0.min(tasks.len()).min(1 + operations / WORTH_A_THREAD);
        if workers < 2 {
            return tasks.into_iter().for_each(work);
        }
        let queue = Mutex::new(tasks.into_iter());
        let drain = || {
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                match next {
                    Some(task) => work(task),
                    None => break,
                }
            }
        };
        std::thread::scope(|scope| {
            (1..workers).for_each(|_| drop(scope.spawn(drain)));
            drain();
        });
    }
}
