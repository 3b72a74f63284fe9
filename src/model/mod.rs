//! The nodes of the component graph: core, router, link, source, sink, barrier or clock.
//!
//! [`Tables`] are what never changes in a run, flattened to arrays; [`Simulator`] is what does, for a shard of the
//! nodes, as the engine sees it. No input or output happens here, and nothing can fail.

pub mod analogue;
mod audit;
mod barrier;
mod core;
mod delivery;
pub mod fabric;
mod rows;
mod tables;

pub use self::core::CoreState;
pub use audit::Audit;
pub use barrier::{Pace, Release};
pub use delivery::Delivery;
pub use rows::{Format, Rows};
pub use tables::{Clocked, CoreTable, Sweep, Tables, Timing, Tree};

use crate::engine::{Arrival, EventSet, Outbox, World};
use crate::stats::{Counts, Distribution};
use crate::trace::{Silent, Tap};
use fabric::{Fabric, Flit, Parcel, Part, TerminalSignal};

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
    /// Spikes that the host sends for a sample: (step, neuron), ascending.
    sample_spikes: Vec<(u32, u32)>,
    /// Deliveries that packets made here will lead to, and those that came to cores here.
    sent: Audit,
    delivered: Audit,
    /// Neurons here and spikes of the host that fired in this step; on chips with barriers.
    fired: Vec<u32>,
    /// Neurons here that sent a partial sum in this step, with the sum.
    sums: Vec<(u32, i32)>,
    /// Time from ready to taken in, of every packet (ticks).
    pub packet_latency: Distribution,
    /// Links between routers that each packet crosses.
    pub packet_hops: Distribution,
    /// Room to walk a multicast tree: (router, first branch).
    open_branches: Vec<(u32, u32)>,
}

/// What the host gives for an inference.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// The drives that it writes, by neuron; empty where no core has one.
    pub drive: &'a [i32],
    /// The spikes that it sends, (step, neuron) ascending, where samples are spike trains; otherwise sources have their own.
    pub spikes: Option<&'a [(u32, u32)]>,
}

impl<'t, P: Tap> Simulator<'t, P> {
    /// A shard at rest, and who hears of it.
    pub fn new(tables: &'t Tables, part: Part, tap: P) -> Self {
        let cores = CoreState::new(tables, &part);
        Self {
            tables,
            fabric: Fabric::new(&tables.fabric, part, tap),
            cores,
            step: 0,
            sample_spikes: Vec::new(),
            sent: Audit::default(),
            delivered: Audit::default(),
            fired: Vec::new(),
            sums: Vec::new(),
            packet_latency: Distribution::default(),
            packet_hops: Distribution::default(),
            open_branches: Vec::new(),
        }
    }

    /// Clears all that an inference left behind, and sets what the host writes and sends.
    pub fn reset(&mut self, given: &Given<'_>) {
        (self.step, self.sent, self.delivered) = (0, Audit::default(), Audit::default());
        self.fired.clear();
        self.sums.clear();
        self.cores.reset(self.tables, self.fabric.part(), given);
        self.sample_spikes.clear();
        self.sample_spikes.extend_from_slice(given.spikes.unwrap_or_default());
        self.fabric.reset();
    }

    /// Starts a time step with the sums that act in it, of all neurons, which are zeros afterwards; its signals go to
    /// the engine for all terminals of this shard.
    pub fn begin_step(&mut self, step: u32, due: &mut [i32]) -> impl Iterator<Item = u32> {
        self.step = step;
        self.fabric.tap().begin_step(step);
        self.fired.clear();
        self.sums.clear();
        self.cores.take_input(self.tables, self.fabric.part(), due);
        (0..self.fabric.part().terminals.len() as u32).map(|position| self.fabric.step_terminal(position))
    }

    /// Deliveries that packets made here lead to, and those that came to cores here.
    pub fn deliveries(&self) -> (Audit, Audit) {
        (self.sent, self.delivered)
    }

    /// Who fired in this step; on chips with barriers.
    pub fn fired(&self) -> &[u32] {
        &self.fired
    }

    /// Partial sums that were sent in this step: (neuron, sum).
    pub fn sums(&self) -> &[(u32, i32)] {
        &self.sums
    }

    /// Cores and host of this shard, with their counts.
    pub fn counts(&self) -> impl Iterator<Item = (u32, &Counts)> {
        self.fabric.part().terminals.iter().copied().zip(self.cores.counts())
    }

    /// Puts spikes within their windows, and membranes, of the neurons here into arrays of all neurons.
    pub fn gather(&self, spike_counts: &mut [u32], membranes: &mut [i32]) {
        for (position, terminal) in self.fabric.part().terminals.iter().enumerate() {
            if let Some(core) = self.tables.cores.get(*terminal as usize) {
                let all = core.first as usize..(core.first + core.count) as usize;
                let (counts, v) = self.cores.neurons(position);
                spike_counts[all.clone()].copy_from_slice(counts);
                membranes[all].copy_from_slice(v);
            }
        }
    }
}

impl<P: Tap> World for Simulator<'_, P> {
    type Message = Flit;
    type Parcel = Parcel<P::Label>;

    #[inline]
    fn apply<S: EventSet<Flit>>(&mut self, flit: Flit, out: &mut Outbox<'_, Self, S>) {
        match self.fabric.terminal_of(&flit) {
            None => self.fabric.take_flit(flit, out),
            Some((position, vc)) => self.arrive(position, vc, flit, out),
        }
    }

    #[inline]
    fn signal<S: EventSet<Flit>>(&mut self, signal: u32, out: &mut Outbox<'_, Self, S>) {
        match self.fabric.take_signal(signal, out) {
            None => {}
            Some(TerminalSignal::Credit(position, vc)) => self.take_core_credit(position, vc),
            Some(TerminalSignal::Wake(position)) => self.cores.ask(position),
            Some(TerminalSignal::Step(position)) => self.step_core(position, out),
        }
    }

    #[inline]
    fn decide<S: EventSet<Flit>>(&mut self, out: &mut Outbox<'_, Self, S>) -> bool {
        // Who is added to the list meanwhile, because it fires, decides in this tick too.
        let mut at = 0;
        while let Some(position) = self.cores.asked(at) {
            at += 1;
            if self.tables.timing.ideal { self.take_arrived(position, out) } else { self.send_ready(position, out) }
        }
        self.cores.end_asking();
        self.fabric.decide(out)
    }

    fn unpack(&mut self, parcel: Parcel<P::Label>) -> Arrival<Flit> {
        self.fabric.take_parcel(parcel)
    }
}
