//! Events that are due beyond the buckets of a wheel: a second wheel, whose buckets are as long as the whole first one,
//! and a heap for what is later still.
//!
//! Time is cut into blocks of the length of the first wheel. A bucket holds the events of one block, in no order. When
//! time enters a block, its events move into the first wheel, so that each is moved once and never sorted. Invariants:
//! nothing here is due in the block of the current tick or before; every event in the heap was more than all buckets
//! ahead when it was pushed.

use super::heap::{Earliest, Timed, earliest};
use crate::units::Tick;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Blocks that have a bucket; a power of two.
const BLOCKS: usize = 256;

/// Events by block.
#[derive(Debug)]
pub(super) struct Far<T> {
    /// A block is as long as two to the power of this (ticks).
    shift: u32,
    /// By block, cyclically; made when the first event comes.
    blocks: Vec<Vec<Timed<T>>>,
    /// Emptied buckets: their memory serves the next blocks, and is in a cache.
    spare: Vec<Vec<Timed<T>>>,
    /// The earliest tick of every bucket in use.
    least: Vec<Tick>,
    /// Buckets in use, as bits.
    used: [u64; BLOCKS / 64],
    later: Earliest<T>,
    /// Tick of the earliest event; `Tick::MAX` without any.
    first: Tick,
}

impl<T: Copy> Far<T> {
    /// For a first wheel of `1 << shift` buckets.
    pub(super) fn new(shift: u32) -> Self {
        let (blocks, spare, least, later) = (Vec::new(), Vec::new(), Vec::new(), BinaryHeap::new());
        Self { shift, blocks, spare, least, used: [0; BLOCKS / 64], later, first: Tick::MAX }
    }

    /// Tick of the earliest event; `Tick::MAX` without any.
    #[inline]
    pub(super) fn first(&self) -> Tick {
        self.first
    }

    /// Adds an event of a later block than that of `now`.
    #[inline(never)]
    pub(super) fn push(&mut self, now: Tick, at: Tick, value: T) {
        let block = at >> self.shift;
        debug_assert!(block > now >> self.shift);
        self.first = self.first.min(at);
        if block - (now >> self.shift) >= BLOCKS as u64 {
            return self.later.push(Reverse(Timed { at, value }));
        }
        if self.blocks.is_empty() {
            self.blocks.resize_with(BLOCKS, Vec::new);
            self.spare.reserve(BLOCKS);
            self.least.resize(BLOCKS, Tick::MAX);
        }
        let block = block as usize % BLOCKS;
        self.used[block / 64] |= 1 << (block % 64);
        self.least[block] = self.least[block].min(at);
        let events = &mut self.blocks[block];
        if events.capacity() == 0 {
            *events = self.spare.pop().unwrap_or_default();
        }
        events.push(Timed { at, value });
    }

    /// Takes out all events of the block of `now`, which time has just entered.
    pub(super) fn enter(&mut self, now: Tick, mut take: impl FnMut(Tick, T)) {
        let block = now >> self.shift;
        if let Some(events) = self.blocks.get_mut(block as usize % BLOCKS).filter(|events| !events.is_empty()) {
            let (block, mut events) = (block as usize % BLOCKS, std::mem::take(events));
            events.drain(..).for_each(|event| take(event.at, event.value));
            self.spare.push(events);
            self.used[block / 64] &= !(1 << (block % 64));
            self.least[block] = Tick::MAX;
        }
        while let Some(Reverse(event)) = self.later.peek().copied()
            && event.at >> self.shift == block
        {
            self.later.pop();
            take(event.at, event.value);
        }
        let later = earliest(&self.later).unwrap_or(Tick::MAX);
        self.first = self.first_block(block as usize % BLOCKS).map_or(later, |next| self.least[next].min(later));
    }

    /// The first bucket in use behind that of a block, cyclically.
    fn first_block(&self, block: usize) -> Option<usize> {
        let words = self.used.len();
        let (mut word, mut mask) = (block / 64, !0 << (block % 64));
        // The word of the block itself is looked at again at the end, for its lower bits.
        for _ in 0..=words {
            let bits = self.used[word] & mask;
            if bits != 0 {
                return Some(word * 64 + bits.trailing_zeros() as usize);
            }
            (word, mask) = ((word + 1) % words, !0);
        }
        None
    }

    pub(super) fn clear(&mut self) {
        for (word, bits) in self.used.iter_mut().enumerate() {
            while *bits != 0 {
                let block = word * 64 + bits.trailing_zeros() as usize;
                self.blocks[block].clear();
                self.least[block] = Tick::MAX;
                *bits &= *bits - 1;
            }
        }
        self.later.clear();
        self.first = Tick::MAX;
    }
}
