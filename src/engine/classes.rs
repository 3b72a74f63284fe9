//! Pending events by delay: one queue for each delay that occurs often.
//!
//! Time never runs back, so events of one delay are pushed in the order in which they are due: the queue of each
//! delay is sorted without effort, and the earliest event is the least of the queues' heads. That suits chips with a
//! fine tick and a handful of fixed latencies, on which a wheel would have to be very long. Events with another
//! delay wait in a heap.

use super::heap::{Earliest, Timed, drain, earliest};
use super::{Due, EventSet};
use crate::units::Tick;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Number of queues at most: their heads are compared one by one.
const MOST: usize = 16;

/// Queues by delay.
#[derive(Debug)]
pub struct Classes<M> {
    messages: DelayQueues<M>,
    signals: DelayQueues<u32>,
}

/// The queues of messages or of signals.
#[derive(Debug)]
struct DelayQueues<T> {
    delays: Vec<u64>,
    queues: Vec<VecDeque<Timed<T>>>,
    /// Tick of the first of each queue; `Tick::MAX` of an empty one.
    heads: Vec<Tick>,
    others: Earliest<T>,
}

impl<M: Copy> Classes<M> {
    /// Queues for the first of these delays (ticks); the very first are found fastest.
    pub fn new(delays: &[u64]) -> Self {
        let mut known: Vec<u64> = Vec::new();
        for delay in delays {
            if known.len() < MOST && !known.contains(delay) {
                known.push(*delay);
            }
        }
        Self { messages: DelayQueues::new(&known), signals: DelayQueues::new(&known) }
    }
}

impl<T: Copy> DelayQueues<T> {
    fn new(delays: &[u64]) -> Self {
        Self {
            delays: delays.to_vec(),
            queues: delays.iter().map(|_| VecDeque::new()).collect(),
            heads: vec![Tick::MAX; delays.len()],
            others: BinaryHeap::new(),
        }
    }

    #[inline]
    fn push(&mut self, now: Tick, delay: u64, value: T) {
        let timed = Timed { at: now + delay, value };
        let class = self.delays.iter().position(|d| *d == delay);
        // An event posted from outside may be out of order; then it goes to the heap.
        match class {
            Some(class) if self.queues[class].back().is_none_or(|last| last.at <= timed.at) => {
                if self.heads[class] == Tick::MAX {
                    self.heads[class] = timed.at;
                }
                self.queues[class].push_back(timed);
            }
            _ => self.others.push(Reverse(timed)),
        }
    }

    fn clear(&mut self) {
        self.queues.iter_mut().for_each(VecDeque::clear);
        self.heads.fill(Tick::MAX);
        self.others.clear();
    }

    #[inline]
    fn next_tick(&self) -> Tick {
        let near = self.heads.iter().copied().min().unwrap_or(Tick::MAX);
        near.min(earliest(&self.others).unwrap_or(Tick::MAX))
    }

    #[inline]
    fn take(&mut self, tick: Tick, into: &mut Vec<T>) {
        for (head, queue) in self.heads.iter_mut().zip(&mut self.queues) {
            while *head == tick {
                if let Some(first) = queue.pop_front() {
                    into.push(first.value);
                }
                *head = queue.front().map_or(Tick::MAX, |next| next.at);
            }
        }
        if earliest(&self.others) == Some(tick) {
            drain(&mut self.others, tick, into);
        }
    }
}

impl<M: Copy> EventSet<M> for Classes<M> {
    #[inline]
    fn push_message(&mut self, now: Tick, delay: u64, message: M) {
        self.messages.push(now, delay, message);
    }

    #[inline]
    fn push_signal(&mut self, now: Tick, delay: u64, signal: u32) {
        self.signals.push(now, delay, signal);
    }

    #[inline]
    fn next_tick(&mut self) -> Option<Tick> {
        let tick = self.messages.next_tick().min(self.signals.next_tick());
        (tick != Tick::MAX).then_some(tick)
    }

    #[inline]
    fn take(&mut self, tick: Tick, due: &mut Due<M>) {
        self.messages.take(tick, &mut due.messages);
        self.signals.take(tick, &mut due.signals);
    }

    fn give_back(&mut self, _tick: Tick, _due: &mut Due<M>) {}

    fn rewind(&mut self) {
        self.messages.clear();
        self.signals.clear();
    }
}
