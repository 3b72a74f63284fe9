//! Events of a core that works through its places one after the other: what they do to its neurons.

use super::free::holding;
use super::state::{FIRST_UNIT, count_soma};
use crate::ids::{AxonId, Id, LocalTerminal, NeuronId};
use crate::model::core_events::CoreEvent;
use crate::model::fabric::FlitOut;
use crate::model::{CoreTable, Simulator, Sweep};
use crate::stats::{Counts, Op};
use crate::trace::{Kind, Tap};
use crate::units::Tick;
use std::ops::Range;

impl<P: Tap> Simulator<'_, P> {
    /// Works on an event; gives when that is done.
    pub(super) fn act(
        &mut self,
        (terminal, core): (LocalTerminal, &CoreTable),
        event: CoreEvent,
        sweep: Sweep,
        out: &mut impl FlitOut<P>,
    ) -> Tick {
        let (tables, begin) = (self.tables, out.now());
        let first = self.cores.neurons.row(terminal).start;
        match event {
            CoreEvent::Reference { step } => {
                // It may come later than its step.
                let now = std::mem::replace(&mut self.step, step);
                if self.step_segments((terminal, core), begin) {
                    self.begin_sending(terminal, out);
                }
                self.step = now;
            }
            CoreEvent::ReferenceOf(neuron) => self.refer_one((terminal, core), neuron, out),
            CoreEvent::Spike(axon) => {
                for (target, weight) in axon.into_iter().flat_map(|axon| tables.row_of(axon)) {
                    self.cores.input[first.plus(tables.place(core, target))] += i32::from(weight);
                }
                self.count_spike((terminal, core), axon, sweep.places);
                self.sweep_places((terminal, core), (0..core.count, sweep.places), out);
                let done = self.cores.stages[terminal].soma_free;
                axon.iter().for_each(|axon| self.note(begin, terminal, Kind::Receive, (done - begin, axon.get(), 0)));
            }
            CoreEvent::Weight(neuron, weight) => {
                let place = tables.place(core, neuron);
                self.cores.input[first.plus(place)] += weight;
                self.cores.stages[terminal].counts.add(Op::Synapse, 1);
                let layer = self.layer_of(core, neuron).filter(|_| core.shared);
                if let Some(counts) = layer.and_then(|layer| self.cores.layer(layer)) {
                    counts.add(Op::Synapse, 1);
                }
                self.sweep_places((terminal, core), (place..place + 1, 1), out);
            }
        }
        self.cores.stages[terminal].soma_free.max(begin)
    }

    /// Counts a spike's work on all places of a core.
    fn count_spike(&mut self, (terminal, core): (LocalTerminal, &CoreTable), axon: Option<AxonId>, places: u64) {
        let tables = self.tables;
        let count = |counts: &mut Counts| {
            counts.add(Op::AxonIn, 1);
            counts.add(Op::Synapse, places);
        };
        count(&mut self.cores.stages[terminal].counts);
        match (axon, &tables.pieces) {
            _ if !core.shared => {}
            (Some(axon), Some(pieces)) => self.count_by_layer(pieces.of(axon), (Op::Synapse, places), 1),
            _ => {
                let first = tables.segments_of(core).first();
                first.and_then(|first| self.cores.layer(first.layer)).map(count);
            }
        }
    }

    /// The population of a neuron of a core.
    fn layer_of(&self, core: &CoreTable, neuron: NeuronId) -> Option<u32> {
        let segment = holding(&mut self.tables.segments_of(core), self.tables.place(core, neuron));
        segment.map(|segment| segment.layer)
    }

    /// Works through some of a core's places, used or not: every neuron in turn gets the weight that an event brings it, and
    /// is compared with its threshold. The core stops for each spike.
    fn sweep_places(
        &mut self,
        (terminal, core): (LocalTerminal, &CoreTable),
        (neurons, places): (Range<u32>, u64),
        out: &mut impl FlitOut<P>,
    ) {
        let (tables, begin) = (self.tables, out.now());
        let timing = tables.timing_of(core);
        let (mut spikes, mut packets) = (0, 0);
        let mut segments = tables.segments_of(core);
        let unused = places.saturating_sub(neurons.len() as u64);
        for (target, worked) in neurons.zip(1..) {
            // In the last tick of its place.
            let ready = |_| begin + (timing.swept(worked, spikes) + packets * timing.of(Op::AxonOut)).saturating_sub(1);
            let Some(segment) = holding(&mut segments, target) else { break };
            let (fired, made) = self.reach((terminal, core), (segment, target), ready);
            (spikes, packets) = (spikes + fired, packets + made);
            if let Some(counts) = core.shared.then(|| self.cores.layer(segment.layer)).flatten() {
                count_soma(counts, segment.soma, [1, 1, fired]);
            }
        }
        let first = tables.segments_of(core).first().filter(|_| core.shared);
        if let Some(counts) = first.and_then(|first| self.cores.layer(first.layer)) {
            count_soma(counts, FIRST_UNIT, [unused, unused, 0]);
        }
        self.cores.stages[terminal].count_soma(FIRST_UNIT, [places, places, spikes]);
        self.occupy_soma(terminal, begin, begin + timing.swept(places, spikes) + packets * timing.of(Op::AxonOut));
        // All but the spikes is the synapses' work.
        let (swept, work) = (timing.swept(places, 0), &mut self.cores.stages[terminal].work);
        (work.synapses, work.soma) = (work.synapses + swept, work.soma - swept);
        if packets > 0 {
            self.begin_sending(terminal, out);
        }
    }

    /// A time reference of one neuron.
    fn refer_one(
        &mut self,
        (terminal, core): (LocalTerminal, &CoreTable),
        neuron: NeuronId,
        out: &mut impl FlitOut<P>,
    ) {
        let (tables, begin) = (self.tables, out.now());
        let timing = tables.timing_of(core);
        let place = tables.place(core, neuron);
        let Some(segment) = holding(&mut tables.segments_of(core), place) else { return };
        let here = self.cores.neurons.row(terminal).start.plus(place);
        let fired = self.cores.update_one(tables, segment, (neuron, here));
        let layer = core.shared.then_some(segment.layer);
        let mut packets = 0;
        if fired {
            self.cores.spike_counts[here] += 1;
            packets = self.fire((terminal, layer), neuron, begin + timing.soma(1, 1, 0).saturating_sub(1));
        }
        let spikes = u64::from(fired);
        self.cores.stages[terminal].count_soma(segment.soma, [1, 1, spikes]);
        if let Some(counts) = layer.and_then(|layer| self.cores.layer(layer)) {
            count_soma(counts, segment.soma, [1, 1, spikes]);
        }
        self.occupy_soma(terminal, begin, begin + timing.soma(1, 1, spikes) + packets * timing.of(Op::AxonOut));
        if packets > 0 {
            self.begin_sending(terminal, out);
        }
    }
}
