//! Settings of a training, their ranges, and the resulting phases.

use super::learned::Learned;
use super::{Rule, SettingProblem, TrainError};
use crate::data::Dataset;
use crate::digest::{Digest, Stable, all_fields};
use crate::net::architecture::{Activation, Augment, Loss, MAX_TIME_STEPS, Schedule, TrainingProposal};
use crate::net::quantised::MEMBRANE_BITS;
use crate::net::{Architecture, QuantSpec};

pub(super) const MAX_EPOCHS: u32 = 10_000;

/// Training at more time steps first, then at one less at a time (IIR-SNN, arXiv:2110.05929).
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anneal {
    /// Time steps of the first phase, which has all epochs.
    pub from: u32,
    /// Epochs of each later phase.
    pub epochs: u32,
}

all_fields! {
    struct Anneal { from, epochs }
}

/// Names of settings, and their values for people; `None` where a setting has no effect.
type Texts = &'static [(&'static str, fn(&Config) -> Option<String>)];

/// Describes each setting once: its field, which is part of the digest, and its names and values in checkpoints.
macro_rules! settings {
    ($($(#[$meta:meta])* $field:ident: $type:ty = $($name:literal: $text:expr),+;)*) => {
        /// Settings of a training.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Config {
            $($(#[$meta])* pub $field: $type,)*
            /// Threads to work on; changes no result.
            pub threads: usize,
        }

        /// Digest of all settings except the threads, which change no result.
        impl Stable for Config {
            fn add_to(&self, digest: &mut Digest) {
                $(digest.add(&self.$field);)*
            }
        }

        const TEXTS: Texts = &[$($(($name, $text)),+),*];
    };
}

settings! {
    /// Training rule, which gives the gradients.
    rule: Rule = "rule": |c| text(&c.rule.name());
    /// Passes over the training part; for an annealed training, in its first phase; for a rule with stages, those of
    /// the non-spiking network.
    epochs: u32 = "epochs": |c| text(&c.epochs);
    /// For a rule with stages, and from a non-spiking network: most epochs of each later stage; by default a quarter of
    /// `epochs`, at least 1.
    stage_epochs: Option<u32> = "epochs of a stage": |c| (c.rule.has_stages() || c.from_ann).then(|| c.stage_epochs().to_string());
    /// For a rule whose stages may end early: epochs without a better network after which a stage ends.
    patience: u32 = "patience": |c| c.rule.has_stages().then(|| c.patience.to_string());
    /// Samples per step; samples that do not fill a last batch are left out of that epoch.
    batch: u32 = "batch": |c| text(&c.batch);
    /// Adam's step size at the start of each phase.
    learning_rate: f64 = "learning rate": |c| text(&c.learning_rate);
    /// Fall of the step size.
    schedule: Schedule = "schedule": |c| Some(match c.schedule {
        Schedule::Cosine => "cosine".into(),
        Schedule::Step { every, factor } => format!("step: times {factor} after every {every} epochs"),
    });
    /// Share of a weight that is taken off per unit of the step size, separate from the gradient (AdamW).
    weight_decay: f64 = "weight decay": |c| text(&c.weight_decay);
    /// Chance that an input of the output layer is dropped during training.
    dropout: f64 = "dropout": |c| text(&c.dropout);
    /// The loss to minimise.
    loss: Loss = "loss": |c| text(&c.loss.name());
    /// Augmentation of training samples.
    augment: Augment = "shift": |c| text(&c.augment.shift), "flip": |c| text(&c.augment.flip),
        "input noise": |c| text(&c.augment.noise);
    /// The twin's activation.
    activation: Activation = "activation": |c| text(&c.activation.name());
    /// Time steps T of an inference of the exported network.
    time_steps: u32 = "time steps": |c| text(&c.time_steps);
    /// Larger numbers of time steps at first.
    anneal: Option<Anneal> = "annealing": |c| Some(c.anneal.map_or("none".into(), |Anneal { from, epochs }| {
        format!("from {from} steps, {epochs} epochs each")
    }));
    /// Bits of an exported weight, sign included.
    weight_bits: u32 = "weight bits": |c| text(&c.weight_bits);
    /// Whether weights are also rounded during training.
    rounding: bool = "rounding while training": |c| text(&c.rounding);
    /// Standard deviation of disturbances of the weights during training, in units of a layer's largest weight.
    disturbance: f64 = "weight noise": |c| text(&c.disturbance);
    /// Most synapses into a hidden or output neuron; the weakest are removed.
    max_fan_in: Option<u32> = "largest fan-in": |c| Some(c.max_fan_in.map_or("any".into(), |most| most.to_string()));
    /// Price of the network's synaptic operations in the loss: it is multiplied by their ratio to the
    /// multiply-accumulates of the twin (without the encoding).
    synops_weight: f64 = "weight of synaptic operations": |c| text(&c.synops_weight);
    /// Ratio below which nothing is charged.
    synops_budget: f64 = "budget of synaptic operations": |c| text(&c.synops_budget);
    /// Bits of an exported membrane.
    membrane_bits: u32 = "membrane bits": |c| text(&c.membrane_bits);
    /// For the surrogate rule: whether it begins with a non-spiking network, which is trained for `epochs`.
    from_ann: bool = "from a non-spiking network": |c| (c.rule == Rule::SURROGATE).then(|| c.from_ann.to_string());
    /// For the surrogate rule: what it learns of a spiking network.
    learned: Learned = "learned": |c| (c.rule == Rule::SURROGATE).then(|| c.learned.text());
    /// Seed of the first weights, the order of samples, their variations and the dropout.
    seed: u64 = "seed": |c| text(&c.seed);
}

fn text(value: &dyn ToString) -> Option<String> {
    Some(value.to_string())
}

/// A sequence of epochs at one number of time steps, in one stage of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Phase {
    pub(super) time_steps: u32,
    /// First epoch, from 1 over the whole training.
    pub(super) first: u32,
    pub(super) epochs: u32,
    /// Stage of the rule; 0 if it has none.
    pub(super) stage: u32,
}

impl Phase {
    pub(super) fn last(self) -> u32 {
        self.first + self.epochs - 1
    }
}

impl Config {
    /// Names and values of all settings on which a result depends.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, String)> {
        TEXTS.iter().filter_map(|(name, text)| Some((*name, text(self)?)))
    }

    /// The proposals of a network's file, with the usual weights of its neuron.
    pub fn of(architecture: &Architecture, seed: u64, threads: usize) -> Self {
        let TrainingProposal {
            epochs,
            batch,
            learning_rate,
            dropout,
            loss,
            schedule,
            augment,
            activation,
            weight_decay,
        } = architecture.training;
        Self {
            rule: Rule::default(),
            epochs,
            stage_epochs: None,
            patience: 6,
            batch,
            learning_rate,
            schedule,
            weight_decay,
            dropout,
            loss,
            augment,
            activation,
            time_steps: architecture.time_steps,
            anneal: None,
            weight_bits: architecture.neuron.usual_weight_bits(),
            rounding: false,
            disturbance: 0.0,
            max_fan_in: None,
            synops_weight: 0.0,
            synops_budget: 0.0,
            membrane_bits: MEMBRANE_BITS,
            from_ann: false,
            learned: Learned::default(),
            seed,
            threads,
        }
    }

    pub(super) fn spec(&self, time_steps: u32) -> QuantSpec {
        let Self { weight_bits, membrane_bits, .. } = *self;
        QuantSpec { membrane_bits, ..QuantSpec::new(time_steps, weight_bits) }
    }

    /// All phases in order, without a rule's later stages; the last has the time steps of the exported network.
    pub(super) fn phases(&self) -> Vec<Phase> {
        let from = self.anneal.map_or(self.time_steps, |anneal| anneal.from);
        let mut first = 1;
        let mut phase = |time_steps, epochs, stage| {
            let phase = Phase { time_steps, first, epochs, stage };
            first += epochs;
            phase
        };
        let analogue = self.from_ann.then(|| phase(from, self.epochs, 0));
        let (longest, stage) = if self.from_ann { (self.stage_epochs(), 1) } else { (self.epochs, 0) };
        let epochs = |steps| self.anneal.filter(|anneal| steps < anneal.from).map_or(longest, |a| a.epochs);
        let spiking: Vec<Phase> = (self.time_steps..=from).rev().map(|t| phase(t, epochs(t), stage)).collect();
        analogue.into_iter().chain(spiking).collect()
    }

    /// Most epochs of all phases and stages of a network's training: stages may end early.
    pub fn total_epochs(&self, architecture: &Architecture) -> u32 {
        let later = self.rule.later_stages(architecture.stages().len()).saturating_mul(self.stage_epochs());
        self.phases().last().map_or(0, |phase| phase.last()).saturating_add(later)
    }

    /// Whether a stage trains a spiking network with all layers and steps unrolled.
    pub(super) fn unrolls(&self, stage: u32) -> bool {
        self.rule == Rule::SURROGATE && (stage > 0 || !self.from_ann)
    }

    /// Schedule and initial step size of a stage, for a network with some number of layers.
    pub(super) fn pace(&self, stage: u32, layers: usize) -> (Schedule, f64) {
        let schedule = if stage == 0 { self.schedule } else { Schedule::Cosine };
        (schedule, self.learning_rate / self.rule.slower(stage, layers))
    }

    /// Most epochs of each later stage.
    pub fn stage_epochs(&self) -> u32 {
        self.stage_epochs.unwrap_or((self.epochs / 4).max(1))
    }

    /// Checks all settings, alone and against a network and its data; gives all problems.
    pub fn check(&self, architecture: &Architecture, dataset: &Dataset) -> Result<(), TrainError> {
        let mut problems = self.numbers();
        problems.extend(self.steps());
        problems.extend(self.variations(architecture, dataset));
        problems.extend(self.stages(architecture));
        problems.extend(self.parts());
        problems.extend(self.trains(dataset));
        problems.extend(self.neuron(architecture));
        if !architecture.target.has_classes() && self.loss == Loss::CrossEntropy {
            problems.push(SettingProblem::new("loss", &"cross_entropy", "mse, where the target is not a label"));
        }
        let stages = architecture.stages();
        if let (Some(adds), true) = (stages.iter().find(|stage| stage.skip.is_some()), architecture.neuron.by_events())
        {
            let neuron = architecture.neuron.describe();
            let allowed = format!("neurons of time steps, as {} adds the spikes of another layer", adds.name);
            problems.push(SettingProblem::new("neuron", &neuron, &allowed));
        }
        if let Some(adds) = stages.iter().find(|stage| stage.skip.is_some() && self.weight_bits == 1) {
            let allowed = format!("2 and more, as {} adds the spikes of another layer", adds.name);
            problems.push(SettingProblem::new("weight bits", &self.weight_bits, &allowed));
        }
        if problems.is_empty() { Ok(()) } else { Err(TrainError::Settings(problems)) }
    }

    fn numbers(&self) -> Vec<SettingProblem> {
        let mut problems = Vec::new();
        let mut check = |sound: bool, setting, found: &dyn ToString, allowed: &str| {
            if !sound {
                problems.push(SettingProblem::new(setting, found, allowed));
            }
        };
        check((1..=MAX_EPOCHS).contains(&self.epochs), "epochs", &self.epochs, "1 to 10000");
        check((2..=65_536).contains(&self.batch), "batch", &self.batch, "2 to 65536");
        check((1e-7..=1.0).contains(&self.learning_rate), "learning rate", &self.learning_rate, "0.0000001 to 1");
        check((0.0..=1.0).contains(&self.weight_decay), "weight decay", &self.weight_decay, "0 to 1");
        check((0.0..=0.9).contains(&self.dropout), "dropout", &self.dropout, "0 to 0.9");
        if let Schedule::Step { every, factor } = self.schedule {
            check((1..=MAX_EPOCHS).contains(&every), "epochs per step of the schedule", &every, "1 to 10000");
            check((1e-6..=1.0).contains(&factor), "factor of the schedule", &factor, "0.000001 to 1");
        }
        check((0.0..=10.0).contains(&self.disturbance), "weight noise", &self.disturbance, "0 to 10");
        check(self.max_fan_in != Some(0), "largest fan-in", &0, "at least 1");
        check(
            (0.0..=1e6).contains(&self.synops_weight),
            "weight of synaptic operations",
            &self.synops_weight,
            "0 to 1000000",
        );
        check(
            (0.0..=1e6).contains(&self.synops_budget),
            "budget of synaptic operations",
            &self.synops_budget,
            "0 to 1000000",
        );
        check((8..=32).contains(&self.membrane_bits), "membrane bits", &self.membrane_bits, "8 to 32");
        check(self.threads > 0, "threads", &self.threads, "1 and more");
        check(self.seed <= i64::MAX as u64, "seed", &self.seed, "0 to 9223372036854775807");
        problems
    }

    fn steps(&self) -> Vec<SettingProblem> {
        let mut problems = Vec::new();
        let mut check = |sound: bool, setting, found: &dyn ToString, allowed: String| {
            if !sound {
                problems.push(SettingProblem::new(setting, found, &allowed));
            }
        };
        let steps = self.time_steps;
        check((1..=MAX_TIME_STEPS).contains(&steps), "time steps", &steps, format!("1 to {MAX_TIME_STEPS}"));
        if let Some(Anneal { from, epochs }) = self.anneal {
            // More phases than this are no annealing any more.
            let most = steps.saturating_add(63).min(MAX_TIME_STEPS);
            let allowed = format!("more than {steps}, at most {most}");
            check(from > steps && from <= most, "time steps to begin with", &from, allowed);
            check((1..=MAX_EPOCHS).contains(&epochs), "epochs per fewer step", &epochs, "1 to 10000".into());
            let fewer = u64::from(from.saturating_sub(steps));
            let all = u64::from(self.epochs).saturating_add(fewer.saturating_mul(u64::from(epochs)));
            check(all <= MAX_EPOCHS.into() || from > most, "epochs of all phases", &all, "1 to 10000".into());
        }
        problems
    }

    /// Problems with the neuron for which a network is trained.
    fn neuron(&self, architecture: &Architecture) -> Vec<SettingProblem> {
        let (neuron, mut problems) = (architecture.neuron, Vec::new());
        let bits = neuron.weight_bits();
        if !bits.contains(&self.weight_bits) {
            let whose = if neuron.is_tandem() { String::new() } else { format!(", with {}", neuron.describe()) };
            let allowed = format!("{} to {}{whose}", bits.start(), bits.end());
            problems.push(SettingProblem::new("weight bits", &self.weight_bits, &allowed));
        }
        if !neuron.is_tandem() && self.rule != Rule::TANDEM {
            let allowed = format!("tandem, with {}: the other rules fire by subtraction", neuron.describe());
            problems.push(SettingProblem::new("rule", &self.rule.name(), &allowed));
        }
        problems
    }

    /// Problems with spike trains: they are cut into the steps that the network has from the first epoch to the last.
    fn trains(&self, dataset: &Dataset) -> Vec<SettingProblem> {
        let Some(steps) = dataset.steps else { return Vec::new() };
        let mut problems = Vec::new();
        if self.time_steps != steps {
            let allowed = format!("{steps}, into which {} is cut", dataset.name);
            problems.push(SettingProblem::new("time steps", &self.time_steps, &allowed));
        }
        if let Some(Anneal { from, .. }) = self.anneal {
            let allowed = format!("{steps}, into which {} is cut from the first epoch to the last", dataset.name);
            problems.push(SettingProblem::new("time steps to begin with", &from, &allowed));
        }
        problems
    }

    /// Problems with the settings of rules with stages.
    fn stages(&self, architecture: &Architecture) -> Vec<SettingProblem> {
        if !self.rule.has_stages() {
            return Vec::new();
        }
        let mut problems = Vec::new();
        let rule = self.rule.name();
        let mut check = |sound: bool, setting, found: &dyn ToString, allowed: &str| {
            if !sound {
                problems.push(SettingProblem::new(setting, found, allowed));
            }
        };
        let epochs = self.stage_epochs();
        check((1..=MAX_EPOCHS).contains(&epochs), "epochs of a stage", &epochs, "1 to 10000");
        check((1..=MAX_EPOCHS).contains(&self.patience), "patience", &self.patience, "1 to 10000");
        let all = self.total_epochs(architecture);
        let alone = self.epochs.max(epochs) <= MAX_EPOCHS && self.anneal.is_none();
        check(all <= MAX_EPOCHS || !alone, "epochs of all stages", &all, "1 to 10000");
        if let Some(Anneal { from, .. }) = self.anneal {
            let allowed = format!("{}, with the {rule} rule, which does not anneal", self.time_steps);
            check(false, "time steps to begin with", &from, &allowed);
        }
        // Spikes fixed by a frozen layer or a teacher cannot be reduced by a price.
        let allowed = format!("0 with the {rule} rule");
        let price = self.synops_weight;
        check(price == 0.0, "weight of synaptic operations", &price, &allowed);
        problems
    }

    /// Problems with what only the surrogate rule has.
    fn parts(&self) -> Vec<SettingProblem> {
        let (mut problems, rule) = (Vec::new(), self.rule.name());
        if self.rule != Rule::SURROGATE {
            if self.from_ann {
                problems.push(SettingProblem::new("from a non-spiking network", &true, &format!("false with {rule}")));
            }
            if self.learned != Learned::default() {
                let allowed = format!("{} with {rule}", Learned::default().text());
                problems.push(SettingProblem::new("learned", &self.learned.text(), &allowed));
            }
        } else if self.from_ann {
            let spiking = self.stage_epochs();
            let fewer = |a: Anneal| u64::from(a.from.saturating_sub(self.time_steps)) * u64::from(a.epochs);
            let all = u64::from(self.epochs) + u64::from(spiking) + self.anneal.map_or(0, fewer);
            if !(1..=MAX_EPOCHS).contains(&spiking) {
                problems.push(SettingProblem::new("epochs of a stage", &spiking, "1 to 10000"));
            } else if self.epochs <= MAX_EPOCHS && all > MAX_EPOCHS.into() {
                problems.push(SettingProblem::new("epochs of all stages", &all, "1 to 10000"));
            }
        }
        problems
    }

    fn variations(&self, architecture: &Architecture, dataset: &Dataset) -> Vec<SettingProblem> {
        let mut problems = Vec::new();
        if self.from_ann && dataset.are_sequences() {
            let allowed = "false for sequences of frames, which a non-spiking network does not keep";
            problems.push(SettingProblem::new("from a non-spiking network", &true, allowed));
        }
        let most = dataset.shape.height.min(dataset.shape.width).saturating_sub(1);
        if self.augment.shift > most {
            let allowed = format!("0 to {most} for samples of {}", dataset.shape);
            problems.push(SettingProblem::new("shift", &self.augment.shift, &allowed));
        }
        if self.augment.flip && dataset.shape.width == 1 {
            let allowed = format!("false for samples of {}, which are one column wide", dataset.shape);
            problems.push(SettingProblem::new("flip", &true, &allowed));
        }
        let noise = self.augment.noise;
        if !(0.0..=1.0).contains(&noise) {
            problems.push(SettingProblem::new("input noise", &noise, "0 to 1"));
        } else if noise > 0.0 && architecture.encoding.reads_trains() {
            problems.push(SettingProblem::new("input noise", &noise, "0 for samples that are spike trains"));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::architecture::Target;

    #[test]
    fn annealed_phases_follow_each_other_down_to_the_exported_steps() {
        let config = Config::of(&crate::train::tests::digits_mlp(), 1, 1);
        let plain = Config { epochs: 8, time_steps: 4, ..config };
        assert_eq!(plain.phases(), [Phase { time_steps: 4, first: 1, epochs: 8, stage: 0 }]);
        let annealed = Config { time_steps: 2, anneal: Some(Anneal { from: 4, epochs: 3 }), ..plain };
        let phases = [(4, 1, 8), (3, 9, 3), (2, 12, 3)];
        let phases = phases.map(|(time_steps, first, epochs)| Phase { time_steps, first, epochs, stage: 0 });
        assert_eq!(annealed.phases(), phases);
        assert_eq!(annealed.total_epochs(&crate::train::tests::digits_mlp()), 14);
    }

    #[test]
    fn all_problems_are_said_at_once() {
        let digits = crate::data::load("digits", &[]).unwrap();
        let mut architecture = crate::train::tests::digits_mlp();
        let config = Config::of(&architecture, 1, 1);
        assert_eq!(config.check(&architecture, &digits), Ok(()));
        architecture.target = Target::Input;
        let bad = Config {
            epochs: 0,
            batch: 1,
            learning_rate: f64::NAN,
            schedule: Schedule::Step { every: 0, factor: 2.0 },
            weight_decay: -1.0,
            dropout: 0.95,
            augment: Augment { shift: 8, flip: true, noise: 2.0 },
            time_steps: 4,
            anneal: Some(Anneal { from: 4, epochs: 0 }),
            weight_bits: 10,
            membrane_bits: 7,
            seed: u64::MAX,
            ..config
        };
        let text = bad.check(&architecture, &digits).unwrap_err().to_string();
        for part in [
            "epochs: found 0, allowed: 1 to 10000",
            "batch: found 1, allowed: 2 to 65536",
            "learning rate: found NaN",
            "weight decay: found -1",
            "dropout: found 0.95",
            "input noise: found 2, allowed: 0 to 1",
            "epochs per step of the schedule: found 0",
            "factor of the schedule: found 2, allowed: 0.000001 to 1",
            "weight bits: found 10",
            "membrane bits: found 7",
            "seed: found 18446744073709551615",
            "time steps to begin with: found 4, allowed: more than 4, at most 67",
            "epochs per fewer step: found 0",
            "shift: found 8, allowed: 0 to 7 for samples of 1x8x8",
            "loss: found cross_entropy, allowed: mse, where the target is not a label",
        ] {
            assert!(text.lines().any(|line| line.starts_with(part)), "{part} is not in:\n{text}");
        }
        assert_eq!(text.lines().count(), 15, "{text}");
    }
}
