//! A neuron or an input of the host fires: its packets are made, and counted with their hops.

use super::state::{Burst, in_packet};
use crate::hw::routing::Hops;
use crate::ids::{CoreId, LocalTerminal, NeuronId};
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
        let source = self.terminal(terminal);
        let is_host = source == tables.host();
        if self.cores.works_event_by_event() {
            return self.fire_among_events((terminal, layer), neuron, soma_done);
        }
        if axons.is_empty() {
            return 0;
        }
        // The host has no axon stage: its packets are ready at once.
        let gap = if is_host { 0 } else { tables.timing_at(source).of(Op::AxonOut) };
        let ready = soma_done + gap;
        if self.tally.is_some() {
            return self.tally_spike(terminal, neuron, (ready, gap));
        }
        for (axon, core) in axons.ids().zip(&tables.destinations[axons]) {
            self.sent.note(tables.terminal(*core), axon);
        }
        let sending = in_packet(self.cores.stages[terminal].work.axon_out + gap);
        let (burst, made) = match &tables.trees {
            Some(trees) => {
                let MulticastTree { root, hops } = trees[neuron];
                self.count_hops((terminal, layer), hops, 1);
                (Burst { next: root, end: root + 1, ready, gap, sending }, 1)
            }
            None => {
                let from = tables.router_of(source);
                for core in &tables.destinations[axons] {
                    let to = tables.router_of(tables.terminal(*core));
                    self.count_hops((terminal, layer), tables.fabric.routing.hops(from, to), 1);
                }
                let (next, end) = (axons.start.get(), axons.end.get());
                (Burst { next, end, ready, gap, sending }, axons.len() as u64)
            }
        };
        let stages = &mut self.cores.stages[terminal];
        stages.outgoing.bursts.push(burst);
        stages.work.axon_out += made * gap;
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

    /// Makes the packets of a spike where some cores work event by event. One for such a core's own neurons enters the queue
    /// there, and what the host sends to such a core is at its bus with the time step.
    fn fire_among_events(
        &mut self,
        (terminal, layer): (LocalTerminal, Option<u32>),
        neuron: NeuronId,
        soma_done: Tick,
    ) -> u64 {
        let (tables, source) = (self.tables, self.terminal(terminal));
        let (axons, is_host) = (tables.axons_of(neuron), source == tables.host());
        let takes_events = |core: CoreId| tables.timing_of(&tables.cores[core]).packet_sweep().is_some();
        let own = |core: CoreId| tables.terminal(core) == source && takes_events(core);
        if self.event_sweep(terminal).is_some() {
            let own = axons.ids().find(|axon| own(tables.destinations[*axon]));
            self.queue_own((terminal, layer), own, soma_done);
        }
        let gap = if is_host { 0 } else { tables.timing_at(source).of(Op::AxonOut) };
        let mut made = 0;
        for (axon, core) in axons.ids().zip(&tables.destinations[axons]) {
            if own(*core) {
                continue;
            }
            made += 1;
            if is_host && takes_events(*core) {
                self.packet_hops.record(0);
                continue;
            }
            let target = tables.terminal(*core);
            self.sent.note(target, axon);
            let hops = tables.fabric.routing.hops(tables.router_of(source), tables.router_of(target));
            self.count_hops((terminal, layer), hops, 1);
            let stages = &mut self.cores.stages[terminal];
            stages.work.axon_out += gap;
            let (next, ready, sending) = (axon.get(), soma_done + made * gap, in_packet(stages.work.axon_out));
            stages.outgoing.bursts.push(Burst { next, end: next + 1, ready, gap, sending });
        }
        let written = if is_host { Op::HostWrite } else { Op::AxonOut };
        let count = |counts: &mut Counts| {
            [written, Op::Inject, Op::Eject].iter().for_each(|op| counts.add(*op, made));
        };
        count(&mut self.cores.stages[terminal].counts);
        layer.and_then(|layer| self.cores.layer(layer)).map(count);
        made
    }

    /// Counts the hops of some equal packets.
    #[inline]
    pub(super) fn count_hops(&mut self, (terminal, layer): (LocalTerminal, Option<u32>), hops: Hops, packets: u64) {
        let flits = u64::from(self.tables.packet_flits) * packets;
        let ops = self.tables.hop_ops;
        let count = |counts: &mut Counts| {
            for (op, links) in ops.into_iter().zip(hops.by_direction()) {
                counts.add(op, u64::from(links) * flits);
            }
        };
        count(&mut self.cores.stages[terminal].counts);
        layer.and_then(|layer| self.cores.layer(layer)).map(count);
        self.packet_hops.record_times(u64::from(hops.total()), packets);
    }
}
