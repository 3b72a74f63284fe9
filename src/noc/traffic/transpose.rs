//! (x, y) sends to (y, x).

use super::{Grid, Kind, Options, Pattern};
use crate::rng::Stream;

pub(super) const KIND: Kind = Kind { name: "transpose", summary: "(x, y) sends to (y, x); square grids only", make };

#[derive(Debug)]
struct Transpose(Grid);

fn make(options: &Options<'_>, grid: Grid) -> Result<Box<dyn Pattern>, String> {
    options.only(&[])?;
    if grid.width != grid.height {
        return Err(format!("the grid is {} x {}, but it needs a square", grid.width, grid.height));
    }
    Ok(Box::new(Transpose(grid)))
}

impl Pattern for Transpose {
    fn destination(&self, source: u32, _rng: &mut Stream) -> u32 {
        let (x, y) = self.0.place(source);
        self.0.terminal((y, x))
    }
}
