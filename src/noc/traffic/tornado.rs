//! Just less than half way round in every dimension.

use super::{Grid, Kind, Options, Pattern};
use crate::rng::Stream;

pub(super) const KIND: Kind =
    Kind { name: "tornado", summary: "(x, y) sends to (x + (width - 1) / 2, y + (height - 1) / 2), going round", make };

#[derive(Debug)]
struct Tornado(Grid);

fn make(options: &Options<'_>, grid: Grid) -> Result<Box<dyn Pattern>, String> {
    options.only(&[])?;
    Ok(Box::new(Tornado(grid)))
}

impl Pattern for Tornado {
    fn destination(&self, source: u32, _rng: &mut Stream) -> u32 {
        let Grid { width, height } = self.0;
        let (x, y) = self.0.place(source);
        self.0.terminal(((x + (width - 1) / 2) % width, (y + (height - 1) / 2) % height))
    }
}
