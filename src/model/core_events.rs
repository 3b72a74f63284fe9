//! Events of cores that work event by event.

use crate::ids::{AxonId, CoreId, NeuronId};

/// What a core works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreEvent {
    /// All neurons leak, and are compared: the time reference of a step.
    Reference {
        /// The step.
        step: u32,
    },
    /// One neuron does.
    ReferenceOf(NeuronId),
    /// A spike with the synapses of an axon, or without any.
    Spike(Option<AxonId>),
    /// One neuron gets a weight.
    Weight(NeuronId, i32),
}

/// An event that the host sends to a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreInput {
    /// The time step with which it is sent.
    pub step: u32,
    /// The core.
    pub core: CoreId,
    /// The event.
    pub event: CoreEvent,
    /// Whether it enters the queue; if not, it acts at once.
    pub queued: bool,
}
