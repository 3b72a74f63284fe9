//! All integration tests, as one binary: it links once, and its modules share `common`.

mod common;
mod conservation;
mod differential;
