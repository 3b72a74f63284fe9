//! The controller of a core that works event by event, after that of ODIN.
//!
//! * *Bus*: what comes from outside waits there in order: the events of the host, which it sends when a time step begins,
//!   and packets of other cores. A spike is put into the queue, which takes the time of an axon in; a time reference event
//!   and a single synapse act at once, ahead of all that is queued.
//! * *Queue*: `receive_queue` entries, the one being worked on among them. Spikes of the core's own neurons enter it as they
//!   fire, without a way over the network. One that finds it full is lost, and counted; it is sent to other cores all the
//!   same. A core whose neurons have no synapses among themselves runs in open loop: their spikes are only sent off.
//! * *Order*: a free core takes a queued event if the queue is full; else an event from the bus, if there is one; else a
//!   queued one. A handshake follows each event from the bus: the queue goes on after the rest of `host_wait`, the bus after
//!   `input_wait`. So one event from outside gets in between two queued ones.
//! * *Time*: between two queued events there is the time of an axon in. An event works through all places of the core,
//!   or through one; a neuron fires in the last tick of its place, and the core stops for the time of a spike.

use super::queue::{AtBus, QueueTurn};
use super::record_of;
use super::step::acts;
use crate::ids::{AxonId, CoreId, LocalTerminal};
use crate::model::core_events::CoreEvent;
use crate::model::fabric::{FlitOut, Packet};
use crate::model::{CoreTable, Simulator, Sweep};
use crate::stats::{Counts, Op};
use crate::trace::{Kind, Tap};
use crate::units::{Delay, Tick};

impl<P: Tap> Simulator<'_, P> {
    /// A time step begins at a core: the events of the host are at its bus.
    pub(super) fn take_edge(&mut self, (terminal, core): (LocalTerminal, &CoreTable), out: &impl FlitOut<P>) {
        let (tables, step, now) = (self.tables, self.step, out.now());
        self.begin_segments(terminal, core);
        let target = CoreId::new(self.terminal(terminal).get());
        if tables.host_events.is_empty() {
            if tables.segments_of(core).iter().any(|segment| acts(tables, segment, (step, self.more_steps))) {
                self.wait_at_bus(terminal, (CoreEvent::Reference { step }, false), now);
            }
        } else {
            let first = tables.host_events.partition_point(|event| event.step < step);
            let here = tables.host_events[first..].iter().take_while(|event| event.step == step);
            for event in here.filter(|event| event.core == target) {
                self.wait_at_bus(terminal, (event.event, event.queued), now);
            }
        }
        // Borrowed apart from the rest of the simulator, and put back below.
        let of_sample = std::mem::take(&mut self.sample_spikes);
        let spikes = if of_sample.is_empty() { &tables.source_spikes } else { &of_sample };
        let first = spikes.partition_point(|(at, _)| *at < step);
        for (_, neuron) in spikes[first..].iter().take_while(|(at, _)| *at == step) {
            let mut axons = tables.axons_of(*neuron).ids();
            if let Some(axon) = axons.find(|axon| tables.destinations[*axon] == target) {
                self.wait_at_bus(terminal, (CoreEvent::Spike(Some(axon)), true), now);
            }
        }
        self.sample_spikes = of_sample;
        self.cores.ask(terminal);
    }

    /// An event of the host comes to the bus of a core.
    fn wait_at_bus(&mut self, terminal: LocalTerminal, (event, queued): (CoreEvent, bool), now: Tick) {
        let target = self.terminal(terminal);
        let label = self.fabric.tap().label(terminal, target);
        if let CoreEvent::Spike(Some(axon)) = event {
            self.sent.note(target, axon);
            if self.fabric.tap().hears(Kind::Sent) {
                let host = self.node_of(self.tables.host());
                self.fabric.tap().note(record_of(now, host, Kind::Sent, (P::number(label), axon.get(), 0)));
            }
        }
        let waiting = AtBus { event, queued, since: now, label, channel: None };
        self.cores.controllers[terminal].bus.push_back(waiting);
    }

    /// A packet of another core comes to the bus of a core, over a channel where the network has finite buffers.
    pub(super) fn enter(&mut self, terminal: LocalTerminal, packet: Packet<P::Label>, channel: Option<u8>, now: Tick) {
        let event = CoreEvent::Spike(Some(AxonId::new(packet.load)));
        let waiting = AtBus { event, queued: true, since: now, label: packet.label, channel };
        self.packet_latency.record(now - packet.born);
        self.order.note(terminal, self.step, (packet.born, now));
        self.cores.controllers[terminal].bus.push_back(waiting);
        self.cores.ask(terminal);
    }

    /// A neuron's spike enters the queue of its core, unless that is full.
    pub(super) fn queue_own(
        &mut self,
        (terminal, layer): (LocalTerminal, Option<u32>),
        axon: Option<AxonId>,
        ready: Tick,
    ) {
        let source = self.terminal(terminal);
        let places = self.event_sweep(terminal).map_or(0, |sweep| sweep.queue);
        let controller = &mut self.cores.controllers[terminal];
        if !controller.closed_loop {
            return;
        }
        if controller.queue.len() >= places {
            controller.lost += 1;
            return;
        }
        controller.queue.push_back((CoreEvent::Spike(axon), Some(ready)));
        // A packet without a way.
        let count = |counts: &mut Counts| [Op::AxonOut, Op::Inject, Op::Eject].iter().for_each(|op| counts.add(*op, 1));
        count(&mut self.cores.stages[terminal].counts);
        layer.and_then(|layer| self.cores.layer(layer)).map(count);
        self.packet_hops.record(0);
        if let Some(axon) = axon {
            self.sent.note(source, axon);
        }
    }

    /// Works on the next event, if the core is free and one waits.
    pub(in crate::model) fn work(&mut self, terminal: LocalTerminal, out: &mut impl FlitOut<P>) {
        let (tables, now) = (self.tables, out.now());
        let (Some(sweep), Some(core)) = (self.event_sweep(terminal), tables.core(self.terminal(terminal))) else {
            return;
        };
        if let Some(turn) = self.cores.controllers[terminal].turn(now, sweep.queue) {
            let free = match turn {
                QueueTurn::Queue => self.take_queued((terminal, core), sweep, out),
                QueueTurn::Bus => self.take_from_bus((terminal, core), sweep, out),
            };
            // Nothing is done in no time, so that a loop of events without any comes to the deadline.
            self.cores.controllers[terminal].free = free.max(now + 1);
        }
        let controller = &mut self.cores.controllers[terminal];
        if let Some(next) = controller.next(sweep.queue)
            && let Some(wait) = Delay::new(next.saturating_sub(now))
            && (controller.wake <= now || next < controller.wake)
        {
            controller.wake = next;
            out.signal(wait, self.fabric.wake_terminal(terminal));
        }
    }

    /// Works on the first event of the queue; gives when the core is free again.
    fn take_queued(&mut self, core: (LocalTerminal, &CoreTable), sweep: Sweep, out: &mut impl FlitOut<P>) -> Tick {
        let (terminal, now) = (core.0, out.now());
        let Some((event, since)) = self.cores.controllers[terminal].queue.front().copied() else { return now };
        since.iter().for_each(|since| self.packet_latency.record(now - since));
        let source = self.terminal(terminal);
        if let CoreEvent::Spike(Some(axon)) = event {
            self.delivered.note(source, axon);
        }
        let end = self.act(core, event, sweep, out);
        // It keeps its place until then.
        self.cores.controllers[terminal].queue.pop_front();
        let entry = self.tables.timing_of(core.1).of(Op::AxonIn);
        self.cores.stages[terminal].work.axon_in += entry;
        end + entry
    }

    /// Takes the first event of the bus; gives when the core is free again.
    fn take_from_bus(&mut self, core: (LocalTerminal, &CoreTable), sweep: Sweep, out: &mut impl FlitOut<P>) -> Tick {
        let (terminal, now) = (core.0, out.now());
        let Some(taken) = self.cores.controllers[terminal].bus.pop_front() else { return now };
        let (event, waited) = (taken.event, now - taken.since);
        if let Some(channel) = taken.channel {
            self.fabric.give_back(terminal, channel, 0, out);
        } else if matches!(event, CoreEvent::Spike(_)) {
            self.packet_latency.record(waited);
        }
        if let CoreEvent::Spike(Some(axon)) = event {
            self.note(now, terminal, Kind::Delivered, (P::number(taken.label), axon.get(), waited));
        }
        let entry = self.tables.timing_of(core.1).of(Op::AxonIn);
        let end = if taken.queued {
            self.cores.controllers[terminal].queue.push_back((event, None));
            self.cores.stages[terminal].work.axon_in += entry;
            now + entry
        } else {
            self.act(core, event, sweep, out)
        };
        let controller = &mut self.cores.controllers[terminal];
        controller.queue_free = end + sweep.host_wait.saturating_sub(entry);
        controller.bus_free = end + sweep.input_wait;
        end
    }
}
