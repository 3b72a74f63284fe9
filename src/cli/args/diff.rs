//! Arguments of `diff`.

use super::ReplaceOptions;
use clap::Args;
use std::path::PathBuf;

/// Examples and exit codes.
pub(super) const MORE: &str = "\
Examples:
  spikemesh run --json a.json
  spikemesh run --json b.json --set core.max_neurons=32
  spikemesh diff a.json b.json

The energy of an operation is its count times its price. The change of the energy is split exactly into a part of the
count, (count B - count A) x price A, and a part of the price, (price B - price A) x count B.
Exit codes: 0 nothing differs; 1 something differs; 2 error.";

#[derive(Args, Debug)]
pub(in crate::cli) struct DiffOptions {
    /// A report that \"spikemesh run --json FILE\" wrote
    #[arg(value_name = "A")]
    pub(in crate::cli) before: PathBuf,
    /// Another one
    #[arg(value_name = "B")]
    pub(in crate::cli) after: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
    /// Write the differences for machines
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) json: Option<PathBuf>,
}
