//! The plans of outputs, by tick: a wheel of lists that are threaded through the outputs themselves.
//!
//! The wheel has a slot for every tick of the current block of ticks, and one for each of the blocks that follow; what is
//! further away is in the slot of its block all the same, and is looked at once in a turn of the wheel.
//!
//! The ends of lists are an output too, one that does not exist and comes behind all others: so that the neighbour of an
//! output can be written without asking whether there is one.

use super::units::Output;
use crate::units::Tick;

/// Ticks of a block: 64 words of 64 bits.
const SLOTS: usize = 1 << 12;
const BLOCKS: usize = 64;
/// When an output without a plan is due.
pub(super) const NEVER: Tick = Tick::MAX;

/// Plans by tick.
#[derive(Clone, Debug)]
pub(super) struct Agenda {
    /// The first output of each slot of the current block, and which have one.
    slots: Box<[u32; SLOTS]>,
    used: [u64; SLOTS / 64],
    used_words: u64,
    /// The same for the blocks that follow.
    blocks: [u32; BLOCKS],
    used_blocks: u64,
    /// The current block.
    block: Tick,
    /// The end of a list.
    end: u32,
}

impl Agenda {
    /// An empty one, for outputs of which the last one is the end of lists.
    pub(super) fn new(outputs: &[Output]) -> Self {
        let end = outputs.len() as u32 - 1;
        Self {
            slots: Box::new([end; SLOTS]),
            used: [0; SLOTS / 64],
            used_words: 0,
            blocks: [end; BLOCKS],
            used_blocks: 0,
            block: 0,
            end,
        }
    }

    /// Plans an output for a tick after the current one, unless it is planned for an earlier one.
    #[inline(always)]
    pub(super) fn plan(&mut self, outputs: &mut [Output], output: u32, at: Tick) {
        let old = outputs[output as usize].plan;
        if at >= old {
            return;
        }
        if old != NEVER {
            self.unlink(outputs, output);
        }
        self.link(outputs, output, at);
    }

    #[inline(always)]
    fn link(&mut self, outputs: &mut [Output], output: u32, at: Tick) {
        let block = at / SLOTS as Tick;
        let first = if block == self.block {
            let slot = at as usize % SLOTS;
            self.used[slot / 64] |= 1 << (slot % 64);
            self.used_words |= 1 << (slot / 64);
            &mut self.slots[slot]
        } else {
            let slot = block as usize % BLOCKS;
            self.used_blocks |= 1 << slot;
            &mut self.blocks[slot]
        };
        let next = std::mem::replace(first, output);
        outputs[next as usize].previous = output;
        let own = &mut outputs[output as usize];
        (own.plan, own.next, own.previous) = (at, next, self.end);
    }

    #[inline(never)]
    fn unlink(&mut self, outputs: &mut [Output], output: u32) {
        let Output { plan, next, previous, .. } = outputs[output as usize];
        outputs[next as usize].previous = previous;
        if previous != self.end {
            outputs[previous as usize].next = next;
            return;
        }
        let block = plan / SLOTS as Tick;
        if block == self.block {
            self.begin_slot_with(plan as usize % SLOTS, next);
        } else {
            let slot = block as usize % BLOCKS;
            self.blocks[slot] = next;
            self.used_blocks &= !(u64::from(next == self.end) << slot);
        }
    }

    #[inline(always)]
    fn begin_slot_with(&mut self, slot: usize, first: u32) {
        self.slots[slot] = first;
        let word = &mut self.used[slot / 64];
        *word &= !(u64::from(first == self.end) << (slot % 64));
        self.used_words &= !(u64::from(*word == 0) << (slot / 64));
    }

    /// Takes the outputs with the earliest plans: their tick, and the first of them; the others are found by
    /// [`after`](Self::after).
    #[inline(always)]
    pub(super) fn pop(&mut self, outputs: &mut [Output]) -> Option<(Tick, u32)> {
        while self.used_words == 0 {
            self.enter_next_block(outputs)?;
        }
        let word = self.used_words.trailing_zeros() as usize % (SLOTS / 64);
        let slot = (word * 64 + self.used[word].trailing_zeros() as usize) % SLOTS;
        let output = self.slots[slot];
        self.begin_slot_with(slot, self.end);
        Some((self.block * SLOTS as Tick + slot as Tick, output))
    }

    /// The output behind another in a list that was taken. The other is without a plan from now on.
    #[inline(always)]
    pub(super) fn after(&mut self, outputs: &mut [Output], output: u32) -> Option<u32> {
        let own = &mut outputs[output as usize];
        own.plan = NEVER;
        (own.next != self.end).then_some(own.next)
    }

    /// Goes on to the next block with plans, of this turn of the wheel or of a later one.
    #[cold]
    fn enter_next_block(&mut self, outputs: &mut [Output]) -> Option<()> {
        if self.used_blocks == 0 {
            return None;
        }
        let here = (self.block as usize + 1) % BLOCKS;
        self.block += 1 + Tick::from(self.used_blocks.rotate_right(here as u32).trailing_zeros());
        let slot = self.block as usize % BLOCKS;
        self.used_blocks &= !(1 << slot);
        let mut next = std::mem::replace(&mut self.blocks[slot], self.end);
        while next != self.end {
            let Output { plan, next: behind, .. } = outputs[next as usize];
            self.link(outputs, next, plan);
            next = behind;
        }
        Some(())
    }
}
