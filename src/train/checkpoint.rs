//! State of a training after an epoch, in one file, from which it continues as if it had never stopped.
//!
//! In the later stages of a rule it is written when a stage ends; the stage determines which layers spike.
//!
//! A safetensors file. Its text field `spikemesh` is a digest of the text after it, and a JSON object: the format, the
//! settings of the training, Adam's steps, the history, the best epoch and a digest of the tensors' values. Its
//! tensors, all f32: `parameter.N.value`, `.first` and `.second` (Adam's moments) in the order of the network,
//! `norm.N.mean` and `.variance` (running statistics of hidden layer N), `kept.N` if a limit on the fan-in has removed
//! weights of layer N, and `best.N.weight` and `best.N.bias` (the folded stage N); for the surrogate rule `best.N.neurons`
//! (its threshold and leak). Only the text is left in the end.

use super::network::TrainNetwork;
use super::progress::{Best, Progress};
use super::tandem::Trainer;
use super::{EpochReport, REVISION, TrainError, TrainJob};
use crate::digest;
use crate::files::write_atomically;
use crate::net::architecture::{Architecture, Firing, MAX_TIME_STEPS};
use crate::net::layers_text;
use crate::net::quantised::{Folded, FoldedLayer};
use crate::rng::mix;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

#[cfg(test)]
mod tests;

const FORMAT: &str = "spikemesh.checkpoint/2";
const FIELD: &str = "spikemesh";
/// Most bytes of the text, and the most that each epoch adds to it.
const HEADER_BYTES: u64 = 1 << 20;
const EPOCH_BYTES: u64 = 1 << 10;

/// A setting on which a training depends: its name and its value.
pub(super) type Setting = (String, String);

/// The text of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CheckpointHeader {
    format: String,
    settings: Vec<Setting>,
    /// Epochs of the whole training.
    epochs: u32,
    finished: bool,
    adam_steps: i32,
    best_epoch: u32,
    history: Vec<EpochReport>,
    /// Digest of the values of all tensors.
    values: u64,
    /// Start of the training; not needed once it is finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started: Option<Started>,
}

/// Start of a training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// The command that continues it, for a shell.
    pub command: String,
    /// The folder in which it was given.
    pub folder: String,
}

/// Progress of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Finished epochs.
    pub done: u32,
    /// Epochs of the whole training.
    pub epochs: u32,
    /// Whether the network was written, and nothing is left to do.
    pub finished: bool,
    /// Start of the training, if known.
    pub started: Option<Started>,
}

/// Everything on which a training's result depends; threads change nothing and are left out.
pub(super) fn settings(job: &TrainJob<'_>) -> Vec<Setting> {
    let TrainJob { architecture, dataset, config, start, checkpoint: _, started: _, resume: _ } = job;
    // Descriptions and proposals of a file are no settings: the configuration contains the proposals.
    let Architecture {
        name: _,
        description: _,
        input,
        encoding,
        audio,
        // Whether samples are sequences is in the digest of the data.
        frames: _,
        dataset: _,
        layers,
        neuron,
        threshold,
        leak,
        own,
        target,
        time_steps: _,
        training: _,
    } = architecture;
    let mut settings = Vec::new();
    let mut add = |name: &str, value: String| settings.push((name.to_owned(), value));
    add("program", format!("{} (trainer {REVISION})", env!("CARGO_PKG_VERSION")));
    add("input", input.to_string());
    add("encoding", encoding.reads().to_owned());
    if let Some(audio) = audio {
        add("audio front end", format!("{:016x}", digest::of("spikemesh.audio/1", audio)));
    }
    add("layers", layers_text(layers));
    add("neuron", neuron.describe());
    add("threshold", threshold.to_string());
    add("leak", leak.to_string());
    for (layer, Firing { threshold, leak }) in own.iter() {
        add(&format!("neurons of layer {}", layer + 1), format!("threshold {threshold}, leak {leak}"));
    }
    add("target", target.name().to_owned());
    add("data set", dataset.name.clone());
    add("contents of the data set", format!("{:016x}", dataset.digest));
    let start = start.map(|folded| format!("of a network, {:016x}", digest::of("spikemesh.folded/1", folded)));
    add("first weights", start.unwrap_or_else(|| "drawn".into()));
    config.texts().for_each(|(name, value)| add(name, value));
    settings
}

fn digest_of(first: u64, values: &[f32]) -> u64 {
    values.iter().fold(mix(first ^ values.len() as u64), |digest, value| mix(digest ^ u64::from(value.to_bits())))
}

fn digest_of_text(text: &str) -> u64 {
    text.bytes().fold(0, |digest, byte| mix(digest ^ u64::from(byte)))
}

/// Progress of the training of a checkpoint, whatever its settings.
pub fn standing(path: &Path) -> Result<Standing, TrainError> {
    let header = header(path).map_err(|problem| damaged(path, problem))?;
    Ok(header.standing())
}

impl CheckpointHeader {
    fn standing(self) -> Standing {
        let Self { epochs, finished, history, started, .. } = self;
        Standing { done: history.len() as u32, epochs, finished, started }
    }
}

impl TrainJob<'_> {
    /// Progress of this training's checkpoint; an error if it belongs to another.
    pub fn standing(&self, path: &Path) -> Result<Standing, TrainError> {
        let header = header(path).map_err(|problem| damaged(path, problem))?;
        Checkpoint::new(path, settings(self)).compare(&header)?;
        Ok(header.standing())
    }

    /// Marks the checkpoint as written, and keeps only that and the history.
    pub fn finish(&self, path: &Path) -> Result<(), TrainError> {
        let header = header(path).map_err(|problem| damaged(path, problem))?;
        write(path, &CheckpointHeader { finished: true, started: None, ..header }, Vec::new())
            .map_err(|error| unwritable(path, &error))
    }
}

pub(super) struct Checkpoint<'a> {
    path: &'a Path,
    settings: Vec<Setting>,
    started: Option<&'a Started>,
}

impl<'a> Checkpoint<'a> {
    pub(super) fn new(path: &'a Path, settings: Vec<Setting>) -> Self {
        Self { path, settings, started: None }
    }

    /// Sets how the training was started.
    pub(super) fn started(self, started: Option<&'a Started>) -> Self {
        Self { started, ..self }
    }

    /// Writes the state of the training; a reader sees the previous file or this one.
    pub(super) fn save(&self, trainer: &mut Trainer<'_>, progress: &Progress) -> Result<(), TrainError> {
        let mut values_digest = 0;
        let mut tensors = Vec::new();
        let mut add = |name: String, values: &[f32]| {
            values_digest = digest_of(values_digest, values);
            tensors.push((name, bytes_of(values)));
            Ok(())
        };
        let state = each_state(trainer, |name, values| add(name, values));
        state.map_err(|problem| damaged(self.path, problem))?;
        for (i, layer) in progress.best.iter().flat_map(|best| best.folded.layers.iter().enumerate()) {
            let best = add(format!("best.{i}.weight"), &layer.weight);
            best.and_then(|()| add(format!("best.{i}.bias"), &layer.bias)).map_err(|p| damaged(self.path, p))?;
        }
        if trainer.network.stepwise {
            for (i, firing) in progress.best.iter().flat_map(|best| best.folded.own.iter()) {
                add(format!("best.{i}.neurons"), &[firing.threshold as f32, firing.leak as f32])
                    .map_err(|problem| damaged(self.path, problem))?;
            }
        }
        let header = CheckpointHeader {
            format: FORMAT.to_owned(),
            settings: self.settings.clone(),
            epochs: trainer.config.total_epochs(trainer.architecture),
            finished: false,
            adam_steps: trainer.adam.steps,
            best_epoch: progress.best.as_ref().map_or(0, |best| best.epoch),
            history: progress.history.clone(),
            values: values_digest,
            started: self.started.cloned(),
        };
        write(self.path, &header, tensors).map_err(|error| unwritable(self.path, &error))
    }

    /// Restores the state of the training in a new trainer.
    pub(super) fn load(&self, trainer: &mut Trainer<'_>) -> Result<Progress, TrainError> {
        let header = header(self.path).map_err(|problem| damaged(self.path, problem))?;
        self.compare(&header)?;
        self.restore(trainer, header).map_err(|problem| damaged(self.path, problem))
    }

    /// Refuses a checkpoint with other settings, and names them.
    fn compare(&self, header: &CheckpointHeader) -> Result<(), TrainError> {
        let value = |settings: &[Setting], name: &str| {
            settings.iter().find(|(known, _)| known == name).map_or("nothing".to_owned(), |(_, value)| value.clone())
        };
        let names = self.settings.iter().chain(&header.settings).map(|(name, _)| name.as_str());
        let mut differences = Vec::new();
        for name in names {
            let (found, expected) = (value(&header.settings, name), value(&self.settings, name));
            let text = format!("{name}: found {found}, expected {expected}{}", hint(name));
            if found != expected && !differences.contains(&text) {
                differences.push(text);
            }
        }
        match differences.is_empty() {
            true => Ok(()),
            false => Err(TrainError::OtherSettings { path: self.path.display().to_string(), differences }),
        }
    }

    fn restore(&self, trainer: &mut Trainer<'_>, header: CheckpointHeader) -> Result<Progress, String> {
        if header.finished {
            return Err("this training is finished; there is nothing to go on with".into());
        }
        let done = header.history.len() as u32;
        let total = trainer.config.total_epochs(trainer.architecture);
        let stretch = header.history.last().filter(|_| done <= total);
        let stretch = stretch.ok_or_else(|| format!("found {done} epochs, of {total} at most"))?;
        let (time_steps, stage) = (stretch.time_steps, stretch.stage);
        if time_steps == 0 || time_steps > MAX_TIME_STEPS {
            return Err(format!("found {time_steps} time steps, allowed: 1 to {MAX_TIME_STEPS}"));
        }
        // The best epoch belongs to the current phase or stage.
        let earlier = header.history.iter().rposition(|r| (r.time_steps, r.stage) != (time_steps, stage));
        let first = earlier.map_or(1, |index| index as u32 + 2);
        if header.history.iter().zip(1..).any(|(report, epoch)| report.epoch != epoch) {
            return Err("the epochs of its history are out of order".into());
        }
        if !(first..=done).contains(&header.best_epoch) {
            return Err(format!("found {} as its best epoch, allowed: {first} to {done}", header.best_epoch));
        }
        trainer.enter_stage(stage);
        let bytes = self.read(trainer)?;
        let file = SafeTensors::deserialize(&bytes).map_err(|error| format!("damaged: {error}"))?;
        for (i, (kept, weights)) in kept_of(trainer).enumerate() {
            *kept = file.tensor(&format!("kept.{i}")).is_ok().then(|| vec![0.0; weights]);
        }
        let (mut names, mut values_digest) = (0, 0);
        each_state(trainer, |name, values| {
            names += 1;
            let least = if name.ends_with(".second") || name.ends_with(".variance") { 0.0 } else { f32::NEG_INFINITY };
            read_into(&file, &name, values, least)?;
            values_digest = digest_of(values_digest, values);
            Ok(())
        })?;
        let folded = best(&file, trainer)?;
        for layer in &folded.layers {
            values_digest = digest_of(digest_of(values_digest, &layer.weight), &layer.bias);
        }
        if trainer.network.stepwise {
            for (_, firing) in folded.own.iter() {
                values_digest = digest_of(values_digest, &[firing.threshold as f32, firing.leak as f32]);
                names += 1;
            }
        }
        if values_digest != header.values {
            return Err("damaged: its values are not those that were written".into());
        }
        names += 2 * folded.layers.len();
        if file.len() != names {
            return Err(format!("found {} tensors, expected {names}", file.len()));
        }
        trainer.adam.steps = header.adam_steps.max(0);
        trainer.network.steps = time_steps as usize;
        let quantised = folded.quantise(trainer.config.spec(time_steps));
        let best = Some(Best { epoch: header.best_epoch, folded, quantised });
        Ok(Progress { history: header.history, best })
    }

    /// The whole file, unless it is larger than this training's can be.
    fn read(&self, trainer: &mut Trainer<'_>) -> Result<Vec<u8>, String> {
        let mut values = 0;
        each_state(trainer, |_, state| {
            values += state.len() as u64;
            Ok(())
        })?;
        // The best epoch's values and the masks of weights take at most a third each; the text grows with the epochs.
        let epochs = u64::from(trainer.config.total_epochs(trainer.architecture));
        let most = 8 * values + HEADER_BYTES + EPOCH_BYTES * epochs;
        let file = File::open(self.path).map_err(|error| format!("cannot be read: {error}"))?;
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
        match bytes.len() as u64 > most {
            true => Err(format!("more than {most} bytes, the most that a checkpoint of this training has")),
            false => Ok(bytes),
        }
    }
}

/// Why a setting cannot be changed, for settings that users may try to change.
fn hint(name: &str) -> &'static str {
    match name {
        "epochs" => {
            " (the learning rate of every epoch depends on it: to train a network for longer, start a training from its weights)"
        }
        _ => "",
    }
}

/// Visits all state of a training that changes from batch to batch, by the name of its tensor.
fn each_state(
    trainer: &mut Trainer<'_>,
    mut visit: impl FnMut(String, &mut Vec<f32>) -> Result<(), String>,
) -> Result<(), String> {
    for (i, parameter) in trainer.network.all_parameters().enumerate() {
        visit(format!("parameter.{i}.value"), &mut parameter.value)?;
        let [first, second] = &mut parameter.moments;
        visit(format!("parameter.{i}.first"), first)?;
        visit(format!("parameter.{i}.second"), second)?;
    }
    for (i, layer) in trainer.network.hidden.iter_mut().enumerate() {
        visit(format!("norm.{i}.mean"), &mut layer.norm.running_mean)?;
        visit(format!("norm.{i}.variance"), &mut layer.norm.running_variance)?;
    }
    for (i, (kept, _)) in kept_of(trainer).enumerate() {
        if let Some(kept) = kept {
            visit(format!("kept.{i}"), kept)?;
        }
    }
    Ok(())
}

/// Mask of the weights that a limit on the fan-in has kept in each layer, if there is one, and the number of weights.
fn kept_of<'t>(trainer: &'t mut Trainer<'_>) -> impl Iterator<Item = (&'t mut Option<Vec<f32>>, usize)> {
    let TrainNetwork { hidden, output, .. } = &mut trainer.network;
    let hidden = hidden.iter_mut().map(|layer| (&mut layer.kept, layer.weight.value.len()));
    hidden.chain([(&mut output.kept, output.weight.value.len())])
}

fn best(file: &SafeTensors<'_>, trainer: &Trainer<'_>) -> Result<Folded, String> {
    // All but the values is the same in all epochs.
    let stages = trainer.architecture.stages();
    let mut folded = trainer.network.fold(trainer.architecture, stages, trainer.dataset.full_scale);
    for (i, FoldedLayer { weight, bias, .. }) in folded.layers.iter_mut().enumerate() {
        read_into(file, &format!("best.{i}.weight"), weight, f32::NEG_INFINITY)?;
        read_into(file, &format!("best.{i}.bias"), bias, f32::NEG_INFINITY)?;
    }
    if trainer.network.stepwise {
        for (i, _) in folded.own.clone().iter() {
            let mut values = [0.0; 2];
            read_into(file, &format!("best.{i}.neurons"), &mut values, 0.0)?;
            folded.own.set(i, Firing { threshold: values[0].into(), leak: values[1].into() });
        }
    }
    Ok(folded)
}

fn read_into(file: &SafeTensors<'_>, name: &str, values: &mut [f32], least: f32) -> Result<(), String> {
    let tensor = file.tensor(name).map_err(|_| format!("tensor {name} is missing"))?;
    let (dtype, len) = (tensor.dtype(), tensor.shape().iter().product::<usize>());
    if dtype != Dtype::F32 || len != values.len() {
        return Err(format!("tensor {name} is {len} x {dtype:?}, expected {} x F32", values.len()));
    }
    for (value, bytes) in values.iter_mut().zip(tensor.data().as_chunks().0) {
        *value = f32::from_le_bytes(*bytes);
    }
    match values.iter().position(|value| !value.is_finite() || *value < least) {
        Some(index) => Err(format!("tensor {name}: value {index} is out of range or not finite")),
        None => Ok(()),
    }
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn write(path: &Path, header: &CheckpointHeader, tensors: Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let text = serde_json::to_string(header).map_err(io::Error::other)?;
    let text = format!("{:016x} {text}", digest_of_text(&text));
    let mut views = Vec::new();
    for (name, bytes) in &tensors {
        let view = TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes).map_err(io::Error::other)?;
        views.push((name, view));
    }
    let fields = [(FIELD.to_owned(), text)].into_iter().collect();
    write_atomically(path, &safetensors::serialize(views, Some(fields)).map_err(io::Error::other)?)
}

/// The relevant part of a safetensors header.
#[derive(Deserialize)]
struct Outer {
    __metadata__: TextFields,
}

#[derive(Deserialize)]
struct TextFields {
    spikemesh: String,
}

/// Reads only the text of a checkpoint.
fn header(path: &Path) -> Result<CheckpointHeader, String> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => "damaged: it ends too early".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    if path.metadata().is_ok_and(|meta| !meta.is_file()) {
        return Err("not a regular file".into());
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(unreadable)?;
    let length = u64::from_le_bytes(length);
    // The names of the tensors are in the header, too.
    let most = 2 * HEADER_BYTES + EPOCH_BYTES * u64::from(super::config::MAX_EPOCHS);
    if length > most {
        return Err("damaged, or not a checkpoint of a training".into());
    }
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 != length {
        return Err("damaged: it ends too early".into());
    }
    let Outer { __metadata__: TextFields { spikemesh } } =
        serde_json::from_slice(&bytes).map_err(|error| format!("not a checkpoint of a training: {error}"))?;
    let (digest, text) = spikemesh.split_once(' ').unwrap_or_default();
    if digest != format!("{:016x}", digest_of_text(text)) {
        return Err("damaged: its text is not what was written".into());
    }
    let header: CheckpointHeader = serde_json::from_str(text).map_err(|error| format!("damaged: {error}"))?;
    match header.format == FORMAT {
        true => Ok(header),
        false => Err(format!("format: found \"{}\", allowed: {FORMAT}", header.format)),
    }
}

fn damaged(path: &Path, problem: String) -> TrainError {
    TrainError::Checkpoint { path: path.display().to_string(), problem }
}

fn unwritable(path: &Path, error: &io::Error) -> TrainError {
    damaged(path, format!("cannot be written: {error}"))
}
