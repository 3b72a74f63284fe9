//! The front door: a chip and a network become a deployment, a deployment runs, and a run has an outcome.
//!
//! [`Session`] holds a chip and a [`Workload`]. [`Session::map`] makes a [`Deployment`] of it, which owns the chip, the
//! network, the mapping and the system, and can be kept and run any number of times. [`Deployment::run`] gives an
//! [`Outcome`]: figures by name, results of each inference, and the report. Command line, comparisons and validation
//! are ordinary callers.

mod advice;
pub mod catalog;
mod deployment;
mod error;
mod follow;
mod memory;
mod named;
mod npz;
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

pub use deployment::{Deployment, Session};
pub use error::{Error, OptionField};
pub use follow::{Follow, Unheard};
pub use named::WorkloadOptions;
pub use options::{MapOptions, RunOptions};
pub use outcome::{Outcome, Results};
pub use training::{Cache, Training};
pub use workload::{RunTask, SamplesAs, Workload};

// Parts that the command line and comparisons use separately.
#[doc(hidden)]
pub use {
    deployment::calibration_of,
    memory::{check_layers, check_memory},
    options::{objective, partitioner, placer, sharing},
    owner::{make_folder, stranger},
    shipped::{shipped, with_weights},
    unfinished::{CHECKPOINT, folder_of, unfinished},
    weights::belong_if_known,
    workload::{UNDIGESTED, USUAL_STEPS, classifier_steps, for_steps, layered_steps, matches, samples},
};
