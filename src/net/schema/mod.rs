//! Network files described for editors: their JSON Schemas.
//!
//! Types with doc comments, as in `hw::schema`. What names populations, and what depends on sizes that stand elsewhere, a
//! schema cannot say: `net::read` does.

#![expect(dead_code, reason = "the types describe files, and nothing is made of them")]

mod layered;
mod sparse;
mod training;

use crate::json::schema::schema_of;
use serde_json::Value;

/// The JSON Schema of layered networks, trained ones too.
pub fn layered_schema() -> Value {
    schema_of::<layered::Network>()
}

/// The JSON Schema of sparse networks.
pub fn sparse_schema() -> Value {
    schema_of::<sparse::Network>()
}
