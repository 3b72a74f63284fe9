//! A flit crosses a router: the grant of an output, and what follows from it.

use super::agenda::NEVER;
use super::units::{Buffered, FREE, FlitTarget, TERMINAL};
use super::{NextPorts, Running, STAGED, TREES, WORMS};
use crate::hw::routing::Routing;
use crate::ids::TerminalId;
use crate::model::ends::{Ends, Hop, Incoming};
use crate::units::Tick;

impl Running<'_> {
    /// Grants an output, whose plan is due: a flit leaves by it.
    #[inline(always)]
    pub(super) fn grant<const KIND: u8, E: Ends>(&mut self, at: usize, ends: &mut E) {
        let now = self.now;
        let (port, others) = match self.outputs[at].holder {
            holder if KIND & WORMS != 0 && holder != FREE => (usize::from(holder), NEVER),
            _ => self.contest::<KIND>(at),
        };
        let input = self.outputs[at].first as usize + port;
        let (mut flit, stays) = self.front::<KIND>(input);
        let (head, tail) = ends_of::<KIND>(&flit);
        if stays {
            self.under_way += 1;
        }
        let output = &mut self.outputs[at];
        if head {
            output.requests &= !(1 << port);
            if output.turn == 0 {
                self.moved.push(at as u32);
            }
            output.turn = port as u8 + 1;
        }
        if KIND & WORMS != 0 {
            output.holder = if tail { FREE } else { port as u8 };
        }
        output.idle = now + if tail { self.pace.packet } else { self.pace.flit };
        output.credits -= 1;
        output.flits_sent += 1;
        let (to, arrival) = (output.to, now + Tick::from(output.latency));
        if ends.hears_hops() {
            let router = self.inputs[input].router;
            let port = (at - self.inputs[input].first as usize) as u8;
            ends.hop(Hop { at: now - self.origin, router, port, channel: 0, load: flit.load });
        }
        if to & TERMINAL == 0 {
            flit.ready = arrival + if head { self.pace.head } else { 0 };
            self.enter::<KIND>(to as usize, flit);
        } else {
            self.eject::<KIND, E>(at, arrival, &flit, ends);
        }
        self.leave::<KIND, E>(input, (stays, tail), ends);
        if !tail {
            return;
        }
        let others = if KIND & WORMS != 0 && !head { self.first_request(at) } else { others };
        if others != NEVER {
            self.ask::<KIND>(at, others, FREE);
        }
    }

    /// The port whose packet gets an output, and when the first of the others is ready.
    ///
    /// With staged allocation it was decided in the first tick in which the output was free and had a request; both are
    /// counted a tick later here, when the flit could leave.
    #[inline(always)]
    fn contest<const KIND: u8>(&self, at: usize) -> (usize, Tick) {
        let output = &self.outputs[at];
        let due = if KIND & STAGED == 0 {
            self.now
        } else {
            self.first_request(at).max(output.idle.saturating_sub(self.pace.lead))
        };
        let first = output.first as usize;
        let ready = &self.ready[first..first + self.ports];
        let (mut asking, mut later, mut rest) = (0u64, NEVER, output.requests);
        while rest != 0 {
            let port = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if ready[port] <= due {
                asking |= 1 << port;
            } else {
                later = later.min(ready[port]);
            }
        }
        let behind_turn = asking & (!0 << (output.turn & 63));
        let port = (if behind_turn != 0 { behind_turn } else { asking }).trailing_zeros() as usize % 64;
        let others = asking & !(1 << port);
        (port, if others != 0 { self.now } else { later })
    }

    /// When the first request of an output is ready.
    #[inline(always)]
    fn first_request(&self, at: usize) -> Tick {
        let output = &self.outputs[at];
        let first = output.first as usize;
        let ready = &self.ready[first..first + self.ports];
        let (mut earliest, mut rest) = (NEVER, output.requests);
        while rest != 0 {
            earliest = earliest.min(ready[rest.trailing_zeros() as usize]);
            rest &= rest - 1;
        }
        earliest
    }

    /// The flit that leaves an input, and whether its packet stays, as it has more branches here.
    #[inline(always)]
    fn front<const KIND: u8>(&mut self, input: usize) -> (Buffered, bool) {
        let place = self.buffer_rings.place(input, self.inputs[input].head as usize);
        let mut flit = self.buffers[place];
        if KIND & TREES == 0 {
            return (flit, false);
        }
        let branch = &self.branches[flit.to as usize];
        flit.to = branch.then;
        if !branch.last {
            self.buffers[place].to += 1;
        }
        (flit, !branch.last)
    }

    /// A flit leaves an input, or a copy of it does: its place is free, and the next one can go on.
    #[inline(always)]
    fn leave<const KIND: u8, E: Ends>(&mut self, at: usize, (stays, tail): (bool, bool), ends: &mut E) {
        let now = self.now;
        let input = &mut self.inputs[at];
        input.idle = now + if tail { self.pace.behind_tail } else { self.pace.flit };
        if KIND & WORMS != 0 && tail {
            input.holds = FREE;
        }
        if stays {
            return self.begin::<KIND>(at);
        }
        input.head = input.head.wrapping_add(1);
        input.buffered -= 1;
        let (back, more) = (input.back, input.buffered > 0);
        let credit = now + Tick::from(input.back_delay);
        self.last = self.last.max(credit);
        if more {
            self.begin::<KIND>(at);
        }
        if back & TERMINAL == 0 {
            return self.take_credit::<KIND>(back as usize, credit);
        }
        let terminal = (back & !TERMINAL) as usize;
        let source = &mut self.sources[terminal];
        let number = source.sent as usize + usize::from(source.credits);
        source.credits += 1;
        self.source_credits[self.buffer_rings.place(terminal, number)] = credit;
        self.send::<KIND, E>(terminal, ends);
    }

    /// A place at the end of a link is known to be free from a tick on.
    #[inline(always)]
    fn take_credit<const KIND: u8>(&mut self, at: usize, credit: Tick) {
        let output = &mut self.outputs[at];
        let number = output.flits_sent as usize + usize::from(output.credits);
        output.credits += 1;
        self.credits[self.credit_rings.place(at, number)] = credit;
        if output.starved {
            output.starved = false;
            let (first, holder) = (output.first as usize, output.holder);
            if KIND & WORMS != 0 && holder != FREE {
                self.ask::<KIND>(at, self.ready[first + usize::from(holder)], holder);
            } else {
                self.ask::<KIND>(at, self.first_request(at), FREE);
            }
        }
    }

    /// A flit is on its way into a buffer.
    #[inline(always)]
    pub(super) fn enter<const KIND: u8>(&mut self, at: usize, flit: Buffered) {
        let input = &mut self.inputs[at];
        let number = input.head as usize + usize::from(input.buffered);
        input.buffered += 1;
        let alone = input.buffered == 1;
        self.buffers[self.buffer_rings.place(at, number)] = flit;
        if alone {
            self.begin::<KIND>(at);
        }
    }

    /// The flit at the front of a buffer requests its output.
    #[inline(always)]
    fn begin<const KIND: u8>(&mut self, at: usize) {
        let input = &mut self.inputs[at];
        let flit = &self.buffers[self.buffer_rings.place(at, input.head as usize)];
        let ready = flit.ready.max(input.idle);
        self.ready[at] = ready;
        let first = input.first as usize;
        let own = at - first;
        if KIND & WORMS != 0 && input.holds != FREE {
            let output = first + usize::from(input.holds);
            return self.ask::<KIND>(output, ready, own as u8);
        }
        let port = if KIND & TREES != 0 {
            self.branches[flit.to as usize].port
        } else {
            let to = FlitTarget(flit.to);
            let port = match self.table.get((input.router * self.routers + to.router()) as usize) {
                Some(port) => *port,
                None => by_rule(self.rule, input.router, to.router()),
            };
            if port == NextPorts::HERE { to.port() } else { port }
        };
        if KIND & WORMS != 0 {
            // From now on, as nothing else is sent by this input before its tail.
            input.holds = port;
        }
        let output = first + usize::from(port);
        self.outputs[output].requests |= 1 << own;
        self.ask::<KIND>(output, ready, own as u8);
    }

    /// Plans the grant of an output to a request that is ready at a tick, of a port or of any ([`FREE`]).
    #[inline(always)]
    fn ask<const KIND: u8>(&mut self, at: usize, ready: Tick, port: u8) {
        let output = &mut self.outputs[at];
        if KIND & WORMS != 0 && output.holder != FREE && output.holder != port {
            return;
        }
        if output.credits == 0 {
            output.starved = true;
            return;
        }
        let credit = self.credits[self.credit_rings.place(at, output.flits_sent as usize)];
        let plan = ready.max(output.idle).max(credit);
        self.agenda.plan(self.outputs, at as u32, plan);
    }

    /// A flit is on its way to a terminal.
    #[inline(always)]
    fn eject<const KIND: u8, E: Ends>(&mut self, at: usize, arrival: Tick, flit: &Buffered, ends: &mut E) {
        let output = &mut self.outputs[at];
        let terminal = output.to & !TERMINAL;
        let mut wait = 0;
        if ends_of::<KIND>(flit).1 {
            self.under_way -= 1;
            let branch = if KIND & TREES != 0 { flit.to } else { FlitTarget(flit.to).router() };
            let packet = Incoming { load: flit.load, born: flit.born, branch };
            wait = ends.arrive(TerminalId::new(terminal), packet, arrival - self.origin);
        }
        let credit = arrival + wait + Tick::from(self.sources[terminal as usize].credit_delay);
        self.last = self.last.max(credit);
        // A packet may have to wait less than one before it, and its place is known to be free first then.
        let mut number = output.flits_sent as usize + usize::from(output.credits);
        for _ in 0..output.credits {
            let before = self.credits[self.credit_rings.place(at, number - 1)];
            if before <= credit {
                break;
            }
            self.credits[self.credit_rings.place(at, number)] = before;
            number -= 1;
        }
        self.credits[self.credit_rings.place(at, number)] = credit;
        output.credits += 1;
    }
}

#[inline(never)]
fn by_rule(rule: &Routing, router: u32, to: u32) -> u8 {
    rule.route(router, to).map_or(NextPorts::HERE, |(port, _)| port)
}

/// Whether a flit is the head of its packet, and whether it is the tail.
#[inline(always)]
fn ends_of<const KIND: u8>(flit: &Buffered) -> (bool, bool) {
    if KIND & WORMS == 0 {
        return (true, true);
    }
    (flit.to & FlitTarget::HEAD != 0, flit.to & FlitTarget::TAIL != 0)
}
