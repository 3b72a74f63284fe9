//! Hypervolume of points in up to four dimensions, where less is better, and the boxes that no point dominates.

use super::MOST_OBJECTIVES;
use std::collections::HashMap;

/// A point, with zeros after its last dimension.
pub(super) type Place = [f64; MOST_OBJECTIVES];

/// Whether `a` is at least as good as `b` in each dimension and better in one.
pub(super) fn dominates(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b) && a.iter().zip(b).any(|(a, b)| a < b)
}

/// The points that no other one dominates, in their order; of equal ones the first.
pub(super) fn front(points: &[&[f64]]) -> Vec<usize> {
    let is_worse = |n: usize| {
        points.iter().enumerate().any(|(m, other)| dominates(other, points[n]) || (m < n && *other == points[n]))
    };
    (0..points.len()).filter(|n| !is_worse(*n)).collect()
}

/// The volume that the points dominate, up to the reference point.
pub(super) fn hypervolume(points: &[Place], reference: &[f64]) -> f64 {
    let inside = |point: &&Place| point.iter().zip(reference).all(|(at, end)| at < end);
    let points: Vec<Place> = points.iter().filter(inside).copied().collect();
    volume(points, reference)
}

/// Slices along the last dimension, each the volume of one dimension less.
fn volume(mut points: Vec<Place>, reference: &[f64]) -> f64 {
    let Some(last) = reference.len().checked_sub(1) else { return 1.0 };
    if last == 0 {
        return points.iter().map(|point| reference[0] - point[0]).fold(0.0, f64::max);
    }
    points.sort_by(|a, b| a[last].total_cmp(&b[last]));
    let (mut sum, mut shadow): (f64, Vec<Place>) = (0.0, Vec::new());
    for (n, point) in points.iter().enumerate() {
        add_to_front(&mut shadow, point, last);
        let end = points.get(n + 1).map_or(reference[last], |next| next[last]);
        if end > point[last] {
            sum += (end - point[last]) * volume(shadow.clone(), &reference[..last]);
        }
    }
    sum
}

/// Adds a point to a front in the first `dimensions` dimensions, unless a point of the front is at least as good.
fn add_to_front(front: &mut Vec<Place>, point: &Place, dimensions: usize) {
    let is_as_good = |a: &Place, b: &Place| a[..dimensions].iter().zip(b).all(|(a, b)| a <= b);
    if !front.iter().any(|other| is_as_good(other, point)) {
        front.retain(|other| !is_as_good(point, other));
        front.push(*point);
    }
}

/// A box: its lower and its upper corner. Lower corners may be infinitely far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HyperBox {
    pub(super) low: Place,
    pub(super) high: Place,
}

/// Disjoint boxes that cover the region below the reference point that no point dominates.
pub(super) fn cells(points: &[Place], reference: &[f64]) -> Vec<HyperBox> {
    let last = reference.len() - 1;
    let mut points: Vec<Place> = points.iter().filter(|point| point[last] < reference[last]).copied().collect();
    points.sort_by(|a, b| a[last].total_cmp(&b[last]));
    if last == 0 {
        let mut cell = HyperBox { low: [0.0; MOST_OBJECTIVES], high: [0.0; MOST_OBJECTIVES] };
        (cell.low[0], cell.high[0]) = (f64::NEG_INFINITY, points.first().map_or(reference[0], |point| point[0]));
        return vec![cell];
    }
    // Slices along the last dimension; a box that the next slice has too is made longer.
    let (mut closed, mut open) = (Vec::new(), slice(&[], f64::NEG_INFINITY, &reference[..last]));
    let (mut from, mut shadow): (usize, Vec<Place>) = (0, Vec::new());
    while from < points.len() {
        let at = points[from][last];
        let here = points[from..].iter().take_while(|point| point[last] == at).count();
        for point in &points[from..from + here] {
            add_to_front(&mut shadow, point, last);
        }
        from += here;
        let mut next = slice(&shadow, at, &reference[..last]);
        let corners = |cell: &HyperBox| {
            let mut corners = [(0, 0); MOST_OBJECTIVES];
            for (corner, (low, high)) in corners[..last].iter_mut().zip(cell.low.iter().zip(&cell.high)) {
                *corner = (low.to_bits(), high.to_bits());
            }
            corners
        };
        let places: HashMap<_, usize> = next.iter().enumerate().map(|(n, cell)| (corners(cell), n)).collect();
        for mut cell in open {
            match places.get(&corners(&cell)) {
                Some(same) => next[*same].low[last] = cell.low[last],
                None => {
                    cell.high[last] = at;
                    closed.push(cell);
                }
            }
        }
        open = next;
    }
    for cell in &mut open {
        cell.high[last] = reference[last];
    }
    closed.extend(open);
    closed
}

/// Boxes of one dimension less, that begin at `at` in the next.
fn slice(points: &[Place], at: f64, reference: &[f64]) -> Vec<HyperBox> {
    let mut cells = cells(points, reference);
    for cell in &mut cells {
        cell.low[reference.len()] = at;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{self, Domain};
    use rand::RngExt;

    /// Points with a given number of dimensions. Some lie on a coarse grid, so that coordinates coincide, and a few beyond the
    /// reference.
    fn some_points(seed: u64, count: usize, dimensions: usize) -> Vec<Place> {
        let mut stream = rng::stream(seed, Domain::Search, 0);
        let mut point = || {
            let mut place = [0.0; MOST_OBJECTIVES];
            let coarse = stream.random::<f64>() < 0.5;
            for at in &mut place[..dimensions] {
                *at = 1.2 * stream.random::<f64>();
                if coarse {
                    *at = (*at * 5.0).round() / 5.0;
                }
            }
            place
        };
        (0..count).map(|_| point()).collect()
    }

    /// The volume of a union of boxes up to the reference, as the sum over all sets of points of the volume that they
    /// have in common, with alternating signs.
    fn by_inclusion_and_exclusion(points: &[Place], reference: &[f64]) -> f64 {
        let common = |set: u32| {
            let own = || points.iter().enumerate().filter(|(n, _)| set >> n & 1 == 1);
            let side =
                |n: usize| own().map(|(_, point)| reference[n] - point[n]).fold(f64::INFINITY, f64::min).max(0.0);
            let volume: f64 = (0..reference.len()).map(side).product();
            if set.count_ones() % 2 == 1 { volume } else { -volume }
        };
        (1..1u32 << points.len()).map(common).sum()
    }

    #[test]
    fn volumes_are_those_of_inclusion_and_exclusion() {
        for dimensions in 1..=MOST_OBJECTIVES {
            for seed in 0..40 {
                let points = some_points(seed, (seed % 11) as usize, dimensions);
                let reference = vec![1.1; dimensions];
                let (found, right) =
                    (hypervolume(&points, &reference), by_inclusion_and_exclusion(&points, &reference));
                assert!((found - right).abs() < 1e-12, "{dimensions} dimensions, seed {seed}: {found}, not {right}");
            }
        }
    }

    #[test]
    fn fronts_are_what_no_point_dominates() {
        let points = some_points(3, 60, 3);
        let slices: Vec<&[f64]> = points.iter().map(|point| &point[..3]).collect();
        let found = front(&slices);
        for n in 0..points.len() {
            let is_beaten = (0..points.len()).any(|m| {
                let (a, b) = (&points[m], &points[n]);
                a[0] <= b[0] && a[1] <= b[1] && a[2] <= b[2] && (a != b || m < n)
            });
            assert_eq!(found.contains(&n), !is_beaten, "{n}");
        }
    }

    #[test]
    fn boxes_cover_what_no_point_dominates_and_nothing_twice() {
        let mut stream = rng::stream(7, Domain::Search, 1);
        for dimensions in 1..=MOST_OBJECTIVES {
            for seed in 0..20 {
                let (points, reference) = (some_points(seed, 3 * seed as usize, dimensions), vec![1.1; dimensions]);
                let boxes = cells(&points, &reference);
                for _ in 0..500 {
                    let at: Vec<f64> = (0..dimensions).map(|_| 1.4 * stream.random::<f64>() - 0.2).collect();
                    let is_in = |cell: &&HyperBox| (0..dimensions).all(|n| cell.low[n] < at[n] && at[n] < cell.high[n]);
                    let is_open = at.iter().all(|at| *at < 1.1)
                        && !points.iter().any(|point| point.iter().zip(&at).all(|(point, at)| point <= at));
                    assert_eq!(boxes.iter().filter(is_in).count(), usize::from(is_open), "{at:?} of {points:?}");
                }
            }
        }
    }

    /// The box from 0 to 1.1 is made of what the points dominate and of the open boxes.
    #[test]
    fn boxes_and_volumes_add_up() {
        for dimensions in 1..=MOST_OBJECTIVES {
            let (points, reference) = (some_points(11, 40, dimensions), vec![1.1; dimensions]);
            let side = |cell: &HyperBox, n: usize| cell.high[n] - cell.low[n].max(0.0);
            let volume = |cell: &HyperBox| (0..dimensions).map(|n| side(cell, n).max(0.0)).product::<f64>();
            let open: f64 = cells(&points, &reference).iter().map(volume).sum();
            let whole = libm::pow(1.1, dimensions as f64);
            assert!((open + hypervolume(&points, &reference) - whole).abs() < 1e-12);
        }
    }
}
