//! Routers with several virtual channels: who gets a channel, and who gets the switch.
//!
//! Work is kept in lists by stage, as with one channel (`single`): heads that are routed, output ports with channels
//! to allot, and routers with inputs that are ready for the switch.

use super::packets::Tag;
use super::single::after;
use super::tables::{channel, index_of, node_of};
use super::{Fabric, FabricWorld, Flit, Parcel, Port, READY, delay, pick};
use crate::engine::{EventSet, Outbox};
use crate::trace::{Kind, Tap};
use crate::units::{Delay, Tick};

/// Pairs of an input and an output that grants it, both as positions.
struct Grants {
    pairs: [(u8, u8); 64],
    len: usize,
}

impl Grants {
    #[inline]
    fn new() -> Self {
        Self { pairs: [(0, 0); 64], len: 0 }
    }

    #[inline]
    fn add(&mut self, input: usize, output: usize) {
        self.pairs[self.len] = (input as u8, output as u8);
        self.len += 1;
    }

    /// The outputs that grant an input, as bits.
    #[inline]
    fn of(&self, input: u8) -> u64 {
        let pairs = &self.pairs[..self.len];
        pairs.iter().filter(|(i, _)| *i == input).fold(0, |set, (_, output)| set | 1 << output)
    }
}

impl<P: Tap> Fabric<'_, P> {
    /// Phase two.
    pub(super) fn decide_many<W: FabricWorld<P>, S: EventSet<Flit>>(&mut self, out: &mut Outbox<'_, W, S>) {
        // Who got a channel in the tick before asks for the switch from now on.
        for position in 0..self.switch.now.len() {
            let state = &mut self.routers[self.switch.now[position] as usize];
            state.ready |= std::mem::take(&mut state.fresh);
            state.listed = false;
        }
        for position in 0..self.heads.now.len() {
            self.route_head(self.heads.now[position]);
        }
        for position in 0..self.asked.now.len() {
            self.allot_many(self.asked.now[position]);
        }
        for position in 0..self.switch.now.len() {
            self.switch_many(self.switch.now[position] as usize, out);
        }
    }

    /// Notes which output the head at the front of an input waits for.
    #[inline]
    pub(super) fn route_head(&mut self, input: u32) {
        let (router, index) = (node_of(input) as usize, index_of(input));
        let at = router * self.channels + index;
        let lane = &mut self.lanes[at];
        let tag = self.flits[at * self.places + usize::from(lane.head)];
        let packet = self.packets.get(tag.id());
        let (port, class) = if self.multicast {
            let branch = &self.tables.branches[packet.to as usize];
            (branch.port, branch.class)
        } else {
            let here = self.part.first + router as u32;
            self.tables.routing.route(here, packet.to).unwrap_or((packet.exit, 0))
        };
        lane.port = port;
        let upper = &mut self.routers[router].upper;
        *upper = *upper & !(1 << index) | u64::from(class) << index;
        let side = &mut self.port[router * self.ports + usize::from(port)];
        side.want |= 1 << index;
        if side.free != 0 && !side.listed {
            side.listed = true;
            self.asked.now.push(channel(router as u32, usize::from(port)));
        }
    }

    /// Lists an output port of which a channel can be allotted in this tick, or in the next.
    #[inline]
    pub(super) fn ask(asked: &mut Vec<u32>, side: &mut Port, port: u32) {
        if side.want != 0 && !side.listed {
            side.listed = true;
            asked.push(port);
        }
    }

    /// Every free channel of a port grants an input, every input accepts a channel.
    fn allot_many(&mut self, asked: u32) {
        let (r, port) = (node_of(asked) as usize, index_of(asked));
        let base = r * self.channels;
        let side = &mut self.port[r * self.ports + port];
        side.listed = false;
        let (want, first) = (side.want, port * self.vcs);
        // A joint router allots only what can be used at once.
        let available = if self.staged { side.free } else { side.free & side.credit };
        if want == 0 || available == 0 {
            return;
        }
        let split = self.tables.classes > 1 && port < usize::from(self.tables.first_local);
        let upper = self.tables.channels_of(port, 1) >> first;
        let mut grants = Grants::new();
        let (mut rest, mut granted) = (available, 0u64);
        while rest != 0 {
            let output = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let class = if upper >> output & 1 != 0 { self.routers[r].upper } else { !self.routers[r].upper };
            let asking = if split { want & class } else { want };
            if asking != 0 {
                let input = pick(asking, self.outs[base + first + output].grant);
                grants.add(input, first + output);
                granted |= 1 << input;
            }
        }
        let mut left = granted;
        while left != 0 {
            let input = left.trailing_zeros() as usize;
            left &= left - 1;
            let output = pick(grants.of(input as u8), self.lanes[base + input].accept);
            self.lanes[base + input].accept = after(output, self.channels);
            self.allot(r, input, output, port);
        }
        // A grant that was not accepted is for another input in the next tick.
        let side = &mut self.port[r * self.ports + port];
        if granted != 0 && side.free != 0 {
            Self::ask(&mut self.asked.next, side, asked);
        }
    }

    /// Gives an output channel to the packet at the front of an input.
    #[inline]
    fn allot(&mut self, r: usize, input: usize, output: usize, port: usize) {
        let base = r * self.channels;
        let held = &mut self.outs[base + output];
        held.owner = input as u8;
        held.grant = after(input, self.channels);
        let has_credit = held.credits > 0;
        self.lanes[base + input].out = output as u8;
        let side = &mut self.port[r * self.ports + port];
        side.want &= !(1 << input);
        side.bound |= 1 << input;
        side.free &= !(1 << (output - port * self.vcs));
        if !has_credit {
            return;
        }
        let state = &mut self.routers[r];
        if self.staged {
            state.fresh |= 1 << input;
            state.list(&mut self.switch.next, r as u32);
        } else {
            state.ready |= 1 << input;
            state.list(&mut self.switch.now, r as u32);
        }
    }

    /// Every output port grants an input port, every input port accepts one.
    fn switch_many<W: FabricWorld<P>, S: EventSet<Flit>>(&mut self, r: usize, out: &mut Outbox<'_, W, S>) {
        if !self.staged {
            // It may have been listed after the others of this tick.
            self.routers[r].listed = false;
        }
        let ready = if self.paced { self.rested(r, out) } else { self.routers[r].ready };
        let (base, vcs) = (r * self.channels, self.vcs);
        let (mut asked, mut rest) = (0u64, ready);
        while rest != 0 {
            let input = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            asked |= 1 << self.port_of[usize::from(self.lanes[base + input].out)];
        }
        let mut grants = Grants::new();
        let mut granted = 0u64;
        while asked != 0 {
            let output = asked.trailing_zeros() as usize;
            asked &= asked - 1;
            let side = &self.port[r * self.ports + output];
            let input = self.port_of[pick(ready & side.bound, side.grant * vcs as u8)];
            grants.add(usize::from(input), output);
            granted |= 1 << input;
        }
        while granted != 0 {
            let input = granted.trailing_zeros() as usize;
            granted &= granted - 1;
            let output = pick(grants.of(input as u8), self.port[r * self.ports + input].accept);
            let lanes = (ready & self.port[r * self.ports + output].bound) >> (input * vcs) & self.lane_mask;
            let vc = pick(lanes, self.port[r * self.ports + input].channel);
            self.port[r * self.ports + output].grant = after(input, self.ports);
            let side = &mut self.port[r * self.ports + input];
            side.accept = after(output, self.ports);
            side.channel = after(vc, vcs);
            let index = input * vcs + vc;
            let held = usize::from(self.lanes[base + index].out);
            if !self.send(r, (index, input), (held, output), out) {
                self.routers[r].ready &= !(1 << index);
            }
        }
        let state = &mut self.routers[r];
        if state.ready != 0 {
            if self.paced {
                return self.wake_router(r, out);
            }
            state.list(&mut self.switch.next, r as u32);
        }
    }

    /// Of a router whose ports rest between flits: inputs that are ready and whose ports, both of them, have rested.
    fn rested<W: FabricWorld<P>, S: EventSet<Flit>>(&self, r: usize, out: &Outbox<'_, W, S>) -> u64 {
        let sides = &self.port[r * self.ports..(r + 1) * self.ports];
        let mut rested = self.routers[r].ready;
        for (port, side) in sides.iter().enumerate() {
            if side.out_free > out.now() {
                rested &= !side.bound;
            }
            if side.in_free > out.now() {
                rested &= !(self.lane_mask << (port * self.vcs));
            }
        }
        rested
    }

    /// Sees to it that a router with ready inputs looks again when the first of its ports has rested.
    fn wake_router<W: FabricWorld<P>, S: EventSet<Flit>>(&mut self, r: usize, out: &mut Outbox<'_, W, S>) {
        let (now, ready) = (out.now(), self.routers[r].ready);
        let sides = &self.port[r * self.ports..(r + 1) * self.ports];
        let mut look = Tick::MAX;
        for (port, side) in sides.iter().enumerate() {
            if side.out_free > now && side.bound & ready != 0 {
                look = look.min(side.out_free);
            }
            if side.in_free > now && ready >> (port * self.vcs) & self.lane_mask != 0 {
                look = look.min(side.in_free);
            }
        }
        // Whoever lost without a busy port tries again at once.
        let look = if look == Tick::MAX { now + 1 } else { look };
        let state = &mut self.routers[r];
        if state.wake <= now || look < state.wake {
            state.wake = look;
            let wait = Delay::new(look - now).unwrap_or(Delay::MIN);
            out.signal(wait, READY | channel(self.part.first + r as u32, 0));
        }
    }

    /// Sends the flit at the front of an input over the output channel that it holds; both as (channel, port). Says
    /// whether the packet's next flit can go too.
    #[inline]
    fn send<W: FabricWorld<P>, S: EventSet<Flit>>(
        &mut self,
        r: usize,
        (input, input_port): (usize, usize),
        (output, output_port): (usize, usize),
        out: &mut Outbox<'_, W, S>,
    ) -> bool {
        let (now, base) = (out.now(), r * self.channels);
        let lane = &mut self.lanes[base + input];
        let head = usize::from(lane.head);
        let mut tag = self.flits[(base + input) * self.places + head];
        let stays = self.multicast && self.split(&mut tag);
        self.note_hop(now, (r, output_port, output - output_port * self.vcs), tag);
        let side = &mut self.port[r * self.ports + input_port];
        let lane = &mut self.lanes[base + input];
        if !stays {
            lane.head = if head + 1 == self.places { 0 } else { head as u16 + 1 };
            lane.len -= 1;
            let credit = side.back + (input - input_port * self.vcs) as u32;
            if side.back_shard == self.part.shard {
                out.signal(delay(side.back_delay), credit);
            } else {
                out.ship(side.back_shard, delay(side.back_delay), Parcel::Credit(credit));
            }
        }
        if self.paced {
            side.in_free = now + Tick::from(self.tables.interval);
        }
        let (more, left) = (lane.len > 0, lane.len);
        if !stays && self.tap.hears(Kind::Freed) {
            self.note_buffer(now, Kind::Freed, (r, input_port, input - input_port * self.vcs), left);
        }
        let held = &mut self.outs[base + output];
        held.credits -= 1;
        let dry = held.credits == 0;
        let vc = output - output_port * self.vcs;
        let side = &mut self.port[r * self.ports + output_port];
        side.flits += 1;
        side.credit &= !(u64::from(dry) << vc);
        if self.paced {
            side.out_free = now + Tick::from(self.tables.interval);
        }
        if tag.tail() {
            side.free |= 1 << vc;
            side.bound &= !(1 << input);
            Self::ask(&mut self.asked.next, side, channel(r as u32, output_port));
        }
        let (to, latency, shard) = (side.to + vc as u32, side.latency, side.to_shard);
        let flit = Flit { to, tag };
        if shard == self.part.shard {
            out.send(delay(latency), flit);
        } else {
            self.ship(shard, delay(latency), flit, out);
        }
        if !tag.tail() {
            return more && !dry;
        }
        if more {
            self.begin_head(channel(r as u32, input), 1 + Tick::from(self.tables.head_delay), out);
        }
        false
    }

    /// Sends a flit to another shard, with its packet.
    pub(super) fn ship<W: FabricWorld<P>, S: EventSet<Flit>>(
        &mut self,
        shard: u16,
        latency: Delay,
        flit: Flit,
        out: &mut Outbox<'_, W, S>,
    ) {
        let (id, last) = (flit.tag.id(), flit.tag.tail());
        let packet = if last { self.packets.remove(id) } else { *self.packets.get(id) };
        out.ship(shard, latency, Parcel::Flit(flit, packet));
    }

    /// At a branch of a multicast tree: makes the copy that leaves; says whether the packet has more branches here.
    pub(super) fn split(&mut self, tag: &mut Tag) -> bool {
        let id = tag.id();
        let packet = *self.packets.get(id);
        let branch = self.tables.branches[packet.to as usize];
        if branch.last {
            self.packets.get_mut(id).to = branch.then;
            return false;
        }
        self.packets.get_mut(id).to += 1;
        *tag = tag.with(self.packets.add(super::Packet { to: branch.then, ..packet }));
        true
    }
}
