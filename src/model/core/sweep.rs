//! Events of a core that works through its places one after the other: what they do to its neurons.

use crate::hw::Gating;
use crate::ids::{Id, LocalTerminal, NeuronId};
use crate::model::core::controller::CoreEvent;
use crate::model::fabric::FlitOut;
use crate::model::{CoreTable, Simulator, Sweep};
use crate::net::graph::Drive;
use crate::stats::Op;
use crate::trace::{Kind, Tap};
use crate::units::Tick;
use std::ops::Range;

impl<P: Tap> Simulator<'_, P> {
    /// Works on an event; gives when that is done.
    pub(super) fn act(
        &mut self,
        (terminal, core): (LocalTerminal, &CoreTable),
        (event, sweep): (CoreEvent, Sweep),
        out: &mut impl FlitOut<P>,
    ) -> Tick {
        let begin = out.now();
        match event {
            CoreEvent::Reference { step } => {
                // It may come later than its step.
                let now = std::mem::replace(&mut self.step, step);
                self.refer((terminal, core), out);
                self.step = now;
            }
            CoreEvent::ReferenceOf(neuron) => self.refer_one((terminal, core), neuron, out),
            CoreEvent::Spike(axon) => {
                let first = self.cores.neurons.row(terminal).start;
                for (target, weight) in axon.into_iter().flat_map(|axon| self.tables.row_of(axon)) {
                    let place = target.get() - core.neurons.start.get();
                    self.cores.input[first.plus(place)] += i32::from(weight);
                }
                self.sweep_places((terminal, core), (0..core.neurons.len() as u32, sweep.places), out);
                let done = self.cores.stages[terminal].soma_free;
                axon.iter().for_each(|axon| self.note(begin, terminal, Kind::Receive, (done - begin, axon.get(), 0)));
            }
            CoreEvent::Weight(neuron, weight) => {
                let place = neuron.get() - core.neurons.start.get();
                let here = self.cores.neurons.row(terminal).start.plus(place);
                self.cores.input[here] += weight;
                self.sweep_places((terminal, core), (place..place + 1, 1), out);
            }
        }
        self.cores.stages[terminal].soma_free
    }

    /// Works through some of a core's places, used or not: every neuron in turn gets the weight that an event brings it, and
    /// is compared with its threshold. The core stops for each spike.
    fn sweep_places(
        &mut self,
        (terminal, core): (LocalTerminal, &CoreTable),
        (neurons, places): (Range<u32>, u64),
        out: &mut impl FlitOut<P>,
    ) {
        let (begin, timing) = (out.now(), &self.tables.timing);
        let (mut spikes, mut packets) = (0, 0);
        for (target, worked) in neurons.zip(1..) {
            // In the last tick of its place.
            let ready = |_| begin + (timing.swept(worked, spikes) + packets * timing.of(Op::AxonOut)).saturating_sub(1);
            let (fired, made) = self.reach((terminal, core), target, ready);
            (spikes, packets) = (spikes + fired, packets + made);
        }
        let stages = &mut self.cores.stages[terminal];
        stages.counts.add(Op::Synapse, places);
        stages.count_soma(places, places, spikes);
        self.occupy_soma(terminal, begin, begin + timing.swept(places, spikes) + packets * timing.of(Op::AxonOut));
        if packets > 0 {
            self.begin_sending(terminal, out);
        }
    }

    /// The time reference of a step, for all neurons.
    fn refer(&mut self, (terminal, core): (LocalTerminal, &CoreTable), out: &mut impl FlitOut<P>) {
        let step = self.step;
        let in_window = core.is_in_window(step);
        debug_assert_eq!(self.tables.gating, Gating::Window);
        let driven = in_window && (core.drive != Drive::Once || step == core.first_step());
        if in_window {
            self.sweep_neurons((terminal, core), (driven, in_window), out);
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
        let timing = &tables.timing;
        let here = self.cores.neurons.row(terminal).start.plus(neuron.get() - core.neurons.start.get());
        let fired = self.cores.update_one(tables, core, (neuron, here));
        let mut packets = 0;
        if fired {
            self.cores.spike_counts[here] += 1;
            packets = self.fire(terminal, neuron, begin + timing.soma(1, 1, 0).saturating_sub(1));
        }
        let spikes = u64::from(fired);
        self.cores.stages[terminal].count_soma(1, 1, spikes);
        self.occupy_soma(terminal, begin, begin + timing.soma(1, 1, spikes) + packets * timing.of(Op::AxonOut));
        if packets > 0 {
            self.begin_sending(terminal, out);
        }
    }
}
