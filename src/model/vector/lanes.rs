//! A byte for each of 64 routers, and loops over them that become vector instructions.

use std::ops::{Index, IndexMut};

/// Routers of a block: as many bytes as the widest vector register has.
pub(super) const LANES: usize = 64;

/// A byte for each router of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Lanes(pub(super) [u8; LANES]);

impl Lanes {
    pub(super) const ZERO: Self = Self([0; LANES]);

    /// Every lane a function of its number.
    #[inline(always)]
    pub(super) fn of(lane: impl FnMut(usize) -> u8) -> Self {
        Self(std::array::from_fn(lane))
    }

    /// The bits that are set in some lane.
    #[inline(always)]
    pub(super) fn any(&self) -> u8 {
        let words = self.0.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
        let word = words.fold(0, |any, word| any | word);
        word.to_le_bytes().into_iter().fold(0, |any, byte| any | byte)
    }

    /// The largest lane.
    #[inline(always)]
    pub(super) fn most(&self) -> u8 {
        // By halves, as vectors are compared: one after the other they would be no vectors.
        let half: [u8; 32] = std::array::from_fn(|at| self.0[at].max(self.0[at + 32]));
        let half: [u8; 16] = std::array::from_fn(|at| half[at].max(half[at + 16]));
        let half: [u8; 8] = std::array::from_fn(|at| half[at].max(half[at + 8]));
        half.into_iter().fold(0, u8::max)
    }

    /// Sets bits, too.
    #[inline(always)]
    pub(super) fn add(&mut self, bits: &Self) {
        for lane in 0..LANES {
            self[lane] |= bits[lane];
        }
    }

    /// Takes lanes of another where all bits of a mask are set; elsewhere none is.
    #[inline(always)]
    pub(super) fn replace(&mut self, by: &Self, mask: &Self) {
        for lane in 0..LANES {
            self[lane] = self[lane] & !mask[lane] | by[lane] & mask[lane];
        }
    }

    /// Calls a function for every lane that is not zero, with its number and value.
    #[inline(always)]
    pub(super) fn each(&self, mut what: impl FnMut(usize, u8)) {
        for (eight, bytes) in self.0.as_chunks::<8>().0.iter().enumerate() {
            let mut word = u64::from_le_bytes(*bytes);
            while word != 0 {
                let lane = word.trailing_zeros() as usize / 8;
                what(eight * 8 + lane, (word >> (lane * 8)) as u8);
                word &= !(0xff << (lane * 8));
            }
        }
    }
}

impl Index<usize> for Lanes {
    type Output = u8;

    #[inline(always)]
    fn index(&self, lane: usize) -> &u8 {
        &self.0[lane]
    }
}

impl IndexMut<usize> for Lanes {
    #[inline(always)]
    fn index_mut(&mut self, lane: usize) -> &mut u8 {
        &mut self.0[lane]
    }
}

/// A bit where a condition holds.
#[inline(always)]
pub(super) fn bit_if(condition: bool, bit: u8) -> u8 {
    if condition { bit } else { 0 }
}

/// Lanes of all routers in a row, with room at both ends, so that those of neighbours can be read at an offset.
#[derive(Clone, Debug)]
pub(super) struct LaneRow {
    lanes: Vec<u8>,
    margin: usize,
}

impl LaneRow {
    /// For blocks of routers whose neighbours are up to `reach` lanes away.
    pub(super) fn new(blocks: usize, reach: usize) -> Self {
        let margin = reach.next_multiple_of(LANES);
        Self { lanes: vec![0; blocks * LANES + 2 * margin], margin }
    }

    /// Sets the lanes of a block.
    #[inline(always)]
    pub(super) fn set(&mut self, block: usize, lanes: &Lanes) {
        self.lanes[self.margin + block * LANES..][..LANES].copy_from_slice(&lanes.0);
    }

    /// The lanes of the neighbours of a block's routers.
    #[inline(always)]
    pub(super) fn of_neighbours(&self, block: usize, offset: isize) -> Lanes {
        let at = (self.margin + block * LANES).wrapping_add_signed(offset);
        let mut lanes = Lanes::ZERO;
        lanes.0.copy_from_slice(&self.lanes[at..][..LANES]);
        lanes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_looked_at_one_by_one() {
        let lanes = Lanes::of(|lane| bit_if(lane % 9 == 4, lane as u8));
        let mut seen = Vec::new();
        lanes.each(|lane, value| seen.push((lane, value)));
        assert_eq!(seen, [4, 13, 22, 31, 40, 49, 58].map(|lane| (lane, lane as u8)));
        assert_eq!((lanes.most(), lanes.any()), (58, 4 | 13 | 22 | 31 | 40 | 49 | 58));
        assert_eq!((Lanes::ZERO.most(), Lanes::ZERO.any()), (0, 0));
        assert_eq!(Lanes::of(|lane| bit_if(lane == 63, 0x80)).any(), 0x80);
    }

    #[test]
    fn lanes_of_neighbours_are_shifted() {
        let mut row = LaneRow::new(2, 5);
        row.set(0, &Lanes::of(|lane| lane as u8));
        row.set(1, &Lanes::of(|lane| 64 + lane as u8));
        let seen = |block, offset| {
            let lanes = row.of_neighbours(block, offset);
            [lanes[0], lanes[63]]
        };
        assert_eq!((seen(0, 0), seen(0, 5), seen(1, -1)), ([0, 63], [5, 68], [63, 126]));
        // Beyond the ends there is nothing.
        assert_eq!((seen(0, -5)[0], seen(1, 5)[1]), (0, 0));
    }
}
