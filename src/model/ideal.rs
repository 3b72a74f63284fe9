//! Networks without contention (`--timing ideal`), timed step by step without a queue of events.
//!
//! A packet comes after its zero-load latency, whatever else is under way: so the times of a step's arrivals are known
//! as soon as its packets are. They are put together by core, and each core takes its own in by time; packets that come
//! in one tick go by axon. Nothing else has an order: no packet waits for another one before it reaches its core.
//!
//! An arrival takes 16 bytes, 24 in multicast networks, until its core has taken it in.

use super::Tables;
use super::ends::{Ends, Incoming, Outgoing, StepNetwork};
use crate::hw::routing::Hops;
use crate::ids::{IdVec, TerminalId};
use crate::stats::Op;
use crate::units::Tick;

/// A network without contention.
#[derive(Debug)]
pub struct IdealNetwork<'t> {
    tables: &'t Tables,
    ways: Ways,
    /// Arrivals of unicast packets, or of copies in multicast trees.
    packets: Arrivals<()>,
    copies: Arrivals<u32>,
    /// Room to walk a multicast tree: (router, first branch).
    open: Vec<(u32, u32)>,
}

impl<'t> IdealNetwork<'t> {
    /// The network of a system; `None` if times in it can be too long for it.
    pub fn new(tables: &'t Tables) -> Option<Self> {
        let fabric = &tables.fabric;
        // No way is longer than once through every router, or has more flits than a packet can.
        let links = Hops::DIRECTIONS.into_iter().chain([Op::Inject, Op::Eject]);
        let each = links.map(|op| tables.timing.of(op)).max().unwrap_or(0) + fabric.pipeline(1, 1);
        let flits = u64::from(u16::MAX) * u64::from(fabric.interval);
        u32::try_from((u64::from(fabric.routers) + 2).saturating_mul(each).saturating_add(flits)).ok()?;
        Some(Self {
            tables,
            ways: Ways::new(fabric.routers as usize),
            packets: Arrivals::new(if tables.trees.is_none() { fabric.terminals.len() } else { 0 }),
            copies: Arrivals::new(if tables.trees.is_some() { fabric.terminals.len() } else { 0 }),
            open: Vec::new(),
        })
    }

    /// Sends a packet to its terminal.
    #[inline]
    fn send(&mut self, packet: &Outgoing) {
        let target = self.tables.fabric.terminal_at(packet.router, packet.exit);
        let way = self.ways.to(self.tables, packet.router) + self.behind_head(packet);
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
                let way = self.ways.to(self.tables, router) + behind_head;
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
            self.ways.begin(from);
            while let Some(ready) = ends.next(terminal) {
                let packet = ends.take(terminal, ready);
                if multicast { self.send_copies(from, &packet) } else { self.send(&packet) }
            }
        }
        let mut end = 0;
        for (terminal, at) in tables.fabric.terminals.with_ids() {
            let router = at.router;
            let last = if multicast {
                self.copies.take(terminal, |copy| {
                    let packet = Incoming { load: copy.load, born: copy.born(), branch: copy.axon };
                    ends.arrive(terminal, packet, copy.at);
                })
            } else {
                self.packets.take(terminal, |packet| {
                    let incoming = Incoming { load: packet.axon, born: packet.born(), branch: router };
                    ends.arrive(terminal, incoming, packet.at);
                })
            };
            end = end.max(last);
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

/// Zero-load latencies of packets of one flit from one router, as they were asked for (ticks).
#[derive(Debug)]
struct Ways {
    from: u32,
    /// By router: the latency, and for which round it holds.
    to: Vec<(u32, u32)>,
    round: u32,
}

impl Ways {
    fn new(routers: usize) -> Self {
        Self { from: 0, to: vec![(0, 0); routers], round: 0 }
    }

    /// Goes to another router.
    fn begin(&mut self, from: u32) {
        self.from = from;
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.to.fill((0, 0));
            self.round = 1;
        }
    }

    #[inline]
    fn to(&mut self, tables: &Tables, router: u32) -> u32 {
        let (way, round) = &mut self.to[router as usize];
        if *round != self.round {
            // It fits: see `IdealNetwork::new`.
            (*way, *round) = (tables.zero_load_latency((self.from, router), 1) as u32, self.round);
        }
        *way
    }
}

/// A packet that comes.
#[derive(Clone, Copy, Debug, Default)]
struct Coming<L> {
    at: Tick,
    axon: u32,
    /// Time since it was ready (ticks).
    way: u32,
    /// Its load, if that is not the axon.
    load: L,
}

impl<L> Coming<L> {
    #[inline]
    fn born(&self) -> Tick {
        self.at - Tick::from(self.way)
    }
}

// There may be millions of them in a step.
const _: () = assert!(size_of::<Coming<()>>() == 16 && size_of::<Coming<u32>>() == 24);

/// Arrivals of a step by terminal, in blocks from one pool: no terminal's number is known before all have been sent.
#[derive(Debug)]
struct Arrivals<L> {
    pool: Vec<Coming<L>>,
    /// By block: the one before it at the same terminal.
    before: Vec<u32>,
    /// By terminal: the place for its next arrival. At the beginning of a block a new one is needed.
    next: IdVec<TerminalId, u32>,
    /// The arrivals of one terminal, and their order: time, and place in the list.
    here: Vec<Coming<L>>,
    order: Vec<u64>,
}

/// Arrivals of a block.
const BLOCK: u32 = 16;

/// No block.
const NO_BLOCK: u32 = u32::MAX;

impl<L: Copy + Default> Arrivals<L> {
    fn new(terminals: usize) -> Self {
        Self {
            pool: Vec::new(),
            before: Vec::new(),
            next: IdVec::filled(0, terminals),
            here: Vec::new(),
            order: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.pool.clear();
        self.before.clear();
    }

    #[inline]
    fn push(&mut self, terminal: TerminalId, coming: Coming<L>) {
        let next = &mut self.next[terminal];
        if *next % BLOCK == 0 {
            // A terminal without any has 0 here, which gives that there is no block.
            self.before.push((*next / BLOCK).wrapping_sub(1));
            *next = self.pool.len() as u32;
            self.pool.resize(self.pool.len() + BLOCK as usize, Coming::default());
        }
        self.pool[*next as usize] = coming;
        *next += 1;
    }

    /// Takes the arrivals of a terminal, in their order; gives when the last one comes, or 0.
    fn take(&mut self, terminal: TerminalId, mut each: impl FnMut(&Coming<L>)) -> Tick {
        let next = std::mem::take(&mut self.next[terminal]);
        if next == 0 {
            return 0;
        }
        self.here.clear();
        let (mut block, mut end) = ((next - 1) / BLOCK, next);
        while block != NO_BLOCK {
            let first = block * BLOCK;
            self.here.extend_from_slice(&self.pool[first as usize..end as usize]);
            block = self.before[block as usize];
            end = block.wrapping_add(1).wrapping_mul(BLOCK);
        }
        if self.sort() {
            self.order.iter().for_each(|place| each(&self.here[*place as u32 as usize]));
            self.order.last().map_or(0, |place| self.here[*place as u32 as usize].at)
        } else {
            self.here.iter().for_each(each);
            self.here.last().map_or(0, |last| last.at)
        }
    }

    /// Sorts the arrivals that were taken by time, then by axon: as an order, or in place where times are far apart. Says
    /// whether it is the order.
    fn sort(&mut self) -> bool {
        let first = self.here.iter().map(|coming| coming.at).min().unwrap_or(0);
        let last = self.here.iter().map(|coming| coming.at).max().unwrap_or(0);
        if last - first > Tick::from(u32::MAX) {
            self.here.sort_unstable_by_key(|coming| (coming.at, coming.axon));
            return false;
        }
        self.order.clear();
        let places = (0..).zip(&self.here);
        self.order.extend(places.map(|(place, coming)| (coming.at - first) << 32 | place));
        self.order.sort_unstable();
        let here = &self.here;
        for same in self.order.chunk_by_mut(|a, b| a >> 32 == b >> 32).filter(|same| same.len() > 1) {
            same.sort_unstable_by_key(|place| here[*place as u32 as usize].axon);
        }
        true
    }
}
