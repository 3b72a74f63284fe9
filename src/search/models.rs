//! Models of a search: a process for each objective, for each limit, and for whether a point can be evaluated.

use super::gain::{OpenBoxes, probability};
use super::hypervolume::{Place, front};
use super::likelihood::fit;
use super::process::{KnownPoints, Prediction, Process};
use super::{MOST_OBJECTIVES, Observation, PointSearch, SearchGoal, Told};
use crate::rng::{self, Domain};

/// The streams that draw parameters, apart from those that draw points.
const PARAMETERS: u64 = 1 << 40;

/// The reference point of the hypervolume, where objectives go from 0 to 1 over what was observed.
pub(super) const REFERENCE: f64 = 1.1;

/// With one objective, the largest gain that counts, as a part of the observed range. Without this bound, unexplored points are
/// preferred to points near the best one. With several objectives it kept searches from the ends of the front.
const MOST_GAIN: f64 = 0.1;

/// Maps an objective to a number from 0 to 1, where lower is better.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ruler {
    sign: f64,
    pub(super) logarithmic: bool,
    low: f64,
    range: f64,
}

impl Ruler {
    /// The scale of an objective: the range of its values within the limits, or of all values if those do not differ.
    fn new(objective: SearchGoal, within: &[f64], all: &[f64]) -> Self {
        let sign = if objective.highest { -1.0 } else { 1.0 };
        let logarithmic = objective.logarithmic && all.iter().all(|value| *value > 0.0);
        let mut ruler = Self { sign, logarithmic, low: 0.0, range: 1.0 };
        for values in [within, all] {
            let numbers = || values.iter().map(|value| ruler.plain(*value));
            let (low, high) = (numbers().fold(f64::INFINITY, f64::min), numbers().fold(f64::NEG_INFINITY, f64::max));
            if low < high {
                (ruler.low, ruler.range) = (low, high - low);
                break;
            }
            if low == high {
                ruler.low = low;
            }
        }
        ruler
    }

    /// A value as it is modelled.
    pub(super) fn plain(&self, value: f64) -> f64 {
        self.sign * if self.logarithmic { libm::log(value) } else { value }
    }

    /// The value of a modelled number.
    pub(super) fn value(&self, plain: f64) -> f64 {
        if self.logarithmic { libm::exp(self.sign * plain) } else { self.sign * plain }
    }

    fn scaled(&self, prediction: Prediction) -> Prediction {
        Prediction { mean: (prediction.mean - self.low) / self.range, sd: prediction.sd / self.range }
    }

    pub(super) fn place(&self, value: f64) -> f64 {
        (self.plain(value) - self.low) / self.range
    }
}

/// Rulers of all objectives; the points that were measured, and whether each is within its limits.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) rulers: Vec<Ruler>,
    pub(super) rows: Vec<MeasuredRow>,
}

/// A row that was measured.
#[derive(Clone, Debug)]
pub(super) struct MeasuredRow {
    /// Its number among all that was told.
    pub(super) number: usize,
    pub(super) place: Place,
    pub(super) is_within: bool,
}

impl Measured {
    pub(super) fn new(objectives: &[SearchGoal], told: &[Told]) -> Self {
        let found = |told: &Told| {
            let (objectives, limits) = told.observation.figures()?;
            Some((objectives.to_vec(), limits.iter().all(|limit| *limit <= 0.0)))
        };
        let found: Vec<_> = told.iter().enumerate().filter_map(|(n, told)| Some((n, found(told)?))).collect();
        let column = |n: usize, all: bool| -> Vec<f64> {
            found.iter().filter(|(_, (_, within))| all || *within).map(|(_, (values, _))| values[n]).collect()
        };
        let ruler = |(n, objective): (usize, &SearchGoal)| Ruler::new(*objective, &column(n, false), &column(n, true));
        let rulers: Vec<Ruler> = objectives.iter().enumerate().map(ruler).collect();
        let row = |(number, (values, is_within)): &(usize, (Vec<f64>, bool))| {
            let mut place = [0.0; MOST_OBJECTIVES];
            for ((place, value), ruler) in place.iter_mut().zip(values).zip(&rulers) {
                *place = ruler.place(*value);
            }
            MeasuredRow { number: *number, place, is_within: *is_within }
        };
        Self { rows: found.iter().map(row).collect(), rulers }
    }

    /// The rows that are within their limits and that no such row dominates.
    pub(super) fn front(&self) -> Vec<&MeasuredRow> {
        let within: Vec<&MeasuredRow> = self.rows.iter().filter(|row| row.is_within).collect();
        let places: Vec<&[f64]> = within.iter().map(|row| &row.place[..]).collect();
        front(&places).into_iter().map(|n| within[n]).collect()
    }

    pub(super) fn reference(&self) -> Vec<f64> {
        vec![REFERENCE; self.rulers.len()]
    }
}

/// Processes of all that was told.
#[derive(Clone, Debug)]
pub(super) struct Models {
    pub(super) rulers: Vec<Ruler>,
    /// Processes with drawn parameters, by objective: the same number for each.
    pub(super) objectives: Vec<Vec<Process>>,
    limits: Vec<Process>,
    /// Process of feasibility: 1 for measured points and -1 for others, if there are any.
    fits: Option<Process>,
    reference: Vec<f64>,
    front: Vec<Place>,
    open: OpenBoxes,
}

impl Models {
    /// Fits all; `None` while fewer than two points were measured.
    pub(super) fn new(search: &PointSearch, draws: usize) -> Option<Self> {
        let PointSearch { space, told, options, .. } = search;
        let measured = Measured::new(&search.objectives, told);
        if measured.rows.len() < 2 {
            return None;
        }
        let mut stream = rng::stream(options.seed, Domain::Search, PARAMETERS | told.len() as u64);
        let known = KnownPoints::new(space, measured.rows.iter().map(|row| told[row.number].point.clone()).collect());
        let found: Vec<(&[f64], &[f64])> = told.iter().filter_map(|told| told.observation.figures()).collect();
        let mut objectives = Vec::new();
        for (n, ruler) in measured.rulers.iter().enumerate() {
            let values: Vec<f64> = found.iter().map(|(objectives, _)| ruler.plain(objectives[n])).collect();
            objectives.push(fit(&known, &values, draws, &mut stream));
        }
        let mut limits = Vec::new();
        for n in 0..found[0].1.len() {
            let values: Vec<f64> = found.iter().map(|(_, limits)| limits[n]).collect();
            limits.extend(fit(&known, &values, 1, &mut stream));
        }
        let value = |told: &Told| if told.observation == Observation::Unfit { -1.0 } else { 1.0 };
        let values: Vec<f64> = told.iter().map(value).collect();
        let mut fits = None;
        if values.contains(&-1.0) {
            let known = KnownPoints::new(space, told.iter().map(|told| told.point.clone()).collect());
            fits = fit(&known, &values, 1, &mut stream).pop();
        }
        let front: Vec<Place> = measured.front().iter().map(|row| row.place).collect();
        let reference = measured.reference();
        let open = OpenBoxes::new(&front, &reference, MOST_GAIN);
        Some(Self { rulers: measured.rulers, objectives, limits, fits, reference, front, open })
    }

    /// The acquisition function: the expected gain of hypervolume times the probability that the point is within the limits. That
    /// probability alone, while no point within the limits is known.
    pub(super) fn gains(&self, points: &[Vec<u32>]) -> Vec<f64> {
        let mut gains = vec![1.0; points.len()];
        if !self.front.is_empty() {
            gains = self.expected(points);
        }
        for limit in &self.limits {
            for (gain, prediction) in gains.iter_mut().zip(limit.predict(points)) {
                *gain *= probability(-prediction.mean / prediction.sd);
            }
        }
        if let Some(fits) = &self.fits {
            for (gain, prediction) in gains.iter_mut().zip(fits.predict(points)) {
                *gain *= probability(prediction.mean / prediction.sd);
            }
        }
        gains
    }

    /// The expected gain of hypervolume, averaged over all drawn parameters.
    fn expected(&self, points: &[Vec<u32>]) -> Vec<f64> {
        let mut gains = vec![0.0; points.len()];
        let draws = self.objectives.iter().map(Vec::len).min().unwrap_or(0);
        for draw in 0..draws {
            let scaled = |(processes, ruler): (&Vec<Process>, &Ruler)| {
                processes[draw].predict(points).into_iter().map(|prediction| ruler.scaled(prediction)).collect()
            };
            let predictions: Vec<Vec<Prediction>> = self.objectives.iter().zip(&self.rulers).map(scaled).collect();
            for (gain, one) in gains.iter_mut().zip(self.open.expected(&predictions)) {
                *gain += one / draws as f64;
            }
        }
        gains
    }

    /// Treats a point as evaluated, with its predicted means.
    pub(super) fn assume(&mut self, point: &[u32]) {
        let one = [point.to_vec()];
        let mut place = [0.0; MOST_OBJECTIVES];
        for ((place, processes), ruler) in place.iter_mut().zip(&self.objectives).zip(&self.rulers) {
            let sum: f64 = processes.iter().map(|process| process.means(&one)[0]).sum();
            *place = ruler.scaled(Prediction { mean: sum / processes.len() as f64, sd: 0.0 }).mean;
        }
        let is_within = self.limits.iter().all(|process| process.means(&one)[0] <= 0.0);
        if is_within && self.fits.iter().all(|process| process.means(&one)[0] > 0.0) {
            self.front.push(place);
            self.open = OpenBoxes::new(&self.front, &self.reference, MOST_GAIN);
        }
        for process in self.objectives.iter_mut().flatten().chain(&mut self.limits).chain(&mut self.fits) {
            if let Some(more) = process.with_prediction(point) {
                *process = more;
            }
        }
    }
}
