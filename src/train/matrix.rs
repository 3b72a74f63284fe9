//! Products of small dense matrices: a checked face of the `gemm` library.

use std::marker::PhantomData;

/// A matrix that lives in a slice, by rows or transposed.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> View<'a> {
    /// A matrix stored row after row.
    pub(super) fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "a matrix fills its slice");
        Self { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// Some of the columns.
    pub(super) fn columns(self, range: std::ops::Range<usize>) -> Self {
        assert!(range.start < range.end && range.end <= self.columns);
        Self { data: &self.data[range.start * self.column_stride..], columns: range.len(), ..self }
    }

    /// Rows and columns exchanged.
    pub(super) fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// Some columns of a matrix that is being written.
#[derive(Debug)]
pub(super) struct Target<'a> {
    first: *mut f32,
    rows: usize,
    columns: usize,
    row_stride: usize,
    matrix: PhantomData<&'a mut [f32]>,
}

// SAFETY: a target is the only way to its own elements while it lives, as a `&mut [f32]` would be.
unsafe impl Send for Target<'_> {}

impl<'a> Target<'a> {
    /// A whole matrix, stored row after row.
    pub(super) fn new(data: &'a mut [f32], rows: usize) -> Self {
        let columns = data.len() / rows.max(1);
        Self { first: data.as_mut_ptr(), rows, columns, row_stride: columns, matrix: PhantomData }
    }

    /// The matrix in tiles of so many columns, the last one of what is left.
    pub(super) fn tiles(data: &'a mut [f32], rows: usize, tile: usize) -> Vec<Self> {
        let Self { first, columns, row_stride, .. } = Self::new(data, rows);
        let starts = (0..columns).step_by(tile);
        let piece = |start: usize| Self {
            // SAFETY: `start` is a column of a matrix that lives in `data`.
            first: unsafe { first.add(start) },
            rows,
            columns: tile.min(columns - start),
            row_stride,
            matrix: PhantomData,
        };
        starts.map(piece).collect()
    }
}

/// `into` = `a` x `b`; added to what is there if `add`.
pub(super) fn product(into: Target<'_>, a: View<'_>, b: View<'_>, add: bool) {
    assert_eq!(a.columns, b.rows, "inner sizes agree");
    assert_eq!((into.rows, into.columns), (a.rows, b.columns), "the result fills its target");
    if into.rows * into.columns == 0 {
        return;
    }
    for view in [&a, &b] {
        let last = (view.rows - 1) * view.row_stride + (view.columns - 1) * view.column_stride;
        assert!(last < view.data.len(), "a view stays in its slice");
    }
    // SAFETY: the asserts above keep every element that the strides reach inside its slice, and `into` is the only
    // way to its elements, so it overlaps neither operand.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            into.first,
            1,
            into.row_stride as isize,
            add,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_views() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, 2.0, 1.0, 0.0, 3.0]);
        let mut c = [0.0; 4];
        product(Target::new(&mut c, 2), View::new(&a, 2, 3), View::new(&b, 3, 2), false);
        assert_eq!(c, [5.0, 11.0, 14.0, 23.0]);
        product(Target::new(&mut c, 2), View::new(&a, 2, 3), View::new(&b, 2, 3).transposed(), true);
        assert_eq!(c, [12.0, 21.0, 30.0, 45.0]);
        let mut d = [0.0; 4];
        let some = View::new(&a, 2, 3).columns(1..3).transposed();
        product(Target::new(&mut d, 2), some, View::new(&c, 2, 2), false);
        assert_eq!(d, [174.0, 267.0, 216.0, 333.0]);
    }

    #[test]
    fn tiles_are_the_matrix() {
        let (a, b): (Vec<f32>, Vec<f32>) = ((0..6).map(|i| i as f32).collect(), (0..15).map(|i| i as f32).collect());
        let (mut whole, mut tiled) = ([0.0; 10], [0.0; 10]);
        let (a, b) = (View::new(&a, 2, 3), View::new(&b, 3, 5));
        product(Target::new(&mut whole, 2), a, b, false);
        for (tile, start) in Target::tiles(&mut tiled, 2, 2).into_iter().zip([0usize, 2, 4]) {
            product(tile, a, b.columns(start..(start + 2).min(5)), false);
        }
        assert_eq!(whole, tiled);
    }
}
