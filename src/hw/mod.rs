//! Chip files: read, checked, and turned into a [`Chip`], which is a proof that the file keeps the rules.
//!
//! Holds no simulation state. Adding a chip: a file in `hw_models`; adding a topology or a routing rule: one file and
//! one line in `topology` or `routing`.

mod all_in;
mod builder;
mod built_in;
mod calibration;
mod change;
mod chip;
mod composition;
mod core;
mod cost;
mod costs_schema;
#[doc(hidden)]
pub mod deadlock;
mod description;
#[doc(hidden)]
pub mod devices;
mod error;
mod facts;
mod file;
mod fit_error;
mod given;
mod kinds;
mod models;
mod noc;
mod noc_file;
mod op_kinds;
mod overlay;
mod overlay_schema;
mod part_sums;
#[doc(hidden)]
pub mod parts;
mod provenance;
mod rest;
#[doc(hidden)]
pub mod routing;
mod rule;
mod rules;
mod stepping;
mod tick;
#[doc(hidden)]
pub mod topology;

#[doc(hidden)]
pub use self::core::{
    CoreLimits, CoreSpec, LayerShape, NeuronSweep, ReceivePath, SharedKernels, SramMemory, SynapseArray, synapse_op,
};
#[doc(hidden)]
pub use all_in::Scope;
pub use builder::ChipBuilder;
#[doc(hidden)]
pub use built_in::CHIP_FILES;
pub use calibration::Calibration;
#[doc(hidden)]
pub use calibration::{Barrier, StaticPower};
#[doc(hidden)]
pub use change::{can_set, set_values};
pub use chip::Chip;
#[doc(hidden)]
pub use chip::{Clock, Gating};
pub use composition::ChipArea;
pub use cost::{ConstantKind, Cost, Energy};
#[doc(hidden)]
pub use devices::Devices;
#[doc(hidden)]
pub use error::MAX_CHANNELS;
pub use error::NocError;
#[doc(hidden)]
pub use facts::Fact;
#[doc(hidden)]
pub use file::MAX_FILE_BYTES;
#[doc(hidden)]
pub use fit_error::FitError;
#[doc(hidden)]
pub use kinds::{CoreKind, CoreKinds, NeuronModels};
#[doc(hidden)]
pub use noc::{Allocation, MAX_NODES, Noc};
#[doc(hidden)]
pub use overlay::{ChipDocument, EXTENDS, OverlayBase, load, open, read};
#[doc(hidden)]
pub use overlay_schema::schema;
#[doc(hidden)]
pub use rest::{RestBound, RestPower, RestScope};
#[doc(hidden)]
pub use routing::Routing;
#[doc(hidden)]
pub use stepping::Stepping;
#[doc(hidden)]
pub use topology::Topology;
