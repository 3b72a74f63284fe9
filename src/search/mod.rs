//! Multi-objective search of a finite space with few evaluations.
//!
//! A model of each figure, a Gaussian process with a length scale for each axis, is made from what was evaluated so far;
//! the next point is the one whose expected gain of hypervolume is largest. The first few points are spread over the
//! space. The module knows numbers only: levels of axes, objectives, limits.
//!
//! A search is a function of its seed and of what it was told, in that order. Exponentials and error functions are those
//! of `libm`, and gains are rounded before they are compared, so that the points are the same on every machine.

mod cholesky;
mod choose;
mod gain;
mod hypervolume;
mod insight;
mod likelihood;
mod models;
mod predictions;
mod process;
mod space;

pub use insight::{AxisEffect, LeaveOneOut, Sensitivity};
pub use space::LevelAxis;

use models::Models;
use space::Space;

/// Most objectives of a search.
pub const MOST_OBJECTIVES: usize = 4;

/// Most sets of model parameters that are drawn.
const MOST_DRAWS: usize = 8;
/// Draws times rows: with more rows, parameters are better determined and a draw costs more.
const DRAWS_BY_ROWS: usize = 240;

/// A figure to be minimised or maximised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchGoal {
    /// Higher is better.
    pub highest: bool,
    /// Ratios of its values matter, not their differences: the logarithm is modelled while all values are positive.
    pub logarithmic: bool,
}

/// Options of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointSearchOptions {
    /// Seed of the first point and of the candidates in large spaces.
    pub seed: u64,
    /// Points that are spread over the space before a model chooses.
    pub start: usize,
}

impl Default for PointSearchOptions {
    fn default() -> Self {
        Self { seed: 1, start: 5 }
    }
}

/// Result of the evaluation of a point.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// It was evaluated.
    Measured {
        /// The objectives, in the order of [`PointSearch::new`].
        objectives: Vec<f64>,
        /// Constraints, which are met where they are 0 or less: the same number for each point.
        limits: Vec<f64>,
    },
    /// It could not be evaluated, for example because the network does not fit the chip.
    Unfit,
}

impl Observation {
    /// Objectives and limits, where they were measured.
    fn figures(&self) -> Option<(&[f64], &[f64])> {
        match self {
            Self::Measured { objectives, limits } => Some((objectives, limits)),
            Self::Unfit => None,
        }
    }
}

/// Why a search cannot be made, or cannot take a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// The space has no points.
    #[error("a search needs at least one axis")]
    NoAxes,
    /// An axis without levels, or with coordinates outside of 0 to 1.
    #[error("axis {0} needs levels, with coordinates from 0 to 1 in ascending order")]
    BadAxis(usize),
    /// No objectives, or too many.
    #[error("a search has 1 to {MOST_OBJECTIVES} objectives, not {0}")]
    Objectives(usize),
    /// Not a point of the space.
    #[error("{0:?} is not a point of the space")]
    NotAPoint(Vec<u32>),
    /// The number of objectives or limits differs from earlier results.
    #[error("{found} {what}, not {expected}")]
    Count {
        /// Objectives or limits.
        what: &'static str,
        /// The number that was found.
        found: usize,
        /// The number that is expected.
        expected: usize,
    },
    /// An objective or a limit is not a number.
    #[error("objectives and limits must be finite numbers")]
    NotFinite,
}

/// One evaluated point.
#[derive(Clone, Debug)]
struct Told {
    point: Vec<u32>,
    observation: Observation,
}

/// A search with an ask-and-tell interface.
#[derive(Clone, Debug)]
pub struct PointSearch {
    space: Space,
    objectives: Vec<SearchGoal>,
    options: PointSearchOptions,
    told: Vec<Told>,
    /// Points that were proposed and have no result yet.
    pending: Vec<Vec<u32>>,
}

impl PointSearch {
    /// Begins a search.
    pub fn new(
        axes: Vec<LevelAxis>,
        objectives: Vec<SearchGoal>,
        options: PointSearchOptions,
    ) -> Result<Self, SearchError> {
        if !(1..=MOST_OBJECTIVES).contains(&objectives.len()) {
            return Err(SearchError::Objectives(objectives.len()));
        }
        Ok(Self { space: Space::new(axes)?, objectives, options, told: Vec::new(), pending: Vec::new() })
    }

    /// The next points to evaluate, each with a level of every axis. They are fewer where the space is exhausted.
    ///
    /// A point without a result counts as evaluated, with its predicted value. Asking for four points at once and asking four
    /// times for one point therefore give different sequences.
    pub fn ask(&mut self, count: usize) -> Vec<Vec<u32>> {
        let mut models = None;
        if self.told.len() + self.pending.len() + count > self.options.start {
            models = Models::new(self, (DRAWS_BY_ROWS / self.told.len().max(1)).clamp(1, MOST_DRAWS));
        }
        if let Some(models) = &mut models {
            self.pending.iter().for_each(|point| models.assume(point));
        }
        let mut found = Vec::new();
        while found.len() < count {
            let Some(point) = self.next(models.as_ref()) else { break };
            if let Some(models) = &mut models {
                models.assume(&point);
            }
            self.pending.push(point.clone());
            found.push(point);
        }
        found
    }

    /// Takes the result of a point, which need not be one that the search proposed.
    pub fn tell(&mut self, point: Vec<u32>, observation: Observation) -> Result<(), SearchError> {
        if !self.space.contains(&point) {
            return Err(SearchError::NotAPoint(point));
        }
        if let Observation::Measured { objectives, limits } = &observation {
            let before = self.told.iter().find_map(|told| Some(told.observation.figures()?.1.len()));
            for (what, found, expected) in [
                ("objectives", objectives.len(), self.objectives.len()),
                ("limits", limits.len(), before.unwrap_or(limits.len())),
            ] {
                if found != expected {
                    return Err(SearchError::Count { what, found, expected });
                }
            }
            if objectives.iter().chain(limits).any(|value| !value.is_finite()) {
                return Err(SearchError::NotFinite);
            }
        }
        self.pending.retain(|other| *other != point);
        self.told.push(Told { point, observation });
        Ok(())
    }
}
