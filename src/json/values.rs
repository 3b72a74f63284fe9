//! Kinds of values in files.

use super::Cursor;
use super::schema::{self, Nullable, words};
use super::spec::{FieldSpec, FileRecord, schema_of_value};
use crate::units::{Attojoules, Nanowatts};
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// A value that `read` reads in the context of the file, and the type `T` describes.
pub(crate) fn by<'s, T: JsonSchema + 'static, G, V>(
    read: impl Fn(&Cursor<'_>, G) -> Option<V> + 's,
) -> FieldSpec<'s, G, V> {
    FieldSpec::value(read, SchemaGenerator::subschema_for::<T>)
}

/// A value that `read` reads and the type `T` describes.
pub(crate) fn plain<'s, T: JsonSchema + 'static, G, V>(
    read: impl Fn(&Cursor<'_>) -> Option<V> + 's,
) -> FieldSpec<'s, G, V> {
    by::<T, _, _>(move |cursor, _| read(cursor))
}

/// A value that the type `T` describes and other code reads.
pub(crate) fn described<'s, T: JsonSchema + 'static, G>() -> FieldSpec<'s, G, ()> {
    plain::<T, _, _>(|_| Some(()))
}

/// A record, as `record!` describes it.
pub(crate) fn of<'s, R: FileRecord<G>, G: 's>() -> FieldSpec<'s, G, R::Made> {
    by::<R, _, _>(R::read)
}

/// A non-empty text.
pub(crate) fn text<'s, G>() -> FieldSpec<'s, G, String> {
    plain::<schema::Text, _, _>(|cursor| cursor.text().map(str::to_owned))
}

/// A non-empty name.
pub(crate) fn name<'s, G>() -> FieldSpec<'s, G, String> {
    plain::<schema::Name, _, _>(|cursor| cursor.name().map(str::to_owned))
}

/// A text, possibly empty.
pub(crate) fn string<'s, G>() -> FieldSpec<'s, G, String> {
    plain::<String, _, _>(|cursor| cursor.string())
}

/// A Boolean.
pub(crate) fn flag<'s, G>() -> FieldSpec<'s, G, bool> {
    plain::<bool, _, _>(|cursor| cursor.flag())
}

/// An energy such as `"4.2 pJ"`.
pub(crate) fn energy<'s, G>() -> FieldSpec<'s, G, Attojoules> {
    plain::<schema::Energy, _, _>(|cursor| cursor.energy())
}

/// A power such as `"104.4 mW"`.
pub(crate) fn power<'s, G>() -> FieldSpec<'s, G, Nanowatts> {
    plain::<schema::Power, _, _>(|cursor| cursor.power())
}

/// An integer type of a field.
pub(crate) trait Integer: Copy + Into<Value> + 'static {
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

pub(crate) fn whole<'s, G, T: Integer>(range: RangeInclusive<T>) -> FieldSpec<'s, G, T> {
    let (least, most) = (*range.start(), *range.end());
    FieldSpec::value(
        move |cursor, _| T::read(cursor, least..=most),
        move |_| json_schema!({"type": "integer", "minimum": least.into(), "maximum": most.into()}),
    )
}

/// An integer in a range that follows from the rest of the file; the schema has the widest range.
pub(crate) fn within<'s, G>(
    widest: RangeInclusive<u32>,
    range: impl Fn(G) -> RangeInclusive<u32> + 's,
) -> FieldSpec<'s, G, u32> {
    let properties = whole::<(), _>(widest).properties;
    FieldSpec { properties, ..by::<u32, _, _>(move |cursor, given| cursor.unsigned(range(given))) }
}

/// A finite number in a range.
pub(crate) fn number<'s, G>(range: RangeInclusive<f64>) -> FieldSpec<'s, G, f64> {
    let (least, most) = range.into_inner();
    FieldSpec::value(
        move |cursor, _| cursor.number(least..=most),
        move |_| json_schema!({"type": "number", "minimum": least, "maximum": most}),
    )
}

/// A fixed word, such as the format of a file.
pub(crate) fn constant<'s, G>(word: &'static str) -> FieldSpec<'s, G, ()> {
    FieldSpec::value(move |cursor, _| cursor.choice(&[word]).map(drop), move |_| json_schema!({"const": word}))
}

/// Values with a word each in files; `words!` makes such enums.
pub(crate) trait Words: Copy + 'static {
    const ALL: &'static [Self];

    /// The word in files.
    fn word(self) -> &'static str;
}

/// One of a list of values, by its name.
pub(crate) fn pick<'s, G, T: Copy>(from: &'static [T], name: fn(T) -> &'static str) -> FieldSpec<'s, G, T> {
    let names = move || from.iter().map(|thing| name(*thing)).collect::<Vec<_>>();
    FieldSpec::value(move |cursor, _| cursor.choice(&names()).map(|index| from[index]), move |_| words(&names()))
}

/// One of the words of an enum.
pub(crate) fn word<'s, G, T: Words>() -> FieldSpec<'s, G, T> {
    pick(T::ALL, T::word)
}

/// A value or `null`, which is `None`. The field is required, so that nobody forgets it.
pub(crate) fn nullable<'s, G: 's, V: 's>(value: FieldSpec<'s, G, V>) -> FieldSpec<'s, G, Option<V>> {
    let (read, properties) = value.into_value();
    let schema = schema_of_value(properties);
    FieldSpec::value(
        move |cursor, given| if cursor.is_null() { Some(None) } else { read(cursor, given).map(Some) },
        move |generator| Nullable::<()>::of(schema(generator)),
    )
}

/// A list of values with a length in a range. Problems of all of them are noted.
pub(crate) fn list<'s, G: Copy + 's, V: 's>(
    item: FieldSpec<'s, G, V>,
    len: RangeInclusive<usize>,
) -> FieldSpec<'s, G, Vec<V>> {
    let (least, most) = len.into_inner();
    let (read, properties) = item.into_value();
    let item = schema_of_value(properties);
    let schema = move |generator: &mut SchemaGenerator| {
        let mut schema = json_schema!({"type": "array", "items": item(generator)});
        if least > 0 {
            schema.insert("minItems".into(), json!(least));
        }
        if most < usize::MAX {
            schema.insert("maxItems".into(), json!(most));
        }
        schema
    };
    let read = move |cursor: &Cursor<'_>, given| {
        let items: Vec<_> = cursor.list(least..=most)?.iter().map(|item| read(item, given)).collect();
        items.into_iter().collect()
    };
    FieldSpec::value(read, schema)
}

/// Two values in a list.
pub(crate) fn pair<'s, G: Copy + 's, A: 's, B: 's>(
    first: FieldSpec<'s, G, A>,
    second: FieldSpec<'s, G, B>,
) -> FieldSpec<'s, G, (A, B)> {
    let ((read_first, first), (read_second, second)) = (first.into_value(), second.into_value());
    let (first, second) = (schema_of_value(first), schema_of_value(second));
    let schema = move |generator: &mut SchemaGenerator| {
        let both = [first(generator), second(generator)];
        json_schema!({"type": "array", "prefixItems": both, "minItems": 2, "maxItems": 2})
    };
    let read = move |cursor: &Cursor<'_>, given| {
        let both = cursor.list(2..=2)?;
        let (first, second) = (read_first(&both[0], given), read_second(&both[1], given));
        Some((first?, second?))
    };
    FieldSpec::value(read, schema)
}
