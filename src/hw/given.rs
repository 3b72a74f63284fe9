//! The context of constants in a chip file: the tick, the sources, the core.

use super::kinds::CoreKinds;
use super::part_sums::PartSums;
use super::tick::{OnTick, TickLength};
use crate::json::schema::{Named, Text};
use crate::json::shape::{by, plain};
use crate::json::{Cursor, FieldSpec};

/// The named sources of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sources(Vec<(String, String)>);

impl Sources {
    /// Field specification of the sources.
    pub(super) fn spec<'s, G>() -> FieldSpec<'s, G, Self> {
        plain::<Named<Text>, _, _>(|cursor| {
            let entries = cursor.entries()?;
            let texts: Vec<_> =
                entries.iter().map(|(name, c)| Some(((*name).to_owned(), c.text()?.to_owned()))).collect();
            texts.into_iter().collect::<Option<Vec<_>>>().map(Self)
        })
    }

    /// The text of the source that a field names.
    fn resolve(&self, cursor: &Cursor<'_>) -> Option<String> {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        cursor.choice(&names).map(|i| self.0[i].1.clone())
    }
}

/// The parts of the file that constants depend on.
#[derive(Clone, Copy)]
pub(super) struct ConstantContext<'a> {
    /// The tick, if it could be read.
    pub(super) tick: Option<TickLength>,
    /// The sources, if they could be read.
    pub(super) sources: Option<&'a Sources>,
    /// The kinds of cores, if they could be read.
    pub(super) cores: Option<&'a CoreKinds>,
    /// What the parts of operations take, if the file has a composition; `None` if it could not be read.
    pub(super) sums: Option<Option<&'a PartSums>>,
    /// The field that excludes a barrier, if any.
    pub(super) no_barrier: Option<&'static str>,
    /// Chips over which the tiles are spread, if the mesh could be read.
    pub(super) chips: Option<u32>,
    /// Whether its links have a direction (mesh and torus), if the mesh could be read.
    pub(super) directed: Option<bool>,
    /// The clock of reports (MHz), if it could be read.
    pub(super) mhz: Option<f64>,
}

impl OnTick for ConstantContext<'_> {
    fn tick(&self) -> Option<TickLength> {
        self.tick
    }
}

/// A context with the sources of the file, if they could be read.
pub(super) trait Sourced {
    fn sources(&self) -> Option<&Sources>;
}

impl Sourced for ConstantContext<'_> {
    fn sources(&self) -> Option<&Sources> {
        self.sources
    }
}

impl Sourced for Option<&Sources> {
    fn sources(&self) -> Option<&Sources> {
        *self
    }
}

/// The name of a source, which is replaced by its text.
pub(super) fn source_name<'s, G: Sourced>() -> FieldSpec<'s, G, String> {
    by::<Text, _, _>(|cursor, given: G| given.sources().unwrap_or(&Sources::default()).resolve(cursor))
}
