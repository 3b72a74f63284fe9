//! Routers with one virtual channel: all of a block in a handful of vector registers.
//!
//! An input buffer is a count of its flits and a queue of the packets whose heads came: a shift register, of which each
//! place is some bytes a router. A head enters the queue of the next router when it leaves the router before, which is
//! in order, as credits keep a place for it; its flits are counted there when they arrive, and until then nobody looks at it.
//!
//! A decision of an output is arithmetic on sets of inputs, which are bits of a byte: `s & -s` is the first one, and the
//! round-robin pointer is kept as the mask of the inputs at or after it.

mod block;
#[cfg(test)]
mod tests;

use super::lanes::{LANES, LaneRow, Lanes, bit_if};
use super::{ClockedMesh, ClockedRouters, Ejected, SentPacket};
use crate::hw::topology::{EAST, NORTH, SOUTH, WEST};
use block::{Decided, Fronts, QueuePlace, RouterBlock};
use std::ops::RangeInclusive;

const PORTS: usize = ClockedMesh::PORTS;
const LOCAL: usize = ClockedMesh::LOCAL;

/// In the ring of credits, the bit of a credit for the terminal; lower ones are those of output ports.
const TO_TERMINAL: u8 = 1 << PORTS;

/// Cycles after which the counts of flits, of a byte each, are added up.
const COUNTED: u8 = u8::MAX;

/// Bytes of a packet in a queue: its coordinates along the first and the second dimension, its number, and its flits if
/// packets differ.
const FIRST: usize = 0;
const SECOND: usize = 1;
const NUMBER: usize = 2;
const FLITS: usize = 5;
/// Bytes with a number below 2^16 and without flits, and with both.
pub const SHORT: usize = 4;
pub const WHOLE: usize = 6;

/// What leaves the routers of all blocks in a cycle.
#[derive(Clone, Debug)]
struct Leaving<const BYTES: usize> {
    /// OutputLanes that send a flit, outputs that send a head, and inputs whose flit leaves, as bits.
    sent: LaneRow,
    heads: LaneRow,
    popped: LaneRow,
    /// The bytes of the packets whose heads leave, by output between routers.
    packets: [[LaneRow; BYTES]; LOCAL],
}

/// What never changes.
#[derive(Clone, Debug)]
struct Constants {
    mesh: ClockedMesh,
    /// Flits of a packet, if all have as many.
    flits: u8,
    /// Places of a queue.
    depth: usize,
    /// InputLanes whose packets may leave by an output, by output.
    feeds: [Vec<usize>; PORTS],
    /// OutputLanes for packets whose destination has a larger or smaller coordinate, along the first and second dimension.
    ways: [(u8, u8); 2],
    /// Lanes to the neighbour at a port.
    offsets: [isize; LOCAL],
}

/// Routers with one virtual channel; a packet in a queue is `BYTES` bytes.
#[derive(Clone, Debug)]
pub struct Single<const BYTES: usize> {
    fixed: Constants,
    blocks: Vec<RouterBlock>,
    /// By block, input port and place.
    queues: Vec<QueuePlace<BYTES>>,
    leaving: Leaving<BYTES>,
    /// InputLanes at which a flit arrives and outputs at which a credit arrives, as bits, by cycle and block.
    flits_due: Vec<Lanes>,
    credits_due: Vec<Lanes>,
    /// Cycles of those rings, less one: a mask.
    ring: usize,
    cycle: usize,
    uncounted: u8,
    /// By router and port.
    counts: Vec<u64>,
    injected: u64,
    ejected: u64,
    arch: pulp::Arch,
}

impl Constants {
    fn new(mesh: &ClockedMesh, flits: RangeInclusive<u16>) -> Self {
        let [east, west, north, south] = [EAST, WEST, NORTH, SOUTH].map(usize::from);
        let straight = |out: usize| vec![out ^ 1, LOCAL];
        let turning = |out: usize, from: [usize; 2]| vec![from[0], from[1], out ^ 1, LOCAL];
        let mut feeds: [Vec<usize>; PORTS] = Default::default();
        for (out, feeds) in feeds.iter_mut().enumerate().take(LOCAL) {
            let along_x = out == east || out == west;
            let across = if along_x { [north, south] } else { [east, west] };
            *feeds = if along_x == mesh.y_first { turning(out, across) } else { straight(out) };
        }
        feeds[LOCAL] = (0..PORTS).collect();
        let (x, y) = ((1 << EAST, 1 << WEST), (1 << SOUTH, 1 << NORTH));
        let mut offsets = [0; LOCAL];
        (offsets[east], offsets[west]) = (1, -1);
        (offsets[north], offsets[south]) = (-(mesh.width as isize), mesh.width as isize);
        // A tail at the front, and heads as close as they can be behind it.
        let behind = usize::from(mesh.buffer) - 1;
        Self {
            mesh: *mesh,
            flits: *flits.start() as u8,
            depth: 1 + behind.div_ceil(usize::from(*flits.start())),
            feeds,
            ways: if mesh.y_first { [y, x] } else { [x, y] },
            offsets,
        }
    }
}

impl<const BYTES: usize> Single<BYTES> {
    /// Routers at rest, for packets of so many flits.
    pub fn new(mesh: &ClockedMesh, flits: RangeInclusive<u16>) -> Self {
        let fixed = Constants::new(mesh, flits);
        let blocks = mesh.blocks();
        let longest = [mesh.link, mesh.link_credit, mesh.eject_credit, mesh.inject, mesh.inject_credit];
        let ring = longest.into_iter().max().map_or(1, |longest| (longest + 1).next_power_of_two());
        let row = || LaneRow::new(blocks, mesh.width);
        Self {
            blocks: (0..blocks).map(|block| RouterBlock::new(mesh, block)).collect(),
            queues: vec![QueuePlace([Lanes::ZERO; BYTES]); blocks * PORTS * fixed.depth],
            leaving: Leaving {
                sent: row(),
                heads: row(),
                popped: row(),
                packets: std::array::from_fn(|_| std::array::from_fn(|_| row())),
            },
            flits_due: vec![Lanes::ZERO; ring * blocks],
            credits_due: vec![Lanes::ZERO; ring * blocks],
            ring: ring - 1,
            cycle: 0,
            uncounted: 0,
            counts: vec![0; mesh.routers() * PORTS],
            injected: 0,
            ejected: 0,
            arch: pulp::Arch::new(),
            fixed,
        }
    }

    /// The place in the rings of what is due in a block after some cycles.
    #[inline(always)]
    fn due(&self, after: usize, block: usize) -> usize {
        ((self.cycle + after) & self.ring) * self.blocks.len() + block
    }

    /// All stages of all routers. Routers that are `STAGED` allocate the switch in the cycle after the output, and packets
    /// are `LONG` where one has several flits.
    #[inline(always)]
    fn stages<const STAGED: bool, const LONG: bool>(&mut self, out: &mut Ejected) {
        for at in 0..self.blocks.len() {
            let due = self.due(0, at);
            let (block, fixed) = (&mut self.blocks[at], &self.fixed);
            let queues = &mut self.queues[at * PORTS * fixed.depth..][..PORTS * fixed.depth];
            block.arrive(&self.flits_due[due], &self.credits_due[due]);
            (self.flits_due[due], self.credits_due[due]) = (Lanes::ZERO, Lanes::ZERO);
            let fronts = block.fronts::<STAGED, LONG, BYTES>(queues, fixed);
            let decided = block.decide::<STAGED, LONG>(&fronts, fixed);
            self.leaving.take::<LONG>(at, queues, &fronts, &decided, fixed);
            eject(queues, &fronts, &decided.grants[LOCAL], fixed.depth, out);
            block.pop::<LONG, BYTES>(queues, &fronts, &decided.popped, fixed);
        }
        for at in 0..self.blocks.len() {
            self.cross::<LONG>(at);
        }
    }

    /// Flits and credits leave for a block over the links from its neighbours.
    #[inline(always)]
    fn cross<const LONG: bool>(&mut self, at: usize) {
        let (mut flits, mut credits) = (Lanes::ZERO, Lanes::ZERO);
        for port in 0..LOCAL {
            let (offset, bit) = (self.fixed.offsets[port], 1 << (port ^ 1));
            let sent = self.leaving.sent.of_neighbours(at, offset);
            let popped = self.leaving.popped.of_neighbours(at, offset);
            for lane in 0..LANES {
                flits[lane] |= bit_if(sent[lane] & bit != 0, 1 << port);
                credits[lane] |= bit_if(popped[lane] & bit != 0, 1 << port);
            }
            let heads = if LONG { self.leaving.heads.of_neighbours(at, offset) } else { sent };
            let come = Lanes::of(|lane| bit_if(heads[lane] & bit != 0, !0));
            if come.any() != 0 {
                self.append(at, port, &come);
            }
        }
        let (sent, popped) = (self.leaving.sent.of_neighbours(at, 0), self.leaving.popped.of_neighbours(at, 0));
        let out = Lanes::of(|lane| sent[lane] & 1 << LOCAL);
        let free = Lanes::of(|lane| bit_if(popped[lane] & 1 << LOCAL != 0, TO_TERMINAL));
        let ClockedMesh { link, link_credit, eject_credit, inject_credit, .. } = self.fixed.mesh;
        let due = [link, link_credit, eject_credit, inject_credit].map(|after| self.due(after, at));
        self.flits_due[due[0]].add(&flits);
        self.credits_due[due[1]].add(&credits);
        self.credits_due[due[2]].add(&out);
        self.credits_due[due[3]].add(&free);
    }

    /// Adds the packets whose heads come over a link to the queues of a block.
    #[inline(always)]
    fn append(&mut self, at: usize, port: usize, come: &Lanes) {
        let (depth, offset) = (self.fixed.depth, self.fixed.offsets[port]);
        let packets = &self.leaving.packets[port ^ 1];
        let packets: [Lanes; BYTES] = std::array::from_fn(|byte| packets[byte].of_neighbours(at, offset));
        let heads = &mut self.blocks[at].inputs[port].heads;
        let most = heads.most();
        let queue = &mut self.queues[(at * PORTS + port) * depth..][..depth];
        for (place, entry) in (0..=most).zip(queue) {
            let here = Lanes::of(|lane| come[lane] & bit_if(heads[lane] == place, !0));
            for (entry, packet) in entry.0.iter_mut().zip(&packets) {
                entry.replace(packet, &here);
            }
        }
        for lane in 0..LANES {
            heads[lane] += come[lane] & 1;
        }
    }

    /// Adds up the flits that left each port.
    fn count(&mut self) {
        self.uncounted = 0;
        for (router, counts) in self.counts.chunks_mut(PORTS).enumerate() {
            for (count, output) in counts.iter_mut().zip(&mut self.blocks[router / LANES].outputs) {
                *count += u64::from(std::mem::take(&mut output.sent[router % LANES]));
            }
        }
    }

    /// Credits arrive, in a cycle without flits.
    fn settle(&mut self) {
        self.begin();
        for at in 0..self.blocks.len() {
            let due = self.due(0, at);
            self.blocks[at].arrive(&Lanes::ZERO, &self.credits_due[due]);
            self.credits_due[due] = Lanes::ZERO;
        }
        self.cycle += 1;
    }
}

impl<const BYTES: usize> Leaving<BYTES> {
    /// Notes what leaves the routers of a block.
    #[inline(always)]
    fn take<const LONG: bool>(
        &mut self,
        at: usize,
        queues: &[QueuePlace<BYTES>],
        fronts: &Fronts,
        decided: &Decided,
        fixed: &Constants,
    ) {
        self.sent.set(at, &decided.sent);
        self.popped.set(at, &decided.popped);
        let mut heads = decided.sent;
        if LONG {
            heads = Lanes::ZERO;
            for (port, grants) in decided.grants.iter().enumerate() {
                for lane in 0..LANES {
                    heads[lane] |= bit_if(grants[lane] & fronts.heads[lane] != 0, 1 << port);
                }
            }
            self.heads.set(at, &heads);
        }
        let any = heads.any();
        for (port, packets) in self.packets.iter_mut().enumerate().filter(|(port, _)| any & 1 << port != 0) {
            let grants = &decided.grants[port];
            for (byte, row) in packets.iter_mut().enumerate() {
                let mut packet = Lanes::ZERO;
                for input in &fixed.feeds[port] {
                    let (front, bit) = (&queues[input * fixed.depth].0[byte], 1 << input);
                    for lane in 0..LANES {
                        packet[lane] |= bit_if(grants[lane] == bit, front[lane]);
                    }
                }
                row.set(at, &packet);
            }
        }
    }
}

/// Notes the flits that leave a block's routers for their terminals.
#[inline(always)]
fn eject<const BYTES: usize>(
    queues: &[QueuePlace<BYTES>],
    fronts: &Fronts,
    grants: &Lanes,
    depth: usize,
    out: &mut Ejected,
) {
    grants.each(|lane, input| {
        out.flits += 1;
        if fronts.tails[lane] & input != 0 {
            let packet = &queues[input.trailing_zeros() as usize * depth].0;
            let high = if BYTES == WHOLE { u32::from(packet[(NUMBER + 2) % BYTES][lane]) } else { 0 };
            out.tails.push(u32::from(packet[NUMBER][lane]) | u32::from(packet[NUMBER + 1][lane]) << 8 | high << 16);
        }
    });
}

/// The cycle of all routers, compiled for each kind of processor.
struct Stages<'a, const BYTES: usize>(&'a mut Single<BYTES>, &'a mut Ejected);

impl<const BYTES: usize> pulp::WithSimd for Stages<'_, BYTES> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self(routers, out) = self;
        let long = BYTES == WHOLE || routers.fixed.flits > 1;
        match (routers.fixed.mesh.staged, long) {
            (false, false) => routers.stages::<false, false>(out),
            (false, true) => routers.stages::<false, true>(out),
            (true, false) => routers.stages::<true, false>(out),
            (true, true) => routers.stages::<true, true>(out),
        }
    }
}

impl<const BYTES: usize> ClockedRouters for Single<BYTES> {
    fn begin(&mut self) {
        for at in 0..self.blocks.len() {
            let due = self.due(0, at);
            let (open, credits) = (&mut self.blocks[at].open, &self.credits_due[due]);
            for lane in 0..LANES {
                open[lane] += bit_if(credits[lane] & TO_TERMINAL != 0, 1);
            }
        }
    }

    #[inline]
    fn open(&self, terminal: usize) -> u64 {
        (self.blocks[terminal / LANES].open[terminal % LANES] > 0).into()
    }

    #[inline]
    fn inject(&mut self, terminal: usize, _vc: u8, head: Option<SentPacket>) {
        let (at, lane) = (terminal / LANES, terminal % LANES);
        let due = self.due(self.fixed.mesh.inject, at);
        self.flits_due[due][lane] |= 1 << LOCAL;
        let block = &mut self.blocks[at];
        block.open[lane] -= 1;
        self.injected += 1;
        let Some(SentPacket { router, flits, id }) = head else { return };
        let heads = &mut block.inputs[LOCAL].heads[lane];
        let place = (at * PORTS + LOCAL) * self.fixed.depth + usize::from(*heads);
        *heads += 1;
        let (x, y) = (router as usize % self.fixed.mesh.width, router as usize / self.fixed.mesh.width);
        let (first, second) = if self.fixed.mesh.y_first { (y, x) } else { (x, y) };
        let bytes = [first as u8, second as u8, id as u8, (id >> 8) as u8, (id >> 16) as u8, flits as u8];
        for (entry, byte) in self.queues[place].0.iter_mut().zip(bytes) {
            entry[lane] = byte;
        }
    }

    fn cycle(&mut self, out: &mut Ejected) {
        let before = out.flits;
        let arch = self.arch;
        arch.dispatch(Stages(self, out));
        self.ejected += out.flits - before;
        self.cycle += 1;
        self.uncounted += 1;
        if self.uncounted == COUNTED {
            self.count();
        }
    }

    fn is_empty(&self) -> bool {
        self.injected == self.ejected
    }

    fn skip(&mut self, cycles: u64) {
        let settled = cycles.min(self.ring as u64 + 1);
        (0..settled).for_each(|_| self.settle());
        self.cycle = self.cycle.wrapping_add((cycles - settled) as usize);
    }

    fn link_flits(&self) -> Vec<u64> {
        let one = |(index, count): (usize, &u64)| {
            let (router, port) = (index / PORTS, index % PORTS);
            count + u64::from(self.blocks[router / LANES].outputs[port].sent[router % LANES])
        };
        self.counts.iter().enumerate().map(one).collect()
    }

    fn moves(&self) -> u64 {
        self.injected + self.link_flits().iter().sum::<u64>()
    }
}
