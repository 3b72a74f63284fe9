//! Which classes are taken for which.

use crate::train::ablation::Answer;
use serde_json::{Value, json};

/// Samples by their class and the class that they are given: a row for each class.
pub(super) fn confusion(answers: &[Answer]) -> Vec<Vec<u32>> {
    let classes = answers.iter().map(|a| usize::from(a.label.max(a.spiking)) + 1).max().unwrap_or(0);
    let mut counts = vec![vec![0; classes]; classes];
    answers.iter().for_each(|a| counts[usize::from(a.label)][usize::from(a.spiking)] += 1);
    counts
}

/// A sample whose class is not found, for machines.
pub(super) fn mistake((sample, answer): (usize, &Answer)) -> Value {
    json!({"sample": sample, "class": answer.label, "spiking": answer.spiking, "twin": answer.twin})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_confusion_is_a_class_and_a_column_what_it_is_taken_for() {
        let answer = |label, spiking| Answer { label, spiking, twin: 0 };
        let answers = [answer(0, 0), answer(0, 2), answer(1, 1), answer(0, 2)];
        assert_eq!(confusion(&answers), [[1, 0, 2], [0, 1, 0], [0, 0, 0]]);
        assert_eq!(confusion(&[]), Vec::<Vec<u32>>::new());
    }
}
