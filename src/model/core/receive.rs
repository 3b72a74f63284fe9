//! A core takes packets in.
//!
//! Two packets reach a core in one tick only under ideal timing. They are then taken in by axon, in the tick's
//! second phase: in a pipeline of two stages their order shows in the time.

use crate::engine::{EventSet, Outbox};
use crate::model::Simulator;
use crate::model::fabric::{Flit, Packet};
use crate::stats::Op;
use crate::trace::{Kind, Tap};
use crate::units::Tick;

impl<P: Tap> Simulator<'_, P> {
    /// A flit reached its core.
    pub(in crate::model) fn arrive<S: EventSet<Flit>>(
        &mut self,
        position: u32,
        vc: u8,
        flit: Flit,
        out: &mut Outbox<'_, Self, S>,
    ) {
        let packet = self.fabric.take_out(&flit);
        if self.tables.timing.ideal {
            self.cores.arrived[position as usize].extend(packet);
            return self.cores.ask(position);
        }
        // What comes before a tail is put together with it, and needs no place of its own.
        let after = packet.map_or(0, |packet| self.take_in(position, packet, out));
        self.fabric.give_back(position, vc, after, out);
    }

    /// Takes in what arrived in this tick.
    pub(in crate::model) fn take_arrived<S: EventSet<Flit>>(&mut self, position: u32, out: &mut Outbox<'_, Self, S>) {
        let mut arrived = std::mem::take(&mut self.cores.arrived[position as usize]);
        let key = |packet: &Packet<P::Label>| self.axon_of(packet);
        arrived.sort_unstable_by_key(key);
        for packet in arrived.drain(..) {
            self.take_in(position, packet, out);
        }
        self.cores.arrived[position as usize] = arrived;
    }

    /// The axon that a packet is for; a multicast tree has it at its ends.
    fn axon_of(&self, packet: &Packet<P::Label>) -> u32 {
        if self.tables.trees.is_some() { packet.to } else { packet.load }
    }

    /// Takes a packet in and works on its synapses; gives how long it waited for that.
    fn take_in<S: EventSet<Flit>>(
        &mut self,
        position: u32,
        packet: Packet<P::Label>,
        out: &mut Outbox<'_, Self, S>,
    ) -> Tick {
        let (tables, timing, now) = (self.tables, &self.tables.timing, out.now());
        let axon = self.axon_of(&packet);
        self.packet_latency.record(now - packet.born);
        self.delivered.note(self.fabric.part().terminals[position as usize], axon);
        // What is in the packet need not be looked up.
        let synapses = u64::from(if tables.trees.is_some() { tables.synapses_of(axon) } else { packet.synapses });
        let sweep = timing.packet_sweep();
        let synapses = sweep.map_or(synapses, |sweep| sweep.places);
        let is_hosts = tables.from_host.get(axon as usize).is_some_and(|from_host| *from_host);
        let wait = sweep.filter(|_| is_hosts).map_or(0, |sweep| sweep.host_wait);
        let work = match tables.converters {
            Some(_) => 0,
            None => (synapses * timing.of(Op::Synapse)).div_ceil(Tick::from(timing.synapse_lanes)),
        };
        let state = &mut self.cores;
        let at = position as usize;
        let (axon_free, synapse_free) = (&mut state.axon_free[at], &mut state.synapse_free[at]);
        let start = now.max(if timing.pipelined_receive { *axon_free } else { *synapse_free });
        // The axon stage holds a packet until the synapse stage is free for it.
        *axon_free = (start + timing.of(Op::AxonIn) + wait).max(*synapse_free);
        *synapse_free = *axon_free + work;
        let (done, begun) = (*synapse_free, if timing.pipelined_receive { *axon_free } else { start });
        let counts = &mut state.counts[at];
        counts.add(Op::AxonIn, 1);
        counts.add(Op::Synapse, synapses);
        self.note(now, position, Kind::Delivered, (P::number(packet.label), axon, start - now));
        self.note(begun, position, Kind::Receive, (done - begun, axon, 0));
        if let Some(sweep) = sweep {
            self.sweep_packet(position, axon, (done - work, sweep), out);
        } else if tables.pace.is_some() {
            self.integrate(position, axon, done, out);
        } else if tables.converters.is_some() {
            self.cores.rows[at] += 1;
        }
        self.cores.note_busy(done);
        start - now
    }
}
