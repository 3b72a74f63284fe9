//! Lower triangular factors of symmetric matrices, packed by rows.

use multiversion::multiversion;

/// The factor L of a positive definite matrix, with `L L^T` the matrix.
#[derive(Clone, Debug)]
pub(super) struct CholeskyFactor {
    /// Rows one after the other: row n has n + 1 numbers.
    rows: Vec<f64>,
    n: usize,
}

/// Where a row begins.
fn start(row: usize) -> usize {
    row * (row + 1) / 2
}

impl CholeskyFactor {
    /// Factors the lower triangle of a matrix, packed by rows; `None` where it is not positive definite.
    pub(super) fn of(mut rows: Vec<f64>, n: usize) -> Option<Self> {
        factored(&mut rows, n).then_some(Self { rows, n })
    }

    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// A row, with its diagonal last.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.rows[start(row)..start(row + 1)]
    }

    /// Sum of the logarithms of the diagonal: half that of the determinant.
    pub(super) fn half_log_determinant(&self) -> f64 {
        (0..self.n).map(|i| libm::log(self.row(i)[i])).sum()
    }

    /// Solves `L x = b` in place.
    pub(super) fn forward(&self, b: &mut [f64]) {
        for i in 0..self.n {
            let row = self.row(i);
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
    }

    /// Solves `L^T x = b` in place.
    pub(super) fn backward(&self, b: &mut [f64]) {
        for i in (0..self.n).rev() {
            let row = self.row(i);
            b[i] /= row[i];
            let at = b[i];
            for (b, l) in b[..i].iter_mut().zip(row) {
                *b -= l * at;
            }
        }
    }

    /// The factor of the matrix with one row more; `None` where that is not positive definite.
    pub(super) fn with_row(&self, mut row: Vec<f64>) -> Option<Self> {
        let last = row.pop()?;
        self.forward(&mut row);
        let rest = last - dot(&row, &row);
        if rest <= 0.0 || !rest.is_finite() {
            return None;
        }
        let mut rows = self.rows.clone();
        rows.extend(row);
        rows.push(rest.sqrt());
        Some(Self { rows, n: self.n + 1 })
    }

    /// The diagonal of the inverse of the matrix.
    pub(super) fn inverse_diagonal(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.n];
        for (column, sum) in sums.iter_mut().enumerate() {
            let mut unit = vec![0.0; self.n];
            unit[column] = 1.0;
            self.forward(&mut unit);
            *sum = unit.iter().map(|x| x * x).sum();
        }
        sums
    }
}

/// Factors the lower triangle of a matrix in place; false where it is not positive definite.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn factored(rows: &mut [f64], n: usize) -> bool {
    for i in 0..n {
        let (before, own) = rows.split_at_mut(start(i));
        for j in 0..i {
            let other = &before[start(j)..start(j) + j + 1];
            own[j] = (own[j] - dot(&own[..j], &other[..j])) / other[j];
        }
        let rest = own[i] - dot(&own[..i], &own[..i]);
        if rest <= 0.0 || !rest.is_finite() {
            return false;
        }
        own[i] = rest.sqrt();
    }
    true
}

/// A sum of products, in four parts so that a compiler can make it wide; always in the same order.
#[inline(always)]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut parts = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a4.zip(b4) {
        for n in 0..4 {
            parts[n] += a[n] * b[n];
        }
    }
    (parts[0] + parts[1]) + (parts[2] + parts[3]) + rest
}
