//! Spoken digits through the integer front end, against NumPy.

use crate::needs::{data, python};
use spikemesh::data::{self as sets, Binning};
use spikemesh::net::input::{AudioFrontEnd, AudioProgram};
use std::process::Command;

/// Recordings by their names' order, evenly picked.
fn recordings(count: usize) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(data("fsdd/recordings")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let step = paths.len() / count;
    paths.into_iter().step_by(step).take(count).collect()
}

/// The samples behind the header of 44 bytes that all recordings have.
fn samples(path: &std::path::Path) -> Vec<i16> {
    let bytes = std::fs::read(path).unwrap();
    bytes[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// Of this rounding to bytes takes a half.
pub fn values_are_within_a_unit_of_those_of_numpy() {
    let paths = recordings(60);
    let usual = AudioFrontEnd::default();
    let mfcc = AudioFrontEnd { columns: 13, features: spikemesh::net::input::AudioFeatures::Mfcc, ..usual };
    for (front_end, coefficients) in [(usual, "0"), (mfcc, "13")] {
        let script = crate::common::repository("tests/readers/audio.py");
        let output = Command::new(python())
            .arg(script)
            .args(["8000", "200", "80", "20", "32", coefficients, "16"])
            .args(&paths)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let real: Vec<f32> =
            output.stdout.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
        let program = AudioProgram::new(front_end);
        let values: Vec<u8> = paths.iter().flat_map(|path| program.features(&samples(path))).collect();
        assert_eq!(values.len(), real.len());
        let off = values.iter().zip(&real).map(|(value, real)| (f32::from(*value) - real).abs()).fold(0.0, f32::max);
        println!("{coefficients} coefficients: the largest deviation of {} values is {off:.3}", values.len());
        assert!(off < 1.0, "{off}");
    }
}

/// Speakers that are held out are in no other part, and every recording is in one part.
pub fn spoken_digits_are_divided_by_chance_and_by_speaker() {
    let folder = data("fsdd");
    let reading = Binning { audio: Some(AudioFrontEnd::default()), ..Binning::of(4) };
    for (name, sizes) in [("fsdd", [2100, 300, 600]), ("fsdd-theo", [2250, 250, 500])] {
        let found = sets::load_with(name, std::slice::from_ref(&folder), reading).unwrap();
        assert_eq!([found.train.len(), found.validation.len(), found.test.len()], sizes, "{name}");
        let of_class = |class: u8| {
            let parts = [&found.train, &found.validation, &found.test];
            parts.iter().flat_map(|part| &part.labels).filter(|label| **label == class).count()
        };
        assert!((0..10).all(|class| of_class(class) == 300), "{name}");
    }
    let theo = sets::load_with("fsdd-theo", std::slice::from_ref(&folder), reading).unwrap();
    // The words of the speaker alone, in the order of their names.
    let program = AudioProgram::new(AudioFrontEnd::default());
    let first = program.features(&samples(&folder.join("recordings/0_theo_0.wav")));
    assert_eq!(theo.test.sample(0), (&first[..], 0));
}

/// A word's frames have the class of their third of it, as sequences and each alone.
pub fn frames_of_spoken_digits_have_classes() {
    let folder = data("fsdd");
    let audio = AudioFrontEnd {
        frames: 11,
        columns: 13,
        features: spikemesh::net::input::AudioFeatures::Mfcc,
        ..Default::default()
    };
    let read = |streams| {
        let reading = Binning { audio: Some(AudioFrontEnd { streams, ..audio }), ..Binning::of(10) };
        sets::load_with("fsdd-states", std::slice::from_ref(&folder), reading).unwrap()
    };
    let (words, frames) = (read(true), read(false));
    assert_eq!([words.train.len(), words.validation.len(), words.test.len()], [2100, 300, 600]);
    assert_eq!((words.classes, words.test.pixels.len()), (30, frames.test.pixels.len()));
    let mut next = 0;
    for word in 0..words.test.len() {
        let (values, label) = words.test.sample(word);
        let count = words.test.frames_of(word).len();
        for frame in 0..count {
            let (alone, state) = frames.test.sample(next);
            assert_eq!(alone, &values[frame * 143..][..143]);
            assert_eq!((state, usize::from(state % 3)), (words.test.frame_label(word, frame), 3 * frame / count));
            assert_eq!(state / 3, label / 3);
            next += 1;
        }
    }
    assert_eq!(next, frames.test.len());
}
