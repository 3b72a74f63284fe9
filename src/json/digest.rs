//! Digests of values, to compare the contents of files.

use serde_json::Value;

/// FNV-1a, 64 bits: the same on every machine and in every version of the program.
struct Fnv(u64);

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// The digest of a value, without some of its top-level fields.
pub(super) fn of(value: &Value, without: &[&str]) -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    add(&mut hash, value, without);
    hash.0
}

fn add(hash: &mut Fnv, value: &Value, without: &[&str]) {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().filter(|(name, _)| !without.contains(&name.as_str())).collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            hash.add(b"{");
            for (name, value) in fields {
                // JSON text has quotes around it, so different sequences of texts have different bytes.
                hash.add(Value::from(name.as_str()).to_string().as_bytes());
                hash.add(b":");
                add(hash, value, &[]);
            }
            hash.add(b"}");
        }
        Value::Array(items) => {
            hash.add(b"[");
            for item in items {
                add(hash, item, &[]);
                hash.add(b",");
            }
            hash.add(b"]");
        }
        scalar => hash.add(scalar.to_string().as_bytes()),
    }
}

/// The number of values in which two differ: a field or an entry that one lacks counts as one.
pub(super) fn differences(a: &Value, b: &Value) -> u64 {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let inner = a.iter().map(|(name, value)| b.get(name).map_or(1, |other| differences(value, other)));
            inner.sum::<u64>() + b.keys().filter(|name| !a.contains_key(*name)).count() as u64
        }
        (Value::Array(a), Value::Array(b)) => {
            let inner = a.iter().zip(b).map(|(value, other)| differences(value, other));
            inner.sum::<u64>() + a.len().abs_diff(b.len()) as u64
        }
        (a, b) => u64::from(a != b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_of_fields_is_nothing_and_everything_else_is_something() {
        let digest = |value: Value| of(&value, &["note"]);
        let base = digest(json!({"a": 1, "b": [1, 2], "note": "x"}));
        assert_eq!(base, digest(json!({"b": [1, 2], "note": "y", "a": 1})));
        let others = [
            json!({"a": 1, "b": [2, 1]}),
            json!({"a": 1, "b": [12]}),
            json!({"a": "1", "b": [1, 2]}),
            json!({"a": 1, "b": [1, 2], "c": {}}),
            json!({"a": 1, "b": [1, 2, {"note": "x"}]}),
        ];
        assert!(others.into_iter().all(|other| digest(other) != base));
        let (one, two) = (json!({"a": [1, 2], "b": {"c": 1, "d": 2}}), json!({"a": [1, 3, 4], "b": {"c": 1, "e": 2}}));
        assert_eq!((differences(&one, &one), differences(&one, &two), differences(&two, &one)), (0, 4, 4));
        assert_eq!(of(&json!(null), &[]), 0x5b9b_c4ba_5281_08e4, "the digest is part of saved files");
    }
}
