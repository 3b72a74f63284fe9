//! Reports: what a run cost and how sure that is, from integer counts and cited constants.
//!
//! Energy is counts times a table, so a table can be swapped without simulating again. Texts and JSON are made
//! here; writing and printing them is the caller's.

mod ann;
mod energy;
mod json;
mod mapping;
mod neurobench;
mod summary;
mod table;

pub use energy::{Bill, Unit, Unpriced, bill};
pub use json::{MAP_SCHEMA, RUN_SCHEMA, mapping_json, run_json};
pub use mapping::{MappingSummary, summarise_mapping};
pub use summary::{
    BatchInput, Break, Context, Header, LayerSummary, Quantity, SparseInput, SparseTotals, Summary, Throughput,
    summarise_batch, summarise_sparse,
};
pub use table::{mapping_text, run_text};
