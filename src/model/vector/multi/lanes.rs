//! Sets of virtual channels of many routers, a lane of a vector for each.
//!
//! Every function here is a loop over the lanes of a block, without a branch, which the compiler makes vector
//! instructions of.

use std::fmt::Debug;
use std::ops::{BitAnd, BitOr, BitOrAssign, BitXor, Not, Shl, Shr};

/// Ports of a router: four neighbours, and the terminal.
pub(super) const PORTS: usize = 5;

/// Port of the terminal.
pub(super) const LOCAL: usize = 4;

/// Routers of a block.
pub(super) const LANES: usize = 64;

/// A set of input VCs or of output VCs of a router, as bits: port x virtual channels + virtual channel. There is room for one
/// bit more.
pub trait ChannelSet:
    Copy
    + Debug
    + Default
    + Eq
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitOrAssign
    + BitXor<Output = Self>
    + Not<Output = Self>
    + Shl<usize, Output = Self>
    + Shr<usize, Output = Self>
{
    const EMPTY: Self;

    /// The set with the members of a word.
    fn from_bits(bits: u32) -> Self;

    /// The set as a word.
    fn bits(self) -> u32;

    /// The difference of two sets as numbers.
    fn minus(self, other: Self) -> Self;

    /// The set with one member.
    #[inline(always)]
    fn only(member: usize) -> Self {
        Self::from_bits(1 << member)
    }

    /// This set, if a condition holds; else another one.
    #[inline(always)]
    fn if_else(self, condition: bool, other: Self) -> Self {
        if condition { self } else { other }
    }

    #[inline(always)]
    fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// The lowest member.
    #[inline(always)]
    fn lowest(self) -> Self {
        self & Self::EMPTY.minus(self)
    }

    /// All that come after the only member.
    #[inline(always)]
    fn after(self) -> Self {
        !(self << 1).minus(Self::from_bits(1))
    }

    /// A round-robin arbiter: the first member within `turn`, the requesters whose turn it is; else the first of all.
    #[inline(always)]
    fn in_turn(self, turn: Self) -> Self {
        let first = self & turn;
        self.if_else(first.is_empty(), first).lowest()
    }
}

macro_rules! channel_set {
    ($($word:ty),+) => { $(
        impl ChannelSet for $word {
            const EMPTY: Self = 0;

            #[inline(always)]
            fn from_bits(bits: u32) -> Self {
                bits as Self
            }

            #[inline(always)]
            fn bits(self) -> u32 {
                self.into()
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
        }
    )+ };
}

channel_set!(u16, u32);

/// A set for each router of a block.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Plane<S>(pub(super) [S; LANES]);

impl<S: ChannelSet> Plane<S> {
    pub(super) const EMPTY: Self = Self([S::EMPTY; LANES]);

    /// Whether all sets are empty.
    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().fold(S::EMPTY, |all, set| all | *set).is_empty()
    }
}

/// Bits of a count of at most 64.
const DIGITS: usize = 7;

/// A count for each channel of each router of a block: binary digits, each a set of the channels that have it.
#[derive(Clone, Debug)]
pub(super) struct ChannelCounts<S> {
    digits: [Plane<S>; DIGITS],
    used: usize,
    /// Channels whose count is not 0.
    pub(super) some: Plane<S>,
}

impl<S: ChannelSet> ChannelCounts<S> {
    /// Counts of at most `most`: that for some channels, 0 for the others.
    pub(super) fn new(most: u16, full: S) -> Self {
        let used = (u16::BITS - most.leading_zeros()) as usize;
        let digit = |digit: usize| if most >> digit & 1 == 0 { S::EMPTY } else { full };
        let digits = std::array::from_fn(|at| Plane([digit(at); LANES]));
        Self { digits, used, some: Plane([full; LANES]) }
    }

    /// Counts one more for the members of each set.
    #[inline(always)]
    pub(super) fn increase(&mut self, members: &Plane<S>) {
        let mut carry = *members;
        for digit in &mut self.digits[..self.used] {
            for (digit, carry) in digit.0.iter_mut().zip(&mut carry.0) {
                (*digit, *carry) = (*digit ^ *carry, *digit & *carry);
            }
        }
        for (some, members) in self.some.0.iter_mut().zip(&members.0) {
            *some |= *members;
        }
    }

    /// Counts one less for the members of each set.
    #[inline(always)]
    pub(super) fn decrease(&mut self, members: &Plane<S>) {
        let mut borrow = *members;
        self.some = Plane::EMPTY;
        for digit in &mut self.digits[..self.used] {
            for ((digit, borrow), some) in digit.0.iter_mut().zip(&mut borrow.0).zip(&mut self.some.0) {
                (*digit, *borrow) = (*digit ^ *borrow, !*digit & *borrow);
                *some |= *digit;
            }
        }
    }

    /// Counts one less for a channel of a router.
    #[inline]
    pub(super) fn decrease_one(&mut self, lane: usize, channel: S) {
        let (mut borrow, mut some) = (channel, S::EMPTY);
        for digit in &mut self.digits[..self.used] {
            let digit = &mut digit.0[lane];
            (*digit, borrow) = (*digit ^ borrow, !*digit & borrow);
            some |= *digit;
        }
        self.some.0[lane] = some;
    }
}

/// The lanes whose byte is 1, as bits; the others are 0.
#[inline]
pub(super) fn ones(bytes: &[u8; LANES]) -> u64 {
    let mut bits = 0;
    for (at, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        // The product has byte i's bit at 56 + i.
        bits |= (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * at);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arbiters_are_cyclic() {
        let first = |turn: u32| 0b01_0110u32.in_turn(turn).trailing_zeros();
        // Turns from member 0, 1, … on.
        assert_eq!([0, 1, 2, 3, 4, 5].map(|from| first(!0 << from)), [1, 1, 2, 4, 4, 1]);
        assert_eq!(0b1000u16.after() & 0xff, 0xf0);
        assert_eq!(0u16.in_turn(!0), 0);
    }

    #[test]
    fn counts_are_those_of_each_channel() {
        let mut counts = ChannelCounts::<u16>::new(5, 0b110);
        let only = |lane: usize, set| {
            let mut plane = Plane::EMPTY;
            plane.0[lane] = set;
            plane
        };
        counts.decrease(&only(3, 0b010));
        counts.increase(&only(3, 0b011));
        for left in (0..5).rev() {
            counts.decrease_one(3, 0b100);
            assert_eq!(counts.some.0[3] & 0b100 != 0, left > 0);
        }
        assert_eq!((counts.some.0[3], counts.some.0[7]), (0b011, 0b110));
    }

    #[test]
    fn lanes_of_ones() {
        let mut bytes = [0; LANES];
        [0, 1, 7, 8, 35, 63].into_iter().for_each(|lane: usize| bytes[lane] = 1);
        assert_eq!(ones(&bytes), 1 | 1 << 1 | 1 << 7 | 1 << 8 | 1 << 35 | 1 << 63);
    }
}
