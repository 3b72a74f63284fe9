//! A core: axon in → synapse → dendrite → soma → axon out.
//!
//! A visit is one handler call that charges the latencies of its stages, not a string of events:
//!
//! * *Step* (`step`): (crossbar: the array is read, if a row was driven, and its columns are converted;) the soma
//!   works through the neurons in order, charging access, update and spike; the axon stage makes packets (`fire`), ready
//!   when the stage is done with them.
//! * *Send* (`send`): packets leave in that order, as the link's interval and the router's credits allow; what waits,
//!   waits at the core and holds up nothing else.
//! * *Receive* (`receive`): a packet waits in the receive queue until the axon stage is free, gives its place back,
//!   and is worked on: axon in, then its synapses. On a chip that waits for all cores their weights act in a later step,
//!   and function does not depend on timing: they are added at the end of the step (`delivery`). On a free-running chip
//!   the neurons integrate and fire at once (`free`).
//! * *Event by event* (`controller`, `sweep`): a core that works through all its places for every packet takes one event
//!   after the other, time references among them, and its own spikes wait in a queue of its own.
//!
//! On a chip whose cores wait for each other a step is computed before it is timed (`function`): what the cores do, and all
//! that is counted of it, are known when its somas are done.
//!
//! What the stages' time was spent on is kept by core and time step (`work`).
//!
//! The host is the last terminal: a core without neurons, whose packets are ready at once (`source`).

mod controller;
mod fire;
mod free;
mod function;
mod queue;
mod receive;
mod send;
mod source;
mod state;
mod step;
mod sweep;
mod work;
mod work_notes;

pub(super) use function::SpikeTally;
pub use state::CoreState;
pub use work::{CoreWork, FirstPacket};
pub(super) use work_notes::{ReceiveStages, Taken};

use super::{Simulator, Sweep};
use crate::ids::{IdRange, LocalNeuron, LocalTerminal, NeuronId, TerminalId};
use crate::trace::{Kind, Record, Tap, TapPlace};
use crate::units::Tick;

/// A record of a core or the host, with what its kind calls serial, item and value; a value that is too large is held at
/// the most there is.
#[inline]
pub(super) fn record_of(tick: Tick, node: u32, kind: Kind, (serial, item, value): (u64, u32, Tick)) -> Record {
    let value = i32::try_from(value).unwrap_or(i32::MAX);
    Record { tick, node, port: 0, kind, channel: 0, serial, item, value, step: 0 }
}

impl<P: Tap> Simulator<'_, P> {
    /// The node of a core or the host in records.
    fn node_of(&self, terminal: TerminalId) -> u32 {
        self.tables.fabric.routers + terminal.get()
    }

    /// How a core works event by event, if it does.
    #[inline]
    fn event_sweep(&self, terminal: LocalTerminal) -> Option<Sweep> {
        if !self.cores.works_event_by_event() {
            return None;
        }
        self.tables.timing_of(self.tables.core(self.terminal(terminal))?).packet_sweep()
    }

    /// Notes what happens at a core or the host.
    #[inline]
    fn note(&mut self, tick: Tick, terminal: LocalTerminal, kind: Kind, parts: (u64, u32, Tick)) {
        if self.fabric.tap().hears(kind) {
            let node = self.node_of(self.terminal(terminal));
            self.fabric.tap().note(record_of(tick, node, kind, parts));
        }
    }

    /// Notes membranes of a core: of neurons here, the first of which has this number in the network.
    fn note_membranes(&mut self, tick: Tick, terminal: LocalTerminal, first: NeuronId, here: IdRange<LocalNeuron>) {
        let node = self.node_of(self.terminal(terminal));
        let place = TapPlace { terminal, node, first, here };
        self.fabric.tap().membranes(tick, place, &self.cores.membrane[here]);
    }
}
