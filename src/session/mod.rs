//! The front door: a chip and a network become a deployment, a deployment runs, and a run has an outcome.
//!
//! [`Session`] holds a chip and a [`Workload`]. [`Session::map`] makes a [`Deployment`] of it, which owns the chip, the
//! network, the mapping and the system, and can be kept and run any number of times. [`Deployment::run`] gives an
//! [`Outcome`]: figures by name, results of each inference, and the report. Command line, comparisons and validation
//! are callers like any other.

mod citations;
mod deployment;
mod error;
mod options;
mod outcome;
#[cfg(test)]
mod tests;
mod workload;

pub use deployment::{Deployment, Session, calibration_of};
pub use error::{Error, Field};
pub use options::{MapOptions, RunOptions};
pub use outcome::{Outcome, Results};
pub use workload::{Stimulus, Task, UNDIGESTED, USUAL_STEPS, Workload, layered_steps, matches, samples};
