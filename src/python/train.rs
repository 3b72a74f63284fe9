//! Trainings: options, data and a folder in, a network with its history out.

use crate::arrays::{kind, whole};
use crate::chip::chip_of;
use crate::data::{Samples, set_data};
use crate::errors::{to_py, wrong};
use crate::history::TrainHistory;
use crate::network::{Network, NetworkOf, workload_of};
use crate::watch::{Work, watched, with_partial};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use serde_json::{Value, json};
use spikemesh::net::architecture::{Activation, Loss};
use spikemesh::report::{ContentDigest, SourceKind};
use spikemesh::session::catalog::{self, Changed, DataOptions, NamedNetwork};
use spikemesh::session::{
    self, Error, GivenData, HISTORY_SCHEMA, HardwareSettings, StepRange, TrainFolder, TrainSettings, TrainTask,
    Unheard, epoch_json, to_train,
};
use spikemesh::threads::processors;
use spikemesh::train::{EpochReport, Learned, TrainEvent};
use spikemesh::{Watch, WorkloadOptions, net};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Samples of a training.
pub(crate) enum TrainingData {
    /// A data set by name or path; the network's own, if none is named.
    Named(Option<String>),
    /// Samples in memory to train with, and perhaps others to test.
    Given { train: Arc<GivenData>, test: Option<Arc<GivenData>> },
}

/// The data of a training, and the time of a step of recordings: a name or a path, samples to train with, or a pair of those and
/// of samples to test.
pub(crate) fn training_data(data: Option<&Bound<'_, PyAny>>) -> PyResult<(TrainingData, Option<u64>)> {
    let read = |data: Option<&Bound<'_, PyAny>>| -> PyResult<WorkloadOptions> {
        let mut options = WorkloadOptions::default();
        set_data(data, &mut options)?;
        Ok(options)
    };
    let is_part = |part: &Bound<'_, PyAny>| part.is_instance_of::<PyTuple>() || part.is_instance_of::<Samples>();
    let parts: Option<[Bound<'_, PyAny>; 2]> =
        data.filter(|data| data.is_instance_of::<PyTuple>()).and_then(|pair| pair.extract().ok());
    if let Some([one, other]) = parts.filter(|parts| parts.iter().all(is_part)) {
        let (train, test) = (read(Some(&one))?, read(Some(&other))?);
        let bin_us = train.folders.bin_us.or(test.folders.bin_us);
        return Ok((TrainingData::Given { train: train.given.unwrap_or_default(), test: test.given }, bin_us));
    }
    let options = read(data)?;
    Ok(match options.given {
        Some(train) => (TrainingData::Given { train, test: None }, options.folders.bin_us),
        None => (TrainingData::Named(options.data), None),
    })
}

/// Options by their names, of which those that are None are left out.
struct Options<'a, 'py>(&'a Bound<'py, PyDict>);

impl<'py> Options<'_, 'py> {
    fn given(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.0.get_item(name)?.filter(|value| !value.is_none()))
    }

    fn read<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl Fn(&Bound<'py, PyAny>) -> Option<T>,
    ) -> PyResult<Option<T>> {
        let Some(value) = self.given(name)? else { return Ok(None) };
        let wrong = || PyTypeError::new_err(format!("{name}: expected {expected}, found {}", kind(&value)));
        read(&value).map(Some).ok_or_else(wrong)
    }

    fn text(&self, name: &str) -> PyResult<Option<String>> {
        self.read(name, "a text", |value| Some(value.cast::<PyString>().ok()?.to_string()))
    }

    /// A whole number; ranges are checked with the training.
    fn whole(&self, name: &str) -> PyResult<Option<u32>> {
        Ok(whole(name, self.given(name)?.as_ref(), 0..=u32::MAX.into())?.map(|value| value as u32))
    }

    fn real(&self, name: &str) -> PyResult<Option<f64>> {
        self.read(name, "a number", |value| value.extract().ok())
    }

    fn flag(&self, name: &str) -> PyResult<Option<bool>> {
        self.read(name, "True or False", |value| value.extract().ok())
    }

    fn word<T: Copy>(&self, name: &str, (names, all): (&[&str], &[T])) -> PyResult<Option<T>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let found = names.iter().zip(all).find(|(known, _)| **known == text);
        found.map(|(_, one)| Some(*one)).ok_or_else(|| wrong(name, spikemesh::text::unknown(&text, names)))
    }

    /// Time steps: a number, a text as in `8..2`, or a pair of them.
    fn steps(&self) -> PyResult<Option<StepRange>> {
        let Some(value) = self.given("steps")? else { return Ok(None) };
        if let Ok((from, to)) = value.extract::<(u32, u32)>() {
            return Ok(Some(StepRange { from: Some(from), to }));
        }
        match value.cast::<PyString>() {
            Ok(text) => StepRange::parse(&text.to_cow()?).map(Some).map_err(|why| wrong("steps", why)),
            Err(_) => Ok(self.whole("steps")?.map(|to| StepRange { from: None, to })),
        }
    }

    /// The settings of a training.
    fn settings(&self) -> PyResult<TrainSettings> {
        let rule = self.text("rule")?.map(|name| session::rule(&name)).transpose().map_err(to_py)?;
        let schedule = self.text("schedule")?.map(|text| session::schedule(&text)).transpose();
        let learn = self.text("learn")?.map(|text| Learned::parse(&text)).transpose();
        Ok(TrainSettings {
            rule: rule.unwrap_or_default(),
            epochs: self.whole("epochs")?,
            stage_epochs: self.whole("stage_epochs")?,
            patience: self.whole("patience")?,
            batch: self.whole("batch")?,
            learning_rate: self.real("learning_rate")?,
            schedule: schedule.map_err(|why| wrong("schedule", why))?,
            weight_decay: self.real("weight_decay")?,
            dropout: self.real("dropout")?,
            loss: self.word("loss", (Loss::NAMES, Loss::ALL))?,
            shift: self.whole("shift")?,
            flip: self.flag("flip")?,
            input_noise: self.real("input_noise")?,
            activation: self.word("activation", (Activation::NAMES, Activation::ALL))?,
            steps: self.steps()?,
            anneal_epochs: self.whole("anneal_epochs")?,
            from_ann: self.flag("from_ann")?.unwrap_or(false),
            learn: learn.map_err(|why| wrong("learn", why))?,
            hardware: HardwareSettings {
                leak: self.real("leak")?,
                refractory: self.whole("refractory")?,
                weight_bits: self.whole("weight_bits")?,
                quantisation_aware: self.flag("quantisation_aware")?,
                weight_noise: self.real("weight_noise")?,
                max_fan_in: self.whole("max_fan_in")?,
                synops_weight: self.real("synops_weight")?,
                synops_budget: self.real("synops_budget")?,
            },
        })
    }
}

/// How a training is done.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct TrainEffort<'py> {
    fine_tune: bool,
    seed: Bound<'py, PyAny>,
    out: Option<PathBuf>,
    resume: bool,
    overwrite: bool,
    data_dir: Vec<PathBuf>,
    bin_us: Option<Bound<'py, PyAny>>,
    threads: Option<Bound<'py, PyAny>>,
}

/// The request for a training, which needs no interpreter any more.
struct Lesson<'l> {
    network: NetworkOf,
    data: TrainingData,
    folders: DataOptions,
    settings: TrainSettings,
    chip: Option<&'l Changed>,
    fine_tune: bool,
    effort: (u64, usize),
    out: Option<&'l Path>,
    resume: bool,
    overwrite: bool,
}

impl Lesson<'_> {
    fn learn(self, pupil: &Pupil<'_>) -> Result<(NamedNetwork, Value), Error> {
        let named = pupil.work.prepare(|| self.network.found(&WorkloadOptions::default()))??;
        let named = Arc::unwrap_or_clone(named);
        let digest =
            |what: SourceKind, name: &str, digest| ContentDigest { what: what.name(), name: name.into(), digest };
        let mut digests = vec![digest(SourceKind::Network, named.name(), named.digest)];
        digests.extend(self.chip.map(|chip| digest(SourceKind::Chip, chip.chip.name(), chip.digest)));
        let folder = self.out.map(|path| TrainFolder { path, resume: self.resume, overwrite: self.overwrite });
        let start = named.origin.as_ref().map(|origin| PathBuf::from(&origin.file)).filter(|_| self.fine_tune);
        if let (Some(folder), Some(start)) = (&folder, &start) {
            folder.keeps(start)?;
        }
        let (mut architecture, trained) = to_train(named.network, self.fine_tune)?;
        let (config, _) = self.settings.settle(self.chip.map(|chip| &chip.chip), &mut architecture, self.effort)?;
        let (steps, folders) = (config.time_steps, &self.folders);
        let (dataset, data_folder) = pupil.work.prepare(|| match &self.data {
            TrainingData::Named(name) => {
                catalog::data_to_train(&architecture, trained.as_ref(), name.as_ref(), folders, steps)
            }
            TrainingData::Given { train, test } => {
                Ok((train.to_train(test.as_deref(), &architecture, steps, folders.bin_us)?, None))
            }
        })??;
        digests.push(digest(SourceKind::Data, &dataset.name, dataset.digest));
        digests.sort_by(|a, b| (a.what, &a.name).cmp(&(b.what, &b.name)));
        pupil.begins(&architecture.name, &dataset.name, config.rule.name());
        let start = trained.filter(|_| self.fine_tune).map(|trained| trained.folded);
        let task = TrainTask {
            architecture: &architecture,
            dataset: &dataset,
            config: &config,
            start: start.as_ref(),
            data_folder,
            digests,
            folder,
        };
        let (trained, history) = task.run(&Unheard, pupil)?;
        Ok((NamedNetwork::in_memory(net::Network::Trained(Box::new(trained))), history))
    }
}

/// Follows a training: its epochs, and how far it is.
struct Pupil<'w> {
    work: &'w Work,
    known: &'w Mutex<Value>,
}

impl Pupil<'_> {
    fn begins(&self, network: &str, dataset: &str, rule: &str) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = json!({
            "schema": HISTORY_SCHEMA, "network": network, "dataset": dataset, "rule": rule, "chosen_epoch": null,
            "history": [],
        });
    }

    fn has_done(&self, report: &EpochReport) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(epochs) = known["history"].as_array_mut() {
            epochs.push(epoch_json(report));
        }
    }
}

impl Watch<TrainEvent> for Pupil<'_> {
    fn done(&self, count: u64) {
        Watch::<Infallible>::done(self.work, count);
    }

    fn event(&self, event: &TrainEvent) {
        match event {
            TrainEvent::Started(size) => {
                let epochs = size.epochs.saturating_sub(size.done);
                self.work.expect(size.batches * size.batch * u64::from(epochs));
            }
            TrainEvent::Epoch(report) | TrainEvent::Resumed(report) => self.has_done(report),
            _ => {}
        }
    }

    fn cancelled(&self) -> bool {
        Watch::<Infallible>::cancelled(self.work)
    }
}

/// Trains a network: what `spikemesh.learn.train` calls.
#[pyfunction]
#[pyo3(signature = (network, data, asked, for_chip, set, effort, progress, /))]
#[expect(clippy::too_many_arguments, reason = "they are groups of the options of a training")]
pub fn train_network<'py>(
    py: Python<'py>,
    network: &Bound<'py, PyAny>,
    data: Option<&Bound<'py, PyAny>>,
    asked: &Bound<'py, PyDict>,
    for_chip: Option<&Bound<'py, PyAny>>,
    set: Option<&Bound<'py, PyDict>>,
    effort: TrainEffort<'py>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, Network>> {
    let (data, bin_us) = training_data(data)?;
    if set.is_some_and(|set| !set.is_empty()) && for_chip.is_none() {
        return Err(PyValueError::new_err("set: changes values of the chip of for_chip, and there is none"));
    }
    if effort.resume && effort.out.is_none() {
        return Err(PyValueError::new_err("resume: continues the training in the folder out, and there is none"));
    }
    let chip = for_chip.map(|chip| chip_of(chip, set)).transpose()?;
    let bin_us = whole("bin_us", effort.bin_us.as_ref(), 1..=u64::from(u32::MAX))?.or(bin_us);
    let seed = whole("seed", Some(&effort.seed), 0..=i64::MAX as u64)?.unwrap_or(1);
    let threads = whole("threads", effort.threads.as_ref(), 1..=1024)?;
    let lesson = Lesson {
        network: workload_of(network)?,
        data,
        folders: DataOptions { folders: effort.data_dir, bin_us, ..DataOptions::default() },
        settings: Options(asked).settings()?,
        chip: chip.as_ref().map(|chip| &chip.get().found),
        fine_tune: effort.fine_tune,
        effort: (seed, threads.map_or_else(processors, |threads| threads as usize)),
        out: effort.out.as_deref(),
        resume: effort.resume,
        overwrite: effort.overwrite,
    };
    let (work, known) = (Work::default(), Mutex::new(Value::Null));
    let (done, ended) = watched(py, progress, &work, |work| lesson.learn(&Pupil { work, known: &known }))?;
    if let Some(ended) = ended {
        let known = known.into_inner().unwrap_or_else(PoisonError::into_inner);
        let partial = (!known.is_null()).then(|| Bound::new(py, TrainHistory::new(Arc::new(known))));
        return Err(with_partial(py, ended, partial.transpose()?.map(Bound::into_any)));
    }
    let (trained, history) = done.map_err(to_py)?;
    Bound::new(py, Network::trained(trained, history))
}
