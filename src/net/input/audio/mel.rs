//! Bands of the mel scale: triangles over the frequencies of a Fourier transform.

use super::AudioFrontEnd;

/// Fraction bits of a weight.
pub(super) const WEIGHT: u32 = 15;

/// A triangle: the weights of the frequencies from `first` on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MelBand {
    pub(super) first: usize,
    pub(super) weights: Vec<u32>,
}

fn mel(hz: f64) -> f64 {
    2595.0 * libm::log10(1.0 + hz / 700.0)
}

fn hz(mel: f64) -> f64 {
    700.0 * (libm::pow(10.0, mel / 2595.0) - 1.0)
}

/// The triangles of a front end: their corners are evenly spaced on the mel scale, from 0 to half the sampling rate.
pub(super) fn bands(front_end: &AudioFrontEnd) -> Vec<MelBand> {
    let (points, rate) = (front_end.points(), f64::from(front_end.sample_rate_hz));
    let (count, top) = (front_end.bands as usize, mel(rate / 2.0));
    let corner = |index: usize| hz(top * index as f64 / (count + 1) as f64);
    let band = |index: usize| {
        let [low, peak, high] = [corner(index), corner(index + 1), corner(index + 2)];
        let weight = |k: usize| {
            let f = k as f64 * rate / points as f64;
            let share = ((f - low) / (peak - low)).min((high - f) / (high - peak)).max(0.0);
            libm::round(share * f64::from(1u32 << WEIGHT)) as u32
        };
        let all: Vec<u32> = (0..=points / 2).map(weight).collect();
        let first = all.iter().position(|weight| *weight > 0).unwrap_or(0);
        let last = all.iter().rposition(|weight| *weight > 0).map_or(first, |last| last + 1);
        MelBand { first, weights: all[first..last].to_vec() }
    };
    (0..count).map(band).collect()
}

/// The first band without any frequency.
pub(super) fn empty_band(front_end: &AudioFrontEnd) -> Option<usize> {
    bands(front_end).iter().position(|band| band.weights.is_empty())
}
