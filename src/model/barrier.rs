//! The barrier: it releases a time step to all cores at once, when all are done with the last.

use super::{Message, Simulator};
use crate::engine::{Engine, EventSet};
use crate::stats::Op;
use crate::units::Tick;

/// The barrier of a system.
#[derive(Clone, Copy, Debug)]
pub struct Barrier {
    /// From the last core's end to the release (ticks).
    pub latency: Tick,
}

impl Barrier {
    /// Sends a step to every core and the source.
    pub fn release<S: EventSet<Message>>(
        self,
        at: Tick,
        step: u32,
        simulator: &mut Simulator<'_>,
        engine: &mut Engine<Message, S>,
    ) {
        simulator.begin_step(step);
        let tables = simulator.tables();
        for node in tables.router_count()..=tables.source_node() {
            engine.post(at, node, Message::Step);
        }
    }

    /// The tick of the next release, once nothing is pending.
    ///
    /// Credits and wake-ups still under way when the last core is done come home first; they only matter where
    /// they take longer than the barrier itself.
    pub fn next<S: EventSet<Message>>(
        self,
        released: Tick,
        simulator: &mut Simulator<'_>,
        engine: &Engine<Message, S>,
    ) -> Tick {
        let counts = simulator.state.cores.counts_mut().last_mut().expect("the source is always there");
        counts.add(Op::Barrier, 1);
        (simulator.busy_until().max(released) + self.latency).max(engine.now())
    }
}
