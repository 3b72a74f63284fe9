//! Chip files: read, checked, and turned into a [`Chip`], which is a proof that the file keeps the rules.
//!
//! Holds no simulation state. Adding a chip is adding a file to `hw_models`; adding a topology or a routing rule is
//! one file and one line in `topology` or `routing`.

mod all_in;
mod builder;
mod calibration;
mod change;
mod chip;
mod core;
mod cost;
pub mod deadlock;
mod description;
pub mod devices;
mod error;
mod facts;
mod file;
mod given;
mod noc;
mod noc_file;
pub mod routing;
mod rule;
mod rules;
mod stepping;
mod tick;
pub mod topology;

pub use self::core::{CoreLimits, CoreSpec, NeuronSweep, ReceivePath, SramMemory, SynapseArray};
pub use all_in::Scope;
pub use builder::ChipBuilder;
pub use calibration::{Barrier, Calibration, StaticPower};
pub use change::set_numbers;
pub use chip::{Chip, Clock, Gating};
pub use cost::{ConstantKind, Cost, Energy};
pub use devices::Devices;
pub use error::{MAX_CHANNELS, NocError};
pub use facts::Fact;
pub use file::{MAX_FILE_BYTES, load, read, schema};
pub use noc::{Allocation, Noc};
pub use routing::Routing;
pub use stepping::Stepping;
pub use topology::Topology;
