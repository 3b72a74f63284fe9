//! A gate that lets threads through when all have come: it spins shortly, then sleeps.
//!
//! A pure spin barrier is hundreds of times slower than one thread where there are more threads than processors: there
//! nobody comes while others look.

use super::sync::{AtomicUsize, Condvar, Mutex, Ordering, PoisonError};
use crate::threads::processors;
use crossbeam::utils::CachePadded;

/// Looks before a thread sleeps: a few microseconds to some tens.
const LOOKS: u32 = if cfg!(loom) { 1 } else { 2_000 };

/// The gate.
#[derive(Debug)]
pub(super) struct Gate {
    threads: usize,
    /// Looks before a thread sleeps.
    looks: u32,
    come: CachePadded<AtomicUsize>,
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
            come: CachePadded::new(AtomicUsize::new(0)),
            opened: CachePadded::new(AtomicUsize::new(0)),
            lock: Mutex::new(()),
            bell: Condvar::new(),
        }
    }

    /// Waits until all threads have come. What each wrote before, all see afterwards.
    pub(super) fn pass(&self) {
        if self.threads == 1 {
            return;
        }
        let turn = self.opened.load(Ordering::Acquire);
        if self.come.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            self.come.store(0, Ordering::Relaxed);
            // Under the lock, so that nobody falls asleep between looking and waiting.
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
    fn nobody_passes_before_all_have_come() {
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
