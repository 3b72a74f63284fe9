//! One further in every dimension.

use super::{PatternKind, Permutation};

pub(super) const KIND: PatternKind = PatternKind {
    name: "neighbor",
    summary: "(x, y) sends to (x + 1, y + 1), going round",
    make: |options, grid| {
        options.only(&[])?;
        // A dimension of one terminal goes round to itself.
        Permutation::boxed(grid, |grid, (x, y)| ((x + 1) % grid.width, (y + 1) % grid.height))
    },
};
