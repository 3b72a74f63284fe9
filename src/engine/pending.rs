//! The set of pending events that suits a system's delays: a wheel if it holds all usual ones, else queues by delay.

use super::{Classes, Due, EventSet, Wheel};
use crate::units::Tick;

/// A wheel, or queues by delay.
#[derive(Debug)]
pub enum Pending<M> {
    /// For chips with a clock, and others whose tick is not much finer than their latencies.
    Wheel(Wheel<M>),
    /// For chips with a fine tick, on which a wheel would have to be very long.
    Classes(Classes<M>),
}

impl<M: Copy> Pending<M> {
    /// A set for delays that are usual (ticks), the most frequent first.
    pub fn new(delays: &[u64]) -> Self {
        match delays.iter().max() {
            Some(longest) if *longest > Wheel::<M>::LONGEST => Self::Classes(Classes::new(delays)),
            longest => Self::Wheel(Wheel::new(longest.copied().unwrap_or(1))),
        }
    }
}

/// Calls a method of whichever set it is.
macro_rules! either {
    ($pending:expr, $set:ident => $call:expr) => {
        match $pending {
            Pending::Wheel($set) => $call,
            Pending::Classes($set) => $call,
        }
    };
}

impl<M: Copy> EventSet<M> for Pending<M> {
    #[inline(always)]
    fn push_message(&mut self, now: Tick, delay: u64, message: M) {
        either!(self, set => set.push_message(now, delay, message));
    }

    #[inline(always)]
    fn push_signal(&mut self, now: Tick, delay: u64, signal: u32) {
        either!(self, set => set.push_signal(now, delay, signal));
    }

    #[inline]
    fn next_tick(&mut self) -> Option<Tick> {
        either!(self, set => set.next_tick())
    }

    #[inline]
    fn take(&mut self, tick: Tick, due: &mut Due<M>) {
        either!(self, set => set.take(tick, due));
    }

    #[inline]
    fn give_back(&mut self, tick: Tick, due: &mut Due<M>) {
        either!(self, set => set.give_back(tick, due));
    }

    fn rewind(&mut self) {
        either!(self, set => set.rewind());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fine_tick_has_queues() {
        assert!(matches!(Pending::<u64>::new(&[1, 41, 300]), Pending::Wheel(_)));
        assert!(matches!(Pending::<u64>::new(&[]), Pending::Wheel(_)));
        assert!(matches!(Pending::<u64>::new(&[1, 4_100, 30_000]), Pending::Classes(_)));
    }
}
