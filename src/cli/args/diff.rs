//! Arguments of `diff`.

use super::{ReplaceOptions, heading};
use clap::Args;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(in crate::cli) struct DiffOptions {
    /// A report that "spikemesh run --json FILE" wrote
    #[arg(value_name = "A")]
    pub(in crate::cli) before: PathBuf,
    /// Another one
    #[arg(value_name = "B")]
    pub(in crate::cli) after: PathBuf,
    /// Write the differences as JSON
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(in crate::cli) json: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
}
