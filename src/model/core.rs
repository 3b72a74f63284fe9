//! A core: axon in → synapse → dendrite → soma → axon out.
//!
//! A visit is one handler call that charges the latencies of its stages, not a string of events:
//!
//! * *Step*: (crossbar: the array is read, if a row was driven, and its columns are converted;) the soma works
//!   through the neurons in order, charging access, update and spike; the axon stage makes one packet per spike
//!   and destination core, ready when the stage is done with it. Packets leave in that order, as the link's
//!   interval and the router's credits allow; what waits, waits at the core and holds up nothing else.
//! * *Arrive*: the packet waits in the receive queue until the axon stage is free, gives its place back, and is
//!   worked on: axon in, then its synapses. Their weights are added to the accumulators of the step in which
//!   they are due. Sums of integers do not depend on the order, so function does not depend on timing.
//!
//! Two packets reach a core in one tick only under ideal timing. They are then taken in by axon, in the tick's
//! second phase: in a pipeline of two stages their order shows in the time.

use super::{Message, Packet, Simulator, Tables, delay, tables, until};
use crate::engine::{EventSet, Outbox};
use crate::hw::Gating;
use crate::net::graph::Drive;
use crate::net::neuron::{self, Fired, Lanes};
use crate::stats::{Counts, Op};
use crate::units::Tick;

/// State of all cores, and of the source as the last one where it sends.
#[derive(Debug)]
pub struct CoreState {
    membrane: Vec<i32>,
    bias: Vec<i32>,
    /// Accumulators of the steps to come, as a ring by step.
    input: Vec<Vec<i32>>,
    spike_counts: Vec<u32>,
    /// No drive, for steps outside a window.
    silence: Vec<i32>,
    fired: Vec<Fired>,
    /// Rows driven since the array was last read, by core.
    rows: Vec<u64>,
    axon_free: Vec<Tick>,
    synapse_free: Vec<Tick>,
    busy_until: Vec<Tick>,
    outgoing: Vec<Outgoing>,
    /// Packets that arrived in this tick, by core; used under ideal timing only.
    arrived: Vec<Vec<u32>>,
    counts: Vec<Counts>,
}

/// Packets on their way out of a core.
#[derive(Debug, Default)]
struct Outgoing {
    queue: Vec<(Tick, u32)>,
    next: usize,
    credits: u16,
    link_free: Tick,
}

impl CoreState {
    pub(super) fn new(tables: &Tables) -> Self {
        let (n, cores) = (tables.neurons as usize, tables.cores.len());
        let largest = tables.cores.iter().map(|c| c.count).max().unwrap_or(0) as usize;
        Self {
            membrane: vec![0; n],
            bias: vec![0; n],
            input: vec![vec![0; n]; tables.max_delay as usize + 1],
            spike_counts: vec![0; n],
            silence: vec![0; largest],
            fired: Vec::new(),
            rows: vec![0; cores],
            axon_free: vec![0; cores],
            synapse_free: vec![0; cores],
            busy_until: vec![0; cores + 1],
            outgoing: (0..=cores).map(|_| Outgoing::default()).collect(),
            arrived: vec![Vec::new(); cores + 1],
            counts: vec![Counts::default(); cores + 1],
        }
    }

    pub(super) fn reset(&mut self, tables: &Tables, host_drive: &[i32]) {
        self.membrane.fill(0);
        self.bias.copy_from_slice(&tables.bias);
        self.input.iter_mut().for_each(|slot| slot.fill(0));
        self.spike_counts.fill(0);
        self.rows.fill(0);
        self.axon_free.fill(0);
        self.synapse_free.fill(0);
        self.busy_until.fill(0);
        self.counts.fill(Counts::default());
        self.arrived.iter_mut().for_each(Vec::clear);
        for outgoing in &mut self.outgoing {
            outgoing.queue.clear();
            (outgoing.next, outgoing.credits, outgoing.link_free) = (0, tables.routers.buffer, 0);
        }
        let mut written = 0;
        for core in tables.cores.iter().filter(|core| core.drive == Drive::Host) {
            let (first, count) = (core.first as usize, core.count as usize);
            self.bias[first..first + count].copy_from_slice(&host_drive[first..first + count]);
            written += count as u64;
        }
        let source = tables.cores.len();
        self.counts[source].add(Op::HostWrite, written);
        if written > 0 {
            // An inference of a series: what the last one left is cleared. A run from rest clears nothing.
            let on_cores: u64 = tables.cores.iter().map(|c| u64::from(c.count)).sum();
            self.counts[source].add(Op::Reset, on_cores);
        }
    }

    pub(super) fn busy_until(&self) -> Tick {
        self.busy_until.iter().copied().max().unwrap_or(0)
    }

    pub(super) fn counts(&self) -> &[Counts] {
        &self.counts
    }

    pub(super) fn counts_mut(&mut self) -> &mut [Counts] {
        &mut self.counts
    }

    pub(super) fn spike_counts(&self) -> &[u32] {
        &self.spike_counts
    }

    pub(super) fn spike_counts_mut(&mut self) -> &mut [u32] {
        &mut self.spike_counts
    }

    pub(super) fn membranes(&self) -> &[i32] {
        &self.membrane
    }
}

impl Simulator<'_> {
    pub(super) fn apply_core<S: EventSet<Message>>(
        &mut self,
        now: Tick,
        core: u32,
        message: Message,
        out: &mut Outbox<'_, Message, S>,
    ) {
        match message {
            Message::Step => self.step_core(now, core, out),
            Message::Arrive { packet, .. } if self.tables.timing.ideal => {
                self.state.cores.arrived[core as usize].push(packet);
                out.decide(self.tables.router_count() + core);
            }
            Message::Arrive { packet, .. } => self.take_in(now, core, packet, out),
            Message::Credit { .. } => {
                self.state.cores.outgoing[core as usize].credits += 1;
                out.decide(self.tables.router_count() + core);
            }
            Message::Wake => out.decide(self.tables.router_count() + core),
        }
    }

    /// The soma's and the axon stage's work of a time step.
    fn step_core<S: EventSet<Message>>(&mut self, now: Tick, core: u32, out: &mut Outbox<'_, Message, S>) {
        let table = &self.tables.cores[core as usize];
        let (timing, step) = (self.tables.timing, self.state.step);
        let in_window = table.window.is_none_or(|window| window.contains(step));
        if !in_window && self.tables.gating == Some(Gating::Window) {
            return;
        }
        let start = now + self.read_array(core);
        let first_step = table.window.map_or(1, |window| window.first);
        let driven = in_window && (table.drive != Drive::Once || step == first_step);
        let (first, count) = (table.first as usize, table.count as usize);
        let range = first..first + count;
        let state = &mut self.state.cores;
        let slots = state.input.len();
        let mut fired = std::mem::take(&mut state.fired);
        let lanes = Lanes {
            v: &mut state.membrane[range.clone()],
            input: &mut state.input[step as usize % slots][range.clone()],
            bias: if driven { &state.bias[range.clone()] } else { &state.silence[..count] },
            threshold: &self.tables.threshold[range],
            fired: &mut fired,
        };
        let updated = neuron::step(&table.params, lanes);
        let counts = &mut state.counts[core as usize];
        counts.add(Op::SomaAccess, count as u64);
        counts.add(Op::Dendrite, count as u64);
        counts.add(Op::SomaUpdate, updated);
        counts.add(Op::SomaSpike, fired.len() as u64);
        let sweep = |accessed: u64, updated: u64, spiked: u64| -> Tick {
            let work = accessed * timing.of(Op::SomaAccess)
                + updated * timing.of(Op::SomaUpdate)
                + spiked * timing.of(Op::SomaSpike);
            start + work.div_ceil(Tick::from(timing.soma_lanes))
        };
        let (mut packets, spiked) = (0, fired.len() as u64);
        for (position, spike) in fired.drain(..).enumerate() {
            if in_window {
                self.state.cores.spike_counts[first + spike.neuron as usize] += 1;
            }
            let soma_done = sweep(u64::from(spike.neuron) + 1, spike.updated, position as u64 + 1);
            packets +=
                self.make_packets(core, first as u32 + spike.neuron, soma_done + packets * timing.of(Op::AxonOut));
        }
        self.state.cores.fired = fired;
        let done = sweep(count as u64, updated, spiked) + packets * timing.of(Op::AxonOut);
        self.note_busy(core, done);
        self.begin_sending(now, core, out);
    }

    /// Adds one packet per destination core of a spike; gives their number.
    pub(super) fn make_packets(&mut self, core: u32, neuron: u32, soma_done: Tick) -> u64 {
        let tables = self.tables;
        let row =
            tables.destination_row[neuron as usize] as usize..tables.destination_row[neuron as usize + 1] as usize;
        let from = tables.cores.get(core as usize).map_or(tables.host, |table| table.place);
        let counts = &mut self.state.cores.counts[core as usize];
        // The host has no axon stage: its packets are ready at once.
        let axon_ticks = if core as usize == tables.cores.len() { 0 } else { tables.timing.of(Op::AxonOut) };
        let mut ready = soma_done;
        for destination in &tables.destinations[row.clone()] {
            ready += axon_ticks;
            let target = &tables.cores[destination.core as usize];
            let (to, port) = (target.place, target.port);
            let (ew, ns) = (from.x.abs_diff(to.x), from.y.abs_diff(to.y));
            counts.add(Op::HopEw, u64::from(ew));
            counts.add(Op::HopNs, u64::from(ns));
            self.state.packet_hops.record(u64::from(ew) + u64::from(ns));
            let packet = Packet { to, port, core: destination.core, axon: destination.axon, born: ready };
            self.state.cores.outgoing[core as usize].queue.push((ready, self.state.packets.len() as u32));
            self.state.packets.push(packet);
        }
        let made = row.len() as u64;
        // The host writes its packets; an axon stage makes the others.
        counts.add(if core as usize == tables.cores.len() { Op::HostWrite } else { Op::AxonOut }, made);
        counts.add(Op::Inject, made);
        counts.add(Op::Eject, made);
        self.state.in_flight += made;
        made
    }

    /// Reads the crossbar, if a row was driven since; gives the time that takes.
    fn read_array(&mut self, core: u32) -> Tick {
        let Some(converters) = self.tables.converters else { return 0 };
        let rows = std::mem::take(&mut self.state.cores.rows[core as usize]);
        if rows == 0 {
            return 0;
        }
        let columns = u64::from(self.tables.cores[core as usize].count);
        let counts = &mut self.state.cores.counts[core as usize];
        counts.add(Op::ArrayRead, 1);
        counts.add(Op::RowDrive, rows);
        counts.add(Op::ColumnConversion, columns);
        let timing = &self.tables.timing;
        timing.of(Op::ArrayRead) + columns.div_ceil(u64::from(converters)) * timing.of(Op::ColumnConversion)
    }

    pub(super) fn note_busy(&mut self, core: u32, until: Tick) {
        let busy = &mut self.state.cores.busy_until[core as usize];
        *busy = (*busy).max(until);
    }

    /// Starts to send the packets that a step made.
    pub(super) fn begin_sending<S: EventSet<Message>>(
        &mut self,
        now: Tick,
        core: u32,
        out: &mut Outbox<'_, Message, S>,
    ) {
        if self.tables.timing.ideal {
            self.send_without_contention(now, core, out);
        } else {
            out.decide(self.tables.router_count() + core);
        }
    }

    /// What a core does once all messages of a tick are there.
    pub(super) fn decide_core<S: EventSet<Message>>(&mut self, now: Tick, core: u32, out: &mut Outbox<'_, Message, S>) {
        if !self.tables.timing.ideal {
            return self.send_ready(now, core, out);
        }
        let mut arrived = std::mem::take(&mut self.state.cores.arrived[core as usize]);
        arrived.sort_unstable_by_key(|packet| self.state.packets[*packet as usize].axon);
        for packet in arrived.drain(..) {
            self.take_in(now, core, packet, out);
        }
        self.state.cores.arrived[core as usize] = arrived;
    }

    /// Hands the next packet to the router, if it is ready, the link is free and there is a credit.
    fn send_ready<S: EventSet<Message>>(&mut self, now: Tick, core: u32, out: &mut Outbox<'_, Message, S>) {
        let node = self.tables.router_count() + core;
        let outgoing = &mut self.state.cores.outgoing[core as usize];
        let Some(&(ready, packet)) = outgoing.queue.get(outgoing.next) else { return };
        let earliest = ready.max(outgoing.link_free);
        if earliest > now {
            return out.send(until(now, earliest), node, Message::Wake);
        }
        if outgoing.credits == 0 {
            // The credit's message decides anew.
            return;
        }
        outgoing.credits -= 1;
        outgoing.link_free = now + Tick::from(self.tables.routers.interval);
        outgoing.next += 1;
        let upcoming = outgoing.queue.get(outgoing.next).map(|(ready, _)| (*ready).max(outgoing.link_free));
        if upcoming.is_none() {
            outgoing.queue.clear();
            outgoing.next = 0;
        }
        let (router, port) = self.entrance(core);
        out.send(delay(self.tables.timing.ticks[Op::Inject as usize]), router, Message::Arrive { port, packet });
        if let Some(then) = upcoming {
            out.send(until(now, then), node, Message::Wake);
        }
    }

    /// Router and port by which a core, or the source, sends.
    fn entrance(&self, core: u32) -> (u32, u8) {
        match self.tables.cores.get(core as usize) {
            Some(table) => (table.router, table.port),
            None => self.tables.host_entrance(),
        }
    }

    /// Every packet arrives after its zero-load latency, whatever else is under way.
    fn send_without_contention<S: EventSet<Message>>(
        &mut self,
        now: Tick,
        core: u32,
        out: &mut Outbox<'_, Message, S>,
    ) {
        let (tables, timing) = (self.tables, &self.tables.timing);
        let from = tables.cores.get(core as usize).map_or(tables.host, |table| table.place);
        let outgoing = &mut self.state.cores.outgoing[core as usize];
        for (ready, packet) in outgoing.queue.drain(..) {
            let to = self.state.packets[packet as usize];
            let (ew, ns) = (Tick::from(from.x.abs_diff(to.to.x)), Tick::from(from.y.abs_diff(to.to.y)));
            let way =
                timing.of(Op::Inject) + ew * timing.of(Op::HopEw) + ns * timing.of(Op::HopNs) + timing.of(Op::Eject);
            out.send(until(now, ready + way), tables.router_count() + to.core, Message::Arrive { port: 0, packet });
        }
    }

    /// Takes a packet in and applies its synapses.
    fn take_in<S: EventSet<Message>>(&mut self, now: Tick, core: u32, packet: u32, out: &mut Outbox<'_, Message, S>) {
        let (tables, timing) = (self.tables, &self.tables.timing);
        let Packet { axon, born, .. } = self.state.packets[packet as usize];
        self.state.packet_latency.record(now - born);
        self.state.in_flight -= 1;
        let synapses = u64::from(tables.synapses_of(axon));
        let work = match tables.converters {
            Some(_) => 0,
            None => (synapses * timing.of(Op::Synapse)).div_ceil(Tick::from(timing.synapse_lanes)),
        };
        let state = &mut self.state.cores;
        let (axon_free, synapse_free) = (&mut state.axon_free[core as usize], &mut state.synapse_free[core as usize]);
        let start = now.max(if timing.pipelined_receive { *axon_free } else { *synapse_free });
        // The axon stage holds a packet until the synapse stage is free for it.
        *axon_free = (start + timing.of(Op::AxonIn)).max(*synapse_free);
        *synapse_free = *axon_free + work;
        let done = *synapse_free;
        let counts = &mut state.counts[core as usize];
        counts.add(Op::AxonIn, 1);
        counts.add(Op::Synapse, synapses);
        self.apply_synapses(core, axon);
        self.note_busy(core, done);
        if !timing.ideal {
            let table = &tables.cores[core as usize];
            let freed = start + Tick::from(tables.routers.credit_delay);
            out.send(until(now, freed), table.router, Message::Credit { port: table.port });
        }
    }

    /// Adds an axon's weights to the accumulators of the steps in which they are due.
    fn apply_synapses(&mut self, core: u32, axon: u32) {
        let tables = self.tables;
        let row = tables.synapse_row[axon as usize] as usize..tables.synapse_row[axon as usize + 1] as usize;
        let first = tables.cores[core as usize].first as usize;
        let state = &mut self.state.cores;
        let (step, slots) = (self.state.step as usize, state.input.len());
        if tables.converters.is_some() {
            state.rows[core as usize] += 1;
        }
        if tables.delays.is_empty() {
            let input = &mut state.input[(step + 1) % slots][first..];
            for synapse in &tables.synapses[row] {
                let (target, weight) = tables::unpack(*synapse);
                input[target] += weight;
            }
        } else {
            for (synapse, delay) in tables.synapses[row.clone()].iter().zip(&tables.delays[row]) {
                let (target, weight) = tables::unpack(*synapse);
                state.input[(step + usize::from(*delay)) % slots][first + target] += weight;
            }
        }
    }
}
