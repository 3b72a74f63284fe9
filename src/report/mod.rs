//! Reports: what a run cost and how sure that is, from integer counts and cited constants.
//!
//! Energy is counts times a table, so a table can be swapped without simulating again. Texts and JSON are made
//! here; the caller writes and prints them. A saved report is read back by [`load_run`] and repriced
//! by [`reprice`], which is the code that priced it in the run.

mod advice;
mod ann;
mod area;
mod at_rest;
mod band;
mod bound;
mod chip;
mod covers;
mod diff;
mod energy;
mod grid;
mod imported;
mod index_page;
mod json;
mod map_page;
mod mapping;
mod mapping_text;
mod measure;
mod neurobench;
mod noc;
mod notebook;
mod occupancy;
mod origin;
pub(crate) mod page;
mod price;
mod quantity;
mod reprice;
mod run_page;
mod saved;
mod sections;
mod spike_order;
mod summarise;
mod summary;
mod table;
mod tables;
mod tally;
mod text;
mod times;
mod training;
mod unit_costs;

pub(crate) use covers::COVERS_FIELDS;
pub(crate) use energy::UNPRICED;
#[cfg(feature = "nir")]
pub use imported::import_text;
pub(crate) use index_page::{IndexedRun, index_html};
pub(crate) use map_page::{Stand, map_html};
pub(crate) use origin::{origins_json, read_digests, read_origins};
pub(crate) use run_page::{Film, PerCore, Pictures, per_core, run_html};
pub(crate) use table::{ENERGY_UNITS, TIME_UNITS, TextTable, UnitScale, Units, count, number, table};
pub(crate) use training::{
    Closing, ClosingRow, Mistake, NetworkOperations, TRAINING_SCHEMA, TrainingEpoch, TrainingReport, closing_text,
    training_html, training_json, training_text,
};

pub use advice::{Advice, TrialFigures, TriedOption};
pub use bound::{BoundFigures, BusiestCore, ClassBound, CoreBound, DominantBound, StageWork};
pub use chip::{chip_line, chip_text};
pub use diff::{
    ChipValue, DIFF_SCHEMA, DiffError, EnergyChange, ExactChange, OperationChange, OperationTotals, RunDiff, diff_json,
    diff_text,
};
pub use json::{RUN_SCHEMA, load_run, read_run, run_json};
pub use mapping::{MAP_SCHEMA, MappingSummary, mapping_json, summarise_mapping};
pub use mapping_text::mapping_text;
pub use noc::{CurvePoint, NOC_SCHEMA, NocCurve, NocReport, noc_csv, noc_html, noc_json, noc_text};
pub use notebook::{noc_part, run_part};
pub use reprice::{RepriceError, reprice};
pub use run_page::saved_html;
pub use spike_order::{CoreSpread, SpikeOrderFigures};
pub use summary::Summary;
pub use tables::{CoreDetail, DetailsError, LinkDetail, RunDetails};
pub(crate) use text::labelled;
pub use text::{Detail, run_text};

// Parts of the above, and inputs that only this crate and its tests make.
#[doc(hidden)]
pub use {
    ann::{Break, BreakEven, SameSilicon},
    area::Areas,
    covers::{ClassCoverage, CostClass, Covers},
    energy::{Bill, Coverage, EnergyUnit, Included, Unpriced, bill},
    imported::{IMPORT_SCHEMA, ImportedLayer, ImportedNetwork, import_json},
    mapping::MappingTraffic,
    measure::{BatchInput, Context, SparseInput},
    neurobench::{NeuroBench, SynapticOperations},
    noc::{LinkLoad, Saturation},
    origin::{ContentDigest, FileOrigin, SourceKind, digests_json, with_making},
    price::{Citation, Coverages, OpPrice, Pricing},
    quantity::Quantity,
    saved::MAX_RUN_BYTES,
    summarise::{summarise_batch, summarise_sparse},
    summary::{
        CycleClock, DeviceFigures, FixedTickFigures, FreeRunningFigures, Interrupted, LayerSummary, NetworkOnChip,
        Occupancy, OriginalClasses, Reason, Reconstruction, RunHeader, RunHost, SparseOutput, SparseSums, SparseTotals,
        Throughput, Use, WorstLink,
    },
    tally::Tally,
    times::{BarrierTime, OpTime, Times},
    unit_costs::{UnitCosts, UnitCostsError},
};
