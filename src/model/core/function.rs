//! The function of a time step, apart from its timing: what somas compute, the packets that they make, and all counts.
//!
//! On chips whose cores wait for each other timing does not act on function. All somas work first, with times from the
//! step's release on; what they send goes into a [`StepLoad`], which is timed later, perhaps by another thread. A spike costs
//! the same whatever the number of its packets: it is tallied by neuron, and packets, hops and what receivers do follow from
//! the tally when counts are asked for.

use super::state::{Burst, CoreStages, in_packet};
use crate::ids::{AxonId, IdVec, LocalTerminal, NeuronId, TerminalId};
use crate::model::step_load::{Homes, StepLoad};
use crate::model::{MulticastTree, Simulator, Tables};
use crate::stats::{Counts, Op};
use crate::trace::Tap;
use crate::units::Tick;

/// Spikes that are counted, but not yet what they lead to.
#[derive(Debug)]
pub(in crate::model) struct SpikeTally {
    /// By neuron.
    spikes: IdVec<NeuronId, u32>,
    /// Packets to each core in this step, where some are crossbars; else empty.
    rows: IdVec<TerminalId, u64>,
}

impl SpikeTally {
    pub(in crate::model) fn new(tables: &Tables) -> Self {
        let mut timings = std::iter::once(&tables.timing).chain(&tables.other_timings);
        let crossbars = timings.any(|timing| timing.converters.is_some());
        let rows = if crossbars { tables.fabric.terminals.len() } else { 0 };
        Self { spikes: IdVec::filled(0, tables.neurons), rows: IdVec::filled(0, rows) }
    }

    pub(in crate::model) fn reset(&mut self) {
        self.spikes.fill(0);
        self.rows.fill(0);
    }
}

impl<P: Tap> Simulator<'_, P> {
    /// Computes a time step with the sums that act in it, of all neurons; they are zeros afterwards. Gives the spikes of
    /// neurons on the chip.
    pub fn compute_step(&mut self, step: u32, due: Option<&mut IdVec<NeuronId, i32>>, load: &mut StepLoad) -> u64 {
        self.step = step;
        self.fabric.tap().begin_step(step);
        self.fired.clear();
        self.sums.clear();
        load.begin(step);
        if let Some(due) = due {
            self.cores.take_input(self.tables, self.fabric.part(), due);
        }
        let mut of_host = 0;
        for terminal in self.cores.terminals() {
            let before = self.fired.len();
            self.compute_core(terminal);
            if self.terminal(terminal) == self.tables.host() {
                of_host += self.fired.len() - before;
            }
            self.take_load(terminal, load);
        }
        load.sent = std::mem::take(&mut self.sent);
        if let Some(tally) = &mut self.tally {
            // An array is read in the step after that in which its rows were driven.
            let driven = tally.rows.iter_mut().map(std::mem::take);
            self.cores.stages.iter_mut().zip(driven).for_each(|(stages, rows)| stages.rows_driven += rows);
        }
        (self.fired.len() - of_host) as u64
    }

    /// The soma's and the axon stage's work of a core, from tick 0.
    fn compute_core(&mut self, terminal: LocalTerminal) {
        let tables = self.tables;
        self.cores.stages[terminal].soma_free = 0;
        match tables.core(self.terminal(terminal)) {
            None => self.step_source(terminal, 0),
            Some(core) => {
                self.begin_segments(terminal, core);
                self.step_segments((terminal, core), 0);
            }
        }
    }

    /// Moves what a terminal sends, and its soma's work, to a load.
    fn take_load(&mut self, terminal: LocalTerminal, load: &mut StepLoad) {
        let here = self.terminal(terminal);
        let stages = &mut self.cores.stages[terminal];
        let work = CoreStages::take_work(stages);
        if work.soma_done > 0 {
            load.add_core(here, work);
        }
        let bursts = &mut stages.outgoing.bursts;
        if let Some(first) = bursts.first() {
            load.add_terminal(here, first.gap);
            bursts.drain(..).for_each(|burst| load.add_burst((burst.next, burst.end), burst.ready, burst.sending));
        }
    }

    /// Makes the packets of a spike, and tallies it; gives the number of packets.
    pub(super) fn tally_spike(&mut self, terminal: LocalTerminal, neuron: NeuronId, (ready, gap): (Tick, Tick)) -> u64 {
        let tables = self.tables;
        let axons = tables.axons.row(neuron);
        if let Some(tally) = &mut self.tally {
            tally.spikes[neuron] += 1;
            if !tally.rows.is_empty() {
                for core in &tables.destinations[axons] {
                    tally.rows[tables.terminal(*core)] += 1;
                }
            }
        }
        let (next, end) = match &tables.trees {
            Some(trees) => {
                for (axon, core) in axons.ids().zip(&tables.destinations[axons]) {
                    self.sent.note(tables.terminal(*core), axon);
                }
                (trees[neuron].root, trees[neuron].root + 1)
            }
            None => (axons.start.get(), axons.end.get()),
        };
        let made = u64::from(end - next);
        let stages = &mut self.cores.stages[terminal];
        let sending = in_packet(stages.work.axon_out + gap);
        stages.outgoing.bursts.push(Burst { next, end, ready, gap, sending });
        stages.work.axon_out += made * gap;
        made
    }

    /// Counts what the tallied spikes lead to.
    pub fn settle_counts(&mut self, homes: &Homes) {
        let Some(mut tally) = self.tally.take() else { return };
        let (tables, cores) = (self.tables, self.cores.terminals());
        for terminal in cores {
            let Some(core) = tables.core(self.terminal(terminal)) else {
                for neuron in homes.of_host() {
                    self.settle_spikes((terminal, None), *neuron, &mut tally);
                }
                continue;
            };
            for segment in tables.segments_of(core) {
                let layer = core.shared.then_some(segment.layer);
                for neuron in segment.neurons.ids() {
                    self.settle_spikes((terminal, layer), neuron, &mut tally);
                }
            }
        }
        self.tally = Some(tally);
    }

    /// Counts what the tallied spikes of a neuron lead to.
    #[inline]
    fn settle_spikes(&mut self, from: (LocalTerminal, Option<u32>), neuron: NeuronId, tally: &mut SpikeTally) {
        let spikes = u64::from(std::mem::take(&mut tally.spikes[neuron]));
        if spikes > 0 {
            self.count_packets(from, neuron, spikes);
            for axon in self.tables.axons.row(neuron).ids() {
                self.count_received(axon, spikes);
            }
        }
    }

    /// Counts the packets of some spikes of a neuron at their source, with their hops.
    fn count_packets(&mut self, (terminal, layer): (LocalTerminal, Option<u32>), neuron: NeuronId, spikes: u64) {
        let (tables, source) = (self.tables, self.terminal(terminal));
        let axons = tables.axons.row(neuron);
        let made = match &tables.trees {
            Some(trees) => {
                let MulticastTree { hops, .. } = trees[neuron];
                self.count_hops((terminal, layer), hops, spikes);
                spikes
            }
            None => {
                let from = tables.router_of(source);
                for core in &tables.destinations[axons] {
                    let to = tables.router_of(tables.terminal(*core));
                    self.count_hops((terminal, layer), tables.fabric.routing.hops(from, to), spikes);
                }
                axons.len() as u64 * spikes
            }
        };
        let written = if source == tables.host() { Op::HostWrite } else { Op::AxonOut };
        let count = |counts: &mut Counts| {
            counts.add(written, made);
            counts.add(Op::Inject, made);
            counts.add(Op::Eject, axons.len() as u64 * spikes);
        };
        count(&mut self.cores.stages[terminal].counts);
        layer.and_then(|layer| self.cores.layer(layer)).map(count);
    }

    /// Counts what some packets do where they are taken in.
    fn count_received(&mut self, axon: AxonId, packets: u64) {
        let tables = self.tables;
        let (core, synapses) = (tables.destinations[axon], u64::from(tables.synapses_of(axon)));
        let applied = tables.synapse_op(axon);
        let counts = &mut self.cores.stages[LocalTerminal::new(core.get())].counts;
        counts.add(Op::AxonIn, packets);
        counts.add(applied, synapses * packets);
        if let Some(pieces) = tables.pieces.as_ref().filter(|_| tables.cores[core].shared) {
            self.count_by_layer(pieces.of(axon), (applied, synapses), packets);
        }
    }
}
