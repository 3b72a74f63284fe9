//! Arguments of `guide`.

use clap::Args;

/// Examples of `guide`.
pub(super) const MORE: &str =
    "Examples:\n  spikemesh guide                   the topics\n  spikemesh guide architect | less";

#[derive(Args, Debug)]
pub(in crate::cli) struct GuideOptions {
    /// Topic [default: a list of all]
    #[arg(value_parser = super::values::topics(), hide_possible_values = true)]
    pub(in crate::cli) topic: Option<String>,
}
