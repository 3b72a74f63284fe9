//! A part of a data set: its samples, the sequences of frames in it, and what networks learn to give for a sample.

use super::targets::{GivenTargets, SampleTarget, WantedNumbers};
use crate::digest::{Digest, Stable, all_fields};
use crate::net::architecture::Target;
use std::ops::Range;

/// One part of a data set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// All samples one after the other: values in channels x rows x columns, or spike trains as bits (see
    /// [`crate::net::input`]). Of sequences, all their frames.
    pub pixels: Vec<u8>,
    /// One class per sample; 0 of samples that have none.
    pub labels: Vec<u8>,
    /// Bytes per sample; of sequences, bytes per frame.
    pub sample_len: usize,
    /// Where each sample lies among the frames, if samples are sequences of frames.
    pub sequences: Option<Sequences>,
    /// Numbers that come with samples, for networks that learn to give them.
    pub targets: Option<GivenTargets>,
}

/// Sequences of frames, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequences {
    /// The first frame of each sequence, and last the number of frames: one more than there are sequences, from 0 on,
    /// ascending, as every sequence has a frame.
    pub offsets: Vec<usize>,
    /// One class per frame, where frames have their own.
    pub frame_labels: Option<Vec<u8>>,
}

all_fields! {
    struct Sequences { offsets, frame_labels }
}

impl Stable for Split {
    fn add_to(&self, digest: &mut Digest) {
        // Only networks that learn to give them depend on targets: what runs such a network adds them.
        let Self { pixels, labels, sample_len, sequences, targets: _ } = self;
        digest.bytes(pixels);
        digest.bytes(labels);
        digest.add(sample_len);
        // Samples without frames keep the digests that they have in files.
        if let Some(sequences) = sequences {
            digest.add(sequences);
        }
    }
}

impl Sequences {
    /// Sequences of these lengths; `None` if one is empty, or frames have another number of labels.
    pub fn of_lengths(lengths: &[usize], frame_labels: Option<Vec<u8>>) -> Option<Self> {
        let mut offsets = Vec::with_capacity(lengths.len() + 1);
        offsets.push(0usize);
        for length in lengths {
            let end = offsets.last()?.checked_add(*length)?;
            (*length > 0).then(|| offsets.push(end))?;
        }
        let frames = *offsets.last()?;
        let fits = frame_labels.as_ref().is_none_or(|labels| labels.len() == frames);
        fits.then_some(Self { offsets, frame_labels })
    }

    /// Whether they are that many sequences, and each has a frame.
    pub(super) fn are_sound(&self, sequences: usize) -> bool {
        let Self { offsets, frame_labels } = self;
        let last = offsets.last().copied().unwrap_or(0);
        offsets.len() == sequences + 1
            && offsets[0] == 0
            && offsets.windows(2).all(|pair| pair[0] < pair[1])
            && frame_labels.as_ref().is_none_or(|labels| labels.len() == last)
    }

    /// The frames of a sequence.
    fn frames(&self, index: usize) -> Range<usize> {
        self.offsets[index]..self.offsets[index + 1]
    }

    /// Takes the sequences from the one at `kept` on.
    fn split_off(&mut self, kept: usize) -> Self {
        let first = self.offsets[kept];
        let offsets = self.offsets[kept..].iter().map(|offset| offset - first).collect();
        self.offsets.truncate(kept + 1);
        Self { offsets, frame_labels: self.frame_labels.as_mut().map(|labels| labels.split_off(first)) }
    }
}

impl Split {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Contents and class of a sample; `index` is below [`Split::len`]. The contents of a sequence are its frames.
    pub fn sample(&self, index: usize) -> (&[u8], u8) {
        let frames = self.frames_of(index);
        (&self.pixels[frames.start * self.sample_len..frames.end * self.sample_len], self.labels[index])
    }

    /// What a network with this target should give for a sample of values of 0 to `full_scale`; `index` is below
    /// [`Split::len`]. It is no number where samples come with none.
    pub fn target(&self, target: Target, index: usize, full_scale: u32) -> SampleTarget<'_> {
        let (bytes, label) = self.sample(index);
        match target {
            Target::Label => SampleTarget::Class(label),
            Target::Input => SampleTarget::Numbers(WantedNumbers::of_bytes(bytes, full_scale)),
            Target::Given => {
                let targets = self.targets.as_ref();
                SampleTarget::Numbers(targets.map_or(WantedNumbers::NONE, |targets| targets.sample(index)))
            }
        }
    }

    /// The frames of a sample among those of all samples; a sample that is no sequence is one frame.
    pub fn frames_of(&self, index: usize) -> Range<usize> {
        self.sequences.as_ref().map_or(index..index + 1, |sequences| sequences.frames(index))
    }

    /// Frames of the first samples.
    pub fn frames(&self, samples: usize) -> usize {
        self.sequences.as_ref().map_or(samples, |sequences| sequences.offsets[samples])
    }

    /// Most frames of one of the first samples.
    pub fn most_frames(&self, samples: usize) -> usize {
        (0..samples).map(|index| self.frames_of(index).len()).max().unwrap_or(0)
    }

    /// The class of a frame: its own, where frames have classes.
    pub fn frame_label(&self, sample: usize, frame: usize) -> u8 {
        let own = self.sequences.as_ref().and_then(|sequences| sequences.frame_labels.as_ref());
        own.map_or(self.labels[sample], |labels| labels[self.frames_of(sample).start + frame])
    }

    /// Each frame as a sample with its class.
    #[must_use]
    pub fn by_frame(self) -> Self {
        let of = |sample: usize| (0..self.frames_of(sample).len()).map(move |frame| (sample, frame));
        let labels = (0..self.len()).flat_map(of).map(|(sample, frame)| self.frame_label(sample, frame)).collect();
        Self { labels, sequences: None, ..self }
    }

    /// Takes the samples from the one at `kept` on.
    pub(super) fn split_off(&mut self, kept: usize) -> Self {
        let first = self.frames(kept);
        Self {
            pixels: self.pixels.split_off(first * self.sample_len),
            labels: self.labels.split_off(kept),
            sample_len: self.sample_len,
            sequences: self.sequences.as_mut().map(|sequences| sequences.split_off(kept)),
            targets: self.targets.as_mut().map(|targets| targets.split_off(kept)),
        }
    }

    /// A part without samples.
    pub(super) fn empty(sample_len: usize) -> Self {
        Self { sample_len, ..Self::default() }
    }

    pub(super) fn select(&self, indices: &[u32]) -> Self {
        let samples = || indices.iter().map(|index| self.sample(*index as usize));
        let chosen = |sequences: &Sequences| {
            let frames = || indices.iter().map(|index| sequences.frames(*index as usize));
            let labels = sequences.frame_labels.as_ref();
            let mut offsets = vec![0];
            offsets.extend(frames().scan(0, |end, frames| {
                *end += frames.len();
                Some(*end)
            }));
            let frame_labels = labels.map(|labels| frames().flat_map(|at| &labels[at]).copied().collect());
            Sequences { offsets, frame_labels }
        };
        Self {
            pixels: samples().flat_map(|(pixels, _)| pixels).copied().collect(),
            labels: samples().map(|(_, label)| label).collect(),
            sample_len: self.sample_len,
            sequences: self.sequences.as_ref().map(chosen),
            targets: self.targets.as_ref().map(|targets| targets.select(indices)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part() -> Split {
        let frame_labels = Some(vec![0, 1, 2, 2, 1, 0]);
        let sequences = Sequences::of_lengths(&[2, 1, 3], frame_labels);
        Split { pixels: (0..12).collect(), labels: vec![5, 6, 7], sample_len: 2, sequences, targets: None }
    }

    #[test]
    fn a_sample_is_its_frames() {
        let all = part();
        assert_eq!((all.sample(0), all.sample(2)), ((&[0, 1, 2, 3][..], 5), (&[6, 7, 8, 9, 10, 11][..], 7)));
        assert_eq!((all.frames(2), all.frames(3), all.most_frames(2), all.most_frames(3)), (3, 6, 2, 3));
        assert_eq!((all.frame_label(2, 0), all.frame_label(0, 1)), (2, 1));
        let frames = all.by_frame();
        assert_eq!((frames.labels.as_slice(), frames.sample(3)), (&[0, 1, 2, 2, 1, 0][..], (&[6, 7][..], 2)));
    }

    #[test]
    fn parts_of_sequences_keep_their_frames() {
        let (mut all, chosen) = (part(), part().select(&[2, 0]));
        assert_eq!((chosen.sample(0), chosen.sample(1)), (part().sample(2), part().sample(0)));
        assert_eq!(chosen.sequences.unwrap().frame_labels, Some(vec![2, 1, 0, 0, 1]));
        let rest = all.split_off(1);
        assert_eq!((all.len(), all.pixels.len(), rest.sample(1)), (1, 4, part().sample(2)));
        assert_eq!((rest.frame_label(0, 0), rest.frame_label(1, 2)), (2, 0));
        assert!(all.sequences.unwrap().are_sound(1) && rest.sequences.unwrap().are_sound(2));
    }

    #[test]
    fn empty_sequences_and_other_numbers_of_labels_are_refused() {
        assert_eq!(Sequences::of_lengths(&[2, 0, 1], None), None);
        assert_eq!(Sequences::of_lengths(&[2, 1], Some(vec![0; 4])), None);
        assert_eq!(Sequences::of_lengths(&[usize::MAX, 1], None), None);
        assert!(!Sequences { offsets: vec![0, 2, 2], frame_labels: None }.are_sound(2));
        assert!(!Sequences { offsets: vec![0, 2], frame_labels: None }.are_sound(2));
        assert!(!Sequences { offsets: vec![], frame_labels: None }.are_sound(0));
    }

    #[test]
    fn a_target_is_what_the_network_learns() {
        let targets = GivenTargets::of_words(vec![0, u16::MAX], 1);
        let part = Split { pixels: vec![1, 2, 3, 4], labels: vec![7, 9], sample_len: 2, sequences: None, targets };
        assert_eq!(part.target(Target::Label, 1, 4), SampleTarget::Class(9));
        let numbers = |target, index| match part.target(target, index, 4) {
            SampleTarget::Numbers(numbers) => numbers.shares().collect::<Vec<_>>(),
            SampleTarget::Class(_) => panic!("numbers"),
        };
        assert_eq!((numbers(Target::Input, 1), numbers(Target::Given, 1)), (vec![0.75, 1.0], vec![1.0]));
    }
}
