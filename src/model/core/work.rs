//! Time that a core works in a time step, and how it came to be done when it was: from this `run` finds what bounds a step.
//!
//! A core ends a step when its soma, with the axon stage behind it, and its receiving stages are done. The soma works from
//! the release of the step without a pause. The receiving stages wait for packets, so what they do last has a history:
//! the packet that came to an idle stage, after which the stages were never without work. It is kept with the time that the
//! synapses took since; all other times follow from it.

use super::state::CoreStages;
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
    fn of<L>(packet: &Packet<L>, came: Tick) -> Self {
        Self { source: packet.source, sending: packet.sending, born: packet.born, came, synapses: 0 }
    }
}

/// Why the axon stage hands a packet over when it does.
enum Before {
    /// The packet had to come.
    Packet,
    /// The axon stage was busy.
    AxonStage,
    /// The synapses of the packet before were worked on.
    Synapses,
}

impl<L> CoreStages<L> {
    /// Notes a packet that is taken in, before the stages are busy with it: the axon stage takes `axon_in`, the synapses
    /// `work` (ticks).
    #[inline]
    pub(super) fn note_receiving(
        &mut self,
        packet: &Packet<L>,
        (axon_in, work): (Tick, Tick),
        (is_pipelined, now): (bool, Tick),
    ) {
        let before = match is_pipelined {
            true if self.synapse_free > now.max(self.axon_free) + axon_in => Before::Synapses,
            true if self.axon_free > now => Before::AxonStage,
            false if self.synapse_free > now => Before::Synapses,
            _ => Before::Packet,
        };
        match before {
            Before::Packet => self.work.first = FirstPacket::of(packet, now),
            Before::AxonStage => {}
            Before::Synapses => self.work.first.synapses += self.synapse_free - self.axon_free,
        }
        self.work.axon_in += axon_in;
        self.work.synapses += work;
    }

    /// The work since the last call.
    pub(super) fn take_work(&mut self) -> CoreWork {
        let mut work = std::mem::take(&mut self.work);
        (work.soma_done, work.received) = (self.soma_free, self.synapse_free);
        // The axon stage has handed the last packet over, and its synapses follow.
        work.first.synapses += self.synapse_free - self.axon_free;
        work.soma = work.soma.saturating_sub(work.axon_out);
        work
    }
}
