//! A bucketed wheel of pending events.
//!
//! It has one bucket per tick for a number of ticks ahead, with a bitmap of the buckets in use; events due later
//! wait in a heap. Invariants: every bucket holds events of one tick only, that of the first tick not before
//! `now` with its index; every event in the heap is due after all that fitted the wheel when it was pushed.
//!
//! Time is implied by the bucket, so a message of eight bytes takes eight and a signal four. The buckets'
//! memory is used cyclically, so a wheel should be no longer than most delays need.

use super::heap::{Earliest, Timed, earliest};
use super::{Due, EventSet};
use crate::units::Tick;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Least and most buckets: whole words of the bitmap, and few enough to stay in a cache.
const SIZES: std::ops::RangeInclusive<u64> = 64..=4096;

/// A wheel of buckets by tick.
#[derive(Debug)]
pub struct Wheel<M> {
    slots: Vec<Due<M>>,
    used: Vec<u64>,
    mask: u64,
    /// Earliest tick that may hold an event.
    now: Tick,
    far_messages: Earliest<M>,
    far_signals: Earliest<u32>,
    /// Tick of the earliest event in the heaps; `Tick::MAX` without any.
    far: Tick,
}

impl<M: Copy> Default for Wheel<M> {
    fn default() -> Self {
        Self::new(*SIZES.end())
    }
}

impl<M: Copy> Wheel<M> {
    /// Longest delay that the buckets of the largest wheel hold (ticks).
    pub const LONGEST: u64 = *SIZES.end() - 1;

    /// A wheel whose buckets hold delays up to `longest` ticks, within the limits of its size.
    pub fn new(longest: u64) -> Self {
        let size = longest.clamp(*SIZES.start(), *SIZES.end() - 1).saturating_add(1).next_power_of_two();
        Self {
            slots: (0..size).map(|_| Due::default()).collect(),
            used: vec![0; (size / 64) as usize],
            mask: size - 1,
            now: 0,
            far_messages: BinaryHeap::new(),
            far_signals: BinaryHeap::new(),
            far: Tick::MAX,
        }
    }

    #[inline(always)]
    fn slot(&mut self, at: Tick) -> &mut Due<M> {
        let slot = (at & self.mask) as usize;
        self.used[slot / 64] |= 1 << (slot % 64);
        &mut self.slots[slot]
    }

    /// The first bucket in use at or after `now`, as a tick.
    #[inline]
    fn first_near(&self) -> Option<Tick> {
        let start = (self.now & self.mask) as usize;
        let words = self.used.len();
        let mut word = start / 64;
        let mut bits = self.used[word] & (!0 << (start % 64));
        let mut walked = 0;
        while bits == 0 {
            // The first word is looked at again at the end, for its lower bits.
            if walked == words {
                return None;
            }
            walked += 1;
            word = if word + 1 == words { 0 } else { word + 1 };
            bits = self.used[word];
        }
        let slot = word as u64 * 64 + u64::from(bits.trailing_zeros());
        Some(self.now + (slot.wrapping_sub(self.now) & self.mask))
    }

    #[cold]
    fn push_far_message(&mut self, at: Tick, value: M) {
        self.far_messages.push(Reverse(Timed { at, value }));
        self.far = self.far.min(at);
    }

    #[cold]
    fn push_far_signal(&mut self, at: Tick, value: u32) {
        self.far_signals.push(Reverse(Timed { at, value }));
        self.far = self.far.min(at);
    }

    /// Moves events that have come near from the heaps into the buckets.
    fn approach(&mut self) {
        while let Some(Reverse(timed)) = self.far_messages.peek().copied()
            && timed.at - self.now <= self.mask
        {
            self.far_messages.pop();
            self.slot(timed.at).messages.push(timed.value);
        }
        while let Some(Reverse(timed)) = self.far_signals.peek().copied()
            && timed.at - self.now <= self.mask
        {
            self.far_signals.pop();
            self.slot(timed.at).signals.push(timed.value);
        }
        let far = earliest(&self.far_messages).into_iter().chain(earliest(&self.far_signals)).min();
        self.far = far.unwrap_or(Tick::MAX);
    }
}

impl<M: Copy> EventSet<M> for Wheel<M> {
    #[inline(always)]
    fn push_message(&mut self, now: Tick, delay: u64, message: M) {
        debug_assert!(now == self.now);
        if delay <= self.mask {
            self.slot(now + delay).messages.push(message);
        } else {
            self.push_far_message(now + delay, message);
        }
    }

    #[inline(always)]
    fn push_signal(&mut self, now: Tick, delay: u64, signal: u32) {
        debug_assert!(now == self.now);
        if delay <= self.mask {
            self.slot(now + delay).signals.push(signal);
        } else {
            self.push_far_signal(now + delay, signal);
        }
    }

    #[inline]
    fn next_tick(&mut self) -> Option<Tick> {
        // Events in a heap are due beyond all buckets, and are moved into them before time comes near.
        self.first_near().or((self.far != Tick::MAX).then_some(self.far))
    }

    #[inline]
    fn take(&mut self, tick: Tick, due: &mut Due<M>) {
        self.now = tick;
        if self.far != Tick::MAX && self.far - tick <= self.mask {
            self.approach();
        }
        let slot = (tick & self.mask) as usize;
        self.used[slot / 64] &= !(1 << (slot % 64));
        std::mem::swap(&mut self.slots[slot], due);
    }

    #[inline]
    fn give_back(&mut self, tick: Tick, due: &mut Due<M>) {
        let slot = &mut self.slots[(tick & self.mask) as usize];
        // Nothing sent in a tick is due in it, so its bucket is still empty.
        debug_assert!(slot.messages.is_empty() && slot.signals.is_empty());
        std::mem::swap(slot, due);
    }

    fn rewind(&mut self) {
        self.now = 0;
        for (word, bits) in self.used.iter_mut().enumerate() {
            while *bits != 0 {
                let slot = &mut self.slots[word * 64 + bits.trailing_zeros() as usize];
                slot.messages.clear();
                slot.signals.clear();
                *bits &= *bits - 1;
            }
        }
        self.far_messages.clear();
        self.far_signals.clear();
        self.far = Tick::MAX;
    }
}
