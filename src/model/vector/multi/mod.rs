//! Routers with 2 to 4 virtual channels: the semantics of the fabric's [`MultiVc`](crate::model::fabric), to the tick.
//!
//! The allocators of 64 routers are worked out at once: a set of virtual channels of a router is one lane of a vector, and
//! one-hot grants, turns of round-robin pointers, counts of flits and of credits are bits of such sets
//! ([`VcBlock`](block::VcBlock)). What is done for each flit that moves is not in vectors: its buffers, its route, the link.
//! So the time of a cycle is a constant and a little for each flit.

mod block;
mod flit;
mod lanes;
mod pipes;
mod routes;
mod switch_allocation;
mod vc_allocation;

use super::{ClockedMesh, ClockedRouters, Ejected, SentPacket};
use block::{BlockGrants, VcBlock};
use flit::{Arriving, FlitRings, LaneFlit, channel};
use lanes::{ChannelCounts, ChannelSet, LANES, LOCAL, Plane, ones};
use pipes::{Pipes, add_from_neighbours};
use routes::{LinkFlits, MeshRoutes, RouterPlace};

/// All routers of a clocked mesh, with 2 to 4 virtual channels.
#[derive(Clone, Debug)]
pub enum MultiRouters {
    /// Two.
    Two(Box<RouterLanes<u16, 2>>),
    /// Three.
    Three(Box<RouterLanes<u16, 3>>),
    /// Four.
    Four(Box<RouterLanes<u32, 4>>),
}

/// Calls a method of whichever bank there is.
macro_rules! bank {
    ($routers:expr, $bank:ident => $call:expr) => {
        match $routers {
            MultiRouters::Two($bank) => $call,
            MultiRouters::Three($bank) => $call,
            MultiRouters::Four($bank) => $call,
        }
    };
}

impl MultiRouters {
    /// The routers of a mesh; `None` if it has not 2 to 4 virtual channels.
    pub fn new(mesh: &ClockedMesh) -> Option<Self> {
        match mesh.vcs {
            2 => Some(Self::Two(Box::new(RouterLanes::new(*mesh)))),
            3 => Some(Self::Three(Box::new(RouterLanes::new(*mesh)))),
            4 => Some(Self::Four(Box::new(RouterLanes::new(*mesh)))),
            _ => None,
        }
    }
}

impl ClockedRouters for MultiRouters {
    fn begin(&mut self) {
        bank!(self, bank => bank.begin());
    }

    #[inline]
    fn open(&self, terminal: usize) -> u64 {
        bank!(self, bank => bank.terminals[terminal / LANES].some.0[terminal % LANES].bits().into())
    }

    #[inline]
    fn inject(&mut self, terminal: usize, vc: u8, head: Option<SentPacket>) {
        bank!(self, bank => bank.inject(terminal, vc.into(), head));
    }

    fn cycle(&mut self, out: &mut Ejected) {
        bank!(self, bank => bank.cycle(out));
    }

    fn is_empty(&self) -> bool {
        bank!(self, bank => bank.inside == 0)
    }

    fn skip(&mut self, cycles: u64) {
        bank!(self, bank => bank.skip(cycles));
    }

    fn link_flits(&self) -> Vec<u64> {
        bank!(self, bank => bank.link_flits.all(bank.mesh.routers()))
    }

    fn moves(&self) -> u64 {
        bank!(self, bank => bank.moves)
    }
}

/// A packet that a terminal sends.
#[derive(Clone, Copy, Debug, Default)]
struct SendingPacket {
    id: u32,
    left: u16,
    port: u8,
}

/// A flit that left its buffer by an output port: its lane in the block, and its virtual channel there.
#[derive(Clone, Copy, Debug, Default)]
struct FlitLeft {
    flit: LaneFlit,
    lane: u8,
    vc: u8,
}

/// All routers of a clocked mesh with `V` virtual channels.
#[derive(Clone, Debug)]
pub struct RouterLanes<S, const V: usize> {
    mesh: ClockedMesh,
    /// By port: the number of the neighbour there, from a router's own.
    distances: [isize; LOCAL],
    routes: MeshRoutes,
    blocks: Vec<VcBlock<S, V>>,
    grants: Box<BlockGrants<S, V>>,
    /// Input VCs whose head came to the front of its buffer in this cycle, by block.
    fronts: Vec<Plane<S>>,
    /// Credits of terminals.
    terminals: Vec<ChannelCounts<S>>,
    pipes: Pipes<S>,
    buffers: FlitRings,
    sending: Vec<SendingPacket>,
    /// By number of packet.
    destinations: Vec<RouterPlace>,
    link_flits: LinkFlits,
    /// Whether [`begin`](Self::begin) was called.
    begun: bool,
    /// Flits in routers or on their way to one.
    inside: u64,
    moves: u64,
}

impl<S: ChannelSet, const V: usize> RouterLanes<S, V> {
    fn new(mesh: ClockedMesh) -> Self {
        let (routers, places) = (mesh.routers(), u16::from(mesh.buffer));
        let nodes = routers.next_multiple_of(LANES);
        let (blocks, width) = (nodes / LANES, mesh.width as isize);
        Self {
            distances: [1, -1, -width, width],
            routes: MeshRoutes::new(&mesh),
            blocks: vec![VcBlock::new(places); blocks],
            grants: Box::new(BlockGrants::NONE),
            fronts: vec![Plane::EMPTY; blocks],
            terminals: vec![ChannelCounts::new(places, S::from_bits((1 << V) - 1)); blocks],
            pipes: Pipes::new(nodes, &mesh),
            buffers: FlitRings::new(nodes, places),
            sending: vec![SendingPacket::default(); routers],
            destinations: Vec::new(),
            link_flits: LinkFlits::new(blocks),
            begun: false,
            inside: 0,
            moves: 0,
            mesh,
        }
    }

    fn begin(&mut self) {
        self.pipes.now += usize::from(self.begun);
        self.begun = true;
        pulp::Arch::new().dispatch(TakeIn(self));
        // Heads that are at the front of their buffers now.
        let mut arriving = std::mem::take(self.pipes.arriving(0));
        let routed = self.pipes.routed(self.mesh.head_delay.into());
        for flit in &arriving {
            let (block, lane) = (flit.router() / LANES, flit.router() % LANES);
            routed[block][flit.port()].0[lane] |= self.fronts[block].0[lane] & S::only(flit.index());
        }
        arriving.clear();
        *self.pipes.arriving(0) = arriving;
    }

    fn inject(&mut self, terminal: usize, vc: usize, head: Option<SentPacket>) {
        let channel = channel(terminal, LOCAL * V + vc);
        if let Some(SentPacket { router, flits, id }) = head {
            let to = self.routes.destination(router as usize);
            let port = self.routes.port(terminal, to);
            self.sending[terminal] = SendingPacket { id, left: flits, port: port as u8 };
            let id = id as usize;
            if id >= self.destinations.len() {
                self.destinations.resize(id + 1, RouterPlace::default());
            }
            self.destinations[id] = to;
            self.pipes.arriving(self.mesh.inject).push(Arriving::new(channel, port));
        }
        let sending = &mut self.sending[terminal];
        sending.left = sending.left.wrapping_sub(1);
        self.buffers.push(channel, LaneFlit::new(sending.id, sending.left == 0, sending.port.into()));
        self.pipes.inject(self.mesh.inject, terminal, S::only(LOCAL * V + vc));
        self.terminals[terminal / LANES].decrease_one(terminal % LANES, S::only(vc));
        self.inside += 1;
        self.moves += 1;
    }

    fn cycle(&mut self, out: &mut Ejected) {
        pulp::Arch::new().dispatch(Allocate(self));
        let mut left = [FlitLeft::default(); LANES];
        for block in 0..self.blocks.len() {
            if self.blocks[block].sends {
                (0..LOCAL).for_each(|port| self.send(block, port, &mut left));
                self.eject(block, out, &mut left);
            }
        }
        self.link_flits.end_cycle();
    }

    /// Switch and link traversal of the flits that leave a block by a port to other routers.
    fn send(&mut self, block: usize, port: usize, left: &mut [FlitLeft; LANES]) {
        let left = self.leave(block, port, left);
        self.moves += left.len() as u64;
        let (first, input) = ((block * LANES).wrapping_add_signed(self.distances[port]), (port ^ 1) * V);
        let Self { routes, destinations, buffers, pipes, mesh, .. } = self;
        pipes.arriving(mesh.link).extend(left.iter().map(|FlitLeft { flit, lane, vc }| {
            let router = first.wrapping_add((*lane).into());
            let to = channel(router, input + usize::from(*vc));
            // That of a body flit is of no use, but not worth a branch.
            let port = routes.port(router, destinations[flit.id() as usize]);
            buffers.push(to, flit.leaving_by(port));
            Arriving::new(to, port)
        }));
    }

    /// Switch and link traversal of the flits that leave a block for terminals.
    fn eject(&mut self, block: usize, out: &mut Ejected, left: &mut [FlitLeft; LANES]) {
        let left = self.leave(block, LOCAL, left);
        let count = left.len() as u64;
        (self.moves, self.inside, out.flits) = (self.moves + count, self.inside - count, out.flits + count);
        out.tails.extend(left.iter().filter(|left| left.flit.tail()).map(|left| left.flit.id()));
    }

    /// The flits that leave by an output port leave their buffers. Behind a tail the next packet is routed.
    #[inline(always)]
    fn leave<'l>(&mut self, block: usize, port: usize, left: &'l mut [FlitLeft; LANES]) -> &'l [FlitLeft] {
        let routed = &mut self.pipes.routed(usize::from(self.mesh.head_delay) + 1)[block];
        let (first, block, buffers) = (block * LANES, &mut self.blocks[block], &mut self.buffers);
        let mut lanes = ones(&block.sends_at[port]);
        let holders = &mut block.holders[port];
        let mut count = 0;
        while lanes != 0 {
            let lane = lanes.trailing_zeros() as usize;
            lanes &= lanes - 1;
            let vc = (block.sent.0[lane].bits() >> (port * V) & ((1 << V) - 1)).trailing_zeros() as usize;
            let holder = &mut holders[vc].0[lane];
            let input = *holder;
            let channel = channel(first + lane, input.bits().trailing_zeros() as usize);
            let flit = buffers.pop(channel);
            if flit.tail() {
                *holder = S::EMPTY;
                let active = &mut block.active.0[lane];
                *active = *active & !input;
                routed[buffers.front(channel).port()].0[lane] |= block.flits.some.0[lane] & input;
            }
            left[count] = FlitLeft { flit, lane: lane as u8, vc: vc as u8 };
            count += 1;
        }
        &left[..count]
    }

    fn skip(&mut self, cycles: u64) {
        // Credits arrive. What remains is nothing at all.
        let within = cycles.min(self.pipes.sent.slots() as u64);
        for _ in 0..within {
            self.begin();
            for block in 0..self.blocks.len() {
                self.pipes.sent.note(self.pipes.now, block, &Plane::EMPTY);
                self.pipes.popped.note(self.pipes.now, block, &Plane::EMPTY);
            }
        }
        // The slot of a cycle is its number modulo a power of two, and all slots are empty.
        self.pipes.now += (cycles - within) as usize;
    }
}

/// Takes in what arrives, for the instructions of this processor.
struct TakeIn<'b, S, const V: usize>(&'b mut RouterLanes<S, V>);

impl<S: ChannelSet, const V: usize> pulp::WithSimd for TakeIn<'_, S, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<D: pulp::Simd>(self, _: D) {
        let RouterLanes { mesh, distances, pipes, blocks, fronts, terminals, .. } = self.0;
        let ago = |cycles: usize| pipes.now.wrapping_sub(cycles);
        let local = S::from_bits(((1 << V) - 1) << (LOCAL * V));
        let (link, credit) = (ago(mesh.link), ago(mesh.link_credit));
        let (eject, inject) = (ago(mesh.eject_credit), ago(mesh.inject_credit));
        for (at, (block, fronts)) in blocks.iter_mut().zip(fronts).enumerate() {
            let mut flits = pipes.take_injected(at);
            add_from_neighbours::<S, V>(&pipes.sent, (link, at), distances, &mut flits);
            let mut credits = Plane::EMPTY;
            for (credits, sent) in credits.0.iter_mut().zip(pipes.sent.of(eject, at, 0)) {
                *credits = *sent & local;
            }
            add_from_neighbours::<S, V>(&pipes.popped, (credit, at), distances, &mut credits);
            block.take_in(&flits, &credits, fronts);
            for (credits, popped) in credits.0.iter_mut().zip(pipes.popped.of(inject, at, 0)) {
                *credits = (*popped & local) >> (LOCAL * V);
            }
            terminals[at].increase(&credits);
        }
    }
}

/// Both allocators of all routers, for the instructions of this processor.
struct Allocate<'b, S, const V: usize>(&'b mut RouterLanes<S, V>);

impl<S: ChannelSet, const V: usize> pulp::WithSimd for Allocate<'_, S, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<D: pulp::Simd>(self, _: D) {
        let RouterLanes { mesh, pipes, blocks, link_flits, grants, .. } = self.0;
        for (at, block) in blocks.iter_mut().enumerate() {
            block.take_routed(&mut pipes.routed(0)[at]);
            block.allocate(mesh.staged, grants);
            pipes.sent.note(pipes.now, at, &block.sent);
            pipes.popped.note(pipes.now, at, &grants.popped);
            if block.sends {
                link_flits.add(at, &block.sends_at);
            }
        }
    }
}
