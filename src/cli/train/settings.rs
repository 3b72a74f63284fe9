//! From the options of `train` to the settings of a training.

use crate::cli::args::{HardwareOptions, SettingOptions, StepRange, TrainOptions};
use crate::cli::{Failure, find};
use crate::hw::{Chip, SynapseArray};
use crate::json::unknown;
use crate::net::Architecture;
use crate::net::architecture::{Target, TrainingProposal};
use crate::net::deployed::Deployed;
use crate::net::input::Encoding;
use crate::net::quantised::WEIGHT_BITS;
use crate::train::{Anneal, Config, Rule};
use std::ops::RangeInclusive;

/// Leaks, and refractory times, of the neurons that have them.
const LEAKS: RangeInclusive<f64> = 1.0 / 4096.0..=1.0;
const REFRACTORY: RangeInclusive<u32> = 1..=64;

/// The chip to train for.
pub(super) fn chip(options: &TrainOptions) -> Result<Option<Chip>, Failure> {
    let asked = &options.settings.hardware;
    let chip = asked.for_chip.as_deref().map(|chip| find::chip(chip, &asked.changes)).transpose()?;
    Ok(chip.map(|changed| changed.chip))
}

/// Gives the network the chip's neuron, and the leak and refractory time that were asked for. A note says if it keeps
/// its own because the chip names none.
pub(super) fn deploy(
    options: &TrainOptions,
    chip: Option<&Chip>,
    architecture: &mut Architecture,
) -> Result<Option<String>, Failure> {
    let HardwareOptions { leak, refractory, .. } = options.settings.hardware;
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
            return Err(Failure(format!("--leak: found {leak}, allowed: 1/4096 to 1, the share that is left")));
        }
        if architecture.neuron.outputs_spike() && leak < 1.0 {
            let problem = format!("--leak: found {leak}, allowed: 1, as membranes of ");
            return Err(Failure(problem + &architecture.neuron.describe() + " lose no share of themselves"));
        }
        architecture.leak = leak;
    }
    if let Some(steps) = refractory {
        let neuron = architecture.neuron;
        if neuron.refractory().is_none() {
            let problem = format!("--refractory: {} has no refractory time", neuron.describe());
            return Err(Failure(problem + "; name a chip whose neuron has one, as in --for-chip loihi"));
        }
        if !REFRACTORY.contains(&steps) {
            return Err(Failure(format!("--refractory: found {steps}, allowed: 1 to 64")));
        }
        architecture.neuron = neuron.with_refractory(steps as u8);
    }
    Ok(note)
}

/// Lets values come in as spikes where the chip takes no currents from the host; a note says so.
fn enter_as_spikes(chip: &Chip, architecture: &mut Architecture) -> Result<Option<String>, Failure> {
    if !architecture.neuron.outputs_spike() {
        return Ok(None);
    }
    if architecture.target == Target::Input {
        let name = &architecture.name;
        return Err(Failure(format!(
            "--network: {name} learns to give its input, and outputs of {} spike",
            chip.name()
        )));
    }
    architecture.leak = 1.0;
    if !architecture.encoding.is_off_chip() {
        return Ok(None);
    }
    architecture.encoding = Encoding::Rate;
    let name = chip.name();
    Ok(Some(format!("{name} takes no currents from the host: values come in as evenly spaced spikes (encoding rate)")))
}

/// The neuron of a chip: the network's own if the chip has it, or else the first for which networks are trained.
fn neuron_of(chip: &Chip, own: Deployed) -> Result<Deployed, Failure> {
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
        Failure(format!(
            "--for-chip: found {name}, whose neurons ({names}) no network is trained for; allowed: chips with one of \
             {trained}"
        ))
    })
}

/// Settings from the options, or else from the network; ranges are checked later, all at once.
pub(super) fn config(
    options: &TrainOptions,
    chip: Option<&Chip>,
    architecture: &Architecture,
) -> Result<Config, Failure> {
    let asked = &options.settings;
    let own = Config::of(architecture, options.effort.seed, find::threads(options.effort.threads));
    let rules: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    let unknown = || Failure(format!("--rule: {}", unknown(&asked.rule, &rules)));
    let epochs = asked.epochs.unwrap_or(own.epochs);
    let steps = asked.steps.unwrap_or(StepRange { from: None, to: own.time_steps });
    let quarter = (epochs / 4).max(1);
    let anneal = steps.from.map(|from| Anneal { from, epochs: asked.anneal_epochs.unwrap_or(quarter) });
    if anneal.is_none() && asked.anneal_epochs.is_some() {
        return Err(Failure("--anneal-epochs: needs --steps A..B, as in --steps 4..1".into()));
    }
    let rule = Rule::by_name(&asked.rule).ok_or_else(unknown)?;
    stages(asked, rule)?;
    let mut augment = own.augment;
    augment.shift = asked.shift.unwrap_or(augment.shift);
    augment.flip = asked.flip.unwrap_or(augment.flip);
    Ok(Config {
        rule,
        epochs,
        stage_epochs: asked.stage_epochs,
        patience: asked.patience.unwrap_or(own.patience),
        batch: asked.batch.unwrap_or(own.batch),
        learning_rate: asked.learning_rate.unwrap_or(own.learning_rate),
        schedule: asked.schedule.unwrap_or(own.schedule),
        weight_decay: asked.weight_decay.unwrap_or(own.weight_decay),
        dropout: asked.dropout.unwrap_or(own.dropout),
        loss: asked.loss.unwrap_or(own.loss),
        augment,
        activation: asked.activation.unwrap_or(own.activation),
        time_steps: steps.to,
        anneal,
        ..hardware(&asked.hardware, chip, architecture.neuron, own)?
    })
}

/// Refuses stage options for a rule without stages.
fn stages(asked: &SettingOptions, rule: Rule) -> Result<(), Failure> {
    let needs = |option: &str, fits: fn(Rule) -> bool| {
        let rules = Rule::ALL.iter().filter(|rule| fits(**rule)).map(|rule| format!("--rule {}", rule.name()));
        Err(Failure(format!("{option}: needs {}", rules.collect::<Vec<_>>().join(" or "))))
    };
    if asked.stage_epochs.is_some() && !rule.has_stages() {
        return needs("--stage-epochs", Rule::has_stages);
    }
    if asked.patience.is_some() && !rule.has_patience() {
        return needs("--patience", Rule::has_patience);
    }
    Ok(())
}

/// Hardware settings: from options, else from the chip, else the usual ones.
fn hardware(asked: &HardwareOptions, chip: Option<&Chip>, neuron: Deployed, own: Config) -> Result<Config, Failure> {
    let spec = chip.map(ChipRequirements::of);
    let most = spec.as_ref().map_or(own.weight_bits, |wanted| wanted.weight_bits);
    let weight_bits = asked.weight_bits.unwrap_or(most.min(*neuron.weight_bits().end()));
    if let (Some(chip), true) = (chip, weight_bits > most) {
        let name = &chip.name;
        return Err(Failure(format!("--weight-bits: found {weight_bits}, allowed: 1 to {most}, as chip {name} has")));
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
pub(super) fn record(config: &Config) -> TrainingProposal {
    let Config { epochs, batch, learning_rate, dropout, loss, schedule, augment, activation, weight_decay, .. } =
        *config;
    TrainingProposal { epochs, batch, learning_rate, dropout, loss, schedule, augment, activation, weight_decay }
}
