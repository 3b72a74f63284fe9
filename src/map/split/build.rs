//! Builds the network with partial sums: the same neurons first, then those of each share of each split population.

use super::shares::{ShareInput, Shares};
use super::{NotSplit, StepSource};
use crate::net::Order;
use crate::net::graph::{Csr, Drive, Graph, MAX_DELAY, MAX_NEURONS, MAX_SYNAPSES, Population, Window};
use crate::net::neuron::{Model, Params, PartialSum, Reset, Settings, Traits};
use std::sync::Arc;

/// No partial sum.
const NONE: u32 = u32::MAX;

/// Splits the neurons marked in `wide` into the shares of their populations, for sums of `bits` bits. `carried` are the
/// least and the most that a packet of each neuron adds by a weight of 1; those of the new neurons are appended.
pub(super) fn build(
    graph: &Graph,
    parts: &[Option<Shares>],
    wide: &[bool],
    (bits, level): (u32, StepSource),
    carried: &mut Vec<(i64, i64)>,
) -> Result<Graph, NotSplit> {
    let places = Places::of(graph, parts, wide)?;
    let later = Later::of(graph, parts, wide, level);
    let own = graph.neurons();
    carried.resize(own + places.added, (0, 0));
    let mut synapses = Csr::with_capacity(own + places.added, graph.synapses.len() + places.added);
    let mut before = vec![0; own];
    for (from, population) in graph.populations.iter().enumerate() {
        for source in population.range() {
            let number = graph.order.before(source as u32) - population.first;
            let row = graph.synapses.scaled_row(source).zip(graph.synapses.added_row(source));
            for ((target, weight, delay, exponent), (_, added, _)) in row {
                let to = places.of[target as usize] as usize;
                let place = places.place(graph, parts, (from, number), target, &mut before);
                let later = later.delay(graph, (from, to), (target, delay))?;
                synapses.push_scaled(place.unwrap_or(target), weight, later, exponent);
                if let Some(place) = place {
                    let ends = [carried[source].0, carried[source].1].map(|value| value * i64::from(added));
                    let (low, high) = &mut carried[place as usize];
                    *low += ends[0].min(ends[1]).min(0);
                    *high += ends[0].max(ends[1]).max(0);
                }
            }
            synapses.end_row();
        }
    }
    let mut split = Graph { synapses: Arc::default(), ..graph.clone() };
    later.windows(&mut split.populations);
    split.operations.retain(|(first, _)| parts[graph.population_of(*first as usize)].is_none());
    for (at, shares) in parts.iter().enumerate().filter_map(|(at, shares)| Some((at, shares.as_ref()?))) {
        for share in 0..places.shares[at] {
            add(graph, &mut split, &mut synapses, (at, share, shares), (&places, &later), bits);
        }
    }
    split.synapses = Arc::new(synapses);
    fit(&split, &carried[own..], own, bits)?;
    finish(graph, &mut split, places.added);
    Ok(split)
}

/// Numbers of the partial sums among all neurons.
struct Places {
    /// The population of each neuron.
    of: Vec<u32>,
    shares: Vec<u32>,
    /// Partial sums, or none, by population, share and neuron within the population.
    table: Vec<Vec<u32>>,
    added: usize,
}

impl Places {
    fn of(graph: &Graph, parts: &[Option<Shares>], wide: &[bool]) -> Result<Self, NotSplit> {
        let counts = graph.populations.iter().enumerate();
        let of = counts.flat_map(|(at, p)| std::iter::repeat_n(at as u32, p.count as usize)).collect();
        let mut places = Self { of, shares: vec![0; parts.len()], table: vec![Vec::new(); parts.len()], added: 0 };
        let mut before = vec![0; graph.neurons()];
        for (from, population) in graph.populations.iter().enumerate() {
            for source in population.range() {
                let number = graph.order.before(source as u32) - population.first;
                for target in graph.synapses.targets(source).filter(|target| wide[*target as usize]) {
                    places.mark(graph, parts, (from, number), target, &mut before)?;
                }
            }
        }
        let mut next = graph.neurons() as u32;
        for place in places.table.iter_mut().flatten().filter(|place| **place != NONE) {
            *place = next;
            next += 1;
        }
        places.added = next as usize - graph.neurons();
        if u64::from(next) > MAX_NEURONS || (graph.synapses.len() + places.added) as u64 > MAX_SYNAPSES {
            return Err(NotSplit::TooLarge);
        }
        Ok(places)
    }

    /// The share of a synapse, and the number of its target within its population.
    fn share(
        &self,
        graph: &Graph,
        parts: &[Option<Shares>],
        (population, source): (usize, u32),
        target: u32,
        before: &mut [u32],
    ) -> Option<(usize, u32, u32)> {
        let at = self.of[target as usize] as usize;
        let shares = parts[at].as_ref()?;
        let number = target - graph.populations[at].first;
        let seen = &mut before[target as usize];
        let share = shares.of(ShareInput { population, source, target: number, before: *seen });
        *seen += 1;
        Some((at, share, number))
    }

    fn mark(
        &mut self,
        graph: &Graph,
        parts: &[Option<Shares>],
        from: (usize, u32),
        target: u32,
        before: &mut [u32],
    ) -> Result<(), NotSplit> {
        let Some((at, share, number)) = self.share(graph, parts, from, target, before) else { return Ok(()) };
        let count = graph.populations[at].count as usize;
        if share >= self.shares[at] {
            self.shares[at] = share + 1;
            let places = (share as usize + 1) * count;
            if places as u64 > MAX_NEURONS {
                return Err(NotSplit::TooLarge);
            }
            self.table[at].resize(places, NONE);
        }
        // Any number: the final ones are assigned when all are known.
        self.table[at][share as usize * count + number as usize] = 0;
        Ok(())
    }

    /// The partial sum that a synapse leads to, if its target is split.
    fn place(
        &self,
        graph: &Graph,
        parts: &[Option<Shares>],
        from: (usize, u32),
        target: u32,
        before: &mut [u32],
    ) -> Option<u32> {
        let (at, share, number) = self.share(graph, parts, from, target, before)?;
        let count = graph.populations[at].count as usize;
        let place = self.table[at].get(share as usize * count + number as usize).copied();
        place.filter(|place| *place != NONE)
    }
}

/// Timing: the number of steps by which populations of a layered network come later; 0 in other networks.
struct Later {
    level: StepSource,
    /// Steps of the sources of the population, and of the population itself.
    steps: Vec<(u32, u32)>,
    /// Split neurons, and partial sums that lead to them: their inputs have a delay shorter by one step, in networks
    /// that are not layered.
    sooner: Vec<bool>,
}

impl Later {
    fn of(graph: &Graph, parts: &[Option<Shares>], wide: &[bool], level: StepSource) -> Self {
        let first = |at: usize| graph.populations[at].window.map_or(0, |window| window.first);
        let split: Vec<usize> =
            (0..parts.len()).filter(|at| level == StepSource::Layered && parts[*at].is_some()).collect();
        let steps = |at: usize| {
            let heard = split.iter().filter(|other| first(**other) < first(at)).count() as u32;
            (heard, heard + u32::from(split.contains(&at)))
        };
        let mut sooner = wide.to_vec();
        // A sum leads to a neuron or to a sum that was made after it.
        for population in graph.populations.iter().rev().filter(|population| population.params.sends_sums()) {
            for sum in population.range() {
                sooner[sum] = graph.synapses.targets(sum).any(|target| sooner[target as usize]);
            }
        }
        Self { level, steps: (0..parts.len()).map(steps).collect(), sooner }
    }

    /// The new delay of a synapse between two populations, given the old one.
    fn delay(&self, graph: &Graph, (from, to): (usize, usize), (target, delay): (u32, u32)) -> Result<u32, NotSplit> {
        if let StepSource::Other { steps } = self.level {
            // A sum takes one step, whatever the number of sums.
            return match (self.sooner[target as usize] && !graph.populations[from].params.sends_sums(), delay) {
                (false, _) => Ok(delay),
                (true, 1) => Err(NotSplit::Delay { population: own_name(&graph.populations[to].name), steps }),
                (true, _) => Ok(delay - 1),
            };
        }
        // Nothing precedes the host's spikes, so those need no steps.
        let delay = (delay + self.steps[to].0).saturating_sub(self.steps[from].1).max(1);
        if delay > MAX_DELAY { Err(NotSplit::Late { delay }) } else { Ok(delay) }
    }

    fn windows(&self, populations: &mut [Population]) {
        for (population, (_, later)) in populations.iter_mut().zip(&self.steps) {
            if let Some(window) = &mut population.window {
                window.first += later;
            }
        }
    }
}

/// The name of the population that partial sums belong to, or its own.
fn own_name(name: &str) -> String {
    name.rsplit_once(" partial ").map_or(name, |(of, _)| of).to_owned()
}

/// Adds the partial sums of a share of a population.
fn add(
    graph: &Graph,
    split: &mut Graph,
    synapses: &mut Csr,
    (at, share, shares): (usize, u32, &Shares),
    (places, later): (&Places, &Later),
    bits: u32,
) {
    let population = &graph.populations[at];
    let all = population.count as usize;
    let first = synapses.sources() as u32;
    // The split neurons of these sums.
    let mut whole = Vec::new();
    for (number, place) in (0..).zip(&places.table[at][share as usize * all..][..all]) {
        if *place != NONE {
            whole.push(number as usize);
            synapses.push(population.first + number, 1, 1);
            synapses.end_row();
        }
    }
    let count = synapses.sources() as u32 - first;
    if count == 0 {
        return;
    }
    let taken = |name: &String| split.populations.iter().any(|other| other.name == *name);
    let names = (1..).map(|number| format!("{} partial {number}", population.name));
    let name = names.into_iter().find(|name| !taken(name)).unwrap_or_default();
    if let Some(operation) = shares.operation(share).filter(|_| count == population.count) {
        split.operations.push((first, operation));
    }
    // The neuron's own sum, so that the sum of sums is the same.
    let params = Settings::of_each(whole.into_iter().map(|neuron| {
        let model = Model::PartialSum(PartialSum { weight_shift: population.params.of(neuron).weight_shift() });
        Params { model, reset: Reset::Zero, fraction_bits: 0, membrane_bits: bits, fires: true }
    }));
    let Some(params) = params else { return };
    // Sums act when the neurons themselves would have acted; where nothing comes later, in any step.
    let at_last = |window: Window| Window { first: window.first + later.steps[at].0, ..window };
    let window = population.window.filter(|_| later.level == StepSource::Layered).map(at_last);
    let drive = Drive::EveryStep;
    split.populations.push(Population { name, first, count, params, drive, window, source: None });
}

/// Refuses sums with more bits than the chip has.
fn fit(split: &Graph, sums: &[(i64, i64)], own: usize, most: u32) -> Result<(), NotSplit> {
    let bits = |low: i64, high: i64| (64 - low.min(-1).wrapping_neg().saturating_sub(1).max(high).leading_zeros()) + 1;
    let worst = sums.iter().enumerate().max_by_key(|(_, (low, high))| bits(*low, *high));
    match worst {
        Some((at, (low, high))) if bits(*low, *high) > most => {
            let population = split.populations[split.population_of(own + at)].name.clone();
            Err(NotSplit::Bits { population, low: *low, high: *high, bits: bits(*low, *high), most })
        }
        _ => Ok(()),
    }
}

/// Gives the partial sums the properties that all neurons have.
fn finish(graph: &Graph, split: &mut Graph, added: usize) {
    let all = graph.neurons() + added;
    split.bias.resize(all, 0);
    split.threshold.resize(all, 1);
    if !split.start.is_empty() {
        split.start.resize(all, 0);
    }
    if !split.traits.is_empty() {
        split.traits.resize(all, Traits::default());
    }
    split.order = Order::new((0..all as u32).map(|neuron| graph.order.before(neuron)).collect());
}
