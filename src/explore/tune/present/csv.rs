//! The rows of a search as comma-separated values: those of a comparison, in the order of their evaluation.

use crate::explore::present::csv::table_csv;
use crate::explore::tune::Tuned;

/// The rows as comma-separated values.
pub fn tune_csv(tuned: &Tuned) -> String {
    let rows = tuned.table.rows.len();
    let evaluations = (1..=rows).map(|number| number.to_string()).collect();
    let volumes = (0..rows).map(|at| tuned.hypervolume.get(at).map_or(String::new(), f64::to_string)).collect();
    let within = (0..rows).map(|at| tuned.within(at).map_or(String::new(), |within| within.to_string())).collect();
    let samples = (0..rows).map(|at| tuned.samples(at).map_or(String::new(), |samples| samples.to_string())).collect();
    let first =
        [("evaluation", evaluations), ("hypervolume", volumes), ("within_limits", within), ("samples", samples)];
    table_csv(&tuned.table, &first)
}
