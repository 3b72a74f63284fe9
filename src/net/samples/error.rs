//! Why a sparse network cannot classify samples.

use crate::net::architecture::Shape;

/// Why a sparse network cannot classify samples.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "messages name the fields")]
pub enum ClassifierError {
    /// The network has no input.
    #[error("{network} has no input that samples could enter")]
    NoInput { network: String },
    /// The network has several inputs, and a sample is for one.
    #[error("{network} has several inputs, and a sample is for one; inputs: {}", inputs.join(", "))]
    Inputs { network: String, inputs: Vec<String> },
    /// Samples have another size than the input.
    #[error(
        "the input \"{input}\" of {network} has {units} units, {dataset} has samples of {found}: {} values each",
        found.neurons()
    )]
    Shape { network: String, input: String, units: u32, dataset: String, found: Shape },
    /// No population is an output.
    #[error("{network} has no outputs: all of its populations send spikes on, and its file names no outputs")]
    NoOutputs { network: String },
    /// Several populations may be the output.
    #[error(
        "{network} has several populations that send nothing on ({}), and its file does not say which of their neurons name \
         the classes (samples.outputs)",
        populations.join(", ")
    )]
    Outputs { network: String, populations: Vec<String> },
    /// Some outputs spike and some do not.
    #[error("some outputs of {network} spike and some never do: they cannot be compared")]
    Mixed { network: String },
    /// More outputs than there can be classes.
    #[error("{network} has {outputs} outputs, and labels distinguish at most {MAX_CLASSES} classes")]
    TooMany { network: String, outputs: usize },
    /// Fewer outputs than classes.
    #[error("{network} has {outputs} outputs, {dataset} has {classes} classes")]
    Classes { network: String, outputs: usize, dataset: String, classes: u32 },
    /// The network was made for spikes and samples are values.
    #[error(
        "{network} reads spikes, {dataset} has values: `encode` rate or latency makes spikes of them, direct currents"
    )]
    Unencoded { network: String, dataset: String },
    /// Samples are spike trains, which need no encoding.
    #[error("`encode`: {dataset} has spike trains, which enter as they are")]
    Encoded { dataset: String },
    /// A current cannot stand for spikes in a population.
    #[error("\"{population}\" of {network} takes no constant current ({why}): `encode` rate or latency makes spikes")]
    Direct { network: String, population: String, why: String },
}

/// Most classes of labels.
pub(super) const MAX_CLASSES: usize = 256;
