//! Softmax and cross-entropy.

/// What a batch of logits is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Loss {
    /// Mean cross-entropy.
    pub(super) mean: f64,
    /// Samples whose largest logit, the first of equals, is the right one.
    pub(super) correct: usize,
}

/// The loss of rows of logits, and its gradient.
pub(super) fn cross_entropy(logits: &[f32], labels: &[u8], gradient: &mut Vec<f32>) -> Loss {
    gradient.clear();
    let classes = logits.len() / labels.len().max(1);
    let mut loss = Loss::default();
    for (row, label) in logits.chunks(classes).zip(labels.iter().map(|l| usize::from(*l))) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = row.iter().map(|v| f64::from(v - largest).exp()).sum();
        loss.mean += sum.ln() - f64::from(row[label] - largest);
        loss.correct += usize::from(row.iter().position(|v| *v == largest) == Some(label));
        let share = |(class, v): (usize, &f32)| {
            let target = if class == label { 1.0 } else { 0.0 };
            ((f64::from(v - largest).exp() / sum - target) / labels.len() as f64) as f32
        };
        gradient.extend(row.iter().enumerate().map(share));
    }
    loss.mean /= labels.len().max(1) as f64;
    loss
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_and_gradient_of_known_logits() {
        let mut gradient = Vec::new();
        let loss = cross_entropy(&[0.0, 0.0, 3f32.ln(), 0.0], &[0, 0], &mut gradient);
        assert!((loss.mean - (2f64.ln() + (4.0f64 / 3.0).ln()) / 2.0).abs() < 1e-7);
        assert_eq!(loss.correct, 2);
        let expected = [-0.25, 0.25, -0.125, 0.125];
        assert!(gradient.iter().zip(expected).all(|(g, e)| (g - e).abs() < 1e-7), "{gradient:?}");
    }
}
