//! All integration tests, as one binary: it links once, and its modules share `common`.

mod boards;
mod booksim;
mod budgets;
mod by_hand;
mod chips;
mod cli;
mod common;
mod conservation;
mod damage;
mod damage_sparse;
mod devices;
mod differential;
mod errors;
mod event_list;
mod facts;
mod fields;
mod formats;
mod free;
mod mutate;
mod neurons;
mod noc;
mod saved;
mod schema;
mod shards;
mod tidy;
mod zero_load;
