//! What starts time steps: a barrier that waits for all cores, or a clock that waits for none.

use crate::units::Tick;

/// The barrier of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Barrier {
    /// From the last core's end to the release (ticks).
    pub latency: Tick,
}

impl Barrier {
    /// The tick of the next release, once nothing is pending: of a step released at a tick, with the last core busy
    /// until another, and the last message handled at a third.
    ///
    /// Credits and wake-ups still under way when the last core is done come home first; they only matter where
    /// they take longer than the barrier itself.
    pub fn next(self, released: Tick, busy_until: Tick, last: Tick) -> Tick {
        (busy_until.max(released) + self.latency).max(last)
    }
}

/// The time steps of a free-running chip: its clock drives biases, leaks and the host's spikes, nothing else.
///
/// Step s, from 1, begins s - 1 time steps after the inference does, whatever is under way then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Length of a time step (ticks).
    pub step: Tick,
    /// After so long an inference ends, whatever is under way (ticks).
    pub deadline: Tick,
}

impl Pace {
    /// When a step begins (ticks from the beginning of the inference).
    pub fn begin(self, step: u32) -> Tick {
        Tick::from(step.saturating_sub(1)).saturating_mul(self.step)
    }

    /// Most steps that end before the deadline.
    pub fn most_steps(self) -> u64 {
        self.deadline / self.step
    }
}
