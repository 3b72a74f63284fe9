//! State of the cores of a shard: their stages, and their neurons in arrays.

use super::queue::Controller;
use super::work::CoreWork;
use super::work_notes::ReceiveStages;
use crate::ids::{Id, IdRange, IdVec, LocalNeuron, LocalTerminal, NeuronId, Offsets};
use crate::model::delivery::TOUCHED;
use crate::model::fabric::{Packet, Part};
use crate::model::{CoreSegment, CoreTable, HostInput, Tables};
use crate::net::graph::Drive;
use crate::net::neuron::{self, Fired, Model, Soma, SomaLanes};
use crate::stats::{Counts, Op};
use crate::units::Tick;

/// State of the cores of a shard. The host is one where it belongs to the shard.
#[derive(Debug)]
pub struct CoreState<L = ()> {
    pub(super) stages: IdVec<LocalTerminal, CoreStages<L>>,
    /// The neurons of each core.
    pub(super) neurons: Offsets<LocalTerminal, LocalNeuron>,
    pub(super) membrane: IdVec<LocalNeuron, i32>,
    /// Synaptic currents, of neurons that have them.
    current: IdVec<LocalNeuron, i32>,
    /// Steps of rest that are left, of neurons that have them.
    resting: IdVec<LocalNeuron, u8>,
    bias: IdVec<LocalNeuron, i32>,
    /// Sums of the weights that act in this step.
    pub(super) input: IdVec<LocalNeuron, i32>,
    pub(super) spike_counts: IdVec<LocalNeuron, u32>,
    /// No drive, for steps outside a window.
    silence: Vec<i32>,
    pub(super) fired: Vec<Fired>,
    /// Neurons that a packet reached, by position in their core; on free-running chips.
    pub(super) touched: Vec<u32>,
    /// The controllers of cores that work event by event, idle at other terminals; empty on chips without such cores.
    pub(super) controllers: IdVec<LocalTerminal, Controller<L>>,
    /// Counts of shared cores, by population; empty where no core is shared.
    layers: Vec<Counts>,
    busy_until: Tick,
    /// Cores that decide in this tick.
    asked: Vec<LocalTerminal>,
}

/// The stages of a core, and its counts.
#[derive(Debug)]
pub(super) struct CoreStages<L> {
    pub(super) receive: ReceiveStages,
    /// When the soma, with the axon stage behind it, is free again (ticks).
    pub(super) soma_free: Tick,
    /// Rows of a crossbar driven since the array was last read.
    pub(super) rows_driven: u64,
    /// What the stages worked on since it was last asked for.
    pub(super) work: CoreWork,
    pub(super) outgoing: SendQueue,
    pub(super) counts: Counts,
    /// Packets that arrived in this tick; used under ideal timing only.
    pub(super) arrived: Vec<Packet<L>>,
}

impl<L> Default for CoreStages<L> {
    fn default() -> Self {
        Self {
            receive: ReceiveStages::default(),
            soma_free: 0,
            rows_driven: 0,
            work: CoreWork::default(),
            outgoing: SendQueue::default(),
            counts: Counts::default(),
            arrived: Vec::new(),
        }
    }
}

impl<L> CoreStages<L> {
    /// The work since the last call.
    pub(super) fn take_work(&mut self) -> CoreWork {
        let mut work = std::mem::take(&mut self.work);
        work.soma_done = self.soma_free;
        self.receive.complete(&mut work);
        work.soma = work.soma.saturating_sub(work.axon_out);
        work
    }

    /// Back to rest; memory of queues is kept.
    fn reset(&mut self) {
        let (mut outgoing, mut arrived) = (std::mem::take(&mut self.outgoing), std::mem::take(&mut self.arrived));
        outgoing.reset();
        arrived.clear();
        *self = Self { outgoing, arrived, ..Self::default() };
    }

    /// Counts what a soma did: neurons accessed, updated and fired.
    pub(super) fn count_soma(&mut self, soma: [Op; 3], work: [u64; 3]) {
        count_soma(&mut self.counts, soma, work);
    }
}

/// The decay of a current of Loihi's neurons that is cleared in each step.
const CLEARED: u32 = 4095;

/// What the first soma unit of a core does, or the only one.
pub(super) const FIRST_UNIT: [Op; 3] = [Op::SomaAccess, Op::SomaUpdate, Op::SomaSpike];

/// Counts what a soma unit did: neurons accessed, updated and fired.
pub(super) fn count_soma(counts: &mut Counts, soma: [Op; 3], work: [u64; 3]) {
    counts.add(Op::Dendrite, work[0]);
    for (op, n) in soma.into_iter().zip(work) {
        counts.add(op, n);
    }
}

/// Packets of a spike that have yet to leave: those of a row of axons, or the one of a multicast tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Burst {
    /// The axon, or the root of the tree, of the next packet.
    pub(super) next: u32,
    /// The end of them.
    pub(super) end: u32,
    /// When the next packet is ready (ticks).
    pub(super) ready: Tick,
    /// How much later each one after it is ready (ticks).
    pub(super) gap: Tick,
    /// Time of the axon stage in this step when the next packet is ready (ticks).
    pub(super) sending: u32,
}

impl Burst {
    /// Goes on to the packet after the next one.
    #[inline]
    pub(super) fn advance(&mut self) {
        self.next += 1;
        self.ready += self.gap;
        self.sending = self.sending.saturating_add(in_packet(self.gap));
    }
}

/// A time as a packet carries it: at most 2^32 - 1 ticks.
#[inline]
pub(super) fn in_packet(ticks: Tick) -> u32 {
    u32::try_from(ticks).unwrap_or(u32::MAX)
}

/// Packets on their way out of a core, in the order in which they are ready.
#[derive(Debug, Default)]
pub(super) struct SendQueue {
    pub(super) bursts: Vec<Burst>,
    first: usize,
    /// Whether only a credit lets it go on.
    pub(super) blocked: bool,
    /// The pending wake-up; the past when there is none.
    pub(super) wake: Tick,
    /// Whether it is in the list of those that decide.
    asked: bool,
}

/// Spikes whose packets have left stay in the queue until there are this many, or all have left.
const LEFT: usize = 1024;

impl SendQueue {
    fn reset(&mut self) {
        self.bursts.clear();
        (self.first, self.blocked, self.wake) = (0, false, 0);
    }

    /// The spike whose packet is the next one.
    #[inline]
    pub(super) fn first(&self) -> Option<&Burst> {
        self.bursts.get(self.first)
    }

    /// The next packet leaves. On a free-running chip the queue may never be empty, and must not grow for that.
    #[inline]
    pub(super) fn leave(&mut self) {
        let burst = &mut self.bursts[self.first];
        burst.advance();
        if burst.next < burst.end {
            return;
        }
        self.first += 1;
        if self.first == self.bursts.len() {
            self.bursts.clear();
            self.first = 0;
        } else if self.first >= LEFT && 2 * self.first >= self.bursts.len() {
            self.bursts.drain(..self.first);
            self.first = 0;
        }
    }
}

impl<L: Copy> CoreState<L> {
    pub(in crate::model) fn new(tables: &Tables, part: &Part) -> Self {
        let mut neurons = Offsets::with_capacity(part.terminals.len());
        let mut n = 0;
        for terminal in part.terminals.iter() {
            n += tables.core(*terminal).map_or(0, CoreTable::len);
            neurons.push(LocalNeuron::from_index(n));
        }
        let largest = tables.segments.iter().map(|segment| segment.neurons.len()).max().unwrap_or(0);
        let shared = tables.cores.iter().any(|core| core.shared);
        let layers = tables.segments.iter().map(|segment| segment.layer as usize + 1).max().unwrap_or(0);
        Self {
            stages: part.terminals.iter().map(|_| CoreStages::default()).collect(),
            neurons,
            membrane: IdVec::filled(0, n),
            current: IdVec::filled(0, n),
            resting: IdVec::filled(0, n),
            bias: IdVec::filled(0, n),
            input: IdVec::filled(0, n),
            spike_counts: IdVec::filled(0, n),
            silence: vec![0; largest],
            fired: Vec::new(),
            touched: Vec::new(),
            controllers: if tables.has_events() { Controller::of_part(tables, part) } else { IdVec::default() },
            layers: vec![Counts::default(); if shared { layers } else { 0 }],
            busy_until: 0,
            asked: Vec::new(),
        }
    }

    /// The terminals of the shard.
    pub(in crate::model) fn terminals(&self) -> impl Iterator<Item = LocalTerminal> + use<L> {
        self.stages.ids()
    }

    /// Asks for this tick's decision of a core; asking twice is asking once.
    #[inline]
    pub(in crate::model) fn ask(&mut self, terminal: LocalTerminal) {
        let outgoing = &mut self.stages[terminal].outgoing;
        if !outgoing.asked {
            outgoing.asked = true;
            self.asked.push(terminal);
        }
    }

    /// The cores that asked, in any order.
    #[inline]
    pub(in crate::model) fn asked(&self, at: usize) -> Option<LocalTerminal> {
        self.asked.get(at).copied()
    }

    #[inline]
    pub(in crate::model) fn end_asking(&mut self) {
        for terminal in self.asked.drain(..) {
            self.stages[terminal].outgoing.asked = false;
        }
    }

    pub(in crate::model) fn reset(&mut self, tables: &Tables, part: &Part, input: &HostInput<'_>) {
        self.membrane.fill(0);
        self.current.fill(0);
        self.resting.fill(0);
        self.input.fill(0);
        self.spike_counts.fill(0);
        self.stages.iter_mut().for_each(CoreStages::reset);
        self.controllers.iter_mut().for_each(Controller::reset);
        self.layers.fill(Counts::default());
        self.busy_until = 0;
        for (here, terminal) in part.terminals.with_ids() {
            let Some(core) = tables.core(*terminal) else {
                count_writes(&mut self.stages[here].counts, tables, input);
                continue;
            };
            for segment in tables.segments_of(core) {
                let bias = if segment.drive == Drive::Host {
                    &input.drive[segment.neurons.indices()]
                } else {
                    &tables.bias[segment.neurons]
                };
                let own = self.place_of(here, segment);
                self.bias[own].copy_from_slice(bias);
            }
        }
    }

    /// Exchanges the drives that the host wrote for others, and counts those that differ.
    pub(in crate::model) fn write(&mut self, tables: &Tables, part: &Part, (before, now): (&[i32], &[i32])) {
        let driven = |segment: &&CoreSegment| segment.drive == Drive::Host;
        for (here, terminal) in part.terminals.with_ids() {
            let Some(core) = tables.core(*terminal) else {
                let all = tables.segments.iter().filter(driven).flat_map(|segment| segment.neurons.indices());
                let changed = all.filter(|neuron| before[*neuron] != now[*neuron]).count();
                self.stages[here].counts.add(Op::HostWrite, changed as u64);
                continue;
            };
            for segment in tables.segments_of(core).iter().filter(driven) {
                let own = self.place_of(here, segment);
                self.bias[own].copy_from_slice(&now[segment.neurons.indices()]);
            }
        }
    }

    /// The neurons of a segment of a core here.
    #[inline(always)]
    pub(super) fn place_of(&self, terminal: LocalTerminal, segment: &CoreSegment) -> IdRange<LocalNeuron> {
        let first = self.neurons.row(terminal).start.plus(segment.at);
        IdRange::from_first(first, segment.neurons.len() as u32)
    }

    /// Puts the membranes of a segment where they begin.
    pub(super) fn begin(&mut self, tables: &Tables, terminal: LocalTerminal, segment: &CoreSegment) {
        if let Some(start) = tables.start.slice(segment.neurons) {
            let own = self.place_of(terminal, segment);
            self.membrane[own].copy_from_slice(start);
        }
    }

    /// Takes the sums of the neurons here out of those of all neurons.
    pub(in crate::model) fn take_input(&mut self, tables: &Tables, part: &Part, due: &mut IdVec<NeuronId, i32>) {
        for (here, terminal) in part.terminals.with_ids() {
            let Some(core) = tables.core(*terminal) else { continue };
            for segment in tables.segments_of(core) {
                let (own, all) = (self.place_of(here, segment), &mut due[segment.neurons]);
                self.input[own].copy_from_slice(all);
                all.fill(0);
            }
        }
    }

    /// Has the neurons of a segment take a time step, with their bias if they are driven. Gives how many were updated.
    pub(super) fn update(
        &mut self,
        tables: &Tables,
        (terminal, segment): (LocalTerminal, &CoreSegment),
        driven: bool,
        fired: &mut Vec<Fired>,
    ) -> u64 {
        let here = self.place_of(terminal, segment);
        let touched = if tables.updates_on_zero { self.touched(segment, here, driven) } else { 0 };
        let soma = Soma {
            v: &mut self.membrane[here],
            input: &mut self.input[here],
            bias: if driven { &self.bias[here] } else { &self.silence[..here.len()] },
            threshold: &tables.threshold[segment.neurons],
            fired,
        };
        let (current, resting) = (&mut self.current[here], &mut self.resting[here]);
        let traits = tables.traits.slice(segment.neurons).unwrap_or_default();
        touched + neuron::step(&segment.params, SomaLanes { soma, current, resting, traits })
    }

    /// Neurons that spikes reached and of which all is 0; their sums are put right.
    fn touched(&mut self, segment: &CoreSegment, here: IdRange<LocalNeuron>, driven: bool) -> u64 {
        let mut zeros = 0;
        if matches!(&segment.params.model, Model::Loihi(loihi) if loihi.current_decay == CLEARED) {
            // A current that is cleared now holds nothing that would be updated.
            self.current[here].fill(0);
        }
        for neuron in here.ids() {
            if self.input[neuron] == TOUCHED {
                self.input[neuron] = 0;
                let bias = if driven { self.bias[neuron] } else { 0 };
                zeros += u64::from(bias == 0 && self.membrane[neuron] == 0 && self.current[neuron] == 0);
            }
        }
        zeros
    }

    /// Has one neuron take a time step, and says whether it fires.
    pub(super) fn update_one(
        &mut self,
        tables: &Tables,
        segment: &CoreSegment,
        (neuron, here): (NeuronId, LocalNeuron),
    ) -> bool {
        let (neuron, here) = (IdRange::from_first(neuron, 1), IdRange::from_first(here, 1));
        let mut fired = std::mem::take(&mut self.fired);
        let bias = if matches!(segment.drive, Drive::Once | Drive::OncePerFrame { .. }) {
            &self.silence[..1]
        } else {
            &self.bias[here]
        };
        let (v, input) = (&mut self.membrane[here], &mut self.input[here]);
        let soma = Soma { v, input, bias, threshold: &tables.threshold[neuron], fired: &mut fired };
        let (current, resting) = (&mut self.current[here], &mut self.resting[here]);
        let traits = tables.traits.slice(neuron).unwrap_or_default();
        neuron::step(&segment.params, SomaLanes { soma, current, resting, traits });
        let has_fired = !fired.is_empty();
        fired.clear();
        self.fired = fired;
        has_fired
    }

    /// Whether some cores work event by event.
    #[inline]
    pub(in crate::model) fn works_event_by_event(&self) -> bool {
        !self.controllers.is_empty()
    }

    /// Spikes that found the queue of their core full.
    pub(in crate::model) fn lost(&self) -> u64 {
        self.controllers.iter().map(Controller::lost).sum()
    }

    /// The work of every core here since the last call.
    pub(in crate::model) fn take_work(&mut self) -> impl Iterator<Item = (LocalTerminal, CoreWork)> + use<'_, L> {
        self.stages.ids().zip(self.stages.iter_mut().map(CoreStages::take_work))
    }

    /// When the last core was done.
    pub fn busy_until(&self) -> Tick {
        self.busy_until
    }

    pub(super) fn note_busy(&mut self, until: Tick) {
        self.busy_until = self.busy_until.max(until);
    }

    /// Counts of shared cores by population; empty where no core is shared.
    pub(in crate::model) fn layer_counts(&self) -> &[Counts] {
        &self.layers
    }

    /// Counts of a population on shared cores.
    #[inline]
    pub(super) fn layer(&mut self, layer: u32) -> Option<&mut Counts> {
        self.layers.get_mut(layer as usize)
    }

    /// Counts of a core or the host.
    pub(in crate::model) fn counts(&self, terminal: LocalTerminal) -> &Counts {
        &self.stages[terminal].counts
    }

    /// Spikes within their windows, and membranes, of a core's neurons.
    pub(in crate::model) fn neurons(&self, terminal: LocalTerminal) -> (&[u32], &[i32]) {
        let here = self.neurons.row(terminal);
        (&self.spike_counts[here], &self.membrane[here])
    }
}

/// Counts what the host writes before an inference.
fn count_writes(counts: &mut Counts, tables: &Tables, input: &HostInput<'_>) {
    let neurons = |segment: &CoreSegment| segment.neurons.len() as u64;
    let written: u64 = tables.segments.iter().filter(|segment| segment.drive == Drive::Host).map(neurons).sum();
    counts.add(Op::HostWrite, written);
    if written > 0 || input.spikes.is_some() {
        // An inference of a series: the state of the last one is cleared. A run from rest clears nothing.
        counts.add(Op::Reset, tables.segments.iter().map(neurons).sum());
    }
}
