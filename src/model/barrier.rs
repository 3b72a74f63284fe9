//! What starts time steps: a barrier or a clock that waits for all cores, or a clock that waits for none.

use crate::units::Tick;

/// What releases the next time step, once all cores have done the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// A barrier.
    Barrier {
        /// From the last core's end to the release (ticks).
        latency: Tick,
    },
    /// A clock whose edges come at multiples of a length.
    Fixed {
        /// The length (ticks); not zero.
        length: Tick,
    },
}

impl Release {
    /// The tick of the next release, once nothing is pending: of a step released at a tick, with the last core busy
    /// until another, and the last message handled at a third.
    ///
    /// Credits and wake-ups still under way when the last core is done come home first; to a barrier they only matter
    /// where they take longer than it does.
    pub fn next(self, released: Tick, busy_until: Tick, last: Tick) -> Tick {
        match self {
            Self::Barrier { latency } => (busy_until.max(released) + latency).max(last),
            Self::Fixed { length } => {
                let work = busy_until.max(last).saturating_sub(released);
                released + work.div_ceil(length).max(1) * length
            }
        }
    }

    /// Whether a step took longer than it should have.
    pub fn is_overrun(self, taken: Tick) -> bool {
        matches!(self, Self::Fixed { length } if taken > length)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_takes_as_many_whole_lengths_as_it_needs() {
        let clock = Release::Fixed { length: 10 };
        // Idle, done early, done just in time, one tick late, two lengths late.
        let ends = [20, 21, 30, 31, 55].map(|busy| clock.next(20, busy, 0));
        assert_eq!(ends, [30, 30, 30, 40, 60]);
        assert_eq!(clock.next(20, 25, 31), 40, "what is under way comes home first");
        assert_eq!([10, 20].map(|taken| clock.is_overrun(taken)), [false, true]);
        assert!(!Release::Barrier { latency: 3 }.is_overrun(1000));
    }
}
