//! What is under way: flits on links, credits, and heads in route computation.

use super::flit::Arriving;
use super::lanes::{ChannelSet, LANES, LOCAL, Plane};
use crate::model::vector::ClockedMesh;

/// Sets of all routers in the cycles just past. What reaches a router is what its neighbours did some cycles ago.
#[derive(Clone, Debug)]
pub(super) struct PastSets<S> {
    sets: Vec<S>,
    /// Sets of a cycle, with room for the neighbours of a mesh that are none on both sides.
    stride: usize,
    margin: usize,
    mask: usize,
}

impl<S: ChannelSet> PastSets<S> {
    /// Of `longest` cycles at most.
    pub(super) fn new(nodes: usize, mesh: &ClockedMesh, longest: usize) -> Self {
        let (slots, margin) = ((longest + 1).next_power_of_two(), mesh.width.next_multiple_of(LANES));
        let stride = nodes + 2 * margin;
        Self { sets: vec![S::EMPTY; slots * stride], stride, margin, mask: slots - 1 }
    }

    /// Number of cycles after which all is forgotten.
    pub(super) fn slots(&self) -> usize {
        self.mask + 1
    }

    /// The sets of a block in a cycle, from a router on that is at some distance.
    #[inline(always)]
    pub(super) fn of(&self, cycle: usize, block: usize, distance: isize) -> &[S; LANES] {
        let first = (cycle & self.mask) * self.stride + self.margin + block * LANES;
        let sets = self.sets[first.wrapping_add_signed(distance)..].first_chunk();
        sets.expect("there is a margin on both sides")
    }

    /// Notes the sets of a block in a cycle.
    #[inline(always)]
    pub(super) fn note(&mut self, cycle: usize, block: usize, plane: &Plane<S>) {
        let first = (cycle & self.mask) * self.stride + self.margin + block * LANES;
        self.sets[first..first + LANES].copy_from_slice(&plane.0);
    }
}

/// Heads that are routed in a cycle, by output port. Three bits of a port are an index.
pub(super) type Routed<S> = [Plane<S>; 8];

/// Rings of cycles.
#[derive(Clone, Debug)]
pub(super) struct Pipes<S> {
    /// This cycle, as a count from the start.
    pub(super) now: usize,
    /// Routers, up to whole blocks of them.
    nodes: usize,
    mask: usize,
    routed_mask: usize,
    /// Flits that arrive, by cycle: channel and output port.
    arriving: Vec<Vec<Arriving>>,
    /// Flits that arrive from terminals, by cycle and router.
    injected: Vec<S>,
    /// Input VCs whose head is routed, by cycle and block.
    routed: Vec<Routed<S>>,
    /// Output VCs that sent a flit.
    pub(super) sent: PastSets<S>,
    /// Input VCs that sent one.
    pub(super) popped: PastSets<S>,
}

impl<S: ChannelSet> Pipes<S> {
    /// Empty rings.
    pub(super) fn new(nodes: usize, mesh: &ClockedMesh) -> Self {
        let delays = [mesh.link, mesh.link_credit, mesh.eject, mesh.eject_credit, mesh.inject, mesh.inject_credit];
        let longest = delays.into_iter().max().unwrap_or(1);
        let slots = (longest + 1).next_power_of_two();
        let routed = (usize::from(mesh.head_delay) + 2).next_power_of_two();
        Self {
            now: 0,
            nodes,
            mask: slots - 1,
            routed_mask: routed - 1,
            arriving: vec![Vec::new(); slots],
            injected: vec![S::EMPTY; slots * nodes],
            routed: vec![[Plane::EMPTY; 8]; routed * nodes / LANES],
            sent: PastSets::new(nodes, mesh, longest),
            popped: PastSets::new(nodes, mesh, longest),
        }
    }

    /// The flits that arrive after some cycles.
    #[inline(always)]
    pub(super) fn arriving(&mut self, after: usize) -> &mut Vec<Arriving> {
        &mut self.arriving[(self.now + after) & self.mask]
    }

    /// A flit of a terminal arrives after some cycles.
    #[inline(always)]
    pub(super) fn inject(&mut self, after: usize, router: usize, channel: S) {
        self.injected[((self.now + after) & self.mask) * self.nodes + router] |= channel;
    }

    /// The heads that are routed after some cycles, by block.
    #[inline(always)]
    pub(super) fn routed(&mut self, after: usize) -> &mut [Routed<S>] {
        let blocks = self.nodes / LANES;
        &mut self.routed[((self.now + after) & self.routed_mask) * blocks..][..blocks]
    }

    /// Input VCs of a block that get a flit from a terminal in this cycle.
    #[inline(always)]
    pub(super) fn take_injected(&mut self, block: usize) -> Plane<S> {
        let first = (self.now & self.mask) * self.nodes + block * LANES;
        let mut plane = Plane::EMPTY;
        plane.0.copy_from_slice(&self.injected[first..first + LANES]);
        self.injected[first..first + LANES].fill(S::EMPTY);
        plane
    }
}

/// Adds what came to the routers of a block from their neighbours, which did it `ago` cycles ago: to the channels of a port,
/// from those of the opposite port of the router there.
#[inline(always)]
pub(super) fn add_from_neighbours<S: ChannelSet, const V: usize>(
    past: &PastSets<S>,
    (cycle, block): (usize, usize),
    distances: &[isize; LOCAL],
    plane: &mut Plane<S>,
) {
    let mask = S::from_bits((1 << V) - 1);
    for (port, distance) in distances.iter().enumerate() {
        let there = past.of(cycle, block, *distance);
        let opposite = port ^ 1;
        for (here, there) in plane.0.iter_mut().zip(there) {
            *here |= (*there >> (opposite * V) & mask) << (port * V);
        }
    }
}
