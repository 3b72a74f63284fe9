//! Specifications of values and fields: how each is read, and its schema.

use super::{Cursor, Object};
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Reads a value.
pub(super) type ReadValue<'s, G, V> = Box<dyn Fn(&Cursor<'_>, G) -> Option<V> + 's>;
/// Reads a field of an object.
type ReadField<'s, G, V> = Box<dyn Fn(&Object<'_>, &str, G) -> Option<V> + 's>;
/// Makes a schema.
pub(super) type MakeSchema = Box<dyn Fn(&mut SchemaGenerator) -> Schema>;

/// How a value, or a field of a record, is read, and its properties in the file. `G` is what the rest of the file says that
/// the meaning depends on; problems of what is read are noted.
pub(crate) struct FieldSpec<'s, G, V> {
    pub(super) read: Read<'s, G, V>,
    /// One, but of fields that stand for several or none.
    pub(crate) properties: Vec<Property>,
}

pub(super) enum Read<'s, G, V> {
    /// From the value; as a field it must be there.
    Value(ReadValue<'s, G, V>),
    /// From the object that has the field.
    Field(ReadField<'s, G, V>),
}

/// A property of an object in a file.
pub(crate) struct Property {
    /// Its name and description; of the field where there are none.
    pub(super) name: Option<&'static str>,
    pub(super) about: Option<&'static str>,
    /// None of a property that is known and always refused.
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
    /// A value.
    pub(crate) fn value(
        read: impl Fn(&Cursor<'_>, G) -> Option<V> + 's,
        schema: impl Fn(&mut SchemaGenerator) -> Schema + 'static,
    ) -> Self {
        Self { read: Read::Value(Box::new(read)), properties: vec![Property::new(true, Some(Box::new(schema)))] }
    }

    /// A field that is read from its object, with these properties.
    pub(crate) fn field(properties: Vec<Property>, read: impl Fn(&Object<'_>, &str, G) -> Option<V> + 's) -> Self {
        Self { read: Read::Field(Box::new(read)), properties }
    }

    /// Reads a field of an object.
    pub(crate) fn read_field(&self, object: &Object<'_>, name: &str, given: G) -> Option<V> {
        match &self.read {
            Read::Value(read) => object.need(name).and_then(|cursor| read(&cursor, given)),
            Read::Field(read) => read(object, name, given),
        }
    }

    /// The properties of the field of a name.
    pub(crate) fn named(mut self, name: &'static str, about: &'static str) -> Vec<Property> {
        for property in &mut self.properties {
            property.name.get_or_insert(name);
            property.about.get_or_insert(about);
        }
        self.properties
    }

    /// The reader of the value, and its properties.
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

    /// A value that is checked, or made something else of, once it is read.
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

    /// The same, where other things are given.
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

/// The schema of a value, from its properties.
pub(super) fn schema_of_value(properties: Vec<Property>) -> MakeSchema {
    properties.into_iter().find_map(|one| one.schema).unwrap_or_else(|| Box::new(|_| Schema::from(false)))
}

/// The fields of a record.
pub(crate) trait Fields: JsonSchema + 'static {
    /// Their properties, in the order in which they are read.
    fn properties() -> Vec<Property>;
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

/// The properties of a record, in the order in which they are listed.
pub(super) fn listed(mut properties: Vec<Property>) -> Vec<Property> {
    properties.sort_by_key(|property| property.is_last);
    properties
}

/// The names of the fields of a record, in the order in which they are listed.
pub(crate) fn names<R: Fields>() -> Vec<&'static str> {
    listed(R::properties()).into_iter().filter_map(|property| property.name).collect()
}
