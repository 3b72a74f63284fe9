//! Following work that takes long, and ending it early.

use std::cell::RefCell;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// Follows a run, a training, a comparison or a simulation of a network on chip, and may end it. `E` are events that work
/// of some kind tells beside its progress, as [`crate::train::TrainEvent`]s are; most work has none.
pub trait Watch<E = Infallible>: Sync {
    /// So much more is done: samples, time steps of a sparse network, or cycles of a network on chip.
    fn done(&self, _count: u64) {}

    /// Something happened.
    fn event(&self, _event: &E) {}

    /// Whether the work should end early.
    fn cancelled(&self) -> bool {
        false
    }

    /// The question [`cancelled`](Self::cancelled), to be asked apart from this value. Work that polls ends early with it, and
    /// without it only between its parts.
    fn question(&self) -> Option<IsAbandoned> {
        None
    }

    /// Messages and signals after which a simulation ends. A network on chip ends at the next multiple of 1,024 cycles,
    /// so that it ends at the same one for any number of shards; all rates of a sweep share them.
    fn most_events(&self) -> u64 {
        u64::MAX
    }
}

/// Follows nothing, and ends nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl<E> Watch<E> for Unwatched {}

/// Asks whether work is to be abandoned.
pub type IsAbandoned = Arc<dyn Fn() -> bool + Send + Sync>;

thread_local! {
    static ASKED: RefCell<Option<IsAbandoned>> = const { RefCell::new(None) };
}

/// What an abandoned thread unwinds with.
struct Abandoned;

/// Does work that ends without a result, at the next [`poll`] on its threads, once `is_asked`.
///
/// Reading, importing and checking go through many functions that cannot fail, and half of their result is worth nothing. So
/// the thread unwinds, as from a panic that nobody reports, and errors of all these functions need no variant for it. Work of
/// which a part is worth something has a [`Watch`].
pub fn abandonable<T>(is_asked: impl Fn() -> bool + Send + Sync + 'static, work: impl FnOnce() -> T) -> Option<T> {
    // What the work was doing is dropped with it, so nobody sees it half done.
    match catch_unwind(AssertUnwindSafe(|| asked_by(Some(Arc::new(is_asked)), work))) {
        Ok(done) => Some(done),
        Err(reason) if reason.is::<Abandoned>() => None,
        Err(panic) => resume_unwind(panic),
    }
}

/// Does work that is abandoned once a watch is cancelled, if that watch has a [`question`](Watch::question).
pub fn abandoned_with<T, E>(watch: &dyn Watch<E>, work: impl FnOnce() -> T) -> Option<T> {
    match watch.question() {
        Some(is_asked) => abandonable(move || is_asked(), work),
        None => Some(work()),
    }
}

/// Does work within abandonable work that comes to its end nevertheless.
pub fn kept<T>(work: impl FnOnce() -> T) -> T {
    asked_by(None, work)
}

fn asked_by<T>(asked: Option<IsAbandoned>, work: impl FnOnce() -> T) -> T {
    struct Restored(Option<IsAbandoned>);
    impl Drop for Restored {
        fn drop(&mut self) {
            ASKED.replace(self.0.take());
        }
    }
    let _earlier = Restored(ASKED.replace(asked));
    work()
}

/// A place where abandonable work may end. Elsewhere it does nothing.
pub fn poll() {
    // The function may do abandonable work itself, so nothing is borrowed while it runs.
    if ASKED.with_borrow(Option::clone).is_some_and(|is_asked| is_asked()) {
        resume_unwind(Box::new(Abandoned));
    }
}

/// Turns of a short loop between two polls.
const EVERY: usize = 1 << 10;

/// The same in a short loop, whose turns are counted from 0.
#[inline]
pub fn poll_at(turn: usize) {
    poll_at_row(turn, 0);
}

/// The same in a loop over rows, of which one may be long.
#[inline]
pub fn poll_at_row(row: usize, length: usize) {
    if row.is_multiple_of(EVERY) || length >= EVERY {
        poll();
    }
}

/// Who may abandon the work of a thread, for other threads that share in it.
#[derive(Clone)]
pub(crate) struct SharedWork(Option<IsAbandoned>);

impl SharedWork {
    /// Of this thread.
    pub(crate) fn here() -> Self {
        Self(ASKED.with_borrow(Option::clone))
    }

    /// Does a share of the work on another thread, which unwinds to where it is joined.
    pub(crate) fn apply<T>(&self, work: impl FnOnce() -> T) -> T {
        asked_by(self.0.clone(), work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn abandoned_work_ends_at_a_poll_and_other_work_does_not() {
        poll();
        let turns = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&turns);
        let endless = || -> u32 {
            loop {
                kept(poll);
                turns.fetch_add(1, Ordering::Relaxed);
                poll();
            }
        };
        assert_eq!(abandonable(move || seen.load(Ordering::Relaxed) == 5, endless), None);
        assert_eq!(turns.load(Ordering::Relaxed), 5);
        assert_eq!(abandonable(|| true, || abandonable(|| false, poll).is_some()), Some(true));
        assert_eq!(abandonable(|| true, || kept(|| (0..=EVERY).for_each(poll_at))), Some(()));
        assert_eq!(abandonable(|| true, || poll_at(1)), Some(()));
        assert_eq!(abandonable(|| true, || poll_at(EVERY)), None);
        assert_eq!(abandonable(|| true, || poll_at_row(1, EVERY)), None);
        poll();
    }

    #[test]
    fn work_is_abandoned_with_a_watch_that_has_a_question() {
        struct Asked(bool);
        impl Watch for Asked {
            fn question(&self) -> Option<IsAbandoned> {
                let asked = self.0;
                Some(Arc::new(move || asked))
            }
        }
        let ends = |watch: &dyn Watch| abandoned_with(watch, poll).is_some();
        assert_eq!([ends(&Unwatched), ends(&Asked(false)), ends(&Asked(true))], [true, true, false]);
    }

    #[test]
    fn a_panic_in_abandonable_work_is_still_one() {
        let failed = std::panic::catch_unwind(|| abandonable(|| false, || resume_unwind(Box::new("as work may"))));
        assert_eq!(failed.unwrap_err().downcast_ref::<&str>(), Some(&"as work may"));
        poll();
    }

    #[test]
    fn threads_that_share_in_work_are_abandoned_with_it() {
        let (tasks, done) = (vec![(); 64], AtomicUsize::new(0));
        let task = |()| {
            done.fetch_add(1, Ordering::Relaxed);
        };
        assert!(abandonable(|| true, || crate::threads::map(tasks, task)).is_none());
        assert_eq!(done.load(Ordering::Relaxed), 0);
    }
}
