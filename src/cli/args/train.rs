//! Arguments of `train`. Ranges are checked once all are known, so that all problems are reported at once.

use super::values::{self, whole};
use super::{ChangeOptions, DataArguments, EffortOptions, ReplaceOptions, TrainReportOptions, heading};
use crate::json::allowed;
use crate::net::architecture::{Activation, Loss, Schedule};
use crate::train::Rule;
use clap::Args;
use std::path::PathBuf;

/// Time steps of a training: those of the exported network, and perhaps a larger number at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct StepRange {
    pub(in crate::cli) from: Option<u32>,
    pub(in crate::cli) to: u32,
}

fn steps(text: &str) -> Result<StepRange, String> {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let found = match text.split_once("..") {
        None => number(text).map(|to| StepRange { from: None, to }),
        Some((from, to)) => number(from).zip(number(to)).map(|(from, to)| StepRange { from: Some(from), to }),
    };
    found.ok_or("expected a number of time steps, as in 4, or a first and a last number, as in 8..2".into())
}

fn schedule(text: &str) -> Result<Schedule, String> {
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

fn loss(text: &str) -> Result<Loss, String> {
    named(text, Loss::NAMES, Loss::ALL)
}

fn activation(text: &str) -> Result<Activation, String> {
    named(text, Activation::NAMES, Activation::ALL)
}

fn named<T: Copy>(text: &str, names: &[&str], values: &[T]) -> Result<T, String> {
    let found = names.iter().zip(values).find(|(name, _)| **name == text);
    found.map(|(_, value)| *value).ok_or_else(|| allowed(text, names))
}

#[derive(Args, Debug)]
pub(in crate::cli) struct TrainOptions {
    /// Network: a name, a file, or a trained folder
    #[arg(long, default_value = "digits-mlp", value_parser = values::networks(), hide_possible_values = true, help_heading = heading::INPUT)]
    pub(in crate::cli) network: String,
    /// Data set: a name or a folder [default: the network's own]
    #[arg(long, value_parser = values::datasets(), hide_possible_values = true, help_heading = heading::INPUT)]
    pub(in crate::cli) data: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) folders: DataArguments,
    /// Start from the weights of the trained network that --network names, instead of random ones
    #[arg(long, help_heading = heading::INPUT)]
    pub(in crate::cli) fine_tune: bool,
    #[command(flatten)]
    pub(in crate::cli) settings: SettingOptions,
    /// Folder to write the network to
    ///
    /// It gets network.json, weights.safetensors, history.json, and the checkpoint of an unfinished training.
    #[arg(long, value_name = "DIR", help_heading = heading::OUTPUT)]
    pub(in crate::cli) out: PathBuf,
    /// Continue the unfinished training in the folder of --out, with the same options as before
    #[arg(long, conflicts_with = "overwrite", help_heading = heading::OUTPUT)]
    pub(in crate::cli) resume: bool,
    #[command(flatten)]
    pub(in crate::cli) report: TrainReportOptions,
    /// Write the history and the result as JSON
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(in crate::cli) json: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
    #[command(flatten)]
    pub(in crate::cli) effort: EffortOptions,
}

/// Settings of a training; defaults are the network's own.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = heading::TRAINING)]
pub(in crate::cli) struct SettingOptions {
    #[arg(long, value_name = "NAME", default_value = Rule::default().name(), value_parser = values::rules(), hide_possible_values = true, help = "Training rule", long_help = rules())]
    pub(in crate::cli) rule: String,
    /// Number of passes over the training samples, 1 to 10000 [default: the network's own]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(0..), allow_negative_numbers = true)]
    pub(in crate::cli) epochs: Option<u32>,
    #[arg(long, value_name = "N", value_parser = whole::<u32>(0..), allow_negative_numbers = true, hide_short_help = true, help = format!("Epochs of each stage after the first, at most, {} [default: a quarter of --epochs]", of_rules(Rule::has_stages)))]
    pub(in crate::cli) stage_epochs: Option<u32>,
    #[arg(long, value_name = "N", value_parser = whole::<u32>(0..), allow_negative_numbers = true, hide_short_help = true, help = format!("End a stage after N epochs without improvement, {} [default: 6]", of_rules(Rule::has_patience)))]
    pub(in crate::cli) patience: Option<u32>,
    /// Samples per step, 2 to 65536
    #[arg(long, value_name = "N", value_parser = whole::<u32>(0..), allow_negative_numbers = true)]
    pub(in crate::cli) batch: Option<u32>,
    /// Learning rate of Adam at the start, up to 1
    #[arg(long, value_name = "R", value_parser = values::real, allow_hyphen_values = true)]
    pub(in crate::cli) learning_rate: Option<f64>,
    /// Decay of the learning rate: cosine, or step:EVERY:FACTOR
    ///
    /// cosine ends at a hundredth; step multiplies by FACTOR after every EVERY epochs.
    #[arg(long, value_name = "HOW", value_parser = schedule, hide_short_help = true)]
    pub(in crate::cli) schedule: Option<Schedule>,
    /// Weight decay per unit of the learning rate (AdamW), 0 to 1
    #[arg(long, value_name = "D", value_parser = values::real, allow_hyphen_values = true, hide_short_help = true)]
    pub(in crate::cli) weight_decay: Option<f64>,
    /// Probability that an input of the output layer is dropped, 0 to 0.9
    #[arg(long, value_name = "P", value_parser = values::real, allow_hyphen_values = true, hide_short_help = true)]
    pub(in crate::cli) dropout: Option<f64>,
    /// Loss to minimise: cross_entropy or mse
    #[arg(long, value_name = "NAME", value_parser = loss, hide_short_help = true)]
    pub(in crate::cli) loss: Option<Loss>,
    /// Shift each training sample randomly by up to K pixels each way, in every epoch
    #[arg(long, value_name = "K", value_parser = whole::<u32>(0..), allow_negative_numbers = true)]
    pub(in crate::cli) shift: Option<u32>,
    /// Mirror half of the training samples, chosen randomly in every epoch
    ///
    /// --flip=false turns off what the network's file says.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(in crate::cli) flip: Option<bool>,
    /// Activation of the non-spiking twin: relu or qcfs
    #[arg(long, value_name = "NAME", value_parser = activation, hide_short_help = true)]
    pub(in crate::cli) activation: Option<Activation>,
    /// Number of time steps T, 1 to 4096; or A..B
    ///
    /// A..B trains with A time steps first, then with one less at a time, down to B, the T of the exported network.
    #[arg(long, value_name = "T", value_parser = steps, allow_hyphen_values = true)]
    pub(in crate::cli) steps: Option<StepRange>,
    /// Epochs for each step down of --steps A..B [default: a quarter of --epochs]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(0..), allow_negative_numbers = true, hide_short_help = true)]
    pub(in crate::cli) anneal_epochs: Option<u32>,
    #[command(flatten)]
    pub(in crate::cli) hardware: HardwareOptions,
}

/// Hardware that the network is to fit, and its cost.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = heading::HARDWARE)]
pub(in crate::cli) struct HardwareOptions {
    /// Chip to train for, a name or a file: its own neuron, and its limits
    ///
    /// The spiking half of the training is the chip's integer neuron, so the network runs there as it was trained. The
    /// chip's weight and membrane widths, its fan-in limit and the noise of its devices apply, unless options set them.
    #[arg(long, value_name = "CHIP", value_parser = values::chips(), hide_possible_values = true)]
    pub(in crate::cli) for_chip: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) changes: ChangeOptions,
    /// Share of a membrane that is left after a step, 1/4096 to 1 [default: the network's own]
    #[arg(long, value_name = "SHARE", value_parser = values::real, allow_hyphen_values = true)]
    pub(in crate::cli) leak: Option<f64>,
    /// Steps from a spike until the next is possible, 1 to 64, for a chip whose neuron has them [default: 1]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(0..), allow_negative_numbers = true, hide_short_help = true)]
    pub(in crate::cli) refractory: Option<u32>,
    /// Width of a weight in bits, sign included, 1 to 9 [default: 8, or the chip's]
    #[arg(long, value_name = "B", value_parser = whole::<u32>(0..), allow_negative_numbers = true)]
    pub(in crate::cli) weight_bits: Option<u32>,
    /// Round weights while training, too [default: with fewer than 8 bits]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_short_help = true)]
    pub(in crate::cli) quantisation_aware: Option<bool>,
    /// Add noise to the weights while training [default: 0, or the programming noise of the chip's devices]
    ///
    /// The standard deviation, in units of a layer's largest weight.
    #[arg(long, value_name = "SIGMA", value_parser = values::real, allow_hyphen_values = true, hide_short_help = true)]
    pub(in crate::cli) weight_noise: Option<f64>,
    /// Keep only the N strongest inputs of each neuron [default: all, or the chip's limit]
    ///
    /// The encoding layer has no synapses and is not limited.
    #[arg(long, value_name = "N", value_parser = whole::<u32>(0..), allow_negative_numbers = true)]
    pub(in crate::cli) max_fan_in: Option<u32>,
    /// Penalise synaptic operations: add L times their ratio to the twin's MACs to the loss
    ///
    /// MACs are multiply-accumulates; the encoding layer is left out.
    #[arg(long, value_name = "L", value_parser = values::real, allow_hyphen_values = true, hide_short_help = true)]
    pub(in crate::cli) synops_weight: Option<f64>,
    /// Penalise synaptic operations only while their ratio is above R
    #[arg(long, value_name = "R", value_parser = values::real, allow_hyphen_values = true, requires = "synops_weight", hide_short_help = true)]
    pub(in crate::cli) synops_budget: Option<f64>,
}

/// Help text of `--rule`: all rules and their descriptions.
fn rules() -> String {
    let with_clause = |rule: &Rule| match rule.about() {
        "" => rule.name().to_owned(),
        about => format!("{}, {about}", rule.name()),
    };
    let (last, others) = Rule::ALL.split_last().expect("there are rules");
    let others: Vec<String> = others.iter().map(with_clause).collect();
    let staged: Vec<&str> = Rule::ALL.iter().filter(|rule| rule.has_stages()).map(|rule| rule.name()).collect();
    format!(
        "Training rule: {}; or {}. After a stop, rules with stages ({}) continue from the last complete stage (from the last epoch in the first one)",
        others.join("; "),
        with_clause(last),
        staged.join(", ")
    )
}

/// Names the rules for which `have` holds, as in "for --rule progressive or local".
fn of_rules(have: fn(Rule) -> bool) -> String {
    let names: Vec<&str> = Rule::ALL.iter().filter(|rule| have(**rule)).map(|rule| rule.name()).collect();
    format!("for --rule {}", names.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_schedules_are_read() {
        assert_eq!(steps("4"), Ok(StepRange { from: None, to: 4 }));
        assert_eq!(steps("8..2"), Ok(StepRange { from: Some(8), to: 2 }));
        assert!(["", "a", "..", "8..", "-1", "8...2"].iter().all(|text| steps(text).is_err()));
        assert_eq!(schedule("cosine"), Ok(Schedule::Cosine));
        assert_eq!(schedule("step:10:0.1"), Ok(Schedule::Step { every: 10, factor: 0.1 }));
        assert!(["", "step", "step:1", "step:x:1", "step:1:1:1"].iter().all(|text| schedule(text).is_err()));
    }
}
