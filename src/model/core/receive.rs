//! A core takes packets in.
//!
//! Two packets reach a core in one tick only under ideal timing. They are then taken in by axon, in the tick's
//! second phase: in a pipeline of two stages their order shows in the time.

use super::work::FirstPacket;
use super::work_notes::Taken;
use crate::ids::{AxonId, LocalTerminal};
use crate::model::fabric::{Flit, FlitOut, Packet};
use crate::model::{Piece, Simulator, Synchronization};
use crate::stats::Op;
use crate::trace::{Kind, Tap};
use crate::units::Tick;

impl<P: Tap> Simulator<'_, P> {
    /// A flit reached its core.
    pub(in crate::model) fn arrive(&mut self, terminal: LocalTerminal, vc: u8, flit: Flit, out: &mut impl FlitOut<P>) {
        let packet = self.fabric.take_out(&flit, out.now());
        if self.tables.timing.ideal {
            self.cores.stages[terminal].arrived.extend(packet);
            return self.cores.ask(terminal);
        }
        if let (Some(_), Some(packet)) = (self.event_sweep(terminal), &packet) {
            return self.enter(terminal, *packet, Some(vc), out.now());
        }
        // The flits before a tail are put together with it, and need no place in the queue.
        let after = packet.map_or(0, |packet| self.take_in(terminal, packet, out));
        self.fabric.give_back(terminal, vc, after, out);
    }

    /// Takes in what arrived in this tick.
    pub(in crate::model) fn take_arrived(&mut self, terminal: LocalTerminal, out: &mut impl FlitOut<P>) {
        let mut arrived = std::mem::take(&mut self.cores.stages[terminal].arrived);
        arrived.sort_unstable_by_key(|packet| self.axon_of(packet));
        for packet in arrived.drain(..) {
            if self.event_sweep(terminal).is_some() {
                self.enter(terminal, packet, None, out.now());
            } else {
                self.take_in(terminal, packet, out);
            }
        }
        self.cores.stages[terminal].arrived = arrived;
    }

    /// The axon that a packet is for; a multicast tree has it at its ends.
    fn axon_of(&self, packet: &Packet<P::Label>) -> AxonId {
        AxonId::new(if self.tables.trees.is_some() { packet.to } else { packet.load })
    }

    /// Counts the work of some equal packets on a shared core by population: what is of no synapse, with the first of them.
    pub(super) fn count_by_layer(&mut self, pieces: &[Piece], (applied, synapses): (Op, u64), packets: u64) {
        let mut left = synapses;
        for (number, piece) in pieces.iter().enumerate().rev() {
            let own = if number == 0 { left } else { left.min(piece.synapses().len() as u64) };
            left -= own;
            if let Some(counts) = self.cores.layer(piece.layer) {
                counts.add(Op::AxonIn, if number == 0 { packets } else { 0 });
                counts.add(applied, own * packets);
            }
        }
    }

    /// Takes a packet in and works on its synapses; gives how long it waited for that.
    fn take_in(&mut self, terminal: LocalTerminal, packet: Packet<P::Label>, out: &mut impl FlitOut<P>) -> Tick {
        let (axon, target) = (self.axon_of(&packet), self.terminal(terminal));
        let (tables, timing, now) = (self.tables, self.tables.timing_at(target), out.now());
        self.packet_latency.record(now - packet.born);
        self.order.note(terminal, self.step, (packet.born, now));
        self.delivered.note(target, axon);
        // The figures in the packet need not be looked up.
        let (synapses, applied) = match &tables.trees {
            Some(_) => (tables.synapses_of(axon), tables.synapse_op(axon)),
            None => (packet.synapses, packet.applied),
        };
        let synapses = u64::from(synapses);
        let work = match timing.converters {
            Some(_) => 0,
            None => (synapses * timing.of(applied)).div_ceil(Tick::from(timing.synapse_lanes)),
        };
        let stages = &mut self.cores.stages[terminal];
        let first = || FirstPacket::of(&packet, now);
        let times = (timing.of(Op::AxonIn), work);
        let Taken { start, begun, done } =
            stages.receive.take_in(&mut stages.work, first, times, (timing.pipelined_receive, now));
        stages.counts.add(Op::AxonIn, 1);
        stages.counts.add(applied, synapses);
        if let Some(pieces) = tables.pieces.as_ref().filter(|_| tables.core(target).is_some_and(|core| core.shared)) {
            self.count_by_layer(pieces.of(axon), (applied, synapses), 1);
        }
        self.note(now, terminal, Kind::Delivered, (P::number(packet.label), axon.get(), start - now));
        self.note(begun, terminal, Kind::Receive, (done - begun, axon.get(), 0));
        self.cores.note_busy(done);
        match (tables.synchronization, tables.core(target)) {
            (Synchronization::FreeRunning { .. }, Some(core)) => self.integrate((terminal, core), axon, done, out),
            // The weights act in a later step; here a row of a crossbar is driven.
            _ => self.cores.stages[terminal].rows_driven += u64::from(timing.converters.is_some()),
        }
        start - now
    }
}
