//! A time step of a core: the soma sweeps over the neurons, population by population.

use super::state::{FIRST_UNIT, count_soma};
use crate::hw::Gating;
use crate::ids::{Id, LocalTerminal};
use crate::model::fabric::FlitOut;
use crate::model::{CoreSegment, CoreTable, Simulator, Tables};
use crate::stats::{Counts, Op};
use crate::trace::{Kind, Tap};
use crate::units::Tick;

/// Work of the soma in a time step, so far.
#[derive(Clone, Copy)]
struct SomaWork {
    /// When it began.
    start: Tick,
    /// Neurons accessed, updated and fired.
    accessed: u64,
    updated: u64,
    spikes: u64,
    packets: u64,
    /// What work of other soma units than the first takes longer (ticks).
    extra: i64,
}

/// Whether the soma looks at the neurons of a segment in a step, of an inference with `more` steps than usual.
#[inline(always)]
pub(super) fn acts(tables: &Tables, segment: &CoreSegment, (step, more): (u32, u32)) -> bool {
    let rests = tables.gating == Gating::Window && !segment.is_in_window(step, more);
    !rests && segment.clocked.acts_in(step)
}

impl<P: Tap> Simulator<'_, P> {
    /// The soma's and the axon stage's work of a time step.
    pub(in crate::model) fn step_core(&mut self, terminal: LocalTerminal, out: &mut impl FlitOut<P>) {
        let tables = self.tables;
        let Some(core) = tables.core(self.terminal(terminal)) else {
            self.step_source(terminal, out.now());
            return self.begin_sending(terminal, out);
        };
        if self.event_sweep(terminal).is_some() {
            return self.take_edge((terminal, core), out);
        }
        self.begin_segments(terminal, core);
        if self.step_segments((terminal, core), out.now()) {
            self.begin_sending(terminal, out);
        }
    }

    /// Puts the membranes of neurons whose window begins with this step where they begin.
    pub(super) fn begin_segments(&mut self, terminal: LocalTerminal, core: &CoreTable) {
        let (tables, step) = (self.tables, self.step);
        for segment in tables.segments_of(core) {
            if segment.is_in_window(step, self.more_steps) && step == segment.first_step() {
                // With the window, not before it: a membrane that is there before would leak.
                self.cores.begin(tables, terminal, segment);
            }
        }
    }

    /// The soma works through what acts in this step; says whether that may have made packets.
    pub(super) fn step_segments(&mut self, (terminal, core): (LocalTerminal, &CoreTable), now: Tick) -> bool {
        let (tables, step, at) = (self.tables, self.step, (self.step, self.more_steps));
        let (mut acting, mut changes) = (None, false);
        for segment in tables.segments_of(core).iter().filter(|segment| acts(tables, segment, at)) {
            acting = acting.or(Some(segment.layer));
            changes |= !segment.is_over(step);
        }
        match acting.map(|layer| core.shared.then_some(layer)) {
            None => return false,
            Some(first) if changes => self.sweep_neurons((terminal, core), first, now),
            Some(first) => self.access_neurons((terminal, core), first, now),
        }
        changes
    }

    /// The soma of populations that have ended: a chip without gating looks at their neurons in every step, and changes
    /// none.
    fn access_neurons(&mut self, (terminal, core): (LocalTerminal, &CoreTable), first: Option<u32>, now: Tick) {
        let start = self.soma_start((terminal, core), first, now);
        let (mut all, mut extra) = (0, 0);
        let (tables, at) = (self.tables, (self.step, self.more_steps));
        let timing = tables.timing_of(core);
        for segment in tables.segments_of(core).iter().filter(|segment| acts(tables, segment, at)) {
            let count = segment.neurons.len() as u64;
            all += count;
            extra += timing.soma_extra(segment.soma, [count, 0, 0]);
            self.cores.stages[terminal].count_soma(segment.soma, [count, 0, 0]);
            if let Some(counts) = first.and_then(|_| self.cores.layer(segment.layer)) {
                count_soma(counts, segment.soma, [count, 0, 0]);
            }
        }
        self.occupy_soma(terminal, start, start + timing.soma_with(all, 0, 0, extra));
    }

    /// The soma works through the neurons that act, population by population. `first` is the first of these where
    /// populations share the core: what belongs to none of them is counted there.
    fn sweep_neurons(&mut self, (terminal, core): (LocalTerminal, &CoreTable), first: Option<u32>, now: Tick) {
        let (tables, timing, at) = (self.tables, self.tables.timing_of(core), (self.step, self.more_steps));
        let (before, after) = timing.sweep.map_or((0, 0), |sweep| sweep.around);
        let start = self.soma_start((terminal, core), first, now) + before;
        let mut work = SomaWork { start, accessed: 0, updated: 0, spikes: 0, packets: 0, extra: 0 };
        for segment in tables.segments_of(core) {
            if acts(tables, segment, at) {
                self.sweep_segment((terminal, core), segment, &mut work);
            }
        }
        // A core that works through all its places does so whether a network uses them or not.
        let places = timing.sweep.map_or(work.accessed, |sweep| sweep.places.max(u64::from(core.count)));
        let sweeps = timing.packet_sweep().is_some();
        let worked = if sweeps { places } else { work.updated };
        let left = places - work.accessed;
        let unused = [left, if sweeps { left } else { 0 }, 0];
        self.cores.stages[terminal].count_soma(FIRST_UNIT, unused);
        if let Some(counts) = first.and_then(|first| self.cores.layer(first)) {
            count_soma(counts, FIRST_UNIT, unused);
        }
        let done = start
            + timing.soma_with(places, worked, work.spikes, work.extra)
            + work.packets * timing.of(Op::AxonOut)
            + after;
        self.occupy_soma(terminal, start, done);
        if self.fabric.tap().hears(Kind::Membrane) {
            for segment in tables.segments_of(core).iter().filter(|segment| acts(tables, segment, at)) {
                let here = self.cores.place_of(terminal, segment);
                self.note_membranes(done, terminal, segment.neurons.start, here);
            }
        }
    }

    /// The soma works through the neurons of a segment, with their bias if they are driven; their spikes are counted if
    /// they are in their window.
    fn sweep_segment(
        &mut self,
        (terminal, core): (LocalTerminal, &CoreTable),
        segment: &CoreSegment,
        work: &mut SomaWork,
    ) {
        let (tables, timing, step) = (self.tables, &self.tables.timing, self.step);
        let count = segment.neurons.len() as u64;
        let layer = core.shared.then_some(segment.layer);
        let sweeps = timing.packet_sweep().is_some();
        // All places are swept in order, the others only where something acts.
        let begun = if timing.sweep.is_some() { segment.at.into() } else { work.accessed };
        let mut fired = std::mem::take(&mut self.cores.fired);
        let in_window = segment.is_in_window(step, self.more_steps);
        let updated = if segment.is_over(step) {
            0
        } else {
            let driven = in_window && segment.drive.acts_after(step - segment.first_step());
            self.cores.update(tables, (terminal, segment), driven, &mut fired)
        };
        let soma_done = |[accessed, updated, spiked]: [u64; 3], own: [u64; 3]| {
            let extra = work.extra + timing.soma_extra(segment.soma, own);
            work.start + timing.soma_with(accessed, updated, spiked, extra)
        };
        let (here, spikes) = (self.cores.place_of(terminal, segment), fired.len() as u64);
        let mut packets = work.packets;
        for (earlier, spike) in (work.spikes..).zip(fired.drain(..)) {
            let (neuron, place) = (segment.neurons.start.plus(spike.neuron), here.start.plus(spike.neuron));
            self.cores.spike_counts[place] += u32::from(in_window);
            if segment.params.sends_sums() {
                self.sums.push((neuron, self.cores.membrane[place]));
            } else {
                self.fired.push(neuron);
            }
            let neurons = begun + u64::from(spike.neuron) + 1;
            let done = if sweeps {
                // It is out in the last tick of its neuron, and the stop for it comes then.
                soma_done([neurons, neurons, earlier], [0; 3]).saturating_sub(1)
            } else {
                let own = [u64::from(spike.neuron) + 1, spike.updated, earlier + 1 - work.spikes];
                soma_done([neurons, work.updated + spike.updated, earlier + 1], own)
            };
            packets += self.fire((terminal, layer), neuron, done + packets * timing.of(Op::AxonOut));
        }
        self.cores.fired = fired;
        let done = [count, if sweeps { count } else { updated }, spikes];
        self.cores.stages[terminal].count_soma(segment.soma, done);
        if let Some(counts) = layer.and_then(|layer| self.cores.layer(layer)) {
            count_soma(counts, segment.soma, done);
        }
        work.extra += timing.soma_extra(segment.soma, done);
        work.accessed += count;
        work.updated += updated;
        work.spikes += spikes;
        work.packets = packets;
    }

    /// When the soma can begin: after the array is read, and after its last work. Only on a free-running chip can that
    /// reach into another step.
    fn soma_start(&mut self, core: (LocalTerminal, &CoreTable), first: Option<u32>, now: Tick) -> Tick {
        (now + self.read_array(core, first)).max(self.cores.stages[core.0].soma_free)
    }

    /// The soma, and the axon stage behind it, work from one tick to another.
    pub(super) fn occupy_soma(&mut self, terminal: LocalTerminal, start: Tick, done: Tick) {
        let stages = &mut self.cores.stages[terminal];
        stages.soma_free = done;
        stages.work.soma += done - start;
        self.note(start, terminal, Kind::Soma, (done - start, 0, 0));
        self.cores.note_busy(done);
    }

    /// Reads the crossbar, if a row was driven since; gives the time that takes.
    fn read_array(&mut self, (terminal, core): (LocalTerminal, &CoreTable), first: Option<u32>) -> Tick {
        let timing = self.tables.timing_of(core);
        let Some(converters) = timing.converters else { return 0 };
        let stages = &mut self.cores.stages[terminal];
        let rows = std::mem::take(&mut stages.rows_driven);
        if rows == 0 {
            return 0;
        }
        let slices = self.tables.cells.as_ref().map_or(1, |cells| cells.slices);
        let columns = u64::from(core.count) * u64::from(slices);
        let count = |counts: &mut Counts| {
            counts.add(Op::ArrayRead, 1);
            counts.add(Op::RowDrive, rows);
            counts.add(Op::ColumnConversion, columns);
        };
        count(&mut stages.counts);
        first.and_then(|first| self.cores.layer(first)).map(count);
        let read = timing.of(Op::ArrayRead) + columns.div_ceil(u64::from(converters)) * timing.of(Op::ColumnConversion);
        self.cores.stages[terminal].work.array += read;
        read
    }
}
