//! Products with a matrix that is mostly zero: what its zeros would add is left out.
//!
//! Every element is the sum of [`product`](super::product), to the same bits: the same terms in the same order and the
//! same pieces, less those that add zero. For finite numbers that is so on every processor.

use super::lanes::{Compiled, Fused, on_this_processor};
use super::{ColumnBlock, LINE, View, piece};
use std::cell::RefCell;
use std::ops::Range;

/// Share of non-zero elements below which leaving the others out is faster than a full product (measured).
const SPARSE: f64 = 0.65;
/// Vectors of a panel: 64 terms of them fit the nearest cache.
const WIDE: usize = 8;

thread_local! {
    static ROOM: RefCell<SparseRoom> = RefCell::default();
}

/// Memory that is used again.
#[derive(Default)]
struct SparseRoom {
    /// By 64 terms and by row, which of the terms are not zero.
    masks: Vec<u64>,
    /// The terms that are not zero with their values, row by row.
    terms: Vec<(u32, f32)>,
    /// Where the terms of each row end.
    ends: Vec<u32>,
    panel: Vec<f32>,
}

/// Whether so few elements are not zero that [`sparse_product`] is the faster one.
pub(in crate::train) fn is_sparse(values: &[f32]) -> bool {
    let count: usize = values.iter().map(|value| usize::from(*value != 0.0)).sum();
    (count as f64) < SPARSE * values.len() as f64
}

/// `into` = `turned`' x `b`: both have a row for each term, stored one after the other.
pub(in crate::train) fn sparse_product(into: ColumnBlock<'_>, turned: View<'_>, b: View<'_>) {
    // Code that is compiled for several kinds of processors must not be in a closure of another function.
    ROOM.with_borrow_mut(|room| on_this_processor(SparseProduct { into, turned, b, room }));
}

/// The arguments of [`sparse_product`], for any instruction set.
pub(super) struct SparseProduct<'a> {
    into: ColumnBlock<'a>,
    turned: View<'a>,
    b: View<'a>,
    room: &'a mut SparseRoom,
}

impl Compiled for SparseProduct<'_> {
    #[inline(always)]
    fn run<F: Fused>(self, instructions: F) {
        let Self { mut into, turned, b, room } = self;
        let depth = turned.rows;
        assert_eq!(depth, b.rows, "inner sizes agree");
        assert_eq!((into.rows.len(), into.columns), (turned.columns, b.columns), "the result fills its target");
        assert_eq!((turned.column_stride, b.column_stride), (1, 1), "rows are stored one after the other");
        if depth == 0 {
            into.rows.iter_mut().for_each(|row| row.fill(0.0));
            return;
        }
        let step = piece(turned.columns, b.columns, depth);
        for from in (0..depth).step_by(step) {
            let piece = SparsePiece { b, depth: from..(from + step).min(depth), add: from > 0 };
            room.list(turned, piece.depth.clone());
            piece.run(instructions, &mut into, room);
        }
    }
}

impl SparseRoom {
    /// Lists the terms that are not zero.
    #[inline(always)]
    fn list(&mut self, turned: View<'_>, depth: Range<usize>) {
        let rows = turned.columns;
        let row = |term: usize| &turned.data[term * turned.row_stride..][..rows];
        self.masks.clear();
        self.masks.resize(depth.len().div_ceil(64) * rows, 0);
        for (masks, first) in self.masks.chunks_mut(rows.max(1)).zip(depth.clone().step_by(64)) {
            for (bit, term) in (first..depth.end.min(first + 64)).enumerate() {
                masks.iter_mut().zip(row(term)).for_each(|(mask, value)| *mask |= u64::from(*value != 0.0) << bit);
            }
        }
        self.terms.clear();
        self.ends.clear();
        for column in 0..rows {
            for (word, mask) in self.masks[column..].iter().step_by(rows).enumerate() {
                let mut left = *mask;
                while left != 0 {
                    let term = word * 64 + left.trailing_zeros() as usize;
                    self.terms.push((term as u32, row(depth.start + term)[column]));
                    left &= left - 1;
                }
            }
            self.ends.push(self.terms.len() as u32);
        }
    }
}

/// A piece of the sums of all elements.
struct SparsePiece<'a> {
    b: View<'a>,
    depth: Range<usize>,
    add: bool,
}

impl SparsePiece<'_> {
    #[inline(always)]
    fn run<F: Fused>(&self, instructions: F, into: &mut ColumnBlock<'_>, room: &mut SparseRoom) {
        let mut first = 0;
        while first < self.b.columns {
            first += match (self.b.columns - first).div_ceil(F::LANES) {
                WIDE.. => self.panel::<F, WIDE>(instructions, first, into, room),
                4.. => self.panel::<F, 4>(instructions, first, into, room),
                2.. => self.panel::<F, 2>(instructions, first, into, room),
                _ => self.panel::<F, 1>(instructions, first, into, room),
            };
        }
    }

    /// The sums of some columns; gives the number of columns.
    #[inline(always)]
    fn panel<F: Fused, const W: usize>(
        &self,
        instructions: F,
        first: usize,
        into: &mut ColumnBlock<'_>,
        room: &mut SparseRoom,
    ) -> usize {
        let SparseRoom { terms, ends, panel, .. } = room;
        let (width, b) = (W * F::LANES, &self.b);
        let (count, size) = (width.min(b.columns - first), width * self.depth.len());
        if panel.len() < size + LINE {
            panel.resize(size + LINE, 0.0);
        }
        let start = panel.as_ptr().align_offset(LINE).min(LINE);
        let panel = &mut panel[start..start + size];
        for (term, packed) in self.depth.clone().zip(panel.chunks_exact_mut(width)) {
            packed[..count].copy_from_slice(&b.data[term * b.row_stride + first..][..count]);
            packed[count..].fill(0.0);
        }
        let panel = F::vectors(panel).as_chunks::<W>().0;
        let mut begin = 0;
        for (row, end) in into.rows.iter_mut().zip(ends.iter()) {
            let mut sums = [instructions.splat(0.0); W];
            for (term, value) in &terms[begin..*end as usize] {
                let x = instructions.splat(*value);
                for (sum, y) in sums.iter_mut().zip(&panel[*term as usize]) {
                    *sum = instructions.fused(x, *y, *sum);
                }
            }
            begin = *end as usize;
            self.put(instructions, &mut row[first..first + count], &sums);
        }
        count
    }

    /// Writes sums of a row.
    #[inline(always)]
    fn put<F: Fused>(&self, instructions: F, places: &mut [f32], sums: &[F::Vector]) {
        if places.len() == sums.len() * F::LANES {
            for (place, sum) in F::vectors_mut(places).iter_mut().zip(sums) {
                *place = if self.add { instructions.add(*place, *sum) } else { *sum };
            }
            return;
        }
        for (place, sum) in places.iter_mut().zip(F::values(sums)) {
            *place = if self.add { *place + sum } else { *sum };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lanes::Arrays;
    use super::super::product;
    use super::*;
    use crate::rng::mix;

    /// Numbers of which a share (in sixteenths) is not zero; their sums round in every term.
    fn numbers(count: usize, share: u64, seed: u64) -> Vec<f32> {
        let number = |index: usize| {
            let draw = mix(seed << 32 | index as u64);
            let value = f32::from_bits((draw as u32 & 0x807f_ffff) | (120 + (draw >> 40) as u32 % 12) << 23);
            if draw >> 60 < share { value } else { 0.0 }
        };
        (0..count).map(number).collect()
    }

    /// The same bits as the full product, with the processor's instructions and with the portable code.
    #[test]
    fn zeros_left_out_change_no_bit() {
        let sizes = [[1, 1, 1], [64, 3, 5], [63, 20, 33], [65, 9, 128], [130, 70, 270], [600, 65, 18], [1100, 66, 66]];
        for (case, [depth, rows, columns]) in (0..).zip(sizes) {
            for share in [0, 1, 3, 8, 16] {
                let (turned, b) = (numbers(depth * rows, share, case), numbers(depth * columns, 16, 100 + case));
                let (turned, b) = (View::new(&turned, depth, rows), View::new(&b, depth, columns));
                let first = rows / 3;
                let (part, height) = (turned.columns(first..rows), rows - first);
                let mut expected = vec![7.0; height * columns];
                product(ColumnBlock::new(&mut expected, height), part.transposed(), b, false);
                let (mut here, mut anywhere) = (vec![8.0; height * columns], vec![9.0; height * columns]);
                sparse_product(ColumnBlock::new(&mut here, height), part, b);
                let room = &mut SparseRoom::default();
                let into = ColumnBlock::new(&mut anywhere, height);
                SparseProduct { into, turned: part, b, room }.run(Arrays);
                let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&here), bits(&expected), "{depth} x {rows} x {columns}, {share}");
                assert_eq!(bits(&anywhere), bits(&expected), "{depth} x {rows} x {columns}, {share}");
            }
        }
    }

    #[test]
    fn no_terms_are_zero() {
        let mut into = [7.0; 6];
        sparse_product(ColumnBlock::new(&mut into, 2), View::new(&[], 0, 2), View::new(&[], 0, 3));
        assert_eq!(into, [0.0; 6]);
    }
}
