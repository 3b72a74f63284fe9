//! What a time step puts on the network, and the work of its somas: all that its timing depends on.
//!
//! Times are ticks from the step's release. A load is made when the somas have worked ([`Simulator::compute_step`]), and timed
//! by a [`StepTimer`](super::StepTimer).
//!
//! [`Simulator::compute_step`]: super::Simulator::compute_step

use super::{Audit, CoreWork, Tables};
use crate::ids::{AxonId, CoreId, IdRange, IdVec, NeuronId, TerminalId};
use crate::units::Tick;

/// The packets of a step by terminal, and the work of somas.
#[derive(Debug, Default)]
pub struct StepLoad {
    /// The step, from 1.
    pub step: u32,
    /// Terminals that send, ascending.
    pub(super) terminals: Vec<Sender>,
    /// Their spikes, in the order in which their packets leave.
    pub(super) bursts: Vec<StepBurst>,
    /// Somas that worked, ascending.
    pub(super) cores: Vec<(TerminalId, CoreWork)>,
    /// Deliveries that multicast packets lead to. Those of others are noted when they leave.
    pub(super) sent: Audit,
}

/// A terminal that sends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender {
    pub(super) terminal: TerminalId,
    /// Its first spike, and the one after its last.
    pub(super) first: u32,
    pub(super) end: u32,
    /// How much later each packet of a spike is ready than the one before it (ticks).
    pub(super) gap: Tick,
}

/// Packets of a spike: those of a row of axons, or the one of a multicast tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepBurst {
    /// The axon, or the root of the tree, of the first packet.
    pub(super) next: u32,
    /// The end of them.
    pub(super) end: u32,
    /// Time of the axon stage in this step when the first packet is ready (ticks).
    pub(super) sending: u32,
    /// When it is ready (ticks).
    pub(super) ready: Tick,
}

impl StepLoad {
    /// Begins with another step, in the same memory.
    pub(super) fn begin(&mut self, step: u32) {
        self.step = step;
        self.terminals.clear();
        self.bursts.clear();
        self.cores.clear();
        self.sent = Audit::default();
    }

    pub(super) fn add_core(&mut self, core: TerminalId, work: CoreWork) {
        self.cores.push((core, work));
    }

    pub(super) fn add_terminal(&mut self, terminal: TerminalId, gap: Tick) {
        let first = self.bursts.len() as u32;
        self.terminals.push(Sender { terminal, first, end: first, gap });
    }

    /// Adds a spike of the last terminal.
    #[inline]
    pub(super) fn add_burst(&mut self, (next, end): (u32, u32), ready: Tick, sending: u32) {
        self.bursts.push(StepBurst { next, end, sending, ready });
        if let Some(sender) = self.terminals.last_mut() {
            sender.end += 1;
        }
    }

    /// How much memory it takes, in spikes.
    pub fn size(&self) -> usize {
        self.bursts.len() + self.cores.len()
    }

    /// Messages and signals of a step as a budget counts them, whatever engine times it: one for each terminal, and a flit
    /// and a credit for each link that a flit crosses.
    pub fn events(&self, tables: &Tables) -> u64 {
        let flits = u64::from(tables.packet_flits);
        let of_burst = |from: TerminalId, burst: &StepBurst| -> u64 {
            let from = tables.router_of(from);
            match &tables.trees {
                Some(_) => 1 + tables.fabric.links_of_tree(from, burst.next),
                None => {
                    let axons = IdRange { start: AxonId::new(burst.next), end: AxonId::new(burst.end) };
                    let to = |core: &CoreId| tables.router_of(tables.terminal(*core));
                    let links = |core| u64::from(tables.fabric.routing.hops(from, to(core)).total()) + 2;
                    tables.destinations[axons].iter().map(links).sum()
                }
            }
        };
        let of_sender = |sender: &Sender| -> u64 {
            let bursts = &self.bursts[sender.first as usize..sender.end as usize];
            bursts.iter().map(|burst| of_burst(sender.terminal, burst)).sum()
        };
        let terminals = tables.fabric.terminals.len() as u64;
        terminals + 2 * flits * self.terminals.iter().map(of_sender).sum::<u64>()
    }
}

/// Where each neuron is: at a core, or at the host.
#[derive(Debug)]
pub struct Homes {
    of: IdVec<NeuronId, TerminalId>,
    host: Vec<NeuronId>,
}

impl Homes {
    /// The places of all neurons of a system.
    pub fn new(tables: &Tables) -> Self {
        let mut of = IdVec::filled(tables.host(), tables.neurons);
        for (id, core) in tables.cores.with_ids() {
            tables.neurons_of(core).for_each(|neuron| of[neuron] = tables.terminal(id));
        }
        let host = of.with_ids().filter(|(_, at)| **at == tables.host()).map(|(neuron, _)| neuron).collect();
        Self { of, host }
    }

    /// Neurons that the host sends the spikes of.
    pub(super) fn of_host(&self) -> &[NeuronId] {
        &self.host
    }

    /// Where an axon begins.
    pub(super) fn of_axon(&self, tables: &Tables, axon: AxonId) -> TerminalId {
        // The first row that ends behind the axon.
        let ends = &tables.axons.starts()[1..];
        let neuron = NeuronId::from_index(ends.partition_point(|end| *end <= axon));
        self.of.get(neuron).copied().unwrap_or(tables.host())
    }
}
