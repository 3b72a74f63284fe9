//! JSON output for people and programs: one field per line, but lists of numbers on one line.

use serde_json::Value;

/// The text of a value. Lists of numbers stay on one line, or they would be mostly blanks and line ends.
pub fn layout(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let field = |text: &mut String, (name, value): (&String, &Value)| {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push_str(": ");
                write(text, value, depth + 1);
            };
            lines(text, ['{', '}'], depth, map.iter(), field);
        }
        Value::Array(items) if items.iter().any(|item| !item.is_number()) => {
            lines(text, ['[', ']'], depth, items.iter(), |text, item| write(text, item, depth + 1));
        }
        other => text.push_str(&other.to_string()),
    }
}

/// Items between brackets, one per line.
fn lines<T>(
    text: &mut String,
    [open, close]: [char; 2],
    depth: usize,
    items: impl Iterator<Item = T>,
    item: impl Fn(&mut String, T),
) {
    text.push(open);
    for (index, value) in items.enumerate() {
        text.push_str(if index > 0 { ",\n" } else { "\n" });
        text.push_str(&"  ".repeat(depth + 1));
        item(text, value);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_share_a_line_and_nothing_is_changed() {
        let value = json!({"a": [1, 2.5], "b": [[1, 2], []], "c": {}, "d\"": ["x", null], "e": {"f": true}});
        let text = layout(&value);
        let expected = "{\n  \"a\": [1,2.5],\n  \"b\": [\n    [1,2],\n    []\n  ],\n  \"c\": {},\n  \"d\\\"\": [\n    \
                        \"x\",\n    null\n  ],\n  \"e\": {\n    \"f\": true\n  }\n}";
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
