//! The source: the host as the mesh sees it. Its spikes enter by a port of their own at the host's tile.

use super::{Message, Simulator, Tables};
use crate::engine::{EventSet, Outbox};
use crate::units::Tick;

impl Tables {
    /// Router and port by which the host's packets enter.
    pub(super) fn host_entrance(&self) -> (u32, u8) {
        (self.host_router, self.routers.ports - 1)
    }
}

impl Simulator<'_> {
    pub(super) fn apply_source<S: EventSet<Message>>(
        &mut self,
        now: Tick,
        message: Message,
        out: &mut Outbox<'_, Message, S>,
    ) {
        let core = self.tables.cores.len() as u32;
        match message {
            Message::Step => {
                let (spikes, step) = (&self.tables.source_spikes, self.state.step);
                let first = spikes.partition_point(|(at, _)| *at < step);
                let due = spikes[first..].iter().take_while(|(at, _)| *at == step);
                for (_, neuron) in due {
                    self.state.cores.spike_counts_mut()[*neuron as usize] += 1;
                    self.make_packets(core, *neuron, now);
                }
                self.begin_sending(now, core, out);
            }
            other => self.apply_core(now, core, other, out),
        }
    }
}
