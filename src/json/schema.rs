//! JSON Schemas of our files, for editors: parts shared by all formats.
//!
//! `record!` describes records once and makes their schemas too. The rest is written by hand here: values that are
//! texts of a pattern, and constraints between fields, as far as a schema can express them.

use super::{COMMENT, MAX_NAME, MAX_TEXT};
use crate::units;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;

/// The schema of files whose root is `T`.
pub fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(tidy));
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// Removes the widths of Rust's integers, which mean nothing to people who write files, and line ends in texts. Any object
/// may have a comment.
fn tidy(schema: &mut Schema) {
    schema.remove("format");
    if schema.get("additionalProperties").is_some() {
        schema.insert("patternProperties".into(), json!({format!("^\\{COMMENT}$"): true}));
    }
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
}

/// Stands for an omitted field that has no default value.
#[derive(Debug)]
pub struct Absent;

/// The default of such a field.
pub fn absent() -> Absent {
    Absent
}

/// One of a list of words.
pub fn words(names: &[&str]) -> Schema {
    json_schema!({"type": "string", "enum": names})
}

/// The inline schema of a type; [`SchemaGenerator::subschema_for`] would make a reference.
pub fn described<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    T::json_schema(generator)
}

/// Returns the schema of an alternative.
pub type Describe = fn(&mut SchemaGenerator) -> Schema;

/// Objects of several kinds, selected by the word in one of their fields; `about` describes that field.
pub fn alternatives<'a>(
    generator: &mut SchemaGenerator,
    (tag, about): (&str, &str),
    kinds: impl IntoIterator<Item = (&'a str, Describe)>,
) -> Schema {
    let one = |(name, describe): (&'a str, Describe)| {
        let mut schema = describe(generator);
        tell_apart(&mut schema, (tag, about), name);
        schema
    };
    let all: Vec<Schema> = kinds.into_iter().map(one).collect();
    json_schema!({"oneOf": all})
}

/// Adds a required field with one allowed word before all others.
pub fn tell_apart(schema: &mut Schema, (tag, about): (&str, &str), word: &str) {
    let old = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut fields = serde_json::Map::new();
    fields.insert(tag.to_owned(), json!({"description": about, "const": word}));
    fields.extend(old);
    let needed = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let needed: Vec<Value> = std::iter::once(json!(tag)).chain(needed).collect();
    schema.insert("title".into(), json!(word));
    schema.insert("type".into(), json!("object"));
    schema.insert("properties".into(), fields.into());
    schema.insert("required".into(), needed.into());
    schema.insert("additionalProperties".into(), json!(false));
}

/// A schema of objects that have all fields of a path, and a value at its end that matches a schema.
pub fn at(path: &[&str], end: Value) -> Value {
    path.iter().rev().fold(end, |inner, field| {
        let mut fields = serde_json::Map::new();
        fields.insert((*field).to_owned(), inner);
        json!({"required": [field], "properties": fields})
    })
}

/// Adds rules to those of a schema.
pub fn add_rules(schema: &mut Schema, rules: impl IntoIterator<Item = Value>) {
    let given = schema.get("allOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let all: Vec<Value> = given.into_iter().chain(rules).collect();
    schema.insert("allOf".into(), all.into());
}

/// A value that may be `null`.
#[derive(Debug)]
pub struct Nullable<T>(std::marker::PhantomData<T>);

impl Nullable<()> {
    /// The schema of a value that may be `null`, from that of the value.
    pub fn of(inner: Schema) -> Schema {
        json_schema!({"anyOf": [inner, {"type": "null"}]})
    }
}

impl<T: JsonSchema> JsonSchema for Nullable<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrNull", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Nullable::of(generator.subschema_for::<T>())
    }
}

/// Values by names that the user chooses.
#[derive(Debug)]
pub struct Named<T>(std::marker::PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}ByName", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let inner = generator.subschema_for::<T>();
        json_schema!({"type": "object", "additionalProperties": inner, "propertyNames": {"maxLength": MAX_NAME}})
    }
}

/// Defines a type of values by its own schema.
macro_rules! value_type {
    ($(#[doc = $doc:literal])* $vis:vis $name:ident, inline: $inline:literal, $schema:expr) => {
        $(#[doc = $doc])*
        #[derive(Debug)]
        $vis struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                $inline
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema: Schema = $schema;
                if !$inline {
                    schema.insert("description".into(), concat!($($doc),*).trim().into());
                }
                schema
            }
        }
    };
}

pub(crate) use value_type;

value_type!(
    /// A text that is not empty.
    pub Text, inline: true, json_schema!({"type": "string", "pattern": "\\S", "maxLength": MAX_TEXT})
);
value_type!(
    /// A name that is not empty.
    pub Name, inline: true, json_schema!({"type": "string", "pattern": "\\S", "maxLength": MAX_NAME})
);
value_type!(
    /// An energy such as "4.2 pJ"; units: aJ, fJ, pJ, nJ, uJ, mJ.
    pub Energy, inline: false, json_schema!({"type": "string", "pattern": units::energy_pattern()})
);
value_type!(
    /// A power such as "104.4 mW"; units: nW, uW, mW, W.
    pub Power, inline: false, json_schema!({"type": "string", "pattern": units::power_pattern()})
);
value_type!(
    /// A time such as "6.5 ns" that is a whole number of ticks; units: fs, ps, ns, us, ms, s. Where the tick is a cycle of
    /// a clock, whole cycles too: "2 cycles".
    pub Time, inline: false, json_schema!({"type": "string", "pattern": units::span_pattern()})
);
value_type!(
    /// A time of at least one tick, such as "6.5 ns"; units: fs, ps, ns, us, ms, s. Where the tick is a cycle of a clock,
    /// whole cycles too: "2 cycles".
    pub TimeNotZero, inline: false,
    json_schema!({"type": "string", "pattern": units::span_pattern(), "not": {"pattern": ZERO}})
);
value_type!(
    /// The name of a file beside this one, without folders.
    pub FileName, inline: true,
    json_schema!({"type": "string", "pattern": "^[^/]*[^/\\s][^/]*$", "not": {"enum": [".", ".."]}})
);
value_type!(
    /// A SHA-256, as sha256sum prints it.
    pub Sha256, inline: true, json_schema!({"type": "string", "pattern": "^[0-9a-f]{64}$"})
);

/// Pattern of a quantity of zero.
pub const ZERO: &str = "^\\s*0+(\\.0+)? ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_rules_need_all_their_fields() {
        let expected = json!({"required": ["a"], "properties": {"a": {"required": ["b"], "properties": {"b": true}}}});
        assert_eq!(at(&["a", "b"], json!(true)), expected);
    }

    #[test]
    fn alternatives_are_told_apart_by_a_needed_word() {
        let mut schema = json_schema!({"properties": {"size": {"type": "integer"}}, "required": ["size"]});
        tell_apart(&mut schema, ("kind", "Which."), "box");
        assert_eq!(schema.get("required"), Some(&json!(["kind", "size"])));
        assert_eq!(schema.get("properties").unwrap()["kind"], json!({"description": "Which.", "const": "box"}));
    }
}
