//! The network of a step that is timed, by the engine of events: for every fabric, and as the measure of all other engines.

use super::ends::{Ends, Incoming};
use super::fabric::{Fabric, FabricTable, Flit, Packet, Parcel, Part, Sent, TerminalSignal, Waiting};
use crate::engine::{Arrival, Engine, EventSet, Outbox, World};
use crate::ids::{IdVec, LocalTerminal, TerminalId};
use crate::stats::Op;
use crate::trace::Silent;
use crate::units::{Delay, Tick};

/// A fabric, with its terminals.
#[derive(Debug)]
pub(super) struct EventSteps<'t, E, S>
where
    E: Ends + Send,
    S: EventSet<Flit>,
{
    engine: Engine<EventWorld<'t, E>, S>,
    world: EventWorld<'t, E>,
}

/// The nodes of the engine.
#[derive(Debug)]
struct EventWorld<'t, E> {
    fabric: Fabric<'t>,
    ends: E,
    terminals: IdVec<LocalTerminal, Sending>,
    /// Terminals that decide in this tick.
    asked: Vec<LocalTerminal>,
}

/// What a terminal that sends waits for.
#[derive(Clone, Copy, Debug, Default)]
struct Sending {
    /// Whether only a credit lets it go on.
    blocked: bool,
    /// Whether it is in the list of those that decide.
    asked: bool,
    /// The pending wake-up; the past when there is none.
    wake: Tick,
}

impl<'t, E: Ends + Send, S: EventSet<Flit>> EventSteps<'t, E, S> {
    /// A network at rest.
    pub(super) fn new(tables: &'t FabricTable, set: S, ends: E) -> Self {
        let part = Part::split(tables, 1).pop().unwrap_or_default();
        let terminals = IdVec::filled(Sending::default(), part.terminals.len());
        let fabric = Fabric::new(tables, part, Silent);
        Self { engine: Engine::new(set), world: EventWorld { fabric, ends, terminals, asked: Vec::new() } }
    }

    /// The terminals.
    pub(super) fn ends(&mut self) -> &mut E {
        &mut self.world.ends
    }

    /// Times a step, of which some terminals send; gives the tick of the last arrival of a flit or of a credit.
    pub(super) fn run(&mut self, sending: &[TerminalId]) -> Tick {
        let Self { engine, world } = self;
        engine.rewind();
        world.fabric.begin_step();
        for terminal in sending {
            let terminal = LocalTerminal::new(terminal.get());
            world.terminals[terminal].wake = 0;
            engine.post(0, world.fabric.wake_terminal(terminal));
        }
        engine.run(world, Tick::MAX, u64::MAX);
        world.fabric.last_arrival()
    }

    /// Packets at the front of a router's buffer.
    pub(super) fn waiting(&self) -> Vec<Waiting> {
        self.world.fabric.waiting()
    }

    /// Flits that left each port since it was made, by router and port.
    pub(super) fn link_flits(&self) -> impl Iterator<Item = u64> {
        self.world.fabric.link_flits()
    }
}

impl<E: Ends> EventWorld<'_, E> {
    fn terminal(&self, terminal: LocalTerminal) -> TerminalId {
        TerminalId::new(terminal.get())
    }

    /// Asks for this tick's decision of a terminal; asking twice is asking once.
    fn ask(&mut self, terminal: LocalTerminal) {
        let sending = &mut self.terminals[terminal];
        if !std::mem::replace(&mut sending.asked, true) {
            self.asked.push(terminal);
        }
    }

    fn arrive(&mut self, (terminal, vc): (LocalTerminal, u8), flit: Flit, out: &mut impl Outbox<Flit, Parcel>) {
        let (now, here) = (out.now(), self.terminal(terminal));
        let packet = self.fabric.take_out(&flit, now);
        // The flits before a tail are put together with it, and need no place in the queue.
        let after = packet.map_or(0, |packet| {
            self.ends.arrive(here, Incoming { load: packet.load, born: packet.born, branch: packet.to }, now)
        });
        self.fabric.give_back(terminal, vc, after, out);
    }

    /// Hands over the next flit, if its packet is ready, the link is free and there is a credit.
    fn send(&mut self, terminal: LocalTerminal, out: &mut impl Outbox<Flit, Parcel>) {
        let (now, source) = (out.now(), self.terminal(terminal));
        let sent = if self.fabric.sending(terminal) {
            self.fabric.send_on(terminal, out)
        } else {
            let Some(ready) = self.ends.next(source) else { return };
            let ends = &mut self.ends;
            match ready {
                ready if ready > now => Sent::NotBefore(ready),
                _ => self.fabric.begin(terminal, |_| packet(ends, source, now), out),
            }
        };
        let sending = &mut self.terminals[terminal];
        sending.blocked = sent == Sent::NoCredit;
        let next = match sent {
            // The credit's signal asks for another decision.
            Sent::NoCredit => return,
            Sent::NotBefore(tick) => tick,
            Sent::Flit => now + 1,
            Sent::Packet => match self.ends.next(source) {
                Some(ready) => ready.max(now + 1),
                None => return,
            },
        };
        let next = next.max(self.fabric.link_free(terminal));
        // One wake-up at a time is enough.
        if let Some(wait) = Delay::new(next - now)
            && (sending.wake <= now || next < sending.wake)
        {
            sending.wake = next;
            out.signal(wait, self.fabric.wake_terminal(terminal));
        }
    }
}

/// The next packet of a terminal, as the fabric has it.
#[inline]
fn packet(ends: &mut impl Ends, source: TerminalId, now: Tick) -> Packet {
    let sent = ends.take(source, now);
    Packet {
        to: sent.router,
        exit: sent.exit,
        flits: sent.flits,
        load: sent.load,
        synapses: 0,
        applied: Op::Synapse,
        born: sent.born,
        source,
        sending: 0,
        label: (),
    }
}

impl<E: Ends + Send> World for EventWorld<'_, E> {
    type Message = Flit;
    type Parcel = Parcel;

    #[inline]
    fn apply(&mut self, flit: Flit, out: &mut impl Outbox<Flit, Parcel>) {
        match self.fabric.terminal_of(&flit) {
            None => self.fabric.take_flit(flit, out),
            Some(end) => self.arrive(end, flit, out),
        }
    }

    #[inline]
    fn signal(&mut self, signal: u32, out: &mut impl Outbox<Flit, Parcel>) {
        match self.fabric.take_signal(signal, out) {
            Some(TerminalSignal::Credit(terminal, vc)) => {
                self.fabric.take_terminal_credit(terminal, vc);
                if self.terminals[terminal].blocked {
                    self.ask(terminal);
                }
            }
            Some(TerminalSignal::Wake(terminal)) => self.ask(terminal),
            Some(TerminalSignal::Step(_)) | None => {}
        }
    }

    #[inline]
    fn decide(&mut self, out: &mut impl Outbox<Flit, Parcel>) -> bool {
        let mut asked = std::mem::take(&mut self.asked);
        for terminal in asked.drain(..) {
            self.terminals[terminal].asked = false;
            self.send(terminal, out);
        }
        self.asked = asked;
        self.fabric.decide(out)
    }

    fn unpack(&mut self, parcel: Parcel) -> Arrival<Flit> {
        self.fabric.take_parcel(parcel)
    }
}
