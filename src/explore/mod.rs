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
mod job;
mod journal;
mod levels;
mod maker;
mod merge;
mod objectives;
mod one;
mod plan;
mod present;
mod retraining;
mod row;
mod saved;
mod setting;
mod source;
mod space;
mod sweep;
#[cfg(test)]
mod tests;
mod tune;

pub use axis::{AxisError, SweepAxis};
pub use bound::RowBound;
pub use candidate::Candidate;
pub use classes::{CommonTerms, Ranking};
pub use comparison::{ComparisonTable, MOST_AXES, pareto_axes};
pub use figures::{FIGURES, Figure, Goal};
pub use file::SweepFile;
#[doc(hidden)]
pub use file::{MAX_SWEEP_BYTES, SWEEP_FORMAT, sweep_schema};
pub use job::{CompareJob, SweepRequest};
pub use journal::{Journal, JournalError, Title};
pub use levels::{AxisScale, AxisSpec};
pub use maker::{CompareError, NetMaker};
pub use merge::{MergeError, merge};
pub use objectives::{FigureLimit, JudgedRow, Measurable, Objectives};
pub use plan::{Configuration, MOST_CONFIGURATIONS, MOST_TO_SEARCH, Plan, PlanError, PlanShard};
pub use present::{
    COMPARE_SCHEMA, compare_columns, compare_csv, compare_html, compare_json, compare_text, front_columns,
};
pub use retraining::Retraining;
pub use row::{ComparisonRow, RowFigures};
pub use saved::{SavedComparison, parse_comparison};
pub use setting::{OPTIONS, SweepSetting};
pub use source::{ComparedData, NetworkRequest, NetworkSource};
pub use space::{SearchSpace, SpaceAxis};
pub use sweep::{rows, sweep};
pub use tune::{
    MakeNets, ModelOfFigure, TUNE_SCHEMA, TuneError, TuneJob, TuneStep, Tuned, tune, tune_csv, tune_html, tune_json,
    tune_text,
};

// How the sweep makes its networks.
#[doc(hidden)]
pub use {
    demand::{Nets, NetworkDemand, Own, Variant},
    identity::identity,
    one::SweepOptions,
};
