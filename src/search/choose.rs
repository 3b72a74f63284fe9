//! The choice of the next point: from all points of a small space, or from candidates drawn in a large one.

use super::PointSearch;
use super::models::{Measured, Models};
use crate::rng::{self, Domain, Stream};
use std::collections::HashSet;

/// Spaces with at most this many points are searched exhaustively.
const WHOLE: u64 = 4_096;
/// Candidates that are drawn in larger spaces.
const DRAWN: usize = 2_048;
/// Draws without a free point after which a large space counts as exhausted.
const TRIES: usize = 10_000;
/// Number of best candidates from which a local search starts.
const CLIMBS: usize = 4;
/// Most steps of a local search.
const STEPS: usize = 12;

impl PointSearch {
    /// The next point; `None` if all are taken.
    pub(super) fn next(&self, models: Option<&Models>) -> Option<Vec<u32>> {
        let taken: HashSet<&Vec<u32>> = self.told.iter().map(|told| &told.point).chain(&self.pending).collect();
        let number = (self.told.len() + self.pending.len()) as u64;
        let mut stream = rng::stream(self.options.seed, Domain::Search, number);
        let mut candidates = self.candidates(&mut stream, &taken);
        if candidates.is_empty() {
            return None;
        }
        match models {
            Some(models) if taken.len() >= self.options.start => {
                if self.space.size() > WHOLE {
                    candidates.extend(self.near_front(&taken));
                }
                Some(self.most_promising(models, candidates, &taken))
            }
            _ => Some(self.farthest(candidates, number)),
        }
    }

    fn candidates(&self, stream: &mut Stream, taken: &HashSet<&Vec<u32>>) -> Vec<Vec<u32>> {
        if self.space.size() <= WHOLE {
            return self.space.all().filter(|point| !taken.contains(point)).collect();
        }
        let drawn = (0..TRIES).map(|_| self.space.draw(stream));
        drawn.filter(|point| !taken.contains(point)).take(DRAWN).collect()
    }

    /// The candidate that is farthest from all taken points. A hash breaks ties, so that different seeds choose differently.
    fn farthest(&self, candidates: Vec<Vec<u32>>, number: u64) -> Vec<u32> {
        let key = rng::key(self.options.seed, Domain::Search, number);
        let taken = || self.told.iter().map(|told| &told.point).chain(&self.pending);
        let rank = |n: usize, point: &Vec<u32>| {
            let nearest = taken().map(|other| self.space.distance2(point, other)).fold(f64::INFINITY, f64::min);
            (rounded(nearest.min(1e6)), rng::mix(key ^ n as u64))
        };
        let best = candidates.iter().enumerate().max_by_key(|(n, point)| rank(*n, point)).map_or(0, |(n, _)| n);
        candidates.into_iter().nth(best).unwrap_or_default()
    }

    /// Neighbours of the points of the front.
    fn near_front(&self, taken: &HashSet<&Vec<u32>>) -> Vec<Vec<u32>> {
        let measured = Measured::new(&self.objectives, &self.told);
        let front: Vec<&Vec<u32>> = measured.front().iter().map(|row| &self.told[row.number].point).collect();
        let beside = front.iter().flat_map(|point| self.space.beside(point));
        let mut seen = HashSet::new();
        beside.filter(|point| !taken.contains(point) && seen.insert(point.clone())).collect()
    }

    fn most_promising(&self, models: &Models, candidates: Vec<Vec<u32>>, taken: &HashSet<&Vec<u32>>) -> Vec<u32> {
        let gains = models.gains(&candidates);
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_by_key(|n| (std::cmp::Reverse(rounded(gains[*n])), *n));
        let mut best = (rounded(gains[order[0]]), candidates[order[0]].clone());
        if self.space.size() > WHOLE {
            for n in order.iter().take(CLIMBS) {
                let top = self.climb(models, (rounded(gains[*n]), candidates[*n].clone()), taken);
                if top.0 > best.0 {
                    best = top;
                }
            }
        }
        best.1
    }

    /// Local search: moves to the best neighbour while that is an improvement.
    fn climb(&self, models: &Models, mut here: (i64, Vec<u32>), taken: &HashSet<&Vec<u32>>) -> (i64, Vec<u32>) {
        for _ in 0..STEPS {
            let mut beside = self.space.beside(&here.1);
            beside.retain(|point| !taken.contains(point));
            let gains = models.gains(&beside);
            let order = (0..beside.len()).map(|n| (rounded(gains[n]), std::cmp::Reverse(n)));
            match order.max().filter(|(gain, _)| *gain > here.0) {
                Some((gain, std::cmp::Reverse(n))) => here = (gain, beside.swap_remove(n)),
                None => break,
            }
        }
        here
    }
}

/// A gain rounded to steps of 1e-9 for comparison.
fn rounded(gain: f64) -> i64 {
    (gain * 1e9).round() as i64
}
