//! The oracle: the same step on the fabric of the event engine.

use super::cases::{Case, Seen};
use crate::engine::{Arrival, Engine, Outbox, Pending, World};
use crate::ids::LocalTerminal;
use crate::model::ends::Ends;
use crate::model::fabric::{Fabric, Flit, Packet, Parcel, Part, Sent, TerminalSignal};
use crate::stats::Op;
use crate::trace::Silent;
use crate::units::{Delay, Tick};

/// The fabric of a case, with terminals that send and receive as [`Ends`] say.
struct Events<'t, 'e> {
    fabric: Fabric<'t>,
    ends: &'e mut Seen<'t>,
    asked: Vec<LocalTerminal>,
    blocked: Vec<bool>,
    last: Tick,
}

impl Events<'_, '_> {
    /// As a core does it.
    fn send(&mut self, terminal: LocalTerminal, out: &mut impl Outbox<Flit, Parcel>) {
        let now = out.now();
        let id = self.fabric.part().terminals[terminal];
        let sent = if self.fabric.sending(terminal) {
            self.fabric.send_on(terminal, out)
        } else {
            match self.ends.next(id) {
                None => return,
                Some(ready) if ready > now => Sent::NotBefore(ready),
                Some(_) => {
                    let ends = &mut *self.ends;
                    let packet = |_: &mut Silent| {
                        let sent = ends.take(id, now);
                        Packet {
                            to: sent.router,
                            exit: sent.exit,
                            flits: sent.flits,
                            load: sent.load,
                            synapses: 0,
                            applied: Op::Synapse,
                            born: sent.born,
                            source: id,
                            sending: 0,
                            label: (),
                        }
                    };
                    self.fabric.begin(terminal, packet, out)
                }
            }
        };
        self.blocked[terminal.index()] = sent == Sent::NoCredit;
        let next = match sent {
            Sent::NoCredit => return,
            Sent::NotBefore(tick) => tick,
            Sent::Flit => now + 1,
            Sent::Packet => match self.ends.next(id) {
                Some(ready) => ready.max(now + 1),
                None => return,
            },
        };
        if let Some(wait) = Delay::new(next.max(self.fabric.link_free(terminal)) - now) {
            out.signal(wait, self.fabric.wake_terminal(terminal));
        }
    }

    fn ask(&mut self, terminal: LocalTerminal) {
        if !self.asked.contains(&terminal) {
            self.asked.push(terminal);
        }
    }
}

impl World for Events<'_, '_> {
    type Message = Flit;
    type Parcel = Parcel;

    fn apply(&mut self, flit: Flit, out: &mut impl Outbox<Flit, Parcel>) {
        self.last = out.now();
        let Some((terminal, vc)) = self.fabric.terminal_of(&flit) else { return self.fabric.take_flit(flit, out) };
        let id = self.fabric.part().terminals[terminal];
        let packet = self.fabric.take_out(&flit, out.now());
        let wait = packet.map_or(0, |packet| self.ends.arrived(id, (packet.load, packet.born, packet.to), out.now()));
        self.fabric.give_back(terminal, vc, wait, out);
    }

    fn signal(&mut self, signal: u32, out: &mut impl Outbox<Flit, Parcel>) {
        if signal >> 29 == 0 {
            self.last = out.now();
        }
        match self.fabric.take_signal(signal, out) {
            None => {}
            Some(TerminalSignal::Credit(terminal, vc)) => {
                self.fabric.take_terminal_credit(terminal, vc);
                if self.blocked[terminal.index()] {
                    self.ask(terminal);
                }
            }
            Some(TerminalSignal::Wake(terminal) | TerminalSignal::Step(terminal)) => self.ask(terminal),
        }
    }

    fn decide(&mut self, out: &mut impl Outbox<Flit, Parcel>) -> bool {
        for terminal in std::mem::take(&mut self.asked) {
            self.send(terminal, out);
        }
        self.fabric.decide(out)
    }

    fn unpack(&mut self, parcel: Parcel) -> Arrival<Flit> {
        self.fabric.take_parcel(parcel)
    }
}

/// Runs a step; gives its end, if it comes to one, and the flits of each port.
pub(crate) fn run<'c>(case: &'c Case, ends: &mut Seen<'c>) -> (Option<Tick>, Vec<u64>) {
    let part = Part::split(&case.tables, 1).remove(0);
    let terminals = part.terminals.len();
    let fabric = Fabric::new(&case.tables, part, Silent);
    let mut world = Events { fabric, ends, asked: Vec::new(), blocked: vec![false; terminals], last: 0 };
    let mut engine = Engine::new(Pending::new(&[64]));
    for terminal in (0..terminals).map(LocalTerminal::from_index) {
        engine.post(0, world.fabric.step_terminal(terminal));
    }
    engine.run(&mut world, Tick::MAX, u64::MAX);
    let done = world.fabric.packets().is_empty() && !world.blocked.contains(&true);
    (done.then_some(world.last), world.fabric.link_flits().collect())
}
