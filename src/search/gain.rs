//! The expected gain of hypervolume at a point, from the predictions of its objectives.

use super::MOST_OBJECTIVES;
use super::hypervolume::{HyperBox, Place, cells};
use super::process::{BLOCK, Lanes, Prediction};
use multiversion::multiversion;
use std::sync::LazyLock;

/// The region that no known point dominates, prepared for many queries.
#[derive(Clone, Debug)]
pub(super) struct OpenBoxes {
    /// By dimension, the edges of all boxes, ascending; the first is infinitely low.
    edges: Vec<Vec<f64>>,
    /// Boxes, by the numbers of their edges: low and high of each dimension.
    boxes: Vec<[[u32; 2]; MOST_OBJECTIVES]>,
}

impl OpenBoxes {
    /// Of one dimension, gains of more than `most` count as that much.
    pub(super) fn new(points: &[Place], reference: &[f64], most: f64) -> Self {
        let mut cells = cells(points, reference);
        if let ([cell], 1) = (&mut cells[..], reference.len()) {
            cell.low[0] = cell.high[0] - most;
        }
        let edges: Vec<Vec<f64>> = (0..reference.len())
            .map(|n| {
                let mut edges: Vec<f64> = cells.iter().flat_map(|cell| [cell.low[n], cell.high[n]]).collect();
                edges.sort_by(f64::total_cmp);
                edges.dedup();
                edges
            })
            .collect();
        let place = |n: usize, at: f64| edges[n].partition_point(|edge| *edge < at) as u32;
        let numbered = |cell: &HyperBox| {
            let mut numbers = [[0; 2]; MOST_OBJECTIVES];
            for (n, pair) in numbers.iter_mut().enumerate().take(reference.len()) {
                *pair = [place(n, cell.low[n]), place(n, cell.high[n])];
            }
            numbers
        };
        let boxes = cells.iter().map(numbered).collect();
        Self { edges, boxes }
    }

    /// The expected gains at points, by the predictions of each objective for all of them.
    pub(super) fn expected(&self, predictions: &[Vec<Prediction>]) -> Vec<f64> {
        let count = predictions.first().map_or(0, Vec::len);
        let mut sums: Vec<Vec<Lanes>> = self.edges.iter().map(|edges| vec![[0.0; BLOCK]; edges.len()]).collect();
        let mut found = Vec::with_capacity(count);
        for from in (0..count).step_by(BLOCK) {
            let here = BLOCK.min(count - from);
            for ((sums, edges), predictions) in sums.iter_mut().zip(&self.edges).zip(predictions) {
                for (sums, edge) in sums.iter_mut().zip(edges) {
                    for (sum, prediction) in sums.iter_mut().zip(&predictions[from..from + here]) {
                        *sum = below(*edge, prediction);
                    }
                }
            }
            let gains = match &sums[..] {
                [a] => volumes(&[a], &self.boxes),
                [a, b] => volumes(&[a, b], &self.boxes),
                [a, b, c] => volumes(&[a, b, c], &self.boxes),
                [a, b, c, d, ..] => volumes(&[a, b, c, d], &self.boxes),
                [] => [0.0; BLOCK],
            };
            found.extend_from_slice(&gains[..here]);
        }
        found
    }
}

/// The sum of the volumes of boxes whose sides are differences of the sums at their edges.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn volumes<const N: usize>(sums: &[&Vec<Lanes>; N], boxes: &[[[u32; 2]; MOST_OBJECTIVES]]) -> Lanes {
    let mut whole = [0.0; BLOCK];
    for numbers in boxes {
        let mut volume = [1.0; BLOCK];
        for (sums, [low, high]) in sums.iter().zip(numbers) {
            let (low, high) = (&sums[*low as usize], &sums[*high as usize]);
            for n in 0..BLOCK {
                volume[n] *= high[n] - low[n];
            }
        }
        for n in 0..BLOCK {
            whole[n] += volume[n];
        }
    }
    whole
}

/// The expected distance by which a value lies below an edge, 0 where it does not.
fn below(edge: f64, prediction: &Prediction) -> f64 {
    if edge == f64::NEG_INFINITY {
        return 0.0;
    }
    prediction.sd * TABLE.at((edge - prediction.mean) / prediction.sd)
}

/// From here on a standard normal number is never below `-z`, or always below `z`, as far as gains show it.
const FARTHEST: f64 = 8.0;
/// Entries for a distance of 1.
const FINENESS: f64 = 64.0;

/// The expected distance by which a standard normal number lies below `z`, and its slope, at even distances of `z`.
static TABLE: LazyLock<NormalTable> = LazyLock::new(|| {
    let entry = |n: usize| {
        let z = n as f64 / FINENESS - FARTHEST;
        let slope = probability(z);
        [z * slope + density(z), slope / FINENESS]
    };
    NormalTable((0..=(2.0 * FARTHEST * FINENESS) as usize).map(entry).collect())
});

struct NormalTable(Vec<[f64; 2]>);

impl NormalTable {
    /// By the cubic through two entries with their slopes: to 2e-10.
    fn at(&self, z: f64) -> f64 {
        // A tail that is no part of the table.
        if z >= FARTHEST || z <= -FARTHEST || z.is_nan() {
            return z.max(0.0);
        }
        let at = (z + FARTHEST) * FINENESS;
        let n = at as usize;
        let t = at - n as f64;
        let ([a, slope_a], [b, slope_b]) = (self.0[n], self.0[n + 1]);
        let c = 3.0 * (b - a) - 2.0 * slope_a - slope_b;
        let d = 2.0 * (a - b) + slope_a + slope_b;
        a + t * (slope_a + t * (c + t * d))
    }
}

/// The density of the standard normal distribution.
fn density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / std::f64::consts::TAU.sqrt()
}

/// The probability that a standard normal number is below `z`.
pub(super) fn probability(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::super::hypervolume::hypervolume;
    use super::*;
    use crate::rng::{self, Domain};
    use rand::RngExt;

    #[test]
    fn sums_of_the_normal_distribution_are_those_of_libm() {
        let one = Prediction { mean: 0.0, sd: 1.0 };
        for n in -1000..=1000 {
            let z = f64::from(n) / 97.0;
            let right = z * probability(z) + density(z);
            assert!((below(z, &one) - right).abs() < 3e-10, "{z}: {}, not {right}", below(z, &one));
        }
        assert_eq!((below(f64::NEG_INFINITY, &one), below(f64::INFINITY, &one)), (0.0, f64::INFINITY));
        // Where nearly nothing is uncertain, the distance itself.
        let sure = Prediction { mean: 0.25, sd: 1e-12 };
        assert!((below(1.0, &sure) - 0.75).abs() < 1e-12 && below(0.2, &sure) == 0.0);
    }

    /// The mean gain of hypervolume over many draws of the point.
    #[test]
    fn expected_gains_are_means_of_gains() {
        for dimensions in 1..=MOST_OBJECTIVES {
            let reference = vec![1.1; dimensions];
            let mut stream = rng::stream(dimensions as u64, Domain::Search, 2);
            // By Box and Muller.
            let mut draw = |prediction: &Prediction| {
                let radius = (-2.0 * libm::log(1.0 - stream.random::<f64>())).sqrt();
                prediction.mean + prediction.sd * radius * libm::cos(std::f64::consts::TAU * stream.random::<f64>())
            };
            let spread = Prediction { mean: 0.5, sd: 0.3 };
            let mut place = |predictions: &[Prediction]| {
                let mut place = [0.0; MOST_OBJECTIVES];
                place.iter_mut().zip(predictions).for_each(|(at, prediction)| *at = draw(prediction));
                place
            };
            let front: Vec<Place> = (0..6).map(|_| place(&vec![spread; dimensions])).collect();
            let before = hypervolume(&front, &reference);
            let own: Vec<Prediction> =
                (0..dimensions).map(|n| Prediction { mean: 0.3 + 0.1 * n as f64, sd: 0.05 + 0.1 * n as f64 }).collect();
            let gains = (0..20_000).map(|_| {
                let with: Vec<Place> = front.iter().copied().chain([place(&own)]).collect();
                hypervolume(&with, &reference) - before
            });
            let gains: Vec<f64> = gains.collect();
            let mean = gains.iter().sum::<f64>() / gains.len() as f64;
            let variance = gains.iter().map(|gain| (gain - mean) * (gain - mean)).sum::<f64>() / gains.len() as f64;
            let error = (variance / gains.len() as f64).sqrt();
            // A block and a half, each point as the others.
            let predictions: Vec<Vec<Prediction>> =
                own.iter().map(|prediction| vec![*prediction; BLOCK + BLOCK / 2]).collect();
            let found = OpenBoxes::new(&front, &reference, f64::INFINITY).expected(&predictions);
            assert!(found.len() == BLOCK + BLOCK / 2 && found.iter().all(|gain| *gain == found[0]), "{found:?}");
            assert!((found[0] - mean).abs() < 4.0 * error, "{dimensions}: {}, not {mean} +- {error}", found[0]);
        }
    }
}
