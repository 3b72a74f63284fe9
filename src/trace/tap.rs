//! Where nodes say what happens: to nobody, at no cost, or to a recorder.

use super::{Kind, Record, WantedRecords};
use crate::ids::{Id, IdRange, IdVec, LocalNeuron, LocalTerminal, NeuronId, TerminalId};
use crate::units::Tick;
use std::fmt::Debug;
use std::sync::Arc;

/// Hears what happens in a shard. What is generic over this is compiled once for silence, in which all of it is gone, and
/// once for recording.
pub trait Tap: Debug + Send {
    /// Label of a packet, unique among all packets.
    type Label: Copy + Debug + PartialEq + Eq + Send;

    /// The label of the next packet of a terminal, given in the shard and in the fabric.
    fn label(&mut self, local: LocalTerminal, terminal: TerminalId) -> Self::Label;

    /// The number of a label.
    fn number(label: Self::Label) -> u64;

    /// Whether records of a kind are heard at all, so that what is in them need not be worked out.
    fn hears(&self, kind: Kind) -> bool;

    /// Hears a record. Its tick is not before the shard's current one.
    fn note(&mut self, record: Record);

    /// A time step begins: what is noted from now on belongs to it.
    fn begin_step(&mut self, step: u32);

    /// Hears the membranes of neurons of a core; those that changed since the last time are noted.
    fn membranes(&mut self, at: Tick, place: TapPlace, values: &[i32]);

    /// Records so far, in no order. The caller empties the list.
    fn taken(&mut self) -> Option<&mut Vec<Record>>;

    /// Resets, before a sample.
    fn reset(&mut self);
}

/// Neurons of one core.
#[derive(Clone, Copy, Debug)]
pub struct TapPlace {
    /// Their core.
    pub terminal: LocalTerminal,
    /// Node of the core.
    pub node: u32,
    /// The first of them.
    pub first: NeuronId,
    /// All of them, in the shard.
    pub here: IdRange<LocalNeuron>,
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Tap for Silent {
    type Label = ();

    #[inline(always)]
    fn label(&mut self, _local: LocalTerminal, _terminal: TerminalId) {}

    #[inline(always)]
    fn number(_label: ()) -> u64 {
        0
    }

    #[inline(always)]
    fn hears(&self, _kind: Kind) -> bool {
        false
    }

    #[inline(always)]
    fn note(&mut self, _record: Record) {}

    #[inline(always)]
    fn begin_step(&mut self, _step: u32) {}

    #[inline(always)]
    fn membranes(&mut self, _at: Tick, _place: TapPlace, _values: &[i32]) {}

    #[inline(always)]
    fn taken(&mut self) -> Option<&mut Vec<Record>> {
        None
    }

    #[inline(always)]
    fn reset(&mut self) {}
}

/// Keeps the records that are wanted until they are taken.
#[derive(Debug)]
pub struct Recorder {
    wanted: Arc<WantedRecords>,
    records: Vec<Record>,
    /// Terminals of the whole fabric.
    terminals: u64,
    /// Packets of each terminal of the shard so far.
    packets: IdVec<LocalTerminal, u64>,
    /// The last value of each neuron's membrane; empty where membranes are not wanted.
    last: IdVec<LocalNeuron, i32>,
    /// Changes of membranes so far, of each terminal of the shard.
    changes: IdVec<LocalTerminal, u64>,
    step: u32,
}

impl Recorder {
    /// For a shard, by its terminals, those of the whole fabric, and its neurons.
    pub fn new(wanted: &Arc<WantedRecords>, here: usize, terminals: usize, neurons: usize) -> Self {
        let kept = if wanted.hears(Kind::Membrane) { neurons } else { 0 };
        Self {
            wanted: Arc::clone(wanted),
            records: Vec::new(),
            terminals: terminals as u64,
            packets: IdVec::filled(0, here),
            last: IdVec::filled(0, kept),
            changes: IdVec::filled(0, here),
            step: 0,
        }
    }
}

impl Tap for Recorder {
    type Label = u64;

    #[inline]
    fn label(&mut self, local: LocalTerminal, terminal: TerminalId) -> u64 {
        let made = &mut self.packets[local];
        let number = *made * self.terminals + u64::from(terminal.get());
        *made += 1;
        number
    }

    #[inline]
    fn number(label: u64) -> u64 {
        label
    }

    #[inline]
    fn hears(&self, kind: Kind) -> bool {
        self.wanted.hears(kind)
    }

    #[inline]
    fn note(&mut self, record: Record) {
        if self.wanted.takes(&record) {
            self.records.push(Record { step: self.step, ..record });
        }
    }

    fn begin_step(&mut self, step: u32) {
        self.step = step;
    }

    fn membranes(&mut self, at: Tick, place: TapPlace, values: &[i32]) {
        if self.last.is_empty() {
            return;
        }
        let changes = &mut self.changes[place.terminal];
        for ((item, value), last) in (place.first.get()..).zip(values).zip(&mut self.last[place.here]) {
            if *value == *last {
                continue;
            }
            *last = *value;
            let record = Record {
                tick: at,
                node: place.node,
                port: 0,
                kind: Kind::Membrane,
                channel: 0,
                serial: *changes,
                item,
                value: *value,
                step: self.step,
            };
            *changes += 1;
            if self.wanted.takes(&record) {
                self.records.push(record);
            }
        }
    }

    fn taken(&mut self) -> Option<&mut Vec<Record>> {
        Some(&mut self.records)
    }

    fn reset(&mut self) {
        self.records.clear();
        self.packets.fill(0);
        self.last.fill(0);
        self.changes.fill(0);
        self.step = 0;
    }
}
