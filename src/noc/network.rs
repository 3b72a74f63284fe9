//! What a measurement asks of its engine: one of events, in shards, or one of all routers of a cycle at once. All figures are
//! the same.

use super::source::TrafficCounts;
use crate::engine::Stopped;
use crate::model::fabric::Waiting;
use crate::units::Tick;

/// Packets and flits so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TrafficProgress {
    /// Flits of all packets that left their source's queue, and flits that were taken out.
    pub(super) sent: u64,
    pub(super) taken: u64,
    /// Measured packets that left their source's queue, and those that arrived.
    pub(super) born: u64,
    pub(super) arrived: u64,
}

impl TrafficProgress {
    pub(super) fn of<'c>(all: impl Iterator<Item = &'c TrafficCounts>) -> Self {
        all.fold(Self::default(), |sum, seen| Self {
            sent: sum.sent + seen.sent,
            taken: sum.taken + seen.taken,
            born: sum.born + seen.born,
            arrived: sum.arrived + seen.latency.len(),
        })
    }
}

/// Routers, links, sources and sinks under way.
pub(super) trait NocEngine {
    /// Simulates the ticks before an end, unless it is cancelled.
    fn run(&mut self, end: Tick, cancelled: &(dyn Fn() -> bool + Sync)) -> Stopped;

    /// The next tick in which something happens.
    fn next_tick(&mut self) -> Option<Tick>;

    /// The last tick in which something happened.
    fn now(&self) -> Tick;

    /// Messages and signals so far: what budgets count.
    fn events(&self) -> u64;

    /// All that was counted.
    fn seen(&self) -> TrafficCounts;

    /// The part of it that is asked for often.
    fn progress(&self) -> TrafficProgress;

    /// Packets at the head of a source's queue after some ticks, and the sum of their waits.
    fn waiting(&self, simulated: Tick) -> (u64, u64);

    /// Whether some source has a packet of the window in its queue.
    fn behind(&self) -> bool;

    /// Measured packets and flits that are still in the queues of sources after some ticks.
    fn backlog(&self, simulated: Tick) -> (u64, u64);

    /// Flits that left each port, by router and port.
    fn link_flits(&self) -> Vec<u64>;

    /// Whether no packet is under way.
    fn is_empty(&self) -> bool;

    /// All packets at the front of a buffer, where nothing moves any more.
    fn blocked(&self) -> Vec<Waiting>;

    /// Events between two gates, if they were too few for more than one thread.
    fn too_little(&self) -> Option<u64>;
}
