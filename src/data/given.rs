//! Samples in a caller's memory: images, spike trains and recordings of events, read and checked as files are.

use super::error::DataError;
use super::events::arrays;
use super::npy::{MemoryArray, NumberFile};
use super::{Binning, Dataset, Split};
use crate::net::architecture::Shape;
use std::path::Path;

/// Name of a data set of arrays.
const NAME: &str = "arrays";
const SOURCE: &str = "arrays in memory";
/// One of this many training samples is kept for validation.
const OF_TRAIN: usize = 12;

impl Dataset {
    /// Images of shape `[n, d]`, `[n, h, w]` or `[n, c, h, w]` with their labels, as test samples. Integers are values of 0 to
    /// `full_scale`, which stands for 1.0; real numbers are shares of it.
    ///
    /// # Errors
    /// Arrays whose shapes or values are not allowed.
    pub fn from_images(images: MemoryArray<'_>, labels: MemoryArray<'_>, full_scale: u32) -> Result<Self, DataError> {
        if !(1..=255).contains(&full_scale) {
            return Err(images.fail(format!("a full scale of {full_scale}, allowed: 1 to 255")));
        }
        // Labels first: they are few, and a wrong count is found before the images are read.
        let classes = NumberFile::in_memory(labels)?.labels()?;
        let pixels = NumberFile::in_memory(images)?;
        same_count(images, pixels.shape()[0], (labels, classes.len()))?;
        let read = pixels.images(full_scale, true)?;
        let sample_len = read.shape.neurons() as usize;
        if let Some(at) = read.pixels.iter().position(|value| u32::from(*value) > full_scale) {
            let (sample, found) = (at / sample_len, read.pixels[at]);
            return Err(images.fail(format!("sample {sample} holds {found}, expected 0 to {full_scale}")));
        }
        let test = Split { pixels: read.pixels, labels: classes, sample_len, sequences: None, targets: None };
        let (parts, classes) = only_tests(test);
        Ok(Self::new(NAME, read.shape, classes, full_scale, parts, SOURCE.into()))
    }

    /// Spike trains of shape `[n, steps, neurons]` or `[n, steps, c, h, w]` with their labels, as test samples.
    ///
    /// # Errors
    /// As [`Dataset::from_images`], and values other than 0 and 1.
    pub fn from_spikes(spikes: MemoryArray<'_>, labels: MemoryArray<'_>) -> Result<Self, DataError> {
        let classes = NumberFile::in_memory(labels)?.labels()?;
        let values = NumberFile::in_memory(spikes)?;
        let dims = values.shape().to_vec();
        let steps = dims.get(1).filter(|_| dims.len() > 2).and_then(|steps| u32::try_from(*steps).ok()).unwrap_or(0);
        let (test, shape) = arrays::split(values, (classes, Path::new(labels.name)), Binning::of(steps))?;
        let (parts, classes) = only_tests(test);
        Ok(Self::of_trains(NAME, shape, classes, steps, parts, SOURCE.into()))
    }

    /// The same with the test samples of another one to train with, of which the last twelfth is for validation.
    ///
    /// # Errors
    /// Samples of different shapes, and too few of them.
    pub fn trained_on(self, other: Self) -> Result<Self, DataError> {
        let fail = |message: String| DataError::file(Path::new(NAME), message);
        let kind = |one: &Self| (one.shape, one.steps, one.full_scale);
        if kind(&self) != kind(&other) {
            let (one, two) = (other.shape, self.shape);
            return Err(fail(format!(
                "training samples are {one}, test samples {two}, or of other steps; they must agree"
            )));
        }
        let (count, mut train) = (other.test.len(), other.test);
        if count < OF_TRAIN {
            return Err(fail(format!(
                "{count} training samples; at least {OF_TRAIN} are needed, so that some can validate"
            )));
        }
        let kept = count - count / OF_TRAIN;
        let held_out = train.split_off(kept);
        let (classes, parts) = (self.classes.max(other.classes), [train, held_out, self.test]);
        if classes < 2 {
            return Err(fail("all labels are 0; at least two classes are needed".into()));
        }
        let made = match self.steps {
            None => Self::new(NAME, self.shape, classes, self.full_scale, parts, self.source),
            Some(steps) => Self::of_trains(NAME, self.shape, classes, steps, parts, self.source),
        };
        let mut notes = other.notes;
        notes.extend(self.notes);
        Ok(Self { notes, ..made })
    }

    /// The same with samples of another shape, if they have as many values.
    #[must_use]
    pub fn of_shape(self, shape: Shape) -> Self {
        let same = shape.neurons() == self.shape.neurons();
        Self { shape: if same { shape } else { self.shape }, ..self }
    }

    /// The same without samples.
    #[must_use]
    pub fn without_samples(&self) -> Self {
        let (parts, _) = only_tests(self.test.select(&[]));
        let [train, validation, test] = parts;
        let (name, source, notes) = (self.name.clone(), self.source.clone(), Vec::new());
        let (folder, part_of) = (self.folder.clone(), self.part_of);
        Self { name, source, notes, folder, part_of, train, validation, test, ..*self }
    }

    /// The same with that many classes, if its labels name fewer: a part of a data set may lack some. Samples without labels
    /// have none.
    #[must_use]
    pub fn of_classes(self, classes: u32) -> Self {
        Self { classes: if self.classes == 0 { 0 } else { self.classes.max(classes) }, ..self }
    }
}

/// A data set's parts of test samples alone, and the number of classes.
fn only_tests(test: Split) -> ([Split; 3], u32) {
    let classes = test.labels.iter().copied().max().map_or(0, |label| u32::from(label) + 1);
    ([test.select(&[]), test.select(&[]), test], classes)
}

fn same_count(data: MemoryArray<'_>, samples: u64, (labels, count): (MemoryArray<'_>, usize)) -> Result<(), DataError> {
    match samples == count as u64 {
        true => Ok(()),
        false => Err(labels.fail(format!("{count} labels for {samples} samples in {}", data.name))),
    }
}

#[cfg(feature = "events")]
mod recordings {
    use super::*;
    use crate::data::events::Binned;
    use crate::data::events::files::{Contents, npy};
    use crate::data::{MAX_BYTES, MAX_SIDE};
    use crate::net::architecture::{MAX_NEURONS_PER_LAYER, Shape};
    use crate::net::input::SpikeTrains;
    use crate::net::spikes::InputSpikes;
    use crate::threads;

    /// How recordings of events become spike trains.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EventGrid {
        /// Width and height of the sensor.
        pub sensor: [u32; 2],
        /// Time steps into which a recording is cut.
        pub steps: u32,
        /// Time of a step (us); without it a recording is cut into equal steps.
        pub bin_us: Option<u64>,
    }

    impl EventGrid {
        /// The shape of a step, if networks can have such inputs and memory holds that many samples.
        fn shape(&self, samples: usize) -> Result<Shape, String> {
            let [width, height] = self.sensor;
            if [width, height].iter().any(|side| !(1..=MAX_SIDE).contains(&u64::from(*side))) {
                return Err(format!("a sensor of {width} x {height} pixels; allowed: sides of 1 to {MAX_SIDE}"));
            }
            let shape = Shape { channels: 2, height, width };
            let (most, bits) = (u64::from(MAX_NEURONS_PER_LAYER), shape.neurons() * u64::from(self.steps));
            let bytes = bits.div_ceil(8).saturating_mul(samples as u64);
            if self.steps == 0 || shape.neurons() > most || bytes > MAX_BYTES {
                let steps = self.steps;
                return Err(format!(
                    "{samples} samples of {shape} in {steps} steps take {bytes} bytes; allowed: {MAX_BYTES} bytes, {most} \
                     inputs a step, and at least one step"
                ));
            }
            Ok(shape)
        }

        /// Sets the spikes of a recording in an all-zero sample.
        fn fill(&self, recording: MemoryArray<'_>, shape: Shape, bits: &mut [u8]) -> Result<Binned, DataError> {
            let header = recording.read_header()?;
            let fail = |message: String| recording.fail(message);
            let Contents::Events(events) = npy::contents(&header, recording.bytes).map_err(fail)? else {
                return Err(
                    recording.fail("spikes, expected a structured array of events with the fields t, x, y and p")
                );
            };
            // A side of a sensor is at most 4,096.
            events.check(self.sensor.map(|side| side as u16)).map_err(fail)?;
            events.bin(shape, Binning { bin_us: self.bin_us, ..Binning::of(self.steps) }, bits).map_err(fail)
        }
    }

    impl Dataset {
        /// Recordings of events with their labels, as test samples.
        ///
        /// # Errors
        /// As [`Dataset::from_spikes`], and events beyond the sensor.
        pub fn from_events(
            recordings: &[MemoryArray<'_>],
            labels: MemoryArray<'_>,
            how: EventGrid,
        ) -> Result<Self, DataError> {
            let classes = NumberFile::in_memory(labels)?.labels()?;
            let fail = |message: String| DataError::file(Path::new("data"), message);
            if classes.len() != recordings.len() {
                let (count, samples) = (classes.len(), recordings.len());
                return Err(labels.fail(format!("{count} labels for {samples} recordings")));
            }
            let shape = how.shape(recordings.len()).map_err(fail)?;
            let sample_len = SpikeTrains::bytes(shape.neurons() as usize, how.steps as usize);
            let mut pixels = vec![0u8; sample_len * recordings.len()];
            let tasks = pixels.chunks_mut(sample_len).zip(recordings).collect();
            let one = |(bits, recording): (&mut [u8], &MemoryArray<'_>)| how.fill(*recording, shape, bits);
            let mut binned = Binned::default();
            for done in threads::map(tasks, one) {
                binned.merge(done?);
            }
            let (parts, classes) =
                only_tests(Split { pixels, labels: classes, sample_len, sequences: None, targets: None });
            Ok(Self::of_trains(NAME, shape, classes, how.steps, parts, SOURCE.into()).noting(binned))
        }
    }

    impl InputSpikes {
        /// Spikes of a recording of events, cut into steps.
        ///
        /// # Errors
        /// As [`Dataset::from_events`], and more spikes than a run can have.
        pub fn from_recording(recording: MemoryArray<'_>, how: EventGrid) -> Result<Self, DataError> {
            let shape = how.shape(1).map_err(|message| recording.fail(message))?;
            let neurons = shape.neurons() as usize;
            let mut bits = vec![0u8; SpikeTrains::bytes(neurons, how.steps as usize)];
            how.fill(recording, shape, &mut bits)?;
            let trains = SpikeTrains::new(&bits, neurons);
            let step = |step: u32| trains.step(step as usize - 1).map(move |input| (step, input as u32));
            let spikes: Vec<(u32, u32)> = (1..=how.steps).flat_map(step).collect();
            let made = Self::from_events(&spikes, how.steps, neurons as u32);
            made.map_err(|error| recording.fail(error.to_string()))
        }
    }
}

#[cfg(feature = "events")]
pub use recordings::EventGrid;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::spikes::InputSpikes;

    fn array<'a>(name: &'a str, header: &'a str, bytes: &'a [u8]) -> MemoryArray<'a> {
        MemoryArray { name, header, bytes }
    }

    fn bytes_of(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn labels(count: usize) -> (String, Vec<u8>) {
        let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({count},), }}");
        (text, (0..count as u8).map(|label| label % 3).collect())
    }

    #[test]
    fn images_are_those_of_a_file() {
        let (label_header, label_bytes) = labels(4);
        let own = array("labels", &label_header, &label_bytes);
        let pixels: Vec<u8> = (0..24).map(|value| value * 10).collect();
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 2, 3), }";
        let images = Dataset::from_images(array("data", header, &pixels), own, 255).unwrap();
        assert_eq!((images.test.pixels.as_slice(), images.classes, images.steps), (&pixels[..], 3, None));
        assert_eq!((images.shape.channels, images.shape.height, images.shape.width), (1, 2, 3));
        // Shares of the full scale.
        let shares: Vec<f32> = (0..8).map(|value| value as f32 / 8.0).collect();
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }";
        let scaled = Dataset::from_images(array("data", header, &bytes_of(&shares)), own, 16).unwrap();
        assert_eq!((scaled.test.pixels, scaled.full_scale), (vec![0, 2, 4, 6, 8, 10, 12, 14], 16));
        let error = |header: &str, bytes: &[u8], scale| {
            Dataset::from_images(array("data", header, bytes), own, scale).unwrap_err().to_string()
        };
        let three = "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2), }";
        assert_eq!(error(three, &[0; 6], 255), "labels: 4 labels for 3 samples in data");
        let four = "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 2), }";
        assert_eq!(error(four, &[17; 8], 16), "data: sample 0 holds 17, expected 0 to 16");
        assert!(error(four, &[0; 7], 16).contains("7 bytes of data do not fit shape [4, 2]"));
        assert!(error(four, &[0; 8], 0).contains("a full scale of 0"));
        assert!(error("{'descr': '|O', 'fortran_order': False, 'shape': (4, 2)}", &[0; 8], 255).contains("objects"));
        assert!(
            error("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2)}", &[255; 32], 255)
                .contains("value 0 is NaN")
        );
    }

    #[test]
    fn spike_trains_are_bits_of_their_steps() {
        let (label_header, label_bytes) = labels(2);
        let own = array("labels", &label_header, &label_bytes);
        let header = "{'descr': '|b1', 'fortran_order': False, 'shape': (2, 3, 2), }";
        let bytes = [1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0];
        let trains = Dataset::from_spikes(array("data", header, &bytes), own).unwrap();
        assert_eq!((trains.steps, trains.test.pixels.as_slice()), (Some(3), &[0b11_1001, 0b00_0100][..]));
        let images = "{'descr': '|b1', 'fortran_order': False, 'shape': (2, 6), }";
        let error = Dataset::from_spikes(array("data", images, &bytes), own).unwrap_err().to_string();
        assert!(error.starts_with("data: spikes of shape [2, 6]; expected [samples, steps, neurons]"), "{error}");
        let raster = "{'descr': '|b1', 'fortran_order': False, 'shape': (3, 4), }";
        let spikes = InputSpikes::from_array(array("spikes", raster, &bytes)).unwrap();
        assert_eq!((spikes.steps(), spikes.neurons()), (3, Some(4)));
        let twos = array("spikes", raster, &[2; 12]);
        assert!(InputSpikes::from_array(twos).unwrap_err().to_string().starts_with("spikes: value 0 is 2"));
    }

    #[test]
    fn a_training_part_is_split_as_a_folder_is() {
        let part = |count: usize| {
            let (label_header, label_bytes) = labels(count);
            let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, 1), }}");
            let pixels = vec![7; count];
            let images = array("data", &header, &pixels);
            Dataset::from_images(images, array("labels", &label_header, &label_bytes), 255).unwrap()
        };
        let both = part(5).trained_on(part(25)).unwrap();
        assert_eq!((both.train.len(), both.validation.len(), both.test.len()), (23, 2, 5));
        assert!(part(5).trained_on(part(11)).is_err());
        assert_eq!(part(5).of_classes(10).classes, 10);
    }

    /// The same recordings in a folder and in memory.
    #[cfg(feature = "events")]
    #[test]
    fn recordings_are_those_of_files() {
        let header = "{'descr': [('x', '<i2'), ('y', '<i2'), ('t', '<i8'), ('p', '<i8')], 'fortran_order': False, 'shape': (40,), }";
        let recording = |seed: u64| -> Vec<u8> {
            let drawn = |index: u64| crate::rng::mix(seed << 16 ^ index);
            let event = |index: u64| {
                let [x, y] = [drawn(index) % 9, drawn(index) >> 20 & 7].map(|at| (at as i16).to_le_bytes());
                let [t, p] = [index * 100 + drawn(index) % 250, drawn(index) >> 40 & 1].map(u64::to_le_bytes);
                [&x[..], &y, &t, &p].concat()
            };
            (0..40).flat_map(event).collect()
        };
        let place = std::env::temp_dir().join(format!("spikemesh-given-{}", std::process::id()));
        let all: Vec<Vec<u8>> = (0..6).map(recording).collect();
        for (index, bytes) in all.iter().enumerate() {
            let folder = place.join(format!("test/{}", index % 3));
            std::fs::create_dir_all(&folder).unwrap();
            let start = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
            std::fs::write(folder.join(format!("{index}.npy")), [&start[..], bytes].concat()).unwrap();
        }
        std::fs::write(place.join("sensor.json"), r#"{"width": 9, "height": 8}"#).unwrap();
        let (label_header, label_bytes) = labels(6);
        for bin_us in [None, Some(700)] {
            let reading = (Binning { bin_us, ..Binning::of(5) }, crate::data::Wanted::Test);
            let files = crate::data::load_parts(&place.display().to_string(), &[], reading).unwrap();
            let arrays: Vec<_> = all.iter().map(|bytes| array("data", header, bytes)).collect();
            let own = array("labels", &label_header, &label_bytes);
            let events = EventGrid { sensor: [9, 8], steps: 5, bin_us };
            let memory = Dataset::from_events(&arrays, own, events).unwrap();
            assert_eq!((memory.test, memory.shape, memory.steps), (files.test, files.shape, files.steps));
            let one = InputSpikes::from_recording(arrays[0], events).unwrap();
            assert_eq!((one.steps(), one.neurons()), (5, Some(144)));
            let small = EventGrid { sensor: [4, 8], ..events };
            let error = Dataset::from_events(&arrays, own, small).unwrap_err().to_string();
            assert!(error.contains("outside the sensor of 4 x 8 pixels"), "{error}");
            for wrong in [
                EventGrid { steps: 0, ..events },
                EventGrid { sensor: [0, 8], ..events },
                EventGrid { steps: u32::MAX, ..events },
            ] {
                assert!(Dataset::from_events(&arrays, own, wrong).is_err());
            }
        }
        std::fs::remove_dir_all(&place).unwrap();
        assert!(crate::data::load_with("no such set", &[], Binning::of(3)).is_err());
    }
}
