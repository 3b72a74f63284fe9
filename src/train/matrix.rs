//! Products of small dense matrices: a checked face of the `gemm` library.

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
        assert!(self.column_stride == 1 && range.start < range.end && range.end <= self.columns);
        Self { data: &self.data[range.start..], columns: range.len(), ..self }
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

/// `into` = `a` x `b`, stored row after row; added to what is there if `add`.
pub(super) fn product(into: &mut [f32], a: View<'_>, b: View<'_>, add: bool) {
    assert_eq!(a.columns, b.rows, "inner sizes agree");
    assert_eq!(into.len(), a.rows * b.columns, "the result fills its slice");
    for view in [&a, &b] {
        let last = (view.rows - 1) * view.row_stride + (view.columns - 1) * view.column_stride;
        assert!(last < view.data.len(), "a view stays in its slice");
    }
    // SAFETY: the asserts above keep every element that the strides reach inside its slice, and `into` is
    // exclusive, so it overlaps neither operand.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            into.as_mut_ptr(),
            1,
            b.columns as isize,
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
        product(&mut c, View::new(&a, 2, 3), View::new(&b, 3, 2), false);
        assert_eq!(c, [5.0, 11.0, 14.0, 23.0]);
        product(&mut c, View::new(&a, 2, 3), View::new(&b, 2, 3).transposed(), true);
        assert_eq!(c, [12.0, 21.0, 30.0, 45.0]);
        let mut d = [0.0; 4];
        product(&mut d, View::new(&a, 2, 3).columns(1..3).transposed(), View::new(&c, 2, 2), false);
        assert_eq!(d, [174.0, 267.0, 216.0, 333.0]);
    }
}
