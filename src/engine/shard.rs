//! A part of the nodes with their pending events, and how a run of shards is limited and ends.

use super::{Engine, World};
use crate::units::{Delay, Tick};

/// A part of the nodes with their pending events (a logical process).
#[derive(Debug)]
pub struct Shard<W: World, S> {
    /// Its pending events and tick.
    pub engine: Engine<W, S>,
    /// The nodes themselves.
    pub world: W,
    /// How far ahead of the others it can run.
    pub lookahead: Lookahead,
}

impl<W: World, S> Shard<W, S> {
    /// The end of a window from a tick: before it, no parcel that is still to be sent can have an effect here.
    pub(super) fn window_from(&self, start: Tick) -> Tick {
        let Lookahead { strict, lenient } = self.lookahead;
        let ticks =
            if lenient < strict { lenient.get().max(self.world.slack()).min(strict.get()) } else { strict.get() };
        start.saturating_add(ticks)
    }
}

/// Least delays of what other shards send to a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookahead {
    /// Of parcels that must come in time.
    pub strict: Delay,
    /// Of those that may come late while the shard has slack.
    pub lenient: Delay,
}

impl Lookahead {
    /// All parcels have to come in time.
    pub fn strict(delay: Delay) -> Self {
        Self { strict: delay, lenient: delay }
    }
}

/// Limits that end a run while events are pending.
#[derive(Clone, Copy)]
pub struct RunLimits<'a> {
    /// Only events before this tick are handled.
    pub end: Tick,
    /// Most messages and signals of a shard.
    pub budget: u64,
    /// Polled every few milliseconds: whether to stop.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// No event is pending before the end.
    Done,
    /// A shard's budget is spent.
    Budget,
    /// It was cancelled.
    Cancelled,
}
