//! Chip + network + mapping → component graph → flat tables.
//!
//! The component graph is a petgraph one can inspect: routers, links, cores, crossbar arrays, source, sink,
//! barrier. It is checked (routing must be free of deadlock) and flattened to [`Tables`]; a crossbar array is a
//! node of the graph and part of its core in the tables.

mod deadlock;
mod flatten;
mod graph;

pub use graph::{Component, ComponentGraph, Wire};

use crate::hw::{Calibration, Chip};
use crate::map::Mapping;
use crate::model::{Barrier, Tables};
use crate::net::Graph;
use thiserror::Error;

/// How time is modelled between cores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contention {
    /// Finite buffers, credits and arbitration: `--timing event`.
    #[default]
    Modelled,
    /// Every packet takes its zero-load latency: `--timing ideal`. A bound where cores receive serially; in a
    /// pipeline of two stages another order of packets can end a little earlier.
    Ignored,
}

/// A system that can be run.
#[derive(Clone, Debug)]
pub struct System {
    /// Its components, for inspection.
    pub graph: ComponentGraph,
    /// Its flat form.
    pub tables: Tables,
    /// Its barrier.
    pub barrier: Barrier,
    /// Tiles with a core in use.
    pub tiles: u32,
}

impl System {
    /// The name of a link by its position in counts of flits, as in `(1, 0) east`; `None` for links to cores.
    pub fn mesh_link(&self, position: usize) -> Option<String> {
        let routers = &self.tables.routers;
        let (router, port) = (position / usize::from(routers.ports), position % usize::from(routers.ports));
        let direction = ["east", "west", "north", "south"].get(port)?;
        let place = routers.place[router];
        Some(format!("({}, {}) {direction}", place.x, place.y))
    }
}

/// Why a system is not built.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SystemError {
    /// Packets could wait for each other in a circle.
    #[error("the routing of {chip} can deadlock: {cycle}; choose another routing rule")]
    Deadlock {
        /// The chip.
        chip: String,
        /// Links that wait for each other.
        cycle: String,
    },
}

/// Builds a system.
pub fn build(
    network: &Graph,
    chip: &Chip,
    calibration: &Calibration,
    mapping: &Mapping,
    contention: Contention,
) -> Result<System, SystemError> {
    let _span = tracing::info_span!("build").entered();
    deadlock::check(chip)?;
    let tiles = mapping.tiles(chip);
    let barrier = Barrier { latency: calibration.barrier.ticks(tiles) };
    let graph = graph::components(chip, calibration, mapping);
    let tables = flatten::tables(&graph, network, chip, calibration, mapping, contention);
    tracing::info!(nodes = tables.nodes(), synapses = tables.synapses.len(), "built");
    Ok(System { graph, tables, barrier, tiles })
}
