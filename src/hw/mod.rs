//! Chip files: read, checked, and turned into a [`Chip`], which is a proof that the file keeps the rules.
//!
//! Holds no simulation state. Adding a chip is adding a file to `hw_models`; adding a topology or a routing rule is
//! one file and one line in `topology` or `routing`.

mod all_in;
mod builder;
mod change;
mod chip;
mod constants;
mod cost;
pub mod deadlock;
mod description;
pub mod devices;
mod facts;
mod file;
mod noc;
mod noc_file;
pub mod routing;
mod schema;
mod stepping;
mod tick;
pub mod topology;

pub use builder::ChipBuilder;
pub use change::set_numbers;
pub use chip::{Chip, Clock, CoreSpec, Fact, Gating, Limits, ReceivePath, SramMemory, Sweep, SynapseArray};
pub use cost::{Barrier, Calibration, Cost, Energy, Kind, Scope, StaticPower};
pub use devices::Devices;
pub use file::{MAX_FILE_BYTES, load, read};
pub use noc::{Allocation, MAX_CHANNELS, Noc, NocError};
pub use routing::Routing;
pub use schema::schema;
pub use stepping::Stepping;
pub use topology::Topology;
