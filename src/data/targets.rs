//! What networks learn to give: numbers that come with samples, or the class or the contents of a sample.

use crate::digest::{Digest, Stable};

/// Numbers that come with samples, each of 0 to 1, as whole numbers of a full scale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenTargets {
    numbers: TargetNumbers,
    each: usize,
    full_scale: u32,
}

/// The full scale of numbers that were real.
pub(super) const FINE: u16 = u16::MAX;

#[derive(Clone, Debug, PartialEq, Eq)]
enum TargetNumbers {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
}

/// What a network should give for a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SampleTarget<'a> {
    /// A class.
    Class(u8),
    /// A number for each output, in the order of the outputs.
    Numbers(WantedNumbers<'a>),
}

/// Numbers of 0 to 1 that a network should give for a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WantedNumbers<'a> {
    bytes: &'a [u8],
    words: &'a [u16],
    full_scale: u32,
}

impl<'a> WantedNumbers<'a> {
    /// No number.
    pub(super) const NONE: Self = Self { bytes: &[], words: &[], full_scale: 1 };

    /// Bytes, of which `full_scale` stands for 1.0.
    pub(super) fn of_bytes(bytes: &'a [u8], full_scale: u32) -> Self {
        Self { bytes, words: &[], full_scale }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.bytes.len() + self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers as shares of the full scale.
    pub fn shares(self) -> impl Iterator<Item = f64> + 'a {
        // One of the two is empty.
        let bytes = self.bytes.iter().map(|byte| u32::from(*byte));
        let all = bytes.chain(self.words.iter().map(|word| u32::from(*word)));
        all.map(move |number| f64::from(number) / f64::from(self.full_scale))
    }
}

impl GivenTargets {
    /// Bytes of 0 to `full_scale`, which stands for 1.0: `each` of them for each sample. `None` if that is not what they
    /// are.
    pub fn of_bytes(bytes: Vec<u8>, each: usize, full_scale: u8) -> Option<Self> {
        let fits = full_scale > 0 && bytes.iter().all(|byte| *byte <= full_scale);
        Self::new(TargetNumbers::Bytes(bytes), each, full_scale.into()).filter(|_| fits)
    }

    /// Words of which 65,535 stands for 1.0: `each` of them for each sample. `None` if there is no whole number of samples.
    pub fn of_words(words: Vec<u16>, each: usize) -> Option<Self> {
        Self::new(TargetNumbers::Words(words), each, FINE.into())
    }

    fn new(numbers: TargetNumbers, each: usize, full_scale: u32) -> Option<Self> {
        let found = Self { numbers, each, full_scale };
        (each > 0 && found.numbers().is_multiple_of(each)).then_some(found)
    }

    fn numbers(&self) -> usize {
        match &self.numbers {
            TargetNumbers::Bytes(bytes) => bytes.len(),
            TargetNumbers::Words(words) => words.len(),
        }
    }

    /// Numbers of a sample.
    pub fn each(&self) -> usize {
        self.each
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.numbers() / self.each
    }

    /// The numbers of a sample; none beyond the last.
    pub fn sample(&self, index: usize) -> WantedNumbers<'_> {
        let range = index.saturating_mul(self.each)..index.saturating_add(1).saturating_mul(self.each);
        let (bytes, words) = match &self.numbers {
            TargetNumbers::Bytes(bytes) => (bytes.get(range).unwrap_or_default(), &[][..]),
            TargetNumbers::Words(words) => (&[][..], words.get(range).unwrap_or_default()),
        };
        WantedNumbers { bytes, words, full_scale: self.full_scale }
    }

    /// Takes those of the samples from the one at `kept` on.
    pub(super) fn split_off(&mut self, kept: usize) -> Self {
        let at = kept * self.each;
        let numbers = match &mut self.numbers {
            TargetNumbers::Bytes(bytes) => TargetNumbers::Bytes(bytes.split_off(at)),
            TargetNumbers::Words(words) => TargetNumbers::Words(words.split_off(at)),
        };
        Self { numbers, ..*self }
    }

    /// Those of some samples.
    pub(super) fn select(&self, indices: &[u32]) -> Self {
        let chosen = || indices.iter().map(|index| self.sample(*index as usize));
        let numbers = match self.numbers {
            TargetNumbers::Bytes(_) => TargetNumbers::Bytes(chosen().flat_map(|one| one.bytes).copied().collect()),
            TargetNumbers::Words(_) => TargetNumbers::Words(chosen().flat_map(|one| one.words).copied().collect()),
        };
        Self { numbers, ..*self }
    }
}

impl Stable for GivenTargets {
    fn add_to(&self, digest: &mut Digest) {
        let Self { numbers, each, full_scale } = self;
        match numbers {
            TargetNumbers::Bytes(bytes) => digest.bytes(bytes),
            TargetNumbers::Words(words) => digest.add(words),
        }
        digest.add(each);
        digest.add(full_scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(numbers: WantedNumbers<'_>) -> Vec<f64> {
        numbers.shares().collect()
    }

    #[test]
    fn numbers_follow_their_samples() {
        let mut all = GivenTargets::of_bytes(vec![0, 4, 8, 16, 2, 2], 2, 16).unwrap();
        assert_eq!((all.each(), all.samples(), shares(all.sample(1))), (2, 3, vec![0.5, 1.0]));
        assert_eq!(shares(all.select(&[2, 0]).sample(1)), [0.0, 0.25]);
        let rest = all.split_off(1);
        assert_eq!((all.samples(), rest.samples(), shares(rest.sample(1))), (1, 2, vec![0.125, 0.125]));
        let fine = GivenTargets::of_words(vec![FINE, 0, 13_107], 1).unwrap();
        assert_eq!((shares(fine.sample(0)), shares(fine.select(&[2]).sample(0))), (vec![1.0], vec![0.2]));
        assert!(fine.sample(3).is_empty() && fine.sample(usize::MAX).is_empty());
    }

    #[test]
    fn what_is_no_target_is_refused() {
        assert_eq!(GivenTargets::of_bytes(vec![17, 0], 2, 16), None);
        assert_eq!(GivenTargets::of_bytes(vec![0; 3], 2, 16), None);
        assert_eq!(GivenTargets::of_bytes(vec![0; 2], 0, 16), None);
        assert_eq!(GivenTargets::of_bytes(vec![0; 2], 1, 0), None);
        assert_eq!(GivenTargets::of_words(vec![0; 5], 2), None);
    }
}
