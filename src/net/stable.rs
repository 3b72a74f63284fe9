//! Digests of networks: every field of everything that a run of a network depends on.

use super::architecture::{
    Activation, Architecture, Augment, Convolution, Kernel, LayerSpec, LinearOp, Loss, Pool, Schedule, Shape, Stage,
    Target, TrainingProposal,
};
use super::graph::{Drive, Graph, HostAct, HostEvent, NamedUnits, Population, SynapseFormat, Window};
use super::network::{Network, Origin, SparseNetwork, Trained, TrainedMeta};
use super::neuron::{After, Below, Params, Reset, Traits};
use super::quantised::{Folded, FoldedLayer, Layered, QuantSpec, QuantisedLayer, Scale, Skip};
use crate::digest::{Digest, Stable, all_fields};

all_fields! {
    struct Shape { channels, height, width }
    enum LayerSpec {
        0 = Flatten,
        1 = AvgPool2d { kernel },
        2 = Dense { outputs, add },
        3 = Conv2d { channels, kernel, stride, padding, groups, add },
    }
    enum Target { 0 = Label, 1 = Input, 2 = Given }
    enum Loss { 0 = CrossEntropy, 1 = MeanSquared }
    enum Schedule { 0 = Cosine, 1 = Step { every, factor } }
    enum Activation { 0 = Relu, 1 = Qcfs }
    struct TrainingProposal {
        epochs, batch, learning_rate, dropout, loss, schedule, augment, activation, weight_decay,
    }
    struct LinearOp { pool, kernel }
    struct Pool { input, output, window }
    struct Convolution { input, output, kernel, stride, padding, groups }
    struct Stage { name, op, output, skip }
}

impl Stable for Augment {
    fn add_to(&self, digest: &mut Digest) {
        let Self { shift, flip, noise } = self;
        digest.add(&(shift, flip));
        // Networks without have the digests that they had before there was noise.
        if *noise != 0.0 {
            digest.add(noise);
        }
    }
}

impl Stable for Architecture {
    fn add_to(&self, digest: &mut Digest) {
        let Self {
            name,
            description,
            input,
            encoding,
            audio,
            frames,
            dataset,
            layers,
            neuron,
            threshold,
            leak,
            target,
            time_steps,
            training,
            own,
        } = self;
        digest.add(&((name, description), (input, encoding)));
        digest.add(frames);
        digest.add(&((dataset, layers), (neuron, threshold)));
        digest.add(&((leak, target), (time_steps, training)));
        digest.add(own);
        // Networks without have the digests that they had before there were front ends.
        if let Some(audio) = audio {
            digest.add(audio);
        }
    }
}

impl Stable for Kernel {
    fn add_to(&self, digest: &mut Digest) {
        match self {
            Self::Dense { inputs, outputs } => digest.add(&(0u8, (inputs, outputs))),
            Self::Conv(convolution) => digest.add(&(1u8, convolution)),
        }
    }
}

all_fields! {
    struct FoldedLayer { weight, bias, pruned }
    struct Folded { stages, layers, input, encoding, frames, full_scale, neuron, threshold, leak, half_start, target, own }
    struct QuantSpec { time_steps, weight_bits, membrane_bits, scale }
    enum Scale { 0 = Layer, 1 = Channel }
    struct Skip { layer, weight }
    struct QuantisedLayer { name, op, output, weight, bias, threshold, fraction_bits, skip, pruned }
    struct Layered {
        input, encoding, frames, full_scale, neuron, spec, layers, decay, half_start, target, output_scale, own_decays,
    }
}

all_fields! {
    enum Reset { 0 = Zero, 1 = Subtract }
    struct Params { model, reset, fraction_bits, membrane_bits, fires }
    enum After { 0 = Absolute, 1 = Linear, 2 = Keep, 3 = Fall }
    enum Below { 0 = Saturate, 1 = Reset }
    struct Traits { after, reset_potential, floor }
    enum Drive { 0 = EveryStep, 1 = Once, 2 = Host, 3 = OncePerFrame { steps } }
    struct Window { first, steps, ends }
    enum SynapseFormat { 0 = Dense, 1 = Sparse, 2 = Conv }
    struct NamedUnits { synapses, soma }
    struct Population { name, first, count, params, drive, window, source }
    struct HostEvent { step, act }
    enum HostAct {
        0 = TimeReference { neuron },
        1 = Spike { source },
        2 = Synapse { source, target },
        3 = Virtual { target, weight },
        4 = QueuedReference { neuron },
    }
}

impl Stable for Graph {
    fn add_to(&self, digest: &mut Digest) {
        let Self {
            populations,
            bias,
            threshold,
            start,
            traits,
            axons,
            rows_of,
            events,
            synapses,
            neurons_per_core,
            operations,
            units,
            order,
            whole,
            // Follows from the network before, the order and the chip.
            copy_of: _,
        } = self;
        digest.add(populations);
        [bias, threshold, start].into_iter().for_each(|values| digest.add(values));
        digest.add(traits);
        digest.add(axons);
        digest.add(rows_of);
        digest.add(events);
        digest.add(synapses);
        digest.add(neurons_per_core);
        digest.add(operations);
        digest.add(units);
        digest.add(order);
        digest.add(whole);
    }
}

impl Stable for Origin {
    fn add_to(&self, digest: &mut Digest) {
        // The network follows from the contents, and is the same wherever it is stored.
        let Self { file, arguments, contents: _ } = self;
        digest.add(&file.file_name().map(|name| name.to_string_lossy().into_owned()));
        digest.add(arguments);
    }
}

all_fields! {
    struct SparseNetwork { name, description, graph, time_steps, seed, notes, imported, samples }
}

impl Stable for TrainedMeta {
    fn add_to(&self, digest: &mut Digest) {
        // The data are the same wherever they are stored.
        let Self {
            dataset,
            data_folder: _,
            rule,
            seed,
            epoch,
            validation_accuracy,
            validation_mse,
            made_by,
            max_fan_in,
        } = self;
        digest.add(&(dataset, rule));
        digest.add(&(seed, epoch));
        digest.add(&(validation_accuracy, validation_mse));
        digest.add(&(made_by, max_fan_in));
    }
}

impl Stable for Trained {
    fn add_to(&self, digest: &mut Digest) {
        // A digest of the weights in the file does not change them.
        let Self { architecture, meta, folded, quantised, digested: _ } = self;
        digest.add(&(architecture, meta));
        digest.add(&(folded, quantised));
    }
}

impl Stable for Network {
    fn add_to(&self, digest: &mut Digest) {
        match self {
            Self::Untrained(architecture) => digest.add(&(0u8, architecture)),
            Self::Trained(trained) => digest.add(&(1u8, trained)),
            Self::Sparse(sparse) => digest.add(&(2u8, sparse)),
        }
    }
}
