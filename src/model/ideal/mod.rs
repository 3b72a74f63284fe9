//! Networks without contention (`--timing ideal`), timed step by step without a queue of events.
//!
//! A packet comes after its zero-load latency, whatever else is under way: so the times of a step's arrivals are known
//! as soon as its packets are. They are put together by core, and each core takes its own in by time; packets that come
//! in one tick go by axon. Nothing else has an order: no packet waits for another one before it reaches its core.
//!
//! An arrival takes 16 bytes, 24 in multicast networks, until its core has taken it in. Where a step sends packets to one
//! core each, and is no longer than 2^32 ticks, all packets of a terminal are sent at once, and all of a core are taken in at
//! once (`IdealNetwork::time`): what does not change from one packet to the next is looked up once, and what is of an axon
//! while axons are gone through in their order.

mod arrivals;

use super::Tables;
use super::ends::{Ends, Incoming, Outgoing, StepNetwork};
use super::step_ends::{IdealPacket, StepEnds};
use crate::hw::routing::Hops;
use crate::stats::Op;
use crate::units::Tick;
use arrivals::{Arrivals, Coming, NearPacket};

/// A network without contention.
#[derive(Debug)]
pub struct IdealNetwork<'t> {
    tables: &'t Tables,
    /// No packet is longer on its way than this (ticks).
    longest_way: u32,
    /// Arrivals of unicast packets, also those of steps that are not long, or of copies in multicast trees.
    packets: Arrivals<Coming<()>>,
    near: Arrivals<NearPacket>,
    copies: Arrivals<Coming<u32>>,
    /// Room to walk a multicast tree: (router, first branch).
    open: Vec<(u32, u32)>,
}

impl<'t> IdealNetwork<'t> {
    /// The longest way of a packet (ticks), or more; `None` if it can be too long for this network.
    pub(super) fn longest_way(tables: &Tables) -> Option<u32> {
        let fabric = &tables.fabric;
        // No way is longer than once through every router, or has more flits than a packet can.
        let links = Hops::DIRECTIONS.into_iter().chain([Op::Inject, Op::Eject]);
        let each = links.map(|op| tables.timing.of(op)).max().unwrap_or(0) + fabric.pipeline(1, 1);
        let flits = u64::from(u16::MAX) * u64::from(fabric.interval);
        u32::try_from((u64::from(fabric.routers) + 2).saturating_mul(each).saturating_add(flits)).ok()
    }

    /// The network of a system; `None` if a way in it can be too long.
    pub fn new(tables: &'t Tables) -> Option<Self> {
        let fabric = &tables.fabric;
        let (unicast, multicast) = match tables.trees {
            None => (fabric.terminals.len(), 0),
            Some(_) => (0, fabric.terminals.len()),
        };
        Some(Self {
            tables,
            longest_way: Self::longest_way(tables)?,
            packets: Arrivals::new(unicast),
            near: Arrivals::new(unicast),
            copies: Arrivals::new(multicast),
            open: Vec::new(),
        })
    }

    /// Times a step with the terminals of a system; gives the tick of the last arrival, or 0.
    pub(super) fn time(&mut self, ends: &mut StepEnds<'_>) -> Tick {
        let latest = Tick::from(u32::MAX - self.longest_way);
        if self.tables.trees.is_some() || ends.log.is_some() || ends.last_ready() > latest {
            // It always has an end.
            return self.run(ends).unwrap_or(0);
        }
        let Self { tables, near, .. } = self;
        let behind_head = (u32::from(tables.packet_flits) - 1) * tables.fabric.interval;
        for sender in 0..ends.senders() {
            let from = tables.router_of(ends.sender(sender));
            ends.send_all(sender, |target, IdealPacket { at: ready, axon, synapses, .. }| {
                let way = way(tables, from, tables.router_of(target)) + behind_head;
                // It fits: no packet of the step is ready later than was looked for above.
                near.push(target, NearPacket { at: ready as u32 + way, way, axon: axon.get(), synapses });
            });
        }
        let mut end = 0;
        for terminal in tables.fabric.terminals.ids() {
            let packets = near.take(terminal);
            if let Some(last) = packets.last() {
                end = end.max(Tick::from(last.at));
                ends.receive_all(terminal, packets.iter().map(NearPacket::packet));
            }
        }
        near.clear();
        end
    }

    /// Sends a packet to its terminal.
    #[inline]
    fn send(&mut self, from: u32, packet: &Outgoing) {
        let target = self.tables.fabric.terminal_at(packet.router, packet.exit);
        let way = way(self.tables, from, packet.router) + self.behind_head(packet);
        self.packets.push(target, Coming { at: packet.born + Tick::from(way), axon: packet.load, way, load: () });
    }

    /// Sends a packet to all ends of its multicast tree.
    fn send_copies(&mut self, from: u32, packet: &Outgoing) {
        let fabric = &self.tables.fabric;
        let behind_head = self.behind_head(packet);
        self.open.push((from, packet.router));
        while let Some((router, first)) = self.open.pop() {
            for (port, then) in fabric.branches_from(first) {
                if let Some(next) = fabric.next_router(router, port) {
                    self.open.push((next, then));
                    continue;
                }
                let way = way(self.tables, from, router) + behind_head;
                let at = packet.born + Tick::from(way);
                self.copies.push(fabric.terminal_at(router, port), Coming { at, axon: then, way, load: packet.load });
            }
        }
    }

    /// Time that the flits behind a packet's head take (ticks).
    #[inline]
    fn behind_head(&self, packet: &Outgoing) -> u32 {
        (u32::from(packet.flits) - 1) * self.tables.fabric.interval
    }
}

impl StepNetwork for IdealNetwork<'_> {
    fn run(&mut self, ends: &mut impl Ends) -> Option<Tick> {
        let tables = self.tables;
        let multicast = tables.trees.is_some();
        for terminal in tables.fabric.terminals.ids() {
            if ends.next(terminal).is_none() {
                continue;
            }
            let from = tables.router_of(terminal);
            while let Some(ready) = ends.next(terminal) {
                let packet = ends.take(terminal, ready);
                if multicast { self.send_copies(from, &packet) } else { self.send(from, &packet) }
            }
        }
        let mut end = 0;
        for (terminal, at) in tables.fabric.terminals.with_ids() {
            if multicast {
                for copy in self.copies.take(terminal) {
                    let packet = Incoming { load: copy.load, born: copy.born(), branch: copy.axon };
                    ends.arrive(terminal, packet, copy.at);
                    end = end.max(copy.at);
                }
            } else {
                for packet in self.packets.take(terminal) {
                    let incoming = Incoming { load: packet.axon, born: packet.born(), branch: at.router };
                    ends.arrive(terminal, incoming, packet.at);
                    end = end.max(packet.at);
                }
            }
        }
        self.packets.clear();
        self.copies.clear();
        Some(end)
    }

    fn link_flits(&self) -> impl Iterator<Item = u64> {
        // No router has seen one.
        self.tables.fabric.links.iter().map(|_| 0)
    }
}

/// The zero-load latency of a packet of one flit; it fits: see [`IdealNetwork::longest_way`].
#[inline]
fn way(tables: &Tables, from: u32, to: u32) -> u32 {
    tables.zero_load_latency((from, to), 1) as u32
}
