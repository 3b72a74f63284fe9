//! The shapes of which records are made: kinds of values, and of fields.

pub(crate) use super::fields::*;
pub(crate) use super::values::*;
