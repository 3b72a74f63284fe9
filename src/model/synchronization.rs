//! Synchronization of time steps: by a barrier, by a clock that waits for all cores, or by a clock that waits for none.

use crate::units::Tick;

/// Synchronization of the time steps of a chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronization {
    /// A barrier: a step is released when all cores have done the one before.
    Barrier {
        /// From the last core's end to the release (ticks).
        latency: Tick,
    },
    /// A clock that waits for all cores: edges come at multiples of a length, and a step takes as many lengths as it needs.
    FixedTick {
        /// The length (ticks); not zero.
        length: Tick,
    },
    /// A clock that waits for nothing. It drives biases, leaks and the host's spikes; packets act when they arrive.
    FreeRunning {
        /// Length of a time step (ticks).
        step: Tick,
        /// Time after which an inference ends, whatever is under way (ticks).
        deadline: Tick,
    },
}

impl Synchronization {
    /// Whether time steps wait for nothing.
    pub fn is_free_running(self) -> bool {
        matches!(self, Self::FreeRunning { .. })
    }

    /// The tick of the next release, after a step that was released at a tick. `busy_until` is the end of the last core's
    /// work, `last` the tick in which the last flit or credit arrived.
    ///
    /// Credits still under way when the last core is done come home first; to a barrier they only matter where they take
    /// longer than it does.
    pub fn next_release(self, released: Tick, busy_until: Tick, last: Tick) -> Tick {
        match self {
            Self::Barrier { latency } => (busy_until.max(released) + latency).max(last),
            Self::FixedTick { length } => {
                let work = busy_until.max(last).saturating_sub(released);
                released + work.div_ceil(length).max(1) * length
            }
            Self::FreeRunning { step, .. } => released.saturating_add(step),
        }
    }

    /// Whether a step took longer than a fixed tick.
    pub fn is_overrun(self, taken: Tick) -> bool {
        matches!(self, Self::FixedTick { length } if taken > length)
    }

    /// Most steps that end before the deadline, if there is one.
    pub fn most_steps(self) -> Option<u64> {
        match self {
            Self::Barrier { .. } | Self::FixedTick { .. } => None,
            Self::FreeRunning { step, deadline } => Some(deadline / step),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_takes_as_many_whole_lengths_as_it_needs() {
        let clock = Synchronization::FixedTick { length: 10 };
        // Idle, done early, done just in time, one tick late, two lengths late.
        let ends = [20, 21, 30, 31, 55].map(|busy| clock.next_release(20, busy, 0));
        assert_eq!(ends, [30, 30, 30, 40, 60]);
        assert_eq!(clock.next_release(20, 25, 31), 40, "what is under way comes home first");
        assert_eq!([10, 20].map(|taken| clock.is_overrun(taken)), [false, true]);
        assert!(!Synchronization::Barrier { latency: 3 }.is_overrun(1000));
    }
}
