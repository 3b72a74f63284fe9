//! What is asked of a run, checked before anything runs.

use super::{Job, RunError, Shards};
use crate::net::Graph;
use crate::system::System;

/// Checks that the samples of a job are there and are what its network reads, and that its parts are of one network.
pub(super) fn job(job: &Job<'_>) -> Result<(), RunError> {
    let Job { system, graph, network, samples, count, threads } = *job;
    some(network.spec.time_steps as usize, "time steps")?;
    some(threads, "threads")?;
    samples.check(network, count)?;
    let sources = network.encoding.sources(network.input.neurons() as usize);
    same(graph.whole().neurons(), network.neurons() + sources)?;
    of(system, graph)
}

/// Checks a run of a sparse network.
pub(super) fn sparse(system: &System, graph: &Graph, steps: u32, shards: Shards) -> Result<(), RunError> {
    some(steps as usize, "time steps")?;
    some(shards.count, "shards")?;
    some(shards.threads, "threads")?;
    of(system, graph)
}

fn of(system: &System, graph: &Graph) -> Result<(), RunError> {
    same(system.tables.neurons, graph.neurons())
}

fn some(found: usize, what: &'static str) -> Result<(), RunError> {
    if found == 0 { Err(RunError::None { what }) } else { Ok(()) }
}

fn same(system: usize, network: usize) -> Result<(), RunError> {
    if system == network { Ok(()) } else { Err(RunError::OtherNetwork { system, network }) }
}
