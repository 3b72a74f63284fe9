//! White noise, added to recordings to see what a network still hears.

use crate::rng::{self, Domain, Normal, mix};

/// Seed of the noise.
const SEED: u64 = 1;

/// Gaussian noise of a power relative to that of each recording.
#[derive(Clone, Debug)]
pub(super) struct Noise {
    /// Amplitude of the noise by that of the recording.
    share: f64,
    normal: Normal,
}

impl Noise {
    /// Noise that is `snr_db` below a recording.
    pub(super) fn new(snr_db: u32) -> Self {
        Self { share: libm::pow(10.0, -f64::from(snr_db) / 20.0), normal: Normal::new() }
    }

    /// Adds noise to a recording, which has a number of its own.
    pub(super) fn add(&self, samples: &mut [i16], number: u64) {
        let square: u64 = samples.iter().map(|sample| u64::from(sample.unsigned_abs()).pow(2)).sum();
        let amplitude = libm::sqrt(square as f64 / samples.len().max(1) as f64) * self.share;
        let key = rng::key(SEED, Domain::Noise, number);
        for (at, sample) in (0u64..).zip(samples) {
            let noise = libm::round(self.normal.draw_real(mix(key ^ at)) * amplitude) as i32;
            *sample = (i32::from(*sample) + noise).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        }
    }
}
