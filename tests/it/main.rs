//! All integration tests, as one binary: it links once, and its modules share `common`.

mod by_hand;
mod cli;
mod common;
mod conservation;
mod differential;
mod zero_load;
