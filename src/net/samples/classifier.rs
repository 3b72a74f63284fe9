//! A sparse network that names the class of a sample.

use super::encode::{self, Encode};
use super::error::{ClassifierError, MAX_CLASSES};
use super::form::InputForm;
use crate::net::architecture::Shape;
use crate::net::graph::{Csr, Drive, Graph, Population};
use crate::net::input::SpikeTrains;
use crate::net::network::SparseNetwork;
use crate::net::neuron::{Model, Params};
use crate::net::quantised::membrane_max;
use crate::net::reference::{self, SparseOutcome};
use std::ops::Range;
use std::sync::Arc;

/// The samples of a data set, as far as a network needs to know them.
#[derive(Clone, Copy, Debug)]
pub struct SampleKind<'a> {
    /// Name of the data set, for messages.
    pub dataset: &'a str,
    /// Shape of a sample.
    pub shape: Shape,
    /// Number of classes.
    pub classes: u32,
    /// The value that stands for 1.0, of values.
    pub full_scale: u32,
    /// Whether samples are spike trains.
    pub trains: bool,
}

/// How samples are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassifierOptions {
    /// Time steps of every layer.
    pub steps: u32,
    /// How values enter the network; by default as currents, unless it was made for spikes.
    pub encode: Option<Encode>,
    /// Seed of spikes that are drawn.
    pub seed: u64,
}

/// A sparse network that names the class of a sample: the output with the most spikes, or of outputs that never spike the
/// one with the largest membrane at the end; the first of equals.
#[derive(Clone, Debug)]
pub struct Classifier {
    /// The network without the spikes of its input; with currents also without the synapses of its input.
    graph: Arc<Graph>,
    entry: Entry,
    input: Range<usize>,
    outputs: Vec<u32>,
    offsets: Vec<i32>,
    by_spikes: bool,
    options: ClassifierOptions,
    steps: u32,
    notes: Vec<String>,
}

/// How a sample enters the network.
#[derive(Clone, Debug)]
enum Entry {
    /// Spike trains.
    Trains,
    /// Currents: the sums over the synapses of the input, which this holds.
    Currents { synapses: Arc<Csr>, full_scale: u32, step: u32 },
    /// Spikes made of values.
    Encoded { encode: Encode, full_scale: u32 },
}

/// What the outputs of an inference hold, by class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputValues {
    /// Spikes in the inference.
    pub spikes: Vec<u32>,
    /// Membranes at the end (membrane units).
    pub membranes: Vec<i32>,
    /// Membranes after each frame of a sequence, frame by frame, where outputs are read so often; otherwise empty.
    pub frames: Vec<i32>,
}

impl Classifier {
    /// A network for samples of a kind.
    ///
    /// # Errors
    /// Samples that the network cannot read, and outputs that are not known or do not suffice.
    pub fn new(
        network: &SparseNetwork,
        kind: SampleKind<'_>,
        options: ClassifierOptions,
    ) -> Result<Self, ClassifierError> {
        let input = input_for(network, kind)?;
        let outputs = outputs_of(network)?;
        let by_spikes = spiking(network, &outputs)?;
        if outputs.len() < kind.classes as usize {
            let (network, dataset) = (network.name.clone(), kind.dataset.to_owned());
            return Err(ClassifierError::Classes { network, outputs: outputs.len(), dataset, classes: kind.classes });
        }
        let (name, full_scale) = (network.name.clone(), kind.full_scale);
        let encode = encode_for(network, kind, options.encode)?;
        let mut graph = network.graph.clone().with_steps(options.steps);
        let count = graph.populations.len();
        graph.set_spikes(vec![Vec::new(); count]);
        let entry = match encode {
            None => Entry::Trains,
            Some(Encode::Direct) => {
                let synapses = Arc::clone(&graph.synapses);
                with_currents(&mut graph, input).map_err(|(population, why)| ClassifierError::Direct {
                    network: name,
                    population,
                    why: why.to_owned(),
                })?;
                Entry::Currents { synapses, full_scale, step: network.samples.current_step.unwrap_or(1) }
            }
            Some(encode) => Entry::Encoded { encode, full_scale },
        };
        let notes = vec![entry_note(encode, options, &network.graph, input), class_note(by_spikes)];
        let steps = steps_of(&graph, options.steps, matches!(entry, Entry::Currents { .. }));
        let offsets = network.samples.offsets.clone();
        let graph = Arc::new(graph);
        Ok(Self { graph, entry, input: input.range(), outputs, offsets, by_spikes, options, steps, notes })
    }

    /// The network to map.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// Time steps T of every layer.
    pub fn time_steps(&self) -> u32 {
        self.options.steps
    }

    /// Steps that an inference takes: those by which later layers begin later are added.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Number of outputs.
    pub fn classes(&self) -> usize {
        self.outputs.len()
    }

    /// Sentences for reports: how samples enter and how classes are told.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Bytes of a sample.
    pub fn sample_len(&self) -> usize {
        match self.entry {
            Entry::Trains => SpikeTrains::bytes(self.input.len(), self.options.steps as usize),
            _ => self.input.len(),
        }
    }

    /// The largest value of a sample; `None` of spike trains.
    pub fn full_scale(&self) -> Option<u32> {
        match self.entry {
            Entry::Trains => None,
            Entry::Currents { full_scale, .. } | Entry::Encoded { full_scale, .. } => Some(full_scale),
        }
    }

    /// Spikes (step from 1, neuron of the input) of a sample with its number, by step.
    pub fn spikes(&self, number: u64, sample: &[u8]) -> Vec<(u32, u32)> {
        let ClassifierOptions { steps, seed, .. } = self.options;
        match self.entry {
            Entry::Trains => {
                let trains = SpikeTrains::new(sample, self.input.len());
                let step = |step: u32| trains.step(step as usize - 1).map(move |input| (step, input as u32));
                (1..=steps).flat_map(step).collect()
            }
            Entry::Currents { .. } => Vec::new(),
            Entry::Encoded { encode, full_scale } => encode::spikes(encode, sample, full_scale, steps, (seed, number)),
        }
    }

    /// The first neuron of the input.
    pub fn first_input(&self) -> u32 {
        self.input.start as u32
    }

    /// Whether the host writes currents for each sample.
    pub fn is_driven(&self) -> bool {
        matches!(self.entry, Entry::Currents { .. })
    }

    /// Biases of all neurons for a sample: where the host writes currents, `b + 2^F (Σ w x)/R`, rounded once to
    /// a multiple of their step, half up.
    pub fn drive(&self, sample: &[u8]) -> Vec<i32> {
        let mut bias = self.graph.bias.clone();
        let Entry::Currents { synapses, full_scale, step } = &self.entry else { return bias };
        let mut sums = vec![0i64; bias.len()];
        for (source, value) in self.input.clone().zip(sample) {
            for (target, weight, _) in synapses.row(source) {
                sums[target as usize] += i64::from(*value) * i64::from(weight);
            }
        }
        let (scale, step) = (i64::from(*full_scale), i64::from(*step));
        for population in self.graph.populations.iter().filter(|population| population.drive == Drive::Host) {
            for neuron in population.range() {
                let Params { membrane_bits, fraction_bits, .. } = *population.params_of(neuron);
                let (limit, bits) = (membrane_max(membrane_bits), fraction_bits);
                let numerator = (sums[neuron] << bits) + scale * i64::from(bias[neuron]);
                let rounded = step * (2 * numerator + scale * step).div_euclid(2 * scale * step);
                bias[neuron] = rounded.clamp(-i64::from(limit), limit.into()) as i32;
            }
        }
        bias
    }

    /// Multiply-accumulates of a sample's currents.
    pub fn encoder_macs(&self) -> u64 {
        match &self.entry {
            Entry::Currents { synapses, .. } => self.input.clone().map(|source| synapses.fan_out(source) as u64).sum(),
            _ => 0,
        }
    }

    /// Evaluates a sample by the integer reference; gives also whether a membrane or a current left its range.
    pub fn evaluate(&self, number: u64, sample: &[u8]) -> (SparseOutcome, bool) {
        let mut graph = Graph::clone(&self.graph);
        graph.bias = self.drive(sample);
        let spikes = self.spikes(number, sample);
        graph
            .populations
            .iter_mut()
            .filter_map(|population| population.source.as_mut())
            .for_each(|s| s.clone_from(&spikes));
        let mut saturates = false;
        let (outcome, _) = reference::sparse_seen(&graph, self.steps, |_, _, before, fixed, input| {
            saturates |= before.saturates(fixed, input);
        });
        (outcome, saturates)
    }

    /// What the outputs hold, from the spikes and membranes of all neurons.
    pub fn outputs(&self, spikes: &[u32], membranes: &[i32]) -> OutputValues {
        let at = |neuron: &u32| *neuron as usize;
        OutputValues {
            spikes: self.outputs.iter().map(|neuron| spikes[at(neuron)]).collect(),
            membranes: self.outputs.iter().map(|neuron| membranes[at(neuron)]).collect(),
            frames: Vec::new(),
        }
    }

    /// The class that outputs tell.
    pub fn class(&self, outputs: &OutputValues) -> usize {
        let offset = |class: usize| self.offsets.get(class).copied().map_or(0, i64::from);
        let value = |class: usize| match self.by_spikes {
            true => i64::from(outputs.spikes[class]),
            false => i64::from(outputs.membranes[class]) + offset(class),
        };
        // The first of the largest.
        (0..self.outputs.len()).rev().max_by_key(|class| value(*class)).unwrap_or(0)
    }
}

/// The only input, if samples fit it.
fn input_for<'n>(network: &'n SparseNetwork, kind: SampleKind<'_>) -> Result<&'n Population, ClassifierError> {
    let inputs: Vec<_> = network.graph.populations.iter().filter(|one| one.source.is_some()).collect();
    let name = network.name.clone();
    let input = match inputs[..] {
        [] => return Err(ClassifierError::NoInput { network: name }),
        [input] => input,
        _ => {
            let inputs = inputs.iter().map(|input| input.name.clone()).collect();
            return Err(ClassifierError::Inputs { network: name, inputs });
        }
    };
    if u64::from(input.count) != kind.shape.neurons() {
        return Err(ClassifierError::Shape {
            network: name,
            input: input.name.clone(),
            units: input.count,
            dataset: kind.dataset.to_owned(),
            found: kind.shape,
        });
    }
    Ok(input)
}

/// The form in which values enter; `None` of spike trains.
fn encode_for(
    network: &SparseNetwork,
    kind: SampleKind<'_>,
    asked: Option<Encode>,
) -> Result<Option<Encode>, ClassifierError> {
    let dataset = kind.dataset.to_owned();
    match (kind.trains, asked) {
        (true, Some(_)) => Err(ClassifierError::Encoded { dataset }),
        (true, None) => Ok(None),
        (false, None) if network.samples.input == Some(InputForm::Spikes) => {
            Err(ClassifierError::Unencoded { network: network.name.clone(), dataset })
        }
        (false, asked) => Ok(Some(asked.unwrap_or(Encode::Direct))),
    }
}

/// The neuron of each class: those that the network names, or those of the only population that sends nothing on.
fn outputs_of(network: &SparseNetwork) -> Result<Vec<u32>, ClassifierError> {
    let (graph, name) = (&network.graph, network.name.clone());
    let mut outputs = network.samples.outputs.clone();
    if outputs.is_empty() {
        let last: Vec<&Population> = graph.sinks().collect();
        outputs = match last[..] {
            [] => return Err(ClassifierError::NoOutputs { network: name }),
            [one] => (one.first..one.first + one.count).collect(),
            _ => {
                let populations = last.iter().map(|one| one.name.clone()).collect();
                return Err(ClassifierError::Outputs { network: name, populations });
            }
        };
    }
    match outputs.len() {
        0..=MAX_CLASSES => Ok(outputs),
        outputs => Err(ClassifierError::TooMany { network: name, outputs }),
    }
}

/// Whether outputs spike.
fn spiking(network: &SparseNetwork, outputs: &[u32]) -> Result<bool, ClassifierError> {
    let graph = &network.graph;
    let fires = |neuron: &u32| graph.populations[graph.population_of(*neuron as usize)].params.fires();
    match outputs.iter().filter(|neuron| fires(neuron)).count() {
        0 => Ok(false),
        all if all == outputs.len() => Ok(true),
        _ => Err(ClassifierError::Mixed { network: network.name.clone() }),
    }
}

/// Replaces the synapses of an input by currents that the host writes; gives the population that takes none, and why.
fn with_currents(graph: &mut Graph, input: &Population) -> Result<(), (String, &'static str)> {
    let mut is_target = vec![false; graph.populations.len()];
    for source in input.range() {
        for (target, _, delay) in graph.synapses.row(source) {
            let at = graph.population_of(target as usize);
            let population = &graph.populations[at];
            is_target[at] = true;
            takes_currents(population, delay).map_err(|why| (population.name.clone(), why))?;
        }
    }
    let targets = graph.populations.iter_mut().zip(is_target).filter(|(_, is_target)| *is_target);
    targets.for_each(|(population, _)| population.drive = Drive::Host);
    let mut synapses = Csr::with_capacity(graph.neurons(), graph.synapses.len());
    for source in 0..graph.neurons() {
        if !input.range().contains(&source) {
            let row = graph.synapses.scaled_row(source);
            row.for_each(|(target, weight, delay, exponent)| synapses.push_scaled(target, weight, delay, exponent));
        }
        synapses.end_row();
    }
    graph.synapses = Arc::new(synapses);
    begin_sooner(graph);
    Ok(())
}

/// Checks that a current from the host is what spikes in every step would be.
fn takes_currents(population: &Population, delay: u32) -> Result<(), &'static str> {
    let model = population.params.first().model;
    if !matches!(model, Model::If(_) | Model::Lif(_) | Model::Cuba(_) | Model::MultiSpike(_)) {
        return Err("of if, lif, multi_spike and cuba_lif a bias is an input like another");
    }
    if population.drive != Drive::EveryStep {
        return Err("its bias does not act in every step");
    }
    match population.window {
        Some(window) if window.first != delay + 1 => Err("its synapses from the input are delayed"),
        _ => Ok(()),
    }
}

/// Lets all populations begin as much sooner as the first of them waits for spikes that never come.
fn begin_sooner(graph: &mut Graph) {
    let on_chip = || graph.populations.iter().filter(|population| population.source.is_none());
    let first = on_chip().map(|population| population.window.map_or(1, |window| window.first)).min().unwrap_or(1);
    let populations = graph.populations.iter_mut().filter(|population| population.source.is_none());
    populations.filter_map(|population| population.window.as_mut()).for_each(|window| window.first -= first - 1);
}

/// Steps of a run in which every layer takes T.
fn steps_of(graph: &Graph, time_steps: u32, driven: bool) -> u32 {
    match graph.own_steps() {
        Some(_) => graph.steps_for(time_steps),
        // The last spikes act a step later.
        None => graph.steps_for(time_steps).max(time_steps.saturating_add(u32::from(!driven))),
    }
}

fn entry_note(encode: Option<Encode>, options: ClassifierOptions, graph: &Graph, input: &Population) -> String {
    let name = &input.name;
    match encode {
        None => format!("samples are spike trains, which enter \"{name}\" as they are"),
        Some(Encode::Direct) => {
            let macs: usize = input.range().map(|source| graph.synapses.fan_out(source)).sum();
            format!(
                "samples enter as constant currents (direct): the {macs} synapses of \"{name}\" are summed once for each \
                 sample, off the chip, and the host writes the sums"
            )
        }
        Some(Encode::Rate) => {
            let seed = options.seed;
            format!(
                "samples enter \"{name}\" as spikes by chance (rate): in each step with the probability x/R, seed {seed}"
            )
        }
        Some(Encode::Latency) => {
            format!("samples enter \"{name}\" as one spike for each value (latency), sooner for larger values")
        }
    }
}

fn class_note(by_spikes: bool) -> String {
    let what = if by_spikes { "with the most spikes" } else { "with the largest membrane at the end" };
    format!("the class is that of the output {what}, the first of equals")
}
