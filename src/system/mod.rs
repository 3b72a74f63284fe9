//! Chip + network + mapping → component graph → flat tables.
//!
//! The component graph is a petgraph one can inspect: routers, links, cores, crossbar arrays, source, sink,
//! barrier or clock. It is flattened to [`Tables`]; a crossbar array is a
//! node of the graph and part of its core in the tables.

mod axons;
mod cells;
mod flatten;
mod graph;
mod host_events;
mod scene;
mod trees;
mod waiting;

pub use graph::{Component, ComponentGraph, Wire};
pub use waiting::describe_waiting;

use crate::digest::all_fields;
use crate::hw::{Calibration, Chip, Topology};
use crate::map::Mapping;
use crate::model::Tables;
use crate::model::fabric::Waiting;
use crate::net::{Graph, Layered};
use crate::stats::Counts;
use crate::units::Tick;
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

all_fields! { enum Contention { 0 = Modelled, 1 = Ignored } }

/// A system that can be run.
#[derive(Clone, Debug)]
pub struct System {
    /// Its components, for inspection.
    pub graph: ComponentGraph,
    /// Its flat form.
    pub tables: Tables,
    /// Tiles with a core in use.
    pub tiles: u32,
    /// Steps by which split neurons delay the outputs of a layered network.
    delay: u32,
    /// The routers and links of its chip.
    topology: Topology,
}

impl System {
    /// Steps that an inference of a layered network takes, of that many frames. With a barrier the layers are a pipeline, in which each
    /// begins a step after the one before, the first one a step after spike trains that come in, and one that is split into
    /// partial sums a step after these.
    pub fn steps_of(&self, network: &Layered, frames: u32) -> u32 {
        let layers = network.layers.len() as u32 - 1 + network.encoding.delay() + self.delay;
        network.spec.time_steps * frames + if self.tables.synchronization.is_free_running() { 0 } else { layers }
    }

    /// Counts of the cores of each kind, from those of all cores; empty where cores are alike.
    pub fn by_kind(&self, cores: &[Counts]) -> Vec<Counts> {
        let Tables { cores: tables, other_timings, .. } = &self.tables;
        if other_timings.is_empty() {
            return Vec::new();
        }
        let mut kinds = vec![Counts::default(); 1 + other_timings.len()];
        tables.iter().zip(cores).for_each(|(core, counts)| kinds[usize::from(core.kind)].merge(counts));
        kinds
    }

    /// How many of some steps, by their lengths (ticks), took longer than a fixed tick.
    pub fn overruns(&self, lengths: &[Tick]) -> u64 {
        lengths.iter().filter(|taken| self.tables.synchronization.is_overrun(**taken)).count() as u64
    }

    /// Packets that wait, in words.
    pub fn describe_waiting(&self, all: &[Waiting]) -> String {
        describe_waiting(all, &self.topology)
    }

    /// The name of a link by its position in counts of flits, as in `(1, 0) east`; `None` for links to cores.
    pub fn mesh_link(&self, position: usize) -> Option<String> {
        let routers = &self.tables.fabric;
        let (router, port) = (position / usize::from(routers.ports), position % usize::from(routers.ports));
        self.topology.link(router as u32, port as u8).map(|link| self.topology.link_name(link))
    }
}

/// Why a system is not built.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SystemError {
    /// Neurons of the network need time steps, and the chip has none.
    #[error(
        "the neurons of {population} ({model}) go from time step to time step, and {chip} is free-running: its \
         neurons integrate and fire with every packet; use if, lif or odin, or a chip with a barrier"
    )]
    Neurons {
        /// The chip.
        chip: String,
        /// The population.
        population: String,
        /// Model of its neurons.
        model: &'static str,
    },
    /// The host of the network sends single events, or spikes on rows of neurons, and the chip has no cores that work event by
    /// event.
    #[error(
        "the network has {what}, and the cores of {chip} do not work event by event; use a free-running chip with \
         core.sweep.packets, such as odin"
    )]
    Events {
        /// The chip.
        chip: String,
        /// What the network has.
        what: &'static str,
    },
    /// The network has delays, and the chip has no time steps for which a spike could wait.
    #[error(
        "the network has delays of up to {delay} time steps, and {chip} is free-running: a spike acts when it \
         arrives; use delays of 1, or a chip with a barrier"
    )]
    Delays {
        /// The chip.
        chip: String,
        /// The longest delay.
        delay: u32,
    },
    /// The mapping is of another network or another chip.
    #[error("the mapping does not suit the network and {chip}: {what}")]
    Mapping {
        /// The chip.
        chip: String,
        /// Difference between them.
        what: String,
    },
    /// The crossbars in use have more cells than are kept.
    #[error(
        "the crossbars of {chip} would hold {pairs} pairs of cells for this network, and at most {most} are simulated; \
         use smaller cores, or \"devices\": \"ideal\""
    )]
    TooManyCells {
        /// The chip.
        chip: String,
        /// Pairs of cells in use.
        pairs: usize,
        /// Most that are kept.
        most: usize,
    },
}

/// The seed of devices where none is given.
const SEED: u64 = 1;

/// Builds a system; the devices of its crossbars are those of seed 1.
pub fn build(
    network: &Graph,
    chip: &Chip,
    calibration: &Calibration,
    mapping: &Mapping,
    contention: Contention,
) -> Result<System, SystemError> {
    build_seeded(network, chip, calibration, mapping, contention, SEED)
}

/// Builds a system whose crossbars, where devices are not ideal, are programmed and read with the draws of a seed.
pub fn build_seeded(
    network: &Graph,
    chip: &Chip,
    calibration: &Calibration,
    mapping: &Mapping,
    contention: Contention,
    seed: u64,
) -> Result<System, SystemError> {
    let _span = tracing::info_span!("build").entered();
    suits(mapping, network, chip)?;
    let tiles = mapping.tiles(chip);
    // The map checks this too, but may be told to go on.
    if chip.stepping.is_free() && network.max_delay() > 1 {
        return Err(SystemError::Delays { chip: chip.name.clone(), delay: network.max_delay() });
    }
    let of_events = [
        (!network.events.is_empty(), "a list of events"),
        (!network.rows_of.is_empty(), "inputs on rows of neurons (rows_of)"),
    ];
    let takes_events = chip.kinds().iter().any(|kind| kind.core.sweep.is_some_and(|sweep| sweep.packets));
    let mut of_events = of_events.into_iter().filter(|(has, _)| *has && !takes_events);
    if let Some((_, what)) = of_events.next() {
        return Err(SystemError::Events { chip: chip.name.clone(), what });
    }
    let on_chip = network.populations.iter().filter(|p| p.source.is_none());
    let mut runs = on_chip.flat_map(|p| p.all_runs().map(move |(_, params)| (p, params)));
    if chip.stepping.is_free()
        && let Some((p, params)) = runs.find(|(_, params)| !params.is_event_driven())
    {
        let (chip, population, model) = (chip.name.clone(), p.name.clone(), params.name());
        return Err(SystemError::Neurons { chip, population, model });
    }
    let graph = graph::components(chip, calibration, mapping);
    let mut tables = flatten::tables(&graph, network, chip, calibration, mapping, contention);
    if let Some(devices) = chip.kinds()[0].core.synapses.devices() {
        tables.cells = Some(cells::program(devices, &tables, seed, &chip.name)?);
    }
    tracing::info!(
        routers = tables.fabric.routers,
        cores = tables.cores.len(),
        synapses = tables.synapses.len(),
        "built"
    );
    Ok(System { graph, tables, tiles, delay: network.put_off(), topology: chip.noc.topology.clone() })
}

/// Checks that a mapping is one of this network on this chip, as far as sizes tell.
fn suits(mapping: &Mapping, network: &Graph, chip: &Chip) -> Result<(), SystemError> {
    let fail = |what: String| Err(SystemError::Mapping { chip: chip.name.clone(), what });
    let (found, neurons, sites) = (mapping.core_of.len(), network.neurons(), chip.noc.cores());
    if found != neurons {
        return fail(format!("it maps {found} neurons, the network has {neurons}"));
    }
    for core in mapping.cores.iter() {
        for part in &core.parts {
            let population = network.populations.get(part.population as usize).map(|population| population.range());
            let within = |all: std::ops::Range<usize>| {
                all.start <= part.neurons.start as usize && part.neurons.end as usize <= all.end
            };
            if !population.is_some_and(within) {
                return fail(format!(
                    "a core holds neurons {:?}, which are of no population {}",
                    part.neurons, part.population
                ));
            }
        }
        if core.site.get() >= sites {
            return fail(format!("a core stands on site {}, the chip has {sites}", core.site.get()));
        }
    }
    Ok(())
}
