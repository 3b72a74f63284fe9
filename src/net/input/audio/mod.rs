//! The audio front end: what a host makes of a recording before a network reads it, in integers only.
//!
//! ```text
//! y[n] = x[n] - 31785/32768 x[n-1]                   pre-emphasis, 15 fraction bits, exact
//! f[k] = y[start + k] h[k]                           periodic Hann window h of 15 bits; 4 fraction bits are kept
//! P    = |FFT(f)|^2                                  radix 2, twiddles of 28 bits, each product rounded; 8 fraction bits
//! E_b  = Σ w_b P                                     triangles on the mel scale 2595 log10(1 + Hz/700), 15 bits
//! m_b  = log2 E_b                                    8 fraction bits, from a table of 256 entries
//! v_b  = 255 (m_b - top + range) / range             clamped to 0..255; top: the largest m, at least 0, or full scale
//! ```
//!
//! `log_mel` gives `v`. `mfcc` gives its discrete cosine transform over the bands: coefficient 0 is the mean of `v`, and
//! coefficient k is `128 + 2 √2 mean(v_b cos(π k (b + 1/2) / B))`, clamped to 0..255.
//!
//! The frames of a recording are picked so that each has as many, whatever its length: number i of F is the frame nearest
//! to `i (n - 1) / (F - 1)` of n. Where samples are sequences of frames, no frame is picked: a sample has all frames of its
//! recording, each with its neighbours, so that row r of R is frame `i + r - (R - 1) / 2`; those beyond an end are the frame
//! at that end. A training and a chip's host run the same program, so that they read the same values.

mod fft;
mod mel;
mod program;
#[cfg(test)]
mod tests;

pub use program::AudioProgram;

use crate::digest::{Digest, Stable, all_fields};
use crate::json::Object;
use crate::json::record::{record, words};
use crate::json::shape::{optional, or, whole, word};
use crate::net::input::shape::Shape;
use serde_json::{Value, json};

words! {
    /// What a front end gives for a frame.
    pub enum AudioFeatures derive(Default) {
        /// The logarithm of the energy in bands of the mel scale.
        #[default]
        LogMel = "log_mel",
        /// Cepstral coefficients of these.
        Mfcc = "mfcc",
    }
}

words! {
    /// What the largest value of a front end stands for.
    pub enum AudioLevel derive(Default) {
        /// The loudest band of the recording's own frames: loudness does not matter.
        #[default]
        Peak = "peak",
        /// A sine of full scale.
        FullScale = "full_scale",
    }
}

/// Bands of cepstral coefficients, where nothing is said.
const MFCC_BANDS: u32 = 20;
/// Octaves of power that values span, where nothing is said: 48 dB.
const RANGE: u32 = 16;
/// Most samples of a frame.
const MAX_WINDOW: u32 = 16_384;
/// Most bands.
const MAX_BANDS: u32 = 256;

record! {
    /// How a recording becomes values: a row for each frame, a column for each band or coefficient.
    pub(in crate::net) struct AudioFields as "Audio" {
        /// Samples per second of the recordings, 1,000 to 192,000; others are refused.
        sample_rate_hz: u32 = whole(1_000..=192_000);
        /// Samples of a frame, 16 to 16,384; those of 25 ms if left out.
        window: Option<u32> = optional(whole(16..=MAX_WINDOW));
        /// Samples from the begin of a frame to that of the next, 1 to 16,384; those of 10 ms if left out.
        hop: Option<u32> = optional(whole(1..=MAX_WINDOW));
        /// What a frame gives: "log_mel" (energies of mel bands, as logarithms) or "mfcc" (cepstral coefficients).
        features: AudioFeatures = or(word(), AudioFeatures::LogMel, AudioFeatures::LogMel.name());
        /// Mel bands, 1 to 256; if left out 20 for "mfcc", else as many as there are columns.
        bands: Option<u32> = optional(whole(1..=MAX_BANDS));
        /// What the largest value stands for: "peak" (the loudest band of the recording) or "full_scale" (a sine of full scale).
        level: AudioLevel = or(word(), AudioLevel::Peak, AudioLevel::Peak.name());
        /// Octaves of power from the value 0 to the largest, 1 to 64; an octave is 3 dB.
        range: u32 = or(whole(1..=64), RANGE, RANGE);
    }
}

/// An audio front end with all of its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioFrontEnd {
    /// Samples per second of recordings.
    pub sample_rate_hz: u32,
    /// Samples of a frame.
    pub window: u32,
    /// Samples between the begins of frames.
    pub hop: u32,
    /// What a frame gives.
    pub features: AudioFeatures,
    /// Bands of the mel scale.
    pub bands: u32,
    /// What the largest value stands for.
    pub level: AudioLevel,
    /// Octaves of power that values span.
    pub range: u32,
    /// Frames of a recording: rows of a sample. Of sequences, a frame with its neighbours.
    pub frames: u32,
    /// Whether a sample is the sequence of all frames of a recording.
    pub streams: bool,
    /// Values of a frame: columns of a sample.
    pub columns: u32,
}

all_fields! {
    enum AudioFeatures { 0 = LogMel, 1 = Mfcc }
    enum AudioLevel { 0 = Peak, 1 = FullScale }
}

impl Stable for AudioFrontEnd {
    fn add_to(&self, digest: &mut Digest) {
        let Self { sample_rate_hz, window, hop, features, bands, level, range, frames, streams, columns } = self;
        digest.add(&((sample_rate_hz, window), (hop, features)));
        digest.add(&((bands, level), range));
        digest.add(&(frames, columns));
        // Pictures keep the digests that they had before there were sequences of sound.
        if *streams {
            digest.add(streams);
        }
    }
}

impl Default for AudioFrontEnd {
    /// Log-mel energies of 20 bands and 32 frames, of speech at 8 kHz.
    fn default() -> Self {
        Self {
            sample_rate_hz: 8_000,
            window: 200,
            hop: 80,
            features: AudioFeatures::LogMel,
            bands: 20,
            level: AudioLevel::Peak,
            range: RANGE,
            frames: 32,
            streams: false,
            columns: 20,
        }
    }
}

impl AudioFrontEnd {
    /// Shape of its samples.
    pub fn shape(&self) -> Shape {
        Shape { channels: 1, height: self.frames, width: self.columns }
    }

    /// The front end of a file for samples of a shape; problems are reported at the fields of `input`.
    pub(in crate::net) fn of_fields(
        fields: &AudioFields,
        (shape, streams): (Shape, bool),
        input: &Object<'_>,
    ) -> Option<Self> {
        let problem = |field: &str, message: String| input.get(field).map_or((), |cursor| cursor.problem(message));
        if shape.channels != 1 {
            problem("shape", format!("{} channels; a recording gives 1: frames are rows", shape.channels));
            return None;
        }
        if streams && shape.height.is_multiple_of(2) {
            let message =
                format!("{} rows, expected an odd number: a frame, and as many before as after it", shape.height);
            problem("shape", message);
            return None;
        }
        let bands = fields.bands.unwrap_or(match fields.features {
            AudioFeatures::LogMel => shape.width.min(MAX_BANDS),
            AudioFeatures::Mfcc => MFCC_BANDS,
        });
        let most = match fields.features {
            AudioFeatures::LogMel if bands != shape.width => {
                problem("shape", format!("{} columns, expected one for each of {bands} mel bands", shape.width));
                return None;
            }
            _ => bands,
        };
        if shape.width > most {
            problem("shape", format!("{} columns; {bands} mel bands give at most {most} coefficients", shape.width));
            return None;
        }
        let rate = fields.sample_rate_hz;
        let made = Self {
            sample_rate_hz: rate,
            window: fields.window.unwrap_or((rate / 40).max(16)),
            hop: fields.hop.unwrap_or((rate / 100).max(1)),
            features: fields.features,
            bands,
            level: fields.level,
            range: fields.range,
            frames: shape.height,
            streams,
            columns: shape.width,
        };
        match mel::empty_band(&made) {
            None => Some(made),
            Some(band) => {
                let points = made.points();
                problem(
                    "audio",
                    format!(
                        "mel band {} of {bands} holds no frequency of an FFT of {points} points; use fewer",
                        band + 1
                    ),
                );
                None
            }
        }
    }

    /// Points of its Fourier transform: the power of two that holds a frame.
    pub(super) fn points(&self) -> usize {
        (self.window as usize).next_power_of_two()
    }

    /// As a file says it.
    pub(in crate::net) fn written(&self) -> Value {
        let Self { sample_rate_hz, window, hop, features, bands, level, range, frames: _, streams: _, columns: _ } =
            self;
        json!({
            "sample_rate_hz": sample_rate_hz,
            "window": window,
            "hop": hop,
            "features": features.name(),
            "bands": bands,
            "level": level.name(),
            "range": range,
        })
    }
}
