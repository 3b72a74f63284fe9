//! Counters: operations per node in 64-bit integers, and bounded histograms.
//!
//! No energy here: energy is counts times a table of constants, computed in `report`.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

macro_rules! operations {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal),+ $(,)?) => {
        /// A counted operation. Its name is the key of its cost in a chip file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Op { $($(#[doc = $doc])* $variant),+ }

        impl Op {
            /// All operations, in order.
            pub const ALL: &'static [Op] = &[$(Op::$variant),+];
            /// Number of operations.
            pub const COUNT: usize = Op::ALL.len();
            /// Names of all operations, in order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];
            /// Descriptions of all operations, in order.
            pub const DESCRIPTIONS: &'static [&'static str] = &[$(concat!($($doc),*)),+];
        }
    };
}

operations! {
    /// A packet taken in by a core.
    AxonIn = "axon_in",
    /// A weight applied to an arrived spike (SOP).
    Synapse = "synapse",
    /// The same for a row that is stored without indices. Counted where a table of the chip prices formats apart.
    SynapseDense = "synapse_dense",
    /// The same for a row that is stored as a list with indices.
    SynapseSparse = "synapse_sparse",
    /// The same for a row of a core that stores equal rows of a convolution once.
    SynapseConv = "synapse_conv",
    /// An accumulator handed to the soma.
    Dendrite = "dendrite",
    /// A neuron looked at in a time step.
    SomaAccess = "soma_access",
    /// A neuron whose input, bias or membrane is not zero, on top of the access.
    SomaUpdate = "soma_update",
    /// A spike, on top of the update.
    SomaSpike = "soma_spike",
    /// An access of the core's second soma unit. Counted where a table of the chip prices units apart.
    SomaAccess2 = "soma_access_2",
    /// An access of the third one.
    SomaAccess3 = "soma_access_3",
    /// An access of the fourth one.
    SomaAccess4 = "soma_access_4",
    /// An update of the core's second soma unit.
    SomaUpdate2 = "soma_update_2",
    /// An update of the third one.
    SomaUpdate3 = "soma_update_3",
    /// An update of the fourth one.
    SomaUpdate4 = "soma_update_4",
    /// A spike of the core's second soma unit.
    SomaSpike2 = "soma_spike_2",
    /// A spike of the third one.
    SomaSpike3 = "soma_spike_3",
    /// A spike of the fourth one.
    SomaSpike4 = "soma_spike_4",
    /// A packet made by a core: one per spike and destination core.
    AxonOut = "axon_out",
    /// A packet handed to the router of its tile.
    Inject = "inject",
    /// A packet handed by the last router to its core.
    Eject = "eject",
    /// A flit over a link between columns.
    HopEw = "hop_ew",
    /// A flit over a link between rows.
    HopNs = "hop_ns",
    /// A flit to the column of the next higher number. Counted where a table of the chip prices directions apart.
    HopEast = "hop_east",
    /// A flit to the column of the next lower number.
    HopWest = "hop_west",
    /// A flit to the row of the next lower number.
    HopNorth = "hop_north",
    /// A flit to the row of the next higher number.
    HopSouth = "hop_south",
    /// A flit over a link between chips, which is neither of the two above.
    HopChip = "hop_chip",
    /// A read of a whole crossbar array.
    ArrayRead = "array_read",
    /// A crossbar row driven in an array read.
    RowDrive = "row_drive",
    /// A crossbar column converted in an array read.
    ColumnConversion = "column_conversion",
    /// A value or spike written by the host.
    HostWrite = "host_write",
    /// A multiply-accumulate of the encoding layer, off the chip.
    EncoderMac = "encoder_mac",
    /// A membrane read out by the host.
    Readout = "readout",
    /// A neuron's state cleared between inferences.
    Reset = "reset",
    /// A barrier between time steps.
    Barrier = "barrier",
    /// A tick of a core in use, busy or not: every core with neurons, from the begin of an inference to its end. Counted
    /// where a table of the chip has a price of it.
    CoreBusy = "core_busy",
}

impl Op {
    /// The name in files and reports.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The operation that this one is a kind of: its cost holds where this one has none of its own.
    pub fn general(self) -> Option<Self> {
        Self::KINDS.iter().find(|(_, kinds)| kinds.contains(&self)).map(|(general, _)| *general)
    }

    /// Operations of which there are kinds, with those. Which of them a chip counts is up to its tables.
    pub const KINDS: [(Self, &'static [Self]); 6] = [
        (Self::SomaAccess, &[Self::SomaAccess2, Self::SomaAccess3, Self::SomaAccess4]),
        (Self::SomaUpdate, &[Self::SomaUpdate2, Self::SomaUpdate3, Self::SomaUpdate4]),
        (Self::SomaSpike, &[Self::SomaSpike2, Self::SomaSpike3, Self::SomaSpike4]),
        (Self::Synapse, &[Self::SynapseDense, Self::SynapseSparse, Self::SynapseConv]),
        (Self::HopEw, &[Self::HopEast, Self::HopWest]),
        (Self::HopNs, &[Self::HopNorth, Self::HopSouth]),
    ];

    /// The kinds of an operation, none of most.
    pub fn kinds(self) -> &'static [Self] {
        Self::KINDS.iter().find(|(general, _)| *general == self).map_or(&[], |(_, kinds)| kinds)
    }
}

/// Counts of every operation.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts(pub [u64; Op::COUNT]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; Op::COUNT])
    }
}

impl Counts {
    /// Adds to the count of an operation.
    #[inline]
    pub fn add(&mut self, op: Op, n: u64) {
        self.0[op as usize] += n;
    }

    /// The count of an operation.
    #[inline]
    pub fn of(&self, op: Op) -> u64 {
        self.0[op as usize]
    }

    /// Adds all counts of another set.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// Takes off the counts of another set, which these hold.
    pub fn take_off(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine -= theirs;
        }
    }

    /// The count of an operation and of its kinds.
    pub fn with_kinds(&self, op: Op) -> u64 {
        self.of(op) + op.kinds().iter().map(|kind| self.of(*kind)).sum::<u64>()
    }

    /// Weights applied to arrived spikes, of all formats.
    pub fn synapses(&self) -> u64 {
        self.with_kinds(Op::Synapse)
    }

    /// Hops of all directions, within chips and between them.
    pub fn hops(&self) -> u64 {
        self.with_kinds(Op::HopEw) + self.with_kinds(Op::HopNs) + self.of(Op::HopChip)
    }
}

/// Values with their exact sum and, from counts of three significant digits, their quantiles.
///
/// The buckets are those of an HDR histogram: each value below [`EXACT`] has its own, and every doubling beyond that has
/// half as many. Their arithmetic is here, since a run records millions of values; quantiles are left to the library.
#[doc(hidden)]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Distribution {
    /// Counts by bucket, up to that of the largest value so far.
    counts: Vec<u64>,
    len: u64,
    sum: u128,
    least: u64,
    most: u64,
}

/// Limit of values that are resolved exactly, as a power of two, and the limit itself.
const EXACT_BITS: u32 = 11;
const EXACT: u64 = 1 << EXACT_BITS;

/// Buckets of a doubling.
const HALF: usize = EXACT as usize / 2;

/// Largest value that a histogram for quantiles is made for; those from twice that on count as this.
const HIGHEST: u64 = 1 << 50;

/// Number of buckets, and the one of values that are too large for all of them.
const BUCKETS: usize = bucket(2 * HIGHEST - 1) + 1;
const TOP: usize = bucket(HIGHEST);

/// The bucket of a value.
#[inline]
const fn bucket(value: u64) -> usize {
    let shift = (u64::BITS - EXACT_BITS) - (value | (EXACT - 1)).leading_zeros();
    shift as usize * HALF + (value >> shift) as usize
}

/// The least value of a bucket, and the largest.
fn values_of(bucket: usize) -> (u64, u64) {
    let shift = (bucket / HALF).saturating_sub(1);
    let least = ((bucket - shift * HALF) as u64) << shift;
    (least, least + (1 << shift) - 1)
}

impl Default for Distribution {
    fn default() -> Self {
        Self { counts: Vec::new(), len: 0, sum: 0, least: u64::MAX, most: 0 }
    }
}

impl Distribution {
    /// Notes a value. Memory is only taken for a value that is larger than all before.
    #[inline]
    pub fn record(&mut self, value: u64) {
        self.record_times(value, 1);
    }

    /// Notes a value several times.
    #[inline]
    pub fn record_times(&mut self, value: u64, times: u64) {
        let bucket = bucket(value);
        match self.counts.get_mut(bucket) {
            Some(count) => *count += times,
            None => self.record_large(bucket, times),
        }
        self.len += times;
        self.sum += u128::from(value) * u128::from(times);
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    /// Notes several values.
    #[inline]
    pub fn record_all(&mut self, values: impl Iterator<Item = u64>) {
        let Self { mut len, mut sum, mut least, mut most, .. } = *self;
        for value in values {
            let bucket = bucket(value);
            match self.counts.get_mut(bucket) {
                Some(count) => *count += 1,
                None => self.record_large(bucket, 1),
            }
            (len, sum) = (len + 1, sum + u128::from(value));
            (least, most) = (least.min(value), most.max(value));
        }
        (self.len, self.sum, self.least, self.most) = (len, sum, least, most);
    }

    /// Counts a value that is larger than all before.
    #[cold]
    fn record_large(&mut self, bucket: usize, times: u64) {
        let bucket = if bucket < BUCKETS { bucket } else { TOP };
        if self.counts.len() <= bucket {
            // All of a doubling, so that this is seldom.
            self.counts.resize((bucket + 1).next_multiple_of(HALF), 0);
        }
        self.counts[bucket] += times;
    }

    /// Adds all values of another distribution.
    pub fn merge(&mut self, other: &Self) {
        self.counts.resize(self.counts.len().max(other.counts.len()), 0);
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
        self.len += other.len;
        self.sum += other.sum;
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
    }

    /// Whether its parts can be together, as those that were read from a text.
    pub(crate) fn is_sound(&self) -> bool {
        let all = self.counts.iter().try_fold(0u64, |sum, count| sum.checked_add(*count));
        let is_between = match self.len {
            0 => self.sum == 0,
            len => {
                let sums = [self.least, self.most].map(|value| u128::from(value) * u128::from(len));
                (sums[0]..=sums[1]).contains(&self.sum)
            }
        };
        all == Some(self.len) && is_between && self.counts.len() <= BUCKETS.next_multiple_of(HALF)
    }

    /// Buckets that are in use, with their counts.
    fn buckets(&self) -> impl Iterator<Item = (usize, u64)> {
        (0..).zip(self.counts.iter().copied()).filter(|(_, count)| *count > 0)
    }

    /// Number of values.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Exact sum of all values.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// Mean from the exact sum; 0 without values.
    pub fn mean(&self) -> f64 {
        if self.is_empty() { 0.0 } else { self.sum as f64 / self.len() as f64 }
    }

    /// The smallest value with at least a share of all values at or below it, to three digits; 0 without values.
    pub fn quantile(&self, share: f64) -> u64 {
        if self.is_empty() {
            return 0;
        }
        let mut all =
            Histogram::<u64>::new_with_bounds(1, HIGHEST, 3).expect("the bounds are constants that fit each other");
        for (bucket, count) in self.buckets() {
            all.saturating_record_n(values_of(bucket).0, count);
        }
        // A bucket stands for its highest value, which may exceed all recorded values.
        all.value_at_quantile(share).clamp(self.least, self.most)
    }

    /// Counts of the values by steps of a width, from zero: the last one also has all that is larger. Values are of three
    /// digits.
    pub fn counts(&self, width: u64, steps: usize) -> Vec<u64> {
        let mut counts = vec![0; steps];
        for (bucket, count) in self.buckets() {
            // A bucket stands for its highest value, which may exceed all recorded values.
            let step = values_of(bucket).1.min(self.most) / width.max(1);
            if let Some(sum) = counts.get_mut((step as usize).min(steps.saturating_sub(1))) {
                *sum += count;
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_all_values_and_the_last_one_what_is_larger() {
        let mut all = Distribution::default();
        [0, 9, 10, 19, 1500, 1 << 40].into_iter().for_each(|value| all.record(value));
        assert_eq!(all.counts(10, 3), [2, 2, 2]);
        assert_eq!(all.counts(1000, 3), [4, 1, 1]);
        assert_eq!((all.counts(10, 0), Distribution::default().counts(0, 2)), (vec![], vec![0, 0]));
    }

    #[test]
    fn names_and_operations_agree() {
        assert_eq!(Op::ALL.len(), Op::NAMES.len());
        assert!(Op::ALL.iter().enumerate().all(|(i, op)| *op as usize == i));
    }

    #[test]
    fn buckets_are_those_of_the_library() {
        let mut draw = 7u64;
        for bits in 0..64 {
            draw = draw.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ draw >> 29;
            let power = 1u64 << bits;
            for value in [power - 1, power, power + 1, power | draw & (power - 1)] {
                let (mut own, mut all) =
                    (Distribution::default(), Histogram::<u64>::new_with_bounds(1, HIGHEST, 3).unwrap());
                let others = [3, value / 3, value];
                others.iter().for_each(|value| {
                    own.record(*value);
                    all.saturating_record(*value);
                });
                let most = value.max(3);
                for share in [0.0, 0.3, 0.5, 0.9, 1.0] {
                    let expected = all.value_at_quantile(share).clamp(3.min(value / 3), most);
                    assert_eq!(own.quantile(share), expected, "{value}, {share}");
                }
                if value < 2 * HIGHEST {
                    let (least, largest) = values_of(bucket(value));
                    assert_eq!(
                        (all.lowest_equivalent(value), all.highest_equivalent(value)),
                        (least, largest),
                        "{value}"
                    );
                }
            }
        }
    }

    #[test]
    fn merging_is_the_same_as_recording_all() {
        let (mut a, mut b, mut all) = (Distribution::default(), Distribution::default(), Distribution::default());
        let mut at_once = Distribution::default();
        at_once.record_all((0..1000).map(|v| v * v));
        for v in 0..1000u64 {
            if v % 3 == 0 {
                a.record(v * v)
            } else {
                b.record(v * v)
            }
            all.record(v * v);
        }
        a.merge(&b);
        assert_eq!((a.sum(), a.len(), a.quantile(0.99)), (all.sum(), all.len(), all.quantile(0.99)));
        let found = |of: &Distribution| (of.sum(), of.len(), [0.0, 0.3, 1.0].map(|share| of.quantile(share)));
        assert_eq!(found(&at_once), found(&all));
        let mut one = Distribution::default();
        one.record(102_400);
        assert_eq!(one.quantile(0.5), 102_400);
        let exact = 499 * 499;
        assert!((a.quantile(0.5) as f64 - exact as f64).abs() <= exact as f64 / 500.0);
    }
}
