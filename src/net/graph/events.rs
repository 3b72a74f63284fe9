//! Events that the host sends to a core that works event by event, one after the other.

/// An event of the host, in a time step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostEvent {
    /// The time step at whose beginning it is sent, from 1; events of a step are sent in their order.
    pub step: u32,
    /// What it does.
    pub act: HostAct,
}

/// What an event of the host does; neurons are those of the whole network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostAct {
    /// A time reference of one neuron, or of all: it leaks and is compared with its threshold. Acts at once.
    TimeReference {
        /// The neuron; `None` for all.
        neuron: Option<u32>,
    },
    /// A spike of a source or a neuron, which enters the queue.
    Spike {
        /// The source.
        source: u32,
    },
    /// One synapse, or several between the same two: their weights reach the target at once.
    Synapse {
        /// The source.
        source: u32,
        /// The target.
        target: u32,
    },
    /// A weight for one neuron that no synapse has; enters the queue.
    Virtual {
        /// The target.
        target: u32,
        /// The weight.
        weight: i16,
    },
    /// A time reference of one neuron that enters the queue.
    QueuedReference {
        /// The neuron.
        neuron: u32,
    },
}

impl HostAct {
    /// The act with other numbers of its neurons.
    pub(super) fn renumbered(self, number: impl Fn(u32) -> u32) -> Self {
        match self {
            Self::TimeReference { neuron } => Self::TimeReference { neuron: neuron.map(number) },
            Self::Spike { source } => Self::Spike { source: number(source) },
            Self::Synapse { source, target } => Self::Synapse { source: number(source), target: number(target) },
            Self::Virtual { target, weight } => Self::Virtual { target: number(target), weight },
            Self::QueuedReference { neuron } => Self::QueuedReference { neuron: number(neuron) },
        }
    }
}
