//! Batch norm per output channel: statistics, folding and the backward pass, on rows `[position][channel]`.
//!
//! The linear operations before it have no bias: batch norm would subtract it again.

use super::adam::Parameter;
use multiversion::multiversion;

/// Term added to a variance, also in the fold.
pub(super) const EPSILON: f64 = 1e-4;
/// Share of the newest batch in the running statistics: they are nearly the last batch, so that the spiking branch does
/// not lag behind the other.
const MOMENTUM: f32 = 0.9;

#[derive(Clone, Debug)]
pub(super) struct Norm {
    pub(super) gamma: Parameter,
    pub(super) beta: Parameter,
    pub(super) running_mean: Vec<f32>,
    pub(super) running_variance: Vec<f32>,
    /// Share of the newest batch in the running statistics.
    pub(super) momentum: f32,
    /// Whether the running statistics are fixed and used in both branches.
    pub(super) fixed: bool,
    /// Statistics of the current batch.
    mean: Vec<f32>,
    inverse_deviation: Vec<f32>,
    /// Means over the batch of dL/dz, and of dL/dz times the normalised input.
    means: Vec<f32>,
}

/// Affine map of a channel's sum: `ratio` x sum + `shift`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Affine {
    pub(super) ratio: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

/// Sums of one task over its samples: two per channel, first the one of all channels, then the other.
pub(super) type Sums = Vec<f64>;

/// Range of z in which a twin's activation passes gradients.
#[derive(Clone, Copy, Debug)]
pub(super) struct PassBand {
    pub(super) above: f32,
    pub(super) below: f32,
    /// Factor on the gradients that pass.
    pub(super) slope: f32,
}

/// Gradients of one task: the sums u, the additions to their normalised values, and dL/da.
pub(super) struct Masked<'a> {
    pub(super) sums: &'a [f32],
    /// Counts of a residual addition, and the worth of each, if there is one.
    pub(super) added: Option<(&'a [f32], f32)>,
    pub(super) gradient: &'a mut [f32],
}

impl Norm {
    pub(super) fn new(channels: usize, gamma: f32, beta: f32) -> Self {
        Self {
            gamma: Parameter::new(vec![gamma; channels]),
            beta: Parameter::new(vec![beta; channels]),
            running_mean: vec![0.0; channels],
            running_variance: vec![1.0; channels],
            momentum: MOMENTUM,
            fixed: false,
            mean: vec![0.0; channels],
            inverse_deviation: vec![1.0; channels],
            means: Vec::new(),
        }
    }

    /// Makes it pass on the sums themselves, and keeps its offset.
    pub(super) fn become_identity(&mut self) {
        self.gamma.value.fill(1.0);
        self.running_mean.fill(0.0);
        self.running_variance.fill((1.0 - EPSILON) as f32);
        self.fixed = true;
    }

    pub(super) fn channels(&self) -> usize {
        self.mean.len()
    }

    /// Sums and sums of squares of rows of outputs, whole samples of `outputs` values.
    pub(super) fn measure(&self, samples: &[f32], outputs: usize, sums: &mut [f64]) {
        add_moments(self.channels(), outputs, samples, samples, sums);
    }

    /// Sets the statistics of a batch from the sums of its tasks, and updates the running ones.
    pub(super) fn update(&mut self, sums: &[f64], count: usize) {
        let channels = self.channels();
        if self.fixed {
            self.mean.copy_from_slice(&self.running_mean);
            let inverse = |v: &f32| (1.0 / (f64::from(*v) + EPSILON).sqrt()) as f32;
            self.inverse_deviation = self.running_variance.iter().map(inverse).collect();
            return;
        }
        let totals = total(sums, channels);
        for channel in 0..channels {
            let mean = totals[channel] / count as f64;
            let variance = (totals[channels + channel] / count as f64 - mean * mean).max(0.0);
            self.mean[channel] = mean as f32;
            self.inverse_deviation[channel] = (1.0 / (variance + EPSILON).sqrt()) as f32;
            let running = [&mut self.running_mean[channel], &mut self.running_variance[channel]];
            for (running, new) in running.into_iter().zip([mean, variance]) {
                *running += self.momentum * (new as f32 - *running);
            }
        }
    }

    /// Map of the ANN branch, with the statistics of the batch.
    pub(super) fn of_batch(&self) -> Affine {
        let ratio: Vec<f32> = self.gamma.value.iter().zip(&self.inverse_deviation).map(|(g, i)| g * i).collect();
        let shift = self.beta.value.iter().zip(&self.mean).zip(&ratio).map(|((b, m), r)| b - m * r).collect();
        Affine { ratio, shift }
    }

    /// Map of the spiking branch, with the running statistics.
    pub(super) fn folded(&self) -> Affine {
        let deviation = |variance: &f32| (f64::from(*variance) + EPSILON).sqrt();
        let ratios = self.gamma.value.iter().zip(&self.running_variance);
        let ratio: Vec<f32> = ratios.map(|(g, v)| (f64::from(*g) / deviation(v)) as f32).collect();
        let shift = self.beta.value.iter().zip(&self.running_mean).zip(&ratio).map(|((b, m), r)| b - m * r).collect();
        Affine { ratio, shift }
    }

    /// Turns gradients of activations into gradients of normalised values, and sums them.
    ///
    /// `gradient` holds rows of dL/da on entry, of dL/dz = dL/da where z passes gradients on return. The sums are of
    /// dL/dz, and of dL/dz times the normalised input.
    pub(super) fn backward_mask(
        &self,
        affine: &Affine,
        passing: PassBand,
        task: Masked<'_>,
        outputs: usize,
        sums: &mut [f64],
    ) {
        let (channels, Masked { sums: values, added, gradient }) = (self.channels(), task);
        mask(affine, passing, values, added, gradient);
        add_moments(channels, outputs, gradient, values, sums);
    }

    /// Sets the gradients of gamma and beta from the sums of the tasks, and the means that [`Norm::backward`] needs.
    pub(super) fn set_means(&mut self, sums: &[f64], count: usize) {
        let channels = self.channels();
        let mut totals = total(sums, channels);
        for channel in 0..channels {
            let (mean, inverse) = (f64::from(self.mean[channel]), f64::from(self.inverse_deviation[channel]));
            let of_beta = totals[channel];
            // The sums are of dL/dz times u; the normalised value is (u - mean) / deviation.
            let of_gamma = (totals[channels + channel] - mean * of_beta) * inverse;
            totals[channels + channel] = of_gamma;
            self.beta.gradient[channel] = of_beta as f32;
            self.gamma.gradient[channel] = of_gamma as f32;
        }
        // Fixed statistics do not depend on the batch, so no gradient flows through them.
        let share = if self.fixed { 0.0 } else { 1.0 / count as f64 };
        self.means = totals.iter().map(|sum| (sum * share) as f32).collect();
    }

    /// Turns gradients of normalised values into gradients of the sums, in place.
    pub(super) fn backward(&self, values: &[f32], gradient: &mut [f32]) {
        let (channels, means) = (self.channels(), &self.means);
        // scale (g - mean_g - (u - mean) inverse mean_gn) = scale g - slope u - offset
        let scale: Vec<f32> = self.gamma.value.iter().zip(&self.inverse_deviation).map(|(g, i)| g * i).collect();
        let slope: Vec<f32> =
            (0..channels).map(|c| scale[c] * self.inverse_deviation[c] * means[channels + c]).collect();
        let offset: Vec<f32> = (0..channels).map(|c| scale[c] * means[c] - slope[c] * self.mean[c]).collect();
        straighten(&scale, &slope, &offset, values, gradient);
    }
}

/// Keeps the gradients of activations that pass them.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn mask(affine: &Affine, passing: PassBand, values: &[f32], added: Option<(&[f32], f32)>, gradient: &mut [f32]) {
    let Affine { ratio, shift } = affine;
    let channels = ratio.len();
    for (index, (value, gradient)) in values.chunks_exact(channels).zip(gradient.chunks_exact_mut(channels)).enumerate()
    {
        let inside = |z: f32| z > passing.above && z < passing.below;
        let per_channel = value.iter().zip(&mut *gradient).zip(ratio.iter().zip(shift));
        match added {
            None => per_channel.for_each(|((u, g), (ratio, shift))| {
                *g = if inside(ratio * u + shift) { passing.slope * *g } else { 0.0 };
            }),
            Some((added, worth)) => {
                per_channel.zip(&added[index * channels..]).for_each(|(((u, g), (ratio, shift)), added)| {
                    *g = if inside(ratio * u + shift + worth * added) { passing.slope * *g } else { 0.0 };
                });
            }
        }
    }
}

/// `scale` x gradient - `slope` x value - `offset`, channel by channel.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn straighten(scale: &[f32], slope: &[f32], offset: &[f32], values: &[f32], gradient: &mut [f32]) {
    let channels = scale.len();
    for (values, gradient) in values.chunks_exact(channels).zip(gradient.chunks_exact_mut(channels)) {
        let factors = scale.iter().zip(slope).zip(offset);
        for ((value, gradient), ((scale, slope), offset)) in values.iter().zip(gradient).zip(factors) {
            *gradient = scale * *gradient - slope * value - offset;
        }
    }
}

/// Adds per channel the sum of `a`, and of the products of `a` and `b`, over samples of `outputs` values.
///
/// Within a sample in single precision, with adjacent channels; over samples in double precision.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn add_moments(channels: usize, outputs: usize, a: &[f32], b: &[f32], sums: &mut [f64]) {
    let (of_a, of_products) = sums.split_at_mut(channels);
    let samples = a.chunks(outputs).zip(b.chunks(outputs));
    if outputs == channels {
        for (a, b) in samples {
            for ((a, b), (sum, product)) in a.iter().zip(b).zip(of_a.iter_mut().zip(of_products.iter_mut())) {
                *sum += f64::from(*a);
                *product += f64::from(*a) * f64::from(*b);
            }
        }
        return;
    }
    let mut parts = vec![0f32; 2 * channels];
    for (a, b) in samples {
        parts.fill(0.0);
        let (first, second) = parts.split_at_mut(channels);
        for (a, b) in a.chunks(channels).zip(b.chunks(channels)) {
            for ((a, b), (sum, product)) in a.iter().zip(b).zip(first.iter_mut().zip(second.iter_mut())) {
                *sum += a;
                *product += a * b;
            }
        }
        of_a.iter_mut().zip(&*first).for_each(|(sum, part)| *sum += f64::from(*part));
        of_products.iter_mut().zip(&*second).for_each(|(sum, part)| *sum += f64::from(*part));
    }
}

/// Adds the sums of all tasks in their order.
fn total(sums: &[f64], channels: usize) -> Vec<f64> {
    let mut total = vec![0.0; 2 * channels];
    for task in sums.chunks(2 * channels) {
        total.iter_mut().zip(task).for_each(|(total, sum)| *total += sum);
    }
    total
}
