//! The network on chip: routers with input buffers, virtual channels, credits and round-robin allocation, and the
//! terminals at their ports.
//!
//! What happens to a head flit in a router, in ticks:
//!
//! * it reaches the front of its virtual channel's buffer at tick t, and is routed until t + `head_delay`;
//! * then it asks, tick by tick, for a virtual channel of its output. The allocator is separable: every free
//!   output channel grants one of the inputs that ask for it, every input accepts one of its grants, both in turn
//!   (the turn passes on with an accepted grant: iSLIP of one iteration, McKeown 1999, doi:10.1109/90.769767);
//! * with a virtual channel, it asks for the switch: in the next tick (`staged`), or in the same decision. Each
//!   output grants one input port that has a flit and a credit for it, each input port accepts one output, both in
//!   turn. Its body flits follow, a flit a tick; the tail gives the output channel back, for the next tick;
//! * a flit that got the switch arrives at the next node after the link's latency, and its place is known to be
//!   free at the node before after the credit's delay. Only then can it be filled again.
//!
//! The packet behind a tail in the same buffer begins a tick after it: one virtual channel does not overlap packets.
//! This is the router of BookSim 2 (Jiang et al. 2013, doi:10.1109/ISPASS.2013.6557149) with private buffers.
//! Where `interval` is more than one tick, an input port gives and a link takes one flit per interval.
//!
//! All of a router's channels are bits of one word, and the state of a port is a line or two of a cache.

mod many;
mod packets;
mod single;
mod tables;
mod terminal;
mod waiting;

pub use packets::{Flit, Packet, Packets, Parcel};
pub use tables::{Branch, FabricTable, MOST_CHANNELS, NO_NODE, PortTable, Terminal, channel};
pub use terminal::Sent;
pub use waiting::Waiting;

use crate::engine::{Arrival, EventSet, Outbox, World};
use crate::trace::{Kind, Record, Silent, Tap};
use crate::units::{Delay, Tick};
use packets::Tag;
use single::{Rest, Side, Stage};
use tables::{index_of, node_of};
use terminal::TerminalState;

// Signals are a number of a node or channel, and what they mean in the upper bits; without any, that a place is
// free at the end of a channel.
const MEANING: u32 = 7 << 29;
/// A time step begins at a terminal.
const STEP: u32 = 1 << 29;
/// A terminal can go on.
const TERMINAL_WAKE: u32 = 2 << 29;
/// An output port's link has rested.
const PORT_WAKE: u32 = 3 << 29;
/// An input, or any input of a router, can go on.
const READY: u32 = 4 << 29;
/// The head at the front of an input is routed.
const HEAD: u32 = 5 << 29;

/// Nodes of a fabric, at most: channels are numbered in the bits below a signal's meaning.
pub const MOST_NODES: u32 = 1 << (29 - 6);

/// What a signal means to a world; positions are those of terminals in their shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A place is free at the router's end of a terminal's channel: (terminal, virtual channel).
    TerminalCredit(u32, u8),
    /// A terminal can go on.
    TerminalWake(u32),
    /// A time step begins at a terminal.
    TerminalStep(u32),
}

/// What all worlds with a fabric have in common.
pub trait FabricWorld<P: Tap>: World<Message = Flit, Parcel = Parcel<P::Label>> {}

impl<P: Tap, W: World<Message = Flit, Parcel = Parcel<P::Label>>> FabricWorld<P> for W {}

/// A router with several virtual channels.
#[derive(Clone, Debug, Default)]
struct Router {
    /// Inputs that have an output channel with a credit, and a flit for it.
    ready: u64,
    /// Inputs that are ready from the next tick on.
    fresh: u64,
    /// Inputs whose head is in the upper class.
    upper: u64,
    /// Earliest pending wake-up; the past when there is none.
    wake: Tick,
    /// Whether it is in the list of the switch stage.
    listed: bool,
}

impl Router {
    #[inline]
    fn list(&mut self, list: &mut Vec<u32>, router: u32) {
        if !self.listed {
            self.listed = true;
            list.push(router);
        }
    }
}

/// A port: its output side and its input side.
#[derive(Clone, Debug)]
struct Port {
    /// Inputs that wait for one of this output's channels.
    want: u64,
    /// Inputs that hold one of this output's channels.
    bound: u64,
    /// This output's virtual channels that belong to no packet.
    free: u64,
    /// This output's virtual channels with a credit.
    credit: u64,
    to: u32,
    latency: u32,
    back: u32,
    back_delay: u32,
    /// Flits that left by it.
    flits: u64,
    /// When the input port can give the next flit; where the interval is more than a tick.
    in_free: Tick,
    /// When the link can take the next flit; likewise.
    out_free: Tick,
    /// Shard of the node that the link leads to, and of the one it comes from.
    to_shard: u16,
    back_shard: u16,
    /// Input port whose turn it is at this output.
    grant: u8,
    /// Output port whose turn it is at this input.
    accept: u8,
    /// Virtual channel whose turn it is at this input.
    channel: u8,
    /// Whether it is in the list of ports with a channel to allot.
    listed: bool,
}

/// An input's virtual channel.
#[derive(Clone, Debug, Default)]
struct Lane {
    head: u16,
    len: u16,
    /// The output channel that it holds.
    out: u8,
    /// The output port that it waits for.
    port: u8,
    /// Output channel whose turn it is at this input.
    accept: u8,
}

/// An output's virtual channel.
#[derive(Clone, Copy, Debug, Default)]
struct Out {
    credits: u16,
    /// Input whose turn it is.
    grant: u8,
    /// Input that holds it.
    owner: u8,
}

/// The routers of a shard, with the packets and terminals there.
#[derive(Debug)]
pub struct Fabric<'t, P: Tap = Silent> {
    tables: &'t FabricTable,
    part: Part,
    /// Routers of the whole fabric.
    router_count: u32,
    head_delay: Tick,
    ports: usize,
    vcs: usize,
    channels: usize,
    places: usize,
    packets: Packets<P::Label>,
    /// Hears what happens here.
    pub tap: P,
    routers: Vec<Router>,
    port: Vec<Port>,
    lanes: Vec<Lane>,
    outs: Vec<Out>,
    flits: Vec<Tag>,
    /// The packet whose flits arrive at an input from another shard.
    arriving: Vec<u32>,
    /// The port of each channel.
    port_of: [u8; MOST_CHANNELS],
    terminals: Vec<TerminalState>,
    terminal_credits: Vec<u16>,
    /// With one virtual channel, the ports, and when they have rested where they must.
    sides: Vec<Side>,
    rests: Vec<Rest>,
    /// Bits of the virtual channels of a port.
    lane_mask: u64,
    staged: bool,
    paced: bool,
    multicast: bool,
    /// Whether there is neither pace nor multicast nor another shard.
    plain: bool,
    /// Inputs whose head is routed.
    heads: Stage,
    /// Output ports with a channel to allot.
    asked: Stage,
    /// With one virtual channel, inputs that hold an output; else routers with inputs that are ready.
    switch: Stage,
}

/// Which routers and terminals a shard has.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Its number.
    pub shard: u16,
    /// Its first router.
    pub first: u32,
    /// Its routers.
    pub count: u32,
    /// Its terminals, ascending.
    pub terminals: Vec<u32>,
    /// Position of every terminal of the fabric within its shard.
    position: Vec<u32>,
    /// Shard of every router.
    shard_of: Vec<u16>,
}

impl Part {
    /// Splits a fabric into so many parts of neighbouring routers, or fewer where there are not enough.
    pub fn split(tables: &FabricTable, shards: usize) -> Vec<Self> {
        let shards = shards.clamp(1, (tables.routers as usize).min(1 << 12));
        let border = |i: usize| (i as u64 * u64::from(tables.routers) / shards as u64) as u32;
        let mut shard_of = vec![0; tables.routers as usize];
        let mut parts: Vec<Self> = (0..shards)
            .map(|i| {
                shard_of[border(i) as usize..border(i + 1) as usize].fill(i as u16);
                Self { shard: i as u16, first: border(i), count: border(i + 1) - border(i), ..Self::default() }
            })
            .collect();
        let mut position = vec![0; tables.terminals.len()];
        for (index, terminal) in tables.terminals.iter().enumerate() {
            let part = &mut parts[usize::from(shard_of[terminal.router as usize])];
            position[index] = part.terminals.len() as u32;
            part.terminals.push(index as u32);
        }
        for part in &mut parts {
            (part.position, part.shard_of) = (position.clone(), shard_of.clone());
        }
        parts
    }
}

/// A delay that is at least one tick by construction of its value.
#[inline]
fn delay(ticks: u32) -> Delay {
    Delay::new(ticks.into()).unwrap_or(Delay::MIN)
}

impl<'t, P: Tap> Fabric<'t, P> {
    /// A part of a network at rest.
    pub fn new(tables: &'t FabricTable, part: Part, tap: P) -> Self {
        let (ports, vcs, channels) = (usize::from(tables.ports), usize::from(tables.vcs), tables.channels());
        debug_assert!(channels <= MOST_CHANNELS);
        let (count, places) = (part.count as usize, usize::from(tables.buffer));
        // Routers with one virtual channel have a form of their own.
        let many = if vcs == 1 { 0 } else { count };
        let mut port_of = [0; MOST_CHANNELS];
        port_of.iter_mut().enumerate().for_each(|(channel, port)| *port = (channel / vcs) as u8);
        let terminals = part.terminals.len();
        let mut fabric = Self {
            tables,
            router_count: tables.routers,
            head_delay: tables.head_delay.into(),
            ports,
            vcs,
            channels,
            places,
            packets: Packets::default(),
            tap,
            routers: vec![Router::default(); many],
            port: Vec::new(),
            lanes: vec![Lane::default(); many * channels],
            outs: vec![Out::default(); many * channels],
            flits: vec![Tag::default(); count * channels * places],
            arriving: vec![0; count * channels],
            port_of,
            terminals: vec![TerminalState::default(); terminals],
            terminal_credits: vec![0; terminals * vcs],
            sides: Vec::new(),
            rests: Vec::new(),
            lane_mask: if vcs == 64 { !0 } else { (1 << vcs) - 1 },
            staged: tables.staged,
            paced: tables.interval > 1,
            multicast: tables.multicast(),
            plain: tables.interval == 1 && !tables.multicast() && part.count == tables.routers,
            heads: Stage::default(),
            asked: Stage::default(),
            switch: Stage::default(),
            part,
        };
        if vcs == 1 {
            fabric.sides = fabric.sides_at_rest();
            fabric.rests = vec![Rest::default(); if fabric.paced { fabric.sides.len() } else { 0 }];
        } else {
            fabric.port = fabric.ports_at_rest();
        }
        fabric.reset();
        fabric
    }

    /// The shard of a channel.
    fn shard_of(&self, channel: u32) -> u16 {
        match node_of(channel) {
            node if node < self.tables.routers => self.part.shard_of[node as usize],
            // Terminals are where their router is.
            _ => self.part.shard,
        }
    }

    /// The tables of this part's ports.
    fn links(&self) -> &'t [PortTable] {
        let first = self.part.first as usize * self.ports;
        &self.tables.links[first..first + self.part.count as usize * self.ports]
    }

    fn sides_at_rest(&self) -> Vec<Side> {
        let at_rest = |(position, table): (usize, &PortTable)| {
            let (router, port) = (position / self.ports, position % self.ports);
            Side::new(table, router as u32, port as u8, self.shard_of(table.to), self.shard_of(table.back))
        };
        self.links().iter().enumerate().map(at_rest).collect()
    }

    fn ports_at_rest(&self) -> Vec<Port> {
        let at_rest = |table: &PortTable| Port {
            want: 0,
            bound: 0,
            free: 0,
            credit: 0,
            to: table.to,
            latency: table.latency,
            back: table.back,
            back_delay: table.back_delay,
            flits: 0,
            in_free: 0,
            out_free: 0,
            to_shard: self.shard_of(table.to),
            back_shard: self.shard_of(table.back),
            grant: 0,
            accept: 0,
            channel: 0,
            listed: false,
        };
        self.links().iter().map(at_rest).collect()
    }

    /// Clears what a run left behind, except the flits counted by port.
    pub fn reset(&mut self) {
        self.tap.reset();
        self.packets.clear();
        self.routers.fill(Router::default());
        self.lanes.fill(Lane::default());
        self.outs.fill(Out::default());
        let tables = self.links();
        self.sides.iter_mut().zip(tables).for_each(|(side, table)| side.reset(table.places));
        self.rests.fill(Rest::default());
        for (side, table) in self.port.iter_mut().zip(tables) {
            (side.want, side.bound, side.in_free, side.out_free) = (0, 0, 0, 0);
            (side.grant, side.accept, side.channel, side.listed) = (0, 0, 0, false);
            side.free = self.lane_mask;
            side.credit = if table.places > 0 { self.lane_mask } else { 0 };
        }
        for (position, out) in self.outs.iter_mut().enumerate() {
            out.credits = tables[position / self.vcs].places;
        }
        [&mut self.heads, &mut self.asked, &mut self.switch].into_iter().for_each(Stage::clear);
        self.terminals.fill(TerminalState::default());
        self.terminal_credits.fill(self.tables.buffer);
    }

    /// The tables.
    pub fn tables(&self) -> &'t FabricTable {
        self.tables
    }

    /// What this part has.
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// Packets under way here.
    pub fn packets(&self) -> &Packets<P::Label> {
        &self.packets
    }

    /// Flits that left each port, by router and port of this part, since it was made.
    pub fn link_flits(&self) -> impl Iterator<Item = u64> {
        let many = self.port.iter().map(|port| port.flits);
        self.sides.iter().map(|side| side.flits).chain(many)
    }

    /// Whether a flit goes to a terminal of this part; then which, by position here, and over which virtual channel.
    #[inline]
    pub fn terminal_of(&self, flit: &Flit) -> Option<(u32, u8)> {
        let node = node_of(flit.to);
        if node < self.router_count {
            return None;
        }
        Some((self.part.position[(node - self.tables.routers) as usize], index_of(flit.to) as u8))
    }

    /// Phase one: applies a signal to a router; one for a terminal is given back.
    #[inline]
    pub fn take_signal<W: FabricWorld<P>, S: EventSet<Flit>>(
        &mut self,
        signal: u32,
        out: &mut Outbox<'_, W, S>,
    ) -> Option<Signal> {
        let number = signal & !MEANING;
        if node_of(signal) < self.router_count {
            // By far the most frequent: without any upper bits.
            self.take_credit(signal);
            return None;
        }
        match signal & MEANING {
            0 => return Some(Signal::TerminalCredit(self.position_of(number), index_of(number) as u8)),
            STEP => return Some(Signal::TerminalStep(self.position_of(number))),
            TERMINAL_WAKE => return Some(Signal::TerminalWake(self.position_of(number))),
            PORT_WAKE => self.take_rested_single(self.side_of(number)),
            READY => self.take_ready(number, out),
            _ => self.take_head(number),
        }
        None
    }

    fn position_of(&self, channel: u32) -> u32 {
        self.part.position[(node_of(channel) - self.tables.routers) as usize]
    }

    /// The signal that wakes a terminal of this part, given by its position here.
    #[inline]
    pub fn wake_terminal(&self, position: u32) -> u32 {
        TERMINAL_WAKE | channel(self.tables.routers + self.part.terminals[position as usize], 0)
    }

    /// The signal that begins a time step at a terminal of this part, given by its position here.
    pub fn step_terminal(&self, position: u32) -> u32 {
        STEP | channel(self.tables.routers + self.part.terminals[position as usize], 0)
    }

    /// Flits that crossed a link between routers since the fabric was made.
    pub fn flit_hops(&self) -> u64 {
        let between = |(position, _): &(usize, u64)| position % self.ports < usize::from(self.tables.first_local);
        self.link_flits().enumerate().filter(between).map(|(_, flits)| flits).sum()
    }

    /// Phase one: a flit arrives at a router.
    #[inline]
    pub fn take_flit<W: FabricWorld<P>, S: EventSet<Flit>>(&mut self, flit: Flit, out: &mut Outbox<'_, W, S>) {
        if self.vcs == 1 { self.take_flit_single(flit, out) } else { self.take_flit_many(flit, out) }
    }

    fn take_flit_many<W: FabricWorld<P>, S: EventSet<Flit>>(&mut self, flit: Flit, out: &mut Outbox<'_, W, S>) {
        let (router, index) = ((node_of(flit.to) - self.part.first) as usize, index_of(flit.to));
        let at = router * self.channels + index;
        let lane = &mut self.lanes[at];
        debug_assert!(usize::from(lane.len) < self.places, "a flit without a credit");
        let mut tail = usize::from(lane.head) + usize::from(lane.len);
        tail -= if tail >= self.places { self.places } else { 0 };
        lane.len += 1;
        self.flits[at * self.places + tail] = flit.tag;
        let held = lane.len;
        if self.tap.hears(Kind::Filled) {
            let (port, vc) = (usize::from(self.port_of[index]), index % self.vcs);
            self.note_buffer(out.now(), Kind::Filled, (router, port, vc), held);
        }
        // A flit behind another changes nothing yet.
        if held > 1 {
            return;
        }
        if flit.tag.head() {
            self.begin_head(channel(router as u32, index), Tick::from(self.tables.head_delay), out);
        } else if self.outs[router * self.channels + usize::from(self.lanes[at].out)].credits > 0 {
            self.make_ready(router, index);
        }
    }

    /// With several virtual channels: an input asks for the switch in this tick.
    #[inline]
    fn make_ready(&mut self, router: usize, index: usize) {
        let state = &mut self.routers[router];
        state.ready |= 1 << index;
        state.list(&mut self.switch.now, router as u32);
    }

    /// A place became free at the end of a router's output channel.
    #[inline]
    fn take_credit(&mut self, credit: u32) {
        if self.vcs == 1 { self.take_credit_single(self.side_of(credit)) } else { self.take_credit_many(credit) }
    }

    fn take_credit_many(&mut self, credit: u32) {
        let (router, index) = ((node_of(credit) - self.part.first) as usize, index_of(credit));
        let output = &mut self.outs[router * self.channels + index];
        output.credits += 1;
        if output.credits > 1 {
            return;
        }
        let owner = usize::from(output.owner);
        let port = usize::from(self.port_of[index]);
        let side = &mut self.port[router * self.ports + port];
        let vc = index - port * self.vcs;
        side.credit |= 1 << vc;
        if side.free >> vc & 1 == 0 {
            // It belongs to a packet, which may have waited for just this.
            if self.lanes[router * self.channels + owner].len > 0 {
                self.make_ready(router, owner);
            }
        } else if !self.staged {
            Self::ask(&mut self.asked.now, side, channel(router as u32, port));
        }
    }

    /// An input that is ready, or any of its router, can go on.
    fn take_ready<W: FabricWorld<P>, S: EventSet<Flit>>(&mut self, input: u32, out: &mut Outbox<'_, W, S>) {
        if self.vcs == 1 {
            return self.switch.now.push(self.side_of(input) as u32);
        }
        let router = node_of(input) - self.part.first;
        let state = &mut self.routers[router as usize];
        if state.wake <= out.now() {
            state.wake = 0;
        }
        state.list(&mut self.switch.now, router);
    }

    /// A head is routed in this tick.
    fn take_head(&mut self, input: u32) {
        let at = if self.vcs == 1 { self.side_of(input) as u32 } else { input - channel(self.part.first, 0) };
        self.heads.now.push(at);
    }

    /// Phase two: routes heads, allots virtual channels and the switch, and sends what got it. Says whether there is
    /// something to decide in the next tick.
    #[inline]
    pub fn decide<W: FabricWorld<P>, S: EventSet<Flit>>(&mut self, out: &mut Outbox<'_, W, S>) -> bool {
        if self.heads.is_idle() && self.asked.is_idle() && self.switch.is_idle() {
            return false;
        }
        match (self.vcs, self.plain, self.staged) {
            (1, true, true) => self.decide_single::<true, true, _, _>(out),
            (1, true, false) => self.decide_single::<true, false, _, _>(out),
            (1, false, true) => self.decide_single::<false, true, _, _>(out),
            (1, false, false) => self.decide_single::<false, false, _, _>(out),
            _ => self.decide_many(out),
        }
        self.heads.advance() | self.asked.advance() | self.switch.advance()
    }

    /// A head reached the front of its buffer and is routed after some ticks.
    #[inline]
    fn begin_head<W: FabricWorld<P>, S: EventSet<Flit>>(&mut self, input: u32, wait: Tick, out: &mut Outbox<'_, W, S>) {
        match wait {
            0 => self.heads.now.push(input),
            1 => self.heads.next.push(input),
            _ => {
                if let Some(wait) = Delay::new(wait) {
                    out.signal(wait, HEAD | (input + channel(self.part.first, 0)));
                }
            }
        }
    }

    /// Notes how many flits a buffer holds now, by router here, port and virtual channel.
    #[inline]
    fn note_buffer(&mut self, tick: Tick, kind: Kind, (router, port, vc): (usize, usize, usize), held: u16) {
        let (node, value) = (self.part.first + router as u32, i32::from(held));
        let (port, channel) = (port as u8, vc as u8);
        self.tap.note(Record { tick, node, port, kind, channel, serial: 0, item: 0, value, step: 0 });
    }

    /// Notes that a flit leaves a router.
    #[inline]
    fn note_hop(&mut self, tick: Tick, (router, port, vc): (usize, usize, usize), tag: Tag) {
        if !self.tap.hears(Kind::Hop) {
            return;
        }
        let packet = self.packets.get(tag.id());
        let (serial, item) = (P::number(packet.label), packet.load);
        let (node, port, channel) = (self.part.first + router as u32, port as u8, vc as u8);
        self.tap.note(Record { tick, node, port, kind: Kind::Hop, channel, serial, item, value: 0, step: 0 });
    }

    /// Takes in what another shard sent.
    pub fn take_parcel(&mut self, parcel: Parcel<P::Label>) -> Arrival<Flit> {
        match parcel {
            Parcel::Credit(credit) => Arrival::Signal(credit),
            Parcel::Flit(mut flit, packet) => {
                if node_of(flit.to) >= self.tables.routers {
                    flit.tag = flit.tag.with(self.packets.add(packet));
                    return Arrival::Message(flit);
                }
                let at = (node_of(flit.to) - self.part.first) as usize * self.channels + index_of(flit.to);
                if flit.tag.head() {
                    self.arriving[at] = self.packets.add(packet);
                }
                // Flits of a channel arrive in order, so a body flit belongs to the head before it.
                flit.tag = flit.tag.with(self.arriving[at]);
                Arrival::Message(flit)
            }
        }
    }
}

/// The first set bit at or after `turn`, going round; a turn behind all bits is that of the first.
#[inline]
fn pick(asking: u64, turn: u8) -> usize {
    let later = asking & (!0 << (turn & 63));
    (if later != 0 { later } else { asking }).trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_go_round() {
        assert_eq!([0, 1, 2, 3, 4, 5].map(|turn| pick(0b01_0110, turn)), [1, 1, 2, 4, 4, 1]);
    }
}
