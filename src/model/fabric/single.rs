//! Routers with one virtual channel: the common case, and the fastest.
//!
//! A port's input side and output side are one record of a cache line, and all work goes by its position. An output
//! belongs to at most one packet and an input has one packet to send, so that the allotment of the channel settles
//! the switch as well: who holds an output sends when there is a credit.
//!
//! Work is kept in lists by stage: inputs whose head is routed, outputs with their channel to allot, inputs with a
//! flit to send. A list holds what can go on, so that most of what is looked at does; what is blocked is not in it,
//! but is put there by what ends the blocking: a channel that becomes free, a credit, a flit, a link that has rested.

use super::packets::Tag;
use super::tables::{channel, index_of, node_of};
use super::{Fabric, FabricWorld, Flit, HEAD, PORT_WAKE, PortTable, READY, pick};
use crate::engine::{EventSet, Outbox};
use crate::trace::{Kind, Tap};
use crate::units::{Delay, Tick};
use std::num::NonZeroU32;

/// A port, in a line of a cache.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Side {
    /// Inputs of the router that wait for this output, as bits.
    want: u64,
    /// Flits that left by it.
    pub(super) flits: u64,
    /// Where the link out leads, and how long a flit takes.
    to: u32,
    latency: NonZeroU32,
    /// Where the link in comes from, and how long a credit takes.
    back: u32,
    back_delay: NonZeroU32,
    /// The first flit in the input's buffer; those behind it are in a ring.
    front: Tag,
    /// The output, as a position, that the first packet waits for or holds.
    out: u32,
    router: u32,
    to_shard: u16,
    back_shard: u16,
    /// Places at the end of the link out that are free.
    credits: u16,
    /// Flits in the input's buffer, and where in the ring the second of them is.
    pub(super) len: u16,
    second: u16,
    port: u8,
    /// Input whose turn it is at this output, and the one that holds it.
    turn: u8,
    owner: u8,
    /// Whether the output belongs to no packet.
    free: bool,
    /// Whether its owner waits for a credit.
    starved: bool,
    /// Whether it is in the list of outputs to allot.
    listed: bool,
}

const _: () = assert!(size_of::<Side>() == 64);

/// When a port's sides have rested, where the interval between flits is more than a tick.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rest {
    in_free: Tick,
    out_free: Tick,
    /// Whether a signal is pending that lists the output again.
    woken: bool,
}

/// What a stage works on in this tick, and in the next.
#[derive(Debug, Default)]
pub(super) struct Stage {
    pub(super) now: Vec<u32>,
    pub(super) next: Vec<u32>,
}

impl Stage {
    /// Whether there is nothing to work on, in this tick or the next.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.now.is_empty() && self.next.is_empty()
    }

    /// Goes on to the next tick; says whether there is something in it.
    #[inline]
    pub(super) fn advance(&mut self) -> bool {
        self.now.clear();
        if self.next.is_empty() {
            return false;
        }
        std::mem::swap(&mut self.now, &mut self.next);
        true
    }

    pub(super) fn clear(&mut self) {
        self.now.clear();
        self.next.clear();
    }
}

/// A delay that is at least one tick by construction of its value.
fn ticks(value: u32) -> NonZeroU32 {
    NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN)
}

/// The turn after a position, going round.
#[inline]
pub(super) fn after(position: usize, count: usize) -> u8 {
    if position + 1 == count { 0 } else { position as u8 + 1 }
}

impl Side {
    pub(super) fn new(table: &PortTable, router: u32, port: u8, to_shard: u16, back_shard: u16) -> Self {
        Self {
            want: 0,
            flits: 0,
            to: table.to,
            latency: ticks(table.latency),
            back: table.back,
            back_delay: ticks(table.back_delay),
            front: Tag::default(),
            out: 0,
            router,
            to_shard,
            back_shard,
            credits: table.places,
            len: 0,
            second: 0,
            port,
            turn: 0,
            owner: 0,
            free: true,
            starved: false,
            listed: false,
        }
    }

    pub(super) fn reset(&mut self, places: u16) {
        (self.want, self.credits, self.len, self.second, self.turn) = (0, places, 0, 0, 0);
        (self.free, self.starved, self.listed) = (true, false, false);
    }

    /// The input that holds the output.
    pub(super) fn holder(&self) -> Option<u8> {
        (!self.free).then_some(self.owner)
    }

    /// The output that the packet at the front waits for or holds.
    pub(super) fn output(&self) -> usize {
        self.out as usize
    }
}

impl<P: Tap> Fabric<'_, P> {
    /// A flit arrives.
    #[inline(always)]
    pub(super) fn take_flit_single<W: FabricWorld<P>, S: EventSet<Flit>>(
        &mut self,
        flit: Flit,
        out: &mut Outbox<'_, W, S>,
    ) {
        let at = (node_of(flit.to) - self.part.first) as usize * self.ports + index_of(flit.to);
        let side = &mut self.sides[at];
        debug_assert!(usize::from(side.len) < self.places, "a flit without a credit");
        side.len += 1;
        if self.tap.hears(Kind::Filled) {
            let (place, held) = ((side.router as usize, usize::from(side.port), 0), side.len);
            self.note_buffer(out.now(), Kind::Filled, place, held);
        }
        let side = &mut self.sides[at];
        if side.len > 1 {
            // A flit behind another changes nothing yet.
            let mut place = usize::from(side.second) + usize::from(side.len) - 2;
            place -= if place >= self.places { self.places } else { 0 };
            self.flits[at * self.places + place] = flit.tag;
            return;
        }
        side.front = flit.tag;
        if !flit.tag.head() {
            return self.switch.now.push(at as u32);
        }
        if self.head_delay == 0 && !self.paced {
            return self.heads.now.push(at as u32);
        }
        let rest = if self.paced { self.rests[at].in_free.saturating_sub(out.now()) } else { 0 };
        self.begin_head_single(at, self.head_delay.max(rest), out);
    }

    /// A head reached the front of its buffer and is routed after some ticks.
    #[inline]
    fn begin_head_single<W: FabricWorld<P>, S: EventSet<Flit>>(
        &mut self,
        at: usize,
        wait: Tick,
        out: &mut Outbox<'_, W, S>,
    ) {
        match wait {
            0 => self.heads.now.push(at as u32),
            1 => self.heads.next.push(at as u32),
            _ => {
                if let Some(wait) = Delay::new(wait) {
                    out.signal(wait, HEAD | self.name_of(at));
                }
            }
        }
    }

    /// The number by which signals name a port.
    #[inline]
    fn name_of(&self, at: usize) -> u32 {
        let side = &self.sides[at];
        channel(self.part.first + side.router, usize::from(side.port))
    }

    /// The position of a port that a signal names.
    #[inline]
    pub(super) fn side_of(&self, name: u32) -> usize {
        (node_of(name) - self.part.first) as usize * self.ports + index_of(name)
    }

    /// A place became free at the end of a link.
    #[inline]
    pub(super) fn take_credit_single(&mut self, at: usize) {
        let side = &mut self.sides[at];
        side.credits += 1;
        if side.starved {
            side.starved = false;
            let owner = at - usize::from(side.port) + usize::from(side.owner);
            self.switch.now.push(owner as u32);
        } else if !self.staged && side.want != 0 && side.free && !side.listed {
            side.listed = true;
            self.asked.now.push(at as u32);
        }
    }

    /// A link has rested, and its output can be allotted.
    pub(super) fn take_rested_single(&mut self, at: usize) {
        self.rests[at].woken = false;
        let side = &mut self.sides[at];
        if side.want != 0 && !side.listed {
            side.listed = true;
            self.asked.now.push(at as u32);
        }
    }

    /// Phase two. `PLAIN` is without pace, multicast and other shards; `STAGED` routers allot the switch in the tick after
    /// the channel.
    #[inline(always)]
    pub(super) fn decide_single<const PLAIN: bool, const STAGED: bool, W: FabricWorld<P>, S: EventSet<Flit>>(
        &mut self,
        out: &mut Outbox<'_, W, S>,
    ) {
        // A list is taken out to be gone through, which is not worth it for nothing.
        if !self.heads.now.is_empty() {
            let heads = std::mem::take(&mut self.heads.now);
            heads.iter().for_each(|at| self.route_head_single::<PLAIN>(*at as usize));
            self.heads.now = heads;
        }
        if !self.asked.now.is_empty() {
            let asked = std::mem::take(&mut self.asked.now);
            asked.iter().for_each(|at| self.allot_single::<PLAIN, STAGED, _, _>(*at as usize, out));
            self.asked.now = asked;
        }
        if !self.switch.now.is_empty() {
            let switch = std::mem::take(&mut self.switch.now);
            for at in &switch {
                let at = *at as usize;
                self.send_single::<PLAIN, _, _>(at, self.sides[at].out as usize, out);
            }
            self.switch.now = switch;
        }
    }

    /// Notes which output the head at the front of an input waits for.
    #[inline(always)]
    fn route_head_single<const PLAIN: bool>(&mut self, at: usize) {
        let side = &mut self.sides[at];
        let packet = self.packets.get(side.front.id());
        let port = if !PLAIN && self.multicast {
            self.tables.branches[packet.to as usize].port
        } else {
            let here = self.part.first + side.router;
            self.tables.routing.route(here, packet.to).map_or(packet.exit, |(port, _)| port)
        };
        let asks = 1 << side.port;
        let output = at - usize::from(side.port) + usize::from(port);
        side.out = output as u32;
        let side = &mut self.sides[output];
        side.want |= asks;
        if side.free && !side.listed {
            side.listed = true;
            self.asked.now.push(output as u32);
        }
    }

    /// Allots an output to one of the inputs that wait for it.
    #[inline(always)]
    fn allot_single<const PLAIN: bool, const STAGED: bool, W: FabricWorld<P>, S: EventSet<Flit>>(
        &mut self,
        at: usize,
        out: &mut Outbox<'_, W, S>,
    ) {
        let side = &mut self.sides[at];
        side.listed = false;
        if !side.free || side.want == 0 {
            return;
        }
        if !STAGED {
            // The credit's signal, or the link's, lists it anew.
            if side.credits == 0 {
                return;
            }
            if !PLAIN && self.paced && self.rests[at].out_free > out.now() {
                return self.wake_output(at, out);
            }
        }
        let input = pick(side.want, side.turn);
        side.want &= !(1 << input);
        side.free = false;
        side.owner = input as u8;
        side.turn = input as u8 + 1;
        let input = at - usize::from(side.port) + input;
        if STAGED { self.switch.next.push(input as u32) } else { self.send_single::<PLAIN, _, _>(input, at, out) }
    }

    /// Sees to it that an output is listed again when its link has rested.
    fn wake_output<W: FabricWorld<P>, S: EventSet<Flit>>(&mut self, at: usize, out: &mut Outbox<'_, W, S>) {
        let name = self.name_of(at);
        let rest = &mut self.rests[at];
        if let Some(wait) = Delay::new(rest.out_free.saturating_sub(out.now()))
            && !rest.woken
        {
            rest.woken = true;
            out.signal(wait, PORT_WAKE | name);
        }
    }

    /// Sends the flit at the front of an input over the output that it holds; both are positions.
    #[inline(always)]
    fn send_single<const PLAIN: bool, W: FabricWorld<P>, S: EventSet<Flit>>(
        &mut self,
        at: usize,
        output: usize,
        out: &mut Outbox<'_, W, S>,
    ) {
        let mut tag = self.sides[at].front;
        if self.sides[output].credits == 0 {
            // The credit's signal lists the input anew.
            self.sides[output].starved = true;
            return;
        }
        let mut stays = false;
        if !PLAIN {
            if self.paced && self.waits_for_pace(at, output, out) {
                return;
            }
            stays = self.multicast && self.split(&mut tag);
        }
        let side = &self.sides[output];
        self.note_hop(out.now(), (side.router as usize, usize::from(side.port), 0), tag);
        let side = &mut self.sides[output];
        side.credits -= 1;
        side.flits += 1;
        if tag.tail() {
            side.free = true;
            if side.want != 0 {
                side.listed = true;
                self.asked.next.push(output as u32);
            }
        }
        let flit = Flit { to: side.to, tag };
        if PLAIN || side.to_shard == self.part.shard {
            out.send(Delay::from(side.latency), flit);
        } else {
            let (shard, latency) = (side.to_shard, Delay::from(side.latency));
            self.ship(shard, latency, flit, out);
        }
        let side = &mut self.sides[at];
        if !stays {
            side.len -= 1;
            let (credit, wait) = (side.back, Delay::from(side.back_delay));
            if PLAIN || side.back_shard == self.part.shard {
                out.signal(wait, credit);
            } else {
                out.ship(side.back_shard, wait, super::Parcel::Credit(credit));
            }
        }
        let held = side.len;
        if !stays && self.tap.hears(Kind::Freed) {
            let place = (side.router as usize, usize::from(side.port), 0);
            self.note_buffer(out.now(), Kind::Freed, place, held);
        }
        if held > 0 {
            self.go_on::<PLAIN, _, _>(at, tag.tail(), stays, out);
        }
    }

    /// What an input does next that has sent a flit and holds another.
    #[inline]
    fn go_on<const PLAIN: bool, W: FabricWorld<P>, S: EventSet<Flit>>(
        &mut self,
        at: usize,
        tail: bool,
        stays: bool,
        out: &mut Outbox<'_, W, S>,
    ) {
        let side = &mut self.sides[at];
        if !stays {
            let second = usize::from(side.second);
            side.front = self.flits[at * self.places + second];
            side.second = if second + 1 == self.places { 0 } else { second as u16 + 1 };
        }
        if !tail {
            return self.switch.next.push(at as u32);
        }
        let mut wait = 1 + self.head_delay;
        if !PLAIN && self.paced {
            wait = wait.max(Tick::from(self.tables.interval));
        }
        self.begin_head_single(at, wait, out);
    }

    /// Whether an input or its output still rests; then it is looked at again later. Else both begin to rest.
    fn waits_for_pace<W: FabricWorld<P>, S: EventSet<Flit>>(
        &mut self,
        input: usize,
        output: usize,
        out: &mut Outbox<'_, W, S>,
    ) -> bool {
        let now = out.now();
        let free = self.rests[output].out_free.max(self.rests[input].in_free);
        if let Some(wait) = Delay::new(free.saturating_sub(now)) {
            out.signal(wait, READY | self.name_of(input));
            return true;
        }
        let rested = now + Tick::from(self.tables.interval);
        self.rests[output].out_free = rested;
        self.rests[input].in_free = rested;
        false
    }
}
