//! Trainings that stop and resume, and checkpoints that are damaged or belong to others.

use super::settings;
use crate::data::{self, Dataset};
use crate::digest;
use crate::net::Architecture;
use crate::net::architecture::{Activation, Augment, LayerSpec, Loss, Schedule, Shape, Target};
use crate::net::input::Encoding;
use crate::progress::Watch;
use crate::rng::{self, Domain};
use crate::train::tests::digits_mlp;
use crate::train::{
    Anneal, Config, EpochReport, Rule, TrainError, TrainEvent, TrainJob, TrainOutcome, TrainingSize, Unwatched,
    standing,
};
use rand::Rng;
use std::path::Path;
use std::sync::Mutex;

/// Stops a training after some batches, and records where it began and what was kept.
#[derive(Default)]
struct StopAndRecord {
    batches: usize,
    events: Mutex<Vec<TrainEvent>>,
}

impl StopAndRecord {
    fn after(batches: usize) -> Self {
        Self { batches, ..Self::default() }
    }

    fn events<T>(&self, pick: fn(&TrainEvent) -> Option<T>) -> Vec<T> {
        self.events.lock().unwrap().iter().filter_map(pick).collect()
    }

    fn seen(&self) -> usize {
        self.events(|event| matches!(event, TrainEvent::Batch { .. }).then_some(())).len()
    }

    fn began(&self) -> TrainingSize {
        self.events(|event| if let TrainEvent::Started(plan) = event { Some(*plan) } else { None })[0]
    }

    fn saved(&self) -> usize {
        self.events(|event| matches!(event, TrainEvent::Saved(_)).then_some(())).len()
    }
}

impl Watch<TrainEvent> for StopAndRecord {
    fn event(&self, event: &TrainEvent) {
        self.events.lock().unwrap().push(event.clone());
    }

    fn cancelled(&self) -> bool {
        self.seen() >= self.batches
    }
}

struct Case {
    architecture: Architecture,
    dataset: Dataset,
    config: Config,
}

impl Case {
    /// A training that uses every kind of state.
    fn new() -> Self {
        let architecture = digits_mlp();
        let config = Config {
            epochs: 3,
            batch: 96,
            learning_rate: 4e-3,
            schedule: Schedule::Step { every: 2, factor: 0.3 },
            weight_decay: 0.01,
            dropout: 0.2,
            augment: Augment { shift: 1, flip: true, noise: 0.125 },
            time_steps: 2,
            anneal: Some(Anneal { from: 4, epochs: 2 }),
            ..Config::of(&architecture, 5, 1)
        };
        Self { dataset: data::load("digits", &[]).unwrap(), architecture, config }
    }

    fn job<'a>(&'a self, path: &'a Path, resume: bool) -> TrainJob<'a> {
        let Self { architecture, dataset, config } = self;
        TrainJob { architecture, dataset, config, start: None, checkpoint: Some(path), started: None, resume }
    }

    fn whole(&self) -> TrainOutcome {
        crate::train::train(&self.architecture, &self.dataset, &self.config, &Unwatched).unwrap()
    }
}

/// All of an outcome, to the last bit.
fn bits(outcome: &TrainOutcome) -> (Vec<u32>, String) {
    let values = outcome.folded.layers.iter().flat_map(|l| l.weight.iter().chain(&l.bias));
    (values.map(|v| v.to_bits()).collect(), format!("{:?} {:?} {:?}", outcome.quantised, outcome.meta, outcome.history))
}

#[test]
fn a_training_that_stopped_goes_on_to_the_same_bits() {
    let case = Case::new();
    let whole = case.whole();
    assert_eq!(whole.history.iter().map(|r| r.time_steps).collect::<Vec<_>>(), [4, 4, 4, 3, 3, 2, 2]);
    assert!(whole.meta.epoch >= 6, "only the last phase is chosen from");
    let expected = bits(&whole);
    let folder = tempfile::tempdir().unwrap();
    // In the first epoch, between and within phases, and several times.
    for (number, stops) in [vec![3], vec![20, 1], vec![36], vec![45, 12, 0, 5]].into_iter().enumerate() {
        let path = folder.path().join(number.to_string());
        let mut done = 0;
        for (number, batches) in stops.into_iter().enumerate() {
            let stop = StopAndRecord::after(batches);
            let threads = number % 2 + 1;
            let case = Case { config: Config { threads, ..case.config.clone() }, ..Case::new() };
            let resume = path.exists();
            let error = case.job(&path, resume).run(&stop).unwrap_err();
            let plan = stop.began();
            assert_eq!((plan.done, plan.batches), (done, 12));
            assert_eq!(error, TrainError::Cancelled { epoch: done + stop.seen() as u32 / 12 + 1 });
            done += stop.saved() as u32;
            if done > 0 {
                assert_eq!(standing(&path).unwrap().done, done);
            }
        }
        let resume = path.exists();
        let outcome = case.job(&path, resume).run(&Unwatched).unwrap();
        assert!(bits(&outcome) == expected, "stops {number}");
        // The end can be resumed until the checkpoint is marked as written.
        let job = case.job(&path, true);
        assert!(bits(&job.run(&Unwatched).unwrap()) == expected);
        let size = path.metadata().unwrap().len();
        job.finish(&path).unwrap();
        let standing = job.standing(&path).unwrap();
        assert!(standing.finished && standing.done == 7 && standing.epochs == 7);
        assert!(path.metadata().unwrap().len() < size / 4);
        assert!(job.run(&Unwatched).unwrap_err().to_string().contains("finished"));
    }
}

#[test]
fn other_settings_are_refused_one_by_one() {
    let case = Case::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    assert!(case.job(&path, false).run(&StopAndRecord::after(13)).is_err());
    let mut other = Case::new();
    other.config = Config { epochs: 9, seed: 6, dropout: 0.0, anneal: None, threads: 2, ..other.config };
    other.dataset.digest ^= 1;
    let error = other.job(&path, true).run(&Unwatched).unwrap_err().to_string();
    let digest = case.dataset.digest;
    for line in [
        format!("{}: it belongs to a training with other settings:", path.display()),
        format!("contents of the data set: found {digest:016x}, expected {:016x}", digest ^ 1),
        "epochs: found 3, expected 9 (the learning rate of every epoch depends on it: to train a network for longer, \
         start a training from its weights)"
            .into(),
        "dropout: found 0.2, expected 0".into(),
        "annealing: found from 4 steps, 2 epochs each, expected none".into(),
        "seed: found 5, expected 6".into(),
    ] {
        assert!(error.lines().any(|found| found == line), "{line} is not in:\n{error}");
    }
    assert_eq!(error.lines().count(), 6, "{error}");
    assert!(case.job(&path, true).standing(&path).is_ok());
}

/// A change of one setting, by name.
type Change = (&'static str, fn(&mut Case));

/// Every setting of a training, except the threads.
const CHANGES: &[Change] = &[
    ("rule", |c| c.config.rule = Rule::LOCAL),
    ("epochs", |c| c.config.epochs += 1),
    ("epochs of a stage", |c| (c.config.rule, c.config.stage_epochs) = (Rule::LOCAL, Some(7))),
    ("patience", |c| (c.config.rule, c.config.patience) = (Rule::LOCAL, 9)),
    ("batch", |c| c.config.batch += 1),
    ("learning rate", |c| c.config.learning_rate *= 2.0),
    ("schedule", |c| c.config.schedule = Schedule::Cosine),
    ("epochs of the schedule", |c| c.config.schedule = Schedule::Step { every: 3, factor: 0.3 }),
    ("factor of the schedule", |c| c.config.schedule = Schedule::Step { every: 2, factor: 0.4 }),
    ("weight decay", |c| c.config.weight_decay = 0.02),
    ("dropout", |c| c.config.dropout = 0.3),
    ("loss", |c| c.config.loss = Loss::MeanSquared),
    ("shift", |c| c.config.augment.shift = 2),
    ("flip", |c| c.config.augment.flip = false),
    ("activation", |c| c.config.activation = Activation::Qcfs),
    ("time steps", |c| c.config.time_steps = 3),
    ("no annealing", |c| c.config.anneal = None),
    ("steps of annealing", |c| c.config.anneal = Some(Anneal { from: 5, epochs: 2 })),
    ("epochs of annealing", |c| c.config.anneal = Some(Anneal { from: 4, epochs: 3 })),
    ("weight bits", |c| c.config.weight_bits = 4),
    ("rounding", |c| c.config.rounding = !c.config.rounding),
    ("weight noise", |c| c.config.disturbance = 0.5),
    ("largest fan-in", |c| c.config.max_fan_in = Some(9)),
    ("weight of synaptic operations", |c| c.config.synops_weight = 0.5),
    ("budget of synaptic operations", |c| c.config.synops_budget = 0.5),
    ("membrane bits", |c| c.config.membrane_bits = 20),
    ("seed", |c| c.config.seed += 1),
    ("input", |c| c.architecture.input = Shape { channels: 1, height: 4, width: 16 }),
    ("encoding", |c| c.architecture.encoding = Encoding::Spikes),
    ("layers", |c| c.architecture.layers[1] = LayerSpec::dense(127)),
    ("threshold", |c| c.architecture.threshold = 1.5),
    ("leak", |c| c.architecture.leak = 0.5),
    ("target", |c| c.architecture.target = Target::Input),
    ("data set", |c| c.dataset.name.push('x')),
    ("contents of the data set", |c| c.dataset.digest ^= 1),
];

/// A checkpoint, and a key of the cache, belong to only one training.
#[test]
fn every_setting_changes_what_a_checkpoint_belongs_to() {
    let path = Path::new("checkpoint");
    let seen_of = |case: &Case| {
        let key = digest::of("test", &(&case.config, (&case.architecture, &case.dataset)));
        (settings(&case.job(path, false)), key)
    };
    let mut seen = vec![("nothing", seen_of(&Case::new()))];
    for (name, change) in CHANGES {
        let mut case = Case::new();
        change(&mut case);
        let found = seen_of(&case);
        for (other, (settings, key)) in &seen {
            assert!(*settings != found.0 && *key != found.1, "{name} is taken for {other}");
        }
        seen.push((name, found));
    }
    let mut case = Case::new();
    case.config.threads += 1;
    assert_eq!(seen_of(&case), seen[0].1, "threads change no result");
    let texts = &seen[0].1.0;
    let value = |name: &str| texts.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(value("loss"), Some("cross_entropy"));
    assert_eq!(value("schedule"), Some("step: times 0.3 after every 2 epochs"));
    let layers = r#"[{"kind":"flatten"},{"kind":"dense","outputs":64},{"kind":"dense","outputs":32},{"kind":"dense","outputs":10}]"#;
    assert_eq!(value("layers"), Some(layers));
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let case = Case::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let job = case.job(&path, true);
    assert!(case.job(&path, false).run(&StopAndRecord::after(41)).is_err());
    let sound = std::fs::read(&path).unwrap();
    let stream = &mut rng::stream(1, Domain::Weights, 0);
    let fails = |bytes: &[u8], what: &str| {
        std::fs::write(&path, bytes).unwrap();
        let error = job.run(&StopAndRecord::default()).unwrap_err();
        assert!(matches!(error, TrainError::Checkpoint { .. }), "{what}: {error}");
        assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
        let _ = (standing(&path), job.standing(&path));
    };
    let text = 8 + u64::from_le_bytes(sound[..8].try_into().unwrap()) as usize;
    for len in [0, 7, 8, 9, text / 2, text - 1, text, text + 1, sound.len() - 4, sound.len() - 1] {
        fails(&sound[..len], &format!("cut to {len} bytes"));
    }
    fails(&[&sound[..], &[0]].concat(), "one byte more");
    // Spaces at the end of the text align the data after it.
    let end = sound[..text].iter().rposition(|byte| *byte != b' ').unwrap() + 1;
    for draw in 0..150 {
        let at = match draw % 3 {
            0 => stream.next_u64() as usize % end,
            _ => text + stream.next_u64() as usize % (sound.len() - text),
        };
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << (stream.next_u64() % 8);
        fails(&bytes, &format!("byte {at} flipped"));
    }
    let mut long = sound.clone();
    long[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    fails(&long, "a text without end");
    std::fs::write(&path, &sound).unwrap();
    assert_eq!(job.run(&StopAndRecord::default()).unwrap_err(), TrainError::Cancelled { epoch: 4 });
    assert!(job.standing(folder.path()).unwrap_err().to_string().contains("not a regular file"));
    assert!(standing(&folder.path().join("absent")).is_err());
}

#[test]
fn a_checkpoint_that_cannot_be_written_ends_the_training() {
    let case = Case::new();
    let folder = tempfile::tempdir().unwrap();
    let error = case.job(&folder.path().join("no/such"), false).run(&Unwatched).unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
}

/// The history survives as text unchanged.
#[test]
fn a_report_is_read_as_it_was_written() {
    let report = EpochReport {
        epoch: 3,
        stage: 2,
        time_steps: 4,
        loss: 0.1 + 0.2,
        train_accuracy: Some(1.0 / 3.0),
        validation_accuracy: Some(f64::MIN_POSITIVE),
        validation_mse: None,
        validation_mae: None,
        in_training: Some(0.1),
        synaptic_operations: 1e-300,
        spike_rate: 1e300,
        spikes_per_neuron: 0.0,
        learning_rate: 1e-7 / 3.0,
        chosen: true,
    };
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<EpochReport>(&text).unwrap(), report);
}
