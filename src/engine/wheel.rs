//! Pending events: a bucketed wheel, and a binary heap as its oracle.
//!
//! The wheel has one bucket per tick for the next [`SLOTS`] ticks, with a bitmap of the buckets in use; what is
//! due later waits in a heap. Invariants: every bucket holds events of one tick only, that of the first tick not
//! before `now` with its index; every event in the heap is due after all that fit the wheel when it was pushed.

use super::Event;
use crate::units::Tick;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Buckets of the wheel. Most delays on a chip (hops, credits) are shorter; synapse bursts and barriers are not.
const SLOTS: usize = 4096;
const MASK: u64 = SLOTS as u64 - 1;

/// Events waiting for their tick.
pub trait EventSet<M> {
    /// Adds an event.
    fn push(&mut self, at: Tick, event: Event<M>);
    /// The earliest tick with an event; moves the set's idea of now to it.
    fn next_tick(&mut self) -> Option<Tick>;
    /// Moves all events of the tick that `next_tick` gave into `due`, which is empty.
    fn take(&mut self, tick: Tick, due: &mut Vec<Event<M>>);
    /// Takes the emptied buffer back, so that its memory is used again.
    fn give_back(&mut self, due: &mut Vec<Event<M>>);
    /// Starts anew at tick 0; of an empty set.
    fn rewind(&mut self);
}

/// An event with its tick, ordered by the tick alone: events of one tick commute.
#[derive(Clone, Copy, Debug)]
struct Timed<M> {
    at: Tick,
    event: Event<M>,
}

impl<M> PartialEq for Timed<M> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl<M> Eq for Timed<M> {}

impl<M> PartialOrd for Timed<M> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<M> Ord for Timed<M> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

/// The bucketed wheel.
#[derive(Debug)]
pub struct Wheel<M> {
    slots: Vec<Vec<Event<M>>>,
    used: [u64; SLOTS / 64],
    /// Earliest tick that may hold an event.
    now: Tick,
    /// Events in the buckets.
    near: usize,
    far: BinaryHeap<Reverse<Timed<M>>>,
}

impl<M: Copy> Default for Wheel<M> {
    fn default() -> Self {
        let slots = (0..SLOTS).map(|_| Vec::new()).collect();
        Self { slots, used: [0; SLOTS / 64], now: 0, near: 0, far: BinaryHeap::new() }
    }
}

impl<M: Copy> Wheel<M> {
    #[inline]
    fn put(&mut self, at: Tick, event: Event<M>) {
        let slot = (at & MASK) as usize;
        self.slots[slot].push(event);
        self.used[slot / 64] |= 1 << (slot % 64);
        self.near += 1;
    }

    /// The first bucket in use at or after `now`, as a tick; there is one.
    fn first_near(&self) -> Tick {
        let start = (self.now & MASK) as usize;
        let words = self.used.len();
        let first = self.used[start / 64] & (!0 << (start % 64));
        let mut word = start / 64;
        let mut bits = first;
        let mut walked = 0;
        while bits == 0 {
            walked += 1;
            debug_assert!(walked <= words, "near says that a bucket is in use");
            word = (word + 1) % words;
            bits = self.used[word];
        }
        let slot = word * 64 + bits.trailing_zeros() as usize;
        self.now + ((slot as u64).wrapping_sub(self.now) & MASK)
    }
}

impl<M: Copy> EventSet<M> for Wheel<M> {
    #[inline]
    fn push(&mut self, at: Tick, event: Event<M>) {
        debug_assert!(at >= self.now, "an event in the past");
        if at - self.now < SLOTS as u64 {
            self.put(at, event);
        } else {
            self.far.push(Reverse(Timed { at, event }));
        }
    }

    fn next_tick(&mut self) -> Option<Tick> {
        let near = (self.near > 0).then(|| self.first_near());
        let far = self.far.peek().map(|Reverse(timed)| timed.at);
        let tick = match (near, far) {
            (Some(near), Some(far)) => near.min(far),
            (near, far) => near.or(far)?,
        };
        self.now = tick;
        while let Some(Reverse(timed)) = self.far.peek().copied()
            && timed.at - self.now < SLOTS as u64
        {
            self.far.pop();
            self.put(timed.at, timed.event);
        }
        Some(tick)
    }

    #[inline]
    fn take(&mut self, tick: Tick, due: &mut Vec<Event<M>>) {
        let slot = (tick & MASK) as usize;
        self.near -= self.slots[slot].len();
        self.used[slot / 64] &= !(1 << (slot % 64));
        std::mem::swap(&mut self.slots[slot], due);
    }

    #[inline]
    fn give_back(&mut self, due: &mut Vec<Event<M>>) {
        let slot = &mut self.slots[(self.now & MASK) as usize];
        // Nothing sent in a tick is due in it, so the bucket of now is still empty.
        debug_assert!(slot.is_empty());
        std::mem::swap(slot, due);
    }

    fn rewind(&mut self) {
        self.now = 0;
    }
}

/// A binary heap: slower, and plainly right.
#[derive(Debug)]
pub struct Heap<M> {
    heap: BinaryHeap<Reverse<Timed<M>>>,
}

impl<M> Default for Heap<M> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new() }
    }
}

impl<M: Copy> EventSet<M> for Heap<M> {
    fn push(&mut self, at: Tick, event: Event<M>) {
        self.heap.push(Reverse(Timed { at, event }));
    }

    fn next_tick(&mut self) -> Option<Tick> {
        self.heap.peek().map(|Reverse(timed)| timed.at)
    }

    fn take(&mut self, tick: Tick, due: &mut Vec<Event<M>>) {
        while let Some(Reverse(timed)) = self.heap.peek().copied()
            && timed.at == tick
        {
            self.heap.pop();
            due.push(timed.event);
        }
    }

    fn give_back(&mut self, _due: &mut Vec<Event<M>>) {}

    fn rewind(&mut self) {}
}
