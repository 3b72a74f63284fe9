//! Pins of every net in every core, as a table.
//!
//! A search mostly asks whether a core has no pin of a net, or one: bits for that are adjacent, those of a net and 256
//! cores in one cache line, and only moves touch the numbers themselves.

use multiversion::multiversion;

#[derive(Clone, Debug)]
pub(super) struct PinCounts {
    cores: usize,
    /// Pairs of words for each net: which cores have any pin, and which have one.
    words: usize,
    bits: Vec<[u64; 2]>,
    pins: Vec<u16>,
}

/// Cores in a word.
const WORD: usize = u64::BITS as usize;

impl PinCounts {
    pub(super) fn new(nets: usize, cores: usize) -> Self {
        let words = cores.div_ceil(WORD);
        Self { cores, words, bits: vec![[0; 2]; nets * words], pins: vec![0; nets * cores] }
    }

    #[inline]
    fn place(&self, net: u32, core: u32) -> (usize, u64) {
        (net as usize * self.words + core as usize / WORD, 1 << (core as usize % WORD))
    }

    #[inline]
    pub(super) fn of(&self, net: u32, core: u32) -> u32 {
        self.pins[net as usize * self.cores + core as usize].into()
    }

    #[inline]
    pub(super) fn any(&self, net: u32, core: u32) -> bool {
        let (word, bit) = self.place(net, core);
        self.bits[word][0] & bit != 0
    }

    #[inline]
    pub(super) fn one(&self, net: u32, core: u32) -> bool {
        let (word, bit) = self.place(net, core);
        self.bits[word][1] & bit != 0
    }

    /// Adds the cost of the packets of a net to every core that hears none yet.
    pub(super) fn add_absent(&self, net: u32, weight: u32, ways: &[u16], costs: &mut [u64]) {
        add_unset(costs, weight, ways, &self.bits[net as usize * self.words..][..self.words]);
    }

    /// Adds a pin; gives the new number.
    #[inline]
    pub(super) fn add(&mut self, net: u32, core: u32) -> u32 {
        let pins = self.of(net, core) + 1;
        self.set(net, core, pins);
        pins
    }

    /// Removes a pin; gives the new number.
    #[inline]
    pub(super) fn take(&mut self, net: u32, core: u32) -> u32 {
        let pins = self.of(net, core) - 1;
        self.set(net, core, pins);
        pins
    }

    #[inline]
    fn set(&mut self, net: u32, core: u32, pins: u32) {
        self.pins[net as usize * self.cores + core as usize] = pins as u16;
        let (word, bit) = self.place(net, core);
        let [any, one] = &mut self.bits[word];
        *any = if pins > 0 { *any | bit } else { *any & !bit };
        *one = if pins == 1 { *one | bit } else { *one & !bit };
    }
}

/// Adds weighted distances where the first bit of a pair is not set.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn add_unset(sums: &mut [u64], weight: u32, ways: &[u16], bits: &[[u64; 2]]) {
    for ((sums, ways), [any, _]) in sums.chunks_mut(WORD).zip(ways.chunks(WORD)).zip(bits) {
        let len = sums.len().min(ways.len());
        let (sums, ways) = (&mut sums[..len], &ways[..len]);
        for at in 0..len {
            let mask = (any >> (at as u64 % 64) & 1).wrapping_sub(1);
            sums[at] += (u64::from(weight) * u64::from(ways[at])) & mask;
        }
    }
}
