//! From what is asked of a training to its settings.

use super::error::{Error, OptionField};
use super::shipped::shipped;
use crate::hw::{Chip, SynapseArray};
use crate::json::unknown;
use crate::net::architecture::{Activation, Loss, Schedule, TrainingProposal};
use crate::net::deployed::Deployed;
use crate::net::input::Encoding;
use crate::net::quantised::WEIGHT_BITS;
use crate::net::{Architecture, Network, Trained};
use crate::train::{Anneal, Config, Learned, Rule};
use std::ops::RangeInclusive;

/// Leaks, and refractory times, of the neurons that have them.
const LEAKS: RangeInclusive<f64> = 1.0 / 4096.0..=1.0;
const REFRACTORY: RangeInclusive<u32> = 1..=64;

/// What is asked of a training. What is `None` is the network's own, or the chip's where a network is trained for one. Ranges
/// are checked with the training, all at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainSettings {
    /// Training rule.
    pub rule: Rule,
    /// Passes over the training samples.
    pub epochs: Option<u32>,
    /// Epochs of each stage after the first, at most.
    pub stage_epochs: Option<u32>,
    /// Epochs without improvement after which a stage ends.
    pub patience: Option<u32>,
    /// Samples per step.
    pub batch: Option<u32>,
    /// Learning rate at the start.
    pub learning_rate: Option<f64>,
    /// Decay of the learning rate.
    pub schedule: Option<Schedule>,
    /// Weight decay per unit of the learning rate.
    pub weight_decay: Option<f64>,
    /// Probability that an input of the output layer is dropped.
    pub dropout: Option<f64>,
    /// Loss to minimise.
    pub loss: Option<Loss>,
    /// Pixels by which samples are shifted, at most.
    pub shift: Option<u32>,
    /// Whether half of the samples are mirrored.
    pub flip: Option<bool>,
    /// Standard deviation of noise on the values of samples, as a share of the full scale.
    pub input_noise: Option<f64>,
    /// Activation of the non-spiking twin.
    pub activation: Option<Activation>,
    /// Time steps.
    pub steps: Option<StepRange>,
    /// Epochs for each step down.
    pub anneal_epochs: Option<u32>,
    /// For the surrogate rule: whether it begins with a non-spiking network.
    pub from_ann: bool,
    /// For the surrogate rule: what it learns.
    pub learn: Option<Learned>,
    /// Hardware that the network is to fit.
    pub hardware: HardwareSettings,
}

/// Hardware that a network is to fit, and the price of its operations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HardwareSettings {
    /// Share of a membrane that is left after a step.
    pub leak: Option<f64>,
    /// Steps from a spike until the next is possible.
    pub refractory: Option<u32>,
    /// Width of a weight (bits), sign included.
    pub weight_bits: Option<u32>,
    /// Whether weights are rounded while training, too.
    pub quantisation_aware: Option<bool>,
    /// Standard deviation of noise on the weights while training.
    pub weight_noise: Option<f64>,
    /// Inputs of a neuron that are kept, at most.
    pub max_fan_in: Option<u32>,
    /// Price of synaptic operations in the loss.
    pub synops_weight: Option<f64>,
    /// Ratio of synaptic operations below which nothing is charged.
    pub synops_budget: Option<f64>,
}

/// Time steps of a training: those of the exported network, and perhaps a larger number at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepRange {
    /// Time steps of the first epochs, if they are others.
    pub from: Option<u32>,
    /// Time steps of the exported network.
    pub to: u32,
}

impl StepRange {
    /// Reads `T` or `A..B`.
    ///
    /// # Errors
    /// What is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let found = match text.split_once("..") {
            None => number(text).map(|to| Self { from: None, to }),
            Some((from, to)) => number(from).zip(number(to)).map(|(from, to)| Self { from: Some(from), to }),
        };
        found.ok_or("expected a number of time steps, as in 4, or a first and a last number, as in 8..2".into())
    }
}

/// Reads `cosine` or `step:EVERY:FACTOR`.
#[doc(hidden)]
pub fn schedule(text: &str) -> Result<Schedule, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let found = match parts[..] {
        ["cosine"] => Some(Schedule::Cosine),
        ["step", every, factor] => {
            let parsed = every.parse().ok().zip(factor.parse().ok());
            parsed.map(|(every, factor)| Schedule::Step { every, factor })
        }
        _ => None,
    };
    found.ok_or("expected cosine, or step:EVERY:FACTOR, as in step:10:0.1 for a tenth after every 10 epochs".into())
}

/// The training rule with a name.
#[doc(hidden)]
pub fn rule(name: &str) -> Result<Rule, Error> {
    let known: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    Rule::by_name(name).ok_or_else(|| Error::field(OptionField::Rule, unknown(name, &known)))
}

/// The network of a training: its architecture, and its trained form where it has been trained, or where its weights are those
/// to start from.
///
/// # Errors
/// A sparse network, and one without weights to start from.
#[doc(hidden)]
pub fn to_train(network: Network, fine_tune: bool) -> Result<(Architecture, Option<Trained>), Error> {
    match (network, fine_tune) {
        (Network::Untrained(architecture), false) => Ok((architecture, None)),
        (Network::Trained(trained), _) => Ok((trained.architecture.clone(), Some(*trained))),
        (Network::Untrained(architecture), true) => match shipped(&architecture) {
            Some(trained) => Ok((architecture, Some(trained))),
            None => {
                let name = architecture.name;
                let problem = format!("network \"{name}\" has no weights; expected the folder of a trained one");
                Err(Error::field(OptionField::FineTune, problem))
            }
        },
        (Network::Sparse(sparse), _) => Err(Error::NotTrained { network: sparse.name }),
    }
}

impl TrainSettings {
    /// The settings of a training of a network, and a note where the network keeps its own neuron because the chip names
    /// none. The network gets the chip's neuron, and the leak and refractory time that were asked for; its file then
    /// proposes these settings.
    ///
    /// # Errors
    /// A setting that the chip, the neuron or the rule does not have.
    pub fn settle(
        &self,
        chip: Option<&Chip>,
        architecture: &mut Architecture,
        (seed, threads): (u64, usize),
    ) -> Result<(Config, Option<String>), Error> {
        let note = deploy(&self.hardware, chip, architecture)?;
        let config = self.config(chip, architecture, (seed, threads))?;
        architecture.training = record(&config);
        Ok((config, note))
    }
}

/// Gives the network the chip's neuron, and the leak and refractory time that were asked for. A note says if it keeps
/// its own because the chip names none.
fn deploy(
    asked: &HardwareSettings,
    chip: Option<&Chip>,
    architecture: &mut Architecture,
) -> Result<Option<String>, Error> {
    let HardwareSettings { leak, refractory, .. } = *asked;
    let mut note = None;
    match chip {
        Some(chip) if chip.neurons().is_empty() => {
            let (name, neuron) = (chip.name(), architecture.neuron.describe());
            note = Some(format!("the file of {name} names no neuron: the network keeps its own, {neuron}"));
        }
        Some(chip) => {
            architecture.neuron = neuron_of(chip, architecture.neuron)?;
            note = enter_as_spikes(chip, architecture)?;
        }
        None => {}
    }
    if let Some(leak) = leak {
        if !LEAKS.contains(&leak) {
            let problem = format!("found {leak}, allowed: 1/4096 to 1, the share that is left");
            return Err(Error::field(OptionField::Leak, problem));
        }
        if architecture.neuron.outputs_spike() && leak < 1.0 {
            let neuron = architecture.neuron.describe();
            let problem = format!("found {leak}, allowed: 1, as membranes of {neuron} lose no share of themselves");
            return Err(Error::field(OptionField::Leak, problem));
        }
        architecture.set_leak(leak);
    }
    if let Some(steps) = refractory {
        let neuron = architecture.neuron;
        if neuron.refractory().is_none() {
            let neuron = neuron.describe();
            let problem =
                format!("{neuron} has no refractory time; name a chip whose neuron has one, as in `for_chip` loihi");
            return Err(Error::field(OptionField::Refractory, problem));
        }
        if !REFRACTORY.contains(&steps) {
            return Err(Error::field(OptionField::Refractory, format!("found {steps}, allowed: 1 to 64")));
        }
        architecture.neuron = neuron.with_refractory(steps as u8);
    }
    Ok(note)
}

/// Lets values come in as spikes where the chip takes no currents from the host; a note says so.
fn enter_as_spikes(chip: &Chip, architecture: &mut Architecture) -> Result<Option<String>, Error> {
    if !architecture.neuron.outputs_spike() {
        return Ok(None);
    }
    if !architecture.target.has_classes() {
        let name = &architecture.name;
        let problem = format!("{name} learns to give numbers, not classes, and outputs of {} spike", chip.name());
        return Err(Error::field(OptionField::Network, problem));
    }
    if let Some((layer, firing)) = architecture.own.iter().find(|(_, firing)| firing.leak < 1.0) {
        let (layer, left) = (&architecture.stages()[layer].name, firing.leak);
        let problem = format!(
            "{layer} of {} keeps a share of {left} of its membranes in a step, and those of {} lose no share of themselves",
            architecture.name,
            chip.name()
        );
        return Err(Error::field(OptionField::ForChip, problem));
    }
    architecture.set_leak(1.0);
    if !architecture.encoding.is_off_chip() {
        return Ok(None);
    }
    architecture.encoding = Encoding::Rate;
    let name = chip.name();
    Ok(Some(format!("{name} takes no currents from the host: values come in as evenly spaced spikes (encoding rate)")))
}

/// The neuron of a chip: the network's own if the chip has it, or else the first for which networks are trained.
fn neuron_of(chip: &Chip, own: Deployed) -> Result<Deployed, Error> {
    let found: Vec<Deployed> =
        chip.neurons().iter().filter_map(|(model, reset)| Deployed::of_chip(model, *reset)).collect();
    // Where there are no time steps, order matters, and is trained for where the chip's neuron is.
    if let Some(neuron) = found.iter().find(|neuron| chip.stepping().is_free() && neuron.by_events()) {
        return Ok(*neuron);
    }
    let same = |neuron: &&Deployed| neuron.with_refractory(1) == own.with_refractory(1);
    if found.iter().any(|neuron| same(&neuron)) {
        return Ok(own);
    }
    found.first().copied().ok_or_else(|| {
        let names: Vec<&str> = chip.neurons().iter().map(|(model, _)| model.as_str()).collect();
        let (name, names, trained) = (chip.name(), names.join(", "), Deployed::models().join(", "));
        let problem = format!(
            "found {name}, whose neurons ({names}) no network is trained for; allowed: chips with one of {trained}"
        );
        Error::field(OptionField::ForChip, problem)
    })
}

impl TrainSettings {
    /// What is asked, or else what the network proposes.
    fn config(
        &self,
        chip: Option<&Chip>,
        architecture: &Architecture,
        (seed, threads): (u64, usize),
    ) -> Result<Config, Error> {
        let own = Config::of(architecture, seed, threads);
        let epochs = self.epochs.unwrap_or(own.epochs);
        let steps = self.steps.unwrap_or(StepRange { from: None, to: own.time_steps });
        let quarter = (epochs / 4).max(1);
        let anneal = steps.from.map(|from| Anneal { from, epochs: self.anneal_epochs.unwrap_or(quarter) });
        if anneal.is_none() && self.anneal_epochs.is_some() {
            let problem = "needs `steps` A..B, as in `steps` 4..1";
            return Err(Error::field(OptionField::AnnealEpochs, problem));
        }
        stages(self)?;
        if self.hardware.synops_budget.is_some() && self.hardware.synops_weight.is_none() {
            return Err(Error::field(OptionField::SynopsBudget, "needs `synops_weight`"));
        }
        let mut augment = own.augment;
        augment.shift = self.shift.unwrap_or(augment.shift);
        augment.flip = self.flip.unwrap_or(augment.flip);
        augment.noise = self.input_noise.unwrap_or(augment.noise);
        Ok(Config {
            rule: self.rule,
            epochs,
            stage_epochs: self.stage_epochs,
            patience: self.patience.unwrap_or(own.patience),
            batch: self.batch.unwrap_or(own.batch),
            learning_rate: self.learning_rate.unwrap_or(own.learning_rate),
            schedule: self.schedule.unwrap_or(own.schedule),
            weight_decay: self.weight_decay.unwrap_or(own.weight_decay),
            dropout: self.dropout.unwrap_or(own.dropout),
            loss: self.loss.unwrap_or(own.loss),
            augment,
            activation: self.activation.unwrap_or(own.activation),
            time_steps: steps.to,
            anneal,
            from_ann: self.from_ann,
            learned: self.learn.unwrap_or_default(),
            ..hardware(&self.hardware, chip, architecture.neuron, own)?
        })
    }
}

/// Refuses stage options for a rule without stages.
fn stages(asked: &TrainSettings) -> Result<(), Error> {
    let surrogate = asked.rule == Rule::SURROGATE;
    let needs = |option, fits: fn(Rule) -> bool| {
        let rules = Rule::ALL.iter().filter(|rule| fits(**rule)).map(|rule| format!("`rule` {}", rule.name()));
        let others = (surrogate && option == OptionField::StageEpochs).then(|| "`from_ann`".to_owned());
        Err(Error::field(option, format!("needs {}", rules.chain(others).collect::<Vec<_>>().join(" or "))))
    };
    if asked.stage_epochs.is_some() && !asked.rule.has_stages() && !(surrogate && asked.from_ann) {
        return needs(OptionField::StageEpochs, Rule::has_stages);
    }
    let named = [(asked.from_ann, OptionField::FromAnn), (asked.learn.is_some(), OptionField::Learn)];
    if let Some((_, option)) = named.into_iter().find(|(asked, _)| *asked && !surrogate) {
        return needs(option, |rule| rule == Rule::SURROGATE);
    }
    if asked.patience.is_some() && !asked.rule.has_patience() {
        return needs(OptionField::Patience, Rule::has_patience);
    }
    Ok(())
}

/// Hardware settings: from options, else from the chip, else the usual ones.
fn hardware(asked: &HardwareSettings, chip: Option<&Chip>, neuron: Deployed, own: Config) -> Result<Config, Error> {
    let spec = chip.map(ChipRequirements::of);
    let most = spec.as_ref().map_or(own.weight_bits, |wanted| wanted.weight_bits);
    let weight_bits = asked.weight_bits.unwrap_or(most.min(*neuron.weight_bits().end()));
    if let (Some(chip), true) = (chip, weight_bits > most) {
        let name = &chip.name;
        let problem = format!("found {weight_bits}, allowed: 1 to {most}, as chip {name} has");
        return Err(Error::field(OptionField::WeightBits, problem));
    }
    Ok(Config {
        weight_bits,
        rounding: asked.quantisation_aware.unwrap_or(weight_bits < 8),
        disturbance: asked.weight_noise.or(spec.as_ref().map(|wanted| wanted.noise)).unwrap_or(0.0),
        max_fan_in: asked.max_fan_in.or(spec.as_ref().and_then(|wanted| wanted.max_fan_in)),
        synops_weight: asked.synops_weight.unwrap_or(0.0),
        synops_budget: asked.synops_budget.unwrap_or(0.0),
        membrane_bits: spec.as_ref().map_or(own.membrane_bits, |wanted| wanted.membrane_bits),
        ..own
    })
}

/// Requirements of a chip on a network's weights.
struct ChipRequirements {
    weight_bits: u32,
    membrane_bits: u32,
    max_fan_in: Option<u32>,
    noise: f64,
}

impl ChipRequirements {
    fn of(chip: &Chip) -> Self {
        let limits = &chip.core.limits;
        // A neuron's synapses come from different sources, each of which is an axon of its core.
        let axons = Some(limits.max_axons_in);
        let max_fan_in = [limits.max_fan_in, axons].into_iter().flatten().min();
        let devices = match &chip.core.synapses {
            SynapseArray::Crossbar { devices, .. } => devices.as_ref(),
            _ => None,
        };
        // A weight is the difference of two cells.
        let noise = devices.map_or(0.0, |devices| devices.programming_sigma * std::f64::consts::SQRT_2);
        let weight_bits = limits.weight_bits.clamp(*WEIGHT_BITS.start(), *WEIGHT_BITS.end());
        Self { weight_bits, membrane_bits: limits.membrane_bits.clamp(8, 32), max_fan_in, noise }
    }
}

/// Settings that a network's file can hold.
fn record(config: &Config) -> TrainingProposal {
    let Config { epochs, batch, learning_rate, dropout, loss, schedule, augment, activation, weight_decay, .. } =
        *config;
    TrainingProposal { epochs, batch, learning_rate, dropout, loss, schedule, augment, activation, weight_decay }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::architecture::Firing;
    use crate::session::catalog;

    fn digits() -> Architecture {
        match catalog::network("digits-mlp") {
            Ok(Network::Untrained(architecture)) => architecture,
            _ => panic!("it is trained now"),
        }
    }

    #[test]
    fn steps_and_schedules_are_read() {
        assert_eq!(StepRange::parse("4"), Ok(StepRange { from: None, to: 4 }));
        assert_eq!(StepRange::parse("8..2"), Ok(StepRange { from: Some(8), to: 2 }));
        assert!(["", "a", "..", "8..", "-1", "8...2"].iter().all(|text| StepRange::parse(text).is_err()));
        assert_eq!(schedule("cosine"), Ok(Schedule::Cosine));
        assert_eq!(schedule("step:10:0.1"), Ok(Schedule::Step { every: 10, factor: 0.1 }));
        assert!(["", "step", "step:1", "step:x:1", "step:1:1:1"].iter().all(|text| schedule(text).is_err()));
    }

    #[test]
    fn what_is_not_asked_is_the_networks_own_or_the_chips() {
        let mut architecture = digits();
        let own = Config::of(&architecture, 3, 2);
        assert_eq!(TrainSettings::default().settle(None, &mut architecture, (3, 2)).unwrap(), (own.clone(), None));
        let asked = TrainSettings {
            steps: Some(StepRange { from: Some(8), to: 2 }),
            epochs: Some(8),
            ..TrainSettings::default()
        };
        let (config, _) = asked.settle(None, &mut architecture, (3, 2)).unwrap();
        let anneal = Some(Anneal { from: 8, epochs: 2 });
        assert_eq!(config, Config { epochs: 8, time_steps: 2, anneal, ..own.clone() });
        assert_eq!(architecture.training.epochs, 8, "the file proposes what it was trained with");
        let loihi = catalog::chip("loihi").unwrap();
        let (config, _) = TrainSettings::default().settle(Some(&loihi), &mut digits(), (3, 2)).unwrap();
        assert_eq!(config.membrane_bits, loihi.core.limits.membrane_bits.clamp(8, 32));
    }

    #[test]
    fn leaks_of_layers_are_refused_where_a_chip_has_none() {
        let mut architecture = digits();
        architecture.own.set(1, Firing { threshold: 0.5, leak: 0.75 });
        let truenorth = catalog::chip("truenorth").unwrap();
        let error = TrainSettings::default().settle(Some(&truenorth), &mut architecture.clone(), (1, 1)).unwrap_err();
        let expected =
            "for_chip: dense2 of digits-mlp keeps a share of 0.75 of its membranes in a step, and those of truenorth";
        assert!(error.to_string().starts_with(expected), "{error}");
        let loihi = catalog::chip("loihi").unwrap();
        TrainSettings::default().settle(Some(&loihi), &mut architecture, (1, 1)).unwrap();
        assert_eq!(architecture.firing(1), Firing { threshold: 0.5, leak: 0.75 });
    }

    #[test]
    fn what_does_not_go_together_names_the_fields() {
        let why = |change: fn(&mut TrainSettings)| {
            let mut asked = TrainSettings::default();
            change(&mut asked);
            asked.settle(None, &mut digits(), (1, 1)).unwrap_err().to_string()
        };
        assert_eq!(why(|s| s.anneal_epochs = Some(2)), "anneal_epochs: needs `steps` A..B, as in `steps` 4..1");
        assert_eq!(why(|s| s.stage_epochs = Some(2)), "stage_epochs: needs `rule` progressive or `rule` local");
        let surrogate = why(|s| (s.rule, s.stage_epochs) = (Rule::SURROGATE, Some(2)));
        assert_eq!(surrogate, "stage_epochs: needs `rule` progressive or `rule` local or `from_ann`");
        assert_eq!(why(|s| s.from_ann = true), "from_ann: needs `rule` surrogate");
        assert_eq!(why(|s| s.learn = Some(Learned::default())), "learn: needs `rule` surrogate");
        let leak = why(|s| s.hardware.leak = Some(2.0));
        assert_eq!(leak, "leak: found 2, allowed: 1/4096 to 1, the share that is left");
        assert!(why(|s| s.hardware.refractory = Some(2)).contains("has no refractory time; name a chip"));
        assert!(rule("tandm").unwrap_err().to_string().ends_with("did you mean \"tandem\"?"));
    }
}
