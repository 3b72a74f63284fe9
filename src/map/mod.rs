//! Mapping: which neurons stand on which core, where each core lies on the mesh, and whether it all fits.
//!
//! Pure functions of (network, chip, options). A core holds neurons of one population. Adding a placer is one
//! file and one line in `place`.

mod check;
mod partition;
pub mod place;

pub use check::{MapError, Violation};

use crate::hw::Chip;
use crate::net::Graph;
use place::Placer;
use std::ops::Range;

/// What is done about a limit that is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// It is an error.
    #[default]
    Enforce,
    /// It is listed, and the network is mapped all the same.
    Report,
}

/// How to map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What is done about broken limits.
    pub limits: Limits,
    /// Where cores go.
    pub placer: Placer,
}

/// What one core holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreLoad {
    /// Its number in the chip.
    pub site: u32,
    /// Its population.
    pub population: u32,
    /// Its neurons, of the whole network.
    pub neurons: Range<u32>,
    /// Distinct sources.
    pub axons_in: u32,
    /// Pairs of a neuron and a destination core.
    pub axons_out: u32,
    /// Synapses.
    pub synapses: u64,
    /// Synapse memory, where the core has lists (bits).
    pub memory_bits: u64,
}

/// Marks a neuron that stands on no core: a source.
pub const NO_CORE: u32 = u32::MAX;

/// A network on a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The cores in use.
    pub cores: Vec<CoreLoad>,
    /// Position in `cores` of each neuron's core, or [`NO_CORE`].
    pub core_of: Vec<u32>,
    /// Broken limits, when only reported.
    pub violations: Vec<Violation>,
    /// Where cores were put.
    pub placer: Placer,
    /// Packets between cores if every neuron spiked once: (from, to, packets), positions in `cores`.
    pub traffic: Vec<(u32, u32, u64)>,
}

impl Mapping {
    /// Hops of all packets if every neuron spiked once.
    pub fn weighted_hops(&self, chip: &Chip) -> u64 {
        place::cost(&self.traffic, &|core| self.cores[core as usize].site, &chip.noc)
    }

    /// Number of tiles with a core in use.
    pub fn tiles(&self, chip: &Chip) -> u32 {
        let mut tiles: Vec<u32> = self.cores.iter().map(|core| chip.noc.tile_of(core.site)).collect();
        tiles.sort_unstable();
        tiles.dedup();
        tiles.len() as u32
    }
}

/// Maps a network on a chip.
pub fn map(network: &Graph, chip: &Chip, options: Options) -> Result<Mapping, MapError> {
    let _span = tracing::info_span!("map", neurons = network.neurons(), synapses = network.synapses.len()).entered();
    let mut violations = check::network(network, chip)?;
    let (mut cores, more) = partition::partition(network, chip, options.limits)?;
    violations.extend(more);
    if options.limits == Limits::Report {
        check::sizes(network, &cores)?;
    }
    let core_of = core_of(network, &cores);
    let traffic = traffic(network, &core_of, &cores);
    violations.extend(check::axons_out(network, &cores, chip));
    if options.limits == Limits::Enforce && !violations.is_empty() {
        return Err(MapError::DoesNotFit { chip: chip.name.clone(), violations });
    }
    let sites = options.placer.place(cores.len() as u32, &traffic, &chip.noc);
    for (core, site) in cores.iter_mut().zip(sites) {
        core.site = site;
    }
    tracing::info!(cores = cores.len(), "mapped");
    Ok(Mapping { cores, core_of, violations, placer: options.placer, traffic })
}

fn core_of(network: &Graph, cores: &[CoreLoad]) -> Vec<u32> {
    let mut core_of = vec![NO_CORE; network.neurons()];
    for (index, core) in cores.iter().enumerate() {
        core_of[core.neurons.start as usize..core.neurons.end as usize].fill(index as u32);
    }
    core_of
}

/// Counts packets between cores for one spike of every neuron on a core.
fn traffic(network: &Graph, core_of: &[u32], cores: &[CoreLoad]) -> Vec<(u32, u32, u64)> {
    let mut all = Vec::new();
    let mut last_seen = vec![u32::MAX; cores.len()];
    let mut packets = vec![0u64; cores.len()];
    for (index, core) in cores.iter().enumerate() {
        let mut reached: Vec<u32> = Vec::new();
        for neuron in core.neurons.clone() {
            for target in network.synapses.targets(neuron as usize) {
                let to = core_of[target as usize];
                if last_seen[to as usize] != neuron {
                    last_seen[to as usize] = neuron;
                    if packets[to as usize] == 0 {
                        reached.push(to);
                    }
                    packets[to as usize] += 1;
                }
            }
        }
        reached.sort_unstable();
        all.extend(reached.into_iter().map(|to| (index as u32, to, std::mem::take(&mut packets[to as usize]))));
    }
    all
}
