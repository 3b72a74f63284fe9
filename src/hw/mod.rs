//! Chip files: read, checked, and turned into a [`Chip`], which is a proof that the file keeps the rules.
//!
//! Holds no simulation state. Adding a chip is adding a file to `hw_models`; adding a routing rule is one file
//! and one line in `routing`.

mod chip;
mod constants;
mod cost;
mod file;
pub mod routing;

pub use chip::{Chip, Clock, CoreSpec, Gating, Limits, Mesh, ReceivePath, SramMemory, SynapseArray, TileOrder};
pub use cost::{Barrier, Calibration, Cost, Energy, Kind, StaticPower};
pub use file::{MAX_FILE_BYTES, load, read};
