//! Comparing configurations of a chip: chips × numbers of their files × options of a run, for one network.
//!
//! A [`Plan`] names the configurations, [`sweep`] simulates them side by side and writes each row to a [`Journal`]
//! at once, so that what was stopped goes on where it was; a [`ComparisonTable`] is the rows in the order of the plan, with
//! the best of each figure and the Pareto front. A row depends on its configuration alone, not on who worked when.
//! Adding a figure or an option that can be swept is one line in `figures` or `setting`.

mod axis;
mod bound;
mod candidate;
mod check;
mod classes;
mod comparison;
mod demand;
mod figures;
mod file;
mod identity;
mod journal;
mod merge;
mod one;
mod plan;
mod present;
mod row;
mod setting;
mod sweep;
#[cfg(test)]
mod tests;

pub use axis::{AxisError, SweepAxis};
pub use bound::RowBound;
pub use candidate::Candidate;
pub use classes::{CommonTerms, Ranking};
pub use comparison::{ComparisonTable, MOST_AXES, pareto_axes};
pub use figures::{FIGURES, Figure, Goal};
pub use file::SweepFile;
#[doc(hidden)]
pub use file::{MAX_SWEEP_BYTES, SWEEP_FORMAT, sweep_schema};
pub use journal::{Journal, JournalError, Title};
pub use merge::{MergeError, merge};
pub use plan::{Configuration, MOST_CONFIGURATIONS, Plan, PlanError, PlanShard};
pub use present::{COMPARE_SCHEMA, compare_csv, compare_html, compare_json, compare_text};
pub use row::{ComparisonRow, RowFigures};
pub use setting::{OPTIONS, SweepSetting};
pub use sweep::sweep;

// How the sweep makes its networks.
#[doc(hidden)]
pub use {
    demand::{Nets, NetworkDemand, Own, Variant},
    identity::identity,
    one::SweepOptions,
};
