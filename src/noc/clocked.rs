//! Sources and sinks of a clocked mesh whose routers are simulated all at once.

use super::network::{NocEngine, TrafficProgress};
use super::source::{self, PacketSource, TrafficCounts, TrafficPlan};
use crate::engine::Stopped;
use crate::ids::TerminalId;
use crate::model::fabric::Waiting;
use crate::model::vector::{ClockedMesh, ClockedRouters, Ejected, SentPacket};
use crate::units::Tick;

/// Cycles of the calendar of births; later ones come round again. A power of two.
const CALENDAR: usize = 1024;

/// Cycles of a router between two polls of cancellation.
const QUANTUM: Tick = 1 << 18;

/// No source.
const NONE: u32 = u32::MAX;

/// When sources have something to do: a list of them for each cycle of a ring.
struct Calendar {
    first: Vec<u32>,
    /// The next in the list, by source.
    next: Vec<u32>,
}

impl Calendar {
    fn new(sources: usize) -> Self {
        Self { first: vec![NONE; CALENDAR], next: vec![NONE; sources] }
    }

    /// Adds a source; one that has nothing to do any more, at [`Tick::MAX`], is left out.
    #[inline]
    fn add(&mut self, at: Tick, source: u32) {
        if at == Tick::MAX {
            return;
        }
        let first = &mut self.first[at as usize % CALENDAR];
        self.next[source as usize] = std::mem::replace(first, source);
    }
}

/// The injection of a terminal.
#[derive(Clone, Copy, Debug, Default)]
struct Injection {
    /// Flits left of the packet being sent.
    left: u16,
    vc: u8,
    /// Round-robin pointer over virtual channels.
    pointer: u8,
}

/// A packet under way.
#[derive(Clone, Copy, Debug, Default)]
struct UnderWay {
    born: Tick,
    hops: u32,
}

/// A clocked mesh with its sources and sinks.
pub(super) struct ClockedNetwork<'t, R> {
    plan: &'t TrafficPlan<'t>,
    routers: R,
    vcs: u8,
    sources: Vec<PacketSource>,
    injections: Vec<Injection>,
    /// Column and row of each terminal.
    places: Vec<(u8, u8)>,
    calendar: Calendar,
    /// Sources with a flit to send in this cycle.
    working: Vec<u32>,
    packets: Vec<UnderWay>,
    free: Vec<u32>,
    /// What arrives at terminals, by cycle, in a ring.
    arriving: Vec<Ejected>,
    /// Cycles from a router to its terminal.
    eject: usize,
    /// Packets between router and terminal, in `arriving`.
    leaving: usize,
    /// The next cycle to be simulated.
    cycle: Tick,
    seen: TrafficCounts,
}

impl<'t, R: ClockedRouters> ClockedNetwork<'t, R> {
    pub(super) fn new(plan: &'t TrafficPlan<'t>, mesh: &ClockedMesh, routers: R) -> Self {
        let count = mesh.routers();
        let sources: Vec<PacketSource> =
            (0..count).map(|terminal| PacketSource::new(plan, TerminalId::new(terminal as u32))).collect();
        let mut calendar = Calendar::new(count);
        for (terminal, source) in (0..).zip(&sources) {
            calendar.add(source.next, terminal);
        }
        Self {
            plan,
            routers,
            vcs: mesh.vcs as u8,
            sources,
            injections: vec![Injection::default(); count],
            places: (0..count).map(|at| ((at % mesh.width) as u8, (at / mesh.width) as u8)).collect(),
            calendar,
            working: Vec::new(),
            packets: Vec::new(),
            free: Vec::new(),
            arriving: vec![Ejected::default(); mesh.eject + 1],
            eject: mesh.eject,
            leaving: 0,
            cycle: 0,
            seen: TrafficCounts::default(),
        }
    }

    /// Simulates a cycle.
    fn step(&mut self) {
        self.routers.begin();
        self.take_out();
        self.wake();
        self.send();
        let slot = (self.cycle as usize + self.eject) % self.arriving.len();
        let out = &mut self.arriving[slot];
        self.routers.cycle(out);
        self.leaving += out.flits as usize;
        self.cycle += 1;
    }

    /// Sinks take out what arrives.
    fn take_out(&mut self) {
        let slot = self.cycle as usize % self.arriving.len();
        let arrived = &mut self.arriving[slot];
        if arrived.flits == 0 {
            return;
        }
        self.leaving -= arrived.flits as usize;
        self.seen.note_taken(self.plan, self.cycle, arrived.flits);
        for id in arrived.tails.drain(..) {
            let UnderWay { born, hops } = self.packets[id as usize];
            self.seen.note_arrival(self.plan, self.cycle, born, hops, 0);
            self.free.push(id);
        }
        arrived.flits = 0;
    }

    /// Sources with a birth in this cycle begin to work.
    fn wake(&mut self) {
        let slot = self.cycle as usize % CALENDAR;
        let mut next = std::mem::replace(&mut self.calendar.first[slot], NONE);
        while next != NONE {
            let terminal = next;
            next = self.calendar.next[terminal as usize];
            if self.sources[terminal as usize].next <= self.cycle {
                self.working.push(terminal);
            } else {
                // In a later round.
                self.calendar.add(self.cycle, terminal);
            }
        }
    }

    /// Every source with a flit sends one, if there is a free place.
    fn send(&mut self) {
        let mut at = 0;
        while at < self.working.len() {
            let terminal = self.working[at];
            if self.work(terminal as usize) {
                at += 1;
            } else {
                self.working.swap_remove(at);
                self.calendar.add(self.sources[terminal as usize].next, terminal);
            }
        }
    }

    /// Sends the flit of a source for this cycle. Returns whether it has one for the next.
    #[inline]
    fn work(&mut self, terminal: usize) -> bool {
        let Injection { left, vc, pointer } = self.injections[terminal];
        let open = self.routers.open(terminal);
        if left > 0 {
            if open >> vc & 1 == 0 {
                return true;
            }
            self.routers.inject(terminal, vc, None);
            self.injections[terminal].left = left - 1;
            return left > 1 || self.sources[terminal].next <= self.cycle + 1;
        }
        if open == 0 {
            return true;
        }
        // A pointer behind the last channel selects the first one.
        let later = open & (!0 << (pointer & 63));
        let vc = (if later != 0 { later } else { open }).trailing_zeros() as u8;
        let (source, id) = (&mut self.sources[terminal], TerminalId::new(terminal as u32));
        let (born, (to, flits)) = (source.next, source.packet(self.plan, id));
        source.left(self.plan, id);
        let ((x, y), (u, v)) = (self.places[terminal], self.places[to as usize]);
        let hops = u32::from(x.abs_diff(u)) + u32::from(y.abs_diff(v));
        self.seen.note_sent(self.plan, born, flits, hops);
        let head = SentPacket { router: to, flits, id: self.add(UnderWay { born, hops }) };
        self.routers.inject(terminal, vc, Some(head));
        let pointer = if vc + 1 == self.vcs { 0 } else { vc + 1 };
        self.injections[terminal] = Injection { left: flits - 1, vc, pointer };
        flits > 1 || self.sources[terminal].next <= self.cycle + 1
    }

    #[inline]
    fn add(&mut self, packet: UnderWay) -> u32 {
        if let Some(id) = self.free.pop() {
            self.packets[id as usize] = packet;
            return id;
        }
        self.packets.push(packet);
        self.packets.len() as u32 - 1
    }

    /// Whether nothing happens before the next birth, but for credits.
    fn is_idle(&self) -> bool {
        self.working.is_empty() && self.leaving == 0 && self.routers.is_empty()
    }

    /// The cycle of the next birth; `Tick::MAX` if there is none.
    fn next_birth(&self) -> Tick {
        self.sources.iter().map(|source| source.next).min().unwrap_or(Tick::MAX)
    }
}

impl<R: ClockedRouters> NocEngine for ClockedNetwork<'_, R> {
    fn run(&mut self, end: Tick, cancelled: &(dyn Fn() -> bool + Sync)) -> Stopped {
        let quantum = (QUANTUM / self.sources.len().max(1) as Tick).max(1);
        let mut poll = self.cycle.saturating_add(quantum);
        while self.cycle < end {
            if self.is_idle() {
                let until = self.next_birth().min(end);
                self.routers.skip(until.saturating_sub(self.cycle));
                self.cycle = until.max(self.cycle);
                if self.cycle >= end {
                    break;
                }
            }
            self.step();
            if self.cycle >= poll {
                if cancelled() {
                    return Stopped::Cancelled;
                }
                poll = self.cycle.saturating_add(quantum);
            }
        }
        Stopped::Done
    }

    fn next_tick(&mut self) -> Option<Tick> {
        if !self.is_idle() {
            return Some(self.cycle);
        }
        Some(self.next_birth()).filter(|birth| *birth != Tick::MAX)
    }

    fn now(&self) -> Tick {
        self.cycle.saturating_sub(1)
    }

    fn events(&self) -> u64 {
        // Every flit over a link is a message, and its credit a signal.
        2 * self.routers.moves()
    }

    fn seen(&self) -> TrafficCounts {
        self.seen.clone()
    }

    fn progress(&self) -> TrafficProgress {
        TrafficProgress::of(std::iter::once(&self.seen))
    }

    fn waiting(&self, simulated: Tick) -> (u64, u64) {
        source::waiting(self.sources.iter(), simulated)
    }

    fn behind(&self) -> bool {
        self.sources.iter().any(|source| self.plan.window.contains(&source.next))
    }

    fn backlog(&self, simulated: Tick) -> (u64, u64) {
        let terminals = (0..).map(TerminalId::new);
        source::backlog(terminals.zip(&self.sources), self.plan, simulated)
    }

    fn link_flits(&self) -> Vec<u64> {
        self.routers.link_flits()
    }

    fn is_empty(&self) -> bool {
        self.leaving == 0 && self.routers.is_empty()
    }

    fn blocked(&self) -> Vec<Waiting> {
        // Routes of dimension order on a mesh have no circle, and sinks take out everything.
        Vec::new()
    }

    fn too_little(&self) -> Option<u64> {
        None
    }
}
