//! The queue and the bus of a core that works event by event.

use crate::ids::{CoreId, IdVec, LocalTerminal, NeuronId};
use crate::model::core_events::CoreEvent;
use crate::model::fabric::Part;
use crate::model::{CoreTable, Tables};
use crate::units::Tick;
use std::collections::VecDeque;

/// An event at the bus.
#[derive(Debug)]
pub(super) struct AtBus<L> {
    pub(super) event: CoreEvent,
    pub(super) queued: bool,
    /// When it came.
    pub(super) since: Tick,
    /// Its identity in a trace.
    pub(super) label: L,
    /// The channel to which its place is given back, if it came over the network.
    pub(super) channel: Option<u8>,
}

/// The state of a controller.
#[derive(Debug)]
pub(super) struct Controller<L> {
    /// Events; of a spike of the core itself also when it was ready.
    pub(super) queue: VecDeque<(CoreEvent, Option<Tick>)>,
    pub(super) bus: VecDeque<AtBus<L>>,
    /// Whether spikes of the core's neurons enter its queue.
    pub(super) closed_loop: bool,
    /// From when the core, its queue and its bus can go on (ticks).
    pub(super) free: Tick,
    pub(super) queue_free: Tick,
    pub(super) bus_free: Tick,
    /// The pending wake-up; the past when there is none.
    pub(super) wake: Tick,
    pub(super) lost: u64,
}

/// Where the next event comes from.
pub(super) enum QueueTurn {
    Queue,
    Bus,
}

impl<L> Controller<L> {
    fn new(closed_loop: bool) -> Self {
        let (queue, bus) = (VecDeque::new(), VecDeque::new());
        Self { queue, bus, closed_loop, free: 0, queue_free: 0, bus_free: 0, wake: 0, lost: 0 }
    }

    /// The controllers of the cores of a part.
    pub(super) fn of_part(tables: &Tables, part: &Part) -> IdVec<LocalTerminal, Self> {
        let is_closed = |core: &CoreTable, id: CoreId| {
            let axons = |neuron: NeuronId| &tables.destinations[tables.axons.row(neuron)];
            tables.neurons_of(core).any(|neuron| axons(neuron).contains(&id))
        };
        let closed = |terminal| tables.core(terminal).is_some_and(|core| is_closed(core, CoreId::new(terminal.get())));
        part.terminals.iter().map(|terminal| Self::new(closed(*terminal))).collect()
    }

    /// Back to rest.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.closed_loop);
    }

    /// Spikes that found the queue full.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether the first event at the bus could go on if it was its turn.
    fn bus_waits(&self, places: usize) -> bool {
        self.bus.front().is_some_and(|first| !first.queued || self.queue.len() < places)
    }

    /// Whose turn it is, if the core is free for anybody.
    pub(super) fn turn(&self, now: Tick, places: usize) -> Option<QueueTurn> {
        if now < self.free {
            return None;
        }
        let queue = !self.queue.is_empty() && now >= self.queue_free;
        let bus = self.bus_waits(places) && now >= self.bus_free;
        match (queue, bus) {
            (true, true) if self.queue.len() >= places => Some(QueueTurn::Queue),
            (_, true) => Some(QueueTurn::Bus),
            (true, false) => Some(QueueTurn::Queue),
            (false, false) => None,
        }
    }

    /// When it is somebody's turn, if something waits.
    pub(super) fn next(&self, places: usize) -> Option<Tick> {
        let queue = (!self.queue.is_empty()).then_some(self.queue_free);
        let bus = self.bus_waits(places).then_some(self.bus_free);
        Some(queue.into_iter().chain(bus).min()?.max(self.free))
    }
}
