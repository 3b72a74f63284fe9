//! The object `facts` of a chip file: where its structural numbers come from.
//!
//! `"facts": { "core.max_neurons": { "kind": "documented", "source": "paper" }, "mesh": { "kind": "assumed" } }`: a key
//! is a path in the file, and stands for all that is below it.

use super::chip::Fact;
use super::constants::read_kind;
use super::cost::Kind;
use super::file::Sources;
use crate::json::{Cursor, Document};

/// Reads the facts; each must be of something that is there.
pub(super) fn read_facts(document: &Document, cursor: &Cursor<'_>, sources: &Sources<'_>) -> Option<Vec<Fact>> {
    let list: Vec<_> = cursor.entries()?.into_iter().map(|(path, c)| read_fact(document, path, &c, sources)).collect();
    list.into_iter().collect()
}

fn read_fact(document: &Document, path: &str, cursor: &Cursor<'_>, sources: &Sources<'_>) -> Option<Fact> {
    if !document.has(path) {
        cursor.problem(format!(
            "there is nothing at \"{path}\" in the file; a key is a path such as \"core.max_neurons\" or \"core\""
        ));
    }
    let object = cursor.object(&["kind", "source", "note"])?;
    let kind = object.need("kind").and_then(|c| read_kind(&c));
    // What is assumed may say why in its note instead.
    let source = match (object.get("source"), kind) {
        (Some(c), _) => sources.resolve(&c).map(Some),
        (None, Some(Kind::Assumed)) => Some(None),
        (None, _) => object.need("source").and(None),
    };
    let note = object.get("note").map_or(Some(None), |c| c.text().map(|text| Some(text.to_owned())));
    Some(Fact { path: path.to_owned(), kind: kind?, source: source?, note: note? })
}
