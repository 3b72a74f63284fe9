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
//! * *A terminal* has hardly any events. Its next flit leaves at the latest of ready, link idle and credit, which is known
//!   when the credit is, and is in the router's buffer from then on, unless it leaves much later; and a place in a receive queue is given back at a tick that is known when the packet is on its last link.
//!
//! A grant changes nothing in its own tick, as delays are at least one tick: so grants of one tick commute, and the order in
//! which they are found has no effect. An output knows at a tick all requests that are ready then, because whoever made
//! them did so in an earlier tick.
//!
//! With staged allocation the oracle grants an output one tick before its flit leaves, whether there is a credit or not.
//! Here both happen at once: a head is ready a tick later, and the requests among which the grant chooses are those of the
//! tick in which it was due (`Running::contest`).
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
use crate::trace::Kind;
use crate::units::Tick;
use agenda::Agenda;
use units::{Buffered, FREE, Input, Output, Rings, TerminalLink};

/// Whether routers allocate the switch in the tick after the output.
const STAGED: u8 = 1;
/// Whether packets go along multicast trees.
const TREES: u8 = 2;
/// Whether packets may have several flits.
const WORMS: u8 = 4;

/// A network with one virtual channel.
#[derive(Clone, Debug)]
pub struct LinkGrant {
    /// The outputs of ports by position, router x port; behind them one for the plan of each terminal, and one that does
    /// not exist.
    outputs: Vec<Output>,
    inputs: Vec<Input>,
    /// When the first flit of each input can leave, if there is one.
    ready: Vec<Tick>,
    /// The buffers of the inputs.
    buffers: Vec<Buffered>,
    buffer_rings: Rings,
    /// Flits that each of them holds.
    buffer: u16,
    /// When the free places at the end of each link are known to be free.
    credits: Vec<Tick>,
    credit_rings: Rings,
    sources: Vec<TerminalLink>,
    /// The same for the terminals' links.
    source_credits: Vec<Tick>,
    agenda: Agenda,
    routers: u32,
    /// Ports of a router.
    ports: usize,
    routes: NextPorts,
    branches: Vec<Branch>,
    pace: GrantDelays,
    /// How it differs from the plainest network: [`STAGED`], [`TREES`], [`WORMS`].
    kind: u8,
    /// Outputs whose arbiters have moved on in this step.
    moved: Vec<u32>,
    /// The tick from which all that was is past: the next step's release.
    origin: Tick,
}

/// Delays that all routers have (ticks).
#[derive(Clone, Copy, Debug)]
struct GrantDelays {
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
    /// From when on a flit that leaves its terminal is better planned than known at once.
    far: Tick,
}

/// Where packets go at each router.
#[derive(Clone, Debug)]
struct NextPorts {
    /// The port by router and destination, [`NextPorts::HERE`] at the destination itself; empty where it would be too large.
    table: Vec<u8>,
    rule: Routing,
}

/// A network in a step. All is borrowed apart, so that what is written to one list cannot move another.
struct Running<'n> {
    outputs: &'n mut [Output],
    inputs: &'n mut [Input],
    ready: &'n mut [Tick],
    buffers: &'n mut [Buffered],
    credits: &'n mut [Tick],
    sources: &'n mut [TerminalLink],
    source_credits: &'n mut [Tick],
    agenda: &'n mut Agenda,
    moved: &'n mut Vec<u32>,
    table: &'n [u8],
    rule: &'n Routing,
    branches: &'n [Branch],
    buffer_rings: Rings,
    credit_rings: Rings,
    routers: u32,
    ports: usize,
    pace: GrantDelays,
    /// The step's release.
    origin: Tick,
    now: Tick,
    /// When the last credit arrives.
    last: Tick,
    /// Packets under way.
    under_way: usize,
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
        self.outputs.iter().take(self.inputs.len()).map(|output| output.flits_sent)
    }
}

impl LinkGrant {
    /// Whether what happens of a kind can be heard of through [`Ends`]. Buffers hold flits before they have arrived, so how
    /// many they hold at a tick is not known here.
    pub fn hears(kind: Kind) -> bool {
        !matches!(kind, Kind::Filled | Kind::Freed)
    }

    fn step<const KIND: u8, E: Ends>(&mut self, ends: &mut E) -> Option<Tick> {
        let mut running = self.begin();
        for terminal in 0..running.sources.len() {
            running.send::<KIND, E>(terminal, ends);
        }
        while let Some((tick, first)) = running.agenda.pop(running.outputs) {
            running.now = tick;
            // Nothing is planned for this tick any more, so the list stays as it is.
            let mut next = Some(first);
            while let Some(output) = next {
                next = running.agenda.after(running.outputs, output);
                match (output as usize).checked_sub(running.inputs.len()) {
                    None => running.grant::<KIND, E>(output as usize, ends),
                    Some(terminal) => running.send_planned::<KIND, E>(terminal, ends),
                }
            }
        }
        let (last, is_empty) = (running.last, running.under_way == 0);
        if !is_empty {
            self.clear();
            return None;
        }
        let took = last - self.origin;
        self.origin = last + self.pace.behind_tail.max(self.pace.packet);
        for output in self.moved.drain(..) {
            self.outputs[output as usize].turn = 0;
        }
        Some(took)
    }

    fn begin(&mut self) -> Running<'_> {
        Running {
            outputs: &mut self.outputs,
            inputs: &mut self.inputs,
            ready: &mut self.ready,
            buffers: &mut self.buffers,
            credits: &mut self.credits,
            sources: &mut self.sources,
            source_credits: &mut self.source_credits,
            agenda: &mut self.agenda,
            moved: &mut self.moved,
            table: &self.routes.table,
            rule: &self.routes.rule,
            branches: &self.branches,
            buffer_rings: self.buffer_rings,
            credit_rings: self.credit_rings,
            routers: self.routers,
            ports: self.ports,
            pace: self.pace,
            origin: self.origin,
            now: self.origin,
            last: self.origin,
            under_way: 0,
        }
    }

    /// Back to rest, as it was made, but for the flits counted by port: after a step that came to no end.
    fn clear(&mut self) {
        self.agenda = Agenda::new(&self.outputs);
        self.moved.clear();
        self.origin = 0;
        self.credits.fill(0);
        self.source_credits.fill(0);
        for output in &mut self.outputs {
            (output.requests, output.plan, output.credits) = (0, agenda::NEVER, output.places);
            (output.turn, output.holder, output.starved, output.idle) = (0, FREE, false, 0);
        }
        self.inputs.iter_mut().for_each(|input| (input.buffered, input.holds, input.idle) = (0, FREE, 0));
        let places = self.buffer;
        self.sources
            .iter_mut()
            .for_each(|source| (source.credits, source.left, source.idle, source.is_planned) = (places, 0, 0, false));
    }
}

#[cfg(test)]
mod tests;
