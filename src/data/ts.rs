//! `.ts` files of aeon and sktime: a folder with NAME_TRAIN.ts and NAME_TEST.ts, of sequences with one class each.
//!
//! After lines that begin with `@` and a line `@data` there is a sequence a line: its dimensions, separated by `:`, then
//! its class; a dimension is numbers, separated by commas. A frame is the numbers of all dimensions at one place, scaled
//! to bytes: the least number of a dimension in the training part is 0, the largest 255, and tests are cut to that.

use super::error::DataError;
use super::split::{Sequences, Split};
use super::{Dataset, MAX_BYTES, Wanted, open_regular};
use crate::net::architecture::{MAX_NEURONS_PER_LAYER, Shape};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Layout of a folder, for messages.
pub(super) const LAYOUT: &str = "NAME_TRAIN.ts and NAME_TEST.ts of aeon or sktime";
/// How names of the files of the two parts end.
const ENDS: [&str; 2] = ["_TRAIN.ts", "_TEST.ts"];
/// Largest file.
const MAX_FILE: u64 = 256 << 20;
/// One of this many training sequences is for validation.
const OF_TRAIN: usize = 12;
const FULL_SCALE: u32 = 255;

/// The files of the two parts: of the only data set in a folder.
fn files(folder: &Path) -> Option<[PathBuf; 2]> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let mut stems = names.iter().filter_map(|name| name.strip_suffix(ENDS[0]));
    let (stem, None) = (stems.next()?, stems.next()) else { return None };
    Some(ENDS.map(|end| folder.join(format!("{stem}{end}"))))
}

/// Whether a folder seems to hold such files.
pub(super) fn holds(folder: &Path) -> bool {
    files(folder).is_some()
}

/// The sequences of a file.
struct Sequenced {
    /// Values of a frame.
    dimensions: usize,
    /// Numbers by frame and dimension.
    numbers: Vec<f64>,
    lengths: Vec<usize>,
    labels: Vec<u8>,
    classes: Vec<String>,
}

/// Loads a folder: the last twelfth of its training sequences, in an order in which classes alternate, is for validation.
pub(super) fn load(folder: &Path, name: &str, wanted: Wanted) -> Result<Dataset, DataError> {
    let files = files(folder).ok_or_else(|| DataError::file(folder, format!("holds no {LAYOUT}")))?;
    load_files(files, (folder, name), wanted)
}

/// Loads the files of the two parts in a folder.
pub(super) fn load_files(
    [train_file, test_file]: [PathBuf; 2],
    (folder, name): (&Path, &str),
    wanted: Wanted,
) -> Result<Dataset, DataError> {
    let fail = |message: String| DataError::file(folder, message);
    let (train, test) = (read(&train_file)?, read(&test_file)?);
    if (train.dimensions, &train.classes) != (test.dimensions, &test.classes) {
        return Err(fail("training and test sequences have other dimensions or classes; they must agree".into()));
    }
    if train.labels.len() < OF_TRAIN {
        return Err(fail(format!("{} training sequences; at least {OF_TRAIN} are needed", train.labels.len())));
    }
    let (classes, scale) = (train.classes.clone(), scales(&train));
    let mut train = part(&train, &scale).select(&alternating(&train.labels, classes.len()));
    let test = part(&test, &scale);
    let held_out = train.split_off(train.len() - train.len() / OF_TRAIN);
    let shape = Shape::flat(scale.len() as u32);
    let source = format!(
        "files in {}; classes in this order: {}; numbers scaled to 0 to {FULL_SCALE} by those of the training part",
        folder.display(),
        classes.join(", ")
    );
    let all = Dataset::new(name, shape, classes.len() as u32, FULL_SCALE, [train, held_out, test], source);
    Ok(all.kept(wanted))
}

/// The sequences of each class in turn, in the order of the file.
fn alternating(labels: &[u8], classes: usize) -> Vec<u32> {
    let (mut turns, mut order) = (vec![0u32; classes], Vec::with_capacity(labels.len()));
    for (index, label) in labels.iter().enumerate() {
        order.push((turns[usize::from(*label)], *label, index as u32));
        turns[usize::from(*label)] += 1;
    }
    order.sort_unstable();
    order.into_iter().map(|(_, _, index)| index).collect()
}

/// The least and the largest number of each dimension.
fn scales(part: &Sequenced) -> Vec<[f64; 2]> {
    let of = |dimension: usize| {
        let numbers = || part.numbers.iter().skip(dimension).step_by(part.dimensions).copied();
        [numbers().fold(f64::INFINITY, f64::min), numbers().fold(f64::NEG_INFINITY, f64::max)]
    };
    (0..part.dimensions).map(of).collect()
}

fn part(all: &Sequenced, scales: &[[f64; 2]]) -> Split {
    let byte = |(number, [least, most]): (&f64, &[f64; 2])| {
        let share = if most > least { (number - least) / (most - least) } else { 0.0 };
        // Rust's rounding and its conversion, which saturates, are the same everywhere.
        (share * f64::from(FULL_SCALE)).round() as u8
    };
    Split {
        pixels: all.numbers.iter().zip(scales.iter().cycle()).map(byte).collect(),
        labels: all.labels.clone(),
        sample_len: all.dimensions,
        sequences: Sequences::of_lengths(&all.lengths, None),
        targets: None,
    }
}

fn read(path: &Path) -> Result<Sequenced, DataError> {
    let fail = |message: String| DataError::file(path, message);
    let (file, size) = open_regular(path)?;
    if size > MAX_FILE {
        return Err(fail(format!("{size} bytes; such a file has at most {MAX_FILE}")));
    }
    let mut text = String::new();
    file.take(MAX_FILE).read_to_string(&mut text).map_err(|error| fail(format!("cannot be read: {error}")))?;
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let classes = header(&mut lines).map_err(fail)?;
    let mut all = Sequenced { dimensions: 0, numbers: Vec::new(), lengths: Vec::new(), labels: Vec::new(), classes };
    for (at, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', '%'])) {
        all.add(line).map_err(|message| fail(format!("line {at}: {message}")))?;
        if all.numbers.len() as u64 > MAX_BYTES {
            return Err(fail(format!("more than {MAX_BYTES} numbers; a data set has at most that")));
        }
    }
    if all.labels.is_empty() {
        return Err(fail("has no sequences after @data".into()));
    }
    Ok(all)
}

/// The names of the classes; the lines after it are sequences.
fn header<'t>(lines: &mut impl Iterator<Item = (usize, &'t str)>) -> Result<Vec<String>, String> {
    let mut classes = Vec::new();
    for (at, line) in lines {
        let mut words = line.split_whitespace();
        match words.next().map(str::to_ascii_lowercase).as_deref() {
            Some("@data") if (2..=256).contains(&classes.len()) => return Ok(classes),
            Some("@data") => return Err(format!("{} classes in @classLabel; allowed: 2 to 256", classes.len())),
            Some("@classlabel") => {
                let named = words.next().is_some_and(|word| word.eq_ignore_ascii_case("true"));
                classes = if named { words.map(str::to_owned).collect() } else { Vec::new() };
            }
            Some("@timestamps") if words.next().is_some_and(|word| word.eq_ignore_ascii_case("true")) => {
                return Err(format!("line {at}: numbers with times are not read, as @timeStamps says they are"));
            }
            Some(word) if !word.starts_with(['@', '#', '%']) => {
                return Err(format!("line {at}: expected a line that begins with @, before @data"));
            }
            _ => {}
        }
    }
    Err("has no line @data".into())
}

impl Sequenced {
    /// Adds the sequence of a line.
    fn add(&mut self, line: &str) -> Result<(), String> {
        let (dimensions, class) = line.rsplit_once(':').ok_or("expected dimensions and a class, separated by \":\"")?;
        let label = self.classes.iter().position(|known| known == class.trim());
        let label = label.ok_or_else(|| format!("class {}, expected {}", class.trim(), self.classes.join(", ")))?;
        let numbers = |dimension: &str| dimension.split(',').map(|number| parse(number.trim())).collect();
        let columns: Vec<Vec<f64>> = dimensions.split(':').map(numbers).collect::<Result<_, _>>()?;
        let length = columns[0].len();
        if let Some(other) = columns.iter().find(|column| column.len() != length) {
            return Err(format!("dimensions of {length} and {} numbers; they must agree", other.len()));
        }
        if self.labels.is_empty() {
            self.dimensions = columns.len();
        }
        if columns.len() != self.dimensions || columns.len() > MAX_NEURONS_PER_LAYER as usize {
            return Err(format!("{} dimensions, others have {}; they must agree", columns.len(), self.dimensions));
        }
        (0..length).for_each(|frame| self.numbers.extend(columns.iter().map(|column| column[frame])));
        self.lengths.push(length);
        self.labels.push(label as u8);
        Ok(())
    }
}

fn parse(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| format!("found \"{text}\", expected a number; missing ones are not filled in"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# words\n@problemName made\n@timeStamps false\n@dimensions 2\n@equalLength false\n@classLabel true b a\n@data\n";

    fn folder(train: &str, test: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("made_TRAIN.ts"), train).unwrap();
        std::fs::write(folder.path().join("made_TEST.ts"), test).unwrap();
        folder
    }

    #[test]
    fn sequences_of_two_dimensions_are_frames() {
        let train: String = (0..12).map(|i| format!("0,{i},-5:-1,0,1.5:{}\n", ["a", "b"][i % 2])).collect();
        let place = folder(&format!("{HEAD}{train}"), &format!("{HEAD}11,-9.5:99,0:b\n\n"));
        let found = load(place.path(), "made", Wanted::All).unwrap();
        assert_eq!((found.shape, found.classes, found.full_scale), (Shape::flat(2), 2, 255));
        assert_eq!([found.train.len(), found.validation.len(), found.test.len()], [11, 1, 1]);
        // -5 to 11 and -1 to 1.5 are 0 to 255; classes in the order of the header, alternating.
        assert_eq!(found.test.sample(0), (&[255, 255, 0, 102][..], 0));
        assert_eq!(found.train.sample(0), (&[80, 0, 96, 102, 0, 255][..], 0));
        assert_eq!(found.train.labels[..4], [0, 1, 0, 1]);
    }

    #[test]
    fn lines_that_are_wrong_are_named() {
        let sound = format!("{HEAD}{}", "1,2:3,4:a\n".repeat(12));
        for (line, expected) in [
            ("1,2:3:a", "line 8: dimensions of 2 and 1 numbers"),
            ("1:2:c", "line 8: class c, expected b, a"),
            ("1,?:3,4:a", "line 8: found \"?\", expected a number"),
            ("1", "line 8: expected dimensions and a class"),
            ("", "has no sequences"),
        ] {
            let error = load(folder(&sound, &format!("{HEAD}{line}\n")).path(), "made", Wanted::All).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
        for (head, expected) in [
            ("@timeStamps true\n@data\n", "numbers with times are not read"),
            ("@classLabel false\n@data\n", "0 classes"),
            ("1,2:a\n", "expected a line that begins with @"),
            ("", "has no line @data"),
        ] {
            let error = load(folder(head, &sound).path(), "made", Wanted::All).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
