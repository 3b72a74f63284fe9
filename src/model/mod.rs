//! The nodes of the component graph: core, router, link, source, sink, barrier or clock.
//!
//! [`Tables`] are what never changes in a run, flattened to arrays; [`Simulator`] is what does, for a shard of the
//! nodes, as the engine sees it. No input or output happens here, and nothing can fail.
//!
//! Where steps are timed apart from their function, any [`StepNetwork`](ends::StepNetwork) does it: [`link_grant`] where a
//! network has one virtual channel, else the [`fabric`] with the engine of events, which is the measure of all others.

pub mod analogue;
mod audit;
mod core;
mod core_events;
mod delivery;
pub mod ends;
pub mod fabric;
pub mod ideal;
pub mod link_grant;
mod order;
mod pieces;
mod rows;
mod step_ends;
mod step_events;
mod step_load;
mod step_log;
mod step_timer;
mod synchronization;
mod tables;
pub mod vector;

pub use self::core::{CoreState, CoreWork, FirstPacket};
pub use audit::Audit;
pub use core_events::{CoreEvent, CoreInput};
pub use delivery::Delivery;
pub use order::{CoreOrder, LatencySpread};
pub use pieces::{AxonPieces, Piece};
pub use rows::{RowFormat, Rows};
pub use step_load::{Homes, StepLoad};
pub use step_log::StepLog;
pub use step_timer::{StepEngine, StepFault, StepTimer, StepTimes};
pub use synchronization::Synchronization;
pub use tables::{Clocked, CoreSegment, CoreTable, MulticastTree, Sweep, Tables, Timing};

use crate::engine::{Arrival, Outbox, World};
use crate::ids::{IdVec, LocalTerminal, NeuronId, TerminalId};
use crate::stats::{Counts, Distribution};
use crate::trace::{Silent, Tap};
use crate::units::Tick;
use fabric::{Fabric, Flit, Parcel, Part, TerminalSignal};
use order::ArrivalOrder;

/// A shard of a system.
#[derive(Debug)]
pub struct Simulator<'t, P: Tap = Silent> {
    tables: &'t Tables,
    /// Routers, links and packets.
    pub fabric: Fabric<'t, P>,
    /// Cores.
    pub cores: CoreState<P::Label>,
    /// The time step being run, from 1.
    step: u32,
    /// Steps by which windows are longer in this inference.
    more_steps: u32,
    /// Spikes that the host sends for a sample: (step, neuron), ascending.
    sample_spikes: Vec<(u32, NeuronId)>,
    /// Deliveries that packets made here will lead to.
    sent: Audit,
    /// Deliveries that came to cores here.
    delivered: Audit,
    fired: Vec<NeuronId>,
    sums: Vec<(NeuronId, i32)>,
    /// Time from ready to taken in, of every packet (ticks).
    pub packet_latency: Distribution,
    /// Links between routers that each packet crosses.
    pub packet_hops: Distribution,
    /// The order of packets, and how far their latencies are apart.
    order: ArrivalOrder,
    /// Room to walk a multicast tree: (router, first branch).
    open_branches: Vec<(u32, u32)>,
    /// Where steps are computed apart from their timing: spikes of which it is not yet counted what they lead to.
    tally: Option<self::core::SpikeTally>,
}

/// Drives and spikes of the host for an inference.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostInput<'a> {
    /// The drives that it writes, by neuron; empty where no core has one.
    pub drive: &'a [i32],
    /// The spikes that it sends, (step, neuron) ascending, where samples are spike trains; otherwise sources have their own.
    pub spikes: Option<&'a [(u32, NeuronId)]>,
    /// Steps that the inference has more than the network has by itself: those of the frames after the first one.
    pub more_steps: u32,
}

impl<'t, P: Tap> Simulator<'t, P> {
    /// A shard at rest, and the tap that hears of it.
    pub fn new(tables: &'t Tables, part: Part, tap: P) -> Self {
        let (cores, order) = (CoreState::new(tables, &part), ArrivalOrder::new(part.terminals.len()));
        Self {
            tables,
            fabric: Fabric::new(&tables.fabric, part, tap),
            cores,
            step: 0,
            more_steps: 0,
            sample_spikes: Vec::new(),
            sent: Audit::default(),
            delivered: Audit::default(),
            fired: Vec::new(),
            sums: Vec::new(),
            packet_latency: Distribution::default(),
            packet_hops: Distribution::default(),
            order,
            open_branches: Vec::new(),
            tally: None,
        }
    }

    /// Computes steps from now on, and leaves their timing to others: [`Simulator::compute_step`].
    pub fn computing(mut self) -> Self {
        self.tally = Some(self::core::SpikeTally::new(self.tables));
        self
    }

    /// Clears the state of the last inference, and sets the host's input of the next.
    pub fn reset(&mut self, input: &HostInput<'_>) {
        (self.step, self.sent, self.delivered) = (0, Audit::default(), Audit::default());
        self.more_steps = input.more_steps;
        self.order.reset();
        self.tally.iter_mut().for_each(self::core::SpikeTally::reset);
        self.fired.clear();
        self.sums.clear();
        self.cores.reset(self.tables, self.fabric.part(), input);
        self.sample_spikes.clear();
        self.sample_spikes.extend_from_slice(input.spikes.unwrap_or_default());
        self.fabric.reset();
    }

    /// Exchanges the drives of the host, by neuron, between two time steps.
    pub fn write(&mut self, before: &[i32], now: &[i32]) {
        self.cores.write(self.tables, self.fabric.part(), (before, now));
    }

    /// Starts a time step with the sums that act in it, of all neurons, if barriers hold them back; they are zeros
    /// afterwards. Its signals go to the engine for all terminals of this shard.
    pub fn begin_step(
        &mut self,
        step: u32,
        due: Option<&mut IdVec<NeuronId, i32>>,
    ) -> impl Iterator<Item = u32> + use<'_, 't, P> {
        self.step = step;
        self.fabric.tap().begin_step(step);
        self.fired.clear();
        self.sums.clear();
        if !self.tables.synchronization.is_free_running() {
            self.fabric.begin_step();
        }
        if let Some(due) = due {
            self.cores.take_input(self.tables, self.fabric.part(), due);
        }
        self.cores.terminals().map(|terminal| self.fabric.step_terminal(terminal))
    }

    /// Deliveries that packets made here lead to, and those that came to cores here.
    pub fn deliveries(&self) -> (Audit, Audit) {
        (self.sent, self.delivered)
    }

    /// Neurons here and spikes of the host that fired in this step; on chips that wait for all cores.
    pub fn fired(&self) -> &[NeuronId] {
        &self.fired
    }

    /// Neurons here that sent a partial sum in this step, with the sum.
    pub fn sums(&self) -> &[(NeuronId, i32)] {
        &self.sums
    }

    /// Latencies of the packets that came here in the step that ends.
    pub fn step_latencies(&self) -> LatencySpread {
        self.order.of_step(self.step)
    }

    /// What came to each core here, how far latencies at a core were apart in a step, and by how much packets were
    /// overtaken; since the shard was made.
    pub fn order(&self) -> (impl Iterator<Item = (TerminalId, CoreOrder)>, Distribution, &Distribution) {
        let (cores, spreads, overtaken_by) = self.order.so_far();
        let cores = cores.into_vec().into_iter().zip(self.fabric.part().terminals.iter());
        (cores.map(|(core, terminal)| (*terminal, core)), spreads, overtaken_by)
    }

    /// Terminals of this shard with their counts.
    pub fn counts(&self) -> impl Iterator<Item = (TerminalId, &Counts)> {
        self.cores.terminals().map(|terminal| (self.terminal(terminal), self.cores.counts(terminal)))
    }

    /// The work of every terminal of this shard since the last call.
    pub fn take_work(&mut self) -> impl Iterator<Item = (TerminalId, CoreWork)> {
        let Self { cores, fabric, .. } = self;
        let part = fabric.part();
        cores.take_work().map(|(terminal, work)| (part.terminals[terminal], work))
    }

    /// Spikes that found the queue of their core full.
    pub fn lost(&self) -> u64 {
        self.cores.lost()
    }

    /// Counts of cores that several populations share, by population; empty where no core is shared.
    pub fn layer_counts(&self) -> &[Counts] {
        self.cores.layer_counts()
    }

    /// Puts spikes within their windows, and membranes, of the neurons here into arrays of all neurons.
    pub fn gather(&self, spike_counts: &mut IdVec<NeuronId, u32>, membranes: &mut IdVec<NeuronId, i32>) {
        for terminal in self.cores.terminals() {
            let Some(core) = self.tables.core(self.terminal(terminal)) else { continue };
            let (mut counts, mut v) = self.cores.neurons(terminal);
            for segment in self.tables.segments_of(core) {
                let (own_counts, own_v);
                (own_counts, counts) = counts.split_at(segment.neurons.len());
                (own_v, v) = v.split_at(segment.neurons.len());
                spike_counts[segment.neurons].copy_from_slice(own_counts);
                membranes[segment.neurons].copy_from_slice(own_v);
            }
        }
    }

    /// The number in the whole fabric of a terminal of this shard.
    #[inline]
    fn terminal(&self, terminal: LocalTerminal) -> TerminalId {
        self.fabric.part().terminals[terminal]
    }
}

impl<P: Tap> World for Simulator<'_, P> {
    type Message = Flit;
    type Parcel = Parcel<P::Label>;

    #[inline]
    fn apply(&mut self, flit: Flit, out: &mut impl Outbox<Flit, Self::Parcel>) {
        match self.fabric.terminal_of(&flit) {
            None => self.fabric.take_flit(flit, out),
            Some((terminal, vc)) => self.arrive(terminal, vc, flit, out),
        }
    }

    #[inline]
    fn signal(&mut self, signal: u32, out: &mut impl Outbox<Flit, Self::Parcel>) {
        match self.fabric.take_signal(signal, out) {
            None => {}
            Some(TerminalSignal::Credit(terminal, vc)) => self.take_core_credit(terminal, vc),
            Some(TerminalSignal::Wake(terminal)) => self.cores.ask(terminal),
            Some(TerminalSignal::Step(terminal)) => self.step_core(terminal, out),
        }
    }

    #[inline]
    fn decide(&mut self, out: &mut impl Outbox<Flit, Self::Parcel>) -> bool {
        // A core that fires meanwhile is added to the list, and decides in this tick too.
        let mut at = 0;
        while let Some(terminal) = self.cores.asked(at) {
            at += 1;
            if self.tables.timing.ideal {
                self.take_arrived(terminal, out)
            } else {
                self.send_ready(terminal, out)
            }
            if self.cores.works_event_by_event() {
                self.work(terminal, out);
            }
        }
        self.cores.end_asking();
        self.fabric.decide(out)
    }

    fn unpack(&mut self, parcel: Parcel<P::Label>) -> Arrival<Flit> {
        self.fabric.take_parcel(parcel)
    }

    fn slack(&self) -> Tick {
        self.fabric.slack()
    }

    fn catch_up(&mut self, parcel: Parcel<P::Label>) {
        self.fabric.catch_up(parcel);
    }
}
