//! The receiving stages of a core, which note their work as they do it.
//!
//! They are the same where packets come from the engine of events and where a step is timed apart from its function.

use super::work::{CoreWork, FirstPacket};
use crate::units::Tick;

/// The axon stage and the synapse stage of a core.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::model) struct ReceiveStages {
    /// When each is free again (ticks).
    pub(in crate::model) axon_free: Tick,
    pub(in crate::model) synapse_free: Tick,
}

/// Times of a packet that is taken in.
pub(in crate::model) struct Taken {
    /// When the axon stage begins, and the packet's place in the queue is free.
    pub(in crate::model) start: Tick,
    /// When its work can be seen in a trace to begin.
    pub(in crate::model) begun: Tick,
    /// When its synapses are worked on.
    pub(in crate::model) done: Tick,
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

impl ReceiveStages {
    /// Takes a packet in: the axon stage takes `axon_in`, the synapses `work` (ticks).
    #[inline]
    pub(in crate::model) fn take_in(
        &mut self,
        noted: &mut CoreWork,
        first: impl FnOnce() -> FirstPacket,
        (axon_in, work): (Tick, Tick),
        (is_pipelined, now): (bool, Tick),
    ) -> Taken {
        let before = match is_pipelined {
            true if self.synapse_free > now.max(self.axon_free) + axon_in => Before::Synapses,
            true if self.axon_free > now => Before::AxonStage,
            false if self.synapse_free > now => Before::Synapses,
            _ => Before::Packet,
        };
        match before {
            Before::Packet => noted.first = first(),
            Before::AxonStage => {}
            Before::Synapses => noted.first.synapses += self.synapse_free - self.axon_free,
        }
        noted.axon_in += axon_in;
        noted.synapses += work;
        let start = now.max(if is_pipelined { self.axon_free } else { self.synapse_free });
        // The axon stage holds a packet until the synapse stage is free for it.
        let handed_over = (start + axon_in).max(self.synapse_free);
        let done = handed_over + work;
        (self.axon_free, self.synapse_free) = (handed_over, done);
        Taken { start, begun: if is_pipelined { handed_over } else { start }, done }
    }

    /// Completes what was noted in a step.
    pub(in crate::model) fn complete(&self, noted: &mut CoreWork) {
        noted.received = self.synapse_free;
        // The axon stage has handed the last packet over, and its synapses follow.
        noted.first.synapses += self.synapse_free - self.axon_free;
    }
}
