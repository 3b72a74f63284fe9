//! To the opposite corner: every bit of the number is inverted where width and height are powers of two.

use super::{PatternKind, Permutation};

pub(super) const KIND: PatternKind = PatternKind {
    name: "bit-complement",
    summary: "(x, y) sends to (width - 1 - x, height - 1 - y)",
    make: |options, grid| {
        options.only(&[])?;
        Permutation::boxed(grid, |grid, (x, y)| (grid.width - 1 - x, grid.height - 1 - y))
    },
};
