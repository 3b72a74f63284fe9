//! A finite space: axes with levels.

use super::SearchError;
use crate::rng::Stream;
use rand::RngExt;

/// What can be chosen along one axis.
#[derive(Clone, Debug, PartialEq)]
pub enum LevelAxis {
    /// Levels in an order, by their coordinates from 0 to 1: a figure changes little between levels that are close.
    Ordered(Vec<f64>),
    /// A number of levels without an order.
    Choice(usize),
}

impl LevelAxis {
    /// How many levels it has.
    pub fn levels(&self) -> usize {
        match self {
            Self::Ordered(coordinates) => coordinates.len(),
            Self::Choice(count) => *count,
        }
    }

    /// How far two levels are apart.
    pub(super) fn distance(&self, a: u32, b: u32) -> f64 {
        match self {
            Self::Ordered(coordinates) => (coordinates[a as usize] - coordinates[b as usize]).abs(),
            Self::Choice(_) => f64::from(u8::from(a != b)),
        }
    }

    fn is_sound(&self) -> bool {
        let ascends = match self {
            Self::Ordered(at) => {
                at.windows(2).all(|pair| pair[0] < pair[1]) && at.iter().all(|at| (0.0..=1.0).contains(at))
            }
            Self::Choice(_) => true,
        };
        ascends && (1..=u32::MAX as usize).contains(&self.levels())
    }
}

/// The axes, and the points that they span.
#[derive(Clone, Debug)]
pub(super) struct Space {
    axes: Vec<LevelAxis>,
    /// Points in all, or the largest number there is.
    size: u64,
}

impl Space {
    pub(super) fn new(axes: Vec<LevelAxis>) -> Result<Self, SearchError> {
        if axes.is_empty() {
            return Err(SearchError::NoAxes);
        }
        if let Some(wrong) = axes.iter().position(|axis| !axis.is_sound()) {
            return Err(SearchError::BadAxis(wrong));
        }
        let size = axes.iter().fold(1u64, |size, axis| size.saturating_mul(axis.levels() as u64));
        Ok(Self { axes, size })
    }

    pub(super) fn axes(&self) -> &[LevelAxis] {
        &self.axes
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn contains(&self, point: &[u32]) -> bool {
        point.len() == self.axes.len() && point.iter().zip(&self.axes).all(|(at, axis)| (*at as usize) < axis.levels())
    }

    /// All points, the last axis fastest.
    pub(super) fn all(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        (0..self.size).map(|index| {
            let mut rest = index;
            let mut point = vec![0; self.axes.len()];
            for (at, axis) in point.iter_mut().zip(&self.axes).rev() {
                let levels = axis.levels() as u64;
                *at = (rest % levels) as u32;
                rest /= levels;
            }
            point
        })
    }

    /// A point, drawn uniformly.
    pub(super) fn draw(&self, stream: &mut Stream) -> Vec<u32> {
        self.axes.iter().map(|axis| stream.random_range(0..axis.levels() as u32)).collect()
    }

    /// How far two points are apart: the square.
    pub(super) fn distance2(&self, a: &[u32], b: &[u32]) -> f64 {
        let along = |(axis, (a, b)): (&LevelAxis, (&u32, &u32))| {
            let apart = axis.distance(*a, *b);
            if matches!(axis, LevelAxis::Choice(_)) { apart } else { apart * apart }
        };
        self.axes.iter().zip(a.iter().zip(b)).map(along).sum()
    }

    /// The points beside one: a level up or down on an ordered axis, any other level of a choice.
    pub(super) fn beside(&self, point: &[u32]) -> Vec<Vec<u32>> {
        let mut found = Vec::new();
        for (n, axis) in self.axes.iter().enumerate() {
            let here = point[n];
            let is_near = |level: &u32| match axis {
                LevelAxis::Ordered(_) => level.abs_diff(here) == 1,
                LevelAxis::Choice(_) => *level != here,
            };
            for level in (0..axis.levels() as u32).filter(is_near) {
                let mut other = point.to_vec();
                other[n] = level;
                found.push(other);
            }
        }
        found
    }
}
