//! A time step of a core: the soma sweeps over the neurons.

use crate::hw::Gating;
use crate::ids::{Id, LocalTerminal};
use crate::model::fabric::FlitOut;
use crate::model::{CoreTable, Simulator};
use crate::net::graph::Drive;
use crate::stats::Op;
use crate::trace::{Kind, Tap};
use crate::units::Tick;

impl<P: Tap> Simulator<'_, P> {
    /// The soma's and the axon stage's work of a time step.
    pub(in crate::model) fn step_core(&mut self, terminal: LocalTerminal, out: &mut impl FlitOut<P>) {
        let (tables, step) = (self.tables, self.step);
        let Some(core) = tables.core(self.terminal(terminal)) else {
            return self.step_source(terminal, out);
        };
        if self.cores.works_event_by_event() {
            return self.take_edge((terminal, core), out);
        }
        let (in_window, is_first) = (core.is_in_window(step), step == core.first_step());
        if in_window && is_first {
            // With the window, not before it: a membrane that is there before would leak.
            self.cores.begin(tables, terminal, core);
        }
        if !in_window && tables.gating == Gating::Window || !core.clocked.acts_in(step) {
            return;
        }
        if core.is_over(step) {
            return self.access_neurons(terminal, core, out.now());
        }
        let driven = in_window && (core.drive != Drive::Once || is_first);
        self.sweep_neurons((terminal, core), (driven, in_window), out);
        self.begin_sending(terminal, out);
    }

    /// The soma of a population that has ended: a chip without gating looks at its neurons in every step, and changes none.
    fn access_neurons(&mut self, terminal: LocalTerminal, core: &CoreTable, now: Tick) {
        let start = self.soma_start(terminal, core, now);
        let count = core.neurons.len() as u64;
        self.cores.stages[terminal].count_soma(count, 0, 0);
        self.occupy_soma(terminal, start, start + self.tables.timing.soma(count, 0, 0));
    }

    /// The soma works through all neurons, with their bias if they are `driven`; their spikes are counted if they are
    /// `in_window`.
    pub(super) fn sweep_neurons(
        &mut self,
        (terminal, core): (LocalTerminal, &CoreTable),
        (driven, in_window): (bool, bool),
        out: &mut impl FlitOut<P>,
    ) {
        let timing = &self.tables.timing;
        let (before, after) = timing.sweep.map_or((0, 0), |sweep| sweep.around);
        let start = self.soma_start(terminal, core, out.now()) + before;
        let mut fired = std::mem::take(&mut self.cores.fired);
        let updated = self.cores.update(self.tables, (terminal, core), driven, &mut fired);
        // A core that works through all its places does so whether a network uses them or not.
        let count = core.neurons.len() as u64;
        let places = timing.sweep.map_or(count, |sweep| sweep.places.max(count));
        let sweeps = timing.packet_sweep().is_some();
        let (worked, spikes) = (if sweeps { places } else { updated }, fired.len() as u64);
        self.cores.stages[terminal].count_soma(places, worked, spikes);
        let soma_done = |accessed, updated, spiked| start + timing.soma(accessed, updated, spiked);
        let here = self.cores.neurons.row(terminal);
        let mut packets = 0;
        for (earlier, spike) in (0..).zip(fired.drain(..)) {
            let (neuron, place) = (core.neurons.start.plus(spike.neuron), here.start.plus(spike.neuron));
            self.cores.spike_counts[place] += u32::from(in_window);
            if core.params.sends_sums() {
                self.sums.push((neuron, self.cores.membrane[place]));
            } else {
                self.fired.push(neuron);
            }
            let neurons = u64::from(spike.neuron) + 1;
            let done = if sweeps {
                // It is out in the last tick of its neuron, and the stop for it comes then.
                soma_done(neurons, neurons, earlier).saturating_sub(1)
            } else {
                soma_done(neurons, spike.updated, earlier + 1)
            };
            packets += self.fire(terminal, neuron, done + packets * timing.of(Op::AxonOut));
        }
        self.cores.fired = fired;
        let done = soma_done(places, worked, spikes) + packets * timing.of(Op::AxonOut) + after;
        self.occupy_soma(terminal, start, done);
        if self.fabric.tap().hears(Kind::Membrane) {
            self.note_membranes(done, terminal, core.neurons.start, here);
        }
    }

    /// When the soma can begin: after the array is read, and after its last work. Only on a free-running chip can that
    /// reach into another step.
    fn soma_start(&mut self, terminal: LocalTerminal, core: &CoreTable, now: Tick) -> Tick {
        (now + self.read_array(terminal, core)).max(self.cores.stages[terminal].soma_free)
    }

    /// The soma, and the axon stage behind it, work from one tick to another.
    pub(super) fn occupy_soma(&mut self, terminal: LocalTerminal, start: Tick, done: Tick) {
        self.cores.stages[terminal].soma_free = done;
        self.note(start, terminal, Kind::Soma, (done - start, 0, 0));
        self.cores.note_busy(done);
    }

    /// Reads the crossbar, if a row was driven since; gives the time that takes.
    fn read_array(&mut self, terminal: LocalTerminal, core: &CoreTable) -> Tick {
        let Some(converters) = self.tables.converters else { return 0 };
        let stages = &mut self.cores.stages[terminal];
        let rows = std::mem::take(&mut stages.rows_driven);
        if rows == 0 {
            return 0;
        }
        let slices = self.tables.cells.as_ref().map_or(1, |cells| cells.slices);
        let columns = core.neurons.len() as u64 * u64::from(slices);
        stages.counts.add(Op::ArrayRead, 1);
        stages.counts.add(Op::RowDrive, rows);
        stages.counts.add(Op::ColumnConversion, columns);
        let timing = &self.tables.timing;
        timing.of(Op::ArrayRead) + columns.div_ceil(u64::from(converters)) * timing.of(Op::ColumnConversion)
    }
}
