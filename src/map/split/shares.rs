//! Division of the inputs of a population among partial sums, so that these take few cores.
//!
//! Neurons with the same shares hear the same inputs, and so share a core. The inputs of a convolution are cut by
//! channels, so that every share is a convolution of fewer channels and is tiled as one; their number is the one that
//! takes the fewest cores, including those that add up the shares: every neuron there has its shares for itself. Other
//! populations are cut into equal ranges of their sources, few enough for a core unless that makes many shares. Neurons
//! for which no such cut works are cut one by one.

use super::Most;
use crate::map::tiles::{self, Room};
use crate::net::Graph;
use crate::net::architecture::{Kernel, LinearOp};

/// How many times more ranges are tried than the widest neuron needs, before neurons are cut one by one.
const TRIES: u64 = 8;

/// How many times more shares than the widest neuron needs are worth it if neurons of a share then stay together.
const MORE: u64 = 4;

/// Shares of the inputs of a population, from 0.
pub(super) enum Shares {
    /// Channels of the sources of a convolution, `each` at a time; other sources are in the last share.
    Channels {
        operation: LinearOp,
        /// The population of the sources.
        from: usize,
        /// Channels of a group in a share.
        each: u32,
        count: u32,
    },
    /// Ranges of `each` sources, of all populations one after the other.
    Ranges {
        /// First source of each population.
        first: Vec<u32>,
        each: u32,
    },
    /// Synapses in each share, by neuron.
    Neurons(Vec<u32>),
}

/// A synapse, as far as its share depends on it.
#[derive(Clone, Copy)]
pub(super) struct ShareInput {
    /// The population of its source, and the number of the source within it, in the network's order.
    pub(super) population: usize,
    pub(super) source: u32,
    /// The number of its target within the population.
    pub(super) target: u32,
    /// Synapses into its target before it.
    pub(super) before: u32,
}

impl Shares {
    /// Shares that are the same for all neurons, if some keep within the limits of a core. Outside layered networks a
    /// neuron must not have more of them than can be added up at once, as every further step is one of a delay.
    pub(super) fn alike(graph: &Graph, at: usize, (most, layered): (Most, bool), room: Room) -> Option<Self> {
        let shares = if layered { u64::MAX } else { most.inputs() };
        let population = &graph.populations[at];
        let sources = Heard::of(graph, at);
        if let Some(operation) = graph.operation(population.first) {
            let found = by_channels(*operation, sources.of_operation(graph, operation), room);
            let fitting = found.into_iter().find(|of| of.fit(graph, at, (most, shares)));
            if fitting.is_some() {
                return fitting;
            }
        }
        let least = sources.widest.div_ceil(most.inputs()).max(2);
        // With no more sources than a core has axons, all neurons of a share stay together.
        let together = u64::from(sources.count).div_ceil(most.inputs());
        let together = Some(together).filter(|count| *count <= (least * MORE).min(most.inputs()));
        together.into_iter().chain(least..least + TRIES).find_map(|count| {
            let each = u64::from(sources.count).div_ceil(count) as u32;
            Some(Self::Ranges { first: sources.first.clone(), each }).filter(|of| of.fit(graph, at, (most, shares)))
        })
    }

    /// The same number of synapses in each share of a neuron, and as few shares as a core allows.
    pub(super) fn by_neuron(graph: &Graph, at: usize, most: Most) -> Self {
        let synapses = Heard::of(graph, at).synapses;
        let each = |n: u64| n.div_ceil(n.div_ceil(most.inputs()).max(1)).max(1) as u32;
        Self::Neurons(synapses.into_iter().map(each).collect())
    }

    pub(super) fn of(&self, input: ShareInput) -> u32 {
        match self {
            Self::Channels { operation, from, each, count } => match operation.kernel {
                Kernel::Conv(conv) if input.population == *from => {
                    let plane = operation.inputs() as u32 / conv.input.channels;
                    input.source / plane % conv.group_inputs() as u32 / each
                }
                _ => count - 1,
            },
            Self::Ranges { first, each } => (first[input.population] + input.source) / each,
            Self::Neurons(each) => input.before / each[input.target as usize],
        }
    }

    /// The operation of a share, if known.
    pub(super) fn operation(&self, share: u32) -> Option<LinearOp> {
        let Self::Channels { operation, each, .. } = self else { return None };
        let mut part = *operation;
        let Kernel::Conv(conv) = &mut part.kernel else { return None };
        let channels = (conv.group_inputs() as u32).saturating_sub(share * each).min(*each) * conv.groups;
        conv.input.channels = channels;
        if let Some(pool) = &mut part.pool {
            (pool.input.channels, pool.output.channels) = (channels, channels);
        }
        Some(part)
    }

    /// Whether all shares fit a core and no neuron has more than `shares` shares.
    fn fit(&self, graph: &Graph, at: usize, (most, shares): (Most, u64)) -> bool {
        let range = graph.populations[at].range();
        // By share: synapses, sources, and the last source, of every neuron.
        let mut counts: Vec<Vec<(u64, u64, u32)>> = Vec::new();
        for_each_input(graph, at, |source, input| {
            let share = self.of(input) as usize;
            while counts.len() <= share {
                counts.push(vec![(0, 0, u32::MAX); range.len()]);
            }
            let (synapses, sources, last) = &mut counts[share][input.target as usize];
            *synapses += 1;
            *sources += u64::from(std::mem::replace(last, source) != source);
        });
        let fits = |(synapses, sources, _): &(u64, u64, u32)| *synapses <= most.synapses && *sources <= most.sources;
        let has = |neuron: usize| counts.iter().filter(|share| share[neuron].0 > 0).count() as u64;
        counts.iter().flatten().all(fits) && (0..range.len()).all(|neuron| has(neuron) <= shares)
    }
}

/// Calls `visit(source, input)` for every synapse into a population, by source.
fn for_each_input(graph: &Graph, at: usize, mut visit: impl FnMut(u32, ShareInput)) {
    let range = graph.populations[at].range();
    let mut before = vec![0; range.len()];
    for (population, of) in graph.populations.iter().enumerate() {
        for source in of.range() {
            for target in graph.synapses.targets(source).filter(|target| range.contains(&(*target as usize))) {
                let target = target - range.start as u32;
                let number = graph.order.before(source as u32) - of.first;
                visit(
                    source as u32,
                    ShareInput { population, source: number, target, before: before[target as usize] },
                );
                before[target as usize] += 1;
            }
        }
    }
}

struct Heard {
    /// First source of each population; populations that are not sources take no space.
    first: Vec<u32>,
    count: u32,
    heard: Vec<usize>,
    /// Synapses into each neuron, and the most of them.
    synapses: Vec<u64>,
    widest: u64,
}

impl Heard {
    fn of(graph: &Graph, at: usize) -> Self {
        let mut synapses = vec![0; graph.populations[at].count as usize];
        let mut hears = vec![false; graph.populations.len()];
        for_each_input(graph, at, |_, input| {
            synapses[input.target as usize] += 1;
            hears[input.population] = true;
        });
        let (mut first, mut count) = (Vec::new(), 0);
        for (population, hears) in graph.populations.iter().zip(&hears) {
            first.push(count);
            count += if *hears { population.count } else { 0 };
        }
        let heard = (0..hears.len()).filter(|at| hears[*at]).collect();
        let widest = synapses.iter().copied().max().unwrap_or(0);
        Self { first, count, heard, synapses, widest }
    }

    /// The population that an operation reads: the last one with the number of its inputs.
    fn of_operation(&self, graph: &Graph, operation: &LinearOp) -> Option<usize> {
        let fits = |at: &&usize| graph.populations[**at].count as usize == operation.inputs();
        self.heard
            .iter()
            .filter(fits)
            .max_by_key(|at| graph.populations[**at].window.map(|window| window.first))
            .copied()
    }
}

/// Ways to cut the channels of a convolution, those with the fewest cores first.
fn by_channels(operation: LinearOp, from: Option<usize>, room: Room) -> Vec<Shares> {
    let (Kernel::Conv(conv), Some(from)) = (operation.kernel, from) else { return Vec::new() };
    let channels = conv.group_inputs() as u32;
    let mut found = Vec::new();
    let mut last = 0;
    for each in (1..=channels).rev() {
        // The same number of shares, but of equal size.
        let count = channels.div_ceil(each);
        if count < 2 || std::mem::replace(&mut last, count) == count {
            continue;
        }
        let shares = Shares::Channels { operation, from, each: channels.div_ceil(count), count };
        let tiles = |share| Some(tiles::choose(&shares.operation(share)?, room)?.tiles);
        let (Some(all), Some(least)) = (tiles(0), tiles(count - 1)) else { continue };
        let adders = room.neurons.min(room.axons / u64::from(count)).max(1);
        let cores = all * u64::from(count - 1) + least + (operation.outputs() as u64).div_ceil(adders);
        found.push((cores, shares));
    }
    found.sort_by_key(|(cores, _)| *cores);
    found.into_iter().map(|(_, shares)| shares).collect()
}
