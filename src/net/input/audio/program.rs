//! The front end as a program: tables made once, and the values of a recording from them.

use super::fft::Fft;
use super::mel::{self, MelBand, WEIGHT};
use super::{AudioFeatures, AudioFrontEnd, AudioLevel};
use std::f64::consts::PI;

/// Fraction bits of samples after pre-emphasis, and of a window.
const SAMPLE: u32 = 15;
/// What pre-emphasis takes away of the sample before: 0.97.
const EMPHASIS: i64 = 31_785;
/// Fraction bits of the values that are transformed.
const KEPT: u32 = 4;
/// Fraction bits of a logarithm.
const LOG: u32 = 8;
/// Fraction bits of the energy of a band.
const ENERGY: u32 = 2 * KEPT + WEIGHT;
/// Fraction bits of a cosine of the cepstral transform.
const COSINE: u32 = 15;
/// What coefficients other than the first are multiplied by, so that they use the range of a byte.
const GAIN: f64 = 2.0;

/// A front end with its tables.
#[derive(Clone, Debug)]
pub struct AudioProgram {
    front_end: AudioFrontEnd,
    hann: Vec<i64>,
    fft: Fft,
    bands: Vec<MelBand>,
    /// By coefficient and band.
    cosines: Vec<i64>,
    /// log2(1 + (i + 1/2) / 256).
    logarithms: [u16; 256],
    /// The logarithm of a sine of full scale.
    full_scale: i64,
}

impl AudioProgram {
    /// The program of a front end.
    pub fn new(front_end: AudioFrontEnd) -> Self {
        let (window, bands) = (front_end.window as usize, front_end.bands as usize);
        let one = f64::from(1u32 << SAMPLE);
        let hann = |k: usize| {
            let share = 0.5 - 0.5 * libm::cos(2.0 * PI * k as f64 / window as f64);
            libm::round(share * one) as i64
        };
        let cosine = |at: usize| {
            let (k, band) = (at / bands, at % bands);
            let scale = if k == 0 { 1.0 } else { GAIN * std::f64::consts::SQRT_2 };
            let angle = PI * k as f64 * (band as f64 + 0.5) / bands as f64;
            libm::round(scale * libm::cos(angle) * f64::from(1u32 << COSINE)) as i64
        };
        let count = if front_end.features == AudioFeatures::Mfcc { front_end.columns as usize } else { 0 };
        let logarithm =
            |i: usize| libm::round(libm::log2(1.0 + (i as f64 + 0.5) / 256.0) * f64::from(1u32 << LOG)) as u16;
        // A sine of amplitude 2^15 under a window of mean 1/2: its line is 2^15 window / 4.
        let full_scale = 2.0 * (15.0 + libm::log2(window as f64 / 4.0)) * f64::from(1u32 << LOG);
        Self {
            front_end,
            hann: (0..window).map(hann).collect(),
            fft: Fft::new(front_end.points()),
            bands: mel::bands(&front_end),
            cosines: (0..count * bands).map(cosine).collect(),
            logarithms: std::array::from_fn(logarithm),
            full_scale: libm::round(full_scale) as i64,
        }
    }

    /// Its front end.
    pub fn front_end(&self) -> &AudioFrontEnd {
        &self.front_end
    }

    /// Multiplications for a recording, or of sequences for a frame: of window and pre-emphasis, transforms, powers, bands and
    /// coefficients.
    pub fn multiplications(&self) -> u64 {
        let of_bands: usize = self.bands.iter().map(|band| band.weights.len()).sum();
        let (window, powers) = (2 * self.hann.len(), 2 * (self.front_end.points() / 2 + 1));
        let frame = (window + powers + of_bands + self.cosines.len()) as u64 + self.fft.multiplications();
        if self.front_end.streams { frame } else { u64::from(self.front_end.frames) * frame }
    }

    /// Number of values of a recording of that many samples.
    pub fn values(&self, samples: usize) -> u64 {
        let sequence = if self.front_end.streams { self.last_start(samples) as u64 + 1 } else { 1 };
        self.front_end.shape().neurons().saturating_mul(sequence)
    }

    /// The values of a recording: frames by columns, or of sequences by frame, neighbour and column.
    pub fn features(&self, samples: &[i16]) -> Vec<u8> {
        let of_frames = self.of_frames(samples);
        if !self.front_end.streams {
            return of_frames;
        }
        let columns = self.front_end.columns as usize;
        let (frames, rows) = (of_frames.len() / columns, self.front_end.frames as usize);
        let row = |frame: usize, row: usize| (frame + row).saturating_sub((rows - 1) / 2).min(frames - 1);
        let rows = (0..frames).flat_map(|frame| (0..rows).map(move |at| row(frame, at)));
        rows.flat_map(|at| of_frames[at * columns..][..columns].iter().copied()).collect()
    }

    /// The values of the frames of a recording that are picked.
    fn of_frames(&self, samples: &[i16]) -> Vec<u8> {
        let logarithms: Vec<i64> = self.starts(samples.len()).flat_map(|start| self.frame(samples, start)).collect();
        let (range, most) = (i64::from(self.front_end.range) << LOG, logarithms.iter().copied().max().unwrap_or(0));
        let top = match self.front_end.level {
            // Silence has no peak.
            AudioLevel::Peak => most.max(0),
            AudioLevel::FullScale => self.full_scale,
        };
        // Values with the fraction bits of a logarithm.
        let values: Vec<i64> = logarithms
            .iter()
            .map(|log| {
                let above = (log - top + range).clamp(0, range);
                rounded_ratio((255 * above) << LOG, range)
            })
            .collect();
        match self.front_end.features {
            AudioFeatures::LogMel => values.iter().map(|value| byte(shifted(*value, LOG))).collect(),
            AudioFeatures::Mfcc => values.chunks(self.bands.len()).flat_map(|frame| self.cepstrum(frame)).collect(),
        }
    }

    /// First samples of the frames that are picked of a recording of that many samples.
    fn starts(&self, samples: usize) -> impl Iterator<Item = usize> {
        let (hop, last) = (self.front_end.hop as usize, self.last_start(samples));
        let frames = if self.front_end.streams { last + 1 } else { self.front_end.frames as usize };
        let between = 2 * frames.saturating_sub(1).max(1);
        (0..frames).map(move |i| match frames {
            1 => last / 2 * hop,
            _ => (2 * i * last + between / 2) / between * hop,
        })
    }

    /// Number of the last frame of a recording of that many samples, from 0.
    fn last_start(&self, samples: usize) -> usize {
        samples.saturating_sub(self.hann.len()) / self.front_end.hop as usize
    }

    /// Logarithms of the energies of a frame's bands; beyond its end a recording is silent.
    fn frame(&self, samples: &[i16], start: usize) -> Vec<i64> {
        let sample = |at: usize| samples.get(at).map_or(0, |sample| i64::from(*sample));
        let mut values = vec![[0; 2]; self.front_end.points()];
        for (k, (value, window)) in values.iter_mut().zip(&self.hann).enumerate() {
            let at = start + k;
            let before = if at == 0 { 0 } else { EMPHASIS * sample(at - 1) };
            let emphasised = if at < samples.len() { (sample(at) << SAMPLE) - before } else { 0 };
            value[0] = shifted(emphasised * window, 2 * SAMPLE - KEPT);
        }
        self.fft.transform(&mut values);
        let square = |part: i64| u128::from(part.unsigned_abs()).pow(2);
        let powers: Vec<u128> = values[..=values.len() / 2].iter().map(|[re, im]| square(*re) + square(*im)).collect();
        self.bands
            .iter()
            .map(|band| {
                let of_band = powers[band.first..].iter().zip(&band.weights);
                self.logarithm(of_band.map(|(power, weight)| power * u128::from(*weight)).sum())
            })
            .collect()
    }

    /// Binary logarithm of an energy; silence counts as the smallest one.
    fn logarithm(&self, energy: u128) -> i64 {
        let energy = energy.max(1);
        let whole = energy.ilog2();
        let fraction = match whole.checked_sub(LOG) {
            Some(shift) => energy >> shift,
            None => energy << (LOG - whole),
        };
        let index = (fraction & 0xff) as usize;
        // An exact power of two has no fraction.
        let fraction = if energy.is_power_of_two() { 0 } else { i64::from(self.logarithms[index]) };
        (i64::from(whole) << LOG) + fraction - (i64::from(ENERGY) << LOG)
    }

    /// Cepstral coefficients of the values of a frame.
    fn cepstrum(&self, values: &[i64]) -> impl Iterator<Item = u8> {
        let bands = values.len() as i64;
        self.cosines.chunks(values.len()).enumerate().map(move |(k, cosines)| {
            let sum: i64 = values.iter().zip(cosines).map(|(value, cosine)| value * cosine).sum();
            let offset = if k == 0 { 0 } else { 128 };
            byte(offset + rounded_ratio(sum, bands << (COSINE + LOG)))
        })
    }
}

/// A number without its last bits, rounded half up.
fn shifted(value: i64, bits: u32) -> i64 {
    (value + (1 << (bits - 1))) >> bits
}

/// A quotient, rounded half up; the divisor is positive.
fn rounded_ratio(value: i64, by: i64) -> i64 {
    (2 * value + by).div_euclid(2 * by)
}

fn byte(value: i64) -> u8 {
    value.clamp(0, 255) as u8
}
