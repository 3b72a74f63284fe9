//! Mappings with their own order of neurons: neurons are grouped by common sources, or by search, and the network's
//! neurons are renumbered so that those of a core are adjacent.
//!
//! A result is kept only if it costs less than the current mapping and stays within the limits.

use super::arranged::{Arranged, CoreParts, realise, spikes_of};
use super::objective::{Objective, prices};
use super::place::Placer;
use super::search::{Capacity, MOST_TILES, SearchProblem, Solution, solve};
use super::vertices::Vertices;
use super::{
    CoreLoad, Counted, MapError, Mapping, MappingOptions, Partitioner, Sharing, copies, kinds, map_counted, partition,
    routed, shared, split, spread, tiles,
};
use crate::hw::{Chip, SynapseArray};
use crate::ids::SiteId;
use crate::net::Graph;

/// Where neurons are spread, a core may hold this part more than the largest did, so that they can move.
const SLACK: u64 = 20;
/// Number of neurons above which a search by `multilevel` begins with cores in the chip's own order.
const LARGE: usize = 1 << 16;

/// Maps a network. Neurons with more inputs than a core takes are split (`map::split`), neurons that reach more axons than
/// the chip's can are copied (`map::copies`), and neurons are reordered where the options ask for a partitioner other than the sequential one. `spikes` are those of every neuron, by which
/// packets are counted; without, each has one. Where a population has more settings than a core, its neurons are sorted by
/// setting if that takes fewer cores, whatever the partitioner.
pub fn arrange(
    graph: &Graph,
    chip: &Chip,
    options: MappingOptions,
    spikes: Option<&[u32]>,
) -> Result<Arranged, MapError> {
    if options.objective == Objective::Energy && prices(chip).is_none() {
        return Err(MapError::HopsUnpriced { chip: chip.name.clone() });
    }
    let tiles = chip.noc.tiles();
    if tiles > MOST_TILES && options.searches() {
        return Err(MapError::TooManyTiles { chip: chip.name.clone(), tiles, most: MOST_TILES });
    }
    if options.whole {
        return arrange_all(graph, chip, options, spikes);
    }
    match split::fitting(graph, chip) {
        Ok(None) => match copies::fitting(graph, chip, options.sharing) {
            Some(copied) => arrange_all(&copied, chip, options, spikes),
            None => arrange_all(graph, chip, options, spikes),
        },
        Ok(Some(split)) => arrange_all(&split, chip, options, spikes),
        Err(reason) => {
            let arranged = arrange_all(graph, chip, options, spikes);
            split::explain(arranged, &reason)
        }
    }
}

/// Maps a network in which nothing has to be split any more.
fn arrange_all(
    graph: &Graph,
    chip: &Chip,
    options: MappingOptions,
    spikes: Option<&[u32]>,
) -> Result<Arranged, MapError> {
    // A search that places cores itself does not need an earlier placement, which takes minutes where thousands of
    // cores all communicate.
    let large = options.partitioner == Partitioner::Multilevel && graph.neurons() > LARGE;
    let placer = if large { Placer::Linear } else { options.placer };
    let search = Search { chip, options: MappingOptions { placer, ..options }, spikes };
    let own = search.filled(graph.clone(), &[]);
    let own = match partition::by_settings(graph, chip) {
        Some(order) => fewer(own, search.filled(graph.arranged(order), &[])),
        None => own,
    };
    match options.partitioner {
        Partitioner::Sequential => return own,
        Partitioner::Auto => return search.by_position(own, graph),
        _ => {}
    }
    let shared = search.filled(graph.arranged(shared::order(graph)), &[]);
    let best = search.better(own, shared);
    if options.partitioner == Partitioner::Tiled {
        let (order, starts) = tiles::order(graph, chip);
        return search.better(best, search.filled(graph.arranged(order), &starts));
    }
    let mut best = best?;
    // Where cores differ, neurons stay as they were grouped.
    let searches = options.partitioner == Partitioner::Multilevel && kinds::are_plain(chip);
    if searches && best.mapping.violations.is_empty() {
        Search { options, ..search }.refine(&mut best);
    }
    best.mapping.placer = options.placer;
    Ok(best)
}

/// The second of two mappings if it breaks fewer limits or takes fewer cores, else the first; if only one exists, that one.
fn fewer(one: Result<Arranged, MapError>, other: Result<Arranged, MapError>) -> Result<Arranged, MapError> {
    let of = |arranged: &Arranged| (arranged.mapping.violations.len(), arranged.mapping.cores.len());
    match (one, other) {
        (Ok(one), Ok(other)) if of(&other) < of(&one) => Ok(other),
        (Ok(one), _) => Ok(one),
        (Err(_), other) => other,
    }
}

/// Chip and options of a search.
struct Search<'a> {
    chip: &'a Chip,
    options: MappingOptions,
    spikes: Option<&'a [u32]>,
}

impl Search<'_> {
    /// The spikes of a graph's neurons, in its order.
    fn spikes_of(&self, graph: &Graph) -> Option<Vec<u32>> {
        self.spikes.map(|spikes| spikes_of(graph, spikes))
    }

    /// Broken limits; for tiles, which aim at few cores, the number of cores; then requested cores that are missing; then
    /// the objective.
    fn cost(&self, arranged: &Arranged) -> (usize, usize, u32, (u64, u64)) {
        let Arranged { graph, mapping } = arranged;
        let spikes = self.spikes_of(graph);
        let cores = if self.options.partitioner == Partitioner::Tiled { mapping.cores.len() } else { 0 };
        let left = self.options.cores.map_or(0, |cores| cores.saturating_sub(mapping.cores.len() as u32));
        let cost = self.options.objective.cost(graph, self.chip, mapping, spikes.as_deref());
        (mapping.violations.len(), cores, left, cost)
    }

    /// The second of two mappings if it costs less, else the first; if only one exists, that one.
    fn better(&self, one: Result<Arranged, MapError>, other: Result<Arranged, MapError>) -> Result<Arranged, MapError> {
        match (one, other) {
            (Ok(one), Ok(other)) if self.cost(&other) < self.cost(&one) => Ok(other),
            (Err(_), Ok(only)) | (Ok(only), _) => Ok(only),
            (Err(error), Err(_)) => Err(error),
        }
    }

    /// For convolutions, the neurons grouped by common sources, so that those of a position are neighbours; the first
    /// mapping unless the other one breaks no more limits, takes no more cores, and lowers both packets and the objective.
    fn by_position(&self, own: Result<Arranged, MapError>, graph: &Graph) -> Result<Arranged, MapError> {
        let has_convolutions = (0..graph.populations.len()).any(|population| graph.is_convolution(population));
        if !has_convolutions || graph.neurons_per_core.is_some() {
            return own;
        }
        let Ok(shared) = self.filled(graph.arranged(shared::order(graph)), &[]) else { return own };
        if own.as_ref().is_ok_and(|own| !self.is_lighter(&shared, own)) {
            return own;
        }
        let mapping = Mapping { partitioner: Partitioner::Shared, ..shared.mapping };
        Ok(Arranged { mapping, ..shared })
    }

    /// Whether a mapping costs less than another one in every respect that a default must not make worse.
    fn is_lighter(&self, one: &Arranged, other: &Arranged) -> bool {
        let ((broken, _, left, cost), (other_broken, _, other_left, other_cost)) = (self.cost(one), self.cost(other));
        let (one, other) = (&one.mapping, &other.mapping);
        if (broken, left) != (other_broken, other_left) {
            return broken <= other_broken && left <= other_left;
        }
        // Where cores were asked for, both have them.
        let takes_more = self.options.cores.is_none() && one.cores.len() > other.cores.len();
        !takes_more && one.packets() < other.packets() && cost < other_cost
    }

    /// Fills cores with the neurons of a graph in their order, keeps tiles together, and spreads them if requested.
    fn filled(&self, graph: Graph, tiles: &[u32]) -> Result<Arranged, MapError> {
        let spikes = self.spikes_of(&graph);
        let counted = Counted { spikes: spikes.as_deref(), tiles };
        let mapping = map_counted(&graph, self.chip, self.options, counted)?;
        let filled = Arranged { graph, mapping };
        let few = filled.mapping.cores.len() as u32;
        if !filled.mapping.violations.is_empty() {
            return Ok(filled);
        }
        let mut more = self.options.cores.unwrap_or(0).min(self.chip.noc.cores()).saturating_sub(few);
        // A spike that goes to more cores takes more outgoing axons of its own core: then fewer cores have to do.
        while more > 0 {
            if let Some(wide) = self.spread(&filled, few + more) {
                return Ok(wide);
            }
            more -= more.div_ceil(4);
        }
        Ok(filled)
    }

    /// A mapping spread over a number of cores, if it breaks no limit.
    fn spread(&self, filled: &Arranged, cores: u32) -> Option<Arranged> {
        let Arranged { graph, mapping } = filled;
        let mut parts = spread::cores(graph, mapping, self.spikes_of(graph).as_deref(), cores)?;
        spread::seat(self.chip, mapping, &mut parts)?;
        let mut wide = realise(graph, self.chip, self.options, self.spikes, &parts);
        if !wide.mapping.violations.is_empty() {
            return None;
        }
        wide.mapping.place(&wide.graph, self.chip, self.options, self.spikes_of(&wide.graph).as_deref());
        Some(wide)
    }

    /// Searches from the best mapping so far, and from its own partitions.
    fn refine(&self, best: &mut Arranged) {
        let graph = best.graph.clone();
        let vertices = Vertices::of(&graph);
        let Some(kinds) = Kinds::of(&graph, self.chip, &best.mapping, self.options.sharing) else { return };
        let hypergraph = vertices.hypergraph(&graph, self.spikes_of(&graph).as_deref(), |p| kinds.of_population(p));
        let kind: Vec<u32> = best.mapping.cores.iter().map(|core| kinds.of_core(core)).collect();
        let rows = row_bits(self.chip, &graph, &best.mapping, &kinds);
        let tile = self.chip.noc.tiles_of_sites();
        let distances = self.options.objective.distances(self.chip);
        let problem = SearchProblem {
            graph: &hypergraph,
            kind: &kind,
            capacity: self.capacity(&rows, &best.mapping),
            distances: &distances,
            tile: &tile,
            seed: self.options.effort.seed,
        };
        let site = best.mapping.sites();
        let core = vertices.cores(&best.mapping.core_of);
        // The search minimises hops; another objective is represented only by the hops most related to it.
        let cost = match self.options.objective.is_of_ways(self.chip) {
            true => best.mapping.all_hops(self.chip),
            false => u64::MAX,
        };
        let found = solve(problem, Some(Solution { core, site, cost }), self.options.effort.moves);
        let parts = parts(&graph, &vertices, &found);
        let mut arranged = realise(&graph, self.chip, self.options, self.spikes, &parts);
        if !self.options.objective.is_of_ways(self.chip) {
            let site = arranged.mapping.sites();
            let (spikes, begins) = (self.spikes_of(&arranged.graph), [site.clone(), site]);
            let Arranged { graph, mapping } = &arranged;
            let sites = routed::place(mapping, graph, self.chip, self.options, spikes.as_deref(), begins);
            arranged.mapping.put(sites.unwrap_or_default());
        }
        // Spread neurons stay so, apart from a few cores that the search has emptied.
        let of_finds = |(violations, cores, _, cost)| (violations, cores, cost);
        let (found, begun) = (of_finds(self.cost(&arranged)), of_finds(self.cost(best)));
        tracing::debug!(?found, ?begun, cores = arranged.mapping.cores.len(), "realised");
        if found < begun {
            *best = arranged;
        }
    }

    /// Capacity of a core: where neurons are spread, hardly more than the largest core holds so far.
    fn capacity<'a>(&self, rows: &'a [Vec<u64>], mapping: &Mapping) -> Capacity<'a> {
        let capacity = capacity(self.chip, rows);
        let largest = mapping.cores.iter().map(|core| u64::from(core.neurons())).max();
        match (self.options.cores, largest) {
            (Some(_), Some(largest)) => {
                Capacity { neurons: capacity.neurons.min(largest + largest.div_ceil(SLACK)), ..capacity }
            }
            _ => capacity,
        }
    }
}

/// The cores of a solution.
fn parts(graph: &Graph, vertices: &Vertices, found: &Solution) -> Vec<CoreParts> {
    let mut all = vec![Vec::new(); found.site.len()];
    vertices.neurons().iter().zip(&found.core).for_each(|(neuron, core)| all[*core as usize].push(*neuron));
    let cores = all.into_iter().zip(&found.site).filter(|(neurons, _)| !neurons.is_empty());
    cores.map(|(neurons, site)| CoreParts::of(graph, SiteId::new(*site), neurons)).collect()
}

/// Which neurons a search may put together: those of one population, or all.
#[derive(Clone, Copy)]
enum Kinds {
    Populations,
    All,
}

impl Kinds {
    /// `None` if a core is shared and others could not be, for the settings that a core has.
    fn of(graph: &Graph, chip: &Chip, mapping: &Mapping, sharing: Sharing) -> Option<Self> {
        let is_shared = mapping.cores.iter().any(|core| core.is_shared());
        let fits = partition::settings_fit(graph, chip);
        let mixes = match sharing {
            Sharing::Never => false,
            Sharing::Always => true,
            Sharing::Auto => is_shared || !graph.is_layered(),
        };
        match (mixes && fits, is_shared) {
            (true, _) => Some(Self::All),
            (false, false) => Some(Self::Populations),
            (false, true) => None,
        }
    }

    fn of_population(self, population: usize) -> u32 {
        match self {
            Self::Populations => population as u32,
            Self::All => 0,
        }
    }

    fn of_core(self, core: &CoreLoad) -> u32 {
        self.of_population(core.parts.first().map_or(0, |part| part.population as usize))
    }
}

/// Capacity of a core of the chip, as a search tracks it.
fn capacity<'a>(chip: &Chip, row_bits: &'a [Vec<u64>]) -> Capacity<'a> {
    let limits = &chip.core.limits;
    let memory = match &chip.core.synapses {
        SynapseArray::Sram(memory) => memory.bits,
        SynapseArray::Crossbar { .. } | SynapseArray::DigitalCrossbar | SynapseArray::SharedKernels(_) => u64::MAX,
    };
    Capacity {
        neurons: limits.max_neurons.into(),
        axons_in: limits.max_axons_in.into(),
        axons_out: limits.max_axons_out.map_or(u64::MAX, u64::from),
        memory,
        row_bits,
    }
}

/// Bits of a source's row, by the kind of the core and by the synapses there: rows that reach all neurons of a core are
/// as long as the largest of the cores of a kind has neurons.
fn row_bits(chip: &Chip, graph: &Graph, mapping: &Mapping, kinds: &Kinds) -> Vec<Vec<u64>> {
    let SynapseArray::Sram(memory) = &chip.core.synapses else { return Vec::new() };
    let bits = graph.synapses.weight_bits().into();
    let rows = |kind: u32| {
        let cores = mapping.cores.iter().filter(|core| kinds.of_core(core) == kind);
        let neurons = cores.map(|core| u64::from(core.neurons())).max().unwrap_or(0);
        let of = |synapses| if synapses == 0 { 0 } else { memory.row_bits(synapses, neurons, bits) };
        (0..=neurons + 2).map(of).collect()
    };
    (0..graph.populations.len() as u32).map(rows).collect()
}
