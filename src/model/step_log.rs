//! What a trace hears of the terminals of steps that are timed apart from their function: packets that leave and come, and
//! the work on them.
//!
//! Times of a step are from its release; records have ticks from the beginning of the sample.

use super::Tables;
use super::core::{Taken, record_of};
use super::ends::Incoming;
use crate::ids::{AxonId, LocalTerminal, TerminalId};
use crate::trace::{Kind, Record, Recorder, Tap, WantedRecords};
use crate::units::Tick;
use std::sync::Arc;

/// Records of a sample's steps.
#[derive(Debug)]
pub struct StepLog {
    tap: Recorder,
    /// When the step was released.
    start: Tick,
    /// Routers are the first nodes, and terminals follow.
    routers: u32,
    /// The number of each packet under way, by its load: in a step a neuron fires once.
    numbers: Vec<u64>,
}

impl StepLog {
    /// A log of what is wanted.
    pub fn new(tables: &Tables, wanted: &Arc<WantedRecords>) -> Self {
        let terminals = tables.fabric.terminals.len();
        let loads = tables.destinations.len().max(tables.fabric.branches.len());
        Self {
            tap: Recorder::new(wanted, terminals, terminals, 0),
            start: 0,
            routers: tables.fabric.routers,
            numbers: vec![0; loads],
        }
    }

    /// Begins a step that was released at a tick.
    pub fn begin_step(&mut self, step: u32, start: Tick) {
        self.start = start;
        self.tap.begin_step(step);
    }

    /// Back to where it was, before a sample.
    pub fn reset(&mut self) {
        self.tap.reset();
    }

    /// Records so far, in no order. The caller empties the list.
    pub fn records(&mut self) -> Option<&mut Vec<Record>> {
        self.tap.taken()
    }

    /// A packet leaves its terminal.
    #[inline]
    pub(super) fn note_sent(&mut self, terminal: TerminalId, (load, born): (u32, Tick), at: Tick) {
        let number = self.tap.label(LocalTerminal::new(terminal.get()), terminal);
        self.numbers[load as usize] = number;
        if self.tap.hears(Kind::Sent) {
            let parts = (number, load, at - born);
            self.tap.note(record_of(self.start + at, self.routers + terminal.get(), Kind::Sent, parts));
        }
    }

    /// A packet comes, and is worked on.
    #[inline]
    pub(super) fn note_taken(
        &mut self,
        terminal: TerminalId,
        (packet, axon): (Incoming, AxonId),
        at: Tick,
        taken: &Taken,
    ) {
        let node = self.routers + terminal.get();
        if self.tap.hears(Kind::Delivered) {
            let parts = (self.numbers[packet.load as usize], axon.get(), taken.start - at);
            self.tap.note(record_of(self.start + at, node, Kind::Delivered, parts));
        }
        if self.tap.hears(Kind::Receive) {
            let parts = (taken.done - taken.begun, axon.get(), 0);
            self.tap.note(record_of(self.start + taken.begun, node, Kind::Receive, parts));
        }
    }
}
