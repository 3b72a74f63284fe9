//! The registered data sets. Adding one: one file, and one line here.

use super::registered::Registered;
use super::sounds::fsdd;
use super::{cifar10_jpeg, digits, fashion, fashion_mnist, japanese_vowels};
use std::path::PathBuf;

pub(super) const REGISTRY: &[&Registered] = &[
    &digits::ENTRY,
    &fashion::ENTRY,
    &fashion_mnist::ENTRY,
    &digits::ROWS,
    &digits::SACCADES,
    &fashion_mnist::SACCADES,
    &cifar10_jpeg::ENTRY,
    &japanese_vowels::ENTRY,
    &fsdd::ENTRY,
    &fsdd::STATES,
    &fsdd::GEORGE,
    &fsdd::JACKSON,
    &fsdd::LUCAS,
    &fsdd::NICOLAS,
    &fsdd::THEO,
    &fsdd::YWEWELER,
];

/// Catalogue entry of a registered data set.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// The name.
    pub name: &'static str,
    /// A short description.
    pub about: &'static str,
    /// Samples to train, validate and test.
    pub sizes: [usize; 3],
    /// Where it was found, or `None` if it is not on this machine.
    pub found: Option<String>,
    /// Advice on how to get it.
    pub get: &'static str,
    /// Citation and licence.
    pub source: &'static str,
}

/// All registered data sets; `folders` are searched in addition to the usual places.
#[doc(hidden)]
pub fn catalogue(folders: &[PathBuf]) -> Vec<CatalogueEntry> {
    let entry = |r: &&Registered| CatalogueEntry {
        name: r.name,
        about: r.about,
        sizes: r.sizes,
        found: (r.locate)(folders).ok(),
        get: r.get,
        source: r.source,
    };
    REGISTRY.iter().map(entry).collect()
}
