//! Changing single values of a parsed file by their paths.

use super::cursor::join;
use super::{Document, at_path, did_you_mean};
use serde_json::{Map, Number, Value};

impl Document {
    /// The file as it was parsed.
    pub(crate) fn value(&self) -> &Value {
        &self.root
    }

    /// Sets a number, a truth value, a word or `null` that the file has, by its path as in messages. Texts are only set
    /// where `is_word` says so. Returns the old text in the file, or why the value is not set.
    pub fn set_value(&mut self, path: &str, text: &str, is_word: fn(&str) -> bool) -> Result<String, String> {
        let place = self.place(path, is_word)?;
        let expected = |what| format!("found \"{text}\" for {path}, expected {what}");
        let new = match place {
            _ if text == "null" => Value::Null,
            Value::Bool(_) => Value::Bool(text.parse().map_err(|_| expected("true or false"))?),
            Value::String(_) => Value::String(text.to_owned()),
            _ => Value::Number(number(text).ok_or_else(|| expected("a number"))?),
        };
        Ok(match std::mem::replace(place, new) {
            Value::String(old) => old,
            old => old.to_string(),
        })
    }

    /// Checks that there is a value that can be set at a path; the error says why there is none.
    pub fn can_set(&mut self, path: &str, is_word: fn(&str) -> bool) -> Result<(), String> {
        self.place(path, is_word).map(drop)
    }

    /// Gives an object a value that another object of the file has, by their paths as in messages, where it has none itself;
    /// objects on the way to it are made.
    pub(crate) fn give(&mut self, from: &str, object: &str, rest: &str) {
        let Some(value) = at_path(&self.root, from).filter(|value| !value.is_object()).cloned() else { return };
        if at_path(&self.root, &join(object, rest)).is_some() {
            return;
        }
        let pointer = |path: &str| path.split('.').map(|name| format!("/{name}")).collect::<String>();
        let Some(mut here) = self.root.pointer_mut(&pointer(object)) else { return };
        let (parents, last) = rest.rsplit_once('.').unwrap_or(("", rest));
        for name in parents.split('.').filter(|name| !name.is_empty()) {
            let Some(fields) = here.as_object_mut() else { return };
            here = fields.entry(name.to_owned()).or_insert_with(|| Value::Object(Map::new()));
        }
        if let Some(fields) = here.as_object_mut() {
            fields.insert(last.to_owned(), value);
        }
    }

    fn place(&mut self, path: &str, is_word: fn(&str) -> bool) -> Result<&mut Value, String> {
        let mut places = Vec::new();
        scalars(&mut self.root, String::new(), &mut places);
        places.retain(|(path, value)| !value.is_string() || is_word(path));
        let known: Vec<String> = places.iter().map(|(path, _)| path.clone()).collect();
        places.into_iter().find(|(found, _)| found == path).map(|(_, place)| place).ok_or_else(|| {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            format!("{} has no value to set at \"{path}\"{}", self.file, did_you_mean(path, &known))
        })
    }
}

/// A number as a file would have it: an integer if it is written as one.
fn number(text: &str) -> Option<Number> {
    let whole = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
    whole.ok().or_else(|| text.parse().ok().and_then(Number::from_f64))
}

/// All values that are neither objects nor lists, with their paths.
fn scalars<'v>(value: &'v mut Value, path: String, found: &mut Vec<(String, &'v mut Value)>) {
    match value {
        Value::Object(map) => map.iter_mut().for_each(|(name, inner)| scalars(inner, join(&path, name), found)),
        Value::Array(items) => {
            items.iter_mut().enumerate().for_each(|(i, inner)| scalars(inner, format!("{path}[{i}]"), found));
        }
        _ => found.push((path, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        r#"{"core": {"sigma": 0, "name": "x", "rule": "xy", "flag": true, "most": null}, "list": [[1, 2], {"a": 3}]}"#;

    fn document() -> Document {
        Document::parse("f.json", TEXT).unwrap()
    }

    fn is_word(path: &str) -> bool {
        path != "core.name"
    }

    #[test]
    fn values_are_set_by_path() {
        let mut file = document();
        for (path, text, was) in [
            ("core.sigma", "0.05", "0"),
            ("core.sigma", "-7", "0.05"),
            ("list[0][1]", "1e-3", "2"),
            ("core.rule", "yx", "xy"),
            ("core.flag", "false", "true"),
            ("core.most", "8", "null"),
            ("list[0][0]", "null", "1"),
        ] {
            assert_eq!(file.set_value(path, text, is_word).as_deref(), Ok(was));
        }
        assert_eq!(file.set_value("list[1].a", "18446744073709551615", is_word).as_deref(), Ok("3"));
        let expected = r#"{"core":{"sigma":-7,"name":"x","rule":"yx","flag":false,"most":8},
            "list":[[null,0.001],{"a":18446744073709551615}]}"#;
        let (found, expected): (Value, Value) = (file.root, serde_json::from_str(expected).unwrap());
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_of_another_kind_is_not_set() {
        let mut file = document();
        let errors = [
            ("core.sigam", "1", "f.json has no value to set at \"core.sigam\"; did you mean \"core.sigma\"?"),
            ("core.name", "1", "f.json has no value to set at \"core.name\"; did you mean \"core.rule\"?"),
            ("", "1", "f.json has no value to set at \"\""),
            ("core.sigma", "much", "found \"much\" for core.sigma, expected a number"),
            ("core.sigma", "inf", "found \"inf\" for core.sigma, expected a number"),
            ("core.sigma", "", "found \"\" for core.sigma, expected a number"),
            ("core.flag", "1", "found \"1\" for core.flag, expected true or false"),
        ];
        for (path, text, expected) in errors {
            assert_eq!(file.set_value(path, text, is_word), Err(expected.to_owned()));
        }
        assert_eq!(file.root, document().root);
    }
}
