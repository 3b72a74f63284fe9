//! The stages of the routers of a block.

use super::{Constants, FIRST, FLITS, LOCAL, PORTS, SECOND, WHOLE};
use crate::model::vector::ClockedMesh;
use crate::model::vector::lanes::{LANES, Lanes, bit_if};

/// The input units of a port, by router.
#[derive(Clone, Debug)]
pub(super) struct InputLanes {
    /// Flits in the buffer.
    pub(super) len: Lanes,
    /// Packets in the queue, whose flits may be on their way.
    pub(super) heads: Lanes,
    /// Flits left of the packet at the front; 0 until its head has left.
    pub(super) left: Lanes,
    /// Cycles until the head at the front is routed.
    pub(super) wait: Lanes,
}

/// The output units of a port, by router.
#[derive(Clone, Debug)]
pub(super) struct OutputLanes {
    /// Free places at the end of the link.
    pub(super) credits: Lanes,
    /// InputLanes at or after the round-robin pointer, as bits.
    pub(super) turn: Lanes,
    /// The input that holds the output, as a bit; 0 if it is free.
    pub(super) holder: Lanes,
    /// Flits that left since they were added up.
    pub(super) sent: Lanes,
}

/// The routers of a block.
#[derive(Clone, Debug)]
pub(super) struct RouterBlock {
    pub(super) inputs: [InputLanes; PORTS],
    pub(super) outputs: [OutputLanes; PORTS],
    /// Coordinates along the first and the second dimension.
    pub(super) place: [Lanes; 2],
    /// Free places for the flits of terminals.
    pub(super) open: Lanes,
}

/// A place of the queues of a block's input units.
#[derive(Clone, Debug)]
pub(super) struct QueuePlace<const BYTES: usize>(pub(super) [Lanes; BYTES]);

impl<const BYTES: usize> QueuePlace<BYTES> {
    /// The flits of the packets.
    #[inline(always)]
    fn flits(&self, fixed: &Constants) -> Lanes {
        if BYTES == WHOLE { self.0[FLITS % BYTES] } else { Lanes([fixed.flits; LANES]) }
    }
}

/// What the fronts of a block's buffers are, as sets of inputs.
pub(super) struct Fronts {
    /// InputLanes with a flit.
    pub(super) some: Lanes,
    /// InputLanes whose front is a head, or a tail.
    pub(super) heads: Lanes,
    pub(super) tails: Lanes,
    /// The output that an input asks for, as a bit, by input.
    pub(super) wants: [Lanes; PORTS],
}

/// What the routers of a block do in a cycle.
pub(super) struct Decided {
    /// The input that sends by an output, as a bit.
    pub(super) grants: [Lanes; PORTS],
    pub(super) sent: Lanes,
    pub(super) popped: Lanes,
}

impl RouterBlock {
    pub(super) fn new(mesh: &ClockedMesh, block: usize) -> Self {
        let x = Lanes::of(|lane| ((block * LANES + lane) % mesh.width) as u8);
        let y = Lanes::of(|lane| ((block * LANES + lane) / mesh.width) as u8);
        let full = Lanes([mesh.buffer; LANES]);
        let input = InputLanes {
            len: Lanes::ZERO,
            heads: Lanes::ZERO,
            left: Lanes::ZERO,
            wait: Lanes([mesh.head_delay; LANES]),
        };
        let output = OutputLanes { credits: full, turn: Lanes([!0; LANES]), holder: Lanes::ZERO, sent: Lanes::ZERO };
        Self {
            inputs: std::array::from_fn(|_| input.clone()),
            outputs: std::array::from_fn(|_| output.clone()),
            place: if mesh.y_first { [y, x] } else { [x, y] },
            open: full,
        }
    }

    /// Flits and credits arrive.
    #[inline(always)]
    pub(super) fn arrive(&mut self, flits: &Lanes, credits: &Lanes) {
        for (port, (input, output)) in self.inputs.iter_mut().zip(&mut self.outputs).enumerate() {
            let bit = 1 << port;
            for lane in 0..LANES {
                input.len[lane] += bit_if(flits[lane] & bit != 0, 1);
            }
            for lane in 0..LANES {
                output.credits[lane] += bit_if(credits[lane] & bit != 0, 1);
            }
        }
    }

    /// Looks at the fronts of all buffers, and computes routes.
    #[inline(always)]
    pub(super) fn fronts<const STAGED: bool, const LONG: bool, const BYTES: usize>(
        &mut self,
        queues: &[QueuePlace<BYTES>],
        fixed: &Constants,
    ) -> Fronts {
        let (mut some, mut held) = (Lanes::ZERO, Lanes::ZERO);
        for (port, input) in self.inputs.iter().enumerate() {
            for lane in 0..LANES {
                some[lane] |= bit_if(input.len[lane] != 0, 1 << port);
            }
        }
        if STAGED || LONG {
            for output in &self.outputs {
                for lane in 0..LANES {
                    held[lane] |= output.holder[lane];
                }
            }
        }
        let mut ready = Lanes::of(|lane| some[lane] & !held[lane]);
        if fixed.mesh.head_delay > 0 {
            self.wait(&mut ready);
        }
        let (mut heads, mut tails) = (Lanes([!0; LANES]), Lanes([!0; LANES]));
        if LONG {
            (heads, tails) = (Lanes::ZERO, Lanes::ZERO);
            for (port, input) in self.inputs.iter().enumerate() {
                let front = &queues[port * fixed.depth];
                let (bit, flits) = (1 << port, front.flits(fixed));
                for lane in 0..LANES {
                    heads[lane] |= bit_if(input.left[lane] == 0, bit);
                }
                for lane in 0..LANES {
                    // The only flit, or the last of several. Without branches it is vector instructions.
                    let is_tail = (input.left[lane] == 1) | ((input.left[lane] == 0) & (flits[lane] == 1));
                    tails[lane] |= bit_if(is_tail, bit);
                }
            }
        }
        let mut wants = [Lanes::ZERO; PORTS];
        for (port, wants) in wants.iter_mut().enumerate() {
            let front = &queues[port * fixed.depth];
            self.route(port, front, &ready, fixed, wants);
        }
        Fronts { some, heads, tails, wants }
    }

    /// Heads that are not routed yet are not ready, and wait.
    #[inline(always)]
    fn wait(&mut self, ready: &mut Lanes) {
        for (port, input) in self.inputs.iter_mut().enumerate() {
            let bit = 1 << port;
            for lane in 0..LANES {
                let waits = input.wait[lane] != 0 && ready[lane] & bit != 0;
                input.wait[lane] -= bit_if(waits, 1);
                ready[lane] &= !bit_if(waits, bit);
            }
        }
    }

    /// Route computation: the output that the front of an input asks for.
    #[inline(always)]
    fn route<const BYTES: usize>(
        &self,
        port: usize,
        front: &QueuePlace<BYTES>,
        ready: &Lanes,
        fixed: &Constants,
        wants: &mut Lanes,
    ) {
        let ([first, second], bit) = (&self.place, 1 << port);
        let [(up, down), (after_up, after_down)] = fixed.ways;
        let local = 1 << LOCAL;
        for lane in 0..LANES {
            let (to, then) = (front.0[FIRST][lane], front.0[SECOND][lane]);
            let (here, there) = (first[lane], second[lane]);
            let last = if then > there { after_up } else { local };
            let last = if then < there { after_down } else { last };
            let out = if to > here { up } else { last };
            let out = if to < here { down } else { out };
            wants[lane] = bit_if(ready[lane] & bit != 0, out);
        }
    }

    /// Allocation and the switch: which input sends by each output.
    #[inline(always)]
    pub(super) fn decide<const STAGED: bool, const LONG: bool>(
        &mut self,
        fronts: &Fronts,
        fixed: &Constants,
    ) -> Decided {
        let holds = STAGED || LONG;
        let mut decided = Decided { grants: [Lanes::ZERO; PORTS], sent: Lanes::ZERO, popped: Lanes::ZERO };
        for (port, (output, grants)) in self.outputs.iter_mut().zip(&mut decided.grants).enumerate() {
            let mut asks = Lanes::ZERO;
            for input in &fixed.feeds[port] {
                let (wants, out, bit) = (&fronts.wants[*input], 1 << port, 1 << input);
                for lane in 0..LANES {
                    asks[lane] |= bit_if(wants[lane] & out != 0, bit);
                }
            }
            for lane in 0..LANES {
                let (credit, turn, holder) = (output.credits[lane] != 0, output.turn[lane], output.holder[lane]);
                let asks = bit_if((STAGED || credit) && (!holds || holder == 0), asks[lane]);
                let later = asks & turn;
                let first = if later == 0 { asks } else { later };
                let new = first & first.wrapping_neg();
                output.turn[lane] = if new == 0 { turn } else { !(new ^ new.wrapping_sub(1)) };
                let old = if holds { bit_if(credit, holder & fronts.some[lane]) } else { 0 };
                let grant = if STAGED { old } else { old | new };
                if holds {
                    output.holder[lane] = if grant & fronts.tails[lane] != 0 { 0 } else { holder | new };
                }
                grants[lane] = grant;
            }
            for lane in 0..LANES {
                let one = bit_if(grants[lane] != 0, 1);
                output.credits[lane] -= one;
                output.sent[lane] += one;
                decided.sent[lane] |= one << port;
                decided.popped[lane] |= grants[lane];
            }
        }
        decided
    }

    /// Takes the flits that leave out of their buffers.
    #[inline(always)]
    pub(super) fn pop<const LONG: bool, const BYTES: usize>(
        &mut self,
        queues: &mut [QueuePlace<BYTES>],
        fronts: &Fronts,
        popped: &Lanes,
        fixed: &Constants,
    ) {
        let any = popped.any();
        for (port, input) in self.inputs.iter_mut().enumerate().filter(|(port, _)| any & 1 << port != 0) {
            let (bit, queue) = (1 << port, &mut queues[port * fixed.depth..][..fixed.depth]);
            let sent = Lanes::of(|lane| bit_if(popped[lane] & bit != 0, !0));
            let gone = Lanes::of(|lane| bit_if(popped[lane] & fronts.tails[lane] & bit != 0, !0));
            for lane in 0..LANES {
                input.len[lane] -= sent[lane] & 1;
            }
            if LONG {
                let flits = queue[0].flits(fixed);
                for lane in 0..LANES {
                    let before = input.left[lane];
                    let left = if before == 0 { flits[lane] } else { before };
                    input.left[lane] = left.wrapping_sub(1) & sent[lane] | before & !sent[lane];
                }
            }
            if fixed.mesh.head_delay > 0 {
                for lane in 0..LANES {
                    input.wait[lane] = if gone[lane] != 0 { fixed.mesh.head_delay } else { input.wait[lane] };
                }
            }
            let most = usize::from(input.heads.most());
            for lane in 0..LANES {
                input.heads[lane] -= gone[lane] & 1;
            }
            for place in 1..most.min(fixed.depth) {
                let (front, behind) = queue.split_at_mut(place);
                let (to, from) = (&mut front[place - 1], &behind[0]);
                for (to, from) in to.0.iter_mut().zip(&from.0) {
                    to.replace(from, &gone);
                }
            }
        }
    }
}
