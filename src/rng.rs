//! Random streams: one named, portable generator per (seed, domain, entity).
//!
//! A stream never depends on a thread or on the order in which streams are made, so results are the same for
//! any number of threads. The generator is xoshiro256++, whose output is fixed by its definition.

mod normal;

pub use normal::Normal;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// The generator behind every stream.
pub type Stream = Xoshiro256PlusPlus;

/// Use of a stream; two domains never share a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Initial weights of a layer.
    Weights = 1,
    /// Order of the training samples in an epoch.
    Shuffle = 2,
    /// Split of a data set into parts.
    Split = 3,
    /// Search for a placement.
    Placement = 4,
    /// Traffic of a source on a network on chip.
    Traffic = 6,
    /// Inputs dropped during training.
    Dropout = 5,
    /// Programming, faults and drift of the cells of a crossbar.
    Programming = 7,
    /// Noise of the reads of a crossbar.
    ReadNoise = 8,
    /// Shifts and mirror images of training samples.
    Augment = 9,
    /// Disturbed weights during training.
    Disturbance = 10,
    /// Spikes generated for an input.
    InputSpikes = 11,
    /// Spikes that stand for the values of a sample.
    SampleSpikes = 12,
    /// First points and candidates of a search.
    Search = 13,
    /// Noise that is added to training samples.
    InputNoise = 14,
    /// Noise that is added to recordings of sound.
    Noise = 20,
}

/// The finaliser of splitmix64 after its increment: a bijection of 64-bit words.
pub fn mix(x: u64) -> u64 {
    let mut x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The key of one entity: the seed of its stream, or the base of draws by number, hashed as `mix(key ^ n)`.
pub fn key(seed: u64, domain: Domain, entity: u64) -> u64 {
    mix(mix(seed ^ ((domain as u64) << 56)) ^ entity)
}

/// The stream of one entity.
pub fn stream(seed: u64, domain: Domain, entity: u64) -> Stream {
    Stream::seed_from_u64(key(seed, domain, entity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn mix_is_splitmix64() {
        // First outputs of splitmix64 seeded with 0 and 1234567 (Vigna's reference implementation).
        assert_eq!(mix(0), 0xE220_A839_7B1D_CDAF);
        assert_eq!(mix(1_234_567), 6_457_827_717_110_365_317);
    }

    #[test]
    fn streams_differ_by_every_part_of_their_name() {
        let first = |s, d, e| stream(s, d, e).next_u64();
        let base = first(1, Domain::Weights, 0);
        assert_eq!(base, first(1, Domain::Weights, 0));
        assert_ne!(base, first(2, Domain::Weights, 0));
        assert_ne!(base, first(1, Domain::Shuffle, 0));
        assert_ne!(base, first(1, Domain::Weights, 1));
    }
}
