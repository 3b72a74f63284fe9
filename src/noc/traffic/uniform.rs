//! Every terminal alike, the source included.

use super::{Grid, Kind, Options, Pattern};
use crate::rng::Stream;
use rand::RngExt;

pub(super) const KIND: Kind = Kind { name: "uniform", summary: "every terminal alike, the source included", make };

#[derive(Debug)]
struct Uniform {
    terminals: u32,
}

fn make(options: &Options<'_>, grid: Grid) -> Result<Box<dyn Pattern>, String> {
    options.only(&[])?;
    Ok(Box::new(Uniform { terminals: grid.terminals() }))
}

impl Pattern for Uniform {
    fn destination(&self, _source: u32, rng: &mut Stream) -> u32 {
        rng.random_range(0..self.terminals)
    }
}
