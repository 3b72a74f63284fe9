//! Free-running cores: a packet's weights reach the membranes at once, and neurons fire when they do.
//!
//! There is no barrier, so nothing waits for a time step to end: timing acts on function, and another order of packets
//! may give other spikes. What a free-running chip promises is this, for any number of threads and shards:
//!
//! * A core works in the order in which things reach it: packets as they enter its receive queue, and the edges of
//!   the chip's clock. State changes in that order, at once; the time of the work is charged to the stages, and what
//!   it sends is ready when they are done. A core that is busy is later with all of it, in the same order.
//! * Of an edge and a packet in one tick the edge is first, as the engine applies signals before messages; packets
//!   of one tick, which there are only under ideal timing, go by axon.
//! * *Packet*: its weights are summed by neuron and each sum is added to its membrane, which saturates. Then the
//!   neurons that were reached are looked at in order; one at its threshold or above fires once and resets. What it
//!   holds beyond that stays until the next packet or edge. A stage holds a packet until the next one is free for
//!   it, so a slow soma holds up the receive queue.
//! * *Sweep*: a core that works through all its places for neurons ([`Sweep`]) does so for every packet, too: its
//!   time and its operations are those of all places, whatever synapses the network has, and every neuron is compared.
//! * *Clock edge*: step s begins s - 1 time steps after the inference, at all cores at once. Neurons of a population
//!   that leaks, has biases, gets currents from the host, or compares at every edge (`odin`, and all neurons of a core
//!   that sweeps) are worked through in order: v decays, the bias is added, and who is at its threshold fires once.
//!   Others are not looked at: their silence costs nothing. A bias that acts once acts in step 1, and neurons that begin
//!   at their threshold or above fire there. The host's spikes of a step enter at its edge.
//! * Contention is part of timing: without it (`--timing ideal`) the same network may give other spikes.
//! * Layered networks are no pipeline: every layer has the steps 1 to T, and the output layer integrates without
//!   firing until all is at rest.
//! * Delays of synapses count time steps, which spikes do not wait for here: only a delay of 1, which is the way of
//!   a packet itself, has a meaning, and chip files and systems with longer ones are refused.
//! * An inference ends when all steps are begun and all packets are delivered, or at its deadline. From then on no
//!   packet is taken in; cores finish what they have. Packets on their way are dropped and counted, and are paid for
//!   as if they had arrived.

use crate::engine::{EventSet, Outbox};
use crate::model::fabric::Flit;
use crate::model::{CoreTable, Simulator, Sweep};
use crate::net::neuron;
use crate::stats::Op;
use crate::trace::{Kind, Tap};
use crate::units::Tick;

impl<P: Tap> Simulator<'_, P> {
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
        let at = position as usize;
        let start = done.max(self.cores.soma_free[at]);
        // The synapse stage holds a packet until the soma is free for it.
        self.cores.synapse_free[at] = start;
        let mut touched = std::mem::take(&mut self.cores.touched);
        let input = &mut self.cores.input[self.cores.first[at] as usize..];
        for (target, weight) in tables.row_of(axon) {
            let target = target - core.first;
            input[target as usize] += i32::from(weight);
            touched.push(target);
        }
        touched.sort_unstable();
        touched.dedup();
        let (timing, all) = (&tables.timing, touched.len() as u64);
        let (mut spikes, mut packets) = (0, 0);
        for (order, target) in touched.drain(..).enumerate() {
            let (fired, worked) = (self.meets_threshold(at, core, target), order as u64 + 1);
            spikes += u64::from(fired);
            let ready = || start + timing.soma(worked, worked, spikes) + packets * timing.of(Op::AxonOut);
            if self.fabric.tap().hears(Kind::Membrane) {
                self.note_membrane(ready(), position, core.first, target);
            }
            if fired {
                let ready = ready();
                self.note(ready, position, Kind::Spike, (0, core.first + target, 0));
                packets += self.make_packets(position, core.first + target, ready);
            }
        }
        self.cores.touched = touched;
        let counts = &mut self.cores.counts[at];
        counts.add(Op::SomaAccess, all);
        counts.add(Op::Dendrite, all);
        counts.add(Op::SomaUpdate, all);
        counts.add(Op::SomaSpike, spikes);
        let free = start + timing.soma(all, all, spikes) + packets * timing.of(Op::AxonOut);
        self.cores.soma_free[at] = free;
        self.note(start, position, Kind::Soma, (free - start, 0, 0));
        self.cores.note_busy(free);
        if packets > 0 {
            self.begin_sending(position, out);
        }
    }

    /// Works through all places of a core for a packet that begins at a tick: every neuron in turn gets what the packet
    /// brings it, and is compared with its threshold. The core stops for each spike.
    pub(super) fn sweep_packet<S: EventSet<Flit>>(
        &mut self,
        position: u32,
        axon: u32,
        (begin, sweep): (Tick, Sweep),
        out: &mut Outbox<'_, Self, S>,
    ) {
        let tables = self.tables;
        let core = &tables.cores[self.fabric.part().terminals[position as usize] as usize];
        let (timing, at) = (&tables.timing, position as usize);
        let input = &mut self.cores.input[self.cores.first[at] as usize..];
        for (target, weight) in tables.row_of(axon) {
            input[(target - core.first) as usize] += i32::from(weight);
        }
        let (mut spikes, mut packets) = (0, 0);
        for target in 0..core.count {
            let fired = self.meets_threshold(at, core, target);
            // In the last tick of its place.
            let ready = begin
                + (timing.swept(u64::from(target) + 1, spikes) + packets * timing.of(Op::AxonOut)).saturating_sub(1);
            if self.fabric.tap().hears(Kind::Membrane) {
                self.note_membrane(ready, position, core.first, target);
            }
            if fired {
                spikes += 1;
                self.note(ready, position, Kind::Spike, (0, core.first + target, 0));
                packets += self.make_packets(position, core.first + target, ready);
            }
        }
        let counts = &mut self.cores.counts[at];
        for op in [Op::SomaAccess, Op::Dendrite, Op::SomaUpdate] {
            counts.add(op, sweep.places);
        }
        counts.add(Op::SomaSpike, spikes);
        let free = begin + timing.swept(sweep.places, spikes) + packets * timing.of(Op::AxonOut);
        (self.cores.synapse_free[at], self.cores.soma_free[at]) = (free, free);
        self.note(begin, position, Kind::Soma, (free - begin, 0, 0));
        self.cores.note_busy(free);
        if packets > 0 {
            self.begin_sending(position, out);
        }
    }

    /// Notes the membrane of a neuron of a core, of which `first` is the first.
    fn note_membrane(&mut self, at: Tick, position: u32, first: u32, target: u32) {
        let here = (self.cores.first[position as usize] + target) as usize;
        let place = self.place_of(position, first + target, here);
        self.fabric.tap().membranes(at, place, &self.cores.membrane[here..=here]);
    }

    /// Adds what a packet brought to a neuron; whether it fires.
    fn meets_threshold(&mut self, at: usize, core: &CoreTable, target: u32) -> bool {
        let place = (self.cores.first[at] + target) as usize;
        let input = std::mem::take(&mut self.cores.input[place]);
        let threshold = self.tables.threshold[(core.first + target) as usize];
        let fired = neuron::arrive(&core.params, &mut self.cores.membrane[place], input, threshold);
        self.cores.spike_counts[place] += u32::from(fired);
        fired
    }
}
