//! Loss of a batch of outputs and its gradient: cross-entropy and mean squared error.

// The platform's functions may differ in the last bit between processors.
use libm::{exp, log};

/// Loss and accuracy of a batch of outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct BatchLoss {
    /// Mean over the samples; for squared errors also over the outputs.
    pub(super) mean: f64,
    /// Samples whose largest output, the first of equals, is the correct one; 0 without classes.
    pub(super) correct: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum WantedOutput<'a> {
    /// One class per sample; for squared errors, 1 for the class and 0 for the others.
    Classes(&'a [u8]),
    Values(&'a [f32]),
}

/// Cross-entropy of rows of outputs, and its gradient.
pub(super) fn cross_entropy(outputs: &[f32], labels: &[u8], gradient: &mut Vec<f32>) -> BatchLoss {
    gradient.clear();
    let classes = outputs.len() / labels.len().max(1);
    let mut loss = BatchLoss::default();
    for (row, label) in outputs.chunks(classes).zip(labels.iter().map(|l| usize::from(*l))) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = row.iter().map(|v| exp(f64::from(v - largest))).sum();
        loss.mean += log(sum) - f64::from(row[label] - largest);
        let share = |(class, v): (usize, &f32)| {
            let target = if class == label { 1.0 } else { 0.0 };
            ((exp(f64::from(v - largest)) / sum - target) / labels.len() as f64) as f32
        };
        gradient.extend(row.iter().enumerate().map(share));
    }
    loss.mean /= labels.len().max(1) as f64;
    loss.correct = correct(outputs, labels);
    loss
}

/// Mean squared error of rows of outputs, and its gradient.
pub(super) fn mean_squared(outputs: &[f32], wanted: WantedOutput<'_>, gradient: &mut Vec<f32>) -> BatchLoss {
    gradient.clear();
    let count = outputs.len().max(1) as f64;
    let mut sum = 0.0;
    let mut add = |output: &f32, wanted: f32| {
        let error = f64::from(output - wanted);
        sum += error * error;
        gradient.push((2.0 * error / count) as f32);
    };
    let correct = match wanted {
        WantedOutput::Values(values) => {
            outputs.iter().zip(values).for_each(|(output, value)| add(output, *value));
            0
        }
        WantedOutput::Classes(labels) => {
            let classes = outputs.len() / labels.len().max(1);
            for (row, label) in outputs.chunks(classes.max(1)).zip(labels) {
                let one_hot = |class: usize| if class == usize::from(*label) { 1.0 } else { 0.0 };
                row.iter().enumerate().for_each(|(class, output)| add(output, one_hot(class)));
            }
            correct(outputs, labels)
        }
    };
    BatchLoss { mean: sum / count, correct }
}

/// Rows whose largest output, the first of equals, is that of the label.
fn correct(outputs: &[f32], labels: &[u8]) -> usize {
    let classes = outputs.len() / labels.len().max(1);
    let right = |(row, label): &(&[f32], &u8)| {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row.iter().position(|v| *v == largest) == Some(usize::from(**label))
    };
    outputs.chunks(classes.max(1)).zip(labels).filter(right).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{self, Domain};
    use rand::Rng;

    #[test]
    fn loss_and_gradient_of_known_logits() {
        let mut gradient = Vec::new();
        let loss = cross_entropy(&[0.0, 0.0, 3f32.ln(), 0.0], &[0, 0], &mut gradient);
        assert!((loss.mean - (2f64.ln() + (4.0f64 / 3.0).ln()) / 2.0).abs() < 1e-7);
        assert_eq!(loss.correct, 2);
        let expected = [-0.25, 0.25, -0.125, 0.125];
        assert!(gradient.iter().zip(expected).all(|(g, e)| (g - e).abs() < 1e-7), "{gradient:?}");
    }

    #[test]
    fn squared_errors_by_hand() {
        let mut gradient = Vec::new();
        let loss = mean_squared(&[0.5, 1.0, 0.0, -1.0], WantedOutput::Values(&[0.0, 1.0, 0.0, 1.0]), &mut gradient);
        assert_eq!((loss.mean, loss.correct), ((0.25 + 4.0) / 4.0, 0));
        assert_eq!(gradient, [0.25, 0.0, 0.0, -1.0]);
        // Two samples of two classes: one-hot values.
        let loss = mean_squared(&[0.5, 1.0, 0.0, -1.0], WantedOutput::Classes(&[1, 1]), &mut gradient);
        assert_eq!((loss.mean, loss.correct), ((0.25 + 4.0) / 4.0, 1));
        assert_eq!(gradient, [0.25, 0.0, 0.0, -1.0]);
    }

    #[test]
    fn gradients_match_central_differences() {
        let stream = &mut rng::stream(3, Domain::Weights, 0);
        let mut uniform = || (stream.next_u64() >> 40) as f32 / (1u32 << 23) as f32 - 1.0;
        let (outputs, values): (Vec<f32>, Vec<f32>) = (0..15).map(|_| (2.0 * uniform(), uniform())).unzip();
        let labels = [4, 0, 2];
        type Evaluate<'a> = &'a dyn Fn(&[f32], &mut Vec<f32>) -> BatchLoss;
        let losses: [Evaluate<'_>; 3] = [
            &|outputs, gradient| cross_entropy(outputs, &labels, gradient),
            &|outputs, gradient| mean_squared(outputs, WantedOutput::Classes(&labels), gradient),
            &|outputs, gradient| mean_squared(outputs, WantedOutput::Values(&values), gradient),
        ];
        for loss in losses {
            let (mut gradient, mut unused) = (Vec::new(), Vec::new());
            loss(&outputs, &mut gradient);
            for i in 0..outputs.len() {
                let mut at = |by: f32| {
                    let mut moved = outputs.clone();
                    moved[i] += by;
                    loss(&moved, &mut unused).mean
                };
                let (by, found) = (1.0 / 128.0, f64::from(gradient[i]));
                let expected = (at(by) - at(-by)) / 2.0 / f64::from(by);
                assert!((found - expected).abs() < 1e-5, "output {i}: {found}, differences {expected}");
            }
        }
    }
}
