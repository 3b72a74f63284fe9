//! A barrier for threads that spins shortly, then sleeps, and does not spin where that is in vain.
//!
//! A pure spin barrier is hundreds of times slower than one thread where there are more threads than processors: there
//! no thread arrives while others spin. The same holds where another program keeps the processors busy. So a thread spins
//! two microseconds at most, which is a little more than it takes to wake one; a thread that often fell asleep all the
//! same stops spinning for some time.

use super::sync::{AtomicUsize, Condvar, Mutex, Ordering, PoisonError};
use crate::threads::processors;
use crossbeam::utils::CachePadded;

/// Passes that a thread looks back on, as bits: those in which it fell asleep.
const MEMORY: u32 = 8;

/// How many of them are too many.
const OFTEN: u32 = if cfg!(loom) { 1 } else { 4 };

/// Passes without spinning afterwards.
const REST: u32 = if cfg!(loom) { 1 } else { 256 };

/// Looks at the gate that take about two microseconds.
#[cfg(not(loom))]
fn looks() -> u32 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static LOOKS: OnceLock<u32> = OnceLock::new();
    /// Nanoseconds that a thread spins, and pauses that are timed for it.
    const SPIN: u128 = 2_000;
    const TIMED: u32 = 32;
    *LOOKS.get_or_init(|| {
        // The best of some rounds: in one of them the thread may be interrupted.
        let round = |_| {
            let began = Instant::now();
            (0..TIMED).for_each(|_| std::hint::spin_loop());
            began.elapsed().as_nanos()
        };
        let best = (0..5).map(round).min().unwrap_or(0).max(1);
        (SPIN * u128::from(TIMED) / best).clamp(16, 2_000) as u32
    })
}

#[cfg(loom)]
fn looks() -> u32 {
    1
}

/// How a thread waits: its own state, which no other sees.
#[derive(Debug)]
pub(super) struct Patience {
    looks: u32,
    /// The last passes, as bits: whether it fell asleep.
    slept: u32,
    /// Passes in which it does not spin.
    rests: u32,
}

impl Patience {
    /// Looks at the gate in the next pass before falling asleep.
    fn next(&mut self) -> u32 {
        if self.rests == 0 {
            return self.looks;
        }
        self.rests -= 1;
        0
    }

    /// Notes a pass in which the thread span first.
    fn note(&mut self, slept: bool) {
        self.slept = (self.slept << 1 | u32::from(slept)) & ((1 << MEMORY) - 1);
        if self.slept.count_ones() >= OFTEN {
            (self.slept, self.rests) = (0, REST);
        }
    }
}

#[derive(Debug)]
pub(super) struct Gate {
    threads: usize,
    looks: u32,
    arrived: CachePadded<AtomicUsize>,
    /// How often the gate was opened.
    opened: CachePadded<AtomicUsize>,
    /// Threads that sleep before it.
    asleep: Mutex<usize>,
    bell: Condvar,
}

impl Gate {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            threads,
            looks: if threads == 1 || threads > processors() { 0 } else { looks() },
            arrived: CachePadded::new(AtomicUsize::new(0)),
            opened: CachePadded::new(AtomicUsize::new(0)),
            asleep: Mutex::new(0),
            bell: Condvar::new(),
        }
    }

    /// How a thread waits that has not waited yet.
    pub(super) fn patience(&self) -> Patience {
        Patience { looks: self.looks, slept: 0, rests: 0 }
    }

    /// Waits until all threads have arrived. Everything written before by any of them is visible to all afterwards.
    /// Returns whether this thread slept.
    pub(super) fn pass(&self, patience: &mut Patience) -> bool {
        if self.threads == 1 {
            return false;
        }
        let turn = self.opened.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            self.arrived.store(0, Ordering::Relaxed);
            // Under the lock, so that no thread falls asleep between its last look and its wait.
            let asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
            self.opened.store(turn.wrapping_add(1), Ordering::Release);
            let some = *asleep > 0;
            drop(asleep);
            if some {
                self.bell.notify_all();
            }
            return false;
        }
        let looks = patience.next();
        for _ in 0..looks {
            if self.opened.load(Ordering::Acquire) != turn {
                patience.note(false);
                return false;
            }
            #[cfg(not(loom))]
            std::hint::spin_loop();
            #[cfg(loom)]
            loom::thread::yield_now();
        }
        let slept = self.sleep(turn);
        if looks > 0 {
            patience.note(slept);
        }
        slept
    }

    /// Sleeps until the gate was opened; returns whether that was necessary.
    fn sleep(&self, turn: usize) -> bool {
        let mut asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        let necessary = self.opened.load(Ordering::Acquire) == turn;
        *asleep += 1;
        while self.opened.load(Ordering::Acquire) == turn {
            asleep = self.bell.wait(asleep).unwrap_or_else(PoisonError::into_inner);
        }
        *asleep -= 1;
        necessary
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
                    let mut patience = gate.patience();
                    for round in 1..=500 {
                        count.fetch_add(1, Ordering::Relaxed);
                        gate.pass(&mut patience);
                        assert_eq!(count.load(Ordering::Relaxed), 3 * round);
                        gate.pass(&mut patience);
                    }
                });
            }
        })
        .unwrap();
    }

    #[test]
    fn a_thread_that_often_sleeps_stops_spinning_for_some_time() {
        let mut patience = Patience { looks: 9, slept: 0, rests: 0 };
        for slept in [true, false, true, true, false] {
            assert_eq!(patience.next(), 9);
            patience.note(slept);
        }
        assert_eq!(patience.next(), 9);
        patience.note(true);
        for _ in 0..REST {
            assert_eq!(patience.next(), 0);
        }
        // Then it has forgotten.
        assert_eq!(patience.next(), 9);
        (0..100).for_each(|pass| patience.note(pass % 3 == 0));
        assert_eq!(patience.next(), 9, "a third of all passes is not often");
    }

    #[test]
    fn no_thread_spins_where_there_are_more_than_processors() {
        assert_eq!(Gate::new(processors() + 1).patience().next(), 0);
        assert!((16..=2_000).contains(&looks()));
    }
}
