//! The front door: a chip and a network become a deployment, a deployment runs, and a run has an outcome.
//!
//! [`Session`] holds a chip and a [`Workload`]. [`Session::map`] makes a [`Deployment`] of it, which owns the chip, the
//! network, the mapping and the system, and can be kept and run any number of times. [`Deployment::run`] gives an
//! [`Outcome`]: figures by name, results of each inference, and the report. Command line, comparisons and validation
//! are ordinary callers.

mod advice;
pub mod catalog;
mod deployment;
mod diff;
mod error;
mod follow;
mod given;
mod in_memory;
#[cfg(test)]
mod in_memory_tests;
mod mapped;
mod memory;
mod named;
mod network_files;
mod noc;
mod npz;
mod options;
#[cfg(feature = "nir")]
mod original;
#[cfg(not(feature = "nir"))]
#[path = "no_original.rs"]
mod original;
mod outcome;
mod owner;
mod page;
mod posteriors;
mod reprice;
mod shipped;
#[cfg(test)]
mod tests;
mod train_folder;
mod train_history;
mod train_settings;
mod train_task;
mod training;
mod unfinished;
mod weights;
mod workload;

pub use deployment::{Deployment, Session};
pub use diff::diff;
pub use error::{Error, OptionField};
pub use follow::{Follow, Unheard};
pub use given::{GivenArray, GivenData};
pub use in_memory::{TraceRecords, TraceRequest};
pub use mapped::Mapped;
pub use named::WorkloadOptions;
pub use noc::{MeasuredError, NocChip, NocJob, NocProblem, NocRates, NocRequest};
pub use options::{MapOptions, RunOptions};
#[cfg(feature = "nir")]
pub use original::{Original, SOURCE as IMPORT_SOURCE, imported};
pub use outcome::{Outcome, Results};
pub use page::RunPage;
pub use posteriors::Posteriors;
pub use reprice::{Repricing, chip_of_run, repriced, repriced_on};
pub use shipped::carry_large_networks;
pub use train_folder::TrainFolder;
pub use train_settings::{HardwareSettings, StepRange, TrainSettings};
pub use train_task::TrainTask;
pub use training::{Cache, Training};
pub use workload::{RunTask, SamplesAs, Workload};

// Parts that the command line and comparisons use separately.
#[doc(hidden)]
pub use {
    deployment::calibration_of,
    mapped::profile,
    memory::{check_layers, check_memory},
    options::{encoding, objective, partitioner, placer, sharing},
    original::little_room,
    owner::{make_folder, stranger},
    shipped::{find_large_networks_in, shipped, with_weights},
    train_folder::{HISTORY, HISTORY_SCHEMA, NETWORK_FILES, TRAIN_PAGE, TRAIN_REPORTS},
    train_history::{epoch_json, training_history},
    train_settings::{rule, schedule, to_train},
    unfinished::{CHECKPOINT, folder_of, unfinished},
    weights::belong_if_known,
    workload::{UNDIGESTED, USUAL_STEPS, classifier_steps, for_steps, layered_steps, matches, samples, usual_steps},
};
