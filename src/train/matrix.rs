//! Products of small dense matrices, to the same bits on every processor.
//!
//! An element is a sum in the order of the inner index, in pieces of a depth that depends on the sizes alone. Each
//! product is added with one rounding: the result of a fused multiply-add, which [`lanes`] computes where a processor
//! has none. Vectors run across elements, never along a sum, so their width changes nothing. Nor does the size of a
//! cache, by which libraries for matrix products choose the depth of their pieces.

mod lanes;
pub(in crate::train) mod sparse;

use lanes::{Compiled, Fused, on_this_processor};
use std::cell::RefCell;
use std::ops::Range;

/// Most terms of a piece of a sum.
const DEPTH: usize = 512;
/// Rows of a tile of the result, whose sums stay in registers.
const ROWS: usize = 8;
/// Rows that are packed at once.
const TOGETHER: usize = 8;
/// Alignment of scratch memory: vectors that cross cache lines cost twice.
const LINE: usize = 64;

thread_local! {
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// A matrix in a slice, by rows or transposed.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> View<'a> {
    pub(super) fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "a matrix fills its slice");
        Self { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    pub(super) fn columns(self, range: Range<usize>) -> Self {
        assert!(range.start < range.end && range.end <= self.columns);
        Self { data: &self.data[range.start * self.column_stride..], columns: range.len(), ..self }
    }

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
pub(super) struct ColumnBlock<'a> {
    rows: Vec<&'a mut [f32]>,
    columns: usize,
}

impl<'a> ColumnBlock<'a> {
    /// A whole matrix, stored row after row.
    pub(super) fn new(data: &'a mut [f32], rows: usize) -> Self {
        let columns = data.len() / rows.max(1);
        Self { rows: data.chunks_mut(columns.max(1)).collect(), columns }
    }

    /// The matrix in tiles of a number of columns; the last tile may be narrower.
    pub(super) fn tiles(data: &'a mut [f32], rows: usize, tile: usize) -> Vec<Self> {
        let columns = data.len() / rows.max(1);
        let width = |start: usize| tile.min(columns - start);
        let starts = (0..columns).step_by(tile);
        let mut tiles: Vec<Self> =
            starts.map(|start| Self { rows: Vec::with_capacity(rows), columns: width(start) }).collect();
        for row in data.chunks_mut(columns.max(1)) {
            tiles.iter_mut().zip(row.chunks_mut(tile)).for_each(|(tile, piece)| tile.rows.push(piece));
        }
        tiles
    }
}

/// `into` = `a` x `b`; added to the old values if `add`.
pub(super) fn product(into: ColumnBlock<'_>, a: View<'_>, b: View<'_>, add: bool) {
    // Code that is compiled for several kinds of processors must not be in a closure of another function.
    SCRATCH.with_borrow_mut(|scratch| on_this_processor(Product { into, a, b, add, scratch }));
}

/// The arguments of [`product`], for any instruction set.
struct Product<'a> {
    into: ColumnBlock<'a>,
    a: View<'a>,
    b: View<'a>,
    add: bool,
    scratch: &'a mut Vec<f32>,
}

impl Compiled for Product<'_> {
    #[inline(always)]
    fn run<F: Fused>(self, instructions: F) {
        let Self { mut into, a, b, add, scratch } = self;
        let depth = a.columns;
        assert_eq!(depth, b.rows, "inner sizes agree");
        assert_eq!((into.rows.len(), into.columns), (a.rows, b.columns), "the result fills its target");
        if depth == 0 && !add {
            into.rows.iter_mut().for_each(|row| row.fill(0.0));
        }
        if depth == 0 || a.rows * b.columns == 0 {
            return;
        }
        // Vectors run across the operand that is read row by row; (a b)' = b' a'.
        let turned = b.column_stride != 1;
        let (x, y) = if turned { (b.transposed(), a.transposed()) } else { (a, b) };
        let step = piece(a.rows, b.columns, depth);
        for from in (0..depth).step_by(step) {
            let depth = from..(from + step).min(depth);
            let task = ProductTask { x, y, turned, add: add || from > 0, depth };
            task.run(instructions, &mut into, scratch);
        }
    }
}

/// Terms of a piece of a sum: at most [`DEPTH`], and about equal for all pieces of large matrices.
fn piece(rows: usize, columns: usize, depth: usize) -> usize {
    let small = rows <= 64 && columns <= 64;
    if small { depth.min(DEPTH) } else { depth.div_ceil(depth.div_ceil(DEPTH)) }
}

/// A piece of a product: rows of `x`, each element broadcast to a vector, times panels of `y`.
struct ProductTask<'a> {
    x: View<'a>,
    y: View<'a>,
    /// Whether the result is transposed.
    turned: bool,
    add: bool,
    depth: Range<usize>,
}

impl ProductTask<'_> {
    #[inline(always)]
    fn run<F: Fused>(self, instructions: F, into: &mut ColumnBlock<'_>, scratch: &mut Vec<f32>) {
        let (depth, panel) = (self.depth.len(), 2 * F::LANES);
        let panels = self.y.columns.next_multiple_of(F::LANES) * depth;
        let size = panels + LINE;
        if scratch.len() < size {
            scratch.resize(size, 0.0);
        }
        let start = scratch.as_ptr().align_offset(LINE).min(LINE);
        let packed = &mut scratch[start..start + panels];
        for (index, first) in (0..self.y.columns).step_by(panel).enumerate() {
            let width = width::<F>(self.y.columns - first);
            self.pack(first, width, &mut packed[index * panel * depth..][..width * depth]);
        }
        let mut row = 0;
        while row < self.x.rows {
            row += match self.x.rows - row {
                ROWS.. => self.block::<F, ROWS>(instructions, row, packed, into),
                4.. => self.block::<F, 4>(instructions, row, packed, into),
                2.. => self.block::<F, 2>(instructions, row, packed, into),
                _ => self.block::<F, 1>(instructions, row, packed, into),
            };
        }
    }

    /// Packs columns of `y` side by side, row after row, as vectors are read; missing columns are zero.
    #[inline(always)]
    fn pack(&self, first: usize, width: usize, panel: &mut [f32]) {
        let (y, count) = (&self.y, width.min(self.y.columns - first));
        if y.column_stride == 1 {
            for (row, into) in self.depth.clone().zip(panel.chunks_exact_mut(width)) {
                into[..count].copy_from_slice(&y.data[row * y.row_stride + first..][..count]);
                into[count..].fill(0.0);
            }
            return;
        }
        let row = |column: usize| {
            let from = &y.data[(first + column) * y.column_stride + self.depth.start * y.row_stride..];
            from.iter().step_by(y.row_stride).take(self.depth.len())
        };
        panel.chunks_exact_mut(width).for_each(|into| into[count..].fill(0.0));
        let mut column = 0;
        while y.row_stride == 1 && column + TOGETHER <= count {
            let mut rows: [&[f32]; TOGETHER] = [&[]; TOGETHER];
            for (i, row) in rows.iter_mut().enumerate() {
                *row = &y.data[(first + column + i) * y.column_stride + self.depth.start..][..self.depth.len()];
            }
            interleave(&rows, width, column, panel);
            column += TOGETHER;
        }
        for column in column..count {
            panel.chunks_exact_mut(width).zip(row(column)).for_each(|(into, value)| into[column] = *value);
        }
    }

    /// Rows of `x` times all panels; gives the number of rows.
    #[inline(always)]
    fn block<F: Fused, const M: usize>(
        &self,
        instructions: F,
        row: usize,
        packed: &[f32],
        into: &mut ColumnBlock<'_>,
    ) -> usize {
        let (x, depth) = (&self.x, self.depth.len());
        if x.column_stride == 1 {
            let mut rows: [&[f32]; M] = [&[]; M];
            for (i, place) in rows.iter_mut().enumerate() {
                *place = &x.data[(row + i) * x.row_stride + self.depth.start..][..depth];
            }
            self.panels(instructions, row, ByRow(rows), packed, into);
        } else {
            let data = &x.data[row * x.row_stride + self.depth.start * x.column_stride..];
            self.panels(instructions, row, ByColumn::<M> { data, stride: x.column_stride }, packed, into);
        }
        M
    }

    #[inline(always)]
    fn panels<F: Fused, const M: usize>(
        &self,
        instructions: F,
        row: usize,
        values: impl Terms<M>,
        packed: &[f32],
        into: &mut ColumnBlock<'_>,
    ) {
        let (panel, depth) = (2 * F::LANES, self.depth.len());
        for (index, first) in (0..self.y.columns).step_by(panel).enumerate() {
            let width = width::<F>(self.y.columns - first);
            let packed = &packed[index * panel * depth..][..width * depth];
            if width == panel {
                self.put(instructions, row, first, tile::<F, M, 2>(instructions, &values, packed), into);
            } else {
                self.put(instructions, row, first, tile::<F, M, 1>(instructions, &values, packed), into);
            }
        }
    }

    /// Writes the sums of a tile.
    #[inline(always)]
    fn put<F: Fused, const M: usize, const W: usize>(
        &self,
        instructions: F,
        row: usize,
        first: usize,
        sums: [[F::Vector; W]; M],
        into: &mut ColumnBlock<'_>,
    ) {
        let count = (W * F::LANES).min(self.y.columns - first);
        if self.turned {
            for (w, lanes) in (0..count).step_by(F::LANES).enumerate() {
                let mut vectors = [instructions.splat(0.0); M];
                for (vector, sums) in vectors.iter_mut().zip(&sums) {
                    *vector = sums[w];
                }
                let values = F::values(&vectors);
                for lane in 0..F::LANES.min(count - lanes) {
                    let places = &mut into.rows[first + lanes + lane][row..row + M];
                    for (place, values) in places.iter_mut().zip(values.chunks_exact(F::LANES)) {
                        *place = if self.add { *place + values[lane] } else { values[lane] };
                    }
                }
            }
            return;
        }
        for (i, sums) in sums.iter().enumerate() {
            let places = &mut into.rows[row + i][first..first + count];
            if count == W * F::LANES {
                for (place, sum) in F::vectors_mut(places).iter_mut().zip(sums) {
                    *place = if self.add { instructions.add(*place, *sum) } else { *sum };
                }
                continue;
            }
            for (place, sum) in places.iter_mut().zip(F::values(sums)) {
                *place = if self.add { *place + sum } else { *sum };
            }
        }
    }
}

/// Columns of a panel, given the number of columns left.
#[inline(always)]
fn width<F: Fused>(left: usize) -> usize {
    if left > F::LANES { 2 * F::LANES } else { F::LANES }
}

/// Some rows side by side, from their first columns on: [`ProductTask::pack`] does the same for eight at once.
#[inline(always)]
fn interleave<const N: usize>(rows: &[&[f32]; N], width: usize, column: usize, panel: &mut [f32]) {
    for (term, into) in panel.chunks_exact_mut(width).enumerate() {
        for (place, row) in into[column..column + N].iter_mut().zip(rows) {
            *place = row[term];
        }
    }
}

/// The numbers of some rows.
trait Terms<const M: usize> {
    /// One term of the sums of a row.
    fn at(&self, term: usize, row: usize) -> f32;
}

/// Rows in separate slices.
struct ByRow<'a, const M: usize>([&'a [f32]; M]);

impl<const M: usize> Terms<M> for ByRow<'_, M> {
    #[inline(always)]
    fn at(&self, term: usize, row: usize) -> f32 {
        self.0[row][term]
    }
}

/// Rows interleaved in one slice.
struct ByColumn<'a, const M: usize> {
    data: &'a [f32],
    /// Distance between terms.
    stride: usize,
}

impl<const M: usize> Terms<M> for ByColumn<'_, M> {
    #[inline(always)]
    fn at(&self, term: usize, row: usize) -> f32 {
        self.data[term * self.stride + row]
    }
}

/// The sums of a tile: rows of values times a panel.
#[inline(always)]
fn tile<F: Fused, const M: usize, const W: usize>(
    instructions: F,
    values: &impl Terms<M>,
    panel: &[f32],
) -> [[F::Vector; W]; M] {
    let mut sums = [[instructions.splat(0.0); W]; M];
    for (term, y) in F::vectors(panel).as_chunks::<W>().0.iter().enumerate() {
        for (row, sums) in sums.iter_mut().enumerate() {
            let x = instructions.splat(values.at(term, row));
            for (sum, y) in sums.iter_mut().zip(y) {
                *sum = instructions.fused(x, *y, *sum);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests;
