//! One further in every dimension.

use super::{Grid, Kind, Options, Pattern};
use crate::rng::Stream;

pub(super) const KIND: Kind = Kind { name: "neighbor", summary: "(x, y) sends to (x + 1, y + 1), going round", make };

#[derive(Debug)]
struct Neighbor(Grid);

fn make(options: &Options<'_>, grid: Grid) -> Result<Box<dyn Pattern>, String> {
    options.only(&[])?;
    Ok(Box::new(Neighbor(grid)))
}

impl Pattern for Neighbor {
    fn destination(&self, source: u32, _rng: &mut Stream) -> u32 {
        let Grid { width, height } = self.0;
        let (x, y) = self.0.place(source);
        // A dimension of one terminal goes round to itself.
        self.0.terminal(((x + 1) % width, (y + 1) % height))
    }
}
