//! Tests of the loaders: reading gives what was written, and every damaged file is an error that names it.

use super::*;
use flate2::{Compression, write::GzEncoder};
use npyz::WriterBuilder;
use std::fs;
use std::io::Write;

fn idx(dims: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = (0x800 + dims.len() as u32).to_be_bytes().to_vec();
    bytes.extend(dims.iter().flat_map(|d| d.to_be_bytes()));
    bytes.extend(values);
    bytes
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn npy<T: npyz::AutoSerialize + npyz::Serialize + Copy>(shape: &[u64], values: &[T]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values.iter().copied()).unwrap();
    writer.finish().unwrap();
    bytes
}

const PIXELS: usize = 6;

fn pixels(count: usize) -> Vec<u8> {
    (0..count * PIXELS).map(|i| (i * 7 % 256) as u8).collect()
}

fn labels(count: usize) -> Vec<u8> {
    (0..count).map(|i| (i % 3) as u8).collect()
}

type Files = Vec<(&'static str, Vec<u8>)>;

fn idx_files() -> Files {
    vec![
        ("train-images-idx3-ubyte.gz", gz(&idx(&[24, 2, 3], &pixels(24)))),
        ("train-labels-idx1-ubyte", idx(&[24], &labels(24))),
        ("t10k-images-idx3-ubyte", idx(&[5, 2, 3], &pixels(5))),
        ("t10k-labels-idx1-ubyte.gz", gz(&idx(&[5], &labels(5)))),
    ]
}

fn npy_files() -> Files {
    let real: Vec<f32> = pixels(5).iter().map(|v| f32::from(*v) / 255.0).collect();
    let wide: Vec<i64> = labels(5).iter().map(|v| i64::from(*v)).collect();
    vec![
        ("train_images.npy", npy(&[24, 1, 2, 3], &pixels(24))),
        ("train_labels.npy", npy(&[24], &labels(24))),
        ("test_images.npy", npy(&[5, 2, 3], &real)),
        ("test_labels.npy", npy(&[5], &wide)),
    ]
}

fn load_files(files: &Files) -> Result<Dataset, DataError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    load(folder.path().to_str().unwrap(), &[])
}

#[test]
fn written_files_are_read() {
    let (a, b) = (load_files(&idx_files()).unwrap(), load_files(&npy_files()).unwrap());
    for dataset in [&a, &b] {
        assert_eq!(dataset.shape, Shape { channels: 1, height: 2, width: 3 });
        assert_eq!((dataset.classes, dataset.full_scale), (3, 255));
        assert_eq!([dataset.train.len(), dataset.validation.len(), dataset.test.len()], [22, 2, 5]);
        assert_eq!(dataset.validation.sample(1), (&pixels(24)[23 * PIXELS..], 23 % 3));
        assert_eq!(dataset.test.pixels, pixels(5));
    }
    assert_eq!(a.digest, b.digest, "the digest is of the contents, not of the files");
    let mut flat = npy_files();
    flat[0].1 = npy(&[24, 6], &pixels(24));
    flat[2].1 = npy(&[5, 6], &pixels(5));
    assert_eq!(load_files(&flat).unwrap().shape, Shape::flat(6));
}

#[test]
fn damaged_idx_files_are_errors() {
    let good = idx(&[24, 2, 3], &pixels(24));
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("empty", vec![], "no whole IDX header"),
        ("cut header", good[..9].to_vec(), "no whole IDX header"),
        ("cut data", good[..100].to_vec(), "holds fewer"),
        ("more data", [good.as_slice(), &[0]].concat(), "holds more"),
        ("wrong type", [&[0, 0, 0x0d, 3], &good[4..]].concat(), "0x00000d03"),
        ("wrong rank", idx(&[144], &pixels(24)), "2 to 4 dimensions"),
        ("overflow", idx(&[u32::MAX; 4], &[]), "at most"),
        ("huge", idx(&[1 << 20, 64, 64], &[]), "at most"),
        ("no samples", idx(&[0, 2, 3], &[]), "is empty"),
        ("no pixels", idx(&[24, 0, 3], &[]), "is empty"),
        ("wide", idx(&[1, 1, 5000], &[0; 5000]), "samples of shape"),
        ("fewer", idx(&[23, 2, 3], &pixels(23)), "24 labels for 23 images"),
        ("other shape", idx(&[24, 3, 2], &pixels(24)), "must agree"),
        ("cut gzip", gz(&good)[..40].to_vec(), "train-images"),
        ("gzip of less", gz(&good[..100]), "ends after"),
        ("gzip of more", gz(&[good.as_slice(), &[0; 9]].concat()), "holds more"),
        ("gzip of lies", gz(&idx(&[1 << 19, 64, 64], &[])), "more than it can be expected to unpack to"),
    ];
    for (name, bytes, expected) in cases {
        let mut files = idx_files();
        files[0].1 = bytes.clone();
        let error = load_files(&files).expect_err(name).to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
    for missing in 0..4 {
        let mut files = idx_files();
        let (name, _) = files.remove(missing);
        let error = load_files(&files).unwrap_err().to_string();
        assert!(error.contains(name.trim_end_matches(".gz")), "{error}");
    }
}

#[test]
fn damaged_npy_files_are_errors() {
    let good = npy(&[24, 1, 2, 3], &pixels(24));
    let header = |text: &str| {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.bytes());
        bytes
    };
    let shaped = |shape: &str| header(&format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}\n"));
    let real = |v: f64| npy(&[24, 6], &[v; 144]);
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("empty", vec![], "does not start like"),
        ("text", b"hello, this is no array".to_vec(), "does not start like"),
        ("cut header", good[..40].to_vec(), "within its header"),
        ("cut data", good[..good.len() - 1].to_vec(), "do not fit shape"),
        ("more data", [good.as_slice(), &[0]].concat(), "do not fit shape"),
        ("long header", b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}".to_vec(), "at most 10000"),
        ("no dict", header("[1, 2]"), "not an .npy file"),
        // Brackets of two kinds would take the parser forever.
        ("deep", header(&"([".repeat(450)), "brackets within brackets"),
        ("overflow", shaped("(4294967296, 4294967296, 4294967296)"), "more values"),
        ("negative", shaped("(-1, 2, 3)"), "not an .npy file"),
        ("huge", shaped("(1000000, 4096, 4096)"), "at most"),
        ("rank", npy(&[144], &pixels(24)), "expected [n, d]"),
        (
            "type",
            header("{'descr': '<c8', 'fortran_order': False, 'shape': (24, 6)}"),
            "values of type <c8, expected b1, u1 to u8, i1 to i8, f2, f4 or f8",
        ),
        ("objects", header("{'descr': '|O', 'fortran_order': False, 'shape': (24, 6)}"), "objects of Python"),
        ("archive", b"PK\x03\x04 and more".to_vec(), "save each of its arrays by itself with numpy.save"),
        ("wide", npy(&[24, 6], &[256u16; 144]), "value 0 is 256, expected 0 to 255"),
        ("negative values", npy(&[24, 6], &[-1i64; 144]), "value 0 is -1, expected 0 to 255"),
        ("grey in real numbers", real(37.0), "images.astype(numpy.uint8)"),
        ("not a number", real(f64::NAN), "value 0 is NaN"),
        ("too bright", real(1.5), "expected 0 to 1"),
        ("column order", header("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}"), "do not fit shape"),
    ];
    for (name, bytes, expected) in cases {
        let mut files = npy_files();
        files[0].1 = bytes.clone();
        let error = load_files(&files).expect_err(name).to_string();
        assert!(error.contains(expected) && error.contains("train_images.npy"), "{name}: {error}");
    }
    for (bytes, expected) in [
        (npy(&[24], &[-1i32; 24]), "value 0 is -1"),
        (npy(&[24], &[256u16; 24]), "value 0 is 256"),
        (npy(&[24], &[0.5f64; 24]), "value 0 is 0.5, expected a label of 0 to 255"),
        (npy(&[24], &[f32::NAN; 24]), "value 0 is NaN, expected a label"),
        (npy(&[23], &[0u8; 23]), "23 labels for 24 images"),
        (npy(&[24, 1], &[0u8; 24]), "one label per sample"),
    ] {
        let mut files = npy_files();
        files[1].1 = bytes;
        let error = load_files(&files).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("train_labels.npy"), "{error}");
    }
}

#[test]
fn small_and_single_class_sets_are_errors() {
    let mut files = npy_files();
    files[0].1 = npy(&[11, 6], &pixels(11));
    files[1].1 = npy(&[11], &labels(11));
    files[2].1 = npy(&[5, 6], &pixels(5));
    assert!(load_files(&files).unwrap_err().to_string().contains("at least 12"));
    files[0].1 = npy(&[24, 6], &pixels(24));
    files[1].1 = npy(&[24], &[0u8; 24]);
    files[3].1 = npy(&[5], &[0u8; 5]);
    assert!(load_files(&files).unwrap_err().to_string().contains("at least two classes"));
    assert!(load_files(&vec![]).unwrap_err().to_string().contains("holds no data set"));
}

#[test]
fn digits_are_split_the_same_every_time() {
    let digits = load("digits", &[]).unwrap();
    assert_eq!([digits.train.len(), digits.validation.len(), digits.test.len()], [1197, 200, 400]);
    assert_eq!(digits, load("digits", &[]).unwrap());
    assert_eq!(digits.digest, 11_835_576_615_354_691_290, "the split is part of the data set and must not move");
    let per_class = |split: &Split| (0..10).map(|c| split.labels.iter().filter(|l| **l == c).count()).min().unwrap();
    assert!(per_class(&digits.validation) > 10 && per_class(&digits.test) > 25);
}

#[test]
fn unknown_names_say_what_is_known() {
    let error = load("digit", &[]).unwrap_err().to_string();
    assert!(error.contains("did you mean \"digits\"") && error.contains("fashion-mnist"), "{error}");
    assert!(error.contains("train_images.npy") && error.contains("train-images-idx3-ubyte"), "{error}");
    assert!(load("", &[]).is_err());
}

#[test]
fn the_catalogue_tells_what_is_here() {
    let entries = catalogue(&[]);
    assert_eq!(entries[0].found.as_deref(), Some("built in"));
    // A folder with four files of the right names is found, but refused for its contents.
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("fashion-mnist")).unwrap();
    for (name, bytes) in idx_files() {
        fs::write(folder.path().join("fashion-mnist").join(name), bytes).unwrap();
    }
    let folders = [folder.path().to_owned()];
    let fashion = catalogue(&folders).into_iter().find(|e| e.name == "fashion-mnist").unwrap();
    assert!(fashion.found.unwrap().starts_with(folder.path().to_str().unwrap()));
    let error = load("fashion-mnist", &folders).unwrap_err().to_string();
    assert!(error.contains("24 training samples; at least 5001 are needed"), "{error}");
}

#[test]
fn fashion_mnist_is_itself_where_it_is_installed() {
    match load("fashion-mnist", &[]) {
        Ok(fashion) => {
            assert_eq!([fashion.train.len(), fashion.validation.len(), fashion.test.len()], [55_000, 5_000, 10_000]);
            let per_class = |class| fashion.test.labels.iter().filter(|l| **l == class).count();
            assert!((0..10).all(|class| per_class(class) == 1000));
        }
        Err(error) => assert!(error.to_string().contains("apt-get install dataset-fashion-mnist"), "{error}"),
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_before_anything_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("train-images-idx3-ubyte");
    match std::process::Command::new("mkfifo").arg(&pipe).status() {
        Ok(status) if status.success() => {}
        _ => return println!("not checked: there is no mkfifo here"),
    }
    // Nobody writes to the pipe: opening it would block forever.
    let error = open_regular(&pipe).unwrap_err();
    assert!(error.to_string().ends_with("not a regular file"), "{error}");
}

/// Only the test part is unpacked. Damage in the other files is reported when they are used.
#[test]
fn the_test_part_alone_is_what_it_is_among_all() {
    let load = |files: &Files, wanted| {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
        load_parts(folder.path().to_str().unwrap(), &[], (Binning::of(1), wanted))
    };
    for files in [idx_files(), npy_files()] {
        let (all, present) = (load(&files, Wanted::All).unwrap(), load(&files, Wanted::Present).unwrap());
        assert_eq!((&all.train, &all.validation, all.digest), (&present.train, &present.validation, present.digest));
        let tests = load(&files, Wanted::Test).unwrap();
        assert_eq!((&tests.test, tests.shape, tests.classes), (&all.test, all.shape, all.classes));
        assert!(tests.train.is_empty() && tests.validation.is_empty());
        assert_ne!(tests.digest, all.digest, "the digest is of what was read");
    }
    let mut damaged = idx_files();
    let images = &mut damaged[0].1;
    images.truncate(images.len() - 20);
    assert!(load(&damaged, Wanted::All).unwrap_err().to_string().contains("train-images"));
    assert_eq!(load(&damaged, Wanted::Test).unwrap().test, load(&idx_files(), Wanted::All).unwrap().test);
    // The highest class may be among the training samples only.
    let mut other = idx_files();
    other[1].1 = idx(&[24], &(0..24).map(|i| i % 9).collect::<Vec<u8>>());
    assert_eq!(load(&other, Wanted::Test).unwrap().classes, 9);
}

/// A registered data set has one digest, whatever part of it is unpacked: caches and reports are of all of it.
#[test]
fn parts_of_a_registered_data_set_have_its_digest() {
    let load = |name, wanted| load_to_test(name, &[], (Binning::of(3), wanted)).unwrap();
    for name in ["digits", "digits-saccades", "fashion-mnist"] {
        let all = load(name, Wanted::All);
        for wanted in [Wanted::Present, Wanted::Test, Wanted::Nothing] {
            let part = load(name, wanted);
            let facts = |set: &Dataset| (set.digest, set.shape, set.classes, set.full_scale, set.steps);
            assert_eq!(facts(&part), facts(&all), "{name} {wanted:?}");
            if wanted == Wanted::Test {
                assert_eq!(part.test, all.test);
            }
        }
    }
    assert_ne!(load("digits", Wanted::All).digest, load("digits-saccades", Wanted::All).digest);
    let more = load_to_test("digits-saccades", &[], (Binning::of(4), Wanted::All)).unwrap();
    assert_ne!(load("digits-saccades", Wanted::All).digest, more.digest, "other steps are other trains");
}
