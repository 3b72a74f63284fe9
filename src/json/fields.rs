//! Fields of records: which may be left out, which depend on others, and where they are listed.

use super::values::{Listed, Plain, Property, Record, Shape, plain};
use super::{Cursor, Object};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;
use std::marker::PhantomData;

/// The schema of a field is that of a shape within its own.
macro_rules! described_by {
    ($shape:tt) => {
        fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
            self.$shape.schema(generator)
        }

        fn is_needed(&self) -> bool {
            self.$shape.is_needed()
        }
    };
}

pub(crate) struct Optional<S>(S);

/// A field that may be left out, which is `None`.
pub(crate) fn optional<S>(shape: S) -> Optional<S> {
    Optional(shape)
}

impl<G, S: Shape<G>> Shape<G> for Optional<S> {
    type Value = Option<S::Value>;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<Self::Value> {
        self.0.read(cursor, given).map(Some)
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        self.0.schema(generator)
    }

    fn read_field(&self, object: &Object<'_>, name: &str, given: G) -> Option<Self::Value> {
        object.get(name).map_or(Some(None), |cursor| self.read(&cursor, given))
    }

    fn is_needed(&self) -> bool {
        false
    }
}

pub(crate) struct Or<S, V> {
    shape: S,
    value: V,
    shown: Option<Value>,
}

/// A field that may be left out, which then has a value; the schema gives it as the default, as files have it.
pub(crate) fn or<S, V: Clone>(shape: S, value: V, shown: impl Into<Value>) -> Or<S, V> {
    Or { shape, value, shown: Some(shown.into()) }
}

/// A field that may be left out, which then has a value that a file cannot give.
pub(crate) fn unsaid<S, V: Clone>(shape: S, value: V) -> Or<S, V> {
    Or { shape, value, shown: None }
}

impl<G, V: Clone, S: Shape<G, Value = V>> Shape<G> for Or<S, V> {
    type Value = V;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<V> {
        self.shape.read(cursor, given)
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        let mut schema = self.shape.schema(generator);
        if let Some(shown) = &self.shown {
            schema.insert("default".into(), shown.clone());
        }
        schema
    }

    fn read_field(&self, object: &Object<'_>, name: &str, given: G) -> Option<V> {
        object.get(name).map_or_else(|| Some(self.value.clone()), |cursor| self.read(&cursor, given))
    }

    fn is_needed(&self) -> bool {
        false
    }
}

pub(crate) struct Flat<R>(PhantomData<R>);

/// A record whose fields stand in the same object as those of the one that holds it.
pub(crate) fn flat<R>() -> Flat<R> {
    Flat(PhantomData)
}

impl<G, R: Record<G>> Shape<G> for Flat<R> {
    type Value = R::Made;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<R::Made> {
        R::read(cursor, given)
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<R>()
    }

    fn read_field(&self, object: &Object<'_>, _: &str, given: G) -> Option<R::Made> {
        R::read_fields(object, given)
    }

    fn names(&self, _: &'static str) -> Vec<Listed<&'static str>> {
        R::names()
    }

    fn properties(&self, _: &'static str, _: &str, generator: &mut SchemaGenerator) -> Vec<Listed<Property>> {
        R::properties(generator)
    }
}

pub(crate) struct ListedLast<S>(S);

/// A field that is listed after all that are not, and read where it stands.
pub(crate) fn listed_last<S>(shape: S) -> ListedLast<S> {
    ListedLast(shape)
}

impl<G, S: Shape<G>> Shape<G> for ListedLast<S> {
    type Value = S::Value;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<S::Value> {
        self.0.read(cursor, given)
    }

    described_by!(0);

    fn read_field(&self, object: &Object<'_>, name: &str, given: G) -> Option<S::Value> {
        self.0.read_field(object, name, given)
    }

    fn names(&self, name: &'static str) -> Vec<Listed<&'static str>> {
        self.0.names(name).into_iter().map(Listed::last).collect()
    }

    fn properties(&self, name: &'static str, about: &str, generator: &mut SchemaGenerator) -> Vec<Listed<Property>> {
        self.0.properties(name, about, generator).into_iter().map(Listed::last).collect()
    }
}

pub(crate) struct With<H, S>(H, S);

/// A field whose reading depends on fields before it: in a description these are options by their names, `None` where they
/// could not be read.
pub(crate) fn with<H, S>(given: H, shape: S) -> With<H, S> {
    With(given, shape)
}

impl<G, H: Copy, S: Shape<H>> Shape<G> for With<H, S> {
    type Value = S::Value;

    fn read(&self, cursor: &Cursor<'_>, _: G) -> Option<S::Value> {
        self.1.read(cursor, self.0)
    }

    described_by!(1);

    fn read_field(&self, object: &Object<'_>, name: &str, _: G) -> Option<S::Value> {
        self.1.read_field(object, name, self.0)
    }
}

pub(crate) struct Beside<H, S>(H, S);

/// A field that depends on fields before it as well as on what the whole record depends on.
pub(crate) fn beside<H, S>(given: H, shape: S) -> Beside<H, S> {
    Beside(given, shape)
}

impl<G, H: Copy, S: Shape<(G, H)>> Shape<G> for Beside<H, S> {
    type Value = S::Value;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<S::Value> {
        self.1.read(cursor, (given, self.0))
    }

    described_by!(1);

    fn read_field(&self, object: &Object<'_>, name: &str, given: G) -> Option<S::Value> {
        self.1.read_field(object, name, (given, self.0))
    }
}

pub(crate) struct OfObject<R, S> {
    read: R,
    shape: S,
}

/// Reads a field from its object.
type ReadOf<G, V> = fn(&Object<'_>, G) -> Option<V>;

/// A field whose meaning depends on others of its object: a function looks for it there, and a shape describes it.
pub(crate) fn of_object<G, V, S>(read: ReadOf<G, V>, shape: S) -> OfObject<ReadOf<G, V>, S> {
    OfObject { read, shape }
}

impl<G, V, S: Shape<G>> Shape<G> for OfObject<ReadOf<G, V>, S> {
    type Value = V;

    fn read(&self, cursor: &Cursor<'_>, _: G) -> Option<V> {
        unreachable!("{} is read from its object", cursor.path())
    }

    described_by!(shape);

    fn read_field(&self, object: &Object<'_>, _: &str, given: G) -> Option<V> {
        (self.read)(object, given)
    }
}

/// A field that is read together with another.
pub(crate) fn elsewhere<G, S>(shape: S) -> OfObject<ReadOf<G, ()>, S> {
    of_object(|_, _| Some(()), shape)
}

/// What a type describes, and something else reads.
pub(crate) fn described<T: JsonSchema>() -> Plain<()> {
    plain::<T, _>(|_| Some(()))
}

pub(crate) struct Apart<V>(V);

/// A value that does not stand in the object, until it is known.
pub(crate) fn apart<V: Clone>(value: V) -> Apart<V> {
    Apart(value)
}

impl<G, V: Clone> Shape<G> for Apart<V> {
    type Value = V;

    fn read(&self, _: &Cursor<'_>, _: G) -> Option<V> {
        Some(self.0.clone())
    }

    fn schema(&self, _: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }

    fn read_field(&self, _: &Object<'_>, _: &str, _: G) -> Option<V> {
        Some(self.0.clone())
    }

    fn names(&self, _: &'static str) -> Vec<Listed<&'static str>> {
        Vec::new()
    }

    fn properties(&self, _: &'static str, _: &str, _: &mut SchemaGenerator) -> Vec<Listed<Property>> {
        Vec::new()
    }
}

pub(crate) struct Also<S, T> {
    first: S,
    second: (&'static str, &'static str),
    shape: T,
}

/// A value that two fields make. The shape of the first reads both; of the second stand here its name, its description and
/// its shape.
pub(crate) fn also<S, T>(first: S, second: (&'static str, &'static str), shape: T) -> Also<S, T> {
    Also { first, second, shape }
}

impl<G, S: Shape<G>, T: Shape<G>> Shape<G> for Also<S, T> {
    type Value = S::Value;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<S::Value> {
        self.first.read(cursor, given)
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        self.first.schema(generator)
    }

    fn read_field(&self, object: &Object<'_>, name: &str, given: G) -> Option<S::Value> {
        self.first.read_field(object, name, given)
    }

    fn names(&self, name: &'static str) -> Vec<Listed<&'static str>> {
        [self.first.names(name), self.shape.names(self.second.0)].concat()
    }

    fn properties(&self, name: &'static str, about: &str, generator: &mut SchemaGenerator) -> Vec<Listed<Property>> {
        let (second, of_second) = self.second;
        let first = self.first.properties(name, about, generator);
        [first, self.shape.properties(second, of_second, generator)].concat()
    }
}
