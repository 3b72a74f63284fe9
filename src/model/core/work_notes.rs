//! The stages of a core note their work as they do it.

use super::state::CoreStages;
use super::work::{CoreWork, FirstPacket};
use crate::model::fabric::Packet;
use crate::units::Tick;

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
