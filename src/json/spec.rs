//! Specifications of values and fields: their readers and schemas.

use super::{Cursor, Object};
use schemars::{JsonSchema, Schema, SchemaGenerator};

pub(super) type ReadValue<'s, G, V> = Box<dyn Fn(&Cursor<'_>, G) -> Option<V> + 's>;
type ReadField<'s, G, V> = Box<dyn Fn(&Object<'_>, &str, G) -> Option<V> + 's>;
pub(super) type MakeSchema = Box<dyn Fn(&mut SchemaGenerator) -> Schema>;

/// The reader of a value, or of a field of a record, and its properties in the file. `G` is the context from the
/// file on which the meaning depends; the reader notes problems.
pub(crate) struct FieldSpec<'s, G, V> {
    pub(super) read: Read<'s, G, V>,
    /// One, except for fields that stand for several or none.
    pub(crate) properties: Vec<Property>,
}

pub(super) enum Read<'s, G, V> {
    /// Reads the value; as a field it is required.
    Value(ReadValue<'s, G, V>),
    /// Reads from the object that has the field.
    Field(ReadField<'s, G, V>),
}

/// A property of an object in a file.
pub(crate) struct Property {
    /// Name and description; `None` for those of the field.
    pub(super) name: Option<&'static str>,
    pub(super) about: Option<&'static str>,
    /// `None` for a property that is known and always refused.
    pub(super) schema: Option<MakeSchema>,
    pub(super) is_needed: bool,
    /// Properties are read in the order of their description, but may be listed after all others.
    pub(super) is_last: bool,
}

impl Property {
    pub(super) fn new(is_needed: bool, schema: Option<MakeSchema>) -> Self {
        Self { name: None, about: None, schema, is_needed, is_last: false }
    }
}

impl<'s, G, V> FieldSpec<'s, G, V> {
    pub(crate) fn value(
        read: impl Fn(&Cursor<'_>, G) -> Option<V> + 's,
        schema: impl Fn(&mut SchemaGenerator) -> Schema + 'static,
    ) -> Self {
        Self { read: Read::Value(Box::new(read)), properties: vec![Property::new(true, Some(Box::new(schema)))] }
    }

    pub(crate) fn field(properties: Vec<Property>, read: impl Fn(&Object<'_>, &str, G) -> Option<V> + 's) -> Self {
        Self { read: Read::Field(Box::new(read)), properties }
    }

    pub(crate) fn read_field(&self, object: &Object<'_>, name: &str, given: G) -> Option<V> {
        match &self.read {
            Read::Value(read) => object.need(name).and_then(|cursor| read(&cursor, given)),
            Read::Field(read) => read(object, name, given),
        }
    }

    /// The properties of the field with a name.
    pub(crate) fn named(mut self, name: &'static str, about: &'static str) -> Vec<Property> {
        for property in &mut self.properties {
            property.name.get_or_insert(name);
            property.about.get_or_insert(about);
        }
        self.properties
    }

    /// The reader of the value and the properties.
    pub(super) fn into_value(self) -> (ReadValue<'s, G, V>, Vec<Property>)
    where
        G: 's,
        V: 's,
    {
        let read = match self.read {
            Read::Value(read) => read,
            Read::Field(_) => {
                Box::new(|cursor: &Cursor<'_>, _| unreachable!("{} is read from its object", cursor.path()))
            }
        };
        (read, self.properties)
    }

    /// A value that is checked or converted after reading.
    pub(crate) fn then<W>(self, make: impl Fn(&Cursor<'_>, V, G) -> Option<W> + 's) -> FieldSpec<'s, G, W>
    where
        G: Copy + 's,
        V: 's,
    {
        let (read, properties) = self.into_value();
        let read =
            Read::Value(Box::new(move |cursor: &Cursor<'_>, given| make(cursor, read(cursor, given)?, given)) as _);
        FieldSpec { read, properties }
    }

    /// This specification in another context.
    pub(super) fn given<H: 's>(self, given: impl Fn(H) -> G + 's) -> FieldSpec<'s, H, V>
    where
        G: 's,
        V: 's,
    {
        let read = match self.read {
            Read::Value(read) => Read::Value(Box::new(move |cursor: &Cursor<'_>, with| read(cursor, given(with))) as _),
            Read::Field(read) => {
                Read::Field(Box::new(move |object: &Object<'_>, name: &str, with| read(object, name, given(with))) as _)
            }
        };
        FieldSpec { read, properties: self.properties }
    }
}

pub(super) fn schema_of_value(properties: Vec<Property>) -> MakeSchema {
    properties.into_iter().find_map(|one| one.schema).unwrap_or_else(|| Box::new(|_| Schema::from(false)))
}

/// The fields of a record.
pub(crate) trait Fields: JsonSchema + 'static {
    /// Properties of the fields, in reading order.
    fn properties() -> Vec<Property>;
}

/// A record of a file. `G` is the context from the rest of the file on which its meaning depends.
pub(crate) trait FileRecord<G>: Fields + Sized {
    type Made;

    /// Reads the fields of an object whose names were checked.
    fn read_fields(object: &Object<'_>, given: G) -> Option<Self::Made>;

    /// Reads an object with these fields and no others.
    fn read(cursor: &Cursor<'_>, given: G) -> Option<Self::Made> {
        Self::read_fields(&cursor.object(&names::<Self>())?, given)
    }
}

/// The properties of a record, in listing order.
pub(super) fn listed(mut properties: Vec<Property>) -> Vec<Property> {
    properties.sort_by_key(|property| property.is_last);
    properties
}

/// The names of the fields of a record, in listing order.
pub(crate) fn names<R: Fields>() -> Vec<&'static str> {
    listed(R::properties()).into_iter().filter_map(|property| property.name).collect()
}
