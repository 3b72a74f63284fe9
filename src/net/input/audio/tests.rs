//! The front end against real numbers, which `tests/readers/audio.py` computed with NumPy.

use super::*;
use crate::net::input::AudioProgram;
use crate::net::{Network, read};
use std::path::Path;

/// The signal of the recorded figures: a rising tone of steps, under a slow envelope.
fn chirp() -> Vec<i16> {
    (0..3000i64).map(|n| (((n * n / 7 + n * 131) % 4001 - 2000) * n.min(3000 - n)).div_euclid(500) as i16).collect()
}

/// Log-mel values of six frames in 20 bands.
const LOG_MEL: [[f64; 20]; 6] = [
    [
        0.00, 0.00, 14.64, 80.15, 58.96, 15.07, 78.08, 62.80, 64.96, 76.59, 69.00, 77.86, 76.94, 79.82, 82.82, 83.40,
        86.02, 88.26, 89.99, 91.95,
    ],
    [
        0.00, 0.46, 37.12, 32.69, 63.45, 122.65, 198.70, 165.17, 106.46, 112.42, 189.04, 185.45, 138.30, 185.02,
        188.63, 168.02, 195.92, 179.74, 195.13, 191.13,
    ],
    [
        0.00, 35.42, 65.91, 97.10, 75.10, 77.01, 130.19, 126.41, 233.80, 235.03, 166.02, 157.13, 174.04, 229.64,
        235.35, 198.09, 204.24, 240.37, 223.66, 222.34,
    ],
    [
        0.00, 29.95, 76.20, 93.16, 111.51, 101.21, 113.97, 123.34, 148.54, 148.93, 249.19, 244.41, 191.78, 182.91,
        183.85, 210.07, 255.00, 229.36, 207.68, 232.28,
    ],
    [
        2.83, 31.80, 38.18, 36.96, 44.11, 47.67, 52.61, 63.37, 71.09, 86.34, 107.15, 168.80, 241.84, 200.95, 133.31,
        125.92, 134.37, 196.46, 241.93, 179.97,
    ],
    [
        0.00, 0.00, 0.00, 2.98, 17.96, 0.37, 0.00, 26.91, 17.81, 33.40, 41.98, 59.99, 77.73, 149.71, 150.77, 118.78,
        91.18, 88.14, 96.48, 136.97,
    ],
];
/// Eight cepstral coefficients of four frames.
const MFCC: [[f64; 8]; 4] = [
    [62.55, 82.65, 112.07, 115.12, 120.36, 119.78, 119.96, 120.06],
    [152.44, 10.20, 84.98, 101.71, 129.67, 142.43, 133.36, 97.72],
    [146.10, 2.88, 95.40, 126.47, 137.01, 105.84, 96.13, 148.07],
    [54.44, 34.12, 133.84, 152.59, 112.11, 121.98, 146.85, 105.38],
];

fn speech() -> AudioFrontEnd {
    AudioFrontEnd::default()
}

/// The largest deviation of values from real numbers.
fn deviation<const N: usize>(values: &[u8], real: &[[f64; N]]) -> f64 {
    assert_eq!(values.len(), N * real.len());
    values.iter().zip(real.as_flattened()).map(|(value, real)| (f64::from(*value) - real).abs()).fold(0.0, f64::max)
}

#[test]
fn values_are_those_of_real_numbers() {
    let log_mel = AudioProgram::new(AudioFrontEnd { frames: 6, ..speech() }).features(&chirp());
    let off = deviation(&log_mel, &LOG_MEL);
    // Rounding alone is a half.
    assert!(off < 0.6, "{off}");
    let front_end = AudioFrontEnd { frames: 4, columns: 8, features: AudioFeatures::Mfcc, ..speech() };
    let off = deviation(&AudioProgram::new(front_end).features(&chirp()), &MFCC);
    assert!(off < 0.6, "{off}");
}

#[test]
fn loudness_does_not_matter_unless_it_is_asked_for() {
    let quiet: Vec<i16> = chirp().iter().map(|sample| sample / 4).collect();
    let of =
        |level, samples: &[i16]| AudioProgram::new(AudioFrontEnd { level, range: 40, ..speech() }).features(samples);
    let loudest = |values: Vec<u8>| values.into_iter().max();
    assert_eq!([chirp(), quiet.clone()].map(|samples| loudest(of(AudioLevel::Peak, &samples))), [Some(255); 2]);
    let [loud, soft] = [chirp(), quiet].map(|samples| loudest(of(AudioLevel::FullScale, &samples)).unwrap());
    // A quarter of the amplitude is four octaves of power: 255/10 of 40.
    assert!((25..=26).contains(&(loud - soft)), "{loud} {soft}");
    // A sine of full scale at the peak of a band is nearly the largest value.
    let program = AudioProgram::new(AudioFrontEnd { level: AudioLevel::FullScale, range: 40, frames: 1, ..speech() });
    let sine: Vec<i16> =
        (0..400).map(|n| (f64::from(n) * std::f64::consts::FRAC_PI_2).sin() * 32_767.0).map(|x| x as i16).collect();
    let most = loudest(program.features(&sine)).unwrap();
    assert!((250..=255).contains(&most), "{most}");
}

#[test]
fn any_recording_has_as_many_values() {
    let program = AudioProgram::new(speech());
    for samples in [0, 1, 79, 199, 200, 201, 5000] {
        assert_eq!(program.features(&vec![-32_768; samples]).len(), 32 * 20, "{samples}");
    }
    assert!(program.features(&[0; 1000]).iter().all(|value| *value == 0));
    let wide = AudioFrontEnd { sample_rate_hz: 192_000, window: 16_384, hop: 1, bands: 256, columns: 256, ..speech() };
    let loud: Vec<i16> = (0..20_000).map(|n| if n % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
    assert_eq!(AudioProgram::new(wide).features(&loud).len(), 32 * 256);
    assert_eq!(
        AudioProgram::new(speech()).multiplications(),
        32 * (400 + 4 * 128 * 8 + 2 * 129 + {
            let triangles = super::mel::bands(&speech());
            triangles.iter().map(|band| band.weights.len() as u64).sum::<u64>()
        })
    );
}

#[test]
fn a_sequence_has_all_frames_with_their_neighbours() {
    let (hop, window) = (80, 200);
    for samples in [0, 100, 200, 279, 280, 3000] {
        let sound: Vec<i16> = chirp()[..samples].to_vec();
        let frames = samples.saturating_sub(window) / hop + 1;
        let alone = AudioProgram::new(AudioFrontEnd { frames: frames as u32, ..speech() }).features(&sound);
        let program = AudioProgram::new(AudioFrontEnd { frames: 5, streams: true, ..speech() });
        let found = program.features(&sound);
        assert_eq!((found.len(), program.values(samples)), (frames * 5 * 20, (frames * 5 * 20) as u64));
        for (at, row) in found.chunks(20).enumerate() {
            let (frame, neighbour) = ((at / 5) as i64, (at % 5) as i64 - 2);
            let expected = (frame + neighbour).clamp(0, frames as i64 - 1) as usize;
            assert_eq!(row, &alone[expected * 20..][..20], "{samples} samples, frame {frame}, {neighbour}");
        }
    }
    assert_eq!(AudioProgram::new(speech()).values(3000), 32 * 20);
}

/// A network's file with an input.
fn file(input: &str) -> Result<crate::net::Architecture, String> {
    let text = format!(
        r#"{{"format": "spikemesh.network/1", "description": "d", "dataset": "fsdd", "input": {input},
            "layers": [{{"kind": "flatten"}}, {{"kind": "dense", "outputs": 9}}, {{"kind": "dense", "outputs": 10}}],
            "neuron": {{"model": "if", "threshold": 1.0, "reset": "subtract"}}, "time_steps": 4}}"#
    );
    let document = crate::json::Document::parse("test.json", &text).map_err(|error| error.to_string())?;
    match read(document, "test", Path::new(".")).map_err(|error| error.to_string())? {
        Network::Untrained(architecture) => Ok(architecture),
        _ => Err("another kind of network".into()),
    }
}

#[test]
fn a_network_file_says_how_recordings_become_values() {
    let found = file(r#"{"shape": [1, 32, 20], "audio": {"sample_rate_hz": 8000}}"#).unwrap();
    assert_eq!(found.audio, Some(speech()));
    let mfcc = r#"{"shape": [1, 30, 13], "audio": {"sample_rate_hz": 16000, "features": "mfcc", "hop": 100, "level": "full_scale"}}"#;
    let expected = AudioFrontEnd {
        sample_rate_hz: 16_000,
        window: 400,
        hop: 100,
        features: AudioFeatures::Mfcc,
        bands: 20,
        level: AudioLevel::FullScale,
        range: 16,
        frames: 30,
        streams: false,
        columns: 13,
    };
    let found = file(mfcc).unwrap();
    assert_eq!(found.audio, Some(expected));
    let sequence = r#"{"shape": [1, 5, 20], "audio": {"sample_rate_hz": 8000}, "frames": {"readout": "frame"}}"#;
    let found = file(sequence).unwrap();
    assert_eq!(found.audio, Some(AudioFrontEnd { frames: 5, streams: true, ..speech() }));
    let even = file(&sequence.replace("[1, 5", "[1, 4")).unwrap_err();
    assert!(even.contains("4 rows, expected an odd number"), "{even}");
    // As it is written it is read again.
    let again = format!(r#"{{"shape": [1, 30, 13], "audio": {}}}"#, expected.written());
    assert_eq!(file(&again).unwrap().audio, Some(expected));
    for (input, problem) in [
        (r#"{"shape": [2, 32, 20], "audio": {"sample_rate_hz": 8000}}"#, "input.shape: 2 channels"),
        (
            r#"{"shape": [1, 32, 20], "audio": {"sample_rate_hz": 8000, "bands": 21}}"#,
            "20 columns, expected one for each of 21",
        ),
        (r#"{"shape": [1, 32, 21], "audio": {"sample_rate_hz": 8000, "features": "mfcc"}}"#, "at most 20 coefficients"),
        (r#"{"shape": [1, 32, 120], "audio": {"sample_rate_hz": 8000}}"#, "holds no frequency of an FFT of 256 points"),
        (r#"{"shape": [1, 32, 20], "audio": {"window": 3}}"#, "input.audio.sample_rate_hz: missing"),
        (
            r#"{"shape": [1, 32, 20], "encoding": "spikes", "audio": {"sample_rate_hz": 8000}}"#,
            "input.encoding: found spikes",
        ),
    ] {
        let error = file(input).unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
}
