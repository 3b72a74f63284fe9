//! Free-running cores: a packet's weights reach the membranes at once, and neurons fire when they do.
//!
//! All weights of a packet are added; then every neuron that it reached is looked at once, in order, and fires if its
//! membrane is at its threshold. Timing acts on function here: another order of packets may give other spikes.

use crate::engine::{EventSet, Outbox};
use crate::model::Simulator;
use crate::model::fabric::Flit;
use crate::net::neuron::Reset;
use crate::net::quantised::membrane_max;
use crate::stats::Op;
use crate::units::Tick;

impl Simulator<'_> {
    /// Integrates a packet whose synapses are worked on until `done`, and fires.
    pub(super) fn integrate<S: EventSet<Flit>>(
        &mut self,
        position: u32,
        axon: u32,
        done: Tick,
        out: &mut Outbox<'_, Self, S>,
    ) {
        let tables = self.tables;
        let core = &tables.cores[self.fabric.part().terminals[position as usize] as usize];
        let limit = i64::from(membrane_max(core.params.membrane_bits));
        let at = position as usize;
        let first = self.cores.first[at] as usize;
        let mut touched = std::mem::take(&mut self.cores.touched);
        for (target, weight) in tables.row_of(axon) {
            let target = target - core.first;
            let v = &mut self.cores.membrane[first + target as usize];
            let sum = i64::from(*v) + (i64::from(weight) << core.params.fraction_bits);
            *v = sum.clamp(-limit, limit) as i32;
            touched.push(target);
        }
        touched.sort_unstable();
        touched.dedup();
        let timing = tables.timing;
        let mut ready = done.max(self.cores.soma_free[at]);
        let mut spikes = 0;
        for target in touched.drain(..) {
            ready += timing.of(Op::SomaAccess) + timing.of(Op::SomaUpdate);
            let counts = &mut self.cores.counts[at];
            counts.add(Op::SomaAccess, 1);
            counts.add(Op::Dendrite, 1);
            counts.add(Op::SomaUpdate, 1);
            let threshold = tables.threshold[(core.first + target) as usize];
            let v = &mut self.cores.membrane[first + target as usize];
            if !core.params.fires || *v < threshold {
                continue;
            }
            *v = if core.params.reset == Reset::Zero { 0 } else { *v - threshold };
            self.cores.counts[at].add(Op::SomaSpike, 1);
            self.cores.spike_counts[first + target as usize] += 1;
            ready += timing.of(Op::SomaSpike);
            ready += self.make_packets(position, core.first + target, ready) * timing.of(Op::AxonOut);
            spikes += 1;
        }
        self.cores.touched = touched;
        self.cores.soma_free[at] = ready;
        self.cores.note_busy(ready);
        if spikes > 0 {
            self.begin_sending(position, out);
        }
    }
}
