//! Free-running cores: a packet's weights reach the membranes at once, and neurons fire when they do.
//!
//! There is no barrier, so nothing waits for a time step to end: timing acts on function, and another order of packets
//! may give other spikes. A free-running chip promises this, for any number of threads and shards:
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
//! * *Sweep*: a core that works through all its places for neurons ([`Sweep`](crate::model::Sweep)) for every packet does
//!   not take things in as they come, but one event after the other ([`controller`](super::controller)). Its time and its
//!   operations are those of all places, whatever synapses the network has, and every neuron is compared.
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

use super::state::{FIRST_UNIT, count_soma};
use crate::ids::{AxonId, Id, IdRange, LocalTerminal};
use crate::model::fabric::FlitOut;
use crate::model::{CoreSegment, CoreTable, Simulator};
use crate::net::neuron;
use crate::stats::Op;
use crate::trace::{Kind, Tap};
use crate::units::Tick;

impl<P: Tap> Simulator<'_, P> {
    /// Integrates a packet whose synapses are worked on until `done`, and fires.
    pub(super) fn integrate(
        &mut self,
        (terminal, core): (LocalTerminal, &CoreTable),
        axon: AxonId,
        done: Tick,
        out: &mut impl FlitOut<P>,
    ) {
        let (tables, timing) = (self.tables, self.tables.timing_of(core));
        let stages = &mut self.cores.stages[terminal];
        let start = done.max(stages.soma_free);
        // The synapse stage holds a packet until the soma is free for it.
        stages.receive.synapse_free = start;
        let mut touched = std::mem::take(&mut self.cores.touched);
        let here = self.cores.neurons.row(terminal).start;
        for (target, weight) in tables.row_of(axon) {
            let target = tables.place(core, target);
            self.cores.input[here.plus(target)] += i32::from(weight);
            touched.push(target);
        }
        touched.sort_unstable();
        touched.dedup();
        let all = touched.len() as u64;
        let (mut spikes, mut packets) = (0, 0);
        let mut segments = tables.segments_of(core);
        for (worked, target) in (1..).zip(touched.drain(..)) {
            let ready = |fired| start + timing.soma(worked, worked, spikes + fired) + packets * timing.of(Op::AxonOut);
            let Some(segment) = holding(&mut segments, target) else { break };
            let (fired, made) = self.reach((terminal, core), (segment, target), ready);
            (spikes, packets) = (spikes + fired, packets + made);
            if let Some(counts) = core.shared.then(|| self.cores.layer(segment.layer)).flatten() {
                count_soma(counts, segment.soma, [1, 1, fired]);
            }
        }
        self.cores.touched = touched;
        self.cores.stages[terminal].count_soma(FIRST_UNIT, [all, all, spikes]);
        let free = start + timing.soma(all, all, spikes) + packets * timing.of(Op::AxonOut);
        self.occupy_soma(terminal, start, free);
        if packets > 0 {
            self.begin_sending(terminal, out);
        }
    }

    /// Adds the weights that a packet brought to a neuron, which fires if it is at its threshold or above. Gives its spikes and
    /// their packets, which are ready at a tick that may depend on the spike.
    #[inline]
    pub(super) fn reach(
        &mut self,
        (terminal, core): (LocalTerminal, &CoreTable),
        (segment, target): (&CoreSegment, u32),
        ready: impl Fn(u64) -> Tick,
    ) -> (u64, u64) {
        let neuron = segment.neurons.start.plus(target - segment.at);
        let here = self.cores.neurons.row(terminal).start.plus(target);
        let input = std::mem::take(&mut self.cores.input[here]);
        let threshold = self.tables.threshold[neuron];
        let fired = neuron::arrive(&segment.params, &mut self.cores.membrane[here], input, threshold);
        self.cores.spike_counts[here] += u32::from(fired);
        if self.fabric.tap().hears(Kind::Membrane) {
            self.note_membranes(ready(fired.into()), terminal, neuron, IdRange::from_first(here, 1));
        }
        let layer = core.shared.then_some(segment.layer);
        if fired { (1, self.fire((terminal, layer), neuron, ready(1))) } else { (0, 0) }
    }
}

/// The segment of a core that holds a place, of those that are left; places are asked for in ascending order.
#[inline]
pub(super) fn holding<'s>(left: &mut &'s [CoreSegment], place: u32) -> Option<&'s CoreSegment> {
    while let [first, others @ ..] = *left {
        if place - first.at < first.neurons.len() as u32 {
            return Some(first);
        }
        *left = others;
    }
    None
}
