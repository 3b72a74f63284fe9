//! Every terminal alike, the source included.

use super::{Grid, Pattern, PatternKind, PatternOptions};
use crate::rng::Stream;
use rand::RngExt;

pub(super) const KIND: PatternKind =
    PatternKind { name: "uniform", summary: "every terminal alike, the source included", make };

#[derive(Debug)]
struct Uniform {
    terminals: u32,
}

fn make(options: &PatternOptions<'_>, grid: Grid) -> Result<Box<dyn Pattern>, String> {
    options.only(&[])?;
    Ok(Box::new(Uniform { terminals: grid.terminals() }))
}

impl Pattern for Uniform {
    fn destination(&self, _source: u32, rng: &mut Stream) -> u32 {
        rng.random_range(0..self.terminals)
    }
}
