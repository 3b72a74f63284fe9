//! The discrete-event engine: integer ticks, pending events, two phases per tick.
//!
//! It knows nodes, ticks and messages, and nothing of what they mean. In every tick
//!
//! 1. *apply*: every message due is applied to its node. Messages of one tick commute: each writes its own
//!    counter, queue or flag. A node that has something to decide asks for it with [`Outbox::decide`].
//! 2. *decide*: every node that asked decides once, with all arrivals of the tick in view.
//!
//! A node touches only its own state and sends with a delay of at least one tick, so nothing sent in a tick is
//! due in it, and the order within a phase cannot be seen. Results therefore need no sorting and are the same
//! for any order of equal ticks, which the tests check against a binary heap with shuffled ties.

mod wheel;

pub use wheel::{EventSet, Heap, Wheel};

use crate::units::{Delay, Tick};

/// A node of the component graph.
pub type NodeId = u32;

/// A message and the node it is for; its time is implied by where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<M> {
    /// Receiver.
    pub node: NodeId,
    /// What it receives.
    pub message: M,
}

/// The nodes.
pub trait World {
    /// What nodes send each other.
    type Message: Copy;
    /// Phase one: applies a message to its node. Calls of one tick must commute.
    fn apply<S: EventSet<Self::Message>>(
        &mut self,
        now: Tick,
        event: Event<Self::Message>,
        out: &mut Outbox<'_, Self::Message, S>,
    );
    /// Phase two: the node decides, with all of the tick's messages applied.
    fn decide<S: EventSet<Self::Message>>(&mut self, now: Tick, node: NodeId, out: &mut Outbox<'_, Self::Message, S>);
}

/// What a node may do besides changing its own state.
#[derive(Debug)]
pub struct Outbox<'a, M, S> {
    now: Tick,
    set: &'a mut S,
    deciding: &'a mut Deciding,
    message: std::marker::PhantomData<M>,
}

impl<M: Copy, S: EventSet<M>> Outbox<'_, M, S> {
    /// Sends a message that arrives after a delay.
    #[inline]
    pub fn send(&mut self, delay: Delay, node: NodeId, message: M) {
        self.set.push(self.now + delay.get(), Event { node, message });
    }

    /// Asks for this tick's decision of a node; asking twice is asking once.
    #[inline]
    pub fn decide(&mut self, node: NodeId) {
        self.deciding.add(node);
    }
}

/// Nodes that decide in this tick, each once.
#[derive(Debug, Default)]
struct Deciding {
    nodes: Vec<NodeId>,
    listed: Vec<bool>,
}

impl Deciding {
    #[inline]
    fn add(&mut self, node: NodeId) {
        let listed = &mut self.listed[node as usize];
        if !*listed {
            *listed = true;
            self.nodes.push(node);
        }
    }
}

/// Why a run did not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetSpent {
    /// The tick at which it was given up.
    pub at: Tick,
}

/// Pending events and the current tick.
#[derive(Debug)]
pub struct Engine<M, S> {
    now: Tick,
    set: S,
    deciding: Deciding,
    events: u64,
    message: std::marker::PhantomData<M>,
}

impl<M: Copy, S: EventSet<M>> Engine<M, S> {
    /// An engine at tick 0 for so many nodes.
    pub fn new(nodes: usize, set: S) -> Self {
        let deciding = Deciding { nodes: Vec::with_capacity(nodes), listed: vec![false; nodes] };
        Self { now: 0, set, deciding, events: 0, message: std::marker::PhantomData }
    }

    /// The current tick.
    pub fn now(&self) -> Tick {
        self.now
    }

    /// Messages handled so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Starts anew at tick 0; of an engine without pending events.
    pub fn rewind(&mut self) {
        debug_assert!(self.set.next_tick().is_none());
        self.now = 0;
        self.set.rewind();
    }

    /// Puts a message for a tick that is not past; for what comes from outside the nodes.
    pub fn post(&mut self, at: Tick, node: NodeId, message: M) {
        debug_assert!(at >= self.now);
        self.set.push(at, Event { node, message });
    }

    /// Handles events until none is pending, or `budget` messages were handled.
    pub fn run<W: World<Message = M>>(&mut self, world: &mut W, budget: u64) -> Result<(), BudgetSpent> {
        let last = self.events.saturating_add(budget);
        let mut due = Vec::new();
        while let Some(tick) = self.set.next_tick() {
            debug_assert!(tick >= self.now);
            self.now = tick;
            self.set.take(tick, &mut due);
            self.events += due.len() as u64;
            if self.events > last {
                return Err(BudgetSpent { at: tick });
            }
            let mut out = Outbox {
                now: tick,
                set: &mut self.set,
                deciding: &mut self.deciding,
                message: std::marker::PhantomData,
            };
            for event in due.drain(..) {
                world.apply(tick, event, &mut out);
            }
            // The list is taken out while nodes decide; nothing asks for a decision in phase two.
            let mut nodes = std::mem::take(&mut out.deciding.nodes);
            for node in nodes.drain(..) {
                out.deciding.listed[node as usize] = false;
                world.decide(tick, node, &mut out);
            }
            debug_assert!(out.deciding.nodes.is_empty());
            self.deciding.nodes = nodes;
            self.set.give_back(&mut due);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
