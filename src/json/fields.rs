//! Fields of records: optional fields, fields that depend on others, and the order of listing.

use super::Object;
use super::spec::{FieldSpec, FileRecord, Property, schema_of_value};
use serde_json::Value;

/// An optional field: `absent` gives the value of a missing field, `present` converts one that was read.
fn left_out<'s, G: 's, V: 's, W>(
    value: FieldSpec<'s, G, V>,
    absent: impl Fn(G) -> W + 's,
    present: impl Fn(V) -> W + 's,
) -> FieldSpec<'s, G, W> {
    let (read, mut properties) = value.into_value();
    properties.iter_mut().for_each(|property| property.is_needed = false);
    FieldSpec::field(properties, move |object, name, given| match object.get(name) {
        Some(cursor) => read(&cursor, given).map(&present),
        None => Some(absent(given)),
    })
}

/// An optional field; `None` if it is missing.
pub(crate) fn optional<'s, G: 's, V: 's>(value: FieldSpec<'s, G, V>) -> FieldSpec<'s, G, Option<V>> {
    left_out(value, |_| None, Some)
}

/// An optional field with a default value; the schema shows the default as it is written in files.
pub(crate) fn or<'s, G: 's, V: Clone + 's>(
    value: FieldSpec<'s, G, V>,
    absent: V,
    shown: impl Into<Value>,
) -> FieldSpec<'s, G, V> {
    self::shown(unsaid(value, absent), shown)
}

/// A field with a default in its schema.
pub(crate) fn shown<'s, G, V>(mut field: FieldSpec<'s, G, V>, default: impl Into<Value>) -> FieldSpec<'s, G, V> {
    let default = default.into();
    let schema = schema_of_value(std::mem::take(&mut field.properties));
    field.properties = vec![Property::new(
        false,
        Some(Box::new(move |generator| {
            let mut schema = schema(generator);
            schema.insert("default".into(), default.clone());
            schema
        })),
    )];
    field
}

/// An optional field whose default value cannot be written in a file.
pub(crate) fn unsaid<'s, G: 's, V: Clone + 's>(value: FieldSpec<'s, G, V>, absent: V) -> FieldSpec<'s, G, V> {
    or_by(value, move |_| absent.clone())
}

/// An optional field whose default value follows from the rest of the file.
pub(crate) fn or_by<'s, G: 's, V: 's>(value: FieldSpec<'s, G, V>, absent: impl Fn(G) -> V + 's) -> FieldSpec<'s, G, V> {
    left_out(value, absent, |value| value)
}

/// A required field: a rule of the schema requires it, not the schema's `required` list.
pub(crate) fn needed_by_rule<G, V>(mut field: FieldSpec<'_, G, V>) -> FieldSpec<'_, G, V> {
    field.properties.iter_mut().for_each(|property| property.is_needed = false);
    field
}

/// A record whose fields are in the same object as those of the record that contains it.
pub(crate) fn flat<'s, R: FileRecord<G>, G>() -> FieldSpec<'s, G, R::Made> {
    FieldSpec::field(R::properties(), |object, _, given| R::read_fields(object, given))
}

/// A field that is listed after all others, but read in its place.
pub(crate) fn listed_last<G, V>(mut field: FieldSpec<'_, G, V>) -> FieldSpec<'_, G, V> {
    field.properties.iter_mut().for_each(|property| property.is_last = true);
    field
}

/// A field whose reading depends on fields before it: in a description these are `Option`s by their names, `None` if
/// they could not be read.
pub(crate) fn with<'s, G: 's, H: Copy + 's, V: 's>(given: H, field: FieldSpec<'s, H, V>) -> FieldSpec<'s, G, V> {
    field.given(move |_| given)
}

/// A field that depends on fields before it and on the context of the whole record.
pub(crate) fn beside<'s, G: 's, H: Copy + 's, V: 's>(given: H, field: FieldSpec<'s, (G, H), V>) -> FieldSpec<'s, G, V> {
    field.given(move |rest| (rest, given))
}

/// A field whose meaning depends on others of its object: `read` gets the object, `described` gives the schema.
pub(crate) fn of_object<'s, G, V, W>(
    read: impl Fn(&Object<'_>, G) -> Option<V> + 's,
    described: FieldSpec<'s, G, W>,
) -> FieldSpec<'s, G, V> {
    FieldSpec::field(described.properties, move |object, _, given| read(object, given))
}

/// A field that is read together with another one.
pub(crate) fn elsewhere<'s, G, W>(described: FieldSpec<'s, G, W>) -> FieldSpec<'s, G, ()> {
    of_object(|_, _| Some(()), described)
}

/// No field, but a check of several fields before, or a value derived from them.
pub(crate) fn checked<'s, G, V>(read: impl Fn(&Object<'_>, G) -> Option<V> + 's) -> FieldSpec<'s, G, V> {
    FieldSpec::field(Vec::new(), move |object, _, given| read(object, given))
}

/// A value that is not read from the object.
pub(crate) fn apart<'s, G, V: Clone + 's>(value: V) -> FieldSpec<'s, G, V> {
    checked(move |_, _| Some(value.clone()))
}

/// A known field that is refused with a message; it is not in the schema.
pub(crate) fn refused<'s, G>(message: &'static str) -> FieldSpec<'s, G, ()> {
    let property = Property::new(false, None);
    FieldSpec::field(vec![property], move |object, name, _| {
        object.get(name).iter().for_each(|cursor| cursor.problem(message));
        Some(())
    })
}

/// A known field that is not in the schema of its record; schemas of some of its kinds add it.
pub(crate) fn known_only<'s, G: 's>() -> FieldSpec<'s, G, ()> {
    FieldSpec::field(vec![Property::new(false, None)], |_, _, _| Some(()))
}

/// A value made of two fields. `first` reads both; `second` gives the schema of the other one.
pub(crate) fn also<'s, G, V, W>(
    mut first: FieldSpec<'s, G, V>,
    (name, about): (&'static str, &'static str),
    second: FieldSpec<'s, G, W>,
) -> FieldSpec<'s, G, V> {
    first.properties.extend(second.named(name, about));
    first
}
