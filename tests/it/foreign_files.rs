//! Files that other programs wrote (`tests/fixtures`), read as data sets: images, sounds, archives, recordings of events.

use crate::common::repository;
use serde_json::Value;
use spikemesh::data::{self, Binning, Dataset};
use spikemesh::net::architecture::Shape;
use spikemesh::net::input::{AudioFrontEnd, AudioProgram};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    repository("tests/fixtures").join(name)
}

fn load_with(folder: &Path, reading: Binning) -> Result<Dataset, String> {
    data::load_with(folder.to_str().unwrap(), &[], reading).map_err(|error| error.to_string())
}

fn load(folder: &Path) -> Result<Dataset, String> {
    load_with(folder, Binning::of(4))
}

/// A folder with copies of a file in two classes of each part: 12 to train and 2 to test.
fn classes_of(file: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ending = file.rsplit('.').next().unwrap();
    for (part, count) in [("train", 6), ("test", 1)] {
        for class in ["b", "a"] {
            let place = folder.path().join(part).join(class);
            std::fs::create_dir_all(&place).unwrap();
            (0..count).for_each(|sample| {
                std::fs::copy(fixture(file), place.join(format!("{sample}.{ending}"))).unwrap();
            });
        }
    }
    folder
}

/// What Pillow reads, channel by channel.
fn by_pillow(values: &Value) -> (Shape, Vec<i32>) {
    let number = |value: &Value| value.as_i64().unwrap() as i32;
    let sides: Vec<usize> = values["shape"].as_array().unwrap().iter().map(|side| number(side) as usize).collect();
    let pixels: Vec<i32> = values["values"].as_array().unwrap().iter().map(number).collect();
    let (height, width, channels) = (sides[0], sides[1], sides.get(2).copied().unwrap_or(1));
    let turned = (0..channels).flat_map(|channel| pixels.iter().skip(channel).step_by(channels)).copied().collect();
    let [channels, height, width] = [channels, height, width].map(|side| side as u32);
    (Shape { channels, height, width }, turned)
}

#[test]
fn images_have_the_values_that_pillow_reads() {
    let all: Value = serde_json::from_str(&std::fs::read_to_string(fixture("images/values.json")).unwrap()).unwrap();
    // The standard leaves the last bit of a JPEG's transform open, and how halved colours are enlarged.
    for (name, most) in [
        ("rgb.png", 0),
        ("grey.png", 0),
        ("palette.png", 0),
        ("grey16.png", 0),
        ("full.jpg", 2),
        ("progressive.jpg", 2),
        ("grey.jpeg", 2),
        ("halved.jpg", 4),
    ] {
        let folder = classes_of(&format!("images/{name}"));
        let found = load(folder.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (shape, values) = by_pillow(&all[name]);
        assert_eq!((found.shape, found.classes, found.full_scale, found.steps), (shape, 2, 255, None), "{name}");
        let (read, _) = found.test.sample(0);
        let off = read.iter().zip(&values).map(|(read, value)| (i32::from(*read) - value).abs()).max();
        assert!(read.len() == values.len() && off <= Some(most), "{name}: {off:?}");
    }
    let error = load(classes_of("images/transparent.png").path()).unwrap_err();
    assert!(error.contains("transparent pixels") && error.contains("(read as PNG)"), "{error}");
}

#[test]
fn image_folders_are_divided_and_numbered_as_torchvision_does() {
    let folder = classes_of("images/grey.png");
    let found = load(folder.path()).unwrap();
    assert!(found.source.ends_with("classes in this order: a, b"), "{}", found.source);
    assert_eq!([found.train.len(), found.validation.len(), found.test.len()], [11, 1, 2]);
    // By name, not by number: "10" comes before "2".
    let plain = tempfile::tempdir().unwrap();
    for (class, file) in [("2", "rgb.png"), ("10", "palette.png")] {
        std::fs::create_dir(plain.path().join(class)).unwrap();
        (0..15).for_each(|sample| {
            std::fs::copy(fixture("images").join(file), plain.path().join(class).join(format!("{sample}.png")))
                .unwrap();
        });
    }
    let found = load(plain.path()).unwrap();
    assert!(found.source.ends_with("classes in this order: 10, 2"), "{}", found.source);
    assert_eq!([found.train.len(), found.validation.len(), found.test.len()], [21, 3, 6]);
    assert_eq!(found, load(plain.path()).unwrap(), "the division is the same every time");
    let parts = [&found.train, &found.validation, &found.test];
    assert_eq!(parts.iter().flat_map(|part| &part.labels).filter(|label| **label == 1).count(), 15);
    // Another size, a damaged file, and a file that is something else.
    let broken = plain.path().join("10/3.png");
    for (file, expected) in [("images/full.jpg", ""), ("images/grey.png", "others are 3x16x24; they must agree")] {
        std::fs::copy(fixture(file), &broken).unwrap();
        match load(plain.path()) {
            Ok(_) => assert_eq!(expected, "", "{file}: its bytes say what it is"),
            Err(error) => assert!(error.contains(expected) && error.starts_with(broken.to_str().unwrap()), "{error}"),
        }
    }
    std::fs::write(&broken, &std::fs::read(fixture("images/rgb.png")).unwrap()[..400]).unwrap();
    assert!(load(plain.path()).unwrap_err().contains("3.png: cannot be decoded"));
    std::fs::copy(fixture("arrays/stored.npz"), &broken).unwrap();
    assert!(load(plain.path()).unwrap_err().contains("3.png: is an .npz archive"));
}

#[test]
fn wave_files_become_the_values_of_the_front_end() {
    let front_end = AudioFrontEnd { frames: 6, ..AudioFrontEnd::default() };
    let reading = Binning { audio: Some(front_end), ..Binning::of(4) };
    let folder = classes_of("sounds/chirp.wav");
    let found = load_with(folder.path(), reading).unwrap();
    // The signal that Python's wave wrote.
    let chirp: Vec<i16> = (0..3000i64)
        .map(|n| (((n * n / 7 + n * 131) % 4001 - 2000) * n.min(3000 - n)).div_euclid(500) as i16)
        .collect();
    let values = AudioProgram::new(front_end).features(&chirp);
    assert_eq!((found.shape, found.test.sample(1)), (Shape { channels: 1, height: 6, width: 20 }, (&values[..], 1)));
    let noisy = load_with(folder.path(), Binning { snr_db: Some(10), ..reading }).unwrap();
    assert!(noisy.test.sample(0).0 != values && noisy.test.sample(0).0 != noisy.test.sample(1).0);
    assert!(noisy.notes.iter().any(|note| note.contains("10 dB below each")), "{:?}", noisy.notes);
    assert_eq!(noisy, load_with(folder.path(), Binning { snr_db: Some(10), ..reading }).unwrap());
    let fails = |folder: &Path, reading| load_with(folder, reading).unwrap_err();
    assert!(fails(folder.path(), Binning::of(4)).contains("add to its file \"input\": {\"audio\""));
    let other = AudioFrontEnd { sample_rate_hz: 16_000, ..front_end };
    let error = fails(folder.path(), Binning { audio: Some(other), ..reading });
    assert!(error.contains("8000 samples per second") && error.contains("sample_rate_hz is 16000"), "{error}");
    let error = fails(classes_of("sounds/stereo.wav").path(), reading);
    assert!(error.contains("2 channels of integers of 16 bits; expected 1 channel"), "{error}");
}

#[test]
fn archives_of_numpy_are_data_sets() {
    for name in ["stored.npz", "deflated.npz"] {
        let path = fixture("arrays").join(name);
        let found = load(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((found.shape, found.classes), (Shape { channels: 1, height: 2, width: 3 }, 3));
        assert_eq!([found.train.len(), found.validation.len(), found.test.len()], [22, 2, 2]);
        assert_eq!(found.test.pixels, (100..112).collect::<Vec<u8>>());
        assert_eq!(
            (found.test.labels.as_slice(), found.train.sample(3)),
            (&[2, 0][..], (&[18, 19, 20, 21, 22, 23][..], 0))
        );
        // Any damage is an error that names the archive.
        let folder = tempfile::tempdir().unwrap();
        let (bytes, copy) = (std::fs::read(&path).unwrap(), folder.path().join("copy.npz"));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            std::fs::write(&copy, &damaged).unwrap();
            if let Err(error) = load(&copy) {
                assert!(error.contains("copy.npz"), "{at}: {error}");
            }
            std::fs::write(&copy, &bytes[..at]).unwrap();
            assert!(load(&copy).unwrap_err().contains("copy.npz"), "{at} bytes");
        }
    }
}

/// Events of a JSON file as time, column, row and polarity.
#[cfg(feature = "events")]
fn events_of(file: &str) -> Vec<(u64, u16, u16, bool)> {
    let all: Vec<[u64; 4]> = serde_json::from_str(&std::fs::read_to_string(fixture(file)).unwrap()).unwrap();
    all.into_iter().map(|[t, x, y, on]| (t, x as u16, y as u16, on == 1)).collect()
}

#[cfg(feature = "events")]
#[test]
fn recordings_of_cameras_have_the_events_that_were_written() {
    use spikemesh::data::events::files::{aedat, prophesee_raw};
    for (file, read, events, sensor) in [
        ("evt2.raw", prophesee_raw::read as fn(&[u8]) -> _, "events/prophesee.json", None),
        ("evt3.raw", prophesee_raw::read, "events/prophesee.json", None),
        ("dvs128.aedat", aedat::read2, "events/aedat.json", Some([128, 128])),
        ("gesture.aedat", aedat::read3, "events/aedat.json", Some([128, 128])),
    ] {
        let bytes = std::fs::read(fixture("events").join(file)).unwrap();
        let found = read(&bytes).unwrap_or_else(|error: String| panic!("{file}: {error}"));
        let found_events: Vec<_> = found.events.iter().map(|event| (event.t_us, event.x, event.y, event.on)).collect();
        assert_eq!(found_events, events_of(events), "{file}");
        if let Some(sensor) = sensor {
            assert_eq!(found.sensor, Some(sensor), "{file}");
        }
    }
    let found = load(classes_of("events/gesture.aedat").path()).unwrap();
    assert_eq!((found.shape, found.steps), (Shape { channels: 2, height: 128, width: 128 }, Some(4)));
}
