//! The object `facts` of a chip file: sources of its structural numbers.
//!
//! `"facts": { "core.max_neurons": { "kind": "documented", "source": "paper" }, "mesh": { "kind": "assumed" } }`: a key
//! is a path in the file, and applies to everything below it.

use super::cost::ConstantKind;
use super::given::{Sources, source_name};
use crate::json::record::record;
use crate::json::schema::{add_rules, at};
use crate::json::shape::{apart, optional, text, word};
use crate::json::{Cursor, FileRecord, Object};
use schemars::Schema;
use serde_json::json;

record! {
    /// Where a number comes from.
    pub struct Fact derive(Eq) given Option<&Sources> {
        /// Where in the file, as in `core.max_neurons`; it stands for all that is below.
        pub path: String = apart(String::new());
        /// How it came to be.
        pub kind: ConstantKind = word();
        /// The name of its source; may be left out of what is assumed.
        pub source: Option<String> = optional(source_name());
        /// What a reader should know.
        pub note: Option<String> = optional(text());
    }
    check Fact::check;
    rules rules;
}

/// A fact that is not assumed has a source.
fn rules(schema: &mut Schema) {
    let assumed = at(&["kind"], json!({"const": ConstantKind::Assumed.name()}));
    add_rules(schema, [json!({"if": {"not": assumed}, "then": {"required": ["source"]}})]);
}

impl Fact {
    fn check(self, object: &Object<'_>, _: Option<&Sources>) -> Option<Self> {
        // An assumption may give its reason in the note instead.
        if self.source.is_none() && self.kind != ConstantKind::Assumed {
            object.need("source");
            return None;
        }
        Some(self)
    }
}

/// Reads the facts; each must be about an existing value.
pub(super) fn read_facts(cursor: &Cursor<'_>, sources: Option<&Sources>) -> Option<Vec<Fact>> {
    let read = |(path, c): (&str, Cursor<'_>)| {
        if !c.file_has(path) {
            c.problem(format!(
                "there is nothing at \"{path}\" in the file; a key is a path such as \"core.max_neurons\" or \"core\""
            ));
        }
        Some(Fact { path: path.to_owned(), ..Fact::read(&c, sources)? })
    };
    let list: Vec<_> = cursor.entries()?.into_iter().map(read).collect();
    list.into_iter().collect()
}
