//! Changing numbers of a parsed file by their paths.

use super::cursor::join;
use super::{Document, did_you_mean};
use serde_json::{Number, Value};

impl Document {
    /// The file as it was parsed.
    pub(crate) fn value(&self) -> &Value {
        &self.root
    }

    /// Sets a number that the file has, by its path as in messages. Returns its old text in the file, or why it is not
    /// set.
    pub fn set_number(&mut self, path: &str, text: &str) -> Result<String, String> {
        let mut places = Vec::new();
        numbers(&mut self.root, String::new(), &mut places);
        let known: Vec<String> = places.iter().map(|(path, _)| path.clone()).collect();
        let Some((_, place)) = places.into_iter().find(|(found, _)| found == path) else {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return Err(format!("{} has no number at \"{path}\"{}", self.file, did_you_mean(path, &known)));
        };
        let number = number(text).ok_or_else(|| format!("found \"{text}\" for {path}, expected a number"))?;
        Ok(std::mem::replace(place, Value::Number(number)).to_string())
    }
}

/// A number as a file would have it: an integer if it is written as one.
fn number(text: &str) -> Option<Number> {
    let whole = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
    whole.ok().or_else(|| text.parse().ok().and_then(Number::from_f64))
}

/// All numbers in a value, with their paths.
fn numbers<'v>(value: &'v mut Value, path: String, found: &mut Vec<(String, &'v mut Value)>) {
    match value {
        Value::Number(_) => found.push((path, value)),
        Value::Object(map) => map.iter_mut().for_each(|(name, inner)| numbers(inner, join(&path, name), found)),
        Value::Array(items) => {
            items.iter_mut().enumerate().for_each(|(i, inner)| numbers(inner, format!("{path}[{i}]"), found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        Document::parse("f.json", r#"{"core": {"sigma": 0, "name": "x"}, "list": [[1, 2], {"a": 3}]}"#).unwrap()
    }

    #[test]
    fn numbers_are_set_by_path() {
        let mut file = document();
        for (path, text, was) in
            [("core.sigma", "0.05", "0"), ("core.sigma", "-7", "0.05"), ("list[0][1]", "1e-3", "2")]
        {
            assert_eq!(file.set_number(path, text).as_deref(), Ok(was));
        }
        assert_eq!(file.set_number("list[1].a", "18446744073709551615").as_deref(), Ok("3"));
        let expected = r#"{"core":{"name":"x","sigma":-7},"list":[[1,0.001],{"a":18446744073709551615}]}"#;
        let (found, expected): (Value, Value) = (file.root, serde_json::from_str(expected).unwrap());
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_no_number_is_not_set() {
        let mut file = document();
        let errors = [
            ("core.sigam", "1", "f.json has no number at \"core.sigam\"; did you mean \"core.sigma\"?"),
            ("core.name", "1", "f.json has no number at \"core.name\"; did you mean \"core.sigma\"?"),
            ("", "1", "f.json has no number at \"\""),
            ("core.sigma", "much", "found \"much\" for core.sigma, expected a number"),
            ("core.sigma", "inf", "found \"inf\" for core.sigma, expected a number"),
            ("core.sigma", "", "found \"\" for core.sigma, expected a number"),
        ];
        for (path, text, expected) in errors {
            assert_eq!(file.set_number(path, text), Err(expected.to_owned()));
        }
        assert_eq!(file.root, document().root);
    }
}
