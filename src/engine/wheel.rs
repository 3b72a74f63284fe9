//! A bucketed wheel of pending events.
//!
//! It has one bucket per tick for a number of ticks ahead, with a bitmap of the buckets in use; events due later
//! wait in a second wheel (`far`) until time enters their block. Invariant: every bucket holds events of one tick only,
//! that of the first tick not before `now` with its index.
//!
//! Time is implied by the bucket, so a message of eight bytes takes eight and a signal four. The buckets'
//! memory is used cyclically, so a wheel should be no longer than most delays need.

use super::far::Far;
use super::{Due, EventSet};
use crate::units::Tick;

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
    far_messages: Far<M>,
    far_signals: Far<u32>,
    /// Tick of the earliest far event; `Tick::MAX` without any.
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
            far_messages: Far::new(size.trailing_zeros()),
            far_signals: Far::new(size.trailing_zeros()),
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

    /// Moves the far events of the block that time has entered into the buckets.
    #[cold]
    fn approach(&mut self) {
        let Self { slots, used, mask, now, far_messages, far_signals, .. } = self;
        let mut slot = |at: Tick| {
            let slot = (at & *mask) as usize;
            used[slot / 64] |= 1 << (slot % 64);
            slot
        };
        far_messages.enter(*now, |at, value| slots[slot(at)].messages.push(value));
        far_signals.enter(*now, |at, value| slots[slot(at)].signals.push(value));
        self.far = self.far_messages.first().min(self.far_signals.first());
    }
}

impl<M: Copy> EventSet<M> for Wheel<M> {
    #[inline(always)]
    fn push_message(&mut self, now: Tick, delay: u64, message: M) {
        debug_assert!(now == self.now);
        if delay <= self.mask {
            self.slot(now + delay).messages.push(message);
        } else {
            self.far_messages.push(now, now + delay, message);
            self.far = self.far.min(now + delay);
        }
    }

    #[inline(always)]
    fn push_signal(&mut self, now: Tick, delay: u64, signal: u32) {
        debug_assert!(now == self.now);
        if delay <= self.mask {
            self.slot(now + delay).signals.push(signal);
        } else {
            self.far_signals.push(now, now + delay, signal);
            self.far = self.far.min(now + delay);
        }
    }

    #[inline]
    fn next_tick(&mut self) -> Option<Tick> {
        let next = self.first_near().unwrap_or(Tick::MAX).min(self.far);
        (next != Tick::MAX).then_some(next)
    }

    #[inline]
    fn take(&mut self, tick: Tick, due: &mut Due<M>) {
        self.now = tick;
        // Nothing far is due before `tick`: what is due up to the end of its block is in this block.
        if self.far <= tick | self.mask {
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
