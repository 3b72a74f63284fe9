//! All integration tests, as one binary: it links once, and its modules share `common`.

mod advice;
mod autoencoder;
mod begin;
mod bench;
mod boards;
mod booksim;
mod bound;
mod bound_trace;
mod budgets;
mod builders;
mod built_in_names;
mod by_hand;
mod chips;
mod classify;
mod cli;
mod clocks;
mod command_line;
mod common;
mod compare;
mod conservation;
#[cfg(feature = "nir")]
mod conventions;
mod copies;
mod cores;
mod covers;
mod damage;
mod damage_sparse;
mod data_files;
mod devices;
mod differential;
mod digests;
mod docs;
mod errors;
mod event_list;
mod events;
mod facts;
mod fields;
mod files;
mod first_run;
mod for_chip;
mod formats;
mod free;
#[cfg(feature = "nir")]
mod graphs;
#[cfg(feature = "nir")]
mod hostile_graphs;
mod ideal;
#[cfg(feature = "nir")]
mod imported;
mod kinds;
mod layered;
mod library;
mod longer;
mod mapping;
mod model_chips;
mod mutate;
mod names;
mod neurons;
#[cfg(feature = "nir")]
mod nir;
mod noc;
mod odin;
mod overlays;
mod phold;
mod priced_apart;
mod provenance;
mod readers;
mod rest;
mod resume;
#[cfg(feature = "nir")]
mod round_trip;
mod run_diff;
mod run_page;
mod sanafe;
mod saturation;
mod saved;
mod scaling;
mod schema;
mod session;
mod settings;
mod shards;
mod spike_order;
mod splits;
mod start;
mod step_timing;
mod terminal;
mod threads;
mod tidy;
mod tiles;
#[cfg_attr(not(all(feature = "nir", feature = "parquet")), allow(dead_code, reason = "its readers are not all built"))]
mod traced;
mod traces;
mod training_report;
mod validate;
mod waves;
mod zero_load;
