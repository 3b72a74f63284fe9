//! A user's folder of event files: `train/<class>/*` and `test/<class>/*`, one file a sample, in any of the formats.
//!
//! Samples of all classes alternate, so that any first samples include all classes. Files are read one at a time and
//! kept as spike trains; `sensor.json` gives the sensor's size where the files do not.

use super::{Contents, EventFormat, FORMATS, Recording};
use crate::data::error::DataError;
use crate::data::events::{Binned, LAYOUT};
use crate::data::listing::{self, Listing, format_of_bytes, list, part_of};
use crate::data::{Binning, Dataset, MAX_BYTES, Split, Wanted, foreign};
use crate::json::{Document, FileError};
use crate::net::architecture::Shape;
use crate::net::input::{SpikeTrains, set_spike};
use crate::threads;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A recording of a folder.
type EventFile = listing::SampleFile<EventFormat>;

const SENSOR: &str = "sensor.json";
const MAX_FILE: u64 = 256 << 20;
/// Most rows and columns of a sensor, as networks allow them.
const MAX_SIDE: u32 = 4096;
/// One twelfth of the training part is for validation.
const OF_TRAIN: usize = 12;

pub(in crate::data::events) fn load(
    folder: &Path,
    name: &str,
    (reading, wanted): (Binning, Wanted),
) -> Result<Dataset, DataError> {
    let fail = |message: String| DataError::file(folder, message);
    let part = |name: &str| {
        let (found, same) = part_of(folder, name);
        let found = found.ok_or_else(|| fail(format!("has no folder {name}; expected {LAYOUT}")))?;
        if same { Ok(found) } else { Err(fail(format!("has two folders {name}, one with a capital; keep one"))) }
    };
    let tests_only = wanted.may_lack(part_of(folder, "train").0.is_some());
    let listed = list(folder, &[part(if tests_only { "test" } else { "train" })?, part("test")?], FORMATS)?;
    let Listing { classes, parts: [mut train, test], notes } = listed;
    if tests_only {
        train.clear();
    } else if train.len() < OF_TRAIN || test.is_empty() {
        let found = (train.len(), test.len());
        return Err(fail(format!(
            "{} training and {} test samples; at least {OF_TRAIN} and 1 are needed",
            found.0, found.1
        )));
    }
    let validation = train.split_off(train.len() - train.len() / OF_TRAIN);
    let first = train.first().or(test.first()).ok_or_else(|| fail("has no test samples".into()))?;
    let (shape, stated) = shape(folder, first, reading)?;
    let reader = FolderReader { shape, stated, reading };
    let all = [train, validation, test];
    reader.check_size(folder, all.iter().map(Vec::len).sum())?;
    let mut binned = Binned::default();
    let mut read = |samples: &[EventFile]| {
        let (split, of_part) = reader.read(samples)?;
        binned.merge(of_part);
        Ok(split)
    };
    let parts = [read(&all[0])?, read(&all[1])?, read(&all[2])?];
    let source = format!("files in {}; classes in this order: {}", folder.display(), classes.join(", "));
    let mut dataset = Dataset::of_trains(name, reader.shape, classes.len() as u32, reading.steps, parts, source);
    dataset.notes = notes;
    Ok(if binned.events + binned.empty > 0 { dataset.noting(binned) } else { dataset })
}

/// Shape of all samples, from `sensor.json` or else from the first file; and whether it is from `sensor.json`.
fn shape(folder: &Path, first: &EventFile, reading: Binning) -> Result<(Shape, bool), DataError> {
    let file = folder.join(SENSOR);
    let (contents, format) = first.contents()?;
    let sensor = match contents {
        Contents::Trains(trains) => {
            // Checks before any other file is read.
            first.check_steps(trains.steps, reading)?;
            return Ok((trains.shape, false));
        }
        Contents::Events(recording) => recording.sensor.or(format.usual_sensor),
    };
    if file.is_file() {
        return read_sensor(&file).map(|shape| (shape, true));
    }
    let [width, height] = sensor.ok_or_else(|| {
        let message = format!("does not say how large the sensor is; write {SENSOR} beside train and test, as in {{\"width\": 128, \"height\": 128}}");
        DataError::file(&first.path, message)
    })?;
    let shape = Shape { channels: 2, height: height.into(), width: width.into() };
    match [shape.height, shape.width].iter().all(|side| (1..=MAX_SIDE).contains(side)) {
        true => Ok((shape, false)),
        false => {
            Err(DataError::file(&first.path, format!("a sensor of {width} x {height} pixels; at most {MAX_SIDE} each")))
        }
    }
}

fn read_sensor(file: &Path) -> Result<Shape, DataError> {
    let fail = |error: FileError| {
        let problems: Vec<String> = error.problems.iter().map(|p| format!("{}: {}", p.path, p.message)).collect();
        DataError::file(file, problems.join("; ").trim_start_matches(": "))
    };
    let document = Document::open(file, 1 << 16).map_err(fail)?;
    let object = document.root().object(&["width", "height"]);
    let side = |name: &str| object.as_ref()?.need(name)?.unsigned(1..=MAX_SIDE);
    let (width, height) = (side("width"), side("height"));
    let shape = width.zip(height).map(|(width, height)| Shape { channels: 2, height, width });
    document.finish(shape).map_err(fail)
}

impl EventFile {
    /// Contents and format of the file.
    fn contents(&self) -> Result<(Contents, &'static EventFormat), DataError> {
        let fail = |message: String| DataError::file(&self.path, message);
        let (file, size) = crate::data::open_regular(&self.path)?;
        if size > MAX_FILE {
            return Err(fail(format!("{size} bytes; a sample's file has at most {MAX_FILE}")));
        }
        let mut bytes = Vec::with_capacity(size as usize);
        file.take(MAX_FILE).read_to_end(&mut bytes).map_err(|error| fail(format!("cannot be read: {error}")))?;
        let format = format_of_bytes(FORMATS, &bytes).unwrap_or(self.format);
        if let Some(kind) = foreign::of_bytes(&bytes) {
            return Err(fail(format!("is {} (its name says {})", kind.advice, self.format.name)));
        }
        let contents = (format.read)(&bytes).map_err(|message| fail(format!("{message} (read as {})", format.name)))?;
        Ok((contents, format))
    }

    fn check_steps(&self, found: u64, reading: Binning) -> Result<(), DataError> {
        if found == u64::from(reading.steps) {
            return Ok(());
        }
        let wanted = reading.steps;
        Err(DataError::file(
            &self.path,
            format!("spikes of {found} steps for a network of {wanted}; give --steps {found}"),
        ))
    }
}

struct FolderReader {
    shape: Shape,
    /// Whether the size is from `sensor.json`.
    stated: bool,
    reading: Binning,
}

impl FolderReader {
    fn sample_len(&self) -> usize {
        SpikeTrains::bytes(self.shape.neurons() as usize, self.reading.steps as usize)
    }

    /// Refuses more data than the limit, before any is stored.
    fn check_size(&self, folder: &Path, samples: usize) -> Result<(), DataError> {
        let most = u64::from(crate::net::architecture::MAX_NEURONS_PER_LAYER);
        let bytes = self.sample_len() as u64 * samples as u64;
        if self.shape.neurons() > most || bytes > MAX_BYTES {
            let (shape, steps) = (self.shape, self.reading.steps);
            let message = format!(
                "{samples} samples of {shape} in {steps} steps take {bytes} bytes; allowed: {MAX_BYTES} bytes, and {most} inputs a step"
            );
            return Err(DataError::file(folder, message));
        }
        Ok(())
    }

    fn read(&self, samples: &[EventFile]) -> Result<(Split, Binned), DataError> {
        let sample_len = self.sample_len();
        let mut pixels = vec![0u8; sample_len * samples.len()];
        let tasks = pixels.chunks_mut(sample_len).zip(samples).enumerate().collect();
        // After the first bad file nothing is read; which file that is does not depend on threads.
        let wrong = AtomicUsize::new(usize::MAX);
        let read = |(index, (bits, sample)): (usize, (&mut [u8], &EventFile))| {
            if index > wrong.load(Ordering::Relaxed) {
                return Ok(Binned::default());
            }
            let done = self.fill(sample, bits);
            if done.is_err() {
                wrong.fetch_min(index, Ordering::Relaxed);
            }
            done
        };
        let results: Vec<Result<Binned, DataError>> = threads::map(tasks, read);
        let mut binned = Binned::default();
        for result in results {
            binned.merge(result?);
        }
        Ok((
            Split {
                pixels,
                labels: samples.iter().map(|sample| sample.label).collect(),
                sample_len,
                sequences: None,
                targets: None,
            },
            binned,
        ))
    }

    fn fill(&self, sample: &EventFile, bits: &mut [u8]) -> Result<Binned, DataError> {
        let fail = |message: String| DataError::file(&sample.path, message);
        match sample.contents()?.0 {
            Contents::Events(recording) => self.bin(recording, bits).map_err(fail),
            Contents::Trains(trains) => {
                sample.check_steps(trains.steps, self.reading)?;
                if trains.shape != self.shape {
                    return Err(fail(format!("steps of {}, others are {}; they must agree", trains.shape, self.shape)));
                }
                let inputs = self.shape.neurons() as usize;
                for at in (0..trains.spikes.len()).filter(|at| trains.spikes[*at] != 0) {
                    set_spike(bits, inputs, at / inputs, at % inputs);
                }
                Ok(Binned::default())
            }
        }
    }

    fn bin(&self, recording: Recording, bits: &mut [u8]) -> Result<Binned, String> {
        let Shape { channels, height, width } = self.shape;
        if channels != 2 {
            return Err(format!("events, where others hold spikes of {}; they must agree", self.shape));
        }
        let sensor = [width, height].map(|side| u16::try_from(side).unwrap_or(u16::MAX));
        match recording.sensor {
            Some([w, h]) if self.stated && (w > sensor[0] || h > sensor[1]) => {
                return Err(format!("a sensor of {w} x {h} pixels; {SENSOR} says {width} x {height}"));
            }
            Some([w, h]) if !self.stated && [w, h] != sensor => {
                return Err(format!(
                    "a sensor of {w} x {h} pixels, others have {width} x {height}; they must agree, or {SENSOR} beside train \
                     and test says how large the largest is"
                ));
            }
            _ => {}
        }
        recording.check(sensor).map_err(|message| match recording.sensor {
            None => format!("{message}; {SENSOR} beside train and test says where it is larger"),
            Some(_) => message,
        })?;
        recording.bin(self.shape, self.reading, bits)
    }
}
