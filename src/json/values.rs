//! Kinds of values in files: each is read and described by one thing, its shape.

use super::schema::{self, Nullable, words};
use super::{Cursor, Object};
use crate::units::{Attojoules, Nanowatts};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::marker::PhantomData;
use std::ops::RangeInclusive;

/// A kind of value: how it is read, and its schema. `G` is what the rest of the file says that its meaning depends on.
pub(crate) trait Shape<G> {
    /// The value in memory.
    type Value;

    /// Reads a value; what is wrong with it is noted.
    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<Self::Value>;

    /// The schema of the value.
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;

    /// Reads a field, which is missing where it is left out, unless the shape says otherwise.
    fn read_field(&self, object: &Object<'_>, name: &str, given: G) -> Option<Self::Value> {
        object.need(name).and_then(|cursor| self.read(&cursor, given))
    }

    /// Whether a field must be there.
    fn is_needed(&self) -> bool {
        true
    }

    /// The fields of a name: one, but of a record that is flattened.
    fn names(&self, name: &'static str) -> Vec<Listed<&'static str>> {
        vec![Listed::In(name)]
    }

    /// Their schemas.
    fn properties(&self, name: &'static str, about: &str, generator: &mut SchemaGenerator) -> Vec<Listed<Property>> {
        let (schema, is_needed) = (self.schema(generator), self.is_needed());
        vec![Listed::In(Property { name, about: about.to_owned(), schema, is_needed })]
    }
}

/// Where a field stands in lists and schemas: fields are read in the order of their description, but may be listed after
/// all others.
#[derive(Clone, Debug)]
pub(crate) enum Listed<T> {
    /// In the order of the description.
    In(T),
    /// After all others.
    Last(T),
}

impl<T> Listed<T> {
    /// All in the order in which they are listed.
    pub(crate) fn sort(all: Vec<Self>) -> Vec<T> {
        let (first, last): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| matches!(one, Self::In(_)));
        first.into_iter().chain(last).map(|(Self::In(one) | Self::Last(one))| one).collect()
    }

    /// The same, listed after all others.
    pub(super) fn last(self) -> Self {
        let (Self::In(one) | Self::Last(one)) = self;
        Self::Last(one)
    }
}

/// A field as a schema has it.
#[derive(Clone, Debug)]
pub(crate) struct Property {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) about: String,
    /// Its values.
    pub(crate) schema: Schema,
    /// Whether it must be there.
    pub(crate) is_needed: bool,
}

/// The fields of a record.
pub(crate) trait Fields: JsonSchema {
    /// Their names.
    fn names() -> Vec<Listed<&'static str>>;

    /// Their schemas.
    fn properties(generator: &mut SchemaGenerator) -> Vec<Listed<Property>>;
}

/// A record of a file. `G` is what the rest of the file says that its meaning depends on.
pub(crate) trait Record<G>: Fields + Sized {
    /// What is made of it.
    type Made;

    /// Reads the fields of an object whose names were checked.
    fn read_fields(object: &Object<'_>, given: G) -> Option<Self::Made>;

    /// Reads an object with these fields and no others.
    fn read(cursor: &Cursor<'_>, given: G) -> Option<Self::Made> {
        Self::read_fields(&cursor.object(&names::<Self>())?, given)
    }
}

/// The names of the fields of a record, as they are listed.
pub(crate) fn names<R: Fields>() -> Vec<&'static str> {
    Listed::sort(R::names())
}

/// A value that needs nothing else to be read: from how a cursor reads it, and the type that describes it.
pub(crate) struct Plain<V> {
    read: fn(&Cursor<'_>) -> Option<V>,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

impl<G, V> Shape<G> for Plain<V> {
    type Value = V;

    fn read(&self, cursor: &Cursor<'_>, _: G) -> Option<V> {
        (self.read)(cursor)
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }
}

/// What a function reads and a type describes.
pub(crate) fn plain<T: JsonSchema, V>(read: fn(&Cursor<'_>) -> Option<V>) -> Plain<V> {
    Plain { read, schema: SchemaGenerator::subschema_for::<T> }
}

/// A value that depends on the rest of the file: from a function that reads it, and the type that describes it.
pub(crate) struct By<G, V> {
    read: fn(&Cursor<'_>, G) -> Option<V>,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

impl<G, V> Shape<G> for By<G, V> {
    type Value = V;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<V> {
        (self.read)(cursor, given)
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }
}

/// What a function reads with the rest of the file in view, and a type describes.
pub(crate) fn by<T: JsonSchema, G, V>(read: fn(&Cursor<'_>, G) -> Option<V>) -> By<G, V> {
    By { read, schema: SchemaGenerator::subschema_for::<T> }
}

/// A text that is not empty.
pub(crate) fn text() -> Plain<String> {
    plain::<schema::Text, _>(|cursor| cursor.text().map(str::to_owned))
}

/// A name that is not empty.
pub(crate) fn name() -> Plain<String> {
    plain::<schema::Name, _>(|cursor| cursor.name().map(str::to_owned))
}

/// A text that may be empty.
pub(crate) fn string() -> Plain<String> {
    plain::<String, _>(|cursor| cursor.string())
}

/// A yes or no.
pub(crate) fn flag() -> Plain<bool> {
    plain::<bool, _>(|cursor| cursor.flag())
}

/// An energy such as `"4.2 pJ"`.
pub(crate) fn energy() -> Plain<Attojoules> {
    plain::<schema::Energy, _>(|cursor| cursor.energy())
}

/// A power such as `"104.4 mW"`.
pub(crate) fn power() -> Plain<Nanowatts> {
    plain::<schema::Power, _>(|cursor| cursor.power())
}

/// An integer type of a field.
pub(crate) trait Integer: Copy + Into<Value> {
    /// Reads a number within a range.
    fn read(cursor: &Cursor<'_>, range: RangeInclusive<Self>) -> Option<Self>;
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Integer for $type {
            fn read(cursor: &Cursor<'_>, range: RangeInclusive<Self>) -> Option<Self> {
                cursor.integer(i64::from(*range.start())..=i64::from(*range.end())).map(|number| number as $type)
            }
        }
    )*};
}

integers!(u8, u16, u32, i32, i64);

impl Integer for u64 {
    fn read(cursor: &Cursor<'_>, range: RangeInclusive<Self>) -> Option<Self> {
        cursor.whole(range)
    }
}

pub(crate) struct Whole<T>(RangeInclusive<T>);

/// An integer in a range.
pub(crate) fn whole<T: Integer>(range: RangeInclusive<T>) -> Whole<T> {
    Whole(range)
}

impl<G, T: Integer> Shape<G> for Whole<T> {
    type Value = T;

    fn read(&self, cursor: &Cursor<'_>, _: G) -> Option<T> {
        T::read(cursor, self.0.clone())
    }

    fn schema(&self, _: &mut SchemaGenerator) -> Schema {
        let (least, most): (Value, Value) = ((*self.0.start()).into(), (*self.0.end()).into());
        json_schema!({"type": "integer", "minimum": least, "maximum": most})
    }
}

pub(crate) struct Number(RangeInclusive<f64>);

/// A finite number in a range.
pub(crate) fn number(range: RangeInclusive<f64>) -> Number {
    Number(range)
}

impl<G> Shape<G> for Number {
    type Value = f64;

    fn read(&self, cursor: &Cursor<'_>, _: G) -> Option<f64> {
        cursor.number(self.0.clone())
    }

    fn schema(&self, _: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": self.0.start(), "maximum": self.0.end()})
    }
}

pub(crate) struct Constant(&'static str);

/// A word that has to stand there, such as the format of a file.
pub(crate) fn constant(word: &'static str) -> Constant {
    Constant(word)
}

impl<G> Shape<G> for Constant {
    type Value = ();

    fn read(&self, cursor: &Cursor<'_>, _: G) -> Option<()> {
        cursor.choice(&[self.0]).map(drop)
    }

    fn schema(&self, _: &mut SchemaGenerator) -> Schema {
        json_schema!({"const": self.0})
    }
}

/// Things that files call by words; `words!` makes such enums.
pub(crate) trait Words: Copy + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// The word in files.
    fn word(self) -> &'static str;
}

pub(crate) struct Pick<T: 'static> {
    from: &'static [T],
    name: fn(T) -> &'static str,
}

/// One of some things, by its name.
pub(crate) fn pick<T: Copy>(from: &'static [T], name: fn(T) -> &'static str) -> Pick<T> {
    Pick { from, name }
}

/// One of the words of an enum.
pub(crate) fn word<T: Words>() -> Pick<T> {
    pick(T::ALL, T::word)
}

impl<G, T: Copy> Shape<G> for Pick<T> {
    type Value = T;

    fn read(&self, cursor: &Cursor<'_>, _: G) -> Option<T> {
        cursor.choice(&self.names()).map(|index| self.from[index])
    }

    fn schema(&self, _: &mut SchemaGenerator) -> Schema {
        words(&self.names())
    }
}

impl<T: Copy> Pick<T> {
    fn names(&self) -> Vec<&'static str> {
        self.from.iter().map(|thing| (self.name)(*thing)).collect()
    }
}

pub(crate) struct OrNull<S>(S);

/// A value, or `null`, which is `None`. The field must be there: so none is forgotten.
pub(crate) fn nullable<S>(shape: S) -> OrNull<S> {
    OrNull(shape)
}

impl<G, S: Shape<G>> Shape<G> for OrNull<S> {
    type Value = Option<S::Value>;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<Self::Value> {
        if cursor.is_null() { Some(None) } else { self.0.read(cursor, given).map(Some) }
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Nullable::<()>::of(self.0.schema(generator))
    }
}

pub(crate) struct List<S>(S, RangeInclusive<usize>);

/// A list of values, of a length within a range. What is wrong with any of them is noted.
pub(crate) fn list<S>(shape: S, len: RangeInclusive<usize>) -> List<S> {
    List(shape, len)
}

impl<G: Copy, S: Shape<G>> Shape<G> for List<S> {
    type Value = Vec<S::Value>;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<Self::Value> {
        let items: Vec<_> = cursor.list(self.1.clone())?.iter().map(|item| self.0.read(item, given)).collect();
        items.into_iter().collect()
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({"type": "array", "items": self.0.schema(generator)});
        if *self.1.start() > 0 {
            schema.insert("minItems".into(), json!(self.1.start()));
        }
        if *self.1.end() < usize::MAX {
            schema.insert("maxItems".into(), json!(self.1.end()));
        }
        schema
    }
}

pub(crate) struct Pair<A, B>(A, B);

/// Two values in a list.
pub(crate) fn pair<A, B>(first: A, second: B) -> Pair<A, B> {
    Pair(first, second)
}

impl<G: Copy, A: Shape<G>, B: Shape<G>> Shape<G> for Pair<A, B> {
    type Value = (A::Value, B::Value);

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<Self::Value> {
        let both = cursor.list(2..=2)?;
        let (first, second) = (self.0.read(&both[0], given), self.1.read(&both[1], given));
        Some((first?, second?))
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        let both = [self.0.schema(generator), self.1.schema(generator)];
        json_schema!({"type": "array", "prefixItems": both, "minItems": 2, "maxItems": 2})
    }
}

pub(crate) struct Of<R>(PhantomData<R>);

/// A record, as `record!` describes it.
pub(crate) fn of<R>() -> Of<R> {
    Of(PhantomData)
}

impl<G, R: Record<G>> Shape<G> for Of<R> {
    type Value = R::Made;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<R::Made> {
        R::read(cursor, given)
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<R>()
    }
}
