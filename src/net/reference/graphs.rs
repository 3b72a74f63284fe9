//! Sparse networks, evaluated step by step.

use super::events::EventRun;
use super::{Fixed, ReferenceNeuron};
use crate::net::graph::{Graph, NO_AXON, Population};
use crate::net::neuron::Model;
use crate::progress;
use std::collections::BTreeSet;

/// Result of a run of a sparse network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparseOutcome {
    /// Spikes in each step.
    pub spikes_per_step: Vec<u64>,
    /// Spike count of every neuron.
    pub counts: Vec<u32>,
    /// Final membrane of every neuron (membrane units).
    pub membranes: Vec<i32>,
}

/// Bits, sign included, in which Nengo-Loihi's emulator of the chip sums the weights of one step.
pub const SUM_BITS: u32 = 22;

/// Evaluates a sparse network from rest: a spike of step t acts in step t + its delay.
pub fn sparse(net: &Graph, steps: u32) -> SparseOutcome {
    sparse_counted(net, steps).0
}

/// Does the same, and counts how often a sum of the weights of one step, into a neuron of Loihi, left [`SUM_BITS`]
/// bits. It is not wrapped there.
pub fn sparse_counted(net: &Graph, steps: u32) -> (SparseOutcome, u64) {
    let mut reference = SparseReference::new(net);
    reference.advance_to(steps);
    reference.outcome()
}

/// Does the same; `see` gets the step and every neuron that takes it, by number and in its state before the step, with
/// its fixed values and its sum of weights.
pub fn sparse_seen(
    net: &Graph,
    steps: u32,
    mut see: impl FnMut(u32, usize, &ReferenceNeuron, Fixed<'_>, i64),
) -> (SparseOutcome, u64) {
    let mut reference = SparseReference::new(net);
    (0..steps).for_each(|_| reference.step_seen(&mut see));
    reference.outcome()
}

/// The evaluation of a sparse network from rest, as far as it has come. It can go along with a run, so that its outcome is
/// there when the run ends, however early that is.
#[derive(Clone, Debug)]
pub struct SparseReference<'a> {
    steps: u32,
    spikes_per_step: Vec<u64>,
    course: SparseCourse<'a>,
}

/// By the rules of the network's core.
#[derive(Clone, Debug)]
enum SparseCourse<'a> {
    Sums(SumRun<'a>),
    Events(EventRun<'a>),
}

impl<'a> SparseReference<'a> {
    /// A network at rest.
    pub fn new(net: &'a Graph) -> Self {
        let course = match net.events.is_empty() {
            true => SparseCourse::Sums(SumRun::new(net)),
            false => SparseCourse::Events(EventRun::new(net)),
        };
        Self { steps: 0, spikes_per_step: Vec::new(), course }
    }

    /// Steps that are done.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Updates of neurons until so many steps are done in all.
    pub fn updates_to(&self, steps: u32) -> u64 {
        let neurons = match &self.course {
            SparseCourse::Sums(run) => run.neurons.len(),
            SparseCourse::Events(run) => run.neurons.len(),
        };
        u64::from(steps.saturating_sub(self.steps)) * neurons as u64
    }

    /// Evaluates the next step.
    pub fn step(&mut self) {
        self.step_seen(|_, _, _, _, _| {});
    }

    /// Evaluates steps until so many are done in all.
    pub fn advance_to(&mut self, steps: u32) {
        while self.steps < steps {
            self.step();
        }
    }

    /// Evaluates the next step, and shows it to `see` as [`sparse_seen`] does.
    fn step_seen(&mut self, see: impl FnMut(u32, usize, &ReferenceNeuron, Fixed<'_>, i64)) {
        progress::poll();
        #[cfg(test)]
        counted::add();
        self.steps += 1;
        self.spikes_per_step.push(match &mut self.course {
            SparseCourse::Sums(run) => run.step(self.steps, see),
            SparseCourse::Events(run) => run.step(self.steps),
        });
    }

    /// The outcome of the steps that are done, and how often a sum left [`SUM_BITS`] bits, as [`sparse_counted`] gives them.
    pub fn outcome(self) -> (SparseOutcome, u64) {
        let (neurons, counts, wide_sums) = match self.course {
            SparseCourse::Sums(SumRun { neurons, counts, wide_sums, .. }) => (neurons, counts, wide_sums),
            SparseCourse::Events(EventRun { neurons, counts, .. }) => (neurons, counts, 0),
        };
        let membranes = neurons.iter().map(|neuron| neuron.v as i32).collect();
        (SparseOutcome { spikes_per_step: self.spikes_per_step, counts, membranes }, wide_sums)
    }
}

/// A run in which neurons take the sums of their weights, once in a step.
#[derive(Clone, Debug)]
struct SumRun<'a> {
    net: &'a Graph,
    divisors: Vec<i64>,
    /// Whether the network has nothing but weights that act in the next step, as most have.
    plain: bool,
    /// Sums of this step and those to come, in a ring.
    pending: Vec<Vec<i64>>,
    /// Spikes that have reached an axon, where neurons share it: (step, axon).
    arrived: BTreeSet<(u32, u32)>,
    neurons: Vec<ReferenceNeuron>,
    counts: Vec<u32>,
    wide_sums: u64,
}

impl<'a> SumRun<'a> {
    fn new(net: &'a Graph) -> Self {
        let (n, divisors, depth) = (net.neurons(), divisors(net), net.max_delay() as usize + 1);
        let mut neurons = vec![ReferenceNeuron::default(); n];
        neurons.iter_mut().zip(&net.start).for_each(|(neuron, start)| neuron.v = (*start).into());
        Self {
            net,
            plain: divisors.is_empty() && !net.synapses.is_scaled() && net.axons.is_empty() && depth <= 2,
            divisors,
            pending: vec![vec![0; n]; depth],
            arrived: BTreeSet::new(),
            neurons,
            counts: vec![0; n],
            wide_sums: 0,
        }
    }

    /// Evaluates a step; gives its spikes.
    fn step(&mut self, step: u32, mut see: impl FnMut(u32, usize, &ReferenceNeuron, Fixed<'_>, i64)) -> u64 {
        let Self { net, divisors, pending, arrived, .. } = self;
        let (net, depth) = (*net, pending.len());
        let input = std::mem::replace(&mut pending[step as usize % depth], vec![0; net.neurons()]);
        self.wide_sums += sums_beyond(net, &input);
        let fired = fire(net, step, &input, &mut self.neurons, &mut see);
        for &source in &fired {
            self.counts[source] += 1;
            let axon = net.axons.get(source).filter(|axon| **axon != NO_AXON);
            let row = net.row_of(source as u32) as usize;
            if self.plain {
                let sums = &mut pending[(step as usize + 1) % depth];
                net.synapses.row(row).for_each(|(target, weight, _)| sums[target as usize] += i64::from(weight));
                continue;
            }
            for (target, weight, delay, exponent) in net.synapses.scaled_row(row) {
                // All synapses of an axon have one delay, so the first of them decides.
                if axon.is_some_and(|axon| arrived.contains(&(step + delay, *axon))) {
                    break;
                }
                let weight = match exponent {
                    0.. => i64::from(weight) * (1 << exponent),
                    _ => i64::from(weight).div_euclid(1 << -exponent),
                };
                let added = divisors.get(target as usize).map_or(weight, |divisor| weight.div_euclid(*divisor));
                pending[(step as usize + delay as usize) % depth][target as usize] += added;
            }
            if let (Some(axon), Some((_, _, delay))) = (axon, net.synapses.row(source).next()) {
                arrived.insert((step + delay, *axon));
            }
        }
        *arrived = arrived.split_off(&(step + 1, 0));
        fired.len() as u64
    }
}

/// Divisors of the weights into each neuron (quotients are rounded down); empty if all are 1.
fn divisors(net: &Graph) -> Vec<i64> {
    let of = |p: &Population, neuron: usize| 1 << p.params_of(neuron).weight_shift();
    let all: Vec<i64> = net.populations.iter().flat_map(|p| p.range().map(move |neuron| of(p, neuron))).collect();
    if all.iter().all(|divisor| *divisor == 1) { Vec::new() } else { all }
}

/// Sums into neurons of Loihi that do not fit [`SUM_BITS`] bits (membrane units).
fn sums_beyond(net: &Graph, input: &[i64]) -> u64 {
    let loihi = net.populations.iter().filter(|p| matches!(p.params.first().model, Model::Loihi(_)));
    let most = 1i64 << (SUM_BITS - 1);
    let beyond = |p: &Population| {
        let sums = p.range().map(|neuron| input[neuron] << p.params_of(neuron).fraction_bits);
        sums.filter(|sum| !(-most..most).contains(sum)).count() as u64
    };
    loihi.map(beyond).sum()
}

/// Steps all neurons, and gives those that fire, each once for each of its spikes, sources among them.
fn fire(
    net: &Graph,
    step: u32,
    input: &[i64],
    neurons: &mut [ReferenceNeuron],
    see: &mut impl FnMut(u32, usize, &ReferenceNeuron, Fixed<'_>, i64),
) -> Vec<usize> {
    let mut fired = Vec::new();
    for population in &net.populations {
        if let Some(spikes) = &population.source {
            // The spikes are sorted by step.
            let from = spikes.partition_point(|(at, _)| *at < step);
            let here = spikes[from..].iter().take_while(|(at, _)| *at == step);
            fired.extend(here.map(|(_, i)| (population.first + i) as usize));
            continue;
        }
        // Before its first step nothing reaches a population, and it rests; after its last one its state stays.
        if population.window.is_some_and(|window| step < window.first || window.is_over(step)) {
            continue;
        }
        for i in population.range() {
            let bias = if !population.drive.acts_after(step - 1) { 0 } else { i64::from(net.bias[i]) };
            let (threshold, traits) = (i64::from(net.threshold[i]), net.traits.get(i).copied().unwrap_or_default());
            let fixed = Fixed { params: population.params_of(i), threshold, bias, traits };
            see(step, i, &neurons[i], fixed, input[i]);
            fired.extend((0..neurons[i].spikes(fixed, input[i])).map(|_| i));
        }
    }
    fired
}

/// Counts steps for tests that ask when they are done.
#[cfg(test)]
pub mod counted {
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<u64> = const { Cell::new(0) };
    }

    /// Steps of all references on this thread so far.
    pub fn steps() -> u64 {
        STEPS.get()
    }

    pub(super) fn add() {
        STEPS.set(STEPS.get() + 1);
    }
}
