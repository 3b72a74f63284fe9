//! Check that samples fit a network and its classes, before a training, an evaluation or a run.

use super::targets::GivenTargets;
use super::{Dataset, DatasetPart, Split};
use crate::net::Layered;
use crate::net::architecture::{Shape, Target};
use crate::net::input::{SpikeTrains, samples};
use crate::net::samples::Classifier;
use crate::net::spikes::MAX_SPIKE_STEPS;

/// Why a network cannot read samples.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// The network reads samples of another shape.
    #[error("{network} reads samples of {expected}, {dataset} has samples of {found}")]
    Shape {
        /// Name of the network.
        network: String,
        /// Name of the data set.
        dataset: String,
        /// Samples that the network reads.
        expected: Shape,
        /// Samples of the data set.
        found: Shape,
    },
    /// The network distinguishes another number of classes.
    #[error("{network} distinguishes {outputs} classes, {dataset} has {classes}")]
    Classes {
        /// Name of the network.
        network: String,
        /// Name of the data set.
        dataset: String,
        /// Outputs of the network.
        outputs: usize,
        /// Classes of the data set.
        classes: u32,
    },
    /// The network reads values and the data set has spike trains, or vice versa.
    #[error("{network} reads {expected}, {dataset} has {found}")]
    Encoding {
        /// Name of the network.
        network: String,
        /// Name of the data set.
        dataset: String,
        /// Samples that the network reads.
        expected: &'static str,
        /// Samples of the data set.
        found: &'static str,
    },
    /// Samples are sequences of frames, and the network reads single samples.
    #[error(
        "{network} reads single samples, {dataset} has sequences of frames: a layered network with \"frames\" in its \
         \"input\" keeps its state through them"
    )]
    Frames {
        /// Name of the network.
        network: String,
        /// Name of the data set.
        dataset: String,
    },
    /// Sequences that do not fit their frames and labels.
    #[error("{labels} labels for sequences that are empty, out of order, or of another number")]
    Sequences {
        /// Labels.
        labels: usize,
    },
    /// A sequence of more steps than a run can have.
    #[error("sample {sample} has {frames} frames of {steps} steps; a sequence has at most {MAX_SPIKE_STEPS} steps")]
    Long {
        /// The sample, from 0.
        sample: usize,
        /// Its frames.
        frames: usize,
        /// Steps of a frame.
        steps: u32,
    },
    /// Another value stands for 1.0.
    #[error("{network} reads values of 0 to {expected}, {dataset} has values of 0 to {found}")]
    FullScale {
        /// Name of the network.
        network: String,
        /// Name of the data set.
        dataset: String,
        /// The largest value that the network reads.
        expected: u32,
        /// The largest value of the data set.
        found: u32,
    },
    /// More samples than there are, or none.
    #[error("{asked} samples asked for, allowed: 1 to {available}")]
    Count {
        /// Samples asked for.
        asked: usize,
        /// Samples available.
        available: usize,
    },
    /// Samples of another size than the network reads.
    #[error("samples of {found} bytes, the network reads samples of {expected}")]
    Size {
        /// Bytes that the network reads.
        expected: usize,
        /// Bytes of a sample.
        found: usize,
    },
    /// Contents of fewer samples than there are labels.
    #[error("{bytes} bytes of contents for {labels} labels, expected at least {sample_len} bytes for each")]
    Contents {
        /// Bytes of all samples.
        bytes: usize,
        /// Labels.
        labels: usize,
        /// Bytes of a sample.
        sample_len: usize,
    },
    /// A value larger than the one that stands for 1.0.
    #[error("sample {sample} holds {found}, the network reads values of 0 to {most}")]
    Value {
        /// The sample, from 0.
        sample: usize,
        /// The value.
        found: u8,
        /// The largest value.
        most: u32,
    },
    /// A part of a data set, without samples for training.
    #[error("{dataset} has test samples only, training samples are in {whole}; to get it: {get}")]
    TestOnly {
        /// Name of the data set.
        dataset: String,
        /// Name of the data set of which it is a part.
        whole: &'static str,
        /// Advice on how to get that.
        get: &'static str,
    },
    /// The network learns to give numbers that come with samples, and these come with none.
    #[error(
        "{network} learns to give targets, {dataset} has none: a folder has them in train_targets.npy and \
         test_targets.npy"
    )]
    NoTargets {
        /// Name of the network.
        network: String,
        /// Name of the data set.
        dataset: String,
    },
    /// Another number of them than the network has outputs.
    #[error("{network} has {outputs} outputs, {dataset} has targets of {found} numbers")]
    Targets {
        /// Name of the network.
        network: String,
        /// Name of the data set.
        dataset: String,
        /// Outputs of the network.
        outputs: u64,
        /// Numbers of a target.
        found: usize,
    },
    /// Targets of fewer samples than there are.
    #[error("targets of {found} samples, expected those of {expected}")]
    TargetCount {
        /// Samples with a target.
        found: usize,
        /// Samples.
        expected: usize,
    },
    /// A class for which the network has no output.
    #[error("sample {sample} is of class {found}, the network has outputs for classes 0 to {most}")]
    Label {
        /// The sample, from 0.
        sample: usize,
        /// The label.
        found: u8,
        /// The last class.
        most: usize,
    },
}

struct Reads {
    sample_len: usize,
    /// Largest value, where samples are values.
    most: Option<u32>,
    /// Number of classes, where they matter.
    classes: Option<usize>,
    /// Outputs, where samples have a target for each.
    outputs: Option<usize>,
    /// Steps of a frame, where samples may be sequences of them; `None` where they may not.
    frame_steps: Option<u32>,
}

impl Dataset {
    /// Checks that the parts match the description, and that there is something to train on; gives the name of the part
    /// that does not.
    pub fn check_parts(&self) -> Result<(), (&'static str, Mismatch)> {
        self.check_training().map_err(|mismatch| ("training", mismatch))?;
        let inputs = self.shape.neurons() as usize;
        let sample_len = self.steps.map_or(inputs, |steps| SpikeTrains::bytes(inputs, steps as usize));
        let most = self.steps.is_none().then_some(self.full_scale);
        let classes = Some(self.classes as usize).filter(|classes| *classes > 0);
        let reads = Reads { sample_len, most, classes, outputs: None, frame_steps: Some(1) };
        for (name, part, fewest) in
            [("training", &self.train, 1), ("validation", &self.validation, 0), ("test", &self.test, 0)]
        {
            if part.len() < fewest || !part.is_empty() {
                part.check_for(&reads, part.len()).map_err(|mismatch| (name, mismatch))?;
            }
        }
        Ok(())
    }

    /// Checks that it is not a part without samples for training and validation.
    pub fn check_training(&self) -> Result<(), Mismatch> {
        match self.part_of {
            Some(DatasetPart { name, whole, get, .. }) => Err(Mismatch::TestOnly { dataset: name.into(), whole, get }),
            None => Ok(()),
        }
    }

    /// Checks that a network, called `name` in messages, can read the samples and distinguishes their classes.
    pub fn check(&self, name: &str, network: &Layered) -> Result<(), Mismatch> {
        let names = || (name.to_owned(), self.name.clone());
        let ((network_name, dataset), expected) = (names(), network.input);
        if expected != self.shape {
            return Err(Mismatch::Shape { network: network_name, dataset, expected, found: self.shape });
        }
        let outputs = outputs(network);
        if network.target.has_classes() && outputs != self.classes as usize {
            return Err(Mismatch::Classes { network: network_name, dataset, outputs, classes: self.classes });
        }
        self.check_targets(name, network.target, outputs as u64)?;
        self.check_frames(name, network.frames.are_sequences())?;
        let trains = self.steps.is_some();
        if network.encoding.reads_trains() != trains {
            let (expected, found) = (network.encoding.reads(), samples(trains));
            return Err(Mismatch::Encoding { network: network_name, dataset, expected, found });
        }
        let (expected, found) = (network.full_scale, self.full_scale);
        if expected != found {
            return Err(Mismatch::FullScale { network: network_name, dataset, expected, found });
        }
        Ok(())
    }

    /// Checks that samples come with as many numbers as a network, called `name` in messages, has outputs, if it learns to give
    /// those. Parts without samples need none.
    pub fn check_targets(&self, name: &str, target: Target, outputs: u64) -> Result<(), Mismatch> {
        if target != Target::Given {
            return Ok(());
        }
        let (network, dataset) = (name.to_owned(), self.name.clone());
        let parts = [&self.train, &self.validation, &self.test];
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            match part.targets.as_ref().map(GivenTargets::each) {
                None => return Err(Mismatch::NoTargets { network, dataset }),
                Some(found) if found as u64 != outputs => {
                    return Err(Mismatch::Targets { network, dataset, outputs, found });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Checks that a network, called `name` in messages, can read sequences of frames if samples are.
    pub fn check_frames(&self, name: &str, reads: bool) -> Result<(), Mismatch> {
        match self.are_sequences() && !reads {
            true => Err(Mismatch::Frames { network: name.to_owned(), dataset: self.name.clone() }),
            false => Ok(()),
        }
    }
}

impl Split {
    /// Checks that the first `count` samples exist and that a network can read them.
    pub fn check(&self, network: &Layered, count: usize) -> Result<(), Mismatch> {
        let inputs = network.input.neurons() as usize;
        let (sample_len, most) = match network.encoding.reads_trains() {
            false => (inputs, Some(network.full_scale)),
            true => (SpikeTrains::bytes(inputs, network.spec.time_steps as usize), None),
        };
        let classes = network.target.has_classes().then(|| outputs(network));
        let own_targets = (network.target == Target::Given).then(|| outputs(network));
        let frame_steps = network.frames.are_sequences().then_some(network.spec.time_steps);
        self.check_for(&Reads { sample_len, most, classes, outputs: own_targets, frame_steps }, count)
    }

    /// Checks that the first `count` samples exist, and that a sparse network can read them and has an output for each class.
    pub fn check_classifier(&self, network: &Classifier, count: usize) -> Result<(), Mismatch> {
        let (sample_len, most) = (network.sample_len(), network.full_scale());
        let classes = Some(network.classes());
        self.check_for(&Reads { sample_len, most, classes, outputs: None, frame_steps: None }, count)
    }

    fn check_for(&self, reads: &Reads, count: usize) -> Result<(), Mismatch> {
        let (bytes, labels, sample_len) = (self.pixels.len(), self.len(), self.sample_len);
        if !self.sequences.as_ref().is_none_or(|sequences| sequences.are_sound(labels)) {
            return Err(Mismatch::Sequences { labels });
        }
        if self.frames(labels).checked_mul(sample_len).is_none_or(|needed| needed > bytes) {
            return Err(Mismatch::Contents { bytes, labels, sample_len });
        }
        if !(1..=labels).contains(&count) {
            return Err(Mismatch::Count { asked: count, available: labels });
        }
        self.check_lengths(reads, count)?;
        self.check_own_targets(reads.outputs)?;
        if sample_len != reads.sample_len {
            return Err(Mismatch::Size { expected: reads.sample_len, found: sample_len });
        }
        if let Some(most) = reads.most
            && let Some(at) =
                self.pixels[..self.frames(count) * sample_len].iter().position(|value| u32::from(*value) > most)
        {
            let frame = at / sample_len;
            let sample = (0..count).find(|sample| self.frames_of(*sample).contains(&frame)).unwrap_or(frame);
            return Err(Mismatch::Value { sample, found: self.pixels[at], most });
        }
        let wrong = |classes: &usize| self.labels[..count].iter().position(|label| usize::from(*label) >= *classes);
        match reads.classes.and_then(|classes| Some((wrong(&classes)?, classes))) {
            Some((sample, classes)) => {
                Err(Mismatch::Label { sample, found: self.labels[sample], most: classes.saturating_sub(1) })
            }
            None => Ok(()),
        }
    }
}

impl Split {
    /// Checks that there is a target for each sample, and if `outputs` are to be learned, a number for each of them.
    fn check_own_targets(&self, outputs: Option<usize>) -> Result<(), Mismatch> {
        if let Some((found, expected)) = self.targets.as_ref().map(|targets| (targets.samples(), self.len()))
            && found < expected
        {
            return Err(Mismatch::TargetCount { found, expected });
        }
        let Some(outputs) = outputs else { return Ok(()) };
        let [network, dataset] = ["the network", "the data set"].map(str::to_owned);
        match self.targets.as_ref().map(GivenTargets::each) {
            None => Err(Mismatch::NoTargets { network, dataset }),
            Some(found) if found == outputs => Ok(()),
            Some(found) => Err(Mismatch::Targets { network, dataset, outputs: outputs as u64, found }),
        }
    }

    /// Checks that samples are sequences only where they may be, and of no more steps than a run can have.
    fn check_lengths(&self, reads: &Reads, count: usize) -> Result<(), Mismatch> {
        let Some(sequences) = &self.sequences else { return Ok(()) };
        let Some(steps) = reads.frame_steps else {
            let [network, dataset] = ["the network", "the data set"].map(str::to_owned);
            return Err(Mismatch::Frames { network, dataset });
        };
        let frames = sequences.offsets.windows(2).take(count).map(|pair| pair[1] - pair[0]);
        let most = (MAX_SPIKE_STEPS / steps.max(1)) as usize;
        match frames.enumerate().find(|(_, frames)| *frames > most) {
            Some((sample, frames)) => Err(Mismatch::Long { sample, frames, steps }),
            None => Ok(()),
        }
    }
}

fn outputs(network: &Layered) -> usize {
    network.layers.last().map_or(0, |layer| layer.op.outputs())
}
