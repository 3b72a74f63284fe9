//! Records are sorted by the time that they are of, as integers; only those of one tick are compared in full.

use super::Record;
use crate::units::Tick;

/// Sorts records that come in chunks, and keeps what is not final yet.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    /// Records that later ones may still come before.
    pending: Vec<Record>,
    sorted: Vec<Record>,
    /// Of each record: ticks after the first one, and its place in the chunk.
    keys: Vec<u64>,
    spare: Vec<u64>,
}

/// Bits of a pass of the radix sort, and how many buckets they make.
const DIGIT: u32 = 11;
const BUCKETS: usize = 1 << DIGIT;

/// Fewer records are compared.
const FEW: usize = 512;

impl Sorter {
    /// All records so far that are from before a tick, in their order, and not given before; the chunk is empty afterwards.
    pub(super) fn sort(&mut self, chunk: &mut Vec<Record>, until: Tick) -> &[Record] {
        chunk.append(&mut self.pending);
        self.sorted.clear();
        let (first, last) =
            chunk.iter().fold((Tick::MAX, 0), |(first, last), record| (first.min(record.tick), last.max(record.tick)));
        let range = last.saturating_sub(first);
        if u32::try_from(range.max(chunk.len() as u64)).is_err() {
            chunk.sort_unstable_by(Record::order);
            let ready = chunk.partition_point(|record| record.tick < until);
            self.pending.extend_from_slice(&chunk[ready..]);
            chunk.truncate(ready);
            std::mem::swap(&mut self.sorted, chunk);
            chunk.clear();
            return &self.sorted;
        }
        self.keys.clear();
        self.keys.extend((0..).zip(&*chunk).map(|(place, record)| (record.tick - first) << 32 | place));
        self.sort_keys(range);
        let ready = self.keys.partition_point(|key| first + (key >> 32) < until);
        let record = |key: &u64| chunk[*key as u32 as usize];
        self.sorted.extend(self.keys[..ready].iter().map(record));
        self.pending.extend(self.keys[ready..].iter().map(record));
        self.sorted.chunk_by_mut(|a, b| a.tick == b.tick).filter(|same| same.len() > 1).for_each(|same| {
            same.sort_unstable_by(Record::order);
        });
        chunk.clear();
        &self.sorted
    }

    /// Sorts the keys, of which none is further from the first than a range (ticks).
    fn sort_keys(&mut self, range: Tick) {
        if self.keys.len() < FEW {
            return self.keys.sort_unstable();
        }
        self.spare.clear();
        self.spare.resize(self.keys.len(), 0);
        let bits = u64::BITS - range.leading_zeros();
        for shift in (0..bits).step_by(DIGIT as usize).map(|digit| 32 + digit) {
            let bucket = |key: u64| (key >> shift) as usize % BUCKETS;
            let mut next = [0u32; BUCKETS];
            self.keys.iter().for_each(|key| next[bucket(*key)] += 1);
            let mut sum = 0;
            for place in &mut next {
                sum += std::mem::replace(place, sum);
            }
            for key in &self.keys {
                let place = &mut next[bucket(*key)];
                self.spare[*place as usize] = *key;
                *place += 1;
            }
            std::mem::swap(&mut self.keys, &mut self.spare);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Kind;
    use proptest::prelude::*;

    fn record((tick, node, serial): (Tick, u32, u64)) -> Record {
        Record { tick, node, port: 0, kind: Kind::Spike, channel: 0, serial, item: 0, value: 0, step: 0 }
    }

    proptest! {
        #[test]
        fn records_come_out_as_if_all_were_compared(
            chunks in prop::collection::vec((0..2_000usize, 0..6u32), 1..6),
            seed in any::<u64>(),
        ) {
            let (mut sorter, mut all, mut found) = (Sorter::default(), Vec::new(), Vec::new());
            let (mut draw, mut until) = (seed, 0);
            let mut next = |n: u64| {
                draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (draw >> 33) % n
            };
            for (count, span) in chunks {
                // Ticks from very close to each other to further apart than 32 bits.
                let span = [1, 30, 5_000, 1 << 22, 1 << 31, 1 << 36][span as usize];
                let mut chunk: Vec<Record> =
                    (0..count).map(|_| record((until + next(1 << 31) % span * (span >> 31).max(1), next(4) as u32, next(3)))).collect();
                all.extend_from_slice(&chunk);
                until += span / 2;
                let before = sorter.pending.len();
                let given = sorter.sort(&mut chunk, until).to_vec();
                prop_assert!(chunk.is_empty() && given.len() + sorter.pending.len() == before + count);
                prop_assert!(given.iter().all(|record| record.tick < until));
                found.extend(given);
            }
            found.extend_from_slice(sorter.sort(&mut Vec::new(), Tick::MAX));
            all.sort_unstable();
            prop_assert_eq!(found, all);
        }
    }
}
