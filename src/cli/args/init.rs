//! Arguments of `init`.

use super::values::chips;
use super::{ReplaceOptions, heading};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(in crate::cli) struct InitOptions {
    #[command(subcommand)]
    pub(in crate::cli) kind: InitKind,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum InitKind {
    /// Write a chip file: what differs from a chip that there is, or a whole copy of it
    Chip(InitChip),
    /// Write a network file: layers, or populations of neurons
    Network(InitNetwork),
    /// Write a sweep file: a comparison of chips and options
    Sweep(InitSweep),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct InitChip {
    /// File to write; - is standard output
    #[arg(default_value = "my_chip.json")]
    pub(in crate::cli) path: PathBuf,
    /// Chip to start from: a name or a file
    #[arg(long, value_name = "CHIP", default_value = "loihi", value_parser = chips(), hide_possible_values = true, help_heading = heading::CHIP)]
    pub(in crate::cli) from: String,
    /// Copy the whole chip, instead of only what differs from it
    #[arg(long, help_heading = heading::CHIP)]
    pub(in crate::cli) whole: bool,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct InitNetwork {
    /// File to write; - is standard output
    #[arg(default_value = "my_network.json")]
    pub(in crate::cli) path: PathBuf,
    /// Populations of neurons with a weight for every synapse, instead of layers that are trained
    #[arg(long, help_heading = heading::INPUT)]
    pub(in crate::cli) sparse: bool,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct InitSweep {
    /// File to write; - is standard output
    #[arg(default_value = "my_sweep.json")]
    pub(in crate::cli) path: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
}
