//! A time step of a core: the soma sweeps over the neurons, the axon stage makes packets.

use super::Burst;
use crate::engine::{EventSet, Outbox};
use crate::hw::Gating;
use crate::hw::routing::Hops;
use crate::model::fabric::Flit;
use crate::model::{Simulator, Tree};
use crate::net::graph::{Drive, Window};
use crate::net::neuron::{self, Lanes, Soma};
use crate::stats::Op;
use crate::trace::{Kind, Tap};
use crate::units::Tick;

impl<P: Tap> Simulator<'_, P> {
    /// The soma's and the axon stage's work of a time step.
    pub(in crate::model) fn step_core<S: EventSet<Flit>>(&mut self, position: u32, out: &mut Outbox<'_, Self, S>) {
        let core = self.fabric.part().terminals[position as usize] as usize;
        let tables = self.tables;
        let Some(table) = tables.cores.get(core) else {
            return self.step_source(position, out);
        };
        let (timing, step) = (tables.timing, self.step);
        // Without a barrier there is no pipeline of layers, and every layer begins with the first step.
        let is_over = table.window.is_some_and(|window| match tables.pace {
            Some(_) => Window { first: 1, ..window }.is_over(step),
            None => window.is_over(step),
        });
        let in_window = !is_over && (tables.pace.is_some() || table.window.is_none_or(|window| window.contains(step)));
        if !in_window && tables.gating == Some(Gating::Window) {
            return;
        }
        if tables.pace.is_some() && (is_over || !table.clocked.acts_in(step)) {
            return;
        }
        if is_over {
            return self.access_core(position, core, out.now());
        }
        let (before, after) = timing.sweep.map_or((0, 0), |sweep| sweep.around);
        let start = self.step_start(position, out.now()) + before;
        let first_step = if tables.pace.is_some() { 1 } else { table.window.map_or(1, |window| window.first) };
        let driven = in_window && (table.drive != Drive::Once || step == first_step);
        let (first, count) = (table.first as usize, table.count as usize);
        // With the window, not before it: what is there before would leak.
        if tables.pace.is_none() && step == first_step {
            self.cores.begin(tables, position as usize, first);
        }
        let state = &mut self.cores;
        let here = state.first[position as usize] as usize..state.first[position as usize + 1] as usize;
        let mut fired = std::mem::take(&mut state.fired);
        let soma = Soma {
            v: &mut state.membrane[here.clone()],
            input: &mut state.input[here.clone()],
            bias: if driven { &state.bias[here.clone()] } else { &state.silence[..count] },
            threshold: &tables.threshold[first..first + count],
            fired: &mut fired,
        };
        let (current, resting) = (&mut state.current[here.clone()], &mut state.resting[here.clone()]);
        let traits = tables.traits.get(first..first + count).unwrap_or_default();
        let updated = neuron::step(&table.params, Lanes { soma, current, resting, traits });
        let counts = &mut state.counts[position as usize];
        // A core that works through all its places does so whether a network uses them or not.
        let places = timing.sweep.map_or(count as u64, |sweep| sweep.places.max(count as u64));
        let worked = if timing.packet_sweep().is_some() { places } else { updated };
        counts.add(Op::SomaAccess, places);
        counts.add(Op::Dendrite, places);
        counts.add(Op::SomaUpdate, worked);
        counts.add(Op::SomaSpike, fired.len() as u64);
        let sweep = |accessed, updated, spiked| start + timing.soma(accessed, updated, spiked);
        let (mut packets, spiked) = (0, fired.len() as u64);
        let sends_sums = table.params.sends_sums();
        for (order, spike) in fired.drain(..).enumerate() {
            if in_window {
                self.cores.spike_counts[here.start + spike.neuron as usize] += 1;
            }
            if sends_sums {
                let sum = self.cores.membrane[here.start + spike.neuron as usize];
                self.sums.push((first as u32 + spike.neuron, sum));
            } else if tables.pace.is_none() {
                self.fired.push(first as u32 + spike.neuron);
            }
            let neurons = u64::from(spike.neuron) + 1;
            let soma_done = match timing.packet_sweep() {
                // It is out in the last tick of its neuron, and the stop for it comes then.
                Some(_) => sweep(neurons, neurons, order as u64).saturating_sub(1),
                None => sweep(neurons, spike.updated, order as u64 + 1),
            };
            let ready = soma_done + packets * timing.of(Op::AxonOut);
            self.note(ready, position, Kind::Spike, (0, first as u32 + spike.neuron, 0));
            packets += self.make_packets(position, first as u32 + spike.neuron, ready);
        }
        self.cores.fired = fired;
        let done = sweep(places, worked, spiked) + packets * timing.of(Op::AxonOut) + after;
        self.cores.soma_free[position as usize] = done;
        if timing.packet_sweep().is_some() {
            // There is one stage for all of it.
            self.cores.synapse_free[position as usize] = done;
        }
        self.note(start, position, Kind::Soma, (done - start, 0, 0));
        if self.fabric.tap().hears(Kind::Membrane) {
            let place = self.place_of(position, table.first, here.start);
            self.fabric.tap().membranes(done, place, &self.cores.membrane[here]);
        }
        self.cores.note_busy(done);
        self.begin_sending(position, out);
    }

    /// The soma of a population that has ended: a chip without gating looks at its neurons in every step, and changes none.
    fn access_core(&mut self, position: u32, core: usize, now: Tick) {
        let start = self.step_start(position, now);
        let count = u64::from(self.tables.cores[core].count);
        let counts = &mut self.cores.counts[position as usize];
        counts.add(Op::SomaAccess, count);
        counts.add(Op::Dendrite, count);
        let done = start + self.tables.timing.soma(count, 0, 0);
        self.cores.soma_free[position as usize] = done;
        self.note(start, position, Kind::Soma, (done - start, 0, 0));
        self.cores.note_busy(done);
    }

    /// When the soma can begin: after the array is read; without a barrier also after what it is at.
    fn step_start(&mut self, position: u32, now: Tick) -> Tick {
        let start = now + self.read_array(position);
        if self.tables.pace.is_some() { start.max(self.cores.soma_free[position as usize]) } else { start }
    }

    /// Adds the packets of a spike; gives their number.
    pub(super) fn make_packets(&mut self, position: u32, neuron: u32, soma_done: Tick) -> u64 {
        let tables = self.tables;
        let neuron = neuron as usize;
        let row = tables.destination_row[neuron] as usize..tables.destination_row[neuron + 1] as usize;
        if row.is_empty() {
            return 0;
        }
        let terminal = self.fabric.part().terminals[position as usize];
        let is_host = terminal as usize == tables.cores.len();
        // The host has no axon stage: its packets are ready at once.
        let axon_ticks = if is_host { 0 } else { tables.timing.of(Op::AxonOut) };
        let deliveries = row.len() as u64;
        let (ready, gap) = (soma_done + axon_ticks, axon_ticks);
        row.clone().for_each(|axon| self.sent.note(tables.destinations[axon], axon as u32));
        let (burst, made) = match &tables.trees {
            Some(trees) => {
                let Tree { root, hops } = trees[neuron];
                self.count_hops(position, hops);
                (Burst { next: root, end: root + 1, ready, gap }, 1)
            }
            None => {
                let from = tables.fabric.terminals[terminal as usize].router;
                for core in &tables.destinations[row.clone()] {
                    let to = tables.fabric.terminals[*core as usize].router;
                    self.count_hops(position, tables.fabric.routing.hops(from, to));
                }
                (Burst { next: row.start as u32, end: row.end as u32, ready, gap }, deliveries)
            }
        };
        self.cores.outgoing[position as usize].queue.push(burst);
        let counts = &mut self.cores.counts[position as usize];
        // The host writes its packets; an axon stage makes the others.
        counts.add(if is_host { Op::HostWrite } else { Op::AxonOut }, made);
        counts.add(Op::Inject, made);
        counts.add(Op::Eject, deliveries);
        made
    }

    /// Counts the hops of a packet.
    #[inline]
    fn count_hops(&mut self, position: u32, hops: Hops) {
        let counts = &mut self.cores.counts[position as usize];
        let flits = u64::from(self.tables.packet_flits);
        counts.add(Op::HopEw, u64::from(hops.ew) * flits);
        counts.add(Op::HopNs, u64::from(hops.ns) * flits);
        counts.add(Op::HopChip, u64::from(hops.chip) * flits);
        self.packet_hops.record(u64::from(hops.total()));
    }

    /// Reads the crossbar, if a row was driven since; gives the time that takes.
    fn read_array(&mut self, position: u32) -> Tick {
        let Some(converters) = self.tables.converters else { return 0 };
        let rows = std::mem::take(&mut self.cores.rows[position as usize]);
        if rows == 0 {
            return 0;
        }
        let core = self.fabric.part().terminals[position as usize] as usize;
        let slices = self.tables.cells.as_ref().map_or(1, |cells| cells.slices);
        let columns = u64::from(self.tables.cores[core].count) * u64::from(slices);
        let counts = &mut self.cores.counts[position as usize];
        counts.add(Op::ArrayRead, 1);
        counts.add(Op::RowDrive, rows);
        counts.add(Op::ColumnConversion, columns);
        let timing = &self.tables.timing;
        timing.of(Op::ArrayRead) + columns.div_ceil(u64::from(converters)) * timing.of(Op::ColumnConversion)
    }
}
