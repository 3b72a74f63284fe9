//! How far the integers of an imported network are from the real network that it was made of.

use super::Failure;
use super::terminal::tell;
use crate::report::ImportedNetwork;

/// The failure of a strict command whose integers do not follow real numbers.
pub(super) fn does_not_follow(warnings: &[String]) -> Failure {
    Failure(format!("--strict: integers do not follow the real network\n{}", warnings.join("\n")))
}

pub(super) fn warn(imported: &ImportedNetwork) {
    imported.warnings.iter().for_each(|warning| tell(format_args!("warning: {warning}")));
}
