//! Records of files, each described once: from one description `record!` makes the struct, its reader, the list of its
//! fields and its schema, and `words!` makes an enum with its names.
//!
//! ```text
//! record! {
//!     /// A memory.                                  The description of the record in the schema.
//!     pub struct Memory as "Memory" {
//!         /// Size (bits), 1 to 1,024.               The description of the field.
//!         pub bits: u32 = whole(1..=1024);
//!         /// Banks; one by default.
//!         pub banks: u8 = or(whole(1..=16), 1, 1);
//!         /// Lines, if they are limited.
//!         pub lines: Option<u32> = optional(whole(1..=64));
//!     }
//!     check Memory::check;
//! }
//! ```
//!
//! All fields are read in the order of their description before the reader gives up. Constraints between fields are
//! code: `check` gets the record, its object and the context from the file, and returns the record or, after `-> Type`,
//! a value made from it. `rules` is a function that adds to the schema the constraints that a schema can express. The
//! name may be followed, in this order, by `: inline` (the schema is inlined), `as "Name"` (its name in the schema),
//! `derive(Copy, …)`, `given Type<'_>` (the context for reading). `as "name"` gives a field another name in files. In
//! the expression of a shape the fields before it are `Option`s by their names, so a function with a field's name is
//! called with its module, as in `shape::name()`.

use super::schema::{Describe, alternatives, described};
use super::spec::{FileRecord, Property, listed};
use super::{Cursor, Object};

pub(crate) use super::spec::names;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The schema of a record, from its description and its properties.
pub(crate) fn object_schema(about: &[&str], all: Vec<Property>, generator: &mut SchemaGenerator) -> Schema {
    let (mut properties, mut needed) = (Map::new(), Vec::new());
    for Property { name, about, schema, is_needed, .. } in listed(all) {
        let (Some(name), Some(schema)) = (name, schema) else { continue };
        let mut schema = schema(generator);
        // The default comes last.
        let default = schema.remove("default");
        schema.insert("description".into(), one_line(about.unwrap_or_default()).into());
        if let Some(default) = default {
            schema.insert("default".into(), default);
        }
        properties.insert(name.to_owned(), schema.to_value());
        needed.extend(is_needed.then_some(name));
    }
    let mut schema = Map::from_iter([
        ("type".to_owned(), json!("object")),
        ("additionalProperties".to_owned(), json!(false)),
        ("properties".to_owned(), properties.into()),
    ]);
    if !needed.is_empty() {
        schema.insert("required".into(), json!(needed));
    }
    let title = about.first().and_then(|line| line.trim().strip_prefix("# "));
    if let Some(title) = title {
        schema.insert("title".into(), json!(title));
    }
    let text = about[usize::from(title.is_some())..].join(" ");
    schema.insert("description".into(), one_line(&text).into());
    schema.into()
}

pub(crate) fn with_rules(mut schema: Schema, rules: fn(&mut Schema)) -> Schema {
    rules(&mut schema);
    schema
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A reader of the fields of an object.
type ReadFields<G, M> = Box<dyn Fn(&Object<'_>, G) -> Option<M>>;

/// One of the records that a tag selects by its word.
pub(crate) struct Alternative<G, M> {
    word: &'static str,
    fields: Vec<&'static str>,
    read: ReadFields<G, M>,
    describe: Describe,
}

impl<G, M> Alternative<G, M> {
    /// The word that selects it.
    pub(crate) fn word(&self) -> &'static str {
        self.word
    }
}

/// A record that a word selects.
pub(crate) fn alternative<R: FileRecord<G>, G>(word: &'static str) -> Alternative<G, R::Made> {
    alternative_as::<R, _, _>(word, |made| made)
}

/// A record that a word selects, converted by `make`.
pub(crate) fn alternative_as<R: FileRecord<G>, G, M>(
    word: &'static str,
    make: impl Fn(R::Made) -> M + 'static,
) -> Alternative<G, M> {
    let read = Box::new(move |object: &Object<'_>, given| R::read_fields(object, given).map(&make));
    Alternative { word, fields: names::<R>(), read, describe: described::<R> }
}

/// Reads an object whose other fields depend on the word in one of them.
pub(crate) fn read_tagged<G, M>(cursor: &Cursor<'_>, tag: &str, all: &[Alternative<G, M>], given: G) -> Option<M> {
    let (one, object) = chosen(cursor, tag, all)?;
    (one.read)(&object, given)
}

/// Reads such an object for several owners: each of its other fields is one value for all, or a list of one for each.
/// Gives what the different combinations make, and by owner the position of its own; no positions for one combination.
pub(crate) fn read_tagged_each<G: Copy, M>(
    cursor: &Cursor<'_>,
    tag: &str,
    all: &[Alternative<G, M>],
    (owners, given): (Option<u32>, G),
) -> Option<(Vec<M>, Vec<u32>)> {
    let (one, object) = chosen(cursor, tag, all)?;
    let lists: Vec<(&str, &[Value])> = object.lists().collect();
    if lists.is_empty() {
        return (one.read)(&object, given).map(|made| (vec![made], Vec::new()));
    }
    let owners = owners? as usize;
    let wrong: Vec<&str> = lists.iter().filter(|(_, list)| list.len() != owners).map(|(name, _)| *name).collect();
    if !wrong.is_empty() {
        wrong.into_iter().filter_map(|name| object.get(name)).for_each(|list| drop(list.list(owners..=owners)));
        return None;
    }
    let (mut made, mut places, mut known) = (Vec::new(), Vec::with_capacity(owners), HashMap::new());
    for owner in 0..owners {
        let values: Vec<&Value> = lists.iter().map(|(_, list)| &list[owner]).collect();
        let next = known.len() as u32;
        let place = *known.entry(values).or_insert(next);
        if place == next {
            made.push((one.read)(&object.with_item(owner), given));
        }
        places.push(place);
    }
    Some((made.into_iter().collect::<Option<_>>()?, places))
}

/// The alternative that the tag of an object selects, and the object with its fields.
fn chosen<'a, 't, G, M>(
    cursor: &Cursor<'a>,
    tag: &str,
    all: &'t [Alternative<G, M>],
) -> Option<(&'t Alternative<G, M>, Object<'a>)> {
    let words: Vec<&str> = all.iter().map(|one| one.word).collect();
    let Some((_, word)) = cursor.entries()?.into_iter().find(|(name, _)| *name == tag) else {
        cursor.problem(format!("field \"{tag}\" is missing; allowed: {}", words.join(", ")));
        return None;
    };
    let one = &all[word.choice(&words)?];
    let fields = [&[tag], &one.fields[..]].concat();
    Some((one, cursor.object(&fields)?))
}

/// The schema of such an object, with a description of the tag.
pub(crate) fn tagged_schema<G, M>(
    generator: &mut SchemaGenerator,
    tag: (&str, &str),
    all: &[Alternative<G, M>],
) -> Schema {
    alternatives(generator, tag, all.iter().map(|one| (one.word, one.describe)))
}

/// The schema of such an object for several owners, as [`read_tagged_each`] reads it.
pub(crate) fn tagged_each_schema<G, M>(
    generator: &mut SchemaGenerator,
    tag: (&str, &str),
    all: &[Alternative<G, M>],
) -> Schema {
    let mut schema = tagged_schema(generator, tag, all);
    let kinds = schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten();
    for fields in kinds.filter_map(|kind| kind.get_mut("properties")?.as_object_mut()) {
        for (_, field) in fields.iter_mut().filter(|(name, _)| *name != tag.0) {
            let Some(one) = field.as_object_mut() else { continue };
            let apart = ["description", "default"].map(|name| one.remove_entry(name));
            let one = Value::from(std::mem::take(one));
            let mut each =
                Map::from_iter([("anyOf".to_owned(), json!([one, {"type": "array", "items": one, "minItems": 1}]))]);
            each.extend(apart.into_iter().flatten());
            *field = each.into();
        }
    }
    schema
}

/// Describes a record once; see [`crate::json::record`].
macro_rules! record {
    (
        $(#[doc = $about:literal])*
        $vis:vis struct $name:ident $(: $inline:ident)? $(as $title:literal)? $(derive($($derive:ident),*))?
        $(given $given:ty)?
        {$(
            $(#[doc = $doc:literal])*
            $field_vis:vis $field:ident $(as $file:literal)? : $type:ty = $shape:expr;
        )*}
        $(check $check:expr $(=> $made:ty)?;)?
        $(rules $rules:expr;)?
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq $($(, $derive)*)?)]
        $vis struct $name {$(
            $(#[doc = $doc])*
            $field_vis $field: $type,
        )*}

        $crate::json::record::record!(@record [$($given)?] $name [$($check $(=> $made)?)?] {$(
            $field $type, $crate::json::record::record!(@file $field $($file)?), concat!($($doc),*), $shape;
        )*});

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $crate::json::record::record!(@file $name $($title)?).into()
            }

            fn inline_schema() -> bool {
                $crate::json::record::record!(@inline $($inline)?)
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let properties = <$name as $crate::json::Fields>::properties();
                let schema = $crate::json::object_schema(&[$($about),*], properties, generator);
                $(let schema = $crate::json::with_rules(schema, $rules);)?
                schema
            }
        }
    };

    (@record [] $name:ident $check:tt $fields:tt) => {
        impl<G: Copy> $crate::json::FileRecord<G> for $name {
            $crate::json::record::record!(@body [G] $name $check $fields);
        }
        $crate::json::record::record!(@properties [()] $name $fields);
    };
    (@record [$given:ty] $name:ident $check:tt $fields:tt) => {
        impl $crate::json::FileRecord<$given> for $name {
            $crate::json::record::record!(@body [$given] $name $check $fields);
        }
        $crate::json::record::record!(@properties [$given] $name $fields);
    };

    (@body [$given:ty] $name:ident [] $fields:tt) => {
        $crate::json::record::record!(@body [$given] $name [|read: Self, _: &$crate::json::Object<'_>, _| Some(read) => Self] $fields);
    };
    (@body [$given:ty] $name:ident [$check:expr] $fields:tt) => {
        $crate::json::record::record!(@body [$given] $name [$check => Self] $fields);
    };
    (@body [$given:ty] $name:ident [$check:expr => $made:ty] {$($field:ident $type:ty, $file:expr, $about:expr, $shape:expr;)*}) => {
        type Made = $made;

        fn read_fields(object: &$crate::json::Object<'_>, given: $given) -> Option<$made> {
            $(let $field: Option<$type> = {
                let spec: $crate::json::FieldSpec<'_, $given, $type> = $shape;
                spec.read_field(object, $file, given)
            };)*
            let read = $name { $($field: $field?),* };
            ($check)(read, object, given)
        }
    };

    (@properties [$given:ty] $name:ident {$($field:ident $type:ty, $file:expr, $about:expr, $shape:expr;)*}) => {
        impl $crate::json::Fields for $name {
            fn properties() -> Vec<$crate::json::Property> {
                // The fields before have no values here: no property depends on them.
                $(let $field: Option<$type> = None;)*
                $(let _ = &$field;)*
                let properties: Vec<Vec<$crate::json::Property>> = vec![$({
                    let spec: $crate::json::FieldSpec<'_, $given, $type> = $shape;
                    spec.named($file, $about)
                }),*];
                properties.into_iter().flatten().collect()
            }
        }
    };

    (@file $field:ident) => { stringify!($field) };
    (@file $field:ident $file:literal) => { $file };
    (@inline) => { false };
    (@inline inline) => { true };
}

/// Describes an enum whose variants have names in files; see [`crate::json::record`].
macro_rules! words {
    (
        $(#[doc = $about:literal])*
        $vis:vis enum $name:ident $(derive($($derive:ident),*))? {
            $($(#[$meta:meta])* $variant:ident = $word:literal),* $(,)?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq $($(, $derive)*)?)]
        $vis enum $name {$(
            $(#[$meta])*
            $variant,
        )*}

        impl $name {
            /// The names in files and reports.
            $vis const NAMES: &'static [&'static str] = &[$($word),*];
            /// All variants, in the order of their names.
            $vis const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in files and reports.
            $vis fn name(self) -> &'static str {
                Self::NAMES[self as usize]
            }
        }

        impl $crate::json::Words for $name {
            const ALL: &'static [Self] = Self::ALL;

            fn word(self) -> &'static str {
                self.name()
            }
        }
    };
}

pub(crate) use {record, words};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::schema::schema_of;
    use crate::json::shape::*;
    use crate::json::{Document, FileError};
    use serde_json::Value;

    words! {
        /// How.
        enum Path derive(Default) {
            /// One by one.
            #[default]
            Serial = "serial",
            /// At once.
            Pipelined = "pipelined",
        }
    }

    record! {
        /// # A core
        ///
        /// One core;
        /// all are alike.
        struct Core derive(Copy) given u32 {
            /// Neurons, 1 to 8.
            max_neurons: u32 = whole(1..=8);
            /// Synapses; null is no limit.
            fan_in: Option<u16> = nullable(whole(1..=64));
            /// Kinds, where there are.
            kinds: Option<u8> = optional(whole(1..=4));
            /// How.
            path as "receive": Path = word();
            /// Whether.
            sign: bool = or(flag(), false, false);
            /// Where.
            place: (f64, i64) = pair(number(0.0..=1.0), whole(-4..=4));
        }
        check Core::check;
    }

    impl Core {
        fn check(self, object: &Object<'_>, most: u32) -> Option<Self> {
            if self.max_neurons > most {
                object.problem(format!("at most {most} neurons"));
                return None;
            }
            Some(self)
        }
    }

    fn read(text: &str) -> Result<Core, FileError> {
        let document = Document::parse("f.json", text)?;
        let core = Core::read(&document.root(), 6);
        document.finish(core)
    }

    #[test]
    fn records_are_read() {
        let core = read(r#"{"max_neurons": 6, "fan_in": null, "receive": "pipelined", "place": [0.5, -1]}"#).unwrap();
        let expected =
            Core { max_neurons: 6, fan_in: None, kinds: None, path: Path::Pipelined, sign: false, place: (0.5, -1) };
        assert_eq!(core, expected);
        assert_eq!((Path::default().name(), Path::ALL.len()), ("serial", 2));
    }

    #[test]
    fn all_problems_of_a_record_are_noted() {
        let found = read(r#"{"max_neurons": 9, "kinds": 5, "recieve": "serial", "sign": 1, "place": [2, 5]}"#);
        assert_eq!(
            found.unwrap_err().to_string(),
            "f.json: recieve: unknown field; known: max_neurons, fan_in, kinds, receive, sign, place; \
             did you mean \"receive\"?\n\
             f.json: max_neurons: found 9, expected 1 to 8 as an integer\n\
             f.json: fan_in: missing\n\
             f.json: kinds: found 5, expected 1 to 4 as an integer\n\
             f.json: receive: missing\n\
             f.json: sign: found 1, expected true or false\n\
             f.json: place[0]: found 2, expected 0 to 1 as a number\n\
             f.json: place[1]: found 5, expected -4 to 4 as an integer"
        );
        let found = read(r#"{"max_neurons": 7, "fan_in": 1, "receive": "serial", "place": [0, 0]}"#);
        assert_eq!(found.unwrap_err().to_string(), "f.json: at most 6 neurons");
    }

    #[test]
    fn records_are_described() {
        let found = schema_of::<Core>();
        let number = json!({"type": "number", "minimum": 0.0, "maximum": 1.0});
        let integer = |least: i64, most: i64| json!({"type": "integer", "minimum": least, "maximum": most});
        let with = |mut value: Value, more: &[(&str, Value)]| {
            more.iter().for_each(|(name, inner)| value[*name] = inner.clone());
            value
        };
        let place = json!({"type": "array", "prefixItems": [number, integer(-4, 4)], "minItems": 2, "maxItems": 2});
        let expected = json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "max_neurons": with(integer(1, 8), &[("description", json!("Neurons, 1 to 8."))]),
                "fan_in": {
                    "anyOf": [integer(1, 64), {"type": "null"}], "description": "Synapses; null is no limit.",
                },
                "kinds": with(integer(1, 4), &[("description", json!("Kinds, where there are."))]),
                "receive": {"type": "string", "enum": ["serial", "pipelined"], "description": "How."},
                "sign": {"type": "boolean", "description": "Whether.", "default": false},
                "place": with(place, &[("description", json!("Where."))]),
            },
            "required": ["max_neurons", "fan_in", "receive", "place"],
            "title": "A core",
            "description": "One core; all are alike.",
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "patternProperties": {"^\\$comment$": true},
        });
        assert_eq!(found.to_string(), expected.to_string());
    }
}
