//! Populations that share cores: what is left of them is put together, if that takes fewer cores.
//!
//! Three ways are tried, and the one of the fewest cores is taken; of equals, the one with the fewest packets between
//! cores if every neuron spikes once:
//!
//! * In the order of the populations, the last core of each joins the core in use that it exchanges the most packets
//!   with, of those that have room.
//! * The same from the largest to the smallest.
//! * All neurons in their order fill one core after the other, so that a population may also be cut to fill a core.
//!
//! A core has room if all limits hold for what it holds together: neurons, axons, synapse memory, settings; and outgoing
//! axons, which are counted afterwards and are no more than before, as destinations only come together.

use super::counted::Ranges;
use super::filler::{CoreNeed, Filler};
use super::{NeuronRun, count_axons_out, fill, on_chip};
use crate::hw::Chip;
use crate::map::CoreLoad;
use crate::net::Graph;

/// Most cores that are tried for what is left of a population: those with the most packets in common.
const MOST_TRIES: usize = 32;

/// All of a limit, in the units of [`share`].
const WHOLE: u64 = 1_000_000;

/// No core that is shared yet.
const NONE: u32 = u32::MAX;

/// Fewer cores than those of populations alone, if there are any within the limits.
pub(super) fn fewest(net: &Graph, filler: &mut Filler<'_>, own: &[CoreLoad], tiles: &[u32]) -> Option<Vec<CoreLoad>> {
    if on_chip(net).count() < 2 {
        return None;
    }
    let mut ways = vec![joined(net, filler, own, false), joined(net, filler, own, true)];
    // A limit that a neuron breaks alone would be raised for others too.
    let limits = CoreNeed::limits(filler.chip);
    if net.neurons_per_core.is_none() && own.iter().all(|core| share(core, limits) <= WHOLE) {
        ways.push(in_order(net, filler, tiles));
    }
    let fits = |cores: &Vec<CoreLoad>| cores.len() < own.len() && !sends_too_much(cores, filler.chip);
    ways.retain_mut(|cores| {
        count_axons_out(net, cores);
        fits(cores)
    });
    ways.into_iter().min_by_key(|cores| (cores.len(), between(net, cores)))
}

/// Whether some core has too many outgoing axons.
pub(super) fn sends_too_much(cores: &[CoreLoad], chip: &Chip) -> bool {
    let most = chip.core.limits.max_axons_out;
    most.is_some_and(|most| cores.iter().any(|core| core.axons_out > most))
}

/// Packets between cores if every neuron spikes once.
fn between(net: &Graph, cores: &[CoreLoad]) -> u64 {
    crate::map::traffic(net, cores, None).iter().filter(|(from, to, _)| from != to).map(|(.., packets)| packets).sum()
}

/// All neurons in their order, each core filled until a limit is reached.
fn in_order(net: &Graph, filler: &mut Filler<'_>, tiles: &[u32]) -> Vec<CoreLoad> {
    let mut cores = Vec::new();
    fill(filler, &mut cores, &on_chip(net).collect::<Vec<NeuronRun>>(), (tiles, u32::MAX));
    cores
}

/// The cores of populations alone, of which the last ones of each population are put together where they fit.
fn joined(net: &Graph, filler: &mut Filler<'_>, own: &[CoreLoad], largest_first: bool) -> Vec<CoreLoad> {
    let mut limits = CoreNeed::limits(filler.chip);
    if let Some(each) = net.neurons_per_core {
        limits.neurons = limits.neurons.min(each.into());
    }
    let population = |core: &CoreLoad| core.parts.first().map(|part| part.population);
    let is_last = |at: usize| own.get(at + 1).is_none_or(|next| population(next) != population(&own[at]));
    let mut last: Vec<usize> = (0..own.len()).filter(|at| is_last(*at)).collect();
    if largest_first {
        last.sort_by_key(|at| std::cmp::Reverse(share(&own[*at], limits)));
    }
    let mut shared = SharedCores { net, limits, core_of: vec![NONE; net.neurons()], cores: Vec::new() };
    last.iter().for_each(|at| shared.join(filler, &own[*at]));
    let mut cores: Vec<CoreLoad> =
        own.iter().enumerate().filter(|(at, _)| !is_last(*at)).map(|(_, core)| core.clone()).collect();
    cores.extend(shared.cores.iter().map(|core| filler.filled(&core.ranges)));
    // In the order of their first neurons, as they are without sharing.
    cores.sort_by_key(|core| core.numbers().next());
    cores
}

/// The largest share of a limit that a core takes, in millionths.
fn share(core: &CoreLoad, limits: CoreNeed) -> u64 {
    let of = |needed: u64, limit: u64| (u128::from(needed) * u128::from(WHOLE)).div_ceil(limit.max(1).into()) as u64;
    let shares = [
        of(core.neurons().into(), limits.neurons),
        of(core.axons_in.into(), limits.axons),
        of(core.memory_bits, limits.memory),
        of(core.settings[0].into(), limits.compartments),
        of(core.settings[1].into(), limits.thresholds),
    ];
    shares.into_iter().max().unwrap_or(0)
}

struct SharedCore {
    ranges: Ranges,
    neurons: u64,
}

struct SharedCores<'a> {
    net: &'a Graph,
    limits: CoreNeed,
    /// The shared core of each neuron, or none.
    core_of: Vec<u32>,
    cores: Vec<SharedCore>,
}

impl SharedCores<'_> {
    /// Puts neurons on the core in use that they exchange the most packets with, or on another one.
    fn join(&mut self, filler: &mut Filler<'_>, one: &CoreLoad) {
        let fits = |at: &usize| self.cores[*at].neurons + u64::from(one.neurons()) <= self.limits.neurons;
        let mut open: Vec<usize> = (0..self.cores.len()).filter(fits).collect();
        if open.len() > 1 {
            let packets = self.exchanged(filler, one);
            open.sort_by_key(|at| std::cmp::Reverse(packets[*at]));
        }
        let found = open.into_iter().take(MOST_TRIES).find(|at| self.has_room(filler, *at, one));
        let at = found.unwrap_or_else(|| {
            self.cores.push(SharedCore { ranges: Ranges::new(), neurons: 0 });
            self.cores.len() - 1
        });
        let core = &mut self.cores[at];
        core.neurons += u64::from(one.neurons());
        core.ranges.extend(one.parts.iter().map(|part| (part.population, part.neurons.clone())));
        // In the order of the populations.
        core.ranges.sort_by_key(|(_, neurons)| neurons.start);
        one.numbers().for_each(|neuron| self.core_of[neuron as usize] = at as u32);
    }

    fn has_room(&self, filler: &mut Filler<'_>, at: usize, one: &CoreLoad) -> bool {
        filler.start();
        let ranges = self.cores[at].ranges.iter().map(|(_, neurons)| neurons);
        for neurons in ranges.chain(one.parts.iter().map(|part| &part.neurons)) {
            neurons.clone().for_each(|neuron| filler.add(neuron));
        }
        filler.need().is_within(self.limits)
    }

    /// Pairs of a neuron that sends and a core that hears it, between some neurons and each core in use.
    fn exchanged(&self, filler: &Filler<'_>, one: &CoreLoad) -> Vec<u64> {
        let mut pairs = vec![0; self.cores.len()];
        let mut heard: Vec<u32> = one.numbers().flat_map(|neuron| filler.sources(neuron)).collect();
        heard.sort_unstable();
        heard.dedup();
        for source in heard {
            if let Some(count) = pairs.get_mut(self.core_of[source as usize] as usize) {
                *count += 1;
            }
        }
        let mut last = vec![u32::MAX; self.cores.len()];
        for neuron in one.numbers() {
            for target in self.net.synapses.targets(neuron as usize) {
                let to = self.core_of[target as usize] as usize;
                if to < last.len() && std::mem::replace(&mut last[to], neuron) != neuron {
                    pairs[to] += 1;
                }
            }
        }
        pairs
    }
}
