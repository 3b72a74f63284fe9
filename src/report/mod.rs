//! Reports: what a run cost and how sure that is, from integer counts and cited constants.
//!
//! Energy is counts times a table, so a table can be swapped without simulating again. Texts and JSON are made
//! here; the caller writes and prints them. A saved report is read back by [`load_run`] and repriced
//! by [`reprice`], which is the code that priced it in the run.

mod ann;
mod chip;
mod energy;
mod grid;
mod imported;
mod json;
mod map_page;
mod mapping;
mod mapping_text;
mod measure;
mod noc;
mod origin;
pub(crate) mod page;
mod price;
mod quantity;
mod reprice;
mod run_page;
mod saved;
mod sections;
mod summarise;
mod summary;
mod table;
mod tally;
mod text;
mod times;
mod training;
mod unit_costs;

pub use ann::{Break, BreakEven, SameSilicon};
pub use chip::{chip_line, chip_text};
pub(crate) use energy::UNPRICED;
pub use energy::{Bill, Coverage, Unit, Unpriced, bill};
pub use imported::{IMPORT_SCHEMA, ImportedLayer, ImportedNetwork, import_json, import_text};
pub use json::{RUN_SCHEMA, load_run, read_run, run_json};
pub use map_page::{Stand, map_html};
pub use mapping::{MAP_SCHEMA, MappingSummary, MappingTraffic, mapping_json, summarise_mapping};
pub use mapping_text::mapping_text;
pub use measure::{BatchInput, Context, SparseInput};
pub use noc::{LinkLoad, NOC_SCHEMA, NocReport, Saturation, noc_csv, noc_html, noc_json, noc_text};
pub use origin::FileOrigin;
pub(crate) use origin::{origins_json, read_origins};
pub use price::{Citation, Coverages, Pricing};
pub use quantity::Quantity;
pub use reprice::{RepriceError, reprice};
pub use run_page::{Film, PerCore, Pictures, per_core, run_html};
pub use saved::MAX_RUN_BYTES;
pub use summarise::{summarise_batch, summarise_sparse};
pub use summary::{
    CycleClock, DeviceFigures, FixedTickFigures, FreeRunningFigures, Interrupted, LayerSummary, NetworkOnChip,
    NeuroBench, Occupancy, Reason, Reconstruction, RunHeader, SparseOutput, SparseTotals, Summary, Sums,
    SynapticOperations, Throughput, Use, WorstLink,
};
pub(crate) use table::{energy, number, scaled, table, time};
pub use tally::Tally;
pub use text::run_text;
pub use times::{BarrierTime, OpTime, Times};
pub use training::{
    Closing, ClosingRow, NetworkOperations, TRAINING_SCHEMA, TrainingReport, closing_json, closing_text, training_html,
    training_json, training_text,
};
pub use unit_costs::{UnitCosts, UnitCostsError};
