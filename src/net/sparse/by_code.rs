//! Fields that code reads.

use crate::json::{Cursor, Object, Shape};
use schemars::{Schema, SchemaGenerator};

/// A field whose reading depends on much of the file: code reads it, and a shape describes it.
#[derive(Debug)]
pub(super) struct ByCode<S> {
    shape: S,
    is_needed: bool,
}

impl<S> ByCode<S> {
    pub(super) fn needed(shape: S) -> Self {
        Self { shape, is_needed: true }
    }

    pub(super) fn optional(shape: S) -> Self {
        Self { shape, is_needed: false }
    }
}

impl<G, S: Shape<()>> Shape<G> for ByCode<S> {
    type Value = ();

    fn read(&self, _: &Cursor<'_>, _: G) -> Option<()> {
        Some(())
    }

    fn read_field(&self, _: &Object<'_>, _: &str, _: G) -> Option<()> {
        Some(())
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        self.shape.schema(generator)
    }

    fn is_needed(&self) -> bool {
        self.is_needed
    }
}
