//! All number types in all readers of arrays: one list for all, with checks of the values.
#![cfg_attr(not(feature = "events"), allow(unused_imports))]

use super::npy::{images, labels};
use super::{Binning, load_with};
use crate::net::input::SpikeTrains;
use crate::net::spikes::InputSpikes;
use std::path::Path;

/// Types with the largest integer that they hold and these tests use.
const TYPES: [(&str, f64); 12] = [
    ("b1", 1.0),
    ("u1", 200.0),
    ("u2", 200.0),
    ("u4", 200.0),
    ("u8", 200.0),
    ("i1", 100.0),
    ("i2", 200.0),
    ("i4", 200.0),
    ("i8", 200.0),
    ("f2", 100.0),
    ("f4", 200.0),
    ("f8", 200.0),
];

/// A number's bytes by the definitions of the types, least significant first.
fn bytes_of(ty: &str, value: f64) -> Vec<u8> {
    let whole = (value as i64).to_le_bytes();
    match ty {
        "f4" => (value as f32).to_le_bytes().to_vec(),
        "f8" => value.to_le_bytes().to_vec(),
        "f2" => {
            let halves = [
                (0.0, 0u16),
                (0.2, 0x3266),
                (0.5, 0x3800),
                (1.0, 0x3c00),
                (2.0, 0x4000),
                (3.0, 0x4200),
                (4.0, 0x4400),
                (100.0, 0x5640),
            ];
            let known = halves.iter().find(|(known, _)| *known == value);
            let bits = if value.is_nan() { 0x7e00 } else { known.unwrap_or_else(|| panic!("{value}")).1 };
            bits.to_le_bytes().to_vec()
        }
        _ => whole[..ty[1..].parse().unwrap()].to_vec(),
    }
}

/// An array of a type in a byte order.
fn array(order: char, ty: &str, shape: &str, values: &[f64]) -> Vec<u8> {
    ordered(order, ty, shape, values, false)
}

fn ordered(order: char, ty: &str, shape: &str, values: &[f64], fortran: bool) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let text = format!("{{'descr': '{order}{ty}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let data = values.iter().flat_map(|value| {
        let mut bytes = bytes_of(ty, *value);
        if order == '>' {
            bytes.reverse();
        }
        bytes
    });
    let start = [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat();
    start.into_iter().chain(data).collect()
}

/// Every type in both byte orders.
fn each(mut check: impl FnMut(char, &str, f64)) {
    for (ty, largest) in TYPES {
        for order in ['<', '>'] {
            check(order, ty, largest);
        }
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

#[test]
fn images_and_labels_are_read_from_every_type() {
    let folder = Folder::new();
    each(|order, ty, largest| {
        let (real, flag) = (ty.starts_with('f'), ty == "b1");
        // White is 1 for real numbers, 255 for integers.
        let (values, wanted) = match (real, flag) {
            (true, _) => ([0.0, 1.0, 0.2, 0.5], [0, 255, 51, 128]),
            (false, true) => ([0.0, 1.0, 1.0, 0.0], [0, 255, 255, 0]),
            (false, false) => ([0.0, 1.0, 2.0, largest], [0, 1, 2, largest as u8]),
        };
        let path = folder.write("images.npy", &array(order, ty, "(2, 2)", &values));
        let found = images(&path, true).unwrap();
        assert_eq!((found.pixels, found.count, found.full_scale), (wanted.to_vec(), 2, 255), "{order}{ty}");
        let path = folder.write("labels.npy", &array(order, ty, "(3,)", &[0.0, 1.0, largest]));
        assert_eq!(labels(&path).unwrap(), [0, 1, largest as u8], "{order}{ty}");
        if real {
            for wrong in [f64::NAN, 2.0] {
                let error =
                    images(&folder.write("images.npy", &array(order, ty, "(2, 2)", &[0.0, 1.0, 0.5, wrong])), true);
                assert!(error.err().unwrap().to_string().contains(&format!("value 3 is {wrong}")), "{order}{ty}");
            }
        }
    });
}

#[test]
fn spikes_of_inputs_are_read_from_every_type() {
    let folder = Folder::new();
    each(|order, ty, largest| {
        let path = folder.write("in.npy", &array(order, ty, "(2, 3)", &[0.0, 1.0, 0.0, 1.0, 0.0, 1.0]));
        let found = InputSpikes::from_file(&path).unwrap();
        assert_eq!((found.steps(), found.train(0, ("in", 3))), (2, Ok(vec![(1, 1), (2, 0), (2, 2)])), "{order}{ty}");
        let mut wrong = vec![];
        if largest > 1.0 {
            wrong.push(2.0);
        }
        if ty.starts_with('f') {
            wrong.extend([0.5, f64::NAN]);
        }
        for value in wrong {
            let path = folder.write("in.npy", &array(order, ty, "(2, 2)", &[0.0, 1.0, value, 0.0]));
            let error = InputSpikes::from_file(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("value 2 is {value}, expected 0 or 1")), "{order}{ty}: {error}");
        }
    });
}

/// Both kinds of data sets of spike trains, and of events.
#[cfg(feature = "events")]
#[test]
fn data_sets_are_read_from_every_type() {
    each(|order, ty, _| {
        let folder = Folder::new();
        let trains = |samples: usize| (0..samples * 6).map(|i| f64::from(u8::from(i % 4 == 1))).collect::<Vec<_>>();
        let labels = |samples: usize| (0..samples).map(|i| f64::from(u8::from(i % 2 == 1))).collect::<Vec<_>>();
        for (part, samples) in [("train", 12), ("test", 2)] {
            folder.write(
                &format!("arrays/{part}_spikes.npy"),
                &array(order, ty, &format!("({samples}, 2, 3)"), &trains(samples)),
            );
            folder.write(
                &format!("arrays/{part}_labels.npy"),
                &array(order, ty, &format!("({samples},)"), &labels(samples)),
            );
            for sample in 0..samples {
                let spikes = &trains(samples)[sample * 6..sample * 6 + 6];
                let name = format!("files/{part}/{}/{:02}.npy", sample % 2, sample / 2);
                folder.write(&name, &array(order, ty, "(2, 3)", spikes));
                // Four events of a pixel each, in steps of a us.
                let text = format!(
                    "{{'descr': [('t', '{order}{ty}'), ('x', '{order}{ty}'), ('y', '{order}{ty}'), ('p', '{order}{ty}')], \
                     'fortran_order': False, 'shape': (2,)}}"
                );
                let mut bytes =
                    [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat();
                for value in [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0] {
                    let mut number = bytes_of(ty, value);
                    if order == '>' {
                        number.reverse();
                    }
                    bytes.extend(number);
                }
                folder.write(&format!("events/{part}/{}/{:02}.npy", sample % 2, sample / 2), &bytes);
            }
        }
        folder.write("events/sensor.json", br#"{"width": 2, "height": 2.0}"#);
        let load = |name: &str| {
            let path = folder.0.path().join(name);
            load_with(path.to_str().unwrap(), &[], Binning::of(2))
                .unwrap_or_else(|error| panic!("{order}{ty}: {error}"))
        };
        let (arrays, files, events) = (load("arrays"), load("files"), load("events"));
        assert_eq!((&arrays.test, &arrays.train), (&files.test, &files.train), "{order}{ty}");
        let train = SpikeTrains::new(arrays.test.sample(1).0, 3);
        assert_eq!([0, 1].map(|step| train.step(step).collect::<Vec<_>>()), [vec![], vec![0]], "{order}{ty}");
        let train = SpikeTrains::new(events.test.sample(1).0, 8);
        // ON at (1, 0) in the first step, OFF at (0, 1) in the second.
        assert_eq!([0, 1].map(|step| train.step(step).collect::<Vec<_>>()), [vec![5], vec![2]], "{order}{ty}");
    });
}

/// The first index varies fastest: the same array as with the last one.
#[test]
fn arrays_in_the_order_of_fortran_are_turned() {
    let folder = Folder::new();
    // [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]] and its columns.
    let rows: Vec<f64> = (0..12).map(f64::from).collect();
    let columns = [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11].map(f64::from);
    for ty in ["u1", "i8"] {
        let straight = images(&folder.write("a.npy", &array('<', ty, "(2, 2, 3)", &rows)), true).unwrap();
        let turned = images(&folder.write("b.npy", &ordered('<', ty, "(2, 2, 3)", &columns, true)), true).unwrap();
        assert_eq!((straight.pixels, straight.shape), (turned.pixels, turned.shape), "{ty}");
    }
    let bits = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0];
    let turned = InputSpikes::from_file(&folder.write("c.npy", &ordered('<', "f4", "(2, 3)", &bits, true))).unwrap();
    assert_eq!(turned.train(0, ("in", 3)).unwrap(), [(1, 0), (1, 2), (2, 1)]);
    assert_eq!(labels(&folder.write("d.npy", &ordered('<', "i8", "(3,)", &[2.0, 0.0, 1.0], true))).unwrap(), [2, 0, 1]);
    assert!(InputSpikes::from_file(Path::new("nowhere.npy")).is_err());
}
