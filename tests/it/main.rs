//! Integration tests: one binary, one file per kind of promise.

mod cli;
