//! Gaussian process regression: predictions of a figure at every point from its values at some points.

use super::cholesky::CholeskyFactor;
use super::space::{LevelAxis, Space};
use multiversion::multiversion;

/// Points that are predicted together.
pub(super) const BLOCK: usize = 8;

/// A number for each point of a block.
pub(super) type Lanes = [f64; BLOCK];

/// Points of which values are known, with the squares of their distances along each axis.
#[derive(Clone, Debug)]
pub(super) struct KnownPoints {
    axes: Vec<LevelAxis>,
    points: Vec<Vec<u32>>,
    /// By axis, the lower triangle without its diagonal, packed by rows.
    apart: Vec<Vec<f64>>,
}

impl KnownPoints {
    pub(super) fn new(space: &Space, points: Vec<Vec<u32>>) -> Self {
        Self::among(space.axes().to_vec(), points)
    }

    fn among(axes: Vec<LevelAxis>, points: Vec<Vec<u32>>) -> Self {
        let along = |(n, axis): (usize, &LevelAxis)| {
            let pairs = points.iter().enumerate().flat_map(|(i, a)| points[..i].iter().map(move |b| (a[n], b[n])));
            pairs.map(|(a, b)| square(axis.distance(a, b))).collect()
        };
        Self { apart: axes.iter().enumerate().map(along).collect(), axes, points }
    }

    /// Some of the points.
    pub(super) fn of(&self, some: &[usize]) -> Self {
        Self::among(self.axes.clone(), some.iter().map(|n| self.points[*n].clone()).collect())
    }

    pub(super) fn axes(&self) -> usize {
        self.axes.len()
    }

    /// The squares of the distances of all pairs, by 1 / length² of each axis.
    pub(super) fn apart2(&self, scales: &[f64]) -> Vec<f64> {
        let n = self.points.len();
        let mut sums = vec![0.0; n * n.saturating_sub(1) / 2];
        for (axis, scale) in scales.iter().enumerate() {
            self.add_apart2(&mut sums, axis, *scale);
        }
        sums
    }

    /// Adds the part of one axis to the squares of distances.
    pub(super) fn add_apart2(&self, sums: &mut [f64], axis: usize, scale: f64) {
        for (sum, apart) in sums.iter_mut().zip(&self.apart[axis]) {
            *sum += apart * scale;
        }
    }
}

/// The lower triangle of the matrix of covariances, packed by rows, of points at such distances.
pub(super) fn covariances(mut apart2: Vec<f64>, points: usize, noise: f64) -> Vec<f64> {
    to_covariances(&mut apart2);
    let mut rows = Vec::with_capacity(points * (points + 1) / 2);
    for i in 0..points {
        rows.extend_from_slice(&apart2[i * i.saturating_sub(1) / 2..][..i]);
        rows.push(1.0 + noise);
    }
    rows
}

#[inline(always)]
pub(super) fn square(x: f64) -> f64 {
    x * x
}

/// The Matern covariance of smoothness 5/2, by the square of the distance.
#[inline(always)]
fn matern(apart2: f64) -> f64 {
    let s = (5.0 * apart2).sqrt();
    (1.0 + s + s * s / 3.0) * exp_of_negative(-s)
}

/// Makes covariances of the squares of distances.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn to_covariances(apart2: &mut [f64]) {
    for apart2 in apart2 {
        *apart2 = matern(*apart2);
    }
}

/// The exponential of a number that is not positive, to 1e-14 of it: plain arithmetic, which compilers make wide, and
/// which is the same on every machine.
#[inline(always)]
fn exp_of_negative(x: f64) -> f64 {
    // Adding this rounds to a whole number, which is then in the lowest bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = x.max(-700.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let power = shifted - ROUND;
    let r = (x - power * LN2_HIGH) - power * LN2_LOW;
    // The series of e^r for |r| < 0.35, from 1/12! on.
    let mut sum = 1.0 / 479_001_600.0;
    for inverse in [
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * r + inverse;
    }
    sum * f64::from_bits((shifted.to_bits() << 52).wrapping_add(1f64.to_bits()))
}

/// A process that was fitted to values.
#[derive(Clone, Debug)]
pub(super) struct Process {
    /// The axes, with coordinates in length scales.
    axes: Vec<Ruled>,
    /// The known points, one after the other, by their coordinates.
    known: Vec<f64>,
    noise: f64,
    factor: CholeskyFactor,
    /// The inverse of the covariances times the values less their mean.
    weights: Vec<f64>,
    mean: f64,
    /// Prior standard deviation.
    sd: f64,
}

/// An axis as a process measures it.
#[derive(Clone, Debug)]
enum Ruled {
    /// Coordinates of the levels by the length scale.
    Ordered(Vec<f64>),
    /// The square of the distance of any two levels.
    Choice(f64),
}

/// A mean and a standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Prediction {
    pub(super) mean: f64,
    pub(super) sd: f64,
}

impl Process {
    pub(super) fn new(
        known: &KnownPoints,
        lengths: &[f64],
        noise: f64,
        factor: CholeskyFactor,
        weights: Vec<f64>,
        mean: f64,
        sd: f64,
    ) -> Self {
        let ruled = |(axis, length): (&LevelAxis, &f64)| match axis {
            LevelAxis::Ordered(coordinates) => Ruled::Ordered(coordinates.iter().map(|at| at / length).collect()),
            LevelAxis::Choice(_) => Ruled::Choice(1.0 / square(*length)),
        };
        let axes = known.axes.iter().zip(lengths).map(ruled).collect();
        let mut process = Self { axes, known: Vec::new(), noise, factor, weights, mean, sd };
        for point in &known.points {
            process.known.extend(process.coordinates(point).collect::<Vec<_>>());
        }
        process
    }

    fn coordinates<'a>(&'a self, point: &'a [u32]) -> impl Iterator<Item = f64> + 'a {
        self.axes.iter().zip(point).map(|(axis, level)| match axis {
            Ruled::Ordered(coordinates) => coordinates[*level as usize],
            Ruled::Choice(_) => f64::from(*level),
        })
    }

    /// Covariances of a known point with a block, by the coordinates of the block on each axis.
    #[inline(always)]
    fn covariances(&self, known: usize, block: &[Lanes]) -> Lanes {
        let mut apart2 = [0.0; BLOCK];
        let own = &self.known[known * self.axes.len()..][..self.axes.len()];
        for ((axis, own), other) in self.axes.iter().zip(own).zip(block) {
            match axis {
                Ruled::Ordered(_) => {
                    for n in 0..BLOCK {
                        apart2[n] += square(own - other[n]);
                    }
                }
                Ruled::Choice(scale) => {
                    for n in 0..BLOCK {
                        apart2[n] += if *own == other[n] { 0.0 } else { *scale };
                    }
                }
            }
        }
        for apart2 in &mut apart2 {
            *apart2 = matern(*apart2);
        }
        apart2
    }

    /// Predictions for points, in their order.
    pub(super) fn predict(&self, points: &[Vec<u32>]) -> Vec<Prediction> {
        let mut found = Vec::with_capacity(points.len());
        let mut solved = vec![[0.0; BLOCK]; self.factor.len()];
        let mut block = vec![[0.0; BLOCK]; self.axes.len()];
        for points in points.chunks(BLOCK) {
            for (n, point) in points.iter().enumerate() {
                block.iter_mut().zip(self.coordinates(point)).for_each(|(block, at)| block[n] = at);
            }
            let (means, rest) = predicted(self, &block, &mut solved);
            let prediction =
                |n| Prediction { mean: self.mean + means[n], sd: self.sd * f64::max(rest[n], 1e-9).sqrt() };
            found.extend((0..points.len()).map(prediction));
        }
        found
    }

    /// Predicted means of points, in their order.
    pub(super) fn means(&self, points: &[Vec<u32>]) -> Vec<f64> {
        let mut found = Vec::with_capacity(points.len());
        let mut block = vec![[0.0; BLOCK]; self.axes.len()];
        for points in points.chunks(BLOCK) {
            for (n, point) in points.iter().enumerate() {
                block.iter_mut().zip(self.coordinates(point)).for_each(|(block, at)| block[n] = at);
            }
            let means = mean(self, &block);
            found.extend_from_slice(&means[..points.len()]);
        }
        found
    }

    /// Leave-one-out residuals: for each known point, the prediction from the others minus its value. Parameters and mean are those
    /// of all points.
    pub(super) fn leave_one_out(&self) -> Vec<f64> {
        let inverse = self.factor.inverse_diagonal();
        self.weights.iter().zip(&inverse).map(|(weight, inverse)| -weight / inverse).collect()
    }

    /// The same process with one more point, whose value is the predicted mean: only the uncertainty changes.
    pub(super) fn with_prediction(&self, point: &[u32]) -> Option<Self> {
        let at: Vec<Lanes> = self.coordinates(point).map(|at| [at; BLOCK]).collect();
        let mut row: Vec<f64> = (0..self.factor.len()).map(|i| self.covariances(i, &at)[0]).collect();
        row.push(1.0 + self.noise);
        let mut other = Self { factor: self.factor.with_row(row)?, ..self.clone() };
        other.known.extend(self.coordinates(point));
        other.weights.push(0.0);
        Some(other)
    }
}

/// Predictions of a process for a block, by its coordinates on each axis: means minus the common mean, and variances relative to
/// the prior variance.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn predicted(process: &Process, block: &[Lanes], solved: &mut [Lanes]) -> (Lanes, Lanes) {
    let (mut means, mut rest) = ([0.0; BLOCK], [1.0; BLOCK]);
    for i in 0..process.factor.len() {
        let mut at = process.covariances(i, block);
        let row = process.factor.row(i);
        for n in 0..BLOCK {
            means[n] += process.weights[i] * at[n];
        }
        for (l, solved) in row.iter().zip(&solved[..i]) {
            for n in 0..BLOCK {
                at[n] -= l * solved[n];
            }
        }
        for n in 0..BLOCK {
            at[n] /= row[i];
            rest[n] -= at[n] * at[n];
        }
        solved[i] = at;
    }
    (means, rest)
}

/// Predicted means of a block.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn mean(process: &Process, block: &[Lanes]) -> Lanes {
    let mut means = [process.mean; BLOCK];
    for (i, weight) in process.weights.iter().enumerate() {
        let at = process.covariances(i, block);
        for n in 0..BLOCK {
            means[n] += weight * at[n];
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{self, Domain};
    use rand::RngExt;

    /// Solves a system by elimination with the largest pivots.
    fn solve(mut rows: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
        let n = right.len();
        for column in 0..n {
            let pivot = (column..n).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs())).unwrap();
            rows.swap(column, pivot);
            right.swap(column, pivot);
            for row in column + 1..n {
                let part = rows[row][column] / rows[column][column];
                let above = rows[column].clone();
                rows[row].iter_mut().zip(&above).skip(column).for_each(|(value, above)| *value -= part * above);
                right[row] -= part * right[column];
            }
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n).map(|at| rows[row][at] * right[at]).sum();
            right[row] = (right[row] - known) / rows[row][row];
        }
        right
    }

    /// The definition of the covariance of two points.
    fn covariance(process: &Process, a: &[u32], b: &[u32]) -> f64 {
        let along = |(axis, (a, b)): (&Ruled, (&u32, &u32))| match axis {
            Ruled::Ordered(at) => libm::pow(at[*a as usize] - at[*b as usize], 2.0),
            Ruled::Choice(apart2) => {
                if a == b {
                    0.0
                } else {
                    *apart2
                }
            }
        };
        let apart2: f64 = process.axes.iter().zip(a.iter().zip(b)).map(along).sum();
        let s = libm::sqrt(5.0 * apart2);
        (1.0 + s + 5.0 * apart2 / 3.0) * libm::exp(-s)
    }

    /// Prediction of a process with the same parameters and mean for a point, from some points and their values.
    fn believed(process: &Process, known: &[(&[u32], f64)], point: &[u32]) -> Prediction {
        let noise = |i, j| if i == j { process.noise } else { 0.0 };
        let row =
            |i: usize| (0..known.len()).map(|j| covariance(process, known[i].0, known[j].0) + noise(i, j)).collect();
        let rows: Vec<Vec<f64>> = (0..known.len()).map(row).collect();
        let at: Vec<f64> = known.iter().map(|(other, _)| covariance(process, other, point)).collect();
        let apart = known.iter().map(|(_, value)| value - process.mean).collect();
        let mean: f64 = solve(rows.clone(), apart).iter().zip(&at).map(|(weight, at)| weight * at).sum();
        let certain: f64 = solve(rows, at.clone()).iter().zip(&at).map(|(weight, at)| weight * at).sum();
        Prediction { mean: process.mean + mean, sd: process.sd * (1.0 - certain).sqrt() }
    }

    /// Points of a space of three axes, their values, and a process of them.
    fn fitted(count: usize) -> (Vec<Vec<u32>>, Vec<f64>, Process) {
        let levels = vec![0.0, 0.1, 0.2, 0.4, 0.55, 0.7, 0.85, 1.0];
        let axes = vec![LevelAxis::Ordered(levels.clone()), LevelAxis::Choice(3), LevelAxis::Ordered(levels)];
        let space = Space::new(axes).unwrap();
        let mut stream = rng::stream(5, Domain::Search, 3);
        let mut points: Vec<Vec<u32>> = Vec::new();
        while points.len() < count {
            let point = space.draw(&mut stream);
            if !points.contains(&point) {
                points.push(point);
            }
        }
        let mut value = |point: &Vec<u32>| {
            let [a, b, c] = [0, 1, 2].map(|n| f64::from(point[n]));
            a * a + 7.0 * b - a * c + 0.3 * stream.random::<f64>()
        };
        let values: Vec<f64> = points.iter().map(&mut value).collect();
        let known = KnownPoints::new(&space, points.clone());
        let (lengths, noise, mean) = ([0.6, 1.5, 1.0], 1e-2, values.iter().sum::<f64>() / count as f64);
        let scales = lengths.map(|length| 1.0 / square(length));
        let factor = CholeskyFactor::of(super::covariances(known.apart2(&scales), count, noise), count).unwrap();
        let mut weights: Vec<f64> = values.iter().map(|value| value - mean).collect();
        factor.forward(&mut weights);
        factor.backward(&mut weights);
        let process = Process::new(&known, &lengths, noise, factor, weights, mean, 3.0);
        (points, values, process)
    }

    #[test]
    fn what_is_believed_of_points_is_what_the_definition_says() {
        let (points, values, process) = fitted(25);
        let known: Vec<(&[u32], f64)> = points.iter().map(Vec::as_slice).zip(values).collect();
        let asked: Vec<Vec<u32>> = (0..11).map(|n| vec![n % 8, n % 3, (5 * n) % 8]).collect();
        for ((point, found), mean) in asked.iter().zip(process.predict(&asked)).zip(process.means(&asked)) {
            let right = believed(&process, &known, point);
            assert!(
                (found.mean - right.mean).abs() < 1e-7 && (mean - right.mean).abs() < 1e-7,
                "{found:?}, not {right:?}"
            );
            // Rounding leaves little of a variance that is nearly 0.
            assert!((found.sd - right.sd).abs() < 1e-3 * process.sd, "{found:?}, not {right:?}");
        }
    }

    #[test]
    fn errors_without_a_point_are_those_of_a_process_that_never_saw_it() {
        let (points, values, process) = fitted(25);
        for (left_out, error) in process.leave_one_out().into_iter().enumerate() {
            let others = points.iter().zip(&values).enumerate().filter(|(n, _)| *n != left_out);
            let others: Vec<(&[u32], f64)> = others.map(|(_, (point, value))| (point.as_slice(), *value)).collect();
            let right = believed(&process, &others, &points[left_out]).mean - values[left_out];
            assert!((error - right).abs() < 1e-7, "{left_out}: {error}, not {right}");
        }
    }

    #[test]
    fn exponentials_are_those_of_libm() {
        for n in 0..10_000 {
            let x = -f64::from(n) * 0.05 / 7.0;
            assert!((exp_of_negative(x) / libm::exp(x) - 1.0).abs() < 1e-13, "{x}");
        }
        assert_eq!(exp_of_negative(0.0), 1.0);
        assert!(exp_of_negative(-1e9) < 1e-300);
    }
}
