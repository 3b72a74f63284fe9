//! Arguments of `index`.

use super::{ReplaceOptions, heading};
use clap::Args;
use std::path::PathBuf;

pub(super) const MORE: &str = "\
Examples:
  spikemesh index runs/*.json --html runs/index.html
  spikemesh run --json runs/a.json --html runs/a.html

A run whose page is beside its file, as in a.json and a.html, is linked to it.";

#[derive(Args, Debug)]
pub(in crate::cli) struct IndexOptions {
    /// Saved runs: files of run --json
    #[arg(required = true, value_name = "RUN.json")]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Page to write
    #[arg(long, value_name = "FILE", required = true, help_heading = heading::OUTPUT)]
    pub(in crate::cli) html: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
}
