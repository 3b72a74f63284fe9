//! Arguments of `train`. Ranges are checked once all are known, so that all problems are reported at once.

use super::values::{self, whole};
use super::{ChangeOptions, DataArguments, EffortOptions, ReplaceOptions, TrainReportOptions, heading};
use crate::json::allowed;
use crate::net::architecture::{Activation, Loss, Schedule};
use crate::session::{self, HardwareSettings, StepRange, TrainSettings};
use crate::train::{Learned, Rule};
use clap::Args;
use std::path::PathBuf;

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
    #[arg(long, value_name = "N", value_parser = whole::<u32>(0..), allow_negative_numbers = true, hide_short_help = true, help = format!("Epochs of each stage after the first, at most, {}, and after --from-ann [default: a quarter of --epochs]", of_rules(Rule::has_stages)))]
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
    #[arg(long, value_name = "HOW", value_parser = session::schedule, hide_short_help = true)]
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
    /// Add normal noise to the values of training samples, anew in every epoch
    ///
    /// The standard deviation, as a share of the full scale, 0 to 1.
    #[arg(long, value_name = "SIGMA", value_parser = values::real, allow_hyphen_values = true, hide_short_help = true)]
    pub(in crate::cli) input_noise: Option<f64>,
    /// Activation of the non-spiking twin: relu or qcfs
    #[arg(long, value_name = "NAME", value_parser = activation, hide_short_help = true)]
    pub(in crate::cli) activation: Option<Activation>,
    /// Number of time steps T, 1 to 4096; or A..B
    ///
    /// A..B trains with A time steps first, then with one less at a time, down to B, the T of the exported network.
    #[arg(long, value_name = "T", value_parser = StepRange::parse, allow_hyphen_values = true)]
    pub(in crate::cli) steps: Option<StepRange>,
    /// Epochs for each step down of --steps A..B [default: a quarter of --epochs]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(0..), allow_negative_numbers = true, hide_short_help = true)]
    pub(in crate::cli) anneal_epochs: Option<u32>,
    /// Begin with a non-spiking network, trained for --epochs, for --rule surrogate
    ///
    /// Its layers then get thresholds by which they spike, and the spiking network is trained for --stage-epochs.
    #[arg(long, hide_short_help = true)]
    pub(in crate::cli) from_ann: bool,
    /// What is learned of a spiking network, for --rule surrogate: none, or some of weights,threshold,leak [default: all]
    ///
    /// With "none" the network of --from-ann is converted, and not trained.
    #[arg(long, value_name = "LIST", value_parser = Learned::parse, hide_short_help = true)]
    pub(in crate::cli) learn: Option<Learned>,
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

impl SettingOptions {
    /// The settings of the training.
    pub(in crate::cli) fn settings(&self) -> Result<TrainSettings, session::Error> {
        Ok(TrainSettings {
            rule: session::rule(&self.rule)?,
            epochs: self.epochs,
            stage_epochs: self.stage_epochs,
            patience: self.patience,
            batch: self.batch,
            learning_rate: self.learning_rate,
            schedule: self.schedule,
            weight_decay: self.weight_decay,
            dropout: self.dropout,
            loss: self.loss,
            shift: self.shift,
            flip: self.flip,
            input_noise: self.input_noise,
            activation: self.activation,
            steps: self.steps,
            anneal_epochs: self.anneal_epochs,
            from_ann: self.from_ann,
            learn: self.learn,
            hardware: self.hardware.settings(),
        })
    }
}

impl HardwareOptions {
    fn settings(&self) -> HardwareSettings {
        HardwareSettings {
            leak: self.leak,
            refractory: self.refractory,
            weight_bits: self.weight_bits,
            quantisation_aware: self.quantisation_aware,
            weight_noise: self.weight_noise,
            max_fan_in: self.max_fan_in,
            synops_weight: self.synops_weight,
            synops_budget: self.synops_budget,
        }
    }
}
