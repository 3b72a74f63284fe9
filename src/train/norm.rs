//! Batch norm per output channel: statistics, folding and the backward pass.
//!
//! The linear operations under it carry no bias: batch norm would subtract it again.

use super::adam::Parameter;

/// Added to a variance; part of the fold, too.
const EPSILON: f64 = 1e-4;
/// Share of the newest batch in the running statistics: they are nearly the last batch, so that the spiking branch
/// does not lag behind the other.
const MOMENTUM: f32 = 0.9;

/// Batch norm of one layer.
#[derive(Clone, Debug)]
pub(super) struct Norm {
    pub(super) gamma: Parameter,
    pub(super) beta: Parameter,
    pub(super) running_mean: Vec<f32>,
    pub(super) running_variance: Vec<f32>,
    /// Share of the newest batch in the running statistics.
    pub(super) momentum: f32,
    /// Of the batch at hand.
    mean: Vec<f32>,
    inverse_deviation: Vec<f32>,
}

/// What a channel does to a sum: `ratio` x sum + `shift`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Affine {
    pub(super) ratio: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

/// Sums of one task over its samples: two per channel.
pub(super) type Sums = Vec<f64>;

impl Norm {
    pub(super) fn new(channels: usize, gamma: f32, beta: f32) -> Self {
        Self {
            gamma: Parameter::new(vec![gamma; channels]),
            beta: Parameter::new(vec![beta; channels]),
            running_mean: vec![0.0; channels],
            running_variance: vec![1.0; channels],
            momentum: MOMENTUM,
            mean: vec![0.0; channels],
            inverse_deviation: vec![1.0; channels],
        }
    }

    pub(super) fn channels(&self) -> usize {
        self.mean.len()
    }

    /// Sums and sums of squares of rows of outputs.
    pub(super) fn measure(&self, rows: &[f32], positions: usize, sums: &mut [f64]) {
        for row in rows.chunks(self.channels() * positions) {
            for (channel, sums) in row.chunks(positions).zip(sums.chunks_mut(2)) {
                let [sum, squares] = moments(channel, channel);
                sums[0] += sum;
                sums[1] += squares;
            }
        }
    }

    /// Takes the statistics of a batch from the sums of its tasks, and moves the running ones.
    pub(super) fn update(&mut self, sums: &[f64], count: usize) {
        for (channel, [sum, squares]) in total(sums, self.channels()).into_iter().enumerate() {
            let mean = sum / count as f64;
            let variance = (squares / count as f64 - mean * mean).max(0.0);
            self.mean[channel] = mean as f32;
            self.inverse_deviation[channel] = (1.0 / (variance + EPSILON).sqrt()) as f32;
            let running = [&mut self.running_mean[channel], &mut self.running_variance[channel]];
            for (running, new) in running.into_iter().zip([mean, variance]) {
                *running += self.momentum * (new as f32 - *running);
            }
        }
    }

    /// What the ANN branch does: with the statistics of the batch.
    pub(super) fn of_batch(&self) -> Affine {
        let ratio: Vec<f32> = self.gamma.value.iter().zip(&self.inverse_deviation).map(|(g, i)| g * i).collect();
        let shift = self.beta.value.iter().zip(&self.mean).zip(&ratio).map(|((b, m), r)| b - m * r).collect();
        Affine { ratio, shift }
    }

    /// What the spiking branch does: with the running statistics.
    pub(super) fn folded(&self) -> Affine {
        let deviation = |variance: &f32| (f64::from(*variance) + EPSILON).sqrt();
        let ratios = self.gamma.value.iter().zip(&self.running_variance);
        let ratio: Vec<f32> = ratios.map(|(g, v)| (f64::from(*g) / deviation(v)) as f32).collect();
        let shift = self.beta.value.iter().zip(&self.running_mean).zip(&ratio).map(|((b, m), r)| b - m * r).collect();
        Affine { ratio, shift }
    }

    /// Turns gradients of activations into gradients of normalised values, and sums them.
    ///
    /// `gradient` holds rows of dL/da on entry, of dL/dz = dL/da where z > 0 on return. The sums are of dL/dz, and
    /// of dL/dz times the normalised input.
    pub(super) fn backward_mask(&self, sums_in: &[f32], gradient: &mut [f32], positions: usize, sums: &mut [f64]) {
        let Affine { ratio, shift } = self.of_batch();
        let width = self.channels() * positions;
        let mut normalised = vec![0.0; positions];
        for (row, gradient) in sums_in.chunks(width).zip(gradient.chunks_mut(width)) {
            let channels = row.chunks(positions).zip(gradient.chunks_mut(positions)).zip(sums.chunks_mut(2));
            for (channel, ((row, gradient), sums)) in channels.enumerate() {
                let (mean, inverse) = (self.mean[channel], self.inverse_deviation[channel]);
                for ((value, gradient), normalised) in row.iter().zip(&mut *gradient).zip(&mut normalised) {
                    *gradient = if ratio[channel] * value + shift[channel] > 0.0 { *gradient } else { 0.0 };
                    *normalised = (value - mean) * inverse;
                }
                let [sum, product] = moments(gradient, &normalised);
                sums[0] += sum;
                sums[1] += product;
            }
        }
    }

    /// Takes the gradients of gamma and beta from the sums of the tasks; gives the two means per channel that
    /// [`Norm::backward`] needs.
    pub(super) fn parameter_gradients(&mut self, sums: &[f64], count: usize) -> Vec<[f32; 2]> {
        let totals = total(sums, self.channels());
        for (channel, [of_beta, of_gamma]) in totals.iter().enumerate() {
            self.beta.gradient[channel] = *of_beta as f32;
            self.gamma.gradient[channel] = *of_gamma as f32;
        }
        totals.iter().map(|sums| sums.map(|sum| (sum / count as f64) as f32)).collect()
    }

    /// Turns gradients of normalised values into gradients of the sums, in place.
    pub(super) fn backward(&self, means: &[[f32; 2]], sums_in: &[f32], gradient: &mut [f32], positions: usize) {
        let width = self.channels() * positions;
        for (row, gradient) in sums_in.chunks(width).zip(gradient.chunks_mut(width)) {
            for (channel, (row, gradient)) in row.chunks(positions).zip(gradient.chunks_mut(positions)).enumerate() {
                let (mean, inverse) = (self.mean[channel], self.inverse_deviation[channel]);
                let [of_gradient, of_product] = means[channel];
                let scale = self.gamma.value[channel] * inverse;
                for (value, gradient) in row.iter().zip(gradient) {
                    *gradient = scale * (*gradient - of_gradient - (value - mean) * inverse * of_product);
                }
            }
        }
    }
}

/// The sum of `a`, and of the products of `a` and `b`.
///
/// In four lanes, because one chain of additions waits for each of them.
fn moments(a: &[f32], b: &[f32]) -> [f64; 2] {
    let mut lanes = [[0f64; 2]; 4];
    for (a, b) in a.chunks(4).zip(b.chunks(4)) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            lane[0] += f64::from(*a);
            lane[1] += f64::from(*a) * f64::from(*b);
        }
    }
    [0, 1].map(|i| (lanes[0][i] + lanes[1][i]) + (lanes[2][i] + lanes[3][i]))
}

/// Adds the sums of all tasks in their order.
fn total(sums: &[f64], channels: usize) -> Vec<[f64; 2]> {
    let mut total = vec![[0.0; 2]; channels];
    for task in sums.chunks(2 * channels) {
        for (total, sums) in total.iter_mut().zip(task.chunks(2)) {
            total[0] += sums[0];
            total[1] += sums[1];
        }
    }
    total
}
