//! An axis of a comparison: a number of the chip's file or an option of a run, and the values it takes.

use thiserror::Error;

/// Values of one thing that is varied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepAxis {
    /// Path in the chip's file, or name of an option.
    pub name: String,
    /// Values, as they were written.
    pub values: Vec<String>,
}

/// Why a text is no axis.
#[doc(hidden)]
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "messages name the fields")]
pub enum AxisError {
    /// No `=`, or nothing on one side of it.
    #[error(
        "expected NAME=VALUE,VALUE,… as in core.max_neurons=128,256 or steps=2,4, or a range as in core.max_neurons=8..128:log"
    )]
    Form,
    /// A range that is none, or values that have no place on their scale.
    #[error("{name}: {problem}")]
    Range { name: String, problem: String },
    /// A value stands there twice.
    #[error("{name}: found {value} twice")]
    Twice { name: String, value: String },
}

impl SweepAxis {
    /// Reads `NAME=VALUE,VALUE,…`.
    pub fn parse(text: &str) -> Result<Self, AxisError> {
        let (name, values) = text.split_once('=').ok_or(AxisError::Form)?;
        let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
        Self::of(name.trim(), values)
    }

    /// An axis of values, each of them once.
    ///
    /// # Errors
    /// No name, no values, or one twice.
    pub fn of(name: &str, values: Vec<String>) -> Result<Self, AxisError> {
        let name = name.to_owned();
        if name.is_empty() || values.is_empty() || values.iter().any(String::is_empty) {
            return Err(AxisError::Form);
        }
        match values.iter().enumerate().find(|(at, value)| values[..*at].contains(value)) {
            Some((_, value)) => Err(AxisError::Twice { name, value: value.clone() }),
            None => Ok(Self { name, values }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_read() {
        let axis = SweepAxis::parse(" core.max_neurons = 128, 256").unwrap();
        assert_eq!((axis.name.as_str(), axis.values), ("core.max_neurons", vec!["128".to_owned(), "256".to_owned()]));
        for text in ["steps", "steps=", "=4", "steps=1,,2", "steps=1,"] {
            assert_eq!(SweepAxis::parse(text), Err(AxisError::Form), "{text}");
        }
        assert!(matches!(SweepAxis::parse("steps=1,2,1"), Err(AxisError::Twice { .. })));
    }
}
