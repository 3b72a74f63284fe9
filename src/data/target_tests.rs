//! Tests of targets in folders: reading gives what was written, and every wrong file is an error that names it.

use super::*;
use npyz::WriterBuilder;
use std::fs;

fn npy<T: npyz::AutoSerialize + npyz::Serialize + Copy>(shape: &[u64], values: &[T]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values.iter().copied()).unwrap();
    writer.finish().unwrap();
    bytes
}

type Arrays = Vec<(&'static str, Vec<u8>)>;

/// Images of four values with targets of two, and no labels.
fn images() -> Arrays {
    let pixels = |count: usize| (0..count * 4).map(|i| (i * 7 % 256) as u8).collect::<Vec<u8>>();
    let shares: Vec<f32> = (0..48).map(|i| i as f32 / 47.0).collect();
    let whole: Vec<i64> = (0..10).map(|i| i * 20).collect();
    vec![
        ("train_images.npy", npy(&[24, 2, 2], &pixels(24))),
        ("train_targets.npy", npy(&[24, 2], &shares)),
        ("test_images.npy", npy(&[5, 2, 2], &pixels(5))),
        ("test_targets.npy", npy(&[5, 1, 2], &whole)),
    ]
}

/// Spike trains of three steps of four neurons with a target each.
fn spikes() -> Arrays {
    let trains = |count: usize| (0..count * 12).map(|i| (i % 3 == 0) as u8).collect::<Vec<u8>>();
    vec![
        ("train_spikes.npy", npy(&[24, 3, 4], &trains(24))),
        ("train_targets.npy", npy(&[24], &[0.5f64; 24])),
        ("test_spikes.npy", npy(&[5, 3, 4], &trains(5))),
        ("test_targets.npy", npy(&[5], &[1.0f64; 5])),
    ]
}

fn load_arrays(arrays: &Arrays) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in arrays {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    load_with(folder.path().to_str().unwrap(), &[], Binning::of(3)).map_err(|error| error.to_string())
}

fn shares(part: &Split, index: usize) -> Vec<f64> {
    part.targets.as_ref().unwrap().sample(index).shares().collect()
}

#[test]
fn targets_are_read_with_images_and_spikes() {
    let found = load_arrays(&images()).unwrap();
    assert_eq!((found.train.len(), found.validation.len(), found.test.len(), found.classes), (22, 2, 5, 0));
    let close = |found: Vec<f64>, expected: [f64; 2]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(close(shares(&found.train, 3), [6.0 / 47.0, 7.0 / 47.0]));
    assert!(close(shares(&found.validation, 1), [46.0 / 47.0, 1.0]));
    assert_eq!(shares(&found.test, 4), [160.0 / 255.0, 180.0 / 255.0]);
    assert!(found.check_parts().is_ok());
    let trains = load_arrays(&spikes()).unwrap();
    assert_eq!((trains.steps, trains.classes, shares(&trains.test, 2)), (Some(3), 0, vec![1.0]));
    assert!((shares(&trains.train, 0)[0] - 0.5).abs() < 1e-5);
    // Test parts may come alone.
    for mut arrays in [images(), spikes()] {
        arrays.drain(..2);
        let folder = tempfile::tempdir().unwrap();
        arrays.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
        let found = load_parts(folder.path().to_str().unwrap(), &[], (Binning::of(3), Wanted::Test)).unwrap();
        assert_eq!((found.classes, found.test.targets.map(|targets| targets.samples())), (0, Some(5)));
    }
}

#[test]
fn labels_may_come_too_and_targets_change_the_digest_only_where_they_are() {
    let mut arrays = images();
    let labels = |count: usize| (0..count).map(|i| (i % 3) as u8).collect::<Vec<u8>>();
    arrays.push(("train_labels.npy", npy(&[24], &labels(24))));
    arrays.push(("test_labels.npy", npy(&[5], &labels(5))));
    let both = load_arrays(&arrays).unwrap();
    assert_eq!((both.classes, both.test.labels.as_slice()), (3, &labels(5)[..]));
    let plain = load_arrays(&arrays.iter().filter(|(name, _)| !name.contains("targets")).cloned().collect()).unwrap();
    assert_eq!((plain.classes, plain.test.targets.is_none()), (3, true));
    assert_ne!(plain.digest, both.digest);
    let mut other = arrays.clone();
    other[3].1 = npy(&[5, 2], &[1u8; 10]);
    assert_ne!(load_arrays(&other).unwrap().digest, both.digest);
    // The digest of a part is that of its contents and labels: networks of classes do not depend on targets.
    let of = |part: &Split| digest::of("a test", part);
    assert_eq!(of(&plain.test), of(&both.test));
}

#[test]
fn wrong_targets_are_errors_that_name_the_file() {
    for (name, bytes, expected) in [
        ("train_targets.npy", npy(&[23, 2], &[0u8; 46]), "train_targets.npy: 23 targets for 24 images"),
        ("test_targets.npy", npy(&[5, 3], &[0u8; 15]), "training samples have targets of 2 numbers, test samples of 3"),
        ("train_targets.npy", npy(&[24, 2], &[1.5f64; 48]), "value 0 is 1.5, expected 0 to 1 of real numbers"),
        ("train_targets.npy", npy(&[24, 2], &[f64::NAN; 48]), "value 0 is NaN, expected 0 to 1"),
        ("train_targets.npy", npy(&[24, 2], &[-1i64; 48]), "value 0 is -1, expected 0 to 255"),
        ("test_targets.npy", npy::<u8>(&[5, 0], &[]), "test_targets.npy: is empty"),
        ("test_targets.npy", b"no array".to_vec(), "test_targets.npy"),
    ] {
        let mut arrays = images();
        arrays.iter_mut().filter(|(own, _)| *own == name).for_each(|(_, own)| own.clone_from(&bytes));
        let error = load_arrays(&arrays).unwrap_err();
        assert!(error.contains(expected), "{error}, expected {expected}");
    }
    let mut half = images();
    half.pop();
    assert!(load_arrays(&half).unwrap_err().contains("test_targets.npy: cannot be read"));
    let mut trains = spikes();
    trains[1].1 = npy(&[25], &[0u8; 25]);
    assert!(load_arrays(&trains).unwrap_err().contains("train_targets.npy: 25 targets for 24 samples"));
}

#[test]
fn targets_of_other_samples_are_refused() {
    let mut frames: Arrays = vec![("train_targets.npy", npy(&[24], &[0u8; 24]))];
    for (part, count) in [("train", 24u64), ("test", 5)] {
        let name = |kind: &str| -> &'static str { format!("{part}_{kind}.npy").leak() };
        frames.push((name("frames"), npy(&[count, 2], &vec![1u8; 2 * count as usize])));
        frames.push((name("lengths"), npy(&[count], &vec![1u32; count as usize])));
        frames.push((name("labels"), npy(&[count], &(0..count).map(|i| (i % 2) as u8).collect::<Vec<_>>())));
    }
    let error = load_arrays(&frames).unwrap_err();
    assert!(error.contains("train_targets.npy: targets are read beside train_images.npy"), "{error}");
    frames.remove(0);
    assert!(load_arrays(&frames).is_ok());
}

#[test]
fn the_target_of_moving_images_is_the_image() {
    let (moved, still) = (load_with("digits-saccades", &[], Binning::of(4)).unwrap(), load("digits", &[]).unwrap());
    for (moved, still) in [(&moved.train, &still.train), (&moved.test, &still.test)] {
        let values: Vec<f64> = still.sample(7).0.iter().map(|value| f64::from(*value) / 16.0).collect();
        assert_eq!((shares(moved, 7), moved.sample(7).1), (values, still.sample(7).1));
    }
}
