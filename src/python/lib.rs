//! Python's side of Spikemesh: it converts and calls, and simulates nothing itself.

mod arguments;
mod arrays;
mod chip;
mod compare;
mod data;
mod diff;
mod errors;
mod events;
mod history;
mod kept;
mod large;
mod map;
mod map_options;
mod mapping;
mod methods;
mod network;
mod noc;
mod outputs;
mod recipe;
mod run;
mod saved;
mod show;
mod start;
mod sweep;
mod synapses;
mod tables;
mod trace;
mod train;
mod validate;
mod watch;
mod words;

use pyo3::pymodule;

/// The compiled half of the package `spikemesh`.
#[pymodule]
mod _spikemesh {
    // Chips and runs.
    #[pymodule_export]
    use super::chip::{_chip_of, Chip, Constant, chips, networks};
    #[pymodule_export]
    use super::errors::Violation;
    #[pymodule_export]
    use super::map::{_mapping_of, fit, map_network};
    #[pymodule_export]
    use super::mapping::{Mapping, Traffic};
    #[pymodule_export]
    use super::run::{Quantity, Run};
    #[pymodule_export]
    use super::start::run;

    // Tables and what shows them.
    #[pymodule_export]
    use super::diff::{_difference_of, Difference, diff};
    #[pymodule_export]
    use super::kept::{_run_of, load, reprice};
    #[pymodule_export]
    use super::noc::{_noc_of, NocRun, noc};
    #[pymodule_export]
    use super::tables::{_table_of, Table};
    #[pymodule_export]
    use super::trace::{_trace_of, Trace};
    #[pymodule_export]
    use super::validate::{_validation_of, Validation, validate_cases};

    // Networks, from names, NIR graphs and arrays; samples and spikes in memory.
    #[pymodule_export]
    use super::data::{Samples, dataset};
    #[pymodule_export]
    use super::events::raster;
    #[pymodule_export]
    use super::network::Network;

    // Comparisons and trainings.
    #[pymodule_export]
    use super::compare::{_comparison_of, Comparison};
    #[pymodule_export]
    use super::history::{_history_of, TrainHistory};
    #[pymodule_export]
    use super::sweep::{
        PooledComparison, compare_begin, compare_chips, compare_here, compare_rows, compare_shown, search_space,
    };
    #[pymodule_export]
    use super::train::train_network;

    #[pymodule_export]
    use super::large::networks_in;

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "its name in Python")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
