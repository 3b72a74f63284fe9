//! State that the routers and terminals of a part share.

use super::packets::{Flit, Packet, Packets, Parcel, Tag};
use super::part::Part;
use super::tables::{FabricTable, PortTable, channel, index_of, node_of};
use crate::engine::Outbox;
use crate::ids::PacketId;
use crate::trace::{Kind, Record, Tap};
use crate::units::{Delay, Tick};
use std::borrow::Cow;

/// The engine's outbox, as routers and terminals use it.
pub trait FlitOut<P: Tap>: Outbox<Flit, Parcel<P::Label>> {}

impl<P: Tap, O: Outbox<Flit, Parcel<P::Label>>> FlitOut<P> for O {}

/// A bank of routers: all routers of a part.
pub(super) trait RouterBank {
    /// Clears the state of a run, except the flits counted by port.
    fn reset<P: Tap>(&mut self, shared: &PartState<'_, P>);

    /// A time step begins in an empty network: all round-robin pointers are at their first requester, and links are free.
    fn begin_step(&mut self);

    /// Phase one: writes a flit to the buffer of its input VC.
    fn take_flit<P: Tap>(&mut self, flit: Flit, shared: &mut PartState<'_, P>, out: &mut impl FlitOut<P>);

    /// Phase one: a place became free at the end of an output VC.
    fn take_credit<P: Tap>(&mut self, output: u32, shared: &PartState<'_, P>);

    /// Phase one: a delay of a channel has passed. The kind is that of the signal.
    fn wake<P: Tap>(&mut self, kind: u32, channel: u32, now: Tick, shared: &PartState<'_, P>);

    /// Phase two: route computation, VC allocation, switch allocation and traversal. Returns whether there is work for
    /// the next tick.
    fn decide<P: Tap>(&mut self, shared: &mut PartState<'_, P>, out: &mut impl FlitOut<P>) -> bool;

    /// The least number of credits of a virtual channel of some output units, by position.
    fn least_credits(&self, outputs: &[u32], vcs: usize) -> u16;

    /// Flits sent by the output unit at a position (router x port).
    fn flits_sent(&self, position: usize) -> u64;

    /// All packets at the front of a buffer.
    fn waiting<P: Tap>(&self, shared: &PartState<'_, P>) -> Vec<Waiting>;
}

/// A packet at the front of an input VC; where a network is stuck, one that waits forever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The router that it is in.
    pub router: u32,
    /// Input port and virtual channel.
    pub input: (u8, u8),
    /// Flits in that buffer.
    pub flits: u16,
    /// The output port that it requests or holds.
    pub output: u8,
    /// The input port and virtual channel that hold the output; `None` where it lacks a credit.
    pub held_by: Option<(u8, u8)>,
}

/// A virtual channel of a router: (router of the part, port, virtual channel).
pub(super) type VcPlace = (usize, usize, usize);

/// Tables, packets and probe, and often used values of the tables.
#[derive(Debug)]
pub(super) struct PartState<'t, P: Tap> {
    pub(super) tables: &'t FabricTable,
    pub(super) part: Part,
    /// The tables of this part's ports, by router and port.
    pub(super) links: Cow<'t, [PortTable]>,
    pub(super) packets: Packets<P::Label>,
    pub(super) tap: P,
    /// Routers of the whole fabric.
    pub(super) router_count: u32,
    pub(super) ports: usize,
    pub(super) vcs: usize,
    /// Virtual channels of all ports of a router.
    pub(super) channels: usize,
    /// Flits that the buffer of an input VC holds.
    pub(super) places: usize,
    pub(super) head_delay: Tick,
    pub(super) interval: Tick,
    /// Whether a flit occupies a port for more than one tick (flit serialisation).
    pub(super) serialised: bool,
    pub(super) staged: bool,
    pub(super) multicast: bool,
}

impl<'t, P: Tap> PartState<'t, P> {
    pub(super) fn new(tables: &'t FabricTable, part: Part, tap: P) -> Self {
        Self {
            tables,
            links: part.links(tables),
            part,
            packets: Packets::default(),
            tap,
            router_count: tables.routers,
            ports: usize::from(tables.ports),
            vcs: usize::from(tables.vcs),
            channels: tables.channels(),
            places: usize::from(tables.buffer),
            head_delay: tables.head_delay.into(),
            interval: tables.interval.into(),
            serialised: tables.interval > 1,
            staged: tables.staged,
            multicast: tables.multicast(),
        }
    }

    /// Whether the part is the whole fabric.
    pub(super) fn is_alone(&self) -> bool {
        self.part.count == self.router_count
    }

    /// The router of the part, and the index within it, of a channel's number.
    #[inline]
    pub(super) fn router_and_index(&self, channel: u32) -> (usize, usize) {
        (self.part.local_router(node_of(channel)) as usize, index_of(channel))
    }

    /// The number of a channel of one of the part's routers.
    #[inline]
    pub(super) fn channel(&self, router: usize, index: usize) -> u32 {
        channel(self.part.router(router as u32), index)
    }

    /// Route computation: the output port of a packet at a router of the part, and its class of virtual channels.
    #[inline(always)]
    pub(super) fn route<const MULTICAST: bool>(&self, router: u32, packet: PacketId) -> (u8, u8) {
        let packet = self.packets.get(packet);
        if MULTICAST && self.multicast {
            let branch = &self.tables.branches[packet.to as usize];
            return (branch.port, branch.class);
        }
        self.tables.routing.route(self.part.router(router), packet.to).unwrap_or((packet.exit, 0))
    }

    /// At a branch of a multicast tree: makes the copy that leaves. Returns whether the packet has more branches here.
    pub(super) fn split(&mut self, tag: &mut Tag) -> bool {
        let id = tag.id();
        let packet = *self.packets.get(id);
        let branch = self.tables.branches[packet.to as usize];
        if branch.last {
            self.packets.get_mut(id).to = branch.then;
            return false;
        }
        self.packets.get_mut(id).to += 1;
        *tag = tag.with(self.packets.add(Packet { to: branch.then, ..packet }));
        true
    }

    /// Sends a flit over a link, to another shard with its packet.
    #[inline(always)]
    pub(super) fn send_flit(&mut self, shard: u16, latency: Delay, flit: Flit, out: &mut impl FlitOut<P>) {
        if shard == self.part.shard { out.send(latency, flit) } else { self.ship(shard, latency, flit, out) }
    }

    fn ship(&mut self, shard: u16, latency: Delay, flit: Flit, out: &mut impl FlitOut<P>) {
        let (id, last) = (flit.tag.id(), flit.tag.tail());
        let packet = if last { self.packets.remove(id) } else { *self.packets.get(id) };
        out.ship(shard, latency, Parcel::Flit(flit, packet));
    }

    /// Sends a credit to the other end of a link.
    #[inline(always)]
    pub(super) fn send_credit(&self, shard: u16, delay: Delay, credit: u32, out: &mut impl FlitOut<P>) {
        if shard == self.part.shard {
            out.signal(delay, credit);
        } else {
            out.ship_lenient(shard, delay, Parcel::Credit(credit));
        }
    }

    /// Records how many flits the buffer of an input VC holds now.
    #[inline]
    pub(super) fn note_buffer(&mut self, tick: Tick, kind: Kind, (router, port, vc): VcPlace, held: u16) {
        if !self.tap.hears(kind) {
            return;
        }
        let (node, value) = (self.part.router(router as u32), i32::from(held));
        let (port, channel) = (port as u8, vc as u8);
        self.tap.note(Record { tick, node, port, kind, channel, serial: 0, item: 0, value, step: 0 });
    }

    /// Records that a flit leaves a router by an output VC.
    #[inline]
    pub(super) fn note_hop(&mut self, tick: Tick, (router, port, vc): VcPlace, tag: Tag) {
        if !self.tap.hears(Kind::Hop) {
            return;
        }
        let packet = self.packets.get(tag.id());
        let (serial, item) = (P::number(packet.label), packet.load);
        let (node, port, channel) = (self.part.router(router as u32), port as u8, vc as u8);
        self.tap.note(Record { tick, node, port, kind: Kind::Hop, channel, serial, item, value: 0, step: 0 });
    }
}
