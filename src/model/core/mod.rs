//! A core: axon in → synapse → dendrite → soma → axon out.
//!
//! A visit is one handler call that charges the latencies of its stages, not a string of events:
//!
//! * *Step* (`step`): (crossbar: the array is read, if a row was driven, and its columns are converted;) the soma
//!   works through the neurons in order, charging access, update and spike; the axon stage makes packets, ready when
//!   the stage is done with them.
//! * *Send* (`send`): packets leave in that order, as the link's interval and the router's credits allow; what waits,
//!   waits at the core and holds up nothing else.
//! * *Receive* (`receive`): a packet waits in the receive queue until the axon stage is free, gives its place back,
//!   and is worked on: axon in, then its synapses. On a chip with barriers their weights act in a later step, and
//!   function does not depend on timing: they are added at the end of the step (`delivery`). On a free-running chip
//!   the neurons integrate and fire at once (`free`).
//!
//! The host is the last terminal: a core without neurons, whose packets are ready at once (`source`).

mod free;
mod receive;
mod send;
mod source;
mod step;

use super::fabric::{Packet, Part};
use super::{Given, Simulator, Tables};
use crate::net::graph::Drive;
use crate::net::neuron::Fired;
use crate::stats::{Counts, Op};
use crate::trace::{Kind, Record, Tap, TapPlace};
use crate::units::Tick;

/// State of the cores of a shard, by their position there; the host is one where it belongs to the shard.
#[derive(Debug)]
pub struct CoreState<L = ()> {
    /// First neuron of each core in the arrays below, and their number at the end.
    first: Vec<u32>,
    membrane: Vec<i32>,
    /// Synaptic currents, and steps of rest that are left, of neurons that have them.
    current: Vec<i32>,
    resting: Vec<u8>,
    bias: Vec<i32>,
    /// Sums of the weights that act in this step.
    input: Vec<i32>,
    spike_counts: Vec<u32>,
    /// No drive, for steps outside a window.
    silence: Vec<i32>,
    fired: Vec<Fired>,
    /// Neurons that a packet reached; on free-running chips.
    touched: Vec<u32>,
    /// Rows driven since the array was last read, by core.
    rows: Vec<u64>,
    axon_free: Vec<Tick>,
    synapse_free: Vec<Tick>,
    /// When the soma and the axon stage behind it are done; on free-running chips.
    soma_free: Vec<Tick>,
    outgoing: Vec<Outgoing>,
    /// Packets that arrived in this tick, by core; used under ideal timing only.
    arrived: Vec<Vec<Packet<L>>>,
    counts: Vec<Counts>,
    busy_until: Tick,
    /// Cores that decide in this tick.
    asked: Vec<u32>,
}

/// Packets of a spike that have yet to leave: those of a row of axons, or the one of a multicast tree.
#[derive(Clone, Copy, Debug)]
struct Burst {
    /// The axon, or the root of the tree, of the next packet, and the end of them.
    next: u32,
    end: u32,
    /// When the next packet is ready, and how much later each one after it (ticks).
    ready: Tick,
    gap: Tick,
}

/// Packets on their way out of a core, in the order in which they are ready.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    queue: Vec<Burst>,
    next: usize,
    /// Whether only a credit lets it go on.
    blocked: bool,
    /// The pending wake-up; the past when there is none.
    wake: Tick,
    /// Whether it is in the list of those that decide.
    asked: bool,
}

/// Spikes whose packets have left stay in the queue until there are so many, or all.
const LEFT: usize = 1024;

impl Outgoing {
    /// The spike whose packet is the next one.
    #[inline]
    fn first(&self) -> Option<&Burst> {
        self.queue.get(self.next)
    }

    /// The next packet leaves. On a free-running chip the queue may never be empty, and must not grow for that.
    #[inline]
    fn leave(&mut self) {
        let burst = &mut self.queue[self.next];
        burst.next += 1;
        burst.ready += burst.gap;
        if burst.next < burst.end {
            return;
        }
        self.next += 1;
        if self.next == self.queue.len() {
            self.queue.clear();
            self.next = 0;
        } else if self.next >= LEFT && 2 * self.next >= self.queue.len() {
            self.queue.drain(..self.next);
            self.next = 0;
        }
    }
}

impl<L: Copy> CoreState<L> {
    pub(super) fn new(tables: &Tables, part: &Part) -> Self {
        let mut first = vec![0];
        let mut neurons = 0;
        for terminal in &part.terminals {
            neurons += tables.cores.get(*terminal as usize).map_or(0, |core| core.count);
            first.push(neurons);
        }
        let (n, cores) = (neurons as usize, part.terminals.len());
        let largest = tables.cores.iter().map(|core| core.count).max().unwrap_or(0) as usize;
        Self {
            first,
            membrane: vec![0; n],
            current: vec![0; n],
            resting: vec![0; n],
            bias: vec![0; n],
            input: vec![0; n],
            spike_counts: vec![0; n],
            silence: vec![0; largest],
            fired: Vec::new(),
            touched: Vec::new(),
            rows: vec![0; cores],
            axon_free: vec![0; cores],
            synapse_free: vec![0; cores],
            soma_free: vec![0; cores],
            outgoing: (0..cores).map(|_| Outgoing::default()).collect(),
            arrived: (0..cores).map(|_| Vec::new()).collect(),
            counts: vec![Counts::default(); cores],
            busy_until: 0,
            asked: Vec::new(),
        }
    }

    /// Asks for this tick's decision of a core; asking twice is asking once.
    #[inline]
    pub(super) fn ask(&mut self, position: u32) {
        let outgoing = &mut self.outgoing[position as usize];
        if !outgoing.asked {
            outgoing.asked = true;
            self.asked.push(position);
        }
    }

    /// Who asked, in any order.
    #[inline]
    pub(super) fn asked(&self, at: usize) -> Option<u32> {
        self.asked.get(at).copied()
    }

    #[inline]
    pub(super) fn end_asking(&mut self) {
        for position in self.asked.drain(..) {
            self.outgoing[position as usize].asked = false;
        }
    }

    pub(super) fn reset(&mut self, tables: &Tables, part: &Part, given: &Given<'_>) {
        self.membrane.fill(0);
        self.current.fill(0);
        self.resting.fill(0);
        self.input.fill(0);
        self.spike_counts.fill(0);
        self.rows.fill(0);
        self.axon_free.fill(0);
        self.synapse_free.fill(0);
        self.soma_free.fill(0);
        self.counts.fill(Counts::default());
        self.arrived.iter_mut().for_each(Vec::clear);
        self.busy_until = 0;
        for outgoing in &mut self.outgoing {
            outgoing.queue.clear();
            (outgoing.next, outgoing.blocked, outgoing.wake) = (0, false, 0);
        }
        for (position, terminal) in part.terminals.iter().enumerate() {
            let Some(core) = tables.cores.get(*terminal as usize) else {
                self.count_writes(tables, position, given);
                continue;
            };
            let here = self.first[position] as usize..self.first[position + 1] as usize;
            let all = core.first as usize..(core.first + core.count) as usize;
            let bias = if core.drive == Drive::Host { &given.drive[all] } else { &tables.bias[all] };
            self.bias[here].copy_from_slice(bias);
            // Without barriers there are no windows, and a packet may come at any time.
            if tables.pace.is_some() {
                self.begin(tables, position, core.first as usize);
            }
        }
    }

    /// Puts the membranes of a core, the first of whose neurons is `first`, where they begin.
    fn begin(&mut self, tables: &Tables, position: usize, first: usize) {
        let here = self.first[position] as usize..self.first[position + 1] as usize;
        if let Some(start) = tables.start.get(first..first + here.len()) {
            self.membrane[here].copy_from_slice(start);
        }
    }

    /// Takes the sums of the neurons here out of those of all neurons.
    pub(super) fn take_input(&mut self, tables: &Tables, part: &Part, due: &mut [i32]) {
        if due.is_empty() {
            return;
        }
        for (position, terminal) in part.terminals.iter().enumerate() {
            if let Some(core) = tables.cores.get(*terminal as usize) {
                let all = &mut due[core.first as usize..(core.first + core.count) as usize];
                self.input[self.first[position] as usize..self.first[position + 1] as usize].copy_from_slice(all);
                all.fill(0);
            }
        }
    }

    /// What the host does before an inference.
    fn count_writes(&mut self, tables: &Tables, source: usize, given: &Given<'_>) {
        let driven = tables.cores.iter().filter(|core| core.drive == Drive::Host);
        let written: u64 = driven.map(|core| u64::from(core.count)).sum();
        self.counts[source].add(Op::HostWrite, written);
        if written > 0 || given.spikes.is_some() {
            // An inference of a series: what the last one left is cleared. A run from rest clears nothing.
            let on_cores: u64 = tables.cores.iter().map(|c| u64::from(c.count)).sum();
            self.counts[source].add(Op::Reset, on_cores);
        }
    }

    /// When the last core was done.
    pub fn busy_until(&self) -> Tick {
        self.busy_until
    }

    pub(super) fn note_busy(&mut self, until: Tick) {
        self.busy_until = self.busy_until.max(until);
    }

    /// Counts by position.
    pub fn counts(&self) -> &[Counts] {
        &self.counts
    }

    pub(super) fn counts_mut(&mut self, position: usize) -> &mut Counts {
        &mut self.counts[position]
    }

    /// Spikes within their windows, and membranes, of a core's neurons.
    pub(super) fn neurons(&self, position: usize) -> (&[u32], &[i32]) {
        let here = self.first[position] as usize..self.first[position + 1] as usize;
        (&self.spike_counts[here.clone()], &self.membrane[here])
    }
}

/// A record of a core or the host, with what its kind calls serial, item and value; a value that is too large is held at
/// the most there is.
#[inline]
fn of_node(tick: Tick, node: u32, kind: Kind, (serial, item, value): (u64, u32, Tick)) -> Record {
    let value = i32::try_from(value).unwrap_or(i32::MAX);
    Record { tick, node, port: 0, kind, channel: 0, serial, item, value, step: 0 }
}

impl<P: Tap> Simulator<'_, P> {
    /// The node of a core or the host in records, by its position here.
    fn node_of(&self, position: u32) -> u32 {
        self.tables.fabric.routers + self.fabric.part().terminals[position as usize]
    }

    /// Where the neurons of a core are from one on, of all neurons and of those here.
    fn place_of(&self, position: u32, first: u32, here: usize) -> TapPlace {
        TapPlace { position, node: self.node_of(position), first, here }
    }

    /// Notes what happens at a core or the host.
    #[inline]
    fn note(&mut self, tick: Tick, position: u32, kind: Kind, parts: (u64, u32, Tick)) {
        if self.fabric.tap.hears(kind) {
            let node = self.node_of(position);
            self.fabric.tap.note(of_node(tick, node, kind, parts));
        }
    }
}
