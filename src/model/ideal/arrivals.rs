//! Arrivals of a step, put together by terminal and sorted.

use crate::ids::{AxonId, IdVec, TerminalId};
use crate::model::step_ends::IdealPacket;
use crate::units::Tick;

/// What comes to a terminal.
pub(super) trait Comes: Copy + Default {
    /// When it comes.
    fn at(&self) -> Tick;

    /// The axon that it is for.
    fn axon(&self) -> u32;
}

/// A packet that comes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Coming<L> {
    pub(super) at: Tick,
    pub(super) axon: u32,
    /// Time since it was ready (ticks).
    pub(super) way: u32,
    /// Its load, if that is not the axon.
    pub(super) load: L,
}

/// A packet in a step that is not long.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NearPacket {
    pub(super) at: u32,
    /// As in [`Coming`].
    pub(super) way: u32,
    pub(super) axon: u32,
    /// Synapses of the axon.
    pub(super) synapses: u32,
}

// There may be millions of them in a step.
const _: () = assert!(size_of::<Coming<()>>() == 16 && size_of::<NearPacket>() == 16 && size_of::<Coming<u32>>() == 24);

impl NearPacket {
    #[inline]
    pub(super) fn packet(&self) -> IdealPacket {
        let Self { at, way, axon, synapses } = *self;
        IdealPacket { at: at.into(), way: way.into(), axon: AxonId::new(axon), synapses }
    }
}

impl Comes for NearPacket {
    #[inline]
    fn at(&self) -> Tick {
        self.at.into()
    }

    #[inline]
    fn axon(&self) -> u32 {
        self.axon
    }
}

impl<L> Coming<L> {
    #[inline]
    pub(super) fn born(&self) -> Tick {
        self.at - Tick::from(self.way)
    }
}

impl<L: Copy + Default> Comes for Coming<L> {
    #[inline]
    fn at(&self) -> Tick {
        self.at
    }

    #[inline]
    fn axon(&self) -> u32 {
        self.axon
    }
}

/// Arrivals of a step by terminal, in blocks from one pool: no terminal's number is known before all have been sent.
#[derive(Debug)]
pub(super) struct Arrivals<A> {
    /// Blocks, of which the first ones are in use; memory is kept from step to step.
    pool: Vec<A>,
    used: u32,
    /// By block: the one before it at the same terminal.
    before: Vec<u32>,
    /// By terminal: the place for its next arrival. At the beginning of a block a new one is needed.
    next: IdVec<TerminalId, u32>,
    /// When the first and the last one come.
    first: Tick,
    last: Tick,
    /// The order of the arrivals of a terminal (time, and place in the pool), and the arrivals in that order.
    order: Vec<u64>,
    sorted: Vec<A>,
}

/// Arrivals of a block.
const BLOCK: u32 = 16;

/// No block.
const NO_BLOCK: u32 = u32::MAX;

impl<A: Comes> Arrivals<A> {
    pub(super) fn new(terminals: usize) -> Self {
        Self {
            pool: Vec::new(),
            used: 0,
            before: Vec::new(),
            next: IdVec::filled(0, terminals),
            first: Tick::MAX,
            last: 0,
            order: Vec::new(),
            sorted: Vec::new(),
        }
    }

    /// Begins another step; all arrivals have been taken.
    pub(super) fn clear(&mut self) {
        (self.used, self.first, self.last) = (0, Tick::MAX, 0);
    }

    #[inline]
    pub(super) fn push(&mut self, terminal: TerminalId, arrival: A) {
        let next = &mut self.next[terminal];
        if next.is_multiple_of(BLOCK) {
            if self.used as usize == self.before.len() {
                self.before.push(NO_BLOCK);
                self.pool.resize(self.pool.len() + BLOCK as usize, A::default());
            }
            // A terminal without any has 0 here, which gives that there is no block.
            self.before[self.used as usize] = (*next / BLOCK).wrapping_sub(1);
            *next = self.used * BLOCK;
            self.used += 1;
        }
        self.pool[*next as usize] = arrival;
        *next += 1;
        (self.first, self.last) = (self.first.min(arrival.at()), self.last.max(arrival.at()));
    }

    /// Takes the arrivals of a terminal, sorted by time, then by axon.
    pub(super) fn take(&mut self, terminal: TerminalId) -> &[A] {
        self.sorted.clear();
        let next = std::mem::take(&mut self.next[terminal]);
        if next == 0 {
            return &self.sorted;
        }
        let (mut block, mut end) = ((next - 1) / BLOCK, next);
        self.order.clear();
        // Where times are too far apart, they are compared below.
        let is_near = self.last - self.first <= Tick::from(u32::MAX);
        let first = if is_near { self.first } else { 0 };
        while block != NO_BLOCK {
            let places = block * BLOCK..end;
            let arrivals = &self.pool[places.start as usize..places.end as usize];
            self.order.extend(places.zip(arrivals).map(|(place, a)| (a.at() - first) << 32 | u64::from(place)));
            block = self.before[block as usize];
            end = block.wrapping_add(1).wrapping_mul(BLOCK);
        }
        if is_near {
            self.order.sort_unstable();
        }
        self.sorted.extend(self.order.iter().map(|place| self.pool[*place as u32 as usize]));
        if !is_near {
            self.sorted.sort_unstable_by_key(|arrival| (arrival.at(), arrival.axon()));
            return &self.sorted;
        }
        for same in self.sorted.chunk_by_mut(|a, b| a.at() == b.at()).filter(|same| same.len() > 1) {
            same.sort_unstable_by_key(A::axon);
        }
        &self.sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_arrivals_come_back_in_their_order(
            all in prop::collection::vec((0..5u32, prop_oneof![0..40u64, any::<u64>()], any::<u32>()), 0..400),
            again in prop::collection::vec((0..5u32, 0..40u64, 0..9u32), 0..100),
        ) {
            let mut arrivals = Arrivals::new(5);
            for round in [all, again] {
                for (terminal, at, axon) in &round {
                    arrivals.push(TerminalId::new(*terminal), Coming { at: *at, axon: *axon, way: 0, load: () });
                }
                for terminal in 0..5 {
                    let here = round.iter().filter(|(to, ..)| *to == terminal);
                    let mut expected: Vec<(Tick, u32)> = here.map(|(_, at, axon)| (*at, *axon)).collect();
                    expected.sort_unstable();
                    let found = arrivals.take(TerminalId::new(terminal));
                    prop_assert!(found.iter().map(|arrival| (arrival.at, arrival.axon)).eq(expected));
                }
                arrivals.clear();
            }
        }
    }
}
