//! Results of a search beside its points: the hypervolume, the errors of its models, and the effect of each axis.

use super::PointSearch;
use super::hypervolume::{Place, hypervolume};
use super::models::{Measured, Models};
use super::process::Process;
use crate::rng::{self, Domain};

/// Points over which the effect of an axis is averaged.
const BASE: usize = 256;
/// Most levels of an axis that are evaluated.
const LEVELS: usize = 64;

/// Leave-one-out error of the model of an objective.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaveOneOut {
    /// Root of the mean squared error: of the natural logarithm if `logarithmic`, else in the unit of the objective.
    pub rms: f64,
    /// The same relative to the error of the mean of all other points: 0 for a perfect model, 1 for one without information.
    pub relative: f64,
    /// The logarithm of the objective is modelled.
    pub logarithmic: bool,
    /// The prediction for each point from all others, in the order of the results; `None` where nothing was measured.
    pub predicted: Vec<Option<f64>>,
}

/// Effects of the axes on an objective, by its model.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// The axes, in their order.
    pub axes: Vec<AxisEffect>,
}

/// Effect of one axis on an objective.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisEffect {
    /// Total-effect index: the share of the variance over the space that remains if all other axes are fixed. Shares add up to
    /// more than 1 where axes interact.
    pub share: f64,
    /// Mean over the other axes at each evaluated level; of the logarithm, where that is modelled.
    pub levels: Vec<(u32, f64)>,
}

impl PointSearch {
    /// The hypervolume after each row that was told: objectives go from 0 to 1 over what all rows observed within the
    /// limits, and the reference point is at 1.1.
    pub fn hypervolume(&self) -> Vec<f64> {
        let measured = Measured::new(&self.objectives, &self.told);
        let reference = measured.reference();
        let (mut front, mut volume, mut rows): (Vec<Place>, _, _) = (Vec::new(), 0.0, measured.rows.iter().peekable());
        let mut after = |number: usize| {
            if let Some(row) = rows.next_if(|row| row.number == number) {
                let is_beaten = |other: &Place| other.iter().zip(&row.place).all(|(a, b)| a <= b);
                if row.is_within && !front.iter().any(is_beaten) {
                    front.retain(|other| !row.place.iter().zip(other).all(|(a, b)| a <= b));
                    front.push(row.place);
                    volume = hypervolume(&front, &reference);
                }
            }
            volume
        };
        (0..self.told.len()).map(&mut after).collect()
    }

    /// The rows that are within their limits and that no such row dominates, by their numbers.
    pub fn front(&self) -> Vec<usize> {
        Measured::new(&self.objectives, &self.told).front().iter().map(|row| row.number).collect()
    }

    /// Errors of the model of each objective; empty while too little was measured.
    pub fn leave_one_out(&self) -> Vec<LeaveOneOut> {
        let Some(models) = Models::new(self, 1) else { return Vec::new() };
        let one = |(n, process): (usize, &Process)| {
            let ruler = models.rulers[n];
            let mut errors = process.leave_one_out().into_iter();
            let (mut sum, mut plain, mut predicted) = (0.0, Vec::new(), Vec::new());
            for told in &self.told {
                let Some((objectives, _)) = told.observation.figures() else {
                    predicted.push(None);
                    continue;
                };
                let (value, error) = (ruler.plain(objectives[n]), errors.next().unwrap_or(0.0));
                sum += error * error;
                plain.push(value);
                predicted.push(Some(ruler.value(value + error)));
            }
            let count = plain.len() as f64;
            let mean = plain.iter().sum::<f64>() / count;
            // Each point against the mean of the others.
            let apart: f64 = plain.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>().sqrt();
            let without = apart * count / (count - 1.0);
            let relative = if without > 0.0 { sum.sqrt() / without } else { 0.0 };
            LeaveOneOut { rms: (sum / count).sqrt(), relative, logarithmic: ruler.logarithmic, predicted }
        };
        models.objectives.iter().flatten().enumerate().map(one).collect()
    }

    /// Effects of each axis on each objective; empty while too little was measured.
    pub fn sensitivity(&self) -> Vec<Sensitivity> {
        let Some(models) = Models::new(self, 1) else { return Vec::new() };
        let base: Vec<Vec<u32>> = if self.space.size() <= BASE as u64 {
            self.space.all().collect()
        } else {
            let mut stream = rng::stream(self.options.seed, Domain::Search, u64::MAX);
            (0..BASE).map(|_| self.space.draw(&mut stream)).collect()
        };
        let one = |(process, ruler): (&Process, _)| {
            let means = |points: &[Vec<u32>]| process.means(points);
            let axes = (0..self.space.axes().len()).map(|axis| self.effect(axis, &base, &means, ruler));
            Sensitivity { axes: axes.collect() }
        };
        models.objectives.iter().flatten().zip(&models.rulers).map(one).collect()
    }

    /// Each base point is moved over the levels of one axis.
    fn effect(
        &self,
        axis: usize,
        base: &[Vec<u32>],
        means: &dyn Fn(&[Vec<u32>]) -> Vec<f64>,
        ruler: &super::models::Ruler,
    ) -> AxisEffect {
        let count = self.space.axes()[axis].levels();
        let looked_at = count.min(LEVELS);
        let level = |n: usize| if looked_at < 2 { 0 } else { (n * (count - 1) / (looked_at - 1)) as u32 };
        let levels: Vec<u32> = (0..looked_at).map(level).collect();
        let (mut own, mut centres, mut sums) = (0.0, Vec::new(), vec![0.0; levels.len()]);
        for point in base {
            let moved = levels.iter().map(|level| {
                let mut point = point.clone();
                point[axis] = *level;
                point
            });
            let found = means(&moved.collect::<Vec<_>>());
            own += variance(&found);
            centres.push(found.iter().sum::<f64>() / found.len() as f64);
            for (sum, mean) in sums.iter_mut().zip(found) {
                *sum += mean;
            }
        }
        let count = base.len() as f64;
        own /= count;
        // Of all points that were looked at, so that no part is more than the whole.
        let whole = own + variance(&centres);
        let share = if whole > 0.0 { own / whole } else { 0.0 };
        AxisEffect { share, levels: levels.into_iter().zip(sums.iter().map(|sum| ruler.value(sum / count))).collect() }
    }
}

fn variance(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count
}
