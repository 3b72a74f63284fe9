//! A block of routers: the state of their allocators, and what each cycle does to it.

use super::lanes::{ChannelCounts, ChannelSet, LANES, PORTS, Plane};
use super::pipes::Routed;

/// Routers of a block, with `V` virtual channels at each port. Sets are of input VCs, unless they are said to be of
/// output VCs. A turn is the set of the requesters at and behind a round-robin pointer; an empty one stands for the pointer
/// at the first of all.
#[derive(Clone, Debug)]
pub(super) struct VcBlock<S, const V: usize> {
    /// By output port: that request an output VC there.
    pub(super) requests: [Plane<S>; PORTS],
    /// By output VC: the one that holds it, if any does.
    pub(super) holders: [[Plane<S>; V]; PORTS],
    /// That hold an output VC.
    pub(super) active: Plane<S>,
    /// By output VC: turns of its requesters.
    pub(super) output_vc_turns: [[Plane<S>; V]; PORTS],
    /// By virtual channel of an output port: whose turn it is. Only at the port that the pointer is at.
    pub(super) input_vc_turns: [Plane<S>; V],
    /// By output port: whose pointer is there.
    pub(super) input_vc_ports: [Plane<S>; PORTS],
    /// By output port: turns of input ports, each a set's member of virtual channel 0.
    pub(super) output_turns: [Plane<S>; PORTS],
    /// By output port: input ports for which it is that one's turn.
    pub(super) input_turns: [Plane<S>; PORTS],
    /// Turns of the virtual channels of each input port.
    pub(super) vc_turns: Plane<S>,
    /// Flits in each buffer.
    pub(super) flits: ChannelCounts<S>,
    /// Credits of each output VC.
    pub(super) credits: ChannelCounts<S>,
    /// Whether something may be sent in this cycle.
    pub(super) sends: bool,
    /// Output VCs that send a flit in this cycle.
    pub(super) sent: Plane<S>,
    /// Whether an output port sends a flit in this cycle.
    pub(super) sends_at: [[u8; LANES]; PORTS],
}

impl<S: ChannelSet, const V: usize> VcBlock<S, V> {
    /// Virtual channel 0 of each port.
    const FIRST: u32 = 1 | 1 << V | 1 << (2 * V) | 1 << (3 * V) | 1 << (4 * V);

    /// Routers at rest, with credits for all places.
    pub(super) fn new(places: u16) -> Self {
        let channels = S::from_bits((1 << (PORTS * V)) - 1);
        Self {
            requests: [Plane::EMPTY; PORTS],
            holders: [[Plane::EMPTY; V]; PORTS],
            active: Plane::EMPTY,
            output_vc_turns: [[Plane::EMPTY; V]; PORTS],
            input_vc_turns: [Plane::EMPTY; V],
            input_vc_ports: [Plane::EMPTY; PORTS],
            output_turns: [Plane::EMPTY; PORTS],
            input_turns: [Plane::EMPTY; PORTS],
            vc_turns: Plane::EMPTY,
            flits: ChannelCounts::new(places, S::EMPTY),
            credits: ChannelCounts::new(places, channels),
            sends: false,
            sent: Plane::EMPTY,
            sends_at: [[0; LANES]; PORTS],
        }
    }

    /// All virtual channels of the ports whose first are given.
    #[inline(always)]
    pub(super) fn whole_ports(first: S) -> S {
        (first << V).minus(first)
    }

    /// The first virtual channels of the ports that have members.
    #[inline(always)]
    pub(super) fn ports_of(set: S) -> S {
        let mut ports = set;
        for vc in 1..V {
            ports |= set >> vc;
        }
        ports & S::from_bits(Self::FIRST)
    }

    /// Flits and credits arrive. Gives the input VCs whose head is now at the front of its buffer.
    #[inline(always)]
    pub(super) fn take_in(&mut self, flits: &Plane<S>, credits: &Plane<S>, fronts: &mut Plane<S>) {
        for r in 0..LANES {
            // A buffer that a packet has only begun to leave gets a body flit.
            fronts.0[r] = flits.0[r] & !self.flits.some.0[r] & !self.active.0[r];
        }
        self.flits.increase(flits);
        self.credits.increase(credits);
    }

    /// Heads that are routed request an output VC from now on.
    #[inline(always)]
    pub(super) fn take_routed(&mut self, routed: &mut Routed<S>) {
        for (requests, routed) in self.requests.iter_mut().zip(routed) {
            for (requests, routed) in requests.0.iter_mut().zip(&mut routed.0) {
                *requests |= *routed;
                *routed = S::EMPTY;
            }
        }
    }

    /// Both allocators. Notes in `grants` the input VCs that send a flit in this cycle.
    #[inline(always)]
    pub(super) fn allocate(&mut self, staged: bool, grants: &mut BlockGrants<S, V>) {
        if staged {
            // The switch is not yet requested by those that get an output VC in this cycle.
            self.allocate_switch(grants);
            self.allocate_vcs::<false>(grants);
        } else {
            self.allocate_vcs::<true>(grants);
            self.allocate_switch(grants);
        }
    }
}

/// What allocators note of a block in a cycle. It is kept only so that it is not made and cleared each time.
#[derive(Clone, Debug)]
pub(super) struct BlockGrants<S, const V: usize> {
    /// Input VCs that got an output VC.
    pub(super) got: Plane<S>,
    /// By output port.
    pub(super) got_at: [Plane<S>; PORTS],
    /// By virtual channel of an output port: that got one before it.
    pub(super) got_before: [Plane<S>; V],
    /// By output port: input VCs that request the switch.
    pub(super) asking: [Plane<S>; PORTS],
    /// By output port: the input port that is granted, as its virtual channel 0.
    pub(super) granted: [Plane<S>; PORTS],
    /// Input ports with a grant of an output port whose turn it is, or of a later one.
    pub(super) in_turn: Plane<S>,
    /// Input ports that accepted a grant.
    pub(super) taken: Plane<S>,
    /// By output port: input ports that accepted a grant before it.
    pub(super) taken_before: [Plane<S>; PORTS],
    /// Input VCs of ports that accepted a grant, that request that output port.
    pub(super) candidates: Plane<S>,
    /// Input VCs that send a flit.
    pub(super) popped: Plane<S>,
}

impl<S: ChannelSet, const V: usize> BlockGrants<S, V> {
    pub(super) const NONE: Self = Self {
        got: Plane::EMPTY,
        got_at: [Plane::EMPTY; PORTS],
        got_before: [Plane::EMPTY; V],
        asking: [Plane::EMPTY; PORTS],
        granted: [Plane::EMPTY; PORTS],
        in_turn: Plane::EMPTY,
        taken: Plane::EMPTY,
        taken_before: [Plane::EMPTY; PORTS],
        candidates: Plane::EMPTY,
        popped: Plane::EMPTY,
    };
}
