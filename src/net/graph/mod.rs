//! A network as populations and synapses: the only form that mapping and the chip model read.
//!
//! A layered network becomes populations (one per weighted layer) joined by its expanded synapses; the encoding layer
//! has none, because its current is computed once and given as a drive. A sparse network already has this form.

mod arrange;
mod copied;
pub(super) mod csr;
mod events;
mod layered;
pub(super) mod size;

pub use csr::{Csr, MAX_DELAY};
pub use events::{HostAct, HostEvent};
#[doc(hidden)]
pub use size::too_large;
pub use size::{MAX_NEURONS, MAX_SYNAPSES};

use super::architecture::{Kernel, LinearOp};
use super::neuron::{Params, Settings, Traits};
use super::order::Order;
use super::spikes::Fed;
use crate::json::record::words;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Steps of a population's window in which its bias acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drive {
    /// In every step.
    EveryStep,
    /// In the first step only.
    Once,
    /// In the first step of each frame.
    OncePerFrame {
        /// Time steps of a frame.
        steps: u32,
    },
    /// In every step, with currents that the host writes for each sample.
    Host,
}

impl Drive {
    /// Whether the bias acts so many steps after the first one of the window, within it.
    pub fn acts_after(self, steps: u32) -> bool {
        match self {
            Self::EveryStep | Self::Host => true,
            Self::Once => steps == 0,
            Self::OncePerFrame { steps: frame } => steps.is_multiple_of(frame),
        }
    }
}

/// The steps in which a population is meant to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First step, from 1.
    pub first: u32,
    /// Number of steps.
    pub steps: u32,
    /// Whether neurons neither integrate nor fire after it on any chip, like those of sparse networks with a last step.
    /// In a layered network the chip's gating decides that.
    pub ends: bool,
}

impl Window {
    /// A window from a step on, without an end.
    pub fn from(first: u32) -> Self {
        Self { first, steps: u32::MAX - first, ends: false }
    }

    /// The window of an inference that has that many steps more, if the window has no end of its own.
    pub fn longer(self, more: u32) -> Self {
        Self { steps: self.steps.saturating_add(if self.ends { 0 } else { more }), ..self }
    }

    /// Whether the window has ended before a step.
    pub fn is_over(&self, step: u32) -> bool {
        self.ends && step >= self.first.saturating_add(self.steps)
    }

    /// Whether the window contains a step.
    pub fn contains(&self, step: u32) -> bool {
        step >= self.first && step - self.first < self.steps
    }
}

/// Neurons of one model: a layer, or a named group of a sparse network.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// Name in reports.
    pub name: String,
    /// First neuron.
    pub first: u32,
    /// Number of neurons.
    pub count: u32,
    /// Model of the neurons, and their parameters.
    pub params: Settings,
    /// When the bias acts.
    pub drive: Drive,
    /// The steps in which it acts; a population without a window acts in every step.
    pub window: Option<Window>,
    /// Spikes (step, neuron of this population) sent by the host instead of neurons on the chip, by step. Empty for the
    /// source of a layered network: each sample brings its own.
    pub source: Option<Vec<(u32, u32)>>,
}

impl Population {
    /// The neurons.
    pub fn range(&self) -> Range<usize> {
        self.first as usize..(self.first + self.count) as usize
    }

    /// The parameters of a neuron, by its number in the network.
    pub fn params_of(&self, neuron: usize) -> &Params {
        self.params.of(neuron - self.first as usize)
    }

    /// The neurons of this population in a range, numbered in the whole network, as runs of neighbours with equal
    /// parameters: in their order, each run as long as possible.
    pub fn runs(&self, range: Range<u32>) -> impl Iterator<Item = (Range<u32>, Params)> + '_ {
        let (first, end) = (self.first, self.first + self.count);
        let runs = self.params.runs(range.start.max(first) - first..range.end.min(end).saturating_sub(first));
        runs.map(move |(run, params)| (run.start + first..run.end + first, *params))
    }

    /// All its neurons, as [`Population::runs`].
    pub fn all_runs(&self) -> impl Iterator<Item = (Range<u32>, Params)> + '_ {
        self.runs(self.first..self.first + self.count)
    }
}

words! {
    /// How the synapses of a row are stored.
    pub enum SynapseFormat {
        /// A weight for every neuron of the core.
        Dense = "dense",
        /// Weights with the indices of their neurons.
        Sparse = "sparse",
        /// A list that other rows of the core use, too.
        Conv = "conv",
    }
}

/// Units of a core that a population names; a chip chooses what is not named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedUnits {
    /// The format of the synapses into its neurons.
    pub synapses: Option<SynapseFormat>,
    /// The name of the soma unit that works on its neurons.
    pub soma: Option<String>,
}

/// A network of populations and synapses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The populations, in order of their neurons, which they cover without gap.
    pub populations: Vec<Population>,
    /// Bias of each neuron (membrane units).
    pub bias: Vec<i32>,
    /// Threshold of each neuron (membrane units).
    pub threshold: Vec<i32>,
    /// Initial membrane of each neuron in an inference (membrane units); empty if all begin at 0.
    pub start: Vec<i32>,
    /// Resets and floors of each neuron; empty if no model has any.
    pub traits: Vec<Traits>,
    /// The axon of each neuron, where several may share one: spikes that reach an axon in the same step are one spike
    /// there. [`NO_AXON`] for a neuron that shares none; empty if none does.
    pub axons: Vec<u32>,
    /// By neuron: the one on whose synapses its spikes act, which for inputs on rows of neurons is one of these; empty if all
    /// have their own.
    pub rows_of: Vec<u32>,
    /// What the host sends to a core that works event by event, by step. Time references then come from here alone; where
    /// this is empty, one comes in every step.
    pub events: Vec<HostEvent>,
    /// All synapses; shared with the systems built from them.
    pub synapses: Arc<Csr>,
    /// Fixed number of neurons on each core, if the network prescribes it.
    pub neurons_per_core: Option<u32>,
    /// Linear operations of the synapses into layers, by the first neuron of the layer; none without synapses.
    pub operations: Vec<(u32, LinearOp)>,
    /// Units that populations name, by the population; it may have fewer entries than there are populations.
    pub units: Vec<NamedUnits>,
    /// The numbers of its neurons before a mapping arranged them.
    pub order: Order,
    /// The network before a mapping split or copied some of its neurons: sums that were added come last, copies next to
    /// their neuron.
    pub whole: Option<Arc<Graph>>,
    /// Where a mapping copied neurons, the number in [`Graph::whole`] of the neuron that each is or copies, ascending.
    pub copy_of: Option<Arc<[u32]>>,
}

/// Marks a neuron without a shared axon.
pub const NO_AXON: u32 = u32::MAX;

impl Graph {
    /// Appends the resets and floors of the neurons appended to the thresholds since the last call; empty for neurons
    /// that have none.
    pub fn add_traits(&mut self, traits: Vec<Traits>) {
        if traits.is_empty() && self.traits.is_empty() {
            return;
        }
        // Neurons without traits may come before or between those with.
        self.traits.resize(self.threshold.len() - traits.len(), Traits::default());
        self.traits.extend(traits);
    }

    /// Whether it is a layered network: a pipeline of layers, which all work at the same time.
    pub fn is_layered(&self) -> bool {
        !self.whole().operations.is_empty()
    }

    /// Names and sizes of the inputs: of the populations whose spikes come from the host.
    pub fn inputs(&self) -> Vec<(&str, u32)> {
        let sources = self.populations.iter().filter(|population| population.source.is_some());
        sources.map(|population| (population.name.as_str(), population.count)).collect()
    }

    /// The neuron on whose synapses the spikes of a neuron act: itself, but for inputs on rows of neurons.
    pub fn row_of(&self, neuron: u32) -> u32 {
        self.rows_of.get(neuron as usize).copied().unwrap_or(neuron)
    }

    /// Spikes of the inputs, (step from 1, neuron), in the order of the inputs.
    pub fn spikes(&self) -> Vec<Vec<(u32, u32)>> {
        self.populations.iter().filter_map(|population| population.source.clone()).collect()
    }

    /// Replaces the spikes of the inputs, in the order of the inputs.
    pub fn set_spikes(&mut self, spikes: Vec<Vec<(u32, u32)>>) {
        let sources = self.populations.iter_mut().filter_map(|population| population.source.as_mut());
        sources.zip(spikes).for_each(|(source, spikes)| *source = spikes);
    }

    /// The network for a run on these spikes, and the steps of that run. Populations with an end act for `asked` steps,
    /// or for those of the spikes.
    pub fn run_on(mut self, fed: Fed, asked: Option<u32>) -> (Self, u32) {
        if self.own_steps().is_some() {
            let steps = asked.unwrap_or(fed.steps);
            self.set_spikes(fed.until(steps).spikes);
            let graph = self.with_steps(steps);
            let all = graph.steps_for(steps);
            return (graph, all);
        }
        // The last spikes act one step later in each layer.
        let windows = self.populations.iter().filter_map(|population| population.window);
        let later = windows.map(|window| window.first - 1).max().unwrap_or(0);
        let all = fed.steps.saturating_add(later.max(1));
        self.set_spikes(fed.spikes);
        (self, all)
    }

    /// Populations on the chip that send no spikes on.
    pub fn sinks(&self) -> impl Iterator<Item = &Population> {
        let sends = |neuron: usize| self.synapses.row(neuron).next().is_some();
        self.populations.iter().filter(move |one| one.source.is_none() && !one.range().any(sends))
    }

    /// Number of neurons, sources included.
    pub fn neurons(&self) -> usize {
        self.threshold.len()
    }

    /// Most steps of a population with an end; `None` if none ends.
    pub fn own_steps(&self) -> Option<u32> {
        let ending = self.populations.iter().filter_map(|population| population.window).filter(|window| window.ends);
        ending.map(|window| window.steps).max()
    }

    /// Steps of a run in which populations with an end take `own` steps: those that begin later also end later.
    pub fn steps_for(&self, own: u32) -> u32 {
        let windows = self.populations.iter().filter_map(|population| population.window);
        own.saturating_add(windows.map(|window| window.first - 1).max().unwrap_or(0))
    }

    /// The network with ends for runs of another length: populations that take the most steps take `own`, and those
    /// that end sooner still end as much sooner; sources send nothing later. A network without ends is unchanged.
    pub fn with_steps(mut self, own: u32) -> Self {
        let Some(before) = self.own_steps() else { return self };
        for population in &mut self.populations {
            if let Some(window) = population.window.as_mut().filter(|window| window.ends) {
                window.steps = (window.steps + own.saturating_sub(before)).saturating_sub(before.saturating_sub(own));
            }
            if let Some(spikes) = population.source.as_mut().filter(|_| own < before) {
                spikes.retain(|(step, _)| *step <= own);
            }
        }
        self
    }

    /// The network for a run of `asked` steps, and the number of steps that it takes: if populations have ends, `asked`
    /// is their number of steps.
    pub fn run_of(&self, asked: u32) -> (Cow<'_, Self>, u32) {
        match self.own_steps() {
            Some(_) => (Cow::Owned(self.clone().with_steps(asked)), self.steps_for(asked)),
            None => (Cow::Borrowed(self), asked),
        }
    }

    /// The network before a mapping split its neurons, or itself if none did.
    pub fn whole(&self) -> &Self {
        self.whole.as_deref().unwrap_or(self)
    }

    /// Values of the network's own neurons by their earlier numbers, from values of all neurons here.
    pub fn own<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        let mut values = self.order.restore(values);
        match &self.copy_of {
            Some(of) => {
                let firsts =
                    of.iter().zip(values).scan(None, |last, (of, value)| Some((last.replace(of) != Some(of), value)));
                firsts.filter_map(|(first, value)| first.then_some(value)).collect()
            }
            None => {
                values.truncate(self.whole().neurons());
                values
            }
        }
    }

    /// Steps by which the last population of the network acts later because neurons were split.
    pub fn put_off(&self) -> u32 {
        let own = &self.whole().populations;
        let first = |populations: &[Population]| Some(populations.get(own.len().checked_sub(1)?)?.window?.first);
        first(&self.populations).unwrap_or(0) - first(own).unwrap_or(0)
    }

    /// The longest delay (time steps), at least 1.
    pub fn max_delay(&self) -> u32 {
        self.synapses.max_delay()
    }

    /// Linear operation of the synapses into a population, by its first neuron, if known.
    pub fn operation(&self, first: u32) -> Option<&LinearOp> {
        self.operations.iter().find(|(of, _)| *of == first).map(|(_, operation)| operation)
    }

    /// The format that a population names for the synapses into its neurons.
    pub fn named_format(&self, population: usize) -> Option<SynapseFormat> {
        self.units.get(population).and_then(|units| units.synapses)
    }

    /// The soma unit that a population names.
    pub fn named_soma(&self, population: usize) -> Option<&str> {
        self.units.get(population).and_then(|units| units.soma.as_deref())
    }

    /// Whether a population is known to be a convolution, whose synapses may share kernels.
    pub fn is_convolution(&self, population: usize) -> bool {
        let operation = self.operation(self.populations[population].first);
        operation.is_some_and(|operation| matches!(operation.kernel, Kernel::Conv(_)))
            || self.named_format(population) == Some(SynapseFormat::Conv)
    }

    /// The position of the population that holds a neuron.
    pub fn population_of(&self, neuron: usize) -> usize {
        self.populations.partition_point(|p| p.range().end <= neuron)
    }
}
