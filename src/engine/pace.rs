//! How many threads work on shards: as many as pay.
//!
//! Shards side by side gain where much happens between two gates, and where every thread has a processor. Neither is known
//! before: so one thread begins, and counts events and windows; the others join it for a trial once a window has
//! enough events; and the trial ends as soon as it is slower than one thread was. Then one thread goes on for as long as the
//! loss is a small part of the whole, and longer with every trial that failed. No result depends on any of it.

use super::windows::EVENTS_THAT_PAY;
use std::time::{Duration, Instant};

/// One thread goes on for as many times the loss of a failed trial.
const REPAY: u32 = 20;

/// One thread works at least this long before the first trial, and after one that failed.
const LEAST: Duration = Duration::from_millis(40);

/// Threads work side by side this long before they are judged.
const TRIAL: Duration = Duration::from_micros(400);

/// And are judged by no more than this last time of their work, so that another load is noticed that comes later.
const RECENT: Duration = Duration::from_millis(20);

/// Times of events, alone and side by side.
#[derive(Debug)]
pub(super) struct ThreadPace {
    /// Messages and signals, and windows, of the runs so far; older runs weigh less.
    seen: (u64, u64),
    /// Of one thread: nanoseconds and events; older runs weigh less.
    alone: (f64, f64),
    /// Of threads side by side that are not judged yet: time and events.
    together: (Duration, u64),
    /// For how long one thread has to work before the next trial, and how many failed in a row.
    rest: Duration,
    failed: u32,
}

impl ThreadPace {
    pub(super) fn new() -> Self {
        Self { seen: (0, 0), alone: (0.0, 0.0), together: (Duration::ZERO, 0), rest: LEAST, failed: 0 }
    }

    /// Threads of `most` for the next run.
    pub(super) fn threads(&self, most: usize) -> usize {
        if most > 1 && self.enough(most) && self.rest.is_zero() { most } else { 1 }
    }

    /// For how long one thread still has to work before the next trial.
    pub(super) fn rest(&self) -> Duration {
        self.rest
    }

    /// Whether a window has enough events for `most` threads.
    fn enough(&self, most: usize) -> bool {
        let (events, windows) = self.seen;
        events / EVENTS_THAT_PAY / most as u64 >= windows.max(1)
    }

    /// Messages and signals of a recent window, if they are too few for `most` threads.
    pub(super) fn too_little(&self, most: usize) -> Option<u64> {
        let (events, windows) = self.seen;
        (most > 1 && !self.enough(most) && windows > 0).then(|| events / windows)
    }

    /// Counts the events and windows of a run.
    pub(super) fn count(&mut self, events: u64, windows: u64) {
        self.seen = (self.seen.0 / 2 + events, self.seen.1 / 2 + windows);
    }

    /// Notes the time that one thread took for some events.
    pub(super) fn note_alone(&mut self, events: u64, took: Duration) {
        // The first event of a run pays for what is not in a cache.
        if events < 1_000 {
            return;
        }
        self.alone = (self.alone.0 / 2.0 + took.as_nanos() as f64, self.alone.1 / 2.0 + events as f64);
        self.rest = self.rest.saturating_sub(took);
    }

    /// What one thread would have taken for some events.
    pub(super) fn expected(&self, events: u64) -> Duration {
        let (nanoseconds, of) = self.alone;
        Duration::from_nanos((nanoseconds / of.max(1.0) * events as f64) as u64)
    }

    /// What threads side by side lost by some time in which they handled some events; `None` where that is too short for
    /// a judgement.
    fn loss(&self, took: Duration, events: u64) -> Option<Duration> {
        let (took, events) = (self.together.0 + took, self.together.1 + events);
        (took >= TRIAL).then(|| took.saturating_sub(self.expected(events)))
    }

    /// Notes the work of threads side by side: where they lost, one thread goes on for some time.
    pub(super) fn note_together(&mut self, took: Duration, events: u64) {
        match self.loss(took, events) {
            None => self.together = (self.together.0 + took, self.together.1 + events),
            Some(Duration::ZERO) => (self.together, self.failed) = ((Duration::ZERO, 0), 0),
            Some(loss) => {
                self.together = (Duration::ZERO, 0);
                self.failed = (self.failed + 1).min(8);
                self.rest = (loss * REPAY).max(LEAST) * (1 << (self.failed - 1));
                tracing::info!(?loss, "threads side by side are slower than one, which goes on alone");
            }
        }
    }
}

/// Threads side by side, since they were last judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct ThreadTrial {
    began: Instant,
    /// Events before.
    events: u64,
}

impl ThreadTrial {
    pub(super) fn begin() -> Self {
        Self { began: Instant::now(), events: 0 }
    }

    /// Whether one thread would have been faster so far, after some events.
    pub(super) fn loses(&mut self, pace: &ThreadPace, events: u64) -> bool {
        let took = self.began.elapsed();
        let loses = pace.loss(took, events - self.events).is_some_and(|loss| !loss.is_zero());
        if !loses && took > RECENT {
            *self = Self { began: Instant::now(), events };
        }
        loses
    }

    /// The time since they were last judged, and the events, of which there are now so many.
    pub(super) fn end(self, events: u64) -> (Duration, u64) {
        (self.began.elapsed(), events - self.events)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    /// One thread that takes 50 ns for an event.
    fn alone(windows: u64) -> ThreadPace {
        let mut pace = ThreadPace::new();
        assert_eq!((pace.threads(2), pace.too_little(2)), (1, None), "nothing is known yet");
        pace.count(20_000, windows);
        pace.note_alone(20_000, MILLI);
        pace
    }

    #[test]
    fn one_thread_works_where_a_window_has_few_events() {
        let mut pace = alone(20_000 / EVENTS_THAT_PAY);
        pace.rest = Duration::ZERO;
        assert_eq!((pace.threads(2), pace.too_little(2)), (1, Some(EVENTS_THAT_PAY)));
        pace.count(1_000_000, 100);
        assert_eq!((pace.threads(2), pace.too_little(2)), (2, None));
        assert_eq!((pace.threads(1), pace.too_little(1)), (1, None));
    }

    #[test]
    fn one_thread_begins_and_others_stay_while_they_gain() {
        let mut pace = alone(10);
        assert_eq!((pace.threads(2), pace.rest()), (1, LEAST - MILLI));
        pace.note_alone(20_000 * 39, 39 * MILLI);
        assert_eq!(pace.threads(2), 2);
        for _ in 0..10 {
            pace.note_together(MILLI, 30_000);
            assert_eq!(pace.threads(2), 2);
        }
    }

    #[test]
    fn a_loss_is_paid_back_before_the_next_trial() {
        let mut pace = alone(10);
        pace.rest = Duration::ZERO;
        // Too short for a judgement; together they are long enough.
        pace.note_together(TRIAL / 2, 1_000);
        assert_eq!(pace.threads(2), 2);
        pace.note_together(10 * MILLI, 100_000);
        assert_eq!(pace.threads(2), 1);
        let rest = pace.rest();
        assert!(rest > 90 * MILLI && rest < 110 * MILLI, "twenty times five milliseconds: {rest:?}");
        pace.note_alone(20_000 * 200, 200 * MILLI);
        assert_eq!(pace.threads(2), 2);
        pace.note_together(10 * MILLI, 100_000);
        assert!(pace.rest() > rest * 19 / 10, "it fails again, and rests for longer");
    }
}
