//! Arguments of `train`. Ranges are checked once all are known, so that all problems are reported at once.

use super::{ChangeOptions, DataArguments, EffortOptions, ReplaceOptions, TrainReportOptions};
use crate::net::architecture::{Activation, Loss, Schedule};
use crate::train::Rule;
use clap::Args;
use std::path::PathBuf;

/// Examples, below the options.
pub(super) const MORE: &str = "\
Examples:
  spikemesh train --network digits-mlp --out trained/digits
  spikemesh train --network fashion-cnn --shift 2 --flip --out trained/fashion
  spikemesh train --network fashion-cnn --shift 2 --flip --out trained/fashion --resume      after a stop
  spikemesh train --network fashion-mlp --steps 4..1 --anneal-epochs 3 --out trained/one-step
  spikemesh train --network trained/fashion --fine-tune --weight-bits 4 --epochs 3 --learning-rate 0.0005 --out trained/four-bits
  spikemesh train --report-only --network trained/fashion --out trained/fashion      report.html of what is trained
  spikemesh train --network digits-cnn --for-chip loihi --synops-weight 0.1 --out trained/sparing
  spikemesh run --network trained/digits";

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
    found.ok_or("expected a number of time steps, as in 4, or from where to where they fall, as in 8..2".into())
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
    found.map(|(_, value)| *value).ok_or_else(|| format!("expected {}", names.join(" or ")))
}

#[derive(Args, Debug)]
pub(in crate::cli) struct TrainOptions {
    /// Network: a name, a file, or a trained folder
    #[arg(long, default_value = "digits-mlp")]
    pub(in crate::cli) network: String,
    /// Data set: a name or a folder [default: the network's own]
    #[arg(long)]
    pub(in crate::cli) data: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) folders: DataArguments,
    /// Folder for network.json, weights.safetensors, history.json, and the checkpoint of a training under way
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Go on with the training whose checkpoint is in the folder of --out, with the same options as before
    #[arg(long, conflicts_with = "overwrite")]
    pub(in crate::cli) resume: bool,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
    /// Start from the weights of the trained network that --network names, instead of drawn ones
    #[arg(long)]
    pub(in crate::cli) fine_tune: bool,
    #[command(flatten, next_help_heading = "Training")]
    pub(in crate::cli) settings: SettingOptions,
    #[command(flatten, next_help_heading = "Report")]
    pub(in crate::cli) report: TrainReportOptions,
    #[command(flatten, next_help_heading = "Work")]
    pub(in crate::cli) effort: EffortOptions,
    /// Write the history and the result for machines
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) json: Option<PathBuf>,
}

/// Settings of a training; defaults are the network's own.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct SettingOptions {
    #[arg(long, value_name = "NAME", default_value = Rule::default().name(), help = rules())]
    pub(in crate::cli) rule: String,
    /// Passes over the training part, 1 to 10000 [default: the network's own, as for the next ones]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) epochs: Option<u32>,
    #[arg(long, value_name = "N", help = format!("{}: epochs of each stage after the first, at most [default: a quarter of --epochs]", of_rules(Rule::has_stages)))]
    pub(in crate::cli) stage_epochs: Option<u32>,
    #[arg(long, value_name = "N", help = format!("{}: end a stage after N epochs without a better network [default: 6]", of_rules(Rule::has_patience)))]
    pub(in crate::cli) patience: Option<u32>,
    /// Samples per step, 2 to 65536
    #[arg(long, value_name = "N")]
    pub(in crate::cli) batch: Option<u32>,
    /// Adam's step size at the start, up to 1
    #[arg(long, value_name = "R")]
    pub(in crate::cli) learning_rate: Option<f64>,
    /// How the step size falls: cosine, to a hundredth; or step:EVERY:FACTOR, times FACTOR after every EVERY epochs
    #[arg(long, value_name = "HOW", value_parser = schedule)]
    pub(in crate::cli) schedule: Option<Schedule>,
    /// Share of a weight taken off per unit of the step size (AdamW), 0 to 1
    #[arg(long, value_name = "D")]
    pub(in crate::cli) weight_decay: Option<f64>,
    /// Chance that an input of the output layer is dropped, 0 to 0.9
    #[arg(long, value_name = "P")]
    pub(in crate::cli) dropout: Option<f64>,
    /// Loss to minimise: cross_entropy or mse
    #[arg(long, value_name = "NAME", value_parser = loss)]
    pub(in crate::cli) loss: Option<Loss>,
    /// Move each training sample by up to K pixels each way, drawn again in every epoch
    #[arg(long, value_name = "K")]
    pub(in crate::cli) shift: Option<u32>,
    /// Mirror half the training samples, drawn again in every epoch; --flip=false where the network's file says so
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(in crate::cli) flip: Option<bool>,
    /// Activation of the non-spiking twin: relu or qcfs
    #[arg(long, value_name = "NAME", value_parser = activation)]
    pub(in crate::cli) activation: Option<Activation>,
    /// Time steps, 1 to 4096; or A..B: train at A first, then from there at one less at a time, down to B, which the
    /// exported network has
    #[arg(long, value_name = "T", value_parser = steps)]
    pub(in crate::cli) steps: Option<StepRange>,
    /// Epochs for each fewer step of --steps A..B [default: a quarter of --epochs]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) anneal_epochs: Option<u32>,
    #[command(flatten, next_help_heading = "Hardware")]
    pub(in crate::cli) hardware: HardwareOptions,
}

/// Hardware that the network is to fit, and its cost.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct HardwareOptions {
    /// Chip to train for, a name or a file: its bits of a weight and of a membrane, its fan-in, and its devices' noise,
    /// unless options say otherwise
    #[arg(long, value_name = "CHIP")]
    pub(in crate::cli) for_chip: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) changes: ChangeOptions,
    /// Bits of a weight, sign included, 1 to 9 [default: 8, or the chip's]
    #[arg(long, value_name = "B")]
    pub(in crate::cli) weight_bits: Option<u32>,
    /// Whether weights are rounded while training, too [default: with fewer than 8 bits]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(in crate::cli) quantisation_aware: Option<bool>,
    /// Disturb the weights while training, by a standard deviation in units of a layer's largest weight [default: 0, or
    /// what the chip's devices are programmed with]
    #[arg(long, value_name = "SIGMA")]
    pub(in crate::cli) weight_noise: Option<f64>,
    /// Leave each neuron its strongest inputs, N at most; the encoding layer has no synapses [default: all, or the
    /// chip's limit]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) max_fan_in: Option<u32>,
    /// Add to the loss L times the ratio of synaptic operations to the twin's multiply-accumulates (encoding apart)
    #[arg(long, value_name = "L")]
    pub(in crate::cli) synops_weight: Option<f64>,
    /// Charge for synaptic operations only while their ratio is above R
    #[arg(long, value_name = "R", requires = "synops_weight")]
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
        "Training rule: {}; or {}. Rules with stages ({}) go on from the end of the last stage (of the last epoch in the first one)",
        others.join("; "),
        with_clause(last),
        staged.join(", ")
    )
}

/// Names the rules for which `have` holds, as in "Of the progressive and the local rule".
fn of_rules(have: fn(Rule) -> bool) -> String {
    let names: Vec<&str> = Rule::ALL.iter().filter(|rule| have(**rule)).map(|rule| rule.name()).collect();
    format!("Of the {} rule", names.join(" and the "))
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
