//! The source and the sink: the host as the network on chip sees it. Its spikes enter by a port of their own.

use crate::engine::{EventSet, Outbox};
use crate::model::Simulator;
use crate::model::fabric::Flit;
use crate::stats::Op;
use crate::trace::{Kind, Tap};

impl<P: Tap> Simulator<'_, P> {
    /// The host sends the spikes of a time step.
    pub(super) fn step_source<S: EventSet<Flit>>(&mut self, position: u32, out: &mut Outbox<'_, Self, S>) {
        let (tables, step) = (self.tables, self.step);
        // Borrowed apart from the rest of the simulator, and put back below.
        let of_sample = std::mem::take(&mut self.sample_spikes);
        let spikes = if of_sample.is_empty() { &tables.source_spikes } else { &of_sample };
        let first = spikes.partition_point(|(at, _)| *at < step);
        let due = spikes[first..].iter().take_while(|(at, _)| *at == step);
        for (_, neuron) in due {
            if tables.pace.is_none() {
                self.fired.push(*neuron);
            }
            self.note(out.now(), position, Kind::Spike, (0, *neuron, 0));
            self.make_packets(position, *neuron, out.now());
        }
        self.sample_spikes = of_sample;
        self.begin_sending(position, out);
    }

    /// Adds to a count of the host, if the host belongs to this shard.
    pub fn count_at_host(&mut self, op: Op, n: u64) {
        let host = self.tables.cores.len() as u32;
        if let Some(position) = self.fabric.part().terminals.iter().position(|terminal| *terminal == host) {
            self.cores.counts_mut(position).add(op, n);
        }
    }
}
