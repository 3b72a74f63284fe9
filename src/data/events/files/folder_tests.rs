//! Tests of folders of event files and of arrays.

use super::tests::{aedat4_file, array, event, nmnist_event, packet_of};
use crate::data::{Binning, Dataset, load_with};
use crate::net::architecture::Shape;
use npyz::WriterBuilder;
use std::path::Path;

/// A folder with a number of samples of each class: an event that moves right in one class, down in the other.
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
    load_with(folder.to_str().unwrap(), &[], Binning::of(steps)).map_err(|error| error.to_string())
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
    // 9 comes before 10, and classes alternate.
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
    // A sensor size given in a file may be larger; or wrong.
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
    // Spike trains have their own steps and shape.
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

/// A valid folder of two classes, and its data set.
fn sound() -> (tempfile::TempDir, Dataset) {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), false, ["a", "b"], [8, 2]);
    let found = load_folder(folder.path(), 5).unwrap();
    (folder, found)
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn hidden_things_are_no_classes_and_no_samples() {
    let (folder, wanted) = sound();
    for name in [".ipynb_checkpoints/keep", "__MACOSX/a/._00000.bin", "a/.00000.bin.swp", "a/._00000.bin", ".DS_Store"]
    {
        for part in ["train", "test"] {
            put(folder.path(), &format!("{part}/{name}"), b"xx");
        }
    }
    std::fs::create_dir_all(folder.path().join("train/a/.cache")).unwrap();
    assert_eq!(load_folder(folder.path(), 5).unwrap(), wanted);
}

/// Every skipped file is reported, and files that look like data are an error.
#[test]
fn nothing_is_passed_over_in_silence() {
    type Case<'c> = (&'c [(&'c str, &'c [u8])], &'c [&'c str]);
    let cases: &[Case<'_>] = &[
        (
            &[("test/a/x.aer", b"?"), ("test/a/y.AER", b"?"), ("test/a/z.npz", b"PK\x03\x04")],
            &["test/a: 3 files are not read, 2 are: 2 ending in .aer (a recording in AEDAT 1;", "1 ending in .npz ("],
        ),
        (
            &[("train/b/x.h5", b"\x89HDF\r\n\x1a\n")],
            &["train/b: 1 files are not read, 8 are", "an HDF5 file; save its arrays"],
        ),
        (&[("train/b/x", b"0.1 2 3 1\n0.2 3 4 0\n")], &["1 without an ending (a table of text"]),
        (
            &[("test/c/x.txt", b"words"), ("test/c/y", b"")],
            &["test/c: 2 files are not read, 0 are: 1 without an ending, 1 ending in .txt"],
        ),
        (&[("test/c/x.png", b"\x89PNG")], &["test/c: 1 files are not read, 0 are: 1 ending in .png"]),
        (
            &[("train/a/more/x.bin", b"")],
            &["train/a holds folders (1); samples must be in the folder of their class itself"],
        ),
        (&[("train/x.bin", b"")], &["train holds samples (1) outside of the folders of its classes"]),
        (&[("train/a/x.bin", b"\x89HDF\r\n\x1a\n12")], &["x.bin: is an HDF5 file", "its name says N-MNIST"]),
        // All problems at once.
        (
            &[("train/a/x.dvs", b"#!AER-DAT1.0\r\n"), ("test/b/x.csv", b"t,x")],
            &["train/a: 1 files", "AEDAT 1", "; test/b: 1 files"],
        ),
    ];
    for (files, expected) in cases {
        let (folder, _) = sound();
        files.iter().for_each(|(name, bytes)| put(folder.path(), name, bytes));
        let error = load_folder(folder.path(), 5).unwrap_err();
        assert!(expected.iter().all(|text| error.contains(text)), "{files:?}: {error}");
    }
}

#[test]
fn empty_classes_are_errors_and_other_files_are_noted() {
    // A named class without any sample shifts the labels of the classes after it.
    let (folder, wanted) = sound();
    std::fs::create_dir(folder.path().join("train/aa")).unwrap();
    let error = load_folder(folder.path(), 5).unwrap_err();
    assert!(error.contains("the folders of class aa are empty; remove them"), "{error}");
    // A class that only the test part lacks, or that holds only texts, is noted.
    std::fs::remove_dir(folder.path().join("train/aa")).unwrap();
    put(folder.path(), "train/c/0.bin", &nmnist_event(1, 2, 3, true));
    put(folder.path(), "test/a/readme.md", b"about");
    put(folder.path(), "train/labels.csv", b"0,a\n");
    std::fs::create_dir(folder.path().join("val")).unwrap();
    let found = load_folder(folder.path(), 5).unwrap();
    assert_eq!((found.classes, &found.test), (3, &wanted.test));
    let notes = found.notes.join("\n");
    for note in [
        "1 files in train itself were passed over: 1 ending in .csv",
        "1 files in test/a were passed over: 1 ending in .md",
        "class c has no sample in test",
        "the folder val of the data set is not read",
    ] {
        assert!(notes.contains(note), "{notes}");
    }
    // Two data sets in one folder: one of them would be ignored completely.
    put(folder.path(), "train_images.npy", b"");
    let error = load_folder(folder.path(), 5).unwrap_err();
    assert!(
        error.contains("more than one data set: folders train or test, train_images.npy or test_images.npy"),
        "{error}"
    );
}

#[test]
fn first_bytes_decide_what_a_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let recording = aedat4_file(0, &[(2, packet_of(b"EVTS", &[event(5, 345, 259, true), event(9, 0, 0, false)]))]);
    for (part, count) in [("train", 6), ("test", 1)] {
        for class in ["a", "b"] {
            // One class has names as other programs give them, the other the extension of another format.
            let ending = if class == "a" { "aedat" } else { "bin" };
            (0..count).for_each(|sample| put(folder.path(), &format!("{part}/{class}/{sample}.{ending}"), &recording));
        }
    }
    let found = load_folder(folder.path(), 2).unwrap();
    assert_eq!(
        (found.shape, found.train.len() + found.validation.len()),
        (Shape { channels: 2, height: 260, width: 346 }, 12)
    );
    let trains = crate::net::input::SpikeTrains::new(found.test.sample(0).0, 2 * 260 * 346);
    assert_eq!(trains.step(0).collect::<Vec<_>>(), [2 * 260 * 346 - 1]);
    assert!(found.notes.is_empty());
    put(folder.path(), "test/a/0.aedat", b"#!AER-DAT3.1\r\n");
    let error = load_folder(folder.path(), 2).unwrap_err();
    assert!(error.contains("0.aedat: its header has no line #!END-HEADER (read as AEDAT 3)"), "{error}");
}

#[test]
fn events_out_of_order_are_sorted_and_a_clock_that_wraps_is_refused() {
    let (folder, wanted) = sound();
    let path = folder.path().join("test/b/00001.bin");
    let bytes = std::fs::read(&path).unwrap();
    let reversed: Vec<u8> = bytes.as_chunks::<5>().0.iter().rev().flatten().copied().collect();
    std::fs::write(&path, reversed).unwrap();
    let found = load_folder(folder.path(), 5).unwrap();
    assert_eq!((&found.test, &found.train), (&wanted.test, &wanted.train));
    assert_eq!(found.notes, ["1 recordings had events out of order, by 900 us at most, and were sorted by time"]);
    std::fs::write(&path, b"").unwrap();
    assert_eq!(load_folder(folder.path(), 5).unwrap().notes, ["1 recordings hold no event"]);
    std::fs::write(&path, [&bytes[..], &bytes[..], &bytes[..]].concat()).unwrap();
    // 900 us are not a gap, but 65 ms are.
    assert!(load_folder(folder.path(), 5).is_ok());
    let late = |t: u32| nmnist_event(t, 1, 1, true);
    std::fs::write(&path, [late(60_000), late(65_000), late(400), late(5_000)].concat()).unwrap();
    let error = load_folder(folder.path(), 5).unwrap_err();
    assert!(error.contains("goes back by 64600 us at event 2") && error.contains("clock that wrapped"), "{error}");
    assert!(!error.contains("sensor.json"), "{error}");
}
