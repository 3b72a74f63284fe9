//! The front door: a chip and a network become a deployment, a deployment runs, and a run has an outcome.
//!
//! [`Session`] holds a chip and a [`Workload`]. [`Session::map`] makes a [`Deployment`] of it, which owns the chip, the
//! network, the mapping and the system, and can be kept and run any number of times. [`Deployment::run`] gives an
//! [`Outcome`]: figures by name, results of each inference, and the report. Command line, comparisons and validation
//! are callers like any other.

pub mod catalog;
mod deployment;
mod error;
mod follow;
mod memory;
mod named;
mod options;
mod outcome;
mod owner;
mod shipped;
#[cfg(test)]
mod tests;
mod training;
mod unfinished;
mod weights;
mod workload;

pub use deployment::{Deployment, Session, calibration_of};
pub use error::{Error, OptionField};
pub use follow::{Follow, Unheard};
pub use memory::check_memory;
pub use named::WorkloadOptions;
pub use options::{MapOptions, RunOptions, objective, partitioner, placer};
pub use outcome::{Outcome, Results};
pub use owner::{make_folder, stranger};
pub use shipped::{shipped, with_weights};
pub use training::{Cache, Training};
pub use unfinished::{CHECKPOINT, folder_of, unfinished};
pub use weights::belong_if_known;
pub use workload::{RunTask, UNDIGESTED, USUAL_STEPS, Workload, layered_steps, matches, samples};
