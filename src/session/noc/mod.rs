//! The network on chip alone: a request, checked, becomes a job, and its measurement a report.

mod check;
mod job;
mod kept;
mod network;
pub(in crate::session) mod problem;
mod rates;
mod request;
#[cfg(test)]
mod tests;

pub use job::NocJob;
pub use kept::MeasuredError;
pub use problem::NocProblem;
pub use rates::NocRates;
pub use request::{NocChip, NocRequest};
