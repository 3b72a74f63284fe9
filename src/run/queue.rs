//! Steps that wait to be timed, shared by the threads of a run.
//!
//! Makers compute the steps of samples in order, and helpers only time them. What waits is taken in the order in which it
//! came, and what is taken is timed to its end: so what is done when a run ends early is a whole prefix of its steps. A maker
//! goes ahead of its helpers only so far that none of them has to wait, and times steps itself otherwise; this bounds the
//! memory, too. Nothing of this is seen in a result.

use crate::model::StepLoad;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A step that is to be timed.
pub(super) struct StepJob {
    /// The sample.
    pub(super) sample: usize,
    /// Its spikes.
    pub(super) load: StepLoad,
}

/// Steps that wait, in order.
pub(super) struct StepQueue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<StepJob>,
    /// Their sizes.
    size: usize,
    /// Threads that may add more, and whether none of them has left yet.
    makers: usize,
    open: bool,
    /// Threads that only time.
    helpers: usize,
    /// Whether a step has failed: nothing more is begun.
    failed: bool,
    /// Loads that are not in use, for their memory.
    spare: Vec<StepLoad>,
}

/// Steps that wait for each helper, and their size from which on they are enough.
const STEPS_AHEAD: usize = 2;
const SIZE_AHEAD: usize = 1 << 14;

/// A thread that may add steps; no more when this is dropped.
pub(super) struct StepMaker<'q>(&'q StepQueue);

impl Drop for StepMaker<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.makers -= 1;
        // It leaves because there is nothing more to begin with.
        state.open = false;
        drop(state);
        self.0.changed.notify_all();
    }
}

impl State {
    fn pop(&mut self) -> Option<StepJob> {
        let job = self.jobs.pop_front()?;
        self.size -= job.load.size();
        Some(job)
    }
}

impl StepQueue {
    /// A queue without steps.
    pub(super) fn new() -> Self {
        Self { state: Mutex::new(State { open: true, ..State::default() }), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a maker.
    pub(super) fn maker(&self) -> StepMaker<'_> {
        self.lock().makers += 1;
        StepMaker(self)
    }

    /// A load to fill.
    pub(super) fn blank(&self) -> StepLoad {
        self.lock().spare.pop().unwrap_or_default()
    }

    /// Adds a step. Gives one that the maker has to time itself, if the helpers have enough.
    pub(super) fn add(&self, job: StepJob) -> Option<StepJob> {
        let mut state = self.lock();
        state.size += job.load.size();
        state.jobs.push_back(job);
        let helpers = state.helpers;
        if state.jobs.len() > STEPS_AHEAD * helpers && (helpers == 0 || state.size >= SIZE_AHEAD * helpers) {
            return state.pop();
        }
        drop(state);
        self.changed.notify_one();
        None
    }

    /// Takes a step that waits, if there is one.
    pub(super) fn take(&self) -> Option<StepJob> {
        self.lock().pop()
    }

    /// This thread only times from now on.
    pub(super) fn begin_helping(&self) {
        self.lock().helpers += 1;
    }

    /// Waits for a step, and gives loads back; `None` when no more will come.
    pub(super) fn help(&self, spare: &mut Vec<StepLoad>) -> Option<StepJob> {
        let mut state = self.lock();
        state.spare.append(spare);
        loop {
            if let Some(job) = state.pop() {
                return Some(job);
            }
            if state.makers == 0 && !state.open {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A step has failed: no more are begun.
    pub(super) fn fail(&self) {
        let mut state = self.lock();
        state.failed = true;
        state.jobs.clear();
        state.size = 0;
        drop(state);
        self.changed.notify_all();
    }

    /// Whether a step has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.lock().failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(sample: usize) -> StepJob {
        StepJob { sample, load: StepLoad::default() }
    }

    #[test]
    fn a_maker_without_helpers_times_its_steps_in_order() {
        let queue = StepQueue::new();
        let maker = queue.maker();
        for sample in 0..5 {
            assert_eq!(queue.add(job(sample)).map(|job| job.sample), Some(sample));
        }
        assert!(queue.take().is_none());
        drop(maker);
        assert!(queue.help(&mut Vec::new()).is_none(), "no more will come");
    }

    #[test]
    fn helpers_get_what_came_first_and_none_of_them_waits_forever() {
        let queue = StepQueue::new();
        queue.begin_helping();
        let maker = queue.maker();
        assert!((0..4).all(|sample| queue.add(job(sample)).is_none()), "small steps are left to the helper");
        assert_eq!(queue.help(&mut vec![StepLoad::default()]).map(|job| job.sample), Some(0));
        assert_eq!(queue.take().map(|job| job.sample), Some(1));
        queue.fail();
        drop(maker);
        assert!(queue.has_failed() && queue.help(&mut Vec::new()).is_none());
    }
}
