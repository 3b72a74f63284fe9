//! Reports: what a run cost and how sure that is, from integer counts and cited constants.
//!
//! Energy is counts times a table, so a table can be swapped without simulating again. Texts and JSON are made
//! here; writing and printing them is the caller's. A saved report is read back by [`load_run`] and priced anew
//! by [`reprice`], which is the code that priced it in the run.

mod ann;
mod chip;
mod energy;
mod imported;
mod json;
mod map_page;
mod mapping;
mod measure;
mod neurobench;
mod noc;
mod origin;
mod price;
mod read;
mod run_page;
mod summary;
mod table;
mod tally;
mod training;

pub use ann::{BreakEven, SameSilicon, UnitCosts, UnitCostsError};
pub use chip::{chip_line, chip_text};
pub(crate) use energy::UNPRICED;
pub use energy::{Bill, Coverage, Unit, Unpriced, bill};
pub use imported::{IMPORT_SCHEMA, comparison_json, comparison_text, import_json, import_text};
pub use json::{MAP_SCHEMA, RUN_SCHEMA, mapping_json, run_json};
pub use map_page::{Stand, map_html};
pub use mapping::{MappingSummary, Occupancy, Traffic, summarise_mapping};
pub use measure::{BatchInput, Context, SparseInput, summarise_batch, summarise_sparse};
/// What pages of other modules share with those here.
pub(crate) use noc::colours as page;
pub use noc::{Link, NOC_SCHEMA, NocReport, Saturation, noc_csv, noc_html, noc_json, noc_text};
pub use origin::Origin;
pub(crate) use origin::{origins_json, read_origins};
pub use price::{Citation, Coverages, Pricing, RepriceError, reprice};
pub use read::{MAX_RUN_BYTES, load_run, read_run};
pub use run_page::{Film, PerCore, Pictures, per_core, run_html};
pub use summary::{
    Break, DeviceFigures, FreeRunning, Header, Interrupted, LayerSummary, Output, Quantity, Reason, SparseTotals,
    Summary, Throughput,
};
pub(crate) use table::{energy, number, scaled, table, time};
pub use table::{mapping_text, run_text};
pub use tally::{BarrierTime, OpTime, Tally, Times};
pub use training::{
    Closing, Operations, Row, TRAINING_SCHEMA, TrainingReport, closing_json, closing_text, training_html,
    training_json, training_text,
};
