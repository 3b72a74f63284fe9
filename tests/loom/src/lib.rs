//! The engine and what it imports, compiled against loom instead of the standard library's atomics and locks, so that
//! `src/engine/tried.rs` can try all orders in which threads may run. A package of its own: nothing else of the program is
//! compiled. From this folder: `RUSTFLAGS="--cfg loom" cargo test --release`.
#![allow(dead_code, unused_imports)]

#[path = "../../../src/engine/mod.rs"]
mod engine;
#[path = "../../../src/progress.rs"]
mod progress;
#[path = "../../../src/threads.rs"]
mod threads;
#[path = "../../../src/units.rs"]
mod units;
