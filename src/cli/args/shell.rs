//! Arguments of `completions` and `man`.

use super::heading;
use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(in crate::cli) struct CompletionOptions {
    /// Shell
    #[arg(value_enum)]
    pub(in crate::cli) shell: Shell,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ManOptions {
    /// Command [default: the program]
    #[arg(value_name = "COMMAND")]
    pub(in crate::cli) command: Option<String>,
    /// Write the pages of all commands to a folder
    #[arg(long, value_name = "DIR", conflicts_with = "command", help_heading = heading::OUTPUT)]
    pub(in crate::cli) dir: Option<PathBuf>,
}
