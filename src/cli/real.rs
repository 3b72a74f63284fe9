//! Deviation of the integers of an imported network from the real network it was made from.

use super::Failure;
use super::terminal::tell;
use crate::report::ImportedNetwork;

/// Failure of a strict command whose integers do not follow the real numbers.
pub(super) fn does_not_follow(warnings: &[String]) -> Failure {
    Failure(format!("--strict: integers do not follow the real network\n{}", warnings.join("\n")))
}

pub(super) fn warn(imported: &ImportedNetwork) {
    imported.warnings.iter().for_each(|warning| tell(format_args!("warning: {warning}")));
}
