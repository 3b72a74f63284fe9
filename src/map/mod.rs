//! Mapping: the assignment of neurons to cores and of cores to the mesh, and whether everything fits.
//!
//! Pure functions of (network, chip, options). A core holds neurons of any populations, within the chip's limits; which
//! of them share cores, and when, is the rule of [`Sharing`]. Neurons with more inputs than a
//! core takes are split into partial sums first, where the chip can add those up (`split`); neurons that reach more axons
//! than a neuron of the chip can are copied (`copies`). Adding a placer is one file and one line in `place`.

mod arrange;
mod arranged;
mod check;
mod copies;
mod fewer;
mod figures;
mod file;
mod kernels;
mod kinds;
mod layers;
mod objective;
mod partition;
#[doc(hidden)]
pub mod place;
mod routed;
mod runs;
#[doc(hidden)]
pub mod search;
mod shared;
mod split;
mod spread;
mod tiles;
mod toeplitz;
mod vertices;

pub use arrange::arrange;
pub use arranged::Arranged;
#[doc(hidden)]
pub use arranged::spikes_of;
pub use check::{MapError, Violation};
pub use fewer::{Saving, savings};
#[doc(hidden)]
pub use figures::{Figures, least_hops};
pub use file::LoadError;
#[doc(hidden)]
pub use file::{FORMAT, MAX_FILE_BYTES, load, save, schema};
pub use objective::Objective;
pub use place::{Effort, Placer};
#[doc(hidden)]
pub use toeplitz::{Toeplitz, toeplitz};

use crate::digest::all_fields;
use crate::hw::Chip;
use crate::ids::{CoreId, Id, IdVec, SiteId};
use crate::json::record::words;
use crate::net::Graph;
use crate::text::some_of;
use place::{CoreSeats, Demand};
use runs::Runs;
use std::collections::BTreeSet;
use std::ops::Range;

/// Treatment of broken limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// A broken limit is an error.
    #[default]
    Enforce,
    /// A broken limit is listed, and the network is mapped all the same.
    Report,
}

all_fields! {
    enum Limits { 0 = Enforce, 1 = Report }
    enum Partitioner { 0 = Sequential, 1 = Shared, 2 = Multilevel, 3 = Tiled, 4 = Auto }
    enum Sharing { 0 = Auto, 1 = Always, 2 = Never }
}

/// Options of a mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MappingOptions {
    /// Treatment of broken limits.
    pub limits: Limits,
    /// Partitioner, which groups neurons into cores, for [`arrange`].
    pub partitioner: Partitioner,
    /// Placer of cores.
    pub placer: Placer,
    /// The figure that searches minimise.
    pub objective: Objective,
    /// Cores over which neurons are spread, for [`arrange`]; without, as few as they need.
    pub cores: Option<u32>,
    /// Length of searches, and their seed.
    pub effort: Effort,
    /// Whether neurons with more inputs than a core takes stay whole, so that they do not fit.
    pub whole: bool,
    /// When populations share cores.
    pub sharing: Sharing,
}

impl MappingOptions {
    /// Whether cores are moved by their distances.
    fn searches(self) -> bool {
        let places = matches!(self.placer, Placer::Hilbert | Placer::Force | Placer::Annealing);
        let is_other = self.placer != Placer::Linear && self.objective != Objective::Hops;
        self.partitioner == Partitioner::Multilevel || places || is_other
    }
}

words! {
    /// Which neurons share a core.
    pub enum Partitioner derive(Default) {
        /// Those that follow each other in the network, as many as fit.
        Sequential = "sequential",
        /// Those that hear the same neurons, as many as fit.
        Shared = "shared",
        /// Those between which the fewest packets and hops are left, by search.
        Multilevel = "multilevel",
        /// Those of a tile of a convolution, whose neurons hear the same inputs as far as that goes: the fewest cores.
        Tiled = "tiled",
        /// For convolutions shared, where that takes no more cores, and fewer packets and hops; otherwise sequential.
        #[default]
        Auto = "auto",
    }
}

words! {
    /// Whether neurons of several populations share a core.
    pub enum Sharing derive(Default) {
        /// Where that saves a core; layers of a layered network only if the chip has too few cores for them without.
        #[default]
        Auto = "auto",
        /// Where that saves a core.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

/// Neurons of a core that are of one population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorePart {
    /// The population.
    pub population: u32,
    /// The neurons, numbered in the whole network.
    pub neurons: Range<u32>,
    /// Synapses into them.
    pub synapses: u64,
}

/// Contents of one core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreLoad {
    /// Site of the core on the chip.
    pub site: SiteId,
    /// Its neurons by population, in the order of these; each population once.
    pub parts: Vec<CorePart>,
    /// Distinct sources.
    pub axons_in: u32,
    /// Pairs of a neuron and a destination core.
    pub axons_out: u32,
    /// Synapses.
    pub synapses: u64,
    /// Synapse memory, where the core has lists (bits).
    pub memory_bits: u64,
    /// Different settings of compartments and of thresholds, where the chip limits these
    /// (`core.max_neuron_settings`); else 0.
    pub settings: [u32; 2],
    /// Whether its rows share kernels.
    pub shared_kernels: bool,
    /// The kind of the core, by its position among the chip's.
    pub kind: u8,
}

impl CoreLoad {
    /// Number of neurons.
    pub fn neurons(&self) -> u32 {
        self.parts.iter().map(|part| part.neurons.end - part.neurons.start).sum()
    }

    /// The neurons, in the order in which the core works on them.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + Clone + '_ {
        self.parts.iter().flat_map(|part| part.neurons.clone())
    }

    /// Whether several populations share it.
    pub fn is_shared(&self) -> bool {
        self.parts.len() > 1
    }

    /// Its neurons of a population, if it has any.
    pub fn part(&self, population: usize) -> Option<&CorePart> {
        self.parts.iter().find(|part| part.population as usize == population)
    }

    /// The population of the most of its neurons, the first of equals: the one whose colour it has in pictures.
    pub fn largest(&self) -> u32 {
        let largest =
            self.parts.iter().reduce(|best, next| if next.neurons.len() > best.neurons.len() { next } else { best });
        largest.map_or(0, |part| part.population)
    }

    /// Its populations, as in `dense1, dense2`.
    pub fn names(&self, graph: &Graph) -> String {
        let names = self.parts.iter().map(|part| graph.populations[part.population as usize].name.as_str());
        some_of(&names.collect::<Vec<_>>(), MOST_NAMES)
    }

    /// Synapse memory for a population (bits): where several share the core, by their synapses, the remainder with the
    /// first.
    pub fn memory_of(&self, population: usize) -> u64 {
        let share = |part: &CorePart| {
            let bits = u128::from(self.memory_bits) * u128::from(part.synapses);
            (bits / u128::from(self.synapses.max(1))) as u64
        };
        match self.parts.iter().position(|part| part.population as usize == population) {
            None => 0,
            Some(0) => self.memory_bits - self.parts[1..].iter().map(share).sum::<u64>(),
            Some(at) => share(&self.parts[at]),
        }
    }
}

/// Most populations of a core that are named.
const MOST_NAMES: usize = 4;

/// Marks a neuron without a core: a source.
#[doc(hidden)]
pub const NO_CORE: CoreId = CoreId::NONE;

/// A network on a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The cores in use.
    pub cores: IdVec<CoreId, CoreLoad>,
    /// The core of each neuron, or [`NO_CORE`].
    pub core_of: Vec<CoreId>,
    /// Broken limits, when only reported.
    pub violations: Vec<Violation>,
    /// Partitioner that was used.
    pub partitioner: Partitioner,
    /// Placer that was used.
    pub placer: Placer,
    /// Packets between cores for the spikes that neurons were counted with, by default one each: (from, to, packets),
    /// positions in `cores`.
    pub traffic: Vec<(u32, u32, u64)>,
    /// Packets of the host to each core, counted in the same way.
    pub outside: Vec<u64>,
}

impl Mapping {
    /// Hops of the packets between cores.
    pub fn weighted_hops(&self, chip: &Chip) -> u64 {
        place::cost(&self.traffic, &|core| self.cores[core].site, &chip.noc)
    }

    /// Hops of all packets, those of the host included.
    pub fn all_hops(&self, chip: &Chip) -> u64 {
        let noc = &chip.noc;
        let host = |(core, packets): (&CoreLoad, &u64)| {
            packets * u64::from(noc.hops_between(noc.host_router(), noc.router_of(core.site)).total())
        };
        self.weighted_hops(chip) + self.cores.iter().zip(&self.outside).map(host).sum::<u64>()
    }

    fn place(&mut self, graph: &Graph, chip: &Chip, options: MappingOptions, spikes: Option<&[u32]>) {
        let seats = match chip.kinds.differ() {
            true => {
                CoreSeats { of_core: self.cores.iter().map(|core| core.kind).collect(), of_site: chip.kinds.of_sites() }
            }
            false => CoreSeats::default(),
        };
        let demand =
            Demand { cores: self.cores.len() as u32, traffic: &self.traffic, outside: &self.outside, seats: &seats };
        let mut sites = options.placer.place(demand, &chip.noc, options.effort);
        if options.placer != Placer::Linear && !options.objective.is_of_ways(chip) {
            let linear = seats.first(demand.cores, 0..chip.noc.cores());
            let begins = [linear, sites.clone()];
            sites = routed::place(self, graph, chip, options, spikes, begins).unwrap_or(sites);
        }
        self.put(sites);
    }

    /// The site of each core, for searches.
    fn sites(&self) -> Vec<u32> {
        self.cores.iter().map(|core| core.site.get()).collect()
    }

    /// Puts each core on its site.
    fn put(&mut self, sites: Vec<u32>) {
        self.cores.iter_mut().zip(sites).for_each(|(core, site)| core.site = SiteId::new(site));
    }

    /// Packets to cores, those of the host included.
    fn packets(&self) -> u64 {
        self.traffic.iter().map(|(.., packets)| packets).chain(&self.outside).sum()
    }

    /// Number of chips with a core in use.
    pub fn chips(&self, chip: &Chip) -> u32 {
        let of = |core: &CoreLoad| chip.noc.topology.chip_of(chip.noc.router_of(core.site));
        self.cores.iter().map(of).collect::<BTreeSet<_>>().len() as u32
    }

    /// Number of tiles with a core in use.
    pub fn tiles(&self, chip: &Chip) -> u32 {
        let mut tiles: Vec<u32> = self.cores.iter().map(|core| chip.noc.tile_of(core.site)).collect();
        tiles.sort_unstable();
        tiles.dedup();
        tiles.len() as u32
    }
}

/// Maps a network on a chip, with its neurons in their own order.
#[doc(hidden)]
pub fn map(network: &Graph, chip: &Chip, options: MappingOptions) -> Result<Mapping, MapError> {
    map_counted(network, chip, options, Counted::default())
}

/// Facts about a network's neurons that are not in the network.
#[derive(Clone, Copy, Default)]
struct Counted<'a> {
    /// Spikes of each neuron; without, one each.
    spikes: Option<&'a [u32]>,
    /// Starts of runs of neurons that stay together on a core where possible, ascending.
    tiles: &'a [u32],
}

/// Maps a network, given facts about its neurons.
fn map_counted(
    network: &Graph,
    chip: &Chip,
    options: MappingOptions,
    Counted { spikes, tiles }: Counted<'_>,
) -> Result<Mapping, MapError> {
    let _span = tracing::info_span!("map", neurons = network.neurons(), synapses = network.synapses.len()).entered();
    let (cores, violations) = kinds::partition(network, chip, (options.limits, options.sharing), tiles)?;
    if options.limits == Limits::Report {
        check::sizes(network, &cores)?;
    }
    if options.limits == Limits::Enforce && !violations.is_empty() {
        return Err(MapError::DoesNotFit { chip: chip.name.clone(), violations });
    }
    let mut mapping = laid_out(network, cores, options, spikes);
    mapping.violations = violations;
    mapping.place(network, chip, options, spikes);
    tracing::info!(cores = mapping.cores.len(), "mapped");
    Ok(mapping)
}

/// A mapping of cores without sites yet.
fn laid_out(network: &Graph, cores: Vec<CoreLoad>, options: MappingOptions, spikes: Option<&[u32]>) -> Mapping {
    let core_of = core_of(network, &cores);
    let traffic = traffic(network, &cores, spikes);
    let outside = outside(network, &cores, spikes);
    let MappingOptions { partitioner, placer, .. } = options;
    // Until another order turns out to be better.
    let partitioner = if partitioner == Partitioner::Auto { Partitioner::Sequential } else { partitioner };
    Mapping { cores: cores.into(), core_of, violations: Vec::new(), partitioner, placer, traffic, outside }
}

fn core_of(network: &Graph, cores: &[CoreLoad]) -> Vec<CoreId> {
    let mut core_of = vec![NO_CORE; network.neurons()];
    for (index, core) in cores.iter().enumerate() {
        for part in &core.parts {
            core_of[part.neurons.start as usize..part.neurons.end as usize].fill(CoreId::from_index(index));
        }
    }
    core_of
}

fn traffic(network: &Graph, cores: &[CoreLoad], spikes: Option<&[u32]>) -> Vec<(u32, u32, u64)> {
    let mut all = Vec::new();
    // A neuron on a core of another kind is on none while one kind is filled.
    let mut runs = Runs::of(network, cores);
    let mut packets = vec![0u64; cores.len()];
    let mut reached: Vec<u32> = Vec::new();
    for (index, core) in cores.iter().enumerate() {
        for neuron in core.numbers() {
            let each = spikes.map_or(1, |spikes| spikes[neuron as usize].into());
            if each > 0 {
                runs.reached(network, neuron as usize, |to, _| {
                    if packets[to] == 0 {
                        reached.push(to as u32);
                    }
                    packets[to] += each;
                });
            }
        }
        reached.sort_unstable();
        all.extend(reached.drain(..).map(|to| (index as u32, to, std::mem::take(&mut packets[to as usize]))));
    }
    all
}

/// Counts packets of the host to each core.
fn outside(network: &Graph, cores: &[CoreLoad], spikes: Option<&[u32]>) -> Vec<u64> {
    let mut packets = vec![0; cores.len()];
    let sources = network.populations.iter().filter(|population| population.source.is_some());
    let mut sources = sources.flat_map(|population| population.range()).peekable();
    if sources.peek().is_some() {
        let mut runs = Runs::of(network, cores);
        sources.for_each(|neuron| {
            let each = spikes.map_or(1, |spikes| u64::from(spikes[neuron]));
            runs.reached(network, neuron, |to, _| packets[to] += each);
        });
    }
    packets
}
