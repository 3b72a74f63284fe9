//! Integers in any notation: 8, 8.0 and 8e0 are equal in JSON, and in JSON Schema.

use serde_json::Value;

/// Beyond this, a number with a point or an exponent may differ from the integer that was written.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// The value as an integer, if it is one.
pub(super) fn signed(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| real(value).map(|number| number as i64))
}

/// The value as an unsigned integer, if it is one.
pub(super) fn unsigned(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| real(value).filter(|number| *number >= 0.0).map(|number| number as u64))
}

/// A number that was written with a point or an exponent and is exactly an integer.
fn real(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| value.is_f64() && number.fract() == 0.0 && number.abs() <= EXACT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_found_and_others_are_not() {
        let of = |text: &str| {
            let value: Value = serde_json::from_str(text).unwrap();
            (signed(&value), unsigned(&value))
        };
        for (text, expected) in [("8", 8), ("8.0", 8), ("1e1", 10), ("0.5e1", 5), ("-0.0", 0), ("12e-1", i64::MIN)] {
            let wanted = (expected != i64::MIN).then_some(expected);
            assert_eq!(of(text), (wanted, wanted.map(|v| v as u64)), "{text}");
        }
        assert_eq!(of("-3.0"), (Some(-3), None));
        assert_eq!(of("9007199254740991.0"), (Some(9_007_199_254_740_991), Some(9_007_199_254_740_991)));
        // As floats these are equal to their neighbours.
        for text in ["9007199254740993.0", "1e16", "-1e18", "1e300", "8.5", "\"8\"", "true"] {
            assert_eq!(of(text), (None, None), "{text}");
        }
        assert_eq!(of("18446744073709551615"), (None, Some(u64::MAX)));
        assert_eq!(of("18446744073709551616"), (None, None));
    }
}
