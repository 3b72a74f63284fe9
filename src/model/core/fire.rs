//! A neuron or an input of the host fires: its packets are made, and counted with their hops.

use super::state::Burst;
use crate::hw::routing::Hops;
use crate::ids::{LocalTerminal, NeuronId};
use crate::model::{MulticastTree, Simulator};
use crate::stats::{Counts, Op};
use crate::trace::{Kind, Tap};
use crate::units::Tick;

impl<P: Tap> Simulator<'_, P> {
    /// Makes the packets of a spike that the soma is done with at a tick; gives their number. `layer` is the neuron's
    /// population where its core is shared.
    pub(super) fn fire(
        &mut self,
        (terminal, layer): (LocalTerminal, Option<u32>),
        neuron: NeuronId,
        soma_done: Tick,
    ) -> u64 {
        self.note(soma_done, terminal, Kind::Spike, (0, neuron.get(), 0));
        let tables = self.tables;
        let axons = tables.axons.row(neuron);
        if axons.is_empty() {
            return 0;
        }
        let source = self.terminal(terminal);
        let is_host = source == tables.host();
        // The host has no axon stage: its packets are ready at once.
        let gap = if is_host { 0 } else { tables.timing_at(source).of(Op::AxonOut) };
        let ready = soma_done + gap;
        for (axon, core) in axons.ids().zip(&tables.destinations[axons]) {
            self.sent.note(tables.terminal(*core), axon);
        }
        let (burst, made) = match &tables.trees {
            Some(trees) => {
                let MulticastTree { root, hops } = trees[neuron];
                self.count_hops((terminal, layer), hops);
                (Burst { next: root, end: root + 1, ready, gap }, 1)
            }
            None => {
                let from = tables.router_of(source);
                for core in &tables.destinations[axons] {
                    let to = tables.router_of(tables.terminal(*core));
                    self.count_hops((terminal, layer), tables.fabric.routing.hops(from, to));
                }
                let (next, end) = (axons.start.get(), axons.end.get());
                (Burst { next, end, ready, gap }, axons.len() as u64)
            }
        };
        let stages = &mut self.cores.stages[terminal];
        stages.outgoing.bursts.push(burst);
        let count = |counts: &mut Counts| {
            // The host writes its packets; an axon stage makes the others.
            counts.add(if is_host { Op::HostWrite } else { Op::AxonOut }, made);
            counts.add(Op::Inject, made);
            counts.add(Op::Eject, axons.len() as u64);
        };
        count(&mut stages.counts);
        layer.and_then(|layer| self.cores.layer(layer)).map(count);
        made
    }

    /// Counts the hops of a packet.
    #[inline]
    fn count_hops(&mut self, (terminal, layer): (LocalTerminal, Option<u32>), hops: Hops) {
        let flits = u64::from(self.tables.packet_flits);
        let ops = self.tables.hop_ops;
        let count = |counts: &mut Counts| {
            for (op, links) in ops.into_iter().zip(hops.by_direction()) {
                counts.add(op, u64::from(links) * flits);
            }
        };
        count(&mut self.cores.stages[terminal].counts);
        layer.and_then(|layer| self.cores.layer(layer)).map(count);
        self.packet_hops.record(u64::from(hops.total()));
    }
}
