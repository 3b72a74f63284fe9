//! Any bytes as a file of the kind "wav": see readers.rs.
#![no_main]

#[path = "../judge.rs"]
mod judge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| judge::judge("wav", bytes));
