//! A binary heap of pending events: slower than the others, and plainly right; the oracle of the tests.

use super::{Due, EventSet};
use crate::units::Tick;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A value with its tick, ordered by the tick alone: events of one tick commute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timed<T> {
    pub(super) at: Tick,
    pub(super) value: T,
}

impl<T> PartialEq for Timed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl<T> Eq for Timed<T> {}

impl<T> PartialOrd for Timed<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Timed<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

/// A heap of timed values, earliest first.
pub(super) type Earliest<T> = BinaryHeap<Reverse<Timed<T>>>;

/// The tick of the earliest value.
pub(super) fn earliest<T>(heap: &Earliest<T>) -> Option<Tick> {
    heap.peek().map(|Reverse(timed)| timed.at)
}

/// Moves all values of a tick, none earlier being there, into a list.
pub(super) fn drain<T: Copy>(heap: &mut Earliest<T>, tick: Tick, into: &mut Vec<T>) {
    while let Some(Reverse(timed)) = heap.peek().copied()
        && timed.at == tick
    {
        heap.pop();
        into.push(timed.value);
    }
}

/// Two binary heaps, of messages and of signals.
#[derive(Debug)]
pub struct Heap<M> {
    messages: Earliest<M>,
    signals: Earliest<u32>,
}

impl<M> Default for Heap<M> {
    fn default() -> Self {
        Self { messages: BinaryHeap::new(), signals: BinaryHeap::new() }
    }
}

impl<M: Copy> EventSet<M> for Heap<M> {
    fn push_message(&mut self, now: Tick, delay: u64, message: M) {
        self.messages.push(Reverse(Timed { at: now + delay, value: message }));
    }

    fn push_signal(&mut self, now: Tick, delay: u64, signal: u32) {
        self.signals.push(Reverse(Timed { at: now + delay, value: signal }));
    }

    fn next_tick(&mut self) -> Option<Tick> {
        earliest(&self.messages).into_iter().chain(earliest(&self.signals)).min()
    }

    fn take(&mut self, tick: Tick, due: &mut Due<M>) {
        drain(&mut self.messages, tick, &mut due.messages);
        drain(&mut self.signals, tick, &mut due.signals);
    }

    fn give_back(&mut self, _tick: Tick, _due: &mut Due<M>) {}

    fn rewind(&mut self) {
        self.messages.clear();
        self.signals.clear();
    }
}
