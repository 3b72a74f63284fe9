//! The shapes of records: kinds of values and of fields.

pub(crate) use super::fields::*;
pub(crate) use super::values::*;
