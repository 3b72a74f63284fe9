//! Kinds of values in files: each is read and described by one thing, its shape.

use super::schema::{self, Nullable, words};
use super::{Cursor, Object, Record};
use crate::units::{Attojoules, Nanowatts};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::marker::PhantomData;
use std::ops::RangeInclusive;

/// A kind of value: how it is read, and its schema. `G` is what the rest of the file says that its meaning depends on.
pub trait Shape<G> {
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
pub enum Listed<T> {
    /// In the order of the description.
    In(T),
    /// After all others.
    Last(T),
}

impl<T> Listed<T> {
    /// All in the order in which they are listed.
    pub fn sort(all: Vec<Self>) -> Vec<T> {
        let (first, last): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| matches!(one, Self::In(_)));
        first.into_iter().chain(last).map(|(Self::In(one) | Self::Last(one))| one).collect()
    }

    fn last(self) -> Self {
        let (Self::In(one) | Self::Last(one)) = self;
        Self::Last(one)
    }
}

/// A field as a schema has it.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub about: String,
    /// Its values.
    pub schema: Schema,
    /// Whether it must be there.
    pub is_needed: bool,
}

/// A value that needs nothing else to be read: from how a cursor reads it, and the type that describes it.
#[derive(Debug)]
pub struct Plain<V> {
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
pub fn plain<T: JsonSchema, V>(read: fn(&Cursor<'_>) -> Option<V>) -> Plain<V> {
    Plain { read, schema: SchemaGenerator::subschema_for::<T> }
}

/// Likewise, of what depends on the rest of the file.
#[derive(Debug)]
pub struct By<G, V> {
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
pub fn by<T: JsonSchema, G, V>(read: fn(&Cursor<'_>, G) -> Option<V>) -> By<G, V> {
    By { read, schema: SchemaGenerator::subschema_for::<T> }
}

/// A text that is not empty.
pub fn text() -> Plain<String> {
    plain::<schema::Text, _>(|cursor| cursor.text().map(str::to_owned))
}

/// A name that is not empty.
pub fn name() -> Plain<String> {
    plain::<schema::Name, _>(|cursor| cursor.name().map(str::to_owned))
}

/// A yes or no.
pub fn flag() -> Plain<bool> {
    plain::<bool, _>(|cursor| cursor.flag())
}

/// An energy such as `"4.2 pJ"`.
pub fn energy() -> Plain<Attojoules> {
    plain::<schema::Energy, _>(|cursor| cursor.energy())
}

/// A power such as `"104.4 mW"`.
pub fn power() -> Plain<Nanowatts> {
    plain::<schema::Power, _>(|cursor| cursor.power())
}

/// An integer type of a field.
pub trait Integer: Copy + Into<Value> {
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

/// An integer in a range; see [`whole`].
#[derive(Debug)]
pub struct Whole<T>(RangeInclusive<T>);

/// An integer in a range.
pub fn whole<T: Integer>(range: RangeInclusive<T>) -> Whole<T> {
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

/// A finite number in a range; see [`number`].
#[derive(Debug)]
pub struct Number(RangeInclusive<f64>);

/// A finite number in a range.
pub fn number(range: RangeInclusive<f64>) -> Number {
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

/// A word that has to stand there; see [`constant`].
#[derive(Debug)]
pub struct Constant(&'static str);

/// A word that has to stand there, such as the format of a file.
pub fn constant(word: &'static str) -> Constant {
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
pub trait Words: Copy + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// The word in files.
    fn word(self) -> &'static str;
}

/// One of some things that have names; see [`pick`].
#[derive(Debug)]
pub struct Pick<T: 'static> {
    from: &'static [T],
    name: fn(T) -> &'static str,
}

/// One of some things, by its name.
pub fn pick<T: Copy>(from: &'static [T], name: fn(T) -> &'static str) -> Pick<T> {
    Pick { from, name }
}

/// One of the words of an enum.
pub fn word<T: Words>() -> Pick<T> {
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

/// A value, or `null`; see [`nullable`].
#[derive(Debug)]
pub struct OrNull<S>(S);

/// A value, or `null`, which is `None`. The field must be there: so none is forgotten.
pub fn nullable<S>(shape: S) -> OrNull<S> {
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

/// A field that may be left out; see [`optional`].
#[derive(Debug)]
pub struct Optional<S>(S);

/// A field that may be left out, which is `None`.
pub fn optional<S>(shape: S) -> Optional<S> {
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

/// A field with a default; see [`or`] and [`unsaid`].
#[derive(Debug)]
pub struct Or<S, V> {
    shape: S,
    value: V,
    shown: Option<Value>,
}

/// A field that may be left out, which then has a value; the schema gives it as the default, as files have it.
pub fn or<S, V: Clone>(shape: S, value: V, shown: impl Into<Value>) -> Or<S, V> {
    Or { shape, value, shown: Some(shown.into()) }
}

/// A field that may be left out, which then has a value that a file cannot give.
pub fn unsaid<S, V: Clone>(shape: S, value: V) -> Or<S, V> {
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

/// A list; see [`list`].
#[derive(Debug)]
pub struct List<S>(S, RangeInclusive<usize>);

/// A list of values, so many of them. What is wrong with any of them is noted.
pub fn list<S>(shape: S, len: RangeInclusive<usize>) -> List<S> {
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

/// Two values in a list; see [`pair`].
#[derive(Debug)]
pub struct Pair<A, B>(A, B);

/// Two values in a list.
pub fn pair<A, B>(first: A, second: B) -> Pair<A, B> {
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

/// A record that a field holds; see [`of`].
#[derive(Debug)]
pub struct Of<R>(PhantomData<R>);

/// A record, as `record!` describes it.
pub fn of<R>() -> Of<R> {
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

/// A record whose fields stand among those of another; see [`flat`].
#[derive(Debug)]
pub struct Flat<R>(PhantomData<R>);

/// A record whose fields stand in the same object as those of the one that holds it.
pub fn flat<R>() -> Flat<R> {
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

/// A field that is listed after others; see [`listed_last`].
#[derive(Debug)]
pub struct ListedLast<S>(S);

/// A field that is listed after all that are not, and read where it stands.
pub fn listed_last<S>(shape: S) -> ListedLast<S> {
    ListedLast(shape)
}

impl<G, S: Shape<G>> Shape<G> for ListedLast<S> {
    type Value = S::Value;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<S::Value> {
        self.0.read(cursor, given)
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        self.0.schema(generator)
    }

    fn read_field(&self, object: &Object<'_>, name: &str, given: G) -> Option<S::Value> {
        self.0.read_field(object, name, given)
    }

    fn is_needed(&self) -> bool {
        self.0.is_needed()
    }

    fn names(&self, name: &'static str) -> Vec<Listed<&'static str>> {
        self.0.names(name).into_iter().map(Listed::last).collect()
    }

    fn properties(&self, name: &'static str, about: &str, generator: &mut SchemaGenerator) -> Vec<Listed<Property>> {
        self.0.properties(name, about, generator).into_iter().map(Listed::last).collect()
    }
}

/// A field whose reading depends on fields before it; see [`with`].
#[derive(Debug)]
pub struct With<H, S>(H, S);

/// A field whose reading depends on fields before it: in a description these are options by their names, `None` where they
/// could not be read.
pub fn with<H, S>(given: H, shape: S) -> With<H, S> {
    With(given, shape)
}

impl<G, H: Copy, S: Shape<H>> Shape<G> for With<H, S> {
    type Value = S::Value;

    fn read(&self, cursor: &Cursor<'_>, _: G) -> Option<S::Value> {
        self.1.read(cursor, self.0)
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        self.1.schema(generator)
    }

    fn read_field(&self, object: &Object<'_>, name: &str, _: G) -> Option<S::Value> {
        self.1.read_field(object, name, self.0)
    }

    fn is_needed(&self) -> bool {
        self.1.is_needed()
    }
}

/// A field whose reading depends on fields before it, too; see [`beside`].
#[derive(Debug)]
pub struct Beside<H, S>(H, S);

/// Likewise, beside what all fields of the record depend on.
pub fn beside<H, S>(given: H, shape: S) -> Beside<H, S> {
    Beside(given, shape)
}

impl<G, H: Copy, S: Shape<(G, H)>> Shape<G> for Beside<H, S> {
    type Value = S::Value;

    fn read(&self, cursor: &Cursor<'_>, given: G) -> Option<S::Value> {
        self.1.read(cursor, (given, self.0))
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        self.1.schema(generator)
    }

    fn read_field(&self, object: &Object<'_>, name: &str, given: G) -> Option<S::Value> {
        self.1.read_field(object, name, (given, self.0))
    }

    fn is_needed(&self) -> bool {
        self.1.is_needed()
    }
}

/// A field that code reads; see [`of_object`].
#[derive(Debug)]
pub struct OfObject<R, S> {
    read: R,
    shape: S,
}

/// A field whose meaning depends on others of its object: a function looks for it there, and a shape describes it.
pub fn of_object<G, V, S>(
    read: fn(&Object<'_>, G) -> Option<V>,
    shape: S,
) -> OfObject<fn(&Object<'_>, G) -> Option<V>, S> {
    OfObject { read, shape }
}

impl<G, V, S: Shape<G>> Shape<G> for OfObject<fn(&Object<'_>, G) -> Option<V>, S> {
    type Value = V;

    fn read(&self, cursor: &Cursor<'_>, _: G) -> Option<V> {
        unreachable!("{} is read from its object", cursor.path())
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        self.shape.schema(generator)
    }

    fn read_field(&self, object: &Object<'_>, _: &str, given: G) -> Option<V> {
        (self.read)(object, given)
    }

    fn is_needed(&self) -> bool {
        self.shape.is_needed()
    }
}

/// A field that is read together with another.
pub fn elsewhere<G, S>(shape: S) -> OfObject<fn(&Object<'_>, G) -> Option<()>, S> {
    of_object(|_, _| Some(()), shape)
}

/// What a type describes, and something else reads.
pub fn described<T: JsonSchema>() -> Plain<()> {
    plain::<T, _>(|_| Some(()))
}

/// A value that does not stand in the object; see [`apart`].
#[derive(Debug)]
pub struct Apart<V>(V);

/// A value that does not stand in the object, until it is known.
pub fn apart<V: Clone>(value: V) -> Apart<V> {
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

/// A value that two fields make; see [`also`].
#[derive(Debug)]
pub struct Also<S, T> {
    first: S,
    second: (&'static str, &'static str),
    shape: T,
}

/// A value that two fields make. The shape of the first reads both; of the second stand here its name, its description and
/// its shape.
pub fn also<S, T>(first: S, second: (&'static str, &'static str), shape: T) -> Also<S, T> {
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
