//! The flat form of a system: what never changes in a run, in arrays by node.

use super::AxonPieces;
use super::analogue::Cells;
use super::fabric::FabricTable;
use super::{CoreInput, Rows, Synchronization};
use crate::hw::routing::Hops;
use crate::hw::{Gating, synapse_op};
use crate::ids::{AxonId, CoreId, IdRange, IdVec, NeuronId, Offsets, SegmentId, SharedAxonId, SynapseId, TerminalId};
use crate::net::graph::{Csr, Drive, NO_AXON, SynapseFormat, Window};
use crate::net::neuron::{Params, Traits};
use crate::stats::Op;
use crate::units::Tick;
use std::ops::Range;
use std::sync::Arc;

/// Ticks of the operations on the chip's time line.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// By [`Op`].
    pub ticks: [u32; Op::COUNT],
    /// Whether the axon stage of a core works ahead of its synapses.
    pub pipelined_receive: bool,
    /// Synapses worked on at once.
    pub synapse_lanes: u32,
    /// Neurons worked on at once.
    pub soma_lanes: u32,
    /// Whether the network between cores is free of contention (`--timing ideal`).
    pub ideal: bool,
    /// Of cores that work through all their places for neurons.
    pub sweep: Option<Sweep>,
    /// Number of converters of a core that is a crossbar, which is read once per step.
    pub converters: Option<u32>,
}

/// How a core works through all its places for neurons, in use or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The places.
    pub places: u64,
    /// Whether packets do that too.
    pub packets: bool,
    /// Before and after the soma's work in a time step (ticks).
    pub around: (Tick, Tick),
    /// What an event from outside takes longer than a spike of the core itself (ticks).
    pub host_wait: Tick,
    /// From the end of an event from outside to the next one (ticks).
    pub input_wait: Tick,
    /// Spikes that wait at a core, the one being worked on among them.
    pub queue: usize,
}

impl Timing {
    /// Ticks of an operation.
    #[inline]
    pub fn of(&self, op: Op) -> Tick {
        Tick::from(self.ticks[op as usize])
    }

    /// The links of a route (ticks).
    #[inline]
    pub fn hops(&self, hops: Hops) -> Tick {
        let links = Hops::DIRECTIONS.into_iter().zip(hops.by_direction());
        links.map(|(op, links)| Tick::from(links) * self.of(op)).sum()
    }

    /// The sweep of packets over all places of a core, if that is how they work.
    #[inline]
    pub fn packet_sweep(&self) -> Option<Sweep> {
        self.sweep.filter(|sweep| sweep.packets)
    }

    /// A packet's work on some places of a sweep, after some of their neurons fired (ticks).
    #[inline]
    pub fn swept(&self, places: u64, fired: u64) -> Tick {
        (places * self.of(Op::Synapse)).div_ceil(Tick::from(self.synapse_lanes)) + fired * self.of(Op::SomaSpike)
    }

    /// How much longer a soma's work takes on neurons of a unit than on those of the first one, before it is divided among
    /// lanes (ticks).
    #[inline]
    pub fn soma_extra(&self, soma: [Op; 3], work: [u64; 3]) -> i64 {
        let first = [Op::SomaAccess, Op::SomaUpdate, Op::SomaSpike];
        let each = soma.into_iter().zip(first).zip(work);
        each.map(|((own, first), n)| (self.of(own) as i64 - self.of(first) as i64) * n as i64).sum()
    }

    /// The soma's work on neurons of which some are updated and some fire (ticks).
    #[inline]
    pub fn soma(&self, accessed: u64, updated: u64, fired: u64) -> Tick {
        self.soma_with(accessed, updated, fired, 0)
    }

    /// The same with what work of other units takes longer.
    #[inline]
    pub fn soma_with(&self, accessed: u64, updated: u64, fired: u64, extra: i64) -> Tick {
        let work =
            accessed * self.of(Op::SomaAccess) + updated * self.of(Op::SomaUpdate) + fired * self.of(Op::SomaSpike);
        work.saturating_add_signed(extra).div_ceil(Tick::from(self.soma_lanes))
    }
}

/// Time steps in which there is something to do for the neurons of a core without a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clocked {
    /// In none: they have neither leak nor bias.
    Never,
    /// In the first: they have a bias that acts once.
    Once,
    /// In the first of each frame: they have a bias that acts once in a frame.
    OncePerFrame {
        /// Time steps of a frame.
        steps: u32,
    },
    /// In every one. On chips that wait for all cores this is so for all neurons.
    EveryStep,
}

impl Clocked {
    /// Whether there is something to do in a step.
    pub fn acts_in(self, step: u32) -> bool {
        match self {
            Self::Never => false,
            Self::Once => step == 1,
            Self::OncePerFrame { steps } => step % steps == 1 % steps,
            Self::EveryStep => true,
        }
    }
}

/// Constants of one core.
#[derive(Clone, Copy, Debug)]
pub struct CoreTable {
    /// Its neurons, in the order in which it works on them.
    pub segments: IdRange<SegmentId>,
    /// Number of its neurons.
    pub count: u32,
    /// Neurons of the cores before it.
    pub before: u32,
    /// Whether they are of several populations. Those of one are adjacent in the network.
    pub shared: bool,
    /// The kind of the core, by its position among the chip's.
    pub kind: u8,
}

impl CoreTable {
    /// Number of its neurons.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// The places of its neurons among those of all cores.
    #[inline(always)]
    pub fn places(&self) -> Range<usize> {
        self.before as usize..self.before as usize + self.len()
    }

    /// Whether it has no neuron.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// Adjacent neurons of a core that share their population and its parameters.
#[derive(Clone, Debug)]
pub struct CoreSegment {
    /// The neurons.
    pub neurons: IdRange<NeuronId>,
    /// Place of the first of them in the core.
    pub at: u32,
    /// Their population.
    pub layer: u32,
    /// Their model.
    pub params: Params,
    /// When their bias acts.
    pub drive: Drive,
    /// Steps in which they act; without a window, every step.
    pub window: Option<Window>,
    /// Steps in which they act without a packet.
    pub clocked: Clocked,
    /// What an access, an update and a spike of theirs count as.
    pub soma: [Op; 3],
}

impl CoreSegment {
    /// The step in which its neurons begin to act.
    pub fn first_step(&self) -> u32 {
        self.window.map_or(1, |window| window.first)
    }

    /// Whether its neurons have ended for good before a step.
    pub fn is_over(&self, step: u32) -> bool {
        self.window.is_some_and(|window| window.is_over(step))
    }

    /// Whether a step lies within the window, of an inference with `more` steps than the network has by itself.
    pub fn is_in_window(&self, step: u32, more: u32) -> bool {
        self.window.is_none_or(|window| window.longer(more).contains(step) && !window.is_over(step))
    }
}

/// The multicast tree of a neuron.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MulticastTree {
    /// Its first branch at the router of the neuron's core.
    pub root: u32,
    /// Links between routers in it.
    pub hops: Hops,
}

/// Everything fixed.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Ticks of operations: of the network and the host, and on cores of the first kind.
    pub timing: Timing,
    /// Ticks on cores of the other kinds, where cores differ.
    pub other_timings: Vec<Timing>,
    /// Routers, links and terminals.
    pub fabric: FabricTable,
    /// What a hop counts as, in the order of [`Hops::DIRECTIONS`].
    pub hop_ops: [Op; 5],
    /// Whether neurons that spikes reached are updated even if nothing of them is other than 0; on chips that wait for all
    /// cores.
    pub updates_on_zero: bool,
    /// The format of each axon's synapses, on cores with lists of them; empty where formats are not counted apart.
    pub formats: IdVec<AxonId, Option<SynapseFormat>>,
    /// Flits of a spike's packet.
    pub packet_flits: u16,
    /// Multicast trees; `None` where a packet goes to each destination apart.
    pub trees: Option<IdVec<NeuronId, MulticastTree>>,
    /// Synchronization of time steps.
    pub synchronization: Synchronization,
    /// Whether the time of cores in use is counted.
    pub counts_busy_cores: bool,
    /// Used cores.
    pub cores: IdVec<CoreId, CoreTable>,
    /// Neurons of the cores.
    pub segments: IdVec<SegmentId, CoreSegment>,
    /// Place of each neuron in its core, where some core is shared; else empty.
    pub places: IdVec<NeuronId, u32>,
    /// What neurons do outside their window.
    pub gating: Gating,
    /// The cells of crossbars whose devices are not ideal.
    pub cells: Option<Cells>,
    /// Spikes of the source: (step, neuron), ascending.
    pub source_spikes: Vec<(u32, NeuronId)>,
    /// Number of neurons, those of sources included.
    pub neurons: usize,
    /// Bias of each neuron (membrane units).
    pub bias: IdVec<NeuronId, i32>,
    /// Threshold of each neuron (membrane units).
    pub threshold: IdVec<NeuronId, i32>,
    /// Where each neuron's membrane begins an inference (membrane units); empty where all begin at 0.
    pub start: IdVec<NeuronId, i32>,
    /// Resets and floors of each neuron; empty where no model has any.
    pub traits: IdVec<NeuronId, Traits>,
    /// The axon that each neuron shares with others, or that of [`NO_AXON`]; empty where none shares one.
    pub shared_axons: IdVec<NeuronId, SharedAxonId>,
    /// Longest delay (time steps).
    pub max_delay: u32,
    /// The axons of each neuron, one for each core that it reaches.
    pub axons: Offsets<NeuronId, AxonId>,
    /// The core that each axon leads to.
    pub destinations: IdVec<AxonId, CoreId>,
    /// By neuron: the one on whose synapses its spikes act; empty if all have their own.
    pub rows_of: IdVec<NeuronId, NeuronId>,
    /// What the host sends to cores that work event by event, by step; empty where every step is a time reference event.
    pub host_events: Vec<CoreInput>,
    /// The synapses of each axon.
    pub axon_synapses: Offsets<AxonId, SynapseId>,
    /// Where these are among all synapses, if some core is shared; else they have the same order.
    pub pieces: Option<AxonPieces>,
    /// Synapses by source neuron, so that an axon's are a piece of a row.
    pub synapses: Arc<Csr>,
    /// The same synapses in the formats in which they are added at the end of a step, on chips that wait for all cores.
    pub rows: Rows,
}

impl Tables {
    /// The delays that most events have (ticks): between nodes first, then within cores. Waits of a packet at a full
    /// core are longer, but there is only one such event for each packet.
    pub fn usual_delays(&self) -> Vec<u64> {
        let links = self.fabric.links.iter().flat_map(|port| [port.latency, port.back_delay]);
        let ends = self.fabric.terminals.iter().flat_map(|terminal| [terminal.latency, terminal.credit_delay]);
        let routers = [self.fabric.interval, self.fabric.head_delay];
        let mut delays: Vec<u64> = links.chain(ends).chain(routers).map(u64::from).collect();
        for timing in std::iter::once(&self.timing).chain(&self.other_timings) {
            delays.extend([Op::AxonOut, Op::AxonIn].map(|op| timing.of(op)));
        }
        delays.retain(|delay| *delay > 0);
        // Few are different, so that looking through those before is quick.
        let mut distinct: Vec<u64> = Vec::new();
        for delay in delays {
            if !distinct.contains(&delay) {
                distinct.push(delay);
            }
        }
        distinct
    }

    /// Ticks of operations on a core.
    #[inline]
    pub fn timing_of(&self, core: &CoreTable) -> &Timing {
        match core.kind.checked_sub(1) {
            Some(other) => &self.other_timings[usize::from(other)],
            None => &self.timing,
        }
    }

    /// Whether some cores work event by event.
    pub fn has_events(&self) -> bool {
        std::iter::once(&self.timing).chain(&self.other_timings).any(|timing| timing.packet_sweep().is_some())
    }

    /// Ticks of operations at a terminal.
    #[inline]
    pub fn timing_at(&self, terminal: TerminalId) -> &Timing {
        // Where cores are alike, none of them is looked at.
        match self.other_timings.is_empty() {
            true => &self.timing,
            false => self.core(terminal).map_or(&self.timing, |core| self.timing_of(core)),
        }
    }

    /// The host's terminal: the last one, behind the cores.
    #[inline]
    pub fn host(&self) -> TerminalId {
        TerminalId::from_index(self.cores.len())
    }

    /// The core at a terminal; `None` of the host.
    #[inline]
    pub fn core(&self, terminal: TerminalId) -> Option<&CoreTable> {
        self.cores.get(CoreId::new(terminal.get()))
    }

    /// The segments of a core.
    #[inline(always)]
    pub fn segments_of(&self, core: &CoreTable) -> &[CoreSegment] {
        &self.segments[core.segments]
    }

    /// The neurons of a core, in their order there.
    pub fn neurons_of(&self, core: &CoreTable) -> impl Iterator<Item = NeuronId> + '_ {
        self.segments_of(core).iter().flat_map(|segment| segment.neurons.ids())
    }

    /// The place of a neuron in its core.
    #[inline(always)]
    pub fn place(&self, core: &CoreTable, neuron: NeuronId) -> u32 {
        if core.shared {
            self.places[neuron]
        } else {
            neuron.get() - self.segments[core.segments.start].neurons.start.get()
        }
    }

    /// The terminal of a core.
    #[inline]
    pub fn terminal(&self, core: CoreId) -> TerminalId {
        TerminalId::new(core.get())
    }

    /// The router of a terminal.
    #[inline]
    pub fn router_of(&self, terminal: TerminalId) -> u32 {
        self.fabric.terminals[terminal].router
    }

    /// Time of a packet from one router's core to another's in an empty network (ticks).
    pub(crate) fn zero_load_latency(&self, (from, to): (u32, u32), flits: u16) -> Tick {
        let (hops, timing) = (self.fabric.routing.hops(from, to), &self.timing);
        let ends = timing.of(Op::Inject) + timing.of(Op::Eject);
        ends + timing.hops(hops) + self.fabric.pipeline(hops.total() + 1, flits)
    }

    /// The axons on which the spikes of a neuron act: its own, but for inputs on rows of neurons.
    #[inline]
    pub fn axons_of(&self, neuron: NeuronId) -> IdRange<AxonId> {
        self.axons.row(self.rows_of.get(neuron).copied().unwrap_or(neuron))
    }

    /// The axon that a neuron shares with others, if it does.
    #[inline]
    pub fn shared_axon(&self, neuron: NeuronId) -> Option<SharedAxonId> {
        self.shared_axons.get(neuron).copied().filter(|axon| axon.get() != NO_AXON)
    }

    /// What a synapse of an axon counts as.
    #[inline]
    pub fn synapse_op(&self, axon: AxonId) -> Op {
        self.formats.get(axon).copied().flatten().map_or(Op::Synapse, synapse_op)
    }

    /// Number of synapses of an axon.
    #[inline]
    pub fn synapses_of(&self, axon: AxonId) -> u32 {
        let row = self.axon_synapses.row(axon);
        row.end.get() - row.start.get()
    }

    /// The synapses of an axon: (target, weight).
    #[inline]
    pub fn row_of(&self, axon: AxonId) -> impl Iterator<Item = (NeuronId, i16)> + '_ {
        let own = self.pieces.is_none().then(|| self.axon_synapses.row(axon).indices());
        let pieces = self.pieces.as_ref().map_or(&[][..], |pieces| pieces.of(axon));
        let spans = own.into_iter().chain(pieces.iter().map(|piece| piece.synapses()));
        spans.flat_map(|span| self.synapses.slice(span)).map(|(target, weight)| (NeuronId::new(target), weight))
    }
}
