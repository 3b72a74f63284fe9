//! Trainings on sequences of frames.

use super::{Config, Rule};
use crate::data::Split;
use crate::net::Architecture;
use std::collections::BTreeMap;

impl Config {
    /// Whether state goes through the frames of a sequence in training: of the surrogate rule, on values.
    pub(super) fn keeps_state(&self, architecture: &Architecture) -> bool {
        self.rule == Rule::SURROGATE && architecture.encoding.is_off_chip()
    }
}

/// The batches of an epoch, of samples in this order. Sequences of a batch have as many frames, so that none is padded:
/// those of each length fill batches of their own, of which the last ones are smaller.
pub(super) fn batches_of(split: &Split, order: &[u32], size: usize) -> Vec<Vec<u32>> {
    if split.sequences.is_none() {
        return order.chunks_exact(size).map(<[u32]>::to_vec).collect();
    }
    let (mut full, mut open) = (Vec::new(), BTreeMap::<usize, Vec<u32>>::new());
    for sample in order {
        let batch = open.entry(split.frames_of(*sample as usize).len()).or_default();
        batch.push(*sample);
        if batch.len() == size {
            full.push(std::mem::take(batch));
        }
    }
    full.extend(open.into_values().filter(|batch| !batch.is_empty()));
    full
}

/// Samples of one length in a row, at most `size` of them: all of them where they are no sequences.
pub(super) fn alike<'o>(split: &Split, order: &'o [u32], size: usize) -> impl Iterator<Item = &'o [u32]> {
    let frames = |sample: &u32| split.frames_of(*sample as usize).len();
    order.chunk_by(move |a, b| frames(a) == frames(b)).flat_map(move |run| run.chunks(size.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Sequences;

    #[test]
    fn sequences_of_a_batch_have_one_length_and_all_are_in_one() {
        let lengths = [2, 3, 2, 2, 3, 1, 2];
        let sequences = Sequences::of_lengths(&lengths, None);
        let split = Split { pixels: vec![0; 15], labels: vec![0; 7], sample_len: 1, sequences, targets: None };
        let order = [6, 0, 1, 2, 3, 4, 5];
        let all = batches_of(&split, &order, 2);
        assert_eq!(all, [vec![6, 0], vec![2, 3], vec![1, 4], vec![5]]);
        let mut sorted = order.to_vec();
        sorted.sort_by_key(|sample| lengths[*sample as usize]);
        let rows: Vec<&[u32]> = alike(&split, &sorted, 3).collect();
        assert_eq!(rows, [&[5][..], &[6, 0, 2], &[3], &[1, 4]]);
        // Others fill whole batches in their order.
        let plain = Split { sequences: None, ..split };
        assert_eq!(batches_of(&plain, &order, 3), [vec![6, 0, 1], vec![2, 3, 4]]);
    }
}
