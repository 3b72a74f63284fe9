//! What a batch runs.

use super::subject::Subject;
use crate::data::Split;
use crate::net::graph::Graph;
use crate::system::System;

/// Samples to run, and the system and network to run them on.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The system.
    pub system: &'a System,
    /// The network as it was mapped.
    pub graph: &'a Graph,
    /// The same network for encoding and reference.
    pub network: Subject<'a>,
    /// The samples.
    pub samples: &'a Split,
    /// How many of them, from the first.
    pub count: usize,
    /// Worker threads.
    pub threads: usize,
}
