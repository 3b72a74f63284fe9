//! Network files: `spikemesh.network/1` (layered, trained or not), and the choice of the format.
//!
//! A trained network is the same file plus a `trained` object, which names the weights file beside it.

mod layers;
mod trained;
mod write;

pub use write::layers_text;

use super::architecture::{
    self, Architecture, ByLayer, Firing, LayerSpec, MAX_LAYERS, MAX_TIME_STEPS, Shape, Target, TrainingProposal,
};
use super::beside::leads_out;
use super::deployed::{Deployed, LayeredNeuron, LayeredNeuronObject};
use super::graph::MAX_SYNAPSES;
use super::input::audio::AudioFields;
use super::input::{AudioFrontEnd, Encoding, FrameFields, Frames};
use super::network::{Network, TrainedMeta};
use super::quantised::{Folded, Layered, skips_need_bits};
use super::{sparse, weights};
use crate::files;
use crate::json::record::record;
use crate::json::schema::{add_rules, at, schema_of, value_type};
use crate::json::shape::{
    checked, constant, list, listed_last, nullable, of, optional, or, plain, text, whole, with, word,
};
use crate::json::{Cursor, Document, FileError, FileRecord, Object};
use layers::{LayerObject, LayerOfFile};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::io;
use std::path::Path;
use trained::TrainedFields;
use write::LAYERED;

/// Largest network file; longer edge lists go into a binary file beside it.
pub const MAX_FILE_BYTES: u64 = 2 << 20;

/// Source of the weights of a trained network.
#[derive(Clone, Copy)]
enum WeightsPlace<'a> {
    /// A file in this folder; `network.json` has its name.
    In(&'a Path),
    /// These bytes.
    Given(&'a [u8]),
}

/// Reads a network: a trained folder, any network file, or (by the caller's choice) an embedded text.
pub fn load(path: &Path) -> Result<Network, FileError> {
    let file = if path.is_dir() { path.join("network.json") } else { path.to_owned() };
    let document = Document::open(&file, MAX_FILE_BYTES)?.only_of(&["spikemesh.network", "spikemesh.sparse"])?;
    let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
    let stem = if path.is_dir() { path.file_name() } else { file.file_stem() };
    let name = stem.map_or("network".into(), |stem| stem.to_string_lossy().into_owned());
    read(document, &name, &folder)
}

/// Reads a parsed file of a trained network with the given weights.
pub fn read_with_weights(document: Document, name: &str, weights: &[u8]) -> Result<Network, FileError> {
    let network = read_layered(&document, name, WeightsPlace::Given(weights));
    document.finish(network)
}

/// Reads a parsed network file; `folder` has the files of weights and edges.
pub fn read(document: Document, name: &str, folder: &Path) -> Result<Network, FileError> {
    let formats = [LAYERED, sparse::FORMAT];
    let format = document.root().entries().and_then(|fields| {
        let found = fields.into_iter().find(|(name, _)| *name == "format");
        if found.is_none() {
            document.problem("format", format!("missing; allowed: {}", formats.join(", ")));
        }
        found?.1.choice(&formats)
    });
    match format {
        Some(0) => {
            let network = read_layered(&document, name, WeightsPlace::In(folder));
            document.finish(network)
        }
        Some(_) => {
            let network = sparse::read(&document, name, folder);
            document.finish(network.map(|n| Network::Sparse(Box::new(n))))
        }
        None => document.finish(None),
    }
}

/// The JSON Schema of layered networks, trained ones too.
pub fn layered_schema() -> Value {
    schema_of::<LayeredFile>()
}

record! {
    /// # Layered network of Spikemesh
    ///
    /// Layers of integrate-and-fire neurons with batch norm between them, as they are trained; with "trained", as they came out
    /// of it.
    struct LayeredFile as "Network" {
        /// The schema against which an editor checks the file, as in "schema/network.json"; no reader uses it.
        schema as "$schema": Option<String> = listed_last(optional(text()));
        /// The format of this file.
        format: () = constant(LAYERED);
        /// One sentence for people.
        description: String = text();
        /// The data set that it is for, as in "digits" or "fashion-mnist".
        dataset: String = text();
        /// What it reads.
        input: LayeredInput = of::<InputFields, _>();
        /// Layers from the input on, 1 to 64; the last one's outputs are the classes, with the target "input" the sample, and with "given" the
        /// numbers that come with it.
        layers: Vec<LayerOfFile> = list(plain::<LayerObject, _, _>(LayerObject::read), 1..=MAX_LAYERS);
        /// The neuron of all layers that have none of their own.
        neuron: LayeredNeuron = plain::<LayeredNeuronObject, _, _>(LayeredNeuronObject::read);
        /// What it learns to give: "label" (the class of a sample), "input" (the sample itself, each value divided by the full
        /// scale) or "given" (numbers of 0 to 1 that come with the sample, one for each output).
        target: Target = or(word(), Target::Label, Target::Label.name());
        /// Time steps of an inference, 1 to 4,096.
        time_steps: u32 = whole(1..=MAX_TIME_STEPS);
        /// How it is trained where the command line says nothing else.
        // An unreadable target causes no problem with the loss.
        training: Option<Option<TrainingProposal>> = with(target.unwrap_or_default(), optional(nullable(of::<TrainingProposal, _>())));
        /// How it was trained; the weights are in a file beside this one. Written by `spikemesh train`.
        trained: Option<Option<TrainedFields>> = optional(nullable(of::<TrainedFields, _>()));
        /// Whether layers fit together, which is checked whatever else is wrong.
        fit: () = checked(|object, _| check_layers(object, input?, layers.as_ref()?, target));
        /// Whether layers' own neurons suit the network's.
        own: ByLayer<Firing> = checked(|object, _| own_neurons(object, neuron?, layers.as_ref()?));
    }
    rules of_neuron;
}

/// Neurons that let only spikes in and out read spikes, and learn classes.
fn of_neuron(schema: &mut Schema) {
    let spikes = [Encoding::Rate.name(), Encoding::Spikes.name()];
    let input = json!({"required": ["encoding"], "properties": {"encoding": {"enum": spikes}}});
    let rule = json!({
        "if": at(&["neuron", "model"], json!({"enum": Deployed::spiking_models()})),
        "then": {"properties": {"input": input, "target": {"enum": [Target::Label.name()]}}},
    });
    add_rules(schema, [rule]);
}

record! {
    /// What the network reads.
    struct InputFields as "Input" {
        /// Channels, rows and columns, 1 to 4,096 each. Example: [1, 28, 28].
        shape: Shape = plain::<Sides, _, _>(read_shape);
        /// How samples come in: "direct" (values; the first layer encodes them, off the chip, as a current that is the same in
        /// every step) or "spikes" (spike trains, as of an event camera, which come to the chip as packets).
        encoding: Encoding = or(word(), Encoding::Direct, Encoding::Direct.name());
        /// How the host makes samples of recordings of sound, where the data are such: rows are frames, columns their values.
        /// With "frames" a sample is all frames of a recording, and rows are a frame with its neighbours.
        audio: Option<AudioFields> = optional(of::<AudioFields, _>());
        /// Samples are sequences of frames of that shape; a sample is one without it.
        frames: Option<(Frames, Option<u32>)> = optional(of::<FrameFields, _>());
    }
    check |read: Self, object: &Object<'_>, _| read.checked(object) => LayeredInput;
}

/// What a layered network reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LayeredInput {
    shape: Shape,
    encoding: Encoding,
    audio: Option<AudioFrontEnd>,
    frames: Frames,
    /// Steps of a frame, where they are given.
    frame_steps: Option<u32>,
}

impl InputFields {
    fn checked(self, object: &Object<'_>) -> Option<LayeredInput> {
        let Self { shape, encoding, audio, frames } = self;
        let (frames, frame_steps) = frames.unwrap_or_default();
        if frames.are_sequences() && encoding.reads_trains() {
            let (direct, rate) = (Encoding::Direct.name(), Encoding::Rate.name());
            let message = format!("a sequence of {}, expected \"encoding\" {direct} or {rate}", encoding.reads());
            object.get("frames")?.problem(message);
            return None;
        }
        if audio.is_some() && encoding.reads_trains() {
            let (found, direct, rate) = (encoding.name(), Encoding::Direct.name(), Encoding::Rate.name());
            let message = format!("found {found}, expected {direct} or {rate}: an audio front end gives values");
            object.get("encoding")?.problem(message);
            return None;
        }
        let audio = match audio {
            None => None,
            Some(fields) => Some(AudioFrontEnd::of_fields(&fields, (shape, frames.are_sequences()), object)?),
        };
        Some(LayeredInput { shape, encoding, audio, frames, frame_steps })
    }
}

/// Most channels, rows or columns of an input.
const MAX_SIDE: u32 = 4096;

fn read_shape(shape: &Cursor<'_>) -> Option<Shape> {
    let sizes = shape.list(3..=3)?;
    let sizes: Vec<_> = sizes.iter().map(|c| c.unsigned(1..=MAX_SIDE)).collect();
    let shape_value = Shape { channels: sizes[0]?, height: sizes[1]?, width: sizes[2]? };
    if shape_value.neurons() > u64::from(architecture::MAX_NEURONS_PER_LAYER) {
        shape.problem(format!("{} values; at most {}", shape_value.neurons(), architecture::MAX_NEURONS_PER_LAYER));
        return None;
    }
    Some(shape_value)
}

value_type!(Sides, inline: true, {
    let side = json_schema!({"type": "integer", "minimum": 1, "maximum": MAX_SIDE});
    json_schema!({"type": "array", "prefixItems": [side, side, side], "minItems": 3, "maxItems": 3})
});

fn read_layered(document: &Document, name: &str, place: WeightsPlace<'_>) -> Option<Network> {
    let LayeredFile { description, dataset, input, layers, neuron, target, time_steps, training, trained, own, .. } =
        LayeredFile::read(&document.root(), ())?;
    let layers = layers.into_iter().map(|(layer, _)| layer).collect();
    let LayeredInput { shape: input, encoding, audio, frames, frame_steps } = input;
    let sound = check_neuron(document, neuron.neuron, encoding, target);
    check_frames(document, (frames, frame_steps), target, time_steps)?;
    sound?;
    let architecture = Architecture {
        name: name.to_owned(),
        description,
        input,
        encoding,
        audio,
        frames,
        dataset,
        layers,
        neuron: neuron.neuron,
        threshold: neuron.threshold,
        leak: neuron.leak,
        own,
        target,
        time_steps,
        training: training.flatten().unwrap_or_else(|| TrainingProposal::of(target)),
    };
    match trained.flatten() {
        None => Some(Network::Untrained(architecture)),
        Some(trained) => read_trained(document, architecture, &trained, place),
    }
}

/// Checks that what comes in and what is learned suit the neuron of a chip.
fn check_neuron(document: &Document, neuron: Deployed, encoding: Encoding, target: Target) -> Option<()> {
    if !neuron.outputs_spike() {
        return Some(());
    }
    let (name, mut sound) = (neuron.describe(), true);
    if encoding.is_off_chip() {
        let (found, rate, spikes) = (encoding.name(), Encoding::Rate.name(), Encoding::Spikes.name());
        let message = format!("found {found}, expected {rate} or {spikes}: {name} takes no currents from the host");
        document.problem("input.encoding", message);
        sound = false;
    }
    if !target.has_classes() {
        let (found, label) = (target.name(), Target::Label.name());
        let message = format!("found {found}, expected {label}: outputs of {name} are numbers of spikes");
        document.problem("target", message);
        sound = false;
    }
    sound.then_some(())
}

/// Checks that frames are shown for the steps of the network, and are not what it learns to give.
fn check_frames(
    document: &Document,
    (frames, steps): (Frames, Option<u32>),
    target: Target,
    time_steps: u32,
) -> Option<()> {
    let mut sound = true;
    if let Some(found) = steps.filter(|found| *found != time_steps) {
        let message = format!("found {found}, expected time_steps of the network: {time_steps}");
        document.problem("input.frames.steps", message);
        sound = false;
    }
    if frames.are_sequences() && !target.has_classes() {
        let (found, label) = (target.name(), Target::Label.name());
        document.problem("target", format!("found {found}, expected {label}: samples are sequences of frames"));
        sound = false;
    }
    sound.then_some(())
}

/// The network with its weights.
fn read_trained(
    document: &Document,
    architecture: Architecture,
    trained: &TrainedFields,
    place: WeightsPlace<'_>,
) -> Option<Network> {
    let TrainedFields { full_scale, half_start, .. } = *trained;
    let (spec, meta, sha256) = (trained.spec(), trained.meta(), trained.weights_sha256.as_deref());
    if architecture.encoding.reads_trains() && full_scale != 1 {
        document
            .problem("trained.full_scale", format!("found {full_scale}, expected 1: spikes come in, and have no size"));
        return None;
    }
    if spec.time_steps != architecture.time_steps {
        let (found, expected) = (spec.time_steps, architecture.time_steps);
        document
            .problem("trained.time_steps", format!("found {found}, expected time_steps of the network: {expected}"));
        return None;
    }
    if let Err(message) = skips_need_bits(&architecture.stages(), spec.weight_bits) {
        document.problem("trained.weight_bits", message);
        return None;
    }
    let made = weights::WeightsMeta { spec, full_scale, half_start, max_fan_in: meta.max_fan_in, sha256 };
    let (path, loaded) = match place {
        WeightsPlace::In(folder) => {
            let path = folder.join(&trained.weights);
            if leads_out(folder, &path) {
                document.problem("trained.weights", format!("{}: a link that leads out of its folder", path.display()));
                return None;
            }
            let loaded = weights::load(&path, &architecture, made);
            (path, loaded)
        }
        WeightsPlace::Given(bytes) => (trained.weights.clone().into(), weights::read(bytes, &architecture, made)),
    };
    match loaded {
        Ok((folded, quantised)) => {
            let digested = sha256.is_some();
            Some(Network::Trained(Box::new(super::network::Trained {
                architecture,
                meta,
                folded,
                quantised,
                digested,
            })))
        }
        Err(problems) => {
            for problem in problems {
                document.problem("trained.weights", format!("{}: {problem}", path.display()));
            }
            None
        }
    }
}

/// Checks that the layers fit together and fit the training target.
fn check_layers(
    root: &Object<'_>,
    LayeredInput { shape: input, encoding, .. }: LayeredInput,
    layers: &[LayerOfFile],
    target: Option<Target>,
) -> Option<()> {
    let problem = |field: &str, message: String| root.get(field).map_or((), |cursor| cursor.problem(message));
    let specs: Vec<LayerSpec> = layers.iter().map(|(layer, _)| layer.clone()).collect();
    let stages = match architecture::stages(input, &specs) {
        Ok(stages) => stages,
        Err(errors) => {
            let list = root.get("layers")?.list(1..=MAX_LAYERS)?;
            errors.into_iter().for_each(|error| list[error.layer].problem(error.message));
            return None;
        }
    };
    let (outputs, inputs) = (stages.last()?.output.neurons(), input.neurons());
    if encoding.reads_trains() && target == Some(Target::Input) {
        let name = encoding.name();
        problem(
            "target",
            format!("\"input\" needs an input of values, and input.encoding is \"{name}\"; use \"label\" or \"given\""),
        );
        return None;
    }
    // The first layer's synapses are on the chip too.
    let synapses: u64 = stages.iter().map(|stage| stage.op.synapses()).sum();
    if !encoding.is_off_chip() && synapses > MAX_SYNAPSES {
        problem("layers", format!("{synapses} synapses; a network has at most {MAX_SYNAPSES}"));
        return None;
    }
    if target == Some(Target::Input) && outputs != inputs {
        let message =
            format!("\"input\" needs as many outputs as the input has values, {inputs}, and there are {outputs}");
        problem("target", message);
        return None;
    }
    Some(())
}

/// Thresholds and leaks of the layers that have their own neuron, by weighted layer.
fn own_neurons(root: &Object<'_>, common: LayeredNeuron, layers: &[LayerOfFile]) -> Option<ByLayer<Firing>> {
    let list = root.get("layers")?.list(1..=MAX_LAYERS)?;
    let (mut own, mut sound) = (ByLayer::default(), true);
    let weighted = layers.iter().zip(&list).filter(|((layer, _), _)| layer.is_weighted());
    let last = weighted.clone().count().saturating_sub(1);
    for (index, ((_, neuron), place)) in weighted.enumerate() {
        let Some(LayeredNeuron { neuron, threshold, leak }) = *neuron else { continue };
        let place = place.field("neuron")?;
        if neuron != common.neuron {
            let (found, expected) = (neuron.describe(), common.neuron.describe());
            place.problem(format!("found {found}, expected the neuron of the network: {expected}"));
        } else if index == last && !neuron.outputs_spike() {
            place.problem("the output layer integrates without firing, and has no threshold and no leak");
        } else {
            own.set(index, Firing { threshold, leak });
            continue;
        }
        sound = false;
    }
    sound.then_some(own)
}

/// The file of a network that is not trained, as [`read`] takes it.
pub fn untrained_text(architecture: &Architecture) -> String {
    format!("{:#}\n", write::describe_untrained(architecture))
}

/// Writes `network.json` and `weights.safetensors` into a folder, each atomically. The first has the digest of the
/// second, so [`read`] refuses a pair from different saves.
pub fn save_trained(
    folder: &Path,
    architecture: &Architecture,
    meta: &TrainedMeta,
    folded: &Folded,
    quantised: &Layered,
) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let weights = weights::bytes(folded, quantised)?;
    let value = write::describe(architecture, meta, folded, quantised, &files::digest(&weights));
    let text = serde_json::to_string_pretty(&value).map_err(io::Error::other)?;
    let network = ("network.json".to_owned(), (text + "\n").into_bytes());
    files::write_together(folder, &[network, (write::WEIGHTS.to_owned(), weights)])
}
