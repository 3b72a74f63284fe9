//! Crossbars of real cells: the result of a read, in fixed point.
//!
//! The state of a cell after programming does not change in a run. So it is worked out when the system is built, and kept
//! as pairs: the weight that a pair adds to its column, and the variance of its read noise ([`Cells`]). A step adds the
//! rows that were driven to sums by column, in one pass over flat arrays, whatever the order of the rows; then it draws
//! the noise of each column in use and converts it (`Reading`). `hw::devices` has the equations.
//!
//! A read is drawn from the seed, the sample, the step, the neuron and the slice alone, so no order of rows, threads or
//! shards acts on it.

mod add;
mod cells;
mod reading;
#[cfg(test)]
mod tests;

pub use cells::{Cells, Converter, FRACTION_BITS, VARIANCE_SUM_BITS};
pub(super) use reading::Reading;
