//! Checks of what is asked of a run, before anything runs.

use super::{RunError, Shards};
use crate::net::Graph;
use crate::system::System;

/// Checks a run of a sparse network.
pub(super) fn sparse(system: &System, graph: &Graph, steps: u32, shards: Shards) -> Result<(), RunError> {
    some(steps.into(), "time steps")?;
    some(shards.count as u64, "shards")?;
    some(shards.threads as u64, "threads")?;
    same(system.tables.neurons, graph.neurons())
}

pub(super) fn some(found: u64, what: &'static str) -> Result<(), RunError> {
    if found == 0 { Err(RunError::None { what }) } else { Ok(()) }
}

pub(super) fn same(system: usize, network: usize) -> Result<(), RunError> {
    if system == network { Ok(()) } else { Err(RunError::OtherNetwork { system, network }) }
}
