//! Just less than half way round in every dimension.

use super::{Grid, PatternKind, Permutation};

pub(super) const KIND: PatternKind = PatternKind {
    name: "tornado",
    summary: "(x, y) sends to (x + (width - 1) / 2, y + (height - 1) / 2), going round",
    make: |options, grid| {
        options.only(&[])?;
        Permutation::boxed(grid, |Grid { width, height }, (x, y)| {
            ((x + (width - 1) / 2) % width, (y + (height - 1) / 2) % height)
        })
    },
};
