//! Time that a core works in a time step, and how it came to be done when it was: from this `run` finds what bounds a step.
//!
//! A core ends a step when its soma, with the axon stage behind it, and its receiving stages are done. The soma works from
//! the release of the step without a pause. The receiving stages wait for packets, so what they do last has a history:
//! the packet that came to an idle stage, after which the stages were never without work. It is kept with the time that the
//! synapses took since; all other times follow from it.

use crate::ids::TerminalId;
use crate::model::fabric::Packet;
use crate::units::Tick;

/// Work of a core in a time step; of a free-running chip, in an inference.
#[derive(Clone, Copy, Debug, Default)]
pub struct CoreWork {
    /// Packets taken in (ticks).
    pub axon_in: Tick,
    /// Their synapses (ticks).
    pub synapses: Tick,
    /// The array of a crossbar, read and converted (ticks).
    pub array: Tick,
    /// The soma (ticks).
    pub soma: Tick,
    /// Packets made (ticks).
    pub axon_out: Tick,
    /// When the soma and the axon stage are done.
    pub soma_done: Tick,
    /// When the receiving stages are done.
    pub received: Tick,
    /// The last packet that found an idle stage before that.
    pub first: FirstPacket,
}

/// A packet that found an idle stage. The stages have worked without a pause since, in one way or the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct FirstPacket {
    /// Where it is from.
    pub source: TerminalId,
    /// Time of its source's axon stage up to its end, in its step (ticks).
    pub sending: u32,
    /// When it was ready there.
    pub born: Tick,
    /// When it came.
    pub came: Tick,
    /// Time since then in which a stage worked on synapses and the last packet waited for that (ticks).
    pub synapses: Tick,
}

impl FirstPacket {
    pub(super) fn of<L>(packet: &Packet<L>, came: Tick) -> Self {
        Self { source: packet.source, sending: packet.sending, born: packet.born, came, synapses: 0 }
    }
}
