//! The discrete-event engine: integer ticks, pending events, two phases per tick, shards.
//!
//! It knows nodes, ticks, messages and signals, and nothing of their meaning. A message carries data; a signal is a
//! number. Every tick has two phases:
//!
//! 1. *apply*: every signal due is applied, then every message. Those of one tick commute: each writes its own
//!    counter, queue or flag, and lists its node for the second phase.
//! 2. *decide*: the listed nodes decide, with all arrivals in view.
//!
//! A node touches only its own state and sends with a delay of at least one tick, so nothing sent in a tick is
//! due in it, and the order within a phase has no effect. Results therefore need no sorting and are the same
//! for any order of equal ticks, which the tests check against a binary heap with shuffled ties, and for any
//! partition of the nodes into shards (logical processes), which run side by side in windows as long as the least delay
//! between two of them, the lookahead (`run_shards`).

mod classes;
mod exchange;
mod far;
mod gate;
mod heap;
mod pace;
mod pending;
mod shard;
mod sync;
mod wheel;
mod windows;

pub use classes::Classes;
pub use exchange::Exchange;
pub use heap::Heap;
pub use pace::EVENTS_THAT_PAY;
pub use pending::Pending;
pub use shard::{Lookahead, RunLimits, Shard, Stopped};
pub use wheel::Wheel;

#[doc(hidden)]
pub use windows::run_shards;

use crate::units::{Delay, Tick};
use std::fmt::Debug;

/// The events due in a tick.
#[derive(Debug)]
pub struct Due<M> {
    /// Messages, in no order.
    pub messages: Vec<M>,
    /// Signals, in no order.
    pub signals: Vec<u32>,
}

impl<M> Default for Due<M> {
    fn default() -> Self {
        Self { messages: Vec::new(), signals: Vec::new() }
    }
}

/// A set of pending events.
pub trait EventSet<M> {
    /// Adds a message that is due `delay` after `now`, the tick of the last `next_tick` (or 0 before the first).
    fn push_message(&mut self, now: Tick, delay: u64, message: M);
    /// Adds a signal that is due `delay` after `now`.
    fn push_signal(&mut self, now: Tick, delay: u64, signal: u32);
    /// The earliest tick with an event.
    fn next_tick(&mut self) -> Option<Tick>;
    /// Advances to a tick, not later than `next_tick`, and moves all events of that tick into `due`, which is empty.
    fn take(&mut self, tick: Tick, due: &mut Due<M>);
    /// Takes the emptied buffers back, to reuse their memory.
    fn give_back(&mut self, tick: Tick, due: &mut Due<M>);
    /// Restarts at tick 0 without pending events.
    fn rewind(&mut self);
}

/// An event from another shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival<M> {
    /// A message.
    Message(M),
    /// A signal.
    Signal(u32),
}

/// The nodes of a shard.
pub trait World: Send {
    /// A message between nodes of the shard.
    type Message: Copy + Send + Debug;
    /// A message or signal for another shard, in a form that needs no state of the sender.
    type Parcel: Copy + Send + Debug;
    /// Phase one: applies a message to its node. Calls of one tick must commute.
    fn apply(&mut self, message: Self::Message, out: &mut impl Outbox<Self::Message, Self::Parcel>);
    /// Phase one: applies a signal to its node. Calls of one tick must commute.
    fn signal(&mut self, signal: u32, out: &mut impl Outbox<Self::Message, Self::Parcel>);
    /// Phase two: nodes decide, with all of the tick's messages and signals applied. Returns whether some node has to
    /// decide in the next tick even if nothing arrives.
    fn decide(&mut self, out: &mut impl Outbox<Self::Message, Self::Parcel>) -> bool;
    /// Unpacks a parcel of another shard, before it is due.
    fn unpack(&mut self, parcel: Self::Parcel) -> Arrival<Self::Message>;
    /// For how long from now on (ticks) nothing here depends on a parcel that may come late ([`Outbox::ship_lenient`]).
    fn slack(&self) -> Tick {
        0
    }
    /// Applies a parcel that came late, after the tick in which it was due.
    fn catch_up(&mut self, parcel: Self::Parcel) {
        debug_assert!(false, "a parcel that had to come in time is late: {parcel:?}");
    }
}

/// The outgoing side of a node: events with their delays.
pub trait Outbox<M, P> {
    /// The current tick.
    fn now(&self) -> Tick;
    /// Sends a message within the shard.
    fn send(&mut self, delay: Delay, message: M);
    /// Sends a signal within the shard.
    fn signal(&mut self, delay: Delay, signal: u32);
    /// Sends to another shard, with a delay of at least its strict lookahead.
    fn ship(&mut self, shard: u16, delay: Delay, parcel: P);
    /// Sends to another shard what may come late while that has slack, with a delay of at least its lenient lookahead.
    fn ship_lenient(&mut self, shard: u16, delay: Delay, parcel: P);
}

/// The outbox of a shard in a tick.
struct ShardOutbox<'a, S, P> {
    now: Tick,
    set: &'a mut S,
    outgoing: &'a mut Vec<RemoteEvent<P>>,
}

impl<M, P, S: EventSet<M>> Outbox<M, P> for ShardOutbox<'_, S, P> {
    #[inline]
    fn now(&self) -> Tick {
        self.now
    }

    #[inline]
    fn send(&mut self, delay: Delay, message: M) {
        self.set.push_message(self.now, delay.get(), message);
    }

    #[inline]
    fn signal(&mut self, delay: Delay, signal: u32) {
        self.set.push_signal(self.now, delay.get(), signal);
    }

    #[inline]
    fn ship(&mut self, shard: u16, delay: Delay, parcel: P) {
        self.outgoing.push(RemoteEvent { to: shard, lenient: false, at: self.now + delay.get(), parcel });
    }

    #[inline]
    fn ship_lenient(&mut self, shard: u16, delay: Delay, parcel: P) {
        self.outgoing.push(RemoteEvent { to: shard, lenient: true, at: self.now + delay.get(), parcel });
    }
}

/// A parcel for another shard, with the tick at which it is due.
#[derive(Debug)]
struct RemoteEvent<P> {
    to: u16,
    /// Whether it may come late.
    lenient: bool,
    at: Tick,
    parcel: P,
}

/// Pending events and the current tick of a shard.
#[derive(Debug)]
pub struct Engine<W: World, S> {
    now: Tick,
    set: S,
    /// Whether some node decides in the tick after `now`.
    again: bool,
    /// Signals from outside the nodes for one tick, and that tick; `Tick::MAX` when there are none. They come by the
    /// hundred, each time for another tick: the set would need room for hundreds at every tick.
    posted: (Tick, Vec<u32>),
    outgoing: Vec<RemoteEvent<W::Parcel>>,
    due: Due<W::Message>,
    events: u64,
}

impl<W: World, S: EventSet<W::Message>> Engine<W, S> {
    /// An engine at tick 0.
    #[doc(hidden)]
    pub fn new(set: S) -> Self {
        let posted = (Tick::MAX, Vec::new());
        Self { now: 0, set, again: false, posted, outgoing: Vec::new(), due: Due::default(), events: 0 }
    }

    /// The current tick.
    pub(crate) fn now(&self) -> Tick {
        self.now
    }

    /// Messages and signals handled so far.
    #[doc(hidden)]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Restarts at tick 0 without pending events.
    pub(crate) fn rewind(&mut self) {
        (self.now, self.again) = (0, false);
        self.posted.0 = Tick::MAX;
        self.posted.1.clear();
        self.outgoing.clear();
        self.set.rewind();
    }

    /// Adds a signal from outside the nodes, for a tick that is not past.
    #[doc(hidden)]
    pub fn post(&mut self, at: Tick, signal: u32) {
        debug_assert!(at >= self.now);
        let (tick, posted) = &mut self.posted;
        if posted.is_empty() || *tick == at {
            *tick = at;
            posted.push(signal);
        } else {
            self.set.push_signal(self.now, at - self.now, signal);
        }
    }

    /// Adds an event from another shard.
    fn receive(&mut self, at: Tick, arrival: Arrival<W::Message>) {
        debug_assert!(at >= self.now);
        match arrival {
            Arrival::Message(message) => self.set.push_message(self.now, at - self.now, message),
            Arrival::Signal(signal) => self.set.push_signal(self.now, at - self.now, signal),
        }
    }

    /// The next tick with an event or a decision.
    pub(crate) fn next_tick(&mut self) -> Option<Tick> {
        // Nothing is due sooner.
        if self.again {
            return Some(self.now + 1);
        }
        let next = self.set.next_tick().unwrap_or(Tick::MAX).min(self.posted.0);
        (next != Tick::MAX).then_some(next)
    }

    /// Handles all events before `end`, until `budget` messages and signals are spent. Returns whether it came to the
    /// end.
    pub(crate) fn run(&mut self, world: &mut W, end: Tick, budget: u64) -> bool {
        let last = self.events.saturating_add(budget);
        while let Some(tick) = self.next_tick()
            && tick < end
        {
            debug_assert!(tick >= self.now);
            if self.events >= last {
                return false;
            }
            self.step(tick, world);
        }
        true
    }

    /// One tick: both phases.
    #[inline]
    fn step(&mut self, tick: Tick, world: &mut W) {
        self.now = tick;
        let Self { set, due, outgoing, posted, .. } = self;
        set.take(tick, due);
        self.events += (due.messages.len() + due.signals.len()) as u64;
        let mut out = ShardOutbox { now: tick, set, outgoing };
        if posted.0 == tick {
            self.events += posted.1.len() as u64;
            posted.1.drain(..).for_each(|signal| world.signal(signal, &mut out));
            posted.0 = Tick::MAX;
        }
        for signal in &due.signals {
            world.signal(*signal, &mut out);
        }
        for message in &due.messages {
            world.apply(*message, &mut out);
        }
        self.again = world.decide(&mut out);
        due.signals.clear();
        due.messages.clear();
        set.give_back(tick, due);
    }
}

#[cfg(all(test, not(loom)))]
mod late_tests;
#[cfg(all(test, not(loom)))]
mod tests;
#[cfg(all(test, loom))]
mod tried;
