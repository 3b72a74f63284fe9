//! To the opposite corner: every bit of the number is inverted where width and height are powers of two.

use super::{Grid, Kind, Options, Pattern};
use crate::rng::Stream;

pub(super) const KIND: Kind =
    Kind { name: "bit-complement", summary: "(x, y) sends to (width - 1 - x, height - 1 - y)", make };

#[derive(Debug)]
struct BitComplement(Grid);

fn make(options: &Options<'_>, grid: Grid) -> Result<Box<dyn Pattern>, String> {
    options.only(&[])?;
    Ok(Box::new(BitComplement(grid)))
}

impl Pattern for BitComplement {
    fn destination(&self, source: u32, _rng: &mut Stream) -> u32 {
        self.0.terminals() - 1 - source
    }
}
