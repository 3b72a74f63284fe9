//! A network timed by one event per grant of a link: exact, and much faster than flit, credit and wake-up events.
//!
//! It does the networks of [`fabric`](super::fabric) that have one virtual channel, step by step, and gives the same times
//! to the tick. What the routers there find out with events, it works out when the cause is known:
//!
//! * *A flit on a link* enters the buffer at its end at once, with the tick at which it will have arrived and been routed.
//!   What is not ready yet takes no part in an arbitration.
//! * *A credit on a link* is the tick from which a place is free, in a ring of the output that it belongs to. An output that
//!   needs a place which no flit has left yet is *starved*; the flit that leaves wakes it.
//! * *An output* has at most one plan: the tick of its next grant, the latest of when its first request is ready, when its
//!   link is idle and when its credit is there. A cause that comes later can only bring the plan forward.
//! * *A terminal* has no events. Its next flit leaves at the latest of ready, link idle and credit, which is known when the
//!   credit is; and a place in a receive queue is given back at a tick that is known when the packet is on its last link.
//!
//! A grant changes nothing in its own tick, as delays are at least one tick: so grants of one tick commute, and the order in
//! which they are found has no effect. An output knows at a tick all requests that are ready then, because whoever made
//! them did so in an earlier tick.
//!
//! With staged allocation the oracle grants an output one tick before its flit leaves, whether there is a credit or not.
//! Here both happen at once: a head is ready a tick later, and the requests among which the grant chooses are those of the
//! tick in which it was due ([`LinkGrant::contest`]).
//!
//! Times do not start at 0 in every step but go on, so that nothing has to be set back between two steps.

mod agenda;
mod build;
mod grant;
mod send;
mod units;

use super::ends::{Ends, StepNetwork};
use super::fabric::Branch;
use crate::hw::routing::Routing;
use crate::units::Tick;
use agenda::Agenda;
use units::{Buffered, Input, Output, Source};

/// Whether routers allocate the switch in the tick after the output.
const STAGED: u8 = 1;
/// Whether packets go along multicast trees.
const TREES: u8 = 2;
/// Whether packets may have several flits.
const WORMS: u8 = 4;

/// A network with one virtual channel.
#[derive(Clone, Debug)]
pub struct LinkGrant {
    /// The outputs and inputs of ports, by position: router x port.
    outputs: Vec<Output>,
    inputs: Vec<Input>,
    /// When the first flit of each input can leave, if there is one.
    ready: Vec<Tick>,
    /// The buffers of the inputs, each a ring of `places`.
    buffers: Vec<Buffered>,
    places: usize,
    /// When the free places at the end of each link are known to be free: rings of `credit_places`.
    credits: Vec<Tick>,
    credit_places: usize,
    sources: Vec<Source>,
    /// The same for the terminals' links, in rings of `places`.
    source_credits: Vec<Tick>,
    agenda: Agenda,
    routers: u32,
    /// Ports of a router.
    ports: usize,
    routes: Routes,
    branches: Vec<Branch>,
    pace: Pace,
    /// How it differs from the plainest network: [`STAGED`], [`TREES`], [`WORMS`].
    kind: u8,
    /// Outputs whose arbiters have moved on in this step.
    moved: Vec<u32>,
    /// The step's release.
    origin: Tick,
    now: Tick,
    /// When the last credit arrives.
    last: Tick,
    /// Packets under way.
    under_way: usize,
}

/// Delays that all routers have (ticks).
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// From the arrival of a head at the front of its buffer until it can leave, at the earliest.
    head: Tick,
    /// From a tail that leaves an input to the head behind it, at the earliest.
    behind_tail: Tick,
    /// From one flit of a packet on a link to the next.
    flit: Tick,
    /// From a tail on a link to the head of the next packet.
    packet: Tick,
    /// How much earlier than that, with staged allocation, the head's request may be ready.
    lead: Tick,
}

/// Where packets go at each router.
#[derive(Clone, Debug)]
enum Routes {
    /// The port by router and destination; [`Routes::HERE`] at the destination itself.
    Table(Vec<u8>),
    /// Of networks whose table would be too large.
    Rule(Box<Routing>),
}

impl StepNetwork for LinkGrant {
    fn run(&mut self, ends: &mut impl Ends) -> Option<Tick> {
        match self.kind {
            0 => self.step::<0, _>(ends),
            STAGED => self.step::<STAGED, _>(ends),
            TREES => self.step::<TREES, _>(ends),
            WORMS => self.step::<WORMS, _>(ends),
            kind if kind & TREES != 0 => self.step::<{ STAGED | TREES }, _>(ends),
            _ => self.step::<{ STAGED | WORMS }, _>(ends),
        }
    }

    fn link_flits(&self) -> impl Iterator<Item = u64> {
        self.outputs.iter().map(|output| output.flits_sent)
    }
}

impl LinkGrant {
    fn step<const KIND: u8, E: Ends>(&mut self, ends: &mut E) -> Option<Tick> {
        for terminal in 0..self.sources.len() {
            self.send::<KIND, E>(terminal, ends);
        }
        while let Some((tick, first)) = self.agenda.pop() {
            self.now = tick;
            // Nothing is planned for this tick any more, so the list stays as it is.
            let mut next = Some(first);
            while let Some(output) = next {
                next = self.agenda.after(output);
                self.grant::<KIND, E>(output as usize, ends);
            }
        }
        if self.under_way > 0 {
            self.clear();
            return None;
        }
        let took = self.last - self.origin;
        // All that there is lies in the past of the next step.
        self.origin = self.last + self.pace.behind_tail.max(self.pace.packet);
        (self.now, self.last) = (self.origin, self.origin);
        for output in self.moved.drain(..) {
            self.outputs[output as usize].turn = 0;
        }
        Some(took)
    }
}

#[cfg(test)]
mod tests;
