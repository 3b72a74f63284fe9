//! The plans of outputs, by tick: a wheel of lists that are threaded through the outputs themselves.
//!
//! The wheel has a slot for every tick of the current block of ticks, and one for each of the blocks that follow; what is
//! further away is in the slot of its block all the same, and is looked at once in a turn of the wheel.

use crate::units::Tick;

/// Ticks of a block: 64 words of 64 bits.
const SLOTS: usize = 1 << 12;
const BLOCKS: usize = 64;
const NONE: u32 = u32::MAX;
/// When an output without a plan is due.
pub(super) const NEVER: Tick = Tick::MAX;

/// The plan of an output, and its neighbours in the list of its slot.
#[derive(Clone, Copy, Debug)]
struct Plan {
    at: Tick,
    next: u32,
    previous: u32,
}

/// Plans by tick.
#[derive(Clone, Debug)]
pub(super) struct Agenda {
    plans: Vec<Plan>,
    /// The first output of each slot of the current block, and which have one.
    slots: Box<[u32; SLOTS]>,
    used: [u64; SLOTS / 64],
    used_words: u64,
    /// The same for the blocks that follow.
    blocks: [u32; BLOCKS],
    used_blocks: u64,
    /// The current block.
    block: Tick,
}

impl Agenda {
    pub(super) fn new(outputs: usize) -> Self {
        Self {
            plans: vec![Plan { at: NEVER, next: NONE, previous: NONE }; outputs],
            slots: Box::new([NONE; SLOTS]),
            used: [0; SLOTS / 64],
            used_words: 0,
            blocks: [NONE; BLOCKS],
            used_blocks: 0,
            block: 0,
        }
    }

    /// Plans an output for a tick after the current one, unless it is planned for an earlier one.
    #[inline(always)]
    pub(super) fn plan(&mut self, output: u32, at: Tick) {
        let old = self.plans[output as usize].at;
        if at >= old {
            return;
        }
        if old != NEVER {
            self.unlink(output, old);
        }
        self.link(output, at);
    }

    #[inline(always)]
    fn link(&mut self, output: u32, at: Tick) {
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
        self.plans[output as usize] = Plan { at, next, previous: NONE };
        if next != NONE {
            self.plans[next as usize].previous = output;
        }
    }

    fn unlink(&mut self, output: u32, at: Tick) {
        let Plan { next, previous, .. } = self.plans[output as usize];
        if next != NONE {
            self.plans[next as usize].previous = previous;
        }
        if previous != NONE {
            self.plans[previous as usize].next = next;
            return;
        }
        let block = at / SLOTS as Tick;
        if block == self.block {
            let slot = at as usize % SLOTS;
            self.slots[slot] = next;
            if next == NONE {
                self.unset(slot);
            }
        } else {
            let slot = block as usize % BLOCKS;
            self.blocks[slot] = next;
            self.used_blocks &= !(u64::from(next == NONE) << slot);
        }
    }

    #[inline(always)]
    fn unset(&mut self, slot: usize) {
        let word = &mut self.used[slot / 64];
        *word &= !(1 << (slot % 64));
        self.used_words &= !(u64::from(*word == 0) << (slot / 64));
    }

    /// Takes the earliest plans: their tick, and the first of the outputs. They are without a plan from now on; the others
    /// are found by [`after`](Self::after).
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<(Tick, u32)> {
        while self.used_words == 0 {
            self.enter_next_block()?;
        }
        let word = self.used_words.trailing_zeros() as usize;
        let slot = word * 64 + self.used[word % (SLOTS / 64)].trailing_zeros() as usize;
        let first = std::mem::replace(&mut self.slots[slot % SLOTS], NONE);
        self.unset(slot % SLOTS);
        Some((self.block * SLOTS as Tick + slot as Tick, first))
    }

    /// The output behind another in a list that was taken; the other is without a plan from now on.
    #[inline(always)]
    pub(super) fn after(&mut self, output: u32) -> Option<u32> {
        let plan = &mut self.plans[output as usize];
        plan.at = NEVER;
        (plan.next != NONE).then_some(plan.next)
    }

    /// Goes on to the next block with plans, of this turn of the wheel or of a later one.
    #[cold]
    fn enter_next_block(&mut self) -> Option<()> {
        if self.used_blocks == 0 {
            return None;
        }
        let here = (self.block as usize + 1) % BLOCKS;
        self.block += 1 + Tick::from(self.used_blocks.rotate_right(here as u32).trailing_zeros());
        let slot = self.block as usize % BLOCKS;
        self.used_blocks &= !(1 << slot);
        let mut next = std::mem::replace(&mut self.blocks[slot], NONE);
        while next != NONE {
            let Plan { at, next: behind, .. } = self.plans[next as usize];
            self.link(next, at);
            next = behind;
        }
        Some(())
    }

    /// Forgets all plans.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.plans.len());
    }
}
