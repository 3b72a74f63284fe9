//! A chip and changes of its file, and the commands that list what is built in.

use super::heading;
use super::values::{chips, networks};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The chip where none is named.
pub(super) const DEFAULT_CHIP: &str = "loihi";

/// A chip, with changes of its file.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct ChipOptions {
    /// Chip: a name ("spikemesh chips" lists them) or a file
    #[arg(long, default_value = DEFAULT_CHIP, value_parser = chips(), hide_possible_values = true, help_heading = heading::CHIP)]
    pub(in crate::cli) chip: String,
    #[command(flatten)]
    pub(in crate::cli) changes: ChangeOptions,
}

/// Changes of the file of a chip.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct ChangeOptions {
    /// Change a value in the chip's file, as in core.weight_bits=4 or mesh.routing=yx
    ///
    /// Numbers, words, true, false and null can be set; "spikemesh chips NAME --json" prints the file. Can be given more than
    /// once. A constant changes together with its source, in a chip file: see "spikemesh init chip".
    #[arg(long, value_name = "PATH=VALUE", value_parser = change, help_heading = heading::CHIP)]
    pub(in crate::cli) set: Vec<ChipChange>,
}

/// A value of the chip's file, by path, and its new text.
#[derive(Clone, Debug)]
pub(in crate::cli) struct ChipChange {
    pub(in crate::cli) path: String,
    pub(in crate::cli) value: String,
}

impl ChangeOptions {
    /// Paths and values.
    pub(in crate::cli) fn pairs(&self) -> Vec<(&str, &str)> {
        self.set.iter().map(|ChipChange { path, value }| (path.as_str(), value.as_str())).collect()
    }
}

fn change(text: &str) -> Result<ChipChange, String> {
    let (path, value) = text.split_once('=').ok_or("expected PATH=VALUE, as in core.synapse_lanes=4")?;
    Ok(ChipChange { path: path.trim().to_owned(), value: value.trim().to_owned() })
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ChipsOptions {
    /// Chip: a name or a file [default: a list of all]
    #[arg(value_parser = chips(), hide_possible_values = true)]
    pub(in crate::cli) chip: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) changes: ChangeOptions,
    /// Print the chip's file, or write it to FILE, to be copied and changed
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-", requires = "chip", help_heading = heading::OUTPUT)]
    pub(in crate::cli) json: Option<PathBuf>,
    /// Print the whole chip, if the file extends another one
    #[arg(long, requires = "json", help_heading = heading::OUTPUT)]
    pub(in crate::cli) merged: bool,
    #[command(flatten)]
    pub(in crate::cli) replace: super::ReplaceOptions,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct NetworksOptions {
    /// Network: a name, a file or a trained folder [default: a list of all]
    #[arg(value_parser = networks(), hide_possible_values = true)]
    pub(in crate::cli) network: Option<String>,
    /// Print the network's file, or write it to FILE, to be copied and changed
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-", requires = "network", help_heading = heading::OUTPUT)]
    pub(in crate::cli) json: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) replace: super::ReplaceOptions,
}

/// Between cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TimingArg {
    /// Finite buffers, credits, arbitration
    Event,
    /// No contention between packets: a lower bound where cores receive one packet after the other
    Ideal,
}

/// Treatment of limits of the chip that the network breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LimitsArg {
    /// An error that says what does not fit
    Enforce,
    /// Run anyway, and list what does not fit
    Report,
}
