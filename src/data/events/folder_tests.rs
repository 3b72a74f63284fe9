//! Tests of folders of event files and of arrays.

use super::tests::{array, nmnist_event};
use crate::data::{Dataset, Reading, load_with};
use crate::net::architecture::Shape;
use npyz::WriterBuilder;
use std::path::Path;

/// A folder with so many samples of each class: an event that moves right in one class, down in the other.
fn write_folder(folder: &Path, capital: bool, classes: [&str; 2], counts: [usize; 2]) {
    for (part, count) in ["train", "test"].into_iter().zip(counts) {
        let part = if capital { part[..1].to_uppercase() + &part[1..] } else { part.to_owned() };
        for (label, class) in classes.into_iter().enumerate() {
            let place = folder.join(&part).join(class);
            std::fs::create_dir_all(&place).unwrap();
            for sample in 0..count {
                let at = |step: u8| if label == 0 { (step, sample as u8) } else { (sample as u8, step) };
                let events = (0..10u8).map(|step| nmnist_event(100 * u32::from(step), at(step).0, at(step).1, true));
                let bytes: Vec<u8> = events.flatten().collect();
                std::fs::write(place.join(format!("{sample:05}.bin")), bytes).unwrap();
            }
        }
    }
}

fn load_folder(folder: &Path, steps: u32) -> Result<Dataset, String> {
    load_with(folder.to_str().unwrap(), &[], Reading::of(steps)).map_err(|error| error.to_string())
}

#[test]
fn a_folder_of_recordings_is_a_data_set() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), true, ["9", "10"], [12, 3]);
    std::fs::write(folder.path().join("Train/9/readme.txt"), "not a sample").unwrap();
    let found = load_folder(folder.path(), 5).unwrap();
    assert_eq!(found.notes, ["1 files in Train/9 were passed over: 1 ending in .txt"]);
    assert_eq!((found.shape, found.classes, found.steps), (Shape { channels: 2, height: 34, width: 34 }, 2, Some(5)));
    assert_eq!([found.train.len(), found.validation.len(), found.test.len()], [22, 2, 6]);
    // 9 comes before 10, and classes take turns.
    assert_eq!(
        (found.test.labels.as_slice(), found.validation.labels.as_slice()),
        (&[0, 1, 0, 1, 0, 1][..], &[0, 1][..])
    );
    assert!(found.source.contains("classes in this order: 9, 10"), "{}", found.source);
    let trains = crate::net::input::SpikeTrains::new(found.test.sample(2).0, 2 * 34 * 34);
    // Sample 1 of the first class moves along row 1, two columns in a step; ON is the second channel.
    let step: Vec<usize> = trains.step(3).collect();
    assert_eq!(step, [(34 + 1) * 34 + 6, (34 + 1) * 34 + 7]);
    assert_ne!(found.digest, load_folder(folder.path(), 4).unwrap().digest);
    let broken = folder.path().join("Test/10/00001.bin");
    std::fs::write(&broken, [1, 2, 3]).unwrap();
    let error = load_folder(folder.path(), 5).unwrap_err();
    assert!(
        error.starts_with(broken.to_str().unwrap())
            && error.contains("multiple of 5: an event takes as many (read as N-MNIST)"),
        "{error}"
    );
    std::fs::write(&broken, nmnist_event(1, 34, 0, true)).unwrap();
    assert!(load_folder(folder.path(), 5).unwrap_err().contains("at (34, 0), outside the sensor of 34 x 34"));
    // Said beside them, the sensor may be larger; or wrong.
    std::fs::write(folder.path().join("sensor.json"), r#"{"width": 35, "height": 34}"#).unwrap();
    assert_eq!(load_folder(folder.path(), 5).unwrap().shape, Shape { channels: 2, height: 34, width: 35 });
    std::fs::write(folder.path().join("sensor.json"), r#"{"width": 0}"#).unwrap();
    let error = load_folder(folder.path(), 5).unwrap_err();
    assert!(error.contains("sensor.json: width: found 0") && error.contains("height"), "{error}");
}

#[test]
fn folders_that_are_no_data_set_say_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("train")).unwrap();
    assert!(load_folder(folder.path(), 5).unwrap_err().contains("has no folder test; expected train/<class>/*"));
    write_folder(folder.path(), false, ["a", "b"], [4, 1]);
    assert!(load_folder(folder.path(), 5).unwrap_err().contains("8 training and 2 test samples; at least 12 and 1"));
    write_folder(folder.path(), false, ["a", "b"], [8, 1]);
    assert_eq!(load_folder(folder.path(), 5).unwrap().train.len(), 15);
    // Spike trains have steps and a shape of their own.
    let spikes = |steps: u64, neurons: u64| {
        let mut bytes = Vec::new();
        let mut writer =
            npyz::WriteOptions::new().default_dtype().shape(&[steps, neurons]).writer(&mut bytes).begin_nd().unwrap();
        writer.extend((0..steps * neurons).map(|i| (i % 2) as u8)).unwrap();
        writer.finish().unwrap();
        bytes
    };
    std::fs::remove_dir_all(folder.path().join("train")).unwrap();
    std::fs::remove_dir_all(folder.path().join("test")).unwrap();
    for (part, count) in [("train", 12), ("test", 1)] {
        for class in ["x", "y"] {
            std::fs::create_dir_all(folder.path().join(part).join(class)).unwrap();
            for sample in 0..count {
                std::fs::write(folder.path().join(part).join(class).join(format!("{sample}.npy")), spikes(5, 7))
                    .unwrap();
            }
        }
    }
    let found = load_folder(folder.path(), 5).unwrap();
    let trains = crate::net::input::SpikeTrains::new(found.test.sample(0).0, 7);
    assert_eq!((found.shape, trains.step(0).collect::<Vec<_>>()), (Shape::flat(7), vec![1, 3, 5]));
    assert!(
        load_folder(folder.path(), 4).unwrap_err().contains("spikes of 5 steps for a network of 4; give --steps 5")
    );
    std::fs::write(folder.path().join("test/y/0.npy"), spikes(5, 8)).unwrap();
    assert!(load_folder(folder.path(), 5).unwrap_err().contains("steps of 8, others are 7; they must agree"));
}

#[test]
fn arrays_of_many_samples_are_a_data_set() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes).unwrap();
    let spikes = |samples: usize| (0..samples * 4 * 6).map(|i| u8::from(i % 5 == 0)).collect::<Vec<u8>>();
    write("train_spikes.npy", array("'|b1'", "(24, 4, 1, 2, 3)", &spikes(24)));
    write("train_labels.npy", array("'|u1'", "(24,)", &(0..24).map(|i| i % 3).collect::<Vec<u8>>()));
    write("test_spikes.npy", array("'|u1'", "(2, 4, 1, 2, 3)", &spikes(2)));
    write("test_labels.npy", array("'|u1'", "(2,)", &[2, 0]));
    let found = load_folder(folder.path(), 4).unwrap();
    assert_eq!((found.shape, found.classes), (Shape { channels: 1, height: 2, width: 3 }, 3));
    assert_eq!([found.train.len(), found.validation.len(), found.test.len()], [22, 2, 2]);
    for (sample, split, first) in [(1, &found.test, 0), (1, &found.validation, 22)] {
        let trains = crate::net::input::SpikeTrains::new(split.sample(sample).0, 6);
        for (step, input) in (0..4).flat_map(|step| (0..6).map(move |input| (step, input))) {
            let at = ((first + sample) * 4 + step) * 6 + input;
            assert_eq!(trains.fires(step, input), at.is_multiple_of(5));
        }
    }
    assert!(
        load_folder(folder.path(), 5).unwrap_err().contains("spikes of 4 steps for a network of 5; give --steps 4")
    );
    for (bytes, expected) in [
        (array("'|u1'", "(2, 4, 6)", &spikes(2)), "training samples have steps of 1x2x3, test samples of 6"),
        (array("'|u1'", "(2, 24)", &spikes(2)), "expected [samples, steps, neurons]"),
        (array("'|u1'", "(3, 4, 1, 2, 3)", &spikes(3)), "3 samples, 2 labels"),
        (array("'|u1'", "(2, 4, 1, 2, 3)", &[2; 48]), "value 0 is 2, expected 0 or 1"),
        (array("'<f4'", "(2, 4, 1, 2, 3)", &[1; 192]), "expected 0 or 1"),
        (array("'<c8'", "(2, 4, 1, 2, 3)", &[0; 384]), "expected b1, u1 to u8, i1 to i8, f2, f4 or f8"),
    ] {
        write("test_spikes.npy", bytes);
        let error = load_folder(folder.path(), 4).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    std::fs::remove_file(folder.path().join("test_labels.npy")).unwrap();
    assert!(load_folder(folder.path(), 4).unwrap_err().contains("test_labels.npy: cannot be read"));
}
