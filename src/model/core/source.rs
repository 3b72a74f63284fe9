//! The source: the host as the network on chip sees it. Its spikes enter by a port that no core has.

use crate::ids::LocalTerminal;
use crate::model::{CoreEvent, Simulator};
use crate::stats::Op;
use crate::trace::Tap;
use crate::units::Tick;

impl<P: Tap> Simulator<'_, P> {
    /// The host sends the spikes of a time step.
    pub(super) fn step_source(&mut self, terminal: LocalTerminal, now: Tick) {
        let (tables, step) = (self.tables, self.step);
        // Borrowed apart from the rest of the simulator, and put back below.
        let of_sample = std::mem::take(&mut self.sample_spikes);
        let spikes = if of_sample.is_empty() { &tables.source_spikes } else { &of_sample };
        let first = spikes.partition_point(|(at, _)| *at < step);
        for (_, neuron) in spikes[first..].iter().take_while(|(at, _)| *at == step) {
            self.fired.push(*neuron);
            self.fire((terminal, None), *neuron, now);
        }
        self.sample_spikes = of_sample;
        let counts = &mut self.cores.stages[terminal].counts;
        for event in tables.host_events.iter().filter(|event| event.step == step) {
            counts.add(Op::HostWrite, 1);
            // Other events are no packets.
            if let CoreEvent::Spike(_) = event.event {
                counts.add(Op::Inject, 1);
                counts.add(Op::Eject, 1);
                self.packet_hops.record(0);
            }
        }
    }
}
