//! Arguments of `guide`.

use clap::Args;

/// Examples of `guide`.
pub(super) const MORE: &str =
    "Examples:\n  spikemesh guide                   the topics\n  spikemesh guide architect | less";

#[derive(Args, Debug)]
pub(in crate::cli) struct GuideOptions {
    /// Topic [default: a list of all]
    pub(in crate::cli) topic: Option<String>,
}
