//! Networks that run on samples: what batches ask of layered networks and of sparse ones that name classes.

use super::{RunError, check};
use crate::data::Split;
use crate::ids::NeuronId;
use crate::net::architecture::Target;
use crate::net::graph::Graph;
use crate::net::quantised::Layered;
use crate::net::reference::{self, LayeredOutcome, Meter, Operations};
use crate::net::samples::{Classifier, OutputValues};
use crate::system::System;

/// A network that runs on samples.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A layered network.
    Layered(&'a Layered),
    /// A sparse network that names the class of a sample.
    Sparse(&'a Classifier),
}

impl<'a> From<&'a Layered> for Subject<'a> {
    fn from(network: &'a Layered) -> Self {
        Self::Layered(network)
    }
}

impl<'a> From<&'a Classifier> for Subject<'a> {
    fn from(network: &'a Classifier) -> Self {
        Self::Sparse(network)
    }
}

/// Input of the host for a sample: drives by neuron, and spikes (step, input) where spikes enter.
pub(super) struct Entering {
    pub(super) drive: Vec<i32>,
    pub(super) spikes: Option<Vec<(u32, NeuronId)>>,
    /// The input of each spike, by its number in the network.
    pub(super) inputs: Vec<u32>,
}

/// Result of an inference on the chip or of the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NeuronOutcome {
    /// Spike counts within windows: of a layered network by neuron of its layers, of a sparse one of all neurons.
    pub(super) counts: Vec<u32>,
    /// Membranes that are compared: of a layered network those of its outputs, or their spikes if outputs spike; of a
    /// sparse one all.
    pub(super) membranes: Vec<i32>,
    /// The same after each frame of a sequence whose outputs are read so often; otherwise empty.
    pub(super) readouts: Vec<Vec<i32>>,
}

impl<'a> Subject<'a> {
    /// Time steps T of each layer; of a sequence, those of a frame.
    pub fn time_steps(self) -> u32 {
        match self {
            Self::Layered(network) => network.spec.time_steps,
            Self::Sparse(network) => network.time_steps(),
        }
    }

    /// Steps that an inference of that many frames takes on a system.
    pub fn steps_on(self, system: &System, frames: u32) -> u32 {
        match self {
            Self::Layered(network) => system.steps_of(network, frames),
            Self::Sparse(network) => network.steps(),
        }
    }

    /// Whether outputs are read after each frame of a sequence.
    pub fn reads_frames(self) -> bool {
        self.layered().is_some_and(|network| network.frames.are_read())
    }

    /// What the host makes of the outputs that it read after each frame.
    pub(super) fn of_each_frame(self, readouts: Vec<Vec<i32>>) -> Vec<Vec<i32>> {
        match self.layered() {
            Some(network) => network.frames.of_each(readouts),
            None => readouts,
        }
    }

    /// What the outputs are to be.
    pub fn target(self) -> Target {
        match self {
            Self::Layered(network) => network.target,
            Self::Sparse(_) => Target::Label,
        }
    }

    /// The layered network, if it is one.
    pub fn layered(self) -> Option<&'a Layered> {
        match self {
            Self::Layered(network) => Some(network),
            Self::Sparse(_) => None,
        }
    }

    /// Multiply-accumulates off the chip for a sample.
    pub(super) fn encoder_macs(self) -> u64 {
        match self {
            Self::Layered(network) => network.encoder_macs(),
            Self::Sparse(network) => network.encoder_macs(),
        }
    }

    /// Checks that samples are there and are what the network reads, and that the mapped network is this one.
    pub(super) fn check(self, graph: &Graph, samples: &Split, count: usize) -> Result<(), RunError> {
        let neurons = match self {
            Self::Layered(network) => {
                samples.check(network, count)?;
                network.neurons() + network.encoding.sources(network.input.neurons() as usize)
            }
            Self::Sparse(network) => {
                samples.check_classifier(network, count)?;
                network.graph().neurons()
            }
        };
        check::some(self.time_steps().into(), "time steps")?;
        check::same(graph.whole().neurons(), neurons)
    }

    /// Drives of a frame of a sample, for the network as it was mapped.
    pub(super) fn frame_drive(self, graph: &Graph, sample: &[u8], frame: usize) -> Vec<i32> {
        let drive = match self {
            Self::Layered(network) => network.encode(network.frame(sample, frame)),
            Self::Sparse(network) => network.drive(sample),
        };
        graph.spread(drive, 0)
    }

    /// Input of the host for a sample before its first step, for the network as it was mapped.
    pub(super) fn enter(self, graph: &Graph, (number, sample): (usize, &[u8])) -> Entering {
        let driven = || Entering { drive: self.frame_drive(graph, sample, 0), spikes: None, inputs: Vec::new() };
        let packets = |sent: Vec<(u32, u32)>| {
            let copies = |(step, input): (u32, u32)| {
                graph.inputs_of(input).map(move |input| (step, NeuronId::from_index(input as usize)))
            };
            let inputs = sent.iter().map(|(_, input)| *input).collect();
            Entering { drive: Vec::new(), spikes: Some(sent.into_iter().flat_map(copies).collect()), inputs }
        };
        match self {
            Self::Layered(network) => match network.trains(sample) {
                None => driven(),
                Some(trains) => {
                    let step = |step: u32| trains.step(step as usize).map(move |at| (step + 1, at as u32));
                    packets((0..network.spec.time_steps * network.frames_of(sample) as u32).flat_map(step).collect())
                }
            },
            Self::Sparse(network) if network.is_driven() => driven(),
            Self::Sparse(network) => {
                let first = network.first_input();
                let spikes = network.spikes(number as u64, sample).into_iter();
                packets(spikes.map(|(step, input)| (step, first + input)).collect())
            }
        }
    }

    /// What the chip computed, from spike counts and membranes of all neurons of the network, in its own order.
    pub(super) fn of_chip(
        self,
        (mut counts, mut membranes): (Vec<u32>, Vec<i32>),
        graph: &Graph,
        entered: &Entering,
    ) -> NeuronOutcome {
        match self {
            Self::Layered(network) => {
                // The reference knows nothing of a source, which stands before the layers.
                counts.drain(..counts.len() - network.neurons());
                let outputs = graph.whole().populations.last().map_or(0..0, |population| population.range());
                membranes = match network.outputs_spike() {
                    true => counts[counts.len() - outputs.len()..].iter().map(|count| *count as i32).collect(),
                    false => membranes[outputs].to_vec(),
                };
            }
            Self::Sparse(_) => entered.inputs.iter().for_each(|input| counts[*input as usize] += 1),
        }
        NeuronOutcome { counts, membranes, readouts: Vec::new() }
    }

    /// What the integer reference computes, its operations, and whether a membrane left its range, where it is known.
    pub(super) fn reference(
        self,
        meter: Option<&mut Meter>,
        (number, sample): (usize, &[u8]),
    ) -> (NeuronOutcome, Operations, bool) {
        match self {
            Self::Layered(network) => {
                let (LayeredOutcome { counts, outputs: membranes, readouts }, operations) = match meter {
                    Some(meter) => (reference::layered_metered(network, sample, meter), meter.take()),
                    None => (reference::layered(network, sample), Operations::default()),
                };
                (NeuronOutcome { counts, membranes, readouts }, operations, false)
            }
            Self::Sparse(network) => {
                let (right, saturates) = network.evaluate(number as u64, sample);
                let reference::SparseOutcome { counts, membranes, .. } = right;
                (NeuronOutcome { counts, membranes, readouts: Vec::new() }, Operations::default(), saturates)
            }
        }
    }

    /// What the outputs hold.
    pub(super) fn outputs(self, outcome: &NeuronOutcome) -> OutputValues {
        match self {
            Self::Layered(_) => {
                let NeuronOutcome { counts, membranes, .. } = outcome;
                let spikes = counts[counts.len().saturating_sub(membranes.len())..].to_vec();
                OutputValues { spikes, membranes: membranes.clone(), frames: outcome.readouts.concat() }
            }
            Self::Sparse(network) => network.outputs(&outcome.counts, &outcome.membranes),
        }
    }

    /// The class that outputs tell: the first of the best.
    pub(super) fn class(self, outputs: &OutputValues) -> usize {
        match self {
            Self::Layered(_) => {
                let OutputValues { membranes, .. } = outputs;
                (0..membranes.len()).rev().max_by_key(|class| membranes[*class]).unwrap_or(0)
            }
            Self::Sparse(network) => network.class(outputs),
        }
    }
}
