//! A barrier for threads that spins shortly, then sleeps.
//!
//! A pure spin barrier is hundreds of times slower than one thread where there are more threads than processors: there
//! no thread arrives while others spin.

use super::sync::{AtomicUsize, Condvar, Mutex, Ordering, PoisonError};
use crate::threads::processors;
use crossbeam::utils::CachePadded;

/// Spins before a thread sleeps: a few microseconds to some tens.
const LOOKS: u32 = if cfg!(loom) { 1 } else { 2_000 };

#[derive(Debug)]
pub(super) struct Gate {
    threads: usize,
    looks: u32,
    arrived: CachePadded<AtomicUsize>,
    /// How often the gate was opened.
    opened: CachePadded<AtomicUsize>,
    lock: Mutex<()>,
    bell: Condvar,
}

impl Gate {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            threads,
            looks: if threads > processors() { 0 } else { LOOKS },
            arrived: CachePadded::new(AtomicUsize::new(0)),
            opened: CachePadded::new(AtomicUsize::new(0)),
            lock: Mutex::new(()),
            bell: Condvar::new(),
        }
    }

    /// Waits until all threads have arrived. Everything written before by any of them is visible to all afterwards.
    pub(super) fn pass(&self) {
        if self.threads == 1 {
            return;
        }
        let turn = self.opened.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            self.arrived.store(0, Ordering::Relaxed);
            // Under the lock, so that no thread falls asleep between its last look and its wait.
            let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            self.opened.store(turn.wrapping_add(1), Ordering::Release);
            drop(guard);
            self.bell.notify_all();
            return;
        }
        for _ in 0..self.looks {
            if self.opened.load(Ordering::Acquire) != turn {
                return;
            }
            #[cfg(not(loom))]
            std::hint::spin_loop();
            #[cfg(loom)]
            loom::thread::yield_now();
        }
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while self.opened.load(Ordering::Acquire) == turn {
            guard = self.bell.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_thread_passes_before_all_have_arrived() {
        let (gate, count) = (Gate::new(3), AtomicUsize::new(0));
        crossbeam::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|_| {
                    for round in 1..=500 {
                        count.fetch_add(1, Ordering::Relaxed);
                        gate.pass();
                        assert_eq!(count.load(Ordering::Relaxed), 3 * round);
                        gate.pass();
                    }
                });
            }
        })
        .unwrap();
    }
}
