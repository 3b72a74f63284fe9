//! Parts that the stages of all routers are made of: work lists and round-robin arbiters.

use crate::units::{Delay, Tick};

/// The work list of a pipeline stage: for this tick, and for the next.
#[derive(Debug, Default)]
pub(super) struct StageQueue {
    pub(super) now: Vec<u32>,
    pub(super) next: Vec<u32>,
}

impl StageQueue {
    /// Whether there is no work in this tick or the next.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.now.is_empty() && self.next.is_empty()
    }

    /// Adds an item that is due after some ticks. If that is later than the next tick, returns the delay of the signal
    /// that has to add it.
    #[inline]
    pub(super) fn push_after(&mut self, ticks: Tick, item: u32) -> Option<Delay> {
        match ticks {
            0 => self.now.push(item),
            1 => self.next.push(item),
            _ => return Delay::new(ticks),
        }
        None
    }

    /// Moves on to the next tick. Returns whether there is work in it.
    #[inline]
    pub(super) fn advance(&mut self) -> bool {
        self.now.clear();
        if self.next.is_empty() {
            return false;
        }
        std::mem::swap(&mut self.now, &mut self.next);
        true
    }

    pub(super) fn clear(&mut self) {
        self.now.clear();
        self.next.clear();
    }
}

/// A round-robin arbiter: the first requester at or after the pointer, cyclically. A pointer behind the last requester
/// selects the first.
#[inline]
pub(super) fn round_robin(requests: u64, pointer: u8) -> usize {
    let later = requests & (!0 << (pointer & 63));
    (if later != 0 { later } else { requests }).trailing_zeros() as usize
}

/// The round-robin pointer after a grant to one of `count` requesters.
#[inline]
pub(super) fn pointer_after(granted: usize, count: usize) -> u8 {
    if granted + 1 == count { 0 } else { granted as u8 + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arbiters_are_cyclic() {
        assert_eq!([0, 1, 2, 3, 4, 5].map(|pointer| round_robin(0b01_0110, pointer)), [1, 1, 2, 4, 4, 1]);
    }
}
