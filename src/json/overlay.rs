//! Overlays: a file that gives only what differs from another one, its base.
//!
//! Objects are merged field by field; every other value, lists and `null` too, takes the place of the base's value.
//! `null` means in an overlay what it means in a whole file, so two fields say what a value cannot:
//!
//! ```text
//! "$remove": ["fixed_tick"]     leaves out fields that the base's object has
//! "$replace": true              takes this object as it is, with nothing of the base's object
//! ```

use super::cursor::join;
use super::{Document, Problem, at_path, did_you_mean};
use serde_json::{Map, Value};

/// The field with the names of fields to leave out.
pub const REMOVE: &str = "$remove";
/// The field that says that an object is not merged.
pub const REPLACE: &str = "$replace";

/// A value in which an overlay differs from its base.
#[derive(Clone, Debug, PartialEq)]
pub struct OverlayChange {
    /// Where, as in messages.
    pub path: String,
    /// The value of the base, if it has one.
    pub before: Option<Value>,
    /// The value of the overlay; `None` if it is left out.
    pub after: Option<Value>,
}

/// What a merged document is made of.
#[derive(Clone, Debug)]
pub(super) struct Layers {
    /// The overlay as it was written.
    own: Value,
    /// Name of the base for messages.
    base: String,
}

impl Layers {
    /// Says of a problem with a value that the overlay does not give where the value is from.
    pub(super) fn explain(&self, merged: &Value, problem: &mut Problem) {
        let path = problem.path.as_str();
        if path.is_empty() || at_path(merged, path).is_none() || at_path(&self.own, path).is_some() {
            return;
        }
        problem.message += &format!(" (this value is from {})", self.base);
    }
}

impl Document {
    /// Merges this overlay into its base, whose name in messages is `name`; gives the values that changed.
    pub fn merge_into(&mut self, base: &Self, name: &str) -> Vec<OverlayChange> {
        let own = std::mem::take(&mut self.root);
        let mut merger = Merger { problems: Vec::new() };
        self.root = merger.merge(base.root.clone(), own.clone(), "");
        let problems = merger.problems;
        problems.into_iter().for_each(|Problem { path, message }| self.problem(path, message));
        let mut changes = Vec::new();
        differences(&base.root, &self.root, String::new(), &mut changes);
        self.layers = Some(Layers { own, base: name.to_owned() });
        changes
    }

    /// The values in which another document differs.
    pub fn changes_to(&self, other: &Self) -> Vec<OverlayChange> {
        let mut changes = Vec::new();
        differences(&self.root, &other.root, String::new(), &mut changes);
        changes
    }

    /// Whether an overlay itself gives the value at a path; every other file gives all its values.
    pub fn gives(&self, path: &str) -> bool {
        at_path(self.layers.as_ref().map_or(&self.root, |layers| &layers.own), path).is_some()
    }

    /// The same contents without the problems found so far.
    pub(crate) fn again(&self) -> Self {
        Self {
            file: self.file.clone(),
            root: self.root.clone(),
            problems: Default::default(),
            layers: self.layers.clone(),
            unspread: None,
        }
    }

    /// Takes a field out of the root.
    pub(crate) fn take(&mut self, field: &str) -> Option<Value> {
        self.root.as_object_mut()?.shift_remove(field)
    }

    /// Replaces a field of the root.
    pub(crate) fn put(&mut self, field: &str, value: Value) {
        if let Some(root) = self.root.as_object_mut() {
            root.insert(field.to_owned(), value);
        }
    }
}

/// A document before an object of it was spread over others.
#[derive(Debug)]
pub(super) struct Unspread {
    root: Value,
    /// The field of the object that was spread, and that of the objects which it was spread over.
    from: &'static str,
    into: &'static str,
}

impl Unspread {
    /// The document before.
    pub(super) fn root(&self) -> &Value {
        &self.root
    }

    /// Leaves out problems of values that came from the object that was spread, where that has them too; others say where
    /// the value is from.
    pub(super) fn explain(&self, spread: &Value, problems: &mut Vec<Problem>) {
        let own = |path: &str| {
            let (into, rest) = path.split_once('.')?;
            (into == self.into).then(|| match rest.split_once('.') {
                Some((_, field)) => join(self.from, field),
                None => self.from.to_owned(),
            })
        };
        let known: Vec<(String, String)> =
            problems.iter().map(|problem| (problem.path.clone(), problem.message.clone())).collect();
        problems
            .retain(|problem| own(&problem.path).is_none_or(|path| !known.contains(&(path, problem.message.clone()))));
        for problem in problems {
            let is_from = at_path(&self.root, &problem.path).is_none() && at_path(spread, &problem.path).is_some();
            if is_from && own(&problem.path).is_some() {
                problem.message += &format!(" (this value is from {})", self.from);
            }
        }
    }
}

impl Document {
    /// Merges an object of the root into every object in another one of it, as a base into its overlays, apart from the
    /// fields `own` of these.
    pub(crate) fn spread(mut self, from: &'static str, into: &'static str, own: &[&str]) -> Self {
        let written = self.root.clone();
        let base = written.get(from).filter(|base| base.is_object());
        let objects = self.root.get_mut(into).and_then(Value::as_object_mut);
        let (Some(base), Some(objects)) = (base, objects) else { return self };
        let mut merger = Merger { problems: Vec::new() };
        for (name, object) in objects.iter_mut().filter(|(_, object)| object.is_object()) {
            let Value::Object(mut fields) = std::mem::take(object) else { continue };
            let kept: Vec<(String, Value)> = own.iter().filter_map(|field| fields.shift_remove_entry(*field)).collect();
            let merged = merger.merge(base.clone(), Value::Object(fields), &join(into, name));
            let rest = match merged {
                Value::Object(rest) => rest,
                _ => Map::new(),
            };
            *object = Value::Object(kept.into_iter().chain(rest).collect());
        }
        let problems = merger.problems;
        problems.into_iter().for_each(|Problem { path, message }| self.problem(path, message));
        self.unspread = Some(Unspread { root: written, from, into });
        self
    }
}

struct Merger {
    problems: Vec<Problem>,
}

impl Merger {
    fn problem(&mut self, path: &str, field: &str, message: String) {
        self.problems.push(Problem { path: join(path, field), message });
    }

    fn merge(&mut self, base: Value, own: Value, path: &str) -> Value {
        let Value::Object(mut own) = own else { return own };
        let is_whole = self.is_whole(own.remove(REPLACE), path);
        let removed = own.remove(REMOVE);
        let mut merged = match base {
            Value::Object(base) if !is_whole => base,
            _ => Map::new(),
        };
        if let Some(names) = removed {
            self.leave_out(&names, &mut merged, path);
        }
        for (name, value) in own {
            let inner = join(path, &name);
            // In the place of the base's field, or last.
            let before = merged.get_mut(&name).map_or(Value::Null, std::mem::take);
            let value = self.merge(before, value, &inner);
            merged.insert(name, value);
        }
        Value::Object(merged)
    }

    fn is_whole(&mut self, found: Option<Value>, path: &str) -> bool {
        match found {
            None => false,
            Some(Value::Bool(true)) => true,
            Some(_) => {
                self.problem(path, REPLACE, "expected true; an object without this field is merged".into());
                false
            }
        }
    }

    fn leave_out(&mut self, names: &Value, merged: &mut Map<String, Value>, path: &str) {
        let expected = "expected a list of names of fields";
        let Some(names) = names.as_array() else { return self.problem(path, REMOVE, expected.into()) };
        for (index, name) in names.iter().enumerate() {
            let field = format!("{REMOVE}[{index}]");
            let Some(name) = name.as_str() else {
                self.problem(path, &field, expected.into());
                continue;
            };
            if merged.shift_remove(name).is_none() {
                let known: Vec<&str> = merged.keys().map(String::as_str).collect();
                let hint = did_you_mean(name, &known);
                self.problem(path, &field, format!("the base has no field \"{name}\" here{hint}"));
            }
        }
    }
}

/// All values in which two differ; a list is one value, and so is an object that only one of them has.
fn differences(before: &Value, after: &Value, path: String, changes: &mut Vec<OverlayChange>) {
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, value) in one {
                match other.get(name) {
                    Some(after) => differences(value, after, join(&path, name), changes),
                    None => changes.push(OverlayChange {
                        path: join(&path, name),
                        before: Some(value.clone()),
                        after: None,
                    }),
                }
            }
            let new = other.iter().filter(|(name, _)| !one.contains_key(*name));
            changes.extend(new.map(|(name, value)| OverlayChange {
                path: join(&path, name),
                before: None,
                after: Some(value.clone()),
            }));
        }
        (one, other) if one != other => {
            changes.push(OverlayChange { path, before: Some(one.clone()), after: Some(other.clone()) });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const BASE: &str = r#"{"a": {"b": 1, "c": [1, 2], "d": {"e": null}}, "f": "x"}"#;

    fn merged(own: &str) -> (Document, Vec<String>) {
        let base = Document::parse("base.json", BASE).unwrap();
        let mut document = Document::parse("own.json", own).unwrap();
        let changes = document.merge_into(&base, "base.json");
        (document, changes.into_iter().map(|change| change.path).collect())
    }

    #[test]
    fn objects_are_merged_and_all_else_is_replaced() {
        let (document, changes) =
            merged(r#"{"a": {"c": [3], "d": {"e": 2, "g": {"h": 1}}, "b": null}, "i": {"j": 0}}"#);
        let expected = r#"{"a":{"b":null,"c":[3],"d":{"e":2,"g":{"h":1}}},"f":"x","i":{"j":0}}"#;
        assert_eq!(document.value().to_string(), expected);
        assert_eq!(changes, ["a.b", "a.c", "a.d.e", "a.d.g", "i"]);
        let given = ["a.b", "a.c[0]", "a.d.g.h", "i"];
        assert!(given.iter().all(|path| document.gives(path)) && !document.gives("f") && !document.gives("a.c[1]"));
    }

    #[test]
    fn fields_are_left_out_and_objects_replaced_where_the_overlay_says_so() {
        let (document, changes) = merged(r#"{"a": {"$remove": ["c"], "d": {"$replace": true, "k": 1}}}"#);
        assert_eq!(document.value(), &json!({"a": {"b": 1, "d": {"k": 1}}, "f": "x"}));
        assert_eq!(changes, ["a.c", "a.d.e", "a.d.k"]);
    }

    #[test]
    fn problems_of_the_merging_are_noted() {
        let (document, _) = merged(r#"{"$remove": ["ff", 3], "a": {"$replace": 1, "d": {"$remove": "e"}}}"#);
        assert_eq!(
            document.finish::<()>(None).unwrap_err().to_string(),
            "own.json: $remove[0]: the base has no field \"ff\" here; did you mean \"f\"?\n\
             own.json: $remove[1]: expected a list of names of fields\n\
             own.json: a.$replace: expected true; an object without this field is merged\n\
             own.json: a.d.$remove: expected a list of names of fields"
        );
    }

    #[test]
    fn a_problem_says_where_the_value_is_from() {
        let (document, _) = merged(r#"{"a": {"b": 2}}"#);
        let root = document.root().object(&["a", "f"]).unwrap();
        root.need("a").unwrap().object(&["b", "c", "d"]).unwrap().need("b").unwrap().unsigned(3..=4);
        root.need("f").unwrap().unsigned(3..=4);
        assert_eq!(
            document.finish::<()>(None).unwrap_err().to_string(),
            "own.json: a.b: found 2, expected 3 to 4 as an integer\n\
             own.json: f: found \"x\", expected 3 to 4 as an integer (this value is from base.json)"
        );
    }
}
