//! Parameters of a Gaussian process, by their likelihood.
//!
//! With few values, many sets of parameters have a similar likelihood and different predictions. A search therefore draws
//! several from the posterior, by Gibbs sampling over a table of lengths.

use super::cholesky::{CholeskyFactor, dot};
use super::process::{KnownPoints, Process, covariances, square};
use crate::rng::Stream;
use rand::RngExt;

/// Length scales that are tried. An axis with the last one has almost no effect.
const LENGTHS: [f64; 6] = [0.25, 0.5, 1.0, 2.0, 5.0, 12.0];
/// The length scale with which all axes start.
const FIRST_LENGTH: f64 = 0.8;
/// Noise variances that are tried, relative to that of the process.
const NOISES: [f64; 2] = [1e-4, 1e-2];
/// Weight of the prior: the logarithm of a length has a normal distribution around 0 of variance 1 / (2 x this).
const PRIOR: f64 = 0.15;
/// Weight of the prior of the process variance, as a number of values. The prior is centred on the variance of the values.
const VARIANCE_PRIOR: f64 = 4.0;
/// Rounds of the search for the maximum of the likelihood.
const ROUNDS: usize = 2;
/// Most values that enter the likelihood. Of more values, an evenly spaced subset is used.
const MOST: usize = 64;

/// A setting, and what follows from it.
#[derive(Clone)]
struct ScaleTrial {
    lengths: Vec<f64>,
    noise: f64,
    /// The logarithm, with that of the prior.
    likelihood: f64,
}

/// What a setting makes of the values.
struct FittedWeights {
    factor: CholeskyFactor,
    weights: Vec<f64>,
    mean: f64,
    /// The values' squared distance from the mean, in the measure of their covariances.
    distance2: f64,
}

/// Values with mean 0 and variance 1, at known points.
struct Fitting<'a> {
    known: &'a KnownPoints,
    values: Vec<f64>,
}

impl Fitting<'_> {
    /// The squares of the distances of all pairs.
    fn apart2(&self, lengths: &[f64]) -> Vec<f64> {
        let scales: Vec<f64> = lengths.iter().map(|length| 1.0 / square(*length)).collect();
        self.known.apart2(&scales)
    }

    fn solve(&self, apart2: Vec<f64>, noise: f64) -> Option<FittedWeights> {
        let count = self.values.len();
        let factor = CholeskyFactor::of(covariances(apart2, count, noise), count)?;
        let (mut weights, mut ones) = (self.values.clone(), vec![1.0; self.values.len()]);
        factor.forward(&mut weights);
        factor.forward(&mut ones);
        let mean = dot(&ones, &weights) / dot(&ones, &ones);
        for (weight, one) in weights.iter_mut().zip(&ones) {
            *weight -= mean * one;
        }
        let distance2 = dot(&weights, &weights);
        Some(FittedWeights { factor, weights, mean, distance2 })
    }

    fn variance(&self, solution: &FittedWeights) -> f64 {
        (solution.distance2 + VARIANCE_PRIOR) / (self.values.len() as f64 + VARIANCE_PRIOR)
    }

    fn attempt(&self, apart2: Vec<f64>, lengths: Vec<f64>, noise: f64) -> Option<ScaleTrial> {
        let solution = self.solve(apart2, noise)?;
        let count = self.values.len() as f64 + VARIANCE_PRIOR;
        let prior: f64 = lengths.iter().map(|length| square(libm::log(*length))).sum();
        let likelihood =
            -0.5 * count * libm::log(self.variance(&solution)) - solution.factor.half_log_determinant() - PRIOR * prior;
        Some(ScaleTrial { lengths, noise, likelihood })
    }

    /// All values of one parameter: the length of an axis or, after the last axis, the noise.
    fn along(&self, from: &ScaleTrial, parameter: usize) -> Vec<ScaleTrial> {
        if parameter == from.lengths.len() {
            let apart2 = self.apart2(&from.lengths);
            let with = |noise: &f64| self.attempt(apart2.clone(), from.lengths.clone(), *noise);
            return NOISES.iter().filter_map(with).collect();
        }
        // An axis of infinite length takes no part.
        let mut lengths = from.lengths.clone();
        lengths[parameter] = f64::INFINITY;
        let others = self.apart2(&lengths);
        let with = |length: &f64| {
            let (mut lengths, mut apart2) = (lengths.clone(), others.clone());
            lengths[parameter] = *length;
            self.known.add_apart2(&mut apart2, parameter, 1.0 / square(*length));
            self.attempt(apart2, lengths, from.noise)
        };
        LENGTHS.iter().filter_map(with).collect()
    }

    /// A set of parameters that a change of any single parameter makes less likely, to a close approximation.
    fn likeliest(&self) -> Option<ScaleTrial> {
        let lengths = vec![FIRST_LENGTH; self.known.axes()];
        let mut best = self.attempt(self.apart2(&lengths), lengths, NOISES[1])?;
        for _ in 0..ROUNDS {
            for parameter in 0..=best.lengths.len() {
                for trial in self.along(&best, parameter) {
                    if trial.likelihood > best.likelihood + 1e-9 {
                        best = trial;
                    }
                }
            }
        }
        Some(best)
    }

    /// One Gibbs sweep: draws each parameter in turn from its distribution given the others.
    fn drawn(&self, mut from: ScaleTrial, stream: &mut Stream) -> ScaleTrial {
        for parameter in 0..=from.lengths.len() {
            let mut trials = self.along(&from, parameter);
            let top = trials.iter().map(|trial| trial.likelihood).fold(f64::NEG_INFINITY, f64::max);
            let shares: Vec<f64> = trials.iter().map(|trial| libm::exp(trial.likelihood - top)).collect();
            let mut rest = stream.random::<f64>() * shares.iter().sum::<f64>();
            let is_reached = |share: &f64| {
                rest -= share;
                rest <= 0.0
            };
            if let Some(chosen) = shares.iter().position(is_reached) {
                from = trials.swap_remove(chosen);
            }
        }
        from
    }
}

/// Fits processes to values at known points: the most likely one or, if `draws` is more than one, that number of draws
/// from the posterior. None without values.
pub(super) fn fit(known: &KnownPoints, values: &[f64], draws: usize, stream: &mut Stream) -> Vec<Process> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let spread = (values.iter().map(|value| square(value - mean)).sum::<f64>() / count).sqrt();
    let spread = if spread > 0.0 { spread } else { 1.0 };
    let values: Vec<f64> = values.iter().map(|value| (value - mean) / spread).collect();
    let few: Vec<usize> = if values.len() > MOST {
        (0..MOST).map(|n| n * values.len() / MOST).collect()
    } else {
        (0..values.len()).collect()
    };
    let (few_known, few_values) = (known.of(&few), few.iter().map(|n| values[*n]).collect());
    let judge = Fitting { known: &few_known, values: few_values };
    let Some(likeliest) = judge.likeliest() else { return Vec::new() };
    let mut trials = vec![likeliest];
    if draws > 1 {
        let from = trials.remove(0);
        trials.extend(
            std::iter::successors(Some(judge.drawn(from, stream)), |trial| Some(judge.drawn(trial.clone(), stream)))
                .take(draws),
        );
    }
    let whole = Fitting { known, values };
    let process = |trial: &ScaleTrial| {
        let mut solution = whole.solve(whole.apart2(&trial.lengths), trial.noise)?;
        let sd = spread * whole.variance(&solution).sqrt();
        solution.factor.backward(&mut solution.weights);
        for weight in &mut solution.weights {
            *weight *= spread;
        }
        let mean = mean + spread * solution.mean;
        Some(Process::new(known, &trial.lengths, trial.noise, solution.factor, solution.weights, mean, sd))
    };
    trials.iter().filter_map(process).collect()
}
