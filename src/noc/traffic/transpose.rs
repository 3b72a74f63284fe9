//! (x, y) sends to (y, x).

use super::{Grid, PatternKind, Permutation};

pub(super) const KIND: PatternKind = PatternKind {
    name: "transpose",
    summary: "(x, y) sends to (y, x); square grids only",
    make: |options, grid| {
        options.only(&[])?;
        let Grid { width, height } = grid;
        if width != height {
            return Err(format!("the grid is {width} x {height}, but it needs a square"));
        }
        Permutation::boxed(grid, |_, (x, y)| (y, x))
    },
};
