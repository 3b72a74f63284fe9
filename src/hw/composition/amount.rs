//! Amounts in a composition: numbers that may follow from other values of the chip file.

use crate::json::Cursor;
use crate::json::schema::value_type;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

/// Most factors of an amount.
const MOST: usize = 8;
/// Largest number in an amount.
pub(super) const LARGEST: f64 = 1e12;
/// Begins a factor that divides.
const DIVIDES: &str = "1/";

value_type!(
    /// A number; the path of one in this file, such as "core.synapses.bits"; or a list of 1 to 8 of these, which are
    /// multiplied. "1/core.synapses.word_bits" divides.
    pub(in crate::hw) Amount, inline: false,
    {
        let factor = json!({"type": ["number", "string"], "minimum": 0, "maximum": LARGEST, "pattern": "\\S"});
        json_schema!({"anyOf": [factor, {"type": "array", "items": factor, "minItems": 1, "maxItems": MOST}]})
    }
);

/// A factor of an amount.
#[derive(Clone, Debug, PartialEq)]
enum Factor {
    Number(f64),
    Path { path: String, divides: bool },
}

/// A product of numbers and of values of the chip file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SizeProduct(Vec<Factor>);

/// Where the values of an amount come from: those of the file, or those that were published.
pub(super) type Values<'a> = &'a dyn Fn(&str) -> Option<f64>;

impl SizeProduct {
    pub(super) fn number(number: f64) -> Self {
        Self(vec![Factor::Number(number)])
    }

    pub(super) fn read(cursor: &Cursor<'_>) -> Option<Self> {
        if !cursor.is_list() {
            return read_factor(cursor).map(|factor| Self(vec![factor]));
        }
        let factors: Vec<_> = cursor.list(1..=MOST)?.iter().map(read_factor).collect();
        factors.into_iter().collect::<Option<_>>().map(Self)
    }

    /// The paths that it follows from.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|factor| match factor {
            Factor::Path { path, .. } => Some(path.as_str()),
            Factor::Number(_) => None,
        })
    }

    /// Its value; not a number where one of its values is missing.
    pub(super) fn at(&self, values: Values<'_>) -> f64 {
        let value = |factor: &Factor| match factor {
            Factor::Number(number) => *number,
            Factor::Path { path, divides } => {
                let value = values(path).unwrap_or(f64::NAN);
                if *divides { value.recip() } else { value }
            }
        };
        self.0.iter().map(value).product()
    }

    /// Its value as a whole number, rounded up: bits are whole.
    pub(super) fn whole_at(&self, values: Values<'_>) -> u64 {
        let exact = self.at(values);
        // A product that should be whole may miss it by its last digits.
        let is_whole = (exact - exact.round()).abs() <= 1e-9 * exact.abs();
        if is_whole { exact.round() as u64 } else { exact.ceil() as u64 }
    }
}

fn read_factor(cursor: &Cursor<'_>) -> Option<Factor> {
    let Some(text) = cursor.as_text() else { return cursor.number(0.0..=LARGEST).map(Factor::Number) };
    let (path, divides) = text.strip_prefix(DIVIDES).map_or((text, false), |path| (path, true));
    if cursor.file_number(path).is_none() {
        cursor.problem(format!(
            "there is no number at \"{path}\" in the file; give a number, the path of one, such as \"core.max_neurons\", or \
             {DIVIDES} and such a path (a chip that was changed so far may leave out composition)"
        ));
        return None;
    }
    Some(Factor::Path { path: path.to_owned(), divides })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;

    fn amount(text: &str) -> Result<(f64, u64), String> {
        let text = format!(r#"{{"core": {{"bits": 9, "word": 64, "list": [3]}}, "amount": {text}}}"#);
        let document = Document::parse("f.json", &text).unwrap();
        let cursor = document.root().field("amount").unwrap();
        let values = |path: &str| cursor.file_number(path);
        let read = SizeProduct::read(&cursor).map(|amount| (amount.at(&values), amount.whole_at(&values)));
        document.finish(read).map_err(|error| error.to_string())
    }

    #[test]
    fn amounts_are_products_of_numbers_and_values() {
        assert_eq!(amount("2.5"), Ok((2.5, 3)));
        assert_eq!(amount(r#""core.bits""#), Ok((9.0, 9)));
        assert_eq!(amount(r#"["core.bits", "1/core.word"]"#), Ok((9.0 / 64.0, 1)));
        assert_eq!(amount(r#"["core.list[0]", 4]"#), Ok((12.0, 12)));
        assert_eq!(amount("1e12").unwrap().1, 1_000_000_000_000);
        // 9 x (1/9) x 3 is a little off.
        assert_eq!(amount(r#"["core.bits", "1/core.bits", "core.list[0]"]"#).unwrap().1, 3);
    }

    #[test]
    fn all_that_is_wrong_is_reported() {
        let wrong = amount(r#"["core.bit", -1, "1/core", true]"#).unwrap_err();
        for part in [
            "f.json: amount[0]: there is no number at \"core.bit\" in the file",
            "f.json: amount[1]: found -1, expected 0 to",
            "f.json: amount[2]: there is no number at \"core\" in the file",
            "f.json: amount[3]: found true",
        ] {
            assert!(wrong.contains(part), "{part}\n{wrong}");
        }
    }
}
